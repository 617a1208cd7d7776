//! The reductions themselves: what one element or one run does to an accumulator.

use crate::dtype::Element;
use crate::kernels::float::Float;
use crate::kernels::isa::Simd;
use crate::kernels::reduce::ROWS;
use crate::kernels::reduce::Reduce;
use crate::kernels::rows;
use crate::kernels::rows::halved;
use crate::kernels::rows::settled;

/// Virtual lanes: the same on every instruction set, so the same bits.
const LANES: usize = 32;

/// Sums `f(x)` over a run on 32 lanes, then over the lanes by halves.
#[inline(always)]
fn total<T: Float>(x: &[T], f: impl Fn(T) -> T) -> f64 {
    if x.len() < LANES / 2 {
        return T::to_f64(x.iter().fold(T::ZERO, |sum, &v| sum + f(v)));
    }
    let mut sums = [T::ZERO; LANES];
    let (chunks, rest) = x.as_chunks::<LANES>();
    for chunk in chunks {
        for (s, &v) in sums.iter_mut().zip(chunk) {
            *s = *s + f(v);
        }
    }
    let rest = if rest.is_empty() { T::ZERO } else { rows::sum(rest, f) };
    T::to_f64(rows::lanes(halved(settled(sums), |a, b| a + b), |a, b| a + b) + rest)
}

/// Sums of a function of each element, in float64 across runs; `finish` takes the sum and the count.
pub trait SumOf: Copy + Sync {
    fn of<T: Float>(&self, x: T) -> T;
    fn finish(&self, sum: f64, count: usize) -> f64;
}

#[derive(Clone, Copy)]
pub struct Summed<F>(pub F);

macro_rules! summed {
    ($($t:ty)*) => {$(
        impl<F: SumOf> Reduce<$t> for Summed<F> {
            type Acc = f64;
            type Out = $t;
            #[inline(always)] fn init(&self) -> f64 { 0.0 }
            #[inline(always)] fn run<S: Simd>(&self, acc: f64, x: &[$t], _: usize) -> f64 { acc + total(x, |v| self.0.of(v)) }
            #[inline(always)] fn step(&self, acc: f64, x: $t, _: usize) -> f64 { acc + self.0.of(x) as f64 }
            #[inline(always)] fn steps(&self, acc: f64, x: [$t; ROWS], _: usize) -> f64 {
                let pair = |i: usize| self.0.of(x[i]) + self.0.of(x[i + 1]);
                acc + ((pair(0) + pair(2)) + (pair(4) + pair(6))) as f64
            }
            #[inline(always)] fn merge(&self, a: f64, b: f64) -> f64 { a + b }
            #[inline(always)] fn finish(&self, acc: f64, count: usize) -> $t { self.0.finish(acc, count) as $t }
        }
    )*};
}
summed!(f32 f64);

#[derive(Clone, Copy)]
pub struct Plain;
impl SumOf for Plain {
    #[inline(always)]
    fn of<T: Float>(&self, x: T) -> T {
        x
    }
    fn finish(&self, sum: f64, _: usize) -> f64 {
        sum
    }
}

#[derive(Clone, Copy)]
pub struct Mean;
impl SumOf for Mean {
    #[inline(always)]
    fn of<T: Float>(&self, x: T) -> T {
        x
    }
    fn finish(&self, sum: f64, count: usize) -> f64 {
        sum / count as f64
    }
}

/// (sum |x|^p)^(1/p) for p of 1 and 2.
#[derive(Clone, Copy)]
pub struct Norm1;
impl SumOf for Norm1 {
    #[inline(always)]
    fn of<T: Float>(&self, x: T) -> T {
        T::abs(x)
    }
    fn finish(&self, sum: f64, _: usize) -> f64 {
        sum
    }
}

#[derive(Clone, Copy)]
pub struct Norm2;
impl SumOf for Norm2 {
    #[inline(always)]
    fn of<T: Float>(&self, x: T) -> T {
        x * x
    }
    fn finish(&self, sum: f64, _: usize) -> f64 {
        sum.sqrt()
    }
}

