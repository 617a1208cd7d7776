//! Pieces of a tensor at positions: what advanced indexing reads, writes and adds. Each position has a piece, all of one
//! shape, in a tensor and in a dense result. The pieces' dimensions that lie side by side in both are one run; over the
//! others the walk goes outside, over the positions inside, so that neighbours in the result are written together.

use crate::dtype::DType;
use crate::dtype::Element;
use crate::kernels::along;
use crate::kernels::frame::View;
use crate::kernels::frame::coalesce;
use crate::par;
use crate::shape::Dims;

/// Elements that a task moves, about.
const TASK: usize = 16 * 1024;

pub struct Positions<'a> {
    /// Where the piece of each position begins in the tensor, in elements.
    starts: &'a [i64],
    /// From a position's piece to the next in the result, in elements.
    step: isize,
    /// Elements side by side, and how many such runs a piece has.
    run: usize,
    runs: usize,
    /// The dimensions of a piece outside its run, with the strides of the two sides.
    sizes: Dims,
    dense: View,
    tensor: View,
}

// SAFETY: the views are addresses; `each` says who may write where.
unsafe impl Sync for Positions<'_> {}

impl<'a> Positions<'a> {
    /// Pieces of `sizes`: the first at `dense` of a result where they follow each other `step` apart, and at `tensor`
    /// moved by the first of `starts`.
    pub fn new(starts: &'a [i64], step: i64, sizes: &[i64], dense: View, tensor: View) -> Positions<'a> {
        let mut sides = [dense, tensor];
        let mut sizes = coalesce(sizes, &mut sides);
        let inner = sizes.len() - 1;
        let mut run = 1;
        if sides.iter().all(|side| side.strides[inner] == 1) || sizes[inner] == 1 {
            run = sizes.pop().expect("one dimension at least") as usize;
        }
        let runs = sizes.iter().product::<i64>() as usize;
        let [dense, tensor] = sides;
        Positions { starts, step: step as isize, run, runs, sizes, dense, tensor }
    }

    /// Calls `f(run in the result, run in the tensor)` for all, in order for each element of the tensor. Where
    /// `together`, positions of one run may be visited by several tasks at once.
    ///
    /// # Safety
    /// All pieces lie inside live memory of T.
    #[inline(always)]
    unsafe fn each<T>(&self, together: bool, f: impl Fn(*mut T, *mut T) + Sync) {
        let count = self.starts.len();
        let (mut chunk, mut lines) = (count, 1);
        if together {
            chunk = (TASK / self.run.max(1)).clamp(1, count.max(1));
        }
        if chunk == count {
            lines = (TASK / (self.run * count).max(1)).max(1);
        }
        let chunks = count.div_ceil(chunk.max(1));
        par::run(self.runs.div_ceil(lines) * chunks, &|t| {
            let (first, from) = (t / chunks * lines, t % chunks * chunk);
            for line in first..(first + lines).min(self.runs) {
                let (mut at, mut rest) = ([0, 0], line as i64);
                for d in (0..self.sizes.len()).rev() {
                    let index = rest % self.sizes[d];
                    rest /= self.sizes[d];
                    at = [at[0] + index * self.dense.strides[d], at[1] + index * self.tensor.strides[d]];
                }
                let dense = (self.dense.data as *mut T).wrapping_offset(at[0] as isize);
                let tensor = (self.tensor.data as *mut T).wrapping_offset(at[1] as isize);
                for (i, &start) in (from..).zip(&self.starts[from..(from + chunk).min(count)]) {
                    f(dense.wrapping_offset(i as isize * self.step), tensor.wrapping_offset(start as isize));
                }
            }
        });
    }

    /// Moves runs one way; T has the elements' size.
    #[inline(always)]
    unsafe fn copy<T: Copy>(&self, into_tensor: bool) {
        let n = self.run;
        // SAFETY: the caller's promise; runs of the result lie apart, and tasks write to elements of their own.
        unsafe {
            match (into_tensor, n) {
                (false, 1) => self.each::<T>(true, |dense, tensor| *dense = *tensor),
                (false, _) => self.each::<T>(true, |dense, tensor| std::ptr::copy_nonoverlapping(tensor, dense, n)),
                (true, 1) => self.each::<T>(false, |dense, tensor| *tensor = *dense),
                (true, _) => self.each::<T>(false, |dense, tensor| std::ptr::copy_nonoverlapping(dense, tensor, n)),
            }
        }
    }

    unsafe fn copy_any(&self, into_tensor: bool) {
        // SAFETY: the caller's promise.
        unsafe {
            match self.dense.dtype.size() {
                1 => self.copy::<u8>(into_tensor),
                2 => self.copy::<u16>(into_tensor),
                4 => self.copy::<u32>(into_tensor),
                _ => self.copy::<u64>(into_tensor),
            }
        }
    }

    /// The pieces of the tensor, written to the result.
    ///
    /// # Safety
    /// All pieces lie inside live memory of one dtype; the sides do not overlap.
    pub unsafe fn read(&self) {
        // SAFETY: the caller's promise.
        unsafe { self.copy_any(false) }
    }

    /// The pieces of the result, written to the tensor; of positions that meet the last one stays.
    ///
    /// # Safety
    /// As for `read`.
    pub unsafe fn write(&self) {
        // SAFETY: the caller's promise.
        unsafe { self.copy_any(true) }
    }

    /// The pieces of the result, added to the tensor in the order of the positions.
    ///
    /// # Safety
    /// As for `read`.
    pub unsafe fn add(&self) {
        let dtype: DType = self.dense.dtype;
        let n = self.run;
        // SAFETY: the caller's promise; tasks write to elements of their own.
        with_dtype!(dtype, T => unsafe { self.each::<T>(false, |dense, tensor| add_run(dense, tensor, n)) });
    }
}

#[inline(always)]
unsafe fn add_run<T: Element>(from: *const T, to: *mut T, n: usize) {
    for i in 0..n {
        // SAFETY: the caller's runs have n elements.
        unsafe { *to.add(i) = along::add(*to.add(i), *from.add(i)) };
    }
}
