//! Padding of the last dimensions: constant, reflected, replicated, circular. Sizes come last dimension first,
//! two for each; negative ones cut.

use crate::dtype::DType;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::graph::record::renamed;
use crate::kernels::axes::Axis;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::expr::grads;
use crate::ops::resample;
use crate::shape;
use crate::shape::Dims;
use crate::tensor::Tensor;

/// Pads by a mode's name.
pub fn pad(input: &Tensor, pad: &[i64], mode: &str, value: Option<f64>) -> Result<Tensor> {
    if !matches!(mode, "constant" | "reflect" | "replicate" | "circular") {
        fail!(NotImplemented, "Unrecognised padding mode {mode}");
    }
    let ndim = input.dim();
    if !pad.len().is_multiple_of(2) {
        fail!(Runtime, "Padding length must be divisible by 2");
    }
    if pad.len() > 2 * ndim {
        fail!(
            Runtime,
            "Padding length should be less than or equal to two times the input dimension but got padding length {} and input of dimension {ndim}",
            pad.len()
        );
    }
    if mode == "constant" {
        return constant_pad_nd(input, pad, Scalar::Float(value.unwrap_or(0.0)));
    }
    if value.is_some_and(|v| v != 0.0) {
        fail!(Runtime, "Padding mode \"{mode}\" doesn't take in value argument");
    }
    let n = pad.len() / 2;
    if !(1..=3).contains(&n) || !(n + 1..=n + 2).contains(&ndim) {
        fail!(
            NotImplemented,
            "Padding size {} is not supported for {ndim}D input tensor.\nSupported combinations for non-constant padding:\n  - 2D or 3D input: padding size = 2 (pads last dimension)\n  - 3D or 4D input: padding size = 4 (pads last 2 dimensions)\n  - 4D or 5D input: padding size = 6 (pads last 3 dimensions)",
            pad.len()
        );
    }
    match mode {
        "circular" => circular(input, pad),
        _ => bordered(input, pad, mode == "reflect"),
    }
}

/// y = x in a frame of `value`.  dx = g cut by the same sizes.
pub fn constant_pad_nd(input: &Tensor, pad: &[i64], value: Scalar) -> Result<Tensor> {
    let (ndim, n) = (input.dim(), pad.len() / 2);
    if !pad.len().is_multiple_of(2) {
        fail!(Runtime, "Length of pad must be even but instead it equals {}", pad.len());
    }
    if n > ndim {
        fail!(
            Runtime,
            "Length of pad should be no more than twice the number of dimensions of the input. Pad length is {}while the input has {ndim}dimensions.",
            pad.len()
        );
    }
    let mut sizes = input.dims();
    // Where the input's part starts in the output, and the output's part in the input.
    let (mut to, mut from, mut part): (Dims, Dims, Dims) = (Dims::from_elem(0, ndim), Dims::from_elem(0, ndim), input.dims());
    for i in 0..n {
        let (d, low, high) = (ndim - 1 - i, pad[2 * i], pad[2 * i + 1]);
        let size = input.sizes()[d];
        let (cut, kept) = ((-low).max(0), size.saturating_add(low.min(0)).saturating_add(high.min(0)));
        if kept < 0 {
            fail!(Runtime, "narrow(): length must be non-negative.");
        }
        sizes[d] = size.saturating_add(low).saturating_add(high);
        (to[d], from[d], part[d]) = (low.max(0), cut, kept);
    }
    let out = if part.as_slice() == sizes.as_slice() {
        Tensor::empty(&sizes, input.dtype())?
    } else {
        creation::check_fits(value, input.dtype())?;
        creation::filled(&sizes, value, input.dtype())?
    };
    copy::copy_data(&window(&out, &to, &part), &window(input, &from, &part))?;
    let back: Dims = pad.iter().map(|p| -p).collect();
    record("ConstantPadNdBackward0", &[input], out, |_| move |cx, g| grads![cx; constant_pad_nd(&g, &back, Scalar::Int(0))])
}

/// The part of `sizes` at `start`, without history.
fn window(t: &Tensor, start: &[i64], sizes: &[i64]) -> Tensor {
    let offset: i64 = if sizes.contains(&0) { 0 } else { start.iter().zip(t.strides()).map(|(i, s)| i * s).sum() };
    let strides = Dims::from_slice(t.strides());
    t.alias(Dims::from_slice(sizes), strides, (t.offset() as i64 + offset) as usize)
}

