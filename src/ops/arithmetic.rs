//! Arithmetic: add, subtract, multiply, divide, powers, negation, absolute value, remainders.
//! The engine sums gradients over broadcast dimensions and converts them to the input's dtype.

use crate::dtype::DType;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::graph::record::renamed;
use crate::ops::compare;
use crate::ops::creation;
use crate::ops::elementwise;
use crate::ops::elementwise::Operand;
use crate::ops::elementwise::Promote;
use crate::ops::elementwise::binary;
use crate::ops::expr::TermMath;
use crate::ops::expr::grads;
use crate::ops::pointwise::pointwise;
use crate::ops::power;
pub use crate::ops::power::pow;
use crate::tensor::Tensor;

pointwise!(Add {}; x, y => x + y; int x, y => x.wrapping_add(y); complex x, y => x + y; cheap true);
pointwise!(AddScaled { float_alpha: f64, int_alpha: i64 }; x, y => T::fma::<S>(y, T::of(float_alpha), x); int x, y => x.wrapping_add(y.wrapping_mul(int_alpha));
    cheap true);
pointwise!(Sub {}; x, y => x - y; int x, y => x.wrapping_sub(y); cheap true);
pointwise!(Mul {}; x, y => x * y; int x, y => x.wrapping_mul(y); complex x, y => x * y; cheap true);
pointwise!(Div {}; x, y => x / y; cheap true);
pointwise!(DivTrunc {}; x, y => T::trunc(x / y); int x, y => int_divide(x, y).0);
pointwise!(DivFloor {}; x, y => floor_div(x, y, rest::<T, S>(x, y)); int x, y => int_floor_div(x, y);
    rare has_far_rest::<T, S>(x, y) => floor_div(x, y, T::fmod(x, y)));
pointwise!(Remainder {}; x, y => toward(rest::<T, S>(x, y), y); int x, y => int_remainder(x, y);
    rare has_far_rest::<T, S>(x, y) => toward(T::fmod(x, y), y));
pointwise!(Fmod {}; x, y => rest::<T, S>(x, y); int x, y => int_divide(x, y).1;
    rare has_far_rest::<T, S>(x, y) => T::fmod(x, y));

use crate::kernels::float::Float;
use crate::kernels::isa::Simd;

/// x - y trunc(x / y), exact unless it is a far one: one rounding of a number that can be had without.
#[inline(always)]
fn rest<T: Float, S: Simd>(x: T, y: T) -> T {
    let r = T::fma::<S>(-T::trunc(x / y), y, x);
    // The quotient was rounded up to a whole number.
    let r = if (r < T::ZERO && x > T::ZERO) || (r > T::ZERO && x < T::ZERO) { r + T::copysign(y, x) } else { r };
    T::copysign(r, x)
}

/// Quotients whose whole part may miss by more than the last place, and levels that round twice.
#[inline(always)]
fn has_far_rest<T: Float, S: Simd>(x: T, y: T) -> bool {
    !S::FUSED || !(T::abs(x / y) < T::of(4194304.0)) || T::abs(y) == T::of(f64::INFINITY)
}

/// Python's floor division, by way of the remainder r of x with x's sign, so that it is exact.
#[inline(always)]
fn floor_div<T: Float>(x: T, y: T, r: T) -> T {
    let q = (x - r) / y;
    let q = if r != T::ZERO && (y < T::ZERO) != (r < T::ZERO) { q - T::ONE } else { q };
    let floor = T::floor(q);
    let rounded = if q - floor > T::of(0.5) { floor + T::ONE } else { floor };
    let signed = if q == T::ZERO { T::copysign(T::ZERO, x / y) } else { rounded };
    if y == T::ZERO { x / y } else { signed }
}

/// A remainder with the divisor's sign, of one with the dividend's.
#[inline(always)]
fn toward<T: Float>(r: T, y: T) -> T {
    if r != T::ZERO && (r < T::ZERO) != (y < T::ZERO) { r + y } else { r }
}

/// Quotient and remainder. Most are of numbers that the far cheaper division of 32 bits will do for.
#[inline(always)]
fn int_divide(x: i64, y: i64) -> (i64, i64) {
    if (x | y) as u64 >> 32 == 0 {
        let (x, y) = (x as u32, y as u32);
        return ((x / y) as i64, (x % y) as i64);
    }
    (x.wrapping_div(y), x.wrapping_rem(y))
}

