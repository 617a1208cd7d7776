//! The one N-d iterator for elementwise work. Loops exist for contiguous runs of the compute classes; operands
//! that are strided, of another dtype or aliased pass through blocks that stay in the first-level cache.
//! Work is cut by the shape alone.

mod loops;
mod repeat;

use std::mem::MaybeUninit;

use crate::dtype::DType;
use crate::kernels::convert;
use crate::kernels::convert::Run;
use crate::kernels::frame::OPERANDS;
use crate::kernels::frame::Rows;
pub use crate::kernels::frame::View;
use crate::kernels::frame::coalesce;
pub use crate::kernels::transfer::copy;
use crate::par;
use crate::shape::Dims;

pub use loops::Kernel;
use loops::Loop;
pub use loops::Pointwise;
pub use loops::Test;
pub use loops::lanes;
pub use loops::native;

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
    body: Loop,
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
    let half = kernel.half.filter(|_| operands.iter().all(|operand| operand.dtype == DType::BF16));
    let halves = half.map(|body| Kernel { body, in_place: None, input: DType::BF16, output: DType::BF16, ..*kernel });
    let kernel = halves.as_ref().unwrap_or(kernel);
    let sizes = coalesce(sizes, operands);
    let mut blocked = [false; OPERANDS];
    let mut body = kernel.body;
    let inner = sizes.len() - 1;
    for (i, operand) in operands.iter().enumerate() {
        let wanted = if i == 0 { kernel.output } else { kernel.input };
        blocked[i] = operand.dtype != wanted || (operand.strides[inner] != 1 && sizes[inner] != 1);
        if i > 0 && operand.data == operands[0].data {
            match kernel.in_place {
                Some(in_place) if !blocked[0] => body = in_place,
                _ => blocked[i] = true,
            }
        }
    }
    let frame = Frame { kernel, body, sizes, operands, blocked };
    if let Some(repeats) = frame.repeats() {
        let n = *frame.sizes.last().expect("rows") as usize;
        let (rows, per_task) = (numel / n, CHUNK / n);
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
        let mut scratch = [const { MaybeUninit::<Block>::uninit() }; OPERANDS];
        let blocks = self.blocked.contains(&true).then(|| Blocks::of(self, &mut scratch));
        while left > 0 {
            let n = (row - first).min(left);
            if first > 0 {
                rows.shift(inner, first as i64);
            }
            // SAFETY: the caller's promise to `map`.
            match &blocks {
                Some(blocks) => unsafe { blocks.run(&rows.starts, n) },
                None => unsafe { self.whole(&rows.starts, n) },
            }
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
        // SAFETY: runs of `n` elements of the kernel's types; the output is no input's memory, or the loop is for that.
        unsafe { (self.body)(data[0], data[1..].as_ptr() as *const *const u8, n, self.kernel.params) }
    }
}

/// How the runs of a frame pass through blocks.
struct Blocks<'a> {
    frame: &'a Frame<'a>,
    count: usize,
    /// Elements in a block.
    len: usize,
    how: [Passage; OPERANDS],
    scratch: [*mut u8; OPERANDS],
    /// What lies in memory and in a block, at no place yet.
    runs: [Run; OPERANDS],
    native: [Run; OPERANDS],
}

#[derive(Clone, Copy, PartialEq)]
enum Passage {
    /// Where it lies.
    Direct,
    /// One element, which fills its block once for a run.
    Standing,
    Copied,
}

impl<'a> Blocks<'a> {
    fn of(frame: &'a Frame, scratch: &'a mut [MaybeUninit<Block>; OPERANDS]) -> Blocks<'a> {
        let (count, inner) = (frame.operands.len(), frame.sizes.len() - 1);
        let row = frame.sizes[inner] as usize;
        let view = |i: usize| &frame.operands[i.min(count - 1)];
        let how = std::array::from_fn(|i| match frame.blocked[i] {
            false => Passage::Direct,
            true if i > 0 && view(i).strides[inner] == 0 => Passage::Standing,
            true => Passage::Copied,
        });
        let run = |dtype: DType, stride: i64| Run { data: std::ptr::null_mut(), stride: stride as isize * dtype.size() as isize, dtype };
        // In short runs a short block does for what stands still.
        let len = if how.contains(&Passage::Standing) { (row / 4).next_multiple_of(64).clamp(BLOCK / 4, BLOCK) } else { BLOCK };
        Blocks {
            frame,
            count,
            len,
            how,
            scratch: std::array::from_fn(|i| scratch[i].as_mut_ptr() as *mut u8),
            runs: std::array::from_fn(|i| run(view(i).dtype, view(i).strides[inner])),
            native: std::array::from_fn(|i| run(if i == 0 { frame.kernel.output } else { frame.kernel.input }, 1)),
        }
    }

    /// One run along the innermost dimension, where everything stands still or is read and written where it lies.
    unsafe fn steps(&self, data: &[*mut u8; OPERANDS], n: usize) {
        let (mut at, mut steps) = (*data, [0; OPERANDS]);
        for i in 0..OPERANDS {
            let operand = if i < self.count { i } else { 1 };
            if self.how[operand] == Passage::Direct {
                (at[i], steps[i]) = (data[operand], self.runs[operand].stride * self.len as isize);
            } else {
                at[i] = self.scratch[operand];
            }
        }
        let mut left = n;
        loop {
            // SAFETY: runs of so many elements of the kernel's types, as in `Frame::whole`.
            unsafe { self.frame.whole(&at, self.len.min(left)) };
            if left <= self.len {
                return;
            }
            left -= self.len;
            for i in 0..OPERANDS {
                at[i] = at[i].wrapping_offset(steps[i]);
            }
        }
    }

    /// One run along the innermost dimension.
    unsafe fn run(&self, data: &[*mut u8; OPERANDS], n: usize) {
        let outside = |i: usize, from: usize| {
            let run = self.runs[i];
            Run { data: data[i].wrapping_offset(from as isize * run.stride), ..run }
        };
        let block = |i: usize| Run { data: self.scratch[i], ..self.native[i] };
        for i in 1..self.count {
            if self.how[i] == Passage::Standing {
                // SAFETY: the block holds `len` elements of any class.
                unsafe { convert::copy(outside(i, 0), block(i), self.len.min(n)) };
            }
        }
        if !self.how.contains(&Passage::Copied) {
            // SAFETY: the caller's promise; the blocks of what stands still are filled.
            return unsafe { self.steps(data, n) };
        }
        let mut from = 0;
        while from < n {
            let len = self.len.min(n - from);
            let mut at = [std::ptr::null_mut(); OPERANDS];
            for (i, at) in at.iter_mut().enumerate().take(self.count) {
                *at = if self.how[i] == Passage::Direct { outside(i, from).data } else { self.scratch[i] };
                if i > 0 && self.how[i] == Passage::Copied {
                    // SAFETY: the caller's promise; the block holds `len` elements.
                    unsafe { convert::copy(outside(i, from), block(i), len) };
                }
            }
            for i in self.count..OPERANDS {
                at[i] = at[1];
            }
            // SAFETY: runs of `len` elements of the kernel's types, as in `whole`.
            unsafe {
                self.frame.whole(&at, len);
                if self.how[0] == Passage::Copied {
                    convert::copy(block(0), outside(0, from), len);
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
    let in_place = kernel.in_place.expect("the engine's sums have a loop in place");
    // SAFETY: both hold n elements.
    unsafe { in_place(target, [target as *const u8, other, other].as_ptr(), n, kernel.params) };
}