fn too_small(reflect: bool, input: &[i64], output: &[i64]) -> Result<()> {
    let (x, y) = (input, output);
    match (x.len(), reflect) {
        (1, _) => fail!(Runtime, "input (W: {}) is too small. Calculated output W: {}", x[0], y[0]),
        (2, true) => fail!(Runtime, "input (H: {}, W: {}) is too small. Calculated output H: {} W: {}", x[0], x[1], y[0], y[1]),
        (2, false) => fail!(Runtime, "input (H: {}, W: {} ) is too small. Calculated output H: {} W: {}", x[0], x[1], y[0], y[1]),
        _ => fail!(
            Runtime,
            "input (D: {} H: {}, W: {}) is too small. Calculated output D: {} H: {} W: {}",
            x[0],
            x[1],
            x[2],
            y[0],
            y[1],
            y[2]
        ),
    }
}

/// Beyond the border stands the image reflected at it, or its last element.
fn bordered(input: &Tensor, pad: &[i64], reflect: bool) -> Result<Tensor> {
    let (ndim, n) = (input.dim(), pad.len() / 2);
    let first = usize::from(ndim == n + 2);
    if input.sizes()[first..].contains(&0) {
        fail!(
            Runtime,
            "Expected {}D or {}D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: {}",
            n + 1,
            n + 2,
            shape::list(input.sizes())
        );
    }
    for (i, p) in pad.chunks_exact(2).enumerate() {
        let size = input.sizes()[ndim - 1 - i];
        if reflect && (p[0] >= size || p[1] >= size) {
            fail!(
                Runtime,
                "Argument #{}: Padding size should be less than the corresponding input dimension, but got: padding ({}, {}) at dimension {} of input {}",
                4 + 2 * i,
                p[0],
                p[1],
                ndim - 1 - i,
                shape::list(input.sizes())
            );
        }
    }
    let sizes = &input.sizes()[ndim - n..];
    let pads = |i: usize| (pad[2 * (n - 1 - i)], pad[2 * (n - 1 - i) + 1]);
    let out: Dims = (0..n).map(|i| sizes[i].saturating_add(pads(i).0).saturating_add(pads(i).1)).collect();
    if out.iter().all(|&o| o < 1) || out.iter().any(|&o| o < 0) {
        too_small(reflect, sizes, &out)?;
    }
    if input.dtype() == DType::Bool {
        fail!(NotImplemented, "\"{}_pad{n}d\" not implemented for 'Bool'", if reflect { "reflection" } else { "replication" });
    }
    let place = |i: usize, o: i64| {
        let (at, last) = (o - pads(i).0, sizes[i] - 1);
        match reflect {
            true if at < 0 => -at,
            true if at > last => 2 * last - at,
            true => at,
            false => at.clamp(0, last),
        }
    };
    shape::numel(&out, input.dtype().size())?;
    let axes = (0..n).map(|i| Axis::picking(sizes[i] as usize, (0..out[i]).map(|o| place(i, o) as usize))).collect();
    let (node, back) = match (reflect, n) {
        (true, 1) => ("ReflectionPad1DBackward0", "ReflectionPad1DBackwardBackward0"),
        (true, 2) => ("ReflectionPad2DBackward0", "ReflectionPad2DBackwardBackward0"),
        (true, _) => ("ReflectionPad3DBackward0", "ReflectionPad3DBackwardBackward0"),
        (false, 1) => ("ReplicationPad1DBackward0", "ReplicationPad1DBackwardBackward0"),
        (false, 2) => ("ReplicationPad2DBackward0", "ReplicationPad2DBackwardBackward0"),
        (false, _) => ("ReplicationPad3DBackward0", "ReplicationPad3DBackwardBackward0"),
    };
    resample::picked(node, back, input, axes)
}

/// Beyond the border the image begins again.
fn circular(input: &Tensor, pad: &[i64]) -> Result<Tensor> {
    let (ndim, n) = (input.dim(), pad.len() / 2);
    let mut axes = Vec::with_capacity(n);
    for i in 0..n {
        let (low, high, size) = (pad[2 * (n - 1 - i)], pad[2 * (n - 1 - i) + 1], input.sizes()[ndim - n + i]);
        if low > size || high > size {
            fail!(Runtime, "Padding value causes wrapping around more than once.");
        }
        let out = size.saturating_add(low).saturating_add(high);
        // What is left of the image after cutting is what repeats.
        let (first, kept) = (-low.min(0), size.saturating_add(low.min(0)).saturating_add(high.min(0)));
        if out < 0 || out > 0 && kept < 1 {
            fail!(Runtime, "Negative padding value is resulting in an empty dimension");
        }
        let place = |o: i64| first + (o - low.max(0)).rem_euclid(kept);
        axes.push(Axis::picking(size as usize, (0..out).map(|o| place(o) as usize)));
    }
    let out = resample::picked("CopySlices", "CopySlicesBackward0", input, axes)?;
    renamed(out, "CopySlices")
}
