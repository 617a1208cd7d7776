//! What the draws need to know about a dtype, all of it here. `Sample`: casts as torch makes them (double to half goes
//! through float) and the modulus of `random_()`. `Float` adds the precision and the type its uniforms are computed in.

use std::ops::Add;
use std::ops::Div;
use std::ops::Mul;
use std::ops::Sub;

use half::bf16;
use half::f16;

use crate::kernels::random::box_muller::box_muller_f32;
use crate::kernels::random::box_muller::box_muller_f64;
use crate::kernels::random::level::Level;

pub trait Sample: Copy + PartialEq {
    /// `random_()` is an output modulo this.
    const RANDOM_MODULUS: u64;
    /// `random_()` takes a 64-bit output.
    const RANDOM_WIDE: bool;
    /// Upper end, inclusive, of `random_(from, None)`.
    const RANDOM_TOP: i64;

    fn from_bool(value: bool) -> Self;
    fn from_i64(value: i64) -> Self;
    fn from_f64(value: f64) -> Self;

    /// `from` of `random_(from, to)`, moved up to a value the dtype can hold.
    fn adjusted_from(from: i64) -> i64 {
        from
    }

    /// `to` of `random_(from, to)`, moved down likewise.
    fn adjusted_to(to: i64) -> i64 {
        to
    }
}

/// f32, f64, f16, bf16.
pub trait Float: Sample + PartialOrd {
    type Real: Real;
    /// Significand bits, the hidden one included.
    const DIGITS: u32;
    const SMALLEST_NORMAL: Self;
    /// The block normal draws uniforms for the last n % 16 elements too, and drops them.
    const DRAWS_REMAINDER: bool;

    fn from_real(value: Self::Real) -> Self;
    fn to_real(self) -> Self::Real;
}

/// The types uniforms are computed in: f32 and f64.
pub trait Real: Float<Real = Self> + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> {
    /// 32-bit outputs of one uniform.
    const WORDS: usize;

    /// Uniform in [0, 1) of `WORDS` outputs.
    fn unit(words: &[u32]) -> Self;
    /// `self * scale + shift`, rounded once if `FUSED`.
    fn scaled<const FUSED: bool>(self, scale: Self, shift: Self) -> Self;
    fn root(self) -> Self;
    /// log(1 - self), computed in Self.
    fn negated_ln_1p(self) -> f64;
    fn to_f64(self) -> f64;
    /// Uniforms to normals, in blocks of 8 radii and 8 angles.
    fn box_muller(level: Level, uniforms: &mut [Self], mean: Self, std: Self);
}

impl Real for f32 {
    const WORDS: usize = 1;

    #[inline(always)]
    fn unit(words: &[u32]) -> f32 {
        // Through i32: x86 has no unsigned conversion before AVX-512.
        (words[0] & 0xFFFFFF) as i32 as f32 * (1.0 / (1 << 24) as f32)
    }

    #[inline(always)]
    fn scaled<const FUSED: bool>(self, scale: f32, shift: f32) -> f32 {
        if FUSED { self.mul_add(scale, shift) } else { self * scale + shift }
    }

    fn root(self) -> f32 {
        self.sqrt()
    }

    fn negated_ln_1p(self) -> f64 {
        f64::from((-self).ln_1p())
    }

    fn to_f64(self) -> f64 {
        self.into()
    }

    fn box_muller(level: Level, uniforms: &mut [f32], mean: f32, std: f32) {
        box_muller_f32(level, uniforms, mean, std);
    }
}

impl Real for f64 {
    const WORDS: usize = 2;

    #[inline(always)]
    fn unit(words: &[u32]) -> f64 {
        // Both halves and their sum are exact.
        let high = (words[0] & 0x1FFFFF) as i32 as f64 * 4294967296.0;
        (high + words[1] as f64) * (1.0 / (1u64 << 53) as f64)
    }

    #[inline(always)]
    fn scaled<const FUSED: bool>(self, scale: f64, shift: f64) -> f64 {
        if FUSED { self.mul_add(scale, shift) } else { self * scale + shift }
    }

    fn root(self) -> f64 {
        self.sqrt()
    }

    fn negated_ln_1p(self) -> f64 {
        (-self).ln_1p()
    }

    fn to_f64(self) -> f64 {
        self
    }

    fn box_muller(level: Level, uniforms: &mut [f64], mean: f64, std: f64) {
        box_muller_f64(level, uniforms, mean, std);
    }
}

/// x86's conversion, which torch relies on: 2^63 becomes the smallest integer.
fn truncated(value: f64) -> i64 {
    if value >= i64::MAX as f64 { i64::MIN } else { value as i64 }
}

