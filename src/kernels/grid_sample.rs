//! Reading an image at given points: where each point's neighbours are and what they weigh, with the weights'
//! derivatives. Points and channels are independent; gradients of the image add up in the order of the points.

use crate::kernels::float::Float;
use crate::kernels::rows::Shared;
use crate::par;

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
    pub at: usize,
    pub weight: [T; 4],
}

pub const OUTSIDE: usize = usize::MAX;

/// Neighbours along one dimension.
pub const fn count(mode: Mode) -> usize {
    match mode {
        Mode::Nearest => 1,
        Mode::Linear => 2,
        Mode::Cubic => 4,
    }
}

fn index<T: Float>(place: T, size: usize) -> usize {
    let x = T::to_f64(place);
    if x >= 0.0 && x < size as f64 { x as usize } else { OUTSIDE }
}

/// Back into the image, with the derivative.
fn clip<T: Float>(x: T, size: usize) -> (T, T) {
    let last = T::of(size as f64 - 1.0);
    match x {
        _ if x <= T::ZERO => (T::ZERO, T::ZERO),
        _ if x >= last => (last, T::ZERO),
        _ => (x, T::ONE),
    }
}

fn reflect<T: Float>(x: T, size: usize, align: bool) -> (T, T) {
    let (low, span) = if align { (0.0, size as f64 - 1.0) } else { (-0.5, size as f64) };
    if span == 0.0 {
        return (T::ZERO, T::ZERO);
    }
    let (low, span) = (T::of(low), T::of(span));
    let from = x - low;
    let (sign, far) = if from < T::ZERO { (-T::ONE, -from) } else { (T::ONE, from) };
    let (rest, flips) = (T::fmod(far, span), T::to_f64(T::floor(far / span)));
    if flips % 2.0 == 0.0 { (rest + low, sign) } else { (span - rest + low, -sign) }
}

impl Rule {
    /// A coordinate in elements after padding, and the derivative of that.
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
    #[inline]
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

/// Sizes of a call: batch, channels, the image's last dimensions, points of a sample.
#[derive(Clone, Copy)]
pub struct Shape<'a> {
    pub channels: usize,
    pub image: &'a [usize],
    pub points: usize,
}

/// The neighbours of one point: offset, weight, and the weight's derivative by each of the grid's coordinates.
#[inline]
fn neighbours<T: Float>(rule: &Rule, image: &[usize], point: &[T], mut each: impl FnMut(usize, T, [T; 3])) {
    let (n, k) = (image.len(), count(rule.mode));
    let mut taps = [[Tap { at: OUTSIDE, weight: [T::ZERO; 4] }; 4]; 3];
    // The grid's first coordinate is the width's.
    (0..n).for_each(|d| taps[d] = rule.taps(point[n - 1 - d], image[d]));
    for choice in 0..k.pow(n as u32) {
        let (mut rest, mut offset, mut weight) = (choice, 0, T::ONE);
        let mut picked = [taps[0][0]; 3];
        for d in (0..n).rev() {
            picked[d] = taps[d][rest % k];
            rest /= k;
        }
        if picked[..n].iter().any(|tap| tap.at == OUTSIDE) {
            continue;
        }
        for d in 0..n {
            offset = offset * image[d] + picked[d].at;
            weight = weight * picked[d].weight[0];
        }
        let mut slopes = [T::ZERO; 3];
        for d in 0..n {
            let others = (0..n).filter(|&e| e != d).fold(T::ONE, |w, e| w * picked[e].weight[0]);
            slopes[n - 1 - d] = picked[d].weight[1] * others;
        }
        each(offset, weight, slopes);
    }
}

/// Points whose neighbours are known at a time: each channel passes over them in a row.
const BLOCK: usize = 128;
/// Channels that share the neighbours where a task owns channels.
const CHANNELS: usize = 16;

/// The neighbours of some points one after another; `ends` says where each point's end.
struct Block<T> {
    ends: Vec<u32>,
    at: Vec<u32>,
    weight: Vec<T>,
    slope: Vec<[T; 3]>,
}

impl<T: Float> Block<T> {
    fn of(rule: &Rule, image: &[usize], grid: &[T]) -> Block<T> {
        let n = image.len();
        let room = grid.len() / n * count(rule.mode).pow(n as u32);
        let (at, weight, slope) = (Vec::with_capacity(room), Vec::with_capacity(room), Vec::with_capacity(room));
        let mut block = Block { ends: Vec::with_capacity(BLOCK), at, weight, slope };
        for point in grid.chunks_exact(n) {
            neighbours(rule, image, point, |at, weight, slope| {
                block.at.push(at as u32);
                block.weight.push(weight);
                block.slope.push(slope);
            });
            block.ends.push(block.at.len() as u32);
        }
        block
    }

