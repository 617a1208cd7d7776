//! Tensors side by side, below and behind each other; the dimensions they need for it.

use crate::error::Result;
use crate::fail;
use crate::graph::record::renamed;
use crate::ops::creation;
use crate::ops::join;
use crate::ops::view;
use crate::tensor::Tensor;

/// At least n dimensions, in NumPy's way.
pub(super) fn at_least(input: &Tensor, n: usize) -> Result<Tensor> {
    match (n, input.dim()) {
        (1.., 0) => view::reshape(input, &[1, 1, 1][..n]),
        (2, 1) => view::unsqueeze(input, 0),
        (3, 1) => view::unsqueeze(&view::unsqueeze(input, 0)?, -1),
        (3, 2) => view::unsqueeze(input, -1),
        _ => Ok(input.clone()),
    }
}

pub fn atleast_1d(input: &Tensor) -> Result<Tensor> {
    at_least(input, 1)
}

pub fn atleast_2d(input: &Tensor) -> Result<Tensor> {
    at_least(input, 2)
}

pub fn atleast_3d(input: &Tensor) -> Result<Tensor> {
    at_least(input, 3)
}

pub fn atleast_1d_all(tensors: &[&Tensor]) -> Result<Vec<Tensor>> {
    tensors.iter().map(|t| at_least(t, 1)).collect()
}

pub fn atleast_2d_all(tensors: &[&Tensor]) -> Result<Vec<Tensor>> {
    tensors.iter().map(|t| at_least(t, 2)).collect()
}

pub fn atleast_3d_all(tensors: &[&Tensor]) -> Result<Vec<Tensor>> {
    tensors.iter().map(|t| at_least(t, 3)).collect()
}

fn raised_cat(name: &str, tensors: &[&Tensor], n: usize, dim: i64) -> Result<Tensor> {
    if tensors.is_empty() {
        fail!(Runtime, "{name} expects a non-empty TensorList");
    }
    let raised = tensors.iter().map(|t| at_least(t, n)).collect::<Result<Vec<_>>>()?;
    join::cat(&raised.iter().collect::<Vec<_>>(), dim)
}

/// Side by side: vectors along dimension 0, the rest along dimension 1.
pub fn hstack(tensors: &[&Tensor]) -> Result<Tensor> {
    let flat = tensors.first().is_some_and(|t| t.dim() <= 1);
    raised_cat("hstack", tensors, 1, if flat { 0 } else { 1 })
}

/// One below the other.
pub fn vstack(tensors: &[&Tensor]) -> Result<Tensor> {
    raised_cat("vstack", tensors, 2, 0)
}

/// One behind the other.
pub fn dstack(tensors: &[&Tensor]) -> Result<Tensor> {
    raised_cat("dstack", tensors, 3, 2)
}

/// Vectors as columns, matrices side by side.
pub fn column_stack(tensors: &[&Tensor]) -> Result<Tensor> {
    if tensors.is_empty() {
        fail!(Runtime, "column_stack expects a non-empty TensorList");
    }
    let column = |t: &Tensor| if t.dim() <= 1 { view::reshape(t, &[t.numel() as i64, 1]) } else { Ok(t.clone()) };
    let columns = tensors.iter().map(|t| column(t)).collect::<Result<Vec<_>>>()?;
    hstack(&columns.iter().collect::<Vec<_>>())
}

/// A matrix with the tensors on its diagonal.
pub fn block_diag(tensors: &[&Tensor]) -> Result<Tensor> {
    if tensors.is_empty() {
        return creation::zeros_of(&[1, 0], None);
    }
    if let Some(i) = tensors.iter().position(|t| t.dim() > 2) {
        fail!(Runtime, "torch.block_diag: Input tensors must have 2 or fewer dimensions. Input {i} has {} dimensions", tensors[i].dim());
    }
    let blocks = tensors.iter().map(|t| atleast_2d(t)).collect::<Result<Vec<_>>>()?;
    let width: i64 = blocks.iter().map(|t| t.sizes()[1]).sum();
    let dtype = crate::dtype::result_type(tensors.iter().map(|t| (t.dtype(), t.rank())));
    let (mut at, mut rows) = (0, Vec::new());
    for block in &blocks {
        let (h, w) = (block.sizes()[0], block.sizes()[1]);
        let (left, right) = (creation::zeros(&[h, at], dtype)?, creation::zeros(&[h, width - at - w], dtype)?);
        rows.push(join::cat(&[&left, block, &right], 1)?);
        at += w;
    }
    renamed(join::cat(&rows.iter().collect::<Vec<_>>(), 0)?, "BlockDiagBackward0")
}
