//! Reading and writing along one dimension by positions: gather and scatter; take and put by row-major numbers.
//! Gradients add up where positions repeat, in row-major order, so the bits do not depend on threads.

use crate::dtype::DType;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::graph::record::renamed;
use crate::kernels::along;
use crate::kernels::along::Along;
use crate::kernels::along::Within;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::elementwise::Operand;
use crate::ops::expr::grads;
use crate::ops::view;
use crate::shape;
use crate::shape::Dims;
use crate::tensor::Tensor;

/// Contiguous values without history.
pub(super) fn plain(t: &Tensor) -> Result<Tensor> {
    copy::contiguous(&t.detach())
}

/// A contiguous copy to write into.
pub(super) fn fresh(t: &Tensor) -> Result<Tensor> {
    let out = Tensor::empty(t.sizes(), t.dtype())?;
    copy::copy_data(&out, t)?;
    Ok(out)
}

/// Positions, which must lie inside dimension `d` of the tensor.
fn within<'a>(positions: &'a Tensor, t: &Tensor, d: usize) -> Result<Within<'a>> {
    let size = size_along(t, d);
    Within::new(positions.as_slice(), size).or_else(|p| fail!(Runtime, "index {p} is out of bounds for dimension {d} with size {size}"))
}

pub(super) fn size_along(t: &Tensor, d: usize) -> i64 {
    t.sizes().get(d).copied().unwrap_or(1)
}

/// The sizes with another one along `d`, where there is such a dimension.
pub(super) fn resized_along(t: &Tensor, d: usize, size: i64) -> Dims {
    let mut sizes = t.dims();
    if let Some(slot) = sizes.get_mut(d) {
        *slot = size;
    }
    sizes
}

fn check_index_type(name: &str, index: &Tensor) -> Result<()> {
    if index.numel() > 0 && !matches!(index.dtype(), DType::I64 | DType::I32) {
        fail!(Runtime, "{name}(): Expected dtype int32/int64 for index");
    }
    Ok(())
}

/// One stride for each dimension, for a 0-d tensor too.
fn strides_1d(t: &Tensor) -> shape::Dims {
    if t.dim() == 0 { shape::Dims::from_slice(&[1]) } else { shape::contiguous_strides(t.sizes()) }
}

/// y[i][j] = x[index[i][j]][j] along dimension 0, and so on.  The gradient adds up where positions repeat.
pub fn gather(input: &Tensor, dim: i64, index: &Tensor) -> Result<Tensor> {
    let d = shape::wrap_dim(dim, input.dim())?;
    check_index_type("gather", index)?;
    check_gather_shape(input, index, d)?;
    let out = Tensor::empty(index.sizes(), input.dtype())?;
    if out.numel() > 0 {
        let (source, wide) = (plain(input)?, copy::values(index, DType::I64)?);
        let at = within(&wide, input, d)?;
        let strides = strides_1d(&source);
        let along = Along { index_sizes: index.sizes(), strides: &strides, d };
        with_dtype!(input.dtype(), T => along.gather::<T>(at, source.as_slice(), out.as_mut_slice()));
    }
    record("GatherBackward0", &[input], out, |save| {
        let (index, sizes) = (save.input("index", index), input.dims());
        move |cx, g| grads![cx; put_along(&g, &index.get(cx)?, &sizes, d as i64)]
    })
}

fn check_gather_shape(input: &Tensor, index: &Tensor, d: usize) -> Result<()> {
    if index.numel() == 0 {
        return Ok(());
    }
    if input.dim().max(1) != index.dim().max(1) {
        fail!(Runtime, "Index tensor must have the same number of dimensions as input tensor");
    }
    for i in 0..index.dim().min(input.dim()) {
        if i != d && index.sizes()[i] > input.sizes()[i] {
            fail!(
                Runtime,
                "Size does not match at dimension {i} expected index {} to be no larger than self {} apart from dimension {d}",
                shape::list(index.sizes()),
                shape::list(input.sizes())
            );
        }
    }
    Ok(())
}

/// Zeros of `sizes` with g added at positions along `dim`: the gradient of `gather`, whose derivative gathers.
pub fn put_along(g: &Tensor, index: &Tensor, sizes: &[i64], dim: i64) -> Result<Tensor> {
    let d = shape::wrap_dim(dim, sizes.len())?;
    let out = creation::zeros(sizes, g.dtype())?;
    write(&out, d, index, g.into(), Meet::Add)?;
    record("ScatterAddBackward0", &[g], out, |save| {
        let index = save.input("index", index);
        move |cx, gg| grads![cx; gather(&gg, dim, &index.get(cx)?)]
    })
}

/// How a scattered value meets what was there.
#[derive(Clone, Copy, PartialEq)]
pub enum Meet {
    Replace,
    Add,
    Multiply,
    Larger,
    Smaller,
}

