//! One register of each level, with the dozen operations matrix products need.

use std::ops::Add;
use std::ops::Mul;

/// All operations need the level's CPU features; pointers need not be aligned.
pub trait Vector: Copy {
    type T: Copy + Add<Output = Self::T> + Mul<Output = Self::T>;
    type Mask: Copy;
    const W: usize;
    /// Whether `transpose` is done in registers; otherwise it must not be called.
    const TRANSPOSES: bool = false;

    unsafe fn zero() -> Self;
    unsafe fn splat(x: Self::T) -> Self;
    /// The mask of the first n lanes, n <= W.
    unsafe fn mask(n: usize) -> Self::Mask;
    unsafe fn load(p: *const Self::T) -> Self;
    /// Lanes outside the mask are 0, and their memory is not touched.
    unsafe fn load_part(p: *const Self::T, mask: Self::Mask) -> Self;
    unsafe fn store(self, p: *mut Self::T);
    unsafe fn store_part(self, p: *mut Self::T, mask: Self::Mask);
    unsafe fn mul(self, b: Self) -> Self;
    /// self * b + c
    unsafe fn fma(self, b: Self, c: Self) -> Self;
    /// Transposes the W x W block in the first W entries.
    unsafe fn transpose(_rows: &mut [Self; 16]) {
        unreachable!("this level packs element by element")
    }

    /// The lanes added up, halves first.
    #[inline(always)]
    unsafe fn sum(self) -> Self::T {
        // SAFETY: the buffer has room for the widest register.
        unsafe {
            let mut lanes = [std::mem::MaybeUninit::<Self::T>::uninit(); 16];
            let p = lanes.as_mut_ptr().cast::<Self::T>();
            self.store(p);
            let mut half = Self::W / 2;
            while half > 0 {
                for i in 0..half {
                    *p.add(i) = *p.add(i) + *p.add(i + half);
                }
                half /= 2;
            }
            *p
        }
    }
}

/// Bytes of a cache line.
pub const LINE: usize = 64;

