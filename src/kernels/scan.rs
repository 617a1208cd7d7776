//! Scans: along every line of a tensor seen as (outer, n, inner), an accumulator meets the elements in turn.
//! Lines are independent and split by the shape alone; a line is never cut, so the bits never depend on threads.

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

    /// Calls `f` for blocks of whole lines; each element is in one.
    pub(super) fn blocks(&self, f: impl Fn(Block) + Sync) {
        let Lines { outer, n, inner } = *self;
        if self.count() == 0 {
            return;
        }
        let blocks = inner.div_ceil(COLUMNS);
        let per_task = (TASK / (n * inner.min(COLUMNS))).max(if inner == 1 { TOGETHER } else { 1 });
        let total = outer * blocks;
        par::run(total.div_ceil(per_task), &|t| {
            let (from, to) = (t * per_task, ((t + 1) * per_task).min(total));
            if inner == 1 {
                return f(Block::Lines(from * n, to * n));
            }
            for b in from..to {
                let column = b % blocks * COLUMNS;
                f(Block::Columns(b / blocks * n * inner + column, (inner - column).min(COLUMNS)));
            }
        });
    }
}

/// What a task takes at a time.
pub(super) enum Block {
    /// Elements from..to, contiguous lines.
    Lines(usize, usize),
    /// The first element of lines that lie side by side, and their number, at most COLUMNS.
    Columns(usize, usize),
}

/// Elements a task handles.
const TASK: usize = 16 * 1024;

/// Lines that advance side by side.
pub(super) const COLUMNS: usize = 128;

/// Contiguous lines of a task, which hide each other's latency.
const TOGETHER: usize = 8;

/// What a scan reads and writes; it accumulates in `Wide`.
pub trait Scanned: Copy + Send + Sync {
    type Wide: Copy + Send + Sync;
    fn widen(self) -> Self::Wide;
    fn narrow(wide: Self::Wide) -> Self;
}

macro_rules! scanned {
    ($($t:ty, $wide:ty;)*) => {$(
        impl Scanned for $t {
            type Wide = $wide;
            #[inline(always)] fn widen(self) -> $wide { self as $wide }
            #[inline(always)] fn narrow(wide: $wide) -> $t { wide as $t }
        }
    )*};
}
scanned! {
    f32, f64;
    f64, f64;
    i64, i64;
}

/// Each element of `out` is the accumulator after `f(accumulator, element of x)`, from the end where `reverse`.
pub fn running<T: Scanned>(
    lines: Lines,
    x: &[T],
    out: &mut [T],
    reverse: bool,
    init: T::Wide,
    f: impl Fn(T::Wide, T::Wide) -> T::Wide + Copy + Sync,
) {
    running2(lines, x, x, out, reverse, init, move |acc, x, _| f(acc, x));
}

/// The same with two inputs, `f(accumulator, element of x, element of y)`.
pub fn running2<T: Scanned>(
    lines: Lines,
    x: &[T],
    y: &[T],
    out: &mut [T],
    reverse: bool,
    init: T::Wide,
    f: impl Fn(T::Wide, T::Wide, T::Wide) -> T::Wide + Copy + Sync,
) {
    let Lines { n, inner, .. } = lines;
    let count = lines.count();
    assert!([x.len(), y.len(), out.len()] == [count; 3], "input and output have the lines' elements");
    let out = rows::Shared::of(out);
    lines.blocks(|block| match block {
        Block::Lines(from, to) => running_lines(&x[from..to], &y[from..to], out.part(from, to), n, reverse, init, f),
        Block::Columns(first, width) => running_columns(&x[first..], &y[first..], out.from(first), [n, inner, width], reverse, init, f),
    });
}

stamp! {
    fn running_lines<T, F>(x: &[T], y: &[T], out: &mut [T], n: usize, reverse: bool, init: T::Wide, f: F)
    where [T: Scanned, F: Fn(T::Wide, T::Wide, T::Wide) -> T::Wide + Copy] = lines_body;
}
stamp! {
    fn running_columns<T, F>(x: &[T], y: &[T], out: rows::Shared<T>, sizes: [usize; 3], reverse: bool, init: T::Wide, f: F)
    where [T: Scanned, F: Fn(T::Wide, T::Wide, T::Wide) -> T::Wide + Copy] = columns_body;
}

