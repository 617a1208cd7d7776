//! What concerns the sign alone: negation, absolute value, the sign itself, one from elsewhere.

use crate::dtype::DType;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::kernels::map::Pointwise;
use crate::ops::arithmetic::refuse_bool;
use crate::ops::compare;
use crate::ops::creation;
use crate::ops::elementwise::Operand;
use crate::ops::elementwise::Promote;
use crate::ops::elementwise::binary;
use crate::ops::elementwise::by_words;
use crate::ops::elementwise::unary;
use crate::ops::expr::grads;
use crate::ops::pointwise::pointwise;
use crate::ops::select;
use crate::tensor::Tensor;

pointwise!(CopySign {}; x, y => T::copysign(x, y));
pointwise!(Neg {}; x => -x; int x => x.wrapping_neg(); cheap true);
pointwise!(Sign {}; x => if x > T::ZERO { T::ONE } else if x < T::ZERO { -T::ONE } else { T::ZERO }; int x => (x > 0) as i64 - (x < 0) as i64);
/// The sign bits of four halves.
const SIGNS: i64 = 0x8000_8000_8000_8000_u64 as i64;
pointwise!(FlipSigns {}; x => x; int x => x ^ SIGNS);
pointwise!(ClearSigns {}; x => x; int x => x & !SIGNS);
pointwise!(TakeSigns {}; x, y => x; int x, y => x & !SIGNS | y & SIGNS);
pointwise!(Abs {}; x => T::abs(x); int x => x.wrapping_abs(); cheap true);

/// Halves whose sign bits alone change go by words where they can.
fn signs<K: Pointwise>(operands: &[&Tensor], k: K, or: impl FnOnce() -> Result<Tensor>) -> Result<Tensor> {
    if matches!(operands[0].dtype(), DType::F16 | DType::BF16)
        && let Some(out) = by_words(operands, k)?
    {
        return Ok(out);
    }
    or()
}

/// y = -x.  dy/dx = -1.
pub fn neg(input: &Tensor) -> Result<Tensor> {
    if input.dtype() == DType::Bool {
        fail!(
            Runtime,
            "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead."
        );
    }
    let out = signs(&[input], FlipSigns {}, || unary(input, Neg {}, Promote::Common))?;
    record("NegBackward0", &[input], out, |_| |cx, g| grads![cx; -&g])
}

/// y = |x|.  dy/dx = sign(x): keeps the input.
pub fn abs(input: &Tensor) -> Result<Tensor> {
    refuse_bool(&[input.into()], "abs_cpu")?;
    #[cfg(feature = "complex")]
    if input.dtype() == DType::C64 {
        return crate::ops::complex::abs(input);
    }
    let out = signs(&[input], ClearSigns {}, || unary(input, Abs {}, Promote::Common))?;
    record("AbsBackward0", &[input], out, |save| {
        let x = save.input("self", input);
        move |cx, g| grads![cx; &g * sgn(&x.get(cx)?)?]
    })
}

/// y = the sign of x: -1, 0 or 1.  dy/dx = 0.
pub fn sign(input: &Tensor) -> Result<Tensor> {
    sign_as("SignBackward0", input)
}

fn sign_as(name: &'static str, input: &Tensor) -> Result<Tensor> {
    let out = unary(input, Sign {}, Promote::Common)?;
    record(name, &[input], out, |_| |cx, g| grads![cx; creation::zeros(g.sizes(), g.dtype())])
}

/// The sign as formulas use it; for complex numbers x / |x|.
pub fn sgn(input: &Tensor) -> Result<Tensor> {
    #[cfg(feature = "complex")]
    if input.dtype() == DType::C64 {
        return crate::ops::complex::sgn(input);
    }
    sign_as("SgnBackward0", input)
}

/// y = x.  For `positive`, which refuses bool.
pub fn positive(input: &Tensor) -> Result<Tensor> {
    if input.dtype() == DType::Bool {
        fail!(Runtime, "The `+` operator, on a bool tensor is not supported.");
    }
    Ok(input.clone())
}

/// y = |a| with the sign of b.  da = g y / a, 0 where a = 0: keeps the first and the output.
pub fn copysign(input: &Tensor, other: Operand) -> Result<Tensor> {
    let general = || binary(input, other, CopySign {}, Promote::Float);
    let out = match other {
        Operand::Tensor(sign) => signs(&[input, sign], TakeSigns {}, general)?,
        Operand::Number(_) => general()?,
    };
    record("CopysignBackward0", &[Operand::Tensor(input), other], out, |save| {
        let (a, y) = (save.input("self", input), save.output());
        move |cx, g| {
            let a = &a.get(cx)?;
            let ratio = select::masked_fill(&(y.get(cx)? / a).0?, &compare::eq(a.into(), 0.0.into())?, 0.0.into())?;
            grads![cx; &g * ratio, creation::zeros(g.sizes(), g.dtype())]
        }
    })
}

/// Is the sign bit set?
pub fn signbit(input: &Tensor) -> Result<Tensor> {
    if !input.dtype().is_float() {
        return compare::lt(input.into(), Operand::Number(0.into()));
    }
    let sign = binary(1.0, &input.detach(), CopySign {}, Promote::Common)?;
    compare::lt((&sign).into(), 0.0.into())
}
