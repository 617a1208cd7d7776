//! Rarer functions of one element and of two, derivatives written with tensor ops.

use crate::dtype::DType;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::graph::record::renamed;
use crate::kernels::map::Pointwise;
use crate::ops::arithmetic;
use crate::ops::compare;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::elementwise;
use crate::ops::elementwise::Operand;
use crate::ops::elementwise::Promote;
use crate::ops::elementwise::binary;
use crate::ops::elementwise::unary;
use crate::ops::expr::Expr;
use crate::ops::expr::TermMath;
use crate::ops::expr::grads;
use crate::ops::inplace;
use crate::ops::pointwise::pointwise;
use crate::ops::select;
use crate::ops::transcendental;
use crate::tensor::Tensor;

pointwise!(NanToNum { nan: f64, high: f64, low: f64 }; x =>
    if T::is_nan(x) { T::of(nan) } else if x == T::of(f64::INFINITY) { T::of(high) } else if x == T::of(f64::NEG_INFINITY) { T::of(low) } else { x });
pointwise!(Atan2 {}; y, x => T::atan2::<S>(y, x));
pointwise!(Hypot {}; x, y => T::hypot(x, y));
pointwise!(LogAddExp { scale: f64 }; a, b => log_add::<T, S>(a, b, scale));
pointwise!(Heaviside {}; x, v => if x == T::ZERO { v } else if x > T::ZERO { T::ONE } else { T::ZERO };
    int x, v => if x == 0 { v } else { (x > 0) as i64 });
pointwise!(Fmax {}; a, b => if T::is_nan(a) || b > a { b } else { a }; int a, b => a.max(b));
pointwise!(Fmin {}; a, b => if T::is_nan(a) || b < a { b } else { a }; int a, b => a.min(b));
pointwise!(XLogY {}; x, y => if T::is_nan(y) { y } else if x == T::ZERO { T::ZERO } else { x * T::log::<S>(y) });
pointwise!(XLog1Py {}; x, y => if T::is_nan(y) { y } else if x == T::ZERO { T::ZERO } else { x * T::log1p::<S>(y) });
pointwise!(NextAfter { dtype: DType }; x, y => next_after::<T>(x, y, dtype));
pointwise!(Acosh {}; x => T::acosh::<S>(x));
pointwise!(Asinh {}; x => T::asinh::<S>(x));
pointwise!(Atanh {}; x => T::atanh::<S>(x));
pointwise!(Erfc {}; x => T::erfc::<S>(x));

use crate::kernels::float::Float;
use crate::kernels::isa::Simd;

#[inline(always)]
fn log_add<T: Float, S: Simd>(a: T, b: T, scale: f64) -> T {
    if a == b && T::abs(a) == T::of(f64::INFINITY) {
        return a;
    }
    let (high, low) = if a > b || T::is_nan(a) { (a, b) } else { (b, a) };
    high + T::log1p::<S>(T::exp::<S>((low - high) * T::of(scale))) * T::of(1.0 / scale)
}

/// The neighbour of 16 bits of sign and magnitude.
fn neighbour(bits: u16, up: bool) -> u16 {
    match (bits & 0x7fff == 0, bits >> 15 == 0) {
        (true, _) => 1 | u16::from(!up) << 15,
        (false, positive) if positive == up => bits + 1,
        _ => bits - 1,
    }
}

fn next_after<T: Float>(x: T, y: T, dtype: DType) -> T {
    if T::is_nan(x) || T::is_nan(y) {
        return x + y;
    }
    if x == y {
        return y;
    }
    T::of(match (dtype, size_of::<T>()) {
        (DType::BF16, _) => half::bf16::from_bits(neighbour(half::bf16::from_f64(T::to_f64(x)).to_bits(), y > x)).to_f64(),
        (DType::F16, _) => half::f16::from_bits(neighbour(half::f16::from_f64(T::to_f64(x)).to_bits(), y > x)).to_f64(),
        (_, 4) => {
            let f = T::to_f64(x) as f32;
            (if y > x { f.next_up() } else { f.next_down() }) as f64
        }
        _ => {
            let f = T::to_f64(x);
            if y > x { f.next_up() } else { f.next_down() }
        }
    })
}

