//! Losses of two tensors, element by element: one kernel sums a function of both, one makes the gradient.
//! Where the gradient is recorded itself, its formula is written with tensor ops.

use crate::dtype::DType;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::graph::record::recording;
use crate::graph::record::renamed;
use crate::kernels::float::Float;
use crate::kernels::isa::Simd;
use crate::kernels::map::Pointwise;
use crate::kernels::rows;
use crate::ops::activation::refuse_integers;
use crate::ops::compare;
use crate::ops::creation;
use crate::ops::elementwise::Promote;
use crate::ops::elementwise::binary;
use crate::ops::elementwise::ternary;
use crate::ops::expr::Expr;
use crate::ops::expr::TermMath;
use crate::ops::expr::grads;
use crate::ops::pointwise::pointwise;
use crate::ops::reduce;
use crate::ops::select;
use crate::ops::sign;
use crate::ops::transcendental;
use crate::ops::view;
use crate::shape;
use crate::tensor::Tensor;

pub const NONE: i64 = 0;
pub const MEAN: i64 = 1;

/// The mean, the sum, or all of the errors.
pub fn reduced(errors: Tensor, reduction: i64) -> Result<Tensor> {
    match reduction {
        NONE => Ok(errors),
        MEAN => reduce::mean(&errors, None, false, None),
        _ => reduce::sum(&errors, None, false, None),
    }
}

/// Both tensors at their common shape.
pub fn broadcast(a: &Tensor, b: &Tensor) -> Result<(Tensor, Tensor)> {
    if a.sizes() == b.sizes() {
        return Ok((a.clone(), b.clone()));
    }
    let sizes = shape::broadcast(a.sizes(), b.sizes())?;
    Ok((view::expand(a, &sizes)?, view::expand(b, &sizes)?))
}

/// A gradient kernel of (x, y, g) with one g for all elements.
#[derive(Clone, Copy)]
struct Scaled<B>(B, f64);

impl<B: Pointwise> Pointwise for Scaled<B> {
    #[inline(always)]
    fn float<T: Float, S: Simd>(&self, x: [T; 3]) -> T {
        self.0.float::<T, S>([x[0], x[1], T::of(self.1)])
    }
}

/// How a loss differentiates: the kernel of (x, y, g) for x, and formulas of (g, x, y) for x and y.
struct Slopes<B> {
    kernel: B,
    of_input: fn(&B, &Tensor, &Tensor, &Tensor) -> Expr,
    of_target: fn(&B, &Tensor, &Tensor, &Tensor) -> Expr,
}

fn values<K: Pointwise>(x: &Tensor, y: &Tensor, k: K, reduction: i64) -> Result<Tensor> {
    let whole = reduction != NONE && x.dtype() == y.dtype() && x.is_contiguous() && y.is_contiguous();
    let n = if reduction == MEAN { x.numel() as f64 } else { 1.0 };
    let number = |sum: f64| creation::filled(&[], crate::dtype::Scalar::Float(sum / n), x.dtype());
    match x.dtype() {
        DType::F32 if whole => number(rows::sum_pairs(k, x.as_slice::<f32>(), y.as_slice())),
        DType::F64 if whole => number(rows::sum_pairs(k, x.as_slice::<f64>(), y.as_slice())),
        _ => reduced(binary(&x.detach(), &y.detach(), k, Promote::Common)?, reduction),
    }
}

/// y = reduction of k(x, y): keeps both.
fn pair_loss<K: Pointwise, B: Pointwise + 'static>(
    node: &'static str,
    input: &Tensor,
    target: &Tensor,
    reduction: i64,
    k: K,
    slopes: Slopes<B>,
) -> Result<Tensor> {
    let (input, target) = &broadcast(input, target)?;
    let out = values(input, target, k, reduction)?;
    record(node, &[input, target], out, |save| {
        let (x, y) = (save.input("self", input), save.input("target", target));
        let n = if reduction == MEAN { input.numel() as f64 } else { 1.0 };
        move |cx, g| {
            let (x, y) = (&x.get(cx)?, &y.get(cx)?);
            let scaled = || if reduction == MEAN { &g / n } else { Expr(Ok(g.clone())) };
            grads![cx; of_input(&g, x, y, n, reduction, &slopes), scaled().apply(|g| (slopes.of_target)(&slopes.kernel, g, x, y).0)]
        }
    })
}

