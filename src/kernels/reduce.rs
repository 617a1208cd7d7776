//! The one frame of reductions. The tree is fixed by the shape: runs of at most RUN elements fold into an
//! accumulator on 32 virtual lanes, runs and tasks merge in index order, so neither threads nor registers
//! change a bit. Inputs that are strided or of another dtype pass through blocks.

use std::mem::MaybeUninit;

use smallvec::SmallVec;

use crate::dtype::DType;
use crate::dtype::Element;
use crate::kernels::columns::COLUMNS;
use crate::kernels::convert;
use crate::kernels::convert::Run;
use crate::kernels::isa;
use crate::kernels::isa::Simd;
use crate::kernels::map::View;
use crate::kernels::rows::Raw;
use crate::par;
use crate::stamp;

/// A reduction of elements T, a compute type.
pub trait Reduce<T: Copy>: Copy + Sync {
    type Acc: Copy + Send + Sync;
    type Out: Element;
    fn init(&self) -> Self::Acc;
    /// Folds a run; `index` is the position of its first element among all that are reduced.
    fn run<S: Simd>(&self, acc: Self::Acc, x: &[T], index: usize) -> Self::Acc;
    /// Folds one element.
    fn step(&self, acc: Self::Acc, x: T, index: usize) -> Self::Acc;
    /// Folds rows of a table, each of `accs.len()` elements and `stride` after the one before, into the accumulators of
    /// their columns; `index` is the first row's.
    ///
    /// # Safety
    /// `x` points at the rows.
    #[inline(always)]
    unsafe fn table<S: Simd>(&self, accs: &mut [Self::Acc], x: *const T, stride: isize, rows: usize, index: usize) {
        let n = accs.len();
        // SAFETY: the caller's promise.
        let row = |r: usize| unsafe { std::slice::from_raw_parts(x.offset(r as isize * stride), n) };
        let many = rows / ROWS * ROWS;
        for r in (0..many).step_by(ROWS) {
            let x: [&[T]; ROWS] = std::array::from_fn(|i| row(r + i));
            for c in 0..n {
                accs[c] = (0..ROWS).fold(accs[c], |acc, i| self.step(acc, x[i][c], index + r + i));
            }
        }
        for r in many..rows {
            accs.iter_mut().zip(row(r)).for_each(|(acc, &v)| *acc = self.step(*acc, v, index + r));
        }
    }
    fn merge(&self, a: Self::Acc, b: Self::Acc) -> Self::Acc;
    fn finish(&self, acc: Self::Acc, count: usize) -> Self::Out;
}

/// Elements folded at once.
pub const RUN: usize = 2048;

/// Outputs of short rows that are folded in one call.
const STRETCH: usize = 64;

/// Elements of input that a task handles.
const TASK: usize = 64 * 1024;

/// Rows of a table that meet the accumulators at once.
const ROWS: usize = 8;

/// Folds the row of n elements at `x`, and the ones `step` after it, into their accumulators.
#[inline(always)]
unsafe fn run_body<S: Simd, K: Reduce<T>, T: Copy>(k: K, accs: &mut [K::Acc], x: *const T, step: isize, n: usize, index: usize) {
    for (r, acc) in accs.iter_mut().enumerate() {
        // SAFETY: the caller gives n elements for every accumulator.
        *acc = k.run::<S>(*acc, unsafe { std::slice::from_raw_parts(x.offset(r as isize * step), n) }, index);
    }
}

#[inline(always)]
unsafe fn table_body<S: Simd, K: Reduce<T>, T: Copy>(k: K, accs: &mut [K::Acc], x: *const T, stride: isize, rows: usize, index: usize) {
    // SAFETY: the caller's promise.
    unsafe { k.table::<S>(accs, x, stride, rows, index) };
}

stamp! { table runs<K, T>: unsafe fn(k: K, accs: &mut [K::Acc], x: *const T, step: isize, n: usize, index: usize) where [K: Reduce<T>, T: Copy] = run_body; }
stamp! { table tables<K, T>: unsafe fn(k: K, accs: &mut [K::Acc], x: *const T, stride: isize, rows: usize, index: usize) where [K: Reduce<T>, T: Copy] = table_body; }

/// Sizes and strides of some of a tensor's dimensions.
#[derive(Default)]
struct Axes {
    sizes: SmallVec<[usize; 5]>,
    strides: SmallVec<[isize; 5]>,
}

