//! Matrices whose rows are whole lines of eight float64, and the loops on them that take nearly all the time:
//! reflections and rotations of a few columns at a time, which then stay in cache, and passes over rows that change
//! them and multiply them at once. Padding may hold anything finite; vectors are padded with zeros.

use crate::kernels::isa::Simd;
use crate::stamp;

pub const WIDTH: usize = 8;
/// Rows that a pass handles at once.
const ROWS: usize = 4;

/// As long as a cache line.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub struct Line([f64; WIDTH]);

const ZERO: Line = Line([0.0; WIDTH]);

/// a b + c
#[inline(always)]
fn fma<S: Simd>(a: Line, b: Line, mut c: Line) -> Line {
    for i in 0..WIDTH {
        c.0[i] = S::fma64(a.0[i], b.0[i], c.0[i]);
    }
    c
}

#[inline(always)]
fn mul(mut a: Line, b: Line) -> Line {
    for i in 0..WIDTH {
        a.0[i] *= b.0[i];
    }
    a
}

#[inline(always)]
fn splat(x: f64) -> Line {
    Line([x; WIDTH])
}

#[inline(always)]
fn total(x: Line) -> f64 {
    let [a, b, c, d, e, f, g, h] = x.0;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

#[inline(always)]
fn flat(x: &[Line]) -> &[f64] {
    // SAFETY: a line is eight numbers without padding.
    unsafe { std::slice::from_raw_parts(x.as_ptr().cast(), x.len() * WIDTH) }
}

#[inline(always)]
fn flat_mut(x: &mut [Line]) -> &mut [f64] {
    // SAFETY: a line is eight numbers without padding.
    unsafe { std::slice::from_raw_parts_mut(x.as_mut_ptr().cast(), x.len() * WIDTH) }
}

/// Lines of a vector of n numbers: whole blocks of rows of it are never out of range.
fn lines(n: usize) -> usize {
    n.div_ceil(WIDTH)
}

#[derive(Clone)]
pub struct Vector(Vec<Line>);

impl Vector {
    pub fn zeros(n: usize) -> Vector {
        Vector(vec![ZERO; lines(n)])
    }
    pub fn get(&self) -> &[f64] {
        flat(&self.0)
    }
    pub fn get_mut(&mut self) -> &mut [f64] {
        flat_mut(&mut self.0)
    }
    pub fn dot(&self, other: &Vector) -> f64 {
        dot(&self.0, &other.0)
    }
    pub fn scale(&mut self, by: f64) {
        self.get_mut().iter_mut().for_each(|x| *x *= by);
    }
}

pub struct Matrix {
    pub rows: usize,
    pub columns: usize,
    /// Lines from row to row: an odd number, so that the lines of a column spread over the cache.
    stride: usize,
    data: Vec<Line>,
}

impl Matrix {
    pub fn zeros(rows: usize, columns: usize) -> Matrix {
        let stride = lines(columns) | 1;
        Matrix { rows, columns, stride, data: vec![ZERO; rows.next_multiple_of(ROWS) * stride] }
    }

    pub fn identity(rows: usize, columns: usize) -> Matrix {
        let mut out = Matrix::zeros(rows, columns);
        (0..rows.min(columns)).for_each(|i| out.row_mut(i)[i] = 1.0);
        out
    }

    /// The elements of a row-major matrix times `scale`.
    pub fn from(x: &[f64], rows: usize, columns: usize, scale: f64) -> Matrix {
        let mut out = Matrix::zeros(rows, columns);
        for i in 0..rows {
            out.row_mut(i).iter_mut().zip(&x[i * columns..(i + 1) * columns]).for_each(|(o, x)| *o = x * scale);
        }
        out
    }

    pub fn row(&self, i: usize) -> &[f64] {
        &flat(&self.data[i * self.stride..(i + 1) * self.stride])[..self.columns]
    }

    pub fn row_mut(&mut self, i: usize) -> &mut [f64] {
        &mut flat_mut(&mut self.data[i * self.stride..(i + 1) * self.stride])[..self.columns]
    }

    pub fn column_into(&self, j: usize, out: &mut [f64]) {
        flat(&self.data)[j..].iter().step_by(self.stride * WIDTH).zip(&mut out[..self.rows]).for_each(|(x, o)| *o = *x);
    }

    /// The first elements of a column.
    pub fn set_column(&mut self, j: usize, x: &[f64]) {
        let step = self.stride * WIDTH;
        flat_mut(&mut self.data)[j..].iter_mut().step_by(step).zip(x).for_each(|(o, x)| *o = *x);
    }

    /// Some of the rows, as adjacent numbers.
    pub fn select(&self, order: &[usize]) -> Vec<f64> {
        let mut out = Vec::with_capacity(order.len() * self.columns);
        order.iter().for_each(|&i| out.extend_from_slice(self.row(i)));
        out
    }

    pub fn transposed(&self) -> Matrix {
        let mut out = Matrix::zeros(self.columns, self.rows);
        let stride = out.stride * WIDTH;
        transpose(flat(&self.data), self.stride * WIDTH, flat_mut(&mut out.data), stride, self.rows, self.columns);
        out
    }
}

/// out[j, i] = x[i, j], in blocks that stay in cache.
pub fn transpose(x: &[f64], x_row: usize, out: &mut [f64], out_row: usize, rows: usize, columns: usize) {
    for i in (0..rows).step_by(WIDTH) {
        let i_end = (i + WIDTH).min(rows);
        for j in 0..columns {
            let to = &mut out[j * out_row + i..j * out_row + i_end];
            to.iter_mut().zip(x[i * x_row + j..].iter().step_by(x_row)).for_each(|(o, x)| *o = *x);
        }
    }
}

/// Householder's H = I - tau v v^T, in order; the k-th v has zeros above `first + k`, where it is 1.
pub struct Reflectors {
    pub first: usize,
    pub taus: Vec<f64>,
    vectors: Matrix,
}

impl Reflectors {
    pub fn new(first: usize, count: usize, length: usize) -> Reflectors {
        Reflectors { first, taus: Vec::with_capacity(count), vectors: Matrix::zeros(count, length) }
    }

    pub fn push(&mut self, tau: f64, v: &Vector) {
        let (k, n) = (self.taus.len(), self.vectors.columns);
        self.taus.push(tau);
        self.vectors.row_mut(k).copy_from_slice(&v.get()[..n]);
    }

    /// H_0 H_1 .. times the matrix; only where it is not the identity when that is what it is.
    pub fn times(&self, a: &mut Matrix, identity: bool) {
        let count = self.taus.len().div_ceil(GROUP);
        let groups: Vec<Group> = (0..count).map(|k| self.group(k * GROUP)).collect();
        for at in (0..lines(a.columns)).step_by(NARROW) {
            let width = NARROW.min(lines(a.columns) - at);
            let within = if identity { ((at + width) * WIDTH).saturating_sub(self.first).div_ceil(GROUP) } else { count };
            for k in (0..count.min(within)).rev() {
                let start = self.first + k * GROUP;
                reflect_group(&mut a.data[start * a.stride..], a.stride, at, width, &groups[k]);
            }
        }
    }

    /// The reflections from the k-th.
    fn group(&self, k: usize) -> Group<'_> {
        let row = |i: usize| &self.vectors.data[(k + i) * self.vectors.stride..(k + i + 1) * self.vectors.stride];
        let v = [row(0), row(1), row(2), row(3)];
        let gram = [0, 1, 2, 3].map(|i| [0, 1, 2, 3].map(|j| if i < j { dot(v[i], v[j]) } else { 0.0 }));
        let tau = [0, 1, 2, 3].map(|i| self.taus.get(k + i).copied().unwrap_or(0.0));
        Group { v: v.map(|v| &flat(v)[self.first + k..self.vectors.columns]), gram, tau }
    }

    /// The matrix at some lines becomes H_k times it.
    pub fn reflect(&self, a: &mut Matrix, at: usize, width: usize, k: usize) {
        if self.taus[k] != 0.0 {
            let start = self.first + k;
            let stride = a.stride;
            reflect(&mut a.data[start * stride..], stride, at, width, &self.vectors.row(k)[start..], self.taus[k]);
        }
    }
}

