//! Scalar functions of f32 and f64 that LLVM vectorises: branch-free bodies, no libm call in f32, selects last.
//! Each is generic over the `Simd` token of the level it is stamped for; within 2 ulp, special values as in C99.
//! f64 `pow` and `lgamma` go one element at a time; f64 `erfc` and `gelu` are within 3 ulp.

mod double;
mod erf;
mod gamma;
mod hyperbolic;
mod inverse;
mod single;
#[cfg(test)]
mod tests;
mod trigonometric;

use std::ops::Add;
use std::ops::Div;
use std::ops::Mul;
use std::ops::Neg;
use std::ops::Sub;

use crate::kernels::isa::Simd;

/// Functions of one number that have a file by their kind: `elsewhere! { f32: sin = trigonometric::sin32 }`.
macro_rules! elsewhere {
    ($t:ty: $($name:ident = $file:ident::$function:ident),* $(,)?) => { $(
        #[inline(always)]
        fn $name<S: Simd>(x: $t) -> $t {
            $file::$function::<S>(x)
        }
    )* };
}
use elsewhere;

/// `sin`, `cos` and `tan` are right for |x| up to here.
pub const TURNS: f64 = 1e6;

/// Adding it to |x| < 2^51 leaves round(x) in the low bits.
const ROUND: f64 = 6755399441055744.0;

/// A floating type with the functions: `T::exp::<S>(x)`. For a concrete type write `Math::exp::<S>(x)`, as `f32::exp` is std's.
pub trait Math:
    Copy
    + PartialOrd
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    const ZERO: Self;
    const ONE: Self;
    fn of(x: f64) -> Self;
    fn abs(x: Self) -> Self;
    /// a * b + c, rounded once where the level has the instruction.
    fn fma<S: Simd>(a: Self, b: Self, c: Self) -> Self;

    fn exp<S: Simd>(x: Self) -> Self;
    fn exp2<S: Simd>(x: Self) -> Self;
    /// e^x - 1
    fn expm1<S: Simd>(x: Self) -> Self;
    fn log<S: Simd>(x: Self) -> Self;
    fn log2<S: Simd>(x: Self) -> Self;
    fn log10<S: Simd>(x: Self) -> Self;
    /// log(1 + x)
    fn log1p<S: Simd>(x: Self) -> Self;
    fn tanh<S: Simd>(x: Self) -> Self;
    fn sin<S: Simd>(x: Self) -> Self;
    fn cos<S: Simd>(x: Self) -> Self;
    fn tan<S: Simd>(x: Self) -> Self;
    fn sinh<S: Simd>(x: Self) -> Self;
    fn cosh<S: Simd>(x: Self) -> Self;
    fn asinh<S: Simd>(x: Self) -> Self;
    fn acosh<S: Simd>(x: Self) -> Self;
    fn atanh<S: Simd>(x: Self) -> Self;
    fn asin<S: Simd>(x: Self) -> Self;
    fn acos<S: Simd>(x: Self) -> Self;
    fn atan<S: Simd>(x: Self) -> Self;
    /// The angle of the point (x, y)
    fn atan2<S: Simd>(y: Self, x: Self) -> Self;
    fn erf<S: Simd>(x: Self) -> Self;
    /// y with erf y = x
    fn erfinv<S: Simd>(x: Self) -> Self;
    /// log |gamma(x)|
    fn lgamma<S: Simd>(x: Self) -> Self;
    /// 1 - erf(x)
    fn erfc<S: Simd>(x: Self) -> Self;
    /// x to the power y
    fn pow<S: Simd>(x: Self, y: Self) -> Self;
    /// x/2 * (1 + erf(x / sqrt 2))
    fn gelu<S: Simd>(x: Self) -> Self;
    /// x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3)))
    fn gelu_tanh<S: Simd>(x: Self) -> Self;

    /// 1 / (1 + e^-x). The exponent is never positive, so small results keep their digits.
    #[inline(always)]
    fn sigmoid<S: Simd>(x: Self) -> Self {
        let e = Self::exp::<S>(-Self::abs(x));
        (if x < Self::ZERO { e } else { Self::ONE }) / (Self::ONE + e)
    }

    /// x / (1 + e^-x)
    #[inline(always)]
    fn silu<S: Simd>(x: Self) -> Self {
        x * Self::sigmoid::<S>(x)
    }

    /// log(1 + e^(beta x)) / beta, and x itself where beta x > threshold.
    #[inline(always)]
    fn softplus<S: Simd>(x: Self, beta: Self, threshold: Self) -> Self {
        let z = x * beta;
        let y = Self::log1p::<S>(Self::exp::<S>(z)) / beta;
        if z > threshold { x } else { y }
    }

    /// log(sigmoid(x)) = min(x, 0) - log(1 + e^-|x|)
    #[inline(always)]
    fn logsigmoid<S: Simd>(x: Self) -> Self {
        let low = if x > Self::ZERO { Self::ZERO } else { x };
        low - Self::log1p::<S>(Self::exp::<S>(-Self::abs(x)))
    }
}

/// c[0] + c[1] x + c[2] x^2 + ...
#[inline(always)]
fn poly<S: Simd, const N: usize>(x: f64, c: &[f64; N]) -> f64 {
    let mut y = c[N - 1];
    for i in 1..N {
        y = S::fma64(y, x, c[N - 1 - i]);
    }
    y
}

/// As `poly`, of many terms: the even and the odd ones in chains of their own.
#[inline(always)]
fn halves<S: Simd, const N: usize>(x: f64, c: &[f64; N]) -> f64 {
    let z = x * x;
    let (mut last, mut before) = (c[N - 1], c[N - 2]);
    for i in (0..N - 2).rev().step_by(2) {
        last = S::fma64(last, z, c[i]);
        if i > 0 {
            before = S::fma64(before, z, c[i - 1]);
        }
    }
    if N % 2 == 1 { S::fma64(before, x, last) } else { S::fma64(last, x, before) }
}

/// As `poly`, in f32.
#[inline(always)]
fn poly32<S: Simd, const N: usize>(x: f32, c: &[f32; N]) -> f32 {
    let mut y = c[N - 1];
    for i in 1..N {
        y = S::fma(y, x, c[N - 1 - i]);
    }
    y
}
