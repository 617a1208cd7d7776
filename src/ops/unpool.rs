//! Maxima of windows of uneven sizes (adaptive, fractional), and the way back from places (unpooling).

use crate::dtype::DType;
use crate::dtype::Element;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::kernels::float::Float;
use crate::kernels::pool;
use crate::kernels::pool::Ordered;
use crate::kernels::rows::Shared;
use crate::ops::avg_pool::adaptive_window;
use crate::ops::avg_pool::check_filled;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::expr::grads;
use crate::ops::max_pool;
use crate::ops::max_pool::Names;
use crate::ops::softmax::compute_type;
use crate::ops::view;
use crate::ops::windows::check_1d;
use crate::ops::windows::each;
use crate::ops::windows::single;
use crate::ops::windows::with_tail;
use crate::shape;
use crate::shape::Dims;
use crate::tensor::Tensor;

type Ranges = Vec<(usize, usize)>;

/// Maxima of the windows that `ranges(plane)` gives along depth, height and width.
fn maxima<T: Ordered + Element>(input: &Tensor, tail: &[i64], ranges: &(dyn Fn(usize) -> [Ranges; 3] + Sync)) -> Result<[Tensor; 2]> {
    let x = copy::values(input, T::DTYPE)?;
    let sizes = with_tail(input, tail);
    let (out, places) = (Tensor::empty(&sizes, T::DTYPE)?, Tensor::empty(&sizes, DType::I64)?);
    let mut size = [1; 3];
    let n = tail.len();
    input.sizes()[input.dim() - n..].iter().enumerate().for_each(|(i, &s)| size[3 - n + i] = s as usize);
    let (from, to) = (size.iter().product::<usize>(), tail.iter().product::<i64>() as usize);
    let (data, values, at) = (x.as_slice::<T>(), Shared::of(out.as_mut_slice::<T>()), Shared::of(places.as_mut_slice::<i64>()));
    pool::by_planes(out.numel().checked_div(to).unwrap_or(0), from.max(to), |p| {
        let [a, b, c] = ranges(p);
        let (first, last) = (p * to, (p + 1) * to);
        pool::max_of_ranges(size, [&a, &b, &c], &data[p * from..(p + 1) * from], values.part(first, last), at.part(first, last));
    });
    Ok([out, places])
}

fn uneven(names: Names, input: &Tensor, tail: &[i64], ranges: &(dyn Fn(usize) -> [Ranges; 3] + Sync)) -> Result<Vec<Tensor>> {
    let [out, places] = match compute_type(input.dtype()) {
        DType::F64 => maxima::<f64>(input, tail, ranges)?,
        _ => maxima::<f32>(input, tail, ranges)?,
    };
    max_pool::recorded(names, input, copy::to_dtype(&out, input.dtype(), false)?, places, tail.len())
}

fn adaptive(n: usize, op: &str, kernel: &str, input: &Tensor, out: &[i64]) -> Result<Vec<Tensor>> {
    if !(n + 1..=n + 2).contains(&input.dim()) {
        fail!(Runtime, "{op}(): Expected {}D or {}D tensor, but got: {}", n + 1, n + 2, shape::list(input.sizes()));
    }
    check_filled(&format!("{op}()"), input, "input has sizes ", "")?;
    shape::numel(&with_tail(input, out), 8)?;
    if !input.dtype().is_float() {
        fail!(NotImplemented, "\"{kernel}\" not implemented for '{}'", input.dtype().scalar_type());
    }
    let names = match n {
        2 => Names { node: "AdaptiveMaxPool2DBackward0", back: "AdaptiveMaxPool2DBackwardBackward0" },
        _ => Names { node: "AdaptiveMaxPool3DBackward0", back: "AdaptiveMaxPool3DBackwardBackward0" },
    };
    let size = &input.sizes()[input.dim() - n..];
    let mut ranges: [Ranges; 3] = [vec![(0, 1)], vec![(0, 1)], vec![(0, 1)]];
    for d in 0..n {
        let (size, out) = (size[d] as usize, out[d] as usize);
        ranges[3 - n + d] = (0..out).map(|o| adaptive_window(o, size, out)).collect();
    }
    uneven(names, input, out, &|_| ranges.clone())
}

/// y = the maximum of each of as many windows as `output_size` says, and its place.
pub fn adaptive_max_pool2d(input: &Tensor, output_size: &[i64]) -> Result<Vec<Tensor>> {
    let Some(out) = each(output_size, 2) else { fail!(Runtime, "adaptive_max_pool2d(): internal error: output_size.size() must be 2") };
    adaptive(2, "adaptive_max_pool2d", "adaptive_max_pool2d", input, &out)
}

