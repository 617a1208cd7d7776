//! Running maxima and minima with their positions, along the lines of a tensor. Later elements win ties, nan beats
//! everything. A line is never cut.

use crate::kernels::extremes::Ordered;
use crate::kernels::isa::Simd;
use crate::kernels::rows;
use crate::kernels::scan::Block;
use crate::kernels::scan::COLUMNS;
use crate::kernels::scan::Lines;
use crate::stamp;

/// Elements of a line that are asked together whether any of them takes the place of the best before them.
const CHUNK: usize = 32;

/// The best element so far and its position in the line, for each element; `later(x, best)` says for numbers whether
/// x takes the place of the best before it.
pub fn extremes<T: Ordered>(lines: Lines, x: &[T], values: &mut [T], positions: &mut [i64], later: impl Fn(T, T) -> bool + Copy + Sync) {
    let count = lines.count();
    assert!([x.len(), values.len(), positions.len()] == [count; 3], "input and outputs have the lines' elements");
    let Lines { n, inner, .. } = lines;
    let (values, positions) = (rows::Shared::of(values), rows::Shared::of(positions));
    lines.blocks(|block| match block {
        Block::Lines(from, to) => line_extremes(&x[from..to], values.part(from, to), positions.part(from, to), n, later),
        Block::Columns(first, width) => column_extremes(&x[first..], values.from(first), positions.from(first), [n, inner, width], later),
    });
}

stamp! {
    fn line_extremes<T, F>(x: &[T], values: &mut [T], positions: &mut [i64], n: usize, later: F)
    where [T: Ordered, F: Fn(T, T) -> bool + Copy] = lines_body;
}
stamp! {
    fn column_extremes<T, F>(x: &[T], values: rows::Shared<T>, positions: rows::Shared<i64>, sizes: [usize; 3], later: F)
    where [T: Ordered, F: Fn(T, T) -> bool + Copy] = columns_body;
}

/// Without a branch.
#[inline(always)]
fn wins<T: Ordered>(x: T, best: T, later: impl Fn(T, T) -> bool) -> bool {
    x.unordered() | (later(x, best) & !best.unordered())
}

#[inline(always)]
#[allow(clippy::extra_unused_type_parameters)]
fn lines_body<S: Simd, T: Ordered, F: Fn(T, T) -> bool + Copy>(x: &[T], values: &mut [T], positions: &mut [i64], n: usize, later: F) {
    for ((x, values), positions) in x.chunks_exact(n).zip(values.chunks_exact_mut(n)).zip(positions.chunks_exact_mut(n)) {
        let (mut best, mut at, mut k) = (x[0], 0, 0);
        for ((x, values), positions) in x.chunks(CHUNK).zip(values.chunks_mut(CHUNK)).zip(positions.chunks_mut(CHUNK)) {
            if let Some(x) = x.first_chunk::<CHUNK>()
                && !x.iter().fold(false, |any, &x| any | wins(x, best, later))
            {
                values.fill(best);
                positions.fill(at);
                k += CHUNK as i64;
                continue;
            }
            for ((&x, value), position) in x.iter().zip(values).zip(positions) {
                let won = wins(x, best, later);
                best = std::hint::select_unpredictable(won, x, best);
                at = std::hint::select_unpredictable(won, k, at);
                (*value, *position) = (best, at);
                k += 1;
            }
        }
    }
}

/// `width` columns that advance together through n rows, `inner` apart.
#[inline(always)]
#[allow(clippy::extra_unused_type_parameters)]
fn columns_body<S: Simd, T: Ordered, F: Fn(T, T) -> bool + Copy>(
    x: &[T],
    values: rows::Shared<T>,
    positions: rows::Shared<i64>,
    [n, inner, width]: [usize; 3],
    later: F,
) {
    let (mut best, mut at) = ([T::default(); COLUMNS], [0i64; COLUMNS]);
    let (best, at) = (&mut best[..width], &mut at[..width]);
    best.copy_from_slice(&x[..width]);
    for k in 0..n {
        let (from, to) = (k * inner, k * inner + width);
        let (x, values, positions) = (&x[from..to], values.part(from, to), positions.part(from, to));
        for ((((&x, best), at), value), position) in x.iter().zip(&mut *best).zip(&mut *at).zip(values).zip(positions) {
            let won = wins(x, *best, later);
            *best = if won { x } else { *best };
            *at = if won { k as i64 } else { *at };
            (*value, *position) = (*best, *at);
        }
    }
}
