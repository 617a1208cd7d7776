//! Copies over N-d views, converting: rows along the innermost dimension, cut by the shape alone.

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
        for _ in range {
            // SAFETY: the caller's promise.
            unsafe { convert::copy(run(1, rows.starts[1]), run(0, rows.starts[0]), elements.len()) };
            rows.advance();
        }
    }
}

/// A copy without conversion whose source runs along another dimension than its target: by square tiles, so that the
/// lines of both stay in the first-level cache.
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

/// Elements along a tile's sides.
const TILE: usize = 32;

impl Turned {
    fn of(sizes: &Dims, operands: &[View; 2]) -> Option<Turned> {
        let [dst, src] = operands;
        let inner = sizes.len() - 1;
        let along = (0..inner).find(|&d| src.strides[d] == 1 && sizes[d] as usize >= TILE / 2)?;
        if dst.dtype != src.dtype || dst.strides[inner] != 1 || (sizes[inner] as usize) < TILE / 2 {
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
        let count = TILE.min(self.runs[0] - from);
        // SAFETY: the caller's promise; the strip lies inside both.
        unsafe {
            match self.item {
                1 => self.strip::<u8>(starts[0].cast(), starts[1].cast(), from, count),
                2 => self.strip::<u16>(starts[0].cast(), starts[1].cast(), from, count),
                4 => self.strip::<u32>(starts[0].cast(), starts[1].cast(), from, count),
                _ => self.strip::<u64>(starts[0].cast(), starts[1].cast(), from, count),
            }
        }
    }

    #[inline(always)]
    unsafe fn strip<T: Copy>(&self, dst: *mut T, src: *const T, from: usize, count: usize) {
        let [down, across] = self.steps;
        for begin in (0..self.runs[1]).step_by(TILE) {
            let end = (begin + TILE).min(self.runs[1]);
            for i in from..from + count {
                // SAFETY: element (i, j) lies in both.
                unsafe {
                    let (dst, src) = (dst.offset(i as isize * down), src.add(i));
                    (begin..end).for_each(|j| *dst.add(j) = *src.offset(j as isize * across));
                }
            }
        }
    }
}
