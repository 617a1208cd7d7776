//! The QR decomposition, computed in float64.

use crate::dtype::DType;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record_many;
use crate::kernels::spectral;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::expr::grads;
use crate::ops::join;
use crate::ops::matrices;
use crate::ops::matrices::product;
use crate::ops::matrices::transposed;
use crate::ops::rearrange;
use crate::ops::solve;
use crate::ops::view;
use crate::shape;
use crate::tensor::Tensor;

/// input = Q R for matrices (..., m, n); Q's columns are orthonormal, R is upper triangular. `mode` "reduced" keeps
/// min(m, n) columns of Q, "complete" all m, "r" none. Keeps both factors.
pub fn linalg_qr(input: &Tensor, mode: &str) -> Result<Vec<Tensor>> {
    if input.dim() < 2 {
        fail!(Runtime, "linalg.qr: The input tensor A must have at least 2 dimensions.");
    }
    matrices::check_float("linalg.qr", input)?;
    if !matches!(mode, "reduced" | "complete" | "r") {
        fail!(Runtime, "qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or 'complete'");
    }
    matrices::check_kernel("geqrf_cpu", input)?;
    let (front, tail) = input.sizes().split_at(input.dim() - 2);
    let (m, n) = (tail[0] as usize, tail[1] as usize);
    let rank = m.min(n);
    let wide = copy::contiguous(&copy::to_dtype(&input.detach(), DType::F64, true)?)?;
    // Columns of Q, rows of R.
    let kept = if mode == "complete" { m } else { rank };
    let with = |a: usize, b: usize| front.iter().copied().chain([a as i64, b as i64]).collect::<shape::Dims>();
    let q = Tensor::empty(&if mode == "r" { shape::Dims::from_slice(&[0]) } else { with(m, kept) }, DType::F64)?;
    let r = Tensor::empty(&with(kept, n), DType::F64)?;
    let (q_len, r_len) = (if mode == "r" { 0 } else { m * kept }, kept * n);
    for i in 0..front.iter().product::<i64>() as usize {
        let (own_q, own_r) = spectral::orthogonal(&wide.as_slice()[i * m * n..(i + 1) * m * n], m, n, kept, mode != "r");
        q.as_mut_slice()[i * q_len..(i + 1) * q_len].copy_from_slice(&own_q);
        r.as_mut_slice()[i * r_len..(i + 1) * r_len].copy_from_slice(&own_r);
    }
    let outputs = vec![copy::to_dtype(&q, input.dtype(), false)?, copy::to_dtype(&r, input.dtype(), false)?];
    let (without_q, ambiguous) = (mode == "r", mode == "complete" && m > n);
    record_many("LinalgQrBackward0", &[input], outputs, |save| {
        let (q, r) = (save.output_nr("Q", 0), save.output_nr("R", 1));
        move |cx, g| {
            if without_q {
                fail!(
                    Runtime,
                    "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use linalg.qr(A, mode='reduced') if you are going to differentiate through linalg.qr."
                );
            }
            if ambiguous {
                fail!(Runtime, "The QR decomposition is not differentiable when mode='complete' and nrows > ncols.");
            }
            let (q, r) = (q.get(cx)?, r.get(cx)?);
            let or_zero = |g: &Option<Tensor>, like: &Tensor| g.clone().map_or_else(|| creation::zeros(like.sizes(), like.dtype()), Ok);
            grads![cx; backward(&or_zero(&g[0], &q)?, &or_zero(&g[1], &r)?, &q, &r)]
        }
    })
}

/// The old name; thin where `some`.
pub fn qr(input: &Tensor, some: bool) -> Result<Vec<Tensor>> {
    linalg_qr(input, if some { "reduced" } else { "complete" })
}

/// For m >= n, dA = (dQ + Q sym(triu(dR R^T - Q^T dQ))) R^-T, where sym mirrors the triangle. Columns beyond the m-th
/// are Q^T times the matrix's own.
fn backward(gq: &Tensor, gr: &Tensor, q: &Tensor, r: &Tensor) -> Result<Tensor> {
    let (m, n) = matrices::shape_of(r);
    if n > m {
        let (k, rest) = (m as i64, (n - m) as i64);
        let (v, gv) = (view::narrow(r, -1, k, rest)?, view::narrow(gr, -1, k, rest)?);
        let gq = (gq + product(&product(q, &v)?, &transposed(&gv)?)?).0?;
        let square = backward(&gq, &view::narrow(gr, -1, 0, k)?, q, &view::narrow(r, -1, 0, k)?)?;
        return join::cat(&[&square, &product(q, &gv)?], -1);
    }
    let inner = (product(gr, &transposed(r)?)? - product(&transposed(q)?, gq)?).0?;
    let mirrored = (rearrange::triu(&inner, 0)? + transposed(&rearrange::triu(&inner, 1)?)?).0?;
    let outer = (gq + product(q, &mirrored)?).0?;
    solve::triangular(&transposed(r)?, &outer, false, false, false)
}
