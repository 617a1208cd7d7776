//! Eigenvalues of symmetric matrices, singular values and Q R in float64, by reflections, to two diagonals for implicit QR
//! sweeps. Golub and Van Loan, Matrix Computations, 5.2, 8.3 and 8.6. Nothing here depends on the number of threads; a
//! matrix with an element that is not finite gives results that are not numbers.

mod bidiagonal;
mod change;
mod lines;
mod reflect;
mod rotate;
mod tridiagonal;

pub use lines::transpose;

use lines::Matrix;
use lines::Vector;
use lines::WIDTH;
use reflect::PANEL;
use reflect::Reflectors;

/// Squares above this are safe.
const TINY: f64 = 1e-280;

/// The length of (x, y).
#[inline(always)]
fn hypotenuse(x: f64, y: f64) -> f64 {
    let square = x * x + y * y;
    if square > TINY { square.sqrt() } else { scaled_hypotenuse(x, y) }
}

#[cold]
#[inline(never)]
fn scaled_hypotenuse(x: f64, y: f64) -> f64 {
    x.hypot(y)
}

/// c, s and r with c f + s g = r and c g - s f = 0 (5.1.8).
#[inline(always)]
fn rotation(f: f64, g: f64) -> (f64, f64, f64) {
    if g == 0.0 {
        return (1.0, 0.0, f);
    }
    let r = hypotenuse(f, g);
    (f / r, g / r, r)
}

/// x becomes v, v_0 = 1, and the result is beta and tau, with x - tau v (v^T x) = beta e_0 (5.1.3).
fn householder(x: &mut [f64]) -> (f64, f64) {
    let alpha = x[0];
    let mut norm = x.iter().map(|x| x * x).sum::<f64>();
    if norm > TINY {
        norm = norm.sqrt();
    } else {
        let largest = largest(x).max(TINY);
        norm = largest * x.iter().map(|x| (x / largest).powi(2)).sum::<f64>().sqrt();
    }
    x[0] = 1.0;
    // What is as small as that is nothing beside the rest of the matrix.
    if norm <= TINY || x[1..].iter().all(|&x| x == 0.0) {
        x[1..].fill(0.0);
        return (alpha, 0.0);
    }
    let beta = -norm.copysign(alpha);
    let factor = 1.0 / (alpha - beta);
    x[1..].iter_mut().for_each(|x| *x *= factor);
    (beta, (beta - alpha) / beta)
}

fn largest(x: &[f64]) -> f64 {
    x.iter().fold(0.0, |m, x| m.max(x.abs()))
}

/// A power of two that brings the largest element near 1; none where an element is not finite.
fn scale(x: &[f64]) -> Option<f64> {
    if !x.iter().all(|x| x.is_finite()) {
        return None;
    }
    let exponent = (largest(x).to_bits() >> 52) as i32 - 1023;
    Some(2f64.powi(-exponent.clamp(-1000, 1000)))
}

/// The transposed product of reflections, made of an identity.
fn turned(reflectors: Reflectors, mut identity: Matrix) -> Matrix {
    reflectors.times(&mut identity, true);
    drop(reflectors);
    identity.transposed()
}

/// Eigenvalues in ascending order, and eigenvectors as rows if they are wanted, of a symmetric matrix.
pub fn symmetric(a: &[f64], n: usize, vectors: bool) -> (Vec<f64>, Vec<f64>) {
    let Some(scale) = scale(a) else { return (vec![f64::NAN; n], vec![f64::NAN; if vectors { n * n } else { 0 }]) };
    let mut a = Matrix::from(a, n, n, scale);
    let (mut d, mut e, reflectors) = tridiagonal::reduce(&mut a);
    let mut rows = vectors.then(|| {
        // Memory that is given back costs more than some of the steps.
        a.make_identity();
        turned(reflectors, a)
    });
    tridiagonal::diagonalize(&mut d, &mut e, rows.as_mut());
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| d[i].total_cmp(&d[j]));
    let values = order.iter().map(|&i| d[i] / scale).collect();
    (values, rows.map_or(Vec::new(), |rows| rows.select(&order)))
}

/// What `singular` gives: U of m rows, the values in descending order, the rows of V^T.
pub struct Singular {
    pub left: Vec<f64>,
    pub values: Vec<f64>,
    pub right: Vec<f64>,
}

