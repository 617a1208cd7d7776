//! The register kernels of direct convolution, and the table of them for each level. A term (channel and tap) reads the
//! image at an offset of its own, so that kernel size, dilation and number of dimensions are the table's matter.
//! Every element is one chain of multiply-adds over the terms (or pixels) in order, whatever the tile.

// Register arrays are indexed side by side.
#![allow(clippy::needless_range_loop)]

use crate::kernels::gemm::vector::LINE;
use crate::kernels::gemm::vector::Lanes;
use crate::kernels::gemm::vector::Vector;
use crate::kernels::gemm::vector::prefetch;
use crate::kernels::gemm::vector::turned;
use crate::kernels::isa::by_level;

/// y[channel][pixel] = start[channel] + sum over terms of w[term, channel] x[pixel + offset[term]], for a few adjacent
/// pixels of a row.
pub struct Tile<T> {
    pub terms: usize,
    pub x: *const T,
    pub offsets: *const u32,
    /// `by_channels`: rows of one panel, [term][channel]. `by_pixels`: [channel][term].
    pub w: *const T,
    pub start: *const T,
    pub y: *mut T,
    /// From a channel of y to the next.
    pub y_channel: usize,
    /// Where a tile has several rows: from a row of y to the next, and between what they read.
    pub y_row: usize,
    pub x_row: usize,
    /// Lanes of the last vector that count: channels or pixels.
    pub last: usize,
}

/// d[term][channel] += sum over pixels of x[pixel + offset[term]] g[pixel][channel], for a few terms.
pub struct Weights<T> {
    pub rows: usize,
    pub width: usize,
    pub x: *const T,
    pub x_row: usize,
    pub offsets: *const u32,
    /// `terms_by_channels`: [pixel][panel]. `dots`: rows of pixels, `g_row` apart.
    pub g: *const T,
    pub g_row: usize,
    pub d: *mut T,
}

type TileFn<T> = unsafe fn(&Tile<T>);
type WeightsFn<T> = unsafe fn(&Weights<T>);

