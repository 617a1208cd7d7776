//! Kernels over the rows of a matrix, W elements at a time. Sums run on W virtual lanes and the lanes are added
//! by halves, so neither the instruction set nor the number of threads changes a bit.

use crate::kernels::float::Float;
use crate::kernels::isa::Simd;
use crate::kernels::map::Pointwise;
use crate::par;
use crate::stamp;

/// Virtual lanes.
pub const W: usize = 16;

/// Elements that a task handles.
const TASK: usize = 32 * 1024;

/// Lanes that a loop has filled, in memory: whatever is done with them afterwards, one by one or by halves, does not
/// decide which of them share a register in the loop.
#[inline(always)]
pub fn settled<T, const N: usize>(lanes: [T; N]) -> [T; N] {
    std::hint::black_box(lanes)
}

/// Each lane of the lower half meets the one of the upper half.
#[inline(always)]
pub fn halved<T: Copy, const N: usize, const HALF: usize>(x: [T; N], f: impl Fn(T, T) -> T) -> [T; HALF] {
    std::array::from_fn(|i| f(x[i], x[i + HALF]))
}

/// Folds the lanes by halves.
#[inline(always)]
pub fn lanes<T: Copy>(x: [T; W], f: impl Fn(T, T) -> T) -> T {
    let [a, b, c, d] = halved::<T, 8, 4>(halved::<T, W, 8>(x, &f), &f);
    f(f(a, c), f(b, d))
}

/// Short rows run on four lanes. Closures must be small: they are called at two places, and only what is
/// inlined into a stamped body gets its instruction set.
#[inline(always)]
fn short<T: Float>(n: usize, start: T, f: impl Fn(T, T) -> T, of: impl Fn(usize) -> T) -> T {
    let mut four = [start; 4];
    let whole = n / 4 * 4;
    for i in (0..whole).step_by(4) {
        (0..4).for_each(|j| four[j] = f(four[j], of(i + j)));
    }
    // No loop, so that the lanes stay in registers.
    if n > whole {
        four[0] = f(four[0], of(whole));
    }
    if n > whole + 1 {
        four[1] = f(four[1], of(whole + 1));
    }
    if n > whole + 2 {
        four[2] = f(four[2], of(whole + 2));
    }
    f(f(four[0], four[2]), f(four[1], four[3]))
}

#[inline(always)]
pub fn sum<T: Float>(x: &[T], f: impl Fn(T) -> T) -> T {
    sum3(x, x, x, |x, _, _| f(x))
}

#[inline(always)]
pub fn sum2<T: Float>(x: &[T], y: &[T], f: impl Fn(T, T) -> T) -> T {
    sum3(x, y, y, |x, y, _| f(x, y))
}

/// The sum of f over three rows of one length.
#[inline(always)]
pub fn sum3<T: Float>(x: &[T], y: &[T], z: &[T], f: impl Fn(T, T, T) -> T) -> T {
    let n = x.len();
    let (y, z) = (&y[..n], &z[..n]);
    if n < W {
        return short(n, T::ZERO, |a, b| a + b, |i| f(x[i], y[i], z[i]));
    }
    let mut sums = [T::ZERO; W];
    let ((xs, xr), (ys, yr), (zs, zr)) = (x.as_chunks::<W>(), y.as_chunks::<W>(), z.as_chunks::<W>());
    for ((a, b), c) in xs.iter().zip(ys).zip(zs) {
        (0..W).for_each(|i| sums[i] = sums[i] + f(a[i], b[i], c[i]));
    }
    let total = lanes(settled(sums), |a, b| a + b);
    if xr.is_empty() { total } else { total + short(xr.len(), T::ZERO, |a, b| a + b, |i| f(xr[i], yr[i], zr[i])) }
}

/// The largest element, nan passed over.
#[inline(always)]
pub fn max<T: Float>(x: &[T]) -> T {
    let low = T::of(f64::NEG_INFINITY);
    let larger = |a: T, b: T| if b > a { b } else { a };
    if x.len() < W {
        return short(x.len(), low, larger, |i| x[i]);
    }
    let mut tops = [low; W];
    let (chunks, rest) = x.as_chunks::<W>();
    for chunk in chunks {
        (0..W).for_each(|i| tops[i] = larger(tops[i], chunk[i]));
    }
    let top = lanes(settled(tops), larger);
    if rest.is_empty() { top } else { larger(top, short(rest.len(), low, larger, |i| rest[i])) }
}

/// Runs `task(first row, last row)` over fixed ranges of rows.
#[inline]
pub fn run(rows: usize, width: usize, task: impl Fn(usize, usize) + Sync) {
    let each = rows_each(width);
    if rows <= each {
        return task(0, rows);
    }
    par::run(rows.div_ceil(each), &|t| task(t * each, ((t + 1) * each).min(rows)));
}

