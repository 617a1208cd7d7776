//! Random draws that the distributions of the package build on: gamma and binomial.

use crate::dtype::DType;
use crate::error::Result;
use crate::fail;
use crate::ops::copy;
use crate::ops::random;
use crate::ops::random::Shared;
use crate::ops::view;
use crate::tensor::Tensor;

/// Draws from the gamma distributions whose shapes the input holds, with scale 1. The package writes the derivative.
pub fn standard_gamma(input: &Tensor, generator: Option<&Shared>) -> Result<Tensor> {
    let shapes = copy::contiguous(&input.detach())?;
    let out = Tensor::empty(input.sizes(), input.dtype())?;
    match input.dtype() {
        DType::F32 => random::lock(generator).standard_gamma(out.as_mut_slice::<f32>(), shapes.as_slice()),
        DType::F64 => random::lock(generator).standard_gamma(out.as_mut_slice::<f64>(), shapes.as_slice()),
        other => fail!(NotImplemented, "\"gamma_cpu\" not implemented for '{}'", other.scalar_type()),
    }
    Ok(out)
}

/// The number of successes of `count` trials with probability `prob`.
pub fn binomial(count: &Tensor, prob: &Tensor, generator: Option<&Shared>) -> Result<Tensor> {
    for (name, tensor) in [("count", count), ("prob", prob)] {
        if !tensor.dtype().is_float() {
            fail!(Value, "binomial only supports floating-point dtypes for {name}, got: {}", tensor.dtype().scalar_type());
        }
    }
    if count.dtype() != prob.dtype() {
        fail!(Runtime, "Found dtype {} but expected {}", prob.dtype().scalar_type(), count.dtype().scalar_type());
    }
    let sizes = crate::shape::broadcast(count.sizes(), prob.sizes())?;
    let counts = copy::contiguous(&view::expand(&count.detach(), &sizes)?)?;
    let probs = copy::contiguous(&view::expand(&prob.detach(), &sizes)?)?;
    let out = Tensor::empty(&sizes, count.dtype())?;
    match count.dtype() {
        DType::F32 => random::lock(generator).binomial(out.as_mut_slice::<f32>(), counts.as_slice(), probs.as_slice()),
        DType::F64 => random::lock(generator).binomial(out.as_mut_slice::<f64>(), counts.as_slice(), probs.as_slice()),
        other => fail!(NotImplemented, "\"binomial_cpu\" not implemented for '{}'", other.scalar_type()),
    }
    Ok(out)
}
