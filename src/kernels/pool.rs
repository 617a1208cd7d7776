//! Maxima of windows with their places, and moving elements by place within planes. A place is a row-major number
//! inside the plane. The first of equal elements wins, a nan wins over all.

use crate::kernels::isa::Simd;
use crate::kernels::rows::Shared;
use crate::par;
use crate::stamp;

/// Elements that a task reads.
const TASK: usize = 32 * 1024;

/// What has a largest element.
pub trait Ordered: Copy + PartialOrd + Default + Send + Sync {
    const LOWEST: Self;
}

impl Ordered for f32 {
    const LOWEST: f32 = f32::NEG_INFINITY;
}
impl Ordered for f64 {
    const LOWEST: f64 = f64::NEG_INFINITY;
}
impl Ordered for i64 {
    const LOWEST: i64 = i64::MIN;
}

/// Windows over a grid of three dimensions: depth, height, width.
#[derive(Clone, Copy)]
pub struct Windows {
    pub size: [usize; 3],
    pub out: [usize; 3],
    pub kernel: [usize; 3],
    pub stride: [usize; 3],
    pub pad: [usize; 3],
    pub dilation: [usize; 3],
}

impl Windows {
    /// Input positions of output `o` along dimension `d`.
    fn positions(&self, d: usize, o: usize) -> impl Iterator<Item = usize> {
        let (start, step, pad, size) = (o * self.stride[d], self.dilation[d], self.pad[d], self.size[d]);
        (0..self.kernel[d]).map(move |k| (start + k * step).wrapping_sub(pad)).filter(move |&i| i < size)
    }

    /// Where the windows of output `o` begin along dimension `d`: its first position inside.
    fn begin(&self, d: usize, o: usize) -> usize {
        self.positions(d, o).next().unwrap_or(0)
    }
}

/// Loops run over a multiple of so many outputs, so that none of them is left to a scalar end.
const LANES: usize = 16;

/// A row of the input, padded with the lowest value and parted by the stride, so that the elements under one place of
/// neighbouring windows lie beside each other.
struct Parted<T> {
    /// The padded row before it is parted.
    row: Vec<T>,
    lines: Vec<T>,
    /// Length of a line: there are as many as the stride.
    each: usize,
}

impl<T: Ordered> Parted<T> {
    fn new(w: &Windows, outputs: usize) -> Self {
        let each = (outputs + (w.kernel[2] - 1) * w.dilation[2] / w.stride[2]).next_multiple_of(LANES);
        Parted { row: vec![T::LOWEST; each * w.stride[2]], lines: vec![T::LOWEST; each * w.stride[2]], each }
    }

    #[inline(always)]
    fn set(&mut self, w: &Windows, row: &[T]) {
        let pad = w.pad[2];
        let taken = row.len().min(self.row.len() - pad);
        self.row[pad..pad + taken].copy_from_slice(&row[..taken]);
        match w.stride[2] {
            1 => std::mem::swap(&mut self.row, &mut self.lines),
            2 => part::<T, 2>(&self.row, &mut self.lines),
            3 => part::<T, 3>(&self.row, &mut self.lines),
            stride => {
                for (phase, line) in self.lines.chunks_exact_mut(self.each).enumerate() {
                    line.iter_mut().zip(self.row[phase..].iter().step_by(stride)).for_each(|(to, &x)| *to = x);
                }
            }
        }
    }

    /// What lies under place `k` of every window.
    #[inline(always)]
    fn under(&self, w: &Windows, k: usize) -> &[T] {
        let at = k * w.dilation[2];
        &self.lines[at % w.stride[2] * self.each + at / w.stride[2]..]
    }
}

#[inline(always)]
fn part<T: Copy, const STRIDE: usize>(row: &[T], lines: &mut [T]) {
    let each = row.len() / STRIDE;
    let chunks = &row.as_chunks::<STRIDE>().0[..each];
    let mut lines = lines.chunks_exact_mut(each);
    let to: [&mut [T]; STRIDE] = std::array::from_fn(|_| lines.next().expect("as many lines as the stride"));
    for i in 0..each {
        for phase in 0..STRIDE {
            to[phase][i] = chunks[i][phase];
        }
    }
}

/// The largest elements so far of a row of windows, and their places.
struct Best<T> {
    values: Vec<T>,
    places: Vec<u32>,
}

impl<T: Ordered> Best<T> {
    /// Matches `COUNT` places of the row that begins at `row`, from place `k` on.
    #[inline(always)]
    fn meet<const COUNT: usize>(&mut self, w: &Windows, input: &Parted<T>, row: usize, k: usize) {
        let n = self.values.len();
        let (values, places) = (&mut self.values[..n], &mut self.places[..n]);
        let (mut lines, mut numbers) = ([&[][..]; COUNT], [0; COUNT]);
        for i in 0..COUNT {
            lines[i] = &input.under(w, k + i)[..n];
            numbers[i] = (row + (k + i) * w.dilation[2]).wrapping_sub(w.pad[2]) as u32;
        }
        let mut walked = 0u32;
        for o in 0..n {
            let (mut value, mut place) = (values[o], places[o]);
            for i in 0..COUNT {
                let take = wins(lines[i][o], value);
                value = if take { lines[i][o] } else { value };
                place = if take { numbers[i].wrapping_add(walked) } else { place };
            }
            (values[o], places[o]) = (value, place);
            walked = walked.wrapping_add(w.stride[2] as u32);
        }
    }
}