impl Axes {
    fn push(&mut self, size: usize, stride: isize) {
        if size == 1 {
            return;
        }
        if let (Some(last), Some(step)) = (self.sizes.last_mut(), self.strides.last_mut())
            && *step == stride * size as isize
        {
            *last *= size;
            *step = stride;
            return;
        }
        self.sizes.push(size);
        self.strides.push(stride);
    }

    fn count(&self) -> usize {
        self.sizes.iter().product()
    }

    /// The innermost dimension.
    fn inner(&self) -> (usize, isize) {
        (self.sizes.last().copied().unwrap_or(1), self.strides.last().copied().unwrap_or(1))
    }

    /// Distance of element `i` in row-major order.
    #[inline]
    fn offset(&self, mut i: usize) -> isize {
        let mut offset = 0;
        for d in (1..self.sizes.len()).rev() {
            offset += (i % self.sizes[d]) as isize * self.strides[d];
            i /= self.sizes[d];
        }
        offset + i as isize * self.strides.first().copied().unwrap_or(0)
    }
}

/// Folds `n` contiguous elements of the compute type: what small whole reductions need.
///
/// # Safety
/// `x` points at n elements.
#[inline]
pub unsafe fn small<T: Element, K: Reduce<T>>(k: K, x: *const T, n: usize) -> K::Out {
    let run = const { runs::<K, T>() }[isa::level() as usize];
    let mut acc = [k.init()];
    // SAFETY: the caller's promise.
    unsafe { run(k, &mut acc, x, 0, n, 0) };
    k.finish(acc[0], n)
}

/// Reduces the dimensions in `mask` of `input` into `out`, the kept dimensions in row-major order.
/// `ordered` keeps the row-major order among reduced dimensions (for positions).
///
/// # Safety
/// `input` covers `sizes` in live memory; `out` has room for every kept index.
pub unsafe fn reduce<T: Element, K: Reduce<T>>(k: K, sizes: &[i64], input: &View, mask: u64, ordered: bool, out: *mut K::Out) {
    let (mut kept, mut reduced) = (Axes::default(), Axes::default());
    let mut order: SmallVec<[usize; 8]> = (0..sizes.len()).filter(|i| mask >> i & 1 == 1).collect();
    if !ordered {
        order.sort_by_key(|&i| std::cmp::Reverse(input.strides[i]));
    }
    (0..sizes.len()).filter(|i| mask >> i & 1 == 0).for_each(|i| kept.push(sizes[i] as usize, input.strides[i] as isize));
    order.iter().for_each(|&i| reduced.push(sizes[i] as usize, input.strides[i] as isize));
    let work = Work {
        k,
        data: input.data,
        dtype: input.dtype,
        kept,
        reduced,
        out,
        level: isa::level() as usize,
        marker: std::marker::PhantomData,
    };
    if work.kept.count() == 0 {
        return;
    }
    let (width, step) = work.kept.inner();
    let columns = width > 1 && step == 1 && work.reduced.inner().1 != 1 && !work.reduced.sizes.is_empty();
    // SAFETY: the caller's promise.
    unsafe { if columns { work.columns(width) } else { work.rows() } }
}

/// out[i] = the element at `positions[i]` along dimension `d`, for every index i of the others in row-major order.
///
/// # Safety
/// `input`, of T, covers `sizes` in live memory; positions lie inside dimension `d`, or are 0 where there are no dimensions.
pub unsafe fn pick<T: Element>(sizes: &[i64], input: &View, d: usize, positions: &[i64], out: &mut [T]) {
    let mut kept = Axes::default();
    (0..sizes.len()).filter(|&i| i != d).for_each(|i| kept.push(sizes[i] as usize, input.strides[i] as isize));
    let (count, step) = (out.len(), input.strides.get(d).map_or(0, |&s| s as isize));
    let (data, target) = (Raw(input.data as *mut T), Raw(out.as_mut_ptr()));
    par::run(count.div_ceil(RUN), &|t| {
        let (from, to) = (t * RUN, ((t + 1) * RUN).min(count));
        for (i, &p) in (from..to).zip(&positions[from..to]) {
            // SAFETY: the caller's promise; element i belongs to this task.
            unsafe { target.write(i, *data.at(0).offset(kept.offset(i) + p as isize * step)) };
        }
    });
}

struct Work<T: Copy, K: Reduce<T>> {
    k: K,
    data: *mut u8,
    dtype: DType,
    kept: Axes,
    reduced: Axes,
    out: *mut K::Out,
    level: usize,
    marker: std::marker::PhantomData<T>,
}

