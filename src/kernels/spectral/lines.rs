//! Vectors and matrices whose rows are whole lines of eight float64, which loops handle one by one. The padding of a
//! vector is zeros, that of a matrix may hold anything finite.

use crate::kernels::isa::Simd;
use crate::stamp;

pub const WIDTH: usize = 8;
/// Rows that a pass handles at once.
pub const ROWS: usize = 4;
/// Lines that several reflections or rotations handle at once: that many of a few hundred rows stay in the first cache.
pub const NARROW: usize = 2;

/// As long as a cache line.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub struct Line([f64; WIDTH]);

pub const ZERO: Line = Line([0.0; WIDTH]);

/// a b + c
#[inline(always)]
pub fn fma<S: Simd>(a: Line, b: Line, mut c: Line) -> Line {
    for i in 0..WIDTH {
        c.0[i] = S::fma64(a.0[i], b.0[i], c.0[i]);
    }
    c
}

#[inline(always)]
pub fn mul(mut a: Line, b: Line) -> Line {
    for i in 0..WIDTH {
        a.0[i] *= b.0[i];
    }
    a
}

#[inline(always)]
pub fn splat(x: f64) -> Line {
    Line([x; WIDTH])
}

#[inline(always)]
pub fn total(x: Line) -> f64 {
    let [a, b, c, d, e, f, g, h] = x.0;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

#[inline(always)]
pub fn flat(x: &[Line]) -> &[f64] {
    // SAFETY: a line is eight numbers without padding.
    unsafe { std::slice::from_raw_parts(x.as_ptr().cast(), x.len() * WIDTH) }
}

#[inline(always)]
pub fn flat_mut(x: &mut [Line]) -> &mut [f64] {
    // SAFETY: a line is eight numbers without padding.
    unsafe { std::slice::from_raw_parts_mut(x.as_mut_ptr().cast(), x.len() * WIDTH) }
}

/// Lines of a vector of n numbers: whole blocks of rows of it are never out of range.
pub fn lines(n: usize) -> usize {
    n.div_ceil(WIDTH)
}

#[derive(Clone)]
pub struct Vector(pub Vec<Line>);

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
    pub stride: usize,
    pub data: Vec<Line>,
}

impl Matrix {
    pub fn zeros(rows: usize, columns: usize) -> Matrix {
        let stride = lines(columns) | 1;
        Matrix { rows, columns, stride, data: vec![ZERO; rows.next_multiple_of(ROWS) * stride] }
    }

    pub fn identity(rows: usize, columns: usize) -> Matrix {
        let mut out = Matrix::zeros(rows, columns);
        out.make_identity();
        out
    }

    pub fn make_identity(&mut self) {
        self.data.fill(ZERO);
        (0..self.rows.min(self.columns)).for_each(|i| self.row_mut(i)[i] = 1.0);
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

/// P lines of a row.
#[inline(always)]
pub fn part<const P: usize>(row: &mut [Line], at: usize) -> &mut [Line; P] {
    (&mut row[at..at + P]).try_into().expect("P lines")
}

#[inline(always)]
fn dot_body<S: Simd>(x: &[Line], y: &[Line]) -> f64 {
    let mut sum = ZERO;
    for (x, y) in x.iter().zip(y) {
        sum = fma::<S>(*x, *y, sum);
    }
    total(sum)
}

stamp! { pub fn dot(x: &[Line], y: &[Line]) -> f64 = dot_body; }
