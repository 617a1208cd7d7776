//! Cutting in unequal pieces, writing pieces back, grids and combinations: formulas over views and joins.

use crate::dtype::DType;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::fail;
use crate::ops::arithmetic;
use crate::ops::compare;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::inplace;
use crate::ops::join;
use crate::ops::reduce;
use crate::ops::stacks;
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
    with_piece(input, src, |t| view::select(t, dim, index))
}

pub fn slice_scatter(input: &Tensor, src: &Tensor, dim: i64, start: Option<i64>, end: Option<i64>, step: i64) -> Result<Tensor> {
    with_piece(input, src, |t| view::slice(t, dim, start, end, step))
}

pub fn diagonal_scatter(input: &Tensor, src: &Tensor, offset: i64, dim1: i64, dim2: i64) -> Result<Tensor> {
    with_piece(input, src, |t| view::diagonal(t, offset, dim1, dim2))
}

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
    let grid = |i: usize| {
        let place = order.iter().position(|&k| k == i).expect("every tensor has a place");
        let mut shape = vec![1; sizes.len()];
        shape[place] = -1;
        let grid = view::expand(&view::reshape(tensors[i], &shape)?, &sizes)?;
        if swap { view::transpose(&grid, 0, 1).and_then(|t| view::transpose(&t, 0, 1)) } else { Ok(grid) }
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

/// A matrix with the tensors on its diagonal.
pub fn block_diag(tensors: &[&Tensor]) -> Result<Tensor> {
    if tensors.is_empty() {
        return creation::zeros_of(&[1, 0], None);
    }
    if let Some(i) = tensors.iter().position(|t| t.dim() > 2) {
        fail!(Runtime, "torch.block_diag: Input tensors must have 2 or fewer dimensions. Input {i} has {} dimensions", tensors[i].dim());
    }
    let blocks = tensors.iter().map(|t| stacks::atleast_2d(t)).collect::<Result<Vec<_>>>()?;
    let width: i64 = blocks.iter().map(|t| t.sizes()[1]).sum();
    let dtype = crate::dtype::result_type(tensors.iter().map(|t| (t.dtype(), t.rank())));
    let (mut at, mut rows) = (0, Vec::new());
    for block in &blocks {
        let (h, w) = (block.sizes()[0], block.sizes()[1]);
        let (left, right) = (creation::zeros(&[h, at], dtype)?, creation::zeros(&[h, width - at - w], dtype)?);
        rows.push(join::cat(&[&left, block, &right], 1)?);
        at += w;
    }
    join::cat(&rows.iter().collect::<Vec<_>>(), 0)
}

/// Differences of neighbours along `dim`, `n` times over; `prepend` and `append` come first.
pub fn diff(input: &Tensor, n: i64, dim: i64, prepend: Option<&Tensor>, append: Option<&Tensor>) -> Result<Tensor> {
    if input.dim() == 0 {
        fail!(Runtime, "diff expects input to be at least one-dimensional");
    }
    if n < 0 {
        fail!(Runtime, "order must be non-negative but got {n}");
    }
    for extra in [prepend, append].into_iter().flatten() {
        if extra.dim() != input.dim() {
            fail!(Runtime, "diff expects prepend or append to be the same dimension as input");
        }
    }
    if n == 0 {
        return copy::clone(input);
    }
    let parts: Vec<&Tensor> = [prepend, Some(input), append].into_iter().flatten().collect();
    let mut out = if parts.len() == 1 { input.clone() } else { join::cat(&parts, dim)? };
    let size = out.size(dim)?;
    for _ in 0..n.min(size) {
        let m = out.size(dim)?;
        let (a, b) = (view::narrow(&out, dim, m.min(1), (m - 1).max(0))?, view::narrow(&out, dim, 0, (m - 1).max(0))?);
        out = if out.dtype() == DType::Bool { compare::logical_xor(&a, &b)? } else { arithmetic::sub_operands((&a).into(), (&b).into())? };
    }
    Ok(out)
}

/// Summed to the shape that broadcasts to the tensor's.
pub fn sum_to_size(input: &Tensor, size: &[i64]) -> Result<Tensor> {
    if !shape::expandable(size, input.sizes()) {
        fail!(Runtime, "size {{{}}} is not expandable to size {{{}}}.", shape::list(size), shape::list(input.sizes()));
    }
    if size.is_empty() {
        return reduce::sum(input, None, false, None);
    }
    if input.sizes() == size {
        return Ok(input.clone());
    }
    if !input.dtype().is_float() {
        return reduce::sum_to(&copy::to_dtype(input, DType::I64, false)?, size);
    }
    reduce::sum_to(input, size)
}

/// Sizes changed in place; the elements keep their order in memory.
pub fn resize_(target: &Tensor, size: &[i64]) -> Result<()> {
    if target.requires_grad() {
        fail!(Runtime, "cannot resize variables that require grad");
    }
    shape::numel(size, target.dtype().size())?;
    target.set_sizes(shape::Dims::from_slice(size), shape::contiguous_strides(size))
}

/// Is each element among the others?
pub fn isin(elements: &Tensor, others: &Tensor, _assume_unique: bool, invert: bool) -> Result<Tensor> {
    let dtype = crate::dtype::result_type([(elements.dtype(), elements.rank()), (others.dtype(), others.rank())]);
    for t in [elements, others] {
        if t.dtype() == DType::Bool {
            fail!(Runtime, "Unsupported input type encountered for isin(): Bool");
        }
    }
    let (x, pool) = (copy::values(elements, dtype)?, view::reshape(&copy::values(others, dtype)?, &[-1])?);
    let order = crate::ops::sort::argsort(&pool, 0, false)?;
    let out = Tensor::empty(x.sizes(), DType::Bool)?;
    with_dtype!(dtype, T => {
        let (pool, order) = (pool.as_slice::<T>(), order.as_slice::<i64>());
        let at = |k: usize| pool[order[k] as usize];
        for (slot, &v) in out.as_mut_slice::<bool>().iter_mut().zip(x.as_slice::<T>()) {
            let k = crate::kernels::sort::search(at, pool.len(), v, false);
            let nan = crate::dtype::Convert::to_f64(v).is_nan();
            *slot = (k < pool.len() && !nan && crate::kernels::sort::same(at(k), v)) != invert;
        }
    });
    Ok(out)
}

pub fn isin_number(element: Scalar, others: &Tensor, unique: bool, invert: bool) -> Result<Tensor> {
    isin(&creation::scalar(element)?, others, unique, invert)
}

pub fn isin_of_number(elements: &Tensor, other: Scalar, unique: bool, invert: bool) -> Result<Tensor> {
    isin(elements, &creation::scalar(other)?, unique, invert)
}

/// In-place power in float64: only for float64 targets, as PyTorch has it.
pub fn float_power_(target: &Tensor, exponent: crate::ops::elementwise::Operand) -> Result<()> {
    if target.dtype() != DType::F64 {
        fail!(
            Runtime,
            "the base given to float_power_ has dtype {} but the operation's result requires dtype Double",
            target.dtype().scalar_type()
        );
    }
    let others: Vec<&Tensor> = exponent.tensor().into_iter().collect();
    inplace::run(target, &others, false, || crate::ops::special::float_power(target.into(), exponent))
}
