//! lgamma, digamma, polygamma and erfinv: each one's derivative is the next, or a formula.

use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::kernels::gamma;
use crate::ops::elementwise::Promote;
use crate::ops::elementwise::unary;
use crate::ops::expr::TermMath;
use crate::ops::expr::grads;
use crate::ops::pointwise::pointwise;
use crate::ops::transcendental;
use crate::tensor::Tensor;

pointwise!(Lgamma {}; x => T::lgamma::<S>(x));
pointwise!(Digamma {}; x => T::of(gamma::digamma(T::to_f64(x))));
pointwise!(Trigamma {}; x => T::of(gamma::trigamma(T::to_f64(x), size_of::<T>() == 4)));
pointwise!(Polygamma { n: i64 }; x => T::of(gamma::polygamma(n, T::to_f64(x))));
pointwise!(Erfinv {}; x => T::erfinv::<S>(x));

/// y = log |gamma(x)|.  dy/dx = digamma x: keeps the input.
pub fn lgamma(input: &Tensor) -> Result<Tensor> {
    let out = unary(input, Lgamma {}, Promote::Float)?;
    record("LgammaBackward0", &[input], out, |save| {
        let x = save.input("self", input);
        move |cx, g| grads![cx; &g * digamma(&x.get(cx)?)?]
    })
}

/// y = the derivative of lgamma.  dy/dx = polygamma(1, x): keeps the input.
pub fn digamma(input: &Tensor) -> Result<Tensor> {
    let out = unary(input, Digamma {}, Promote::Float)?;
    record("DigammaBackward0", &[input], out, |save| {
        let x = save.input("self", input);
        move |cx, g| grads![cx; &g * polygamma(1, &x.get(cx)?)?]
    })
}

/// y = the n-th derivative of digamma.  dy/dx = polygamma(n + 1, x): keeps the input.
pub fn polygamma(n: i64, input: &Tensor) -> Result<Tensor> {
    if n < 0 {
        fail!(Runtime, "polygamma(n, x) does not support negative n.");
    }
    if n == 0 {
        return digamma(input);
    }
    let out = if n == 1 { unary(input, Trigamma {}, Promote::Float)? } else { unary(input, Polygamma { n }, Promote::Float)? };
    record("PolygammaBackward0", &[input], out, |save| {
        let x = save.input("self", input);
        move |cx, g| grads![cx; &g * polygamma(n + 1, &x.get(cx)?)?]
    })
}

pub fn polygamma_method(input: &Tensor, n: i64) -> Result<Tensor> {
    polygamma(n, input)
}

/// y with erf y = x.  dy/dx = sqrt(pi)/2 e^(y^2): keeps the output.
pub fn erfinv(input: &Tensor) -> Result<Tensor> {
    let out = unary(input, Erfinv {}, Promote::Float)?;
    record("ErfinvBackward0", &[input], out, |save| {
        let y = save.output();
        move |cx, g| grads![cx; &g * (y.get(cx)?.square().apply(transcendental::exp) / std::f64::consts::FRAC_2_SQRT_PI)]
    })
}
