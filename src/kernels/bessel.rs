//! Modified Bessel functions of the first kind, orders 0 and 1, scaled by e^-|x|; and the incomplete gamma
//! function. Series near zero, expansions far out. Float64 scalar code: these are rare.

use std::f64::consts::PI;

use crate::kernels::gamma::lgamma;
use crate::kernels::isa::Simd;
use crate::kernels::vmath::Math;

/// From here on the asymptotic expansion is as exact as float64.
const FAR: f64 = 20.0;

/// e^-|x| I_n(x) for n = 0 or 1.
pub fn scaled(n: u32, x: f64) -> f64 {
    let a = x.abs();
    let value = if a < FAR { near(n, a) * (-a).exp() } else { far(n, a) };
    if n == 1 && x < 0.0 { -value } else { value }
}

/// I_n(x).
pub fn plain(n: u32, x: f64) -> f64 {
    let a = x.abs();
    let value = if a < FAR { near(n, a) } else { (a / 2.0).exp() * far(n, a) * (a / 2.0).exp() };
    if n == 1 && x < 0.0 { -value } else { value }
}

/// The sum of (x/2)^(2k+n) / (k! (k+n)!): all terms positive.
fn near(n: u32, x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let mut term = if n == 1 { x / 2.0 } else { 1.0 };
    let mut sum = term;
    for k in 1..200 {
        term *= quarter / (k as f64 * (k as f64 + n as f64));
        sum += term;
        if term <= sum * 1e-17 {
            break;
        }
    }
    sum
}

/// The expansion in 1/x of e^-x I_n(x), cut at its smallest term.
fn far(n: u32, x: f64) -> f64 {
    if x.is_infinite() {
        return 0.0;
    }
    let mu = 4.0 * (n * n) as f64;
    let (mut term, mut sum) = (1.0f64, 1.0);
    for k in 1..60 {
        let odd = (2 * k - 1) as f64;
        let next = -term * (mu - odd * odd) / (8.0 * x * k as f64);
        if next.abs() >= term.abs() {
            break;
        }
        term = next;
        sum += term;
        if term.abs() < 1e-17 {
            break;
        }
    }
    sum / (2.0 * PI * x).sqrt()
}

/// The regularised lower (`upper` false) or upper incomplete gamma function.
pub fn incomplete_gamma<S: Simd>(a: f64, x: f64, upper: bool) -> f64 {
    if a.is_nan() || x.is_nan() || a < 0.0 || x < 0.0 || a == 0.0 && x == 0.0 || a.is_infinite() && x.is_infinite() {
        return f64::NAN;
    }
    let lower = if a == 0.0 || x.is_infinite() {
        Some(1.0)
    } else if x == 0.0 || a.is_infinite() {
        Some(0.0)
    } else {
        None
    };
    if let Some(lower) = lower {
        return if upper { 1.0 - lower } else { lower };
    }
    if a > UNIFORM {
        return by_normal::<S>(a, x, upper);
    }
    if x < a + 1.0 {
        let lower = by_series(a, x);
        return if upper { 1.0 - lower } else { lower };
    }
    let above = by_fraction(a, x);
    if upper { above } else { 1.0 - above }
}

const STEPS: usize = 20_000;

/// x^a e^-x / gamma(a + 1), times the sum of x^k / ((a+1) ... (a+k)).
fn by_series(a: f64, x: f64) -> f64 {
    let (mut term, mut sum) = (1.0, 1.0);
    for k in 1..STEPS {
        term *= x / (a + k as f64);
        sum += term;
        if term < sum * 1e-17 {
            break;
        }
    }
    density(a, x) / a * sum
}

/// x^a e^-x / gamma(a). The terms of large a cancel: there it is the normal density, with Stirling's correction.
fn density(a: f64, x: f64) -> f64 {
    if a < 20.0 {
        return (a * x.ln() - x - lgamma(a)).exp();
    }
    let r = 1.0 / (a * a);
    let stirling = (1.0 / 12.0 - r * (1.0 / 360.0 - r * (1.0 / 1260.0 - r * (1.0 / 1680.0 - r / 1188.0)))) / a;
    (-a * above_log((x - a) / a) - stirling).exp() * (a / (2.0 * PI)).sqrt()
}

/// mu - log(1 + mu).
fn above_log(mu: f64) -> f64 {
    if mu.abs() > 0.01 {
        return mu - mu.ln_1p();
    }
    let series = (2..12).rev().fold(0.0, |sum, k| 1.0 / k as f64 - mu * sum);
    mu * mu * series
}

/// From here on the normal distribution and three corrections are as exact as float64.
const UNIFORM: f64 = 1e4;

