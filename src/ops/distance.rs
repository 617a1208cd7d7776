//! Distances and similarities of vectors.

use crate::dtype::Scalar;
use crate::error::Result;
use crate::graph::mode;
use crate::ops::copy;
use crate::ops::elementwise;
use crate::ops::elementwise::Promote;
use crate::ops::loss;
use crate::ops::moments;
use crate::ops::reduce;
use crate::ops::select;
use crate::tensor::Tensor;

/// The norm along `dim`, at least eps; the bound does not stop the gradient.
fn norm_at_least(x: &Tensor, dim: i64, eps: f64) -> Result<Tensor> {
    let norm = moments::vector_norm(x, Scalar::Int(2), (x.dim() > 0).then_some(&[dim]), true, None)?;
    let lift = mode::no_grad(|| (select::clamp_min(&norm, Scalar::Float(eps))? - &norm).0)?;
    (norm + lift.detach()).0
}

/// x1 x2 / (max(|x1|, eps) max(|x2|, eps)) along `dim`.
pub fn cosine_similarity(x1: &Tensor, x2: &Tensor, dim: i64, eps: f64) -> Result<Tensor> {
    let common = elementwise::common_type(&[x1.into(), x2.into()], Promote::Common);
    if !common.is_float() {
        crate::fail!(Runtime, "expected common dtype to be floating point, yet common dtype is {}", common.scalar_type());
    }
    let (a, b) = loss::broadcast(&copy::to_dtype(x1, common, false)?, &copy::to_dtype(x2, common, false)?)?;
    let (first, second) = (&a / norm_at_least(&a, dim, eps)?, &b / norm_at_least(&b, dim, eps)?);
    let product = (first * second).0?;
    reduce::sum(&product, (product.dim() > 0).then_some(&[dim]), false, None)
}

/// The p-norm of x1 - x2 + eps along the last dimension.
pub fn pairwise_distance(x1: &Tensor, x2: &Tensor, p: f64, eps: f64, keepdim: bool) -> Result<Tensor> {
    let difference = (x1 - x2) + eps;
    moments::vector_norm(&difference.0?, Scalar::Float(p), Some(&[-1]), keepdim, None)
}
