//! Columns of a table folded side by side, row by row. The order of the folds is fixed by the shape.

use std::mem::MaybeUninit;

use crate::kernels::rows::settled;

/// Columns that are folded side by side.
pub const COLUMNS: usize = 1024;

/// Columns whose lanes stay in registers, whatever their width.
const LANES: usize = 32;

/// Elements that each lane takes before the lanes are given out.
const DEPTH: usize = 64;

/// The same with FOURS where rows have WIDE elements: more rows than that are not fetched ahead.
const WIDE_DEPTH: usize = 16;
const WIDE: usize = 256;

/// Narrow rows that follow one another are folded as one row of at most this many elements.
const NARROW: usize = 128;

/// The rows of n elements, `stride` apart, that make one row of lanes: a power of two.
fn rows_of_lanes(n: usize, stride: isize) -> usize {
    let adjacent = stride == n as isize && n <= NARROW;
    if adjacent { 1 << (NARROW / n).ilog2() } else { 1 }
}

/// Folds a table of `rows` rows of n <= COLUMNS elements, `stride` apart, by pieces of rows:
/// `each(first row of the piece, rows of the piece, column, fold of `of(x)` by f over the piece)`. With FOURS four rows
/// meet by pairs before they meet the lanes, so that a sum is rounded less often.
///
/// # Safety
/// `x` points at the rows.
#[inline(always)]
pub unsafe fn fold<const FOURS: bool, T: Copy, L: Copy>(
    x: *const T,
    [n, rows]: [usize; 2],
    stride: isize,
    start: L,
    of: impl Fn(T) -> L,
    f: impl Fn(L, L) -> L,
    mut each: impl FnMut(usize, usize, usize, L),
) {
    let group = rows_of_lanes(n, stride);
    let (width, step) = (n * group, stride * group as isize);
    let mut buffer = [const { MaybeUninit::<L>::uninit() }; COLUMNS];
    let most = group * if FOURS && n >= WIDE { WIDE_DEPTH } else { DEPTH };
    for first in (0..rows).step_by(most) {
        let count = (rows - first).min(most);
        let (whole, rest) = (count / group, count % group * n);
        let x = x.wrapping_offset(first as isize * stride);
        // The last lanes begin where they end with the row; columns that come twice give the same twice.
        for c in (0..width).step_by(LANES).map(|c| c.min(width.saturating_sub(LANES))) {
            let used = LANES.min(width);
            // SAFETY: these columns lie in the caller's rows.
            let row = |r: usize| unsafe { std::slice::from_raw_parts(x.offset(r as isize * step).add(c), used) };
            let mut lanes = [start; LANES];
            if used == LANES {
                let row = |r: usize| row(r).first_chunk::<LANES>().expect("all lanes");
                let fours = if FOURS { whole / 4 * 4 } else { 0 };
                for r in (0..fours).step_by(4) {
                    let (a, b, c, d) = (row(r), row(r + 1), row(r + 2), row(r + 3));
                    (0..LANES).for_each(|i| lanes[i] = f(lanes[i], f(f(of(a[i]), of(b[i])), f(of(c[i]), of(d[i])))));
                }
                for r in fours..whole {
                    let row = row(r);
                    (0..LANES).for_each(|i| lanes[i] = f(lanes[i], of(row[i])));
                }
                lanes = settled(lanes);
            } else {
                for r in 0..whole {
                    lanes.iter_mut().zip(row(r)).for_each(|(lane, &v)| *lane = f(*lane, of(v)));
                }
            }
            buffer[c..c + used].iter_mut().zip(lanes).for_each(|(slot, lane)| _ = slot.write(lane));
        }
        // SAFETY: the rest of the rows lies in the caller's table; all lanes were written.
        let rest = unsafe { std::slice::from_raw_parts(x.offset(whole as isize * step), rest) };
        buffer.iter_mut().zip(rest).for_each(|(lane, &v)| _ = lane.write(f(unsafe { lane.assume_init() }, of(v))));
        // The halves of the lanes meet beside them: in place a choice of two would become a slow masked store.
        let (mut at, mut size) = (0, width);
        while size > n {
            let (lanes, beside) = buffer[at..].split_at_mut(size);
            let (low, high) = lanes.split_at(size / 2);
            for ((slot, low), high) in beside.iter_mut().zip(low).zip(high) {
                // SAFETY: lanes that were written.
                slot.write(unsafe { f(low.assume_init(), high.assume_init()) });
            }
            (at, size) = (at + size, size / 2);
        }
        // SAFETY: as above.
        buffer[at..at + n].iter().enumerate().for_each(|(c, lane)| each(first, count, c, unsafe { lane.assume_init() }));
    }
}
