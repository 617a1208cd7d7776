//! bernoulli_ with one probability (dropout masks too) and with one per element.

use crate::error::Result;
use crate::fail;
use crate::kernels::random::Float;
use crate::kernels::random::Generator;
use crate::kernels::random::Sample;
use crate::kernels::random::level::Level;
use crate::kernels::random::level::per_level;
use crate::kernels::random::uniform::CHUNK_WORDS;

impl Generator {
    /// 1 with probability `p` in [0, 1], else 0: two outputs per element for every dtype, also for p = 0 and 1.
    pub fn bernoulli<T: Sample>(&mut self, out: &mut [T], p: f64) {
        let level = Level::detect();
        // u < p with u = k / 2^53 is k < ceil(p * 2^53): exact, and needs no conversion.
        let bound = (p * (1u64 << 53) as f64).ceil() as u64;
        let mut words = [0; CHUNK_WORDS];
        for part in out.chunks_mut(CHUNK_WORDS / 2) {
            let words = &mut words[..2 * part.len()];
            self.fill_words(level, words);
            below(level, words, part, bound);
        }
    }

    /// `p[i]` for `out[i]`: two outputs each if p is f64, one otherwise.
    pub fn bernoulli_each<T: Sample, P: Float>(&mut self, out: &mut [T], p: &[P]) -> Result<()> {
        assert_eq!(out.len(), p.len(), "one probability per element");
        if !p.iter().all(|&p| P::from_bool(false) <= p && p <= P::from_bool(true)) {
            fail!(
                Runtime,
                "Expected p_in >= 0 && p_in <= 1 to be true, but got false.  (Could this error message be improved?  \
                 If so, please report an enhancement request to PyTorch.)"
            );
        }
        let level = Level::detect();
        let mut units = [P::Real::from_bool(false); CHUNK_WORDS];
        for (part, p) in out.chunks_mut(CHUNK_WORDS).zip(p.chunks(CHUNK_WORDS)) {
            let units = &mut units[..part.len()];
            self.units(level, units);
            for ((slot, &unit), &p) in part.iter_mut().zip(units.iter()).zip(p) {
                *slot = T::from_bool(unit < p.to_real());
            }
        }
        Ok(())
    }
}

#[inline(always)]
fn below_body<const FUSED: bool, T: Sample>(words: &[u32], out: &mut [T], bound: u64) {
    for (slot, pair) in out.iter_mut().zip(words.chunks_exact(2)) {
        let k = (u64::from(pair[0] & 0x1FFFFF) << 32) | u64::from(pair[1]);
        *slot = T::from_bool(k < bound);
    }
}

per_level! { fn below<T: Sample>(words: &[u32], out: &mut [T], bound: u64) = below_body }
