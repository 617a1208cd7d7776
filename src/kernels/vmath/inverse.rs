//! Inverse trigonometric functions and the inverse of erf.

use std::f64::consts::FRAC_PI_2;
use std::f64::consts::PI;

use super::Math;
use super::halves;
use super::poly;
use super::poly32;
use crate::kernels::isa::Simd;

/// What pi/2 and pi have beyond their f32.
const HALF_PI_LOW32: f32 = -4.371_139e-8;
const PI_LOW32: f32 = 2.0 * HALF_PI_LOW32;
/// What pi/2 has beyond its f64.
const HALF_PI_LOW: f64 = 6.123233995736766e-17;

/// arctan x = pi/2 - arctan 1/x brings the argument to |t| <= 1.
#[inline(always)]
pub fn atan32<S: Simd>(x: f32) -> f32 {
    const C: [f32; 9] = [-0.3333333, 0.1999974, -0.14278568, 0.110337645, -0.0865688, 0.06250169, -0.03587154, 0.013507771, -0.0023869972];
    let a = x.abs();
    let big = a > 1.0;
    let t = (if big { -1.0 } else { a }) / (if big { a } else { 1.0 });
    let z = t * t;
    let tail = poly32::<S, 9>(z, &C) * z * t;
    let y = if big { (t + (tail + HALF_PI_LOW32)) + std::f32::consts::FRAC_PI_2 } else { t + tail };
    y.copysign(x)
}

/// arctan t = t + t z (C[0] + C[1] z + ...) with z = t^2, for |t| <= tan(pi/8).
const ATAN: [f64; 11] = [
    -0.3333333333333333,
    0.1999999999999549,
    -0.1428571428466014,
    0.11111111014741562,
    -0.09090904557214267,
    0.0769218270524632,
    -0.06664504610032648,
    0.05858089538610203,
    -0.050851391487066376,
    0.03922268882347632,
    -0.0191659065063043,
];

/// arctan 5/8 in two parts.
const POINT: (f64, f64) = (0.558_599_315_343_562_4, -5.455_630_548_591_626e-18);

/// As `atan32`, with arctan 5/8 and arctan 3/2 as further points to start from: |t| <= tan(pi/8).
#[inline(always)]
pub fn atan64<S: Simd>(x: f64) -> f64 {
    let a = x.abs();
    let c = if a > 0.9 { 1.5 } else { 0.625 };
    let low = if a > 0.9 { 1.390_331_103_123_099_7e-17 } else { POINT.1 };
    let base = if a > 0.9 { 0.982_793_723_247_329 } else { POINT.0 };
    let (small, big) = (a < 0.4, a > 2.4142);
    let top = if small { a } else { a - c };
    let bottom = if small { 1.0 } else { S::fma64(a, c, 1.0) };
    let t = (if big { -1.0 } else { top }) / (if big { a } else { bottom });
    let base = if small { 0.0 } else { base };
    let base = if big { FRAC_PI_2 } else { base };
    let low = if small { 0.0 } else { low };
    let low = if big { HALF_PI_LOW } else { low };
    let z = t * t;
    let tail = S::fma64(poly::<S, 11>(z, &ATAN) * z, t, low);
    (base + (t + tail)).copysign(x)
}

/// The angle of (x, y), from the quotient of the smaller by the larger.
#[inline(always)]
pub fn atan2_32<S: Simd>(y: f32, x: f32) -> f32 {
    const C: [f64; 12] = [
        -0.3333333332694414,
        0.19999998154086215,
        -0.14285624891483525,
        0.11109392308322223,
        -0.09073553118976409,
        0.0758665283364667,
        -0.06246315194128317,
        0.047294798621813336,
        -0.02991311194551696,
        0.014072923344697239,
        -0.0042216579909296476,
        0.0005930437556365282,
    ];
    let (rise, run) = (y.abs() as f64, x.abs() as f64);
    let steep = rise > run;
    let low = if steep { run } else { rise };
    let high = if steep { rise } else { run };
    let t = low / high;
    // Both zero, or both infinite.
    let same = if low == 0.0 { 0.0 } else { 1.0 };
    let t = if low == high { same } else { t };
    let z = t * t;
    let angle = S::fma64(poly::<S, 12>(z, &C) * z, t, t);
    let angle = if steep { FRAC_PI_2 - angle } else { angle };
    let angle = if x.is_sign_negative() { PI - angle } else { angle };
    (angle as f32).copysign(y)
}

