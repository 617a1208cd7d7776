//! Eigenvalues of symmetric matrices and singular values, by Jacobi rotations in float64: slower than reduction to
//! tridiagonal form for large matrices, short, and accurate to the last digits. Golub and Van Loan, 8.5 and 8.6.

/// Sweeps that are never needed.
const SWEEPS: usize = 60;

/// cos and sin of the rotation that makes a pair orthogonal, from (a_qq - a_pp) / 2 a_pq.
fn rotation(tau: f64) -> (f64, f64) {
    let t = if tau >= 0.0 { 1.0 / (tau + tau.hypot(1.0)) } else { -1.0 / (-tau + tau.hypot(1.0)) };
    let c = 1.0 / t.hypot(1.0);
    (c, c * t)
}

/// Rows p and q of a matrix of `n` columns: p' = c p - s q, q' = s p + c q.
fn rotate(a: &mut [f64], n: usize, p: usize, q: usize, (c, s): (f64, f64)) {
    let (top, bottom) = a.split_at_mut(q * n);
    for (x, y) in top[p * n..(p + 1) * n].iter_mut().zip(&mut bottom[..n]) {
        (*x, *y) = (c * *x - s * *y, s * *x + c * *y);
    }
}

/// Eigenvalues in ascending order, and eigenvectors as rows, of the symmetric matrix `a`, which is used up.
pub fn symmetric(a: &mut [f64], n: usize) -> (Vec<f64>, Vec<f64>) {
    let mut v: Vec<f64> = (0..n * n).map(|i| f64::from(i / n.max(1) == i % n.max(1))).collect();
    for _ in 0..SWEEPS {
        let mut done = true;
        for p in 0..n {
            for q in p + 1..n {
                let apq = a[p * n + q];
                if apq == 0.0 || apq.abs() <= 1e-17 * (a[p * n + p].abs() + a[q * n + q].abs()) {
                    continue;
                }
                done = false;
                let turn = rotation((a[q * n + q] - a[p * n + p]) / (2.0 * apq));
                rotate(a, n, p, q, turn);
                for row in a.chunks_exact_mut(n) {
                    let (x, y) = (row[p], row[q]);
                    (row[p], row[q]) = (turn.0 * x - turn.1 * y, turn.1 * x + turn.0 * y);
                }
                rotate(&mut v, n, p, q, turn);
            }
        }
        if done {
            break;
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| a[i * n + i].total_cmp(&a[j * n + j]));
    let values = order.iter().map(|&i| a[i * n + i]).collect();
    (values, order.iter().flat_map(|&i| v[i * n..(i + 1) * n].to_vec()).collect())
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

/// Gives `rows`, orthonormal rows of length m, more of them until there are `count`; rows of zeros are replaced.
pub fn complete(rows: &mut Vec<f64>, m: usize, count: usize) {
    rows.resize(count * m, 0.0);
    for i in 0..count {
        if rows[i * m..(i + 1) * m].iter().any(|&x| x != 0.0) {
            continue;
        }
        let mut best: Option<(f64, Vec<f64>)> = None;
        for axis in 0..m {
            let mut x = vec![0.0; m];
            x[axis] = 1.0;
            // Twice is enough.
            for _ in 0..2 {
                for row in rows.chunks_exact(m) {
                    let along = dot(row, &x);
                    x.iter_mut().zip(row).for_each(|(x, r)| *x -= along * r);
                }
            }
            let norm = dot(&x, &x).sqrt();
            if best.as_ref().is_none_or(|(n, _)| norm > *n) {
                best = Some((norm, x));
            }
            if norm > 0.5 {
                break;
            }
        }
        let (norm, x) = best.expect("a row has elements");
        rows[i * m..(i + 1) * m].iter_mut().zip(x).for_each(|(r, x)| *r = x / norm);
    }
}

/// The n columns of a matrix come as rows of length m >= n and leave as left singular vectors; singular values in
/// descending order, right singular vectors as rows.
pub fn singular(w: &mut Vec<f64>, m: usize, n: usize) -> (Vec<f64>, Vec<f64>) {
    let mut v: Vec<f64> = (0..n * n).map(|i| f64::from(i / n.max(1) == i % n.max(1))).collect();
    for _ in 0..SWEEPS {
        let mut done = true;
        for p in 0..n {
            for q in p + 1..n {
                let (x, y) = (&w[p * m..(p + 1) * m], &w[q * m..(q + 1) * m]);
                let (alpha, beta, gamma) = (dot(x, x), dot(y, y), dot(x, y));
                if gamma == 0.0 || gamma.abs() <= 1e-16 * (alpha * beta).sqrt() {
                    continue;
                }
                done = false;
                let turn = rotation((beta - alpha) / (2.0 * gamma));
                rotate(w, m, p, q, turn);
                rotate(&mut v, n, p, q, turn);
            }
        }
        if done {
            break;
        }
    }
    let lengths: Vec<f64> = (0..n).map(|i| dot(&w[i * m..(i + 1) * m], &w[i * m..(i + 1) * m]).sqrt()).collect();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| lengths[j].total_cmp(&lengths[i]));
    let values: Vec<f64> = order.iter().map(|&i| lengths[i]).collect();
    let largest = values.first().copied().unwrap_or(0.0);
    let mut rows = Vec::with_capacity(n * m);
    for &i in &order {
        // What rounding left of a zero has no direction.
        let usable = lengths[i] > largest * 1e-15;
        rows.extend(w[i * m..(i + 1) * m].iter().map(|x| if usable { x / lengths[i] } else { 0.0 }));
    }
    complete(&mut rows, m, n);
    *w = rows;
    (values, order.iter().flat_map(|&i| v[i * n..(i + 1) * n].to_vec()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(n: usize) -> Vec<f64> {
        (0..n).map(|i| ((i * 7919 + 13) % 1009) as f64 / 504.5 - 1.0).collect()
    }

    fn orthonormal(rows: &[f64], m: usize) {
        for (i, x) in rows.chunks_exact(m).enumerate() {
            for (j, y) in rows.chunks_exact(m).enumerate() {
                assert!((dot(x, y) - f64::from(i == j)).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn symmetric_matrices_are_put_together_again() {
        for n in [1, 2, 5, 24] {
            let x = pattern(n * n);
            let a: Vec<f64> = (0..n * n).map(|i| x[i] + x[i % n * n + i / n]).collect();
            let (values, v) = symmetric(&mut a.clone(), n);
            orthonormal(&v, n);
            assert!(values.is_sorted());
            for (i, &want) in a.iter().enumerate() {
                let got: f64 = (0..n).map(|k| values[k] * v[k * n + i / n] * v[k * n + i % n]).sum();
                assert!((got - want).abs() < 1e-12, "{got} {want}");
            }
        }
    }

    #[test]
    fn matrices_are_put_together_again() {
        for (m, n, rank) in [(1, 1, 1), (5, 3, 3), (6, 4, 2), (3, 3, 0), (30, 20, 20)] {
            let (left, right) = (pattern(m * rank), pattern(rank * n + 5)[5..].to_vec());
            let a = |i: usize, j: usize| (0..rank).map(|k| left[i * rank + k] * right[k * n + j]).sum::<f64>();
            let mut w: Vec<f64> = (0..n * m).map(|i| a(i % m, i / m)).collect();
            let (values, v) = singular(&mut w, m, n);
            orthonormal(&w, m);
            orthonormal(&v, n);
            for (i, j) in (0..m).flat_map(|i| (0..n).map(move |j| (i, j))) {
                let got: f64 = (0..n).map(|k| values[k] * w[k * m + i] * v[k * n + j]).sum();
                assert!((got - a(i, j)).abs() < 1e-12);
            }
            complete(&mut w, m, m);
            orthonormal(&w, m);
        }
    }
}
