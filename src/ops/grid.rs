//! Coordinate grids and combinations of the elements of vectors.

use crate::error::Result;
use crate::fail;
use crate::ops::creation;
use crate::ops::join;
use crate::ops::view;
use crate::shape;
use crate::tensor::Tensor;

/// Coordinate grids of vectors: "ij" for rows first, "xy" for columns first.
pub fn meshgrid(tensors: &[&Tensor], indexing: Option<&str>) -> Result<Vec<Tensor>> {
    if tensors.is_empty() {
        fail!(Runtime, "meshgrid expects a non-empty TensorList");
    }
    if let Some(t) = tensors.iter().find(|t| t.dim() > 1) {
        fail!(Runtime, "torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {}", shape::list(t.sizes()));
    }
    if tensors.iter().any(|t| t.dtype() != tensors[0].dtype()) {
        fail!(Runtime, "meshgrid expects all tensors to have the same dtype");
    }
    let swap = match indexing.unwrap_or("ij") {
        "ij" => false,
        "xy" => tensors.len() >= 2,
        other => fail!(Runtime, "torch.meshgrid: indexing must be one of \"xy\" or \"ij\", but received: {other}"),
    };
    let mut order: Vec<usize> = (0..tensors.len()).collect();
    if swap {
        order.swap(0, 1);
    }
    let sizes: Vec<i64> = order.iter().map(|&i| tensors[i].numel() as i64).collect();
    // A swap is its own inverse: `order` also says where each tensor went.
    let grid = |i: usize| {
        let mut shape = vec![1; sizes.len()];
        shape[order[i]] = -1;
        view::expand(&view::reshape(tensors[i], &shape)?, &sizes)
    };
    (0..tensors.len()).map(grid).collect()
}

/// All combinations of the elements of vectors, a row each.
pub fn cartesian_prod(tensors: &[&Tensor]) -> Result<Tensor> {
    if let Some(t) = tensors.iter().find(|t| t.dim() != 1) {
        fail!(Runtime, "Expect a 1D vector, but got shape {}", shape::list(t.sizes()));
    }
    if let [one] = tensors {
        return Ok((*one).clone());
    }
    let columns = meshgrid(tensors, None)?.iter().map(|t| view::reshape(t, &[-1])).collect::<Result<Vec<_>>>()?;
    join::stack(&columns.iter().collect::<Vec<_>>(), 1)
}

/// The r-element combinations of a vector's elements, a row each.
pub fn combinations(input: &Tensor, r: i64, with_replacement: bool) -> Result<Tensor> {
    if input.dim() != 1 {
        fail!(Runtime, "Expect a 1D vector, but got shape {}", shape::list(input.sizes()));
    }
    if r < 0 {
        fail!(Runtime, "Expect a non-negative number, but got {r}");
    }
    if r == 0 {
        return creation::new_empty(input, &[0], None);
    }
    let n = input.sizes()[0];
    let (mut rows, mut at): (Vec<i64>, Vec<i64>) = (Vec::new(), Vec::new());
    let mut count = 0;
    let mut next = 0;
    loop {
        while (at.len() as i64) < r && next < n {
            at.push(next);
            next = if with_replacement { next } else { next + 1 };
        }
        if at.len() as i64 == r {
            rows.extend_from_slice(&at);
            count += 1;
        }
        let Some(last) = at.pop() else { break };
        next = last + 1;
    }
    let index = Tensor::from_slice(&rows, &[count * r])?;
    view::reshape(&crate::ops::index::index_select(input, 0, &index)?, &[count, r])
}
