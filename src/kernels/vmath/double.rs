//! f64 functions. Where one rounding of an intermediate would cost an ulp, its error is carried along as a second term.

use super::Math;
use super::ROUND;
use super::elsewhere;
use super::erf;
use super::halves;
use super::hyperbolic;
use super::inverse;
use super::poly;
use super::trigonometric;
use crate::kernels::isa::Simd;

const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// x + ROUND as a whole number.
#[inline(always)]
pub fn whole(t: f64) -> i64 {
    (t.to_bits() as i64).wrapping_sub(ROUND.to_bits() as i64)
}

#[inline(always)]
pub fn power_of_two(n: i64) -> f64 {
    f64::from_bits((n.wrapping_add(1023) as u64) << 52)
}

/// y * 2^n in two steps, so that overflow and denormals come out right.
#[inline(always)]
pub fn scale(y: f64, n: i64) -> f64 {
    // An arithmetic shift of an i64 has no AVX2 instruction; n + 4096 is never negative.
    let a = ((n.wrapping_add(4096) as u64) >> 1) as i64 - 2048;
    y * power_of_two(a) * power_of_two(n.wrapping_sub(a))
}

/// (e^r - 1 - r) / r^2 for |r| <= log(2) / 2
#[inline(always)]
pub fn exp_tail<S: Simd>(r: f64) -> f64 {
    const C: [f64; 11] = [
        0.5,
        0.1666666666666667,
        0.04166666666666667,
        0.008333333333326141,
        0.0013888888888883752,
        0.00019841269874800493,
        2.4801587325533387e-05,
        2.755725542574532e-06,
        2.7557273661323936e-07,
        2.510520637442089e-08,
        2.0914679385761392e-09,
    ];
    poly::<S, 11>(r, &C)
}

/// x = n log 2 + (r + error), as (n + ROUND, r, error).
#[inline(always)]
pub fn exp_reduce<S: Simd>(x: f64) -> (f64, f64, f64) {
    let t = S::fma64(x, std::f64::consts::LOG2_E, ROUND);
    let n = t - ROUND;
    let high = S::fma64(n, -LN2_HIGH, x);
    let low = n * LN2_LOW;
    let r = high - low;
    (t, r, (high - r) - low)
}

/// e^x for -700 < x < 700, within 2 ulp.
#[inline(always)]
pub fn exp_moderate<S: Simd>(x: f64) -> f64 {
    const C: [f64; 10] = [
        0.5000000000000013,
        0.1666666666666669,
        0.04166666666651385,
        0.00833333333331145,
        0.0013888888947327107,
        0.0001984126990877365,
        2.480148967888487e-05,
        2.7557223603662028e-06,
        2.7631359671194235e-07,
        2.5115642213335534e-08,
    ];
    let t = S::fma64(x, std::f64::consts::LOG2_E, ROUND);
    let n = t - ROUND;
    let r = S::fma64(n, -LN2_LOW, S::fma64(n, -LN2_HIGH, x));
    let two_n = power_of_two(whole(t));
    S::fma64(S::fma64(halves::<S, 10>(r, &C), r * r, r), two_n, two_n)
}

/// x = 2^k (1 + f) with 1 + f in [sqrt(1/2), sqrt 2): (k, f, f^2/2, log(1 + f) - f + f^2/2).
struct LogParts {
    k: f64,
    f: f64,
    half: f64,
    rest: f64,
}

#[inline(always)]
fn log_parts<S: Simd>(x: f64) -> LogParts {
    const SQRT_HALF: u64 = 0x3fe6a09e667f3bcd;
    const C: [f64; 7] = [
        6.666_666_666_666_735e-1,
        3.999_999_999_940_942e-1,
        2.857_142_874_366_239e-1,
        2.222_219_843_214_978_4e-1,
        1.818_357_216_161_805e-1,
        1.531_383_769_920_937_3e-1,
        1.479_819_860_511_658_6e-1,
    ];
    let denormal = x < f64::MIN_POSITIVE;
    let x = if denormal { x * 18014398509481984.0 } else { x };
    let shifted = x.to_bits().wrapping_sub(SQRT_HALF);
    // The exponent difference lies in -1023..=1024: add 2048 (in place) to shift it as an unsigned number.
    let exponent = shifted.wrapping_add(2048 << 52) >> 52;
    let m = f64::from_bits((shifted & 0x000f_ffff_ffff_ffff).wrapping_add(SQRT_HALF));
    let k = f64::from_bits(ROUND.to_bits().wrapping_add(exponent)) - (ROUND + 2048.0);
    let k = if denormal { k - 54.0 } else { k };
    let f = m - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let half = 0.5 * f * f;
    LogParts { k, f, half, rest: s * S::fma64(z, poly::<S, 7>(z, &C), half) }
}

/// C's values at 0, below it, at infinity and NaN.
#[inline(always)]
fn log_special(x: f64, y: f64) -> f64 {
    let y = if x == 0.0 { f64::NEG_INFINITY } else { y };
    let y = if x < 0.0 { f64::NAN } else { y };
    if x < f64::INFINITY { y } else { x }
}

/// log(x) * scale for a scale given as high + low with few bits in high, plus k * (unit_high + unit_low).
#[inline(always)]
fn log_scaled<S: Simd>(x: f64, scale: (f64, f64), unit: (f64, f64)) -> f64 {
    let p = log_parts::<S>(x);
    let high = f64::from_bits((p.f - p.half).to_bits() & 0xffff_ffff_0000_0000);
    let low = (p.f - high) - p.half + p.rest;
    let product = high * scale.0;
    let base = p.k * unit.0;
    let sum = base + product;
    let error = (base - sum) + product;
    let rest = p.k * unit.1 + (low + high) * scale.1 + low * scale.0;
    log_special(x, sum + (error + rest))
}

