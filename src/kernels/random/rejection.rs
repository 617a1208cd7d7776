//! Rejection samplers: poisson (Hoermann's PTRS) and standard_gamma (Marsaglia and Tsang).
//! How many outputs an element takes depends on the values met, so the order of every draw and test matters.

use crate::error::Result;
use crate::fail;
use crate::kernels::random::Float;
use crate::kernels::random::Generator;
use crate::kernels::random::Real;
use crate::kernels::random::Sample;

impl Generator {
    /// `out[i]` is Poisson with mean `rate[i]`.
    pub fn poisson<T: Float>(&mut self, out: &mut [T], rate: &[T]) -> Result<()> {
        assert_eq!(out.len(), rate.len(), "one rate per element");
        for (value, rate) in out.iter_mut().zip(rate) {
            let lambda = rate.to_real().to_f64();
            if lambda.is_nan() || lambda < 0.0 {
                fail!(Runtime, "invalid Poisson rate, expected rate to be non-negative");
            }
            let count = if lambda >= 10.0 {
                self.poisson_rejection(lambda)
            } else if lambda == 0.0 {
                0
            } else {
                self.poisson_product(lambda)
            };
            *value = T::from_i64(count);
        }
        Ok(())
    }

    fn poisson_product(&mut self, lambda: f64) -> i64 {
        let limit = (-lambda).exp();
        let mut product = 1.0;
        let mut count = 0;
        loop {
            product *= self.unit_f64();
            if product <= limit {
                return count;
            }
            count += 1;
        }
    }

    fn poisson_rejection(&mut self, lambda: f64) -> i64 {
        let log_lambda = lambda.ln();
        let b = 0.931 + 2.53 * lambda.sqrt();
        let a = -0.059 + 0.02483 * b;
        let inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
        let v_r = 0.9277 - 3.6224 / (b - 2.0);
        loop {
            let u = self.unit_f64() - 0.5;
            let v = self.unit_f64();
            let us = 0.5 - u.abs();
            let k = ((2.0 * a / us + b) * u + lambda + 0.43).floor();
            if us >= 0.07 && v <= v_r {
                return k as i64;
            }
            if k < 0.0 || (us < 0.013 && v > us) {
                continue;
            }
            let left = v.ln() + inverse_alpha.ln() - (a / (us * us) + b).ln();
            if left <= -lambda + k * log_lambda - ln_gamma(k + 1.0) {
                return k as i64;
            }
        }
    }

    /// `out[i]` is Gamma with shape `alpha[i]` and scale 1, at least the smallest normal number.
    pub fn standard_gamma<T: Float>(&mut self, out: &mut [T], alpha: &[T]) {
        assert_eq!(out.len(), alpha.len(), "one shape per element");
        for (value, &alpha) in out.iter_mut().zip(alpha) {
            let sample = T::from_f64(self.gamma_once(alpha));
            *value = if T::SMALLEST_NORMAL < sample { sample } else { T::SMALLEST_NORMAL };
        }
    }

    fn gamma_once<T: Float>(&mut self, alpha: T) -> f64 {
        let one = T::Real::from_bool(true);
        let mut alpha = alpha.to_real();
        let mut scale = 1.0;
        if alpha < one {
            if alpha.to_f64() == 0.0 {
                return 0.0;
            }
            scale = (1.0 - self.unit_f64()).powf((one / alpha).to_f64());
            alpha = T::from_real(alpha + one).to_real();
        }
        // The third is a float constant in torch, also for f64.
        let d = (alpha - T::Real::from_f64(f64::from(1.0f32 / 3.0))).to_f64();
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let (x, y) = self.positive_cube_root(c);
            let v = y * y * y;
            let u = 1.0 - self.unit_f64();
            let xx = x * x;
            if u < 1.0 - f64::from(0.0331f32) * xx * xx || u.ln() < 0.5 * xx + d * (1.0 - v + v.ln()) {
                return scale * d * v;
            }
        }
    }

    /// A normal x with y = 1 + c x, drawn until y is positive (or NaN, for a shape below -2/3).
    fn positive_cube_root(&mut self, c: f64) -> (f64, f64) {
        loop {
            let x = self.next_standard_normal();
            let y = 1.0 + c * x;
            if y > 0.0 || y.is_nan() {
                return (x, y);
            }
        }
    }
}

fn ln_gamma(x: f64) -> f64 {
    unsafe extern "C" {
        fn lgamma(x: f64) -> f64;
    }
    // SAFETY: a function of C's math library on a plain number.
    unsafe { lgamma(x) }
}
