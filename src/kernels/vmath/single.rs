//! f32 functions. Exponentials, logarithms and tanh run in f32 lanes; the others in f64 lanes, rounded once at the
//! end, which costs half the speed and leaves no error to argue about.

use super::Math;
use super::ROUND;
use super::elsewhere;
use super::erf;
use super::gamma;
use super::hyperbolic;
use super::inverse;
use super::poly;
use super::poly32;
use super::trigonometric;
use crate::kernels::isa::Simd;

/// The f32 counterpart of `ROUND`.
const ROUND32: f32 = 12582912.0;

/// y * 2^n for n = t - ROUND32, in two steps so that overflow and denormals come out right.
#[inline(always)]
fn scale(y: f32, t: f32) -> f32 {
    let n = (t.to_bits() as i32).wrapping_sub(ROUND32.to_bits() as i32);
    let a = n >> 1;
    let b = n.wrapping_sub(a);
    y * f32::from_bits((a.wrapping_add(127) as u32) << 23) * f32::from_bits((b.wrapping_add(127) as u32) << 23)
}

/// x = n log 2 + r, as (n + ROUND32, r).
#[inline(always)]
fn exp_reduce<S: Simd>(x: f32) -> (f32, f32) {
    let t = S::fma(x, std::f32::consts::LOG2_E, ROUND32);
    let n = t - ROUND32;
    (t, S::fma(n, 2.121_944_4e-4, S::fma(n, -0.693_359_4, x)))
}

/// The same of a product, which is not rounded where the level fuses.
#[inline(always)]
pub fn exp_reduce_product<S: Simd>(a: f32, b: f32) -> (f32, f32) {
    let t = S::fma(a * b, std::f32::consts::LOG2_E, ROUND32);
    let n = t - ROUND32;
    // The first part of log 2 has ten bits: its multiples are exact.
    (t, S::fma(n, 2.121_944_4e-4, S::fma(a, b, n * -0.693_359_4)))
}

/// (e^r - 1 - r) / r^2 for |r| <= 0.35
#[inline(always)]
pub fn exp_curve<S: Simd>(r: f32) -> f32 {
    const C: [f32; 6] = [0.5, 0.16666667, 0.041665795, 0.008333452, 0.0013981999, 0.00019875691];
    poly32::<S, 6>(r, &C)
}

/// e^r - 1 for |r| <= 0.35
#[inline(always)]
fn exp_less_one<S: Simd>(r: f32) -> f32 {
    S::fma(exp_curve::<S>(r), r * r, r)
}

#[inline(always)]
fn exp_near_zero<S: Simd>(r: f32) -> f32 {
    exp_less_one::<S>(r) + 1.0
}

/// e^x for |x| < 80; not a number gives anything.
#[inline(always)]
pub fn exp_moderate<S: Simd>(x: f32) -> f32 {
    let (t, r) = exp_reduce::<S>(x);
    f32::from_bits(exp_near_zero::<S>(r).to_bits().wrapping_add(t.to_bits() << 23))
}

/// 2^n for n = t - ROUND, normal results only.
#[inline(always)]
pub fn power_of_two(t: f64) -> f64 {
    f64::from_bits((t.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(1023)) << 52)
}

/// x = n log 2 + r, as (n + ROUND, r).
#[inline(always)]
pub fn exp_reduce_wide<S: Simd>(x: f64) -> (f64, f64) {
    let t = S::fma64(x, std::f64::consts::LOG2_E, ROUND);
    let n = t - ROUND;
    (t, S::fma64(n, -1.908_214_929_270_587_7e-10, S::fma64(n, -6.931_471_803_691_238e-1, x)))
}

/// (e^r - 1, 2^n) with x = n log 2 + r, relative error 2e-10, for |x| < 700.
#[inline(always)]
pub fn exp_parts<S: Simd>(x: f64) -> (f64, f64) {
    const C: [f64; 6] =
        [0.5000000013384441, 0.166666665305329, 0.04166646547436868, 0.008333361314489552, 0.0013933603732844443, 0.00019857407563779532];
    let (t, r) = exp_reduce_wide::<S>(x);
    (S::fma64(poly::<S, 6>(r, &C) * r, r, r), power_of_two(t))
}

