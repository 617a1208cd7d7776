//! repeat_interleave: elements repeated beside each other.

use crate::dtype::DType;
use crate::error::Result;
use crate::fail;
use crate::ops::copy;
use crate::ops::index;
use crate::ops::view;
use crate::tensor::Tensor;

/// The number i, `repeats[i]` times, for every i.
pub fn positions(repeats: &Tensor, output_size: Option<i64>) -> Result<Tensor> {
    if !matches!(repeats.dtype(), DType::I64 | DType::I32) {
        fail!(NotImplemented, "\"repeat_interleave_cpu\" not implemented for '{}'", repeats.dtype().scalar_type());
    }
    if repeats.dim() != 1 {
        fail!(Runtime, "repeat_interleave only accept 1D vector as repeat");
    }
    let counts = copy::values(repeats, DType::I64)?;
    let counts = counts.as_slice::<i64>();
    if counts.iter().any(|&n| n < 0) {
        fail!(Runtime, "repeats can not be negative");
    }
    let total: i64 = counts.iter().sum();
    if output_size.is_some_and(|size| size != total) {
        fail!(Runtime, "allocated size does not match required size");
    }
    let out = Tensor::empty(&[total], DType::I64)?;
    let numbers = counts.iter().enumerate().flat_map(|(i, &n)| std::iter::repeat_n(i as i64, n as usize));
    out.as_mut_slice::<i64>().iter_mut().zip(numbers).for_each(|(slot, i)| *slot = i);
    copy::to_dtype(&out, repeats.dtype(), false)
}

/// Each slice of `dim` as often as `repeats` says; of the flattened tensor without `dim`.
pub fn by_tensor(input: &Tensor, repeats: &Tensor, dim: Option<i64>, output_size: Option<i64>) -> Result<Tensor> {
    let Some(dim) = dim else { return by_tensor(&view::reshape(input, &[-1])?, repeats, Some(0), output_size) };
    if repeats.dim() > 1 {
        fail!(Runtime, "repeats must be 0-dim or 1-dim tensor");
    }
    let n = input.size(dim)?;
    let repeats = if repeats.numel() == 1 {
        view::expand(&view::reshape(repeats, &[1])?, &[n])?
    } else if repeats.numel() as i64 == n {
        repeats.clone()
    } else {
        fail!(
            Runtime,
            "repeats must have the same size as input along dim, but got repeats.size(0) = {} and input.size({dim}) = {n}",
            repeats.numel()
        );
    };
    index::index_select(input, dim, &positions(&repeats, output_size)?)
}

/// Each slice of `dim` `repeats` times.
pub fn by_number(input: &Tensor, repeats: i64, dim: Option<i64>, output_size: Option<i64>) -> Result<Tensor> {
    if repeats < 0 {
        fail!(Runtime, "Repeats must be non-negative");
    }
    let Some(dim) = dim else { return by_number(&view::reshape(input, &[-1])?, repeats, Some(0), output_size) };
    let counts = Tensor::from_slice(&[repeats], &[1])?;
    by_tensor(input, &counts, Some(dim), output_size)
}
