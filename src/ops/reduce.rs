//! Reductions: sums, means, extremes, logic. Gradients spread back over what was reduced.

use crate::dtype::Class;
use crate::dtype::DType;
use crate::dtype::Element;
use crate::error::Result;
use crate::fail;
use crate::graph::mode;
use crate::graph::record::record;
use crate::kernels::extremes::Extreme;
use crate::kernels::extremes::Position;
use crate::kernels::fold::Mean;
use crate::kernels::fold::Plain;
use crate::kernels::fold::Product;
use crate::kernels::fold::Summed;
use crate::kernels::fold::Truth;
use crate::kernels::reduce;
use crate::kernels::reduce::Reduce;
use crate::ops::compare;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::elementwise;
use crate::ops::expr::grads;
use crate::ops::scan;
use crate::ops::select;
use crate::ops::sort;
use crate::ops::view;
use crate::shape;
use crate::tensor::Tensor;

/// Reduces the dimensions in `mask` with loops over the compute type T.
#[inline]
fn fold<T: Element, K: Reduce<T>>(k: K, input: &Tensor, mask: u64, keepdim: bool, ordered: bool) -> Result<Tensor> {
    let sizes = shape::reduced(input.sizes(), mask, keepdim);
    let out = Tensor::empty(&sizes, <K::Out as Element>::DTYPE)?;
    let target = out.data_ptr() as *mut K::Out;
    // SAFETY: `out` is fresh and has room for every kept index; the input covers its sizes.
    unsafe {
        if out.numel() == 1 && input.is_contiguous() && input.dtype() == T::DTYPE && input.numel() <= reduce::RUN {
            target.write(reduce::small(k, input.data_ptr() as *const T, input.numel()));
        } else {
            reduce::reduce::<T, K>(k, input.sizes(), &elementwise::of(input), mask, ordered, target);
        }
    }
    Ok(out)
}

/// The same by compute class; the result is converted to `dtype`.
pub(super) fn fold_floats<K: Reduce<f32> + Reduce<f64>>(k: K, input: &Tensor, mask: u64, keepdim: bool, dtype: DType) -> Result<Tensor> {
    let out = match dtype.class() {
        Class::F64 => fold::<f64, K>(k, input, mask, keepdim, false)?,
        _ => fold::<f32, K>(k, input, mask, keepdim, false)?,
    };
    copy::to_dtype(&out, dtype, false)
}

pub(super) fn fold_all<K: Reduce<f32> + Reduce<f64> + Reduce<i64>>(
    k: K,
    input: &Tensor,
    mask: u64,
    keepdim: bool,
    dtype: DType,
) -> Result<Tensor> {
    if dtype.class() == Class::Int {
        return copy::to_dtype(&fold::<i64, K>(k, input, mask, keepdim, false)?, dtype, false);
    }
    fold_floats(k, input, mask, keepdim, dtype)
}

/// The gradient of a sum, back at the input's sizes: repeated over what was reduced.
fn spread(g: &Tensor, sizes: &[i64], mask: u64, keepdim: bool) -> Result<Tensor> {
    if g.numel() == 1 && !mode::grad_enabled() && sizes.iter().product::<i64>() <= 4096 {
        return creation::filled(sizes, creation::element(g, 0), g.dtype());
    }
    view::expand(&unreduced(g, sizes.len(), mask, keepdim)?, sizes)
}

/// A reduced tensor with its dimensions of size 1 back.
pub(super) fn unreduced(t: &Tensor, ndim: usize, mask: u64, keepdim: bool) -> Result<Tensor> {
    if keepdim || ndim == 0 || t.dim() == 0 {
        return Ok(t.clone());
    }
    let mut kept = t.sizes().iter();
    let size = |i: usize| if mask >> i & 1 == 1 { 1 } else { *kept.next().expect("one size for each kept dimension") };
    let sizes: shape::Dims = (0..ndim).map(size).collect();
    view::reshape(t, &sizes)
}

