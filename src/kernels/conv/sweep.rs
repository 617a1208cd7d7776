//! A sweep reads one image as many shifted images: each output pixel sums terms at fixed offsets from it. Borders are
//! zeros in a padded copy, made strip by strip, in which the columns of one phase of the stride lie side by side:
//! kernels see a stride of 1. An image without borders is read where it is.

use std::mem::MaybeUninit;

use smallvec::SmallVec;

use crate::kernels::conv::Conv;

/// How an image is read for outputs of a given size.
#[derive(Clone, Debug)]
pub struct Sweep {
    pub channels: usize,
    image: [usize; 3],
    /// Zeros before the image; negative where the first elements are not read.
    before: [isize; 3],
    stride: [usize; 3],
    /// Positions that the taps reach, from an output's first.
    reach: [usize; 3],
    pub output: [usize; 3],
    /// Shift of each tap.
    taps: Vec<[usize; 3]>,
    /// Outputs of a strip along the first of height and width that is longer than 1.
    strip: usize,
    in_place: bool,
}

/// Outputs `from..to` along the strips' dimension.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Strip {
    pub from: usize,
    pub to: usize,
}

impl Sweep {
    /// y from x.
    pub fn forward(c: &Conv) -> Sweep {
        let taps = c.taps_in_order().map(|k| std::array::from_fn(|d| k[d] * c.dilation[d])).collect();
        let reach = std::array::from_fn(|d| (c.kernel[d] - 1) * c.dilation[d] + 1);
        Sweep::new(c.inputs, c.input, c.padding.map(|p| p as isize), c.stride, reach, c.output, taps, c.is_pointwise())
    }

    /// Of x, the elements of one phase of the stride, from y; and the taps that reach them. None where no tap does.
    pub fn backward(c: &Conv, phase: [usize; 3]) -> Option<(Sweep, Vec<usize>)> {
        // The output that tap k gave the phase's first element, if that is a whole number.
        let shift = |d: usize, k: usize| {
            let at = (phase[d] + c.padding[d]) as isize - (k * c.dilation[d]) as isize;
            (at.rem_euclid(c.stride[d] as isize) == 0).then(|| at.div_euclid(c.stride[d] as isize))
        };
        let mut found: Vec<(usize, [isize; 3])> = Vec::new();
        for (tap, k) in c.taps_in_order().enumerate() {
            if let (Some(a), Some(b), Some(e)) = (shift(0, k[0]), shift(1, k[1]), shift(2, k[2])) {
                found.push((tap, [a, b, e]));
            }
        }
        let low: [isize; 3] = std::array::from_fn(|d| found.iter().map(|f| f.1[d]).min().unwrap_or(0));
        let high: [isize; 3] = std::array::from_fn(|d| found.iter().map(|f| f.1[d]).max().unwrap_or(0));
        let output: [usize; 3] = std::array::from_fn(|d| (c.input[d] - phase[d]).div_ceil(c.stride[d]));
        if found.is_empty() {
            return None;
        }
        let taps = found.iter().map(|f| std::array::from_fn(|d| (f.1[d] - low[d]) as usize)).collect();
        let reach = std::array::from_fn(|d| (high[d] - low[d]) as usize + 1);
        let sweep = Sweep::new(c.outputs, c.output, low.map(|l| -l), [1; 3], reach, output, taps, c.is_pointwise());
        Some((sweep, found.into_iter().map(|f| f.0).collect()))
    }

    #[allow(clippy::too_many_arguments)]
    fn new(
        channels: usize,
        image: [usize; 3],
        before: [isize; 3],
        stride: [usize; 3],
        reach: [usize; 3],
        output: [usize; 3],
        taps: Vec<[usize; 3]>,
        pointwise: bool,
    ) -> Sweep {
        let mut sweep = Sweep { channels, image, before, stride, reach, output, taps, strip: 0, in_place: false };
        if pointwise {
            // All dimensions are one.
            let pixels = output.iter().product();
            (sweep.image, sweep.output) = ([1, 1, pixels], [1, 1, pixels]);
        }
        let fits = (0..3).all(|d| (sweep.output[d] - 1) * stride[d] + reach[d] <= sweep.image[d]);
        sweep.in_place = before == [0; 3] && stride[2] == 1 && fits;
        sweep.strip = sweep.output[sweep.along()];
        sweep
    }