impl Reduce<i64> for Summed<Plain> {
    type Acc = i64;
    type Out = i64;
    fn init(&self) -> i64 {
        0
    }
    #[inline(always)]
    fn run<S: Simd>(&self, acc: i64, x: &[i64], _: usize) -> i64 {
        x.iter().fold(acc, |a, &v| a.wrapping_add(v))
    }
    #[inline(always)]
    fn step(&self, acc: i64, x: i64, _: usize) -> i64 {
        acc.wrapping_add(x)
    }
    fn merge(&self, a: i64, b: i64) -> i64 {
        a.wrapping_add(b)
    }
    fn finish(&self, acc: i64, _: usize) -> i64 {
        acc
    }
}

#[derive(Clone, Copy)]
pub struct Product;

macro_rules! product {
    ($($t:ty, $acc:ty, $one:literal, |$a:ident, $b:ident| $mul:expr;)*) => {$(
        impl Reduce<$t> for Product {
            type Acc = $acc;
            type Out = $t;
            fn init(&self) -> $acc { $one }
            #[inline(always)] fn run<S: Simd>(&self, acc: $acc, x: &[$t], _: usize) -> $acc {
                let (chunks, rest) = x.as_chunks::<8>();
                let mut lanes = [$one as $acc; 8];
                for chunk in chunks {
                    for (lane, &v) in lanes.iter_mut().zip(chunk) {
                        *lane = { let ($a, $b) = (*lane, v as $acc); $mul };
                    }
                }
                let rest = rest.iter().map(|&v| v as $acc);
                lanes.into_iter().chain(rest).fold(acc, |$a, $b| $mul)
            }
            #[inline(always)] fn step(&self, $a: $acc, x: $t, _: usize) -> $acc { let $b = x as $acc; $mul }
            fn merge(&self, $a: $acc, $b: $acc) -> $acc { $mul }
            fn finish(&self, acc: $acc, _: usize) -> $t { acc as $t }
        }
    )*};
}
product! {
    f32, f64, 1.0, |a, b| a * b;
    f64, f64, 1.0, |a, b| a * b;
    i64, i64, 1, |a, b| a.wrapping_mul(b);
}

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

/// Without a branch, so that columns vectorise.
#[inline(always)]
fn beats<const MAX: bool, T: Ordered>(x: T, best: T) -> bool {
    let better = if MAX { x > best } else { x < best };
    (better | x.unordered()) & !best.unordered()
}

/// The extreme of a run that is not empty, on lanes that take no branch; None where there is a nan.
#[inline(always)]
fn extreme<const MAX: bool, T: Ordered>(x: &[T]) -> Option<T> {
    let better = |a: T, b: T| if MAX == (b > a) && b != a { b } else { a };
    let (chunks, rest) = x.as_chunks::<LANES>();
    let (mut top, mut any_nan) = (x[0], false);
    if !chunks.is_empty() {
        let mut best = [x[0]; LANES];
        let mut nan = [false; LANES];
        for chunk in chunks {
            for i in 0..LANES {
                best[i] = better(best[i], chunk[i]);
                nan[i] |= chunk[i].unordered();
            }
        }
        top = rows::lanes(halved(settled(best), better), better);
        any_nan = settled(nan).iter().fold(false, |any, &n| any | n);
    }
    top = rest.iter().fold(top, |a, &b| better(a, b));
    any_nan |= rest.iter().fold(false, |any, v| any | v.unordered());
    (!any_nan).then_some(top)
}

/// The first position of `v`, which is in `x`.
#[inline(always)]
fn first<T: Ordered>(x: &[T], v: T) -> usize {
    let (chunks, rest) = x.as_chunks::<LANES>();
    let whole = chunks.iter().take_while(|chunk| !chunk.iter().fold(false, |found, &c| found | (c == v))).count();
    let last = chunks.get(whole).map_or(rest, |chunk| &chunk[..]);
    // Backwards without a branch: where it stands is anyone's guess.
    whole * LANES + last.iter().enumerate().rev().fold(0, |at, (i, &x)| if x == v { i } else { at })
}

