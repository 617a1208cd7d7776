//! Instruction-set levels: which one runs, and `stamp!`, which compiles one loop body for each of them.
//! A body is `#[inline(always)]` and generic over a `Simd` token, so code written once gets the wide registers
//! and knows whether a fused multiply-add is an instruction or a slow libm call.

use std::sync::atomic::AtomicU8;
use std::sync::atomic::Ordering::Relaxed;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Isa {
    Baseline,
    /// avx2, fma, f16c
    Avx2,
    /// avx512f, avx512bw, avx512dq, avx512vl, and the above
    Avx512,
}

impl Isa {
    pub const ALL: [Isa; 3] = [Isa::Baseline, Isa::Avx2, Isa::Avx512];
}

const UNKNOWN: u8 = u8::MAX;
static LEVEL: AtomicU8 = AtomicU8::new(UNKNOWN);

/// The level kernels run at, read from the CPU and `RGRAD_ISA` on first use.
#[inline]
pub fn level() -> Isa {
    match LEVEL.load(Relaxed) {
        0 => Isa::Baseline,
        1 => Isa::Avx2,
        2 => Isa::Avx512,
        _ => first_level(),
    }
}

/// Makes the whole process run at `level`, or at the machine's level if that is lower.
pub fn force(level: Isa) {
    LEVEL.store(level.min(machine()) as u8, Relaxed);
}

#[cold]
fn first_level() -> Isa {
    let wanted = match std::env::var("RGRAD_ISA").as_deref() {
        Ok("baseline") => Isa::Baseline,
        Ok("avx2") => Isa::Avx2,
        _ => Isa::Avx512,
    };
    force(wanted);
    wanted.min(machine())
}

/// The highest level this CPU has.
#[cfg(target_arch = "x86_64")]
pub fn machine() -> Isa {
    let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") && is_x86_feature_detected!("f16c");
    let avx512 = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl");
    match (avx2, avx512) {
        (true, true) => Isa::Avx512,
        (true, false) => Isa::Avx2,
        _ => Isa::Baseline,
    }
}

/// The highest level this CPU has.
#[cfg(not(target_arch = "x86_64"))]
pub fn machine() -> Isa {
    Isa::Baseline
}

/// What a body may know about the level it is compiled for.
pub trait Simd: Copy {
    /// Whether `fma` rounds once, so that the error of a product can be had by it.
    const FUSED: bool;
    /// Whether eight halves are converted by an instruction.
    const HALVES: bool;
    /// a * b + c, rounded once where the hardware does so.
    fn fma(a: f32, b: f32, c: f32) -> f32;
    fn fma64(a: f64, b: f64, c: f64) -> f64;
}

#[derive(Clone, Copy)]
pub struct NoFma;

#[derive(Clone, Copy)]
pub struct Fma;

impl Simd for NoFma {
    const FUSED: bool = false;
    const HALVES: bool = false;
    #[inline(always)]
    fn fma(a: f32, b: f32, c: f32) -> f32 {
        a * b + c
    }
    #[inline(always)]
    fn fma64(a: f64, b: f64, c: f64) -> f64 {
        a * b + c
    }
}

impl Simd for Fma {
    const FUSED: bool = true;
    const HALVES: bool = cfg!(target_arch = "x86_64");
    #[inline(always)]
    fn fma(a: f32, b: f32, c: f32) -> f32 {
        a.mul_add(b, c)
    }
    #[inline(always)]
    fn fma64(a: f64, b: f64, c: f64) -> f64 {
        a.mul_add(b, c)
    }
}

/// The token of the baseline level.
#[cfg(target_arch = "x86_64")]
pub type Base = NoFma;
#[cfg(not(target_arch = "x86_64"))]
pub type Base = Fma;