/// Asks for the cache line of `p`, which need not be a valid address.
#[inline(always)]
pub fn prefetch<T>(p: *const T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch never faults.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(p.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = p;
}

/// Entry q of the result has lane q of the j-th vectors of up to W rows from i on; registers must transpose.
#[inline(always)]
pub unsafe fn turned<V: Vector, const R: usize, const N: usize>(acc: &[[V; N]; R], i: usize, j: usize) -> [V; 16] {
    // SAFETY: the level's features, as for all operations.
    unsafe {
        let mut block = [V::zero(); 16];
        for k in 0..V::W.min(R - i) {
            block[k] = acc[i + k][j];
        }
        V::transpose(&mut block);
        block
    }
}

/// The baseline register: an array that LLVM keeps in 128 bits.
#[derive(Clone, Copy)]
pub struct Lanes<T, const W: usize>([T; W]);

macro_rules! lanes {
    ($t:ty, $w:literal) => {
        impl Vector for Lanes<$t, $w> {
            type T = $t;
            type Mask = usize;
            const W: usize = $w;

            #[inline(always)]
            unsafe fn zero() -> Self {
                Lanes([0.0; $w])
            }
            #[inline(always)]
            unsafe fn splat(x: $t) -> Self {
                Lanes([x; $w])
            }
            #[inline(always)]
            unsafe fn mask(n: usize) -> usize {
                n
            }
            #[inline(always)]
            unsafe fn load(p: *const $t) -> Self {
                // SAFETY: W readable elements.
                Lanes(unsafe { p.cast::<[$t; $w]>().read_unaligned() })
            }
            #[inline(always)]
            unsafe fn load_part(p: *const $t, n: usize) -> Self {
                // SAFETY: n readable elements.
                Lanes(std::array::from_fn(|i| if i < n { unsafe { *p.add(i) } } else { 0.0 }))
            }
            #[inline(always)]
            unsafe fn store(self, p: *mut $t) {
                // SAFETY: W writable elements.
                unsafe { p.cast::<[$t; $w]>().write_unaligned(self.0) }
            }
            #[inline(always)]
            unsafe fn store_part(self, p: *mut $t, n: usize) {
                for i in 0..n.min($w) {
                    // SAFETY: n writable elements.
                    unsafe { *p.add(i) = self.0[i] }
                }
            }
            #[inline(always)]
            unsafe fn mul(self, b: Self) -> Self {
                Lanes(std::array::from_fn(|i| self.0[i] * b.0[i]))
            }
            #[inline(always)]
            unsafe fn fma(self, b: Self, c: Self) -> Self {
                Lanes(std::array::from_fn(|i| self.0[i] * b.0[i] + c.0[i]))
            }
        }
    };
}

lanes!(f32, 4);
lanes!(f64, 2);

#[cfg(target_arch = "x86_64")]
pub mod x86 {
    use std::arch::x86_64::*;

    use super::Vector;

    // SAFETY, for every block below: the trait's contract, which is the intrinsics' own.

    /// Implements `Vector` by naming the intrinsics of one register type.
    macro_rules! register {
        ($v:ty, $t:ty, $w:literal, mask $mask:ty = $make:expr, $zero:ident $splat:ident $load:ident $load_part:ident
            $store:ident $store_part:ident $mul:ident $fma:ident $(, transpose $transpose:ident)?) => {
            impl Vector for $v {
                type T = $t;
                type Mask = $mask;
                const W: usize = $w;
                $(
                    const TRANSPOSES: bool = true;
                    #[inline(always)]
                    unsafe fn transpose(rows: &mut [Self; 16]) {
                        unsafe { $transpose(rows) }
                    }
                )?
                #[inline(always)]
                unsafe fn zero() -> Self {
                    unsafe { $zero() }
                }
                #[inline(always)]
                unsafe fn splat(x: $t) -> Self {
                    unsafe { $splat(x) }
                }
                #[inline(always)]
                #[allow(unused_unsafe)]
                unsafe fn mask(n: usize) -> $mask {
                    unsafe { $make(n) }
                }
                #[inline(always)]
                unsafe fn load(p: *const $t) -> Self {
                    unsafe { $load(p) }
                }
                #[inline(always)]
                unsafe fn load_part(p: *const $t, mask: $mask) -> Self {
                    unsafe { $load_part(mask, p) }
                }
                #[inline(always)]
                unsafe fn store(self, p: *mut $t) {
                    unsafe { $store(p, self) }
                }
                #[inline(always)]
                unsafe fn store_part(self, p: *mut $t, mask: $mask) {
                    unsafe { $store_part(p, mask, self) }
                }
                #[inline(always)]
                unsafe fn mul(self, b: Self) -> Self {
                    unsafe { $mul(self, b) }
                }
                #[inline(always)]
                unsafe fn fma(self, b: Self, c: Self) -> Self {
                    unsafe { $fma(self, b, c) }
                }
            }
        };
    }

    register!(__m512, f32, 16, mask __mmask16 = |n: usize| ((1u32 << n) - 1) as u16,
        _mm512_setzero_ps _mm512_set1_ps _mm512_loadu_ps _mm512_maskz_loadu_ps
        _mm512_storeu_ps _mm512_mask_storeu_ps _mm512_mul_ps _mm512_fmadd_ps, transpose transpose_16_floats);
    register!(__m512d, f64, 8, mask __mmask8 = |n: usize| ((1u32 << n) - 1) as u8,
        _mm512_setzero_pd _mm512_set1_pd _mm512_loadu_pd _mm512_maskz_loadu_pd
        _mm512_storeu_pd _mm512_mask_storeu_pd _mm512_mul_pd _mm512_fmadd_pd, transpose transpose_8_doubles);
    // Masked stores of AVX2 take some forty micro-operations on processors that have no AVX-512: parts are stored by halves.
    register!(__m256, f32, 8, mask usize = |n: usize| n,
        _mm256_setzero_ps _mm256_set1_ps _mm256_loadu_ps load_8
        _mm256_storeu_ps store_8 _mm256_mul_ps _mm256_fmadd_ps, transpose transpose_8_floats);
    register!(__m256d, f64, 4, mask usize = |n: usize| n,
        _mm256_setzero_pd _mm256_set1_pd _mm256_loadu_pd load_4
        _mm256_storeu_pd store_4 _mm256_mul_pd _mm256_fmadd_pd, transpose transpose_4_doubles);

    #[inline(always)]
    unsafe fn load_8(n: usize, p: *const f32) -> __m256 {
        unsafe {
            let mask = _mm256_cmpgt_epi32(_mm256_set1_epi32(n as i32), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
            _mm256_maskload_ps(p, mask)
        }
    }

    #[inline(always)]
    unsafe fn load_4(n: usize, p: *const f64) -> __m256d {
        unsafe {
            let mask = _mm256_cmpgt_epi64(_mm256_set1_epi64x(n as i64), _mm256_setr_epi64x(0, 1, 2, 3));
            _mm256_maskload_pd(p, mask)
        }
    }

    #[inline(always)]
    unsafe fn store_8(mut p: *mut f32, n: usize, v: __m256) {
        unsafe {
            if n >= 8 {
                return _mm256_storeu_ps(p, v);
            }
            let mut v4 = _mm256_castps256_ps128(v);
            if n & 4 != 0 {
                _mm_storeu_ps(p, v4);
                (v4, p) = (_mm256_extractf128_ps::<1>(v), p.add(4));
            }
            if n & 2 != 0 {
                _mm_storel_pd(p.cast(), _mm_castps_pd(v4));
                (v4, p) = (_mm_movehl_ps(v4, v4), p.add(2));
            }
            if n & 1 != 0 {
                _mm_store_ss(p, v4);
            }
        }
    }

    #[inline(always)]
    unsafe fn store_4(mut p: *mut f64, n: usize, v: __m256d) {
        unsafe {
            if n >= 4 {
                return _mm256_storeu_pd(p, v);
            }
            let mut v2 = _mm256_castpd256_pd128(v);
            if n & 2 != 0 {
                _mm_storeu_pd(p, v2);
                (v2, p) = (_mm256_extractf128_pd::<1>(v), p.add(2));
            }
            if n & 1 != 0 {
                _mm_store_sd(p, v2);
            }
        }
    }

    /// Pairs of floats, then pairs of doubles, then halves of the register.
    #[inline(always)]
    unsafe fn transpose_8_floats(r: &mut [__m256; 16]) {
        unsafe {
            let mut t = [_mm256_setzero_ps(); 8];
            for i in 0..4 {
                t[2 * i] = _mm256_unpacklo_ps(r[2 * i], r[2 * i + 1]);
                t[2 * i + 1] = _mm256_unpackhi_ps(r[2 * i], r[2 * i + 1]);
            }
            for i in [0, 4] {
                let [a, b, c, d] = std::array::from_fn(|j| _mm256_castps_pd(t[i + j]));
                r[i] = _mm256_castpd_ps(_mm256_unpacklo_pd(a, c));
                r[i + 1] = _mm256_castpd_ps(_mm256_unpackhi_pd(a, c));
                r[i + 2] = _mm256_castpd_ps(_mm256_unpacklo_pd(b, d));
                r[i + 3] = _mm256_castpd_ps(_mm256_unpackhi_pd(b, d));
            }
            for i in 0..4 {
                (r[i], r[4 + i]) = (_mm256_permute2f128_ps::<0x20>(r[i], r[4 + i]), _mm256_permute2f128_ps::<0x31>(r[i], r[4 + i]));
            }
        }
    }

    /// The same with doubles.
    #[inline(always)]
    unsafe fn transpose_4_doubles(r: &mut [__m256d; 16]) {
        unsafe {
            let t = [
                _mm256_unpacklo_pd(r[0], r[1]),
                _mm256_unpackhi_pd(r[0], r[1]),
                _mm256_unpacklo_pd(r[2], r[3]),
                _mm256_unpackhi_pd(r[2], r[3]),
            ];
            for i in 0..2 {
                (r[i], r[2 + i]) = (_mm256_permute2f128_pd::<0x20>(t[i], t[2 + i]), _mm256_permute2f128_pd::<0x31>(t[i], t[2 + i]));
            }
        }
    }

    /// Pairs of floats, then pairs of doubles, then quarters of the register, twice.
    #[inline(always)]
    unsafe fn transpose_16_floats(r: &mut [__m512; 16]) {
        unsafe {
            let mut t = [_mm512_setzero_ps(); 16];
            for i in 0..8 {
                t[2 * i] = _mm512_unpacklo_ps(r[2 * i], r[2 * i + 1]);
                t[2 * i + 1] = _mm512_unpackhi_ps(r[2 * i], r[2 * i + 1]);
            }
            for i in 0..4 {
                let [a, b, c, d] = std::array::from_fn(|j| _mm512_castps_pd(t[4 * i + j]));
                r[4 * i] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, c));
                r[4 * i + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, c));
                r[4 * i + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(b, d));
                r[4 * i + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(b, d));
            }
            for i in 0..4 {
                for half in [0, 8] {
                    t[half + i] = _mm512_shuffle_f32x4::<0x88>(r[half + i], r[half + 4 + i]);
                    t[half + 4 + i] = _mm512_shuffle_f32x4::<0xdd>(r[half + i], r[half + 4 + i]);
                }
            }
            for i in 0..8 {
                r[i] = _mm512_shuffle_f32x4::<0x88>(t[i], t[8 + i]);
                r[8 + i] = _mm512_shuffle_f32x4::<0xdd>(t[i], t[8 + i]);
            }
        }
    }

    /// With doubles: pairs, then quarters twice.
    #[inline(always)]
    unsafe fn transpose_8_doubles(r: &mut [__m512d; 16]) {
        unsafe {
            let mut t = [_mm512_setzero_pd(); 8];
            for i in 0..4 {
                t[2 * i] = _mm512_unpacklo_pd(r[2 * i], r[2 * i + 1]);
                t[2 * i + 1] = _mm512_unpackhi_pd(r[2 * i], r[2 * i + 1]);
            }
            for i in 0..2 {
                for half in [0, 4] {
                    r[half + i] = _mm512_shuffle_f64x2::<0x88>(t[half + i], t[half + 2 + i]);
                    r[half + 2 + i] = _mm512_shuffle_f64x2::<0xdd>(t[half + i], t[half + 2 + i]);
                }
            }
            for i in 0..4 {
                t[i] = _mm512_shuffle_f64x2::<0x88>(r[i], r[4 + i]);
                t[4 + i] = _mm512_shuffle_f64x2::<0xdd>(r[i], r[4 + i]);
            }
            r[..8].copy_from_slice(&t);
        }
    }
}
