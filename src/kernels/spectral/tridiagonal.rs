//! A symmetric matrix to tridiagonal form, and that to diagonal form. Golub and Van Loan, Matrix Computations, 8.3.

use super::change::Change;
use super::householder;
use super::hypotenuse;
use super::lines::Matrix;
use super::lines::Vector;
use super::reflect::Reflectors;
use super::rotate::Turns;

/// Sweeps per eigenvalue that are never needed.
const SWEEPS: usize = 60;

/// A = Q T Q^T: the diagonal of T, the elements beside it, and the reflections whose product is Q. Step k reflects
/// column k; with p = tau A v and w = p - tau/2 (p^T v) v, the matrix becomes A - v w^T - w v^T (8.3.1). The matrix
/// changes while the next step multiplies it.
pub fn reduce(a: &mut Matrix) -> (Vec<f64>, Vec<f64>, Reflectors) {
    let n = a.rows;
    let (mut d, mut e) = (Vec::with_capacity(n), Vec::with_capacity(n));
    let mut reflectors = Reflectors::new(1, n.saturating_sub(1), n);
    let mut change = Change::none(n, n);
    let (mut v, mut w) = (Vector::zeros(n), Vector::zeros(n));
    for k in 0..n {
        change.row_into(a, k, &mut v);
        d.push(v.get()[k]);
        if k + 1 == n {
            break;
        }
        v.get_mut()[..=k].fill(0.0);
        let (beta, tau) = householder(&mut v.get_mut()[k + 1..n]);
        e.push(beta);
        change.make_and_multiply(a, k + 1, &v, &mut w);
        w.get_mut()[..=k].fill(0.0);
        w.get_mut()[n..].fill(0.0);
        w.scale(tau);
        let half = 0.5 * tau * w.dot(&v);
        w.get_mut().iter_mut().zip(v.get()).for_each(|(w, v)| *w -= half * v);
        reflectors.push(tau, &v);
        change.x.clone_from(&v);
        change.w.clone_from(&v);
        change.y.clone_from(&w);
        change.z.clone_from(&w);
    }
    (d, e, reflectors)
}

/// Is an element, given its square, beside a and b lost in rounding?
fn negligible(square: f64, a: f64, b: f64) -> bool {
    const HALF: f64 = f64::EPSILON / 2.0;
    square <= (HALF * a.abs()) * (HALF * b.abs()) + f64::MIN_POSITIVE
}

/// The diagonal becomes the eigenvalues, in no order, by implicit QL sweeps with Wilkinson's shift (8.3.5). The
/// rotations go to the rows of `vectors`; without those, e holds squares. A part whose end is smaller than its
/// beginning is read backwards.
pub fn diagonalize(d: &mut [f64], e: &mut [f64], mut vectors: Option<&mut Matrix>) {
    let squares = vectors.is_none();
    if squares {
        e.iter_mut().for_each(|e| *e *= *e);
    }
    let negligible = |e: f64, a: f64, b: f64| negligible(if squares { e } else { e * e }, a, b);
    let mut turns = Turns::default();
    let (mut end, mut last, mut backwards) = (d.len(), (usize::MAX, 0), false);
    let mut left = SWEEPS * d.len();
    while end > 1 && left > 0 {
        if negligible(e[end - 2], d[end - 2], d[end - 1]) {
            e[end - 2] = 0.0;
            end -= 1;
            continue;
        }
        let mut begin = end - 2;
        while begin > 0 && !negligible(e[begin - 1], d[begin - 1], d[begin]) {
            begin -= 1;
        }
        // A new part, rather than what the last sweep left of one.
        if begin >= last.1 || end <= last.0 {
            backwards = d[end - 1].abs() < d[begin].abs();
        }
        last = (begin, end);
        left -= 1;
        let (d, e) = (&mut d[begin..end], &mut e[begin..end - 1]);
        if squares {
            if backwards {
                sweep_squares::<true>(d, e)
            } else {
                sweep_squares::<false>(d, e)
            }
            continue;
        }
        if backwards {
            turns.begin(begin, false);
            sweep::<true>(d, e, &mut turns);
        } else {
            turns.begin(end - 1, true);
            sweep::<false>(d, e, &mut turns);
        }
        turns.settle(&mut vectors, false);
    }
    turns.settle(&mut vectors, true);
}

/// One QL sweep: the first element of e shrinks; the last one, where `BACKWARDS`.
fn sweep<const BACKWARDS: bool>(d: &mut [f64], e: &mut [f64], turns: &mut Turns) {
    let n = d.len();
    let at = |i: usize| if BACKWARDS { n - 1 - i } else { i };
    let beside = |i: usize| if BACKWARDS { n - 2 - i } else { i };
    let (d0, e0) = (d[at(0)], e[beside(0)]);
    let tau = (d[at(1)] - d0) / (2.0 * e0);
    let mut g = d[at(n - 1)] - d0 + e0 / (tau + hypotenuse(tau, 1.0).copysign(tau));
    let (mut c, mut s, mut p) = (1.0, 1.0, 0.0);
    for i in (0..n - 1).rev() {
        let (f, b) = (s * e[beside(i)], c * e[beside(i)]);
        let r;
        (c, s, r) = super::rotation(g, f);
        if i + 2 < n {
            e[beside(i + 1)] = r;
        }
        let shifted = d[at(i + 1)] - p;
        let q = (d[at(i)] - shifted) * s + 2.0 * c * b;
        p = s * q;
        d[at(i + 1)] = shifted + p;
        g = c * q - b;
        turns.push(c, s);
    }
    d[at(0)] -= p;
    e[beside(0)] = g;
}

/// The same sweep on the squares of e, without roots: Pal, Walker and Kahan's. Parlett, The Symmetric Eigenvalue
/// Problem, 8.15.
fn sweep_squares<const BACKWARDS: bool>(d: &mut [f64], squares: &mut [f64]) {
    let n = d.len();
    let at = |i: usize| if BACKWARDS { n - 1 - i } else { i };
    let beside = |i: usize| if BACKWARDS { n - 2 - i } else { i };
    let (d0, e0) = (d[at(0)], squares[beside(0)].sqrt());
    let tau = (d[at(1)] - d0) / (2.0 * e0);
    let shift = d0 - e0 / (tau + hypotenuse(tau, 1.0).copysign(tau));
    let mut gamma = d[at(n - 1)] - shift;
    // The squares of cosine and sine.
    let (mut c, mut s, mut p) = (1.0, 0.0, gamma * gamma);
    for i in (0..n - 1).rev() {
        let square = squares[beside(i)];
        let r = p + square;
        if i + 2 < n {
            squares[beside(i + 1)] = s * r;
        }
        let (last_c, last_gamma, alpha, inverse) = (c, gamma, d[at(i)], r / p);
        (c, s) = (p / r, square / r);
        gamma = c * (alpha - shift) - s * last_gamma;
        d[at(i + 1)] = last_gamma + (alpha - gamma);
        p = if c > f64::MIN_POSITIVE { gamma * gamma * inverse } else { last_c * square };
    }
    squares[beside(0)] = s * p;
    d[at(0)] = shift + gamma;
}