#[inline(always)]
fn int_floor_div(x: i64, y: i64) -> i64 {
    let (q, r) = int_divide(x, y);
    if r != 0 && (x < 0) != (y < 0) { q - 1 } else { q }
}

#[inline(always)]
fn int_remainder(x: i64, y: i64) -> i64 {
    let r = int_divide(x, y).1;
    if r != 0 && (r < 0) != (y < 0) { r + y } else { r }
}

fn is_bool(o: Operand) -> bool {
    o.weight().0 == DType::Bool
}

/// Kernels that PyTorch lacks for bool.
pub(super) fn refuse_bool(operands: &[Operand], kernel: &str) -> Result<()> {
    if elementwise::common_type(operands, Promote::Common) == DType::Bool {
        fail!(NotImplemented, "\"{kernel}\" not implemented for 'Bool'");
    }
    Ok(())
}

/// A factor of operands, as a float and an int. It must fit the result: a float only with floats, a bool only with bools;
/// half types round it.
fn factor(alpha: Scalar, operands: &[Operand]) -> Result<(f64, i64)> {
    let common = elementwise::common_type(operands, Promote::Common);
    if matches!(alpha, Scalar::Bool(_)) && common != DType::Bool {
        fail!(Runtime, "Boolean alpha only supported for Boolean results.");
    }
    if alpha.is_float() && !common.is_float() {
        fail!(Runtime, "For integral input tensors, argument alpha must not be a floating point number.");
    }
    let alpha = creation::fitted(alpha, common)?;
    Ok((alpha.to_f64(), alpha.to_i64()))
}

/// a + sign alpha b.
fn scaled(alpha: Scalar, sign: i64, a: Operand, b: Operand) -> Result<AddScaled> {
    let signed = match alpha {
        Scalar::Int(i) => Scalar::Int(i.wrapping_mul(sign)),
        Scalar::Float(x) => Scalar::Float(x * sign as f64),
        Scalar::Unsigned(u) if sign < 0 => Scalar::Float(-(u as f64)),
        Scalar::Unsigned(_) | Scalar::Bool(_) => alpha,
    };
    let (float_alpha, int_alpha) = factor(signed, &[a, b])?;
    Ok(AddScaled { float_alpha, int_alpha })
}

const ONE: Scalar = Scalar::Int(1);

/// y = a + alpha b.  da = g, db = alpha g.
#[inline(always)]
pub fn add(a: Operand, b: Operand, alpha: Scalar) -> Result<Tensor> {
    if alpha == ONE {
        return add_operands(a, b);
    }
    let kernel = scaled(alpha, 1, a, b)?;
    let out = binary(a, b, kernel, Promote::Common)?;
    record("AddBackward0", &[a, b], out, |_| move |cx, g| grads![cx; &g, &g * alpha])
}

/// y = a + b.  da = db = g.
#[inline]
pub fn add_operands(a: Operand, b: Operand) -> Result<Tensor> {
    let out = binary(a, b, Add {}, Promote::Common)?;
    record("AddBackward0", &[a, b], out, |_| |cx, g| grads![cx; &g, &g])
}

/// target += other, unrecorded: what the engine's accumulation needs.
#[inline]
pub fn accumulate(target: &Tensor, other: &Tensor) -> Result<()> {
    if elementwise::plain_in_place(target, other, Add {}) {
        target.bump_version();
        return Ok(());
    }
    crate::ops::inplace::run(target, &[other], true, || add_operands(target.into(), other.into()))
}

/// y = a - alpha b.  da = g, db = -alpha g.
#[inline(always)]
pub fn sub(a: Operand, b: Operand, alpha: Scalar) -> Result<Tensor> {
    if alpha == ONE && a.tensor().is_some() {
        return sub_operands(a, b);
    }
    refuse_bool_sub(a, b)?;
    let kernel = scaled(alpha, -1, a, b)?;
    let out = binary(a, b, kernel, Promote::Common)?;
    record("SubBackward0", &[a, b], out, |_| move |cx, g| grads![cx; &g, -(&g * alpha)])
}

/// `sub` with its arguments in the order of old.
pub fn sub_scaled(a: &Tensor, alpha: Scalar, b: Operand) -> Result<Tensor> {
    sub(a.into(), b, alpha)
}

/// `add` with its arguments in the order of old.
pub fn add_scaled(a: &Tensor, alpha: Scalar, b: Operand) -> Result<Tensor> {
    add(a.into(), b, alpha)
}

