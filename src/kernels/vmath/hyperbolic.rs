//! sinh, cosh and their inverses. The f32 ones run in f64 lanes, rounded once.

use super::Math;
use super::ROUND;
use super::double;
use super::poly;
use super::single::atanh_wide;
use super::single::exp_reduce_wide;
use super::single::log_wide;
use super::single::power_of_two;
use crate::kernels::isa::Simd;

/// (2^n / 2, 2^-n / 2, sinh r, cosh r) with x = n log 2 + r, relative error 1e-10, for |x| <= 100.
#[inline(always)]
fn parts32<S: Simd>(x: f32) -> (f64, f64, f64, f64) {
    const SINH: [f64; 3] = [0.16666666681646683, 0.00833331090205841, 0.00019891016815506242];
    const COSH: [f64; 5] = [1.0, 0.49999999999954975, 0.041666666786525204, 0.0013888839038586666, 2.4867918109540095e-05];
    let x = x as f64;
    let x = if x > 100.0 { 100.0 } else { x };
    let x = if x < -100.0 { -100.0 } else { x };
    let (t, r) = exp_reduce_wide::<S>(x);
    let z = r * r;
    let sinh = S::fma64(poly::<S, 3>(z, &SINH) * z, r, r);
    (0.5 * power_of_two(t), 0.5 * power_of_two(ROUND - (t - ROUND)), sinh, poly::<S, 5>(z, &COSH))
}

/// Both terms have the sign of x, and at n = 0 sinh r stands alone.
#[inline(always)]
pub fn sinh32<S: Simd>(x: f32) -> f32 {
    let (up, down, sinh, cosh) = parts32::<S>(x);
    (S::fma64(sinh, up + down, cosh * (up - down)) as f32).copysign(x)
}

#[inline(always)]
pub fn cosh32<S: Simd>(x: f32) -> f32 {
    let (up, down, sinh, cosh) = parts32::<S>(x);
    S::fma64(sinh, up - down, cosh * (up + down)) as f32
}

/// |x| = n log 2 + r + error: a quarter of 2^n and of 2^-n, r, and what sinh and cosh have beyond r and 1.
struct Parts {
    up: f64,
    down: f64,
    r: f64,
    sinh_tail: f64,
    cosh_tail: f64,
}

#[inline(always)]
fn parts64<S: Simd>(x: f64) -> Parts {
    const SINH: [f64; 6] = [
        0.16666666666666666,
        0.008333333333333333,
        0.00019841269841263285,
        2.7557319247255154e-06,
        2.5052071055323223e-08,
        1.6086642370154503e-10,
    ];
    const COSH: [f64; 6] =
        [0.5, 0.04166666666666668, 0.0013888888888879054, 2.4801587336496884e-05, 2.7557263220620196e-07, 2.091815936247947e-09];
    let a = x.abs();
    let a = if a > 710.6 { 710.6 } else { a };
    let (t, r, error) = double::exp_reduce::<S>(a);
    let n = double::whole(t);
    let down = double::power_of_two(-2 - n);
    let z = r * r;
    Parts {
        up: double::power_of_two(n - 2),
        // Beyond 2^-902 it is lost anyway, and soon no normal number.
        down: if a > 600.0 { 0.0 } else { down },
        r,
        sinh_tail: S::fma64(poly::<S, 6>(z, &SINH) * z, r, error),
        cosh_tail: S::fma64(poly::<S, 6>(z, &COSH), z, r * error),
    }
}

#[inline(always)]
pub fn sinh64<S: Simd>(x: f64) -> f64 {
    let p = parts64::<S>(x);
    let (sum, difference) = (p.up + p.down, p.up - p.down);
    let y = S::fma64(sum, p.r, difference) + S::fma64(sum, p.sinh_tail, difference * p.cosh_tail);
    let y = if x.abs() < 1e-8 { x } else { 2.0 * y };
    y.copysign(x)
}

#[inline(always)]
pub fn cosh64<S: Simd>(x: f64) -> f64 {
    let p = parts64::<S>(x);
    let (sum, difference) = (p.up + p.down, p.up - p.down);
    2.0 * (S::fma64(difference, p.r, sum) + S::fma64(difference, p.sinh_tail, sum * p.cosh_tail))
}

/// log(|x| + sqrt(x^2 + 1)), or two terms of the series where that loses digits.
#[inline(always)]
pub fn asinh32<S: Simd>(x: f32) -> f32 {
    let a = x.abs() as f64;
    let z = a * a;
    let small = a - a * z * (1.0 / 6.0);
    let big = log_wide::<S>(a + (z + 1.0).sqrt());
    ((if a < 1e-3 { small } else { big }) as f32).copysign(x)
}

/// log(x + sqrt(x^2 - 1)); x^2 - 1 is exact where it is small.
#[inline(always)]
pub fn acosh32<S: Simd>(x: f32) -> f32 {
    let wide = x as f64;
    let y = log_wide::<S>(wide + (wide * wide - 1.0).sqrt());
    (if wide < 1.0 { f64::NAN } else { y }) as f32
}

#[inline(always)]
pub fn atanh32<S: Simd>(x: f32) -> f32 {
    (atanh_wide::<S>(x.abs() as f64) as f32).copysign(x)
}

/// log(1 + t) with t = a + a^2 / (1 + sqrt(a^2 + 1)), and log 2a beyond 1e17.
#[inline(always)]
pub fn asinh64<S: Simd>(x: f64) -> f64 {
    let a = x.abs();
    let big = a > 1e17;
    let t = if big { a } else { a + a * a / (1.0 + (a * a + 1.0).sqrt()) };
    let y = <f64 as Math>::log1p::<S>(t);
    (if big { y + std::f64::consts::LN_2 } else { y }).copysign(x)
}

/// log(1 + t + sqrt(2 t + t^2)) with t = x - 1, and log 2x beyond 1e17.
#[inline(always)]
pub fn acosh64<S: Simd>(x: f64) -> f64 {
    let big = x > 1e17;
    let t = x - 1.0;
    let y = <f64 as Math>::log1p::<S>(if big { x } else { t + (t * (2.0 + t)).sqrt() });
    let y = if big { y + std::f64::consts::LN_2 } else { y };
    if x < 1.0 { f64::NAN } else { y }
}

/// log(1 + 2a / (1 - a)) / 2
#[inline(always)]
pub fn atanh64<S: Simd>(x: f64) -> f64 {
    let a = x.abs();
    let y = 0.5 * <f64 as Math>::log1p::<S>((a + a) / (1.0 - a));
    (if a < 1e-16 { a } else { y }).copysign(x)
}
