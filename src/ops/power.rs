//! Powers, of tensors and of numbers; the commonest exponents without `pow`.

use crate::dtype::DType;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::graph::record::recording;
use crate::ops::arithmetic;
use crate::ops::arithmetic::kept;
use crate::ops::arithmetic::refuse_bool;
use crate::ops::arithmetic::zeros_like;
use crate::ops::compare;
use crate::ops::creation;
use crate::ops::elementwise::Operand;
use crate::ops::elementwise::Promote;
use crate::ops::elementwise::binary;
use crate::ops::elementwise::common_type;
use crate::ops::elementwise::unary;
use crate::ops::expr::grads;
use crate::ops::pointwise::pointwise;
use crate::ops::transcendental;
use crate::tensor::Tensor;

pointwise!(Cube {}; x => x * x * x; int x => x.wrapping_mul(x).wrapping_mul(x));
pointwise!(Inverse {}; x => T::ONE / x; cheap true);
pointwise!(Over {}; a, x => T::ONE / x * a);
pointwise!(InverseSquare {}; x => T::ONE / (x * x));
pointwise!(InverseRoot {}; x => T::ONE / T::sqrt(x));
pointwise!(Square {}; x => x * x; int x => x.wrapping_mul(x); cheap true);
pointwise!(Pow {}; x, y => T::pow::<S>(x, y); int x, y => int_pow(x, y));

/// Negative exponents: 1 and -1 have powers, the rest is 0.
#[inline(always)]
fn int_pow(x: i64, y: i64) -> i64 {
    if y >= 0 {
        let (mut out, mut square, mut left) = (1i64, x, y);
        while left > 0 {
            out = if left & 1 == 1 { out.wrapping_mul(square) } else { out };
            square = square.wrapping_mul(square);
            left >>= 1;
        }
        return out;
    }
    match x {
        1 => 1,
        -1 => 1 - 2 * (y & 1),
        _ => 0,
    }
}

/// y = a^b.  da = g b a^(b-1), db = g y log a, 0 where a = 0 and b >= 0: keeps the operands and the output.
pub fn pow(a: Operand, b: Operand) -> Result<Tensor> {
    if let (Operand::Tensor(_), Operand::Number(Scalar::Int(n))) = (a, b)
        && n < 0
        && !common_type(&[a, b], Promote::Common).is_float()
    {
        fail!(Runtime, "Integers to negative integer powers are not allowed.");
    }
    let out = power(a, b)?;
    match (a, b) {
        (Operand::Tensor(x), Operand::Number(s)) => record("PowBackward0", &[x], out, |save| {
            let x = save.input("self", x);
            move |cx, g| grads![cx; pow_base(&g, &x.get(cx)?, s)]
        }),
        (_, Operand::Tensor(y)) => record(if a.tensor().is_some() { "PowBackward1" } else { "PowBackward2" }, &[a, b], out, |save| {
            let (x, y, out) = (kept(a, true, save, "self"), save.input("exponent", y), save.output());
            move |cx, g| {
                let y = y.get(cx)?;
                grads![cx; pow_base_tensor(&g, &x.get(cx)?, &y), pow_exponent(&g, &x.get(cx)?, &y, &out.get(cx)?)]
            }
        }),
        _ => Ok(out),
    }
}

/// What Python's operator gives of a number by a tensor: the reciprocal, times the number.
pub fn quotient(a: Operand, b: Operand) -> Result<Tensor> {
    let (Operand::Number(_), Operand::Tensor(x)) = (a, b) else { return arithmetic::true_divide(a, b) };
    let exact = matches!(common_type(&[b], Promote::Float), DType::F32 | DType::F64);
    if exact && !recording(&[x]) {
        return binary(a, b, Over {}, Promote::Float);
    }
    arithmetic::mul((&arithmetic::reciprocal(x)?).into(), a)
}

/// A number to the power of a tensor.
pub fn pow_of_number(a: Scalar, exponent: &Tensor) -> Result<Tensor> {
    pow(a.into(), exponent.into())
}

/// 1 / x, without a record.
pub(super) fn inverse(x: &Tensor, promote: Promote) -> Result<Tensor> {
    unary(x, Inverse {}, promote)
}

/// The power itself; the commonest exponents without `pow`.
fn power(a: Operand, b: Operand) -> Result<Tensor> {
    if let (Operand::Tensor(x), Operand::Number(s)) = (a, b)
        && (x.dtype().is_float() || !s.is_float() && !matches!(s, Scalar::Bool(_)))
    {
        match s.to_f64() {
            2.0 if x.dtype() != DType::Bool => return unary(x, Square {}, Promote::Common),
            3.0 if x.dtype() != DType::Bool => return unary(x, Cube {}, Promote::Common),
            -1.0 if x.dtype().is_float() => return inverse(x, Promote::Common),
            -2.0 if x.dtype().is_float() => return unary(x, InverseSquare {}, Promote::Common),
            -0.5 if x.dtype().is_float() => return unary(x, InverseRoot {}, Promote::Common),
            0.5 if x.dtype().is_float() => return transcendental::sqrt_values(x),
            1.0 if x.dtype() != DType::Bool => return crate::ops::copy::clone(&x.detach()),
            _ => {}
        }
    }
    let b = match b {
        Operand::Number(s) => {
            let dtype = common_type(&[a, b], Promote::Common);
            let bounded = !matches!(dtype, DType::F32 | DType::F64);
            if bounded { creation::fitted(s, dtype)?.into() } else { b }
        }
        b => b,
    };
    refuse_bool(&[a, b], "pow")?;
    binary(a, b, Pow {}, Promote::Common)
}

fn pow_base(g: &Tensor, x: &Tensor, exponent: Scalar) -> Result<Tensor> {
    let n = exponent.to_f64();
    if n == 0.0 {
        return zeros_like(g);
    }
    if n == 2.0 {
        return (g * (x * 2.0)).0;
    }
    let lower = match exponent {
        Scalar::Int(i) => Scalar::Int(i - 1),
        other => Scalar::Float(other.to_f64() - 1.0),
    };
    (g * (pow(x.into(), lower.into())? * exponent)).0
}

fn pow_base_tensor(g: &Tensor, x: &Tensor, y: &Tensor) -> Result<Tensor> {
    let slope = (g * (pow(x.into(), (&(y - 1.0).0?).into())? * y)).0?;
    let zero = compare::eq(y.into(), 0.0.into())?;
    crate::ops::select::where_(&zero, 0.0.into(), (&slope).into())
}

fn pow_exponent(g: &Tensor, x: &Tensor, y: &Tensor, out: &Tensor) -> Result<Tensor> {
    let slope = (g * (out * transcendental::log(x)?)).0?;
    let zero = compare::logical_and(&compare::eq(x.into(), 0.0.into())?, &compare::ge(y.into(), 0.0.into())?)?;
    crate::ops::select::where_(&zero, 0.0.into(), (&slope).into())
}
