//! The neighbours of a block of points: along each dimension in lanes, then every choice of one from each.

// Lanes by index, so that LLVM sees how they line up.
#![allow(clippy::needless_range_loop)]

use super::Mode;
use super::Padding;
use super::Rule;
use super::count;
use crate::kernels::float::Float;
use crate::kernels::isa::Simd;
use crate::stamp;

/// Points of a block.
pub const BLOCK: usize = 128;

/// One neighbour of each point along one dimension: `Tap` for many.
#[derive(Clone)]
struct Column<T> {
    at: [i32; BLOCK],
    weight: [T; BLOCK],
    slope: [T; BLOCK],
}

/// Up to `BLOCK` points; a neighbour is a choice of one from each dimension.
pub struct Points<T> {
    pub count: usize,
    /// Offsets in the image, choice by choice; the image's size where there is none, and a weight of 0.
    pub at: Vec<[u32; BLOCK]>,
    pub weight: Vec<[T; BLOCK]>,
    /// The weights' derivatives by each of the grid's coordinates, where they were asked for; of neighbours that are there.
    pub slope: Vec<[[T; BLOCK]; 3]>,
}

impl<T: Float> Points<T> {
    /// Those at the rows of `grid`.
    pub fn of(rule: &Rule, image: &[usize], grid: &[T], slopes: bool) -> Points<T> {
        let (n, k) = (image.len(), count(rule.mode));
        let mut columns = vec![Column { at: [0; BLOCK], weight: [T::ZERO; BLOCK], slope: [T::ZERO; BLOCK] }; n * k];
        for (d, columns) in columns.chunks_exact_mut(k).enumerate() {
            let mut x = [T::ZERO; BLOCK];
            // The grid's first coordinate is the width's.
            for (i, point) in grid.chunks_exact(n).enumerate() {
                x[i] = point[n - 1 - d];
            }
            fill(*rule, image[d], &x, columns);
        }
        let choices = k.pow(n as u32);
        let mut points = Points {
            count: grid.len() / n,
            at: vec![[0; BLOCK]; choices],
            weight: vec![[T::ZERO; BLOCK]; choices],
            slope: if slopes { vec![[[T::ZERO; BLOCK]; 3]; choices] } else { Vec::new() },
        };
        combine(&columns, image, &mut points);
        points
    }
}

#[inline(always)]
fn fill_body<S: Simd, T: Float>(rule: Rule, size: usize, x: &[T; BLOCK], columns: &mut [Column<T>]) {
    // What is constant in the loop: without branches it runs in lanes.
    macro_rules! with {
        ($($mode:ident $padding:ident),*) => {
            match (rule.mode, rule.padding) {
                $((Mode::$mode, Padding::$padding) => {
                    let rule = Rule { mode: Mode::$mode, padding: Padding::$padding, align: rule.align };
                    let columns: &mut [Column<T>; count(Mode::$mode)] = columns.try_into().expect("a column for each neighbour");
                    for i in 0..BLOCK {
                        let taps = rule.taps(x[i], size);
                        for k in 0..count(Mode::$mode) {
                            columns[k].at[i] = taps[k].at;
                            columns[k].weight[i] = taps[k].weight[0];
                            columns[k].slope[i] = taps[k].weight[1];
                        }
                    }
                })*
            }
        };
    }
    with!(
        Linear Zeros, Linear Border, Linear Reflection,
        Nearest Zeros, Nearest Border, Nearest Reflection,
        Cubic Zeros, Cubic Border, Cubic Reflection
    );
}

/// Offsets, weights and derivatives of one choice of neighbours in N dimensions.
#[inline(always)]
fn choose<T: Float, const N: usize>(picked: [&Column<T>; N], image: &[usize], choice: usize, points: &mut Points<T>) {
    let sizes: [i32; N] = std::array::from_fn(|d| image[d] as i32);
    let outside = image.iter().product::<usize>() as i32;
    let (at, weight) = (&mut points.at[choice], &mut points.weight[choice]);
    for i in 0..BLOCK {
        let (mut offset, mut inside, mut product) = (0i32, 0, T::ONE);
        for d in 0..N {
            offset = offset.wrapping_mul(sizes[d]).wrapping_add(picked[d].at[i]);
            inside |= picked[d].at[i];
            product = product * picked[d].weight[i];
        }
        at[i] = if inside < 0 { outside } else { offset } as u32;
        weight[i] = if inside < 0 { T::ZERO } else { product };
    }
    if points.slope.is_empty() {
        return;
    }
    for d in 0..N {
        let slope = &mut points.slope[choice][N - 1 - d];
        for i in 0..BLOCK {
            let mut others = T::ONE;
            for e in 0..N {
                others = if e == d { others } else { others * picked[e].weight[i] };
            }
            slope[i] = picked[d].slope[i] * others;
        }
    }
}

#[inline(always)]
fn combine_body<S: Simd, T: Float>(columns: &[Column<T>], image: &[usize], points: &mut Points<T>) {
    let k = columns.len() / image.len();
    for choice in 0..points.at.len() {
        if image.len() == 2 {
            choose([&columns[choice / k], &columns[k + choice % k]], image, choice, points);
        } else {
            let picked = [&columns[choice / (k * k)], &columns[k + choice / k % k], &columns[2 * k + choice % k]];
            choose(picked, image, choice, points);
        }
    }
}

stamp! { fn fill<T>(rule: Rule, size: usize, x: &[T; BLOCK], columns: &mut [Column<T>]) where [T: Float] = fill_body; }
stamp! { fn combine<T>(columns: &[Column<T>], image: &[usize], points: &mut Points<T>) where [T: Float] = combine_body; }
