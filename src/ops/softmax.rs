//! softmax and log_softmax along one dimension. Kernels see contiguous rows, or columns where enough lie side by side;
//! other layouts pass through a copy, half types through float32.

use crate::dtype::Class;
use crate::dtype::DType;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::graph::record::recording;
use crate::kernels::rows;
use crate::kernels::scan::Lines;
use crate::kernels::softmax as kernels;
use crate::ops::copy;
use crate::ops::expr::TermMath;
use crate::ops::expr::grads;
use crate::ops::reduce;
use crate::ops::transcendental;
use crate::ops::view;
use crate::shape;
use crate::tensor::Tensor;

/// float32 or float64: what the loops compute in.
pub fn compute_type(dtype: DType) -> DType {
    if dtype.class() == Class::F64 { DType::F64 } else { DType::F32 }
}

/// The values with dimension `d` last, contiguous, in the compute type.
fn rows_of(t: &Tensor, d: usize) -> Result<Tensor> {
    let compute = compute_type(t.dtype());
    if d + 1 >= t.dim() && t.is_contiguous() && t.dtype() == compute {
        return Ok(t.clone());
    }
    let last = if d + 1 < t.dim() { view::transpose(&t.detach(), d as i64, -1)? } else { t.detach() };
    copy::contiguous(&copy::to_dtype(&last, compute, false)?)
}

/// Back from `rows_of`: the dimension in its place, the dtype its own.
fn restored(out: Tensor, d: usize, dtype: DType) -> Result<Tensor> {
    if d + 1 >= out.dim() && out.dtype() == dtype {
        return Ok(out);
    }
    let placed = if d + 1 < out.dim() { view::transpose(&out, d as i64, -1)? } else { out };
    let fresh = copy::contiguous(&placed)?.detach();
    copy::to_dtype(&fresh, dtype, false)
}

fn width_of(x: &Tensor) -> usize {
    x.sizes().last().map_or(1, |&n| n as usize)
}

/// Columns from which on a kernel takes them as they lie.
const COLUMNS: usize = 16;

/// The lines along `d`, where they are columns that a kernel takes as they lie.
fn columns(t: &Tensor, d: usize) -> Option<Lines> {
    Some(Lines::of(t.sizes(), d)).filter(|lines| t.is_contiguous() && lines.inner >= COLUMNS)
}

/// A kernel from rows to rows of the same length, and its form for columns.
macro_rules! map_rows {
    ($name:ident, $kernel:path, $columns:path) => {
        fn $name(input: &Tensor, d: usize) -> Result<Tensor> {
            if let Some(lines) = columns(input, d) {
                let x = copy::values(input, compute_type(input.dtype()))?;
                let out = Tensor::empty(x.sizes(), x.dtype())?;
                match x.dtype() {
                    DType::F64 => $columns(lines, x.as_slice::<f64>(), out.as_mut_slice()),
                    _ => $columns(lines, x.as_slice::<f32>(), out.as_mut_slice()),
                }
                return copy::to_dtype(&out, input.dtype(), false);
            }
            let x = rows_of(input, d)?;
            let (out, width) = (Tensor::empty(x.sizes(), x.dtype())?, width_of(&x));
            if out.numel() > 0 {
                match x.dtype() {
                    DType::F64 => rows::map(x.as_slice::<f64>(), out.as_mut_slice(), width, |x, out| $kernel(x, out, width)),
                    _ => rows::map(x.as_slice::<f32>(), out.as_mut_slice(), width, |x, out| $kernel(x, out, width)),
                }
            }
            restored(out, d, input.dtype())
        }
    };
}

