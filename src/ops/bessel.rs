//! Bessel functions, incomplete gamma functions, and what statistics makes of erfc and log.

use std::f64::consts::PI;
use std::f64::consts::SQRT_2;

use crate::dtype::DType;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::graph::record::renamed;
use crate::kernels::bessel;
use crate::kernels::float::Float;
use crate::kernels::isa::Simd;
use crate::ops::compare;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::elementwise;
use crate::ops::elementwise::Promote;
use crate::ops::elementwise::binary;
use crate::ops::elementwise::unary;
use crate::ops::expr::TermMath;
use crate::ops::expr::grads;
use crate::ops::gamma;
use crate::ops::pointwise::pointwise;
use crate::ops::reduce;
use crate::ops::select;
use crate::ops::sign;
use crate::ops::special;
use crate::ops::transcendental;
use crate::ops::view;
use crate::tensor::Tensor;

pointwise!(Bessel { n: u32 }; x => T::of(bessel::plain(n, T::to_f64(x))));
pointwise!(ScaledBessel { n: u32 }; x => T::of(bessel::scaled(n, T::to_f64(x))));
pointwise!(IncompleteGamma { upper: bool }; a, x => T::of(bessel::incomplete_gamma::<S>(T::to_f64(a), T::to_f64(x), upper)));
pointwise!(LogNdtr {}; x => log_ndtr_of::<T, S>(x));
pointwise!(Entr {}; x =>
    if T::is_nan(x) { x } else if x > T::ZERO { T::ZERO - x * T::log::<S>(x) } else if x == T::ZERO { T::ZERO } else { T::of(f64::NEG_INFINITY) });

/// Far to the left erfc underflows: there its scaled form stands for it.
#[inline(always)]
fn log_ndtr_of<T: Float, S: Simd>(x: T) -> T {
    let t = T::to_f64(x) / SQRT_2;
    let erfc = |t: f64| <f64 as crate::kernels::vmath::Math>::erfc::<S>(t);
    T::of(match t {
        _ if t.is_nan() => t,
        _ if t < -2.0 => (bessel::scaled_erfc(-t) / 2.0).ln() - t * t,
        _ if t < 1.0 => (erfc(-t) / 2.0).ln(),
        _ => (-erfc(t) / 2.0).ln_1p(),
    })
}

/// y = I0(x).  dy/dx = I1(x): keeps the input.
pub fn i0(input: &Tensor) -> Result<Tensor> {
    let out = unary(input, Bessel { n: 0 }, Promote::Float)?;
    record("I0Backward0", &[input], out, |save| {
        let x = save.input("self", input);
        move |cx, g| grads![cx; &g * i1(&x.get(cx)?)?]
    })
}

/// `value` where x is not 0 to its type's precision, `at_zero` where it is or is nan.
fn away_from_zero(x: &Tensor, value: Tensor, at_zero: f64) -> Result<Tensor> {
    let away = compare::gt((&sign::abs(x)?).into(), elementwise::precision(x.dtype()).into())?;
    select::where_(&away, (&value).into(), at_zero.into())
}

/// x, with 1 in the place of 0.
fn divisor(x: &Tensor) -> Result<Tensor> {
    select::where_(&compare::eq(x.into(), 0.0.into())?, 1.0.into(), x.into())
}

/// y = I1(x).  dy/dx = I0(x) - y / x, 1/2 at 0: keeps input and output.
pub fn i1(input: &Tensor) -> Result<Tensor> {
    let out = unary(input, Bessel { n: 1 }, Promote::Float)?;
    record("SpecialI1Backward0", &[input], out, |save| {
        let (x, y) = (save.input("self", input), save.output());
        move |cx, g| {
            let (x, y) = (&x.get(cx)?, y.get(cx)?);
            grads![cx; &g * away_from_zero(x, (i0(x)? - y / divisor(x)?).0?, 0.5)?]
        }
    })
}

/// y = e^-|x| I0(x).  dy/dx = e^-|x| I1(x) - sign(x) y: keeps input and output.
pub fn i0e(input: &Tensor) -> Result<Tensor> {
    let out = unary(input, ScaledBessel { n: 0 }, Promote::Float)?;
    record("SpecialI0EBackward0", &[input], out, |save| {
        let (x, y) = (save.input("self", input), save.output());
        move |cx, g| {
            let (x, y) = (&x.get(cx)?, y.get(cx)?);
            grads![cx; &g * (i1e(x)? - sign::sign(x)? * y)]
        }
    })
}