impl Meet {
    #[inline(always)]
    pub fn apply<T: crate::dtype::Element>(self, old: T, new: T) -> T {
        match self {
            Meet::Replace => new,
            Meet::Add => along::add(old, new),
            Meet::Multiply => along::mul(old, new),
            Meet::Larger => along::extreme(old, new, true),
            Meet::Smaller => along::extreme(old, new, false),
        }
    }
}

/// The values of a scatter: `source` is a tensor at least as large as the index, or a number.
pub(super) fn scattered(name: &str, input: &Tensor, d: usize, index: &Tensor, source: Operand, meet: Meet) -> Result<Tensor> {
    check_index_type(name, index)?;
    if let Operand::Tensor(src) = source
        && src.dtype() != input.dtype()
    {
        fail!(Runtime, "{name}(): Expected self.dtype to be equal to src.dtype");
    }
    check_scatter_shape(input, d, index, source.tensor())?;
    let out = fresh(&input.detach())?;
    write(&out, d, index, source, meet)?;
    Ok(out)
}

/// Writes into `out`, which is contiguous and ours; shapes were checked.
fn write(out: &Tensor, d: usize, index: &Tensor, source: Operand, meet: Meet) -> Result<()> {
    if index.numel() == 0 {
        return Ok(());
    }
    let wide = copy::values(index, DType::I64)?;
    let at = within(&wide, out, d)?;
    let strides = strides_1d(out);
    let along = Along { index_sizes: index.sizes(), strides: &strides, d };
    let source = match source {
        Operand::Tensor(src) => plain(&window(src, index.sizes())?)?,
        Operand::Number(s) => creation::full(&[], s, Some(out.dtype()))?,
    };
    with_dtype!(out.dtype(), T => {
        let (from, out) = (source.as_slice::<T>(), out.as_mut_slice::<T>());
        // What is scattered most has a loop of its own.
        match meet {
            Meet::Replace => along.update(at, from, out, |_, new| new),
            Meet::Add => along.update(at, from, out, along::add),
            _ => along.update(at, from, out, |old, new| meet.apply(old, new)),
        }
    });
    Ok(())
}

/// The part of a source that an index of `sizes` reads.
fn window(source: &Tensor, sizes: &[i64]) -> Result<Tensor> {
    if source.dim() != sizes.len() {
        return view::reshape(&source.detach(), sizes);
    }
    let mut part = source.detach();
    for (i, &n) in sizes.iter().enumerate() {
        part = view::narrow(&part, i as i64, 0, n)?;
    }
    Ok(part)
}

fn check_scatter_shape(input: &Tensor, d: usize, index: &Tensor, source: Option<&Tensor>) -> Result<()> {
    if index.numel() == 0 {
        return Ok(());
    }
    if input.dim().max(1) != index.dim().max(1) {
        fail!(Runtime, "Index tensor must have the same number of dimensions as self tensor");
    }
    let size = |t: &Tensor, i: usize| shape::wrap_dim(i as i64, t.dim()).map(|i| size_along(t, i));
    let mut large = false;
    for i in 0..input.dim().max(1) {
        large |= i != d && size(index, i)? > size(input, i)?;
        if let Some(source) = source {
            large |= size(index, i)? > size(source, i)?;
        }
    }
    if let Some(source) = source
        && source.dim().max(1) != index.dim().max(1)
    {
        fail!(Runtime, "Index tensor must have the same number of dimensions as src tensor");
    }
    if large {
        let beside = source.map_or(String::new(), |s| format!(" and to be no larger size than src {}", shape::list(s.sizes())));
        fail!(
            Runtime,
            "Expected index {} to be no larger than self {} apart from dimension {d}{beside}",
            shape::list(index.sizes()),
            shape::list(input.sizes())
        );
    }
    Ok(())
}

/// x with src written at positions along `dim`.  dx = g, 0 where written; dsrc = g at the positions.
pub fn scatter(input: &Tensor, dim: i64, index: &Tensor, source: Operand) -> Result<Tensor> {
    let d = shape::wrap_dim(dim, input.dim())?;
    let out = scattered("scatter", input, d, index, source, Meet::Replace)?;
    record("ScatterBackward0", &[Operand::Tensor(input), source], out, |save| {
        let index = save.input("index", index);
        move |cx, g| {
            let at = &index.get(cx)?;
            grads![cx; scatter(&g, dim, at, 0.0.into()), gather(&g, dim, at)]
        }
    })
}

/// The same with values added to (or multiplied with) what was there; without a gradient.
pub fn scatter_reduced(input: &Tensor, dim: i64, index: &Tensor, source: Operand, reduce: &str) -> Result<Tensor> {
    let d = shape::wrap_dim(dim, input.dim())?;
    let meet = match reduce {
        "add" => Meet::Add,
        "multiply" => Meet::Multiply,
        _ => fail!(Runtime, "reduce argument must be either add or multiply."),
    };
    scattered("scatter", input, d, index, source, meet)
}

