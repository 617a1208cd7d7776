//! What the elementwise functions need of float32 and float64 beside vmath: rounding, sign, and the step
//! through float64 for functions that are rare enough to call the platform's library.

use crate::kernels::vmath::Math;

pub trait Float: Math {
    fn sqrt(x: Self) -> Self;
    fn floor(x: Self) -> Self;
    fn ceil(x: Self) -> Self;
    fn trunc(x: Self) -> Self;
    /// To the nearest integer, ties to even.
    fn round(x: Self) -> Self;
    fn copysign(x: Self, sign: Self) -> Self;
    fn is_nan(x: Self) -> bool;
    fn to_f64(x: Self) -> f64;
    fn is_sign_negative(x: Self) -> bool;
    fn fmod(x: Self, y: Self) -> Self;
    /// sqrt(x^2 + y^2) without overflow on the way; infinite where either is, even beside a nan.
    fn hypot(x: Self, y: Self) -> Self;
    /// The larger; nan where either is nan.
    #[inline(always)]
    fn maximum(a: Self, b: Self) -> Self {
        if Self::is_nan(a) | (a > b) { a } else { b }
    }
    /// The smaller; nan where either is nan.
    #[inline(always)]
    fn minimum(a: Self, b: Self) -> Self {
        if Self::is_nan(a) | (a < b) { a } else { b }
    }
}

/// In float64, where no square of a float32 overflows.
#[inline(always)]
fn hypot32(x: f32, y: f32) -> f32 {
    let (a, b) = (x as f64, y as f64);
    let root = (a * a + b * b).sqrt() as f32;
    if x.is_infinite() || y.is_infinite() { f32::INFINITY } else { root }
}

/// Of scaled numbers where a square would leave float64.
#[inline(always)]
fn hypot64(x: f64, y: f64) -> f64 {
    const FAR: f64 = f64::from_bits((1023 + 600) << 52);
    let (a, b) = (x.abs(), y.abs());
    let largest = if a > b { a } else { b };
    let (huge, tiny) = (largest > 1e150, largest < 1e-140);
    let down = if huge { 1.0 / FAR } else { 1.0 };
    let down = if tiny { FAR } else { down };
    let up = if huge { FAR } else { 1.0 };
    let up = if tiny { 1.0 / FAR } else { up };
    let (a, b) = (a * down, b * down);
    let root = (a * a + b * b).sqrt() * up;
    if x.is_infinite() || y.is_infinite() { f64::INFINITY } else { root }
}

macro_rules! float {
    ($($t:ty, $hypot:path;)*) => {$(
        impl Float for $t {
            #[inline(always)] fn sqrt(x: Self) -> Self { x.sqrt() }
            #[inline(always)] fn floor(x: Self) -> Self { x.floor() }
            #[inline(always)] fn ceil(x: Self) -> Self { x.ceil() }
            #[inline(always)] fn trunc(x: Self) -> Self { x.trunc() }
            #[inline(always)] fn round(x: Self) -> Self { x.round_ties_even() }
            #[inline(always)] fn copysign(x: Self, sign: Self) -> Self { x.copysign(sign) }
            #[inline(always)] fn is_nan(x: Self) -> bool { x.is_nan() }
            #[inline(always)] fn to_f64(x: Self) -> f64 { x as f64 }
            #[inline(always)] fn is_sign_negative(x: Self) -> bool { x.is_sign_negative() }
            #[inline(always)] fn fmod(x: Self, y: Self) -> Self { x % y }
            #[inline(always)] fn hypot(x: Self, y: Self) -> Self { $hypot(x, y) }
        }
    )*};
}
float! {
    f32, hypot32;
    f64, hypot64;
}