impl Math for f64 {
    const ZERO: f64 = 0.0;
    const ONE: f64 = 1.0;

    #[inline(always)]
    fn of(x: f64) -> f64 {
        x
    }
    #[inline(always)]
    fn abs(x: f64) -> f64 {
        x.abs()
    }
    #[inline(always)]
    fn fma<S: Simd>(a: f64, b: f64, c: f64) -> f64 {
        S::fma64(a, b, c)
    }

    #[inline(always)]
    fn exp<S: Simd>(x: f64) -> f64 {
        let x = if x > 710.0 { 710.0 } else { x };
        let x = if x < -746.0 { -746.0 } else { x };
        let (t, r, error) = exp_reduce::<S>(x);
        scale(S::fma64(exp_tail::<S>(r), r * r, error) + r + 1.0, whole(t))
    }

    #[inline(always)]
    fn exp2<S: Simd>(x: f64) -> f64 {
        let x = if x > 1025.0 { 1025.0 } else { x };
        let x = if x < -1076.0 { -1076.0 } else { x };
        let t = x + ROUND;
        let r = (x - (t - ROUND)) * std::f64::consts::LN_2;
        scale(S::fma64(exp_tail::<S>(r), r * r, r) + 1.0, whole(t))
    }

    #[inline(always)]
    fn expm1<S: Simd>(x: f64) -> f64 {
        let c = if x > 710.0 { 710.0 } else { x };
        let c = if c < -40.0 { -40.0 } else { c };
        let (t, r, error) = exp_reduce::<S>(c);
        let tail = S::fma64(exp_tail::<S>(r), r * r, S::fma64(error, r, error));
        // 2^n (1 + r + tail) - 1 with the two large terms first. Half of 2^n stays finite when n = 1024.
        let half = power_of_two(whole(t) - 1);
        let (a, b) = (half - 0.5, half * r);
        let sum = a + b;
        let lost = if a.abs() > b.abs() { (a - sum) + b } else { (b - sum) + a };
        let y = 2.0 * (sum + S::fma64(half, tail, lost));
        if x == 0.0 { x } else { y }
    }

    #[inline(always)]
    fn log<S: Simd>(x: f64) -> f64 {
        let p = log_parts::<S>(x);
        let low = S::fma64(p.k, LN2_LOW, p.rest);
        log_special(x, S::fma64(p.k, LN2_HIGH, (low - p.half) + p.f))
    }

    #[inline(always)]
    fn log2<S: Simd>(x: f64) -> f64 {
        log_scaled::<S>(x, (1.442_695_040_721_446_3, 1.675_171_316_488_651_2e-10), (1.0, 0.0))
    }

    #[inline(always)]
    fn log10<S: Simd>(x: f64) -> f64 {
        let scale = (4.342_944_818_781_689e-1, 2.508_294_671_164_527_5e-11);
        log_scaled::<S>(x, scale, (3.010_299_956_636_117_7e-1, 3.694_239_077_158_931e-13))
    }

    #[inline(always)]
    fn log1p<S: Simd>(x: f64) -> f64 {
        let u = 1.0 + x;
        let lost = if x < 1.0 { x - (u - 1.0) } else { 1.0 - (u - x) } / u;
        let p = log_parts::<S>(u);
        let low = p.rest + S::fma64(p.k, LN2_LOW, lost);
        let y = log_special(u, S::fma64(p.k, LN2_HIGH, (low - p.half) + p.f));
        if x.abs() < 1e-17 { x } else { y }
    }

    #[inline(always)]
    fn tanh<S: Simd>(x: f64) -> f64 {
        const P: [f64; 3] = [-1.614_687_684_417_084_5e3, -9.928_772_310_019_185e1, -9.643_991_794_250_523e-1];
        const Q: [f64; 4] = [4.844_063_053_251_255e3, 2.235_488_390_601_004_5e3, 1.128_116_784_916_329_3e2, 1.0];
        let a = x.abs();
        let z = x * x;
        let small = S::fma64(z * poly::<S, 3>(z, &P) / poly::<S, 4>(z, &Q), a, a);
        let big = 1.0 - 2.0 / (Math::exp::<S>(a + a) + 1.0);
        (if a < 0.625 { small } else { big }).copysign(x)
    }

    elsewhere! { f64:
        sin = trigonometric::sin64,
        cos = trigonometric::cos64,
        tan = trigonometric::tan64,
        sinh = hyperbolic::sinh64,
        cosh = hyperbolic::cosh64,
        asinh = hyperbolic::asinh64,
        acosh = hyperbolic::acosh64,
        atanh = hyperbolic::atanh64,
        asin = inverse::asin64,
        acos = inverse::acos64,
        atan = inverse::atan64,
        erfinv = inverse::erfinv64,
        erf = erf::erf64,
        erfc = erf::erfc64,
        gelu = erf::gelu64,
    }

    #[inline(always)]
    fn atan2<S: Simd>(y: f64, x: f64) -> f64 {
        inverse::atan2_64::<S>(y, x)
    }

    #[inline(always)]
    fn lgamma<S: Simd>(x: f64) -> f64 {
        crate::kernels::gamma::lgamma(x)
    }

    #[inline(always)]
    fn pow<S: Simd>(x: f64, y: f64) -> f64 {
        x.powf(y)
    }

    #[inline(always)]
    fn gelu_tanh<S: Simd>(x: f64) -> f64 {
        let u = std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::SQRT_2 * x * S::fma64(0.044715 * x, x, 1.0);
        let e = Math::exp::<S>(-u.abs());
        x * (if u < 0.0 { e } else { 1.0 }) / (1.0 + e)
    }
}
