//! Order: sort, argsort, topk, order statistics, searching in sorted data. Gradients go back to the positions
//! that values came from.

use crate::dtype;
use crate::dtype::DType;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::graph::record::record_many;
use crate::kernels::scan::Lines;
use crate::kernels::sort;
use crate::kernels::sort::Wanted;
use crate::ops::compare;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::elementwise;
use crate::ops::expr::grads;
use crate::ops::index;
use crate::ops::reduce;
use crate::ops::scatter::resized_along;
use crate::ops::scatter::size_along;
use crate::ops::view;
use crate::shape;
use crate::tensor::Tensor;

/// Positions of the wanted elements along `d`; and those elements, if `with_values`.
fn ordered(input: &Tensor, d: usize, wanted: Wanted, descending: bool, with_values: bool) -> Result<(Tensor, Option<Tensor>)> {
    let x = copy::contiguous(&input.detach())?;
    let lines = Lines::of(x.sizes(), d);
    let sizes = resized_along(input, d, wanted.of(lines.n) as i64);
    let out = Tensor::empty(&sizes, DType::I64)?;
    let values = if with_values { Some(Tensor::empty(&sizes, x.dtype())?) } else { None };
    with_dtype!(x.dtype(), T => {
        let values = values.as_ref().map_or(&mut [][..], |v| v.as_mut_slice::<T>());
        sort::order(x.as_slice::<T>(), lines, wanted, descending, out.as_mut_slice(), values)
    });
    Ok((out, values))
}

/// Values at `indices` along `d`, beside the indices.  The gradient goes to the positions: keeps them.
pub(super) fn picked(name: &'static str, input: &Tensor, indices: Tensor, d: usize, keepdim: bool) -> Result<Vec<Tensor>> {
    let drop_dim = |t: Tensor| if keepdim || t.dim() == 0 { Ok(t) } else { Ok(view::squeeze(&t, Some(&[d as i64]))?.detach()) };
    let values = index::gather(&input.detach(), d as i64, &indices)?;
    chosen(name, input, [drop_dim(values)?, drop_dim(indices)?], d, keepdim)
}

/// Values beside their positions along `d`, which are gone where `keepdim` is false.
pub(super) fn chosen(name: &'static str, input: &Tensor, [values, indices]: [Tensor; 2], d: usize, keepdim: bool) -> Result<Vec<Tensor>> {
    record_many(name, &[input], vec![values, indices], |save| {
        let (indices, sizes) = (save.output_nr("indices", 1), input.dims());
        move |cx, g| {
            let Some(g) = &g[0] else { return grads![cx; creation::zeros(&sizes, dtype::default_dtype())] };
            let raised = |t: &Tensor| if keepdim || sizes.is_empty() { Ok(t.clone()) } else { view::unsqueeze(t, d as i64) };
            grads![cx; index::put_along(&raised(g)?, &raised(&indices.get(cx)?)?, &sizes, d as i64)]
        }
    })
}

/// A contiguous result in the input's order of dimensions.
fn in_order_of(input: &Tensor, result: Tensor) -> Result<Tensor> {
    if input.is_contiguous() {
        return Ok(result);
    }
    let out = elementwise::output(input.sizes(), &[input], result.dtype())?;
    copy::copy_data(&out, &result)?;
    Ok(out)
}

/// Values in order along `dim` and where they were; equal ones keep their order, nan comes last.
pub fn sort(input: &Tensor, dim: i64, descending: bool) -> Result<Vec<Tensor>> {
    let d = shape::wrap_dim(dim, input.dim())?;
    let (positions, values) = ordered(input, d, Wanted::All, descending, true)?;
    let values = in_order_of(input, values.expect("values were wanted"))?;
    chosen("SortBackward0", input, [values, in_order_of(input, positions)?], d, true)
}

pub fn sort_stable(input: &Tensor, _stable: Option<bool>, dim: i64, descending: bool) -> Result<Vec<Tensor>> {
    sort(input, dim, descending)
}

