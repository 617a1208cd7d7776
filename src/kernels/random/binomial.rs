//! binomial: sums of geometric gaps for a small mean, Hoermann's transformed rejection (BTRS) for a mean of 10 or more.
//! Counts and probabilities keep their dtype where torch keeps them in it; the rest is double.

use crate::kernels::random::Generator;
use crate::kernels::random::Real;

impl Generator {
    /// `out[i]` is the number of successes of `count[i]` trials with probability `p[i]`.
    pub fn binomial<T: Real>(&mut self, out: &mut [T], count: &[T], p: &[T]) {
        assert!(out.len() == count.len() && out.len() == p.len(), "one count and one probability per element");
        for ((value, &count), &p) in out.iter_mut().zip(count).zip(p) {
            *value = self.binomial_once(count, p);
        }
    }

    fn binomial_once<T: Real>(&mut self, count: T, p: T) -> T {
        let (zero, one) = (T::from_bool(false), T::from_bool(true));
        if count <= zero || p <= zero {
            zero
        } else if p >= one {
            count
        } else if p.to_f64() <= 0.5 {
            self.binomial_rare(count, p)
        } else if p.to_f64() > 0.5 {
            count - self.binomial_rare(count, one - p)
        } else {
            T::from_f64(f64::NAN)
        }
    }

    /// p is in (0, 0.5].
    fn binomial_rare<T: Real>(&mut self, count: T, p: T) -> T {
        let mean = (count * p).to_f64();
        let sample = if mean >= 10.0 { self.binomial_rejection(count, p) } else { self.binomial_gaps(count, p) };
        T::from_f64(sample)
    }

    fn binomial_gaps<T: Real>(&mut self, count: T, p: T) -> f64 {
        let log_failure = p.negated_ln_1p();
        let mut trials = 0.0;
        let mut successes = 0.0;
        loop {
            trials += (self.unit_f64().ln() / log_failure).ceil();
            if trials > count.to_f64() {
                return successes;
            }
            successes += 1.0;
        }
    }

    fn binomial_rejection<T: Real>(&mut self, count: T, p: T) -> f64 {
        let one = T::from_bool(true);
        let stddev = (count * p * (one - p)).root().to_f64();
        let odds = (p / (one - p)).to_f64();
        let mode = ((count + one) * p).to_f64().floor();
        let centre = (count * p).to_f64() + 0.5;
        let (n, p) = (count.to_f64(), p.to_f64());
        let b = 1.15 + 2.53 * stddev;
        let a = -0.0873 + 0.0248 * b + 0.01 * p;
        let v_r = 0.92 - 4.2 / b;
        let alpha = (2.83 + 5.1 / b) * stddev;
        loop {
            let u = self.unit_f64() - 0.5;
            let v = self.unit_f64();
            let us = 0.5 - u.abs();
            let k = ((2.0 * a / us + b) * u + centre).floor();
            if us >= 0.07 && v <= v_r {
                return k;
            }
            if k < 0.0 || k > n {
                continue;
            }
            if (v * alpha / (a / (us * us) + b)).ln() <= log_density_ratio(n, mode, k, odds) {
                return k;
            }
        }
    }
}

/// log of P(k) / P(mode).
fn log_density_ratio(n: f64, m: f64, k: f64, odds: f64) -> f64 {
    (m + 0.5) * ((m + 1.0) / (odds * (n - m + 1.0))).ln()
        + (n + 1.0) * ((n - m + 1.0) / (n - k + 1.0)).ln()
        + (k + 0.5) * (odds * (n - k + 1.0) / (k + 1.0)).ln()
        + stirling_tail(m)
        + stirling_tail(n - m)
        - stirling_tail(k)
        - stirling_tail(n - k)
}

/// What Stirling's formula misses of log k!.
fn stirling_tail(k: f64) -> f64 {
    const TAILS: [f64; 10] = [
        0.0810614667953272,
        0.0413406959554092,
        0.0276779256849983,
        0.02079067210376509,
        0.0166446911898211,
        0.0138761288230707,
        0.0118967099458917,
        0.0104112652619720,
        0.00925546218271273,
        0.00833056343336287,
    ];
    if k <= 9.0 {
        return TAILS[k as usize];
    }
    let square = (k + 1.0) * (k + 1.0);
    (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / 1260.0 / square) / square) / (k + 1.0)
}