/// y = x with nan and the infinities replaced (by 0 and the dtype's extremes unless given).  dy/dx = 1 where x is finite.
pub fn nan_to_num(input: &Tensor, nan: Option<f64>, posinf: Option<f64>, neginf: Option<f64>) -> Result<Tensor> {
    if !input.dtype().is_float() {
        return copy::clone(input);
    }
    let (high, low) = extremes(input.dtype());
    let kernel = NanToNum { nan: nan.unwrap_or(0.0), high: posinf.unwrap_or(high), low: neginf.unwrap_or(low) };
    let out = unary(input, kernel, Promote::Common)?;
    record("NanToNumBackward0", &[input], out, |save| {
        let x = save.input("self", input);
        move |cx, g| grads![cx; select::where_(&compare::isfinite(&x.get(cx)?)?, (&g).into(), 0.0.into())]
    })
}

fn extremes(dtype: DType) -> (f64, f64) {
    let high = match dtype {
        DType::F16 => 65504.0,
        DType::BF16 => half::bf16::MAX.to_f64(),
        DType::F32 => f32::MAX as f64,
        _ => f64::MAX,
    };
    (high, -high)
}

/// y = the angle of (other, input).  da = g b / (a^2 + b^2), db = -g a / (a^2 + b^2): keeps both.
pub fn atan2(input: &Tensor, other: &Tensor) -> Result<Tensor> {
    let out = binary(input, other, Atan2 {}, Promote::Float)?;
    record("Atan2Backward0", &[input, other], out, |save| {
        let (a, b) = (save.input("self", input), save.input("other", other));
        move |cx, g| {
            let (a, b) = (&a.get(cx)?, &b.get(cx)?);
            let scaled = (&g / (a.square() + b.square())).0?;
            let zero = compare::logical_and(&compare::eq(a.into(), 0.0.into())?, &compare::eq(b.into(), 0.0.into())?)?;
            let scaled = select::where_(&zero, 0.0.into(), (&scaled).into())?;
            grads![cx; &scaled * b, &scaled * -a]
        }
    })
}

/// y = sqrt(a^2 + b^2).  da = g a / y, db = g b / y: keeps both and the output.
pub fn hypot(input: &Tensor, other: &Tensor) -> Result<Tensor> {
    refuse_integers(&[input.into(), other.into()], "hypot_cpu")?;
    let out = binary(input, other, Hypot {}, Promote::Common)?;
    record("HypotBackward0", &[input, other], out, |save| {
        let (a, b, y) = (save.input("self", input), save.input("other", other), save.output());
        move |cx, g| {
            let y = &y.get(cx)?;
            grads![cx; &g * (a.get(cx)? / y), &g * (b.get(cx)? / y)]
        }
    })
}

fn refuse_integers(operands: &[Operand], kernel: &str) -> Result<()> {
    let dtype = elementwise::common_type(operands, Promote::Common);
    if !dtype.is_float() {
        fail!(NotImplemented, "\"{kernel}\" not implemented for '{}'", dtype.scalar_type());
    }
    Ok(())
}

/// y = log(base^a + base^b) / log base, for e and 2.  da = g / (1 + base^(b - a)): keeps both.
fn log_add_exp(name: &'static str, input: &Tensor, other: &Tensor, two: bool) -> Result<Tensor> {
    refuse_integers(&[input.into(), other.into()], if two { "logaddexp2_cpu" } else { "logaddexp_cpu" })?;
    let scale = if two { std::f64::consts::LN_2 } else { 1.0 };
    let out = binary(input, other, LogAddExp { scale }, Promote::Common)?;
    record(name, &[input, other], out, |save| {
        let (a, b) = (save.input("self", input), save.input("other", other));
        move |cx, g| {
            let (a, b) = (&a.get(cx)?, &b.get(cx)?);
            let exp = if two { transcendental::exp2 } else { transcendental::exp };
            grads![cx; &g / ((b - a).apply(exp) + 1.0), &g / ((a - b).apply(exp) + 1.0)]
        }
    })
}

