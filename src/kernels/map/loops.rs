//! Elementwise functions and their loops over contiguous runs of the compute types, for each instruction-set level.

use half::bf16;

use crate::dtype::Class;
#[cfg(feature = "complex")]
use crate::dtype::Complex;
use crate::dtype::DType;
use crate::dtype::Element;
use crate::kernels::convert::narrow;
use crate::kernels::convert::widen;
use crate::kernels::float::Float;
use crate::kernels::isa;
use crate::kernels::isa::Simd;
use crate::stamp;

/// An elementwise function of up to three operands, with its parameters. Operands that a function does not
/// have are copies of the first. Integers compute in int64 and wrap when stored: where nothing of the upper bits is
/// asked for, LLVM computes in the narrower type.
pub trait Pointwise: Copy + Sync {
    fn float<T: Float, S: Simd>(&self, x: [T; 3]) -> T;
    /// Cheap enough for loops of its own where an operand is the output and for bfloat16: others pass through blocks.
    const CHEAP: bool = false;
    /// Where `is_rare` says so the result comes from `rare`, so that `float` stays free of branches.
    const HAS_RARE: bool = false;
    fn is_rare<T: Float, S: Simd>(&self, _x: [T; 3]) -> bool {
        false
    }
    fn rare<T: Float>(&self, x: [T; 3]) -> T {
        x[0]
    }
    fn int(&self, _x: [i64; 3]) -> i64 {
        unreachable!("the op promotes integers to floats first")
    }
    #[cfg(feature = "complex")]
    fn complex(&self, _z: [Complex; 3]) -> Complex {
        unreachable!("{}", crate::dtype::NO_COMPLEX)
    }
}

/// An elementwise question.
pub trait Test: Copy + Sync {
    fn float<T: Float>(&self, x: [T; 3]) -> bool;
    fn int(&self, x: [i64; 3]) -> bool;
}

pub type Loop = unsafe fn(out: *mut u8, ins: *const *const u8, n: usize, params: *const u8);

/// A loop of f over n elements. Not a function that takes a closure: a closure that LLVM does not inline would be compiled
/// for the baseline, with every fused multiply-add a call. By pointers, for a slice's check of i costs the last vectors.
macro_rules! run {
    ($K:ty, $I:ty => $O:ty; $out:ident, $ins:ident, $n:ident, $params:ident, |$k:ident, $x:ident| $f:expr) => {{
        // SAFETY: the frame gives runs of n elements; the output aliases no input.
        unsafe {
            let $k = *($params as *const $K);
            let [a, b, c] = [0, 1, 2].map(|i| *$ins.add(i) as *const $I);
            for i in 0..$n {
                let $x = [*a.add(i), *b.add(i), *c.add(i)];
                *($out as *mut $O).add(i) = $f;
            }
        }
    }};
}

#[inline(always)]
unsafe fn float_loop<S: Simd, K: Pointwise, T: Float>(out: *mut u8, ins: *const *const u8, n: usize, params: *const u8) {
    run!(K, T => T; out, ins, n, params, |k, x| k.float::<T, S>(x));
    if K::HAS_RARE {
        // SAFETY: the runs are the loop's.
        unsafe {
            let [x, y, z] = [0, 1, 2].map(|i| std::slice::from_raw_parts(*ins.add(i) as *const T, n));
            redo_rare::<S, K, T>(&*(params as *const K), [x, y, z], out as *mut T)
        }
    }
}

/// Does over the rare elements; mostly there are none, which one fast pass tells.
#[inline(always)]
unsafe fn redo_rare<S: Simd, K: Pointwise, T: Float>(k: &K, [x, y, z]: [&[T]; 3], out: *mut T) {
    let n = x.len();
    let (y, z) = (&y[..n], &z[..n]);
    let mut any = false;
    for i in 0..n {
        any |= k.is_rare::<T, S>([x[i], y[i], z[i]]);
    }
    if any {
        for i in 0..n {
            if k.is_rare::<T, S>([x[i], y[i], z[i]]) {
                // SAFETY: `out` has x's length.
                unsafe { *out.add(i) = k.rare([x[i], y[i], z[i]]) };
            }
        }
    }
}

/// For an output that is an input, element for element: what a few vectors give is kept aside until all of them were read,
/// so that nobody has to know which input it is.
#[inline(always)]
unsafe fn in_place_loop<S: Simd, K: Pointwise, T: Float>(out: *mut u8, ins: *const *const u8, n: usize, params: *const u8) {
    const PART: usize = 32;
    // SAFETY: as for `run!`, but for the inputs that are the output.
    unsafe {
        let k = *(params as *const K);
        let [a, b, c] = [0, 1, 2].map(|i| *ins.add(i) as *const T);
        let out = out as *mut T;
        let whole = n - n % PART;
        for from in (0..whole).step_by(PART) {
            let mut part = [T::ZERO; PART];
            for (j, y) in part.iter_mut().enumerate() {
                let i = from + j;
                *y = k.float::<T, S>([*a.add(i), *b.add(i), *c.add(i)]);
            }
            out.add(from).cast::<[T; PART]>().write(part);
        }
        for i in whole..n {
            *out.add(i) = k.float::<T, S>([*a.add(i), *b.add(i), *c.add(i)]);
        }
    }
}

/// bfloat16, widened and rounded in registers.
#[inline(always)]
unsafe fn half_loop<S: Simd, K: Pointwise>(out: *mut u8, ins: *const *const u8, n: usize, params: *const u8) {
    run!(K, bf16 => bf16; out, ins, n, params, |k, x| narrow(k.float::<f32, S>([widen(x[0]), widen(x[1]), widen(x[2])])))
}