// SAFETY: tasks write disjoint outputs.
unsafe impl<T: Copy, K: Reduce<T>> Sync for Work<T, K> {}

impl<T: Element, K: Reduce<T>> Work<T, K> {
    /// Every output folds its own elements.
    unsafe fn rows(&self) {
        let (outputs, count) = (self.kept.count(), self.reduced.count());
        let pieces = count.div_ceil(TASK).max(1);
        if pieces == 1 {
            let per_task = (TASK / count.max(1)).max(1);
            let tasks = outputs.div_ceil(per_task);
            let short = count <= RUN && self.reduced.sizes.len() <= 1 && self.reduced.inner().1 == 1;
            par::run(tasks, &|t| {
                let (begin, end) = (t * per_task, ((t + 1) * per_task).min(outputs));
                // SAFETY: these outputs belong to this task.
                unsafe {
                    if short {
                        return self.short_rows(begin, end, count);
                    }
                    for i in begin..end {
                        self.out.add(i).write(self.k.finish(self.fold(self.kept.offset(i), 0, count), count));
                    }
                }
            });
            return;
        }
        let mut partial: Vec<MaybeUninit<K::Acc>> = Vec::with_capacity(outputs * pieces);
        let shared = Raw(partial.as_mut_ptr() as *mut K::Acc);
        par::run(outputs * pieces, &|t| {
            let (i, p) = (t / pieces, t % pieces);
            // SAFETY: partial t belongs to this task.
            unsafe { shared.write(t, self.fold(self.kept.offset(i), p * TASK, ((p + 1) * TASK).min(count))) };
        });
        for i in 0..outputs {
            // SAFETY: all partials were written.
            unsafe {
                let mut acc = *shared.0.add(i * pieces);
                (1..pieces).for_each(|p| acc = self.k.merge(acc, *shared.0.add(i * pieces + p)));
                self.out.add(i).write(self.k.finish(acc, count));
            }
        }
    }

    /// Outputs begin..end, each of one run of the input: a stretch of them at a time.
    unsafe fn short_rows(&self, begin: usize, end: usize, count: usize) {
        let run = const { runs::<K, T>() }[self.level];
        let (width, step) = self.kept.inner();
        let size = self.dtype.size() as isize;
        let direct = self.dtype == T::DTYPE;
        let most = if direct { STRETCH } else { (RUN / count.max(1)).min(STRETCH) };
        let mut block = [const { MaybeUninit::<u64>::uninit() }; RUN];
        let mut at = begin;
        while at < end {
            let n = (width - at % width).min(end - at).min(most);
            let mut accs = [self.k.init(); STRETCH];
            let data = self.data.wrapping_offset(self.kept.offset(at) * size);
            // SAFETY: the rows of outputs at..at + n lie inside the input, and most rows in the block.
            unsafe {
                if direct {
                    run(self.k, &mut accs[..n], data as *const T, step, count, 0);
                } else {
                    let rows = self.convert_rows(data, step, n, count, block.as_mut_ptr());
                    run(self.k, &mut accs[..n], rows, count as isize, count, 0);
                }
                (0..n).for_each(|i| self.out.add(at + i).write(self.k.finish(accs[i], count)));
            }
            at += n;
        }
    }

    /// Elements of the input that lie `stride` apart, as n of T in the block `to`.
    unsafe fn convert<B>(&self, data: *mut u8, stride: isize, n: usize, to: *mut B) -> *const T {
        let from = Run { data, stride: stride * self.dtype.size() as isize, dtype: self.dtype };
        // SAFETY: the caller's promise: n elements inside the input, and room for n of T.
        unsafe { convert::copy(from, Run { data: to as *mut u8, stride: size_of::<T>() as isize, dtype: T::DTYPE }, n) };
        to as *const T
    }

    /// Folds elements begin..end of the reduced dimensions, from a byte-free offset of the input.
    unsafe fn fold(&self, base: isize, begin: usize, end: usize) -> K::Acc {
        let run = const { runs::<K, T>() }[self.level];
        let (row, stride) = self.reduced.inner();
        let size = self.dtype.size() as isize;
        let direct = self.dtype == T::DTYPE && stride == 1;
        let mut block = [const { MaybeUninit::<u64>::uninit() }; RUN];
        let mut acc = [self.k.init()];
        let mut at = begin;
        while at < end {
            let n = (row - at % row).min(end - at).min(RUN);
            let data = self.data.wrapping_offset((base + self.reduced.offset(at)) * size);
            // SAFETY: the run lies inside the input; the block holds RUN elements.
            unsafe {
                let x = if direct { data as *const T } else { self.convert(data, stride, n, block.as_mut_ptr()) };
                run(self.k, &mut acc, x, 0, n, at);
            }
            at += n;
        }
        acc[0]
    }

