//! Sums of rows of a table, bag by bag, each in the order of its entries.

use crate::kernels::float::Float;
use crate::kernels::isa::Simd;
use crate::kernels::rows;
use crate::kernels::rows::Shared;
use crate::stamp;

/// Which rows of a table make up each bag.
pub struct Entries<'a, T> {
    pub table: &'a [T],
    pub width: usize,
    pub rows: &'a [i64],
    /// What a row is multiplied by; none where this is empty.
    pub factors: &'a [T],
}

#[inline(always)]
fn sum_body<S: Simd, T: Float>(of: &Entries<T>, from: usize, to: usize, out: &mut [T]) {
    out.fill(T::ZERO);
    for i in from..to {
        let row = &of.table[of.rows[i] as usize * of.width..][..out.len()];
        if of.factors.is_empty() {
            out.iter_mut().zip(row).for_each(|(sum, &x)| *sum = *sum + x);
        } else {
            let w = of.factors[i];
            out.iter_mut().zip(row).for_each(|(sum, &x)| *sum = *sum + x * w);
        }
    }
}

stamp! { fn sum_bag<T>(of: &Entries<T>, from: usize, to: usize, out: &mut [T]) where [T: Float] = sum_body; }

/// Row b of `out` is the sum of the next `counts[b]` entries.
pub fn sums<T: Float>(of: &Entries<T>, counts: &[i64], out: &mut [T]) {
    let mut ends = vec![0; counts.len() + 1];
    (0..counts.len()).for_each(|b| ends[b + 1] = ends[b] + counts[b] as usize);
    let out = Shared::of(out);
    rows::run(counts.len(), of.rows.len() * of.width / counts.len().max(1), |first, last| {
        for b in first..last {
            sum_bag(of, ends[b], ends[b + 1], out.part(b * of.width, (b + 1) * of.width));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_the_naive_ones() {
        for width in [0, 1, 5, 16, 33] {
            let table: Vec<f64> = (0..9 * width).map(|i| (i * 37 % 101) as f64 - 50.0).collect();
            for counts in [&[][..], &[0], &[3, 0, 1], &[1, 2, 3, 4, 0, 5, 200], &[2; 300]] {
                let entries = counts.iter().sum::<i64>() as usize;
                let rows: Vec<i64> = (0..entries as i64).map(|i| i * 5 % 9).collect();
                let weights: Vec<f64> = (0..entries).map(|i| i as f64 / 8.0).collect();
                for factors in [&[][..], &weights] {
                    let mut out = vec![f64::NAN; counts.len() * width];
                    sums(&Entries { table: &table, width, rows: &rows, factors }, counts, &mut out);
                    let mut from = 0;
                    for (b, &count) in counts.iter().enumerate() {
                        for c in 0..width {
                            let term = |i: usize| table[rows[i] as usize * width + c] * factors.get(i).unwrap_or(&1.0);
                            assert_eq!(out[b * width + c], (from..from + count as usize).map(term).sum::<f64>(), "{b} {c}");
                        }
                        from += count as usize;
                    }
                }
            }
        }
    }
}