fn sum_type(input: &Tensor, dtype: Option<DType>) -> DType {
    dtype.unwrap_or(if input.dtype().is_float() { input.dtype() } else { DType::I64 })
}

/// y = sum x over `dim` (all by default).  dy/dx = 1.
pub fn sum(input: &Tensor, dim: Option<&[i64]>, keepdim: bool, dtype: Option<DType>) -> Result<Tensor> {
    let mask = shape::dim_mask(dim, input.dim())?;
    let out = fold_all(Summed(Plain), input, mask, keepdim, sum_type(input, dtype))?;
    let name = if dim.is_some() { "SumBackward1" } else { "SumBackward0" };
    record(name, &[input], out, |_| {
        let sizes = input.dims();
        move |cx, g| grads![cx; spread(&g, &sizes, mask, keepdim)]
    })
}

pub fn sum_everything(input: &Tensor, dtype: Option<DType>) -> Result<Tensor> {
    sum(input, None, false, dtype)
}

/// y = mean x over `dim` (all by default).  dy/dx = 1 / count.
pub fn mean(input: &Tensor, dim: Option<&[i64]>, keepdim: bool, dtype: Option<DType>) -> Result<Tensor> {
    let to = dtype.unwrap_or(input.dtype());
    if !to.is_float() {
        let what = if dtype.is_some() { "Optional dtype" } else { "Input dtype" };
        fail!(
            Runtime,
            "mean(): could not infer output dtype. {what} must be either a floating point or complex dtype. Got: {}",
            to.scalar_type()
        );
    }
    let mask = shape::dim_mask(dim, input.dim())?;
    let out = fold_floats(Summed(Mean), input, mask, keepdim, to)?;
    let name = if dim.is_some() { "MeanBackward1" } else { "MeanBackward0" };
    record(name, &[input], out, |_| {
        let sizes = input.dims();
        let count = masked_count(&sizes, mask);
        move |cx, g| grads![cx; spread(&(g / count as f64).0?, &sizes, mask, keepdim)]
    })
}

pub fn mean_everything(input: &Tensor, dtype: Option<DType>) -> Result<Tensor> {
    mean(input, None, false, dtype)
}

pub(super) fn masked_count(sizes: &[i64], mask: u64) -> i64 {
    sizes.iter().enumerate().filter(|(i, _)| mask >> i & 1 == 1).map(|(_, &n)| n).product()
}

/// y = prod x.  dy/dx_i = the product of the others: keeps the input and the output.
pub fn prod_everything(input: &Tensor, dtype: Option<DType>) -> Result<Tensor> {
    let mask = shape::dim_mask(None, input.dim())?;
    let out = fold_all(Product, input, mask, false, sum_type(input, dtype))?;
    record("ProdBackward0", &[input], out, |save| {
        let (x, y) = (save.input("self", input), save.output());
        move |cx, g| grads![cx; prod_backward(&g, &x.get(cx)?, &y.get(cx)?, None)]
    })
}

/// y = prod x over one dimension.
pub fn prod(input: &Tensor, dim: i64, keepdim: bool, dtype: Option<DType>) -> Result<Tensor> {
    let d = shape::wrap_dim(dim, input.dim())?;
    let mask = if input.dim() == 0 { 0 } else { 1 << d };
    let out = fold_all(Product, input, mask, keepdim, sum_type(input, dtype))?;
    record("ProdBackward1", &[input], out, |save| {
        let (x, y) = (save.input("self", input), save.output());
        let ndim = input.dim();
        move |cx, g| {
            let (g, y) = (unreduced(&g, ndim, mask, keepdim)?, unreduced(&y.get(cx)?, ndim, mask, keepdim)?);
            grads![cx; prod_backward(&g, &x.get(cx)?, &y, Some(d))]
        }
    })
}

