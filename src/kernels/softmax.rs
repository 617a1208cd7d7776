//! softmax and log_softmax of contiguous rows and of columns side by side, their derivatives, and cross entropy of
//! logits with class targets: one pass forward that keeps the probabilities, one pass back.

use crate::kernels::float::Float;
use crate::kernels::isa::Simd;
use crate::kernels::rows;
use crate::kernels::scan::Block;
use crate::kernels::scan::COLUMNS;
use crate::kernels::scan::Lines;
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

/// Rows whose terms are summed in their own type before they join the float64 of their columns.
const RUN: usize = 16;

/// Sums over n rows for each column.
#[inline(always)]
fn column_sums<'a, T: Float>(n: usize, row: impl Fn(usize) -> &'a [T]) -> [T; COLUMNS] {
    let mut totals = [0f64; COLUMNS];
    for first in (0..n).step_by(RUN) {
        let mut sums = [T::ZERO; COLUMNS];
        for k in first..n.min(first + RUN) {
            sums.iter_mut().zip(row(k)).for_each(|(sum, &v)| *sum = *sum + v);
        }
        totals.iter_mut().zip(&sums[..row(first).len()]).for_each(|(total, &sum)| *total += T::to_f64(sum));
    }
    totals.map(T::of)
}

#[inline(always)]
fn column_tops<T: Float>(x: &[T], [n, inner, width]: [usize; 3]) -> [T; COLUMNS] {
    let mut tops = [T::of(f64::NEG_INFINITY); COLUMNS];
    for k in 0..n {
        let tops = tops[..width].iter_mut();
        tops.zip(&x[k * inner..k * inner + width]).for_each(|(top, &v)| *top = if v > *top { v } else { *top });
    }
    tops
}

/// out = e^(x - max) for columns, n rows of `width` elements that are `inner` apart; their maxima.
#[inline(always)]
fn column_exponentials<S: Simd, T: Float>(x: &[T], out: rows::Shared<T>, sizes: [usize; 3]) -> [T; COLUMNS] {
    let [n, inner, width] = sizes;
    let tops = column_tops(x, sizes);
    for k in 0..n {
        let (from, to) = (k * inner, k * inner + width);
        let out = out.part(from, to);
        out.iter_mut().zip(&x[from..to]).zip(&tops).for_each(|((o, &v), &top)| *o = v - top);
        out.iter_mut().for_each(|v| *v = T::exp::<S>(*v));
    }
    tops
}

#[inline(always)]
fn softmax_columns_body<S: Simd, T: Float>(x: &[T], out: rows::Shared<T>, sizes: [usize; 3]) {
    let [n, inner, width] = sizes;
    column_exponentials::<S, T>(x, out, sizes);
    let totals = column_sums(n, |k| &*out.part(k * inner, k * inner + width));
    for k in 0..n {
        let out = out.part(k * inner, k * inner + width);
        out.iter_mut().zip(&totals).for_each(|(v, &total)| *v = *v / total);
    }
}

#[inline(always)]
fn log_softmax_columns_body<S: Simd, T: Float>(x: &[T], out: rows::Shared<T>, sizes: [usize; 3]) {
    let [n, inner, width] = sizes;
    let tops = column_exponentials::<S, T>(x, out, sizes);
    let mut logs = column_sums(n, |k| &*out.part(k * inner, k * inner + width));
    logs[..width].iter_mut().for_each(|v| *v = T::log::<S>(*v));
    for k in 0..n {
        let (from, to) = (k * inner, k * inner + width);
        for (((out, &x), &top), &log) in out.part(from, to).iter_mut().zip(&x[from..to]).zip(&tops).zip(&logs) {
            *out = x - top - log;
        }
    }
}

/// y (g - sum g y)
#[inline(always)]
#[allow(clippy::extra_unused_type_parameters)]
fn softmax_columns_backward_body<S: Simd, T: Float>(g: &[T], y: &[T], out: rows::Shared<T>, [n, inner, width]: [usize; 3]) {
    for k in 0..n {
        let (from, to) = (k * inner, k * inner + width);
        out.part(from, to).iter_mut().zip(&g[from..to]).zip(&y[from..to]).for_each(|((out, &g), &y)| *out = g * y);
    }
    let totals = column_sums(n, |k| &*out.part(k * inner, k * inner + width));
    for k in 0..n {
        let (from, to) = (k * inner, k * inner + width);
        for (((out, &g), &y), &total) in out.part(from, to).iter_mut().zip(&g[from..to]).zip(&y[from..to]).zip(&totals) {
            *out = y * (g - total);
        }
    }
}

/// g - e^y sum g
#[inline(always)]
fn log_softmax_columns_backward_body<S: Simd, T: Float>(g: &[T], y: &[T], out: rows::Shared<T>, [n, inner, width]: [usize; 3]) {
    let totals = column_sums(n, |k| &g[k * inner..k * inner + width]);
    for k in 0..n {
        let (from, to) = (k * inner, k * inner + width);
        let out = out.part(from, to);
        out.iter_mut().zip(&y[from..to]).for_each(|(o, &y)| *o = T::exp::<S>(y));
        out.iter_mut().zip(&g[from..to]).zip(&totals).for_each(|((o, &g), &total)| *o = g - *o * total);
    }
}

/// `pub fn name(lines, x, out)`: the kernel over all columns of lines that lie side by side.
macro_rules! over_columns {
    ($($name:ident, $stamped:ident, $body:ident, ($($x:ident),+);)*) => {$(
        stamp! { fn $stamped<T>($($x: &[T],)+ out: rows::Shared<T>, sizes: [usize; 3]) where [T: Float] = $body; }

        pub fn $name<T: Float>(lines: Lines, $($x: &[T],)+ out: &mut [T]) {
            let out = rows::Shared::of(out);
            lines.blocks(|block| match block {
                Block::Lines(..) => unreachable!("lines side by side"),
                Block::Columns(first, width) => $stamped($(&$x[first..],)+ out.from(first), [lines.n, lines.inner, width]),
            });
        }
    )*};
}
over_columns! {
    softmax_columns, softmax_block, softmax_columns_body, (x);
    log_softmax_columns, log_softmax_block, log_softmax_columns_body, (x);
    softmax_columns_backward, softmax_backward_block, softmax_columns_backward_body, (g, y);
    log_softmax_columns_backward, log_softmax_backward_block, log_softmax_columns_backward_body, (g, y);
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
