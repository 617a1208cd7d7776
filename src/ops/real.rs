//! What functions of complex numbers say of real ones: a real tensor is its own conjugate and its own real part.

use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::ops::creation;
use crate::ops::elementwise::Promote;
use crate::ops::elementwise::unary;
use crate::ops::expr::grads;
use crate::ops::pointwise::pointwise;
use crate::tensor::Tensor;

pointwise!(Angle {}; x => if x < T::ZERO { T::of(std::f64::consts::PI) } else if x >= T::ZERO { T::ZERO } else { x });

/// The tensor itself: `conj`, `real`, `resolve_conj`, `resolve_neg`.
pub fn itself(input: &Tensor) -> Result<Tensor> {
    Ok(input.clone())
}

/// Only complex tensors have one.
pub fn imag(_: &Tensor) -> Result<Tensor> {
    fail!(Runtime, "imag is not implemented for tensors with non-complex dtypes.")
}

/// The angle to the positive half of the real axis: 0, pi for negative numbers, nan for nan.  dy/dx = 0.
pub fn angle(input: &Tensor) -> Result<Tensor> {
    let out = unary(input, Angle {}, Promote::Float)?;
    record("AngleBackward0", &[input], out, |_| |cx, g| grads![cx; creation::zeros(g.sizes(), g.dtype())])
}
