//! Normalisation. layer_norm of rows is a fused kernel; the others bring their input into its form.

use crate::dtype::DType;
use crate::dtype::Element;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::fail;
use crate::graph::foreign::Grads;
use crate::graph::mode;
use crate::graph::node::Cx;
use crate::graph::record::record;
use crate::graph::record::recording;
use crate::graph::record::renamed;
use crate::kernels::float::Float;
use crate::kernels::norm as kernels;
use crate::ops::activation::refuse_integers;
use crate::ops::batch_norm as fused;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::elementwise::precision;
use crate::ops::expr::Expr;
use crate::ops::expr::TermMath;
use crate::ops::moments;
use crate::ops::reduce;
use crate::ops::select;
use crate::ops::softmax::compute_type;
use crate::ops::transcendental;
use crate::ops::view;
use crate::shape;
use crate::shape::Dims;
use crate::tensor::Tensor;

fn slice<T: Element>(t: Option<&Tensor>) -> &[T] {
    t.map_or(&[], |t| t.as_slice())
}

#[allow(clippy::mut_from_ref)]
fn slice_mut<T: Element>(t: &Option<Tensor>) -> &mut [T] {
    match t {
        Some(t) => t.as_mut_slice(),
        None => &mut [],
    }
}

/// Output, mean and 1 / deviation of each row.
fn forward<T: Float + Element>(x: &Tensor, weight: Option<&Tensor>, bias: Option<&Tensor>, eps: f64, width: usize) -> Result<[Tensor; 3]> {
    let rows = [x.numel() as i64 / (width as i64).max(1)];
    let (out, mean, rstd) = (Tensor::empty(x.sizes(), T::DTYPE)?, Tensor::empty(&rows, T::DTYPE)?, Tensor::empty(&rows, T::DTYPE)?);
    if x.numel() > 0 {
        let affine = kernels::Affine { weight: slice::<T>(weight), bias: slice(bias), eps };
        kernels::forward(x.as_slice::<T>(), affine, out.as_mut_slice(), mean.as_mut_slice(), rstd.as_mut_slice(), width);
    }
    Ok([out, mean, rstd])
}

fn check_shape(input: &Tensor, normalized_shape: &[i64], weight: Option<&Tensor>, bias: Option<&Tensor>) -> Result<()> {
    let k = normalized_shape.len();
    if k == 0 {
        fail!(
            Runtime,
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got normalized_shape = []"
        );
    }
    for (name, t) in [("weight", weight), ("bias", bias)] {
        if let Some(t) = t
            && t.sizes() != normalized_shape
        {
            fail!(
                Runtime,
                "Expected {name} to be of same shape as normalized_shape, but got {name} of shape {} and normalized_shape = {}",
                shape::list(t.sizes()),
                shape::list(normalized_shape)
            );
        }
    }
    if input.dim() < k || input.sizes()[input.dim() - k..] != *normalized_shape {
        let text: Vec<String> = normalized_shape.iter().map(i64::to_string).collect();
        fail!(
            Runtime,
            "Given normalized_shape={}, expected input with shape [*, {}], but got input of size{}",
            shape::list(normalized_shape),
            text.join(", "),
            shape::list(input.sizes())
        );
    }
    Ok(())
}

/// y = (x - mean) / sqrt(var + eps) w + b over the last dimensions: keeps input, mean, deviation and weight.
pub fn layer_norm(
    input: &Tensor,
    normalized_shape: &[i64],
    weight: Option<&Tensor>,
    bias: Option<&Tensor>,
    eps: f64,
    _cudnn: bool,
) -> Result<Tensor> {
    check_shape(input, normalized_shape, weight, bias)?;
    refuse_integers(input, "LayerNormKernelImpl")?;
    let width = normalized_shape.iter().product::<i64>() as usize;
    norm(input, weight, bias, eps, width, normalized_shape.len())
}

