//! C = alpha A B + beta C for f32 and f64 and any strides.
//! Each element of C is summed over blocks of k in order, with a block size that depends on k alone: neither the tiles
//! nor the threads that compute them change a bit. With beta = 0, C is written and never read.

mod blocked;
mod int;
mod pack;
#[cfg(test)]
pub(crate) mod tests;
mod tile;
pub(crate) mod vector;

use std::ops::Add;
use std::ops::Mul;

use crate::kernels::isa;
use crate::kernels::isa::Isa;
use crate::par;
use blocked::Job;
use blocked::Matrix;
use blocked::blocked;
pub use int::Int;
pub use int::gemm_int;
use tile::Dots;
use tile::Kernels;

pub trait Gemm: Copy + Default + PartialEq + Send + Sync + 'static + Add<Output = Self> + Mul<Output = Self> {
    const ONE: Self;
    #[doc(hidden)]
    fn kernels(level: Isa) -> &'static Kernels<Self>;
}

impl Gemm for f32 {
    const ONE: f32 = 1.0;
    fn kernels(level: Isa) -> &'static Kernels<f32> {
        tile::kernels_f32(level)
    }
}

impl Gemm for f64 {
    const ONE: f64 = 1.0;
    fn kernels(level: Isa) -> &'static Kernels<f64> {
        tile::kernels_f64(level)
    }
}

/// Products of at most this many multiplications are plain loops.
const TINY: usize = 48;
/// Products of more multiplications than this go to the pool.
const PARALLEL: usize = 1 << 20;
/// A product of few elements and a k beyond the first number is cut along k into pieces of about the second.
const LONG: (usize, usize) = (16 * 1024, 8 * 1024);
/// Matrix-vector products over more bytes than this go to the pool.
const PARALLEL_BYTES: usize = 1 << 20;

/// C = alpha A B + beta C, with A of m x k, B of k x n. Element (i, j) of a matrix is at `p + i * row + j * col`.
///
/// # Safety
/// The pointers are valid for the elements named by sizes and strides, and C overlaps neither A nor B nor itself.
#[allow(clippy::too_many_arguments)]
pub unsafe fn gemm<T: Gemm>(
    m: usize,
    n: usize,
    k: usize,
    alpha: T,
    a: *const T,
    a_row: isize,
    a_col: isize,
    b: *const T,
    b_row: isize,
    b_col: isize,
    beta: T,
    c: *mut T,
    c_row: isize,
    c_col: isize,
) {
    let a = Matrix { p: a, row: a_row, col: a_col };
    let b = Matrix { p: b, row: b_row, col: b_col };
    let job = Job { m, n, k, alpha, a, b, beta, c, c_row, c_col };
    // SAFETY: the caller's promise.
    unsafe { if m * n * k <= TINY || alpha == T::default() { tiny(&job) } else { product(job) } }
}

/// Plain loops; also products with nothing to add.
unsafe fn tiny<T: Gemm>(job: &Job<T>) {
    let k = if job.alpha == T::default() { 0 } else { job.k };
    for i in 0..job.m {
        for j in 0..job.n {
            // SAFETY: the caller's promise.
            unsafe {
                let mut sum = T::default();
                for p in 0..k {
                    sum = sum + *job.a.from(i, p).p * *job.b.from(p, j).p;
                }
                let c = job.c.offset(i as isize * job.c_row + j as isize * job.c_col);
                let sum = job.alpha * sum;
                *c = if job.beta == T::default() { sum } else { sum + job.beta * *c };
            }
        }
    }
}

/// Brings a product into a form with adjacent columns of C, and picks the way to compute it.
unsafe fn product<T: Gemm>(job: Job<T>) {
    // SAFETY: the caller's promise; a transposed product and a product into a buffer are the same one.
    unsafe {
        if job.m <= 4 && job.a.col == 1 && job.b.row == 1 && job.b.col != 1 {
            return dots(&job);
        }
        if job.n <= 4 && job.b.row == 1 && job.a.col == 1 && job.a.row != 1 {
            return dots(&job.transposed());
        }
        // The few rows of A are packed rather than the many of B^T, and the tiles stored transposed.
        let few_rows = job.m > 8 && job.m < job.n && job.a.col == 1 && job.b.row == 1;
        if few_rows && job.c_col == 1 && T::kernels(isa::level()).transposes {
            return adjacent(&job.transposed());
        }
        let column = job.n == 1 && job.m > 1;
        if (job.c_col != 1 || column) && (job.c_row == 1 || job.m == 1) {
            adjacent(&job.transposed());
        } else if job.c_col == 1 || job.n == 1 {
            adjacent(&job);
        } else {
            into_buffer(&job);
        }
    }
}

/// A product into rows of a buffer, then added to the scattered C.
unsafe fn into_buffer<T: Gemm>(job: &Job<T>) {
    let mut buffer = vec![T::default(); job.m * job.n];
    let inner = Job { beta: T::default(), c: buffer.as_mut_ptr(), c_row: job.n as isize, c_col: 1, ..*job };
    // SAFETY: the buffer holds C.
    unsafe {
        adjacent(&inner);
        add_parts(job, &buffer);
    }
}

/// c[i, j] = sum of parts[..][i * n + j], in order, + beta * c[i, j]
unsafe fn add_parts<T: Gemm>(job: &Job<T>, parts: &[T]) {
    let size = job.m * job.n;
    for e in 0..size {
        let sum = parts[e..].iter().step_by(size).skip(1).fold(parts[e], |s, v| s + *v);
        // SAFETY: within C.
        unsafe {
            let c = job.c.offset((e / job.n) as isize * job.c_row + (e % job.n) as isize * job.c_col);
            *c = if job.beta == T::default() { sum } else { sum + job.beta * *c };
        }
    }
}

