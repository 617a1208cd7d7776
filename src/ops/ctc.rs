//! The CTC loss: log-probabilities (time, batch, class) against unaligned labels. Its derivative has none, as PyTorch's.

use crate::dtype::DType;
use crate::dtype::Element;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::kernels::ctc as kernels;
use crate::kernels::ctc::Batch;
use crate::kernels::ctc::Sample;
use crate::kernels::float::Float;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::elementwise::Operand;
use crate::ops::expr::grads;
use crate::ops::reduce;
use crate::ops::select;
use crate::ops::view;
use crate::shape::Dims;
use crate::tensor::Tensor;

const CHECKING: &str = "(while checking arguments for ctc_loss_allocate_outputs)";

/// Labels and lengths, checked; the labels as int64.
#[derive(Clone)]
struct Targets {
    labels: Tensor,
    inputs: Vec<i64>,
    lengths: Vec<i64>,
    blank: i64,
}

impl Targets {
    fn new(log_probs: &Tensor, targets: &Tensor, inputs: &[i64], lengths: &[i64], blank: i64) -> Result<Targets> {
        let (x, to) = (log_probs.sizes(), targets.sizes());
        if log_probs.numel() == 0 {
            fail!(Runtime, "log_probs tensor must not be empty");
        }
        if !matches!(log_probs.dtype(), DType::F32 | DType::F64) {
            fail!(NotImplemented, "\"ctc_loss_cpu\" not implemented for '{}'", log_probs.dtype().scalar_type());
        }
        if x.len() != 3 {
            fail!(Runtime, "Expected 3-dimensional tensor, but got {}-dimensional tensor for argument #1 'log_probs' {CHECKING}", x.len());
        }
        if !(1..=2).contains(&to.len()) {
            fail!(Runtime, "Expected 1 to 2 dimensions, but got {}-dimensional tensor for argument #2 'targets' {CHECKING}", to.len());
        }
        if blank < 0 || blank >= x[2] {
            fail!(Runtime, "blank must be in label range");
        }
        for (name, list) in [("input_lengths", inputs), ("target_lengths", lengths)] {
            if list.len() as i64 != x[1] {
                fail!(Runtime, "{name} must be of size batch_size");
            }
        }
        if let Some(&n) = lengths.iter().find(|&&n| n < 0) {
            fail!(Runtime, "Expected target_lengths to have value at least 0, but got value {n} {CHECKING}");
        }
        let want = if to.len() == 1 { lengths.iter().sum() } else { x[1] };
        if to[0] != want {
            fail!(
                Runtime,
                "Expected tensor to have size {want} at dimension 0, but got size {} for argument #2 'targets' {CHECKING}",
                to[0]
            );
        }
        let longest = lengths.iter().copied().max().unwrap_or(0);
        if to.len() == 2 && to[1] < longest {
            fail!(
                Runtime,
                "Expected tensor to have size at least {longest} at dimension 1, but got size {} for argument #2 'targets' {CHECKING}",
                to[1]
            );
        }
        for &n in inputs {
            if n < 0 {
                fail!(Runtime, "Expected input_lengths to have value at least 0, but got value {n} {CHECKING}");
            }
            if n > x[0] {
                fail!(Runtime, "Expected input_lengths to have value at most {}, but got value {n} {CHECKING}", x[0]);
            }
        }
        let labels = copy::values(targets, DType::I64)?;
        let out = Targets { labels, inputs: inputs.to_vec(), lengths: lengths.to_vec(), blank };
        // PyTorch reads past its memory here.
        let all = out.batch(log_probs);
        if let Some(&label) = all.samples.iter().flat_map(|s| s.labels).find(|&&l| l < 0 || l >= x[2]) {
            fail!(Index, "Label {label} is out of bounds.");
        }
        Ok(out)
    }

    fn batch(&self, log_probs: &Tensor) -> Batch<'_> {
        let (labels, sizes) = (self.labels.as_slice::<i64>(), log_probs.sizes());
        let (batch, classes) = (sizes[1] as usize, sizes[2] as usize);
        let mut samples = Vec::with_capacity(batch);
        let mut joined = 0;
        for n in 0..batch {
            let length = self.lengths[n] as usize;
            let from = if self.labels.dim() == 1 { joined } else { n * self.labels.sizes()[1] as usize };
            joined += length;
            samples.push(Sample { labels: &labels[from..from + length], steps: self.inputs[n] as usize, first: n * classes });
        }
        Batch { samples, classes, step: batch * classes, blank: self.blank as usize }
    }
}