fn norm(input: &Tensor, weight: Option<&Tensor>, bias: Option<&Tensor>, eps: f64, width: usize, k: usize) -> Result<Tensor> {
    let compute = compute_type(input.dtype());
    let x = copy::prepared(input, compute)?;
    let (w, b) = (weight.map(|t| copy::prepared(t, compute)).transpose()?, bias.map(|t| copy::prepared(t, compute)).transpose()?);
    let [out, mean, rstd] = match compute {
        DType::F64 => forward::<f64>(&x, w.as_ref(), b.as_ref(), eps, width)?,
        _ => forward::<f32>(&x, w.as_ref(), b.as_ref(), eps, width)?,
    };
    let out = copy::to_dtype(&out, input.dtype(), false)?;
    record("NativeLayerNormBackward0", &[Some(input), weight, bias], out, |save| {
        let x = save.input("input", input);
        let w = save.optional("weight", weight);
        let (mean, rstd) = (save.input("result1", &mean), save.input("result2", &rstd));
        move |cx, g| {
            let (x, w) = (x.get(cx)?, w.map(|w| w.get(cx)).transpose()?);
            if recording(&[Some(&g), Some(&x), w.as_ref()]) {
                return recorded(cx, &g, &x, w.as_ref(), eps, k);
            }
            let moments = (mean.get(cx)?, rstd.get(cx)?);
            match compute_type(x.dtype()) {
                DType::F64 => backward::<f64>(cx, &g, &x, w.as_ref(), moments, width, k),
                _ => backward::<f32>(cx, &g, &x, w.as_ref(), moments, width, k),
            }
        }
    })
}

fn backward<T: Float + Element>(
    cx: &Cx,
    g: &Tensor,
    x: &Tensor,
    w: Option<&Tensor>,
    moments: (Tensor, Tensor),
    width: usize,
    k: usize,
) -> Result<Grads> {
    let (g, plain) = (copy::prepared(g, T::DTYPE)?, copy::prepared(x, T::DTYPE)?);
    let w = w.map(|w| copy::prepared(w, T::DTYPE)).transpose()?;
    let tail = &x.sizes()[x.dim() - k..];
    let wanted = |i: usize, sizes: &[i64]| cx.needs(i).then(|| creation::zeros(sizes, T::DTYPE)).transpose();
    let (dx, dw, db) = (wanted(0, x.sizes())?, wanted(1, tail)?, wanted(2, tail)?);
    if x.numel() > 0 {
        let kept =
            kernels::Kept { x: plain.as_slice::<T>(), weight: slice(w.as_ref()), mean: moments.0.as_slice(), rstd: moments.1.as_slice() };
        kernels::backward(g.as_slice::<T>(), &kept, slice_mut(&dx), slice_mut(&dw), slice_mut(&db), width);
    }
    Ok(smallvec::smallvec![dx, dw, db])
}

/// The same with tensor ops, to be differentiated again.
fn recorded(cx: &Cx, g: &Tensor, x: &Tensor, w: Option<&Tensor>, eps: f64, k: usize) -> Result<Grads> {
    let dims: Dims = (1..=k as i64).map(|i| -i).collect();
    let mean = |t: &Tensor| reduce::mean(t, Some(&dims), true, None);
    let centered = (x - mean(x)?).0?;
    let rstd = ((&centered).square().apply(mean) + eps).apply(transcendental::rsqrt).0?;
    let unit = (&centered * &rstd).0?;
    let scaled = match w {
        Some(w) => (g * w).0?,
        None => g.clone(),
    };
    let along = (&scaled * &unit).apply(mean);
    let dx = (&rstd * (&scaled - mean(&scaled)? - &unit * along)).0?;
    let tail = &x.sizes()[x.dim() - k..];
    let dw = cx.needs(1).then(|| reduce::sum_to(&(g * &unit).0?, tail)).transpose()?;
    let db = cx.needs(2).then(|| reduce::sum_to(g, tail)).transpose()?;
    Ok(smallvec::smallvec![Some(dx), dw, db])
}

/// x w + b, both over dimension 1.
fn affine(x: Tensor, weight: Option<&Tensor>, bias: Option<&Tensor>) -> Result<Tensor> {
    let ndim = x.dim();
    let mut out = Expr(Ok(x));
    if let Some(w) = weight {
        out = out * view::along(w, ndim, 1)?;
    }
    if let Some(b) = bias {
        out = out + view::along(b, ndim, 1)?;
    }
    out.0
}

/// Rows of equal length, each normalised.
fn norm_rows(x: &Tensor, rows: i64, eps: f64) -> Result<Tensor> {
    let width = if rows > 0 { x.numel() as i64 / rows } else { 0 };
    norm(&view::reshape(x, &[rows, width])?, None, None, eps, width as usize, 1)
}

fn check_channels(what: &str, t: Option<&Tensor>, channels: i64) -> Result<()> {
    match t {
        Some(t) if t.numel() as i64 != channels => {
            fail!(Runtime, "{what} should contain {channels} elements not {}", t.numel())
        }
        _ => Ok(()),
    }
}