/// x with src added at positions along `dim`.  dx = g, dsrc = g at the positions.
pub fn scatter_add(input: &Tensor, dim: i64, index: &Tensor, src: &Tensor) -> Result<Tensor> {
    let d = shape::wrap_dim(dim, input.dim())?;
    let out = scattered("scatter", input, d, index, src.into(), Meet::Add)?;
    record("ScatterAddBackward0", &[input, src], out, |save| {
        let index = save.input("index", index);
        move |cx, g| grads![cx; &g, gather(&g, dim, &index.get(cx)?)]
    })
}

/// Elements by their number in row-major order; negative counts from the end.
pub fn take(input: &Tensor, index: &Tensor) -> Result<Tensor> {
    if index.dtype() != DType::I64 {
        fail!(Runtime, "take(): Expected a long tensor for index, but got {}", index.dtype().scalar_type());
    }
    if input.numel() == 0 && index.numel() > 0 {
        fail!(Index, "take(): tried to take from an empty tensor");
    }
    let at = numbers(input, index)?;
    let flat = view::reshape(input, &[-1])?;
    let out = gather(&flat, 0, &view::reshape(&at, &[-1])?)?;
    renamed(view::reshape(&out, index.sizes())?, "TakeBackward0")
}

/// Row-major numbers of elements, non-negative.
fn numbers(input: &Tensor, index: &Tensor) -> Result<Tensor> {
    let n = input.numel() as i64;
    let at = plain(&copy::to_dtype(&index.detach(), DType::I64, true)?)?;
    for p in at.as_mut_slice::<i64>() {
        if *p < -n || *p >= n {
            fail!(Index, "out of range: tried to access index {p} on a tensor of {n} elements.");
        }
        *p += if *p < 0 { n } else { 0 };
    }
    Ok(at)
}

/// x with source written (or added) at row-major numbers.
pub fn put(input: &Tensor, index: &Tensor, source: &Tensor, accumulate: bool) -> Result<Tensor> {
    if index.dtype() != DType::I64 {
        fail!(Runtime, "put_(): Expected a long tensor for index, but got {}", index.dtype().scalar_type());
    }
    if input.dtype() != source.dtype() {
        fail!(
            Runtime,
            "put_(): self and source expected to have the same dtype, but got self.dtype = {} and source.dtype = {}",
            input.dtype().scalar_type(),
            source.dtype().scalar_type()
        );
    }
    if source.numel() != index.numel() {
        fail!(
            Index,
            "put_(): Expected source and index to have the same number of elements, but got source.numel() = {}, index.numel() = {}",
            source.numel(),
            index.numel()
        );
    }
    if input.numel() == 0 && index.numel() > 0 {
        fail!(Index, "put_(): Tried to put elements into an empty tensor");
    }
    let (flat, values) = (view::reshape(input, &[-1])?, view::reshape(source, &[-1])?);
    let at = view::reshape(&numbers(input, index)?, &[-1])?;
    let out = if accumulate { scatter_add(&flat, 0, &at, &values)? } else { scatter(&flat, 0, &at, (&values).into())? };
    view::reshape(&out, input.sizes())
}

/// `gather` with the index broadcast beside `dim`; without `dim`, by row-major numbers.
pub fn take_along_dim(input: &Tensor, indices: &Tensor, dim: Option<i64>) -> Result<Tensor> {
    let Some(dim) = dim else {
        return gather(&view::reshape(input, &[-1])?, 0, &view::reshape(indices, &[-1])?);
    };
    if indices.dtype() != DType::I64 {
        fail!(Runtime, "torch.take_along_dim(): dtype of indices should be Long but got {}", indices.dtype().scalar_type());
    }
    if input.dim() != indices.dim() {
        fail!(
            Runtime,
            "torch.take_along_dim(): input and indices should have the same number of dimensions, but got {} dimensions for input, and {} dimensions for indices",
            input.dim(),
            indices.dim()
        );
    }
    if input.dim() == 0 {
        fail!(Index, "Dimension specified as {dim} but tensor has no dimensions");
    }
    let d = shape::wrap_dim(dim, input.dim())?;
    let common = shape::broadcast(input.sizes(), &resized_along(indices, d, size_along(input, d)))?;
    let wide = shape::broadcast(indices.sizes(), &resized_along(input, d, size_along(indices, d)))?;
    gather(&view::expand(input, &common)?, dim, &modulo(&view::expand(indices, &wide)?, size_along(input, d))?)
}

/// Positions modulo a size.
fn modulo(index: &Tensor, size: i64) -> Result<Tensor> {
    let out = fresh(&index.detach())?;
    if size > 0 {
        out.as_mut_slice::<i64>().iter_mut().for_each(|p| *p = p.rem_euclid(size));
    }
    Ok(out)
}

/// `sparse_grad` is accepted; gradients are dense.
pub fn gather_method(input: &Tensor, dim: i64, index: &Tensor, _sparse_grad: bool) -> Result<Tensor> {
    gather(input, dim, index)
}
