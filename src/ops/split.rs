//! Cutting in unequal pieces: tensor_split, hsplit, vsplit, dsplit.

use crate::dtype::DType;
use crate::error::Result;
use crate::fail;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::join;
use crate::ops::view;
use crate::shape;
use crate::tensor::Tensor;

/// `sections` views along `dim`, the first ones one longer where it does not divide.
pub fn tensor_split(input: &Tensor, sections: i64, dim: i64) -> Result<Vec<Tensor>> {
    check_split(input, dim)?;
    if sections <= 0 {
        fail!(Runtime, "number of sections must be larger than 0, got {sections}");
    }
    join::check_count(sections)?;
    let size = input.size(dim)?;
    let lengths: Vec<i64> = (0..sections).map(|i| size / sections + (i < size % sections) as i64).collect();
    join::split_with_sizes(input, &lengths, dim)
}

fn check_split(input: &Tensor, dim: i64) -> Result<()> {
    if input.dim() == 0 {
        fail!(Runtime, "tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims");
    }
    shape::wrap_dim(dim, input.dim()).map(|_| ())
}

/// Views cut at the given indices of `dim`, as Python slices cut.
pub fn tensor_split_at(input: &Tensor, indices: &[i64], dim: i64) -> Result<Vec<Tensor>> {
    check_split(input, dim)?;
    let ends = indices.iter().map(|&i| Some(i)).chain([None]);
    let starts = [Some(0)].into_iter().chain(indices.iter().map(|&i| Some(i)));
    starts.zip(ends).map(|(start, end)| view::slice(input, dim, start, end, 1)).collect()
}

/// The same with sections or indices in a tensor.
pub fn tensor_split_by(input: &Tensor, by: &Tensor, dim: i64) -> Result<Vec<Tensor>> {
    check_split(input, dim)?;
    if by.dtype() != DType::I64 {
        fail!(Runtime, "tensor_split expected tensor_indices_or_sections to have dtype of long, but got {}", by.dtype().scalar_type());
    }
    match by.dim() {
        0 => tensor_split(input, creation::item(by)?.to_i64(), dim),
        1 => tensor_split_at(input, copy::contiguous(by)?.as_slice::<i64>(), dim),
        n => fail!(
            Runtime,
            "tensor_split expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional tensor, but got a tensor with {n} dims"
        ),
    }
}

/// The dimension that hsplit, vsplit or dsplit cuts.
fn axis(name: &str, input: &Tensor, least: usize) -> Result<i64> {
    if input.dim() < least {
        fail!(Runtime, "torch.{name} requires a tensor with at least {least} dimension, but got a tensor with {} dimensions!", input.dim());
    }
    Ok(match name {
        "hsplit" if input.dim() == 1 => 0,
        "hsplit" => 1,
        "vsplit" => 0,
        _ => 2,
    })
}

fn evenly(name: &str, input: &Tensor, sections: i64, least: usize) -> Result<Vec<Tensor>> {
    let dim = axis(name, input, least)?;
    if sections == 0 || input.size(dim)? % sections != 0 {
        fail!(
            Runtime,
            "torch.{name} attempted to split along dimension {dim}, but the size of the dimension {} is not divisible by the split_size {sections}!",
            input.size(dim)?
        );
    }
    tensor_split(input, sections, dim)
}

pub fn hsplit(input: &Tensor, sections: i64) -> Result<Vec<Tensor>> {
    evenly("hsplit", input, sections, 1)
}

pub fn vsplit(input: &Tensor, sections: i64) -> Result<Vec<Tensor>> {
    evenly("vsplit", input, sections, 2)
}

pub fn dsplit(input: &Tensor, sections: i64) -> Result<Vec<Tensor>> {
    evenly("dsplit", input, sections, 3)
}

pub fn hsplit_at(input: &Tensor, indices: &[i64]) -> Result<Vec<Tensor>> {
    tensor_split_at(input, indices, axis("hsplit", input, 1)?)
}

pub fn vsplit_at(input: &Tensor, indices: &[i64]) -> Result<Vec<Tensor>> {
    tensor_split_at(input, indices, axis("vsplit", input, 2)?)
}

pub fn dsplit_at(input: &Tensor, indices: &[i64]) -> Result<Vec<Tensor>> {
    tensor_split_at(input, indices, axis("dsplit", input, 3)?)
}
