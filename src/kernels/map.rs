//! The one N-d iterator for elementwise work. Loops exist for contiguous runs of the compute classes; operands
//! that are strided, of another dtype or aliased pass through blocks that stay in the first-level cache.
//! Work is cut by the shape alone.

mod repeat;

use std::mem::MaybeUninit;

use crate::dtype::Class;
#[cfg(feature = "complex")]
use crate::dtype::Complex;
use crate::dtype::DType;
use crate::kernels::convert;
use crate::kernels::convert::Run;
use crate::kernels::float::Float;
use crate::kernels::frame::OPERANDS;
use crate::kernels::frame::Rows;
pub use crate::kernels::frame::View;
use crate::kernels::frame::coalesce;
use crate::kernels::isa;
use crate::kernels::isa::Simd;
pub use crate::kernels::transfer::copy;
use crate::par;
use crate::shape::Dims;
use crate::stamp;

/// An elementwise function of up to three operands, with its parameters. Operands that a function does not
/// have are copies of the first. Integer dtypes and bool compute in int64 and wrap when stored.
pub trait Pointwise: Copy + Sync {
    fn float<T: Float, S: Simd>(&self, x: [T; 3]) -> T;
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
/// for the baseline, with every fused multiply-add a call.
macro_rules! run {
    ($K:ty, $I:ty => $O:ty; $out:ident, $ins:ident, $n:ident, $params:ident, |$k:ident, $x:ident| $f:expr) => {{
        // SAFETY: the frame gives runs of n elements; the output aliases no input.
        unsafe {
            let $k = *($params as *const $K);
            let out = std::slice::from_raw_parts_mut($out as *mut $O, $n);
            let [a, b, c] = [0, 1, 2].map(|i| std::slice::from_raw_parts(*$ins.add(i) as *const $I, $n));
            for (i, o) in out.iter_mut().enumerate() {
                let $x = [a[i], b[i], c[i]];
                *o = $f;
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

#[inline(always)]
unsafe fn int_loop<S: Simd, K: Pointwise>(out: *mut u8, ins: *const *const u8, n: usize, params: *const u8) {
    run!(K, i64 => i64; out, ins, n, params, |k, x| k.int(x))
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
unsafe fn int_test<S: Simd, K: Test>(out: *mut u8, ins: *const *const u8, n: usize, params: *const u8) {
    run!(K, i64 => bool; out, ins, n, params, |k, x| k.int(x))
}

stamp! { table float_loops<K, T>: unsafe fn(out: *mut u8, ins: *const *const u8, n: usize, params: *const u8) where [K: Pointwise, T: Float] = float_loop; }
stamp! { table int_loops<K>: unsafe fn(out: *mut u8, ins: *const *const u8, n: usize, params: *const u8) where [K: Pointwise] = int_loop; }
stamp! { table float_tests<K, T>: unsafe fn(out: *mut u8, ins: *const *const u8, n: usize, params: *const u8) where [K: Test, T: Float] = float_test; }
stamp! { table int_tests<K>: unsafe fn(out: *mut u8, ins: *const *const u8, n: usize, params: *const u8) where [K: Test] = int_test; }

/// The loops of one function, chosen for a compute class at this machine's level.
#[derive(Clone, Copy)]
pub struct Kernel {
    pub body: Loop,
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

impl Kernel {
    /// `params` must outlive the kernel's use.
    #[inline(always)]
    pub fn pointwise<K: Pointwise>(params: &K, class: Class, integers: bool) -> Kernel {
        let level = isa::level() as usize;
        let body = match class {
            Class::F32 => (const { float_loops::<K, f32>() })[level],
            Class::F64 => (const { float_loops::<K, f64>() })[level],
            #[cfg(feature = "complex")]
            Class::Complex => complex_loop::<K>,
            Class::Int if integers => (const { int_loops::<K>() })[level],
            Class::Int => unreachable!("the op promotes integers to floats first"),
        };
        Kernel { body, params: params as *const K as *const u8, input: native(class), output: native(class) }
    }

    #[inline(always)]
    pub fn test<K: Test>(params: &K, class: Class) -> Kernel {
        let level = isa::level() as usize;
        let body = match class {
            Class::F32 => (const { float_tests::<K, f32>() })[level],
            Class::F64 => (const { float_tests::<K, f64>() })[level],
            Class::Int => (const { int_tests::<K>() })[level],
            #[cfg(feature = "complex")]
            Class::Complex => unreachable!("{}", crate::dtype::NO_COMPLEX),
        };
        Kernel { body, params: params as *const K as *const u8, input: native(class), output: DType::Bool }
    }
}

/// Elements a task handles.
pub const CHUNK: usize = 32 * 1024;

/// Elements that pass through a block at once.
const BLOCK: usize = 512;

type Block = [MaybeUninit<u64>; BLOCK];

/// `out = kernel(x, number)` (or the number first) over `n` contiguous elements of the kernel's type, float32 or
/// float64.
#[inline]
pub fn with_number(kernel: &Kernel, out: *mut u8, x: *const u8, number: f64, n: usize, number_first: bool) {
    let mut block: Block = [MaybeUninit::uninit(); BLOCK];
    let filled = n.min(BLOCK);
    let size = kernel.input.size();
    // SAFETY: the block holds BLOCK elements of either type; steps stay inside both runs; `out` is no input.
    unsafe {
        match kernel.input {
            DType::F32 => {
                std::slice::from_raw_parts_mut(block.as_mut_ptr() as *mut MaybeUninit<f32>, filled).fill(MaybeUninit::new(number as f32))
            }
            _ => std::slice::from_raw_parts_mut(block.as_mut_ptr() as *mut MaybeUninit<f64>, filled).fill(MaybeUninit::new(number)),
        }
        let number = block.as_ptr() as *const u8;
        let mut at = 0;
        while at < n {
            let step = BLOCK.min(n - at);
            let x = x.add(at * size);
            let ins = if number_first { [number, x, x] } else { [x, number, number] };
            (kernel.body)(out.add(at * size), ins.as_ptr(), step, kernel.params);
            at += step;
        }
    }
}

/// The dimensions of all operands, merged where they can be, the output's smallest stride innermost.
struct Frame<'a> {
    kernel: &'a Kernel,
    sizes: Dims,
    /// The output first.
    operands: &'a [View],
    /// Does the operand need a block?
    blocked: [bool; OPERANDS],
}

// SAFETY: tasks write disjoint parts of the output.
unsafe impl Sync for Frame<'_> {}

/// Computes `out = kernel(ins)` over `sizes`. The output is the first operand; the operands' strides are used up.
///
/// # Safety
/// Every view lies in live memory for all of `sizes`; an input either is the output, element for element, or
/// does not overlap it.
pub unsafe fn map(kernel: &Kernel, sizes: &[i64], operands: &mut [View]) {
    let numel: usize = sizes.iter().product::<i64>() as usize;
    if numel == 0 {
        return;
    }
    let sizes = coalesce(sizes, operands);
    let mut blocked = [false; OPERANDS];
    let inner = sizes.len() - 1;
    for (i, operand) in operands.iter().enumerate() {
        let wanted = if i == 0 { kernel.output } else { kernel.input };
        let aliased = i > 0 && operand.data == operands[0].data;
        blocked[i] = operand.dtype != wanted || (operand.strides[inner] != 1 && sizes[inner] != 1) || aliased;
    }
    let frame = Frame { kernel, sizes, operands, blocked };
    if let Some(repeats) = frame.repeats() {
        let rows = frame.sizes[0] as usize;
        let per_task = CHUNK / frame.sizes[1] as usize;
        return par::run(rows.div_ceil(per_task), &|i| {
            // SAFETY: the caller's promise; tasks write disjoint rows.
            unsafe { frame.repeated(&repeats, i * per_task, ((i + 1) * per_task).min(rows)) }
        });
    }
    let chunks = numel.div_ceil(CHUNK);
    // SAFETY: the caller's promise; chunks are disjoint.
    par::run(chunks, &|i| unsafe { frame.range(i * CHUNK, ((i + 1) * CHUNK).min(numel)) });
}

impl Frame<'_> {
    /// Elements `begin..end` in the frame's order.
    unsafe fn range(&self, begin: usize, end: usize) {
        let inner = self.sizes.len() - 1;
        let row = self.sizes[inner] as usize;
        let mut rows = Rows::at(begin / row, &self.sizes, self.operands);
        let mut first = begin % row;
        let mut left = end - begin;
        let any_blocked = self.blocked.contains(&true);
        while left > 0 {
            let n = (row - first).min(left);
            if first > 0 {
                rows.shift(inner, first as i64);
            }
            // SAFETY: the caller's promise to `map`.
            unsafe { if any_blocked { self.by_blocks(&rows.starts, n) } else { self.whole(&rows.starts, n) } };
            if first > 0 {
                rows.shift(inner, -(first as i64));
            }
            left -= n;
            first = 0;
            rows.advance();
        }
    }

    /// One run along the innermost dimension that the kernel reads and writes as it lies; missing operands lie
    /// where another input does.
    #[inline(always)]
    unsafe fn whole(&self, data: &[*mut u8; OPERANDS], n: usize) {
        // SAFETY: runs of `n` elements of the kernel's types; the output is no input's memory.
        unsafe { (self.kernel.body)(data[0], data[1..].as_ptr() as *const *const u8, n, self.kernel.params) }
    }

    /// One run along the innermost dimension, by way of blocks.
    #[inline(never)]
    unsafe fn by_blocks(&self, data: &[*mut u8; OPERANDS], n: usize) {
        let mut scratch = [const { MaybeUninit::<Block>::uninit() }; OPERANDS];
        let count = self.operands.len();
        let inner = self.sizes.len() - 1;
        let run = |i: usize, from: usize| {
            let view = &self.operands[i];
            let stride = view.strides[inner] as isize * view.dtype.size() as isize;
            Run { data: data[i].wrapping_offset(from as isize * stride), stride, dtype: view.dtype }
        };
        let mut from = 0;
        while from < n {
            let len = BLOCK.min(n - from);
            let mut ins = [std::ptr::null::<u8>(); OPERANDS - 1];
            for i in 1..count {
                ins[i - 1] = run(i, from).data;
                if self.blocked[i] && from > 0 && self.operands[i].strides[inner] == 0 {
                    ins[i - 1] = scratch[i].as_ptr() as *const u8;
                } else if self.blocked[i] {
                    let block = scratch[i].as_mut_ptr() as *mut u8;
                    let native = self.kernel.input;
                    // SAFETY: the block holds BLOCK elements of any class.
                    unsafe { convert::copy(run(i, from), Run { data: block, stride: native.size() as isize, dtype: native }, len) };
                    ins[i - 1] = block;
                }
            }
            for i in count..OPERANDS {
                ins[i - 1] = ins[0];
            }
            let native = self.kernel.output;
            let target = run(0, from);
            let block = scratch[0].as_mut_ptr() as *mut u8;
            let out = if self.blocked[0] { block } else { target.data };
            // SAFETY: runs of `len` elements; the output is no input's memory, or inputs are in blocks.
            unsafe {
                (self.kernel.body)(out, ins.as_ptr(), len, self.kernel.params);
                if self.blocked[0] {
                    convert::copy(Run { data: block, stride: native.size() as isize, dtype: native }, target, len);
                }
            }
            from += len;
        }
    }
}

/// `out = kernel(ins)` over `n` bytes as int64, for functions of the single bits.
///
/// # Safety
/// All hold `n` bytes and lie on words; `out` overlaps no input.
pub unsafe fn words(kernel: &Kernel, out: *mut u8, ins: [*const u8; 3], n: usize) {
    let (out, ins, body, params) = (out as usize, ins.map(|p| p as usize), kernel.body, kernel.params as usize);
    let whole = n / 8;
    par::run(whole.div_ceil(CHUNK), &|t| {
        let (from, len) = (t * CHUNK * 8, CHUNK.min(whole - t * CHUNK));
        // SAFETY: the caller's promise; chunks are disjoint.
        unsafe { body((out + from) as *mut u8, ins.map(|p| (p + from) as *const u8).as_ptr(), len, params as *const u8) };
    });
    let (from, rest) = (whole * 8, n % 8);
    let (mut last, mut result) = ([0i64; 3], 0i64);
    // SAFETY: the caller's promise; the rest of the bytes goes by way of words of our own.
    unsafe {
        for (word, p) in last.iter_mut().zip(ins) {
            std::ptr::copy_nonoverlapping((p + from) as *const u8, word as *mut i64 as *mut u8, rest);
        }
        let last = [0, 1, 2].map(|i| &raw const last[i] as *const u8);
        (kernel.body)(&raw mut result as *mut u8, last.as_ptr(), 1, kernel.params);
        std::ptr::copy_nonoverlapping(&raw const result as *const u8, (out + from) as *mut u8, rest);
    }
}

/// Copies bytes; the runs may overlap.
pub fn copy_bytes(to: *mut u8, from: *const u8, n: usize) {
    // SAFETY: both runs hold n bytes, as the tensors' sizes say.
    unsafe { std::ptr::copy(from, to, n) };
}

/// Copies the `n` bytes of `row` to each of `rows` rows.
pub fn copy_rows(to: *mut u8, row: *const u8, rows: usize, n: usize) {
    // SAFETY: `to` holds `rows` rows of n bytes, `row` one, as the tensors' sizes say; they lie apart.
    (0..rows).for_each(|i| unsafe { std::ptr::copy_nonoverlapping(row, to.add(i * n), n) });
}

/// `target = kernel(target, other)` over `n` contiguous elements of the kernel's type.
#[inline]
pub fn in_place(kernel: &Kernel, target: *mut u8, other: *const u8, n: usize) {
    let mut block: Block = [MaybeUninit::uninit(); BLOCK];
    let size = kernel.input.size();
    let mut at = 0;
    while at < n {
        let step = BLOCK.min(n - at);
        // SAFETY: steps stay inside both runs, the block holds BLOCK elements; the kernel reads the block.
        unsafe {
            let target = target.add(at * size);
            std::ptr::copy_nonoverlapping(target, block.as_mut_ptr() as *mut u8, step * size);
            let old = block.as_ptr() as *const u8;
            let other = other.add(at * size);
            (kernel.body)(target, [old, other, other].as_ptr(), step, kernel.params);
        }
        at += step;
    }
}