/// The kernels of one level. Inner lists are by the number of rows (pixels, channels, terms) - 1.
pub struct Kernels<T: 'static> {
    /// Lanes of a vector. A panel of channels is two.
    pub width: usize,
    /// By vectors of channels - 1.
    pub by_channels: [&'static [TileFn<T>]; 2],
    /// The same on two rows, with two vectors of channels, where rows are short.
    pub by_channels_of_two: &'static [TileFn<T>],
    /// By 1, 2 or 4 vectors of pixels.
    pub by_pixels: [&'static [TileFn<T>]; 3],
    /// By vectors of pixels - 1.
    pub by_rows: [&'static [TileFn<T>]; 2],
    /// By vectors of channels - 1.
    pub terms_by_channels: [&'static [WeightsFn<T>]; 2],
    pub dots: &'static [WeightsFn<T>],
}

/// Terms ahead of which weights are fetched from the second cache.
const AHEAD: usize = 12;

/// H rows of R pixels, N vectors of channels: pixels are broadcast, weights come from the packed panel. The tile is
/// turned when it is stored.
#[inline(always)]
unsafe fn by_channels<V: Vector, const H: usize, const R: usize, const N: usize>(t: &Tile<V::T>) {
    // SAFETY: the caller gives operands of the tile's size; a panel's rows are whole.
    unsafe {
        let mut acc = [[[V::zero(); N]; R]; H];
        for j in 0..N {
            let start = V::load(t.start.add(j * V::W));
            for (h, i) in (0..H).flat_map(|h| (0..R).map(move |i| (h, i))) {
                acc[h][i][j] = start;
            }
        }
        let (mut w, pairs) = (t.w, t.terms / 2);
        for p in 0..pairs {
            channels_of_term::<V, H, R, N>(t, &mut acc, 2 * p, w);
            channels_of_term::<V, H, R, N>(t, &mut acc, 2 * p + 1, w.wrapping_add(2 * V::W));
            w = w.wrapping_add(4 * V::W);
        }
        if t.terms % 2 == 1 {
            channels_of_term::<V, H, R, N>(t, &mut acc, t.terms - 1, w);
        }
        for (h, j) in (0..H).flat_map(|h| (0..N).map(move |j| (h, j))) {
            let channels = if j + 1 < N { V::W } else { t.last };
            let y = t.y.add(j * V::W * t.y_channel + h * t.y_row);
            store_turned::<V, R, N>(&acc[h], j, y, t.y_channel, channels);
        }
    }
}

/// Adds one term: its pixels times its weights, which are at `w`.
#[inline(always)]
unsafe fn channels_of_term<V: Vector, const H: usize, const R: usize, const N: usize>(
    t: &Tile<V::T>,
    acc: &mut [[[V; N]; R]; H],
    p: usize,
    w: *const V::T,
) {
    // SAFETY: as in `by_channels`.
    unsafe {
        let x = t.x.add(*t.offsets.add(p) as usize);
        let mut row = [V::zero(); N];
        for j in 0..N {
            row[j] = V::load(w.add(j * V::W));
            if (j * size_of::<V>()).is_multiple_of(LINE) {
                prefetch(w.wrapping_add((2 * AHEAD + j) * V::W));
            }
        }
        for h in 0..H {
            let x = x.add(h * t.x_row);
            for i in 0..R {
                let v = V::splat(*x.add(i));
                for j in 0..N {
                    acc[h][i][j] = v.fma(row[j], acc[h][i][j]);
                }
            }
        }
    }
}

/// y[channel][pixel] = acc[pixel][j][channel]
#[inline(always)]
unsafe fn store_turned<V: Vector, const R: usize, const N: usize>(
    acc: &[[V; N]; R],
    j: usize,
    y: *mut V::T,
    y_channel: usize,
    channels: usize,
) {
    // SAFETY: as in `by_channels`.
    unsafe {
        if V::TRANSPOSES {
            for i in (0..R).step_by(V::W) {
                let block = turned(acc, i, j);
                let mask = V::mask(V::W.min(R - i));
                for c in 0..V::W {
                    if c < channels {
                        block[c].store_part(y.add(c * y_channel + i), mask);
                    }
                }
            }
            return;
        }
        for i in 0..R {
            let mut lanes = [std::mem::MaybeUninit::<V::T>::uninit(); 16];
            let p = lanes.as_mut_ptr().cast::<V::T>();
            acc[i][j].store(p);
            for c in 0..channels {
                *y.add(c * y_channel + i) = *p.add(c);
            }
        }
    }
}

/// R channels, N vectors of pixels: weights are broadcast, pixels are adjacent.
#[inline(always)]
unsafe fn by_pixels<V: Vector, const R: usize, const N: usize>(t: &Tile<V::T>) {
    // SAFETY: the caller gives operands of the tile's size; pixels past `last` are masked.
    unsafe {
        let mask = V::mask(t.last);
        let mut acc = [[V::zero(); N]; R];
        for i in 0..R {
            acc[i] = [V::splat(*t.start.add(i)); N];
        }
        for p in 0..t.terms {
            let x = t.x.add(*t.offsets.add(p) as usize);
            let mut row = [V::zero(); N];
            for j in 0..N - 1 {
                row[j] = V::load(x.add(j * V::W));
            }
            row[N - 1] = V::load_part(x.add((N - 1) * V::W), mask);
            for i in 0..R {
                let v = V::splat(*t.w.add(i * t.terms + p));
                for j in 0..N {
                    acc[i][j] = v.fma(row[j], acc[i][j]);
                }
            }
        }
        for i in 0..R {
            let y = t.y.add(i * t.y_channel);
            for j in 0..N - 1 {
                acc[i][j].store(y.add(j * V::W));
            }
            acc[i][N - 1].store_part(y.add((N - 1) * V::W), mask);
        }
    }
}

/// R rows of one channel, N vectors of pixels: many chains where there are few channels.
#[inline(always)]
unsafe fn by_rows<V: Vector, const R: usize, const N: usize>(t: &Tile<V::T>) {
    // SAFETY: as in `by_pixels`.
    unsafe {
        let mask = V::mask(t.last);
        let mut acc = [[V::splat(*t.start); N]; R];
        for p in 0..t.terms {
            let x = t.x.add(*t.offsets.add(p) as usize);
            let w = V::splat(*t.w.add(p));
            for i in 0..R {
                let x = x.add(i * t.x_row);
                for j in 0..N - 1 {
                    acc[i][j] = w.fma(V::load(x.add(j * V::W)), acc[i][j]);
                }
                acc[i][N - 1] = w.fma(V::load_part(x.add((N - 1) * V::W), mask), acc[i][N - 1]);
            }
        }
        for i in 0..R {
            let y = t.y.add(i * t.y_row);
            for j in 0..N - 1 {
                acc[i][j].store(y.add(j * V::W));
            }
            acc[i][N - 1].store_part(y.add((N - 1) * V::W), mask);
        }
    }
}

/// R terms, N vectors of channels, over all pixels.
#[inline(always)]
unsafe fn terms_by_channels<V: Vector, const R: usize, const N: usize>(t: &Weights<V::T>) {
    // SAFETY: the caller gives operands of these sizes; a panel's rows are whole.
    unsafe {
        let mut acc = [[V::zero(); N]; R];
        let mut x = [t.x; R];
        for i in 0..R {
            x[i] = t.x.add(*t.offsets.add(i) as usize);
            for j in 0..N {
                acc[i][j] = V::load(t.d.add((i * 2 + j) * V::W));
            }
        }
        let mut g = t.g;
        for y in 0..t.rows {
            for p in y * t.x_row..y * t.x_row + t.width {
                let mut row = [V::zero(); N];
                for j in 0..N {
                    row[j] = V::load(g.add(j * V::W));
                }
                for i in 0..R {
                    let v = V::splat(*x[i].add(p));
                    for j in 0..N {
                        acc[i][j] = v.fma(row[j], acc[i][j]);
                    }
                }
                g = g.add(2 * V::W);
            }
        }
        for i in 0..R {
            for j in 0..N {
                acc[i][j].store(t.d.add((i * 2 + j) * V::W));
            }
        }
    }
}

/// R terms of one channel, pixels in vectors; the lanes are added at the end.
#[inline(always)]
unsafe fn dots<V: Vector, const R: usize>(t: &Weights<V::T>) {
    // SAFETY: the caller gives operands of these sizes; pixels past the width are masked.
    unsafe {
        let mut acc = [V::zero(); R];
        let mut x = [t.x; R];
        for i in 0..R {
            x[i] = t.x.add(*t.offsets.add(i) as usize);
        }
        let whole = t.width / V::W * V::W;
        let mask = V::mask(t.width - whole);
        for y in 0..t.rows {
            let g = t.g.add(y * t.g_row);
            for p in (0..whole).step_by(V::W) {
                let v = V::load(g.add(p));
                for i in 0..R {
                    acc[i] = v.fma(V::load(x[i].add(y * t.x_row + p)), acc[i]);
                }
            }
            if whole < t.width {
                let v = V::load_part(g.add(whole), mask);
                for i in 0..R {
                    acc[i] = v.fma(V::load_part(x[i].add(y * t.x_row + whole), mask), acc[i]);
                }
            }
        }
        for i in 0..R {
            *t.d.add(i) = *t.d.add(i) + acc[i].sum();
        }
    }
}

/// The tables of one level, compiled for its features.
macro_rules! level {
    ($name:ident, $($feature:meta)?, $v32:ty, $v64:ty, [$($pixels:literal)*] [$($half:literal)*] [$($rows:literal)*] [$($few:literal)*]) => {
        mod $name {
            use super::*;

            $(#[$feature])?
            unsafe fn by_channels<V: Vector, const H: usize, const R: usize, const N: usize>(t: &Tile<V::T>) {
                unsafe { super::by_channels::<V, H, R, N>(t) }
            }
            $(#[$feature])?
            unsafe fn by_pixels<V: Vector, const R: usize, const N: usize>(t: &Tile<V::T>) {
                unsafe { super::by_pixels::<V, R, N>(t) }
            }
            $(#[$feature])?
            unsafe fn by_rows<V: Vector, const R: usize, const N: usize>(t: &Tile<V::T>) {
                unsafe { super::by_rows::<V, R, N>(t) }
            }
            $(#[$feature])?
            unsafe fn terms_by_channels<V: Vector, const R: usize, const N: usize>(t: &Weights<V::T>) {
                unsafe { super::terms_by_channels::<V, R, N>(t) }
            }
            $(#[$feature])?
            unsafe fn dots<V: Vector, const R: usize>(t: &Weights<V::T>) {
                unsafe { super::dots::<V, R>(t) }
            }

            const fn table<V: Vector>() -> Kernels<V::T> {
                Kernels {
                    width: V::W,
                    by_channels: [&[$(by_channels::<V, 1, $pixels, 1>),*], &[$(by_channels::<V, 1, $pixels, 2>),*]],
                    by_channels_of_two: &[$(by_channels::<V, 2, $half, 2>),*],
                    by_pixels: [
                        &[$(by_pixels::<V, $rows, 1>),*],
                        &[$(by_pixels::<V, $rows, 2>),*],
                        &[$(by_pixels::<V, $few, 4>),*],
                    ],
                    by_rows: [
                        &[by_rows::<V, 1, 1>, by_rows::<V, 2, 1>, by_rows::<V, 3, 1>, by_rows::<V, 4, 1>],
                        &[by_rows::<V, 1, 2>, by_rows::<V, 2, 2>, by_rows::<V, 3, 2>, by_rows::<V, 4, 2>],
                    ],
                    terms_by_channels: [
                        &[$(terms_by_channels::<V, $rows, 1>),*],
                        &[$(terms_by_channels::<V, $rows, 2>),*],
                    ],
                    dots: &[$(dots::<V, $rows>),*],
                }
            }
            pub static F32: Kernels<f32> = table::<$v32>();
            pub static F64: Kernels<f64> = table::<$v64>();
        }
    };
}

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

level!(baseline, , Lanes<f32, 4>, Lanes<f64, 2>, [1 2 3 4] [1 2] [1 2 3 4] [1 2]);
#[cfg(target_arch = "x86_64")]
level!(avx2, target_feature(enable = "avx2,fma"), __m256, __m256d, [1 2 3 4 5 6] [1 2 3] [1 2 3 4 5 6] [1 2]);
#[cfg(target_arch = "x86_64")]
level!(avx512, target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"), __m512, __m512d,
    [1 2 3 4 5 6 7 8 9 10 11 12 13 14] [1 2 3 4 5 6 7] [1 2 3 4 5 6 7 8 9 10 11 12] [1 2 3 4 5 6]);

by_level!(kernels_f32, f32, F32);
by_level!(kernels_f64, f64, F64);