impl<T: Ordered, const MAX: bool> Reduce<T> for Extreme<MAX> {
    type Acc = T;
    type Out = T;
    fn init(&self) -> T {
        if MAX { T::LEAST } else { T::GREATEST }
    }
    #[inline(always)]
    fn run<S: Simd>(&self, acc: T, x: &[T], index: usize) -> T {
        if !x.is_empty()
            && let Some(top) = extreme::<MAX, T>(x)
        {
            return self.step(acc, top, index);
        }
        let mut acc = acc;
        for &v in x {
            acc = self.step(acc, v, index);
        }
        acc
    }
    #[inline(always)]
    fn step(&self, acc: T, x: T, _: usize) -> T {
        if beats::<MAX, T>(x, acc) { x } else { acc }
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
        if !x.is_empty()
            && let Some(top) = extreme::<MAX, T>(x)
        {
            if acc.1 >= 0 && !beats::<MAX, T>(top, acc.0) {
                return acc;
            }
            return (top, (index + first(x, top)) as i64);
        }
        x.iter().enumerate().fold(acc, |acc, (i, &v)| self.step(acc, v, index + i))
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

/// Is any element non-zero (ANY), or every one?
#[derive(Clone, Copy)]
pub struct Truth<const ANY: bool>;

impl<T: Ordered, const ANY: bool> Reduce<T> for Truth<ANY> {
    type Acc = bool;
    type Out = bool;
    fn init(&self) -> bool {
        !ANY
    }
    #[inline(always)]
    fn run<S: Simd>(&self, acc: bool, x: &[T], _: usize) -> bool {
        let zero = T::default();
        // The whole run without a branch: faster than a look at each unless the answer stands at the very front.
        if ANY {
            acc || x.iter().fold(false, |found, v| found | (*v != zero))
        } else {
            acc && x.iter().fold(true, |all, v| all & (*v != zero))
        }
    }
    #[inline(always)]
    fn step(&self, acc: bool, x: T, _: usize) -> bool {
        let true_ = x != T::default();
        if ANY { acc || true_ } else { acc && true_ }
    }
    fn merge(&self, a: bool, b: bool) -> bool {
        if ANY { a || b } else { a && b }
    }
    fn finish(&self, acc: bool, _: usize) -> bool {
        acc
    }
}

/// Count, mean and squared deviation, merged by Chan's formula; `finish` divides by max(0, count - correction).
#[derive(Clone, Copy)]
pub struct Variance {
    pub correction: f64,
    pub root: bool,
}

macro_rules! variance {
    ($($t:ty)*) => {$(
        impl Reduce<$t> for Variance {
            type Acc = (f64, f64, f64);
            type Out = $t;
            fn init(&self) -> Self::Acc { (0.0, 0.0, 0.0) }
            #[inline(always)]
            fn run<S: Simd>(&self, acc: Self::Acc, x: &[$t], _: usize) -> Self::Acc {
                let n = x.len() as f64;
                let mean = total(x, |v| v) / n;
                let center = mean as $t;
                let squares = total(x, |v| (v - center) * (v - center));
                let slip = mean - center as f64;
                Reduce::<$t>::merge(self, acc, (n, mean, squares - n * slip * slip))
            }
            #[inline(always)]
            fn step(&self, (n, mean, squares): Self::Acc, x: $t, _: usize) -> Self::Acc {
                let d = x as f64 - mean;
                let next = mean + d / (n + 1.0);
                (n + 1.0, next, squares + d * (x as f64 - next))
            }
            #[inline(always)]
            fn merge(&self, a: Self::Acc, b: Self::Acc) -> Self::Acc {
                if a.0 == 0.0 { return b; }
                if b.0 == 0.0 { return a; }
                let n = a.0 + b.0;
                let d = b.1 - a.1;
                (n, a.1 + d * (b.0 / n), a.2 + b.2 + d * d * (a.0 * b.0 / n))
            }
            fn finish(&self, acc: Self::Acc, count: usize) -> $t {
                let var = acc.2 / (count as f64 - self.correction).max(0.0);
                (if self.root { var.sqrt() } else { var }) as $t
            }
        }
    )*};
}
variance!(f32 f64);
