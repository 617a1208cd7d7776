//! Reading an image at given points: where each point's neighbours are and what they weigh, with the weights'
//! derivatives. `points.rs` finds them for many points, `image.rs` reads.

mod image;
mod points;

use crate::kernels::float::Float;

pub use image::Shape;
pub use image::backward_grid;
pub use image::backward_image;
pub use image::forward;

#[derive(Clone, Copy, PartialEq)]
pub enum Mode {
    Linear,
    Nearest,
    Cubic,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Padding {
    Zeros,
    Border,
    Reflection,
}

#[derive(Clone, Copy)]
pub struct Rule {
    pub mode: Mode,
    pub padding: Padding,
    pub align: bool,
}

/// A neighbour along one dimension, `OUTSIDE` where there is none; its weight and the weight's derivatives by the
/// coordinate. Weights are polynomials of third degree at most.
#[derive(Clone, Copy)]
pub struct Tap<T> {
    pub at: i32,
    pub weight: [T; 4],
}

pub const OUTSIDE: i32 = -1;

/// Neighbours along one dimension.
pub const fn count(mode: Mode) -> usize {
    match mode {
        Mode::Nearest => 1,
        Mode::Linear => 2,
        Mode::Cubic => 4,
    }
}

#[inline(always)]
fn index<T: Float>(place: T, size: usize) -> i32 {
    let size = size.min(i32::MAX as usize);
    let place = if place >= T::ZERO { place } else { -T::ONE };
    let place = if place < T::of(size as f64) { place } else { -T::ONE };
    // SAFETY: a number from -1 to 2^31 - 1, or to 2^31 - 128 in float32.
    let at: i32 = unsafe { T::to_f64(place).to_int_unchecked() };
    // The size may have been rounded.
    at.min(size as i32 - 1)
}

/// Back into the image, with the derivative.
#[inline(always)]
fn clip<T: Float>(x: T, size: usize) -> (T, T) {
    let last = T::of(size as f64 - 1.0);
    let below = if x >= last { last } else { x };
    let held = if x <= T::ZERO { T::ZERO } else { below };
    (held, if x <= T::ZERO || x >= last { T::ZERO } else { T::ONE })
}

#[inline(always)]
fn reflect<T: Float>(x: T, size: usize, align: bool) -> (T, T) {
    let (low, span) = if align { (0.0, size as f64 - 1.0) } else { (-0.5, size as f64) };
    if span == 0.0 {
        return (T::ZERO, T::ZERO);
    }
    let (low, span) = (T::of(low), T::of(span));
    let from = x - low;
    let (sign, far) = if from < T::ZERO { (-T::ONE, -from) } else { (T::ONE, from) };
    // Most are near enough for no call.
    if far < span {
        return (far + low, sign);
    }
    let (rest, flips) = (T::fmod(far, span), T::to_f64(T::floor(far / span)));
    if flips % 2.0 == 0.0 { (rest + low, sign) } else { (span - rest + low, -sign) }
}

impl Rule {
    /// A coordinate in elements after padding, and the derivative of that.
    #[inline(always)]
    fn padded<T: Float>(&self, x: T, size: usize) -> (T, T) {
        match self.padding {
            Padding::Zeros => (x, T::ONE),
            Padding::Border => clip(x, size),
            Padding::Reflection => {
                let (inner, a) = reflect(x, size, self.align);
                let (held, b) = clip(inner, size);
                (held, a * b)
            }
        }
    }

    /// The neighbours of a coordinate of [-1, 1].
    #[inline(always)]
    pub fn taps<T: Float>(&self, coordinate: T, size: usize) -> [Tap<T>; 4] {
        let (n, half) = (T::of(size as f64), T::of(0.5));
        let (place, slope) = if self.align {
            ((coordinate + T::ONE) * half * (n - T::ONE), (n - T::ONE) * half)
        } else {
            (((coordinate + T::ONE) * n - T::ONE) * half, n * half)
        };
        let mut taps = [Tap { at: OUTSIDE, weight: [T::ZERO; 4] }; 4];
        if self.mode == Mode::Cubic {
            self.cubic(place, slope, size, &mut taps);
            return taps;
        }
        let (place, turn) = self.padded(place, size);
        if self.mode == Mode::Nearest {
            taps[0] = Tap { at: index(T::round(place), size), weight: [T::ONE, T::ZERO, T::ZERO, T::ZERO] };
            return taps;
        }
        let below = T::floor(place);
        let (far, slope) = (place - below, slope * turn);
        taps[0] = Tap { at: index(below, size), weight: [T::ONE - far, -slope, T::ZERO, T::ZERO] };
        taps[1] = Tap { at: index(below + T::ONE, size), weight: [far, slope, T::ZERO, T::ZERO] };
        taps
    }

