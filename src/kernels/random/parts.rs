//! Large draws by parts. A draw that takes the same number of outputs for each element is one serial walk of the
//! generator; the walk is short, what is made of the outputs is not. So the generator is stepped over each part, and
//! the part is drawn from a copy of the generator as it stood before it, with the bits of one serial draw.

use crate::kernels::random::Generator;
use crate::kernels::rows::Shared;
use crate::par;

/// Elements of a part: whole Box-Muller blocks.
const PART: usize = 1 << 13;
/// Fewer parts are drawn serially.
const LEAST: usize = 3;

/// What `Generator::begin` leaves to do, without the generator, which others may use meanwhile.
#[must_use]
pub struct Parts<'a, T> {
    out: &'a mut [T],
    starts: Vec<Generator>,
}

impl Generator {
    /// The beginning of `fill(self, out)`: the generator is left as that leaves it. `words` outputs make an element;
    /// without that number nothing is left to do.
    pub fn begin<'a, T>(&mut self, out: &'a mut [T], words: Option<usize>, fill: impl Fn(&mut Generator, &mut [T])) -> Parts<'a, T> {
        let parts = out.len() / PART;
        let words = words.filter(|_| parts > LEAST && par::num_threads() > 1);
        let (out, last) = out.split_at_mut(words.map_or(0, |_| (parts - 1) * PART));
        let step = |_| {
            let start = self.clone();
            self.engine.skip(PART * words.unwrap_or(0));
            start
        };
        let starts = (0..out.len() / PART).map(step).collect();
        fill(self, last);
        Parts { out, starts }
    }
}

impl<T> Parts<'_, T> {
    pub fn finish(self, fill: impl Fn(&mut Generator, &mut [T]) + Sync) {
        let out = Shared::of(self.out);
        par::run(self.starts.len(), &|i| fill(&mut self.starts[i].clone(), out.part(i * PART, (i + 1) * PART)));
    }
}
