//! Activations. Each is one kernel forward and one back; where the backward is recorded itself, its formula is
//! written with tensor ops instead, so further derivatives are free.

use crate::dtype::DType;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::graph::record::recording;
use crate::kernels::map::Pointwise;
use crate::ops::compare;
use crate::ops::creation;
use crate::ops::elementwise::Promote;
use crate::ops::elementwise::binary;
use crate::ops::elementwise::unary;
use crate::ops::expr::Expr;
use crate::ops::expr::TermMath;
use crate::ops::expr::grads;
use crate::ops::pointwise::pointwise;
use crate::ops::select;
use crate::ops::transcendental;
use crate::tensor::Tensor;

/// Integers are an error of the named kernel.
pub fn refuse_integers(input: &Tensor, kernel: &str) -> Result<()> {
    if !input.dtype().is_float() {
        fail!(NotImplemented, "\"{kernel}\" not implemented for '{}'", input.dtype().scalar_type());
    }
    Ok(())
}

/// y = k(x) with dx = slope(g, x) as one kernel, and `formula` where that is recorded: keeps the input.
fn curve<K, B, F>(node: &'static str, input: &Tensor, k: K, slope: B, formula: F) -> Result<Tensor>
where
    K: Pointwise,
    B: Pointwise + 'static,
    F: Fn(&Tensor, &Tensor) -> Expr + 'static,
{
    let out = unary(input, k, Promote::Common)?;
    record(node, &[input], out, |save| {
        let x = save.input("self", input);
        move |cx, g| {
            let x = x.get(cx)?;
            grads![cx; if recording(&[&g, &x]) { formula(&g, &x).0 } else { binary(&g, &x, slope, Promote::Common) }]
        }
    })
}

/// `g slope` where the condition holds, `g other` elsewhere.
fn either(g: &Tensor, condition: Result<Tensor>, yes: impl Into<Slope>, no: impl Into<Slope>) -> Expr {
    Expr(condition.and_then(|c| {
        let (a, b) = (yes.into().times(g).0?, no.into().times(g).0?);
        select::where_(&c, (&a).into(), (&b).into())
    }))
}

enum Slope {
    Number(f64),
    Tensor(Expr),
}

impl From<f64> for Slope {
    fn from(x: f64) -> Slope {
        Slope::Number(x)
    }
}

impl From<Expr> for Slope {
    fn from(x: Expr) -> Slope {
        Slope::Tensor(x)
    }
}

impl Slope {
    fn times(self, g: &Tensor) -> Expr {
        match self {
            Slope::Number(1.0) => Expr(Ok(g.clone())),
            Slope::Number(x) => g * x,
            Slope::Tensor(x) => g * x,
        }
    }
}

fn above(x: &Tensor, bound: f64) -> Result<Tensor> {
    compare::gt(x.into(), bound.into())
}

fn inside(x: &Tensor, low: f64, high: f64) -> Result<Tensor> {
    compare::logical_and(&above(x, low)?, &compare::lt(x.into(), high.into())?)
}

fn sigmoid(x: &Tensor) -> Expr {
    Expr(transcendental::sigmoid(x))
}

const FRAC_1_SQRT_2PI: f64 = 0.398_942_280_401_432_7;
const SQRT_2_OVER_PI: f64 = 0.797_884_560_802_865_4;
const CUBE: f64 = 0.044715;

pointwise!(Gelu {}; x => T::gelu::<S>(x));
pointwise!(GeluBackward {}; g, x => {
    let cdf = T::of(0.5) * (T::ONE + T::erf::<S>(x * T::of(std::f64::consts::FRAC_1_SQRT_2)));
    let pdf = T::exp::<S>(x * x * T::of(-0.5)) * T::of(FRAC_1_SQRT_2PI);
    g * (cdf + x * pdf)
});
pointwise!(GeluTanh {}; x => T::gelu_tanh::<S>(x));
pointwise!(GeluTanhBackward {}; g, x => {
    let t = T::tanh::<S>(T::of(SQRT_2_OVER_PI) * (x + T::of(CUBE) * x * x * x));
    let inner = T::of(SQRT_2_OVER_PI) * (T::ONE + T::of(3.0 * CUBE) * x * x);
    g * (T::of(0.5) * (T::ONE + t) + T::of(0.5) * x * (T::ONE - t * t) * inner)
});

/// y = x Phi(x), Phi the normal distribution, or its approximation by tanh: keeps the input.
pub fn gelu(input: &Tensor, approximate: Option<&str>) -> Result<Tensor> {
    refuse_integers(input, "GeluKernelImpl")?;
    match approximate.unwrap_or("none") {
        "none" => curve("GeluBackward0", input, Gelu {}, GeluBackward {}, |g, x| {
            let cdf = ((x * std::f64::consts::FRAC_1_SQRT_2).apply(transcendental::erf) + 1.0) * 0.5;
            g * (cdf + x * ((x.square() * -0.5).apply(transcendental::exp) * FRAC_1_SQRT_2PI))
        }),
        "tanh" => curve("GeluBackward0", input, GeluTanh {}, GeluTanhBackward {}, |g, x| {
            let t = ((x + x.square() * x * CUBE) * SQRT_2_OVER_PI).apply(transcendental::tanh);
            let inner = (x.square() * (3.0 * CUBE) + 1.0) * SQRT_2_OVER_PI;
            g * ((t.clone() + 1.0) * 0.5 + (x * 0.5) * (1.0 - t.square()) * inner)
        }),
        _ => fail!(Runtime, "approximate argument must be either none or tanh."),
    }
}

pointwise!(Silu {}; x => T::silu::<S>(x));
pointwise!(SiluBackward {}; g, x => { let s = T::sigmoid::<S>(x); g * s * (T::ONE + x * (T::ONE - s)) });

/// y = x sigmoid(x).  dy/dx = s (1 + x (1 - s)): keeps the input.
pub fn silu(input: &Tensor) -> Result<Tensor> {
    refuse_integers(input, "silu_cpu")?;
    curve("SiluBackward0", input, Silu {}, SiluBackward {}, |g, x| {
        let s = sigmoid(x);
        g * (s.clone() * (x * (1.0 - s) + 1.0))
    })
}

pointwise!(Mish {}; x => x * T::tanh::<S>(T::log1p::<S>(T::exp::<S>(x))));
pointwise!(MishBackward {}; g, x => {
    let t = T::tanh::<S>(T::log1p::<S>(T::exp::<S>(x)));
    g * (t + x * T::sigmoid::<S>(x) * (T::ONE - t * t))
});

/// y = x tanh(log(1 + e^x)): keeps the input.
pub fn mish(input: &Tensor) -> Result<Tensor> {
    refuse_integers(input, "mish_cpu")?;
    curve("MishBackward0", input, Mish {}, MishBackward {}, |g, x| {
        let t = Expr(softplus(x, Scalar::Int(1), Scalar::Int(20))).apply(transcendental::tanh);
        g * (t.clone() + x * sigmoid(x) * (1.0 - t.square()))
    })
}

pointwise!(Softplus { beta: f64, threshold: f64 }; x => T::softplus::<S>(x, T::of(beta), T::of(threshold)));
pointwise!(SoftplusBackward { beta: f64, threshold: f64 }; g, x => {
    let z = x * T::of(beta);
    let e = T::exp::<S>(z);
    if z > T::of(threshold) { g } else { g * e / (e + T::ONE) }
});

/// y = log(1 + e^(beta x)) / beta, x itself where beta x > threshold: keeps the input.
pub fn softplus(input: &Tensor, beta: Scalar, threshold: Scalar) -> Result<Tensor> {
    refuse_integers(input, "softplus_cpu")?;
    let (beta, threshold) = (beta.to_f64(), threshold.to_f64());
    curve("SoftplusBackward0", input, Softplus { beta, threshold }, SoftplusBackward { beta, threshold }, move |g, x| {
        let z = (x * beta).0;
        let steep = z.as_ref().map_err(Clone::clone).and_then(|z| above(z, threshold));
        either(g, steep, 1.0, Expr(z).apply(transcendental::sigmoid))
    })
}

pointwise!(Logsigmoid {}; x => T::logsigmoid::<S>(x));
pointwise!(LogsigmoidBackward {}; g, x => g * T::sigmoid::<S>(-x));

/// y = log sigmoid(x).  dy/dx = sigmoid(-x): keeps the input.
pub fn log_sigmoid(input: &Tensor) -> Result<Tensor> {
    refuse_integers(input, "log_sigmoid_cpu")?;
    curve("LogSigmoidBackward0", input, Logsigmoid {}, LogsigmoidBackward {}, |g, x| g * (-x).apply(transcendental::sigmoid))
}

pointwise!(Elu { negative: f64, positive: f64, inner: f64 };
    x => if x <= T::ZERO { T::expm1::<S>(x * T::of(inner)) * T::of(negative) } else { x * T::of(positive) });
pointwise!(EluBackward { negative: f64, positive: f64, inner: f64 };
    g, x => if x <= T::ZERO { g * T::of(inner * negative) * T::exp::<S>(x * T::of(inner)) } else { g * T::of(positive) });

/// y = scale (x where x > 0, else alpha (e^(inner x) - 1)): keeps the input.
fn elu_of(node: &'static str, input: &Tensor, alpha: f64, scale: f64, inner: f64) -> Result<Tensor> {
    refuse_integers(input, "elu_cpu")?;
    let (negative, positive) = (alpha * scale, scale);
    curve(node, input, Elu { negative, positive, inner }, EluBackward { negative, positive, inner }, move |g, x| {
        // Where x is large, its exponential would make the second derivative nan.
        let below = Expr(compare::lt(x.into(), 0.0.into()).and_then(|c| select::where_(&c, x.into(), 0.0.into())));
        either(g, above(x, 0.0), positive, (below * inner).apply(transcendental::exp) * (inner * negative))
    })
}

pub fn elu(input: &Tensor, alpha: Scalar, scale: Scalar, input_scale: Scalar) -> Result<Tensor> {
    elu_of("EluBackward0", input, alpha.to_f64(), scale.to_f64(), input_scale.to_f64())
}

pub fn selu(input: &Tensor) -> Result<Tensor> {
    elu_of("EluBackward0", input, 1.673_263_242_354_377_2, 1.050_700_987_355_480_5, 1.0)
}

pub fn celu(input: &Tensor, alpha: Scalar) -> Result<Tensor> {
    if alpha.to_f64() == 0.0 {
        fail!(Runtime, "ZeroDivisionError: alpha cannot be 0 for CELU");
    }
    elu_of("CeluBackward0", input, alpha.to_f64(), 1.0, 1.0 / alpha.to_f64())
}

pointwise!(LeakyRelu { slope: f64 }; x => if x > T::ZERO { x } else { x * T::of(slope) }; cheap true);
pointwise!(LeakyReluBackward { slope: f64 }; g, x => if x > T::ZERO { g } else { g * T::of(slope) });

/// y = x where x > 0, else slope x: keeps the input.
pub fn leaky_relu(input: &Tensor, negative_slope: Scalar) -> Result<Tensor> {
    refuse_integers(input, "leaky_relu_cpu")?;
    let slope = negative_slope.to_f64();
    curve("LeakyReluBackward0", input, LeakyRelu { slope }, LeakyReluBackward { slope }, move |g, x| either(g, above(x, 0.0), 1.0, slope))
}

pointwise!(Hardtanh { low: f64, high: f64, int_low: i64, int_high: i64 };
    x => T::minimum(T::maximum(x, T::of(low)), T::of(high)); int x => x.max(int_low).min(int_high); cheap true);
pointwise!(HardtanhBackward { low: f64, high: f64 }; g, x => if x <= T::of(low) || x >= T::of(high) { T::ZERO } else { g });

/// y = x held between two bounds.  dy/dx = 1 strictly inside: keeps the input.
pub fn hardtanh(input: &Tensor, min_val: Scalar, max_val: Scalar) -> Result<Tensor> {
    if input.dtype() == DType::Bool {
        fail!(Runtime, "Bool inputs not supported for hardtanh");
    }
    let (low, high) = (min_val.to_f64(), max_val.to_f64());
    if input.dtype() == DType::U8 && (low < 0.0 || high < 0.0) {
        fail!(Runtime, "cannot do hardtanh on an unsigned type with negative limits");
    }
    let bound = |s: Scalar| creation::fitted(s, input.dtype()).map(|s| (s.to_f64(), s.to_i64()));
    let ((low, int_low), (high, int_high)) = (bound(min_val)?, bound(max_val)?);
    let k = Hardtanh { low, high, int_low, int_high };
    curve("HardtanhBackward0", input, k, HardtanhBackward { low, high }, move |g, x| either(g, inside(x, low, high), 1.0, 0.0))
}

pub fn relu6(input: &Tensor) -> Result<Tensor> {
    hardtanh(input, Scalar::Int(0), Scalar::Int(6))
}

pointwise!(Hardswish {}; x => x * T::minimum(T::maximum(x + T::of(3.0), T::ZERO), T::of(6.0)) / T::of(6.0));
pointwise!(HardswishBackward {}; g, x => if x <= T::of(-3.0) { T::ZERO } else if x < T::of(3.0) { g * (x / T::of(3.0) + T::of(0.5)) } else { g });

/// y = x min(max(x + 3, 0), 6) / 6: keeps the input.
pub fn hardswish(input: &Tensor) -> Result<Tensor> {
    refuse_integers(input, "hardswish_cpu")?;
    curve("HardswishBackward0", input, Hardswish {}, HardswishBackward {}, |g, x| {
        let outer = either(g, compare::ge(x.into(), 3.0.into()), 1.0, 0.0);
        let middle = g * (x / 3.0 + 0.5);
        Expr(inside(x, -3.0, 3.0).and_then(|c| select::where_(&c, (&middle.0?).into(), (&outer.0?).into())))
    })
}

pointwise!(Hardsigmoid {}; x => T::minimum(T::maximum(x + T::of(3.0), T::ZERO), T::of(6.0)) / T::of(6.0));
pointwise!(HardsigmoidBackward {}; g, x => if x > T::of(-3.0) && x < T::of(3.0) { g / T::of(6.0) } else { T::ZERO });

/// y = min(max(x + 3, 0), 6) / 6: keeps the input.
pub fn hardsigmoid(input: &Tensor) -> Result<Tensor> {
    refuse_integers(input, "hardsigmoid_cpu")?;
    curve("HardsigmoidBackward0", input, Hardsigmoid {}, HardsigmoidBackward {}, |g, x| either(g, inside(x, -3.0, 3.0), 1.0 / 6.0, 0.0))
}

pointwise!(Hardshrink { bound: f64 }; x => if x >= T::of(-bound) && x <= T::of(bound) { T::ZERO } else { x });
pointwise!(ShrinkBackward { bound: f64 }; g, x => if x >= T::of(-bound) && x <= T::of(bound) { T::ZERO } else { g });
pointwise!(Softshrink { bound: f64 };
    x => if x > T::of(bound) { x - T::of(bound) } else if x < T::of(-bound) { x + T::of(bound) } else { x * T::ZERO });

fn within(x: &Tensor, bound: f64) -> Result<Tensor> {
    compare::logical_and(&compare::ge(x.into(), (-bound).into())?, &compare::le(x.into(), bound.into())?)
}

/// y = x where |x| > lambd, else 0: keeps the input.
pub fn hardshrink(input: &Tensor, lambd: Scalar) -> Result<Tensor> {
    refuse_integers(input, "hardshrink_cpu")?;
    let bound = lambd.to_f64();
    curve("HardshrinkBackward0", input, Hardshrink { bound }, ShrinkBackward { bound }, move |g, x| either(g, within(x, bound), 0.0, 1.0))
}

/// y = x moved lambd toward 0, not past it: keeps the input.
pub fn softshrink(input: &Tensor, lambd: Scalar) -> Result<Tensor> {
    refuse_integers(input, "softshrink_check")?;
    let bound = lambd.to_f64();
    let (most, shown) = match input.dtype() {
        DType::F16 => (65504.0, "65504"),
        DType::BF16 => (half::bf16::MAX.to_f64(), "3.38953e+38"),
        DType::F32 => (f32::MAX as f64, "3.40282e+38"),
        _ => (f64::MAX, "1.79769e+308"),
    };
    if !(0.0..=most).contains(&bound) {
        fail!(Runtime, "lambda must be in range [0, {shown}] for input dtype {}, but found {bound}", input.dtype().scalar_type());
    }
    curve("SoftshrinkBackward0", input, Softshrink { bound }, ShrinkBackward { bound }, move |g, x| either(g, within(x, bound), 0.0, 1.0))
}

pointwise!(Threshold { bound: f64, value: f64, int_bound: i64, int_value: i64 };
    x => if x <= T::of(bound) { T::of(value) } else { x }; int x => if x <= int_bound { int_value } else { x });
pointwise!(ThresholdBackward { bound: f64 }; g, x => if x <= T::of(bound) { T::ZERO } else { g });

/// y = x where x > threshold, else value: keeps the input.
pub fn threshold(input: &Tensor, threshold: Scalar, value: Scalar) -> Result<Tensor> {
    if input.dtype() == DType::Bool {
        fail!(NotImplemented, "\"threshold_cpu\" not implemented for 'Bool'");
    }
    let (threshold, value) = (creation::fitted_for_math(threshold, input.dtype())?, creation::fitted(value, input.dtype())?);
    let bound = threshold.to_f64();
    let k = Threshold { bound, value: value.to_f64(), int_bound: threshold.to_i64(), int_value: value.to_i64() };
    curve("ThresholdBackward0", input, k, ThresholdBackward { bound }, move |g, x| either(g, compare::le(x.into(), bound.into()), 0.0, 1.0))
}
