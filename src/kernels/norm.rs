//! Layer normalisation of contiguous rows and its derivative. Gradients of scale and shift are summed per fixed
//! range of rows and merged in order.

use crate::kernels::float::Float;
use crate::kernels::isa::Simd;
use crate::kernels::rows;
use crate::kernels::rows::Shared;
use crate::par;
use crate::stamp;

/// What a row is scaled and shifted by; empty for 1 and 0.
#[derive(Clone, Copy)]
pub struct Affine<'a, T> {
    pub weight: &'a [T],
    pub bias: &'a [T],
    pub eps: f64,
}

#[inline(always)]
#[allow(clippy::extra_unused_type_parameters)]
fn forward_body<S: Simd, T: Float>(x: &[T], a: Affine<'_, T>, out: &mut [T], mean: &mut [T], rstd: &mut [T], width: usize) {
    let n = T::of(width as f64);
    for (i, (x, out)) in x.chunks_exact(width).zip(out.chunks_exact_mut(width)).enumerate() {
        let m = rows::sum(x, |v| v) / n;
        let variance = rows::sum(x, |v| (v - m) * (v - m)) / n;
        let r = T::ONE / T::sqrt(variance + T::of(a.eps));
        (mean[i], rstd[i]) = (m, r);
        if !a.weight.is_empty() && !a.bias.is_empty() {
            out.iter_mut().zip(x).zip(a.weight).zip(a.bias).for_each(|(((o, &v), &w), &b)| *o = (v - m) * r * w + b);
            continue;
        }
        out.iter_mut().zip(x).for_each(|(o, &v)| *o = (v - m) * r);
        if !a.weight.is_empty() {
            out.iter_mut().zip(a.weight).for_each(|(o, &w)| *o = *o * w);
        }
        if !a.bias.is_empty() {
            out.iter_mut().zip(a.bias).for_each(|(o, &b)| *o = *o + b);
        }
    }
}

/// dx = r (g w - (sum g w + xhat sum g w xhat) / n); dw += g xhat; db += g. Empty outputs are not wanted.
#[inline(always)]
#[allow(clippy::extra_unused_type_parameters, clippy::too_many_arguments)]
fn backward_body<S: Simd, T: Float>(
    g: &[T],
    x: &[T],
    w: &[T],
    mean: &[T],
    rstd: &[T],
    dx: &mut [T],
    dw: &mut [T],
    db: &mut [T],
    width: usize,
) {
    let (n, plain_weight) = (T::of(width as f64), w.is_empty());
    for (i, (g, x)) in g.chunks_exact(width).zip(x.chunks_exact(width)).enumerate() {
        let (m, r) = (mean[i], rstd[i]);
        if !dw.is_empty() {
            dw.iter_mut().zip(g).zip(x).for_each(|((d, &g), &x)| *d = *d + g * ((x - m) * r));
        }
        if !db.is_empty() {
            db.iter_mut().zip(g).for_each(|(d, &g)| *d = *d + g);
        }
        if dx.is_empty() {
            continue;
        }
        let w_or_g = if w.is_empty() { g } else { w };
        let scaled = |g: T, w: T| if plain_weight { g } else { g * w };
        let plain = rows::sum2(g, w_or_g, scaled) / n;
        let along = rows::sum3(g, x, w_or_g, |g, x, w| scaled(g, w) * ((x - m) * r)) / n;
        let dx = &mut dx[i * width..(i + 1) * width];
        if w.is_empty() {
            dx.iter_mut().zip(g).zip(x).for_each(|((d, &g), &x)| *d = r * (g - plain - (x - m) * r * along));
        } else {
            dx.iter_mut().zip(g).zip(x).zip(w).for_each(|(((d, &g), &x), &w)| *d = r * (g * w - plain - (x - m) * r * along));
        }
    }
}

stamp! { fn forward_rows<T>(x: &[T], a: Affine<'_, T>, out: &mut [T], mean: &mut [T], rstd: &mut [T], width: usize) where [T: Float] = forward_body; }
stamp! { #[allow(clippy::too_many_arguments)]
fn backward_rows<T>(g: &[T], x: &[T], w: &[T], mean: &[T], rstd: &[T], dx: &mut [T], dw: &mut [T], db: &mut [T], width: usize) where [T: Float] = backward_body; }

/// Normalises every row, keeps its mean and 1 / sqrt(variance + eps).
pub fn forward<T: Float>(x: &[T], a: Affine<T>, out: &mut [T], mean: &mut [T], rstd: &mut [T], width: usize) {
    let (out, mean, rstd, count) = (Shared::of(out), Shared::of(mean), Shared::of(rstd), x.len() / width);
    rows::run(count, width, |from, to| {
        let (first, last) = (from * width, to * width);
        forward_rows(&x[first..last], a, out.part(first, last), mean.part(from, to), rstd.part(from, to), width);
    });
}

/// What the derivative reads.
pub struct Kept<'a, T> {
    pub x: &'a [T],
    pub weight: &'a [T],
    pub mean: &'a [T],
    pub rstd: &'a [T],
}

/// Gradients of rows, scale and shift; empty ones are not wanted, the others start at 0.
pub fn backward<T: Float>(g: &[T], kept: &Kept<T>, dx: &mut [T], dw: &mut [T], db: &mut [T], width: usize) {
    let (count, each) = (g.len() / width, rows::rows_each(width));
    if count <= each {
        return backward_rows(g, kept.x, kept.weight, kept.mean, kept.rstd, dx, dw, db, width);
    }
    let tasks = count.div_ceil(each);
    let (wants_x, wants_w, wants_b) = (!dx.is_empty(), !dw.is_empty(), !db.is_empty());
    let mut partial_w = vec![T::ZERO; if wants_w { tasks * width } else { 0 }];
    let mut partial_b = vec![T::ZERO; if wants_b { tasks * width } else { 0 }];
    let (dx, pw, pb) = (Shared::of(dx), Shared::of(&mut partial_w), Shared::of(&mut partial_b));
    par::run(tasks, &|t| {
        let (from, to) = (t * each, ((t + 1) * each).min(count));
        let (first, last) = (from * width, to * width);
        let slot = |wanted: bool, part: &Shared<T>| if wanted { (t * width, (t + 1) * width, *part) } else { (0, 0, *part) };
        let ((w0, w1, pw), (b0, b1, pb)) = (slot(wants_w, &pw), slot(wants_b, &pb));
        let dx = if wants_x { dx.part(first, last) } else { dx.part(0, 0) };
        backward_rows(
            &g[first..last],
            &kept.x[first..last],
            kept.weight,
            &kept.mean[from..to],
            &kept.rstd[from..to],
            dx,
            pw.part(w0, w1),
            pb.part(b0, b1),
            width,
        );
    });
    for (total, partial) in [(dw, &partial_w), (db, &partial_b)] {
        for rows in partial.chunks_exact(width) {
            total.iter_mut().zip(rows).for_each(|(t, &p)| *t = *t + p);
        }
    }
}