/// A = U S V^T for a matrix of m >= n rows of n; U with `count` columns, n or m of them; without vectors where that
/// is None. Matrices that are much taller than wide are factored first.
pub fn singular(a: &[f64], m: usize, n: usize, count: Option<usize>) -> Singular {
    let columns = count.unwrap_or(0);
    let Some(scale) = scale(a) else {
        let nan = |n| vec![f64::NAN; n];
        return Singular { left: nan(m * columns), values: nan(n), right: nan(count.map_or(0, |_| n * n)) };
    };
    let mut a = Matrix::from(a, m, n, scale);
    let first = (m > n + n / 2).then(|| factor(&mut a));
    if first.is_some() {
        a = triangle(&a);
    }
    let (mut d, mut e, left, right) = bidiagonal::reduce(&mut a);
    // Columns of U beyond the n-th come with the reflections that touched m rows.
    let inner = if first.is_some() { n } else { columns };
    let rows = a.rows;
    drop(a);
    let mut u = count.map(|_| turned(left, Matrix::identity(rows, inner)));
    let mut v = count.map(|_| turned(right, Matrix::identity(n, n)));
    bidiagonal::diagonalize(&mut d, &mut e, u.as_mut(), v.as_mut());
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| d[j].abs().total_cmp(&d[i].abs()));
    let values = order.iter().map(|&i| d[i].abs() / scale).collect();
    let (Some(u), Some(mut v)) = (u, v) else { return Singular { left: Vec::new(), values, right: Vec::new() } };
    (0..n).filter(|&i| d[i] < 0.0).for_each(|i| v.row_mut(i).iter_mut().for_each(|x| *x = -*x));
    let right = v.select(&order);
    order.extend(n..inner);
    let ordered = u.select(&order);
    let mut left = vec![0.0; m * columns];
    transpose(&ordered, rows, &mut left, columns, inner, rows);
    if let Some(first) = first {
        (n..columns).for_each(|i| left[i * columns + i] = 1.0);
        let mut outer = Matrix::from(&left, m, columns, 1.0);
        first.times(&mut outer, false);
        left = outer.select(&(0..m).collect::<Vec<_>>());
    }
    Singular { left, values, right }
}

/// A = Q R (5.2.2), R in the upper triangle of A: the reflections whose product is Q. A few columns at a time get the
/// reflections before them, then make their own.
fn factor(a: &mut Matrix) -> Reflectors {
    let (m, n) = (a.rows, a.columns);
    let rank = m.min(n);
    let mut reflectors = Reflectors::new(0, rank, m);
    let mut v = Vector::zeros(m);
    for from in (0..n).step_by(PANEL * WIDTH) {
        let to: usize = (from + PANEL * WIDTH).min(n);
        let (at, width) = (from / WIDTH, (to - from).div_ceil(WIDTH));
        reflectors.undo(a, at, width);
        for k in from..to.min(rank) {
            a.column_into(k, v.get_mut());
            v.get_mut()[..k].fill(0.0);
            let (_, tau) = householder(&mut v.get_mut()[k..m]);
            reflectors.push(tau, &v);
            let done = k / WIDTH - at;
            reflectors.reflect(a, at + done, width - done, k);
        }
    }
    reflectors
}

/// A = Q R for a matrix of m rows of n: `kept` columns of Q, unless it is not wanted, and as many rows of R.
pub fn orthogonal(a: &[f64], m: usize, n: usize, kept: usize, with_q: bool) -> (Vec<f64>, Vec<f64>) {
    let scale = scale(a).unwrap_or(1.0);
    let mut a = Matrix::from(a, m, n, scale);
    let reflectors = factor(&mut a);
    let mut r = vec![0.0; kept * n];
    for (i, row) in r.chunks_exact_mut(n.max(1)).enumerate().take(n) {
        row[i..].iter_mut().zip(&a.row(i)[i..]).for_each(|(r, x)| *r = x / scale);
    }
    if !with_q {
        return (Vec::new(), r);
    }
    let mut q = Matrix::identity(m, kept);
    reflectors.times(&mut q, true);
    (q.select(&(0..m).collect::<Vec<_>>()), r)
}

