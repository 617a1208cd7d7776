//! Functions of one element: exponentials, logarithms, roots, trigonometry, rounding, signs.

use crate::dtype::DType;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::kernels::float::Float;
use crate::kernels::vmath;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::elementwise::Promote;
use crate::ops::elementwise::unary;
use crate::ops::expr::TermMath;
use crate::ops::expr::grads;
use crate::ops::pointwise::pointwise;
use crate::ops::softmax::compute_type;
use crate::tensor::Tensor;

pointwise!(Exp {}; x => T::exp::<S>(x));
pointwise!(Exp2 {}; x => T::exp2::<S>(x));
pointwise!(Expm1 {}; x => T::expm1::<S>(x));
pointwise!(Log {}; x => T::log::<S>(x));
pointwise!(Log2 {}; x => T::log2::<S>(x));
pointwise!(Log10 {}; x => T::log10::<S>(x));
pointwise!(Log1p {}; x => T::log1p::<S>(x));
pointwise!(Sqrt {}; x => T::sqrt(x); cheap true);
pointwise!(Rsqrt {}; x => T::ONE / T::sqrt(x); cheap true);
pointwise!(Sin {}; x => T::sin::<S>(x); rare is_many_turns(x) => T::of(T::to_f64(x).sin()));
pointwise!(Cos {}; x => T::cos::<S>(x); rare is_many_turns(x) => T::of(T::to_f64(x).cos()));
pointwise!(Tan {}; x => T::tan::<S>(x); rare is_many_turns(x) => T::of(T::to_f64(x).tan()));
pointwise!(Tanh {}; x => T::tanh::<S>(x));
pointwise!(TanhBackward {}; g, y => g * (T::ONE - y * y));
pointwise!(Sigmoid {}; x => T::sigmoid::<S>(x));
pointwise!(SigmoidBackward {}; g, y => g * (T::ONE - y) * y);
pointwise!(Erf {}; x => T::erf::<S>(x));
pointwise!(Sinh {}; x => T::sinh::<S>(x));
pointwise!(Cosh {}; x => T::cosh::<S>(x));
pointwise!(Asin {}; x => T::asin::<S>(x));
pointwise!(Acos {}; x => T::acos::<S>(x));
pointwise!(Atan {}; x => T::atan::<S>(x));
pointwise!(Floor {}; x => T::floor(x); int x => x; cheap true);
pointwise!(Ceil {}; x => T::ceil(x); int x => x; cheap true);
pointwise!(Trunc {}; x => T::trunc(x); int x => x; cheap true);
pointwise!(Round {}; x => T::round(x); int x => x; cheap true);
pointwise!(Frac {}; x => x - T::trunc(x));

/// Beyond what the branch-free trigonometry is right for.
#[inline(always)]
fn is_many_turns<T: Float>(x: T) -> bool {
    T::abs(x) > T::of(vmath::TURNS)
}

