//! Maps from grid to grid that work dimension by dimension: each output position of an axis is a weighted sum of
//! input positions. Padding, average pooling and resizing are such maps. `forward` reads, `adjoint` is its transpose,
//! `pick` moves elements of any type where every output has one input. Planes and rows are the tasks.

use std::ops::Range;

use crate::kernels::float::Float;
use crate::kernels::isa::Simd;
use crate::kernels::rows::Shared;
use crate::par;
use crate::stamp;

/// Elements of output that a task makes.
const TASK: usize = 16 * 1024;

/// One axis: output i is the sum of weight[t] x[at[t]] over its taps t, divided by its divisor.
#[derive(Clone, Default)]
pub struct Axis {
    pub size: usize,
    ends: Vec<u32>,
    at: Vec<u32>,
    weight: Vec<f64>,
    divisor: Vec<f64>,
    /// The longest range of outputs that are neighbours in the input, one tap each.
    run: Range<usize>,
    /// Every output sums this many inputs of its own, without gaps.
    block: usize,
    /// Every output has this many taps; 0 where they differ.
    even: usize,
}

impl Axis {
    pub fn new(size: usize) -> Axis {
        Axis { size, ..Axis::default() }
    }

    /// Every position itself.
    pub fn identity(size: usize) -> Axis {
        Axis::picking(size, 0..size)
    }

    /// One input for each output.
    pub fn picking(size: usize, at: impl Iterator<Item = usize>) -> Axis {
        let mut axis = Axis::new(size);
        at.for_each(|i| axis.push(std::iter::once((i, 1.0)), 1.0));
        axis.finished()
    }

    /// The next output.
    pub fn push(&mut self, taps: impl Iterator<Item = (usize, f64)>, divisor: f64) {
        for (at, weight) in taps {
            assert!(at < self.size, "a tap inside the axis");
            self.at.push(at as u32);
            self.weight.push(weight);
        }
        self.ends.push(self.at.len() as u32);
        self.divisor.push(divisor);
    }

    /// Every output divided by a number, too.
    pub fn divided(mut self, by: f64) -> Axis {
        self.divisor.iter_mut().for_each(|d| *d *= by);
        self
    }

    /// Looks for what the loops may use.
    pub fn finished(mut self) -> Axis {
        let out = self.out();
        if self.at.len() == out {
            let mut from = 0;
            for i in 1..=out {
                if i == out || self.at[i] != self.at[i - 1] + 1 {
                    if i - from > self.run.len() {
                        self.run = from..i;
                    }
                    from = i;
                }
            }
        }
        let k = self.at.len().checked_div(out).unwrap_or(0);
        self.even = if (0..out).all(|i| self.taps(i).len() == k) { k } else { 0 };
        let plain = self.even > 0 && self.at.iter().enumerate().all(|(t, &at)| at as usize == t);
        if k > 1 && plain && self.weight.iter().all(|&w| w == 1.0) {
            self.block = k;
        }
        self
    }

    pub fn out(&self) -> usize {
        self.ends.len()
    }

    fn taps(&self, i: usize) -> Range<usize> {
        let from = if i == 0 { 0 } else { self.ends[i - 1] as usize };
        from..self.ends[i] as usize
    }

    fn is_identity(&self) -> bool {
        self.run == (0..self.size) && self.out() == self.size && self.divisor.iter().chain(&self.weight).all(|&w| w == 1.0)
    }
}

/// Three axes: depth, height, width; those that a grid lacks have size 1.
pub struct Axes {
    axes: [Axis; 3],
    divides: bool,
}

impl Axes {
    /// The axes of one to three dimensions.
    pub fn new(axes: Vec<Axis>) -> Axes {
        let divides = axes.iter().any(|a| a.divisor.iter().any(|&d| d != 1.0));
        let mut all = [Axis::identity(1), Axis::identity(1), Axis::identity(1)];
        let n = axes.len();
        axes.into_iter().enumerate().for_each(|(i, axis)| all[3 - n + i] = axis);
        Axes { axes: all, divides }
    }

    fn input(&self) -> usize {
        self.axes.iter().map(|a| a.size).product()
    }

    fn output(&self) -> usize {
        self.axes.iter().map(Axis::out).product()
    }
}

/// One axis in the element's type, as the loops read it.
struct Line<'a, T> {
    axis: &'a Axis,
    weight: Vec<T>,
}

impl<T: Float> Line<'_, T> {
    fn of(axis: &Axis) -> Line<'_, T> {
        Line { axis, weight: axis.weight.iter().map(|&w| T::of(w)).collect() }
    }
}

struct Lines<'a, T> {
    lines: [Line<'a, T>; 3],
    map: &'a Axes,
}

