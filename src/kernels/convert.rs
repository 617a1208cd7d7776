//! Strided runs copied from one element type to another. The same type moves by item size; others convert
//! as C casts do. Strides are in bytes; 0 repeats an element.

use half::bf16;
use half::f16;
use half::slice::HalfFloatSliceExt;

use crate::dtype::DType;
use crate::dtype::Element;
use crate::kernels::isa::Base;
use crate::kernels::isa::Simd;
use crate::kernels::isa::level;
use crate::stamp;

/// A strided run of elements.
#[derive(Clone, Copy)]
pub struct Run {
    pub data: *mut u8,
    /// Bytes from one element to the next.
    pub stride: isize,
    pub dtype: DType,
}

/// Copies `n` elements of `src` into `dst`, converting. The runs do not overlap unless they are the same.
///
/// # Safety
/// Both runs lie in live memory of their types.
pub unsafe fn copy(src: Run, dst: Run, n: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        if src.dtype != dst.dtype {
            let together = n > 0 && src.stride == src.dtype.size() as isize && dst.stride == dst.dtype.size() as isize;
            if together && let Some(fast) = vectorised(src.dtype, dst.dtype) {
                return fast[level() as usize](src.data, dst.data, n);
            }
            return with_dtype!(src.dtype, S => with_dtype!(dst.dtype, D => match together {
                true => plain_body::<Base, S, D>(src.data, dst.data, n),
                false => cast::<S, D>(src, dst, n),
            }));
        }
        match src.dtype.size() {
            1 => shift::<u8>(src, dst, n),
            2 => shift::<u16>(src, dst, n),
            4 => shift::<u32>(src, dst, n),
            _ => shift::<u64>(src, dst, n),
        }
    }
}

#[inline(always)]
unsafe fn shift<T: Copy>(src: Run, dst: Run, n: usize) {
    let size = size_of::<T>() as isize;
    // SAFETY: the caller's promise.
    unsafe {
        if src.stride == size && dst.stride == size {
            return std::ptr::copy(src.data as *const T, dst.data as *mut T, n);
        }
        if src.stride == 0 && dst.stride == size && n > 0 {
            return repeat(std::slice::from_raw_parts_mut(dst.data as *mut T, n), *(src.data as *const T));
        }
        if src.stride == -size && dst.stride == size && n > 0 {
            let backwards = std::slice::from_raw_parts((src.data as *const T).sub(n - 1), n);
            return std::slice::from_raw_parts_mut(dst.data as *mut T, n).iter_mut().zip(backwards.iter().rev()).for_each(|(d, s)| *d = *s);
        }
        for i in 0..n as isize {
            *(dst.data.offset(i * dst.stride) as *mut T) = *(src.data.offset(i * src.stride) as *const T);
        }
    }
}

unsafe fn cast<S: Element, D: Element>(src: Run, dst: Run, n: usize) {
    for i in 0..n as isize {
        // SAFETY: the caller's promise.
        unsafe { *(dst.data.offset(i * dst.stride) as *mut D) = convert(*(src.data.offset(i * src.stride) as *const S)) };
    }
}

type Loop = unsafe fn(*const u8, *mut u8, usize);

/// Conversions of contiguous elements that are compiled for every level: to and from the compute types, and what programs
/// convert most.
fn vectorised(from: DType, to: DType) -> Option<[Loop; 3]> {
    macro_rules! pairs {
        ($($table:ident { $($from:ident $S:ty => $($to:ident $D:ty),*;)* })*) => {
            match (from, to) {
                $($($((DType::$from, DType::$to) => Some(const { $table::<$S, $D>() }),)*)*)*
                _ => None,
            }
        };
    }
    pairs! {
        plain_loops {
            U8 u8 => I32 i32, I64 i64, F32 f32;
            I8 i8 => I32 i32, I64 i64;
            I16 i16 => I32 i32, I64 i64;
            I32 i32 => U8 u8, I8 i8, I16 i16, Bool bool, I64 i64, F32 f32;
            Bool bool => I32 i32, I64 i64, F32 f32;
            I64 i64 => U8 u8, I8 i8, I16 i16, I32 i32, Bool bool, F32 f32, F64 f64;
            F32 f32 => F64 f64, Bool bool;
            F64 f64 => F32 f32;
        }
        whole_loops {
            F32 f32 => U8 u8, I32 i32, I64 i64;
        }
        narrow_loops {
            F32 f32 => BF16 bf16;
        }
        widen_loops {
            BF16 bf16 => F32 f32;
        }
        halve_loops {
            F32 f32 => F16 f16;
        }
        unhalve_loops {
            F16 f16 => F32 f32;
        }
    }
}

