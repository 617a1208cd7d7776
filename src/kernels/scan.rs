//! Scans: along every line of a tensor seen as (outer, n, inner), an accumulator meets the elements in turn.
//! Lines are independent and split by the shape alone; a line is never cut, so the bits never depend on threads.

use crate::par;

/// A contiguous tensor as lines of `n` elements, `inner` apart.
#[derive(Clone, Copy, Debug)]
pub struct Lines {
    pub outer: usize,
    pub n: usize,
    pub inner: usize,
}

impl Lines {
    /// The lines along dimension `d`; no dimensions make one line of one element.
    pub fn of(sizes: &[i64], d: usize) -> Lines {
        let count = |part: &[i64]| part.iter().product::<i64>() as usize;
        match sizes {
            [] => Lines { outer: 1, n: 1, inner: 1 },
            _ => Lines { outer: count(&sizes[..d]), n: sizes[d] as usize, inner: count(&sizes[d + 1..]) },
        }
    }

    pub fn count(&self) -> usize {
        self.outer * self.n * self.inner
    }

    /// Calls `f(first element, step)` for each line, lines of one task in order.
    pub fn each(&self, f: impl Fn(usize, usize) + Sync) {
        let (total, inner) = (self.outer * self.inner, self.inner);
        let per_task = (TASK / self.n.max(1)).max(1);
        par::run(total.div_ceil(per_task), &|t| {
            (t * per_task..((t + 1) * per_task).min(total)).for_each(|i| f(i / inner * self.n * inner + i % inner, inner));
        });
    }
}

/// Elements a task handles.
const TASK: usize = 16 * 1024;

/// Lines that advance side by side.
const COLUMNS: usize = 128;

/// A pointer that tasks may share; each writes its own part.
pub(super) struct Shared<T>(pub *mut T);
// SAFETY: as said.
unsafe impl<T> Sync for Shared<T> {}

impl<T> Shared<T> {
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

/// `out[i]` is what `f(accumulator, i, k)` gives beside the next accumulator, for element i, the k-th of its line;
/// from the end where `reverse`.
pub fn scan<A: Copy + Sync, O: Copy + Send + Sync>(
    lines: Lines,
    out: &mut [O],
    reverse: bool,
    init: A,
    f: impl Fn(A, usize, usize) -> (A, O) + Sync,
) {
    assert_eq!(out.len(), lines.count(), "the output has an element for each of the input");
    if out.is_empty() {
        return;
    }
    let Lines { outer, n, inner } = lines;
    if inner == 1 {
        return contiguous(outer, n, out, reverse, init, f);
    }
    let blocks = inner.div_ceil(COLUMNS);
    let per_task = (TASK / (n * inner.min(COLUMNS))).max(1);
    let shared = Shared(out.as_mut_ptr());
    let block = |b: usize| {
        let (first, column) = (b / blocks * n * inner, b % blocks * COLUMNS);
        let width = (inner - column).min(COLUMNS);
        let mut acc = [init; COLUMNS];
        for step in 0..n {
            let k = if reverse { n - 1 - step } else { step };
            let row = first + k * inner + column;
            for (j, a) in acc[..width].iter_mut().enumerate() {
                let (next, value) = f(*a, row + j, k);
                *a = next;
                // SAFETY: inside the output by its length; block b owns its columns.
                unsafe { shared.write(row + j, value) };
            }
        }
    };
    let total = outer * blocks;
    par::run(total.div_ceil(per_task), &|t| (t * per_task..((t + 1) * per_task).min(total)).for_each(block));
}

/// Contiguous lines, a few side by side, as each step waits for the one before; the accumulators are in registers.
fn contiguous<A: Copy + Sync, O: Copy + Send + Sync>(
    lines: usize,
    n: usize,
    out: &mut [O],
    reverse: bool,
    init: A,
    f: impl Fn(A, usize, usize) -> (A, O) + Sync,
) {
    let shared = Shared(out.as_mut_ptr());
    let per_task = (TASK / n).max(TOGETHER);
    par::run(lines.div_ceil(per_task), &|t| {
        let (mut line, end) = (t * per_task, ((t + 1) * per_task).min(lines));
        while line + TOGETHER <= end {
            advance::<TOGETHER, A, O>(line, n, &shared, reverse, init, &f);
            line += TOGETHER;
        }
        (line..end).for_each(|line| advance::<1, A, O>(line, n, &shared, reverse, init, &f));
    });
}

/// Lines that hide each other's latency.
const TOGETHER: usize = 4;

#[inline(always)]
fn advance<const L: usize, A: Copy, O>(
    line: usize,
    n: usize,
    out: &Shared<O>,
    reverse: bool,
    init: A,
    f: &impl Fn(A, usize, usize) -> (A, O),
) {
    let mut acc = [init; L];
    for step in 0..n {
        let k = if reverse { n - 1 - step } else { step };
        for (l, acc) in acc.iter_mut().enumerate() {
            let i = (line + l) * n + k;
            let (next, value) = f(*acc, i, k);
            *acc = next;
            // SAFETY: inside the output by its length; a task owns its lines.
            unsafe { out.write(i, value) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naive(sizes: [usize; 3], x: &[i64], reverse: bool) -> Vec<i64> {
        let [outer, n, inner] = sizes;
        let mut out = vec![0; x.len()];
        for o in 0..outer {
            for j in 0..inner {
                let at = |k: usize| (o * n + k) * inner + j;
                for k in 0..n {
                    out[at(k)] = if reverse { (k..n).map(|i| x[at(i)]).sum() } else { (0..=k).map(|i| x[at(i)]).sum() };
                }
            }
        }
        out
    }

    #[test]
    fn sums_of_odd_shapes_are_the_naive_ones() {
        for sizes in [[1, 1, 1], [3, 7, 1], [2, 5, 129], [1, 300, 257], [0, 3, 2], [2, 0, 3], [40, 3, 1], [19, 1000, 1], [1, 1, 1000]] {
            let [outer, n, inner] = sizes;
            let x: Vec<i64> = (0..outer * n * inner).map(|i| (i * 7919 % 101) as i64 - 50).collect();
            for reverse in [false, true] {
                let mut out = vec![0; x.len()];
                scan(Lines { outer, n, inner }, &mut out, reverse, 0i64, |a, i, _| (a + x[i], a + x[i]));
                assert_eq!(out, naive(sizes, &x, reverse), "{sizes:?} {reverse}");
            }
        }
    }

    #[test]
    fn each_line_comes_once() {
        let lines = Lines { outer: 3, n: 4, inner: 5 };
        let seen: Vec<std::sync::atomic::AtomicU8> = (0..60).map(|_| Default::default()).collect();
        lines.each(|first, step| {
            (0..4).for_each(|k| {
                seen[first + k * step].fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            })
        });
        assert!(seen.iter().all(|s| s.load(std::sync::atomic::Ordering::Relaxed) == 1));
    }
}