impl<T: Float> Lines<'_, T> {
    fn of(map: &Axes) -> Lines<'_, T> {
        Lines { lines: [0, 1, 2].map(|i| Line::of(&map.axes[i])), map }
    }

    /// The product of depth's and height's divisors.
    fn divisor(&self, d: usize, h: usize) -> f64 {
        self.map.axes[0].divisor[d] * self.map.axes[1].divisor[h]
    }
}

/// `along` where every output has K taps.
#[inline(always)]
fn even<T: Float, const K: usize>(line: &Line<T>, row: &[T], out: &mut [T]) {
    assert!(row.len() >= line.axis.size, "a row of the axis");
    let (at, weight) = (line.axis.at.as_chunks::<K>().0, line.weight.as_chunks::<K>().0);
    for ((o, at), w) in out.iter_mut().zip(at).zip(weight) {
        let mut sum = T::ZERO;
        for k in 0..K {
            // SAFETY: `push` has taps below the axis' size, which the row has.
            sum = sum + w[k] * unsafe { *row.get_unchecked(at[k] as usize) };
        }
        *o = sum;
    }
}

/// out[i] = the sum of row's taps.
#[inline(always)]
fn along<T: Float>(line: &Line<T>, row: &[T], out: &mut [T]) {
    let axis = line.axis;
    match axis.even {
        2 if axis.block == 2 => return row.as_chunks::<2>().0.iter().zip(out).for_each(|(x, o)| *o = x[0] + x[1]),
        2 => return even::<T, 2>(line, row, out),
        4 => return even::<T, 4>(line, row, out),
        _ => {}
    }
    let mut from = 0;
    for (o, &end) in out.iter_mut().zip(&axis.ends) {
        let taps = from..end as usize;
        from = end as usize;
        let mut sum = T::ZERO;
        for (&at, &w) in axis.at[taps.clone()].iter().zip(&line.weight[taps]) {
            sum = sum + w * row[at as usize];
        }
        *o = sum;
    }
}

#[inline(always)]
fn add_scaled<T: Float>(to: &mut [T], from: &[T], w: T, first: bool) {
    if first {
        to.iter_mut().zip(from).for_each(|(t, &x)| *t = w * x);
    } else {
        to.iter_mut().zip(from).for_each(|(t, &x)| *t = *t + w * x);
    }
}

/// Output rows `first..last` of one plane: input rows are combined first, then their elements.
#[inline(always)]
#[allow(clippy::extra_unused_type_parameters)]
fn forward_body<S: Simd, T: Float>(l: &Lines<'_, T>, x: &[T], out: &mut [T], first: usize, last: usize) {
    let [depth, height, width] = &l.lines;
    let (rows, wide, narrow) = (height.axis.out(), width.axis.size, width.axis.out());
    let mut buffer = vec![T::ZERO; wide];
    let straight = width.axis.is_identity();
    for (r, out) in (first..last).zip(out.chunks_exact_mut(narrow.max(1))) {
        let (d, h) = (r / rows, r % rows);
        let mut count = 0;
        for td in depth.axis.taps(d) {
            for th in height.axis.taps(h) {
                let at = (depth.axis.at[td] as usize * height.axis.size + height.axis.at[th] as usize) * wide;
                let to = if straight { &mut *out } else { &mut buffer };
                add_scaled(to, &x[at..at + wide], depth.weight[td] * height.weight[th], count == 0);
                count += 1;
            }
        }
        if count == 0 {
            out.fill(T::ZERO);
        } else if !straight {
            along(width, &buffer, out);
        }
        if l.map.divides {
            let by = l.divisor(d, h);
            out.iter_mut().zip(&width.axis.divisor).for_each(|(o, &w)| *o = *o / T::of(by * w));
        }
    }
}

/// Adds the transpose of `forward` for one plane.
#[inline(always)]
#[allow(clippy::extra_unused_type_parameters)]
fn adjoint_body<S: Simd, T: Float>(l: &Lines<'_, T>, g: &[T], out: &mut [T]) {
    let [depth, height, width] = &l.lines;
    let (rows, wide, narrow) = (height.axis.out(), width.axis.size, width.axis.out());
    let (mut scaled, mut buffer) = (vec![T::ZERO; narrow], vec![T::ZERO; wide]);
    let straight = width.axis.is_identity();
    for (r, g) in g.chunks_exact(narrow.max(1)).enumerate() {
        let (d, h) = (r / rows, r % rows);
        let mut g = g;
        if l.map.divides {
            let by = l.divisor(d, h);
            scaled.iter_mut().zip(g).zip(&width.axis.divisor).for_each(|((s, &g), &w)| *s = g / T::of(by * w));
            g = &scaled;
        }
        if !straight {
            buffer.fill(T::ZERO);
            spread(width, g, &mut buffer);
            g = &buffer;
        }
        for td in depth.axis.taps(d) {
            for th in height.axis.taps(h) {
                let at = (depth.axis.at[td] as usize * height.axis.size + height.axis.at[th] as usize) * wide;
                add_scaled(&mut out[at..at + wide], g, depth.weight[td] * height.weight[th], false);
            }
        }
    }
}