/// The same from two tensors' rows.
macro_rules! map_rows2 {
    ($name:ident, $kernel:path, $columns:path) => {
        fn $name(g: &Tensor, y: &Tensor, d: usize) -> Result<Tensor> {
            if let Some(lines) = columns(y, d) {
                let compute = compute_type(y.dtype());
                let (a, b) = (copy::values(g, compute)?, copy::values(y, compute)?);
                let out = Tensor::empty(b.sizes(), compute)?;
                match compute {
                    DType::F64 => $columns(lines, a.as_slice::<f64>(), b.as_slice(), out.as_mut_slice()),
                    _ => $columns(lines, a.as_slice::<f32>(), b.as_slice(), out.as_mut_slice()),
                }
                return copy::to_dtype(&out, y.dtype(), false);
            }
            let (a, b) = (rows_of(g, d)?, rows_of(y, d)?);
            let (out, width) = (Tensor::empty(b.sizes(), b.dtype())?, width_of(&b));
            if out.numel() > 0 {
                match b.dtype() {
                    DType::F64 => {
                        rows::map2(a.as_slice::<f64>(), b.as_slice(), out.as_mut_slice(), width, |g, y, out| $kernel(g, y, out, width))
                    }
                    _ => rows::map2(a.as_slice::<f32>(), b.as_slice(), out.as_mut_slice(), width, |g, y, out| $kernel(g, y, out, width)),
                }
            }
            restored(out, d, y.dtype())
        }
    };
}

map_rows!(softmax_values, kernels::softmax, kernels::softmax_columns);
map_rows!(log_softmax_values, kernels::log_softmax, kernels::log_softmax_columns);
map_rows2!(softmax_slope, kernels::softmax_backward, kernels::softmax_columns_backward);
map_rows2!(log_softmax_slope, kernels::log_softmax_backward, kernels::log_softmax_columns_backward);

fn check(input: &Tensor, dim: i64, dtype: Option<DType>, name: &str) -> Result<(Tensor, usize)> {
    let d = shape::wrap_dim(dim, input.dim())?;
    let input = match dtype {
        Some(dtype) => copy::to_dtype(input, dtype, false)?,
        None => input.clone(),
    };
    if !input.dtype().is_float() && input.numel() > 0 {
        let last = if d + 1 < input.dim() { "kernel_impl" } else { "lastdim_kernel_impl" };
        fail!(NotImplemented, "\"{name}_{last}\" not implemented for '{}'", input.dtype().scalar_type());
    }
    Ok((input, d))
}

/// y = e^x / sum e^x.  dx = y (g - sum g y): keeps the output.
pub fn softmax(input: &Tensor, dim: i64, dtype: Option<DType>) -> Result<Tensor> {
    let (input, d) = check(input, dim, dtype, "softmax")?;
    if !input.dtype().is_float() {
        return copy::clone(&input);
    }
    let out = softmax_values(&input, d)?;
    record("SoftmaxBackward0", &[&input], out, |save| {
        let y = save.output();
        move |cx, g| grads![cx; softmax_backward(&g, &y.get(cx)?, d)]
    })
}

/// y = x - log sum e^x.  dx = g - e^y sum g: keeps the output.
pub fn log_softmax(input: &Tensor, dim: i64, dtype: Option<DType>) -> Result<Tensor> {
    let (input, d) = check(input, dim, dtype, "log_softmax")?;
    if !input.dtype().is_float() {
        return copy::clone(&input);
    }
    let out = log_softmax_values(&input, d)?;
    record("LogSoftmaxBackward0", &[&input], out, |save| {
        let y = save.output();
        move |cx, g| grads![cx; log_softmax_backward(&g, &y.get(cx)?, d)]
    })
}

fn total(t: &Tensor, d: usize) -> Result<Tensor> {
    if t.dim() == 0 { Ok(t.clone()) } else { reduce::sum(t, Some(&[d as i64]), true, None) }
}

fn softmax_backward(g: &Tensor, y: &Tensor, d: usize) -> Result<Tensor> {
    if recording(&[g, y]) {
        return (y * (g - (g * y).apply(|gy| total(gy, d)))).0;
    }
    softmax_slope(g, y, d)
}

fn log_softmax_backward(g: &Tensor, y: &Tensor, d: usize) -> Result<Tensor> {
    if recording(&[g, y]) {
        return (g - y.apply(transcendental::exp) * total(g, d)?).0;
    }
    log_softmax_slope(g, y, d)
}