/// e^x to 2e-10, infinite or 0 only far outside f32.
#[inline(always)]
fn exp_wide<S: Simd>(x: f64) -> f64 {
    let c = if x > 700.0 { 700.0 } else { x };
    let c = if c < -700.0 { -700.0 } else { c };
    let (q, two_n) = exp_parts::<S>(c);
    let y = S::fma64(q, two_n, two_n);
    if x < -700.0 { 0.0 } else { y }
}

/// x = 2^k m with m in [sqrt(1/2), sqrt 2), for a normal x > 0.
#[inline(always)]
fn log_split(x: f64) -> (f64, f64) {
    const SQRT_HALF: u64 = 0x3fe6a09e667f3bcd;
    let shifted = x.to_bits().wrapping_sub(SQRT_HALF);
    let k = ((shifted as i64) >> 52) as u64;
    let m = f64::from_bits((shifted & 0x000f_ffff_ffff_ffff).wrapping_add(SQRT_HALF));
    (f64::from_bits(ROUND.to_bits().wrapping_add(k)) - ROUND, m)
}

/// log x to 1e-12 relative, for x in f64's normal range; special values as C's.
#[inline(always)]
pub fn log_wide<S: Simd>(x: f64) -> f64 {
    const C: [f64; 7] = [2.0, 2.0 / 3.0, 2.0 / 5.0, 2.0 / 7.0, 2.0 / 9.0, 2.0 / 11.0, 2.0 / 13.0];
    let (k, m) = log_split(x);
    let f = m - 1.0;
    let s = f / (m + 1.0);
    let y = S::fma64(k, std::f64::consts::LN_2, s * poly::<S, 7>(s * s, &C));
    let y = if x == 0.0 { f64::NEG_INFINITY } else { y };
    let y = if x < 0.0 { f64::NAN } else { y };
    if x < f64::INFINITY { y } else { x }
}

/// artanh a for a >= 0: half the log of the quotient of 1 + a by 1 - a, whose mantissas are divided, not they themselves.
#[inline(always)]
pub fn atanh_wide<S: Simd>(a: f64) -> f64 {
    const C: [f64; 7] = [
        2.000000000004902,
        0.6666666623518233,
        0.4000006175157884,
        0.2856813143200541,
        0.22305404491957276,
        0.17120092441559084,
        0.21868582534402745,
    ];
    let (k, m) = log_split(1.0 - a);
    let (j, p) = log_split(1.0 + a);
    let s = (p - m) / (p + m);
    let y = 0.5 * S::fma64(j - k, std::f64::consts::LN_2, s * poly::<S, 7>(s * s, &C));
    let y = if a < 1e-4 { a + a * a * a * (1.0 / 3.0) } else { y };
    let y = if a == 1.0 { f64::INFINITY } else { y };
    if a <= 1.0 { y } else { f64::NAN }
}

/// A normal x = 2^k (1 + f) > 0 with 1 + f in [sqrt(1/2), sqrt 2), as (bits whose exponent is k's, k, f).
#[inline(always)]
fn log_parts(x: f32) -> (u32, f32, f32) {
    let bits = (x.to_bits() as i32).wrapping_add(0x3f800000 - 0x3f3504f3);
    let f = f32::from_bits(((bits & 0x007fffff) + 0x3f3504f3) as u32) - 1.0;
    (bits as u32, ((bits >> 23) - 127) as f32, f)
}

/// k and f of any x > 0.
#[inline(always)]
fn log_reduce(x: f32) -> (f32, f32) {
    let denormal = x < f32::MIN_POSITIVE;
    let (_, k, f) = log_parts(if denormal { x * 8388608.0 } else { x });
    (k - if denormal { 23.0 } else { 0.0 }, f)
}

