//! Convolution as a matrix product with the columns of the image: a row for each term (channel and tap), a column for
//! each output pixel. Columns are made a block of pixels at a time, so that a block stays in the second cache.

use std::cell::RefCell;
use std::ops::Range;

use crate::kernels::conv::Conv;
use crate::kernels::conv::Part;
use crate::kernels::conv::Product;
use crate::kernels::conv::image_ranges;
use crate::kernels::gemm::Gemm;
use crate::kernels::scratch::Scratch;
use crate::par;

/// Bytes of one block of columns.
const BLOCK: usize = 256 << 10;
/// Multiplications that are worth a task.
const TASK: usize = 1 << 18;

thread_local! {
    static COLUMNS: RefCell<Scratch> = const { RefCell::new(Scratch::EMPTY) };
}

/// Output pixels: whole rows, or a piece of one.
#[derive(Clone)]
pub struct Block {
    rows: Range<usize>,
    columns: Range<usize>,
}

impl Block {
    pub fn all(c: &Conv) -> Block {
        Block { rows: 0..c.output[0] * c.output[1], columns: 0..c.output[2] }
    }

    fn first_pixel(&self, c: &Conv) -> usize {
        self.rows.start * c.output[2] + self.columns.start
    }

    fn len(&self) -> usize {
        self.rows.len() * self.columns.len()
    }
}

fn blocks<T>(c: &Conv) -> Vec<Block> {
    if c.is_pointwise() {
        return vec![Block::all(c)];
    }
    let most = (BLOCK / size_of::<T>() / c.terms()).max(32);
    let (rows, width) = (c.output[0] * c.output[1], c.output[2]);
    let mut out = Vec::new();
    if width >= most {
        for row in 0..rows {
            out.extend((0..width).step_by(most).map(|x| Block { rows: row..row + 1, columns: x..(x + most).min(width) }));
        }
    } else {
        let each = most / width;
        out.extend((0..rows).step_by(each).map(|r| Block { rows: r..(r + each).min(rows), columns: 0..width }));
    }
    out
}

/// Where tap `k` along dimension d reads for outputs `range`: those inside the image, and the position of the first.
fn inside(c: &Conv, d: usize, k: usize, range: &Range<usize>) -> (Range<usize>, usize) {
    let (stride, shift, size) = (c.stride[d], k * c.dilation[d], c.input[d]);
    let first = c.padding[d].saturating_sub(shift).div_ceil(stride).clamp(range.start, range.end);
    let end = (size + c.padding[d]).saturating_sub(shift).div_ceil(stride).clamp(first, range.end);
    (first..end, (first * stride + shift).wrapping_sub(c.padding[d]))
}

/// The row of the image that tap (kd, kh) reads for an output row, if it is inside.
fn source_row(c: &Conv, row: usize, kd: usize, kh: usize) -> Option<usize> {
    let (od, oh) = (row / c.output[1], row % c.output[1]);
    let d = (od * c.stride[0] + kd * c.dilation[0]).checked_sub(c.padding[0]).filter(|&d| d < c.input[0])?;
    let h = (oh * c.stride[1] + kh * c.dilation[1]).checked_sub(c.padding[1]).filter(|&h| h < c.input[1])?;
    Some(d * c.input[1] + h)
}

/// Calls `f(row of the columns, first pixel in the block, source range start, valid, width)` for each piece of the block.
fn pieces(c: &Conv, block: &Block, mut f: impl FnMut(usize, usize, Option<(usize, Range<usize>)>)) {
    let (taps, width) = (c.taps(), block.columns.len());
    for term in 0..c.terms() {
        let (channel, tap) = (term / taps, term % taps);
        let (kd, kh, kw) = (tap / (c.kernel[1] * c.kernel[2]), tap / c.kernel[2] % c.kernel[1], tap % c.kernel[2]);
        let (valid, from) = inside(c, 2, kw, &block.columns);
        let valid = valid.start - block.columns.start..valid.end - block.columns.start;
        for (i, row) in block.rows.clone().enumerate() {
            let source = source_row(c, row, kd, kh).filter(|_| !valid.is_empty());
            let source = source.map(|r| ((channel * c.input[0] * c.input[1] + r) * c.input[2] + from, valid.clone()));
            f(term, i * width, source);
        }
    }
}

/// to[term][pixel] = the element of the image that the tap of the term reads for the pixel, 0 outside the image.
/// Rows of `to` are `length` long.
pub fn unfold<T: Copy + Default>(c: &Conv, image: &[T], block: &Block, to: &mut [T], length: usize) {
    let (width, stride) = (block.columns.len(), c.stride[2]);
    pieces(c, block, |term, pixel, source| {
        let to = &mut to[term * length + pixel..][..width];
        let Some((from, valid)) = source else { return to.fill(T::default()) };
        to[..valid.start].fill(T::default());
        to[valid.end..].fill(T::default());
        let to = &mut to[valid];
        if stride == 1 {
            to.copy_from_slice(&image[from..from + to.len()]);
        } else {
            to.iter_mut().zip(image[from..].iter().step_by(stride)).for_each(|(t, &v)| *t = v);
        }
    });
}

/// The adjoint of `unfold`: each element of the columns is added to the element of the image it came from.
pub fn fold<T: Copy>(c: &Conv, columns: &[T], length: usize, block: &Block, image: &mut [T], add: impl Fn(T, T) -> T) {
    let stride = c.stride[2];
    pieces(c, block, |term, pixel, source| {
        let Some((to, valid)) = source else { return };
        let from = &columns[term * length + pixel..][valid];
        image[to..].iter_mut().step_by(stride).zip(from).for_each(|(t, &v)| *t = add(*t, v));
    });
}

