//! sin, cos and tan for |x| <= `TURNS`: x less a multiple of pi/2, then the series of the quarter it falls in.
//! f32 runs in f64 lanes, rounded once.

use super::ROUND;
use super::double::whole;
use super::poly;
use crate::kernels::isa::Simd;

/// pi/2 in three parts, the first two of 33 bits, so that products with the number of quarters are exact.
const P1: f64 = 1.5707963267341256;
const P2: f64 = 6.077100506303966e-11;
const P3: f64 = 2.0222662487959506e-21;

/// (quarter, sin r, cos r) with x = quarter pi/2 + r, to 1e-10.
#[inline(always)]
fn turn32<S: Simd>(x: f32) -> (i64, f64, f64) {
    const SIN: [f64; 4] = [-0.16666666663797544, 0.008333331852310973, -0.00019840074665737465, 2.7248364773036666e-06];
    const COS: [f64; 5] = [1.0, -0.4999999996848524, 0.041666650398591784, -0.0013887575904836982, 2.4462074565392734e-05];
    let x = x as f64;
    let t = S::fma64(x, std::f64::consts::FRAC_2_PI, ROUND);
    let n = t - ROUND;
    let r = S::fma64(n, -P2, S::fma64(n, -P1, x));
    let z = r * r;
    (whole(t), S::fma64(poly::<S, 4>(z, &SIN) * z, r, r), poly::<S, 5>(z, &COS))
}

/// sin of so many quarters more.
#[inline(always)]
fn sine((n, sin, cos): (i64, f64, f64), quarters: i64) -> f64 {
    let n = n.wrapping_add(quarters);
    let y = if n & 1 == 0 { sin } else { cos };
    if n & 2 == 0 { y } else { -y }
}

#[inline(always)]
fn tangent((n, sin, cos): (i64, f64, f64)) -> f64 {
    let even = n & 1 == 0;
    (if even { sin } else { -cos }) / (if even { cos } else { sin })
}

#[inline(always)]
pub fn sin32<S: Simd>(x: f32) -> f32 {
    let y = sine(turn32::<S>(x), 0) as f32;
    if x == 0.0 { x } else { y }
}

#[inline(always)]
pub fn cos32<S: Simd>(x: f32) -> f32 {
    sine(turn32::<S>(x), 1) as f32
}

#[inline(always)]
pub fn tan32<S: Simd>(x: f32) -> f32 {
    let y = tangent(turn32::<S>(x)) as f32;
    if x == 0.0 { x } else { y }
}

/// (quarter, sin r, cos r) as `turn32`, with what r loses to rounding as a second term.
#[inline(always)]
fn turn64<S: Simd>(x: f64) -> (i64, f64, f64) {
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
    (whole(t), sin, cos)
}

#[inline(always)]
pub fn sin64<S: Simd>(x: f64) -> f64 {
    let y = sine(turn64::<S>(x), 0);
    if x == 0.0 { x } else { y }
}

#[inline(always)]
pub fn cos64<S: Simd>(x: f64) -> f64 {
    sine(turn64::<S>(x), 1)
}

#[inline(always)]
pub fn tan64<S: Simd>(x: f64) -> f64 {
    let y = tangent(turn64::<S>(x));
    if x == 0.0 { x } else { y }
}