/// y = a - b.  da = g, db = -g.
#[inline]
pub fn sub_operands(a: Operand, b: Operand) -> Result<Tensor> {
    refuse_bool_sub(a, b)?;
    let out = binary(a, b, Sub {}, Promote::Common)?;
    let name = if a.tensor().is_none() { "RsubBackward1" } else { "SubBackward0" };
    record(name, &[a, b], out, |_| |cx, g| grads![cx; &g, -&g])
}

fn refuse_bool_sub(a: Operand, b: Operand) -> Result<()> {
    if is_bool(a) && is_bool(b) {
        fail!(
            Runtime,
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator instead."
        );
    }
    if is_bool(a) || is_bool(b) {
        fail!(
            Runtime,
            "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead."
        );
    }
    Ok(())
}

/// y = b - alpha a: subtraction with its operands swapped.
pub fn rsub(a: Operand, b: Operand, alpha: Scalar) -> Result<Tensor> {
    let node = if b.tensor().is_some() { "RsubBackward0" } else { "RsubBackward1" };
    renamed(sub(b, a, alpha)?, node)
}

/// y = a b.  da = g b, db = g a: keeps what the other side needs.
#[inline]
pub fn mul(a: Operand, b: Operand) -> Result<Tensor> {
    // A number keeps its digits on either side.
    let (first, second) = if a.tensor().is_some() { (a, b) } else { (b, a) };
    let out = elementwise::binary_keeping(first, second, Mul {}, Promote::Common)?;
    match (a, b) {
        (Operand::Tensor(x), Operand::Tensor(y)) => record("MulBackward0", &[x, y], out, |save| {
            let x_slot = y.requires_grad().then(|| save.input("self", x));
            let y_slot = x.requires_grad().then(|| save.input("other", y));
            move |cx, g| {
                let other = |slot: Option<crate::graph::saved::Slot>| slot.expect("the other side requires a gradient").get(cx);
                grads![cx; &g * other(y_slot)?.conj(), &g * other(x_slot)?.conj()]
            }
        }),
        (Operand::Tensor(x), Operand::Number(s)) | (Operand::Number(s), Operand::Tensor(x)) => {
            record("MulBackward0", &[x], out, |_| move |cx, g| grads![cx; &g * s])
        }
        _ => Ok(out),
    }
}

/// y = a / b.  da = g / b, db = -g a / b^2: keeps both.
pub fn true_divide(a: Operand, b: Operand) -> Result<Tensor> {
    let out = elementwise::binary_keeping(a, b, Div {}, Promote::Float)?;
    match (a, b) {
        (Operand::Tensor(x), Operand::Number(s)) => record("DivBackward0", &[x], out, |_| move |cx, g| grads![cx; &g / s]),
        (_, Operand::Tensor(y)) => record("DivBackward0", &[a, b], out, |save| {
            let numerator = kept(a, y.requires_grad(), save, "self");
            let y_slot = save.input("other", y);
            move |cx, g| {
                let y = y_slot.get(cx)?;
                grads![cx; &g / &y, -&g * (numerator.get(cx)? / &y / &y)]
            }
        }),
        _ => Ok(out),
    }
}

/// An operand kept for a formula: a slot or the number itself.
#[derive(Clone, Copy)]
pub(super) enum Kept {
    Slot(crate::graph::saved::Slot),
    Number(Scalar),
    Nothing,
}

pub(super) fn kept(operand: Operand, needed: bool, save: &mut crate::graph::saved::Save, name: &'static str) -> Kept {
    match operand {
        _ if !needed => Kept::Nothing,
        Operand::Tensor(t) => Kept::Slot(save.input(name, t)),
        Operand::Number(s) => Kept::Number(s),
    }
}

impl Kept {
    pub(super) fn get(self, cx: &crate::graph::node::Cx) -> Result<Tensor> {
        match self {
            Kept::Slot(slot) => slot.get(cx),
            Kept::Number(s) => creation::scalar(s),
            Kept::Nothing => unreachable!("nobody asked for this gradient"),
        }
    }
}

/// y = a / b, rounded toward zero ("trunc") or down ("floor") where asked; rounding has no gradient.
pub fn div(a: Operand, b: Operand, rounding_mode: Option<&str>) -> Result<Tensor> {
    match rounding_mode {
        None => true_divide(a, b),
        Some("trunc") => rounded(integer_divide(a, b, DivTrunc {}, "div_trunc_cpu")?, a, b),
        Some("floor") => rounded(integer_divide(a, b, DivFloor {}, "div_floor_cpu")?, a, b),
        Some(mode) => {
            fail!(Runtime, "div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{mode}'")
        }
    }
}