pub fn logaddexp(input: &Tensor, other: &Tensor) -> Result<Tensor> {
    log_add_exp("LogaddexpBackward0", input, other, false)
}

pub fn logaddexp2(input: &Tensor, other: &Tensor) -> Result<Tensor> {
    log_add_exp("Logaddexp2Backward0", input, other, true)
}

/// y = 0, v or 1 as x is below, at or above 0. PyTorch has no derivative of it.
pub fn heaviside(input: &Tensor, values: &Tensor) -> Result<Tensor> {
    if input.dtype() != values.dtype() {
        fail!(Runtime, "heaviside is not yet implemented for tensors with different dtypes.");
    }
    let out = binary(&input.detach(), &values.detach(), Heaviside {}, Promote::Common)?;
    arithmetic::without_derivative("heaviside", &[input.into(), values.into()], out)
}

/// The larger, a nan ignored.  The gradient goes to the one taken: keeps both.
pub fn fmax(input: &Tensor, other: &Tensor) -> Result<Tensor> {
    let out = binary(input, other, Fmax {}, Promote::Common)?;
    taken("FmaxBackward0", input, other, out, compare::ge)
}

/// The smaller, a nan ignored.  The gradient goes to the one taken: keeps both.
pub fn fmin(input: &Tensor, other: &Tensor) -> Result<Tensor> {
    let out = binary(input, other, Fmin {}, Promote::Common)?;
    taken("FminBackward0", input, other, out, compare::le)
}

fn taken(name: &'static str, a: &Tensor, b: &Tensor, out: Tensor, wins: fn(Operand, Operand) -> Result<Tensor>) -> Result<Tensor> {
    record(name, &[a, b], out, |save| {
        let (a, b) = (save.input("self", a), save.input("other", b));
        move |cx, g| {
            let (a, b) = (&a.get(cx)?, &b.get(cx)?);
            let first = compare::logical_or(&wins(a.into(), b.into())?, &compare::isnan(b)?)?;
            grads![cx; select::where_(&first, (&g).into(), 0.0.into()), select::where_(&first, 0.0.into(), (&g).into())]
        }
    })
}

/// y = a f(b) for a logarithm f with its pole at `pole`, 0 where a = 0.  da = g f(b) where a is not 0 or b is above the
/// pole, db = g a / (b - pole): keeps both.
fn by_logarithm<K: Pointwise>(
    node: &'static str,
    [a, b]: [Operand; 2],
    k: K,
    pole: f64,
    again: fn(Operand, Operand) -> Result<Tensor>,
) -> Result<Tensor> {
    let out = binary(a, b, k, Promote::Float)?;
    record(node, &[a, b], out, |save| {
        let (x, y) = (arithmetic::kept(a, true, save, "self"), arithmetic::kept(b, true, save, "other"));
        move |cx, g| {
            let (x, y) = (&x.get(cx)?, &y.get(cx)?);
            let of_a = || {
                let idle = compare::logical_and(&compare::eq(x.into(), 0.0.into())?, &compare::le(y.into(), pole.into())?)?;
                select::masked_fill(&again((&g).into(), y.into())?, &idle, 0.0.into())
            };
            grads![cx; of_a(), if pole == 0.0 { &g * x / y } else { &g * x / (y - pole) }]
        }
    })
}

/// y = a log b, 0 where a = 0.
pub fn xlogy(a: Operand, b: Operand) -> Result<Tensor> {
    by_logarithm("XlogyBackward0", [a, b], XLogY {}, 0.0, xlogy)
}

/// y = a log(1 + b), 0 where a = 0.
pub fn xlog1py(a: Operand, b: Operand) -> Result<Tensor> {
    by_logarithm("SpecialXlog1PyBackward0", [a, b], XLog1Py {}, -1.0, xlog1py)
}

pub fn xlog1py_of_number(a: Scalar, other: &Tensor) -> Result<Tensor> {
    xlog1py(a.into(), other.into())
}