#[inline(always)]
#[allow(clippy::eq_op)]
fn wins<T: Ordered>(v: T, best: T) -> bool {
    (v > best) | (v != v)
}

/// Output rows `first..last` of one plane; `places` is empty where nobody asks.
#[inline(always)]
#[allow(clippy::extra_unused_type_parameters)]
fn max_body<S: Simd, T: Ordered>(w: &Windows, x: &[T], out: &mut [T], places: &mut [i64], first: usize, last: usize) {
    let (width, padded) = (w.out[2], w.out[2].next_multiple_of(LANES));
    let begins: Vec<u32> = (0..padded).map(|o| w.begin(2, o) as u32).collect();
    let mut input = Parted::new(w, padded);
    let mut best = Best { values: vec![T::LOWEST; padded], places: vec![0; padded] };
    for r in first..last {
        let start = ((w.begin(0, r / w.out[1]) * w.size[1] + w.begin(1, r % w.out[1])) * w.size[2]) as u32;
        best.values.fill(T::LOWEST);
        best.places.iter_mut().zip(&begins).for_each(|(p, b)| *p = start + b);
        for d in w.positions(0, r / w.out[1]) {
            for h in w.positions(1, r % w.out[1]) {
                let row = (d * w.size[1] + h) * w.size[2];
                input.set(w, &x[row..row + w.size[2]]);
                let mut k = 0;
                while k < w.kernel[2] {
                    let count = (w.kernel[2] - k).min(3);
                    match count {
                        1 => best.meet::<1>(w, &input, row, k),
                        2 => best.meet::<2>(w, &input, row, k),
                        _ => best.meet::<3>(w, &input, row, k),
                    }
                    k += count;
                }
            }
        }
        let line = (r - first) * width..(r - first + 1) * width;
        out[line.clone()].copy_from_slice(&best.values[..width]);
        if !places.is_empty() {
            places[line].iter_mut().zip(&best.places).for_each(|(to, &p)| *to = i64::from(p));
        }
    }
}

stamp! { fn max_rows<T>(w: &Windows, x: &[T], out: &mut [T], places: &mut [i64], first: usize, last: usize) where [T: Ordered] = max_body; }

/// The largest element of every window of every plane; where, too, unless `places` is empty.
pub fn max<T: Ordered>(w: &Windows, x: &[T], out: &mut [T], places: &mut [i64]) {
    let (from, rows, width) = (w.size.iter().product::<usize>(), w.out[0] * w.out[1], w.out[2]);
    let (planes, wanted) = (out.len().checked_div(rows * width).unwrap_or(0), !places.is_empty());
    let each = (TASK / (from / rows.max(1)).max(width).max(1)).clamp(1, rows.max(1));
    let (pieces, together) = (rows.div_ceil(each), (TASK / from.max(1)).max(1));
    let (out, places) = (Shared::of(out), Shared::of(places));
    let task = |p: usize, first: usize, last: usize| {
        let (a, b) = ((p * rows + first) * width, (p * rows + last) * width);
        let places = if wanted { places.part(a, b) } else { places.part(0, 0) };
        max_rows(w, &x[p * from..(p + 1) * from], out.part(a, b), places, first, last);
    };
    if pieces > 1 {
        par::run(planes * pieces, &|t| task(t / pieces, t % pieces * each, ((t % pieces + 1) * each).min(rows)));
    } else {
        par::run(planes.div_ceil(together), &|t| (t * together..((t + 1) * together).min(planes)).for_each(|p| task(p, 0, rows)));
    }
}

/// The largest elements of one plane's windows, given by their ranges along each dimension.
pub fn max_of_ranges<T: Ordered>(size: [usize; 3], ranges: [&[(usize, usize)]; 3], x: &[T], out: &mut [T], places: &mut [i64]) {
    let mut slots = out.iter_mut().zip(places);
    for &(d0, d1) in ranges[0] {
        for &(h0, h1) in ranges[1] {
            for &(w0, w1) in ranges[2] {
                let start = (d0 * size[1] + h0) * size[2] + w0;
                let (mut best, mut place) = (T::LOWEST, start.min(x.len().saturating_sub(1)));
                for row in (d0..d1).flat_map(|d| (h0..h1).map(move |h| (d * size[1] + h) * size[2])) {
                    for (at, &v) in (row + w0..).zip(&x[row + w0..row + w1]) {
                        #[allow(clippy::eq_op)]
                        if v > best || v != v {
                            (best, place) = (v, at);
                        }
                    }
                }
                let (o, p) = slots.next().expect("an output for each window");
                (*o, *p) = (best, place as i64);
            }
        }
    }
}

