//! Copies over N-d views, converting: rows along the innermost dimension, cut by the shape alone.

use crate::kernels::convert;
use crate::kernels::convert::Run;
use crate::kernels::map::CHUNK;
use crate::kernels::map::View;
use crate::kernels::map::coalesce;
use crate::par;
use crate::shape::Dims;

/// Copies `src` into `dst` over `sizes`, converting.
///
/// # Safety
/// As for `map`.
pub unsafe fn copy(sizes: &[i64], dst: View, src: View) {
    let numel: usize = sizes.iter().product::<i64>() as usize;
    if numel == 0 {
        return;
    }
    let mut operands = [dst, src];
    let sizes = coalesce(sizes, &mut operands);
    let inner = sizes.len() - 1;
    let row = sizes[inner] as usize;
    let frame = Transfer { sizes, operands };
    let rows = numel / row;
    let per_task = (CHUNK / row).max(1);
    let task = |t: usize| {
        for i in t * per_task..((t + 1) * per_task).min(rows) {
            // SAFETY: the caller's promise.
            unsafe { frame.row(i, row) };
        }
    };
    par::run(rows.div_ceil(per_task), &task);
}

struct Transfer {
    sizes: Dims,
    operands: [View; 2],
}

// SAFETY: tasks write disjoint rows.
unsafe impl Sync for Transfer {}

impl Transfer {
    unsafe fn row(&self, mut row: usize, n: usize) {
        let inner = self.sizes.len() - 1;
        let mut offsets = [0i64; 2];
        for d in (0..inner).rev() {
            let size = self.sizes[d] as usize;
            for (offset, view) in offsets.iter_mut().zip(&self.operands) {
                *offset += (row % size) as i64 * view.strides[d];
            }
            row /= size;
        }
        let run = |i: usize| {
            let view = &self.operands[i];
            let size = view.dtype.size() as isize;
            Run {
                data: view.data.wrapping_offset(offsets[i] as isize * size),
                stride: view.strides[inner] as isize * size,
                dtype: view.dtype,
            }
        };
        // SAFETY: the caller's promise.
        unsafe { convert::copy(run(1), run(0), n) };
    }
}
