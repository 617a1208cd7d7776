//! Reading and writing along one dimension by positions: gather, scatter, index_add, index_copy, index_fill.
//! Gradients add up where positions repeat, in row-major order, so the bits do not depend on threads.

use crate::dtype::DType;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::kernels::along;
use crate::kernels::along::Along;
use crate::kernels::scan::Lines;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::elementwise::Operand;
use crate::ops::expr::grads;
use crate::ops::index;
use crate::ops::reduce;
use crate::ops::view;
use crate::shape;
use crate::tensor::Tensor;

/// Contiguous values without history.
fn plain(t: &Tensor) -> Result<Tensor> {
    copy::contiguous(&t.detach())
}

/// A contiguous copy to write into.
pub(super) fn fresh(t: &Tensor) -> Result<Tensor> {
    let out = Tensor::empty(t.sizes(), t.dtype())?;
    copy::copy_data(&out, t)?;
    Ok(out)
}

/// Positions as contiguous int64, inside 0..size of dimension `d`.
fn positions(index: &Tensor, size: i64, d: usize) -> Result<Tensor> {
    let wide = plain(&copy::to_dtype(&index.detach(), DType::I64, false)?)?;
    if let Some(p) = along::outside(wide.as_slice(), size) {
        fail!(Runtime, "index {p} is out of bounds for dimension {d} with size {size}");
    }
    Ok(wide)
}

fn size_along(t: &Tensor, d: usize) -> i64 {
    t.sizes().get(d).copied().unwrap_or(1)
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
        let (source, at) = (plain(input)?, positions(index, size_along(input, d), d)?);
        let strides = strides_1d(&source);
        let along = Along { index_sizes: index.sizes(), strides: &strides, d };
        with_dtype!(input.dtype(), T => along.gather::<T>(at.as_slice(), source.as_slice(), out.as_mut_slice()));
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
}

impl Meet {
    #[inline(always)]
    pub fn apply<T: crate::dtype::Element>(self, old: T, new: T) -> T {
        match self {
            Meet::Replace => new,
            Meet::Add => along::add(old, new),
            Meet::Multiply => along::mul(old, new),
        }
    }
}