/// Lines that a reflection handles at once.
pub const PANEL: usize = 4;
/// Lines that several reflections or rotations handle at once: that many of a few hundred rows stay in the first cache.
const NARROW: usize = 2;
/// Reflections made at once; a matrix has as many rows to spare.
const GROUP: usize = ROWS;

/// Vectors from the row where the first of them begins, products of them, and factors.
struct Group<'a> {
    v: [&'a [f64]; GROUP],
    gram: [[f64; GROUP]; GROUP],
    tau: [f64; GROUP],
}

/// With s_i = v_i^T A, the last reflection takes v_3 u_3 away, u_3 = tau_3 s_3, the one before it v_2 u_2,
/// u_2 = tau_2 (s_2 - v_2^T v_3 u_3), and so on: A is read once for the s_i and once to change.
#[inline(always)]
fn reflect_group_part<S: Simd, const P: usize>(a: &mut [Line], stride: usize, at: usize, by: &Group) {
    let [v0, v1, v2, v3] = by.v;
    let mut u = [[ZERO; P]; GROUP];
    for ((((row, &v0), &v1), &v2), &v3) in a.chunks_exact_mut(stride).zip(v0).zip(v1).zip(v2).zip(v3) {
        let row = part::<P>(row, at);
        let v = [splat(v0), splat(v1), splat(v2), splat(v3)];
        for i in 0..GROUP {
            for p in 0..P {
                u[i][p] = fma::<S>(v[i], row[p], u[i][p]);
            }
        }
    }
    for i in (0..GROUP).rev() {
        for p in 0..P {
            let mut sum = u[i][p];
            for j in i + 1..GROUP {
                sum = fma::<S>(splat(by.gram[i][j]), u[j][p], sum);
            }
            u[i][p] = mul(splat(-by.tau[i]), sum);
        }
    }
    for ((((row, &v0), &v1), &v2), &v3) in a.chunks_exact_mut(stride).zip(v0).zip(v1).zip(v2).zip(v3) {
        let row = part::<P>(row, at);
        let v = [splat(v0), splat(v1), splat(v2), splat(v3)];
        for p in 0..P {
            let mut x = row[p];
            for i in 0..GROUP {
                x = fma::<S>(v[i], u[i][p], x);
            }
            row[p] = x;
        }
    }
}

