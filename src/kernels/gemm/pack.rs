//! Copies of panels in the order in which the tiles read them. Inlined into the tables of `tile`.

use crate::kernels::gemm::vector::Vector;

/// to[p * length + j] = from[p * stride + j] for p < k, zeros beyond the width.
#[inline(always)]
pub unsafe fn rows<V: Vector>(to: *mut V::T, length: usize, from: *const V::T, stride: isize, width: usize, k: usize) {
    if width == length && length == 2 * V::W {
        for p in 0..k {
            // SAFETY: two whole vectors of each row.
            unsafe {
                let (from, to) = (from.offset(p as isize * stride), to.add(p * length));
                V::load(from).store(to);
                V::load(from.add(V::W)).store(to.add(V::W));
            }
        }
        return;
    }
    for p in 0..k {
        for j in (0..length).step_by(V::W) {
            // SAFETY: reads stay within the width, writes within the length.
            unsafe {
                let inside = V::mask(width.saturating_sub(j).min(V::W));
                let v = V::load_part(from.offset(p as isize * stride).wrapping_add(j), inside);
                put(v, to.add(p * length + j), length - j, p + 1 < k);
            }
        }
    }
}

/// Stores a vector into the `room` elements that are left of a row. A row that is `followed` by the next one, which will be
/// written later, may be overrun.
#[inline(always)]
unsafe fn put<V: Vector>(v: V, to: *mut V::T, room: usize, followed: bool) {
    // SAFETY: the caller's promise; rows have half a vector at least.
    unsafe { if room >= V::W || followed { v.store(to) } else { v.store_part(to, V::mask(room)) } }
}

/// to[p * length + j] = from[j * stride + p] for p < k and j < width; zeros beyond it where registers transpose.
#[inline(always)]
pub unsafe fn columns<V: Vector>(to: *mut V::T, length: usize, from: *const V::T, stride: isize, width: usize, k: usize) {
    let whole = if V::TRANSPOSES { k } else { 0 };
    for j in (0..width).step_by(V::W) {
        for p in (0..whole).step_by(V::W) {
            // SAFETY: reads stay within the width and k, writes within the length.
            unsafe {
                let mut block = [V::zero(); 16];
                let (columns, rows) = ((width - j).min(V::W), (k - p).min(V::W));
                let inside = V::mask(rows);
                for (i, row) in block.iter_mut().enumerate().take(columns) {
                    *row = V::load_part(from.offset((j + i) as isize * stride).add(p), inside);
                }
                V::transpose(&mut block);
                for (i, row) in block.iter().enumerate().take(rows) {
                    // The next row's first vector has been written where this one is not the first.
                    put(*row, to.add((p + i) * length + j), length - j, j == 0 && p + i + 1 < k);
                }
            }
        }
    }
    for p in whole..k {
        for j in 0..width {
            // SAFETY: as above.
            unsafe { *to.add(p * length + j) = *from.offset(j as isize * stride).add(p) }
        }
    }
}
