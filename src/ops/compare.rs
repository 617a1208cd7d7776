//! Comparison and logic: results are bool and have no gradient.

use crate::dtype::DType;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::graph::record::recording;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::elementwise;
use crate::ops::elementwise::Operand;
use crate::ops::elementwise::Promote;
use crate::ops::elementwise::binary;
use crate::ops::elementwise::unary;
use crate::ops::inplace;
use crate::ops::pointwise::pointwise;
use crate::ops::pointwise::question;
use crate::ops::sign;
use crate::tensor::Tensor;

question!(Eq; x, y => x == y; int x, y => x == y);
question!(Ne; x, y => x != y; int x, y => x != y);
question!(Lt; x, y => x < y; int x, y => x < y);
question!(Le; x, y => x <= y; int x, y => x <= y);
question!(Gt; x, y => x > y; int x, y => x > y);
question!(Ge; x, y => x >= y; int x, y => x >= y);
question!(And; x, y => x != T::ZERO && y != T::ZERO; int x, y => x != 0 && y != 0);
question!(Or; x, y => x != T::ZERO || y != T::ZERO; int x, y => x != 0 || y != 0);
question!(Xor; x, y => (x != T::ZERO) != (y != T::ZERO); int x, y => (x != 0) != (y != 0));
question!(Not; x => x == T::ZERO; int x => x == 0);
question!(IsNan; x => T::is_nan(x); int x => false);
question!(IsInf; x => T::abs(x) == T::of(f64::INFINITY); int x => false);
question!(IsFinite; x => T::abs(x) < T::of(f64::INFINITY); int x => true);
pointwise!(BitAnd {}; x, y => x; int x, y => x & y);
pointwise!(BitOr {}; x, y => x; int x, y => x | y);
pointwise!(BitXor {}; x, y => x; int x, y => x ^ y);
pointwise!(Flip { mask: i64 }; x => x; int x => x ^ mask);