#[inline(always)]
fn reflect_group_body<S: Simd>(a: &mut [Line], stride: usize, at: usize, width: usize, by: &Group) {
    match width {
        1 => reflect_group_part::<S, 1>(a, stride, at, by),
        _ => reflect_group_part::<S, NARROW>(a, stride, at, by),
    }
}

stamp! { fn reflect_group(a: &mut [Line], stride: usize, at: usize, width: usize, by: &Group) = reflect_group_body; }

#[inline(always)]
fn part<const P: usize>(row: &mut [Line], at: usize) -> &mut [Line; P] {
    (&mut row[at..at + P]).try_into().expect("P lines")
}

#[inline(always)]
fn reflect_part<S: Simd, const P: usize>(a: &mut [Line], stride: usize, at: usize, v: &[f64], tau: f64) {
    let mut along = [ZERO; P];
    for (row, &v) in a.chunks_exact_mut(stride).zip(v) {
        let row = part::<P>(row, at);
        for p in 0..P {
            along[p] = fma::<S>(splat(v), row[p], along[p]);
        }
    }
    for along in &mut along {
        *along = mul(*along, splat(-tau));
    }
    for (row, &v) in a.chunks_exact_mut(stride).zip(v) {
        let row = part::<P>(row, at);
        for p in 0..P {
            row[p] = fma::<S>(splat(v), along[p], row[p]);
        }
    }
}

#[inline(always)]
fn reflect_body<S: Simd>(a: &mut [Line], stride: usize, at: usize, width: usize, v: &[f64], tau: f64) {
    match width {
        1 => reflect_part::<S, 1>(a, stride, at, v, tau),
        2 => reflect_part::<S, 2>(a, stride, at, v, tau),
        3 => reflect_part::<S, 3>(a, stride, at, v, tau),
        _ => reflect_part::<S, PANEL>(a, stride, at, v, tau),
    }
}

stamp! { fn reflect(a: &mut [Line], stride: usize, at: usize, width: usize, v: &[f64], tau: f64) = reflect_body; }

/// Rotations of adjacent rows, gathered and then applied together.
#[derive(Default)]
pub struct Turns {
    list: Vec<(f64, f64)>,
    sweeps: Vec<Sweep>,
}