/// A function whose derivative keeps its input: `dy/dx` as an expression of x.
macro_rules! of_input {
    ($($(#[$m:meta])* $name:ident, $kernel:ident, $node:literal, |$g:ident, $x:ident| $derivative:expr;)*) => {$(
        $(#[$m])*
        pub fn $name(input: &Tensor) -> Result<Tensor> {
            let out = unary(input, $kernel {}, Promote::Float)?;
            record($node, &[input], out, |save| {
                let x = save.input("self", input);
                move |cx, $g| {
                    let $x = x.get(cx)?;
                    grads![cx; $derivative]
                }
            })
        }
    )*};
}

/// A function whose derivative keeps its output: `dy/dx` as an expression of y.
macro_rules! of_output {
    ($($(#[$m:meta])* $name:ident, $kernel:ident, $node:literal, |$g:ident, $y:ident| $derivative:expr;)*) => {$(
        $(#[$m])*
        pub fn $name(input: &Tensor) -> Result<Tensor> {
            let out = unary(input, $kernel {}, Promote::Float)?;
            record($node, &[input], out, |save| {
                let y = save.output();
                move |cx, $g| {
                    let $y = y.get(cx)?;
                    grads![cx; $derivative]
                }
            })
        }
    )*};
}

of_output! {
    /// y = e^x.  dy/dx = y: keeps the output.
    exp, Exp, "ExpBackward0", |g, y| &g * y.conj();
    /// y = 2^x.  dy/dx = y log 2: keeps the output.
    exp2, Exp2, "Exp2Backward0", |g, y| &g * (y.conj() * std::f64::consts::LN_2);
    /// y = e^x - 1.  dy/dx = y + 1: keeps the output.
    expm1, Expm1, "Expm1Backward0", |g, y| &g * (y.conj() + 1.0);
    /// y = sqrt x.  dy/dx = 1 / (2 y): keeps the output.
    sqrt, Sqrt, "SqrtBackward0", |g, y| &g / (y.conj() * 2.0);
    /// y = 1 / sqrt x.  dy/dx = -y^3 / 2: keeps the output.
    rsqrt, Rsqrt, "RsqrtBackward0", |g, y| &g * -0.5 * ((&y).square() * &y).conj();
    /// y = tan x.  dy/dx = 1 + y^2: keeps the output.
    tan, Tan, "TanBackward0", |g, y| &g * (1.0 + y.square()).conj();
    /// y = tanh x.  dy/dx = 1 - y^2: keeps the output.
    tanh, Tanh, "TanhBackward0", |g, y| tanh_backward(&g, &y);
    /// y = 1 / (1 + e^-x).  dy/dx = y (1 - y): keeps the output.
    sigmoid, Sigmoid, "SigmoidBackward0", |g, y| sigmoid_backward(&g, &y);
}

of_input! {
    /// y = log x.  dy/dx = 1 / x: keeps the input.
    log, Log, "LogBackward0", |g, x| &g / x.conj();
    /// y = log2 x.  dy/dx = 1 / (x log 2): keeps the input.
    log2, Log2, "Log2Backward0", |g, x| &g / (x.conj() * std::f64::consts::LN_2);
    /// y = log10 x.  dy/dx = 1 / (x log 10): keeps the input.
    log10, Log10, "Log10Backward0", |g, x| &g / (x.conj() * std::f64::consts::LN_10);
    /// y = log(1 + x).  dy/dx = 1 / (1 + x): keeps the input.
    log1p, Log1p, "Log1PBackward0", |g, x| &g / (x + 1.0).conj();
    /// y = sin x.  dy/dx = cos x: keeps the input.
    sin, Sin, "SinBackward0", |g, x| &g * cos(&x)?.conj();
    /// y = cos x.  dy/dx = -sin x: keeps the input.
    cos, Cos, "CosBackward0", |g, x| &g * -sin(&x)?.conj();
    /// y = sinh x.  dy/dx = cosh x: keeps the input.
    sinh, Sinh, "SinhBackward0", |g, x| &g * cosh(&x)?.conj();
    /// y = cosh x.  dy/dx = sinh x: keeps the input.
    cosh, Cosh, "CoshBackward0", |g, x| &g * sinh(&x)?.conj();
    /// y = arcsin x.  dy/dx = 1 / sqrt(1 - x^2): keeps the input.
    asin, Asin, "AsinBackward0", |g, x| &g * (1.0 - x.square()).apply(rsqrt).conj();
    /// y = arccos x.  dy/dx = -1 / sqrt(1 - x^2): keeps the input.
    acos, Acos, "AcosBackward0", |g, x| &g * -(1.0 - x.square()).apply(rsqrt).conj();
    /// y = arctan x.  dy/dx = 1 / (1 + x^2): keeps the input.
    atan, Atan, "AtanBackward0", |g, x| &g / (x.square() + 1.0).conj();
    /// y = erf x = 2/sqrt(pi) int_0^x e^(-t^2) dt.  dy/dx = 2/sqrt(pi) e^(-x^2): keeps the input.
    erf, Erf, "ErfBackward0", |g, x| &g * ((-x.square()).apply(exp) * std::f64::consts::FRAC_2_SQRT_PI);
}

/// g (1 - y^2) in one kernel: a step of a small network spends a tenth less (bench step/mlp).
fn tanh_backward(g: &Tensor, y: &Tensor) -> Result<Tensor> {
    let out = crate::ops::elementwise::binary(g, y, TanhBackward {}, Promote::Common)?;
    record("TanhBackwardBackward0", &[g, y], out, |save| {
        let (g, y) = (save.input("grad_output", g), save.input("result", y));
        move |cx, gg| {
            let (g, y) = (g.get(cx)?, y.get(cx)?);
            grads![cx; tanh_backward(&gg, &y), &gg * (&g * (&y * -2.0))]
        }
    })
}

/// g y (1 - y) in one kernel.
fn sigmoid_backward(g: &Tensor, y: &Tensor) -> Result<Tensor> {
    let out = crate::ops::elementwise::binary(g, y, SigmoidBackward {}, Promote::Common)?;
    record("SigmoidBackwardBackward0", &[g, y], out, |save| {
        let (g, y) = (save.input("grad_output", g), save.input("result", y));
        move |cx, gg| {
            let (g, y) = (g.get(cx)?, y.get(cx)?);
            grads![cx; sigmoid_backward(&gg, &y), &gg * (&g * (1.0 - &y * 2.0))]
        }
    })
}

/// sqrt without a node of its own.
pub fn sqrt_values(input: &Tensor) -> Result<Tensor> {
    unary(input, Sqrt {}, Promote::Float)
}

/// A step function: integers stay as they are, the derivative is zero.
macro_rules! step {
    ($($(#[$m:meta])* $name:ident, $kernel:ident, $node:literal;)*) => {$(
        $(#[$m])*
        pub fn $name(input: &Tensor) -> Result<Tensor> {
            refuse_bool(input, stringify!($name))?;
            let out = unary(input, $kernel {}, Promote::Common)?;
            record($node, &[input], out, |_| |cx, g| grads![cx; creation::zeros(g.sizes(), g.dtype())])
        }
    )*};
}

step! {
    /// y = the largest integer not above x.  dy/dx = 0.
    floor, Floor, "FloorBackward0";
    /// y = the smallest integer not below x.  dy/dx = 0.
    ceil, Ceil, "CeilBackward0";
    /// y = x without its fraction.  dy/dx = 0.
    trunc, Trunc, "TruncBackward0";
}

fn refuse_bool(input: &Tensor, name: &str) -> Result<()> {
    if input.dtype() == DType::Bool {
        fail!(NotImplemented, "\"{name}_vml_cpu\" not implemented for 'Bool'");
    }
    Ok(())
}

/// y = x to the nearest multiple of 10^-decimals, ties to even.  dy/dx = 0.
pub fn round(input: &Tensor, decimals: i64) -> Result<Tensor> {
    refuse_bool(input, "round")?;
    if decimals != 0 && !input.dtype().is_float() {
        fail!(NotImplemented, "\"round_cpu\" not implemented for '{}'", input.dtype().scalar_type());
    }
    let zero = |cx: &crate::graph::node::Cx, g: Tensor| grads![cx; creation::zeros(g.sizes(), g.dtype())];
    if decimals == 0 {
        let out = unary(input, Round {}, Promote::Common)?;
        return record("RoundBackward0", &[input], out, |_| zero);
    }
    let scale = 10f64.powi(decimals.unsigned_abs() as i32);
    // Scaled, a half may be too large for its type.
    let plain = copy::to_dtype(&input.detach(), compute_type(input.dtype()), false)?;
    let scaled = if decimals > 0 { &plain * scale } else { &plain / scale }.0?;
    let rounded = unary(&scaled, Round {}, Promote::Common)?;
    let out = if decimals > 0 { &rounded / scale } else { &rounded * scale }.0?;
    let out = copy::to_dtype(&out, input.dtype(), false)?;
    record("RoundBackward1", &[input], out, |_| zero)
}

/// `torch.special.round`, which knows floats only.
pub fn special_round(input: &Tensor, decimals: i64) -> Result<Tensor> {
    if !input.dtype().is_float() {
        fail!(NotImplemented, "\"round_vml_cpu\" not implemented for '{}'", input.dtype().scalar_type());
    }
    round(input, decimals)
}

/// y = x - trunc(x).  dy/dx = 1.
pub fn frac(input: &Tensor) -> Result<Tensor> {
    if !input.dtype().is_float() {
        fail!(NotImplemented, "\"frac_cpu\" not implemented for '{}'", input.dtype().scalar_type());
    }
    record("FracBackward0", &[input], unary(input, Frac {}, Promote::Common)?, |_| |cx, g| grads![cx; &g])
}