/// The upper triangle as a square matrix.
fn triangle(a: &Matrix) -> Matrix {
    let mut out = Matrix::zeros(a.columns, a.columns);
    (0..a.columns).for_each(|i| out.row_mut(i)[i..].copy_from_slice(&a.row(i)[i..]));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(n: usize) -> Vec<f64> {
        let mut state = n as u64 + 12345;
        let mut next = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
        };
        (0..n).map(|_| next()).collect()
    }

    fn dot(x: &[f64], y: &[f64]) -> f64 {
        x.iter().zip(y).map(|(x, y)| x * y).sum()
    }

    fn orthonormal(rows: &[f64], m: usize) {
        for (i, x) in rows.chunks_exact(m.max(1)).enumerate() {
            for (j, y) in rows.chunks_exact(m.max(1)).enumerate() {
                assert!((dot(x, y) - f64::from(i == j)).abs() < 1e-12, "{i} {j} {}", dot(x, y));
            }
        }
    }

    fn turned(x: &[f64], rows: usize, columns: usize) -> Vec<f64> {
        let mut out = vec![0.0; x.len()];
        transpose(x, columns, &mut out, rows, rows, columns);
        out
    }

    /// Residuals, orthogonality, order, and the same values without vectors.
    fn check_symmetric(a: &[f64], n: usize) -> Vec<f64> {
        let (values, v) = symmetric(a, n, true);
        orthonormal(&v, n);
        assert!(values.is_sorted());
        let size = largest(a);
        for (v, value) in v.chunks_exact(n.max(1)).zip(&values) {
            for (row, x) in a.chunks_exact(n).zip(v) {
                let (got, want) = (row.iter().zip(v).map(|(a, x)| a / size * x).sum::<f64>(), value / size * x);
                assert!(size == 0.0 || (got - want).abs() < 1e-13 * n as f64, "{got} {want}");
            }
        }
        let (alone, none) = symmetric(a, n, false);
        assert!(none.is_empty() && alone.iter().zip(&values).all(|(x, y)| (x - y).abs() <= 1e-14 * n as f64 * size));
        values
    }

    fn mirrored(n: usize, of: impl Fn(usize, usize) -> f64) -> Vec<f64> {
        (0..n * n).map(|i| of((i / n).max(i % n), (i / n).min(i % n))).collect()
    }

    #[test]
    fn symmetric_matrices_are_put_together_again() {
        for n in [0, 1, 2, 3, 4, 5, 7, 8, 9, 24, 31, 33, 64, 100, 257] {
            let x = pattern(n * n);
            check_symmetric(&mirrored(n, |i, j| x[i * n + j]), n);
            check_symmetric(&mirrored(n, |i, j| x[i * n + j] * 1e200), n);
            check_symmetric(&mirrored(n, |i, j| x[i * n + j] * 1e-200), n);
            check_symmetric(&mirrored(n, |i, j| x[i * n + j] * 10f64.powf(-((i + j) as f64 * 200.0) / (n as f64))), n);
            check_symmetric(&mirrored(n, |i, j| x[i * n + j] * 10f64.powf((i + j) as f64 * 150.0 / (n as f64))), n);
            // Of rank 1, of zeros, of equal numbers, and in two parts.
            check_symmetric(&mirrored(n, |i, j| x[i] * x[j]), n);
            check_symmetric(&mirrored(n, |_, _| 0.0), n);
            check_symmetric(&mirrored(n, |_, _| 1.0), n);
            check_symmetric(&mirrored(n, |i, j| if (i < n / 2) == (j < n / 2) { x[i * n + j] } else { 0.0 }), n);
        }
    }

    #[test]
    fn symmetric_matrices_have_their_known_spectrum() {
        for n in [1, 10, 50, 128] {
            // Second differences: 2 - 2 cos(pi k / (n + 1)).
            let values = check_symmetric(&mirrored(n, |i, j| [2.0, -1.0, 0.0][(i - j).min(2)]), n);
            for (k, value) in values.iter().enumerate() {
                let want = 2.0 - 2.0 * (std::f64::consts::PI * (k + 1) as f64 / (n + 1) as f64).cos();
                assert!((value - want).abs() < 1e-14 * n as f64);
            }
            // A reflection: -1 once and 1 otherwise.
            let v = pattern(n);
            let norm = dot(&v, &v);
            let values = check_symmetric(&mirrored(n, |i, j| f64::from(i == j) - 2.0 * v[i] * v[j] / norm), n);
            assert!((values[0] + 1.0).abs() < 1e-14 && values[1..].iter().all(|x| (x - 1.0).abs() < 1e-14));
            let values = check_symmetric(&mirrored(n, |i, j| if i == j { i as f64 } else { 0.0 }), n);
            assert!(values.iter().enumerate().all(|(i, &x)| x == i as f64));
        }
    }

    fn check_singular(a: &[f64], m: usize, n: usize) -> Vec<f64> {
        let size = largest(a);
        let mut values = Vec::new();
        for count in [n, m] {
            let all = singular(a, m, n, Some(count));
            let u = turned(&all.left, m, count);
            orthonormal(&u, m);
            orthonormal(&all.right, n);
            assert!(all.values.is_sorted_by(|x, y| x >= y) && all.values.iter().all(|&x| x >= 0.0));
            for (i, row) in a.chunks_exact(n.max(1)).enumerate() {
                for (k, v) in all.right.chunks_exact(n).enumerate() {
                    let (got, want) = (row.iter().zip(v).map(|(a, x)| a / size * x).sum::<f64>(), all.values[k] / size * u[k * m + i]);
                    assert!(size == 0.0 || (got - want).abs() < 1e-13 * m as f64, "{m} {n}: {got} {want}");
                }
            }
            values = all.values;
        }
        let alone = singular(a, m, n, None);
        assert!(alone.values.iter().zip(&values).all(|(x, y)| (x - y).abs() <= 1e-14 * m as f64 * size));
        assert!(alone.left.is_empty() && alone.right.is_empty());
        values
    }

    #[test]
    fn matrices_are_put_together_again() {
        for (m, n) in [(0, 0), (1, 1), (3, 0), (2, 2), (4, 3), (9, 9), (12, 8), (13, 8), (30, 20), (50, 7), (64, 64), (200, 40), (130, 129)]
        {
            let x = pattern(m * n);
            check_singular(&x, m, n);
            let scaled = |f: &dyn Fn(usize, usize) -> f64| (0..m * n).map(|i| x[i] * f(i / n, i % n)).collect::<Vec<_>>();
            check_singular(&scaled(&|_, _| 1e200), m, n);
            check_singular(&scaled(&|_, _| 1e-200), m, n);
            check_singular(&scaled(&|_, _| 0.0), m, n);
            check_singular(&scaled(&|i, j| 10f64.powf(-((i + j) as f64 * 200.0) / m as f64)), m, n);
            check_singular(&scaled(&|i, j| 10f64.powf((i + j) as f64 * 150.0 / m as f64)), m, n);
            check_singular(&scaled(&|_, j| f64::from(j % 2 == 0)), m, n);
            for rank in [1, 3] {
                let part = |i: usize, j: usize| (0..rank.min(n)).map(|k| x[i * n + k] * x[(j * n + k) % (m * n)]).sum::<f64>();
                check_singular(&(0..m * n).map(|i| part(i / n, i % n)).collect::<Vec<_>>(), m, n);
            }
        }
    }

    #[test]
    fn orthogonal_times_triangle_is_the_matrix() {
        for (m, n) in [(0, 0), (0, 3), (3, 0), (1, 1), (1, 5), (4, 3), (7, 40), (33, 9), (40, 70), (64, 64), (100, 101), (130, 41)] {
            for scale in [1.0, 1e200, 1e-200, 0.0] {
                let x: Vec<f64> = pattern(m * n).iter().map(|x| x * scale).collect();
                for kept in [m.min(n), m] {
                    let (q, r) = orthogonal(&x, m, n, kept, true);
                    orthonormal(&turned(&q, m, kept), m);
                    assert_eq!(orthogonal(&x, m, n, kept, false), (Vec::new(), r.clone()));
                    for (i, x) in x.iter().enumerate() {
                        let (row, column) = (&q[i / n * kept..][..kept], r[i % n..].iter().step_by(n));
                        let got: f64 = row.iter().zip(column).map(|(q, r)| q * r).sum();
                        assert!((got - x).abs() <= 1e-13 * scale, "{m} {n}: {got} {x}");
                    }
                    assert!(r.iter().enumerate().all(|(i, &r)| i % n >= i / n || r == 0.0));
                }
            }
        }
    }

    #[test]
    fn small_singular_values_of_two_diagonals_are_exact() {
        let n = 20;
        let graded: Vec<f64> = (0..n * n).map(|i| if i / n == i % n { 10f64.powi(-((i / n) as i32) * 5) } else { 0.0 }).collect();
        let values = check_singular(&graded, n, n);
        for (i, value) in values.iter().enumerate() {
            let want = 10f64.powi(-(i as i32) * 5);
            assert!((value - want).abs() <= 1e-14 * want);
        }
        // The least value is about 10^-20, and the determinant is 1.
        let a: Vec<f64> = (0..n * n).map(|i| if i % n == i / n { 1.0 } else { 10.0 * f64::from(i % n == i / n + 1) }).collect();
        let product: f64 = check_singular(&a, n, n).iter().product();
        assert!((product - 1.0).abs() < 1e-12, "{product}");
    }

    #[test]
    fn what_is_not_finite_gives_what_is_not_a_number() {
        for bad in [f64::NAN, f64::INFINITY] {
            let (values, v) = symmetric(&[1.0, bad, bad, 2.0], 2, true);
            assert!(values.len() == 2 && v.len() == 4 && values.iter().chain(&v).all(|x| x.is_nan()));
            let all = singular(&[1.0, bad, 0.0], 3, 1, Some(3));
            assert!(all.left.len() == 9 && all.left.iter().chain(&all.values).chain(&all.right).all(|x| x.is_nan()));
        }
    }
}
