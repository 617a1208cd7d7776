//! normal_ and randn. Fewer than 16 elements, or memory with gaps, take pairs of doubles one after the other and keep
//! the second of a pair in the generator. Sixteen or more contiguous ones take Box-Muller blocks of 16, which neither
//! read nor clear that kept value.

use crate::kernels::random::Float;
use crate::kernels::random::Generator;
use crate::kernels::random::Real;
use crate::kernels::random::Sample;
use crate::kernels::random::level::Level;

const BLOCK: usize = 16;
const CHUNK: usize = 32 * BLOCK;

impl Generator {
    /// normal_ on contiguous memory.
    pub fn normal<T: Float>(&mut self, out: &mut [T], mean: f64, std: f64) {
        if out.len() < BLOCK {
            self.normal_serial(out, mean, std);
        } else {
            self.normal_block(out, mean, std);
        }
    }

    /// normal_ on memory with gaps, whatever its size: the elements in memory order.
    pub fn normal_serial<T: Float>(&mut self, out: &mut [T], mean: f64, std: f64) {
        for value in out {
            *value = T::from_f64(self.next_normal(mean, std));
        }
    }

    /// One element of the serial path, before its cast to the dtype.
    pub fn next_normal(&mut self, mean: f64, std: f64) -> f64 {
        let standard = self.next_standard_normal();
        if std == 1.0 { standard + mean } else { Level::detect().mul_add(standard, std, mean) }
    }

    pub(super) fn next_standard_normal(&mut self) -> f64 {
        if let Some(value) = self.cached_normal.take() {
            return value;
        }
        let angle = std::f64::consts::TAU * self.unit_f64();
        let radius = (-2.0 * (-self.unit_f64()).ln_1p()).sqrt();
        self.cached_normal = Some(radius * angle.sin());
        radius * angle.cos()
    }

    /// normal_ on 16 or more contiguous elements.
    pub fn normal_block<T: Float>(&mut self, out: &mut [T], mean: f64, std: f64) {
        assert!(out.len() >= BLOCK, "a block normal needs {BLOCK} elements");
        let level = Level::detect();
        let (mean, std) = (T::Real::from_f64(mean), T::Real::from_f64(std));
        let remainder = out.len() % BLOCK;
        let whole = out.len() - remainder;
        let mut scratch = [T::Real::from_bool(false); CHUNK];
        let mut fill = |generator: &mut Generator, part: &mut [T]| {
            let scratch = &mut scratch[..part.len()];
            generator.units(level, scratch);
            T::Real::box_muller(level, scratch, mean, std);
            for (value, &normal) in part.iter_mut().zip(scratch.iter()) {
                *value = T::from_real(normal);
            }
        };
        for part in out[..whole].chunks_mut(CHUNK) {
            fill(self, part);
        }
        if remainder != 0 {
            if T::DRAWS_REMAINDER {
                self.engine.skip(remainder * T::Real::WORDS);
            }
            // A fresh block over the last 16: it replaces up to 15 finished values.
            let last = out.len() - BLOCK;
            fill(self, &mut out[last..]);
        }
    }
}
