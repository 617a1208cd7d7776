//! Connectionist temporal classification (Graves et al. 2006): the log-probability of a labelling over all its
//! alignments, by forward and backward variables in logarithms; one task for each sample.

use crate::kernels::float::Float;
use crate::kernels::rows::Shared;
use crate::par;

/// A sample: its labels, its steps, where its log-probabilities begin; `step` elements from one time to the next.
pub struct Sample<'a> {
    pub labels: &'a [i64],
    pub steps: usize,
    pub first: usize,
}

pub struct Batch<'a> {
    pub samples: Vec<Sample<'a>>,
    pub classes: usize,
    pub step: usize,
    pub blank: usize,
}

fn exp<T: Float>(x: T) -> T {
    T::of(T::to_f64(x).exp())
}

fn log_add<T: Float>(terms: [T; 3]) -> T {
    let low = T::of(f64::NEG_INFINITY);
    let top = terms.iter().fold(low, |a, &b| if b > a { b } else { a });
    if top == low {
        return low;
    }
    let sum = terms.iter().map(|&t| T::to_f64(t - top).exp()).sum::<f64>();
    top + T::of(sum.ln())
}

impl<'a> Sample<'a> {
    /// Labels with blanks between and around them.
    fn label(&self, s: usize, blank: usize) -> usize {
        if s.is_multiple_of(2) { blank } else { self.labels[s / 2] as usize }
    }

    /// May a path jump to `s` from two before?
    fn skips(&self, s: usize, blank: usize) -> bool {
        s >= 2 && !s.is_multiple_of(2) && self.label(s, blank) != self.label(s - 2, blank)
    }

    fn width(&self) -> usize {
        2 * self.labels.len() + 1
    }

    /// Forward variables: the log-probability of all starts of paths that are at `s` at time `t`.
    fn alpha<T: Float>(&self, b: &Batch, x: &[T]) -> Vec<T> {
        let (width, low) = (self.width(), T::of(f64::NEG_INFINITY));
        let at = |t: usize, s: usize| x[self.first + t * b.step + self.label(s, b.blank)];
        let mut a = vec![low; self.steps * width];
        for s in 0..width.min(2).min(a.len()) {
            a[s] = at(0, s);
        }
        for t in 1..self.steps {
            for s in 0..width {
                let before = |k: usize| if s >= k { a[(t - 1) * width + s - k] } else { low };
                let jump = if self.skips(s, b.blank) { before(2) } else { low };
                a[t * width + s] = log_add([before(0), before(1), jump]) + at(t, s);
            }
        }
        a
    }

    fn loss<T: Float>(&self, alpha: &[T]) -> T {
        let (width, low) = (self.width(), T::of(f64::NEG_INFINITY));
        if self.steps == 0 {
            return if self.labels.is_empty() { T::ZERO } else { -low };
        }
        let last = &alpha[(self.steps - 1) * width..];
        -log_add([last[width - 1], if width > 1 { last[width - 2] } else { low }, low])
    }

    /// exp(x) minus the probability that a path is in the class at the time.
    fn gradient<T: Float>(&self, b: &Batch, x: &[T], scale: T, out: &mut dyn FnMut(usize, T)) {
        let (width, low) = (self.width(), T::of(f64::NEG_INFINITY));
        if self.steps == 0 {
            return;
        }
        let alpha = self.alpha(b, x);
        let loss = self.loss(&alpha);
        let at = |t: usize, s: usize| x[self.first + t * b.step + self.label(s, b.blank)];
        let mut beta = vec![low; width];
        let mut through = vec![low; b.classes];
        for t in (0..self.steps).rev() {
            let later = beta.clone();
            for s in 0..width {
                beta[s] = if t + 1 == self.steps {
                    if s + 2 >= width { at(t, s) } else { low }
                } else {
                    let after = |k: usize| if s + k < width { later[s + k] } else { low };
                    let jump = if s + 2 < width && self.skips(s + 2, b.blank) { after(2) } else { low };
                    log_add([after(0), after(1), jump]) + at(t, s)
                };
            }
            through.fill(low);
            for s in 0..width {
                let c = self.label(s, b.blank);
                through[c] = log_add([through[c], alpha[t * width + s] + beta[s], low]);
            }
            for (c, &total) in through.iter().enumerate() {
                let i = self.first + t * b.step + c;
                out(i, (exp(x[i]) - exp(total + loss - x[i])) * scale);
            }
        }
    }
}

/// The negative log-probability of every sample.
pub fn forward<T: Float>(b: &Batch, x: &[T], out: &mut [T]) {
    let out = Shared::of(out);
    par::run(b.samples.len(), &|n| {
        let sample = &b.samples[n];
        out.part(n, n + 1)[0] = sample.loss(&sample.alpha(b, x));
    });
}

/// The gradient of the log-probabilities; `out` starts at 0. Infinite losses give 0 where `zero_infinity`.
pub fn backward<T: Float>(b: &Batch, x: &[T], losses: &[T], g: &[T], zero_infinity: bool, out: &mut [T]) {
    let out = Shared::of(out);
    par::run(b.samples.len(), &|n| {
        if zero_infinity && losses[n] == T::of(f64::INFINITY) {
            return;
        }
        // Elements of a sample are its own.
        b.samples[n].gradient(b, x, g[n], &mut |i, d| out.part(i, i + 1)[0] = d);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sum over all paths.
    fn naive(labels: &[i64], steps: usize, classes: usize, x: &[f64]) -> f64 {
        let mut total = 0.0;
        for path in 0..classes.pow(steps as u32) {
            let list: Vec<usize> = (0..steps).map(|t| path / classes.pow(t as u32) % classes).collect();
            let mut read = list.clone();
            read.dedup();
            read.retain(|&c| c != 0);
            if read.iter().map(|&c| c as i64).eq(labels.iter().copied()) {
                total += list.iter().enumerate().map(|(t, &c)| x[t * classes + c]).sum::<f64>().exp();
            }
        }
        -total.ln()
    }

    #[test]
    fn losses_are_sums_over_paths_and_gradients_differences() {
        for (labels, steps) in [(&[1, 2][..], 4), (&[1, 1], 4), (&[2], 3), (&[], 3), (&[1, 1], 2)] {
            let classes = 3;
            let x: Vec<f64> = (0..steps * classes).map(|i| -((i * 37 % 11) as f64) / 7.0 - 0.1).collect();
            let b = Batch { samples: vec![Sample { labels, steps, first: 0 }], classes, step: classes, blank: 0 };
            let loss = |x: &[f64]| {
                let mut y = [0.0];
                forward(&b, x, &mut y);
                y[0]
            };
            let want = naive(labels, steps, classes, &x);
            assert!(loss(&x) == want || (loss(&x) - want).abs() < 1e-9);
            let mut g = vec![0.0; x.len()];
            backward(&b, &x, &[loss(&x)], &[1.0], true, &mut g);
            if want.is_infinite() {
                assert!(g.iter().all(|&v| v == 0.0));
                continue;
            }
            for i in 0..x.len() {
                let mut y = x.clone();
                y[i] += 1e-6;
                // The gradient is that of normalised inputs: what log_softmax takes out is put back.
                let slope = (loss(&y) - loss(&x)) / 1e-6 + x[i].exp();
                assert!((slope - g[i]).abs() < 1e-4, "{slope} {}", g[i]);
            }
        }
    }
}
