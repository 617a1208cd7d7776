//! Normalisation of the columns of a matrix, a batch of features: what `channels` does where a channel has one pixel. A
//! block of columns is one task, and goes down the rows in vectors; a few rows are summed in their type, all in float64.

use crate::kernels::channels::Kept;
use crate::kernels::float::Float;
use crate::kernels::isa::Simd;
use crate::kernels::rows;
use crate::kernels::rows::Shared;
use crate::stamp;

/// Columns of a block.
const BLOCK: usize = 32;

/// Rows summed without float64.
const TOGETHER: usize = 16;

/// A matrix and a block of its columns.
#[derive(Clone, Copy)]
struct Columns {
    rows: usize,
    width: usize,
    first: usize,
    count: usize,
}

impl Columns {
    /// Calls `f` for every block, on the pool where that pays.
    fn each(height: usize, width: usize, f: impl Fn(Columns) + Sync) {
        let block = |b: usize| f(Columns { rows: height, width, first: b * BLOCK, count: BLOCK.min(width - b * BLOCK) });
        rows::run(width.div_ceil(BLOCK), height * BLOCK, |from, to| (from..to).for_each(block));
    }

    #[inline(always)]
    fn row(self, r: usize) -> std::ops::Range<usize> {
        let first = r * self.width + self.first;
        first..first + self.count
    }

    /// The sums down the columns of N numbers that `term` makes of the elements of K matrices, and the column of the block.
    #[inline(always)]
    fn sums<T: Float, const K: usize, const N: usize>(self, of: [&[T]; K], term: impl Fn([T; K], usize) -> [T; N]) -> [[f64; BLOCK]; N] {
        let mut sums = [[0.0; BLOCK]; N];
        for from in (0..self.rows).step_by(TOGETHER) {
            let mut part = [[T::ZERO; BLOCK]; N];
            for r in from..(from + TOGETHER).min(self.rows) {
                let rows = of.map(|matrix| &matrix[self.row(r)][..self.count]);
                for c in 0..self.count {
                    let terms = term(rows.map(|row| row[c]), c);
                    for (part, term) in part.iter_mut().zip(terms) {
                        part[c] = part[c] + term;
                    }
                }
            }
            for (sums, part) in sums.iter_mut().zip(part) {
                sums.iter_mut().zip(part).for_each(|(s, p)| *s += T::to_f64(p));
            }
        }
        sums
    }
}

/// The values of a block's columns, zeros where there are fewer.
#[inline(always)]
fn of<T: Float>(all: &[T], c: Columns, missing: T) -> [T; BLOCK] {
    std::array::from_fn(|i| all.get(c.first + i).copied().filter(|_| i < c.count).unwrap_or(missing))
}

/// One block in loops whose length is known, or the last one.
macro_rules! full_or_last {
    ($c:ident => $body:expr) => {
        if $c.count == BLOCK {
            let $c = Columns { count: BLOCK, ..$c };
            $body
        } else {
            $body
        }
    };
}

#[inline(always)]
fn moments_body<S: Simd, T: Float>(x: &[T], c: Columns) -> ([T; BLOCK], [T; BLOCK]) {
    full_or_last!(c => {
        let n = c.rows as f64;
        let [sums] = c.sums([x], |[x], _| [x]);
        let mean = sums.map(|s| T::of(s / n));
        let [squares] = c.sums([x], |[x], j| [(x - mean[j]) * (x - mean[j])]);
        (mean, squares.map(|s| T::of(s / n)))
    })
}

#[inline(always)]
fn backward_body<S: Simd, T: Float>(g: &[T], x: &[T], dx: Option<&Shared<T>>, c: Columns, kept: &Kept<T>) -> ([f64; BLOCK], [f64; BLOCK]) {
    let (mean, rstd, weight) = (of(kept.mean, c, T::ZERO), of(kept.rstd, c, T::ZERO), of(kept.weight, c, T::ONE));
    full_or_last!(c => {
        let [plain, along] = c.sums([g, x], |[g, x], j| [g, g * (x - mean[j])]);
        if let Some(dx) = dx {
            let n = c.rows as f64;
            let offset = plain.map(|s| T::of(s / n));
            let slope: [T; BLOCK] = std::array::from_fn(|j| T::of(along[j] / n) * rstd[j] * rstd[j]);
            let scale: [T; BLOCK] = std::array::from_fn(|j| rstd[j] * weight[j]);
            for r in 0..c.rows {
                let range = c.row(r);
                let (g, x) = (&g[range.clone()][..c.count], &x[range.clone()][..c.count]);
                let to = &mut dx.part(range.start, range.end)[..c.count];
                for j in 0..c.count {
                    to[j] = scale[j] * (g[j] - offset[j] - (x[j] - mean[j]) * slope[j]);
                }
            }
        }
        (plain, along)
    })
}

/// out = x factor + shift for whole rows.
#[inline(always)]
fn scale_body<S: Simd, T: Float>(x: &[T], factors: &[T], shifts: &[T], out: &mut [T]) {
    let width = factors.len();
    for (x, out) in x.chunks_exact(width).zip(out.chunks_exact_mut(width)) {
        for (((o, &x), &f), &s) in out.iter_mut().zip(x).zip(factors).zip(shifts) {
            *o = x * f + s;
        }
    }
}

stamp! { fn moments_of<T>(x: &[T], c: Columns) -> ([T; BLOCK], [T; BLOCK]) where [T: Float] = moments_body; }
stamp! { fn backward_of<T>(g: &[T], x: &[T], dx: Option<&Shared<T>>, c: Columns, kept: &Kept<T>) -> ([f64; BLOCK], [f64; BLOCK])
where [T: Float] = backward_body; }
stamp! { fn scale_rows<T>(x: &[T], factors: &[T], shifts: &[T], out: &mut [T]) where [T: Float] = scale_body; }

/// The mean and the biased variance of each column.
pub fn moments<T: Float>(x: &[T], rows: usize, mean: &mut [T], var: &mut [T]) {
    let width = mean.len();
    let (mean, var) = (Shared::of(mean), Shared::of(var));
    Columns::each(rows, width, |c| {
        let (m, v) = moments_of(x, c);
        mean.part(c.first, c.first + c.count).copy_from_slice(&m[..c.count]);
        var.part(c.first, c.first + c.count).copy_from_slice(&v[..c.count]);
    });
}

/// out = x factor + shift, by column.
pub fn scale<T: Float>(x: &[T], factors: &[T], shifts: &[T], out: &mut [T]) {
    rows::map(x, out, factors.len(), |x, out| scale_rows(x, factors, shifts, out));
}

/// dx, unless it is empty, and the gradients of weight and bias.
pub fn backward<T: Float>(g: &[T], x: &[T], rows: usize, kept: &Kept<T>, dx: &mut [T], dw: &mut [T], db: &mut [T]) {
    let (wanted, width) = (!dx.is_empty(), dw.len());
    let (dx, dw, db) = (Shared::of(dx), Shared::of(dw), Shared::of(db));
    Columns::each(rows, width, |c| {
        let (plain, along) = backward_of(g, x, wanted.then_some(&dx), c, kept);
        let (dw, db) = (dw.part(c.first, c.first + c.count), db.part(c.first, c.first + c.count));
        for j in 0..c.count {
            dw[j] = T::of(along[j]) * kept.rstd[c.first + j];
            db[j] = T::of(plain[j]);
        }
    });
}
