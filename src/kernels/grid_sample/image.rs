//! Reading images at points, and the derivatives. Where many points are read, an image is first turned to pixels of `W`
//! channels side by side. Points are independent; gradients of the image add up in the order of the points.

use std::cell::RefCell;

use super::Rule;
use super::points::BLOCK;
use super::points::Points;
use crate::kernels::float::Float;
use crate::kernels::isa::Simd;
use crate::kernels::rows::Shared;
use crate::kernels::rows::settled;
use crate::kernels::scratch::Scratch;
use crate::par;
use crate::stamp;

/// Sizes of a call: channels, the image's last dimensions, points of a sample.
#[derive(Clone, Copy)]
pub struct Shape<'a> {
    pub channels: usize,
    pub image: &'a [usize],
    pub points: usize,
}

/// Channels that are read together, a group.
const W: usize = 8;

type Pixel<T> = [T; W];

/// Turned pixels that are held at once: whole samples, at least one.
const TURNED: usize = 128 * 1024;

thread_local! {
    static PIXELS: RefCell<Scratch> = const { RefCell::new(Scratch::EMPTY) };
}

impl Shape<'_> {
    fn plane(&self) -> usize {
        self.image.iter().product()
    }

    fn groups(&self) -> usize {
        self.channels.div_ceil(W)
    }

    /// Channels of a group.
    fn members(&self, group: usize) -> usize {
        W.min(self.channels - group * W)
    }

    /// Pixels of a turned sample: each group ends with one of zeros, which stands for what is outside.
    fn pixels(&self) -> usize {
        self.groups() * (self.plane() + 1)
    }

    /// Whether so many points are read that turning the image costs less than reading it as it lies.
    fn turns(&self) -> bool {
        self.points * 4 >= self.plane()
    }

    fn samples<T>(&self, grid: &[T]) -> usize {
        (grid.len() / self.image.len()).checked_div(self.points).unwrap_or(0)
    }

    /// The points `first..last` of a sample.
    fn part<'a, T>(&self, grid: &'a [T], sample: usize, first: usize, last: usize) -> &'a [T] {
        let n = self.image.len();
        &grid[(sample * self.points + first) * n..(sample * self.points + last) * n]
    }
}

/// Channels of a group side by side, from rows `stride` apart; zeros for those that are missing.
#[inline(always)]
fn turn_body<S: Simd, T: Float>(x: &[T], stride: usize, channels: usize, pixels: &mut [Pixel<T>]) {
    let n = pixels.len();
    if channels == W {
        let rows: [&[T]; W] = std::array::from_fn(|j| &x[j * stride..][..n]);
        for (i, pixel) in pixels.iter_mut().enumerate() {
            *pixel = [rows[0][i], rows[1][i], rows[2][i], rows[3][i], rows[4][i], rows[5][i], rows[6][i], rows[7][i]];
        }
        return;
    }
    pixels.fill([T::ZERO; W]);
    for j in 0..channels {
        pixels.iter_mut().zip(&x[j * stride..][..n]).for_each(|(pixel, &x)| pixel[j] = x);
    }
}

stamp! { fn turn<T>(x: &[T], stride: usize, channels: usize, pixels: &mut [Pixel<T>]) where [T: Float] = turn_body; }

/// The pixels of a group of channels of one sample.
trait Image<T>: Copy {
    fn at(&self, i: u32) -> Pixel<T>;
}

#[derive(Clone, Copy)]
struct Turned<'a, T>(&'a [Pixel<T>]);

impl<T: Float> Image<T> for Turned<'_, T> {
    #[inline(always)]
    fn at(&self, i: u32) -> Pixel<T> {
        self.0[i as usize]
    }
}

/// As the channels lie, one plane after the other.
#[derive(Clone, Copy)]
struct Lying<'a, T>(&'a [T], usize);

impl<T: Float> Image<T> for Lying<'_, T> {
    #[inline(always)]
    fn at(&self, i: u32) -> Pixel<T> {
        let (i, plane) = (i as usize, self.1);
        let mut pixel = [T::ZERO; W];
        if i < plane {
            for (x, row) in pixel.iter_mut().zip(self.0.chunks_exact(plane)) {
                *x = row[i];
            }
        }
        pixel
    }
}

