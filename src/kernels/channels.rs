//! Normalisation of channels over a batch: moments of each channel, scale and shift, and the derivative. Rows of pixels
//! are summed in their type and joined in float64, image after image; a channel is one task.

use crate::kernels::features;
use crate::kernels::float::Float;
use crate::kernels::isa::Simd;
use crate::kernels::rows;
use crate::kernels::rows::Shared;
use crate::par;
use crate::stamp;

/// Sizes of (images, channels, pixels).
#[derive(Clone, Copy)]
pub struct Planes {
    pub images: usize,
    pub channels: usize,
    pub pixels: usize,
}

impl Planes {
    /// Where the pixels of an image's channel are.
    fn range(self, image: usize, channel: usize) -> std::ops::Range<usize> {
        let first = (image * self.channels + channel) * self.pixels;
        first..first + self.pixels
    }

    fn count(self) -> f64 {
        (self.images * self.pixels) as f64
    }

    /// Calls `f` for every channel, on the pool where that pays.
    fn each(self, f: impl Fn(usize) + Sync) {
        let each = rows::rows_each(self.images * self.pixels);
        if self.channels <= each {
            return (0..self.channels).for_each(f);
        }
        par::run(self.channels.div_ceil(each), &|t| (t * each..((t + 1) * each).min(self.channels)).for_each(&f));
    }
}

#[inline(always)]
fn moments_body<S: Simd, T: Float>(x: &[T], p: Planes, channel: usize) -> (f64, f64) {
    let mut sum = 0.0;
    for i in 0..p.images {
        sum += T::to_f64(rows::sum(&x[p.range(i, channel)], |v| v));
    }
    let mean = sum / p.count();
    let (m, mut square) = (T::of(mean), 0.0);
    for i in 0..p.images {
        square += T::to_f64(rows::sum(&x[p.range(i, channel)], |v| (v - m) * (v - m)));
    }
    (mean, square / p.count())
}

/// out = x scale + shift for one channel.
#[inline(always)]
fn scale_body<S: Simd, T: Float>(x: &[T], out: &Shared<T>, p: Planes, channel: usize, scale: T, shift: T) {
    for i in 0..p.images {
        let range = p.range(i, channel);
        let to = out.part(range.start, range.end);
        to.iter_mut().zip(&x[range]).for_each(|(o, &v)| *o = v * scale + shift);
    }
}

/// The sums of g and of g (x - mean), and dx = rstd w (g - mean g - xhat mean(g xhat)).
#[inline(always)]
fn backward_body<S: Simd, T: Float>(
    g: &[T],
    x: &[T],
    dx: Option<&Shared<T>>,
    p: Planes,
    channel: usize,
    (mean, rstd, weight): (T, T, T),
) -> (f64, f64) {
    let (mut plain, mut along) = (0.0, 0.0);
    for i in 0..p.images {
        let range = p.range(i, channel);
        plain += T::to_f64(rows::sum(&g[range.clone()], |g| g));
        along += T::to_f64(rows::sum2(&g[range.clone()], &x[range], |g, x| g * (x - mean)));
    }
    if let Some(dx) = dx {
        let scale = rstd * weight;
        let (offset, slope) = (T::of(plain / p.count()), T::of(along / p.count()) * rstd * rstd);
        for i in 0..p.images {
            let range = p.range(i, channel);
            let to = dx.part(range.start, range.end);
            to.iter_mut().zip(&g[range.clone()]).zip(&x[range]).for_each(|((d, &g), &x)| *d = scale * (g - offset - (x - mean) * slope));
        }
    }
    (plain, along)
}

stamp! { fn moments_of<T>(x: &[T], p: Planes, channel: usize) -> (f64, f64) where [T: Float] = moments_body; }
stamp! { fn scale_one<T>(x: &[T], out: &Shared<T>, p: Planes, channel: usize, scale: T, shift: T) where [T: Float] = scale_body; }
stamp! { fn backward_one<T>(g: &[T], x: &[T], dx: Option<&Shared<T>>, p: Planes, channel: usize, kept: (T, T, T)) -> (f64, f64)
where [T: Float] = backward_body; }

/// The mean and the biased variance of each channel.
pub fn moments<T: Float>(x: &[T], p: Planes, mean: &mut [T], var: &mut [T]) {
    if p.pixels == 1 {
        return features::moments(x, p.images, mean, var);
    }
    let (mean, var) = (Shared::of(mean), Shared::of(var));
    p.each(|c| {
        let (m, v) = moments_of(x, p, c);
        (mean.part(c, c + 1)[0], var.part(c, c + 1)[0]) = (T::of(m), T::of(v));
    });
}

