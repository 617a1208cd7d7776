//! Negative log-likelihood of class targets, and cross entropy: fused for plain logits (N, C), else composed of
//! log_softmax and the rest.

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
use crate::ops::softmax::compute_type;
use crate::ops::view;
use crate::shape;
use crate::shape::Dims;
use crate::tensor::Tensor;

/// What nll_loss asks besides its input.
#[derive(Clone)]
struct Classes {
    /// int64, contiguous, checked.
    target: Tensor,
    weight: Option<Tensor>,
    reduction: i64,
    ignored: i64,
}

/// The class dimension in the middle: (batch, classes, rest).
fn split(sizes: &[i64]) -> (usize, usize, usize) {
    match sizes.len() {
        1 => (1, sizes[0] as usize, 1),
        _ => (sizes[0] as usize, sizes[1] as usize, sizes[2..].iter().product::<i64>() as usize),
    }
}

fn classes_of(input: &Tensor, target: &Tensor, weight: Option<&Tensor>, reduction: i64, ignored: i64) -> Result<Classes> {
    crate::ops::activation::refuse_integers(input, "nll_loss_out_frame")?;
    if !matches!(target.dtype(), DType::I64 | DType::U8) {
        fail!(Runtime, "expected target dtype to be Long or Byte, but got {}", target.dtype().scalar_type());
    }
    let target = copy::contiguous(&copy::to_dtype(&target.detach(), DType::I64, false)?)?;
    check_targets(target.as_slice(), split(input.sizes()).1, ignored)?;
    let weight = weight.map(|w| copy::contiguous(&copy::to_dtype(&w.detach(), compute_type(input.dtype()), false)?)).transpose()?;
    Ok(Classes { target, weight, reduction, ignored })
}

fn check_targets(target: &[i64], classes: usize, ignored: i64) -> Result<()> {
    match target.iter().find(|&&t| t as u64 >= classes as u64 && t != ignored) {
        Some(t) => fail!(Index, "Target {t} is out of bounds."),
        None => Ok(()),
    }
}

impl Classes {
    /// Calls `f(target number, position of its class among the input's elements, weight)`.
    fn each<T: Float + Element>(&self, sizes: &[i64], mut f: impl FnMut(usize, usize, T)) {
        let (_, classes, rest) = split(sizes);
        let weights = self.weight.as_ref().map(|w| w.as_slice::<T>());
        for (i, &t) in self.target.as_slice::<i64>().iter().enumerate() {
            if t != self.ignored {
                let at = (i / rest * classes + t as usize) * rest + i % rest;
                f(i, at, weights.map_or(T::ONE, |w| w[t as usize]));
            }
        }
    }

    /// The sum of the targets' weights.
    fn total(&self, sizes: &[i64]) -> f64 {
        let mut total = 0.0;
        match &self.weight {
            Some(w) if w.dtype() == DType::F64 => self.each::<f64>(sizes, |_, _, w| total += w),
            _ => self.each::<f32>(sizes, |_, _, w| total += w as f64),
        }
        total
    }

    fn losses<T: Float + Element>(&self, input: &Tensor) -> Result<Tensor> {
        let x = copy::contiguous(&copy::to_dtype(&input.detach(), T::DTYPE, false)?)?;
        let x = x.as_slice::<T>();
        if self.reduction == NONE {
            let out = creation::zeros(self.target.sizes(), T::DTYPE)?;
            let losses = out.as_mut_slice::<T>();
            self.each::<T>(input.sizes(), |i, at, w| losses[i] = -w * x[at]);
            return Ok(out);
        }
        let mut sum = 0.0;
        self.each::<T>(input.sizes(), |_, at, w| sum -= Float::to_f64(w * x[at]));
        let scale = if self.reduction == MEAN { self.total(input.sizes()) } else { 1.0 };
        creation::filled(&[], Scalar::Float(sum / scale), T::DTYPE)
    }

    fn spread<T: Float + Element>(&self, g: &Tensor, sizes: &[i64]) -> Result<Tensor> {
        let out = creation::zeros(sizes, T::DTYPE)?;
        let g = copy::contiguous(&copy::to_dtype(&g.detach(), T::DTYPE, false)?)?;
        let (g, dx) = (g.as_slice::<T>(), out.as_mut_slice::<T>());
        let scale = if self.reduction == MEAN { g[0] / T::of(self.total(sizes)) } else { T::ONE };
        self.each::<T>(sizes, |i, at, w| {
            dx[at] = -w * match self.reduction {
                NONE => g[i],
                MEAN => scale,
                _ => g[0],
            }
        });
        Ok(out)
    }
}

/// y = -sum w[t] x[t] (over sum w[t]).  dx[t] = -w[t] g: keeps targets and weights.
fn nll(node: &'static str, input: &Tensor, classes: &Classes) -> Result<Tensor> {
    let out = match compute_type(input.dtype()) {
        DType::F64 => classes.losses::<f64>(input)?,
        _ => classes.losses::<f32>(input)?,
    };
    let out = copy::to_dtype(&out, input.dtype(), false)?;
    record(node, &[input], out, |_| {
        let (classes, sizes) = (classes.clone(), input.dims());
        move |cx, g| grads![cx; nll_backward(node, &g, &classes, &sizes)]
    })
}