    /// Calls `f(i, range of neighbours)` for every point.
    #[inline(always)]
    fn each(&self, mut f: impl FnMut(usize, std::ops::Range<usize>)) {
        let mut from = 0;
        for (i, &end) in self.ends.iter().enumerate() {
            f(i, from..end as usize);
            from = end as usize;
        }
    }
}

/// Runs `task(sample, first point, last point)` over all blocks.
fn by_blocks(samples: usize, points: usize, task: impl Fn(usize, usize, usize) + Sync) {
    let blocks = points.div_ceil(BLOCK);
    par::run(samples * blocks, &|t| {
        let first = t % blocks * BLOCK;
        task(t / blocks, first, (first + BLOCK).min(points));
    });
}

fn samples<T>(grid: &[T], shape: &Shape) -> usize {
    (grid.len() / shape.image.len()).checked_div(shape.points).unwrap_or(0)
}

/// out[n][c][p] = the image of n, c at point p.
pub fn forward<T: Float>(rule: &Rule, shape: Shape, x: &[T], grid: &[T], out: &mut [T]) {
    let (n, plane) = (shape.image.len(), shape.image.iter().product::<usize>());
    let (points, channels) = (shape.points, shape.channels);
    let (count, out) = (samples(grid, &shape), Shared::of(out));
    by_blocks(count, points, |sample, first, last| {
        let block = Block::of(rule, shape.image, &grid[(sample * points + first) * n..(sample * points + last) * n]);
        for c in sample * channels..(sample + 1) * channels {
            let (x, to) = (&x[c * plane..(c + 1) * plane], out.part(c * points + first, c * points + last));
            block.each(|i, taps| {
                let list = block.at[taps.clone()].iter().zip(&block.weight[taps]);
                to[i] = list.fold(T::ZERO, |sum, (&at, &w)| sum + w * x[at as usize]);
            });
        }
    });
}

/// The gradient of the grid.
pub fn backward_grid<T: Float>(rule: &Rule, shape: Shape, x: &[T], grid: &[T], g: &[T], out: &mut [T]) {
    let (n, plane) = (shape.image.len(), shape.image.iter().product::<usize>());
    let (points, channels) = (shape.points, shape.channels);
    let (count, out) = (samples(grid, &shape), Shared::of(out));
    by_blocks(count, points, |sample, first, last| {
        let (from, to) = ((sample * points + first) * n, (sample * points + last) * n);
        let block = Block::of(rule, shape.image, &grid[from..to]);
        // For each neighbour, the sum over channels.
        let mut along = vec![T::ZERO; block.at.len()];
        for c in sample * channels..(sample + 1) * channels {
            let (x, g) = (&x[c * plane..(c + 1) * plane], &g[c * points + first..c * points + last]);
            block.each(|i, taps| {
                let list = along[taps.clone()].iter_mut().zip(&block.at[taps]);
                list.for_each(|(sum, &at)| *sum = *sum + g[i] * x[at as usize]);
            });
        }
        let out = out.part(from, to);
        out.fill(T::ZERO);
        block.each(|i, taps| {
            for (sum, slope) in along[taps.clone()].iter().zip(&block.slope[taps]) {
                out[i * n..(i + 1) * n].iter_mut().zip(slope).for_each(|(o, &s)| *o = *o + s * *sum);
            }
        });
    });
}

/// Adds the gradient of the image.
pub fn backward_image<T: Float>(rule: &Rule, shape: Shape, grid: &[T], g: &[T], out: &mut [T]) {
    let (n, plane) = (shape.image.len(), shape.image.iter().product::<usize>());
    let (points, channels) = (shape.points, shape.channels);
    let groups = channels.div_ceil(CHANNELS);
    let (count, out) = (samples(grid, &shape), Shared::of(out));
    par::run(count * groups, &|t| {
        let (sample, first) = (t / groups, t % groups * CHANNELS);
        let (base, last) = (sample * channels, (first + CHANNELS).min(channels));
        for from in (0..points).step_by(BLOCK) {
            let to = (from + BLOCK).min(points);
            let block = Block::of(rule, shape.image, &grid[(sample * points + from) * n..(sample * points + to) * n]);
            for c in base + first..base + last {
                let (g, out) = (&g[c * points + from..c * points + to], out.part(c * plane, (c + 1) * plane));
                block.each(|i, taps| {
                    let list = block.at[taps.clone()].iter().zip(&block.weight[taps]);
                    list.for_each(|(&at, &w)| out[at as usize] = out[at as usize] + w * g[i]);
                });
            }
        }
    });
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
                    assert!(taps.iter().all(|t| t.at == OUTSIDE || t.at < size));
                    assert!(padding == Padding::Zeros || taps[..count(mode)].iter().all(|t| t.at < size || t.weight[0] == 0.0));
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
