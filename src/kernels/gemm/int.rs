//! Integer products, modulo 2^bits.

/// An integer that wraps around.
pub trait Int: Copy + Default {
    /// self + a * b
    fn add_product(self, a: Self, b: Self) -> Self;
}

macro_rules! int {
    ($($t:ty)*) => { $(
        impl Int for $t {
            #[inline(always)]
            fn add_product(self, a: $t, b: $t) -> $t {
                self.wrapping_add(a.wrapping_mul(b))
            }
        }
    )* };
}

int!(i8 i16 i32 i64 u8);

/// Columns of C worked on at once, so that they stay in the first cache.
const COLUMNS: usize = 1024;

/// C = A B. Element (i, j) of a matrix is at `p + i * row + j * col`.
///
/// # Safety
/// The pointers are valid for the elements named by sizes and strides, and C overlaps neither A nor B.
#[allow(clippy::too_many_arguments)]
pub unsafe fn gemm_int<T: Int>(
    m: usize,
    n: usize,
    k: usize,
    a: *const T,
    a_row: isize,
    a_col: isize,
    b: *const T,
    b_row: isize,
    b_col: isize,
    c: *mut T,
    c_row: isize,
    c_col: isize,
) {
    let mut sums = [T::default(); COLUMNS];
    for start in (0..n).step_by(COLUMNS) {
        let width = COLUMNS.min(n - start);
        let sums = &mut sums[..width];
        for i in 0..m {
            sums.fill(T::default());
            for p in 0..k {
                // SAFETY: the caller's promise.
                unsafe {
                    let x = *a.offset(i as isize * a_row + p as isize * a_col);
                    let row = b.offset(p as isize * b_row + start as isize * b_col);
                    if b_col == 1 {
                        let row = std::slice::from_raw_parts(row, width);
                        sums.iter_mut().zip(row).for_each(|(s, y)| *s = s.add_product(x, *y));
                    } else {
                        let row = (0..width).map(|j| *row.offset(j as isize * b_col));
                        sums.iter_mut().zip(row).for_each(|(s, y)| *s = s.add_product(x, y));
                    }
                }
            }
            for (j, s) in sums.iter().enumerate() {
                // SAFETY: the caller's promise.
                unsafe { *c.offset(i as isize * c_row + (start + j) as isize * c_col) = *s }
            }
        }
    }
}