/// y[n] = -log p(labels n | x).  dx = exp x - the probability of being there: keeps input and output.
fn losses<T: Float + Element>(log_probs: &Tensor, targets: Targets, zero_infinity: bool) -> Result<Tensor> {
    let x = copy::values(log_probs, T::DTYPE)?;
    let out = Tensor::empty(&[log_probs.sizes()[1]], T::DTYPE)?;
    kernels::forward(&targets.batch(log_probs), x.as_slice::<T>(), out.as_mut_slice());
    record("CtcLossBackward0", &[log_probs], out, |save| {
        let (x, y) = (save.input("log_probs", log_probs), save.output());
        move |cx, g| grads![cx; backward::<T>(&g, &x.get(cx)?, &y.get(cx)?, &targets, zero_infinity)]
    })
}

fn backward<T: Float + Element>(g: &Tensor, x: &Tensor, y: &Tensor, targets: &Targets, zero_infinity: bool) -> Result<Tensor> {
    let out = creation::zeros(x.sizes(), T::DTYPE)?;
    let values = [x, y, g].map(|t| copy::values(t, T::DTYPE));
    let [x_values, losses, slopes] = values;
    let (x_values, losses, slopes) = (x_values?, losses?, slopes?);
    let batch = targets.batch(x);
    kernels::backward(&batch, x_values.as_slice::<T>(), losses.as_slice(), slopes.as_slice(), zero_infinity, out.as_mut_slice());
    record("NotImplemented", &[g, x], out, |_| |_, _| fail!(Runtime, "derivative for aten::_ctc_loss_backward is not implemented"))
}

/// Lengths as numbers; the loss of each sample, or its mean by label, or its sum.
#[allow(clippy::too_many_arguments)]
pub fn ctc_loss(
    log_probs: &Tensor,
    targets: &Tensor,
    input_lengths: &[i64],
    target_lengths: &[i64],
    blank: i64,
    reduction: i64,
    zero_infinity: bool,
) -> Result<Tensor> {
    let batched = log_probs.dim() == 3;
    let x = if batched { log_probs.clone() } else { view::unsqueeze(log_probs, 1)? };
    let checked = Targets::new(&x, targets, input_lengths, target_lengths, blank)?;
    let mut out = match x.dtype() {
        DType::F64 => losses::<f64>(&x, checked, zero_infinity)?,
        _ => losses::<f32>(&x, checked, zero_infinity)?,
    };
    if zero_infinity {
        let infinite = crate::ops::compare::isinf(&out)?;
        out = select::where_(&infinite, Operand::Number(Scalar::Float(0.0)), (&out).into())?;
    }
    match reduction {
        1 => {
            let counts: Vec<f64> = target_lengths.iter().map(|&n| n.max(1) as f64).collect();
            let counts = copy::to_dtype(&Tensor::from_slice(&counts, &[counts.len() as i64])?, out.dtype(), false)?;
            reduce::mean_everything(&(out / counts).0?, None)
        }
        2 => reduce::sum_everything(&out, None),
        _ if batched => Ok(out),
        _ => view::squeeze(&out, Some(&[0])),
    }
}

/// Lengths as tensors.
#[allow(clippy::too_many_arguments)]
pub fn ctc_loss_tensors(
    log_probs: &Tensor,
    targets: &Tensor,
    input_lengths: &Tensor,
    target_lengths: &Tensor,
    blank: i64,
    reduction: i64,
    zero_infinity: bool,
) -> Result<Tensor> {
    let list = |name: &str, t: &Tensor| -> Result<Dims> {
        if t.dtype().is_float() {
            fail!(Runtime, "{name} must be integral");
        }
        Ok(Dims::from_slice(copy::values(t, DType::I64)?.as_slice::<i64>()))
    };
    let (inputs, lengths) = (list("input_lengths", input_lengths)?, list("target_lengths", target_lengths)?);
    ctc_loss(log_probs, targets, &inputs, &lengths, blank, reduction, zero_infinity)
}
