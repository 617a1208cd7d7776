//! Dropout: elements or whole channels zeroed at random, or sent to the value that keeps selu's mean and variance.
//! The scaled mask is all that the gradient needs.

use crate::error::Result;
use crate::fail;
use crate::ops::arithmetic;
use crate::ops::creation;
use crate::ops::random::draw_bernoulli;
use crate::shape::Dims;
use crate::tensor::Tensor;

/// Minus the limit of selu to the left.
const ALPHA: f64 = 1.758_099_340_847_376_6;

#[derive(Clone, Copy)]
struct Kind {
    /// One draw for each channel.
    features: bool,
    alpha: bool,
}

/// y = x m / (1 - p), m = 1 with probability 1 - p.  dy/dx = m / (1 - p): keeps the scaled mask.
pub fn dropout(input: &Tensor, p: f64, train: bool) -> Result<Tensor> {
    dropped(input, p, train, Kind { features: false, alpha: false })
}

/// The same with one draw for each channel.
pub fn feature_dropout(input: &Tensor, p: f64, train: bool) -> Result<Tensor> {
    dropped(input, p, train, Kind { features: true, alpha: false })
}

/// y = a x m + b where m = 1, the low value elsewhere; a and b keep mean and variance: keeps the scaled mask.
pub fn alpha_dropout(input: &Tensor, p: f64, train: bool) -> Result<Tensor> {
    dropped(input, p, train, Kind { features: false, alpha: true })
}

/// The same with one draw for each channel.
pub fn feature_alpha_dropout(input: &Tensor, p: f64, train: bool) -> Result<Tensor> {
    dropped(input, p, train, Kind { features: true, alpha: true })
}

fn dropped(input: &Tensor, p: f64, train: bool, kind: Kind) -> Result<Tensor> {
    if !(0.0..=1.0).contains(&p) {
        fail!(Runtime, "dropout probability has to be between 0 and 1, but got {p}");
    }
    if p == 0.0 || !train || input.numel() == 0 {
        return Ok(input.clone());
    }
    if p == 1.0 {
        return arithmetic::mul(input.into(), (&creation::zeros(&[], input.dtype())?).into());
    }
    let mask = mask(input, p, kind)?;
    if !kind.alpha {
        let scaled = arithmetic::true_divide((&mask).into(), (1.0 - p).into())?;
        return arithmetic::mul(input.into(), (&scaled).into());
    }
    let a = 1.0 / ((ALPHA * ALPHA * p + 1.0) * (1.0 - p)).sqrt();
    let shift = ((&mask + -1.0) * (ALPHA * a) + ALPHA * a * p).0?;
    (input * (mask * a).0? + shift).0
}

/// 1 with probability 1 - p, else 0.
fn mask(input: &Tensor, p: f64, kind: Kind) -> Result<Tensor> {
    let mask = if kind.features {
        if input.dim() < 2 {
            fail!(Runtime, "Feature dropout requires at least 2 dimensions in the input");
        }
        let sizes: Dims = input.sizes().iter().enumerate().map(|(i, &n)| if i < 2 { n } else { 1 }).collect();
        Tensor::empty(&sizes, input.dtype())?
    } else {
        creation::empty_like(input, None)?
    };
    draw_bernoulli(&mask, 1.0 - p, None)?;
    Ok(mask)
}
