//! softmax and log_softmax of contiguous rows, their derivatives, and cross entropy of logits with class targets:
//! one pass forward that keeps the probabilities, one pass back.

use crate::kernels::float::Float;
use crate::kernels::isa::Simd;
use crate::kernels::rows;
use crate::kernels::rows::W;
use crate::stamp;

/// out = e^(x - max), and the sum of it.
#[inline(always)]
fn exponentials<S: Simd, T: Float>(x: &[T], top: T, out: &mut [T]) -> T {
    let mut sums = [T::ZERO; W];
    let mut at = 0;
    rows::blocks(x, T::of(f64::NEG_INFINITY), |mut block| {
        for (v, s) in block.iter_mut().zip(&mut sums) {
            *v = T::exp::<S>(*v - top);
            *s = *s + *v;
        }
        let n = W.min(out.len() - at);
        out[at..at + n].copy_from_slice(&block[..n]);
        at += n;
    });
    rows::lanes(sums, |a, b| a + b)
}

#[inline(always)]
fn sum_exponentials<S: Simd, T: Float>(x: &[T], top: T) -> T {
    let mut sums = [T::ZERO; W];
    rows::blocks(x, T::of(f64::NEG_INFINITY), |block| {
        for (&v, s) in block.iter().zip(&mut sums) {
            *s = *s + T::exp::<S>(v - top);
        }
    });
    rows::lanes(sums, |a, b| a + b)
}

#[inline(always)]
fn softmax_body<S: Simd, T: Float>(x: &[T], out: &mut [T], width: usize) {
    for (x, out) in x.chunks_exact(width).zip(out.chunks_exact_mut(width)) {
        let total = exponentials::<S, T>(x, rows::max(x), out);
        out.iter_mut().for_each(|v| *v = *v / total);
    }
}

#[inline(always)]
fn log_softmax_body<S: Simd, T: Float>(x: &[T], out: &mut [T], width: usize) {
    for (x, out) in x.chunks_exact(width).zip(out.chunks_exact_mut(width)) {
        let top = rows::max(x);
        let log = T::log::<S>(sum_exponentials::<S, T>(x, top));
        out.iter_mut().zip(x).for_each(|(o, &v)| *o = v - top - log);
    }
}

/// y (g - sum g y)
#[inline(always)]
#[allow(clippy::extra_unused_type_parameters)]
fn softmax_backward_body<S: Simd, T: Float>(g: &[T], y: &[T], out: &mut [T], width: usize) {
    let rows = g.chunks_exact(width).zip(y.chunks_exact(width)).zip(out.chunks_exact_mut(width));
    for ((g, y), out) in rows {
        let total = rows::sum2(g, y, |g, y| g * y);
        out.iter_mut().zip(g).zip(y).for_each(|((o, &g), &y)| *o = y * (g - total));
    }
}

/// g - e^y sum g
#[inline(always)]
fn log_softmax_backward_body<S: Simd, T: Float>(g: &[T], y: &[T], out: &mut [T], width: usize) {
    let rows = g.chunks_exact(width).zip(y.chunks_exact(width)).zip(out.chunks_exact_mut(width));
    for ((g, y), out) in rows {
        let total = rows::sum(g, |g| g);
        out.iter_mut().zip(g).zip(y).for_each(|((o, &g), &y)| *o = g - T::exp::<S>(y) * total);
    }
}

/// losses = log sum e^x - x[target], 0 where ignored; kept = softmax(x) if there is room for it.
/// Targets were checked.
#[inline(always)]
fn cross_entropy_body<S: Simd, T: Float>(x: &[T], target: &[i64], ignored: i64, losses: &mut [T], kept: &mut [T], width: usize) {
    for (i, (x, &t)) in x.chunks_exact(width).zip(target).enumerate() {
        let top = rows::max(x);
        let total = if kept.is_empty() {
            sum_exponentials::<S, T>(x, top)
        } else {
            let kept = &mut kept[i * width..(i + 1) * width];
            let total = exponentials::<S, T>(x, top, kept);
            let inverse = T::ONE / total;
            kept.iter_mut().for_each(|v| *v = *v * inverse);
            total
        };
        if t == ignored {
            losses[i] = T::ZERO;
            continue;
        }
        losses[i] = T::log::<S>(total) - (x[t as usize] - top);
    }
}

/// out = (p - onehot(target)) scale, 0 where ignored; one scale for all rows or one for each.
#[inline(always)]
#[allow(clippy::extra_unused_type_parameters)]
fn cross_entropy_backward_body<S: Simd, T: Float>(p: &[T], target: &[i64], ignored: i64, scales: &[T], out: &mut [T], width: usize) {
    let rows = p.chunks_exact(width).zip(out.chunks_exact_mut(width)).zip(target);
    for (i, ((p, out), &t)) in rows.enumerate() {
        if t == ignored {
            out.fill(T::ZERO);
            continue;
        }
        let scale = if scales.len() == 1 { scales[0] } else { scales[i] };
        out.iter_mut().zip(p).for_each(|(o, &p)| *o = p * scale);
        out[t as usize] = (p[t as usize] - T::ONE) * scale;
    }
}

stamp! { pub fn softmax<T>(x: &[T], out: &mut [T], width: usize) where [T: Float] = softmax_body; }
stamp! { pub fn log_softmax<T>(x: &[T], out: &mut [T], width: usize) where [T: Float] = log_softmax_body; }
stamp! { pub fn softmax_backward<T>(g: &[T], y: &[T], out: &mut [T], width: usize) where [T: Float] = softmax_backward_body; }
stamp! { pub fn log_softmax_backward<T>(g: &[T], y: &[T], out: &mut [T], width: usize) where [T: Float] = log_softmax_backward_body; }
stamp! { fn cross_entropy_rows<T>(x: &[T], target: &[i64], ignored: i64, losses: &mut [T], kept: &mut [T], width: usize)
where [T: Float] = cross_entropy_body; }
stamp! { fn cross_entropy_backward_rows<T>(p: &[T], target: &[i64], ignored: i64, scales: &[T], out: &mut [T], width: usize)
where [T: Float] = cross_entropy_backward_body; }

/// Losses of all rows; see `cross_entropy_body`.
pub fn cross_entropy<T: Float>(x: &[T], target: &[i64], ignored: i64, losses: &mut [T], kept: &mut [T], width: usize) {
    let keeps = !kept.is_empty();
    let (losses, kept) = (rows::Shared::of(losses), rows::Shared::of(kept));
    rows::run(target.len(), width, |from, to| {
        let (first, last) = (from * width, to * width);
        let kept = if keeps { kept.part(first, last) } else { kept.part(0, 0) };
        cross_entropy_rows(&x[first..last], &target[from..to], ignored, losses.part(from, to), kept, width);
    });
}

/// The gradient of the logits from the kept probabilities; see `cross_entropy_backward_body`.
pub fn cross_entropy_backward<T: Float>(p: &[T], target: &[i64], ignored: i64, scales: &[T], out: &mut [T], width: usize) {
    let each = scales.len() > 1;
    let out = rows::Shared::of(out);
    rows::run(target.len(), width, |from, to| {
        let (first, last) = (from * width, to * width);
        let scales = if each { &scales[from..to] } else { scales };
        cross_entropy_backward_rows(&p[first..last], &target[from..to], ignored, scales, out.part(first, last), width);
    });
}