/// layer_norm of the groups of channels of each sample, then scale and shift by channel.
pub fn group_norm(
    input: &Tensor,
    num_groups: i64,
    weight: Option<&Tensor>,
    bias: Option<&Tensor>,
    eps: f64,
    _cudnn: bool,
) -> Result<Tensor> {
    if num_groups <= 0 {
        fail!(Runtime, "Expected num groups to be greater than 0, got {num_groups}");
    }
    input.size(1)?;
    let (n, c) = (input.sizes()[0], input.sizes()[1]);
    if c % num_groups != 0 {
        fail!(
            Runtime,
            "Expected number of channels in input to be divisible by num_groups, but got input of shape {} and num_groups={num_groups}",
            shape::list(input.sizes())
        );
    }
    for (name, t) in [("weight", weight), ("bias", bias)] {
        if let Some(t) = t
            && (t.dim() != 1 || t.numel() as i64 != c)
        {
            // PyTorch shows the weight's shape for both.
            let t = weight.unwrap_or(t);
            fail!(
                Runtime,
                "Expected {name} to be a vector of size equal to the number of channels in input, but got {name} of shape {} and input of shape {}",
                shape::list(t.sizes()),
                shape::list(input.sizes())
            );
        }
    }
    refuse_integers(input, "GroupNormKernelImpl")?;
    let unit = view::reshape(&norm_rows(input, n * num_groups, eps)?, input.sizes())?;
    renamed(affine(unit, weight, bias)?, "NativeGroupNormBackward0")
}

/// Parameters of another dtype are float32 beside half types.
fn check_mixed(input: &Tensor, parameters: &[Option<&Tensor>]) -> Result<()> {
    let given = || parameters.iter().flatten();
    if given().all(|t| t.dtype() == input.dtype()) {
        return Ok(());
    }
    if given().any(|t| t.dtype() != DType::F32) {
        fail!(Runtime, "mixed dtype (CPU): expect parameter to have scalar type of Float");
    }
    if !matches!(input.dtype(), DType::F16 | DType::BF16) {
        fail!(Runtime, "mixed dtype (CPU): all inputs must share same datatype.");
    }
    Ok(())
}

/// running = (1 - momentum) running + momentum batch, in place; an empty batch changes nothing.
fn update(running: Option<&Tensor>, empty: bool, batch: impl FnOnce() -> Result<Tensor>, momentum: f64) -> Result<()> {
    let Some(running) = running else { return Ok(()) };
    if empty {
        return Ok(());
    }
    mode::no_grad(|| {
        let next = (&running.detach() * (1.0 - momentum) + batch()? * momentum).0?;
        copy::copy_data(running, &next)
    })?;
    running.bump_version();
    Ok(())
}

/// Normalises each channel over the batch, or by the running mean and variance.
#[allow(clippy::too_many_arguments)]
pub fn batch_norm(
    input: &Tensor,
    weight: Option<&Tensor>,
    bias: Option<&Tensor>,
    running_mean: Option<&Tensor>,
    running_var: Option<&Tensor>,
    training: bool,
    momentum: f64,
    eps: f64,
    _cudnn: bool,
) -> Result<Tensor> {
    if input.dim() < 2 && input.numel() == 0 {
        return Ok(input.clone());
    }
    let c = input.sizes().get(1).copied().unwrap_or(0);
    for (name, t) in [("running_mean", running_mean), ("running_var", running_var), ("weight", weight), ("bias", bias)] {
        check_channels(name, t, c)?;
    }
    if input.dim() < 2 {
        fail!(Index, "Dimension out of range (expected to be in range of [-1, 0], but got 1)");
    }
    refuse_integers(input, "batch_norm")?;
    check_mixed(input, &[weight, bias, running_mean, running_var])?;
    let node = "NativeBatchNormBackward0";
    if !training {
        let (Some(mean), Some(var)) = (running_mean, running_var) else {
            fail!(Runtime, "{} must be defined in evaluation mode", if running_mean.is_none() { "running_mean" } else { "running_var" });
        };
        // Factor and shift in the compute type, so that halves are rounded once.
        let exact = |t: &Tensor| copy::to_dtype(t, compute_type(input.dtype()), false);
        let rstd = (exact(&var.detach())? + eps).apply(transcendental::rsqrt).0?;
        let factor = weight.map_or(Ok(rstd.clone()), |w| (&rstd * exact(w)?).0)?;
        let moved = (exact(&mean.detach())? * &factor).0?;
        let shift = bias.map_or_else(|| (-&moved).0, |b| (exact(b)? - &moved).0)?;
        let wide = |t: &Tensor| view::along(t, input.dim(), 1);
        let out = select::addcmul(&wide(&shift)?, input, &wide(&factor)?, Scalar::Int(1))?;
        return renamed(copy::to_dtype(&out, input.dtype(), false)?, node);
    }
    if let Some(planes) = fused::planes(input) {
        let [out, mean, var] = fused::fused(input, planes, weight, bias, eps)?;
        let count = (planes.images * planes.pixels) as f64;
        update(running_mean, false, || Ok(mean), momentum)?;
        update(running_var, false, || (var * (count / (count - 1.0))).0, momentum)?;
        return Ok(out);
    }
    let moved = view::transpose(input, 0, 1)?;
    let rows = view::reshape(&moved, &[c, if c > 0 { input.numel() as i64 / c } else { 0 }])?;
    let plain = rows.detach();
    update(running_mean, input.numel() == 0, || reduce::mean(&plain, Some(&[1]), false, None), momentum)?;
    update(running_var, input.numel() == 0, || moments::var(&plain, Some(&[1]), Some(Scalar::Int(1)), false), momentum)?;
    let unit = view::transpose(&view::reshape(&norm_rows(&rows, c, eps)?, moved.sizes())?, 0, 1)?;
    let out = affine(copy::contiguous(&unit)?, weight, bias)?;
    renamed(copy::to_dtype(&out, input.dtype(), false)?, node)
}