#[inline(always)]
unsafe fn plain_body<I: Simd, S: Element, D: Element>(from: *const u8, to: *mut u8, n: usize) {
    // SAFETY: the caller's runs of n elements, of types that share no memory.
    let (from, to) = unsafe { (std::slice::from_raw_parts(from as *const S, n), std::slice::from_raw_parts_mut(to as *mut D, n)) };
    for (to, from) in to.iter_mut().zip(from) {
        *to = convert(*from);
    }
}

/// Floats to whole numbers, by way of int32 where a stretch allows it: float to int64 is an instruction only later.
#[inline(always)]
unsafe fn whole_body<I: Simd, S: Element, D: Element>(from: *const u8, to: *mut u8, n: usize) {
    const STRETCH: usize = 64;
    // SAFETY: as above; S is f32.
    let (from, to) = unsafe { (std::slice::from_raw_parts(from as *const f32, n), std::slice::from_raw_parts_mut(to as *mut D, n)) };
    for (from, to) in from.chunks(STRETCH).zip(to.chunks_mut(STRETCH)) {
        let mut near = true;
        for x in from {
            near &= x.abs() < 2147483648.0;
        }
        if near {
            for (to, x) in to.iter_mut().zip(from) {
                // SAFETY: each is inside int32.
                *to = D::from_i64(unsafe { x.to_int_unchecked::<i32>() } as i64);
            }
        } else {
            for (to, x) in to.iter_mut().zip(from) {
                *to = convert(*x);
            }
        }
    }
}

#[inline(always)]
unsafe fn widen_body<I: Simd, S, D>(from: *const u8, to: *mut u8, n: usize) {
    // SAFETY: as above; S is bf16 and D f32.
    let (from, to) = unsafe { (std::slice::from_raw_parts(from as *const bf16, n), std::slice::from_raw_parts_mut(to as *mut f32, n)) };
    for (to, from) in to.iter_mut().zip(from) {
        *to = widen(*from);
    }
}

#[inline(always)]
pub fn widen(x: bf16) -> f32 {
    f32::from_bits((x.to_bits() as u32) << 16)
}

/// To the nearest, ties to even; a nan stays one.
#[inline(always)]
pub fn narrow(x: f32) -> bf16 {
    let bits = x.to_bits();
    let rounded = bits.wrapping_add(0x7fff + (bits >> 16 & 1));
    bf16::from_bits((if x.is_nan() { bits | 0x40_0000 } else { rounded } >> 16) as u16)
}

#[inline(always)]
unsafe fn narrow_body<I: Simd, S, D>(from: *const u8, to: *mut u8, n: usize) {
    // SAFETY: as above; S is f32 and D bf16.
    let (from, to) = unsafe { (std::slice::from_raw_parts(from as *const f32, n), std::slice::from_raw_parts_mut(to as *mut bf16, n)) };
    for (to, from) in to.iter_mut().zip(from) {
        *to = narrow(*from);
    }
}

#[inline(always)]
unsafe fn halve_body<I: Simd, S, D>(from: *const u8, to: *mut u8, n: usize) {
    // SAFETY: as above, of f32 and f16.
    let (from, to) = unsafe { (std::slice::from_raw_parts(from as *const f32, n), std::slice::from_raw_parts_mut(to as *mut f16, n)) };
    let (from, to) = match I::HALVES {
        true => by_eights(from, to, |x, y| {
            // SAFETY: the level has the instruction; both hold eight elements.
            unsafe { vector::halve(x.as_ptr(), y.as_mut_ptr().cast()) }
        }),
        false => (from, to),
    };
    to.convert_from_f32_slice(from);
}