/// g y / x where no element is zero, else the products of the others one by one.
fn prod_backward(g: &Tensor, x: &Tensor, y: &Tensor, dim: Option<usize>) -> Result<Tensor> {
    let zeros = sum(&compare::eq(x.into(), 0.0.into())?, None, false, None)?;
    let zeros = creation::item(&zeros)?.to_i64();
    if zeros == 0 && !mode::grad_enabled() {
        return (g * (y / x)).0;
    }
    if zeros > 1 && dim.is_none() && !mode::grad_enabled() {
        return creation::zeros(x.sizes(), x.dtype());
    }
    let (flat, d) = match dim {
        Some(d) if x.dim() > 0 => (x.clone(), d),
        _ => (view::reshape(x, &[-1])?, 0),
    };
    let others = scan::products_of_others(&flat, d)?;
    (g * view::reshape(&others, x.sizes())?).0
}

fn refuse_empty(input: &Tensor, name: &str) -> Result<()> {
    if input.numel() == 0 {
        fail!(
            Runtime,
            "{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument."
        );
    }
    Ok(())
}

pub(super) fn extreme<const MAX: bool>(input: &Tensor, mask: u64, keepdim: bool) -> Result<Tensor> {
    fold_all(Extreme::<MAX>, input, mask, keepdim, input.dtype())
}

/// Positions of the extreme elements, in row-major order of what is reduced.
fn positions<const MAX: bool>(input: &Tensor, mask: u64, keepdim: bool) -> Result<Tensor> {
    match input.dtype().class() {
        Class::Int => fold::<i64, _>(Position::<MAX>, input, mask, keepdim, true),
        Class::F32 => fold::<f32, _>(Position::<MAX>, input, mask, keepdim, true),
        Class::F64 => fold::<f64, _>(Position::<MAX>, input, mask, keepdim, true),
        #[cfg(feature = "complex")]
        Class::Complex => unreachable!("{}", crate::dtype::NO_COMPLEX),
    }
}

/// The gradient of an extreme value is shared evenly among the elements that equal it; no nan does.
fn share_among_hits(g: &Tensor, x: &Tensor, y: &Tensor, mask: u64) -> Result<Tensor> {
    let dims = shape::dims_of(mask, x.dim());
    let hit = compare::eq(x.into(), y.into())?;
    let count = sum(&hit, (x.dim() > 0).then_some(&dims), true, None)?;
    (g * hit / count).0
}

/// The same where nan reaches nan.
pub(super) fn share_among_equal(g: &Tensor, x: &Tensor, y: &Tensor, mask: u64) -> Result<Tensor> {
    let dims = shape::dims_of(mask, x.dim());
    let hit = compare::eq(x.into(), y.into())?;
    let hit = if x.dtype().is_float() {
        compare::logical_or(&hit, &compare::logical_and(&compare::isnan(x)?, &compare::isnan(y)?)?)?
    } else {
        hit
    };
    let count = sum(&hit, (x.dim() > 0).then_some(&dims), true, None)?;
    let shared = (g / count).0?;
    select::where_(&hit, (&shared).into(), 0.0.into())
}

fn extremes<const MAX: bool>(input: &Tensor, dim: Option<&[i64]>, keepdim: bool, name: &'static str) -> Result<Tensor> {
    let mask = shape::dim_mask(dim, input.dim())?;
    if masked_count(input.sizes(), mask) == 0
        && (input.numel() == 0 && shape::reduced(input.sizes(), mask, false).iter().product::<i64>() > 0 || dim.is_none())
    {
        let name = if MAX { "amax" } else { "amin" };
        let empty = |d: &&i64| input.size(**d).is_ok_and(|size| size == 0);
        if let Some(d) = dim.and_then(|dims| dims.iter().find(empty)) {
            fail!(Index, "{name}(): Expected reduction dim {d} to have non-zero size.");
        }
        refuse_empty(input, name)?;
    }
    let out = extreme::<MAX>(input, mask, keepdim)?;
    record(name, &[input], out, |save| {
        let (x, y) = (save.input("self", input), save.output());
        let (ndim, everything) = (input.dim(), matches!(name, "MaxBackward1" | "MinBackward1"));
        move |cx, g| {
            let g = unreduced(&g, ndim, mask, keepdim)?;
            let (x, y) = (&x.get(cx)?, &unreduced(&y.get(cx)?, ndim, mask, keepdim)?);
            grads![cx; if everything { share_among_equal(&g, x, y, mask) } else { share_among_hits(&g, x, y, mask) }]
        }
    })
}

