//! Sequences at equal distances: blocks of them in a compute type, converted to the tensor's.

use crate::dtype::DType;
use crate::dtype::Element;
use crate::kernels::convert;
use crate::kernels::convert::Run;
use crate::kernels::float::Float;
use crate::kernels::isa::Fma;
use crate::kernels::isa::Simd;
use crate::kernels::rows;
use crate::stamp;

/// Elements of a block.
const BLOCK: usize = 512;

/// Fills `n` elements of `dtype` by blocks of T: `fill` gets the index of a block's first element.
fn by_blocks<T: Element>(out: *mut u8, dtype: DType, n: usize, fill: impl Fn(usize, &mut [T]) + Sync) {
    let out = out as usize;
    rows::run(n, 1, |begin, end| {
        let mut block = [T::default(); BLOCK];
        for from in (begin..end).step_by(BLOCK) {
            let len = BLOCK.min(end - from);
            fill(from, &mut block[..len]);
            let run = |data, dtype: DType| Run { data, stride: dtype.size() as isize, dtype };
            let to = (out + from * dtype.size()) as *mut u8;
            // SAFETY: the block and what lies from `from` on hold `len` elements.
            unsafe { convert::copy(run(block.as_mut_ptr() as *mut u8, T::DTYPE), run(to, dtype), len) };
        }
    });
}

/// first + i step, wrapping.
pub fn integers(out: *mut u8, dtype: DType, n: usize, first: i64, step: i64) {
    by_blocks(out, dtype, n, |from, block| add_steps(block, first.wrapping_add(step.wrapping_mul(from as i64)), step));
}

/// first + i step, rounded after either operation.
pub fn floats(out: *mut u8, dtype: DType, n: usize, first: f64, step: f64) {
    by_blocks(out, dtype, n, |from, block| multiples(block, from as f64, first, step));
}

/// `n` points from `first` to `last`, rounded once; the second half counts from the end, so that it is symmetric.
pub fn between<T: Float + Element>(out: *mut u8, dtype: DType, n: usize, first: T, last: T) {
    let step = if n > 1 { (last - first) / T::of((n - 1) as f64) } else { T::ZERO };
    let half = if n == 1 { 1 } else { n / 2 };
    by_blocks(out, dtype, n, |from, block| {
        let (up, down) = block.split_at_mut(half.saturating_sub(from).min(block.len()));
        let from_end = n as f64 - 1.0 - (from + up.len()) as f64;
        from_point(up, from as f64, 1.0, first, step);
        from_point(down, from_end, -1.0, last, -step);
    });
}

#[inline(always)]
fn add_steps_body<S: Simd>(block: &mut [i64], first: i64, step: i64) {
    for (j, x) in block.iter_mut().enumerate() {
        *x = first.wrapping_add(step.wrapping_mul(j as i64));
    }
}

#[inline(always)]
fn multiples_body<S: Simd>(block: &mut [f64], from: f64, first: f64, step: f64) {
    for (j, x) in block.iter_mut().enumerate() {
        *x = first + step * (from + j as u32 as f64);
    }
}

/// point + (from + j sign) step, rounded once at every level.
#[inline(always)]
fn from_point_body<S: Simd, T: Float>(block: &mut [T], from: f64, sign: f64, point: T, step: T) {
    for (j, x) in block.iter_mut().enumerate() {
        *x = T::fma::<Fma>(step, T::of(from + sign * j as i32 as f64), point);
    }
}

stamp! { fn add_steps(block: &mut [i64], first: i64, step: i64) = add_steps_body; }
stamp! { fn multiples(block: &mut [f64], from: f64, first: f64, step: f64) = multiples_body; }
stamp! { fn from_point<T>(block: &mut [T], from: f64, sign: f64, point: T, step: T) where [T: Float] = from_point_body; }