macro_rules! comparisons {
    ($($(#[$m:meta])* $name:ident $in_place:ident $kernel:ident $of_number:literal $of_tensor:literal;)*) => {$(
        $(#[$m])*
        pub fn $name(a: Operand, b: Operand) -> Result<Tensor> { elementwise::test(&[a, b], $kernel) }

        pub fn $in_place(target: &Tensor, other: Operand) -> Result<()> {
            overwritten(target, other, if other.tensor().is_some() { $of_tensor } else { $of_number }, $name)
        }
    )*};
}

/// In place the answer takes the target's dtype, and is recorded: neither operand gets a gradient from it.
fn overwritten(target: &Tensor, other: Operand, node: &'static str, test: fn(Operand, Operand) -> Result<Tensor>) -> Result<()> {
    let others: smallvec::SmallVec<[&Tensor; 1]> = other.tensor().into_iter().collect();
    inplace::run(target, &others, true, || {
        let out = test(target.into(), other)?;
        if !recording(&[Some(target), other.tensor()]) {
            return Ok(out);
        }
        let sizes = [Some(target.dims()), other.tensor().map(Tensor::dims)];
        record(node, &[Some(target), other.tensor()], copy::to_dtype(&out, target.dtype(), false)?, |_| {
            move |_, g| sizes.iter().map(|s| s.as_ref().map(|s| creation::zeros(s, g.dtype())).transpose()).collect()
        })
    })
}

comparisons! {
    /// a = b, element by element.
    eq eq_ Eq "EqBackward0" "EqBackward1";
    /// a differs from b, element by element.
    ne ne_ Ne "NeBackward0" "NeBackward1";
    /// a < b, element by element.
    lt lt_ Lt "LtBackward0" "LtBackward1";
    /// a <= b, element by element.
    le le_ Le "LeBackward0" "LeBackward1";
    /// a > b, element by element.
    gt gt_ Gt "GtBackward0" "GtBackward1";
    /// a >= b, element by element.
    ge ge_ Ge "GeBackward0" "GeBackward1";
}

macro_rules! logic {
    ($($(#[$m:meta])* $name:ident $kernel:ident;)*) => {$(
        $(#[$m])*
        pub fn $name(input: &Tensor, other: &Tensor) -> Result<Tensor> {
            elementwise::test(&[input.into(), other.into()], $kernel)
        }
    )*};
}

logic! {
    /// Both non-zero.
    logical_and And;
    /// Either non-zero.
    logical_or Or;
    /// Exactly one non-zero.
    logical_xor Xor;
}

macro_rules! questions {
    ($($(#[$m:meta])* $name:ident $kernel:ident;)*) => {$(
        $(#[$m])*
        pub fn $name(input: &Tensor) -> Result<Tensor> { elementwise::test(&[input.into()], $kernel) }
    )*};
}

questions! {
    /// Zero?
    logical_not Not;
    /// Not a number?
    isnan IsNan;
    /// Infinite?
    isinf IsInf;
    /// Neither infinite nor nan?
    isfinite IsFinite;
}

fn refuse_floats(operands: &[Operand], name: &str) -> Result<()> {
    let dtype = elementwise::common_type(operands, Promote::Common);
    if dtype.is_float() {
        fail!(NotImplemented, "\"{name}_cpu\" not implemented for '{}'", dtype.scalar_type());
    }
    Ok(())
}

macro_rules! bits {
    ($($(#[$m:meta])* $name:ident $kernel:ident;)*) => {$(
        $(#[$m])*
        pub fn $name(a: Operand, b: Operand) -> Result<Tensor> {
            refuse_floats(&[a, b], stringify!($name))?;
            if let (Operand::Tensor(x), Operand::Tensor(y)) = (a, b) && let Some(out) = elementwise::by_words(&[x, y], $kernel {})? {
                return Ok(out);
            }
            binary(a, b, $kernel {}, Promote::Common)
        }
    )*};
}

bits! {
    /// Bitwise and; logical for bool.
    bitwise_and BitAnd;
    /// Bitwise or; logical for bool.
    bitwise_or BitOr;
    /// Bitwise exclusive or; logical for bool.
    bitwise_xor BitXor;
}

pointwise!(ShiftLeft {}; x, y => x; int x, y => if (0..64).contains(&y) { x << y } else { 0 });
pointwise!(ShiftRight {}; x, y => x; int x, y => if (0..64).contains(&y) { x >> y } else { x >> 63 });

/// input shifted left, zeros coming in.
pub fn shift_left(a: Operand, b: Operand) -> Result<Tensor> {
    need_integers(&[a, b], "lshift_cpu")?;
    binary(a, b, ShiftLeft {}, Promote::Common)
}

/// input shifted right, the sign coming in.
pub fn shift_right(a: Operand, b: Operand) -> Result<Tensor> {
    need_integers(&[a, b], "rshift_cpu")?;
    binary(a, b, ShiftRight {}, Promote::Common)
}

/// Floats and bools are an error of the named kernel.
pub(super) fn need_integers(operands: &[Operand], kernel: &str) -> Result<()> {
    let dtype = elementwise::common_type(operands, Promote::Common);
    if !dtype.is_integer() {
        fail!(NotImplemented, "\"{kernel}\" not implemented for '{}'", dtype.scalar_type());
    }
    Ok(())
}

macro_rules! bits_of_number {
    ($($name:ident $f:ident;)*) => {$(
        pub fn $name(a: Scalar, other: &Tensor) -> Result<Tensor> { $f(a.into(), other.into()) }
    )*};
}
bits_of_number! {
    and_number bitwise_and;
    or_number bitwise_or;
    xor_number bitwise_xor;
    shift_left_number shift_left;
    shift_right_number shift_right;
}

/// Bitwise not; logical for bool.
pub fn bitwise_not(input: &Tensor) -> Result<Tensor> {
    refuse_floats(&[input.into()], "bitwise_not")?;
    // A bool is a byte of 0 or 1.
    let mask = if input.dtype() == DType::Bool { i64::from_ne_bytes([1; 8]) } else { -1 };
    if let Some(out) = elementwise::by_words(&[input], Flip { mask })? {
        return Ok(out);
    }
    unary(input, Flip { mask: if input.dtype() == DType::Bool { 1 } else { -1 } }, Promote::Common)
}

/// Is any element zero?
pub fn any_zero(input: &Tensor) -> Result<bool> {
    crate::ops::reduce::any_all(&logical_not(input)?, true)
}

/// Same shape and equal elements?
pub fn equal(input: &Tensor, other: &Tensor) -> Result<bool> {
    if input.sizes() != other.sizes() {
        return Ok(false);
    }
    crate::ops::reduce::any_all(&eq(input.into(), other.into())?, false)
}

/// |a - b| <= atol + rtol |b|, element by element; equal infinities are close, nan only if `equal_nan`.
pub fn isclose(input: &Tensor, other: &Tensor, rtol: f64, atol: f64, equal_nan: bool) -> Result<Tensor> {
    if input.dtype() != other.dtype() {
        fail!(Runtime, "{} did not match {}", input.dtype().scalar_type(), other.dtype().scalar_type());
    }
    if rtol < 0.0 {
        fail!(Runtime, "rtol must be greater than or equal to zero, but got {rtol}");
    }
    if atol < 0.0 {
        fail!(Runtime, "atol must be greater than or equal to zero, but got {atol}");
    }
    let (a, b) = (&input.detach(), &other.detach());
    let mut close = eq(a.into(), b.into())?;
    if equal_nan && a.dtype().is_float() {
        close = logical_or(&close, &logical_and(&isnan(a)?, &isnan(b)?)?)?;
    }
    if rtol == 0.0 && atol == 0.0 {
        return Ok(close);
    }
    let wide = |t: &Tensor| if t.dtype().is_float() { Ok(t.clone()) } else { crate::ops::copy::to_dtype(t, DType::F64, false) };
    let (a, b) = (&wide(a)?, &wide(b)?);
    let allowed = (sign::abs(&(b * rtol).0?)? + atol).0?;
    let error = sign::abs(&(a - b).0?)?;
    let near = logical_and(&isfinite(&error)?, &le((&error).into(), (&allowed).into())?)?;
    logical_or(&close, &near)
}

/// Are all elements close? See `isclose`.
pub fn allclose(input: &Tensor, other: &Tensor, rtol: f64, atol: f64, equal_nan: bool) -> Result<bool> {
    crate::ops::reduce::any_all(&isclose(input, other, rtol, atol, equal_nan)?, false)
}

/// Is the one element of a tensor non-zero? What `bool(tensor)` asks.
pub fn is_true(input: &Tensor) -> Result<bool> {
    match input.numel() {
        0 => fail!(Runtime, "Boolean value of Tensor with no values is ambiguous"),
        1 => Ok(crate::ops::creation::item(input)?.to_f64() != 0.0),
        _ => fail!(Runtime, "Boolean value of Tensor with more than one value is ambiguous"),
    }
}
