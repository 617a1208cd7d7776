//! The register kernels of each level, and the table that names them.
//! Every element of C is one chain of multiply-adds over k, whatever the tile, so tile shapes never change bits.

// Register arrays are indexed side by side.
#![allow(clippy::needless_range_loop)]

use crate::kernels::gemm::pack;
use crate::kernels::gemm::vector::LINE;
use crate::kernels::gemm::vector::Lanes;
use crate::kernels::gemm::vector::Vector;
use crate::kernels::gemm::vector::prefetch;
use crate::kernels::gemm::vector::turned;
use crate::kernels::isa::by_level;

/// C tile (+)= A rows times a panel of B. Element (i, p) of A is at `a + i * a_row + p * a_col`, and one of the two is 1;
/// row p of B is the one or two vectors at `b + p * b_row`, of which the last has `last` columns. One of c_row and c_col
/// is 1; where it is c_row alone, registers must transpose.
pub struct Tile<T> {
    pub k: usize,
    pub a: *const T,
    pub a_row: isize,
    pub a_col: isize,
    pub b: *const T,
    pub b_row: isize,
    pub c: *mut T,
    pub c_row: isize,
    pub c_col: isize,
    pub last: usize,
    /// How many columns of the last vector may be read; a packed B has zeros in the others.
    pub last_read: usize,
    /// Two lines to fetch for later, of a row further down whenever the term's number has none of the mask's bits.
    pub next: *const T,
    pub next_row: isize,
    pub next_mask: usize,
    pub alpha: T,
    pub beta: T,
}

type TileFn<T> = unsafe fn(&Tile<T>);
/// (to, row length of `to`, from, stride of `from`, width, k)
type PackFn<T> = unsafe fn(*mut T, usize, *const T, isize, usize, usize);