/// Rotations of `first` and the next row, of that and the one after it, ...; upwards where `up`.
#[derive(Clone, Copy)]
struct Sweep {
    first: usize,
    up: bool,
    begin: usize,
}

/// Rotations that are worth a walk through the matrix.
const TOGETHER: usize = 4096;

impl Turns {
    pub fn begin(&mut self, first: usize, up: bool) {
        // One without rotations is none.
        self.sweeps.pop_if(|last| last.begin == self.list.len());
        self.sweeps.push(Sweep { first, up, begin: self.list.len() });
    }

    /// The next rotation: x' = c x + s y for the row x where the last one ended and y, the next; y' = c y - s x.
    #[inline(always)]
    pub fn push(&mut self, c: f64, s: f64) {
        self.list.push((c, s));
    }

    /// Applies what was gathered when it is much, or `all` of it; forgets it where there is no matrix.
    pub fn settle(&mut self, a: &mut Option<&mut Matrix>, all: bool) {
        match a {
            Some(a) if all || self.list.len() >= TOGETHER => self.apply(a),
            Some(_) => return,
            None => {}
        }
        self.list.clear();
        self.sweeps.clear();
    }

    fn apply(&self, a: &mut Matrix) {
        let end = |i: usize| self.sweeps.get(i + 1).map_or(self.list.len(), |next| next.begin);
        for at in (0..lines(a.columns)).step_by(NARROW) {
            let width = NARROW.min(lines(a.columns) - at);
            let mut i = 0;
            while i < self.sweeps.len() {
                let sweep = self.sweeps[i];
                let turns = &self.list[sweep.begin..end(i)];
                let next = self.sweeps.get(i + 1).filter(|next| (next.first, next.up) == (sweep.first, sweep.up));
                let others = next.map_or(&[][..], |next| &self.list[next.begin..end(i + 1)]);
                if next.is_some() && (others.len() == turns.len() || others.len() + 1 == turns.len()) {
                    rotate_twice(&mut a.data, a.stride, at, width, sweep, turns, others);
                    i += 2;
                } else {
                    rotate(&mut a.data, a.stride, at, width, sweep, turns);
                    i += 1;
                }
            }
        }
    }
}

/// x' = c x + s y, and the next x, c y - s x.
#[inline(always)]
fn turn<S: Simd>(x: Line, y: Line, (c, s): (f64, f64)) -> (Line, Line) {
    (fma::<S>(splat(s), y, mul(splat(c), x)), fma::<S>(splat(-s), x, mul(splat(c), y)))
}

#[inline(always)]
fn rotate_part<S: Simd, const P: usize>(a: &mut [Line], stride: usize, at: usize, sweep: Sweep, turns: &[(f64, f64)]) {
    let step = if sweep.up { stride.wrapping_neg() } else { stride };
    let mut place = sweep.first * stride + at;
    let mut carry = *part::<P>(a, place);
    for &by in turns {
        let next = *part::<P>(a, place.wrapping_add(step));
        let out = part::<P>(a, place);
        for p in 0..P {
            (out[p], carry[p]) = turn::<S>(carry[p], next[p], by);
        }
        place = place.wrapping_add(step);
    }
    *part::<P>(a, place) = carry;
}

/// Two sweeps from one row in one walk, the second one row behind; it may be one rotation shorter.
#[inline(always)]
fn rotate_twice_part<S: Simd, const P: usize>(
    a: &mut [Line],
    stride: usize,
    at: usize,
    sweep: Sweep,
    one: &[(f64, f64)],
    two: &[(f64, f64)],
) {
    let step = if sweep.up { stride.wrapping_neg() } else { stride };
    let mut last = sweep.first * stride + at;
    let mut place = last.wrapping_add(step);
    let (mut behind, mut carry) = (*part::<P>(a, last), *part::<P>(a, place));
    for p in 0..P {
        (behind[p], carry[p]) = turn::<S>(behind[p], carry[p], one[0]);
    }
    for (&by, &then) in one[1..].iter().zip(two) {
        let next = *part::<P>(a, place.wrapping_add(step));
        let out = part::<P>(a, last);
        for p in 0..P {
            let between;
            (between, carry[p]) = turn::<S>(carry[p], next[p], by);
            (out[p], behind[p]) = turn::<S>(behind[p], between, then);
        }
        last = place;
        place = place.wrapping_add(step);
    }
    if two.len() == one.len() {
        for p in 0..P {
            (behind[p], carry[p]) = turn::<S>(behind[p], carry[p], two[two.len() - 1]);
        }
    }
    *part::<P>(a, last) = behind;
    *part::<P>(a, place) = carry;
}

