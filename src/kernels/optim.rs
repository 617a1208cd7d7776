//! Optimizer steps over plain memory, one pass each. The order of roundings is that of PyTorch's single-tensor
//! loops, so results agree to the last digit: `add` with a factor and `lerp` are fused where the hardware fuses.

use crate::kernels::float::Float;
use crate::kernels::isa::Simd;
use crate::kernels::rows::Shared;
use crate::par;
use crate::stamp;

/// Elements of a task.
const CHUNK: usize = 16 * 1024;

/// Which optional parts a step has.
#[derive(Clone, Copy, Default)]
pub struct Sgd {
    pub lr: f64,
    pub momentum: f64,
    pub dampening: f64,
    pub weight_decay: f64,
    pub nesterov: bool,
    pub maximize: bool,
    /// The momentum buffer is fresh: it becomes the gradient.
    pub first: bool,
}

#[derive(Clone, Copy, Default)]
pub struct Adam {
    pub step_size: f64,
    pub beta1: f64,
    pub beta2: f64,
    pub root_correction: f64,
    pub eps: f64,
    /// Added to the gradient, times the parameter.
    pub weight_decay: f64,
    /// Multiplies the parameter first.
    pub shrink: f64,
    pub maximize: bool,
}

#[derive(Clone, Copy, Default)]
pub struct RmsProp {
    pub lr: f64,
    pub alpha: f64,
    pub eps: f64,
    pub weight_decay: f64,
    pub momentum: f64,
    pub maximize: bool,
}

#[inline(always)]
fn sign<T: Float>(maximize: bool) -> T {
    if maximize { -T::ONE } else { T::ONE }
}

/// The gradient with its sign and the decay of weights.
#[inline(always)]
fn gradient<S: Simd, T: Float>(g: T, p: T, sign: T, decay: T) -> T {
    let g = g * sign;
    if decay == T::ZERO { g } else { T::fma::<S>(p, decay, g) }
}

#[inline(always)]
fn sgd_body<S: Simd, T: Float>(o: &Sgd, p: &mut [T], g: &[T], buffer: &mut [T]) {
    let (sign, decay, rate) = (sign::<T>(o.maximize), T::of(o.weight_decay), T::of(-o.lr));
    if buffer.is_empty() {
        for (p, &g) in p.iter_mut().zip(g) {
            *p = T::fma::<S>(gradient::<S, T>(g, *p, sign, decay), rate, *p);
        }
        return;
    }
    let (momentum, fresh) = (T::of(o.momentum), T::of(1.0 - o.dampening));
    for ((p, &g), b) in p.iter_mut().zip(g).zip(buffer) {
        let g = gradient::<S, T>(g, *p, sign, decay);
        *b = if o.first { g } else { T::fma::<S>(g, fresh, *b * momentum) };
        let direction = if o.nesterov { T::fma::<S>(*b, momentum, g) } else { *b };
        *p = T::fma::<S>(direction, rate, *p);
    }
}

/// start + weight (end - start), from the nearer end.
#[inline(always)]
fn lerp<S: Simd, T: Float>(start: T, end: T, weight: T) -> T {
    let near = T::abs(weight) < T::of(0.5);
    let (factor, base) = if near { (weight, start) } else { (weight - T::ONE, end) };
    T::fma::<S>(factor, end - start, base)
}

#[inline(always)]
fn adam_body<S: Simd, T: Float>(o: &Adam, p: &mut [T], g: &[T], mean: &mut [T], square: &mut [T], largest: &mut [T]) {
    let (sign, decay, shrink) = (sign::<T>(o.maximize), T::of(o.weight_decay), T::of(o.shrink));
    let (fresh, keep, fresh_square) = (T::of(1.0 - o.beta1), T::of(o.beta2), T::of(1.0 - o.beta2));
    let (root, eps, size) = (T::of(o.root_correction), T::of(o.eps), T::of(-o.step_size));
    let update = |p: &mut T, g: T, m: &mut T, v: &mut T, top: Option<&mut T>| {
        *p = *p * shrink;
        let g = gradient::<S, T>(g, *p, sign, decay);
        *m = lerp::<S, T>(*m, g, fresh);
        *v = T::fma::<S>(fresh_square * g, g, *v * keep);
        let used = match top {
            Some(top) => {
                *top = T::maximum(*top, *v);
                *top
            }
            None => *v,
        };
        let bottom = T::sqrt(used) / root + eps;
        *p = *p + size * *m / bottom;
    };
    let rows = p.iter_mut().zip(g).zip(mean.iter_mut().zip(square));
    if largest.is_empty() {
        rows.for_each(|((p, &g), (m, v))| update(p, g, m, v, None));
    } else {
        rows.zip(largest).for_each(|(((p, &g), (m, v)), top)| update(p, g, m, v, Some(top)));
    }
}