/// A product with adjacent columns of C, or adjacent rows where registers transpose.
unsafe fn adjacent<T: Gemm>(job: &Job<T>) {
    // SAFETY: the caller's promise.
    unsafe {
        if job.m * job.n < 64 * 64 && job.k > LONG.0 && job.m > 1 {
            return long(job);
        }
        if job.m == 1 && job.b.col == 1 {
            return row_times_matrix(job);
        }
        if job.m * job.n * job.k <= PARALLEL || par::num_threads() == 1 {
            return blocked(job);
        }
        let (rows, columns) = grid(job);
        par::run(rows * columns, &|t| {
            let (r, s) = (t % rows, t / rows);
            let kernels = T::kernels(isa::level());
            let (i, i_end) = (share(job.m, kernels.rows, rows, r), share(job.m, kernels.rows, rows, r + 1));
            let panel = 2 * kernels.width;
            let (j, j_end) = (share(job.n, panel, columns, s), share(job.n, panel, columns, s + 1));
            if i < i_end && j < j_end {
                blocked(&job.part(i, j, i_end - i, j_end - j));
            }
        });
    }
}

/// Where share s of `shares` of n begins, in whole multiples of `unit`.
fn share(n: usize, unit: usize, shares: usize, s: usize) -> usize {
    (n.div_ceil(unit) * s / shares * unit).min(n)
}

/// How many parts to cut rows and columns into: about square ones, as each part packs for itself, and two a thread when
/// they last long enough for a sleeping worker to arrive meanwhile. Bits do not depend on it.
fn grid<T: Gemm>(job: &Job<T>) -> (usize, usize) {
    let kernels = T::kernels(isa::level());
    let work = job.m * job.n * job.k;
    let wanted = (par::num_threads() * if work > 1 << 23 { 2 } else { 1 }).min(work / (PARALLEL / 2)).max(1);
    let (row_units, column_units) = (job.m.div_ceil(2 * kernels.rows), job.n.div_ceil(2 * kernels.width));
    let square = (wanted as f64 * job.n as f64 / job.m as f64).sqrt().round() as usize;
    let columns = square.clamp(1, wanted.min(column_units));
    let rows = wanted.div_ceil(columns).min(row_units);
    (rows, wanted.div_ceil(rows).min(column_units))
}

/// Few elements and a long k: pieces of k, whose number depends on k alone, added in order.
unsafe fn long<T: Gemm>(job: &Job<T>) {
    let pieces = job.k.div_ceil(LONG.1);
    let size = job.m * job.n;
    let mut parts = vec![T::default(); pieces * size];
    let whole = Job { beta: T::default(), c: parts.as_mut_ptr(), c_row: job.n as isize, c_col: 1, ..*job };
    par::run(pieces, &|s| {
        let whole = &whole;
        let (p, end) = (job.k * s / pieces, job.k * (s + 1) / pieces);
        let c = whole.c.wrapping_add(s * size);
        let piece = Job { k: end - p, a: whole.a.from(0, p), b: whole.b.from(p, 0), c, ..*whole };
        // SAFETY: each piece has its own part of the buffer.
        unsafe { blocked(&piece) }
    });
    // SAFETY: the caller's promise.
    unsafe { add_parts(job, &parts) }
}

/// m = 1 and rows of B contiguous: y = beta y, then eight rows of B at a time are added to it.
unsafe fn row_times_matrix<T: Gemm>(job: &Job<T>) {
    split_columns(job, |job| {
        let kernels = T::kernels(isa::level());
        // SAFETY: the caller's promise; y is job.n adjacent elements.
        unsafe {
            let y = std::slice::from_raw_parts_mut(job.c.cast::<std::mem::MaybeUninit<T>>(), job.n);
            for v in y {
                let kept = if job.beta == T::default() { T::default() } else { job.beta * v.assume_init() };
                v.write(kept);
            }
            for p in (0..job.k).step_by(8) {
                let count = 8.min(job.k - p);
                let x: [T; 8] = std::array::from_fn(|i| if i < count { job.alpha * *job.a.from(0, p + i).p } else { T::default() });
                (kernels.axpy)(job.n, &x[..count], job.b.from(p, 0).p, job.b.row, job.c);
            }
        }
    });
}

/// Up to four contiguous rows of A with contiguous columns of B, and any C.
unsafe fn dots<T: Gemm>(job: &Job<T>) {
    split_columns(job, |job| {
        let d = Dots {
            n: job.n,
            k: job.k,
            x: job.a.p,
            x_row: job.a.row,
            b: job.b.p,
            b_row: job.b.col,
            c: job.c,
            c_row: job.c_row,
            c_col: job.c_col,
            alpha: job.alpha,
            beta: job.beta,
        };
        // SAFETY: the caller's promise.
        unsafe { T::kernels(isa::level()).dots[job.m - 1](&d) }
    });
}

/// Runs `f` on column ranges of the product, on the pool when B is large.
fn split_columns<T: Gemm>(job: &Job<T>, f: impl Fn(&Job<T>) + Sync) {
    let bytes = job.k * job.n * size_of::<T>();
    if bytes <= PARALLEL_BYTES {
        return f(job);
    }
    let parts = (bytes / (PARALLEL_BYTES / 2)).min(2 * par::num_threads());
    par::run(parts, &|s| {
        let (j, end) = (share(job.n, 64, parts, s), share(job.n, 64, parts, s + 1));
        if j < end {
            f(&job.part(0, j, job.m, end - j));
        }
    });
}
