//! Losses made of other operations: divergences, Poisson counts, hinges and margins.

use crate::dtype::DType;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::fail;
use crate::graph::record::renamed;
use crate::ops::arithmetic;
use crate::ops::compare;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::distance::pairwise_distance;
use crate::ops::expr::Expr;
use crate::ops::expr::TermMath;
use crate::ops::index;
use crate::ops::loss::reduced;
use crate::ops::reduce;
use crate::ops::select;
use crate::ops::transcendental;
use crate::ops::view;
use crate::tensor::Tensor;

fn floor_at_zero(x: Expr) -> Result<Tensor> {
    select::clamp_min(&x.0?, Scalar::Int(0))
}

/// y where `target` equals `wanted`, else 0.
fn where_equal(target: &Tensor, wanted: i64, y: &Tensor) -> Result<Tensor> {
    select::where_(&compare::eq(target.into(), Scalar::Int(wanted).into())?, y.into(), Scalar::Int(0).into())
}

/// x log y, 0 where x = 0.
fn xlogy(x: &Tensor) -> Result<Tensor> {
    let product = x * transcendental::log(x)?;
    product.apply(|p| select::masked_fill(p, &compare::eq(x.into(), 0.0.into())?, Scalar::Int(0).into())).0
}

/// target (log target - input); with `log_target` the target is given as a logarithm.
pub fn kl_div(input: &Tensor, target: &Tensor, reduction: i64, log_target: bool) -> Result<Tensor> {
    if !(input.dtype().is_float() && target.dtype().is_float()) {
        fail!(Runtime, "kl_div: Integral inputs not supported.");
    }
    let errors = if log_target { target.apply(transcendental::exp) * (target - input) } else { xlogy(target)? - target * input };
    reduced(errors.0?, reduction)
}

/// e^x - t x, or x - t log(x + eps); `full` adds Stirling's term for t > 1.
pub fn poisson_nll_loss(input: &Tensor, target: &Tensor, log_input: bool, full: bool, eps: f64, reduction: i64) -> Result<Tensor> {
    let mut loss = if log_input {
        input.apply(transcendental::exp) - target * input
    } else {
        input - target * (input + eps).apply(transcendental::log)
    };
    if full {
        let stirling =
            target * transcendental::log(target)? - target + (target * (2.0 * std::f64::consts::PI)).apply(transcendental::log) * 0.5;
        loss = loss + stirling.apply(|s| select::masked_fill(s, &compare::le(target.into(), 1.0.into())?, Scalar::Int(0).into()));
    }
    reduced(loss.0?, reduction)
}

/// log(1 + e^(-target x))
pub fn soft_margin_loss(input: &Tensor, target: &Tensor, reduction: i64) -> Result<Tensor> {
    let errors = (-(input * target)).apply(transcendental::exp).apply(transcendental::log1p);
    renamed(reduced(errors.0?, reduction)?, "SoftMarginLossBackward0")
}

/// x where target is not -1, plus max(0, margin - x) where it is not 1.
pub fn hinge_embedding_loss(input: &Tensor, target: &Tensor, margin: f64, reduction: i64) -> Result<Tensor> {
    let unless =
        |wanted: i64, y: &Tensor| select::where_(&compare::ne(target.into(), Scalar::Int(wanted).into())?, y.into(), Scalar::Int(0).into());
    let far = floor_at_zero(margin - input)?;
    reduced((unless(1, &far)? + unless(-1, input)?).0?, reduction)
}

/// max(0, margin - target (x1 - x2))
pub fn margin_ranking_loss(input1: &Tensor, input2: &Tensor, target: &Tensor, margin: f64, reduction: i64) -> Result<Tensor> {
    reduced(floor_at_zero((-target) * (input1 - input2) + margin)?, reduction)
}