/// Rows of one task.
pub fn rows_each(width: usize) -> usize {
    (TASK / width.max(1)).max(1)
}

/// Calls `kernel(rows of x, rows of out)` over all rows.
#[inline]
pub fn map<T: Float>(x: &[T], out: &mut [T], width: usize, kernel: impl Fn(&[T], &mut [T]) + Sync) {
    let out = Shared(out.as_mut_ptr(), out.len());
    run(x.len() / width, width, |from, to| kernel(&x[from * width..to * width], out.part(from * width, to * width)));
}

/// The same with two inputs.
#[inline]
pub fn map2<T: Float>(x: &[T], y: &[T], out: &mut [T], width: usize, kernel: impl Fn(&[T], &[T], &mut [T]) + Sync) {
    let out = Shared(out.as_mut_ptr(), out.len());
    run(x.len() / width, width, |from, to| {
        let (from, to) = (from * width, to * width);
        kernel(&x[from..to], &y[from..to], out.part(from, to));
    });
}

/// A slice that tasks may share; each takes parts of its own.
#[derive(Clone, Copy)]
pub struct Shared<T>(*mut T, usize);

// SAFETY: tasks take disjoint parts.
unsafe impl<T> Sync for Shared<T> {}

impl<T> Shared<T> {
    pub fn of(slice: &mut [T]) -> Shared<T> {
        Shared(slice.as_mut_ptr(), slice.len())
    }

    /// Elements `from..to`; nobody else may hold them.
    #[inline(always)]
    #[allow(clippy::mut_from_ref)]
    pub fn part(&self, from: usize, to: usize) -> &mut [T] {
        assert!(from <= to && to <= self.1, "inside the slice");
        // SAFETY: the range was checked; tasks take disjoint parts of a slice that outlives the region.
        unsafe { std::slice::from_raw_parts_mut(self.0.add(from), to - from) }
    }

    /// What begins at element `first`.
    pub fn from(&self, first: usize) -> Shared<T> {
        assert!(first <= self.1, "inside the slice");
        Shared(self.0.wrapping_add(first), self.1 - first)
    }
}

/// The same without a length, for what is not written yet or not all of a slice: each task reaches its own part.
pub(super) struct Raw<T>(pub *mut T);
// SAFETY: as said.
unsafe impl<T> Sync for Raw<T> {}

impl<T> Raw<T> {
    #[inline(always)]
    pub(super) fn at(&self, i: usize) -> *mut T {
        self.0.wrapping_add(i)
    }

    /// # Safety
    /// `i` lies in the buffer and belongs to the caller's task.
    #[inline(always)]
    pub(super) unsafe fn write(&self, i: usize, value: T) {
        // SAFETY: the caller's promise.
        unsafe { self.0.add(i).write(value) };
    }
}

/// Elements that are summed in their own type before they join a float64.
const RUN: usize = 1024;

#[inline(always)]
fn sum_pairs_body<S: Simd, T: Float, K: Pointwise>(k: K, x: &[T], y: &[T]) -> f64 {
    let mut total = 0.0;
    for (x, y) in x.chunks(RUN).zip(y.chunks(RUN)) {
        let mut sums = [T::ZERO; W];
        let ((xs, x_rest), (ys, y_rest)) = (x.as_chunks::<W>(), y.as_chunks::<W>());
        for (a, b) in xs.iter().zip(ys) {
            (0..W).for_each(|i| sums[i] = sums[i] + k.float::<T, S>([a[i], b[i], b[i]]));
        }
        let mut sums = settled(sums);
        for (i, (&a, &b)) in x_rest.iter().zip(y_rest).enumerate() {
            sums[i] = sums[i] + k.float::<T, S>([a, b, b]);
        }
        total += T::to_f64(lanes(sums, |a, b| a + b));
    }
    total
}

stamp! { fn sum_run<T, K>(k: K, x: &[T], y: &[T]) -> f64 where [T: Float, K: Pointwise] = sum_pairs_body; }

/// The sum of a function of two slices' elements, by fixed pieces.
pub fn sum_pairs<T: Float, K: Pointwise>(k: K, x: &[T], y: &[T]) -> f64 {
    if x.len() <= TASK {
        return sum_run(k, x, y);
    }
    let mut partial = vec![0.0; x.len().div_ceil(TASK)];
    let shared = Shared::of(&mut partial);
    par::run(x.len().div_ceil(TASK), &|t| {
        let (from, to) = (t * TASK, ((t + 1) * TASK).min(x.len()));
        shared.part(t, t + 1)[0] = sum_run(k, &x[from..to], &y[from..to]);
    });
    partial.iter().sum()
}
