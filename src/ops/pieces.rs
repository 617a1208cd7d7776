//! Pieces of a tensor as views, and copies with a piece replaced: select, slice, narrow, diagonal. The derivative of a piece puts the gradient
//! back into zeros; the two are each other's derivative.

use crate::error::Result;
use crate::fail;
use crate::graph::mode;
use crate::graph::record::record;
use crate::graph::record::renamed;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::expr::grads;
use crate::ops::view::track;
use crate::shape;
use crate::shape::Dims;
use crate::tensor::Tensor;

/// y = a piece of x, cut by `cut`.  dy/dx puts the gradient back into zeros.
fn piece<C>(name: &'static str, input: &Tensor, out: Tensor, cut: C) -> Result<Tensor>
where
    C: Fn(&Tensor) -> Result<Tensor> + Copy + 'static,
{
    record(name, &[input], out, |_| {
        let sizes = input.dims();
        move |cx, g| grads![cx; put_back(&g, &sizes, cut)]
    })
}

/// Zeros of `sizes` with `g` where `cut` cuts.  The derivative cuts again.
fn put_back<C>(g: &Tensor, sizes: &[i64], cut: C) -> Result<Tensor>
where
    C: Fn(&Tensor) -> Result<Tensor> + Copy + 'static,
{
    let out = creation::zeros(sizes, g.dtype())?;
    mode::no_grad(|| copy::copy_data(&cut(&out)?, g))?;
    record("SliceBackwardBackward0", &[g], out, |_| move |cx, gg| grads![cx; cut(&gg)])
}

/// One index of a dimension; the dimension goes.
pub fn select(input: &Tensor, dim: i64, index: i64) -> Result<Tensor> {
    if input.dim() == 0 {
        fail!(Index, "select() cannot be applied to a 0-dim tensor.");
    }
    let d = shape::wrap_dim(dim, input.dim())?;
    let size = input.sizes()[d];
    if index < -size || index >= size {
        fail!(Index, "select(): index {index} out of range for tensor of size {} at dimension {d}", shape::list(input.sizes()));
    }
    let index = if index < 0 { index + size } else { index };
    let (mut sizes, mut strides) = (input.dims(), Dims::from_slice(input.strides()));
    let offset = input.offset() + (index * strides[d]) as usize;
    sizes.remove(d);
    strides.remove(d);
    let out = track(input, sizes, strides, offset);
    piece("SelectBackward0", input, out, move |t| select(t, d as i64, index))
}

/// One index of each of the first dimensions: `x[i, j]` in one step. Indices were checked and are not negative.
pub fn select_leading(input: &Tensor, indices: &[i64]) -> Result<Tensor> {
    let n = indices.len();
    let skip: i64 = indices.iter().zip(input.strides()).map(|(i, s)| i * s).sum();
    let (sizes, strides) = (Dims::from_slice(&input.sizes()[n..]), Dims::from_slice(&input.strides()[n..]));
    let out = track(input, sizes, strides, input.offset() + skip as usize);
    record("SelectBackward0", &[input], out, |_| {
        let (sizes, indices) = (input.dims(), Dims::from_slice(indices));
        move |cx, g| grads![cx; put_leading(&g, &sizes, &indices)]
    })
}

/// Zeros of `sizes` with `g` at the leading indices.
fn put_leading(g: &Tensor, sizes: &[i64], indices: &[i64]) -> Result<Tensor> {
    let out = creation::zeros(sizes, g.dtype())?;
    mode::no_grad(|| copy::copy_data(&select_leading(&out, indices)?, g))?;
    let indices = Dims::from_slice(indices);
    record("SelectBackwardBackward0", &[g], out, |_| move |cx, gg| grads![cx; select_leading(&gg, &indices)])
}

/// Elements start, start + step, ... below end of a dimension; negative counts from the end, as in Python.
pub fn slice(input: &Tensor, dim: i64, start: Option<i64>, end: Option<i64>, step: i64) -> Result<Tensor> {
    if input.dim() == 0 {
        fail!(Index, "slice() cannot be applied to a 0-dim tensor.");
    }
    if step <= 0 {
        fail!(Runtime, "slice step must be positive");
    }
    let d = shape::wrap_dim(dim, input.dim())?;
    let size = input.sizes()[d];
    let bound = |i: i64| if i < 0 { (i + size).max(0) } else { i.min(size) };
    let (start, end) = (bound(start.unwrap_or(0)), bound(end.unwrap_or(i64::MAX)));
    let end = end.max(start);
    let (mut sizes, mut strides) = (input.dims(), Dims::from_slice(input.strides()));
    let offset = input.offset() + (start * strides[d]) as usize;
    sizes[d] = shape::div_ceil(end - start, step);
    strides[d] *= step;
    let out = track(input, sizes, strides, offset);
    piece("SliceBackward0", input, out, move |t| slice(t, d as i64, Some(start), Some(end), step))
}

/// `length` indices of a dimension from `start`.
pub fn narrow(input: &Tensor, dim: i64, start: i64, length: i64) -> Result<Tensor> {
    if input.dim() == 0 {
        fail!(Runtime, "narrow() cannot be applied to a 0-dim tensor.");
    }
    if length < 0 {
        fail!(Runtime, "narrow(): length must be non-negative.");
    }
    let size = input.size(dim)?;
    if start < -size || start > size {
        fail!(Index, "start out of range (expected to be in range of [{}, {size}], but got {start})", -size);
    }
    let start = if start < 0 { start + size } else { start };
    if start > size - length {
        fail!(Runtime, "start ({start}) + length ({length}) exceeds dimension size ({size}).");
    }
    slice(input, dim, Some(start), Some(start + length), 1)
}

/// The diagonal of dimensions dim1 and dim2, `offset` above the main one, as the last dimension.
pub fn diagonal(input: &Tensor, offset: i64, dim1: i64, dim2: i64) -> Result<Tensor> {
    let (a, b) = (shape::wrap_dim(dim1, input.dim())?, shape::wrap_dim(dim2, input.dim())?);
    if a == b {
        fail!(Runtime, "diagonal dimensions cannot be identical {dim1}, {dim2}");
    }
    let (mut sizes, mut strides) = (input.dims(), Dims::from_slice(input.strides()));
    let length = if offset >= 0 { sizes[a].min(sizes[b] - offset) } else { (sizes[a] + offset).min(sizes[b]) }.max(0);
    let skip = if length == 0 { 0 } else { offset.max(0) * strides[b] + (-offset).max(0) * strides[a] };
    let step = strides[a] + strides[b];
    for d in [a.max(b), a.min(b)] {
        sizes.remove(d);
        strides.remove(d);
    }
    sizes.push(length);
    strides.push(step);
    let out = track(input, sizes, strides, input.offset() + skip as usize);
    piece("DiagonalBackward0", input, out, move |t| diagonal(t, offset, a as i64, b as i64))
}

/// `narrow` from where a 0-d tensor says.
pub fn narrow_from(input: &Tensor, dim: i64, start: &Tensor, length: i64) -> Result<Tensor> {
    if start.dim() != 0 || !start.dtype().is_integer() {
        fail!(Runtime, "start must be an 0-dim integral Tensor.");
    }
    narrow(input, dim, creation::item(start)?.to_i64(), length)
}

/// A copy of x whose piece is src; differentiable by way of the in-place write.
fn with_piece(input: &Tensor, src: &Tensor, cut: impl Fn(&Tensor) -> Result<Tensor>) -> Result<Tensor> {
    let out = copy::clone(input)?;
    let piece = cut(&out)?;
    if piece.sizes() != src.sizes() {
        fail!(
            Runtime,
            "expected src to have a size equal to the slice of self. src size = {}, slice size = {}",
            shape::list(src.sizes()),
            shape::list(piece.sizes())
        );
    }
    copy::copy_(&piece, src)?;
    Ok(out)
}

pub fn select_scatter(input: &Tensor, src: &Tensor, dim: i64, index: i64) -> Result<Tensor> {
    renamed(with_piece(input, src, |t| select(t, dim, index))?, "SelectScatterBackward0")
}

pub fn slice_scatter(input: &Tensor, src: &Tensor, dim: i64, start: Option<i64>, end: Option<i64>, step: i64) -> Result<Tensor> {
    renamed(with_piece(input, src, |t| slice(t, dim, start, end, step))?, "SliceScatterBackward0")
}

pub fn diagonal_scatter(input: &Tensor, src: &Tensor, offset: i64, dim1: i64, dim2: i64) -> Result<Tensor> {
    renamed(with_piece(input, src, |t| diagonal(t, offset, dim1, dim2))?, "DiagonalScatterBackward0")
}
