//! Passes over the rows of a matrix that change it by rank 2 and multiply it at once.

use super::lines::Line;
use super::lines::Matrix;
use super::lines::ROWS;
use super::lines::Vector;
use super::lines::WIDTH;
use super::lines::ZERO;
use super::lines::fma;
use super::lines::splat;
use super::lines::total;
use crate::kernels::isa::Simd;
use crate::stamp;

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
