//! Negative log-likelihood of class targets, with any number of dimensions.

use crate::dtype::DType;
use crate::dtype::Element;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::kernels::float::Float;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::expr::grads;
use crate::ops::loss::MEAN;
use crate::ops::loss::NONE;
use crate::ops::softmax::compute_type;
use crate::shape;
use crate::shape::Dims;
use crate::tensor::Tensor;

/// What nll_loss asks besides its input.
#[derive(Clone)]
pub struct Classes {
    /// int64, contiguous, checked.
    pub target: Tensor,
    pub weight: Option<Tensor>,
    pub reduction: i64,
    pub ignored: i64,
}

/// The class dimension in the middle: (batch, classes, rest).
fn split(sizes: &[i64]) -> (usize, usize, usize) {
    match sizes.len() {
        1 => (1, sizes[0] as usize, 1),
        _ => (sizes[0] as usize, sizes[1] as usize, sizes[2..].iter().product::<i64>() as usize),
    }
}

pub fn classes_of(input: &Tensor, target: &Tensor, weight: Option<&Tensor>, reduction: i64, ignored: i64) -> Result<Classes> {
    crate::ops::activation::refuse_integers(input, "nll_loss_out_frame")?;
    if !matches!(target.dtype(), DType::I64 | DType::U8) {
        fail!(Runtime, "expected target dtype to be Long or Byte, but got {}", target.dtype().scalar_type());
    }
    let target = copy::values(target, DType::I64)?;
    check_targets(target.as_slice(), split(input.sizes()).1, ignored)?;
    let weight = weight.map(|w| copy::values(w, compute_type(input.dtype()))).transpose()?;
    Ok(Classes { target, weight, reduction, ignored })
}

pub fn check_targets(target: &[i64], classes: usize, ignored: i64) -> Result<()> {
    match target.iter().find(|&&t| t as u64 >= classes as u64 && t != ignored) {
        Some(t) => fail!(Index, "Target {t} is out of bounds."),
        None => Ok(()),
    }
}

impl Classes {
    /// Calls `f(target number, position of its class among the input's elements, weight)`.
    fn each<T: Float + Element>(&self, sizes: &[i64], mut f: impl FnMut(usize, usize, T)) {
        let (_, classes, rest) = split(sizes);
        let weights = self.weight.as_ref().map(|w| w.as_slice::<T>());
        for (i, &t) in self.target.as_slice::<i64>().iter().enumerate() {
            if t != self.ignored {
                let at = (i / rest * classes + t as usize) * rest + i % rest;
                f(i, at, weights.map_or(T::ONE, |w| w[t as usize]));
            }
        }
    }

    /// The sum of the targets' weights.
    pub fn total(&self, sizes: &[i64]) -> f64 {
        let mut total = 0.0;
        match &self.weight {
            Some(w) if w.dtype() == DType::F64 => self.each::<f64>(sizes, |_, _, w| total += w),
            _ => self.each::<f32>(sizes, |_, _, w| total += w as f64),
        }
        total
    }

    fn losses<T: Float + Element>(&self, input: &Tensor) -> Result<Tensor> {
        let x = copy::values(input, T::DTYPE)?;
        let x = x.as_slice::<T>();
        if self.reduction == NONE {
            let out = creation::zeros(self.target.sizes(), T::DTYPE)?;
            let losses = out.as_mut_slice::<T>();
            self.each::<T>(input.sizes(), |i, at, w| losses[i] = -w * x[at]);
            return Ok(out);
        }
        let mut sum = 0.0;
        self.each::<T>(input.sizes(), |_, at, w| sum -= Float::to_f64(w * x[at]));
        let scale = if self.reduction == MEAN { self.total(input.sizes()) } else { 1.0 };
        creation::filled(&[], Scalar::Float(sum / scale), T::DTYPE)
    }

    fn spread<T: Float + Element>(&self, g: &Tensor, sizes: &[i64]) -> Result<Tensor> {
        let out = creation::zeros(sizes, T::DTYPE)?;
        let g = copy::values(g, T::DTYPE)?;
        let (g, dx) = (g.as_slice::<T>(), out.as_mut_slice::<T>());
        let scale = if self.reduction == MEAN { g[0] / T::of(self.total(sizes)) } else { T::ONE };
        self.each::<T>(sizes, |i, at, w| {
            dx[at] = -w
                * match self.reduction {
                    NONE => g[i],
                    MEAN => scale,
                    _ => g[0],
                }
        });
        Ok(out)
    }
}

