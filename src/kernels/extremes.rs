//! Largest and smallest elements and their positions: an order in which nan comes above all.

use crate::dtype::Element;
use crate::kernels::columns;
use crate::kernels::fold::LANES;
use crate::kernels::isa::Simd;
use crate::kernels::reduce::Reduce;
use crate::kernels::rows;
use crate::kernels::rows::halved;
use crate::kernels::rows::settled;

/// The value and first position of the extreme element; nan beats everything.
#[derive(Clone, Copy)]
pub struct Extreme<const MAX: bool>;

/// An order in which nan comes above all.
pub trait Ordered: Element + PartialOrd {
    const LEAST: Self;
    const GREATEST: Self;
    fn unordered(self) -> bool;
}
impl Ordered for f32 {
    const LEAST: Self = f32::NEG_INFINITY;
    const GREATEST: Self = f32::INFINITY;
    #[inline(always)]
    fn unordered(self) -> bool {
        self.is_nan()
    }
}
impl Ordered for f64 {
    const LEAST: Self = f64::NEG_INFINITY;
    const GREATEST: Self = f64::INFINITY;
    #[inline(always)]
    fn unordered(self) -> bool {
        self.is_nan()
    }
}
impl Ordered for i64 {
    const LEAST: Self = i64::MIN;
    const GREATEST: Self = i64::MAX;
    #[inline(always)]
    fn unordered(self) -> bool {
        false
    }
}

/// Without a branch.
#[inline(always)]
fn beats<const MAX: bool, T: Ordered>(x: T, best: T) -> bool {
    let better = if MAX { x > best } else { x < best };
    (better | x.unordered()) & !best.unordered()
}

/// The one that comes first in the order; a where they are equal. Without a branch.
#[inline(always)]
fn better<const MAX: bool, T: Ordered>(a: T, b: T) -> T {
    let stays = if MAX { a >= b } else { a <= b };
    if stays | a.unordered() { a } else { b }
}

/// Below all others in the order.
#[inline(always)]
fn least<const MAX: bool, T: Ordered>() -> T {
    if MAX { T::LEAST } else { T::GREATEST }
}

/// The extreme of a run, on lanes that pass over nan: whether there is one is asked of the whole run.
#[inline(always)]
fn extreme<const MAX: bool, T: Ordered>(x: &[T]) -> T {
    let ordered = |a: T, b: T| if (MAX && b > a) || (!MAX && b < a) { b } else { a };
    let (chunks, rest) = x.as_chunks::<LANES>();
    let mut top = least::<MAX, T>();
    if !chunks.is_empty() {
        let mut best = [top; LANES];
        for chunk in chunks {
            for i in 0..LANES {
                best[i] = ordered(best[i], chunk[i]);
            }
        }
        let whole = &x[..chunks.len() * LANES];
        if whole.iter().fold(false, |found, v| found | v.unordered()) {
            return *whole.iter().find(|v| v.unordered()).expect("one was found");
        }
        top = rows::lanes(halved(settled(best), ordered), ordered);
    }
    rest.iter().fold(top, |a, &b| better::<MAX, T>(a, b))
}

/// Are they equal, or both nan?
#[inline(always)]
fn same<T: Ordered>(a: T, b: T) -> bool {
    (a == b) | (a.unordered() & b.unordered())
}

/// The first position of `v`, which is in `x`.
#[inline(always)]
fn first<T: Ordered>(x: &[T], v: T) -> usize {
    let (chunks, rest) = x.as_chunks::<LANES>();
    let whole = chunks.iter().take_while(|chunk| !chunk.iter().fold(false, |found, &c| found | same(c, v))).count();
    let last = chunks.get(whole).map_or(rest, |chunk| &chunk[..]);
    // Backwards without a branch: where it stands is anyone's guess.
    whole * LANES + last.iter().enumerate().rev().fold(0, |at, (i, &x)| if same(x, v) { i } else { at })
}

impl<T: Ordered, const MAX: bool> Reduce<T> for Extreme<MAX> {
    type Acc = T;
    type Out = T;
    fn init(&self) -> T {
        least::<MAX, T>()
    }
    #[inline(always)]
    fn run<S: Simd>(&self, acc: T, x: &[T], _: usize) -> T {
        better::<MAX, T>(acc, extreme::<MAX, T>(x))
    }
    #[inline(always)]
    fn step(&self, acc: T, x: T, _: usize) -> T {
        better::<MAX, T>(acc, x)
    }
    #[inline(always)]
    unsafe fn table<S: Simd>(&self, accs: &mut [T], x: *const T, stride: isize, rows: usize, _: usize) {
        let (sizes, join) = ([accs.len(), rows], better::<MAX, T>);
        // SAFETY: the caller's promise.
        unsafe {
            columns::fold::<false, _, _>(x, sizes, stride, least::<MAX, T>(), |v| v, join, |_, _, c, top| accs[c] = join(accs[c], top))
        };
    }
    fn merge(&self, a: T, b: T) -> T {
        self.step(a, b, 0)
    }
    fn finish(&self, acc: T, _: usize) -> T {
        acc
    }
}

/// The position of the extreme element.
#[derive(Clone, Copy)]
pub struct Position<const MAX: bool>;

impl<T: Ordered, const MAX: bool> Reduce<T> for Position<MAX> {
    type Acc = (T, i64);
    type Out = i64;
    fn init(&self) -> (T, i64) {
        (T::default(), -1)
    }
    #[inline(always)]
    fn run<S: Simd>(&self, acc: (T, i64), x: &[T], index: usize) -> (T, i64) {
        let top = extreme::<MAX, T>(x);
        if x.is_empty() || acc.1 >= 0 && !beats::<MAX, T>(top, acc.0) {
            return acc;
        }
        (top, (index + first(x, top)) as i64)
    }
    /// The extremes of the columns first; only those that beat what was before are looked up.
    #[inline(always)]
    unsafe fn table<S: Simd>(&self, accs: &mut [(T, i64)], x: *const T, stride: isize, rows: usize, index: usize) {
        let sizes = [accs.len(), rows];
        let each = |first: usize, count: usize, c: usize, top: T| {
            if accs[c].1 < 0 || beats::<MAX, T>(top, accs[c].0) {
                // SAFETY: an element of the caller's table.
                let hit = |r: &usize| same(unsafe { *x.offset(*r as isize * stride).add(c) }, top);
                let at = (first..first + count).find(hit).expect("the extreme is one of them");
                accs[c] = (top, (index + at) as i64);
            }
        };
        // SAFETY: the caller's promise.
        unsafe { columns::fold::<false, _, _>(x, sizes, stride, least::<MAX, T>(), |v| v, better::<MAX, T>, each) };
    }
    #[inline(always)]
    fn step(&self, acc: (T, i64), x: T, index: usize) -> (T, i64) {
        if acc.1 < 0 || beats::<MAX, T>(x, acc.0) { (x, index as i64) } else { acc }
    }
    fn merge(&self, a: (T, i64), b: (T, i64)) -> (T, i64) {
        if b.1 >= 0 && (a.1 < 0 || beats::<MAX, T>(b.0, a.0)) { b } else { a }
    }
    fn finish(&self, acc: (T, i64), _: usize) -> i64 {
        acc.1
    }
}