/// (f^2 / 2, s, R) with log(1 + f) = f - f^2 / 2 + s (f^2 / 2 + R).
#[inline(always)]
fn log_series<S: Simd>(f: f32) -> (f32, f32, f32) {
    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    let even = w * S::fma(w, 0.24279079, 0.40000972);
    let odd = z * S::fma(w, 0.28498787, 0.666_666_6);
    (0.5 * f * f, s, odd + even)
}

/// k log 2 + log(1 + f)
#[inline(always)]
fn log_sum<S: Simd>(k: f32, f: f32) -> f32 {
    let (half, s, rest) = log_series::<S>(f);
    let low = S::fma(s, half + rest, k * 9.058_001e-6);
    S::fma(k, 0.693_138_1, (low - half) + f)
}

/// log x times `by`, to another base: `by` and that base's log of 2 in two parts, of which the first have few bits, as
/// has the first part of log(1 + f).
#[inline(always)]
fn log_scaled<S: Simd>(x: f32, by: [f32; 2], two: [f32; 2]) -> f32 {
    let (k, f) = log_reduce(x);
    let (half, s, rest) = log_series::<S>(f);
    let high = f32::from_bits((f - half).to_bits() & 0xffff_f000);
    let low = S::fma(s, half + rest, (f - high) - half);
    let tail = S::fma(low, by[0], S::fma(low + high, by[1], k * two[1]));
    let (large, small) = (k * two[0], high * by[0]);
    let sum = large + small;
    sum + (tail + ((large - sum) + small))
}

/// y where x is positive and finite, else what C says of a logarithm.
#[inline(always)]
fn log_specials(x: f32, y: f32) -> f32 {
    let y = if x == 0.0 { f32::NEG_INFINITY } else { y };
    let y = if x < 0.0 { f32::NAN } else { y };
    if x < f32::INFINITY { y } else { x }
}

/// For 0 <= y < 2^23: rounding by addition, as `trunc` is a libm call at the baseline.
#[inline(always)]
fn is_whole(y: f32) -> bool {
    (y + 8388608.0) - 8388608.0 == y
}

impl Math for f32 {
    const ZERO: f32 = 0.0;
    const ONE: f32 = 1.0;

    #[inline(always)]
    fn of(x: f64) -> f32 {
        x as f32
    }
    #[inline(always)]
    fn abs(x: f32) -> f32 {
        x.abs()
    }
    #[inline(always)]
    fn fma<S: Simd>(a: f32, b: f32, c: f32) -> f32 {
        S::fma(a, b, c)
    }

    #[inline(always)]
    fn exp<S: Simd>(x: f32) -> f32 {
        let x = if x > 88.8 { 88.8 } else { x };
        let x = if x < -104.0 { -104.0 } else { x };
        let (t, r) = exp_reduce::<S>(x);
        scale(exp_near_zero::<S>(r), t)
    }

    #[inline(always)]
    fn exp2<S: Simd>(x: f32) -> f32 {
        let x = if x > 129.0 { 129.0 } else { x };
        let x = if x < -151.0 { -151.0 } else { x };
        let t = x + ROUND32;
        let r = (x - (t - ROUND32)) * std::f32::consts::LN_2;
        scale(exp_near_zero::<S>(r), t)
    }

    #[inline(always)]
    fn expm1<S: Simd>(x: f32) -> f32 {
        // The ends are where the result is infinite, or -1.
        let c = if x > 89.0 { 89.0 } else { x };
        let c = if c < -20.0 { -20.0 } else { c };
        let (t, r) = exp_reduce::<S>(c);
        let q = exp_less_one::<S>(r);
        // Half of 2^n stays finite when n = 128.
        let half = f32::from_bits((t.to_bits() << 23).wrapping_add(126 << 23));
        let y = 2.0 * S::fma(half, q, half - 0.5);
        if x == 0.0 { x } else { y }
    }