/// The transpose of `along`, added.
#[inline(always)]
fn spread<T: Float>(line: &Line<T>, g: &[T], row: &mut [T]) {
    let axis = line.axis;
    if axis.block == 2 {
        row.as_chunks_mut::<2>().0.iter_mut().zip(g).for_each(|(x, &g)| *x = [x[0] + g, x[1] + g]);
        return;
    }
    let mut from = 0;
    for (&g, &end) in g.iter().zip(&axis.ends) {
        let taps = from..end as usize;
        from = end as usize;
        for (&at, &w) in axis.at[taps.clone()].iter().zip(&line.weight[taps]) {
            row[at as usize] = row[at as usize] + w * g;
        }
    }
}

stamp! { fn forward_rows<T>(l: &Lines<'_, T>, x: &[T], out: &mut [T], first: usize, last: usize) where [T: Float] = forward_body; }
stamp! { fn adjoint_plane<T>(l: &Lines<'_, T>, g: &[T], out: &mut [T]) where [T: Float] = adjoint_body; }

/// Runs `task(plane, first row, last row)` over all output rows of all planes.
fn by_rows(map: &Axes, planes: usize, task: impl Fn(usize, usize, usize) + Sync) {
    let (rows, width) = (map.axes[0].out() * map.axes[1].out(), map.axes[2].out());
    // A row costs what it reads, too.
    let each = (TASK / width.max(map.input() / rows.max(1)).max(1)).max(1);
    if rows >= each {
        let pieces = rows.div_ceil(each);
        par::run(planes * pieces, &|t| task(t / pieces, t % pieces * each, ((t % pieces + 1) * each).min(rows)));
    } else {
        let together = (each / rows.max(1)).max(1);
        par::run(planes.div_ceil(together), &|t| (t * together..((t + 1) * together).min(planes)).for_each(|p| task(p, 0, rows)));
    }
}

/// out = the map of every plane of x.
pub fn forward<T: Float>(map: &Axes, x: &[T], out: &mut [T]) {
    let (from, to, width) = (map.input(), map.output(), map.axes[2].out());
    let (lines, planes, out) = (Lines::of(map), out.len().checked_div(to).unwrap_or(0), Shared::of(out));
    by_rows(map, planes, |p, first, last| {
        let part = out.part(p * to + first * width, p * to + last * width);
        forward_rows(&lines, &x[p * from..(p + 1) * from], part, first, last);
    });
}

/// out += the transposed map of every plane of g.
pub fn adjoint<T: Float>(map: &Axes, g: &[T], out: &mut [T]) {
    let (from, to) = (map.input(), map.output());
    let (lines, planes, out) = (Lines::of(map), g.len().checked_div(to).unwrap_or(0), Shared::of(out));
    let together = (TASK / from.max(to).max(1)).max(1);
    par::run(planes.div_ceil(together), &|t| {
        for p in t * together..((t + 1) * together).min(planes) {
            adjoint_plane(&lines, &g[p * to..(p + 1) * to], out.part(p * from, (p + 1) * from));
        }
    });
}

/// The elements that every output picks; each output has one tap.
pub fn pick<T: Copy + Send + Sync>(map: &Axes, x: &[T], out: &mut [T]) {
    let (from, to) = (map.input(), map.output());
    let [depth, height, width] = &map.axes;
    let (rows, wide, narrow) = (height.out(), width.size, width.out());
    let (planes, out) = (out.len().checked_div(to).unwrap_or(0), Shared::of(out));
    // A run shorter than this is not worth a call.
    let run = if width.run.len() >= 8 { width.run.clone() } else { 0..0 };
    by_rows(map, planes, |p, first, last| {
        let part = out.part(p * to + first * narrow, p * to + last * narrow);
        let mut before = usize::MAX;
        for r in first..last {
            let source = depth.at[r / rows] as usize * height.size + height.at[r % rows] as usize;
            let at = (r - first) * narrow;
            if source == before {
                part.copy_within(at - narrow..at, at);
                continue;
            }
            before = source;
            let row = &x[p * from + source * wide..][..wide];
            let to = &mut part[at..at + narrow];
            let gather = |to: &mut [T], at: &[u32]| to.iter_mut().zip(at).for_each(|(o, &i)| *o = row[i as usize]);
            gather(&mut to[..run.start], &width.at[..run.start]);
            if let Some(&start) = width.at[..].get(run.start).filter(|_| !run.is_empty()) {
                to[run.clone()].copy_from_slice(&row[start as usize..start as usize + run.len()]);
            }
            gather(&mut to[run.end..], &width.at[run.end..]);
        }
    });
}

#[cfg(test)]
mod tests;
