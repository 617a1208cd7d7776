//! The mt19937 engine in torch's layout: 624 untempered words, `left` and `next`. Words are renewed 624 at a time and
//! tempered when read. In a state of torch's making `left + next == 625` once a word was read; a loaded state may say
//! otherwise, so a read stops at whichever end comes first.

use crate::kernels::random::level::Level;
use crate::kernels::random::level::per_level;

pub(super) const WORDS: usize = 624;
const SHIFT: usize = 397;

#[derive(Clone, Debug)]
pub(super) struct Mt19937 {
    pub(super) words: [u32; WORDS],
    pub(super) left: u32,
    pub(super) next: u32,
}

impl Mt19937 {
    pub(super) fn new(seed: u32) -> Mt19937 {
        let mut words = [0; WORDS];
        words[0] = seed;
        for j in 1..WORDS {
            let previous = words[j - 1];
            words[j] = 1812433253u32.wrapping_mul(previous ^ (previous >> 30)).wrapping_add(j as u32);
        }
        Mt19937 { words, left: 1, next: 0 }
    }

    #[inline]
    pub(super) fn next32(&mut self) -> u32 {
        if self.available() == 0 {
            self.renew(Level::detect());
        }
        let word = self.words[self.next as usize];
        self.next += 1;
        self.left -= 1;
        temper(word)
    }

    /// The next `out.len()` outputs.
    pub(super) fn fill(&mut self, level: Level, out: &mut [u32]) {
        let mut rest = out;
        while !rest.is_empty() {
            if self.available() == 0 {
                self.renew(level);
            }
            let count = self.available().min(rest.len());
            let start = self.next as usize;
            let (now, later) = rest.split_at_mut(count);
            temper_all(level, &self.words[start..start + count], now);
            self.next += count as u32;
            self.left -= count as u32;
            rest = later;
        }
    }

    /// Drops the next `count` outputs.
    pub(super) fn skip(&mut self, mut count: usize) {
        let level = Level::detect();
        while count > 0 {
            if self.available() == 0 {
                self.renew(level);
            }
            let step = self.available().min(count);
            self.next += step as u32;
            self.left -= step as u32;
            count -= step;
        }
    }

    fn available(&self) -> usize {
        (self.left as usize - 1).min(WORDS - self.next as usize)
    }

    #[cold]
    fn renew(&mut self, level: Level) {
        renew_words(level, &mut self.words);
        // Every read decrements first, so after the first one `left` is torch's 624.
        self.left = WORDS as u32 + 1;
        self.next = 0;
    }
}

#[inline(always)]
fn temper(mut y: u32) -> u32 {
    y ^= y >> 11;
    y ^= (y << 7) & 0x9D2C5680;
    y ^= (y << 15) & 0xEFC60000;
    y ^ (y >> 18)
}

/// One step of the recurrence without its shifted term: word i and word i + 1.
#[inline(always)]
fn twist(word: u32, following: u32) -> u32 {
    let joined = (word & 0x80000000) | (following & 0x7FFFFFFF);
    (joined >> 1) ^ ((following & 1).wrapping_neg() & 0x9908B0DF)
}

/// Renews all of `part` but its last word, which only lends its bits.
#[inline(always)]
fn renew_part(part: &mut [u32], shifted: &[u32]) {
    let count = part.len() - 1;
    let shifted = &shifted[..count];
    for i in 0..count {
        part[i] = shifted[i] ^ twist(part[i], part[i + 1]);
    }
}

/// Three parts, none of which reads what it writes, or LLVM would only use short vectors.
#[inline(always)]
fn renew_body<const FUSED: bool>(words: &mut [u32; WORDS]) {
    const FIRST: usize = WORDS - SHIFT;
    let (start, end) = words.split_at_mut(SHIFT);
    renew_part(&mut start[..FIRST + 1], end);
    let (start, end) = words.split_at_mut(FIRST);
    renew_part(&mut end[..FIRST + 1], start);
    let (start, end) = words.split_at_mut(2 * FIRST);
    renew_part(end, &start[FIRST..]);
    words[WORDS - 1] = words[SHIFT - 1] ^ twist(words[WORDS - 1], words[0]);
}

#[inline(always)]
fn temper_body<const FUSED: bool>(words: &[u32], out: &mut [u32]) {
    for (y, &word) in out.iter_mut().zip(words) {
        *y = temper(word);
    }
}

per_level! { fn renew_words<>(words: &mut [u32; WORDS]) = renew_body }
per_level! { fn temper_all<>(words: &[u32], out: &mut [u32]) = temper_body }