    /// Outputs that lie side by side fold together, row by row.
    unsafe fn columns(&self, width: usize) {
        let (count, wide, blocks) = (self.reduced.count(), width.min(COLUMNS), width.div_ceil(COLUMNS));
        let total = self.kept.count() / width * blocks;
        // The first output of a block, and how many it has.
        let place = |b: usize| (b / blocks * width + b % blocks * COLUMNS, (width - b % blocks * COLUMNS).min(COLUMNS));
        let rows_each = TASK / wide;
        let pieces = count.div_ceil(rows_each).max(1);
        if pieces == 1 {
            let per_task = (TASK / (wide * count.max(1))).max(1);
            par::run(total.div_ceil(per_task), &|t| {
                let mut buffer = [const { MaybeUninit::<K::Acc>::uninit() }; COLUMNS];
                for (first, n) in (t * per_task..((t + 1) * per_task).min(total)).map(place) {
                    // SAFETY: the accumulators are written first; these outputs belong to this task.
                    unsafe {
                        let accs = self.fold_columns(first, n, 0, count, buffer.as_mut_ptr() as *mut K::Acc);
                        accs.iter().enumerate().for_each(|(c, &acc)| self.out.add(first + c).write(self.k.finish(acc, count)));
                    }
                }
            });
            return;
        }
        let mut partial: Vec<MaybeUninit<K::Acc>> = Vec::with_capacity(total * pieces * wide);
        let shared = Raw(partial.as_mut_ptr() as *mut K::Acc);
        par::run(total * pieces, &|t| {
            let ((first, n), p) = (place(t / pieces), t % pieces);
            // SAFETY: the accumulators of task t belong to it.
            unsafe { self.fold_columns(first, n, p * rows_each, ((p + 1) * rows_each).min(count), shared.at(t * wide)) };
        });
        for block in 0..total {
            let (first, n) = place(block);
            for c in 0..n {
                // SAFETY: all accumulators were written.
                unsafe {
                    let at = |p: usize| *shared.0.add((block * pieces + p) * wide + c);
                    let acc = (1..pieces).fold(at(0), |acc, p| self.k.merge(acc, at(p)));
                    self.out.add(first + c).write(self.k.finish(acc, count));
                }
            }
        }
    }

    /// Writes the accumulators of outputs first..first + n over rows begin..end.
    unsafe fn fold_columns<'a>(&self, first: usize, n: usize, begin: usize, end: usize, accs: *mut K::Acc) -> &'a [K::Acc] {
        let table = const { tables::<K, T>() }[self.level];
        let (line, stride) = self.reduced.inner();
        let (size, base, direct) = (self.dtype.size() as isize, self.kept.offset(first), self.dtype == T::DTYPE);
        let mut block = [const { MaybeUninit::<u64>::uninit() }; RUN];
        // SAFETY: room for n accumulators, which are written; rows of n contiguous elements inside the input.
        unsafe {
            (0..n).for_each(|c| accs.add(c).write(self.k.init()));
            let accs = std::slice::from_raw_parts_mut(accs, n);
            let mut r = begin;
            while r < end {
                let rows = (line - r % line).min(end - r).min(if direct { usize::MAX } else { RUN / n });
                let data = self.data.wrapping_offset((base + self.reduced.offset(r)) * size);
                if direct {
                    table(self.k, accs, data as *const T, stride, rows, r);
                } else {
                    table(self.k, accs, self.convert_rows(data, stride, rows, n, block.as_mut_ptr()), n as isize, rows, r);
                }
                r += rows;
            }
            accs
        }
    }

    /// Rows of n elements, `step` apart, one after the other as T in the block `to`.
    unsafe fn convert_rows(&self, data: *mut u8, step: isize, rows: usize, n: usize, to: *mut MaybeUninit<u64>) -> *const T {
        let to = to as *mut T;
        // Rows that follow one another are one row.
        let (times, len) = if step == n as isize { (1, rows * n) } else { (rows, n) };
        let size = self.dtype.size() as isize;
        for i in 0..times {
            // SAFETY: the caller's promise: the rows lie inside the input, and all of them fit the block.
            unsafe { self.convert(data.wrapping_offset(i as isize * step * size), 1, len, to.add(i * n)) };
        }
        to
    }
}