/// arcsin as (s, tail) with arcsin a = s + tail for a <= 1/2, and = pi/2 - 2 (s + tail) beyond.
#[inline(always)]
fn asin_parts32<S: Simd>(a: f32) -> (f32, f32) {
    const C: [f32; 6] = [0.16666666, 0.07500094, 0.044599403, 0.031100662, 0.017149238, 0.033690847];
    let big = a > 0.5;
    let z = if big { 0.5 - 0.5 * a } else { a * a };
    let root = z.sqrt();
    let s = if big { root } else { a };
    (s, poly32::<S, 6>(z, &C) * z * s)
}

#[inline(always)]
pub fn asin32<S: Simd>(x: f32) -> f32 {
    let a = x.abs();
    let (s, tail) = asin_parts32::<S>(a);
    let y = if a > 0.5 { std::f32::consts::FRAC_PI_2 - (2.0 * s + (2.0 * tail - HALF_PI_LOW32)) } else { s + tail };
    y.copysign(x)
}

#[inline(always)]
pub fn acos32<S: Simd>(x: f32) -> f32 {
    let a = x.abs();
    let (s, tail) = asin_parts32::<S>(a);
    let signed = (s + tail).copysign(x);
    let small = std::f32::consts::FRAC_PI_2 - (signed - HALF_PI_LOW32);
    let near = 2.0 * (s + tail);
    let far = std::f32::consts::PI - (2.0 * s + (2.0 * tail - PI_LOW32));
    let big = if x < 0.0 { far } else { near };
    if a > 0.5 { big } else { small }
}

/// As `asin_parts32`.
#[inline(always)]
fn asin_parts64<S: Simd>(a: f64) -> (f64, f64) {
    const C: [f64; 13] = [
        0.16666666666666669,
        0.07499999999998433,
        0.04464285714635543,
        0.030381944138531247,
        0.02237217294214989,
        0.017352392720869973,
        0.013971212973552933,
        0.011479177415184906,
        0.01032281435018578,
        0.005457506718640358,
        0.01740087944269402,
        -0.014851887071247204,
        0.028757851367421566,
    ];
    let big = a > 0.5;
    let z = if big { 0.5 - 0.5 * a } else { a * a };
    let root = z.sqrt();
    let s = if big { root } else { a };
    (s, poly::<S, 13>(z, &C) * z * s)
}

#[inline(always)]
pub fn asin64<S: Simd>(x: f64) -> f64 {
    let a = x.abs();
    let (s, tail) = asin_parts64::<S>(a);
    let y = if a > 0.5 { FRAC_PI_2 - (2.0 * s + (2.0 * tail - HALF_PI_LOW)) } else { s + tail };
    y.copysign(x)
}

#[inline(always)]
pub fn acos64<S: Simd>(x: f64) -> f64 {
    let a = x.abs();
    let (s, tail) = asin_parts64::<S>(a);
    let signed = s.copysign(x);
    let small = FRAC_PI_2 - (signed + (tail.copysign(x) - HALF_PI_LOW));
    let near = 2.0 * (s + tail);
    let far = PI - (2.0 * s + (2.0 * tail - 2.0 * HALF_PI_LOW));
    let big = if x < 0.0 { far } else { near };
    if a > 0.5 { big } else { small }
}

/// The angle of (x, y), from the smaller over the larger, or that less 5/8; scaled where a product would leave f64.
#[inline(always)]
pub fn atan2_64<S: Simd>(y: f64, x: f64) -> f64 {
    let (rise, run) = (y.abs(), x.abs());
    let steep = rise > run;
    let low = if steep { run } else { rise };
    let high = if steep { rise } else { run };
    let scale = if high > 1e300 { 1.0 / 1024.0 } else { 1.0 };
    let scale = if high < 1e-290 { 18014398509481984.0 } else { scale };
    // Both zero, or both infinite.
    let same = low == high;
    let unit = if low == 0.0 { 0.0 } else { 1.0 };
    let n = if same { unit } else { low * scale };
    let d = if same { 1.0 } else { high * scale };
    let small = n < 0.4 * d || n == 0.0;
    let top = if small { n } else { n - 0.625 * d };
    let bottom = if small { d } else { S::fma64(0.625, n, d) };
    let t = top / bottom;
    let z = t * t;
    let base = if small { 0.0 } else { POINT.0 };
    let part = if small { 0.0 } else { POINT.1 };
    let tail = S::fma64(poly::<S, 11>(z, &ATAN) * z, t, part);
    // The angle is base + (t + tail), or a right or straight angle less that.
    let right = FRAC_PI_2 - base;
    let lost = (FRAC_PI_2 - right) - base;
    let t = if steep { -t } else { t };
    let tail = if steep { (HALF_PI_LOW + lost) - tail } else { tail };
    let base = if steep { right } else { base };
    let back = x.is_sign_negative();
    let straight = PI - base;
    let lost = (PI - straight) - base;
    let t = if back { -t } else { t };
    let tail = if back { (2.0 * HALF_PI_LOW + lost) - tail } else { tail };
    let base = if back { straight } else { base };
    (base + (t + tail)).copysign(y)
}

