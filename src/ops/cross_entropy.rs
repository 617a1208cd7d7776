//! Cross entropy: fused for plain logits (N, C) with class targets, else composed of log_softmax and the rest.

use crate::dtype::DType;
use crate::dtype::Element;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::fail;
use crate::graph::mode;
use crate::graph::node::Cx;
use crate::graph::record::record;
use crate::graph::saved::Slot;
use crate::kernels::float::Float;
use crate::kernels::softmax as kernels;
use crate::ops::compare;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::expr::Expr;
use crate::ops::expr::grads;
use crate::ops::loss::MEAN;
use crate::ops::loss::NONE;
use crate::ops::reduce;
use crate::ops::select;
use crate::ops::softmax;
use crate::ops::view;
use crate::shape;
use crate::tensor::Tensor;

use crate::ops::nll::Classes;
use crate::ops::nll::check_targets;
use crate::ops::nll::classes_of;
use crate::ops::nll::nll_backward;
use crate::ops::nll::nll_loss_nd;

/// Cross entropy of logits with class indices, or with class probabilities where the shapes are the same.
pub fn cross_entropy_loss(
    input: &Tensor,
    target: &Tensor,
    weight: Option<&Tensor>,
    reduction: i64,
    ignore_index: i64,
    label_smoothing: f64,
) -> Result<Tensor> {
    let plain =
        label_smoothing == 0.0 && weight.is_none() && input.dim() == 2 && target.dim() == 1 && input.sizes()[0] == target.sizes()[0];
    if plain
        && matches!(input.dtype(), DType::F32 | DType::F64)
        && target.dtype() == DType::I64
        && input.numel() > 0
        && input.is_contiguous()
        && target.is_contiguous()
    {
        return match input.dtype() {
            DType::F64 => fused::<f64>(input, target, reduction, ignore_index),
            _ => fused::<f32>(input, target, reduction, ignore_index),
        };
    }
    let d = (input.dim() > 1) as i64;
    if input.sizes() == target.sizes() {
        if !target.dtype().is_float() {
            fail!(Runtime, "Expected floating point type for target with class probabilities, got {}", target.dtype().scalar_type());
        }
        if ignore_index >= 0 {
            fail!(Runtime, "ignore_index is not supported for floating point target");
        }
        return probabilities(input, target, weight, reduction, label_smoothing, d);
    }
    let logs = softmax::log_softmax(input, d, None)?;
    if label_smoothing == 0.0 {
        return nll_loss_nd(&logs, target, weight, reduction, ignore_index);
    }
    check_smoothing(label_smoothing)?;
    let sharp = nll_loss_nd(&logs, target, weight, reduction, ignore_index)?;
    let smooth = uniform_part(&logs, target, weight, reduction, ignore_index, d)?;
    let classes = logs.sizes()[d as usize] as f64;
    (sharp * (1.0 - label_smoothing) + smooth * (label_smoothing / classes)).0
}

fn check_smoothing(label_smoothing: f64) -> Result<()> {
    if !(0.0..=1.0).contains(&label_smoothing) {
        fail!(Runtime, "label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}");
    }
    Ok(())
}

/// The loss against all classes alike.
fn uniform_part(logs: &Tensor, target: &Tensor, weight: Option<&Tensor>, reduction: i64, ignore_index: i64, d: i64) -> Result<Tensor> {
    let weighted = match weight {
        Some(w) => (logs * view::along(w, logs.dim(), d as usize)?).0?,
        None => logs.clone(),
    };
    let losses = (-reduce::sum(&weighted, Some(&[d]), false, None)?).0?;
    let ignored = compare::eq(target.into(), Scalar::Int(ignore_index).into())?;
    let losses = select::masked_fill(&losses, &ignored, Scalar::Int(0).into())?;
    if reduction == NONE {
        return Ok(losses);
    }
    let sum = reduce::sum(&losses, None, false, None)?;
    if reduction != MEAN {
        return Ok(sum);
    }
    let classes = classes_of(logs, target, weight, reduction, ignore_index)?;
    (sum / classes.total(logs.sizes())).0
}