/// Compiles `body` for every level. The body is `#[inline(always)] [unsafe] fn body<S: Simd, ...>(...)`.
///
/// `pub fn name<F>(x: &[f32], f: F) where [F: Fn(f32) -> f32] = body;` makes a function that picks by `level()`
/// (`pub unsafe fn` likewise). `pub table name<T>: unsafe fn(p: *mut T, n: usize) where [T: Math] = body;` makes
/// `pub const fn name<T>() -> [unsafe fn(*mut T, usize); 3]`, to be indexed by `level() as usize`; an entry may be
/// called only on a machine of its level. Type parameters are bare names; their bounds stand in `where [...]`.
#[macro_export]
macro_rules! stamp {
    ($(#[$m:meta])* $v:vis fn $name:ident $(<$($g:ident),+>)? ($($a:ident : $t:ty),* $(,)?) $(-> $r:ty)?
        $(where [$($w:tt)*])? = $body:ident;) => {
        $(#[$m])*
        #[inline]
        $v fn $name $(<$($g),+>)? ($($a: $t),*) $(-> $r)? $(where $($w)*)? {
            $crate::stamp!(@levels [$($($g),+)?] ($($a: $t),*) [$($r)?] [$($($w)*)?] $body);
            // SAFETY: level() never exceeds what the CPU has.
            match $crate::kernels::isa::level() {
                $crate::kernels::isa::Isa::Avx512 => unsafe { avx512 $(::<$($g),+>)? ($($a),*) },
                $crate::kernels::isa::Isa::Avx2 => unsafe { avx2 $(::<$($g),+>)? ($($a),*) },
                $crate::kernels::isa::Isa::Baseline => unsafe { baseline $(::<$($g),+>)? ($($a),*) },
            }
        }
    };
    ($(#[$m:meta])* $v:vis unsafe fn $name:ident $(<$($g:ident),+>)? ($($a:ident : $t:ty),* $(,)?) $(-> $r:ty)?
        $(where [$($w:tt)*])? = $body:ident;) => {
        $(#[$m])*
        #[inline]
        $v unsafe fn $name $(<$($g),+>)? ($($a: $t),*) $(-> $r)? $(where $($w)*)? {
            $crate::stamp!(@levels [$($($g),+)?] ($($a: $t),*) [$($r)?] [$($($w)*)?] $body);
            // SAFETY: level() never exceeds what the CPU has; the rest is the caller's promise to the body.
            match $crate::kernels::isa::level() {
                $crate::kernels::isa::Isa::Avx512 => unsafe { avx512 $(::<$($g),+>)? ($($a),*) },
                $crate::kernels::isa::Isa::Avx2 => unsafe { avx2 $(::<$($g),+>)? ($($a),*) },
                $crate::kernels::isa::Isa::Baseline => unsafe { baseline $(::<$($g),+>)? ($($a),*) },
            }
        }
    };
    ($(#[$m:meta])* $v:vis table $name:ident $(<$($g:ident),+>)? : unsafe fn($($a:ident : $t:ty),* $(,)?) $(-> $r:ty)?
        $(where [$($w:tt)*])? = $body:ident;) => {
        $(#[$m])*
        $v const fn $name $(<$($g),+>)? () -> [unsafe fn($($t),*) $(-> $r)?; 3] $(where $($w)*)? {
            $crate::stamp!(@levels [$($($g),+)?] ($($a: $t),*) [$($r)?] [$($($w)*)?] $body);
            [baseline $(::<$($g),+>)?, avx2 $(::<$($g),+>)?, avx512 $(::<$($g),+>)?]
        }
    };
    (@levels [$($g:ident),*] $args:tt $r:tt $w:tt $body:ident) => {
        $crate::stamp!(@one baseline, [], $crate::kernels::isa::Base, [$($g),*] $args $r $w $body);
        $crate::stamp!(@one avx2, [target_feature(enable = "avx2,fma,f16c")], $crate::kernels::isa::Fma,
            [$($g),*] $args $r $w $body);
        $crate::stamp!(@one avx512, [target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c")],
            $crate::kernels::isa::Fma, [$($g),*] $args $r $w $body);
    };
    (@one $level:ident, [$($feature:meta)?], $token:ty,
        [$($g:ident),*] ($($a:ident : $t:ty),*) [$($r:ty)?] [$($w:tt)*] $body:ident) => {
        $(#[cfg_attr(target_arch = "x86_64", $feature)])?
        #[allow(unused_unsafe)]
        unsafe fn $level<$($g),*>($($a: $t),*) $(-> $r)? where $($w)* {
            // SAFETY: the caller's promise to the body.
            unsafe { $body::<$token $(, $g)*>($($a),*) }
        }
    };
}

/// `by_level!(name, f32, TABLE)` makes `name(level)`, which gives the `TABLE` of the module that is named for the level;
/// its type is the caller's `Kernels<f32>`.
macro_rules! by_level {
    ($function:ident, $t:ty, $table:ident) => {
        pub fn $function(level: $crate::kernels::isa::Isa) -> &'static Kernels<$t> {
            match level {
                #[cfg(target_arch = "x86_64")]
                $crate::kernels::isa::Isa::Avx512 => &avx512::$table,
                #[cfg(target_arch = "x86_64")]
                $crate::kernels::isa::Isa::Avx2 => &avx2::$table,
                _ => &baseline::$table,
            }
        }
    };
}
pub(crate) use by_level;

#[cfg(test)]
mod tests {
    use super::*;

    #[inline(always)]
    fn map_body<S: Simd, F: Fn(f32) -> f32>(x: &[f32], y: &mut [f32], f: F) {
        for (a, b) in x.iter().zip(y) {
            *b = S::fma(f(*a), 2.0, 1.0);
        }
    }

    #[inline(always)]
    #[allow(clippy::extra_unused_type_parameters)]
    unsafe fn sum_body<S: Simd, T: Copy + std::ops::Add<Output = T>>(p: *const T, n: usize) -> T {
        // SAFETY: the caller gives n readable elements, n > 0.
        let s = unsafe { std::slice::from_raw_parts(p, n) };
        s[1..].iter().fold(s[0], |a, b| a + *b)
    }

    stamp! { fn map<F>(x: &[f32], y: &mut [f32], f: F) where [F: Fn(f32) -> f32] = map_body; }
    stamp! { unsafe fn sum<T>(p: *const T, n: usize) -> T where [T: Copy + std::ops::Add<Output = T>] = sum_body; }
    stamp! { table sums<T>: unsafe fn(p: *const T, n: usize) -> T
    where [T: Copy + std::ops::Add<Output = T>] = sum_body; }

    #[test]
    fn stamped_functions_and_tables_agree() {
        let mut y = [0.0; 5];
        map(&[1.0, 2.0, 3.0, 4.0, 5.0], &mut y, |v| v * v);
        assert_eq!(y, [3.0, 9.0, 19.0, 33.0, 51.0]);
        const SUMS: [unsafe fn(*const i64, usize) -> i64; 3] = sums::<i64>();
        let v = [1i64, 2, 3];
        // SAFETY: three elements, and only levels the machine has.
        unsafe {
            assert_eq!(sum(v.as_ptr(), 3), 6);
            for f in &SUMS[..=machine() as usize] {
                assert_eq!(f(v.as_ptr(), 3), 6);
            }
        }
    }
}
