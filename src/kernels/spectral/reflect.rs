//! Householder's reflections of a few columns at a time, which then stay in cache.

// Lanes by index, so that LLVM sees how they line up.
#![allow(clippy::needless_range_loop)]

use super::lines::Line;
use super::lines::Matrix;
use super::lines::NARROW;
use super::lines::ROWS;
use super::lines::Vector;
use super::lines::WIDTH;
use super::lines::ZERO;
use super::lines::dot;
use super::lines::flat;
use super::lines::fma;
use super::lines::lines;
use super::lines::mul;
use super::lines::part;
use super::lines::splat;
use crate::kernels::isa::Simd;
use crate::stamp;

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
        let groups: Vec<Group> = (0..count).map(|k| self.group(k * GROUP, false)).collect();
        for at in (0..lines(a.columns)).step_by(NARROW) {
            let width = NARROW.min(lines(a.columns) - at);
            let within = if identity { ((at + width) * WIDTH).saturating_sub(self.first).div_ceil(GROUP) } else { count };
            for k in (0..count.min(within)).rev() {
                let start = self.first + k * GROUP;
                reflect_group(&mut a.data[start * a.stride..], a.stride, at, width, &groups[k]);
            }
        }
    }

    /// .. H_1 H_0 times the matrix at some lines.
    pub fn undo(&self, a: &mut Matrix, at: usize, width: usize) {
        for k in (0..self.taus.len()).step_by(GROUP) {
            let (group, start, stride) = (self.group(k, true), self.first + k, a.stride);
            for from in (at..at + width).step_by(NARROW) {
                reflect_group(&mut a.data[start * stride..], stride, from, NARROW.min(at + width - from), &group);
            }
        }
    }

    /// The reflections from the k-th; the first of them comes first where that is asked.
    fn group(&self, k: usize, forward: bool) -> Group<'_> {
        let row = |i: usize| &self.vectors.data[(k + i) * self.vectors.stride..(k + i + 1) * self.vectors.stride];
        let v = [row(0), row(1), row(2), row(3)];
        let before = |i: usize, j: usize| if forward { j < i } else { i < j };
        let gram = [0, 1, 2, 3].map(|i| [0, 1, 2, 3].map(|j| if before(i, j) { dot(v[i], v[j]) } else { 0.0 }));
        let tau = [0, 1, 2, 3].map(|i| self.taus.get(k + i).copied().unwrap_or(0.0));
        Group { v: v.map(|v| &flat(v)[self.first + k..self.vectors.columns]), gram, tau, forward }
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
/// Reflections made at once; a matrix has as many rows to spare.
const GROUP: usize = ROWS;

/// Vectors from the row where the first of them begins, the products of each with those that come before it, factors.
struct Group<'a> {
    v: [&'a [f64]; GROUP],
    gram: [[f64; GROUP]; GROUP],
    tau: [f64; GROUP],
    forward: bool,
}

/// With s_i = v_i^T A, backwards, the last reflection takes v_3 u_3 away, u_3 = tau_3 s_3, the one before it v_2 u_2,
/// u_2 = tau_2 (s_2 - v_2^T v_3 u_3), and so on: A is read once for the s_i and once to change.
#[inline(always)]
fn reflect_group_part<S: Simd, const P: usize>(a: &mut [Line], stride: usize, at: usize, by: &Group) {
    let [v0, v1, v2, v3] = by.v;
    let mut u = [[ZERO; P]; GROUP];
    for ((((row, &v0), &v1), &v2), &v3) in a.chunks_exact_mut(stride).zip(v0).zip(v1).zip(v2).zip(v3) {
        let row = part::<P>(row, at);
        let v = [splat(v0), splat(v1), splat(v2), splat(v3)];
        for (u, v) in u.iter_mut().zip(v) {
            for p in 0..P {
                u[p] = fma::<S>(v, row[p], u[p]);
            }
        }
    }
    for step in 0..GROUP {
        let i = if by.forward { step } else { GROUP - 1 - step };
        for p in 0..P {
            let mut sum = u[i][p];
            for j in 0..GROUP {
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
