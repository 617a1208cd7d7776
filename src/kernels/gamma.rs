//! The gamma function's kin in float64: shifts to where a series converges,
//! reflections for negative arguments. Scalar code: these are rare.

use std::f64::consts::PI;

/// log |gamma(x)|.
pub fn lgamma(x: f64) -> f64 {
    if x.is_nan() || x.is_infinite() {
        return x.abs();
    }
    if x <= 0.0 {
        if x == x.floor() {
            return f64::INFINITY;
        }
        return PI.ln() - (PI * (x - x.floor())).sin().abs().ln() - lgamma(1.0 - x);
    }
    if x == 1.0 || x == 2.0 {
        return 0.0;
    }
    let (mut shifted, mut product) = (x, 1.0);
    while shifted < 10.0 {
        product *= shifted;
        shifted += 1.0;
    }
    let r = 1.0 / (shifted * shifted);
    let series =
        (1.0 / 12.0 - r * (1.0 / 360.0 - r * (1.0 / 1260.0 - r * (1.0 / 1680.0 - r * (1.0 / 1188.0 - r * 691.0 / 360360.0))))) / shifted;
    (shifted - 0.5) * shifted.ln() - shifted + 0.5 * (2.0 * PI).ln() + series - product.ln()
}

/// The derivative of lgamma.
pub fn digamma(x: f64) -> f64 {
    if x == 0.0 {
        return f64::INFINITY.copysign(-x);
    }
    if x < 0.0 {
        if x == x.floor() {
            return f64::NAN;
        }
        return digamma(1.0 - x) - PI / (PI * (x - x.floor())).tan();
    }
    let (mut shifted, mut sum) = (x, 0.0);
    while shifted < 10.0 {
        sum -= 1.0 / shifted;
        shifted += 1.0;
    }
    let r = 1.0 / (shifted * shifted);
    let series = r * (1.0 / 12.0 - r * (1.0 / 120.0 - r * (1.0 / 252.0 - r * (1.0 / 240.0 - r * (1.0 / 132.0 - r * 691.0 / 32760.0)))));
    sum + shifted.ln() - 0.5 / shifted - series
}

/// The derivative of digamma, reflected as PyTorch does it: at the poles of negative numbers the sine of a rounded multiple
/// of pi, in the input's type, is not quite 0.
pub fn trigamma(x: f64, single: bool) -> f64 {
    let (mut x, mut sum, mut sign) = (x, 0.0, 1.0);
    if x < 0.5 {
        let sine = if single { (std::f32::consts::PI * x as f32).sin() as f64 } else { (PI * x).sin() };
        (x, sum, sign) = (1.0 - x, -(PI * PI) / (sine * sine), -1.0);
    }
    for _ in 0..10 {
        sum += 1.0 / (x * x);
        x += 1.0;
    }
    let r = 1.0 / (x * x);
    let series = r * (1.0 / 6.0 - r * (1.0 / 30.0 - r * (1.0 / 42.0 - r * (1.0 / 30.0 - r * 5.0 / 66.0))));
    sign * (sum + (1.0 + 0.5 / x + series) / x)
}

/// The n-th derivative of digamma, n > 1.
pub fn polygamma(n: i64, x: f64) -> f64 {
    let factorial: f64 = (1..=n).map(|k| k as f64).product();
    let sign = if n % 2 == 0 { -1.0 } else { 1.0 };
    sign * factorial * zeta(n as f64 + 1.0, x)
}

/// The sum over k >= 0 of (q + k)^-s, by Euler and Maclaurin.
pub fn zeta(s: f64, q: f64) -> f64 {
    if s == 1.0 {
        return f64::INFINITY;
    }
    if s < 1.0 || q.is_nan() {
        return f64::NAN;
    }
    if q <= 0.0 {
        if q == q.floor() {
            return f64::INFINITY;
        }
        if s != s.floor() {
            return f64::NAN;
        }
    }
    let (mut total, mut a, mut steps) = (0.0, q, 0);
    while steps < 10 || a <= 9.0 {
        total += a.powf(-s);
        a += 1.0;
        steps += 1;
    }
    let tail = a.powf(-s);
    total += tail * a / (s - 1.0) + 0.5 * tail;
    // Bernoulli numbers B_2k over (2k)!.
    const B: [f64; 8] = [
        1.0 / 12.0,
        -1.0 / 720.0,
        1.0 / 30240.0,
        -1.0 / 1209600.0,
        1.0 / 47900160.0,
        -691.0 / 1307674368000.0,
        1.0 / 74724249600.0,
        -3617.0 / 10670622842880000.0,
    ];
    let (mut rising, mut power) = (s, tail / a);
    for (k, b) in B.iter().enumerate() {
        total += b * rising * power;
        let k = 2.0 * k as f64;
        rising *= (s + k + 1.0) * (s + k + 2.0);
        power /= a * a;
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_are_known() {
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-12 * b.abs().max(1.0), "{a} {b}");
        near(lgamma(5.0), 24f64.ln());
        near(lgamma(0.5), PI.sqrt().ln());
        near(lgamma(-0.5), (2.0 * PI.sqrt()).ln());
        near(digamma(1.0), -0.577_215_664_901_532_9);
        near(digamma(-0.5), 0.036_489_973_978_576_52);
        near(trigamma(1.0, false), PI * PI / 6.0);
        near(trigamma(-0.5, false), PI * PI / 2.0 + 4.0);
        near(trigamma(30.0, true), 0.033_895_060_357_74);
        near(polygamma(2, 1.0), -2.404_113_806_319_188_6);
        near(zeta(4.0, 1.0), PI.powi(4) / 90.0);
    }
}
