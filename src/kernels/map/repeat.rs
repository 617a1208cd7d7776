//! Maps of a matrix of short rows to which an operand adds a row or a column: many rows run together.

use std::mem::MaybeUninit;

use super::BLOCK;
use super::Block;
use super::Frame;
use crate::kernels::convert;
use crate::kernels::convert::Run;
use crate::kernels::frame::OPERANDS;

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
    /// For a matrix of short rows without gaps, to which some operands add a row or a column: many rows can run together.
    pub(super) fn repeats(&self) -> Option<[Repeat; OPERANDS]> {
        let &[rows, n] = self.sizes.as_slice() else { return None };
        if rows < 2 || n > SHORT {
            return None;
        }
        let mut repeats = [Repeat::Not; OPERANDS];
        for (i, operand) in self.operands.iter().enumerate() {
            let native = operand.dtype == if i == 0 { self.kernel.output } else { self.kernel.input };
            repeats[i] = match (operand.strides[0], operand.strides[1]) {
                (outer, 1) if outer == n && !self.blocked[i] => Repeat::Not,
                (0, 1) if i > 0 && !self.blocked[i] => Repeat::Row,
                (_, 0) if i > 0 && native && operand.data != self.operands[0].data => Repeat::Element,
                _ => return None,
            };
        }
        Some(repeats)
    }

    /// Rows `begin..end` of such a matrix, as many at once as a block holds of what is repeated.
    pub(super) unsafe fn repeated(&self, repeats: &[Repeat; OPERANDS], begin: usize, end: usize) {
        let mut scratch = [const { MaybeUninit::<Block>::uninit() }; OPERANDS];
        let n = self.sizes[1] as usize;
        let (together, size) = ((BLOCK / n).min(end - begin), self.kernel.input.size());
        for first in (begin..end).step_by(together) {
            let rows = together.min(end - first);
            let mut data = [std::ptr::null_mut(); OPERANDS];
            for (i, view) in self.operands.iter().enumerate() {
                let at = view.data.wrapping_offset((first as i64 * view.strides[0]) as isize * view.dtype.size() as isize);
                data[i] = at;
                if repeats[i] == Repeat::Not {
                    continue;
                }
                data[i] = scratch[i].as_mut_ptr() as *mut u8;
                if repeats[i] == Repeat::Row && first > begin {
                    continue;
                }
                for r in 0..rows {
                    let to = data[i].wrapping_add(r * n * size);
                    // SAFETY: the block holds `together` rows; a row has n elements and a column one for each row.
                    unsafe {
                        if repeats[i] == Repeat::Row {
                            std::ptr::copy_nonoverlapping(at, to, n * size);
                        } else {
                            let step = (view.strides[0] as isize) * size as isize;
                            let run = Run { data: at.wrapping_offset(r as isize * step), stride: 0, dtype: view.dtype };
                            convert::copy(run, Run { data: to, stride: size as isize, dtype: view.dtype }, n);
                        }
                    }
                }
            }
            for i in self.operands.len()..OPERANDS {
                data[i] = data[1];
            }
            // SAFETY: runs of `rows * n` elements of the kernel's types; the output is no input's memory.
            unsafe { self.whole(&data, rows * n) };
        }
    }
}
