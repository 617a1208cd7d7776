//! Optimizer steps on tensors: plain float32 and float64 go straight to the kernels, other dtypes and strides
//! through contiguous copies. No history; versions go up as for any in-place write.

use crate::dtype::DType;
use crate::dtype::Element;
use crate::error::Result;
use crate::fail;
use crate::kernels::float::Float;
use crate::kernels::optim;
use crate::ops::copy;
use crate::ops::softmax::compute_type;
use crate::tensor::Tensor;

/// A tensor that a step writes, as the kernel sees it: itself, or a copy that is written back.
struct Target<'a> {
    tensor: &'a Tensor,
    plain: Tensor,
}

fn is_plain(t: &Tensor, dtype: DType) -> bool {
    t.is_contiguous() && t.dtype() == dtype
}

impl Target<'_> {
    fn of(tensor: &Tensor, dtype: DType) -> Result<Target<'_>> {
        Ok(Target { tensor, plain: copy::values(tensor, dtype)? })
    }

    fn done(self) -> Result<()> {
        if !self.plain.same_elements(self.tensor) {
            copy::copy_data(self.tensor, &self.plain)?;
        }
        self.tensor.bump_version();
        Ok(())
    }
}

fn check(p: &Tensor, g: &Tensor, states: &[Option<&Tensor>]) -> Result<()> {
    if !p.dtype().is_float() {
        fail!(Runtime, "For integral input tensors, argument alpha must not be a floating point number.");
    }
    for t in states.iter().flatten().chain(std::iter::once(&g)) {
        if t.sizes() != p.sizes() {
            crate::shape::broadcast(p.sizes(), t.sizes())?;
            fail!(
                Runtime,
                "output with shape {} doesn't match the broadcast shape {}",
                crate::shape::list(p.sizes()),
                crate::shape::list(t.sizes())
            );
        }
    }
    Ok(())
}

/// Calls the kernel with p, g and N states, of which some may be missing.
#[inline]
fn run<T, const N: usize>(p: &Tensor, g: &Tensor, states: [Option<&Tensor>; N], f: impl FnOnce(&mut [T], &[T], [&mut [T]; N])) -> Result<()>
where
    T: Float + Element,
{
    check(p, g, &states)?;
    let ready = |t: &Tensor| is_plain(t, T::DTYPE);
    if ready(p) && ready(g) && states.iter().flatten().all(|t| ready(t)) {
        f(p.as_mut_slice(), g.as_slice(), states.map(|s| s.map_or(&mut [] as &mut [T], |t| t.as_mut_slice())));
        p.bump_version();
        states.iter().flatten().for_each(|t| t.bump_version());
        return Ok(());
    }
    let (target, g) = (Target::of(p, T::DTYPE)?, copy::values(g, T::DTYPE)?);
    let mut copies = Vec::new();
    for state in states.iter().flatten() {
        copies.push(Target::of(state, T::DTYPE)?);
    }
    let mut next = 0;
    let slices = states.map(|s| match s {
        Some(_) => {
            next += 1;
            copies[next - 1].plain.as_mut_slice::<T>()
        }
        None => &mut [],
    });
    f(target.plain.as_mut_slice(), g.as_slice(), slices);
    target.done()?;
    copies.into_iter().try_for_each(Target::done)
}

/// p -= lr (g or its momentum).
#[inline]
pub fn sgd(o: &optim::Sgd, p: &Tensor, g: &Tensor, buffer: Option<&Tensor>) -> Result<()> {
    match compute_type(p.dtype()) {
        DType::F64 => run::<f64, 1>(p, g, [buffer], |p, g, [b]| optim::sgd(o, p, g, b)),
        _ => run::<f32, 1>(p, g, [buffer], |p, g, [b]| optim::sgd(o, p, g, b)),
    }
}

/// p -= step_size mean / (sqrt(square) / root_correction + eps).
#[inline]
pub fn adam(o: &optim::Adam, p: &Tensor, g: &Tensor, mean: &Tensor, square: &Tensor, largest: Option<&Tensor>) -> Result<()> {
    let states = [Some(mean), Some(square), largest];
    match compute_type(p.dtype()) {
        DType::F64 => run::<f64, 3>(p, g, states, |p, g, [m, v, top]| optim::adam(o, p, g, m, v, top)),
        _ => run::<f32, 3>(p, g, states, |p, g, [m, v, top]| optim::adam(o, p, g, m, v, top)),
    }
}

/// p -= lr g / (sqrt(square) + eps), with momentum.
#[inline]
pub fn rmsprop(o: &optim::RmsProp, p: &Tensor, g: &Tensor, square: &Tensor, mean: Option<&Tensor>, buffer: Option<&Tensor>) -> Result<()> {
    let states = [Some(square), mean, buffer];
    match compute_type(p.dtype()) {
        DType::F64 => run::<f64, 3>(p, g, states, |p, g, [v, m, b]| optim::rmsprop(o, p, g, v, m, b)),
        _ => run::<f32, 3>(p, g, states, |p, g, [v, m, b]| optim::rmsprop(o, p, g, v, m, b)),
    }
}