/// y = e^-|x| I1(x).  dy/dx = e^-|x| I0(x) - y (sign(x) + 1 / x), 1/2 at 0: keeps input and output.
pub fn i1e(input: &Tensor) -> Result<Tensor> {
    let out = unary(input, ScaledBessel { n: 1 }, Promote::Float)?;
    record("SpecialI1EBackward0", &[input], out, |save| {
        let (x, y) = (save.input("self", input), save.output());
        move |cx, g| {
            let (x, y) = (&x.get(cx)?, y.get(cx)?);
            let slope = (i0e(x)? - y * (sign::sign(x)? + 1.0 / divisor(x)?)).0?;
            grads![cx; &g * away_from_zero(x, slope, 0.5)?]
        }
    })
}

/// The density of the gamma distribution of shape a at x.
fn density(a: &Tensor, x: &Tensor) -> Result<Tensor> {
    let log = ((a - 1.0) * x.apply(transcendental::log) - x - gamma::lgamma(a)?).0?;
    transcendental::exp(&log)
}

fn incomplete(a: &Tensor, x: &Tensor, upper: bool) -> Result<Tensor> {
    let dtype = elementwise::common_type(&[a.into(), x.into()], Promote::Common);
    let (name, node) = if upper { ("igammac", "IgammacBackward0") } else { ("igamma", "IgammaBackward0") };
    if !dtype.is_float() {
        fail!(NotImplemented, "\"{name}_cpu\" not implemented for '{}'", dtype.scalar_type());
    }
    let out = binary(a, x, IncompleteGamma { upper }, Promote::Common)?;
    record(node, &[a, x], out, |save| {
        let (a, x) = (save.input("self", a), save.input("other", x));
        move |cx, g| {
            let by_shape = || -> Result<Tensor> { fail!(NotImplemented, "the derivative for '{name}: input' is not implemented.") };
            let slope = || density(&a.get(cx)?, &x.get(cx)?);
            grads![cx; by_shape(), if upper { -(&g * slope()?) } else { &g * slope()? }]
        }
    })
}

/// y = P(a, x), the lower incomplete gamma function.  dy/dx = x^(a-1) e^-x / gamma(a): keeps both.
pub fn igamma(input: &Tensor, other: &Tensor) -> Result<Tensor> {
    incomplete(input, other, false)
}

/// y = 1 - P(a, x).
pub fn igammac(input: &Tensor, other: &Tensor) -> Result<Tensor> {
    incomplete(input, other, true)
}

/// The logarithm of the multivariate gamma function of p dimensions.
pub fn mvlgamma(input: &Tensor, p: i64) -> Result<Tensor> {
    if input.dtype() == DType::Bool {
        fail!(Runtime, "The input tensor may not be a boolean tensor.");
    }
    if p < 1 {
        fail!(Runtime, "p has to be greater than or equal to 1");
    }
    let x = copy::to_dtype(input, elementwise::common_type(&[input.into()], Promote::Float), false)?;
    let (first, last) = (Scalar::Float(-(p as f64) / 2.0 + 0.5), Scalar::Float(0.5));
    let shifts = creation::arange(first, last, Scalar::Float(0.5), Some(x.dtype()))?;
    let terms = (view::unsqueeze(&x, -1)? + shifts).apply(gamma::lgamma).0?;
    let constant = (p * (p - 1)) as f64 * PI.ln() / 4.0;
    renamed((reduce::sum(&terms, Some(&[-1]), false, None)? + constant).0?, "MvlgammaBackward0")
}

/// The area under the normal density left of x.
pub fn ndtr(input: &Tensor) -> Result<Tensor> {
    let x = copy::to_dtype(input, elementwise::common_type(&[input.into()], Promote::Float), false)?;
    ((-(x / SQRT_2)).apply(special::erfc) * 0.5).0
}

/// y = log ndtr(x).  dy/dx = e^(-x^2/2 - y) / sqrt(2 pi): keeps input and output.
pub fn log_ndtr(input: &Tensor) -> Result<Tensor> {
    if matches!(input.dtype(), DType::F16 | DType::BF16) {
        fail!(NotImplemented, "\"log_ndtr_cpu\" not implemented for '{}'", input.dtype().scalar_type());
    }
    let out = unary(input, LogNdtr {}, Promote::Float)?;
    record("SpecialLogNdtrBackward0", &[input], out, |save| {
        let (x, y) = (save.input("self", input), save.output());
        move |cx, g| {
            let slope = (-(x.get(cx)?.square() / 2.0 + y.get(cx)?)).apply(transcendental::exp);
            grads![cx; &g * (slope / (2.0 * PI).sqrt())]
        }
    })
}

/// y = -x log x, 0 at 0, -inf below.  dy/dx = -log x - 1: keeps the input.
pub fn entr(input: &Tensor) -> Result<Tensor> {
    let out = unary(input, Entr {}, Promote::Float)?;
    record("SpecialEntrBackward0", &[input], out, |save| {
        let x = save.input("self", input);
        move |cx, g| grads![cx; &g * -(x.get(cx)?.apply(transcendental::log) + 1.0)]
    })
}