#[inline(always)]
fn rmsprop_body<S: Simd, T: Float>(o: &RmsProp, p: &mut [T], g: &[T], square: &mut [T], mean: &mut [T], buffer: &mut [T]) {
    match (mean.is_empty(), buffer.is_empty()) {
        (true, true) => rmsprop_loop::<S, T, false, false>(o, p, g, square, mean, buffer),
        (true, false) => rmsprop_loop::<S, T, false, true>(o, p, g, square, mean, buffer),
        (false, true) => rmsprop_loop::<S, T, true, false>(o, p, g, square, mean, buffer),
        (false, false) => rmsprop_loop::<S, T, true, true>(o, p, g, square, mean, buffer),
    }
}

/// The options as constants, so that each loop is straight and vectorises.
#[inline(always)]
fn rmsprop_loop<S: Simd, T: Float, const CENTERED: bool, const MOMENTUM: bool>(
    o: &RmsProp,
    p: &mut [T],
    g: &[T],
    square: &mut [T],
    mean: &mut [T],
    buffer: &mut [T],
) {
    let (sign, decay, rate) = (sign::<T>(o.maximize), T::of(o.weight_decay), T::of(-o.lr));
    let (keep, fresh, eps, momentum) = (T::of(o.alpha), T::of(1.0 - o.alpha), T::of(o.eps), T::of(o.momentum));
    let n = p.len();
    let (g, square) = (&g[..n], &mut square[..n]);
    let mean = &mut mean[..if CENTERED { n } else { 0 }];
    let buffer = &mut buffer[..if MOMENTUM { n } else { 0 }];
    for i in 0..n {
        let g = gradient::<S, T>(g[i], p[i], sign, decay);
        square[i] = T::fma::<S>(fresh * g, g, square[i] * keep);
        let mut spread = square[i];
        if CENTERED {
            mean[i] = lerp::<S, T>(mean[i], g, fresh);
            spread = T::fma::<S>(-mean[i], mean[i], spread);
        }
        let bottom = T::sqrt(spread) + eps;
        if MOMENTUM {
            buffer[i] = buffer[i] * momentum + g / bottom;
            p[i] = T::fma::<S>(buffer[i], rate, p[i]);
        } else {
            p[i] = p[i] + rate * g / bottom;
        }
    }
}

stamp! { fn sgd_run<T>(o: &Sgd, p: &mut [T], g: &[T], buffer: &mut [T]) where [T: Float] = sgd_body; }
stamp! { fn adam_run<T>(o: &Adam, p: &mut [T], g: &[T], mean: &mut [T], square: &mut [T], largest: &mut [T]) where [T: Float] = adam_body; }
stamp! { fn rmsprop_run<T>(o: &RmsProp, p: &mut [T], g: &[T], square: &mut [T], mean: &mut [T], buffer: &mut [T]) where [T: Float] = rmsprop_body; }

/// Elements `from..to`, or nothing of an empty slice.
#[inline(always)]
fn part<T>(slice: &Shared<T>, empty: bool, from: usize, to: usize) -> &mut [T] {
    if empty { slice.part(0, 0) } else { slice.part(from, to) }
}

/// Calls `f(p, g, states)` on fixed pieces; a state is empty or as long as p.
#[inline(always)]
fn pieces<T: Float, const N: usize>(p: &mut [T], g: &[T], states: [&mut [T]; N], f: impl Fn(&mut [T], &[T], [&mut [T]; N]) + Sync) {
    let n = p.len();
    if n <= CHUNK {
        return f(p, g, states);
    }
    let empty = [0; N].map(|_| false);
    let mut empty = empty;
    states.iter().zip(&mut empty).for_each(|(s, e)| *e = s.is_empty());
    let (p, states) = (Shared::of(p), states.map(Shared::of));
    par::run(n.div_ceil(CHUNK), &|t| {
        let (from, to) = (t * CHUNK, ((t + 1) * CHUNK).min(n));
        let mut i = 0;
        let parts = states.each_ref().map(|s| {
            i += 1;
            part(s, empty[i - 1], from, to)
        });
        f(p.part(from, to), &g[from..to], parts);
    });
}

/// One step of gradient descent; `buffer` is empty without momentum.
#[inline]
pub fn sgd<T: Float>(o: &Sgd, p: &mut [T], g: &[T], buffer: &mut [T]) {
    pieces(p, g, [buffer], |p, g, [buffer]| sgd_run(o, p, g, buffer));
}

/// One step of Adam; `largest` is empty without amsgrad.
#[inline]
pub fn adam<T: Float>(o: &Adam, p: &mut [T], g: &[T], mean: &mut [T], square: &mut [T], largest: &mut [T]) {
    pieces(p, g, [mean, square, largest], |p, g, [mean, square, largest]| adam_run(o, p, g, mean, square, largest));
}

/// One step of RMSprop; `mean` is empty unless centered, `buffer` without momentum.
#[inline]
pub fn rmsprop<T: Float>(o: &RmsProp, p: &mut [T], g: &[T], square: &mut [T], mean: &mut [T], buffer: &mut [T]) {
    pieces(p, g, [square, mean, buffer], |p, g, [square, mean, buffer]| rmsprop_run(o, p, g, square, mean, buffer));
}