#[inline(always)]
fn rotate_body<S: Simd>(a: &mut [Line], stride: usize, at: usize, width: usize, sweep: Sweep, turns: &[(f64, f64)]) {
    match width {
        1 => rotate_part::<S, 1>(a, stride, at, sweep, turns),
        _ => rotate_part::<S, NARROW>(a, stride, at, sweep, turns),
    }
}

#[inline(always)]
fn rotate_twice_body<S: Simd>(
    a: &mut [Line],
    stride: usize,
    at: usize,
    width: usize,
    sweep: Sweep,
    one: &[(f64, f64)],
    two: &[(f64, f64)],
) {
    match width {
        1 => rotate_twice_part::<S, 1>(a, stride, at, sweep, one, two),
        _ => rotate_twice_part::<S, NARROW>(a, stride, at, sweep, one, two),
    }
}

stamp! { fn rotate(a: &mut [Line], stride: usize, at: usize, width: usize, sweep: Sweep, turns: &[(f64, f64)]) = rotate_body; }
stamp! { fn rotate_twice(a: &mut [Line], stride: usize, at: usize, width: usize, sweep: Sweep, one: &[(f64, f64)], two: &[(f64, f64)])
= rotate_twice_body; }

#[inline(always)]
fn dot_body<S: Simd>(x: &[Line], y: &[Line]) -> f64 {
    let mut sum = ZERO;
    for (x, y) in x.iter().zip(y) {
        sum = fma::<S>(*x, *y, sum);
    }
    total(sum)
}

stamp! { fn dot(x: &[Line], y: &[Line]) -> f64 = dot_body; }

/// A change of rank 2: A - x y^T - z w^T.
pub struct Change {
    pub x: Vector,
    pub y: Vector,
    pub z: Vector,
    pub w: Vector,
}

impl Change {
    pub fn none(rows: usize, columns: usize) -> Change {
        let [x, z] = [(); 2].map(|()| Vector::zeros(rows));
        let [y, w] = [(); 2].map(|()| Vector::zeros(columns));
        Change { x, y, z, w }
    }

    /// Row i of the changed matrix.
    pub fn row_into(&self, a: &Matrix, i: usize, out: &mut Vector) {
        let (x, z) = (self.x.get()[i], self.z.get()[i]);
        let others = self.y.get().iter().zip(self.w.get());
        out.get_mut().iter_mut().zip(a.row(i)).zip(others).for_each(|((o, a), (y, w))| *o = a - x * y - z * w);
    }

    /// Column j of the changed matrix.
    pub fn column_into(&self, a: &Matrix, j: usize, out: &mut Vector) {
        let (y, w) = (self.y.get()[j], self.w.get()[j]);
        a.column_into(j, out.get_mut());
        let others = self.x.get().iter().zip(self.z.get());
        out.get_mut().iter_mut().zip(others).for_each(|(o, (x, z))| *o = *o - x * y - z * w);
    }

    /// Changes A from row and column `from`, and multiplies it by v; the product is not meant to be read above `from`.
    pub fn make_and_multiply(&self, a: &mut Matrix, from: usize, v: &Vector, out: &mut Vector) {
        change_and_multiply(a, from, self, &v.0, out.get_mut());
    }

    /// Changes A from row and column `from`, and multiplies its transpose by v.
    pub fn make_and_multiply_transposed(&self, a: &mut Matrix, from: usize, v: &Vector, out: &mut Vector) {
        out.0.fill(ZERO);
        change_and_multiply_transposed(a, from, self, v.get(), &mut out.0);
    }
}

/// out = A v from row and column `from`.
pub fn multiply(a: &Matrix, from: usize, v: &Vector, out: &mut Vector) {
    times_vector(a, from, &v.0, out.get_mut());
}

