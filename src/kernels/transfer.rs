//! Copies over N-d views, converting: rows along the innermost dimension, cut by the shape alone.

use crate::kernels::convert;
use crate::kernels::convert::Run;
use crate::kernels::frame::Rows;
use crate::kernels::frame::View;
use crate::kernels::frame::coalesce;
use crate::kernels::map::CHUNK;
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
    let rows = numel / row;
    let per_task = (CHUNK / row).max(1);
    let frame = Transfer { sizes, operands };
    // SAFETY: the caller's promise.
    par::run(rows.div_ceil(per_task), &|t| unsafe { frame.rows(t * per_task, ((t + 1) * per_task).min(rows)) });
}

struct Transfer {
    sizes: Dims,
    operands: [View; 2],
}

// SAFETY: tasks write disjoint rows.
unsafe impl Sync for Transfer {}

impl Transfer {
    unsafe fn rows(&self, begin: usize, end: usize) {
        let inner = self.sizes.len() - 1;
        let n = self.sizes[inner] as usize;
        let mut rows = Rows::at(begin, &self.sizes, &self.operands);
        let run = |i: usize, data: *mut u8| {
            let view = &self.operands[i];
            Run { data, stride: view.strides[inner] as isize * view.dtype.size() as isize, dtype: view.dtype }
        };
        for _ in begin..end {
            // SAFETY: the caller's promise.
            unsafe { convert::copy(run(1, rows.starts[1]), run(0, rows.starts[0]), n) };
            rows.advance();
        }
    }
}
