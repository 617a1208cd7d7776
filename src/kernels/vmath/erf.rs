//! erf, erfc and gelu. f32 erf runs in f32 lanes, erfc in f64 lanes, rounded once; f32 gelu in f32 lanes where the
//! level fuses, which gives the errors of products.

use super::double;
use super::poly;
use super::poly32;
use super::single::exp_curve;
use super::single::exp_moderate;
use super::single::exp_parts;
use super::single::exp_reduce_product;
use crate::kernels::isa::Simd;

/// A series up to 1, and 1 - e^-q beyond.
#[inline(always)]
pub fn erf32<S: Simd>(x: f32) -> f32 {
    const NEAR: [f32; 7] = [0.12837917, -0.37612626, 0.11283594, -0.026854211, 0.0051890872, -0.00080168643, 7.875875e-05];
    /// -log erfc(1 + v)
    const FAR: [f32; 9] =
        [1.8496056, 2.6389678, 0.84310466, 0.04157602, -0.010078268, 0.0020546652, -0.0003203923, 3.299341e-05, -1.639938e-06];
    let a = x.abs();
    let near = S::fma(x, poly32::<S, 7>(x * x, &NEAR), x);
    let c = if a > 4.0 { 4.0 } else { a };
    let far = (1.0 - exp_moderate::<S>(-poly32::<S, 9>(c - 1.0, &FAR))).copysign(x);
    if a >= 1.0 { far } else { near }
}

/// erfc(|x|) = e^(-x^2) t R(t) with t = 1 / (|x| + 3), relative error 5e-9 where f32 can hold it, and less near 0.
#[inline(always)]
fn erfc_abs<S: Simd>(x: f64) -> f64 {
    const R: [f64; 10] = [
        0.5641106719718382,
        1.6979765703748813,
        4.633397907627514,
        15.495564827753654,
        0.11549500466888467,
        290.9512010456881,
        -953.4290114791002,
        3489.481398181974,
        -5718.203026467002,
        3272.42461679861,
    ];
    let a = x.abs();
    let c = if a > 26.0 { 26.0 } else { a };
    let t = 1.0 / (c + 3.0);
    let (q, two_n) = exp_parts::<S>(-c * c);
    let y = S::fma64(q, two_n, two_n) * (t * poly::<S, 10>(t, &R));
    if a > 26.0 { 0.0 } else { y }
}

/// 1 - erf(x) for an x that came from f32.
#[inline(always)]
fn erfc_wide<S: Simd>(x: f64) -> f64 {
    let y = erfc_abs::<S>(x);
    if x < 0.0 { 2.0 - y } else { y }
}

#[inline(always)]
pub fn erfc32<S: Simd>(x: f32) -> f32 {
    erfc_wide::<S>(x as f64) as f32
}

#[inline(always)]
pub fn gelu32<S: Simd>(x: f32) -> f32 {
    if S::FUSED {
        return gelu_fused::<S>(x);
    }
    let wide = x as f64;
    (0.5 * wide * erfc_wide::<S>(wide * -std::f64::consts::FRAC_1_SQRT_2)) as f32
}

/// With a = |x|, Q = 1 - Phi(a) = e^(-a^2 / 2) u P(u - M) and u = 1 / (a + K): a - a Q, or -a Q below 0. What each
/// rounding before the last took is carried along, so that 2 ulp are kept.
#[inline(always)]
fn gelu_fused<S: Simd>(x: f32) -> f32 {
    const K: f32 = 2.58735;
    const M: f32 = 0.21415678;
    /// P(0), to more digits than f32 has: M was chosen so.
    const LEAD: f32 = 0.7615433;
    const C: [f32; 9] = [2.4885457, 3.9719045, -1.144277, -11.96352, 5.7787356, 44.39408, -64.42835, -129.83415, 374.86618];
    /// Where the lower end is 0.
    const END: f32 = 14.6;
    let a = x.abs();
    let c = if a > END { END } else { a };
    let sum = c + K;
    let u = 1.0 / sum;
    // 1 / (c + K) = u (1 + e)
    let e = S::fma(-(c - (sum - K)), u, S::fma(-sum, u, 1.0));
    let near = u - M;
    let slope = poly32::<S, 9>(near, &C);
    let v = S::fma(u, e, near);
    let p = S::fma(v, slope, LEAD);
    let p_lost = S::fma(v, slope, LEAD - p);
    let g = p * u;
    let g_lost = S::fma(p_lost, u, S::fma(p, u, -g));
    let h = g * c;
    let lost = S::fma(h, e, S::fma(g_lost, c, S::fma(g, c, -h)));
    // a Q = (h + lost) e^r 2^n
    let (t, r) = exp_reduce_product::<S>(-0.5 * c, c);
    let tail = S::fma(h, exp_curve::<S>(r) * (r * r), S::fma(lost, r, lost));
    let y = h + S::fma(h, r, tail);
    // n >= -154, so in two steps.
    let two_n = f32::from_bits((t.to_bits() << 23).wrapping_add((127 + 64) << 23));
    let y = y * two_n * (1.0 / (1u128 << 64) as f32);
    // Not a number at -infinity, as in PyTorch.
    if x < 0.0 { -y - 0.0 * a } else { a - y }
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
    let (t, r, error) = double::exp_reduce::<S>(-p);
    let tail = S::fma64(double::exp_tail::<S>(r), r * r, error);
    let less_one = r + S::fma64(lost, 1.0 + (r + tail), tail);
    double::scale(S::fma64(less_one, ratio, ratio), double::whole(t))
}

/// As `erf32`, from 3/4 on: there the exponent needs to be right only beside 1.
#[inline(always)]
pub fn erf64<S: Simd>(x: f64) -> f64 {
    const NEAR: [f64; 10] = [
        0.1283791670955125,
        -0.37612638903181106,
        0.1128379167080119,
        -0.02686617061029022,
        0.005223977223944308,
        -0.0008548300374253638,
        0.00012054252340088388,
        -1.4898384029499385e-05,
        1.6042274852332658e-06,
        -1.270271516299153e-07,
    ];
    /// log erfc(3/4), and log erfc(3/4 + v) less that by v as a quotient.
    const START: f64 = -1.241867260678887;
    const P: [f64; 7] = [
        -2.2258736679806814,
        -3.236917094303689,
        -2.089578585831425,
        -0.748857448919528,
        -0.15405357382293167,
        -0.016760144089962282,
        -0.0007071861862630034,
    ];
    const Q: [f64; 6] = [1.0, 1.091286350760185, 0.5189338693131986, 0.12786552761815945, 0.015679525524281455, 0.0007074152648789082];
    let a = x.abs();
    let near = S::fma64(x, poly::<S, 10>(x * x, &NEAR), x);
    let c = if a > 6.0 { 6.0 } else { a };
    let v = c - 0.75;
    let exponent = S::fma64(v, poly::<S, 7>(v, &P) / poly::<S, 6>(v, &Q), START);
    let far = (1.0 - double::exp_moderate::<S>(exponent)).copysign(x);
    if a < 0.75 { near } else { far }
}

#[inline(always)]
pub fn erfc64<S: Simd>(x: f64) -> f64 {
    let near = 1.0 - S::fma64(x, erf_ratio::<S>(x * x), x);
    let far = erfc_far::<S>(x.abs());
    let far = if x < 0.0 { 2.0 - far } else { far };
    if x.abs() < 0.47 { near } else { far }
}

#[inline(always)]
pub fn gelu64<S: Simd>(x: f64) -> f64 {
    0.5 * x * erfc64::<S>(x * -std::f64::consts::FRAC_1_SQRT_2)
}