    #[inline(always)]
    fn log<S: Simd>(x: f32) -> f32 {
        let (k, f) = log_reduce(x);
        log_specials(x, log_sum::<S>(k, f))
    }

    #[inline(always)]
    fn log2<S: Simd>(x: f32) -> f32 {
        log_specials(x, log_scaled::<S>(x, [1.442_871_1, -0.000_176_052_85], [1.0, 0.0]))
    }

    #[inline(always)]
    fn log10<S: Simd>(x: f32) -> f32 {
        log_specials(x, log_scaled::<S>(x, [0.434_326_17, -3.168_997e-5], [0.301_029_2, 7.903_415e-7]))
    }

    /// log u + c / u for u = 1 + x, rounded, and what that took, c.
    #[inline(always)]
    fn log1p<S: Simd>(x: f32) -> f32 {
        let u = 1.0 + x;
        let c = if x >= 1.0 { 1.0 - (u - x) } else { x - (u - 1.0) };
        let (bits, k, f) = log_parts(u);
        // 2^(1 - k), which is 0 for the largest.
        let scale = f32::from_bits((255u32 << 23).wrapping_sub(bits & 0xff800000));
        let f = if k == 0.0 { x } else { f + 0.5 * c * scale };
        let y = log_specials(u, log_sum::<S>(k, f));
        if x.abs() < 2.9e-8 { x } else { y }
    }

    #[inline(always)]
    fn tanh<S: Simd>(x: f32) -> f32 {
        const C: [f32; 5] = [-0.333_332_8, 0.13331442, -0.053739716, 0.02063908, -0.0057049887];
        let a = x.abs();
        let z = x * x;
        let small = S::fma(poly32::<S, 5>(z, &C) * z, a, a);
        let big = 1.0 - 2.0 / (exp_moderate::<S>(if a > 10.0 { 20.0 } else { a + a }) + 1.0);
        (if a >= 0.625 { big } else { small }).copysign(x)
    }

    elsewhere! { f32:
        sin = trigonometric::sin32,
        cos = trigonometric::cos32,
        tan = trigonometric::tan32,
        sinh = hyperbolic::sinh32,
        cosh = hyperbolic::cosh32,
        asinh = hyperbolic::asinh32,
        acosh = hyperbolic::acosh32,
        atanh = hyperbolic::atanh32,
        asin = inverse::asin32,
        acos = inverse::acos32,
        atan = inverse::atan32,
        erfinv = inverse::erfinv32,
        lgamma = gamma::lgamma32,
        erf = erf::erf32,
        erfc = erf::erfc32,
        gelu = erf::gelu32,
    }

    #[inline(always)]
    fn atan2<S: Simd>(y: f32, x: f32) -> f32 {
        inverse::atan2_32::<S>(y, x)
    }

    /// e^(y log |x|) in f64, then the sign and C's special cases.
    #[inline(always)]
    fn pow<S: Simd>(x: f32, y: f32) -> f32 {
        let a = x.abs();
        let magnitude = exp_wide::<S>(y as f64 * log_wide::<S>(a as f64)) as f32;
        let b = y.abs();
        let whole = b >= 8388608.0 || is_whole(b);
        let odd = whole && b < 16777216.0 && !is_whole(0.5 * b);
        let negative = x.is_sign_negative();
        let z = if negative && odd { -magnitude } else { magnitude };
        let z = if x < 0.0 && !whole && a < f32::INFINITY { f32::NAN } else { z };
        let z = if a == 1.0 && b == f32::INFINITY { 1.0 } else { z };
        if x == 1.0 || y == 0.0 { 1.0 } else { z }
    }

    #[inline(always)]
    fn gelu_tanh<S: Simd>(x: f32) -> f32 {
        let wide = x as f64;
        let u = std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::SQRT_2 * wide * (1.0 + 0.044715 * wide * wide);
        let e = exp_wide::<S>(-u.abs());
        let y = wide * (if u < 0.0 { e } else { 1.0 }) / (1.0 + e);
        y as f32
    }
}