/// The last of `digits` significand bits of a value of this size.
fn spacing(value: i64, digits: u32) -> i64 {
    1 << (value.unsigned_abs().max(1).ilog2() + 1).saturating_sub(digits)
}

macro_rules! float {
    ($ty:ty, $real:ty, $digits:expr, tail $tail:expr, wide $wide:expr, $tiny:expr,
     |$b:ident| $bool:expr, |$i:ident| $int:expr, |$r:ident| $from_real:expr, |$s:ident| $to_real:expr) => {
        impl Sample for $ty {
            const RANDOM_MODULUS: u64 = (1 << $digits) + 1;
            const RANDOM_WIDE: bool = $wide;
            const RANDOM_TOP: i64 = 1 << $digits;

            #[inline(always)]
            fn from_bool($b: bool) -> $ty {
                $bool
            }
            #[inline(always)]
            fn from_i64($i: i64) -> $ty {
                $int
            }
            #[inline(always)]
            fn from_f64(value: f64) -> $ty {
                <$ty>::from_real(value as $real)
            }
            fn adjusted_from(from: i64) -> i64 {
                let least = truncated(<$ty>::from_i64(from.wrapping_add(1)).to_real().to_f64());
                if least < from { least + spacing(from.wrapping_add(1), $digits) } else { from }
            }
            fn adjusted_to(to: i64) -> i64 {
                let greatest = truncated(<$ty>::from_i64(to - 1).to_real().to_f64());
                if greatest >= to { greatest - spacing(to - 1, $digits) } else { to }
            }
        }

        impl Float for $ty {
            type Real = $real;
            const DIGITS: u32 = $digits;
            const SMALLEST_NORMAL: $ty = $tiny;
            const DRAWS_REMAINDER: bool = $tail;

            #[inline(always)]
            fn from_real($r: $real) -> $ty {
                $from_real
            }
            #[inline(always)]
            fn to_real(self) -> $real {
                let $s = self;
                $to_real
            }
        }
    };
}

float!(f32, f32, 24, tail true, wide false, f32::MIN_POSITIVE, |b| b as u8 as f32, |i| i as f32, |r| r, |s| s);
float!(f64, f64, 53, tail true, wide true, f64::MIN_POSITIVE, |b| b as u8 as f64, |i| i as f64, |r| r, |s| s);
float!(f16, f32, 11, tail false, wide false, f16::MIN_POSITIVE, |b| if b { f16::ONE } else { f16::ZERO },
    |i| f16::from_f32(i as f32), |r| f16::from_f32(r), |s| s.to_f32());
float!(bf16, f32, 8, tail false, wide false, bf16::MIN_POSITIVE, |b| if b { bf16::ONE } else { bf16::ZERO },
    |i| bf16::from_f32(i as f32), |r| bf16::from_f32(r), |s| s.to_f32());

macro_rules! integer {
    ($($ty:ty)*) => {$(
        impl Sample for $ty {
            const RANDOM_MODULUS: u64 = <$ty>::MAX as u64 + 1;
            const RANDOM_WIDE: bool = size_of::<$ty>() == 8;
            const RANDOM_TOP: i64 = <$ty>::MAX as i64;

            #[inline(always)]
            fn from_bool(value: bool) -> $ty {
                value as $ty
            }
            #[inline(always)]
            fn from_i64(value: i64) -> $ty {
                value as $ty
            }
            #[inline(always)]
            fn from_f64(value: f64) -> $ty {
                value as i64 as $ty
            }
        }
    )*};
}

integer!(u8 i8 i16 i32 i64);

impl Sample for bool {
    const RANDOM_MODULUS: u64 = 2;
    const RANDOM_WIDE: bool = false;
    const RANDOM_TOP: i64 = 1;

    #[inline(always)]
    fn from_bool(value: bool) -> bool {
        value
    }
    #[inline(always)]
    fn from_i64(value: i64) -> bool {
        value != 0
    }
    #[inline(always)]
    fn from_f64(value: f64) -> bool {
        value != 0.0
    }
}

/// Nothing is drawn into complex tensors.
#[cfg(feature = "complex")]
impl Sample for crate::dtype::Complex {
    const RANDOM_MODULUS: u64 = 1;
    const RANDOM_WIDE: bool = false;
    const RANDOM_TOP: i64 = 0;

    fn from_bool(_: bool) -> Self {
        unreachable!("{}", crate::dtype::NO_COMPLEX)
    }
    fn from_i64(_: i64) -> Self {
        unreachable!("{}", crate::dtype::NO_COMPLEX)
    }
    fn from_f64(_: f64) -> Self {
        unreachable!("{}", crate::dtype::NO_COMPLEX)
    }
}