fn nll_backward(node: &'static str, g: &Tensor, classes: &Classes, sizes: &Dims) -> Result<Tensor> {
    let out = match compute_type(g.dtype()) {
        DType::F64 => classes.spread::<f64>(g, sizes)?,
        _ => classes.spread::<f32>(g, sizes)?,
    };
    let out = copy::to_dtype(&out, g.dtype(), false)?;
    record("NllLossBackwardBackward0", &[g], out, |_| {
        let classes = classes.clone();
        move |cx, gg| grads![cx; nll(node, &gg, &classes)]
    })
}

fn check_weight(weight: Option<&Tensor>, classes: i64, spatial: bool) -> Result<()> {
    match weight {
        Some(w) if spatial && w.numel() as i64 != classes => {
            fail!(Runtime, "weight tensor should be defined either for all or no classes")
        }
        Some(w) if w.dim() != 1 || w.numel() as i64 != classes => {
            fail!(
                Runtime,
                "weight tensor should be defined either for all {classes} classes or no classes but got weight tensor of shape: {}",
                shape::list(w.sizes())
            )
        }
        _ => Ok(()),
    }
}

/// -w[target] input[target] for input (N, C) or (C).
pub fn nll_loss(input: &Tensor, target: &Tensor, weight: Option<&Tensor>, reduction: i64, ignore_index: i64) -> Result<Tensor> {
    if input.dim() == 0 || input.dim() > 2 {
        fail!(Runtime, "input tensor should be 1D or 2D");
    }
    if target.dim() > 1 {
        fail!(Runtime, "0D or 1D target tensor expected, multi-target not supported");
    }
    let single = input.dim() == 1 && target.dim() == 0;
    if !single && input.sizes()[0] != target.numel() as i64 {
        fail!(Runtime, "size mismatch (got input: {}, target: {})", shape::list(input.sizes()), shape::list(target.sizes()));
    }
    check_weight(weight, *input.sizes().last().expect("one dimension at least"), false)?;
    nll("NllLossBackward0", input, &classes_of(input, target, weight, reduction, ignore_index)?)
}

/// The same for input (N, C, ...) and target (N, ...).
pub fn nll_loss_nd(input: &Tensor, target: &Tensor, weight: Option<&Tensor>, reduction: i64, ignore_index: i64) -> Result<Tensor> {
    let n = input.dim();
    if n < 1 {
        fail!(Value, "Expected 1 or more dimensions (got {n})");
    }
    if n != 1 && input.sizes()[0] != target.sizes().first().copied().unwrap_or(1) {
        let batch = target.sizes().first().copied().unwrap_or(1);
        fail!(Value, "Expected input batch_size ({}) to match target batch_size ({batch}).", input.sizes()[0]);
    }
    if n == 1 && target.dim() == 1 && target.sizes()[0] != 1 {
        fail!(Value, "For 1D input, 1D target must have size 1, but got target size: {}", target.sizes()[0]);
    }
    if n <= 2 {
        return nll_loss(input, target, weight, reduction, ignore_index);
    }
    if n == 4 && target.dim() != 3 {
        fail!(Runtime, "only batches of spatial targets supported (3D tensors) but got targets of dimension: {}", target.dim());
    }
    let mut wanted = input.dims();
    wanted.remove(1);
    if target.sizes() != wanted.as_slice() {
        if n == 4 {
            fail!(Runtime, "size mismatch (got input: {} , target: {}", shape::list(input.sizes()), shape::list(target.sizes()));
        }
        fail!(Runtime, "Expected target size {}, got {}", shape::list(&wanted), shape::list(target.sizes()));
    }
    check_weight(weight, input.sizes()[1], true)?;
    nll("NllLoss2DBackward0", input, &classes_of(input, target, weight, reduction, ignore_index)?)
}

/// Cross entropy of logits with class indices, or with class probabilities where the shapes are the same.
pub fn cross_entropy_loss(input: &Tensor, target: &Tensor, weight: Option<&Tensor>, reduction: i64, ignore_index: i64, label_smoothing: f64) -> Result<Tensor> {
    let plain = label_smoothing == 0.0 && weight.is_none() && input.dim() == 2 && target.dim() == 1 && input.sizes()[0] == target.sizes()[0];
    if plain && matches!(input.dtype(), DType::F32 | DType::F64) && target.dtype() == DType::I64 && input.numel() > 0 && input.is_contiguous() && target.is_contiguous() {
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

/// A vector over the classes, ready to multiply an input of `ndim` dimensions.
fn along_classes(weight: &Tensor, ndim: usize, d: i64) -> Result<Tensor> {
    let mut sizes: Dims = smallvec::SmallVec::from_elem(1, ndim);
    sizes[d as usize] = weight.numel() as i64;
    view::reshape(weight, &sizes)
}

/// The loss against all classes alike.
fn uniform_part(logs: &Tensor, target: &Tensor, weight: Option<&Tensor>, reduction: i64, ignore_index: i64, d: i64) -> Result<Tensor> {
    let weighted = match weight {
        Some(w) => (logs * along_classes(w, logs.dim(), d)?).0?,
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
        fail!(Runtime, "cross_entropy: weight tensor should be defined either for all {classes} classes or no classes but got weight tensor of shape: {}", shape::list(w.sizes()));
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
        products = products * along_classes(w, input.dim(), d)?;
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
    let one = [T::of(Float::to_f64(copy::contiguous(g)?.as_slice::<T>()[0]) / divisor)];
    let each = copy::contiguous(g)?;
    let scales = if g.dim() == 0 { &one } else { each.as_slice::<T>() };
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
