//! Copies over N-d views, converting: rows along the innermost dimension, cut by the shape alone.

use std::mem::MaybeUninit;
use std::ops::Range;

use crate::kernels::convert;
use crate::kernels::convert::Run;
use crate::kernels::frame::Rows;
use crate::kernels::frame::View;
use crate::kernels::frame::coalesce;
use crate::kernels::map::CHUNK;
use crate::par;
use crate::shape::Dims;

/// Copies `src` into `dst` over `sizes`, converting.
///
/// # Safety
/// As for `map`.
pub unsafe fn copy(sizes: &[i64], dst: View, src: View) {
    let numel: usize = sizes.iter().product::<i64>() as usize;
    if numel == 0 {
        return;
    }
    let mut operands = [dst, src];
    let sizes = coalesce(sizes, &mut operands);
    let inner = sizes.len() - 1;
    let row = sizes[inner] as usize;
    if let Some(turned) = Turned::of(&sizes, &operands) {
        // SAFETY: the caller's promise.
        return par::run(turned.tasks(), &|t| unsafe { turned.task(t) });
    }
    let (rows, frame) = (numel / row, Transfer { sizes, operands });
    let (per_task, pieces) = ((CHUNK / row).max(1), row.div_ceil(CHUNK));
    par::run(rows.div_ceil(per_task) * pieces, &|t| {
        let (first, from) = (t / pieces * per_task, t % pieces * CHUNK);
        // SAFETY: the caller's promise.
        unsafe { frame.rows(first..(first + per_task).min(rows), from..(from + CHUNK).min(row)) }
    });
}

struct Transfer {
    sizes: Dims,
    operands: [View; 2],
}

// SAFETY: tasks write disjoint rows.
unsafe impl Sync for Transfer {}

impl Transfer {
    /// Of each of the rows, the elements of a range.
    unsafe fn rows(&self, range: Range<usize>, elements: Range<usize>) {
        let inner = self.sizes.len() - 1;
        let mut rows = Rows::at(range.start, &self.sizes, &self.operands);
        let run = |i: usize, data: *mut u8| {
            let view = &self.operands[i];
            let stride = view.strides[inner] as isize * view.dtype.size() as isize;
            Run { data: data.wrapping_offset(elements.start as isize * stride), stride, dtype: view.dtype }
        };
        let [dst, src] = &self.operands;
        if dst.dtype == src.dtype && dst.strides[inner] == 1 && src.strides[inner] == 1 {
            let bytes = elements.len() * dst.dtype.size();
            for _ in range {
                // SAFETY: the caller's promise: runs of as many elements, apart or the same.
                unsafe { copy_run(run(1, rows.starts[1]).data, run(0, rows.starts[0]).data, bytes) };
                rows.advance();
            }
            return;
        }
        for _ in range {
            // SAFETY: the caller's promise.
            unsafe { convert::copy(run(1, rows.starts[1]), run(0, rows.starts[0]), elements.len()) };
            rows.advance();
        }
    }
}

/// Copies bytes; short runs in place, without a call.
#[inline(always)]
unsafe fn copy_run(from: *const u8, to: *mut u8, bytes: usize) {
    const PART: usize = 32;
    // SAFETY: the caller's promise.
    unsafe {
        if !bytes.is_multiple_of(PART) || bytes > 8 * PART {
            return std::ptr::copy(from, to, bytes);
        }
        for at in (0..bytes).step_by(PART) {
            let part = from.add(at).cast::<MaybeUninit<[u8; PART]>>().read_unaligned();
            to.add(at).cast::<MaybeUninit<[u8; PART]>>().write_unaligned(part);
        }
    }
}

/// A copy without conversion whose source runs along another dimension than its target: by square tiles that pass
/// through a buffer. A line of either side is read or written whole, once: lines that lie a power of two apart fall into
/// a few places of the cache and would not stay there for a second visit.
struct Turned {
    /// The dimensions but the two, the target's own, and their tiles.
    outer: Dims,
    operands: [View; 2],
    /// Elements along the source's run and along the target's.
    runs: [usize; 2],
    /// Steps of the target along the source's run, and of the source along the target's.
    steps: [isize; 2],
    item: usize,
}

