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

/// Calls `f` with whole blocks of a row, the last one filled up with `pad`.
#[inline(always)]
pub fn blocks<T: Float>(x: &[T], pad: T, mut f: impl FnMut([T; W])) {
    let (chunks, rest) = x.as_chunks::<W>();
    for chunk in chunks {
        f(*chunk);
    }
    if !rest.is_empty() {
        let mut block = [pad; W];
        block[..rest.len()].copy_from_slice(rest);
        f(block);
    }
}

/// The same over two rows of one length.
#[inline(always)]
pub fn blocks2<T: Float>(x: &[T], y: &[T], pad: T, mut f: impl FnMut([T; W], [T; W])) {
    let ((xs, x_rest), (ys, y_rest)) = (x.as_chunks::<W>(), y.as_chunks::<W>());
    for (a, b) in xs.iter().zip(ys) {
        f(*a, *b);
    }
    if !x_rest.is_empty() {
        let (mut a, mut b) = ([pad; W], [pad; W]);
        a[..x_rest.len()].copy_from_slice(x_rest);
        b[..y_rest.len()].copy_from_slice(y_rest);
        f(a, b);
    }
}

/// Folds the lanes by halves.
#[inline(always)]
pub fn lanes<T: Float>(mut x: [T; W], f: impl Fn(T, T) -> T) -> T {
    let mut half = W / 2;
    while half > 0 {
        for i in 0..half {
            x[i] = f(x[i], x[i + half]);
        }
        half /= 2;
    }
    x[0]
}

#[inline(always)]
pub fn sum<T: Float>(x: &[T], f: impl Fn(T) -> T) -> T {
    let mut sums = [T::ZERO; W];
    blocks(x, T::ZERO, |block| (0..W).for_each(|i| sums[i] = sums[i] + f(block[i])));
    lanes(sums, |a, b| a + b)
}

#[inline(always)]
pub fn sum2<T: Float>(x: &[T], y: &[T], f: impl Fn(T, T) -> T) -> T {
    let mut sums = [T::ZERO; W];
    blocks2(x, y, T::ZERO, |a, b| (0..W).for_each(|i| sums[i] = sums[i] + f(a[i], b[i])));
    lanes(sums, |a, b| a + b)
}

/// The largest element, nan passed over.
#[inline(always)]
pub fn max<T: Float>(x: &[T]) -> T {
    let low = T::of(f64::NEG_INFINITY);
    let larger = |a: T, b: T| if b > a { b } else { a };
    let mut tops = [low; W];
    blocks(x, low, |block| (0..W).for_each(|i| tops[i] = larger(tops[i], block[i])));
    lanes(tops, larger)
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
