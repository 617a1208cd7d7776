//! Modified Bessel functions of the first kind, orders 0 and 1, scaled by e^-|x|; and the incomplete gamma
//! function. Series near zero, expansions far out. Float64 scalar code: these are rare.

use std::f64::consts::PI;

use crate::kernels::gamma::lgamma;

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
pub fn incomplete_gamma(a: f64, x: f64, upper: bool) -> f64 {
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
    (a * x.ln() - x - lgamma(a + 1.0)).exp() * sum
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
    (a * x.ln() - x - lgamma(a)).exp() * value
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
            close(incomplete_gamma(a, x, false) + incomplete_gamma(a, x, true), 1.0);
        }
        close(incomplete_gamma(1.0, 2.0, true), (-2f64).exp());
        close(incomplete_gamma(2.0, 3.0, false), 1.0 - 4.0 * (-3f64).exp());
    }

    #[test]
    fn the_scaled_error_function_follows_its_asymptote() {
        close(scaled_erfc(2.0), 0.25539567631050574);
        close(scaled_erfc(1e8), 1e-8 / PI.sqrt());
    }
}