/// Lines `from..to` of four rows.
#[inline(always)]
fn four(block: &mut [Line], stride: usize, from: usize, to: usize) -> [&mut [Line]; ROWS] {
    let (a, rest) = block.split_at_mut(stride);
    let (b, rest) = rest.split_at_mut(stride);
    let (c, d) = rest.split_at_mut(stride);
    [&mut a[from..to], &mut b[from..to], &mut c[from..to], &mut d[from..to]]
}

/// Element i of both columns, for four rows.
#[inline(always)]
fn minus(x: &[f64], i: usize) -> [Line; ROWS] {
    [splat(-x[i]), splat(-x[i + 1]), splat(-x[i + 2]), splat(-x[i + 3])]
}

#[inline(always)]
fn change_and_multiply_body<S: Simd>(a: &mut Matrix, from: usize, change: &Change, v: &[Line], out: &mut [f64]) {
    let (stride, begin, end, top) = (a.stride, from / WIDTH, v.len(), from / ROWS * ROWS);
    let (y, w, v) = (&change.y.0[begin..end], &change.w.0[begin..end], &v[begin..end]);
    for (b, block) in a.data[top * stride..].chunks_exact_mut(ROWS * stride).enumerate() {
        let i = top + b * ROWS;
        let (x, z) = (minus(change.x.get(), i), minus(change.z.get(), i));
        let rows = four(block, stride, begin, end);
        let mut sums = [ZERO; ROWS];
        for l in 0..y.len() {
            for r in 0..ROWS {
                let changed = fma::<S>(z[r], w[l], fma::<S>(x[r], y[l], rows[r][l]));
                rows[r][l] = changed;
                sums[r] = fma::<S>(changed, v[l], sums[r]);
            }
        }
        for r in 0..ROWS {
            out[i + r] = total(sums[r]);
        }
    }
}

#[inline(always)]
fn change_and_multiply_transposed_body<S: Simd>(a: &mut Matrix, from: usize, change: &Change, v: &[f64], out: &mut [Line]) {
    let (stride, begin, end, top) = (a.stride, from / WIDTH, out.len(), from / ROWS * ROWS);
    let (y, w, out) = (&change.y.0[begin..end], &change.w.0[begin..end], &mut out[begin..end]);
    for (b, block) in a.data[top * stride..].chunks_exact_mut(ROWS * stride).enumerate() {
        let i = top + b * ROWS;
        let (x, z) = (minus(change.x.get(), i), minus(change.z.get(), i));
        let v = [splat(v[i]), splat(v[i + 1]), splat(v[i + 2]), splat(v[i + 3])];
        let rows = four(block, stride, begin, end);
        for l in 0..y.len() {
            let mut sum = out[l];
            for r in 0..ROWS {
                let changed = fma::<S>(z[r], w[l], fma::<S>(x[r], y[l], rows[r][l]));
                rows[r][l] = changed;
                sum = fma::<S>(changed, v[r], sum);
            }
            out[l] = sum;
        }
    }
}

#[inline(always)]
fn times_vector_body<S: Simd>(a: &Matrix, from: usize, v: &[Line], out: &mut [f64]) {
    let (stride, begin, end, top) = (a.stride, from / WIDTH, v.len(), from / ROWS * ROWS);
    let v = &v[begin..end];
    for (b, block) in a.data[top * stride..].chunks_exact(ROWS * stride).enumerate() {
        let rows: [&[Line]; ROWS] = [
            &block[begin..end],
            &block[stride + begin..stride + end],
            &block[2 * stride + begin..2 * stride + end],
            &block[3 * stride + begin..3 * stride + end],
        ];
        let mut sums = [ZERO; ROWS];
        for l in 0..v.len() {
            for r in 0..ROWS {
                sums[r] = fma::<S>(rows[r][l], v[l], sums[r]);
            }
        }
        for r in 0..ROWS {
            out[top + b * ROWS + r] = total(sums[r]);
        }
    }
}

stamp! { fn change_and_multiply(a: &mut Matrix, from: usize, change: &Change, v: &[Line], out: &mut [f64]) = change_and_multiply_body; }
stamp! { fn change_and_multiply_transposed(a: &mut Matrix, from: usize, change: &Change, v: &[f64], out: &mut [Line])
= change_and_multiply_transposed_body; }
stamp! { fn times_vector(a: &Matrix, from: usize, v: &[Line], out: &mut [f64]) = times_vector_body; }
