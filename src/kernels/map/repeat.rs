//! Maps of a matrix of short rows to which an operand adds a row or a column: many rows run together.

use std::mem::MaybeUninit;

use super::BLOCK;
use super::Block;
use super::Frame;
use crate::kernels::frame::OPERANDS;
use crate::kernels::frame::Rows;
use crate::kernels::isa::Simd;
use crate::stamp;

/// How an operand lies in a matrix of short rows.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Repeat {
    /// As the output does.
    Not,
    /// One row, the same for all.
    Row,
    /// One element for each row.
    Element,
}

/// Rows longer than this run one by one.
const SHORT: i64 = 192;

impl Frame<'_> {
    /// For matrices of short rows without gaps, to which some operands add a row or a column: many rows can run together.
    pub(super) fn repeats(&self) -> Option<[Repeat; OPERANDS]> {
        let &[.., rows, n] = self.sizes.as_slice() else { return None };
        if rows < 2 || n > SHORT {
            return None;
        }
        let outer = self.sizes.len() - 2;
        let mut repeats = [Repeat::Not; OPERANDS];
        for (i, operand) in self.operands.iter().enumerate() {
            let native = operand.dtype == if i == 0 { self.kernel.output } else { self.kernel.input };
            repeats[i] = match (operand.strides[outer], operand.strides[outer + 1]) {
                (down, 1) if down == n && !self.blocked[i] => Repeat::Not,
                (0, 1) if i > 0 && !self.blocked[i] => Repeat::Row,
                (_, 0) if i > 0 && native && operand.data != self.operands[0].data => Repeat::Element,
                _ => return None,
            };
        }
        Some(repeats)
    }

    /// Rows `begin..end` of such matrices.
    pub(super) unsafe fn repeated(&self, repeats: &[Repeat; OPERANDS], begin: usize, end: usize) {
        let matrices = &self.sizes[..self.sizes.len() - 1];
        let height = *matrices.last().expect("rows") as usize;
        let mut starts = Rows::at(begin / height, matrices, self.operands);
        let mut row = begin;
        while row < end {
            let skipped = row % height;
            let rows = (height - skipped).min(end - row);
            // SAFETY: the caller's promise; the rows lie in this matrix.
            unsafe { self.together(repeats, &starts.starts, skipped, rows) };
            row += rows;
            starts.advance();
        }
    }

    /// So many rows of one matrix from row `begin` on, as many at once as a block holds of what is repeated.
    unsafe fn together(&self, repeats: &[Repeat; OPERANDS], starts: &[*mut u8; OPERANDS], begin: usize, rows: usize) {
        let mut scratch = [const { MaybeUninit::<Block>::uninit() }; OPERANDS];
        let (outer, n) = (self.sizes.len() - 2, *self.sizes.last().expect("rows") as usize);
        let (together, size) = ((BLOCK / n).min(rows), self.kernel.input.size());
        for first in (begin..begin + rows).step_by(together) {
            let rows = together.min(begin + rows - first);
            let mut data = [std::ptr::null_mut(); OPERANDS];
            for (i, view) in self.operands.iter().enumerate() {
                let down = view.strides[outer] as isize * view.dtype.size() as isize;
                let at = starts[i].wrapping_offset(first as isize * down);
                data[i] = at;
                if repeats[i] == Repeat::Not {
                    continue;
                }
                data[i] = scratch[i].as_mut_ptr() as *mut u8;
                if repeats[i] == Repeat::Row && first > begin {
                    continue;
                }
                let spread = if repeats[i] == Repeat::Row { repeat_row } else { repeat_elements };
                // SAFETY: the block holds `together` rows; a row has n elements and a column one for each row.
                unsafe { spread(at, down, data[i], rows, n, size) };
            }
            for i in self.operands.len()..OPERANDS {
                data[i] = data[1];
            }
            // SAFETY: runs of `rows * n` elements of the kernel's types; the output is no input's memory, or the loop is for that.
            unsafe { self.whole(&data, rows * n) };
        }
    }
}

/// Writes one row of n elements of `size` bytes so many times.
#[inline(always)]
unsafe fn repeat_row_body<S: Simd>(from: *const u8, _down: isize, to: *mut u8, rows: usize, n: usize, size: usize) {
    // SAFETY: the caller's row and block.
    let (row, block) = unsafe { (std::slice::from_raw_parts(from, n * size), std::slice::from_raw_parts_mut(to, rows * n * size)) };
    for to in block.chunks_exact_mut(n * size) {
        to.iter_mut().zip(row).for_each(|(to, &x)| *to = x);
    }
}

/// Writes so many rows of n elements of `size` bytes: of one element each, which lie `down` bytes apart.
#[inline(always)]
unsafe fn repeat_elements_body<S: Simd>(from: *const u8, down: isize, to: *mut u8, rows: usize, n: usize, size: usize) {
    // SAFETY: the caller's column and block, of aligned elements.
    unsafe {
        match size {
            1 => spread::<u8>(from, down, to, rows, n),
            2 => spread::<u16>(from, down, to, rows, n),
            4 => spread::<u32>(from, down, to, rows, n),
            _ => spread::<u64>(from, down, to, rows, n),
        }
    }
}

#[inline(always)]
unsafe fn spread<T: Copy>(from: *const u8, down: isize, to: *mut u8, rows: usize, n: usize) {
    // SAFETY: as above.
    let block = unsafe { std::slice::from_raw_parts_mut(to as *mut T, rows * n) };
    for (r, to) in block.chunks_exact_mut(n).enumerate() {
        // SAFETY: as above.
        let x = unsafe { from.offset(r as isize * down).cast::<T>().read() };
        to.iter_mut().for_each(|to| *to = x);
    }
}

stamp! { unsafe fn repeat_row(from: *const u8, down: isize, to: *mut u8, rows: usize, n: usize, size: usize) = repeat_row_body; }
stamp! { unsafe fn repeat_elements(from: *const u8, down: isize, to: *mut u8, rows: usize, n: usize, size: usize) = repeat_elements_body; }
