//! Averages of windows: fixed windows, and windows that reach an output size. Both are maps by axes.

use crate::dtype::DType;
use crate::error::Result;
use crate::fail;
use crate::kernels::axes::Axis;
use crate::ops::copy;
use crate::ops::reduce;
use crate::ops::resample;
use crate::ops::view;
use crate::ops::windows::Spec;
use crate::ops::windows::check_1d;
use crate::ops::windows::each;
use crate::ops::windows::single;
use crate::shape;
use crate::shape::Dims;
use crate::tensor::Tensor;

fn axis(spec: &Spec, d: usize, size: i64, out: i64, include_pad: bool, divides: bool) -> Axis {
    let (kernel, stride, pad) = (spec.kernel[d], spec.stride[d], spec.pad[d]);
    let mut axis = Axis::new(size as usize);
    for o in 0..out {
        let start = o * stride - pad;
        let end = (start + kernel).min(size + pad);
        let (first, last) = (start.max(0), end.min(size));
        let count = if include_pad { end - start } else { last - first };
        let divisor = if divides && last > first { count as f64 } else { 1.0 };
        axis.push((first..last).map(|i| (i as usize, 1.0)), divisor);
    }
    axis.finished()
}

/// The last axis divides by `divisor`, which stands for the counts.
fn overridden(axis: Axis, divisor: Option<i64>) -> Axis {
    match divisor {
        Some(d) => axis.divided(d as f64),
        None => axis,
    }
}

fn average(n: usize, input: &Tensor, spec: &Spec, include_pad: bool, divisor_override: Option<i64>) -> Result<Tensor> {
    if divisor_override == Some(0) {
        fail!(Runtime, "divisor must be not zero");
    }
    if n == 2 {
        input.size(-3)?;
        if input.dim() > 4 {
            fail!(
                Runtime,
                "Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, but got:{}",
                shape::list(input.sizes())
            );
        }
    } else if !(4..=5).contains(&input.dim()) {
        fail!(Runtime, "non-empty 4D or 5D (batch mode) tensor expected for input");
    }
    let out = spec.output_sizes(input, "avg_pool3d()", true)?;
    let (kernel, halves) = if n == 2 { ("avg_pool2d", true) } else { ("avg_pool3d_out_frame", false) };
    let dtype = input.dtype();
    if dtype != DType::I64 && !matches!(dtype, DType::F32 | DType::F64) && !(halves && dtype.is_float()) {
        fail!(NotImplemented, "\"{kernel}\" not implemented for '{}'", dtype.scalar_type());
    }
    let tail = &input.sizes()[input.dim() - n..];
    let mut axes: Vec<Axis> = (0..n).map(|d| axis(spec, d, tail[d], out[d], include_pad, divisor_override.is_none())).collect();
    let last = axes.pop().expect("an axis");
    axes.push(overridden(last, divisor_override));
    let (node, back) = match n {
        2 => ("AvgPool2DBackward0", "AvgPool2DBackwardBackward0"),
        _ => ("AvgPool3DBackward0", "AvgPool3DBackwardBackward0"),
    };
    if dtype == DType::I64 {
        // Exact up to 2^53; the conversion truncates as integer division does.
        let wide = copy::to_dtype(input, DType::F64, false)?;
        return copy::to_dtype(&resample::weighted(node, back, &wide, axes)?, dtype, false);
    }
    resample::weighted(node, back, input, axes)
}

/// y = the mean of each window.
pub fn avg_pool2d(
    input: &Tensor,
    kernel_size: &[i64],
    stride: &[i64],
    padding: &[i64],
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: Option<i64>,
) -> Result<Tensor> {
    let spec = Spec::new("avg_pool2d", 2, [kernel_size, stride, padding, &[1]], ceil_mode)?;
    average(2, input, &spec, count_include_pad, divisor_override)
}

/// y = the mean of each window.
pub fn avg_pool3d(
    input: &Tensor,
    kernel_size: &[i64],
    stride: &[i64],
    padding: &[i64],
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: Option<i64>,
) -> Result<Tensor> {
    let spec = Spec::new("avg_pool3d", 3, [kernel_size, stride, padding, &[1]], ceil_mode)?;
    average(3, input, &spec, count_include_pad, divisor_override)
}