/// 1 - cos where target is 1, max(0, cos - margin) where it is -1.
pub fn cosine_embedding_loss(input1: &Tensor, input2: &Tensor, target: &Tensor, margin: f64, reduction: i64) -> Result<Tensor> {
    if target.dim() > 1 {
        fail!(Runtime, "0D or 1D target tensor expected, multi-target not supported");
    }
    if target.dim() == 1 && (input1.dim() != 2 || input2.dim() != 2) {
        fail!(
            Runtime,
            "1D target tensor expects 2D input tensors, but found inputs with sizes {} and {}.",
            crate::shape::list(input1.sizes()),
            crate::shape::list(input2.sizes())
        );
    }
    if target.dim() == 0 && (input1.dim() != 1 || input2.dim() != 1) {
        fail!(
            Runtime,
            "0D target tensor expects 1D input tensors, but found inputs with sizes {} and {}.",
            crate::shape::list(input1.sizes()),
            crate::shape::list(input2.sizes())
        );
    }
    let sum = |t: Expr| t.apply(|t| reduce::sum(t, Some(&[target.dim() as i64]), false, None));
    let squares = |t: &Tensor| sum(t * t) + 1e-12;
    let cos = (sum(input1 * input2) / (squares(input1) * squares(input2)).apply(transcendental::sqrt)).0?;
    let near = (1.0 - &cos).0?;
    let far = floor_at_zero(&cos - margin)?;
    reduced((where_equal(target, 1, &near)? + where_equal(target, -1, &far)?).0?, reduction)
}

/// Input and target as (N, C) and (N); the answer says whether the batch was made up.
fn batched(input: &Tensor, target: &Tensor) -> Result<(Tensor, Tensor, bool)> {
    let bad = input.dim() > 2 || input.numel() == 0 && input.sizes().first() != Some(&0);
    if bad {
        fail!(
            Runtime,
            "Expected non-empty vector or matrix with optional 0-dim batch size, but got: {}",
            crate::shape::list(input.sizes())
        );
    }
    if input.dim() == 2 {
        return Ok((input.clone(), target.clone(), false));
    }
    let classes = input.numel() as i64;
    Ok((view::reshape(input, &[1, classes])?, view::reshape(target, &[1, target.numel() as i64])?, true))
}

fn refuse_type(input: &Tensor, name: &str) -> Result<()> {
    if !matches!(input.dtype(), DType::F32 | DType::F64) {
        fail!(NotImplemented, "\"{name}\" not implemented for '{}'", input.dtype().scalar_type());
    }
    Ok(())
}

/// sum over i != t of max(0, margin - x[t] + x[i])^p w[t] / C.
pub fn multi_margin_loss(
    input: &Tensor,
    target: &Tensor,
    p: Scalar,
    margin: Scalar,
    weight: Option<&Tensor>,
    reduction: i64,
) -> Result<Tensor> {
    refuse_type(input, "multi_margin_loss_cpu_kernel")?;
    if target.dtype() != DType::I64 {
        fail!(Runtime, "expected scalar type Long but found {}", target.dtype().scalar_type());
    }
    let (x, t, single) = batched(input, target)?;
    let (n, classes) = (x.sizes()[0], x.sizes()[1]);
    if t.numel() as i64 != n || target.dim() > 1 {
        fail!(
            Runtime,
            "multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples (batch size). Expected target size [{n}], but got {}. Input has shape {}.",
            crate::shape::list(target.sizes()),
            crate::shape::list(input.sizes())
        );
    }
    if let Some(w) = weight
        && (w.dim() > 1 || w.numel() as i64 != classes)
    {
        fail!(Runtime, "inconsistent weight size, expected {classes} but got {}", crate::shape::list(w.sizes()));
    }
    let t = view::reshape(&t, &[n, 1])?;
    if t.numel() > 0 && copy::contiguous(&t)?.as_slice::<i64>().iter().any(|&i| i < 0 || i >= classes) {
        fail!(Runtime, "target out of range");
    }
    let mut errors = (&x - index::gather(&x, 1, &t)? + margin.to_f64()).apply(select::relu);
    if p.to_f64() == 2.0 {
        errors = errors.apply(arithmetic::square);
    }
    if let Some(w) = weight {
        errors = errors * view::reshape(&index::index_select(w, 0, &view::reshape(&t, &[n])?)?, &[n, 1])?;
    }
    let own = compare::eq((&creation::arange_to(Scalar::Int(classes), None)?).into(), (&t).into())?;
    let errors = errors.apply(|e| select::masked_fill(e, &own, Scalar::Int(0).into()));
    let losses = (errors.apply(|e| reduce::sum(e, Some(&[1]), false, None)) / classes as f64).0?;
    finished(losses, single && target.dim() == 0, reduction, "MultiMarginLossBackward0")
}

