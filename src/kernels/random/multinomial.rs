//! multinomial over rows of weights. Without replacement, or for a single sample, it races exponentials: the largest
//! weight / exponential wins. With replacement it searches the running sum.

use std::cmp::Ordering;

use crate::error::Result;
use crate::fail;
use crate::kernels::random::Float;
use crate::kernels::random::Generator;
use crate::kernels::random::Real;
use crate::kernels::random::Sample;

/// Samples of a race: of each row of weights, the largest weight / draw. `draws` holds exponentials, and is used up; the
/// caller has checked `samples <= categories` and the weights: finite, not negative, sum above 0.
pub fn race<T: Float>(out: &mut [i64], weights: &[T], draws: &mut [T], categories: usize, samples: usize) {
    if out.is_empty() {
        return;
    }
    let mut order: Vec<usize> = Vec::new();
    let rows = weights.chunks_exact(categories).zip(draws.chunks_exact_mut(categories));
    for (out, (weights, scores)) in out.chunks_exact_mut(samples).zip(rows) {
        for (score, weight) in scores.iter_mut().zip(weights) {
            *score = T::from_real(weight.to_real() / score.to_real());
        }
        let before = |&a: &usize, &b: &usize| descending(scores[a], scores[b]).then(a.cmp(&b));
        if samples == 1 {
            out[0] = (0..categories).min_by(before).expect("a row has categories") as i64;
            continue;
        }
        order.clear();
        order.extend(0..categories);
        order.sort_unstable_by(before);
        for (slot, &index) in out.iter_mut().zip(&order) {
            *slot = index as i64;
        }
    }
}

impl Generator {
    /// Samples with replacement; `weights` holds rows of `categories`, `out` rows of `samples`.
    pub fn multinomial<T: Float>(&mut self, out: &mut [i64], weights: &[T], categories: usize, samples: usize) -> Result<()> {
        if out.is_empty() {
            return Ok(());
        }
        assert_eq!(out.len() * categories, weights.len() * samples, "as many rows of samples as of weights");
        let mut sums = Vec::with_capacity(categories);
        for (out, weights) in out.chunks_exact_mut(samples).zip(weights.chunks_exact(categories)) {
            cumulative(weights, &mut sums)?;
            for slot in out {
                let u = self.unit_f64();
                *slot = sums.partition_point(|sum| sum.to_f64() < u) as i64;
            }
        }
        Ok(())
    }
}

/// Greatest first; NaN counts as greatest.
fn descending<T: PartialOrd>(a: T, b: T) -> Ordering {
    b.partial_cmp(&a).unwrap_or_else(|| is_nan(&b).cmp(&is_nan(&a)))
}

fn is_nan<T: PartialOrd>(value: &T) -> bool {
    value.partial_cmp(value).is_none()
}

/// The running sum of a row divided by its total; the last entry is 1.
fn cumulative<T: Float>(weights: &[T], sums: &mut Vec<T::Real>) -> Result<()> {
    let zero = T::Real::from_bool(false);
    let mut sum = zero;
    sums.clear();
    for weight in weights {
        let weight = weight.to_real();
        if is_nan(&weight) || weight < zero {
            fail!(Runtime, "invalid multinomial distribution (encountering probability entry < 0)");
        }
        if weight.to_f64().is_infinite() {
            fail!(Runtime, "invalid multinomial distribution (encountering probability entry = infinity or NaN)");
        }
        sum = sum + weight;
        sums.push(sum);
    }
    if sum <= zero {
        fail!(Runtime, "invalid multinomial distribution (sum of probabilities <= 0)");
    }
    for value in sums.iter_mut() {
        *value = *value / sum;
    }
    *sums.last_mut().expect("a row has categories") = T::Real::from_bool(true);
    Ok(())
}
