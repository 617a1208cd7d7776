//! The QR decomposition, by Householder reflections (Golub and Van Loan, Matrix Computations, 5.2) in float64.

use crate::dtype::DType;
use crate::error::Result;
use crate::fail;
use crate::ops::copy;
use crate::shape;
use crate::tensor::Tensor;

/// input = Q R for matrices (..., m, n); Q's columns are orthonormal, R is upper triangular. `mode` "reduced" keeps
/// min(m, n) columns of Q, "complete" all m, "r" none. Not differentiable yet: an input that requires grad is refused.
pub fn linalg_qr(input: &Tensor, mode: &str) -> Result<Vec<Tensor>> {
    if input.dim() < 2 {
        fail!(Runtime, "linalg.qr: The input tensor A must have at least 2 dimensions.");
    }
    if !matches!(input.dtype(), DType::F32 | DType::F64) {
        fail!(Runtime, "linalg.qr: Expected a floating point or complex tensor as input. Got {}", input.dtype().scalar_type());
    }
    if !matches!(mode, "reduced" | "complete" | "r") {
        fail!(Runtime, "qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or 'complete'");
    }
    if input.requires_grad() && crate::graph::mode::grad_enabled() {
        fail!(NotImplemented, "the derivative for linalg_qr is not implemented: call it on input.detach() or under torch.no_grad()");
    }
    let (front, tail) = input.sizes().split_at(input.dim() - 2);
    let (m, n) = (tail[0] as usize, tail[1] as usize);
    let rank = m.min(n);
    let wide = copy::contiguous(&copy::to_dtype(&input.detach(), DType::F64, true)?)?;
    // Columns of Q, rows of R.
    let kept = if mode == "complete" { m } else { rank };
    let with = |a: usize, b: usize| front.iter().copied().chain([a as i64, b as i64]).collect::<shape::Dims>();
    let q = Tensor::empty(&if mode == "r" { shape::Dims::from_slice(&[0]) } else { with(m, kept) }, DType::F64)?;
    let r = Tensor::empty(&with(kept, n), DType::F64)?;
    for i in 0..front.iter().product::<i64>() as usize {
        let mut a = wide.as_slice::<f64>()[i * m * n..(i + 1) * m * n].to_vec();
        let reflectors: Vec<Reflector> = (0..rank).map(|k| eliminate(&mut a, m, n, k)).collect();
        for row in 0..kept {
            let line = &mut r.as_mut_slice::<f64>()[(i * kept + row) * n..][..n];
            (0..n).for_each(|c| line[c] = if c < row { 0.0 } else { a[row * n + c] });
        }
        if mode != "r" {
            let out = &mut q.as_mut_slice::<f64>()[i * m * kept..(i + 1) * m * kept];
            (0..m * kept).for_each(|p| out[p] = f64::from(p / kept.max(1) == p % kept.max(1)));
            for (k, reflector) in reflectors.iter().enumerate().rev() {
                reflect(out, kept, k, 0, reflector);
            }
        }
    }
    Ok(vec![copy::to_dtype(&q, input.dtype(), false)?, copy::to_dtype(&r, input.dtype(), false)?])
}

/// I - tau v v', v beginning at row k.
struct Reflector {
    v: Vec<f64>,
    tau: f64,
}

/// Zeros column k below the diagonal; the sign of the diagonal is LAPACK's.
fn eliminate(a: &mut [f64], m: usize, n: usize, k: usize) -> Reflector {
    let mut v: Vec<f64> = (k..m).map(|row| a[row * n + k]).collect();
    let (head, rest) = (v[0], v[1..].iter().map(|x| x * x).sum::<f64>());
    if rest == 0.0 {
        return Reflector { v, tau: 0.0 };
    }
    let beta = -(head * head + rest).sqrt().copysign(head);
    v[1..].iter_mut().for_each(|x| *x /= head - beta);
    v[0] = 1.0;
    let out = Reflector { v, tau: (beta - head) / beta };
    reflect(a, n, k, k, &out);
    out
}

/// Applies the reflector to columns `from..` of a matrix of `width` columns.
fn reflect(a: &mut [f64], width: usize, k: usize, from: usize, by: &Reflector) {
    for c in from..width {
        let dot: f64 = by.v.iter().enumerate().map(|(i, v)| v * a[(k + i) * width + c]).sum();
        by.v.iter().enumerate().for_each(|(i, v)| a[(k + i) * width + c] -= by.tau * dot * v);
    }
}