/// The positions that would put the elements in order.
pub fn argsort(input: &Tensor, dim: i64, descending: bool) -> Result<Tensor> {
    let d = shape::wrap_dim(dim, input.dim())?;
    in_order_of(input, ordered(input, d, Wanted::All, descending, false)?.0)
}

pub fn argsort_stable(input: &Tensor, _stable: bool, dim: i64, descending: bool) -> Result<Tensor> {
    argsort(input, dim, descending)
}

/// Values in order along the first dimension.
pub fn msort(input: &Tensor) -> Result<Tensor> {
    Ok(sort(input, 0, false)?.swap_remove(0))
}

/// The k largest (or smallest) along `dim` and where they are, in order if `sorted`.
pub fn topk(input: &Tensor, k: i64, dim: i64, largest: bool, sorted: bool) -> Result<Vec<Tensor>> {
    let d = shape::wrap_dim(dim, input.dim())?;
    let n = size_along(input, d);
    if k < 0 || k > n {
        fail!(Runtime, "selected index k out of range");
    }
    if input.dtype() == DType::Bool {
        fail!(Runtime, "topk does not support bool dtypes on CPU");
    }
    if input.dim() == 0 {
        return picked("TopkBackward0", input, creation::zeros(&[], DType::I64)?, d, true);
    }
    let (positions, values) = ordered(input, d, Wanted::First { take: k as usize, in_order: sorted }, largest, true)?;
    chosen("TopkBackward0", input, [values.expect("values were wanted"), positions], d, true)
}

/// The k-th smallest along `dim` and where it is.
pub fn kthvalue(input: &Tensor, k: i64, dim: i64, keepdim: bool) -> Result<Vec<Tensor>> {
    let d = shape::wrap_dim(dim, input.dim())?;
    let n = size_along(input, d);
    if input.dim() > 0 && n == 0 {
        fail!(Index, "kthvalue(): Expected reduction dim {d} to have non-zero size.");
    }
    if k < 1 || k > n {
        fail!(Runtime, "kthvalue(): selected number k out of range for dimension {d}");
    }
    if input.dtype() == DType::Bool {
        fail!(NotImplemented, "\"kthvalue_cpu\" not implemented for 'Bool'");
    }
    let indices = nth(input, d, |_| k as usize - 1)?;
    picked("KthvalueBackward0", input, indices, d, keepdim)
}

/// The position of the element of some rank along `d`, kept as a dimension of size 1; the rank by how many are nan.
fn nth(input: &Tensor, d: usize, rank: impl Fn(usize) -> usize + Sync) -> Result<Tensor> {
    let x = copy::contiguous(&input.detach())?;
    let out = Tensor::empty(&resized_along(input, d, 1), DType::I64)?;
    let lines = Lines::of(x.sizes(), d);
    with_dtype!(x.dtype(), T => sort::nth::<T>(x.as_slice(), lines, rank, out.as_mut_slice()));
    Ok(out)
}

/// The lower median along `dim`, and where it is; nan wins unless `ignore_nan`.
fn median_of(name: &'static str, input: &Tensor, dim: i64, keepdim: bool, ignore_nan: bool) -> Result<Vec<Tensor>> {
    let d = shape::wrap_dim(dim, input.dim())?;
    if input.dim() > 0 && input.sizes()[d] == 0 {
        fail!(Index, "median(): Expected reduction dim {d} to have non-zero size.");
    }
    if input.dtype() == DType::Bool {
        fail!(NotImplemented, "\"{}\" not implemented for 'Bool'", if name.ends_with('0') { "median_cpu" } else { "median_out" });
    }
    let n = size_along(input, d) as usize;
    let found = nth(input, d, |nans| match (nans, ignore_nan) {
        (0, _) => (n - 1) / 2,
        (_, false) => n - nans,
        (_, true) => (n - nans).saturating_sub(1) / 2,
    })?;
    picked(name, input, found, d, keepdim)
}

pub fn median_along(input: &Tensor, dim: i64, keepdim: bool) -> Result<Vec<Tensor>> {
    median_of("MedianBackward1", input, dim, keepdim, false)
}