fn finished(losses: Tensor, single: bool, reduction: i64, node: &'static str) -> Result<Tensor> {
    let losses = if single { view::reshape(&losses, &[])? } else { losses };
    renamed(reduced(losses, reduction)?, node)
}

/// sum over true classes j and others i of max(0, 1 - x[j] + x[i]) / C; classes are listed before the first -1.
pub fn multilabel_margin_loss(input: &Tensor, target: &Tensor, reduction: i64) -> Result<Tensor> {
    refuse_type(input, "multilabel_margin_loss_forward_out_frame")?;
    if input.dim() == 1 && input.numel() == 0 {
        fail!(Runtime, "Expected non-empty vector or matrix with optional 0-dim batch size, but got: [0]");
    }
    if target.dtype() != DType::I64 {
        fail!(Runtime, "expected scalar type Long but found {}", target.dtype().scalar_type());
    }
    if target.sizes() != input.sizes() {
        fail!(
            Runtime,
            "inconsistent target size: {} for input of size: {}",
            crate::shape::list(target.sizes()),
            crate::shape::list(input.sizes())
        );
    }
    let (x, t, single) = batched(input, target)?;
    let (n, classes) = (x.sizes()[0] as usize, x.sizes()[1] as usize);
    let listed = copy::contiguous(&copy::to_dtype(&t, DType::I64, false)?)?;
    let other = creation::zeros(t.sizes(), DType::Bool)?;
    let (at, counted) = (creation::zeros(t.sizes(), DType::I64)?, creation::zeros(t.sizes(), DType::Bool)?);
    for row in 0..n {
        for (j, &class) in listed.as_slice::<i64>()[row * classes..(row + 1) * classes].iter().enumerate() {
            if class < 0 {
                break;
            }
            if class as usize >= classes {
                fail!(Runtime, "argument #2 'target' is out of range");
            }
            at.as_mut_slice::<i64>()[row * classes + j] = class;
            counted.as_mut_slice::<bool>()[row * classes + j] = true;
            other.as_mut_slice::<bool>()[row * classes + class as usize] = true;
        }
    }
    let own = view::unsqueeze(&index::gather(&x, 1, &at)?, 2)?;
    let errors = (view::unsqueeze(&x, 1)? - own + 1.0).apply(select::relu).0?;
    let left_out = compare::logical_or(&view::unsqueeze(&compare::logical_not(&counted)?, 2)?, &view::unsqueeze(&other, 1)?)?;
    let errors = select::masked_fill(&errors, &left_out, Scalar::Int(0).into())?;
    let losses = (reduce::sum(&errors, Some(&[1, 2]), false, None)? / classes as f64).0?;
    finished(losses, single, reduction, "MultilabelMarginLossBackward0")
}

/// max(0, d(anchor, positive) - d(anchor, negative) + margin), d the p-norm; `swap` takes the nearer negative.
#[allow(clippy::too_many_arguments)]
pub fn triplet_margin_loss(
    anchor: &Tensor,
    positive: &Tensor,
    negative: &Tensor,
    margin: f64,
    p: f64,
    eps: f64,
    swap: bool,
    reduction: i64,
) -> Result<Tensor> {
    if anchor.dim() != positive.dim() || positive.dim() != negative.dim() {
        fail!(
            Runtime,
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: anchor {}D, positive {}D, and negative {}D inputs",
            anchor.dim(),
            positive.dim(),
            negative.dim()
        );
    }
    let near = pairwise_distance(anchor, positive, p, eps, false)?;
    let mut far = pairwise_distance(anchor, negative, p, eps, false)?;
    if swap {
        far = select::minimum(&far, &pairwise_distance(positive, negative, p, eps, false)?)?;
    }
    reduced(floor_at_zero((near + margin) - far)?, reduction)
}
