//! uniform_ and rand: `u * (to - from) + from`, computed in `Float::Real`. A result equal to `to` becomes `from`.

use crate::kernels::random::Float;
use crate::kernels::random::Generator;
use crate::kernels::random::Real;
use crate::kernels::random::level::Level;
use crate::kernels::random::level::per_level;
use crate::kernels::random::sample::Sample;

/// 32-bit outputs produced at a time; small enough for the stack and the first cache level.
pub(super) const CHUNK_WORDS: usize = 512;

impl Generator {
    pub fn uniform<T: Float>(&mut self, out: &mut [T], from: f64, to: f64) {
        let level = Level::detect();
        let ends = (T::from_f64(from), T::from_f64(to));
        let (from, to) = (T::Real::from_f64(from), T::Real::from_f64(to));
        let mut words = [0; CHUNK_WORDS];
        for part in out.chunks_mut(CHUNK_WORDS / T::Real::WORDS) {
            let words = &mut words[..part.len() * T::Real::WORDS];
            self.fill_words(level, words);
            scale_units(level, words, part, from, to - from, ends);
        }
    }

    /// Uniforms in [0, 1).
    pub(super) fn units<R: Real>(&mut self, level: Level, out: &mut [R]) {
        let mut words = [0; CHUNK_WORDS];
        for part in out.chunks_mut(CHUNK_WORDS / R::WORDS) {
            let words = &mut words[..part.len() * R::WORDS];
            self.fill_words(level, words);
            to_units(level, words, part);
        }
    }
}

#[inline(always)]
fn to_units_body<const FUSED: bool, R: Real>(words: &[u32], out: &mut [R]) {
    for (value, words) in out.iter_mut().zip(words.chunks_exact(R::WORDS)) {
        *value = R::unit(words);
    }
}

#[inline(always)]
fn scale_units_body<const FUSED: bool, T: Float>(words: &[u32], out: &mut [T], from: T::Real, width: T::Real, ends: (T, T)) {
    for (value, words) in out.iter_mut().zip(words.chunks_exact(T::Real::WORDS)) {
        let scaled = T::from_real(T::Real::unit(words).scaled::<FUSED>(width, from));
        *value = if scaled == ends.1 { ends.0 } else { scaled };
    }
}

per_level! { fn to_units<R: Real>(words: &[u32], out: &mut [R]) = to_units_body }
per_level! {
    fn scale_units<T: Float>(words: &[u32], out: &mut [T], from: T::Real, width: T::Real, ends: (T, T))
        = scale_units_body
}