#[inline(always)]
unsafe fn unhalve_body<I: Simd, S, D>(from: *const u8, to: *mut u8, n: usize) {
    // SAFETY: as above, of f16 and f32.
    let (from, to) = unsafe { (std::slice::from_raw_parts(from as *const f16, n), std::slice::from_raw_parts_mut(to as *mut f32, n)) };
    let (from, to) = match I::HALVES {
        true => by_eights(from, to, |x, y| {
            // SAFETY: the level has the instruction; both hold eight elements.
            unsafe { vector::unhalve(x.as_ptr().cast(), y.as_mut_ptr()) }
        }),
        false => (from, to),
    };
    from.convert_to_f32_slice(to);
}

/// Calls f for eight elements of both at a time and returns the rest.
#[inline(always)]
fn by_eights<'a, S, D>(from: &'a [S], to: &'a mut [D], f: impl Fn(&[S; 8], &mut [D; 8])) -> (&'a [S], &'a mut [D]) {
    let (from, rest) = from.as_chunks::<8>();
    let (to, last) = to.as_chunks_mut::<8>();
    from.iter().zip(to).for_each(|(x, y)| f(x, y));
    (rest, last)
}

/// The instructions that convert eight halves.
#[cfg(target_arch = "x86_64")]
mod vector {
    use std::arch::x86_64::*;

    #[inline(always)]
    pub unsafe fn halve(from: *const f32, to: *mut u8) {
        // SAFETY: the caller's promise of the instruction and of eight elements.
        unsafe { _mm_storeu_si128(to.cast(), _mm256_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(_mm256_loadu_ps(from))) };
    }

    #[inline(always)]
    pub unsafe fn unhalve(from: *const u8, to: *mut f32) {
        // SAFETY: as above.
        unsafe { _mm256_storeu_ps(to, _mm256_cvtph_ps(_mm_loadu_si128(from.cast()))) };
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod vector {
    pub unsafe fn halve(_from: *const f32, _to: *mut u8) {
        unreachable!("no level here has HALVES")
    }

    pub unsafe fn unhalve(_from: *const u8, _to: *mut f32) {
        unreachable!("no level here has HALVES")
    }
}

#[inline(always)]
fn repeat_body<I: Simd, T: Copy>(to: &mut [T], x: T) {
    to.fill(x);
}

stamp! { fn repeat<T>(to: &mut [T], x: T) where [T: Copy] = repeat_body; }
stamp! { table halve_loops<S, D>: unsafe fn(from: *const u8, to: *mut u8, n: usize) = halve_body; }
stamp! { table unhalve_loops<S, D>: unsafe fn(from: *const u8, to: *mut u8, n: usize) = unhalve_body; }
stamp! { table plain_loops<S, D>: unsafe fn(from: *const u8, to: *mut u8, n: usize) where [S: Element, D: Element] = plain_body; }
stamp! { table whole_loops<S, D>: unsafe fn(from: *const u8, to: *mut u8, n: usize) where [S: Element, D: Element] = whole_body; }
stamp! { table widen_loops<S, D>: unsafe fn(from: *const u8, to: *mut u8, n: usize) = widen_body; }
stamp! { table narrow_loops<S, D>: unsafe fn(from: *const u8, to: *mut u8, n: usize) = narrow_body; }

/// One value, by way of the smallest compute type that holds it.
#[inline(always)]
pub fn convert<S: Element, D: Element>(x: S) -> D {
    if const { matches!(S::DTYPE, DType::F64) } {
        D::from_f64(x.to_f64())
    } else if const { S::DTYPE.has_gradients() } {
        D::from_f32(x.to_f32())
    } else {
        D::from_i64(x.to_i64())
    }
}