/// A sample's groups.
#[derive(Clone, Copy)]
enum Groups<'a, T> {
    Turned(&'a [Pixel<T>]),
    Lying(&'a [T]),
}

/// Calls `$f` with each group's number and image.
macro_rules! each_group {
    ($shape:expr, $groups:expr, |$group:ident, $image:ident| $f:expr) => {{
        let plane = $shape.plane();
        match $groups {
            Groups::Turned(pixels) => pixels.chunks_exact(plane + 1).map(Turned).enumerate().for_each(|($group, $image)| $f),
            Groups::Lying(x) => x.chunks(W * plane).map(|x| Lying(x, plane)).enumerate().for_each(|($group, $image)| $f),
        }
    }};
}

/// Runs `task(sample, its groups, first point, last point)` over blocks of points of all samples.
fn over_points<T: Float>(shape: Shape, x: &[T], samples: usize, task: impl Fn(usize, Groups<T>, usize, usize) + Sync) {
    let (plane, groups, each) = (shape.plane(), shape.groups(), shape.pixels());
    let (length, blocks) = (shape.channels * plane, shape.points.div_ceil(BLOCK));
    let by_blocks = |samples: usize, task: &(dyn Fn(usize, usize, usize) + Sync)| {
        par::run(samples * blocks, &|t| {
            let first = t % blocks * BLOCK;
            task(t / blocks, first, (first + BLOCK).min(shape.points));
        });
    };
    let sample = |s: usize| &x[s * length..(s + 1) * length];
    if !shape.turns() {
        return by_blocks(samples, &|s, first, last| task(s, Groups::Lying(sample(s)), first, last));
    }
    let wave = (TURNED / each.max(1)).clamp(1, samples.max(1));
    PIXELS.with_borrow_mut(|room| {
        let pixels = room.slice::<T>(wave * each * W).as_chunks_mut::<W>().0;
        for from in (0..samples).step_by(wave) {
            let count = wave.min(samples - from);
            let shared = Shared::of(pixels);
            par::run(count * groups, &|t| {
                let (s, group) = (t / groups, t % groups);
                let [image, last] = [0, plane].map(|i| s * each + group * (plane + 1) + i);
                turn(&sample(from + s)[group * W * plane..], plane, shape.members(group), shared.part(image, last));
                shared.part(last, last + 1)[0] = [T::ZERO; W];
            });
            let pixels = &*pixels;
            by_blocks(count, &|s, first, last| task(from + s, Groups::Turned(&pixels[s * each..(s + 1) * each]), first, last));
        }
    });
}

#[inline(always)]
fn read_body<S: Simd, T: Float, I: Image<T>>(image: I, points: &Points<T>, out: &mut [Pixel<T>; BLOCK]) {
    for (i, out) in out[..points.count].iter_mut().enumerate() {
        let mut sum = [T::ZERO; W];
        for k in 0..points.at.len() {
            let (pixel, w) = (image.at(points.at[k][i]), points.weight[k][i]);
            (0..W).for_each(|j| sum[j] = T::fma::<S>(w, pixel[j], sum[j]));
        }
        *out = sum;
    }
}

stamp! { fn read<T, I>(image: I, points: &Points<T>, out: &mut [Pixel<T>; BLOCK]) where [T: Float, I: Image<T>] = read_body; }

/// out[n][c][p] = the image of n, c at point p.
pub fn forward<T: Float>(rule: &Rule, shape: Shape, x: &[T], grid: &[T], out: &mut [T]) {
    let (samples, out) = (shape.samples(grid), Shared::of(out));
    over_points(shape, x, samples, |sample, groups, first, last| {
        let points = Points::of(rule, shape.image, shape.part(grid, sample, first, last), false);
        let mut block = [[T::ZERO; W]; BLOCK];
        each_group!(shape, groups, |group, image| {
            read(image, &points, &mut block);
            for j in 0..shape.members(group) {
                let row = (sample * shape.channels + group * W + j) * shape.points;
                out.part(row + first, row + last).iter_mut().zip(&block).for_each(|(to, pixel)| *to = pixel[j]);
            }
        });
    });
}

/// Adds to each neighbour of each point its product with the point's gradient, channel by channel.
#[inline(always)]
fn along_body<S: Simd, T: Float, I: Image<T>>(image: I, points: &Points<T>, g: &[Pixel<T>; BLOCK], along: &mut [[Pixel<T>; BLOCK]]) {
    for (at, along) in points.at.iter().zip(along) {
        for (i, g) in g[..points.count].iter().enumerate() {
            let pixel = image.at(at[i]);
            (0..W).for_each(|j| along[i][j] = T::fma::<S>(g[j], pixel[j], along[i][j]));
        }
    }
}

stamp! { fn add_along<T, I>(image: I, points: &Points<T>, g: &[Pixel<T>; BLOCK], along: &mut [[Pixel<T>; BLOCK]]) where [T: Float, I: Image<T>] = along_body; }

/// The gradient of the grid.
pub fn backward_grid<T: Float>(rule: &Rule, shape: Shape, x: &[T], grid: &[T], g: &[T], out: &mut [T]) {
    let (n, samples, out) = (shape.image.len(), shape.samples(grid), Shared::of(out));
    let plane = shape.plane() as u32;
    over_points(shape, x, samples, |sample, groups, first, last| {
        let points = Points::of(rule, shape.image, shape.part(grid, sample, first, last), true);
        let mut along = vec![[[T::ZERO; W]; BLOCK]; points.at.len()];
        let mut block = [[T::ZERO; W]; BLOCK];
        each_group!(shape, groups, |group, image| {
            let rows = &g[(sample * shape.channels + group * W) * shape.points + first..];
            turn(rows, shape.points, shape.members(group), &mut block[..last - first]);
            add_along(image, &points, &block, &mut along);
        });
        let from = (sample * shape.points + first) * n;
        let out = out.part(from, from + points.count * n);
        out.fill(T::ZERO);
        for ((at, slope), along) in points.at.iter().zip(&points.slope).zip(&along) {
            for (i, out) in out.chunks_exact_mut(n).enumerate().filter(|&(i, _)| at[i] < plane) {
                let sum = settled(along[i]).into_iter().fold(T::ZERO, |sum, x| sum + x);
                out.iter_mut().zip(slope).for_each(|(o, slope)| *o = *o + slope[i] * sum);
            }
        }
    });
}

#[inline(always)]
fn scatter_body<S: Simd, T: Float>(points: &Points<T>, g: &[Pixel<T>; BLOCK], pixels: &mut [Pixel<T>]) {
    for (i, g) in g[..points.count].iter().enumerate() {
        for k in 0..points.at.len() {
            let (pixel, w) = (&mut pixels[points.at[k][i] as usize], points.weight[k][i]);
            (0..W).for_each(|j| pixel[j] = T::fma::<S>(w, g[j], pixel[j]));
        }
    }
}

stamp! { fn scatter<T>(points: &Points<T>, g: &[Pixel<T>; BLOCK], pixels: &mut [Pixel<T>]) where [T: Float] = scatter_body; }

/// Adds the gradient of the image. A task owns a group of channels of a sample.
pub fn backward_image<T: Float>(rule: &Rule, shape: Shape, grid: &[T], g: &[T], out: &mut [T]) {
    let (plane, groups, samples) = (shape.plane(), shape.groups(), shape.samples(grid));
    let out = Shared::of(out);
    par::run(samples * groups, &|t| {
        let (sample, channels) = (t / groups, shape.members(t % groups));
        let first = sample * shape.channels + t % groups * W;
        let out = out.part(first * plane, (first + channels) * plane);
        let g = &g[first * shape.points..(first + channels) * shape.points];
        PIXELS.with_borrow_mut(|room| {
            let pixels = room.slice::<T>(if shape.turns() { (plane + 1) * W } else { 0 }).as_chunks_mut::<W>().0;
            pixels.fill([T::ZERO; W]);
            let mut block = [[T::ZERO; W]; BLOCK];
            for at in (0..shape.points).step_by(BLOCK) {
                let last = (at + BLOCK).min(shape.points);
                let points = Points::of(rule, shape.image, shape.part(grid, sample, at, last), false);
                turn(&g[at..], shape.points, channels, &mut block[..last - at]);
                if shape.turns() {
                    scatter(&points, &block, pixels);
                } else {
                    scatter_lying(&points, &block, plane, out);
                }
            }
            for (j, row) in out.chunks_exact_mut(plane).enumerate() {
                row.iter_mut().zip(&*pixels).for_each(|(to, pixel)| *to = *to + pixel[j]);
            }
        });
    });
}

/// The same into the channels as they lie.
fn scatter_lying<T: Float>(points: &Points<T>, g: &[Pixel<T>; BLOCK], plane: usize, out: &mut [T]) {
    for (j, row) in out.chunks_exact_mut(plane).enumerate() {
        for (i, g) in g[..points.count].iter().enumerate() {
            for (at, weight) in points.at.iter().zip(&points.weight) {
                if let Some(x) = row.get_mut(at[i] as usize) {
                    *x = *x + weight[i] * g[j];
                }
            }
        }
    }
}