#[inline(always)]
unsafe fn int_loop<S: Simd, K: Pointwise, T: Element>(out: *mut u8, ins: *const *const u8, n: usize, params: *const u8) {
    run!(K, T => T; out, ins, n, params, |k, x| T::from_i64(k.int(x.map(T::to_i64))))
}

#[cfg(feature = "complex")]
unsafe fn complex_loop<K: Pointwise>(out: *mut u8, ins: *const *const u8, n: usize, params: *const u8) {
    run!(K, Complex => Complex; out, ins, n, params, |k, z| k.complex(z))
}

#[inline(always)]
unsafe fn float_test<S: Simd, K: Test, T: Float>(out: *mut u8, ins: *const *const u8, n: usize, params: *const u8) {
    run!(K, T => bool; out, ins, n, params, |k, x| k.float::<T>(x))
}

#[inline(always)]
unsafe fn int_test<S: Simd, K: Test, T: Element>(out: *mut u8, ins: *const *const u8, n: usize, params: *const u8) {
    run!(K, T => bool; out, ins, n, params, |k, x| k.int(x.map(T::to_i64)))
}

stamp! { table float_loops<K, T>: unsafe fn(out: *mut u8, ins: *const *const u8, n: usize, params: *const u8) where [K: Pointwise, T: Float] = float_loop; }
stamp! { table in_place_loops<K, T>: unsafe fn(out: *mut u8, ins: *const *const u8, n: usize, params: *const u8) where [K: Pointwise, T: Float] = in_place_loop; }
stamp! { table half_loops<K>: unsafe fn(out: *mut u8, ins: *const *const u8, n: usize, params: *const u8) where [K: Pointwise] = half_loop; }
stamp! { table int_loops<K, T>: unsafe fn(out: *mut u8, ins: *const *const u8, n: usize, params: *const u8) where [K: Pointwise, T: Element] = int_loop; }
stamp! { table float_tests<K, T>: unsafe fn(out: *mut u8, ins: *const *const u8, n: usize, params: *const u8) where [K: Test, T: Float] = float_test; }
stamp! { table int_tests<K, T>: unsafe fn(out: *mut u8, ins: *const *const u8, n: usize, params: *const u8) where [K: Test, T: Element] = int_test; }

/// The loops of one function, chosen for a dtype at this machine's level.
#[derive(Clone, Copy)]
pub struct Kernel {
    pub body: Loop,
    /// For an output that is an input.
    pub in_place: Option<Loop>,
    /// For operands that are all bfloat16.
    pub half: Option<Loop>,
    pub params: *const u8,
    /// What the loops read and write.
    pub input: DType,
    pub output: DType,
}

/// The type of a compute class's loops.
pub const fn native(class: Class) -> DType {
    match class {
        Class::Int => DType::I64,
        Class::F32 => DType::F32,
        Class::F64 => DType::F64,
        #[cfg(feature = "complex")]
        Class::Complex => DType::C64,
    }
}

/// The type of the elementwise loops for `dtype`: bytes and both wide integers have their own.
pub const fn lanes(dtype: DType) -> DType {
    match dtype {
        DType::U8 | DType::I64 => dtype,
        DType::Bool | DType::I8 | DType::I16 | DType::I32 => DType::I32,
        _ => native(dtype.class()),
    }
}

/// The loop for integers of the type of `lanes`.
macro_rules! int_loop {
    ($table:ident, $K:ty, $dtype:expr) => {
        match lanes($dtype) {
            DType::U8 => const { $table::<$K, u8>() },
            DType::I32 => const { $table::<$K, i32>() },
            _ => const { $table::<$K, i64>() },
        }
    };
}

impl Kernel {
    /// `params` must outlive the kernel's use.
    #[inline(always)]
    pub fn pointwise<K: Pointwise>(params: &K, dtype: DType, integers: bool) -> Kernel {
        let level = isa::level() as usize;
        let body = match dtype.class() {
            Class::F32 => (const { float_loops::<K, f32>() })[level],
            Class::F64 => (const { float_loops::<K, f64>() })[level],
            #[cfg(feature = "complex")]
            Class::Complex => complex_loop::<K>,
            Class::Int if integers => int_loop!(int_loops, K, dtype)[level],
            Class::Int => unreachable!("the op promotes integers to floats first"),
        };
        let in_place = match dtype.class() {
            Class::F32 if K::CHEAP => Some((const { in_place_loops::<K, f32>() })[level]),
            Class::F64 if K::CHEAP => Some((const { in_place_loops::<K, f64>() })[level]),
            _ => None,
        };
        let half = (K::CHEAP && dtype == DType::BF16).then(|| (const { half_loops::<K>() })[level]);
        let native = lanes(dtype);
        Kernel { body, in_place, half, params: params as *const K as *const u8, input: native, output: native }
    }

    #[inline(always)]
    pub fn test<K: Test>(params: &K, dtype: DType) -> Kernel {
        let level = isa::level() as usize;
        let body = match dtype.class() {
            Class::F32 => (const { float_tests::<K, f32>() })[level],
            Class::F64 => (const { float_tests::<K, f64>() })[level],
            Class::Int => int_loop!(int_tests, K, dtype)[level],
            #[cfg(feature = "complex")]
            Class::Complex => unreachable!("{}", crate::dtype::NO_COMPLEX),
        };
        Kernel { body, in_place: None, half: None, params: params as *const K as *const u8, input: lanes(dtype), output: DType::Bool }
    }
}
