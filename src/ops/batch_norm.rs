//! Channels normalised over the batch: the fused form, for features and for images with enough pixels, and its derivative.

use crate::dtype::DType;
use crate::dtype::Element;
use crate::error::Result;
use crate::graph::foreign::Grads;
use crate::graph::mode;
use crate::graph::node::Cx;
use crate::graph::record::record;
use crate::graph::record::recording;
use crate::kernels::channels as kernels;
use crate::kernels::channels::Planes;
use crate::kernels::float::Float;
use crate::ops::copy;
use crate::ops::expr::Expr;
use crate::ops::expr::TermMath;
use crate::ops::reduce;
use crate::ops::softmax::compute_type;
use crate::ops::transcendental;
use crate::ops::view;
use crate::shape::Dims;
use crate::tensor::Tensor;

/// Pixels of a channel from which rows of them are worth a loop; a single one goes by columns.
const PIXELS: usize = 16;

/// The input as images of channels, if the fused form takes it.
pub fn planes(input: &Tensor) -> Option<Planes> {
    let (sizes, pixels) = (input.sizes(), input.sizes()[2..].iter().product::<i64>() as usize);
    let planes = Planes { images: sizes[0] as usize, channels: sizes[1] as usize, pixels };
    (input.numel() > 0 && (pixels >= PIXELS || pixels == 1)).then_some(planes)
}

/// y = (x - mean) / sqrt(var + eps) w + b, with the moments of each channel: keeps input, weight, mean and deviation.
/// Also gives mean and variance.
pub fn fused(input: &Tensor, planes: Planes, weight: Option<&Tensor>, bias: Option<&Tensor>, eps: f64) -> Result<[Tensor; 3]> {
    match compute_type(input.dtype()) {
        DType::F64 => forward::<f64>(input, planes, weight, bias, eps),
        _ => forward::<f32>(input, planes, weight, bias, eps),
    }
}

fn forward<T: Float + Element>(
    input: &Tensor,
    planes: Planes,
    weight: Option<&Tensor>,
    bias: Option<&Tensor>,
    eps: f64,
) -> Result<[Tensor; 3]> {
    let x = copy::prepared(input, T::DTYPE)?;
    let by_channel = [planes.channels as i64];
    let (mean, var) = (Tensor::empty(&by_channel, T::DTYPE)?, Tensor::empty(&by_channel, T::DTYPE)?);
    kernels::moments(x.as_slice::<T>(), planes, mean.as_mut_slice(), var.as_mut_slice());
    let out = Tensor::empty(input.sizes(), T::DTYPE)?;
    let rstd = mode::no_grad(|| {
        let rstd = (&var + eps).apply(transcendental::rsqrt).0?;
        let factor = match weight {
            Some(w) => (&rstd * copy::values(w, T::DTYPE)?).0?,
            None => rstd.clone(),
        };
        let shift = match bias {
            Some(b) => (copy::values(b, T::DTYPE)? - &mean * &factor).0?,
            None => (-(&mean * &factor)).0?,
        };
        kernels::scale(x.as_slice::<T>(), planes, factor.as_slice(), shift.as_slice(), out.as_mut_slice());
        Ok(rstd)
    })?;
    let out = copy::to_dtype(&out, input.dtype(), false)?;
    let out = record("NativeBatchNormBackward0", &[Some(input), weight, bias], out, |save| {
        let (x, w) = (save.input("input", input), save.optional("weight", weight));
        let (mean, rstd) = (save.input("result1", &mean), save.input("result2", &rstd));
        move |cx, g| {
            let (x, w) = (x.get(cx)?, w.map(|w| w.get(cx)).transpose()?);
            if recording(&[Some(&g), Some(&x), w.as_ref()]) {
                return recorded(cx, &g, &x, w.as_ref(), eps);
            }
            backward::<T>(cx, &g, &x, w.as_ref(), planes, &mean.get(cx)?, &rstd.get(cx)?)
        }
    })?;
    Ok([out, mean, var])
}

fn backward<T: Float + Element>(
    cx: &Cx,
    g: &Tensor,
    x: &Tensor,
    w: Option<&Tensor>,
    planes: Planes,
    mean: &Tensor,
    rstd: &Tensor,
) -> Result<Grads> {
    let (g, plain) = (copy::prepared(g, T::DTYPE)?, copy::prepared(x, T::DTYPE)?);
    let w = w.map(|w| copy::prepared(w, T::DTYPE)).transpose()?;
    let dx = cx.needs(0).then(|| Tensor::empty(x.sizes(), T::DTYPE)).transpose()?;
    let by_channel = || Tensor::empty(&[planes.channels as i64], T::DTYPE);
    let (dw, db) = (by_channel()?, by_channel()?);
    let kept = kernels::Kept { mean: mean.as_slice(), rstd: rstd.as_slice(), weight: w.as_ref().map_or(&[], |w| w.as_slice::<T>()) };
    let to: &mut [T] = dx.as_ref().map_or(&mut [], |t| t.as_mut_slice());
    kernels::backward(g.as_slice::<T>(), plain.as_slice(), planes, &kept, to, dw.as_mut_slice(), db.as_mut_slice());
    Ok(smallvec::smallvec![dx, cx.needs(1).then_some(dw), cx.needs(2).then_some(db)])
}

/// The same with tensor ops, to be differentiated again.
fn recorded(cx: &Cx, g: &Tensor, x: &Tensor, w: Option<&Tensor>, eps: f64) -> Result<Grads> {
    let dims: Dims = (0..x.dim() as i64).filter(|&d| d != 1).collect();
    let mean = |t: &Tensor| reduce::mean(t, Some(&dims), true, None);
    let centered = (x - mean(x)?).0?;
    let rstd = ((&centered).square().apply(mean) + eps).apply(transcendental::rsqrt).0?;
    let unit = (&centered * &rstd).0?;
    let scaled = match w {
        Some(w) => (g * view::along(w, x.dim(), 1)?).0?,
        None => g.clone(),
    };
    let along = (&scaled * &unit).apply(mean);
    let dx = (&rstd * (&scaled - mean(&scaled)? - &unit * along)).0?;
    let sum = |t: Expr| t.apply(|t| reduce::sum(t, Some(&dims), false, None)).0;
    let dw = cx.needs(1).then(|| sum(g * &unit)).transpose()?;
    let db = cx.needs(2).then(|| sum(Expr(Ok(g.clone())))).transpose()?;
    Ok(smallvec::smallvec![Some(dx), dw, db])
}