/// The next number after a toward b.  da = g where the two differ, db = 0: keeps both.
pub fn nextafter(input: &Tensor, other: &Tensor) -> Result<Tensor> {
    refuse_integers(&[input.into(), other.into()], "nextafter_cpu")?;
    let dtype = elementwise::common_type(&[input.into(), other.into()], Promote::Common);
    let out = binary(input, other, NextAfter { dtype }, Promote::Common)?;
    record("NextafterBackward0", &[input, other], out, |save| {
        let (x, y) = (save.input("self", input), save.input("other", other));
        move |cx, g| {
            let moves = compare::ne((&x.get(cx)?).into(), (&y.get(cx)?).into())?;
            grads![cx; select::where_(&moves, (&g).into(), 0.0.into()), creation::zeros(g.sizes(), g.dtype())]
        }
    })
}

/// A number as a float.
fn float(o: Operand) -> Operand {
    match o {
        Operand::Number(s) => s.to_f64().into(),
        tensor => tensor,
    }
}

/// y = a^b in float64.
pub fn float_power(a: Operand, b: Operand) -> Result<Tensor> {
    let wide = |o: Operand| o.tensor().map(|t| copy::to_dtype(t, DType::F64, false)).transpose();
    let (x, y) = (wide(a)?, wide(b)?);
    arithmetic::pow(x.as_ref().map_or(float(a), Operand::Tensor), y.as_ref().map_or(float(b), Operand::Tensor))
}

/// y = x 2^other.
pub fn ldexp(input: &Tensor, other: &Tensor) -> Result<Tensor> {
    let scale = arithmetic::pow(2.0.into(), other.into())?;
    let scale = if input.dtype().is_float() && !other.dtype().is_float() { copy::to_dtype(&scale, input.dtype(), false)? } else { scale };
    arithmetic::mul(input.into(), (&scale).into())
}

/// y = arcosh x.  dy/dx = 1 / sqrt(x^2 - 1): keeps the input.
pub fn acosh(input: &Tensor) -> Result<Tensor> {
    let out = unary(input, Acosh {}, Promote::Float)?;
    record("AcoshBackward0", &[input], out, |save| {
        let x = save.input("self", input);
        move |cx, g| grads![cx; &g * (x.get(cx)?.square() - 1.0).apply(transcendental::rsqrt)]
    })
}

/// y = arsinh x.  dy/dx = 1 / sqrt(x^2 + 1): keeps the input.
pub fn asinh(input: &Tensor) -> Result<Tensor> {
    let out = unary(input, Asinh {}, Promote::Float)?;
    record("AsinhBackward0", &[input], out, |save| {
        let x = save.input("self", input);
        move |cx, g| grads![cx; &g * (x.get(cx)?.square() + 1.0).apply(transcendental::rsqrt)]
    })
}

/// y = artanh x.  dy/dx = 1 / (1 - x^2): keeps the input.
pub fn atanh(input: &Tensor) -> Result<Tensor> {
    let out = unary(input, Atanh {}, Promote::Float)?;
    record("AtanhBackward0", &[input], out, |save| {
        let x = save.input("self", input);
        move |cx, g| grads![cx; &g * (1.0 / (1.0 - x.get(cx)?.square()))]
    })
}

fn scaled(name: &'static str, input: &Tensor, factor: f64) -> Result<Tensor> {
    let out = arithmetic::mul((&input.detach()).into(), factor.into())?;
    record(name, &[input], out, |_| move |cx, g| grads![cx; &g * factor])
}

/// y = x pi / 180.
pub fn deg2rad(input: &Tensor) -> Result<Tensor> {
    scaled("Deg2RadBackward0", input, std::f64::consts::PI / 180.0)
}

/// y = 180 x / pi.
pub fn rad2deg(input: &Tensor) -> Result<Tensor> {
    scaled("Rad2DegBackward0", input, 180.0 / std::f64::consts::PI)
}

