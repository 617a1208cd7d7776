//! random_, randint and randperm. A range below 2^28 takes one 32-bit output per element, a wider one two.

use crate::kernels::random::Generator;
use crate::kernels::random::Sample;
use crate::kernels::random::level::Level;
use crate::kernels::random::uniform::CHUNK_WORDS;

const WIDE_RANGE: u64 = 1 << 28;
/// From this size on randperm needs 64-bit outputs.
const LONG_PERMUTATION: usize = u32::MAX as usize / 20;

/// `|n| n % divisor` by two products: the fraction n / divisor to 64 bits, times the divisor (Lemire, Kaser and Kurz
/// 2019, "Faster remainder by direct computation").
pub(super) fn remainder_by(divisor: u32) -> impl Fn(u32) -> u32 {
    let inverse = (u64::MAX / u64::from(divisor)).wrapping_add(1);
    move |n| {
        let fraction = inverse.wrapping_mul(u64::from(n));
        ((u128::from(fraction) * u128::from(divisor)) >> 64) as u32
    }
}

impl Generator {
    /// random_(from, to) and, without `to`, random_(from, None). The caller has checked `from < to`.
    pub fn randint<T: Sample>(&mut self, out: &mut [T], from: i64, to: Option<i64>) {
        match to {
            Some(to) => {
                let base = T::adjusted_from(from);
                let range = T::adjusted_to(to).wrapping_sub(base) as u64;
                self.random_from_to(out, range, base);
            }
            None if from == i64::MIN => self.random_64_bits(out),
            None => {
                let base = T::adjusted_from(from);
                let range = T::RANDOM_TOP.wrapping_sub(base).wrapping_add(1) as u64;
                self.random_from_to(out, range, base);
            }
        }
    }

    /// `base + output % range`, cast to T. `range` is not 0.
    pub fn random_from_to<T: Sample>(&mut self, out: &mut [T], range: u64, base: i64) {
        if range >= WIDE_RANGE {
            self.fill_from_u64(out, |output| T::from_i64(base.wrapping_add((output % range) as i64)));
        } else {
            let remainder = remainder_by(range as u32);
            self.fill_from_u32(out, |output| T::from_i64(base.wrapping_add(i64::from(remainder(output)))));
        }
    }

    /// random_(-2^63, None): 64-bit outputs as signed numbers.
    pub fn random_64_bits<T: Sample>(&mut self, out: &mut [T]) {
        self.fill_from_u64(out, |output| T::from_i64(output as i64));
    }

    /// random_(): from 0 to the greatest integer, or to 2^digits.
    pub fn random<T: Sample>(&mut self, out: &mut [T]) {
        if T::RANDOM_WIDE {
            self.fill_from_u64(out, |output| T::from_i64((output % T::RANDOM_MODULUS) as i64));
        } else {
            self.fill_from_u32(out, |output| T::from_i64((u64::from(output) % T::RANDOM_MODULUS) as i64));
        }
    }

    /// A permutation of 0..out.len().
    pub fn randperm(&mut self, out: &mut [i64]) {
        if out.len() >= LONG_PERMUTATION {
            return self.randperm_long(out);
        }
        for (i, value) in out.iter_mut().enumerate() {
            *value = i as i64;
        }
        let level = Level::detect();
        let swaps = out.len().saturating_sub(1);
        let mut words = [0; CHUNK_WORDS];
        for start in (0..swaps).step_by(CHUNK_WORDS) {
            let words = &mut words[..CHUNK_WORDS.min(swaps - start)];
            self.fill_words(level, words);
            for (i, &word) in (start..).zip(words.iter()) {
                let remaining = (out.len() - i) as u32;
                out.swap(i, i + (word % remaining) as usize);
            }
        }
    }

    /// The inside-out shuffle.
    pub(super) fn randperm_long(&mut self, out: &mut [i64]) {
        for i in 0..out.len() {
            let place = (self.next64() % (i as u64 + 1)) as usize;
            out[i] = out[place];
            out[place] = i as i64;
        }
    }

    fn fill_from_u32<T>(&mut self, out: &mut [T], value: impl Fn(u32) -> T) {
        let level = Level::detect();
        let mut words = [0; CHUNK_WORDS];
        for part in out.chunks_mut(CHUNK_WORDS) {
            let words = &mut words[..part.len()];
            self.fill_words(level, words);
            for (slot, &word) in part.iter_mut().zip(words.iter()) {
                *slot = value(word);
            }
        }
    }

    fn fill_from_u64<T>(&mut self, out: &mut [T], value: impl Fn(u64) -> T) {
        let level = Level::detect();
        let mut words = [0; CHUNK_WORDS];
        for part in out.chunks_mut(CHUNK_WORDS / 2) {
            let words = &mut words[..2 * part.len()];
            self.fill_words(level, words);
            for (slot, pair) in part.iter_mut().zip(words.chunks_exact(2)) {
                *slot = value((u64::from(pair[0]) << 32) | u64::from(pair[1]));
            }
        }
    }
}
