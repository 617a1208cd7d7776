//! Distributions with a formula in one uniform or one normal, in double, then cast. The functions are the platform's
//! libm, as in torch: glibc gives torch's bits, another libm may differ in the last bit of a double.

use crate::kernels::random::Generator;
use crate::kernels::random::Real;
use crate::kernels::random::Sample;
use crate::kernels::random::level::Level;
use crate::kernels::random::uniform::CHUNK_WORDS;

impl Generator {
    pub fn exponential<T: Sample>(&mut self, out: &mut [T], lambda: f64) {
        let scale = -1.0 / lambda;
        self.fill_from_unit(out, |u| scale * (-u).ln_1p());
    }

    pub fn geometric<T: Sample>(&mut self, out: &mut [T], p: f64) {
        let log_failure = (-p).ln_1p();
        self.fill_from_unit(out, |u| (u.ln() / log_failure).ceil());
    }

    pub fn cauchy<T: Sample>(&mut self, out: &mut [T], median: f64, sigma: f64) {
        let level = Level::detect();
        let angle = |u: f64| std::f64::consts::PI * (u - 0.5);
        self.fill_from_unit(out, |u| level.mul_add(sigma, angle(u).tan(), median));
    }

    /// exp of serial normals, for every size and layout.
    pub fn log_normal<T: Sample>(&mut self, out: &mut [T], mean: f64, std: f64) {
        for value in out {
            *value = T::from_f64(self.next_normal(mean, std).exp());
        }
    }

    fn fill_from_unit<T: Sample>(&mut self, out: &mut [T], value: impl Fn(f64) -> f64) {
        let level = Level::detect();
        let mut units = [0.0; CHUNK_WORDS / f64::WORDS];
        for part in out.chunks_mut(CHUNK_WORDS / f64::WORDS) {
            let units = &mut units[..part.len()];
            self.units(level, units);
            for (slot, &unit) in part.iter_mut().zip(units.iter()) {
                *slot = T::from_f64(value(unit));
            }
        }
    }
}