/// The largest elements over `dim`.  Equal ones share the gradient: keeps input and output.
pub fn amax(input: &Tensor, dim: Option<&[i64]>, keepdim: bool) -> Result<Tensor> {
    extremes::<true>(input, dim, keepdim, "AmaxBackward0")
}

/// The smallest elements over `dim`.  Equal ones share the gradient: keeps input and output.
pub fn amin(input: &Tensor, dim: Option<&[i64]>, keepdim: bool) -> Result<Tensor> {
    extremes::<false>(input, dim, keepdim, "AminBackward0")
}

pub fn max_everything(input: &Tensor) -> Result<Tensor> {
    refuse_empty(input, "max")?;
    extremes::<true>(input, None, false, "MaxBackward1")
}

pub fn min_everything(input: &Tensor) -> Result<Tensor> {
    refuse_empty(input, "min")?;
    extremes::<false>(input, None, false, "MinBackward1")
}

/// Values and positions along one dimension.  The gradient goes to the position: keeps it.
fn extreme_along<const MAX: bool>(input: &Tensor, dim: i64, keepdim: bool) -> Result<Vec<Tensor>> {
    let (op, node) = if MAX { ("max", "MaxBackward0") } else { ("min", "MinBackward0") };
    let d = shape::wrap_dim(dim, input.dim())?;
    if input.dim() > 0 && input.sizes()[d] == 0 {
        fail!(Index, "{op}(): Expected reduction dim {d} to have non-zero size.");
    }
    let mask = if input.dim() == 0 { 0 } else { 1 << d };
    let indices = if input.dim() == 0 { creation::zeros(&[], DType::I64)? } else { positions::<MAX>(input, mask, keepdim)? };
    let values = Tensor::empty(indices.sizes(), input.dtype())?;
    // SAFETY: the input covers its sizes, and positions were found in it.
    with_dtype!(input.dtype(), T => unsafe {
        reduce::pick::<T>(input.sizes(), &elementwise::of(input), d, indices.as_slice(), values.as_mut_slice());
    });
    sort::chosen(node, input, [values, indices], d, keepdim)
}

pub fn max_along(input: &Tensor, dim: i64, keepdim: bool) -> Result<Vec<Tensor>> {
    extreme_along::<true>(input, dim, keepdim)
}

pub fn min_along(input: &Tensor, dim: i64, keepdim: bool) -> Result<Vec<Tensor>> {
    extreme_along::<false>(input, dim, keepdim)
}

fn refuse_bool(input: &Tensor, name: &str) -> Result<()> {
    if input.dtype() == DType::Bool {
        fail!(Runtime, "{name}(): does not support bool input");
    }
    Ok(())
}

fn argument<const MAX: bool>(input: &Tensor, dim: Option<i64>, keepdim: bool) -> Result<Tensor> {
    let name = if MAX { "argmax" } else { "argmin" };
    let Some(dim) = dim else {
        refuse_bool(input, name)?;
        if input.numel() == 0 {
            fail!(Index, "{name}(): Expected reduction dim to be specified for input.numel() == 0.");
        }
        return positions::<MAX>(input, shape::dim_mask(None, input.dim())?, keepdim);
    };
    let d = shape::wrap_dim(dim, input.dim())?;
    if input.dim() == 0 {
        return creation::zeros(&[], DType::I64);
    }
    refuse_bool(input, name)?;
    if input.sizes()[d] == 0 {
        fail!(Index, "{name}(): Expected reduction dim {d} to have non-zero size.");
    }
    positions::<MAX>(input, 1 << d, keepdim)
}