    /// The dimension that strips cut.
    fn along(&self) -> usize {
        if self.output[1] > 1 { 1 } else { 2 }
    }

    /// Cuts into strips of at most `most` pixels and at least `count` of them, where the output is that long.
    pub fn cut(&mut self, most: usize, count: usize) {
        let length = self.output[self.along()];
        let each = self.output.iter().product::<usize>() / length;
        let pieces = count.max(length.div_ceil((most / each).max(1))).min(length);
        self.strip = length.div_ceil(pieces);
    }

    pub fn strips(&self) -> impl Iterator<Item = Strip> + '_ {
        let length = self.output[self.along()];
        (0..length).step_by(self.strip).map(move |from| Strip { from, to: (from + self.strip).min(length) })
    }

    pub fn strip_count(&self) -> usize {
        self.output[self.along()].div_ceil(self.strip)
    }

    pub fn nth_strip(&self, i: usize) -> Strip {
        let length = self.output[self.along()];
        Strip { from: i * self.strip, to: ((i + 1) * self.strip).min(length) }
    }

    /// Sizes of a strip's output, and where it begins.
    pub fn outputs(&self, strip: Strip) -> ([usize; 3], [usize; 3]) {
        let (mut sizes, mut first) = (self.output, [0; 3]);
        (sizes[self.along()], first[self.along()]) = (strip.to - strip.from, strip.from);
        (sizes, first)
    }

    pub fn terms(&self) -> usize {
        self.channels * self.taps.len()
    }

    /// Sizes of the copy of one channel: depth, rows, and the length of a row.
    fn copy(&self) -> [usize; 3] {
        if self.in_place {
            return self.image;
        }
        let mut output = self.output;
        output[self.along()] = self.strip;
        let [d, h, w] = std::array::from_fn(|d| (output[d] - 1) * self.stride[d] + self.reach[d]);
        [d, h, w.next_multiple_of(self.stride[2])]
    }

    /// Elements of the copy of `channels` channels; 0 where the image is read in place.
    pub fn room(&self, channels: usize) -> usize {
        if self.in_place { 0 } else { channels * self.copy().iter().product::<usize>() }
    }

    /// Where each term of `channels` channels reads, from an output's place. None if that is too far.
    pub fn offsets(&self, channels: usize) -> Option<Vec<u32>> {
        let [depth, rows, length] = self.copy();
        let (phases, quarter) = (self.stride[2], length / self.stride[2]);
        u32::try_from(channels * depth * rows * length).ok()?;
        let mut out = Vec::with_capacity(channels * self.taps.len());
        for c in 0..channels {
            let plane = c * depth * rows * length;
            out.extend(self.taps.iter().map(|t| {
                let column = t[2] % phases * quarter + t[2] / phases;
                (plane + (t[0] * rows + t[1]) * length + column) as u32
            }));
        }
        Some(out)
    }

    /// Distance from an output row to the next, and from an output plane.
    pub fn steps(&self) -> (usize, usize) {
        let [_, rows, length] = self.copy();
        (self.stride[1] * length, self.stride[0] * rows * length)
    }

    /// The strip of an image as the offsets mean it: the image itself, or a copy in `room`.
    ///
    /// # Safety
    /// The image has `channels` channels of the sweep's size, `room` holds as many elements as `room()` says.
    pub unsafe fn source<T: Copy + Default>(&self, image: *const T, channels: usize, strip: Strip, room: *mut T) -> *const T {
        let (_, mut first) = self.outputs(strip);
        if self.in_place {
            let [_, rows, columns] = self.image;
            first[1] *= self.stride[1];
            return image.wrapping_add((first[0] * rows + first[1]) * columns + first[2]);
        }
        let [depth, rows, length] = self.copy();
        let [image_depth, image_rows, columns] = self.image;
        // Position in the image of a position in the copy.
        let shift: [isize; 3] = std::array::from_fn(|d| (first[d] * self.stride[d]) as isize - self.before[d]);
        let inside = |d: usize, at: usize| usize::try_from(at as isize + shift[d]).ok().filter(|&p| p < self.image[d]);
        let spans: SmallVec<[Span; 2]> = (0..self.stride[2]).map(|phase| self.span(phase, shift[2], length)).collect();
        let mut to = room;
        for c in 0..channels {
            for d in 0..depth {
                for h in 0..rows {
                    let from = match (inside(0, d), inside(1, h)) {
                        (Some(d), Some(h)) => image.wrapping_add(((c * image_depth + d) * image_rows + h) * columns),
                        _ => std::ptr::null(),
                    };
                    // SAFETY: a row of the image or none, and the room has `length` more elements.
                    unsafe {
                        let to = std::slice::from_raw_parts_mut(to.cast(), length);
                        if from.is_null() {
                            to.fill(MaybeUninit::new(T::default()));
                        } else {
                            copy_row(std::slice::from_raw_parts(from, columns), to, &spans);
                        }
                    }
                    to = to.wrapping_add(length);
                }
            }
        }
        room
    }

    /// What of a row of the copy one phase takes from the image's row.
    fn span(&self, phase: usize, shift: isize, length: usize) -> Span {
        let (phases, columns) = (self.stride[2], self.image[2] as isize);
        let (each, start) = (length / phases, shift + phase as isize);
        let first = ((-start).max(0) as usize).div_ceil(phases).min(each);
        let end = ((columns - start).max(0) as usize).div_ceil(phases).clamp(first, each);
        Span { first, end, from: if first < end { (start + (first * phases) as isize) as usize } else { 0 } }
    }
}

