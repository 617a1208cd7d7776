//! What only complex numbers need, behind the cargo feature `complex`. Gradients are PyTorch's: the conjugate of
//! Wirtinger's derivative, so that a step against the gradient goes down.

use crate::dtype::Complex;
use crate::dtype::DType;
use crate::dtype::Element;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::ops::copy;
use crate::ops::expr::TermMath;
use crate::ops::expr::grads;
use crate::ops::sign;
use crate::ops::transcendental;
use crate::tensor::Tensor;

fn map<T: Element>(input: &Tensor, f: impl Fn(Complex) -> T) -> Result<Tensor> {
    let input = copy::contiguous(&input.detach())?;
    let out = Tensor::empty(input.sizes(), T::DTYPE)?;
    for (y, &z) in out.as_mut_slice::<T>().iter_mut().zip(input.as_slice::<Complex>()) {
        *y = f(z);
    }
    Ok(out)
}

/// y = |z|, a real number.  dz = g z / |z|: keeps the input.
pub fn abs(input: &Tensor) -> Result<Tensor> {
    let out = map(input, Complex::abs)?;
    record("AbsBackward0", &[input], out, |save| {
        let z = save.input("self", input);
        move |cx, g| grads![cx; &g * sign::sgn(&z.get(cx)?)?]
    })
}

/// The complex conjugate.  dz = conj(g). A real tensor is its own.
pub fn conj(input: &Tensor) -> Result<Tensor> {
    if input.dtype() != DType::C64 {
        return Ok(input.clone());
    }
    let out = map(input, Complex::conj)?;
    record("ConjBackward0", &[input], out, |_| |cx, g| grads![cx; g.conj()])
}

/// y = z / |z|. Its derivative is not written: second derivatives of abs refuse.
pub fn sgn(input: &Tensor) -> Result<Tensor> {
    let out = map(input, Complex::sgn)?;
    record("SgnBackward0", &[input], out, |_| {
        |_, _| fail!(NotImplemented, "the derivative for 'sgn' is not implemented for 'ComplexFloat'")
    })
}