fn with_room<T: Default + Copy>(count: usize, f: impl FnOnce(&mut [T])) {
    COLUMNS.with_borrow_mut(|scratch| {
        let p = scratch.get::<T>(count.max(1));
        // SAFETY: room for `count` numbers, which have no invalid bits once written.
        let room = unsafe {
            p.write_bytes(0, count);
            std::slice::from_raw_parts_mut(p, count)
        };
        f(room);
    });
}

/// y += w columns(x), on y that holds the bias.
pub fn forward<T: Product>(c: &Conv, x: &[T], w: &[T], y: &mut [T]) {
    let (terms, pixels, size) = (c.terms(), c.output_pixels(), c.inputs * c.input_pixels());
    let (blocks, out) = (blocks::<T>(c), Part(y.as_mut_ptr()));
    let one = |unit: usize, block: &Block| {
        let (image, group) = (&x[unit * size..(unit + 1) * size], unit % c.groups);
        let kernel = &w[group * c.outputs * terms..];
        let (n, to) = (block.len(), out.at(unit * c.outputs * pixels + block.first_pixel(c)));
        // SAFETY: each unit and block has pixels of its own; sizes were checked.
        let multiply = |b: *const T, row: usize| unsafe {
            T::add_product([c.outputs, n, terms], (kernel.as_ptr(), terms as isize, 1), (b, row as isize, 1), to, pixels as isize)
        };
        if c.is_pointwise() {
            return multiply(image.as_ptr(), pixels);
        }
        with_room(terms * n, |room| {
            unfold(c, image, block, room, n);
            multiply(room.as_ptr(), n);
        });
    };
    let count = c.images * c.groups * blocks.len();
    share(count, c.images * c.groups * c.work(), |t| one(t / blocks.len(), &blocks[t % blocks.len()]));
}

/// x += fold(w^T y), on x that holds the bias.
pub fn input_gradient<T: Product>(c: &Conv, y: &[T], w: &[T], x: &mut [T]) {
    let (terms, pixels, size) = (c.terms(), c.output_pixels(), c.inputs * c.input_pixels());
    let (blocks, out) = (blocks::<T>(c), Part(x.as_mut_ptr()));
    let units = c.images * c.groups;
    share(units, units * c.work(), |unit| {
        let kernel = w[unit % c.groups * c.outputs * terms..].as_ptr();
        let grad = &y[unit * c.outputs * pixels..];
        // SAFETY: each unit has an image of its own; sizes were checked.
        let image = unsafe { std::slice::from_raw_parts_mut(out.at(unit * size), size) };
        for block in &blocks {
            let (n, first) = (block.len(), block.first_pixel(c));
            // SAFETY: as above.
            let multiply = |to: *mut T, row: usize| unsafe {
                let b = (grad[first..].as_ptr(), pixels as isize, 1);
                T::add_product([terms, n, c.outputs], (kernel, 1, terms as isize), b, to, row as isize)
            };
            if c.is_pointwise() {
                multiply(image.as_mut_ptr(), pixels);
                continue;
            }
            with_room(terms * n, |room| {
                multiply(room.as_mut_ptr(), n);
                fold(c, room, n, block, image, |a, b| a + b);
            });
        }
    });
}

/// w += y columns(x)^T, by fixed ranges of images that are added in order.
pub fn weight_gradient<T: Product + Gemm>(c: &Conv, x: &[T], y: &[T], w: &mut [T]) {
    let (terms, pixels, size) = (c.terms(), c.output_pixels(), c.inputs * c.input_pixels());
    let (blocks, ranges, total) = (blocks::<T>(c), image_ranges(c), w.len());
    let mut partial = vec![T::default(); if ranges > 1 { ranges * total } else { 0 }];
    let out = Part(if ranges > 1 { partial.as_mut_ptr() } else { w.as_mut_ptr() });
    share(ranges * c.groups, c.images * c.groups * c.work(), |t| {
        let (range, group) = (t / c.groups, t % c.groups);
        let to = out.at(range * total + group * c.outputs * terms);
        for image in c.images * range / ranges..c.images * (range + 1) / ranges {
            let unit = image * c.groups + group;
            let (image, grad) = (&x[unit * size..(unit + 1) * size], &y[unit * c.outputs * pixels..]);
            for block in &blocks {
                let (n, first) = (block.len(), block.first_pixel(c));
                // SAFETY: each task has a matrix of its own; sizes were checked.
                let multiply = |b: *const T, row: usize| unsafe {
                    let a = (grad[first..].as_ptr(), pixels as isize, 1);
                    T::add_product([c.outputs, terms, n], a, (b, 1, row as isize), to, terms as isize)
                };
                if c.is_pointwise() {
                    multiply(image.as_ptr(), pixels);
                    continue;
                }
                with_room(terms * n, |room| {
                    unfold(c, image, block, room, n);
                    multiply(room.as_ptr(), n);
                });
            }
        }
    });
    for part in partial.chunks_exact(total) {
        w.iter_mut().zip(part).for_each(|(w, &p)| *w = *w + p);
    }
}

/// Runs tasks on the pool where there are several and they are worth it; a lone one is left to the product's own.
pub fn share(count: usize, work: usize, task: impl Fn(usize) + Sync) {
    if count > 1 && work > TASK {
        let each = (TASK / (work / count).max(1)).max(1);
        par::run(count.div_ceil(each), &|t| (t * each..((t + 1) * each).min(count)).for_each(&task));
    } else {
        (0..count).for_each(task);
    }
}