/// y = the maximum of each of as many windows as `output_size` says, and its place.
pub fn adaptive_max_pool3d(input: &Tensor, output_size: &[i64]) -> Result<Vec<Tensor>> {
    let Some(out) = each(output_size, 3) else { fail!(Runtime, "adaptive_max_pool3d(): internal error: output_size.size() must be 3") };
    adaptive(3, "adaptive_max_pool3d", "adaptive_max_pool3d_cpu", input, &out)
}

/// adaptive_max_pool2d of one row.
pub fn adaptive_max_pool1d(input: &Tensor, output_size: &[i64]) -> Result<Vec<Tensor>> {
    let out = single("adaptive_max_pool1d", "output_size", output_size)?;
    check_1d("adaptive_max_pool1d", input)?;
    check_filled("adaptive_max_pool1d()", input, "input has sizes ", "")?;
    let both = adaptive_max_pool2d(&view::unsqueeze(input, -2)?, &[1, out])?;
    both.iter().map(|t| view::squeeze(t, Some(&[-2]))).collect()
}

/// Starts of `out` windows of `kernel` elements, shifted by a number of [0, 1). In the input's own precision.
fn starts<T: Float>(sample: T, size: usize, out: usize, kernel: usize) -> Ranges {
    let range = |start: usize| (start, start + kernel);
    let mut list = Ranges::new();
    if out > 1 {
        let alpha = T::of((size - kernel) as f64) / T::of((out - 1) as f64);
        let whole = |x: T| Float::to_f64(Float::trunc(x)) as usize;
        list.extend((0..out - 1).map(|i| range(whole((T::of(i as f64) + sample) * alpha) - whole(sample * alpha))));
    }
    if out > 0 {
        list.push(range(size - kernel));
    }
    list
}

fn fractional(n: usize, input: &Tensor, kernel: &[i64], out: &[i64], samples: &Tensor) -> Result<Vec<Tensor>> {
    let op = if n == 2 { "fractional_max_pool2d" } else { "fractional_max_pool3d" };
    let (count, named) = if n == 2 { ("", "fractional_max_pool2d()") } else { ("three ", "fractional_max_pool3d_out()") };
    let Some(kernel) = each(kernel, n) else {
        fail!(Runtime, "{op}: kernel_size must either be a single Int or tuple of {count}Ints");
    };
    let Some(out) = each(out, n) else {
        fail!(Runtime, "{op}: output_size must either be a single Int or tuple of {count}Ints");
    };
    if !(n + 1..=n + 2).contains(&input.dim()) {
        fail!(Runtime, "{named}: Expected {}D or {}D tensor, but got: {}", n + 1, n + 2, shape::list(input.sizes()));
    }
    check_filled(named, input, "got", ".")?;
    let tail = Dims::from_slice(&input.sizes()[input.dim() - n..]);
    let axis = if n == 2 { ["height", "width", ""] } else { ["time", "height", "width"] };
    // The 3-d kernel wants a window less.
    let most = |d: usize| if n == 2 { tail[d] } else { tail[d] - 1 };
    if let Some(d) = (0..n).find(|&d| out[d].saturating_add(kernel[d]) - 1 > most(d)) {
        fail!(Runtime, "{named}: pool {} {} too large relative to input {} {}", axis[d], kernel[d], axis[d], tail[d]);
    }
    let channels = input.sizes()[input.dim() - n - 1];
    let batch = if input.dim() == n + 2 { input.sizes()[0] } else { 1 };
    check_samples(n, input, samples, batch, channels)?;
    shape::numel(&with_tail(input, &out), 8)?;
    let names = match n {
        2 => Names { node: "FractionalMaxPool2DBackward0", back: "FractionalMaxPool2DBackwardBackward0" },
        _ => Names { node: "FractionalMaxPool3DBackward0", back: "FractionalMaxPool3DBackwardBackward0" },
    };
    let samples = copy::values(samples, compute_type(input.dtype()))?;
    let ranges = |p: usize| {
        let mut ranges: [Ranges; 3] = [vec![(0, 1)], vec![(0, 1)], vec![(0, 1)]];
        for d in 0..n {
            // In 2-d the first number is the width's.
            let at = p * n + if n == 2 { 1 - d } else { d };
            let (size, out, kernel) = (tail[d] as usize, out[d] as usize, kernel[d].max(0) as usize);
            ranges[3 - n + d] = match samples.dtype() {
                DType::F64 => starts(samples.as_slice::<f64>()[at], size, out, kernel),
                _ => starts(samples.as_slice::<f32>()[at], size, out, kernel),
            };
        }
        ranges
    };
    uneven(names, input, &out, &ranges)
}