/// The kernels of one level.
pub struct Kernels<T: 'static> {
    /// The most rows of a tile.
    pub rows: usize,
    /// Columns of a vector; a tile has one or two.
    pub width: usize,
    /// Whether tiles can be stored into a C with adjacent rows.
    pub transposes: bool,
    /// By whether a_row is 1, vectors - 1 and rows - 1.
    tiles: [[&'static [TileFn<T>]; 2]; 2],
    /// to[p * length + j] = from[p * stride + j], zeros beyond the width.
    pub pack: PackFn<T>,
    /// to[p * length + j] = from[j * stride + p]
    pub pack_transposed: PackFn<T>,
    /// y += sum over 8 or fewer rows p of x[p] * b[p * b_row + ..n]
    pub axpy: unsafe fn(usize, &[T], *const T, isize, *mut T),
    /// By rows of x - 1.
    pub dots: [unsafe fn(&Dots<T>); 4],
}

/// c[i, j] = alpha * x_i . b_j + beta * c[i, j] for the contiguous rows x_i (as many as the kernel has) and b_j (n).
pub struct Dots<T> {
    pub n: usize,
    pub k: usize,
    pub x: *const T,
    pub x_row: isize,
    pub b: *const T,
    pub b_row: isize,
    pub c: *mut T,
    pub c_row: isize,
    pub c_col: isize,
    pub alpha: T,
    pub beta: T,
}

impl<T> Kernels<T> {
    pub fn tile(&self, unit_row: bool, vectors: usize, rows: usize) -> TileFn<T> {
        self.tiles[unit_row as usize][vectors - 1][rows - 1]
    }
}

#[inline(always)]
unsafe fn tile<V: Vector<T: PartialEq + Default>, const R: usize, const N: usize, const UNIT: bool>(t: &Tile<V::T>) {
    // SAFETY: the caller gives operands of the tile's size; columns past `last` are masked.
    unsafe {
        let mask = V::mask(t.last);
        let mut acc = [[V::zero(); N]; R];
        for i in 0..R {
            for j in 0..N {
                prefetch(t.c.wrapping_offset(i as isize * t.c_row + (j * V::W) as isize * t.c_col));
            }
        }
        if t.last_read == V::W {
            steps::<V, R, N, UNIT, false>(t, &mut acc);
        } else {
            steps::<V, R, N, UNIT, true>(t, &mut acc);
        }
        if !V::TRANSPOSES || t.c_col == 1 {
            store_tile::<V, R, N>(t, &acc, mask);
        } else {
            // An array that is indexed by a variable lies in memory. A copy of it does, and the array stays in registers.
            let mut copy = [[V::zero(); N]; R];
            for i in 0..R {
                for j in 0..N {
                    copy[i][j] = acc[i][j];
                }
            }
            store_transposed::<V, R, N>(t, &copy);
        }
    }
}

/// Terms that are added between two looks at the loop's end: a core that is shared with another thread has few slots for
/// anything but multiply-adds.
const UNROLL: usize = 4;

/// Adds the products of every k to `acc`. PART: the last vector is masked, which costs a slot of the multiplier.
#[inline(always)]
unsafe fn steps<V: Vector, const R: usize, const N: usize, const UNIT: bool, const PART: bool>(t: &Tile<V::T>, acc: &mut [[V; N]; R]) {
    // Three rows of A share a pointer: a register and its double reach the other two, and no row waits for the one before.
    let mut a: [*const V::T; 4] = std::array::from_fn(|g| t.a.wrapping_offset(3 * g as isize * t.a_row));
    let (mut b, mut next, mut p) = (t.b, t.next, 0);
    let a_col = if UNIT { t.a_col } else { 1 };
    // SAFETY: as in `tile`.
    unsafe {
        while !PART && p + UNROLL <= t.k {
            if p & t.next_mask & !(UNROLL - 1) == 0 {
                for _ in 0..(UNROLL / (t.next_mask + 1)).max(1) {
                    next = fetch(t, next);
                }
            }
            for u in 0..UNROLL as isize {
                let a = a.map(|a| a.wrapping_offset(u * a_col));
                step::<V, R, N, UNIT, PART>(t, acc, &a, b.wrapping_offset(u * t.b_row));
            }
            a = a.map(|a| a.wrapping_offset(UNROLL as isize * a_col));
            b = b.wrapping_offset(UNROLL as isize * t.b_row);
            p += UNROLL;
        }
        while p < t.k {
            if p & t.next_mask == 0 {
                next = fetch(t, next);
            }
            step::<V, R, N, UNIT, PART>(t, acc, &a, b);
            a = a.map(|a| a.wrapping_offset(a_col));
            b = b.wrapping_offset(t.b_row);
            p += 1;
        }
    }
}

/// Asks for two lines of `next`; where the following ones are.
#[inline(always)]
fn fetch<T>(t: &Tile<T>, next: *const T) -> *const T {
    prefetch(next);
    prefetch(next.wrapping_add(LINE / size_of::<T>()));
    next.wrapping_offset(t.next_row)
}

/// Adds the products of one k: a column of A, of which `a` has every third element's place, and a row of B.
#[inline(always)]
unsafe fn step<V: Vector, const R: usize, const N: usize, const UNIT: bool, const PART: bool>(
    t: &Tile<V::T>,
    acc: &mut [[V; N]; R],
    a: &[*const V::T; 4],
    b: *const V::T,
) {
    // SAFETY: as in `tile`; last_read is at most W.
    unsafe {
        let mut row = [V::zero(); N];
        for j in 0..N - 1 {
            row[j] = V::load(b.add(j * V::W));
        }
        let last = b.add((N - 1) * V::W);
        row[N - 1] = if PART { V::load_part(last, V::mask(t.last_read)) } else { V::load(last) };
        for i in 0..R {
            let x = V::splat(if UNIT { *a[0].add(i) } else { *a[i / 3].offset((i % 3) as isize * t.a_row) });
            for j in 0..N {
                acc[i][j] = x.fma(row[j], acc[i][j]);
            }
        }
    }
}

#[inline(always)]
unsafe fn store_tile<V: Vector<T: PartialEq + Default>, const R: usize, const N: usize>(t: &Tile<V::T>, acc: &[[V; N]; R], mask: V::Mask) {
    let keep = t.beta != V::T::default();
    // SAFETY: as in `tile`.
    unsafe {
        let (alpha, beta) = (V::splat(t.alpha), V::splat(t.beta));
        for (i, row) in acc.iter().enumerate() {
            for (j, v) in row.iter().enumerate() {
                let c = t.c.offset(i as isize * t.c_row).add(j * V::W);
                let v = v.mul(alpha);
                if j + 1 < N {
                    (if keep { beta.fma(V::load(c), v) } else { v }).store(c);
                } else {
                    (if keep { beta.fma(V::load_part(c, mask), v) } else { v }).store_part(c, mask);
                }
            }
        }
    }
}

/// The tile of a C whose rows are adjacent.
#[inline(always)]
unsafe fn store_transposed<V: Vector<T: PartialEq + Default>, const R: usize, const N: usize>(t: &Tile<V::T>, acc: &[[V; N]; R]) {
    let keep = t.beta != V::T::default();
    // SAFETY: as in `tile`.
    unsafe {
        let (alpha, beta) = (V::splat(t.alpha), V::splat(t.beta));
        for i in (0..R).step_by(V::W) {
            let rows = (R - i).min(V::W);
            let mask = V::mask(rows);
            for j in 0..N {
                let block = turned(acc, i, j);
                let columns = if j + 1 < N { V::W } else { t.last };
                for q in 0..columns {
                    let c = t.c.offset((j * V::W + q) as isize * t.c_col).add(i);
                    let v = block[q].mul(alpha);
                    (if keep { beta.fma(V::load_part(c, mask), v) } else { v }).store_part(c, mask);
                }
            }
        }
    }
}

#[inline(always)]
unsafe fn axpy<V: Vector>(n: usize, x: &[V::T], b: *const V::T, b_row: isize, y: *mut V::T) {
    // SAFETY: x.len() rows of n columns, and n elements of y.
    unsafe {
        let mut scale = [V::zero(); 8];
        for (s, x) in scale.iter_mut().zip(x) {
            *s = V::splat(*x);
        }
        for j in (0..n).step_by(V::W) {
            let mask = V::mask((n - j).min(V::W));
            let mut v = V::load_part(y.add(j), mask);
            if x.len() == 8 {
                for (p, s) in scale.iter().enumerate() {
                    v = s.fma(V::load_part(b.offset(p as isize * b_row).add(j), mask), v);
                }
            } else {
                for (p, s) in scale.iter().enumerate().take(x.len()) {
                    v = s.fma(V::load_part(b.offset(p as isize * b_row).add(j), mask), v);
                }
            }
            v.store_part(y.add(j), mask);
        }
    }
}

/// Eight or four rows of b at a time, so that enough chains are in flight for any number of rows of x.
#[inline(always)]
unsafe fn dots<V: Vector<T: PartialEq + Default>, const R: usize>(d: &Dots<V::T>) {
    let mut j = 0;
    // SAFETY: j stays below n.
    unsafe {
        while R < 3 && j + 8 <= d.n {
            dots_of::<V, R, 8>(d, j);
            j += 8;
        }
        while j + 4 <= d.n {
            dots_of::<V, R, 4>(d, j);
            j += 4;
        }
        while j < d.n {
            dots_of::<V, R, 1>(d, j);
            j += 1;
        }
    }
}

#[inline(always)]
unsafe fn dots_of<V: Vector<T: PartialEq + Default>, const R: usize, const Q: usize>(d: &Dots<V::T>, j: usize) {
    // SAFETY: rows j .. j + Q of b and R rows of x, all of k elements.
    unsafe {
        let mut acc = [[V::zero(); Q]; R];
        let b = d.b.offset(j as isize * d.b_row);
        let full = d.k / V::W * V::W;
        for p in (0..full).step_by(V::W) {
            for q in 0..Q {
                let v = V::load(b.offset(q as isize * d.b_row).add(p));
                for i in 0..R {
                    acc[i][q] = V::load(d.x.offset(i as isize * d.x_row).add(p)).fma(v, acc[i][q]);
                }
            }
        }
        if full < d.k {
            let mask = V::mask(d.k - full);
            for q in 0..Q {
                let v = V::load_part(b.offset(q as isize * d.b_row).add(full), mask);
                for i in 0..R {
                    acc[i][q] = V::load_part(d.x.offset(i as isize * d.x_row).add(full), mask).fma(v, acc[i][q]);
                }
            }
        }
        for (i, row) in acc.iter().enumerate() {
            for (q, v) in row.iter().enumerate() {
                let c = d.c.offset(i as isize * d.c_row + (j + q) as isize * d.c_col);
                let v = d.alpha * v.sum();
                *c = if d.beta == V::T::default() { v } else { v + d.beta * *c };
            }
        }
    }
}

/// The tables of one level, compiled for its features.
macro_rules! level {
    ($name:ident, $($feature:meta)?, $v32:ty, $v64:ty, $($rows:literal)*) => {
        mod $name {
            use super::*;

            $(#[$feature])?
            unsafe fn tile<V: Vector<T: PartialEq + Default>, const R: usize, const N: usize, const UNIT: bool>(
                t: &Tile<V::T>,
            ) {
                unsafe { super::tile::<V, R, N, UNIT>(t) }
            }
            $(#[$feature])?
            unsafe fn pack_rows<V: Vector>(to: *mut V::T, l: usize, from: *const V::T, s: isize, w: usize, k: usize) {
                unsafe { pack::rows::<V>(to, l, from, s, w, k) }
            }
            $(#[$feature])?
            unsafe fn pack_columns<V: Vector>(
                to: *mut V::T, l: usize, from: *const V::T, s: isize, w: usize, k: usize,
            ) {
                unsafe { pack::columns::<V>(to, l, from, s, w, k) }
            }
            $(#[$feature])?
            unsafe fn axpy<V: Vector>(n: usize, x: &[V::T], b: *const V::T, b_row: isize, y: *mut V::T) {
                unsafe { super::axpy::<V>(n, x, b, b_row, y) }
            }
            $(#[$feature])?
            unsafe fn dots<V: Vector<T: PartialEq + Default>, const R: usize>(d: &Dots<V::T>) {
                unsafe { super::dots::<V, R>(d) }
            }

            const fn table<V: Vector<T: PartialEq + Default>>() -> Kernels<V::T> {
                Kernels {
                    rows: [$($rows),*].len(),
                    width: V::W,
                    transposes: V::TRANSPOSES,
                    tiles: [
                        [&[$(tile::<V, $rows, 1, false>),*], &[$(tile::<V, $rows, 2, false>),*]],
                        [&[$(tile::<V, $rows, 1, true>),*], &[$(tile::<V, $rows, 2, true>),*]],
                    ],
                    pack: pack_rows::<V>,
                    pack_transposed: pack_columns::<V>,
                    axpy: axpy::<V>,
                    dots: [dots::<V, 1>, dots::<V, 2>, dots::<V, 3>, dots::<V, 4>],
                }
            }
            pub static F32: Kernels<f32> = table::<$v32>();
            pub static F64: Kernels<f64> = table::<$v64>();
        }
    };
}

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

level!(baseline, , Lanes<f32, 4>, Lanes<f64, 2>, 1 2 3 4);
#[cfg(target_arch = "x86_64")]
level!(avx2, target_feature(enable = "avx2,fma"), __m256, __m256d, 1 2 3 4 5 6);
#[cfg(target_arch = "x86_64")]
level!(avx512, target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"), __m512, __m512d,
    1 2 3 4 5 6 7 8 9 10 11 12);

by_level!(kernels_f32, f32, F32);
by_level!(kernels_f64, f64, F64);
