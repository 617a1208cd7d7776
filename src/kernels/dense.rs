//! Factorisations of one small dense matrix, row-major, in float64: LU with row pivots, Cholesky, triangular solves,
//! Householder's QR. Golub and Van Loan, Matrix Computations, chapters 3 to 5. Inner loops run along rows.

/// row[k] -= factor * other[k].
fn subtract(row: &mut [f64], other: &[f64], factor: f64) {
    row.iter_mut().zip(other).for_each(|(x, y)| *x -= factor * y);
}

/// Rows i and j of a matrix of `n` columns, i < j.
fn two(a: &mut [f64], n: usize, i: usize, j: usize) -> (&mut [f64], &mut [f64]) {
    let (top, bottom) = a.split_at_mut(j * n);
    (&mut top[i * n..(i + 1) * n], &mut bottom[..n])
}

/// P A = L U in place, L with a diagonal of ones. `pivots[k]` is the row that step k swapped with its own. The result
/// is the first step without a pivot, from 1; 0 where there is none.
pub fn lu(a: &mut [f64], m: usize, n: usize, pivots: &mut [i32]) -> i32 {
    let mut info = 0;
    for k in 0..m.min(n) {
        let mut p = k;
        for i in k + 1..m {
            if a[i * n + k].abs() > a[p * n + k].abs() {
                p = i;
            }
        }
        pivots[k] = p as i32 + 1;
        if p != k {
            let (x, y) = two(a, n, k, p);
            x.swap_with_slice(y);
        }
        let pivot = a[k * n + k];
        if pivot == 0.0 {
            if info == 0 {
                info = k as i32 + 1;
            }
            continue;
        }
        for i in k + 1..m {
            let (row, other) = two(a, n, k, i);
            let factor = other[k] / pivot;
            other[k] = factor;
            subtract(&mut other[k + 1..], &row[k + 1..], factor);
        }
    }
    info
}

/// A = L L^T in place of the lower triangle; the upper one is zeroed. The result as of `lu`.
pub fn cholesky(a: &mut [f64], n: usize) -> i32 {
    for j in 0..n {
        for i in j..n {
            let (x, y) = (&a[j * n..j * n + j], &a[i * n..i * n + j]);
            let dot: f64 = x.iter().zip(y).map(|(x, y)| x * y).sum();
            let rest = a[i * n + j] - dot;
            if i == j {
                // Not a number, too.
                if rest.is_nan() || rest <= 0.0 {
                    return j as i32 + 1;
                }
                a[i * n + j] = rest.sqrt();
            } else {
                a[i * n + j] = rest / a[j * n + j];
            }
        }
        a[j * n + j + 1..(j + 1) * n].fill(0.0);
    }
    0
}

/// T X = B in place of B, T triangular of size n, B with k columns.
pub fn solve_triangular(t: &[f64], n: usize, b: &mut [f64], k: usize, upper: bool, unit: bool) {
    for step in 0..n {
        let i = if upper { n - 1 - step } else { step };
        let others = if upper { i + 1..n } else { 0..i };
        for j in others {
            let factor = t[i * n + j];
            let (low, high) = two(b, k, i.min(j), i.max(j));
            let (row, other) = if i < j { (low, high) } else { (high, low) };
            subtract(row, other, factor);
        }
        if !unit {
            let d = t[i * n + i];
            b[i * k..(i + 1) * k].iter_mut().for_each(|x| *x /= d);
        }
    }
}

/// The row swaps of `lu`, forward.
pub fn swap_rows(pivots: &[i32], b: &mut [f64], k: usize) {
    for (i, &p) in pivots.iter().enumerate() {
        let p = p as usize - 1;
        if p != i {
            let (x, y) = two(b, k, i.min(p), i.max(p));
            x.swap_with_slice(y);
        }
    }
}

/// The order of rows that the swaps give: row i of P A is row order[i] of A.
pub fn order(pivots: &[i32], m: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..m).collect();
    pivots.iter().enumerate().for_each(|(i, &p)| order.swap(i, p as usize - 1));
    order
}

/// A X = B in place of B, by the factors of `lu`.
pub fn solve(lu: &[f64], pivots: &[i32], n: usize, b: &mut [f64], k: usize) {
    swap_rows(pivots, b, k);
    solve_triangular(lu, n, b, k, false, true);
    solve_triangular(lu, n, b, k, true, false);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(n: usize, seed: usize) -> Vec<f64> {
        (0..n).map(|i| ((i * 7919 + seed * 104_729) % 1009) as f64 / 504.5 - 1.0).collect()
    }

    fn product(a: &[f64], b: &[f64], m: usize, k: usize, n: usize) -> Vec<f64> {
        let at = |i: usize, j: usize| (0..k).map(|p| a[i * k + p] * b[p * n + j]).sum();
        (0..m * n).map(|i| at(i / n, i % n)).collect()
    }

    fn close(a: &[f64], b: &[f64]) {
        assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9), "{a:?} {b:?}");
    }

    #[test]
    fn factors_multiply_to_the_matrix() {
        for (m, n) in [(1, 1), (5, 5), (4, 7), (7, 3), (33, 33), (0, 3)] {
            let a = pattern(m * n, m);
            let (mut f, mut pivots) = (a.clone(), vec![0; m.min(n)]);
            assert_eq!(lu(&mut f, m, n, &mut pivots), 0);
            let k = m.min(n);
            let lower: Vec<f64> =
                (0..m * k).map(|i| if i / k > i % k { f[i / k * n + i % k] } else { f64::from(i / k == i % k) }).collect();
            let upper: Vec<f64> = (0..k * n).map(|i| if i / n <= i % n { f[i] } else { 0.0 }).collect();
            let rows: Vec<f64> = order(&pivots, m).iter().flat_map(|&i| a[i * n..(i + 1) * n].to_vec()).collect();
            close(&product(&lower, &upper, m, k, n), &rows);
        }
    }

    #[test]
    fn solutions_solve() {
        for (n, k) in [(1, 1), (6, 4), (17, 1), (3, 0)] {
            let (mut a, b) = (pattern(n * n, 3), pattern(n * k, 5));
            // The pattern alone is nearly singular.
            (0..n).for_each(|i| a[i * n + i] += 4.0);
            let (mut f, mut pivots, mut x) = (a.clone(), vec![0; n], b.clone());
            assert_eq!(lu(&mut f, n, n, &mut pivots), 0);
            solve(&f, &pivots, n, &mut x, k);
            close(&product(&a, &x, n, n, k), &b);
            let mut square = product(&a, &(0..n * n).map(|i| a[i % n * n + i / n]).collect::<Vec<_>>(), n, n, n);
            (0..n).for_each(|i| square[i * n + i] += 1.0);
            let mut l = square.clone();
            assert_eq!(cholesky(&mut l, n), 0);
            let turned: Vec<f64> = (0..n * n).map(|i| l[i % n * n + i / n]).collect();
            close(&product(&l, &turned, n, n, n), &square);
        }
        assert_eq!(lu(&mut [0.0; 4], 2, 2, &mut [0; 2]), 1);
        assert_eq!(cholesky(&mut [1.0, 0.0, 0.0, -1.0], 2), 2);
    }
}