/// Elements `first..end` of a phase come from the image's row, from column `from` on.
struct Span {
    first: usize,
    end: usize,
    from: usize,
}

/// A row of the copy: zeros, the image's columns, zeros; phase after phase.
#[inline(always)]
fn copy_row<T: Copy + Default>(from: &[T], to: &mut [MaybeUninit<T>], spans: &[Span]) {
    let phases = spans.len();
    for (span, to) in spans.iter().zip(to.chunks_exact_mut(to.len() / phases)) {
        zeros(&mut to[..span.first]);
        zeros(&mut to[span.end..]);
        let (to, from) = (&mut to[span.first..span.end], &from[span.from..]);
        match phases {
            // SAFETY: as many elements of a row as the copy has there.
            1 => unsafe { std::ptr::copy_nonoverlapping(from[..to.len()].as_ptr(), to.as_mut_ptr().cast(), to.len()) },
            2 => {
                // In pairs, which compilers turn into shuffles; the last may lack its second.
                let pairs = from.as_chunks::<2>().0;
                to.iter_mut().zip(pairs).for_each(|(t, pair)| *t = MaybeUninit::new(pair[0]));
                if pairs.len() < to.len() {
                    to[pairs.len()] = MaybeUninit::new(from[2 * pairs.len()]);
                }
            }
            _ => to.iter_mut().zip(from.iter().step_by(phases)).for_each(|(t, &v)| *t = MaybeUninit::new(v)),
        }
    }
}

/// Borders are an element or two: not worth the call that compilers make of a loop over zeros.
#[inline(always)]
fn zeros<T: Copy + Default>(to: &mut [MaybeUninit<T>]) {
    if to.len() > 8 {
        return to.fill(MaybeUninit::new(T::default()));
    }
    for t in to {
        // SAFETY: a place of the slice.
        unsafe { std::ptr::write_volatile(t, MaybeUninit::new(T::default())) };
    }
}
