//! Scans: along every line of a tensor seen as (outer, n, inner), an accumulator meets the elements in turn.
//! Lines are independent and split by the shape alone; a line is never cut, so the bits never depend on threads.

use crate::kernels::float::Float;
use crate::kernels::isa::Simd;
use crate::kernels::rows;
use crate::par;
use crate::stamp;

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

/// Elements of a line that become float64 at once.
const PIECE: usize = 64;

/// Scans of floats by a function of two float64, the accumulator first.
pub fn running<T: Float>(lines: Lines, x: &[T], out: &mut [T], reverse: bool, init: f64, f: impl Fn(f64, f64) -> f64 + Copy + Sync) {
    if lines.inner == 1 && lines.n > 0 {
        return rows::map(x, out, lines.n, |x, out| running_lines(x, out, lines.n, reverse, init, f));
    }
    scan(lines, out, reverse, init, |acc, i, _| {
        let next = f(acc, T::to_f64(x[i]));
        (next, T::of(next))
    });
}

stamp! {
    fn running_lines<T, F>(x: &[T], out: &mut [T], n: usize, reverse: bool, init: f64, f: F)
    where [T: Float, F: Fn(f64, f64) -> f64 + Copy] = running_body;
}

#[inline(always)]
#[allow(clippy::extra_unused_type_parameters)]
fn running_body<S: Simd, T: Float, F: Fn(f64, f64) -> f64 + Copy>(x: &[T], out: &mut [T], n: usize, reverse: bool, init: f64, f: F) {
    let (mut first, end) = (0, x.len());
    let mut wide = [[0.0; PIECE]; 8];
    while first < end {
        let lines = match (end - first) / n {
            0..4 => 1,
            4..8 => 4,
            _ => 8,
        };
        let (x, out) = (&x[first..first + lines * n], &mut out[first..first + lines * n]);
        match lines {
            1 => pieces::<T, 1>(x, out, &mut wide, n, reverse, init, f),
            4 => pieces::<T, 4>(x, out, &mut wide, n, reverse, init, f),
            _ => pieces::<T, 8>(x, out, &mut wide, n, reverse, init, f),
        }
        first += lines * n;
    }
}

/// L lines side by side. Pieces of them are widened and narrowed in vectors, so that the steps only scan.
#[inline(always)]
fn pieces<T: Float, const L: usize>(
    x: &[T],
    out: &mut [T],
    wide: &mut [[f64; PIECE]; 8],
    n: usize,
    reverse: bool,
    init: f64,
    f: impl Fn(f64, f64) -> f64,
) {
    let mut acc = [init; L];
    for from in (0..n).step_by(PIECE) {
        let len = PIECE.min(n - from);
        let at = if reverse { n - from - len } else { from };
        for l in 0..L {
            wide[l].iter_mut().zip(&x[l * n + at..l * n + at + len]).for_each(|(w, &x)| *w = T::to_f64(x));
        }
        for step in 0..len {
            let k = if reverse { len - 1 - step } else { step };
            for l in 0..L {
                acc[l] = f(acc[l], wide[l][k]);
                wide[l][k] = acc[l];
            }
        }
        for l in 0..L {
            out[l * n + at..l * n + at + len].iter_mut().zip(&wide[l]).for_each(|(o, &w)| *o = T::of(w));
        }
    }
}

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
        // All reads come before the writes: lines of a power of two lie so that each read would seem to wait for a write.
        let results: [(A, O); L] = std::array::from_fn(|l| f(acc[l], (line + l) * n + k, k));
        for (l, (next, value)) in results.into_iter().enumerate() {
            acc[l] = next;
            // SAFETY: inside the output by its length; a task owns its lines.
            unsafe { out.write((line + l) * n + k, value) };
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
        let sizes =
            [[1, 1, 1], [3, 7, 1], [2, 5, 129], [1, 300, 257], [0, 3, 2], [2, 0, 3], [3, 0, 1], [40, 3, 1], [19, 1000, 1], [1, 1, 1000]];
        for sizes in sizes {
            let [outer, n, inner] = sizes;
            let x: Vec<i64> = (0..outer * n * inner).map(|i| (i * 7919 % 101) as i64 - 50).collect();
            for reverse in [false, true] {
                let mut out = vec![0; x.len()];
                scan(Lines { outer, n, inner }, &mut out, reverse, 0i64, |a, i, _| (a + x[i], a + x[i]));
                let want = naive(sizes, &x, reverse);
                assert_eq!(out, want, "{sizes:?} {reverse}");
                let floats: Vec<f32> = x.iter().map(|&x| x as f32).collect();
                let mut sums = vec![0f32; x.len()];
                running(Lines { outer, n, inner }, &floats, &mut sums, reverse, 0.0, |a, x| a + x);
                assert!(sums.iter().zip(&want).all(|(&s, &w)| s == w as f32), "{sizes:?} {reverse}");
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
