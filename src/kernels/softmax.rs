//! softmax and log_softmax of contiguous rows, their derivatives, and cross entropy of logits with class targets:
//! one pass forward that keeps the probabilities, one pass back.

use crate::kernels::float::Float;
use crate::kernels::isa::Simd;
use crate::kernels::rows;
use crate::stamp;

/// Elements, and rows, that pass through a body's loops together, so that short rows fill the registers too.
const BLOCK: usize = 1024;
const ROWS: usize = 32;

fn block_rows(width: usize) -> usize {
    (BLOCK / width).clamp(1, ROWS)
}

/// out = e^(x - max) for some rows; their maxima.
#[inline(always)]
fn exponentials<S: Simd, T: Float>(x: &[T], out: &mut [T], width: usize) -> [T; ROWS] {
    let mut tops = [T::ZERO; ROWS];
    for ((x, out), top) in x.chunks_exact(width).zip(out.chunks_exact_mut(width)).zip(&mut tops) {
        *top = rows::max(x);
        let top = *top;
        out.iter_mut().zip(x).for_each(|(o, &v)| *o = v - top);
    }
    out.iter_mut().for_each(|v| *v = T::exp::<S>(*v));
    tops
}

#[inline(always)]
fn softmax_body<S: Simd, T: Float>(x: &[T], out: &mut [T], width: usize) {
    let step = block_rows(width) * width;
    for (x, out) in x.chunks(step).zip(out.chunks_mut(step)) {
        exponentials::<S, T>(x, out, width);
        for out in out.chunks_exact_mut(width) {
            let total = rows::sum(out, |v| v);
            out.iter_mut().for_each(|v| *v = *v / total);
        }
    }
}

#[inline(always)]
fn log_softmax_body<S: Simd, T: Float>(x: &[T], out: &mut [T], width: usize) {
    let step = block_rows(width) * width;
    for (x, out) in x.chunks(step).zip(out.chunks_mut(step)) {
        let tops = exponentials::<S, T>(x, out, width);
        let logs = logs::<S, T>(sums(out, width), out.len() / width);
        for (i, (x, out)) in x.chunks_exact(width).zip(out.chunks_exact_mut(width)).enumerate() {
            out.iter_mut().zip(x).for_each(|(o, &v)| *o = v - tops[i] - logs[i]);
        }
    }
}

#[inline(always)]
fn sums<T: Float>(x: &[T], width: usize) -> [T; ROWS] {
    let mut sums = [T::ONE; ROWS];
    x.chunks_exact(width).zip(&mut sums).for_each(|(x, sum)| *sum = rows::sum(x, |v| v));
    sums
}

#[inline(always)]
fn logs<S: Simd, T: Float>(mut x: [T; ROWS], count: usize) -> [T; ROWS] {
    x[..count].iter_mut().for_each(|v| *v = T::log::<S>(*v));
    x
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
    let step = block_rows(width) * width;
    for ((g, y), out) in g.chunks(step).zip(y.chunks(step)).zip(out.chunks_mut(step)) {
        out.iter_mut().zip(y).for_each(|(o, &y)| *o = T::exp::<S>(y));
        for (g, out) in g.chunks_exact(width).zip(out.chunks_exact_mut(width)) {
            let total = rows::sum(g, |g| g);
            out.iter_mut().zip(g).for_each(|(o, &g)| *o = g - *o * total);
        }
    }
}

/// losses = log sum e^x - x[target], 0 where ignored; kept = softmax(x). Targets were checked.
#[inline(always)]
fn cross_entropy_body<S: Simd, T: Float>(x: &[T], target: &[i64], ignored: i64, losses: &mut [T], kept: &mut [T], width: usize) {
    let count = block_rows(width);
    let blocks = x.chunks(count * width).zip(kept.chunks_mut(count * width)).zip(target.chunks(count)).zip(losses.chunks_mut(count));
    for (((x, kept), target), losses) in blocks {
        let tops = exponentials::<S, T>(x, kept, width);
        let totals = sums(kept, width);
        let logs = logs::<S, T>(totals, target.len());
        for (i, &t) in target.iter().enumerate() {
            losses[i] = if t == ignored { T::ZERO } else { logs[i] - (x[i * width + t as usize] - tops[i]) };
        }
        for (kept, &total) in kept.chunks_exact_mut(width).zip(&totals) {
            let inverse = T::ONE / total;
            kept.iter_mut().for_each(|v| *v = *v * inverse);
        }
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
    let (losses, kept) = (rows::Shared::of(losses), rows::Shared::of(kept));
    rows::run(target.len(), width, |from, to| {
        let (first, last) = (from * width, to * width);
        cross_entropy_rows(&x[first..last], &target[from..to], ignored, losses.part(from, to), kept.part(first, last), width);
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