fn check_samples(n: usize, input: &Tensor, samples: &Tensor, batch: i64, channels: i64) -> Result<()> {
    if samples.dtype() != input.dtype() {
        fail!(Runtime, "Expect _random_samples to have the same dtype as input");
    }
    if samples.dim() != 3 {
        fail!(Runtime, "Expect _random_samples to have 3 dimensions, got {}", samples.dim());
    }
    let sizes = samples.sizes();
    if sizes[0] < batch {
        fail!(Runtime, "Expect _random_samples.size(0) no less then input batch size.");
    }
    if sizes[1] != channels {
        fail!(Runtime, "Expect _random_samples.size(1) equals to input channel size.");
    }
    if sizes[2] != n as i64 {
        fail!(Runtime, "Expect _random_samples.size(2) equals to {n}; got {}.", sizes[2]);
    }
    Ok(())
}

/// y = the maxima of windows whose starts are drawn, and their places.
pub fn fractional_max_pool2d(input: &Tensor, kernel_size: &[i64], output_size: &[i64], random_samples: &Tensor) -> Result<Vec<Tensor>> {
    fractional(2, input, kernel_size, output_size, random_samples)
}

/// y = the maxima of windows whose starts are drawn, and their places.
pub fn fractional_max_pool3d(input: &Tensor, kernel_size: &[i64], output_size: &[i64], random_samples: &Tensor) -> Result<Vec<Tensor>> {
    fractional(3, input, kernel_size, output_size, random_samples)
}

/// y[place[i]] = x[i], 0 elsewhere.  dx = g read at the places, kept.
fn unpool(n: usize, input: &Tensor, indices: &Tensor, out: &[i64]) -> Result<Tensor> {
    let (op, named) = if n == 2 { ("max_unpool2d", "max_unpooling2d") } else { ("max_unpool3d", "max_unpooling3d") };
    if !(n + 1..=n + 2).contains(&input.dim()) {
        let sizes = if n == 2 { "3d or 4d" } else { "4d or 5d" };
        fail!(Runtime, "Input to {named} should be a {sizes} Tensor, but got a tensor with {} dimensions.", input.dim());
    }
    if input.sizes() != indices.sizes() {
        let (a, b) = (shape::list(input.sizes()), shape::list(indices.sizes()));
        fail!(Runtime, "Expected shape of indices to be same as that of the input tensor ({a}) but got indices tensor with shape: {b}");
    }
    check_filled(&format!("{named}_forward_out_cpu()"), input, "got ", ".")?;
    if !input.dtype().is_float() {
        fail!(NotImplemented, "\"{op}\" not implemented for '{}'", input.dtype().scalar_type());
    }
    let places = copy::contiguous(&indices.detach())?;
    let volume: i64 = out.iter().product();
    if let Some(i) = places.as_slice::<i64>().iter().find(|&&i| i < 0 || i >= volume) {
        let sizes: Vec<String> = out.iter().map(i64::to_string).collect();
        fail!(Runtime, "Found an invalid max index: {i} (output volumes are of size {})", sizes.join("x"));
    }
    let y = creation::zeros(&with_tail(input, out), input.dtype())?;
    if input.numel() > 0 {
        let x = copy::values(input, input.dtype())?;
        let to = input.sizes()[input.dim() - n..].iter().product::<i64>() as usize;
        with_dtype!(x.dtype(), T => pool::scatter(x.as_slice::<T>(), places.as_slice(), y.as_mut_slice(), to, volume as usize, |_, g| g));
    }
    let node = if n == 2 { "MaxUnpool2DBackward0" } else { "MaxUnpool3DBackward0" };
    record(node, &[input], y, |save| {
        let places = save.input("indices", &places);
        let names = Names { node, back: "MaxUnpoolBackwardBackward0" };
        move |cx, g| grads![cx; max_pool::gather(names, &g, &places.get(cx)?, n)]
    })
}

pub fn max_unpool2d(input: &Tensor, indices: &Tensor, output_size: &[i64]) -> Result<Tensor> {
    if indices.dtype() != DType::I64 {
        fail!(Runtime, "elements in indices should be type int64 but got: {}", indices.dtype().scalar_type());
    }
    if output_size.len() != 2 {
        fail!(Runtime, "There should be exactly two elements (height, width) in output_size, but got {} elements.", output_size.len());
    }
    unpool(2, input, indices, output_size)
}

pub fn max_unpool3d(input: &Tensor, indices: &Tensor, output_size: &[i64], stride: &[i64], padding: &[i64]) -> Result<Tensor> {
    if indices.dtype() != DType::I64 {
        fail!(Runtime, "elements in indices should be type int64");
    }
    for (name, list, but) in [("output_size", output_size, "but got"), ("stride", stride, "but got:"), ("padding", padding, "but got:")] {
        if list.len() != 3 {
            fail!(Runtime, "There should be exactly three elements (depth, height, width) in {name}, {but} {} elements.", list.len());
        }
    }
    if stride.iter().any(|&s| s <= 0) {
        fail!(Runtime, "strides should be greater than zero, but got stride: {}", shape::list(stride));
    }
    unpool(3, input, indices, output_size)
}
