//! What the ops on stacks of matrices share: checks in PyTorch's words, values in float64, and back.

use crate::dtype::DType;
use crate::error::Result;
use crate::fail;
use crate::kernels::pool;
use crate::kernels::rows::Shared;
use crate::ops::copy;
use crate::ops::linalg;
use crate::ops::view;
use crate::shape;
use crate::shape::Dims;
use crate::tensor::Tensor;

/// At least two dimensions.
pub fn check_matrix(op: &str, t: &Tensor, name: &str) -> Result<()> {
    if t.dim() < 2 {
        fail!(Runtime, "{op}: The input tensor {name} must have at least 2 dimensions.");
    }
    Ok(())
}

pub fn check_square(op: &str, a: &Tensor) -> Result<()> {
    check_matrix(op, a, "A")?;
    let tail = &a.sizes()[a.dim() - 2..];
    if tail[0] != tail[1] {
        fail!(Runtime, "{op}: A must be batches of square matrices, but they are {} by {} matrices", tail[0], tail[1]);
    }
    Ok(())
}

pub fn check_float(op: &str, a: &Tensor) -> Result<()> {
    if !a.dtype().is_float() {
        fail!(Runtime, "{op}: Expected a floating point or complex tensor as input. Got {}", a.dtype().scalar_type());
    }
    Ok(())
}

/// No half types either.
pub fn check_precise(op: &str, a: &Tensor) -> Result<()> {
    check_float(op, a)?;
    if !matches!(a.dtype(), DType::F32 | DType::F64) {
        fail!(Runtime, "{op}: Low precision dtypes not supported. Got {}", a.dtype().scalar_type());
    }
    Ok(())
}

/// float32 and float64, for which LAPACK has loops; nothing is asked of nothing.
pub fn check_kernel(kernel: &str, a: &Tensor) -> Result<()> {
    if !matches!(a.dtype(), DType::F32 | DType::F64) && a.numel() > 0 {
        fail!(NotImplemented, "\"{kernel}\" not implemented for '{}'", a.dtype().scalar_type());
    }
    Ok(())
}

/// Rows and columns.
pub fn shape_of(a: &Tensor) -> (usize, usize) {
    let n = a.dim();
    (a.sizes()[n - 2] as usize, a.sizes()[n - 1] as usize)
}

/// The leading sizes.
pub fn batch(a: &Tensor) -> &[i64] {
    &a.sizes()[..a.dim() - 2]
}

pub fn count(a: &Tensor) -> usize {
    batch(a).iter().product::<i64>() as usize
}

/// The leading sizes and a tail.
pub fn like(a: &Tensor, tail: &[i64]) -> Dims {
    let mut sizes = Dims::from_slice(batch(a));
    sizes.extend_from_slice(tail);
    sizes
}

/// A contiguous copy of the values in float64, to factorise in place.
pub fn wide(a: &Tensor) -> Result<Tensor> {
    copy::contiguous(&copy::to_dtype(&a.detach(), DType::F64, true)?)
}

/// Calls `task(i, matrix i)` for every matrix of a contiguous stack.
pub fn each(stack: &Tensor, work: usize, task: impl Fn(usize, &mut [f64]) + Sync) {
    let (m, n) = shape_of(stack);
    let all = Shared::of(stack.as_mut_slice::<f64>());
    pool::by_planes(count(stack), work, |i| task(i, all.part(i * m * n, (i + 1) * m * n)));
}

pub fn transposed(a: &Tensor) -> Result<Tensor> {
    view::transpose(a, -2, -1)
}

pub fn product(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    linalg::matmul(a, b)
}

/// Stacks of one batch shape, expanded where they differ.
pub fn broadcast(a: &Tensor, b: &Tensor) -> Result<[Tensor; 2]> {
    if batch(a) == batch(b) {
        return Ok([a.clone(), b.clone()]);
    }
    let sizes = shape::broadcast(batch(a), batch(b))?;
    let expand = |t: &Tensor| {
        let mut to = sizes.clone();
        to.extend_from_slice(&t.sizes()[t.dim() - 2..]);
        view::expand(t, &to)
    };
    Ok([expand(a)?, expand(b)?])
}

/// 0 as `info` for every matrix.
pub fn infos(a: &Tensor, list: &[i32]) -> Result<Tensor> {
    Tensor::from_slice(list, batch(a))
}

/// `(Batch element i): ` where there are several.
pub fn element(a: &Tensor, i: usize) -> String {
    if a.dim() > 2 { format!("(Batch element {i}): ") } else { String::new() }
}
