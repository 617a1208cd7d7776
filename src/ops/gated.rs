//! Activations with a second tensor: prelu's weight, glu's gate, rrelu's random slopes.

use crate::dtype::DType;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::graph::record::renamed;
use crate::ops::activation;
use crate::ops::activation::refuse_integers;
use crate::ops::compare;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::elementwise::Promote;
use crate::ops::elementwise::binary;
use crate::ops::expr::grads;
use crate::ops::join;
use crate::ops::pointwise::pointwise;
use crate::ops::random;
use crate::ops::rearrange;
use crate::ops::reduce;
use crate::ops::select;
use crate::ops::transcendental;
use crate::ops::view;
use crate::shape;
use crate::tensor::Tensor;

pointwise!(Prelu {}; x, w => if x > T::ZERO { x } else { w * x });
pointwise!(Glu {}; a, b => a * T::sigmoid::<S>(b));

/// y = x where x > 0, else w x, one w for each channel (dimension 1) or for all: keeps both.
pub fn prelu(input: &Tensor, weight: &Tensor) -> Result<Tensor> {
    if input.dtype() != weight.dtype() {
        fail!(Runtime, "prelu: Type promoting not supported. Got {} and {}", input.dtype().scalar_type(), weight.dtype().scalar_type());
    }
    let check_dim = || {
        if weight.dim() > 1 {
            fail!(Runtime, "prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {}", weight.dim());
        }
        Ok(())
    };
    if weight.numel() == 1 {
        check_dim()?;
        return prelu_kernel(input, &if weight.dim() == 0 { weight.clone() } else { view::reshape(weight, &[])? });
    }
    if input.dim() == 0 {
        fail!(Runtime, "Not allow zero-dim input tensor.");
    }
    let channels = if input.dim() > 1 { input.sizes()[1] } else { 1 };
    if channels != weight.numel() as i64 {
        fail!(
            Runtime,
            "Mismatch of parameter numbers and input channel size. Found parameter numbers = {} and channel size = {channels}.",
            weight.numel()
        );
    }
    check_dim()?;
    prelu_kernel(input, &view::along(weight, input.dim(), 1)?)
}

fn prelu_kernel(x: &Tensor, w: &Tensor) -> Result<Tensor> {
    refuse_integers(x, "prelu_cpu")?;
    let out = binary(x, w, Prelu {}, Promote::Common)?;
    record("PreluKernelBackward0", &[x, w], out, |save| {
        let (x, w) = (save.input("self", x), save.input("weight", w));
        move |cx, g| {
            let (x, w) = (x.get(cx)?, w.get(cx)?);
            let positive = compare::gt((&x).into(), 0.0.into())?;
            grads![
                cx;
                (&g * &w).0.and_then(|low| select::where_(&positive, (&g).into(), (&low).into())),
                (&g * &x).0.and_then(|low| select::where_(&positive, 0.0.into(), (&low).into()))
            ]
        }
    })
}

/// y = a sigmoid(b), a and b the halves of x along `dim`.  da = g s, db = g a s (1 - s): keeps the input.
pub fn glu(input: &Tensor, dim: i64) -> Result<Tensor> {
    if input.dim() == 0 {
        fail!(Runtime, "glu does not support 0-dimensional tensors");
    }
    let d = shape::wrap_dim(dim, input.dim())?;
    let size = input.sizes()[d];
    if size % 2 != 0 {
        fail!(Runtime, "Halving dimension must be even, but dimension {d} is size {size}");
    }
    refuse_integers(input, "glu_cpu")?;
    let half = move |x: &Tensor, i: i64| view::narrow(x, d as i64, i * size / 2, size / 2);
    let plain = input.detach();
    let out = binary(&half(&plain, 0)?, &half(&plain, 1)?, Glu {}, Promote::Common)?;
    record("GluBackward0", &[input], out, |save| {
        let x = save.input("self", input);
        move |cx, g| {
            let x = x.get(cx)?;
            let (a, s) = (half(&x, 0)?, transcendental::sigmoid(&half(&x, 1)?)?);
            let first = (&g * &s).0?;
            let second = (&first * &a * (1.0 - &s)).0?;
            grads![cx; join::cat(&[&first, &second], d as i64)]
        }
    })
}

/// y = x where x >= 0, else r x, r drawn from [lower, upper] in training, else their mean: keeps the slopes.
pub fn rrelu(input: &Tensor, lower: Scalar, upper: Scalar, training: bool, generator: Option<&random::Shared>) -> Result<Tensor> {
    let (low, high) = (lower.to_f64(), upper.to_f64());
    if low > high {
        fail!(Runtime, "Lower bound should be less than or equal to the upper bound");
    }
    if !training {
        return renamed(activation::leaky_relu(input, Scalar::Float((low + high) / 2.0))?, "RreluWithNoiseBackward0");
    }
    refuse_integers(input, "rrelu_with_noise_out_cpu")?;
    // One double for each element that is not above 0, in order; the bounds in the type that computes.
    let round = |bound: f64| if input.dtype() == DType::F64 { bound } else { f64::from(bound as f32) };
    let below = compare::le((&input.detach()).into(), 0.0.into())?;
    let drawn = reduce::sum(&below, None, false, None)?.as_slice::<i64>()[0];
    let slopes = Tensor::empty(&[drawn], DType::F64)?;
    random::uniform_(&slopes, round(low), round(high), generator)?;
    let ones = creation::ones(input.sizes(), Some(input.dtype()))?;
    let noise = rearrange::masked_scatter(&ones, &below, &copy::to_dtype(&slopes, input.dtype(), false)?)?;
    let out = (&copy::contiguous(&input.detach())? * &noise).0?;
    record("RreluWithNoiseBackward0", &[input], out, |save| {
        let noise = save.input("noise", &noise);
        move |cx, g| grads![cx; &g * noise.get(cx)?]
    })
}