/// y with erf y = x: x times a function of w = -log(1 - x^2), in w itself or, for the tails, in its root.
#[inline(always)]
pub fn erfinv32<S: Simd>(x: f32) -> f32 {
    const SLOPE: f32 = 0.886_226_95;
    const LOW: [f32; 9] =
        [0.24607296, 0.00022691739, -0.0017617056, 0.00020360749, 5.882195e-06, -4.352017e-06, 3.5889505e-07, 4.602527e-08, -9.367717e-09];
    const HIGH: [f32; 10] = [
        2.8329768,
        1.0016749,
        0.009445132,
        -0.007636819,
        0.005688058,
        -0.0035992807,
        0.0014826907,
        -5.372657e-05,
        -0.0003079133,
        0.00011390817,
    ];
    let a = x.abs();
    let w = -<f32 as Math>::log::<S>((1.0 - a) * (1.0 + a));
    let low = S::fma(w, poly32::<S, 9>(w - 2.5, &LOW), SLOPE);
    let high = poly32::<S, 10>(w.sqrt() - 3.0, &HIGH);
    let y = x * if w > 5.0 { high } else { low };
    if a == 1.0 { f32::INFINITY.copysign(x) } else { y }
}

/// x times a function of w = -log(1 - x^2), or, for the tails, s + T(s) with s the root of -log(1 - |x|).
#[inline(always)]
pub fn erfinv64<S: Simd>(x: f64) -> f64 {
    const SLOPE: f64 = 0.886_226_925_452_758;
    const SLOPE_LOW: f64 = -3.8332932499128993e-17;
    const LOW: [f64; 16] = [
        0.24389127675378935,
        0.004314112392442603,
        -0.002289565119854332,
        0.0001314914596388532,
        3.078523700670484e-05,
        -4.9980460066912785e-06,
        -2.4981867744956577e-07,
        1.23162037801462e-07,
        -3.6389034588051513e-09,
        -2.3954257908473886e-09,
        2.503780777188823e-10,
        3.475029371309901e-11,
        -7.926499288957337e-12,
        -1.9334213636537993e-13,
        1.663833512295931e-13,
        -8.949397786183649e-15,
    ];
    /// T(1.9 + v) as a quotient.
    const P: [f64; 8] = [
        -0.33675034324655173,
        -0.5946857254091542,
        -0.4126608474627801,
        -0.13943666248395398,
        -0.022765207677041772,
        -0.0015470814377884883,
        -3.0813224323040786e-05,
        -3.128544723253306e-08,
    ];
    const Q: [f64; 8] = [
        1.0,
        1.911870781442422,
        1.5144309445687252,
        0.6259600596545982,
        0.1401349281728323,
        0.015936751525590157,
        0.0007739053392892197,
        1.0674120532823299e-05,
    ];
    let a = x.abs();
    let tail = a > 0.97475;
    let small = if tail { 1.0 - a } else { (1.0 - a) * (1.0 + a) };
    let w = -<f64 as Math>::log::<S>(small);
    let low = a * (S::fma64(w, halves::<S, 16>(w - 1.5, &LOW), SLOPE_LOW) + SLOPE);
    let s = w.sqrt();
    let high = s + poly::<S, 8>(s - 1.9, &P) / poly::<S, 8>(s - 1.9, &Q);
    let y = if tail { high } else { low };
    (if a == 1.0 { f64::INFINITY } else { y }).copysign(x)
}
