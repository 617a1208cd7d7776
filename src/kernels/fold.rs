//! The reductions themselves: what one element or one run does to an accumulator.

use crate::kernels::columns;
use crate::kernels::extremes::Ordered;
use crate::kernels::float::Float;
use crate::kernels::isa::Simd;
use crate::kernels::reduce::Reduce;
use crate::kernels::rows;
use crate::kernels::rows::halved;
use crate::kernels::rows::settled;

/// Virtual lanes: the same on every instruction set, so the same bits.
pub(super) const LANES: usize = 32;

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
            #[inline(always)]
            unsafe fn table<S: Simd>(&self, accs: &mut [f64], x: *const $t, stride: isize, rows: usize, _: usize) {
                let sizes = [accs.len(), rows];
                // SAFETY: the caller's promise.
                unsafe { columns::fold::<true, _, _>(x, sizes, stride, 0.0, |v| self.0.of(v), |a: $t, b| a + b, |_, _, c, sum| accs[c] += sum as f64) };
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
                let (chunks, rest) = x.as_chunks::<LANES>();
                let mut lanes = [$one as $acc; LANES];
                for chunk in chunks {
                    for (lane, &v) in lanes.iter_mut().zip(chunk) {
                        *lane = { let ($a, $b) = (*lane, v as $acc); $mul };
                    }
                }
                let mul = |$a: $acc, $b: $acc| $mul;
                let start = if chunks.is_empty() { acc } else { mul(acc, rows::lanes(halved(settled(lanes), mul), mul)) };
                rest.iter().map(|&v| v as $acc).fold(start, mul)
            }
            #[inline(always)] fn step(&self, $a: $acc, x: $t, _: usize) -> $acc { let $b = x as $acc; $mul }
            #[inline(always)]
            unsafe fn table<S: Simd>(&self, accs: &mut [$acc], x: *const $t, stride: isize, rows: usize, _: usize) {
                let sizes = [accs.len(), rows];
                let each = |_, _, c: usize, $b: $acc| accs[c] = { let $a = accs[c]; $mul };
                // SAFETY: the caller's promise.
                unsafe { columns::fold::<false, _, _>(x, sizes, stride, $one as $acc, |v| v as $acc, |$a, $b| $mul, each) };
            }
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