    #[inline(always)]
    fn cubic<T: Float>(&self, place: T, slope: T, size: usize, taps: &mut [Tap<T>; 4]) {
        let below = T::floor(place);
        let t = place - below;
        let a = T::of(-0.75);
        let number = |x: f64| T::of(x);
        for (k, tap) in taps.iter_mut().enumerate() {
            // The distance from the neighbour and its sign; a cubic in it, from the constant term on.
            let (x, sign) = match k {
                0 => (t + T::ONE, T::ONE),
                1 => (t, T::ONE),
                2 => (T::ONE - t, -T::ONE),
                _ => (number(2.0) - t, -T::ONE),
            };
            let c = match k {
                1 | 2 => [T::ONE, T::ZERO, -(a + number(3.0)), a + number(2.0)],
                _ => [-number(4.0) * a, number(8.0) * a, -number(5.0) * a, a],
            };
            let step = slope * sign;
            tap.weight = [
                ((c[3] * x + c[2]) * x + c[1]) * x + c[0],
                ((number(3.0) * c[3] * x + number(2.0) * c[2]) * x + c[1]) * step,
                (number(6.0) * c[3] * x + number(2.0) * c[2]) * step * step,
                number(6.0) * c[3] * step * step * step,
            ];
            let (at, _) = self.padded(below + number(k as f64 - 1.0), size);
            // Reflected halves are cut, as an integer conversion does.
            tap.at = if T::to_f64(at) > -1.0 { index(T::trunc(at), size) } else { OUTSIDE };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: [(Mode, Padding); 8] = [
        (Mode::Linear, Padding::Zeros),
        (Mode::Linear, Padding::Border),
        (Mode::Linear, Padding::Reflection),
        (Mode::Nearest, Padding::Zeros),
        (Mode::Nearest, Padding::Reflection),
        (Mode::Cubic, Padding::Zeros),
        (Mode::Cubic, Padding::Border),
        (Mode::Cubic, Padding::Reflection),
    ];

    #[test]
    fn weights_sum_to_one_and_derivatives_are_differences() {
        for (mode, padding) in RULES {
            for (align, size) in [(true, 5), (false, 5), (false, 1), (true, 2)] {
                let rule = Rule { mode, padding, align };
                for i in 0..40 {
                    let x = i as f64 / 17.0 - 1.13;
                    let (taps, next) = (rule.taps(x, size), rule.taps(x + 1e-6, size));
                    let sum: f64 = taps[..count(mode)].iter().map(|t| t.weight[0]).sum();
                    assert!((sum - 1.0).abs() < 1e-12);
                    for (a, b) in taps.iter().zip(&next).filter(|(a, b)| a.at == b.at) {
                        assert!((b.weight[0] - a.weight[0] - 1e-6 * a.weight[1]).abs() < 1e-9, "{x}");
                        assert!((b.weight[1] - a.weight[1] - 1e-6 * a.weight[2]).abs() < 1e-9);
                    }
                    assert!(taps.iter().all(|t| t.at == OUTSIDE || (t.at as usize) < size));
                    assert!(padding == Padding::Zeros || taps[..count(mode)].iter().all(|t| (t.at as usize) < size || t.weight[0] == 0.0));
                }
            }
        }
    }

    #[test]
    fn gradients_are_the_transpose_of_reading() {
        for (mode, padding) in RULES {
            for image in [&[4, 5][..], &[2, 3, 4]] {
                if mode == Mode::Cubic && image.len() == 3 {
                    continue;
                }
                let rule = Rule { mode, padding, align: false };
                let (channels, points, n) = (11, 9, image.len());
                let shape = Shape { channels, image, points };
                let pattern = |count: usize, scale: f64| (0..count).map(|i| ((i * 37 % 23) as f64 - 11.0) * scale).collect::<Vec<_>>();
                let (x, grid) = (pattern(2 * channels * image.iter().product::<usize>(), 0.1), pattern(2 * points * n, 0.11));
                let g = pattern(2 * channels * points, 0.3);
                let (mut y, mut dx) = (vec![0.0; g.len()], vec![0.0; x.len()]);
                forward(&rule, shape, &x, &grid, &mut y);
                backward_image(&rule, shape, &grid, &g, &mut dx);
                let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
                assert!((dot(&y, &g) - dot(&x, &dx)).abs() < 1e-9);
            }
        }
    }
}