pub fn nanmedian_along(input: &Tensor, dim: i64, keepdim: bool) -> Result<Vec<Tensor>> {
    median_of("NanmedianBackward1", input, dim, keepdim, true)
}

fn median_of_all(name: &'static str, input: &Tensor, ignore_nan: bool) -> Result<Tensor> {
    if input.numel() == 0 {
        return creation::filled(&[], f64::NAN.into(), input.dtype());
    }
    let flat = view::reshape(input, &[-1])?;
    let out = median_of(name, &flat.detach(), 0, false, ignore_nan)?.swap_remove(0);
    record(name, &[input], out, |save| {
        let (x, y) = (save.input("self", input), save.output());
        move |cx, g| {
            let (x, y) = (x.get(cx)?, y.get(cx)?);
            let nan = compare::logical_and(&compare::isnan(&x)?, &compare::isnan(&y)?)?;
            let same = compare::logical_or(&compare::eq((&x).into(), (&y).into())?, &nan)?;
            let share = copy::to_dtype(&same, g.dtype(), false)?;
            let count = reduce::sum(&share, None, false, None)?;
            grads![cx; &g * (share / count)]
        }
    })
}

pub fn median(input: &Tensor) -> Result<Tensor> {
    median_of_all("MedianBackward0", input, false)
}

pub fn nanmedian(input: &Tensor) -> Result<Tensor> {
    median_of_all("NanmedianBackward0", input, true)
}

/// The commonest value along `dim` (the smallest of them), and the last place where it is.
pub fn mode(input: &Tensor, dim: i64, keepdim: bool) -> Result<Vec<Tensor>> {
    let d = shape::wrap_dim(dim, input.dim())?;
    if input.dim() > 0 && input.sizes()[d] == 0 {
        fail!(Index, "mode(): Expected reduction dim {d} to have non-zero size.");
    }
    let order = ordered(input, d, Wanted::All, false, false)?.0;
    let x = copy::contiguous(&input.detach())?;
    let lines = Lines::of(x.sizes(), d);
    let out = Tensor::empty(&resized_along(input, d, 1), DType::I64)?;
    let (order, found) = (order.as_slice::<i64>(), out.as_mut_slice::<i64>());
    with_dtype!(x.dtype(), T => for (line, slot) in found.iter_mut().enumerate() {
        let first = line / lines.inner * lines.n * lines.inner + line % lines.inner;
        let at = |k: usize| order[first + k * lines.inner];
        let value = |k: usize| x.as_slice::<T>()[first + at(k) as usize * lines.inner];
        let (mut best, mut run, mut longest) = (0, 1, 1);
        for k in 1..lines.n {
            run = if sort::same(value(k), value(k - 1)) { run + 1 } else { 1 };
            if run > longest {
                (best, longest) = (k, run);
            }
        }
        *slot = at(best);
    });
    picked("ModeBackward0", input, out, d, keepdim)
}