/// avg_pool2d of one row.
pub fn avg_pool1d(
    input: &Tensor,
    kernel_size: &[i64],
    stride: &[i64],
    padding: &[i64],
    ceil_mode: bool,
    count_include_pad: bool,
) -> Result<Tensor> {
    let kernel = single("avg_pool1d", "kernel_size", kernel_size)?;
    let stride = if stride.is_empty() { kernel } else { single("avg_pool1d", "stride", stride)? };
    let padding = single("avg_pool1d", "padding", padding)?;
    check_1d("avg_pool1d", input)?;
    let row = view::unsqueeze(input, -2)?;
    let out = avg_pool2d(&row, &[1, kernel], &[1, stride], &[0, padding], ceil_mode, count_include_pad, None)?;
    view::squeeze(&out, Some(&[-2]))
}

/// Where window `o` of `out` begins and ends.
pub fn adaptive_window(o: usize, size: usize, out: usize) -> (usize, usize) {
    (o * size / out, ((o + 1) * size).div_ceil(out))
}

/// Where a dimension other than the batch is empty, in PyTorch's words.
pub fn check_filled(op: &str, input: &Tensor, got: &str, end: &str) -> Result<()> {
    for (d, &size) in input.sizes().iter().enumerate().skip(1) {
        if size == 0 {
            fail!(
                Runtime,
                "{op}: Expected input to have non-zero size for non-batch dimensions, but {got}{} with dimension {d} being empty{end}",
                shape::list(input.sizes())
            );
        }
    }
    Ok(())
}

fn adaptive(n: usize, input: &Tensor, output_size: &Dims, shown: String, kernel: &str) -> Result<Tensor> {
    let op = if n == 2 { "adaptive_avg_pool2d" } else { "adaptive_avg_pool3d" };
    if output_size.iter().any(|&o| o < 0) {
        fail!(Runtime, "{op}: elements of output_size must be greater than or equal to 0 but received {{{shown}}}");
    }
    if output_size.iter().all(|&o| o == 1) {
        let dims: Dims = (1..=n as i64).map(|d| -d).collect();
        return reduce::mean(input, Some(&dims), true, None);
    }
    if !(n + 1..=n + 2).contains(&input.dim()) {
        fail!(Runtime, "{op}(): Expected {}D or {}D tensor, but got {}", n + 1, n + 2, shape::list(input.sizes()));
    }
    check_filled(&format!("{op}()"), input, "input has sizes ", "")?;
    // The 2-d kernel gives an empty result in any dtype.
    let empty = n == 2 && (input.numel() == 0 || output_size.contains(&0));
    if !input.dtype().is_float() && !empty {
        fail!(NotImplemented, "\"{kernel}\" not implemented for '{}'", input.dtype().scalar_type());
    }
    let axes = output_size
        .iter()
        .zip(&input.sizes()[input.dim() - n..])
        .map(|(&out, &size)| {
            let mut axis = Axis::new(size as usize);
            for o in 0..out as usize {
                let (first, last) = adaptive_window(o, size as usize, out as usize);
                axis.push((first..last).map(|i| (i, 1.0)), (last - first) as f64);
            }
            axis.finished()
        })
        .collect();
    let (node, back) = match n {
        2 => ("AdaptiveAvgPool2DBackward0", "AdaptiveAvgPool2DBackwardBackward0"),
        _ => ("AdaptiveAvgPool3DBackward0", "AdaptiveAvgPool3DBackwardBackward0"),
    };
    resample::weighted(node, back, input, axes)
}

/// y = the mean of each of as many windows as `output_size` says.
pub fn adaptive_avg_pool2d(input: &Tensor, output_size: &[i64]) -> Result<Tensor> {
    let Some(out) = each(output_size, 2) else { fail!(Runtime, "adaptive_avg_pool2d: output_size must be 2") };
    let shown = format!("{}, {}", out[0], out[1]);
    adaptive(2, input, &out, shown, "adaptive_avg_pool2d")
}

/// y = the mean of each of as many windows as `output_size` says.
pub fn adaptive_avg_pool3d(input: &Tensor, output_size: &[i64]) -> Result<Tensor> {
    let Some(out) = each(output_size, 3) else { fail!(Runtime, "adaptive_avg_pool3d: output_size must be 3") };
    let shown = format!("{}, {},{}", out[0], out[1], out[2]);
    adaptive(3, input, &out, shown, "adaptive_avg_pool3d_cpu")
}

/// adaptive_avg_pool2d of one row.
pub fn adaptive_avg_pool1d(input: &Tensor, output_size: &[i64]) -> Result<Tensor> {
    let out = single("adaptive_avg_pool1d", "output_size", output_size)?;
    check_1d("adaptive_avg_pool1d", input)?;
    view::squeeze(&adaptive_avg_pool2d(&view::unsqueeze(input, -2)?, &[1, out])?, Some(&[-2]))
}
