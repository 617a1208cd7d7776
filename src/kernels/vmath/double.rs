//! f64 functions. Where one rounding of an intermediate would cost an ulp, its error is carried along as a second term.

use super::Math;
use super::hyperbolic;
use super::inverse;
use super::poly;
use super::reduce::ROUND;
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
fn scale(y: f64, n: i64) -> f64 {
    // An arithmetic shift of an i64 has no AVX2 instruction; n + 4096 is never negative.
    let a = ((n.wrapping_add(4096) as u64) >> 1) as i64 - 2048;
    y * power_of_two(a) * power_of_two(n.wrapping_sub(a))
}

/// (e^r - 1 - r) / r^2 for |r| <= log(2) / 2
#[inline(always)]
fn exp_tail<S: Simd>(r: f64) -> f64 {
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

/// erf(x) / x - 1 in z = x^2, for |x| <= 1.
#[inline(always)]
fn erf_ratio<S: Simd>(z: f64) -> f64 {
    const C: [f64; 13] = [
        0.1283791670955126,
        -0.3761263890318375,
        0.11283791670954879,
        -0.026866170645076792,
        0.0052239776248180145,
        -0.000854832698083379,
        0.0001205533111164271,
        -1.4925595266831182e-05,
        1.6461000484121368e-06,
        -1.6350312701054695e-07,
        1.4659775274047436e-08,
        -1.1372848856791674e-09,
        5.957176147748911e-11,
    ];
    poly::<S, 13>(z, &C)
}

/// The first 26 bits, so that a product of two such is exact.
#[inline(always)]
fn high_part(a: f64) -> f64 {
    f64::from_bits(a.to_bits() & 0xffff_ffff_f800_0000)
}

/// The error of the product a * a = p, for moderate a.
#[inline(always)]
fn square_error(a: f64, p: f64) -> f64 {
    let high = high_part(a);
    let low = a - high;
    ((high * high - p) + 2.0 * high * low) + low * low
}

/// erfc(a) = e^(-a^2) u R(u) with u = 1 / (a + 3), for a >= 0.46.
#[inline(always)]
fn erfc_far<S: Simd>(a: f64) -> f64 {
    const R: [f64; 22] = [
        0.6923507498337551,
        2.4768655324055917,
        8.096033116953658,
        23.746212019604815,
        60.69262290819618,
        127.87099328764276,
        192.8827848858934,
        87.69464103247077,
        -549.2353878674948,
        -1787.9328009720498,
        -1466.5073682150203,
        6795.4828983805355,
        23336.101339836183,
        12970.267612758353,
        -310414.0593841836,
        1095106.5127714085,
        -9142394.678368788,
        54102265.02453906,
        -173720881.9795051,
        319869293.5127665,
        -325580819.1440917,
        144158163.1571586,
    ];
    let c = if a > 28.0 { 28.0 } else { a };
    let p = c * c;
    // u (1 + e) with u short enough for exact products: the rounding of 1 / (a + 3) alone would cost 2 ulp.
    let sum = c + 3.0;
    let lost = c - (sum - 3.0);
    let u = high_part(1.0 / sum);
    let high = high_part(sum);
    let e = ((1.0 - high * u) - (sum - high) * u) - lost * u;
    let e = S::fma64(e, e, e);
    let ratio = poly::<S, 22>(S::fma64(u, e, u - 0.0625), &R) * u;
    // What the roundings took goes into e^-p - 1, which is added last.
    let lost = e - square_error(c, p);
    let (t, r, error) = exp_reduce::<S>(-p);
    let tail = S::fma64(exp_tail::<S>(r), r * r, error);
    let less_one = r + S::fma64(lost, 1.0 + (r + tail), tail);
    scale(S::fma64(less_one, ratio, ratio), whole(t))
}

/// erf(a) - b for a, b >= 0, without loss where both are near 1.
#[inline(always)]
pub fn erf_less<S: Simd>(a: f64, b: f64) -> f64 {
    let near = S::fma64(a, erf_ratio::<S>(a * a), a - b);
    if a < 0.5 { near } else { (1.0 - b) - erfc_far::<S>(a) }
}

/// sin(x + quarter * pi/2) for |x| < 1e6: x less a multiple of pi/2 in three parts, then the series of the quarter.
#[inline(always)]
fn sine<S: Simd>(x: f64, quarter: i64) -> f64 {
    const P1: f64 = 1.5707963267341256;
    const P2: f64 = 6.077100506303966e-11;
    const P3: f64 = 2.0222662487959506e-21;
    const SIN: [f64; 6] = [
        -0.16666666666666666,
        0.008333333333330946,
        -0.000198412698367542,
        2.7557316100283695e-06,
        -2.5051131372218632e-08,
        1.5918095236696272e-10,
    ];
    const COS: [f64; 6] = [
        0.041666666666666664,
        -0.0013888888888887395,
        2.480158729876295e-05,
        -2.755731727031051e-07,
        2.087614597263508e-09,
        -1.1382611119025631e-11,
    ];
    let t = S::fma64(x, std::f64::consts::FRAC_2_PI, ROUND);
    let n = t - ROUND;
    // P1 and P2 have 33 bits, so that the products are exact.
    let first = x - n * P1;
    let second = n * P2;
    let near = first - second;
    let back = first - near;
    let error = (first - (near + back)) + (back - second) - n * P3;
    let r = near + error;
    let low = (near - r) + error;
    let z = r * r;
    let half = 0.5 * z;
    let sin = r + S::fma64(z * r, poly::<S, 6>(z, &SIN), S::fma64(-half, low, low));
    let top = 1.0 - half;
    let cos = top + (((1.0 - top) - half) + S::fma64(z * z, poly::<S, 6>(z, &COS), -r * low));
    let quarter = whole(t).wrapping_add(quarter);
    let y = if quarter & 1 == 0 { sin } else { cos };
    if quarter & 2 == 0 { y } else { -y }
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

    #[inline(always)]
    fn sin<S: Simd>(x: f64) -> f64 {
        let y = sine::<S>(x, 0);
        if x == 0.0 { x } else { y }
    }

    #[inline(always)]
    fn cos<S: Simd>(x: f64) -> f64 {
        sine::<S>(x, 1)
    }

    #[inline(always)]
    fn tan<S: Simd>(x: f64) -> f64 {
        x.tan()
    }

    #[inline(always)]
    fn sinh<S: Simd>(x: f64) -> f64 {
        hyperbolic::sinh64::<S>(x)
    }

    #[inline(always)]
    fn cosh<S: Simd>(x: f64) -> f64 {
        hyperbolic::cosh64::<S>(x)
    }

    #[inline(always)]
    fn asinh<S: Simd>(x: f64) -> f64 {
        hyperbolic::asinh64(x)
    }

    #[inline(always)]
    fn acosh<S: Simd>(x: f64) -> f64 {
        hyperbolic::acosh64(x)
    }

    #[inline(always)]
    fn atanh<S: Simd>(x: f64) -> f64 {
        hyperbolic::atanh64(x)
    }

    #[inline(always)]
    fn asin<S: Simd>(x: f64) -> f64 {
        x.asin()
    }

    #[inline(always)]
    fn acos<S: Simd>(x: f64) -> f64 {
        x.acos()
    }

    #[inline(always)]
    fn atan<S: Simd>(x: f64) -> f64 {
        inverse::atan64::<S>(x)
    }

    #[inline(always)]
    fn atan2<S: Simd>(y: f64, x: f64) -> f64 {
        y.atan2(x)
    }

    #[inline(always)]
    fn erfinv<S: Simd>(x: f64) -> f64 {
        inverse::erfinv64::<S>(x)
    }

    #[inline(always)]
    fn lgamma<S: Simd>(x: f64) -> f64 {
        crate::kernels::gamma::lgamma(x)
    }

    #[inline(always)]
    fn erf<S: Simd>(x: f64) -> f64 {
        let near = S::fma64(x, erf_ratio::<S>(x * x), x);
        let far = (1.0 - erfc_far::<S>(x.abs())).copysign(x);
        if x.abs() < 1.0 { near } else { far }
    }

    #[inline(always)]
    fn erfc<S: Simd>(x: f64) -> f64 {
        let near = 1.0 - S::fma64(x, erf_ratio::<S>(x * x), x);
        let far = erfc_far::<S>(x.abs());
        let far = if x < 0.0 { 2.0 - far } else { far };
        if x.abs() < 0.47 { near } else { far }
    }

    #[inline(always)]
    fn pow<S: Simd>(x: f64, y: f64) -> f64 {
        x.powf(y)
    }

    #[inline(always)]
    fn gelu<S: Simd>(x: f64) -> f64 {
        0.5 * x * Math::erfc::<S>(x * -std::f64::consts::FRAC_1_SQRT_2)
    }

    #[inline(always)]
    fn gelu_tanh<S: Simd>(x: f64) -> f64 {
        let u = std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::SQRT_2 * x * S::fma64(0.044715 * x, x, 1.0);
        let e = Math::exp::<S>(-u.abs());
        x * (if u < 0.0 { e } else { 1.0 }) / (1.0 + e)
    }
}