/// Calls `task(plane)` for every plane, several to a task where they are small.
pub fn by_planes(planes: usize, work: usize, task: impl Fn(usize) + Sync) {
    let together = (TASK / work.max(1)).max(1);
    par::run(planes.div_ceil(together), &|t| (t * together..((t + 1) * together).min(planes)).for_each(&task));
}

/// out[p][i] = x[p][place[p][i]] for planes of `from` elements and `to` places.
pub fn gather<T: Copy + Send + Sync>(x: &[T], places: &[i64], out: &mut [T], from: usize, to: usize) {
    let planes = places.len().checked_div(to).unwrap_or(0);
    let out = Shared::of(out);
    by_planes(planes, to, |p| {
        let x = &x[p * from..(p + 1) * from];
        out.part(p * to, (p + 1) * to).iter_mut().zip(&places[p * to..]).for_each(|(o, &i)| *o = x[i as usize]);
    });
}

/// Joins g[p][i] to out[p][place[p][i]], in the order of i.
pub fn scatter<T: Copy + Send + Sync>(g: &[T], places: &[i64], out: &mut [T], to: usize, from: usize, join: impl Fn(T, T) -> T + Sync) {
    let planes = places.len().checked_div(to).unwrap_or(0);
    let out = Shared::of(out);
    by_planes(planes, to.max(from), |p| {
        let out = out.part(p * from, (p + 1) * from);
        g[p * to..(p + 1) * to].iter().zip(&places[p * to..]).for_each(|(&g, &i)| out[i as usize] = join(out[i as usize], g));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naive(w: &Windows, x: &[f32]) -> (Vec<f32>, Vec<i64>) {
        let (mut out, mut places) = (Vec::new(), Vec::new());
        for x in x.chunks(w.size.iter().product()) {
            for o in 0..w.out.iter().product::<usize>() {
                let o = [o / w.out[2] / w.out[1], o / w.out[2] % w.out[1], o % w.out[2]];
                let (mut best, mut place) = (f32::NEG_INFINITY, -1);
                for k in 0..w.kernel.iter().product::<usize>() {
                    let k = [k / w.kernel[2] / w.kernel[1], k / w.kernel[2] % w.kernel[1], k % w.kernel[2]];
                    let at = [0, 1, 2].map(|d| (o[d] * w.stride[d] + k[d] * w.dilation[d]) as i64 - w.pad[d] as i64);
                    if (0..3).any(|d| at[d] < 0 || at[d] >= w.size[d] as i64) {
                        continue;
                    }
                    let i = (at[0] as usize * w.size[1] + at[1] as usize) * w.size[2] + at[2] as usize;
                    if place < 0 || x[i] > best || x[i].is_nan() {
                        (best, place) = (x[i], i as i64);
                    }
                }
                out.push(best);
                places.push(place);
            }
        }
        (out, places)
    }

    #[test]
    fn maxima_are_the_naive_ones() {
        for (size, kernel, stride, pad, dilation) in [
            ([1, 1, 7], [1, 1, 3], [1, 1, 1], [0, 0, 1], [1, 1, 1]),
            ([1, 6, 9], [1, 2, 2], [1, 2, 2], [0, 0, 0], [1, 1, 1]),
            ([1, 7, 8], [1, 3, 3], [1, 2, 2], [0, 1, 1], [1, 2, 1]),
            ([3, 5, 6], [2, 3, 4], [2, 1, 3], [1, 1, 2], [1, 1, 1]),
            ([1, 400, 130], [1, 3, 2], [1, 1, 2], [0, 0, 1], [1, 1, 1]),
        ] {
            let out = [0, 1, 2].map(|d: usize| (size[d] + 2 * pad[d] - dilation[d] * (kernel[d] - 1) - 1) / stride[d] + 1);
            let w = Windows { size, out, kernel, stride, pad, dilation };
            let n = 3 * size.iter().product::<usize>();
            let mut x: Vec<f32> = (0..n).map(|i| (i * 37 % 19) as f32).collect();
            x[n / 2] = f32::NAN;
            x[..3].fill(f32::NEG_INFINITY);
            let (want, at) = naive(&w, &x);
            let (mut got, mut places) = (vec![0.0; want.len()], vec![0; want.len()]);
            max(&w, &x, &mut got, &mut places);
            let same = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| a == b || a.is_nan() && b.is_nan());
            assert!(same(&got, &want) && places == at);
            let mut plain = vec![0.0; want.len()];
            max(&w, &x, &mut plain, &mut []);
            assert!(same(&plain, &want));
            let (mut taken, mut put) = (vec![0.0; want.len()], vec![0i64; n]);
            gather(&x, &places, &mut taken, n / 3, want.len() / 3);
            assert!(same(&taken, &want));
            scatter(&vec![1; want.len()], &places, &mut put, want.len() / 3, n / 3, |a, b| a + b);
            assert_eq!(put.iter().sum::<i64>(), want.len() as i64);
        }
    }
}