/// The values of a scatter: `source` is a tensor at least as large as the index, or a number.
fn scattered(name: &str, input: &Tensor, d: usize, index: &Tensor, source: Operand, meet: Meet) -> Result<Tensor> {
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
    let at = positions(index, size_along(out, d), d)?;
    let strides = strides_1d(out);
    let along = Along { index_sizes: index.sizes(), strides: &strides, d };
    let source = match source {
        Operand::Tensor(src) => plain(&window(src, index.sizes())?)?,
        Operand::Number(s) => creation::filled(&[], s, out.dtype())?,
    };
    with_dtype!(out.dtype(), T => {
        let from = source.as_slice::<T>();
        let last = from.len() - 1;
        along.update::<T>(at.as_slice(), out.as_mut_slice(), |old, i| meet.apply(old, from[i.min(last)]));
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

/// A vector of positions along `d` of `input`, where -1 counts from the end if `negative`.
fn vector(input: &Tensor, d: usize, index: &Tensor, negative: bool) -> Result<Tensor> {
    let size = size_along(input, d);
    let at = plain(&copy::to_dtype(&index.detach(), DType::I64, true)?)?;
    if negative {
        at.as_mut_slice::<i64>().iter_mut().filter(|p| **p < 0 && **p >= -size).for_each(|p| *p += size);
    }
    if along::outside(at.as_slice(), size).is_some() {
        let p = index_value(index, size, negative);
        if negative {
            fail!(Index, "index {p} is out of bounds for dimension {d} with size {size}");
        }
        fail!(Index, "index out of range in self");
    }
    Ok(at)
}

/// The first position that is out of bounds, as the user wrote it.
fn index_value(index: &Tensor, size: i64, negative: bool) -> i64 {
    let low = if negative { -size } else { 0 };
    let flat = copy::to_dtype(&index.detach(), DType::I64, false).and_then(|t| copy::contiguous(&t));
    flat.ok().and_then(|t| t.as_slice::<i64>().iter().copied().find(|&p| p < low || p >= size)).unwrap_or(0)
}

/// x with alpha * source added to the slices at `index`.  dx = g, dsource = alpha g at the positions.
pub fn index_add(input: &Tensor, dim: i64, index: &Tensor, source: &Tensor, alpha: Scalar) -> Result<Tensor> {
    let d = shape::wrap_dim(dim, input.dim())?;
    check_index_add(input, d, index, source)?;
    let at = vector(input, d, index, false)?;
    let out = fresh(&input.detach())?;
    let lines = Lines::of(out.sizes(), d);
    let from = plain(source)?;
    with_dtype!(input.dtype(), T => {
        let (from, factor) = (from.as_slice::<T>(), creation::of_scalar::<T>(alpha));
        let one = alpha.to_f64() == 1.0;
        let add = |old: T, i: usize| along::add(old, if one { from[i] } else { along::mul(factor, from[i]) });
        along::slices::<T>(lines, at.as_slice(), out.as_mut_slice(), add);
    });
    record("IndexAddBackward0", &[input, source], out, |save| {
        let (index, sizes) = (save.input("index", index), source.dims());
        move |cx, g| {
            let of_source = || view::reshape(&index::index_select(&g, dim, &index.get(cx)?)?, &sizes);
            let scaled = || if alpha.to_f64() == 1.0 { of_source() } else { (of_source()? * alpha).0 };
            grads![cx; &g, scaled()]
        }
    })
}

fn check_index_add(input: &Tensor, d: usize, index: &Tensor, source: &Tensor) -> Result<()> {
    if index.dim() > 1 {
        fail!(
            Index,
            "index_add_(): Index is supposed to be a vector, but got dim: {} with type: {} and size: {}",
            index.dim(),
            index.dtype().scalar_type(),
            shape::list(index.sizes())
        );
    }
    if !matches!(index.dtype(), DType::I64 | DType::I32) {
        fail!(Runtime, "index_add_(): Expected dtype int32/int64 for index but got: {}", index.dtype().scalar_type());
    }
    if input.dtype() != source.dtype() {
        fail!(
            Runtime,
            "index_add_(): self ({}) and source ({}) must have the same scalar type",
            input.dtype().scalar_type(),
            source.dtype().scalar_type()
        );
    }
    let count = size_along(source, d);
    if index.numel() as i64 != count {
        fail!(Runtime, "index_add_(): Number of indices ({}) should be equal to source.size(dim): ({count}), for dim: {d}", index.numel());
    }
    let rest = |t: &Tensor| (0..t.dim()).filter(|&i| i != d).map(|i| t.sizes()[i]).collect::<shape::Dims>();
    if rest(input) != rest(source) || source.dim() == 0 && input.dim() > 0 {
        fail!(
            Runtime,
            "source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = {} source.shape = {}",
            shape::list(input.sizes()),
            shape::list(source.sizes())
        );
    }
    Ok(())
}

/// x with `value` in the slices at `index`.  dx = g, 0 where filled; a tensor value gets the sum of the rest.
pub fn index_fill(input: &Tensor, dim: i64, index: &Tensor, value: Operand) -> Result<Tensor> {
    let d = shape::wrap_dim(dim, input.dim())?;
    if index.dtype() != DType::I64 {
        fail!(Index, "index_fill_(): Expected dtype int64 for index.");
    }
    let filler = match value {
        Operand::Tensor(v) if v.dim() != 0 => {
            fail!(Runtime, "index_fill_ only supports a 0-dimensional value tensor, but got tensor with {} dimension(s).", v.dim())
        }
        Operand::Tensor(v) => creation::item(v)?,
        Operand::Number(s) => s,
    };
    if index.dim() > 1 {
        fail!(Runtime, "Index has to be a vector/scalar");
    }
    let at = vector(input, d, index, true)?;
    let out = fresh(&input.detach())?;
    let lines = Lines::of(out.sizes(), d);
    with_dtype!(input.dtype(), T => {
        let filler = creation::of_scalar::<T>(filler);
        along::slices::<T>(lines, at.as_slice(), out.as_mut_slice(), |_, _| filler);
    });
    record("IndexFillBackward0", &[Operand::Tensor(input), value], out, |save| {
        let index = save.input("index", index);
        move |cx, g| {
            let at = &index.get(cx)?;
            let outside = &index_fill(&g, dim, at, 0.0.into())?;
            grads![cx; outside, reduce::sum(&(&g - outside).0?, None, false, None)]
        }
    })
}

/// x with the slices at `index` replaced.  dx = g, 0 where replaced; dsource = g at the positions.
pub fn index_copy(input: &Tensor, dim: i64, index: &Tensor, source: &Tensor) -> Result<Tensor> {
    let d = shape::wrap_dim(dim, input.dim())?;
    check_index_copy(input, d, index, source)?;
    let at = plain(&copy::to_dtype(&index.detach(), DType::I64, false)?)?;
    if let Some(p) = along::outside(at.as_slice(), size_along(input, d)) {
        fail!(Index, "index_copy_(): index {p} is out of bounds for dimension {d} with size {}", size_along(input, d));
    }
    let out = fresh(&input.detach())?;
    let lines = Lines::of(out.sizes(), d);
    let from = plain(source)?;
    with_dtype!(input.dtype(), T => {
        let from = from.as_slice::<T>();
        along::slices::<T>(lines, at.as_slice(), out.as_mut_slice(), |_, i| from[i]);
    });
    record("IndexCopyBackward0", &[input, source], out, |save| {
        let (index, sizes) = (save.input("index", index), source.dims());
        move |cx, g| {
            let at = &index.get(cx)?;
            let of_source = || view::reshape(&index::index_select(&g, dim, at)?, &sizes);
            grads![cx; index_fill(&g, dim, at, 0.0.into()), of_source()]
        }
    })
}

fn check_index_copy(input: &Tensor, d: usize, index: &Tensor, source: &Tensor) -> Result<()> {
    if index.dim() > 1 {
        fail!(Index, "index_copy_(): Index should have dimension 1 or 0 (got {})", index.dim());
    }
    let count = index.numel();
    if source.dim() == 0 && count != 1 {
        fail!(Index, "index_copy_(): When source is scalar, index should have one element (got {count})");
    }
    if source.dim() != input.dim() && source.dim() != 0 && input.dim() != 0 {
        fail!(
            Index,
            "index_copy_(): When source and destination are not scalars, their dimensionality must match. Source dimensionality ({}), destination dimensionality ({})",
            source.dim(),
            input.dim()
        );
    }
    if index.dtype() != DType::I64 {
        fail!(Runtime, "index_copy_(): Expected a long tensor for index, but got {}", index.dtype().scalar_type());
    }
    if input.dtype() != source.dtype() {
        fail!(
            Runtime,
            "index_copy_(): self and source expected to have the same dtype, but got (self) {} and (source) {}",
            input.dtype().scalar_type(),
            source.dtype().scalar_type()
        );
    }
    let rest = |t: &Tensor| (0..t.dim()).filter(|&i| i != d).map(|i| t.sizes()[i]).collect::<shape::Dims>();
    if rest(input) != rest(source) {
        let show = |t: &Tensor| rest(t).iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
        fail!(
            Runtime,
            "index_copy_(): Source/destination tensor must have same slice shapes. Destination slice shape: {} at dimension {d} and source slice shape: {} at dimension 0.",
            show(input),
            show(source)
        );
    }
    if source.dim() > 0 && count as i64 != source.sizes()[d] {
        fail!(Index, "index_copy_(): Number of indices ({count}) should be equal to source.size(dim) ({})", source.sizes()[d]);
    }
    Ok(())
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
    view::reshape(&out, index.sizes())
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
    if indices.dtype() != DType::I64 {
        fail!(Runtime, "torch.take_along_dim(): dtype of indices should be Long but got {}", indices.dtype().scalar_type());
    }
    let Some(dim) = dim else {
        return gather(&view::reshape(input, &[-1])?, 0, &modulo(&view::reshape(indices, &[-1])?, input.numel() as i64)?);
    };
    if input.dim() != indices.dim() {
        fail!(
            Runtime,
            "torch.take_along_dim(): input and indices should have the same number of dimensions, but got {} dimensions for input, and {} dimensions for indices",
            input.dim(),
            indices.dim()
        );
    }
    let d = shape::wrap_dim(dim, input.dim())?;
    let beside = |t: &Tensor, size: i64| {
        let mut sizes = t.dims();
        if let Some(slot) = sizes.get_mut(d) {
            *slot = size;
        }
        sizes
    };
    let common = shape::broadcast(input.sizes(), &beside(indices, size_along(input, d)))?;
    let wide = shape::broadcast(indices.sizes(), &beside(input, size_along(indices, d)))?;
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