/// Normalises each channel of each sample, or by the running mean and variance.
#[allow(clippy::too_many_arguments)]
pub fn instance_norm(
    input: &Tensor,
    weight: Option<&Tensor>,
    bias: Option<&Tensor>,
    running_mean: Option<&Tensor>,
    running_var: Option<&Tensor>,
    use_input_stats: bool,
    momentum: f64,
    eps: f64,
    cudnn: bool,
) -> Result<Tensor> {
    if !use_input_stats {
        if running_mean.is_none() || running_var.is_none() {
            fail!(Runtime, "Expected running_mean and running_var to be defined when use_input_stats is false");
        }
        return batch_norm(input, weight, bias, running_mean, running_var, false, momentum, eps, cudnn);
    }
    refuse_integers(input, "batch_norm")?;
    let (n, c) = (input.sizes()[0], input.sizes()[1]);
    for (name, t) in [("running_mean", running_mean), ("running_var", running_var), ("weight", weight), ("bias", bias)] {
        if let Some(t) = t
            && t.numel() as i64 != c
        {
            // As PyTorch counts: of all samples together.
            fail!(Runtime, "{name} should contain {} elements not {}", n * c, n * t.numel() as i64);
        }
    }
    let rows = view::reshape(input, &[n * c, if n * c > 0 { input.numel() as i64 / (n * c) } else { 0 }])?;
    let plain = view::reshape(&rows.detach(), &[n, c, rows.sizes()[1]])?;
    let average = |t: Tensor| reduce::mean(&t, Some(&[0]), false, None);
    update(running_mean, input.numel() == 0, || average(reduce::mean(&plain, Some(&[2]), false, None)?), momentum)?;
    update(running_var, input.numel() == 0, || average(moments::var(&plain, Some(&[2]), Some(Scalar::Int(1)), false)?), momentum)?;
    let unit = view::reshape(&norm_rows(&rows, n * c, eps)?, input.sizes())?;
    renamed(affine(unit, weight, bias)?, "ViewBackward0")
}

/// y = x / sqrt(mean x^2 + eps) w over the last dimensions.
pub fn rms_norm(input: &Tensor, normalized_shape: &[i64], weight: Option<&Tensor>, eps: Option<f64>) -> Result<Tensor> {
    check_shape(input, normalized_shape, weight, None)?;
    let compute = compute_type(input.dtype());
    let eps = eps.unwrap_or(precision(input.dtype()));
    let dims: Dims = (1..=normalized_shape.len() as i64).map(|i| -i).collect();
    let x = copy::to_dtype(input, compute, false)?;
    let scale = ((&x).square().apply(|t| reduce::mean(t, Some(&dims), true, None)) + eps).apply(transcendental::rsqrt);
    let unit = (&x * scale).0?;
    let out = match weight {
        Some(w) => (unit * w).0?,
        None => unit,
    };
    copy::to_dtype(&out, input.dtype(), false)
}