fn of_input<B: Pointwise>(g: &Tensor, x: &Tensor, y: &Tensor, n: f64, reduction: i64, slopes: &Slopes<B>) -> Result<Tensor> {
    if recording(&[g, x, y]) {
        let scaled = if reduction == MEAN { (g / n).0? } else { g.clone() };
        return (slopes.of_input)(&slopes.kernel, &scaled, x, y).0;
    }
    if reduction == NONE {
        return ternary([x.into(), y.into(), g.into()], slopes.kernel, Promote::Common);
    }
    binary(x, y, Scaled(slopes.kernel, creation::element(g, 0).to_f64() / n), Promote::Common)
}

pointwise!(Square {}; x, y => (x - y) * (x - y));
pointwise!(SquareSlope {}; x, y, g => T::of(2.0) * (x - y) * g);

/// (x - y)^2, averaged, summed or not.
pub fn mse_loss(input: &Tensor, target: &Tensor, reduction: i64) -> Result<Tensor> {
    refuse_integers(input, "mse_cpu")?;
    let slopes = Slopes { kernel: SquareSlope {}, of_input: |_, g, x, y| g * ((x - y) * 2.0), of_target: |_, g, x, y| g * ((y - x) * 2.0) };
    pair_loss("MseLossBackward0", input, target, reduction, Square {}, slopes)
}

/// |x - y|, averaged, summed or not.
pub fn l1_loss(input: &Tensor, target: &Tensor, reduction: i64) -> Result<Tensor> {
    reduced(sign::abs(&(input - target).0?)?, reduction)
}

pointwise!(Smooth { beta: f64 }; x, y => {
    let (d, b) = (T::abs(x - y), T::of(beta));
    if d < b { T::of(0.5) * d * d / b } else { d - T::of(0.5) * b }
});
pointwise!(SmoothSlope { beta: f64 }; x, y, g => {
    let (d, b) = (x - y, T::of(beta));
    if d <= -b { -g } else if d >= b { g } else { g * d / b }
});

/// d held within the bound; its own derivative is 0 from the bound on.
fn bent(d: Expr, bound: f64) -> Expr {
    d.apply(|d| {
        let held = select::clamp(&d.detach(), Some((-bound).into()), Some(bound.into()))?;
        let inside = compare::lt((&sign::abs(&held)?).into(), bound.into())?;
        select::where_(&inside, d.into(), (&held).into())
    })
}

/// (x - y)^2 / (2 beta) below beta, |x - y| - beta / 2 above.
pub fn smooth_l1_loss(input: &Tensor, target: &Tensor, reduction: i64, beta: f64) -> Result<Tensor> {
    if beta < 0.0 {
        fail!(Runtime, "smooth_l1_loss does not support negative values for beta.");
    }
    if beta == 0.0 {
        return l1_loss(input, target, reduction);
    }
    refuse_integers(input, "smooth_l1_cpu")?;
    let slopes = Slopes {
        kernel: SmoothSlope { beta },
        of_input: |k, g, x, y| g * (bent(x - y, k.beta) / k.beta),
        of_target: |k, g, x, y| g * (bent(y - x, k.beta) / k.beta),
    };
    pair_loss("SmoothL1LossBackward0", input, target, reduction, Smooth { beta }, slopes)
}

pointwise!(Huber { delta: f64 }; x, y => {
    let (d, b) = (T::abs(x - y), T::of(delta));
    if d <= b { T::of(0.5) * d * d } else { b * (d - T::of(0.5) * b) }
});
pointwise!(HuberSlope { delta: f64 }; x, y, g => {
    let (d, b) = (x - y, T::of(delta));
    if d <= -b { -g * b } else if d >= b { g * b } else { g * d }
});