/// Lines from this length on advance side by side, as each step waits for the one before; of shorter ones the CPU
/// has several in flight.
const LONG: usize = 32;

/// Elements of a line that are widened at once.
const PIECE: usize = 64;

#[inline(always)]
#[allow(clippy::extra_unused_type_parameters)]
fn lines_body<S: Simd, T: Scanned, F: Fn(T::Wide, T::Wide, T::Wide) -> T::Wide + Copy>(
    x: &[T],
    y: &[T],
    out: &mut [T],
    n: usize,
    reverse: bool,
    init: T::Wide,
    f: F,
) {
    if n < LONG {
        return one_by_one(x, y, out, n, reverse, init, f);
    }
    let mut wide = [[init; PIECE]; 8];
    let (mut first, end) = (0, x.len());
    while first < end {
        let lines = match (end - first) / n {
            8.. => 8,
            4.. => 4,
            few => few,
        };
        let to = first + lines * n;
        let (x, y, out) = (&x[first..to], &y[first..to], &mut out[first..to]);
        match lines {
            8 => pieces::<T, 8>(x, y, out, &mut wide, n, reverse, init, f),
            4 => pieces::<T, 4>(x, y, out, &mut wide, n, reverse, init, f),
            _ => one_by_one(x, y, out, n, reverse, init, f),
        }
        first = to;
    }
}

#[inline(always)]
fn one_by_one<T: Scanned>(
    x: &[T],
    y: &[T],
    out: &mut [T],
    n: usize,
    reverse: bool,
    init: T::Wide,
    f: impl Fn(T::Wide, T::Wide, T::Wide) -> T::Wide,
) {
    for ((x, y), out) in x.chunks_exact(n).zip(y.chunks_exact(n)).zip(out.chunks_exact_mut(n)) {
        let mut acc = init;
        let mut step = |((&x, &y), out): ((&T, &T), &mut T)| {
            acc = f(acc, x.widen(), y.widen());
            *out = T::narrow(acc);
        };
        let elements = x.iter().zip(y).zip(out);
        if reverse { elements.rev().for_each(&mut step) } else { elements.for_each(&mut step) }
    }
}

/// L lines side by side. Pieces of them are widened and narrowed in vectors, so that the steps only scan.
#[inline(always)]
#[allow(clippy::too_many_arguments)]
fn pieces<T: Scanned, const L: usize>(
    x: &[T],
    y: &[T],
    out: &mut [T],
    wide: &mut [[T::Wide; PIECE]; 8],
    n: usize,
    reverse: bool,
    init: T::Wide,
    f: impl Fn(T::Wide, T::Wide, T::Wide) -> T::Wide,
) {
    let mut acc = [init; L];
    for from in (0..n).step_by(PIECE) {
        let len = PIECE.min(n - from);
        let at = if reverse { n - from - len } else { from };
        for l in 0..L {
            wide[l].iter_mut().zip(&x[l * n + at..l * n + at + len]).for_each(|(w, &x)| *w = x.widen());
        }
        for step in 0..len {
            let k = if reverse { len - 1 - step } else { step };
            for l in 0..L {
                acc[l] = f(acc[l], wide[l][k], y[l * n + at + k].widen());
                wide[l][k] = acc[l];
            }
        }
        for l in 0..L {
            out[l * n + at..l * n + at + len].iter_mut().zip(&wide[l]).for_each(|(o, &w)| *o = T::narrow(w));
        }
    }
}

/// `width` columns that advance together through n rows, `inner` apart.
#[inline(always)]
#[allow(clippy::extra_unused_type_parameters)]
fn columns_body<S: Simd, T: Scanned, F: Fn(T::Wide, T::Wide, T::Wide) -> T::Wide + Copy>(
    x: &[T],
    y: &[T],
    out: rows::Shared<T>,
    [n, inner, width]: [usize; 3],
    reverse: bool,
    init: T::Wide,
    f: F,
) {
    let mut accs = [init; COLUMNS];
    let accs = &mut accs[..width];
    for step in 0..n {
        let from = inner * if reverse { n - 1 - step } else { step };
        let (x, y, out) = (&x[from..from + width], &y[from..from + width], out.part(from, from + width));
        for (((acc, &x), &y), out) in accs.iter_mut().zip(x).zip(y).zip(out) {
            *acc = f(*acc, x.widen(), y.widen());
            *out = T::narrow(*acc);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
