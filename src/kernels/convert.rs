//! Strided runs copied from one element type to another. The same type moves by item size; others convert
//! as C casts do. Strides are in bytes; 0 repeats an element.

use half::bf16;
use half::f16;
use half::slice::HalfFloatSliceExt;

use crate::dtype::DType;
use crate::dtype::Element;
use crate::kernels::isa::Simd;
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
            return with_dtype!(src.dtype, S => with_dtype!(dst.dtype, D => cast::<S, D>(src, dst, n)));
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
            return std::slice::from_raw_parts_mut(dst.data as *mut T, n).fill(*(src.data as *const T));
        }
        for i in 0..n as isize {
            *(dst.data.offset(i * dst.stride) as *mut T) = *(src.data.offset(i * src.stride) as *const T);
        }
    }
}

unsafe fn cast<S: Element, D: Element>(src: Run, dst: Run, n: usize) {
    let contiguous = src.stride == size_of::<S>() as isize && dst.stride == size_of::<D>() as isize;
    // SAFETY: the caller's promise; different types never share memory.
    unsafe {
        if contiguous && n > 0 {
            if S::DTYPE == DType::F32 && D::DTYPE == DType::F16 {
                let from = std::slice::from_raw_parts(src.data as *const f32, n);
                return std::slice::from_raw_parts_mut(dst.data as *mut f16, n).convert_from_f32_slice(from);
            }
            if S::DTYPE == DType::F16 && D::DTYPE == DType::F32 {
                let from = std::slice::from_raw_parts(src.data as *const f16, n);
                return from.convert_to_f32_slice(std::slice::from_raw_parts_mut(dst.data as *mut f32, n));
            }
            if S::DTYPE == DType::BF16 && D::DTYPE == DType::F32 {
                let from = std::slice::from_raw_parts(src.data as *const bf16, n);
                return widen(from, std::slice::from_raw_parts_mut(dst.data as *mut f32, n));
            }
            if S::DTYPE == DType::F32 && D::DTYPE == DType::BF16 {
                let from = std::slice::from_raw_parts(src.data as *const f32, n);
                return narrow(from, std::slice::from_raw_parts_mut(dst.data as *mut bf16, n));
            }
            let from = std::slice::from_raw_parts(src.data as *const S, n);
            let to = std::slice::from_raw_parts_mut(dst.data as *mut D, n);
            for (d, s) in to.iter_mut().zip(from) {
                *d = convert(*s);
            }
            return;
        }
        for i in 0..n as isize {
            *(dst.data.offset(i * dst.stride) as *mut D) = convert(*(src.data.offset(i * src.stride) as *const S));
        }
    }
}

#[inline(always)]
fn widen_body<S: Simd>(from: &[bf16], to: &mut [f32]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = f32::from_bits((from.to_bits() as u32) << 16);
    }
}

/// To the nearest, ties to even; a nan stays one.
#[inline(always)]
fn narrow_body<S: Simd>(from: &[f32], to: &mut [bf16]) {
    for (to, from) in to.iter_mut().zip(from) {
        let bits = from.to_bits();
        let rounded = (bits.wrapping_add(0x7fff + (bits >> 16 & 1))) >> 16;
        let quiet = bits >> 16 | 0x40;
        *to = bf16::from_bits(if bits & 0x7fff_ffff > 0x7f80_0000 { quiet } else { rounded } as u16);
    }
}

stamp! { fn widen(from: &[bf16], to: &mut [f32]) = widen_body; }
stamp! { fn narrow(from: &[f32], to: &mut [bf16]) = narrow_body; }

/// One value, by way of the smallest compute type that holds it.
#[inline(always)]
pub fn convert<S: Element, D: Element>(x: S) -> D {
    match (S::DTYPE, D::DTYPE) {
        (DType::F64, _) => D::from_f64(x.to_f64()),
        (s, _) if s.has_gradients() => D::from_f32(x.to_f32()),
        _ => D::from_i64(x.to_i64()),
    }
}