// SAFETY: tasks write disjoint tiles.
unsafe impl Sync for Turned {}

/// Elements along a tile's sides, at most; shorter dimensions than a quarter of it do not pay.
const TILE: usize = 64;

impl Turned {
    fn of(sizes: &Dims, operands: &[View; 2]) -> Option<Turned> {
        let [dst, src] = operands;
        let inner = sizes.len() - 1;
        let along = (0..inner).find(|&d| src.strides[d] == 1 && sizes[d] as usize >= TILE / 4)?;
        if dst.dtype != src.dtype || dst.strides[inner] != 1 || (sizes[inner] as usize) < TILE / 4 {
            return None;
        }
        let rest = |of: &Dims| of.iter().enumerate().filter(|&(d, _)| d != inner && d != along).map(|(_, &n)| n).collect::<Dims>();
        // `Rows` leaves the last dimension to the caller.
        let mut outer = rest(sizes);
        outer.push(1);
        let view = |of: &View| {
            let mut strides = rest(&of.strides);
            strides.push(1);
            View { data: of.data, strides, dtype: of.dtype }
        };
        Some(Turned {
            outer,
            operands: [view(dst), view(src)],
            runs: [sizes[along] as usize, sizes[inner] as usize],
            steps: [dst.strides[along] as isize, src.strides[inner] as isize],
            item: dst.dtype.size(),
        })
    }

    fn strips(&self) -> usize {
        self.runs[0].div_ceil(TILE)
    }

    /// A task is one strip of tiles: TILE elements of the source's run.
    fn tasks(&self) -> usize {
        self.outer.iter().product::<i64>() as usize * self.strips()
    }

    unsafe fn task(&self, t: usize) {
        let starts = Rows::at(t / self.strips(), &self.outer, &self.operands).starts;
        let from = t % self.strips() * TILE;
        let to = (from + TILE).min(self.runs[0]);
        // SAFETY: the caller's promise; the strip lies inside both.
        unsafe {
            match self.item {
                1 => self.strip::<u8, TILE>(starts[0].cast(), starts[1].cast(), from..to),
                2 => self.strip::<u16, TILE>(starts[0].cast(), starts[1].cast(), from..to),
                4 => self.strip::<u32, TILE>(starts[0].cast(), starts[1].cast(), from..to),
                // Half the elements: the tile stays in the first-level cache.
                _ => self.strip::<u64, { TILE / 2 }>(starts[0].cast(), starts[1].cast(), from..to),
            }
        }
    }

    #[inline(always)]
    unsafe fn strip<T: Copy, const N: usize>(&self, dst: *mut T, src: *const T, range: Range<usize>) {
        let [down, across] = self.steps;
        let mut tile = [const { MaybeUninit::<[T; N]>::uninit() }; N];
        for from in range.clone().step_by(N) {
            let count = N.min(range.end - from);
            for begin in (0..self.runs[1]).step_by(N) {
                let width = N.min(self.runs[1] - begin);
                for (j, row) in tile[..width].iter_mut().enumerate() {
                    // SAFETY: elements (from.., begin + j) lie in the source.
                    unsafe {
                        let src = src.offset((begin + j) as isize * across).add(from);
                        // A length that is known is copied in place, without a call.
                        if count == N {
                            *row = src.cast::<MaybeUninit<[T; N]>>().read_unaligned();
                        } else {
                            src.copy_to_nonoverlapping(row.as_mut_ptr().cast(), count);
                        }
                    }
                }
                for i in 0..count {
                    // SAFETY: elements (from + i, begin..) lie in the target, and `width` rows of the tile were filled.
                    unsafe {
                        let dst = dst.offset((from + i) as isize * down).add(begin);
                        (0..width).for_each(|j| *dst.add(j) = *tile[j].as_ptr().cast::<T>().add(i));
                    }
                }
            }
        }
    }
}