/// out = x scale + shift, by channel.
pub fn scale<T: Float>(x: &[T], p: Planes, factors: &[T], shifts: &[T], out: &mut [T]) {
    if p.pixels == 1 {
        return features::scale(x, factors, shifts, out);
    }
    let out = Shared::of(out);
    p.each(|c| scale_one(x, &out, p, c, factors[c], shifts[c]));
}

/// What the derivative reads, by channel; no weight stands for 1.
pub struct Kept<'a, T> {
    pub mean: &'a [T],
    pub rstd: &'a [T],
    pub weight: &'a [T],
}

/// dx, unless it is empty, and the gradients of weight and bias.
pub fn backward<T: Float>(g: &[T], x: &[T], p: Planes, kept: &Kept<T>, dx: &mut [T], dw: &mut [T], db: &mut [T]) {
    if p.pixels == 1 {
        return features::backward(g, x, p.images, kept, dx, dw, db);
    }
    let wanted = !dx.is_empty();
    let (dx, dw, db) = (Shared::of(dx), Shared::of(dw), Shared::of(db));
    p.each(|c| {
        let weight = kept.weight.get(c).copied().unwrap_or(T::ONE);
        let (plain, along) = backward_one(g, x, wanted.then_some(&dx), p, c, (kept.mean[c], kept.rstd[c], weight));
        dw.part(c, c + 1)[0] = T::of(along) * kept.rstd[c];
        db.part(c, c + 1)[0] = T::of(plain);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(p: Planes, seed: usize) -> Vec<f64> {
        (0..p.images * p.channels * p.pixels).map(|i| (((i + seed) * 7919) % 1013) as f64 / 506.5 - 1.0).collect()
    }

    /// All elements of a channel, image after image.
    fn of(p: Planes, v: &[f64], channel: usize) -> Vec<f64> {
        (0..p.images).flat_map(|i| v[p.range(i, channel)].to_vec()).collect()
    }

    fn near(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-12 * (1.0 + b.abs()), "{a} is not {b}");
    }

    fn check(p: Planes) {
        let (x, g) = (values(p, 0), values(p, 5));
        let (mut mean, mut var) = (vec![0.0; p.channels], vec![0.0; p.channels]);
        moments(&x, p, &mut mean, &mut var);
        let rstd: Vec<f64> = var.iter().map(|v| 1.0 / (v + 1e-5).sqrt()).collect();
        let weight: Vec<f64> = (0..p.channels).map(|c| c as f64 - 1.5).collect();
        let kept = Kept { mean: &mean, rstd: &rstd, weight: &weight };
        let (mut dx, mut dw, mut db, mut y) = (vec![0.0; x.len()], vec![0.0; p.channels], vec![0.0; p.channels], vec![0.0; x.len()]);
        backward(&g, &x, p, &kept, &mut dx, &mut dw, &mut db);
        scale(&x, p, &rstd, &weight, &mut y);
        let n = p.count();
        for c in 0..p.channels {
            let (xs, gs) = (of(p, &x, c), of(p, &g, c));
            near(mean[c], xs.iter().sum::<f64>() / n);
            near(var[c], xs.iter().map(|v| (v - mean[c]).powi(2)).sum::<f64>() / n);
            let unit: Vec<f64> = xs.iter().map(|v| (v - mean[c]) * rstd[c]).collect();
            let along = gs.iter().zip(&unit).map(|(g, u)| g * u).sum::<f64>();
            near(dw[c], along);
            near(db[c], gs.iter().sum::<f64>());
            for (i, (d, o)) in of(p, &dx, c).iter().zip(of(p, &y, c)).enumerate() {
                near(*d, weight[c] * rstd[c] * (gs[i] - db[c] / n - unit[i] * along / n));
                near(o, xs[i] * rstd[c] + weight[c]);
            }
        }
    }

    #[test]
    fn moments_and_derivative_are_the_definition() {
        for (images, channels, pixels) in [(3, 5, 37), (1, 1, 16), (3, 5, 1), (1, 32, 1), (70, 33, 1), (2000, 100, 1)] {
            check(Planes { images, channels, pixels });
        }
    }
}
