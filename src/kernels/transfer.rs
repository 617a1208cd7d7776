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
    let (rows, frame) = (numel / row, Transfer::of(sizes, operands));
    let (per_task, pieces) = ((CHUNK / row).max(1), row.div_ceil(CHUNK));
    par::run(rows.div_ceil(per_task) * pieces, &|t| {
        let (first, from) = (t / pieces * per_task, t % pieces * CHUNK);
        let (rows, elements) = (first..(first + per_task).min(rows), from..(from + CHUNK).min(row));
        // SAFETY: the caller's promise.
        unsafe { if frame.by_planes { frame.planes(rows, elements) } else { frame.rows(rows, elements) } }
    });
}

struct Transfer {
    sizes: Dims,
    operands: [View; 2],
    /// Rows of one type, contiguous or few elements long: many are copied in one loop.
    by_planes: bool,
}

// SAFETY: tasks write disjoint rows.
unsafe impl Sync for Transfer {}

/// Rows that are not contiguous and longer than this pay for a call each.
const SHORT: i64 = 32;

/// Rows that lie at even distances: a rectangle of both sides.
struct Plane {
    rows: usize,
    elements: usize,
    /// The target's and the source's steps, in elements, from a row to the next and along it.
    to: [isize; 2],
    from: [isize; 2],
}

impl Transfer {
    fn of(sizes: Dims, operands: [View; 2]) -> Transfer {
        let inner = sizes.len() - 1;
        let [dst, src] = &operands;
        let contiguous = dst.strides[inner] == 1 && src.strides[inner] == 1;
        let backwards = dst.strides[inner] == 1 && src.strides[inner] == -1;
        let by_planes = inner > 0 && dst.dtype == src.dtype && (contiguous || backwards || sizes[inner] <= SHORT);
        Transfer { sizes, operands, by_planes }
    }

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

    /// The same by the rectangles that rows of the last two dimensions make.
    unsafe fn planes(&self, range: Range<usize>, elements: Range<usize>) {
        let (inner, outer) = (self.sizes.len() - 1, self.sizes.len() - 2);
        let height = self.sizes[outer] as usize;
        let steps = |i: usize| [outer, inner].map(|d| self.operands[i].strides[d] as isize);
        let item = self.operands[0].dtype.size();
        let mut starts = Rows::at(range.start / height, &self.sizes[..inner], &self.operands);
        let mut row = range.start;
        while row < range.end {
            let skipped = row % height;
            let plane = Plane { rows: (height - skipped).min(range.end - row), elements: elements.len(), to: steps(0), from: steps(1) };
            let at = |i: usize, [down, along]: [isize; 2]| {
                starts.starts[i].wrapping_offset((skipped as isize * down + elements.start as isize * along) * item as isize)
            };
            let (to, from) = (at(0, plane.to), at(1, plane.from));
            // SAFETY: the caller's promise; elements are of this size.
            unsafe {
                match item {
                    1 => plane.copy::<u8>(to.cast(), from.cast()),
                    2 => plane.copy::<u16>(to.cast(), from.cast()),
                    4 => plane.copy::<u32>(to.cast(), from.cast()),
                    _ => plane.copy::<u64>(to.cast(), from.cast()),
                }
            }
            row += plane.rows;
            starts.advance();
        }
    }
}

impl Plane {
    #[inline(always)]
    unsafe fn copy<T: Copy>(&self, to: *mut T, from: *const T) {
        let ([down, along], [from_down, from_along]) = (self.to, self.from);
        let item = |i: usize, j: usize| {
            let (i, j) = (i as isize, j as isize);
            // SAFETY: inside the rectangle.
            unsafe { *to.offset(i * down + j * along) = *from.offset(i * from_down + j * from_along) }
        };
        if along == 1 && from_along == 1 {
            let bytes = self.elements * size_of::<T>();
            for i in 0..self.rows as isize {
                // SAFETY: rows of as many bytes, apart or the same.
                unsafe { copy_run(from.offset(i * from_down).cast(), to.offset(i * down).cast(), bytes) };
            }
        } else if along == 1 && from_along == -1 {
            // SAFETY: rows of as many elements, apart or the same.
            (0..self.rows as isize).for_each(|i| unsafe { reverse(from.offset(i * from_down), to.offset(i * down), self.elements) });
        } else if self.elements < self.rows {
            (0..self.elements).for_each(|j| (0..self.rows).for_each(|i| item(i, j)));
        } else {
            (0..self.rows).for_each(|i| (0..self.elements).for_each(|j| item(i, j)));
        }
    }
}

/// Copies bytes; short runs in place, without a call, by two parts that may overlap.
#[inline(always)]
unsafe fn copy_run(from: *const u8, to: *mut u8, bytes: usize) {
    // SAFETY: the caller's promise; all is read before anything is written where parts overlap.
    unsafe {
        match bytes {
            65..=256 if bytes.is_multiple_of(32) => (0..bytes).step_by(32).for_each(|at| ends::<32>(from.add(at), to.add(at), 32)),
            65.. => std::ptr::copy(from, to, bytes),
            32.. => ends::<32>(from, to, bytes),
            16.. => ends::<16>(from, to, bytes),
            8.. => ends::<8>(from, to, bytes),
            4.. => ends::<4>(from, to, bytes),
            _ => std::ptr::copy(from, to, bytes),
        }
    }
}

/// Copies n elements that lie backwards before `from`, eight at a time.
#[inline(always)]
unsafe fn reverse<T: Copy>(from: *const T, to: *mut T, n: usize) {
    let whole = n - n % 8;
    // SAFETY: the caller's promise.
    unsafe {
        for i in (0..whole).step_by(8) {
            let mut part = from.sub(i + 7).cast::<[T; 8]>().read();
            part.reverse();
            to.add(i).cast::<[T; 8]>().write(part);
        }
        (whole..n).for_each(|i| *to.add(i) = *from.sub(i));
    }
}

/// Copies the first and the last N of `bytes` bytes, N to 2 N of them.
#[inline(always)]
unsafe fn ends<const N: usize>(from: *const u8, to: *mut u8, bytes: usize) {
    type Part<const N: usize> = MaybeUninit<[u8; N]>;
    // SAFETY: both hold the bytes.
    unsafe {
        let first = from.cast::<Part<N>>().read_unaligned();
        let last = from.add(bytes - N).cast::<Part<N>>().read_unaligned();
        to.cast::<Part<N>>().write_unaligned(first);
        to.add(bytes - N).cast::<Part<N>>().write_unaligned(last);
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
        if dst.dtype != src.dtype || dst.strides[inner] != 1 || src.strides[inner] == 0 || (sizes[inner] as usize) < TILE / 4 {
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
