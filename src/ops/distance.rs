//! Distances and similarities of vectors.

use crate::dtype::Scalar;
use crate::error::Result;
use crate::fail;
use crate::graph::mode;
use crate::graph::record::renamed;
use crate::ops::copy;
use crate::ops::elementwise;
use crate::ops::elementwise::Promote;
use crate::ops::index;
use crate::ops::linalg;
use crate::ops::loss;
use crate::ops::moments;
use crate::ops::rearrange;
use crate::ops::reduce;
use crate::ops::select;
use crate::ops::view;
use crate::shape;
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
        fail!(Runtime, "expected common dtype to be floating point, yet common dtype is {}", common.scalar_type());
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

/// The p-norms of the differences of all pairs of rows.
pub fn pdist(input: &Tensor, p: f64) -> Result<Tensor> {
    if input.dim() != 2 {
        fail!(Runtime, "pdist only supports 2D tensors, got: {}D", input.dim());
    }
    if !input.dtype().is_float() {
        fail!(Runtime, "pdist only supports floating-point dtypes");
    }
    if p.is_nan() || p < 0.0 {
        fail!(Runtime, "pdist only supports non-negative p values");
    }
    let n = input.sizes()[0];
    let pairs = rearrange::triu_indices(n, n, 1, None)?;
    let row = |k: i64| index::index_select(input, 0, &view::select(&pairs, 0, k)?);
    let gaps = (row(0)? - row(1)?).0?;
    let norms = match gaps.numel() {
        0 => reduce::sum(&gaps, Some(&[-1]), false, None)?,
        _ => moments::vector_norm(&gaps, Scalar::Float(p), Some(&[-1]), false, None)?,
    };
    renamed(norms, "PdistBackward0")
}

/// y_k = x1 W_k x2 + b_k.
pub fn bilinear(input1: &Tensor, input2: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
    let (n, m) = (input1.dim(), input2.dim());
    if n != m {
        fail!(Runtime, "bilinear(): input dimensions do not match: got {n} and {m}");
    }
    for d in 0..n.saturating_sub(1) {
        let (a, b) = (input1.sizes()[d], input2.sizes()[d]);
        if a != b {
            fail!(Runtime, "bilinear(): input batch dimensions do not match at dim {d}: got {a} and {b}");
        }
    }
    let (first, second) = (input1.size(-1)?, input2.size(-1)?);
    let (out, left, right) = (weight.size(0)?, weight.size(1)?, weight.size(2)?);
    if first != left {
        fail!(Runtime, "bilinear(): input1 size does not match weight size: got {first} but expected {left}");
    }
    if second != right {
        fail!(Runtime, "bilinear(): input2 size does not match weight size: got {second} but expected {right}");
    }
    if let Some(bias) = bias
        && bias.size(0)? != out
    {
        fail!(Runtime, "bilinear(): bias size does not match weight size: got {} but expected {out}", bias.size(0)?);
    }
    let rows = view::reshape(input1, &[-1, left])?;
    let by_left = view::reshape(&view::permute(weight, &[1, 0, 2])?, &[left, out * right])?;
    let products = view::reshape(&linalg::matmul(&rows, &by_left)?, &[-1, out, right])?;
    let others = view::reshape(input2, &[-1, right, 1])?;
    let mut sizes = shape::Dims::from_slice(&input1.sizes()[..n - 1]);
    sizes.push(out);
    let y = view::reshape(&linalg::matmul(&products, &others)?, &sizes)?;
    bias.map_or(Ok(y.clone()), |bias| (&y + bias).0)
}