/// log(x / (1 - x)), x first held inside [eps, 1 - eps] if eps is given.  dy/dx = 1 / (x (1 - x)): keeps the input.
pub fn logit(input: &Tensor, eps: Option<f64>) -> Result<Tensor> {
    let plain = copy::to_dtype(&input.detach(), elementwise::common_type(&[input.into()], Promote::Float), false)?;
    let held = match eps {
        // The lower bound comes first, even where it lies above the upper one.
        Some(eps) => {
            let (low, high) = (Scalar::from(eps).into(), (1.0 - Expr(creation::filled(&[], eps.into(), plain.dtype()))).0?);
            let below = select::where_(&compare::gt((&plain).into(), (&high).into())?, (&high).into(), (&plain).into())?;
            select::where_(&compare::lt((&plain).into(), low)?, low, (&below).into())?
        }
        None => plain,
    };
    let out = (&held / (1.0 - &held)).apply(transcendental::log).0?;
    record("LogitBackward0", &[input], out, |save| {
        let x = save.input("self", input);
        move |cx, g| {
            let x = &x.get(cx)?;
            let (low, high) = (eps.unwrap_or(0.0), 1.0 - eps.unwrap_or(0.0));
            let outside = compare::logical_or(&compare::lt(x.into(), low.into())?, &compare::gt(x.into(), high.into())?)?;
            let filler = if eps.is_some() { 0.0 } else { f64::NAN };
            grads![cx; select::where_(&outside, filler.into(), (&(&g / (x * (1.0 - x))).0?).into())]
        }
    })
}

/// y = sin(pi x) / (pi x), 1 at 0.
pub fn sinc(input: &Tensor) -> Result<Tensor> {
    if matches!(input.dtype(), DType::F16 | DType::BF16) {
        return copy::to_dtype(&sinc(&copy::to_dtype(input, DType::F32, false)?)?, input.dtype(), false);
    }
    let x = copy::to_dtype(input, elementwise::common_type(&[input.into()], Promote::Float), false)?;
    let zero = compare::eq((&x).into(), 0.0.into())?;
    let angle = (&select::where_(&zero, 1.0.into(), (&x).into())? * std::f64::consts::PI).0?;
    let ratio = (transcendental::sin(&angle)? / &angle).0?;
    renamed(select::where_(&zero, 1.0.into(), (&ratio).into())?, "SincBackward0")
}

pub fn isposinf(input: &Tensor) -> Result<Tensor> {
    compare::eq((&input.detach()).into(), f64::INFINITY.into())
        .and_then(|t| if input.dtype().is_float() { Ok(t) } else { creation::zeros(input.sizes(), DType::Bool) })
}

pub fn isneginf(input: &Tensor) -> Result<Tensor> {
    compare::eq((&input.detach()).into(), f64::NEG_INFINITY.into())
        .and_then(|t| if input.dtype().is_float() { Ok(t) } else { creation::zeros(input.sizes(), DType::Bool) })
}

pub fn isreal(input: &Tensor) -> Result<Tensor> {
    creation::filled(input.sizes(), crate::dtype::Scalar::Bool(true), DType::Bool)
}

/// y = 1 - erf x.  dy/dx = -2/sqrt(pi) e^(-x^2): keeps the input.
pub fn erfc(input: &Tensor) -> Result<Tensor> {
    let out = unary(input, Erfc {}, Promote::Float)?;
    record("ErfcBackward0", &[input], out, |save| {
        let x = save.input("self", input);
        move |cx, g| grads![cx; &g * ((-x.get(cx)?.square()).apply(transcendental::exp) * -std::f64::consts::FRAC_2_SQRT_PI)]
    })
}

pub fn xlogy_of_number(a: Scalar, other: &Tensor) -> Result<Tensor> {
    xlogy(a.into(), other.into())
}

pub fn float_power_of_number(a: Scalar, exponent: &Tensor) -> Result<Tensor> {
    float_power(a.into(), exponent.into())
}

/// In-place power in float64: only for float64 targets, as PyTorch has it.
pub fn float_power_(target: &Tensor, exponent: Operand) -> Result<()> {
    if target.dtype() != DType::F64 {
        fail!(
            Runtime,
            "the base given to float_power_ has dtype {} but the operation's result requires dtype Double",
            target.dtype().scalar_type()
        );
    }
    let others: Vec<&Tensor> = exponent.tensor().into_iter().collect();
    inplace::run(target, &others, false, || float_power(target.into(), exponent))
}
