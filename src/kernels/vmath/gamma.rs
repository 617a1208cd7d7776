//! log |gamma(x)| in f64 lanes: a polynomial about 2, shifts to reach it, Stirling's formula beyond, and a reflection.

use std::f64::consts::PI;

use super::ROUND;
use super::poly;
use super::single::log_wide;
use crate::kernels::isa::Simd;

/// log gamma(a) for a >= 0 that came from f32.
#[inline(always)]
fn positive<S: Simd>(a: f64) -> f64 {
    /// log gamma(2 + y) / y for |y| <= 1/2.
    const NEAR_TWO: [f64; 12] = [
        0.4227843350997953,
        0.3224670334234966,
        -0.06735230143541507,
        0.020580808605237744,
        -0.007385533261288008,
        0.0028905020821439896,
        -0.0011930547050406706,
        0.0005098091580313527,
        -0.00022086982602425632,
        9.839697643190869e-05,
        -5.278721858454867e-05,
        2.4154595381278688e-05,
    ];
    /// a (log gamma(a) - (a - 1/2) log a + a - log(2 pi) / 2) in 1 / a^2.
    const STIRLING: [f64; 4] = [0.08333333312119086, -0.0027776941948215584, 0.0007883901767175485, -0.0004847634002560771];
    const HALF_LOG_2PI: f64 = 0.918_938_533_204_672_7;
    let (low, middle, large) = (a < 0.5, a < 1.5, a >= 3.5);
    // gamma(a) = gamma(2 + y) * factor, or / factor below 3/2.
    let y = if a < 2.5 { a - 2.0 } else { a - 3.0 };
    let y = if middle { a - 1.0 } else { y };
    let y = if low { a } else { y };
    let factor = if a < 2.5 { 1.0 } else { a - 1.0 };
    let factor = if middle { a } else { factor };
    let factor = if low { a * (a + 1.0) } else { factor };
    let log = log_wide::<S>(if large { a } else { factor });
    let near = S::fma64(y, poly::<S, 12>(y, &NEAR_TWO), if middle { -log } else { log });
    let r = 1.0 / a;
    let far = S::fma64(a - 0.5, log - 1.0, S::fma64(r, poly::<S, 4>(r * r, &STIRLING), HALF_LOG_2PI - 0.5));
    if large { far } else { near }
}

/// For x < 0: gamma(x) gamma(-x) = -pi / (x sin(pi x)).
#[inline(always)]
pub fn lgamma32<S: Simd>(x: f32) -> f32 {
    const SIN_PI: [f64; 7] = [
        3.141592653589635,
        -5.167712779987959,
        2.550164035906745,
        -0.5992644339357286,
        0.08214479467064854,
        -0.007364005472115722,
        0.0004474920849077101,
    ];
    let a = x.abs() as f64;
    let y = positive::<S>(a);
    let fraction = a - ((a + ROUND) - ROUND);
    let sine = fraction * poly::<S, 7>(fraction * fraction, &SIN_PI);
    let reflected = -log_wide::<S>((a * sine).abs() * (1.0 / PI)) - y;
    let reflected = if a >= 8388608.0 { f64::INFINITY } else { reflected };
    (if x < 0.0 { reflected } else { y }) as f32
}