fn integer_divide<K: crate::kernels::map::Pointwise>(a: Operand, b: Operand, k: K, kernel: &str) -> Result<Tensor> {
    refuse_bool(&[a, b], kernel)?;
    refuse_zero(a, b)?;
    elementwise::binary_keeping(a, b, k, Promote::Common)
}

fn rounded(out: Tensor, a: Operand, b: Operand) -> Result<Tensor> {
    record("DivBackward1", &[a, b], out, |_| |cx, g| grads![cx; zeros_like(&g), zeros_like(&g)])
}

pub(super) fn zeros_like(g: &Tensor) -> Result<Tensor> {
    creation::zeros(g.sizes(), g.dtype())
}

/// Integers divided by a zero anywhere.
fn refuse_zero(a: Operand, b: Operand) -> Result<()> {
    let common = elementwise::common_type(&[a, b], Promote::Common);
    let empty = [a, b].iter().any(|o| o.tensor().is_some_and(|t| t.numel() == 0));
    if common.is_float() || empty {
        return Ok(());
    }
    let zero = match b {
        Operand::Number(s) => s.cast(common).to_i64() == 0,
        Operand::Tensor(t) => compare::any_zero(&crate::ops::copy::to_dtype(&t.detach(), common, false)?)?,
    };
    if zero {
        fail!(Runtime, "ZeroDivisionError");
    }
    Ok(())
}

/// y = floor(a / b). PyTorch gives this name no derivative, though `div` with rounding has one.
pub fn floor_divide(a: Operand, b: Operand) -> Result<Tensor> {
    let out = integer_divide(a, b, DivFloor {}, "div_floor_cpu")?;
    without_derivative("floor_divide", &[a, b], out)
}

/// Recorded, so that backward refuses it as PyTorch does.
pub(super) fn without_derivative(op: &'static str, inputs: &[Operand], out: Tensor) -> Result<Tensor> {
    record("NotImplemented", inputs, out, |_| move |_, _| fail!(Runtime, "derivative for aten::{op} is not implemented"))
}

/// y = a - b floor(a / b), with the sign of b.  da = g, db = -g floor(a / b).
pub fn remainder(a: Operand, b: Operand) -> Result<Tensor> {
    refuse_bool(&[a, b], "remainder_cpu")?;
    refuse_zero(a, b)?;
    let out = binary(a, b, Remainder {}, Promote::Common)?;
    if a.tensor().is_none() {
        return without_derivative("remainder", &[a, b], out);
    }
    record(if b.tensor().is_some() { "RemainderBackward1" } else { "RemainderBackward0" }, &[a, b], out, |save| {
        let (x, y) = (kept(a, true, save, "self"), kept(b, true, save, "other"));
        move |cx, g| {
            let floor = |x: Tensor, y: Tensor| div((&x).into(), (&y).into(), Some("floor"));
            grads![cx; &g, -&g * floor(x.get(cx)?, y.get(cx)?)?]
        }
    })
}

/// y = a - b trunc(a / b), with the sign of a.  da = g, db = -g trunc(a / b).
pub fn fmod(a: Operand, b: Operand) -> Result<Tensor> {
    refuse_bool(&[a, b], "fmod_cpu")?;
    refuse_zero(a, b)?;
    let out = binary(a, b, Fmod {}, Promote::Common)?;
    record("FmodBackward0", &[a, b], out, |save| {
        let (x, y) = (kept(a, true, save, "self"), kept(b, true, save, "other"));
        move |cx, g| {
            let trunc = |x: Tensor, y: Tensor| div((&x).into(), (&y).into(), Some("trunc"));
            grads![cx; &g, -&g * trunc(x.get(cx)?, y.get(cx)?)?]
        }
    })
}

/// y = x^2.  dy/dx = 2 x: keeps the input.
pub fn square(input: &Tensor) -> Result<Tensor> {
    pow(input.into(), Operand::Number(Scalar::Int(2)))
}

/// y = 1 / x.  dy/dx = -y^2: keeps the output.
pub fn reciprocal(input: &Tensor) -> Result<Tensor> {
    let out = power::inverse(input, Promote::Float)?;
    record("ReciprocalBackward0", &[input], out, |save| {
        let y = save.output();
        move |cx, g| grads![cx; -&g * y.get(cx)?.square().conj()]
    })
}

pub fn remainder_of_number(a: Scalar, other: &Tensor) -> Result<Tensor> {
    remainder(a.into(), other.into())
}