/// Where each value would stand in the sorted rows of `sorted`.
pub fn searchsorted(
    sorted: &Tensor,
    input: &Tensor,
    out_int32: bool,
    right: bool,
    side: Option<&str>,
    sorter: Option<&Tensor>,
) -> Result<Tensor> {
    let right = match side {
        None => right,
        Some("left") if right => {
            fail!(Runtime, "torch.searchsorted(): side and right can't be set to opposites, got side of left while right was True")
        }
        Some("left") => false,
        Some("right") => true,
        Some(other) => fail!(Runtime, "torch.searchsorted(): side can only be 'left' or 'right' but got {other}"),
    };
    let common = dtype::promote(sorted.dtype(), input.dtype());
    if common == DType::Bool {
        fail!(NotImplemented, "\"searchsorted_out_cpu\" not implemented for 'Bool'");
    }
    check_sorted(sorted, input, sorter)?;
    let (rows, x) = (copy::values(sorted, common)?, copy::values(input, common)?);
    let sorter = sorter.map(copy::contiguous).transpose()?;
    let order = sorter.as_ref().map(|s| s.as_slice::<i64>());
    let n = rows.sizes().last().map_or(1, |&n| n as usize);
    if order.is_some_and(|o| o.iter().any(|&k| k < 0 || k as usize >= n)) {
        fail!(Runtime, "torch.searchsorted(): sorter index out of range");
    }
    let per_row = if rows.dim() <= 1 { x.numel().max(1) } else { x.sizes().last().map_or(1, |&n| n as usize).max(1) };
    let out = Tensor::empty(x.sizes(), DType::I64)?;
    with_dtype!(rows.dtype(), T => {
        let (rows, found) = (rows.as_slice::<T>(), out.as_mut_slice::<i64>());
        for (row, (found, x)) in found.chunks_mut(per_row).zip(x.as_slice::<T>().chunks(per_row)).enumerate() {
            let (first, sorted) = (row * n, &rows[row * n..][..n]);
            for (slot, &v) in found.iter_mut().zip(x) {
                *slot = match order {
                    None => sort::search(|k| sorted[k], n, v, right) as i64,
                    Some(order) => sort::search(|k| sorted[order[first + k] as usize], n, v, right) as i64,
                };
            }
        }
    });
    copy::to_dtype(&out, if out_int32 { DType::I32 } else { DType::I64 }, false)
}

fn check_sorted(sorted: &Tensor, input: &Tensor, sorter: Option<&Tensor>) -> Result<()> {
    if let Some(sorter) = sorter {
        if sorter.sizes() != sorted.sizes() {
            fail!(
                Runtime,
                "torch.searchsorted(): boundary and sorter must have the same size, but got boundary tensor {}and got sorter tensor {}",
                shape::list(sorted.sizes()),
                shape::list(sorter.sizes())
            );
        }
        if sorter.dtype() != DType::I64 {
            fail!(Runtime, "torch.searchsorted(): sorter must be a tensor of long dtype but got dtype {}", sorter.dtype().scalar_type());
        }
    }
    let rows = |t: &Tensor| shape::Dims::from_slice(&t.sizes()[..t.dim().saturating_sub(1)]);
    if sorted.dim() > 1 && (input.dim() == 0 || rows(sorted) != rows(input)) {
        fail!(
            Runtime,
            "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor and input value tensor must match, but we got boundaries tensor {} and input value tensor {}",
            shape::list(sorted.sizes()),
            shape::list(input.sizes())
        );
    }
    Ok(())
}

pub fn bucketize(input: &Tensor, boundaries: &Tensor, out_int32: bool, right: bool) -> Result<Tensor> {
    if boundaries.dim() != 1 {
        fail!(Runtime, "boundaries tensor must be 1 dimension, but got dim({})", boundaries.dim());
    }
    searchsorted(boundaries, input, out_int32, right, None, None)
}

/// A number in the dtype of what it is looked for among; a float is not cut to an integer.
fn number_among(value: Scalar, sorted: &Tensor) -> Result<Tensor> {
    let own = match (value, sorted.dtype()) {
        (Scalar::Float(_), dtype) if !dtype.is_float() => DType::F64,
        (Scalar::Int(_), DType::Bool) => DType::I64,
        (_, dtype) => dtype,
    };
    creation::filled(&[], value, own)
}

pub fn searchsorted_number(
    sorted: &Tensor,
    value: Scalar,
    out_int32: bool,
    right: bool,
    side: Option<&str>,
    sorter: Option<&Tensor>,
) -> Result<Tensor> {
    if sorted.dim() != 1 {
        fail!(
            Runtime,
            "torch.searchsorted(): input value can be a scalar only when boundaries tensor dimension is 1, but we got boundaries tensor dim({}) and input value's dim(0) numel(1)",
            sorted.dim()
        );
    }
    searchsorted(sorted, &number_among(value, sorted)?, out_int32, right, side, sorter)
}

pub fn bucketize_number(value: Scalar, boundaries: &Tensor, out_int32: bool, right: bool) -> Result<Tensor> {
    bucketize(&number_among(value, boundaries)?, boundaries, out_int32, right)
}