/// With mu = x/a - 1 and eta^2/2 = mu - log(1 + mu), the correction is a sum of C_k(eta) a^-k, where C_0 = 1/mu - 1/eta and
/// C_k = C_(k-1)'/eta + (-1)^k g_k/mu, g_k Stirling's coefficients: their powers of eta, from the reversion of the series
/// of eta (DLMF 8.12).
const CORRECTIONS: [&[f64]; 3] = [
    &[
        -0.3333333333333333,
        0.08333333333333333,
        -0.014814814814814815,
        0.0011574074074074073,
        0.0003527336860670194,
        -0.0001787551440329218,
        3.919263178522438e-05,
        -2.185448510679992e-06,
        -1.85406221071516e-06,
        8.296711340953087e-07,
        -1.7665952736826078e-07,
        6.707853543401498e-09,
        1.0261809784240309e-08,
        -4.382036018453353e-09,
        9.14769958223679e-10,
        -2.5514193994946248e-11,
        -5.830772132550426e-11,
    ],
    &[
        -0.001851851851851852,
        -0.003472222222222222,
        0.0026455026455026454,
        -0.0009902263374485596,
        0.00020576131687242798,
        -4.018775720164609e-07,
        -1.8098550334489977e-05,
        7.64916091608111e-06,
        -1.6120900894563446e-06,
        4.647127802807434e-09,
        1.378633446915721e-07,
        -5.752545603517705e-08,
    ],
    &[
        0.004133597883597883,
        -0.0026813271604938273,
        0.0007716049382716049,
        2.0093878600823047e-06,
        -0.0001073665322636516,
        5.2923448829120125e-05,
        -1.2760635188618728e-05,
    ],
];

/// Large a: Temme's uniform expansion.
fn by_normal<S: Simd>(a: f64, x: f64, upper: bool) -> f64 {
    let mu = (x - a) / a;
    let half = above_log(mu);
    let eta = (2.0 * half).sqrt().copysign(if upper { mu } else { -mu });
    let tail = <f64 as Math>::erfc::<S>(eta * (a / 2.0).sqrt()) / 2.0;
    if a * half > 750.0 {
        return tail;
    }
    let at = eta.copysign(mu);
    let power = |c: &[f64]| c.iter().rev().fold(0.0, |sum, c| sum * at + c);
    let correction = CORRECTIONS.iter().rev().fold(0.0, |sum, c| sum / a + power(c));
    let rest = (-a * half).exp() / (2.0 * PI * a).sqrt() * correction;
    if upper { tail + rest } else { tail - rest }
}

/// x^a e^-x / gamma(a), times a continued fraction, by Lentz.
fn by_fraction(a: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let mut b = x + 1.0 - a;
    let (mut c, mut d) = (1.0 / TINY, 1.0 / b);
    let mut value = d;
    for k in 1..STEPS {
        let step = -(k as f64) * (k as f64 - a);
        b += 2.0;
        d = 1.0 / nonzero(step * d + b, TINY);
        c = nonzero(b + step / c, TINY);
        value *= c * d;
        if (c * d - 1.0).abs() < 1e-16 {
            break;
        }
    }
    density(a, x) * value
}

fn nonzero(x: f64, tiny: f64) -> f64 {
    if x.abs() < tiny { tiny } else { x }
}

/// e^(t^2) erfc(t) for t >= 2, a continued fraction from its tail.
pub fn scaled_erfc(t: f64) -> f64 {
    let mut tail = t;
    for k in (1..=60).rev() {
        tail = t + k as f64 / 2.0 / tail;
    }
    1.0 / (tail * PI.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::isa::NoFma as Baseline;

    fn gamma(a: f64, x: f64, upper: bool) -> f64 {
        incomplete_gamma::<Baseline>(a, x, upper)
    }

    fn close(got: f64, want: f64) {
        assert!((got - want).abs() <= 1e-13 * want.abs(), "{got} is not {want}");
    }

    #[test]
    fn bessel_functions_meet_where_their_forms_change() {
        for n in [0, 1] {
            close(near(n, 25.0) * (-25f64).exp(), far(n, 25.0));
        }
        close(plain(0, 1.0), 1.2660658777520084);
        close(plain(1, -1.0), -0.5651591039924851);
        close(scaled(0, 50.0), 0.056561626647454184);
        assert_eq!(scaled(1, f64::INFINITY), 0.0);
    }

    #[test]
    fn incomplete_gamma_functions_sum_to_one() {
        for (a, x) in [(0.5, 0.1), (1.0, 1.0), (3.0, 10.0), (100.0, 90.0), (100.0, 120.0), (1e4, 1.01e4)] {
            close(gamma(a, x, false) + gamma(a, x, true), 1.0);
        }
        close(gamma(1.0, 2.0, true), (-2f64).exp());
        close(gamma(2.0, 3.0, false), 1.0 - 4.0 * (-3f64).exp());
        // The two forms on either side of their border, where both hold.
        for x in [0.9e4, 0.99e4, 1e4, 1.01e4, 1.1e4] {
            let near = if x < 1e4 { by_series(1e4, x) } else { by_fraction(1e4, x) };
            let normal = by_normal::<Baseline>(1e4, x, x >= 1e4);
            assert!((near - normal).abs() <= 1e-12 * near, "{x}: {near} is not {normal}");
        }
    }

    #[test]
    fn the_scaled_error_function_follows_its_asymptote() {
        close(scaled_erfc(2.0), 0.25539567631050574);
        close(scaled_erfc(1e8), 1e-8 / PI.sqrt());
    }
}