/// y = -sum w[t] x[t] (over sum w[t]).  dx[t] = -w[t] g: keeps targets and weights.
fn nll(node: &'static str, input: &Tensor, classes: &Classes) -> Result<Tensor> {
    let out = match compute_type(input.dtype()) {
        DType::F64 => classes.losses::<f64>(input)?,
        _ => classes.losses::<f32>(input)?,
    };
    let out = copy::to_dtype(&out, input.dtype(), false)?;
    record(node, &[input], out, |_| {
        let (classes, sizes) = (classes.clone(), input.dims());
        move |cx, g| grads![cx; nll_backward(node, &g, &classes, &sizes)]
    })
}

pub fn nll_backward(node: &'static str, g: &Tensor, classes: &Classes, sizes: &Dims) -> Result<Tensor> {
    let out = match compute_type(g.dtype()) {
        DType::F64 => classes.spread::<f64>(g, sizes)?,
        _ => classes.spread::<f32>(g, sizes)?,
    };
    let out = copy::to_dtype(&out, g.dtype(), false)?;
    record("NllLossBackwardBackward0", &[g], out, |_| {
        let classes = classes.clone();
        move |cx, gg| grads![cx; nll(node, &gg, &classes)]
    })
}

fn check_weight(weight: Option<&Tensor>, classes: i64, spatial: bool) -> Result<()> {
    match weight {
        Some(w) if spatial && w.numel() as i64 != classes => {
            fail!(Runtime, "weight tensor should be defined either for all or no classes")
        }
        Some(w) if w.dim() != 1 || w.numel() as i64 != classes => {
            fail!(
                Runtime,
                "weight tensor should be defined either for all {classes} classes or no classes but got weight tensor of shape: {}",
                shape::list(w.sizes())
            )
        }
        _ => Ok(()),
    }
}

/// -w[target] input[target] for input (N, C) or (C).
pub fn nll_loss(input: &Tensor, target: &Tensor, weight: Option<&Tensor>, reduction: i64, ignore_index: i64) -> Result<Tensor> {
    if input.dim() == 0 || input.dim() > 2 {
        fail!(Runtime, "input tensor should be 1D or 2D");
    }
    if target.dim() > 1 {
        fail!(Runtime, "0D or 1D target tensor expected, multi-target not supported");
    }
    let single = input.dim() == 1 && target.dim() == 0;
    if !single && input.sizes()[0] != target.numel() as i64 {
        fail!(Runtime, "size mismatch (got input: {}, target: {})", shape::list(input.sizes()), shape::list(target.sizes()));
    }
    check_weight(weight, *input.sizes().last().expect("one dimension at least"), false)?;
    nll("NllLossBackward0", input, &classes_of(input, target, weight, reduction, ignore_index)?)
}

/// The same for input (N, C, ...) and target (N, ...).
pub fn nll_loss_nd(input: &Tensor, target: &Tensor, weight: Option<&Tensor>, reduction: i64, ignore_index: i64) -> Result<Tensor> {
    let n = input.dim();
    if n < 1 {
        fail!(Value, "Expected 1 or more dimensions (got {n})");
    }
    if n != 1 && input.sizes()[0] != target.sizes().first().copied().unwrap_or(1) {
        let batch = target.sizes().first().copied().unwrap_or(1);
        fail!(Value, "Expected input batch_size ({}) to match target batch_size ({batch}).", input.sizes()[0]);
    }
    if n == 1 && target.dim() == 1 && target.sizes()[0] != 1 {
        fail!(Value, "For 1D input, 1D target must have size 1, but got target size: {}", target.sizes()[0]);
    }
    if n <= 2 {
        return nll_loss(input, target, weight, reduction, ignore_index);
    }
    if n == 4 && target.dim() != 3 {
        fail!(Runtime, "only batches of spatial targets supported (3D tensors) but got targets of dimension: {}", target.dim());
    }
    let mut wanted = input.dims();
    wanted.remove(1);
    if target.sizes() != wanted.as_slice() {
        if n == 4 {
            fail!(Runtime, "size mismatch (got input: {} , target: {}", shape::list(input.sizes()), shape::list(target.sizes()));
        }
        fail!(Runtime, "Expected target size {}, got {}", shape::list(&wanted), shape::list(target.sizes()));
    }
    check_weight(weight, input.sizes()[1], true)?;
    nll("NllLoss2DBackward0", input, &classes_of(input, target, weight, reduction, ignore_index)?)
}