/// The position of the largest element, in the flattened tensor or along `dim`.
pub fn argmax(input: &Tensor, dim: Option<i64>, keepdim: bool) -> Result<Tensor> {
    argument::<true>(input, dim, keepdim)
}

/// The position of the smallest element, in the flattened tensor or along `dim`.
pub fn argmin(input: &Tensor, dim: Option<i64>, keepdim: bool) -> Result<Tensor> {
    argument::<false>(input, dim, keepdim)
}

fn truth<const ANY: bool>(input: &Tensor, mask: u64, keepdim: bool) -> Result<Tensor> {
    let out = match input.dtype().class() {
        Class::Int => fold::<i64, _>(Truth::<ANY>, input, mask, keepdim, false),
        Class::F32 => fold::<f32, _>(Truth::<ANY>, input, mask, keepdim, false),
        Class::F64 => fold::<f64, _>(Truth::<ANY>, input, mask, keepdim, false),
        #[cfg(feature = "complex")]
        Class::Complex => unreachable!("{}", crate::dtype::NO_COMPLEX),
    }?;
    if input.dtype() == DType::U8 { copy::to_dtype(&out, DType::U8, false) } else { Ok(out) }
}

/// Is any element non-zero?
pub fn any(input: &Tensor, dim: Option<&[i64]>, keepdim: bool) -> Result<Tensor> {
    truth::<true>(input, truth_mask(dim, input.dim())?, keepdim)
}

/// Here an empty list of dimensions means none of them.
fn truth_mask(dim: Option<&[i64]>, ndim: usize) -> Result<u64> {
    if dim.is_some_and(<[i64]>::is_empty) { Ok(0) } else { shape::dim_mask(dim, ndim) }
}

/// Is every element non-zero?
pub fn all(input: &Tensor, dim: Option<&[i64]>, keepdim: bool) -> Result<Tensor> {
    truth::<false>(input, truth_mask(dim, input.dim())?, keepdim)
}

pub fn any_everything(input: &Tensor) -> Result<Tensor> {
    any(input, None, false)
}

pub fn all_everything(input: &Tensor) -> Result<Tensor> {
    all(input, None, false)
}

/// Any (or all) as a plain bool.
pub fn any_all(input: &Tensor, any_of: bool) -> Result<bool> {
    let out = if any_of { any(input, None, false)? } else { all(input, None, false)? };
    Ok(creation::item(&out)?.to_f64() != 0.0)
}

/// The sum of `t` over the dimensions in which it is larger than `sizes`: undoes broadcasting.
pub fn sum_to(t: &Tensor, sizes: &[i64]) -> Result<Tensor> {
    if t.sizes() == sizes {
        return Ok(t.clone());
    }
    let lead = t.dim() - sizes.len();
    let dims: shape::Dims = (0..t.dim()).filter(|&i| i < lead || (sizes[i - lead] == 1 && t.sizes()[i] != 1)).map(|i| i as i64).collect();
    let out = if dims.is_empty() { t.clone() } else { sum(t, Some(&dims), true, Some(t.dtype()))? };
    if lead > 0 { view::reshape(&out, sizes) } else { Ok(out) }
}

/// Summed to the shape that broadcasts to the tensor's.
pub fn sum_to_size(input: &Tensor, size: &[i64]) -> Result<Tensor> {
    if !shape::expandable(size, input.sizes()) {
        fail!(Runtime, "size {{{}}} is not expandable to size {{{}}}.", shape::list(size), shape::list(input.sizes()));
    }
    if size.is_empty() {
        return sum(input, None, false, None);
    }
    if input.sizes() == size {
        return Ok(input.clone());
    }
    if !input.dtype().is_float() {
        return sum_to(&copy::to_dtype(input, DType::I64, false)?, size);
    }
    sum_to(input, size)
}