/// (x - y)^2 / 2 below delta, delta (|x - y| - delta / 2) above.
pub fn huber_loss(input: &Tensor, target: &Tensor, reduction: i64, delta: f64) -> Result<Tensor> {
    if delta <= 0.0 {
        fail!(Runtime, "huber_loss does not support non-positive values for delta.");
    }
    refuse_integers(input, "huber_cpu")?;
    let slopes = Slopes {
        kernel: HuberSlope { delta },
        of_input: |k, g, x, y| g * bent(x - y, k.delta),
        of_target: |k, g, x, y| g * bent(y - x, k.delta),
    };
    pair_loss("HuberLossBackward0", input, target, reduction, Huber { delta }, slopes)
}

pointwise!(Entropy {}; x, y => {
    let floor = T::of(-100.0);
    (y - T::ONE) * T::maximum(T::log1p::<S>(-x), floor) - y * T::maximum(T::log::<S>(x), floor)
});
pointwise!(EntropySlope {}; x, y, g => g * (x - y) / T::maximum((T::ONE - x) * x, T::of(1e-12)));

fn floored(log: Result<Tensor>) -> Expr {
    Expr(log).apply(|t| select::clamp(t, Some(crate::dtype::Scalar::Float(-100.0)), None))
}

fn check_unit(t: &Tensor, what: &str) -> Result<()> {
    let inside = compare::logical_and(&compare::ge(t.into(), 0.0.into())?, &compare::le(t.into(), 1.0.into())?)?;
    if !reduce::any_all(&inside, false)? {
        fail!(Runtime, "all elements of {what} should be between 0 and 1");
    }
    Ok(())
}

/// -(y log x + (1 - y) log(1 - x)), logarithms at least -100, times a weight.
pub fn binary_cross_entropy(input: &Tensor, target: &Tensor, weight: Option<&Tensor>, reduction: i64) -> Result<Tensor> {
    refuse_integers(input, "binary_cross_entropy")?;
    check_unit(&input.detach(), "input")?;
    check_unit(&target.detach(), "target")?;
    let slopes = Slopes {
        kernel: EntropySlope {},
        of_input: |_, g, x, y| {
            let bottom = ((1.0 - x) * x).apply(|t| select::clamp(t, Some(crate::dtype::Scalar::Float(1e-12)), None));
            g * ((x - y) / bottom)
        },
        of_target: |_, g, x, _| g * (floored((-x).apply(transcendental::log1p).0) - floored(transcendental::log(x))),
    };
    let node = "BinaryCrossEntropyBackward0";
    match weight {
        None => pair_loss(node, input, target, reduction, Entropy {}, slopes),
        Some(weight) => {
            let errors = pair_loss(node, input, target, NONE, Entropy {}, slopes)?;
            renamed(reduced((errors * weight).0?, reduction)?, node)
        }
    }
}

pointwise!(Logits {}; x, y => (T::ONE - y) * x - T::logsigmoid::<S>(x));
pointwise!(LogitsSlope {}; x, y, g => (T::sigmoid::<S>(x) - y) * g);

/// Binary cross entropy of sigmoid(x), without overflow; pos_weight weighs the positive part.
pub fn binary_cross_entropy_with_logits(
    input: &Tensor,
    target: &Tensor,
    weight: Option<&Tensor>,
    pos_weight: Option<&Tensor>,
    reduction: i64,
) -> Result<Tensor> {
    let node = "BinaryCrossEntropyWithLogitsBackward0";
    refuse_integers(input, "log_sigmoid_cpu")?;
    let slopes = || Slopes {
        kernel: LogitsSlope {},
        of_input: |_, g, x, y| g * (x.apply(transcendental::sigmoid) - y),
        of_target: |_, g, x, _| -(g * x),
    };
    let errors = match (weight, pos_weight) {
        (None, None) => return pair_loss(node, input, target, reduction, Logits {}, slopes()),
        (_, None) => pair_loss(node, input, target, NONE, Logits {}, slopes())?,
        (_, Some(p)) => {
            let scale = (p - 1.0) * target + 1.0;
            ((1.0 - target) * input - scale * crate::ops::activation::log_sigmoid(input)?).0?
        }
    };
    let errors = match weight {
        Some(weight) => (errors * weight).0?,
        None => errors,
    };
    renamed(reduced(errors, reduction)?, node)
}