fn probabilities(input: &Tensor, target: &Tensor, weight: Option<&Tensor>, reduction: i64, label_smoothing: f64, d: i64) -> Result<Tensor> {
    let classes = input.sizes().get(d as usize).copied().unwrap_or(1);
    if let Some(w) = weight
        && (w.dim() != 1 || w.numel() as i64 != classes)
    {
        fail!(
            Runtime,
            "cross_entropy: weight tensor should be defined either for all {classes} classes or no classes but got weight tensor of shape: {}",
            shape::list(w.sizes())
        );
    }
    let logs = softmax::log_softmax(input, d, None)?;
    let mut products = Expr(Ok(logs));
    if label_smoothing > 0.0 {
        check_smoothing(label_smoothing)?;
        products = products * (target * (1.0 - label_smoothing) + label_smoothing / classes as f64);
    } else {
        products = products * target;
    }
    if let Some(w) = weight {
        products = products * view::along(w, input.dim(), d as usize)?;
    }
    let products = products.0?;
    match reduction {
        NONE => (-reduce::sum(&products, (products.dim() > 0).then_some(&[d]), false, None)?).0,
        MEAN => (-reduce::sum(&products, None, false, None)? / (input.numel() as f64 / classes as f64)).0,
        _ => (-reduce::sum(&products, None, false, None)?).0,
    }
}

/// loss = log sum e^x - x[t].  dx = (softmax(x) - onehot(t)) g: keeps the probabilities.
fn fused<T: Float + Element>(input: &Tensor, target: &Tensor, reduction: i64, ignored: i64) -> Result<Tensor> {
    let width = input.sizes()[1] as usize;
    let at = target.as_slice::<i64>();
    check_targets(at, width, ignored)?;
    let (kept, losses) = (Tensor::empty(input.sizes(), T::DTYPE)?, Tensor::empty(target.sizes(), T::DTYPE)?);
    kernels::cross_entropy(input.as_slice::<T>(), at, ignored, losses.as_mut_slice(), kept.as_mut_slice(), width);
    let valid = at.iter().filter(|&&t| t != ignored).count() as f64;
    let out = if reduction == NONE {
        losses
    } else {
        let sum: f64 = losses.as_slice::<T>().iter().map(|&x| Float::to_f64(x)).sum();
        let out = Tensor::empty(&[], T::DTYPE)?;
        out.as_mut_slice::<T>()[0] = T::of(if reduction == MEAN { sum / valid } else { sum });
        out
    };
    record("NllLossBackward0", &[input], out, |save| {
        let (p, target, x) = (save.input("probabilities", &kept), save.input("target", target), save.input("self", input));
        let divisor = if reduction == MEAN { valid } else { 1.0 };
        move |cx, g| {
            let target = target.get(cx)?;
            grads![cx; if mode::grad_enabled() { recorded_slope(cx, &g, x, &target, divisor, ignored) } else { slope::<T>(&g, &p.get(cx)?, &target, divisor, ignored) }]
        }
    })
}

fn slope<T: Float + Element>(g: &Tensor, p: &Tensor, target: &Tensor, divisor: f64, ignored: i64) -> Result<Tensor> {
    let out = Tensor::empty(p.sizes(), T::DTYPE)?;
    let width = p.sizes()[1] as usize;
    let each = copy::contiguous(g)?;
    let each = each.as_slice::<T>();
    let one = [T::of(Float::to_f64(each[0]) / divisor)];
    let scales = if g.dim() == 0 { &one } else { each };
    kernels::cross_entropy_backward(p.as_slice::<T>(), target.as_slice(), ignored, scales, out.as_mut_slice(), width);
    Ok(out)
}

/// The same with tensor ops, to be differentiated again.
fn recorded_slope(cx: &Cx, g: &Tensor, x: Slot, target: &Tensor, divisor: f64, ignored: i64) -> Result<Tensor> {
    let x = x.get(cx)?;
    let classes = Classes { target: target.clone(), weight: None, reduction: NONE, ignored };
    let ones = creation::ones_like(&target.detach(), Some(x.dtype()))?;
    let negative = nll_backward("NllLossBackward0", &ones, &classes, &x.dims())?;
    let valid = copy::to_dtype(&compare::ne(target.into(), Scalar::Int(ignored).into())?, x.dtype(), false)?;
    let scale = view::unsqueeze(&(g * (valid / divisor)).0?, 1)?;
    ((softmax::softmax(&x, 1, None)? + negative) * scale).0
}
