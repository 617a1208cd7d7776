//! A matrix to bidiagonal form (Golub and Van Loan, Matrix Computations, 5.4.8), and that to diagonal form: implicit QR
//! sweeps (8.6) with the criteria and the sweep without shift of Demmel and Kahan, Accurate singular values of
//! bidiagonal matrices, 1990, which keep the small values as exact as the large ones.

use super::change::Change;
use super::change::multiply;
use super::householder;
use super::lines::Matrix;
use super::lines::Vector;
use super::reflect::Reflectors;
use super::rotate::Turns;
use super::rotation;

/// Sweeps per singular value that are never needed.
const SWEEPS: usize = 60;

/// A = U B V^T for m >= n: the diagonal of B, the elements above it, and the reflections whose products are U and V.
/// Step k reflects column k by u, then row k by v. With z = tau A^T u and w = tau' (A v - (z^T v) u), the matrix
/// becomes A - u z^T - w v^T. It changes while the next step multiplies it.
pub fn reduce(a: &mut Matrix) -> (Vec<f64>, Vec<f64>, Reflectors, Reflectors) {
    let (m, n) = (a.rows, a.columns);
    let (mut d, mut e) = (Vec::with_capacity(n), Vec::with_capacity(n));
    let mut left = Reflectors::new(0, n, m);
    let mut right = Reflectors::new(1, n.saturating_sub(1), n);
    let mut change = Change::none(m, n);
    let (mut u, mut w) = (Vector::zeros(m), Vector::zeros(m));
    let (mut z, mut v) = (Vector::zeros(n), Vector::zeros(n));
    for k in 0..n {
        change.column_into(a, k, &mut u);
        u.get_mut()[..k].fill(0.0);
        let (beta, tau) = householder(&mut u.get_mut()[k..m]);
        d.push(beta);
        left.push(tau, &u);
        if k + 1 == n {
            break;
        }
        change.make_and_multiply_transposed(a, k, &u, &mut z);
        z.get_mut()[..=k].fill(0.0);
        z.get_mut()[n..].fill(0.0);
        z.scale(tau);
        let row = a.row(k).iter().zip(z.get());
        v.get_mut().iter_mut().zip(row).for_each(|(v, (a, z))| *v = a - z);
        v.get_mut()[..=k].fill(0.0);
        let (beta, tau) = householder(&mut v.get_mut()[k + 1..n]);
        e.push(beta);
        right.push(tau, &v);
        multiply(a, k + 1, &v, &mut w);
        w.get_mut()[..=k].fill(0.0);
        w.get_mut()[m..].fill(0.0);
        let along = z.dot(&v);
        w.get_mut().iter_mut().zip(u.get()).for_each(|(w, u)| *w = tau * (*w - along * u));
        change.x.clone_from(&u);
        change.y.clone_from(&z);
        change.z.clone_from(&w);
        change.w.clone_from(&v);
    }
    (d, e, left, right)
}

/// The smaller singular value of the triangle f g / 0 h, without overflow: f h over the larger one.
fn smaller(f: f64, g: f64, h: f64) -> f64 {
    let (f, g, h) = (f.abs(), g.abs(), h.abs());
    let (low, high) = (f.min(h), f.max(h));
    if low == 0.0 {
        return 0.0;
    }
    // The two values are half of the sum and of the difference of these.
    let (sum, difference) = ((f + h).hypot(g), (f - h).hypot(g));
    2.0 * low * (high / (sum + difference))
}

const TOLERANCE: f64 = 50.0 * f64::EPSILON;

/// A part of a bidiagonal matrix without zeros above the diagonal, and which way its sweeps go.
struct Part {
    begin: usize,
    end: usize,
    backwards: bool,
}

/// The diagonal becomes the singular values with any sign, in no order. The rotations go to the rows of `left` and
/// `right`. A part whose end is larger than its beginning is read backwards: it is then the transpose of another.
pub fn diagonalize(d: &mut [f64], e: &mut [f64], mut left: Option<&mut Matrix>, mut right: Option<&mut Matrix>) {
    let (mut to_left, mut to_right) = (Turns::default(), Turns::default());
    let mut part = Part { begin: usize::MAX, end: 0, backwards: false };
    let mut sweeps = SWEEPS * d.len();
    let floor = f64::MIN_POSITIVE.max(TOLERANCE * lower_bound(d, e) / (d.len().max(1) as f64).sqrt());
    let mut end = d.len();
    while end > 1 && sweeps > 0 {
        if e[end - 2].abs() <= floor {
            e[end - 2] = 0.0;
            end -= 1;
            continue;
        }
        let mut begin = end - 2;
        while begin > 0 && e[begin - 1].abs() > floor {
            begin -= 1;
        }
        if begin > 0 {
            e[begin - 1] = 0.0;
        }
        if begin >= part.end || end <= part.begin {
            part.backwards = d[begin].abs() < d[end - 1].abs();
        }
        (part.begin, part.end) = (begin, end);
        let (d, e) = (&mut d[begin..end], &mut e[begin..end - 1]);
        let step = if part.backwards { step::<true> } else { step::<false> };
        let swept = if part.backwards {
            to_left.begin(end - 1, true);
            to_right.begin(end - 1, true);
            step(d, e, &mut to_right, &mut to_left)
        } else {
            to_left.begin(begin, false);
            to_right.begin(begin, false);
            step(d, e, &mut to_left, &mut to_right)
        };
        sweeps -= usize::from(swept);
        to_left.settle(&mut left, false);
        to_right.settle(&mut right, false);
    }
    to_left.settle(&mut left, true);
    to_right.settle(&mut right, true);
}

/// Of the order of the smallest singular value, and not above it by much (Demmel and Kahan, section 2).
fn lower_bound(d: &[f64], e: &[f64]) -> f64 {
    let Some(first) = d.first() else { return 0.0 };
    let mut mu = first.abs();
    let mut least = mu;
    for (d, e) in d[1..].iter().zip(e) {
        if mu == 0.0 {
            return 0.0;
        }
        mu = d.abs() * (mu / (mu + e.abs()));
        least = least.min(mu);
    }
    least
}

/// Zeros what is negligible, or else makes a sweep and says so. `left` and `right` are those of the part as it is read.
fn step<const BACKWARDS: bool>(d: &mut [f64], e: &mut [f64], left: &mut Turns, right: &mut Turns) -> bool {
    let n = d.len();
    let at = |i: usize| if BACKWARDS { n - 1 - i } else { i };
    let beside = |i: usize| if BACKWARDS { n - 2 - i } else { i };
    if e[beside(n - 2)].abs() <= TOLERANCE * d[at(n - 1)].abs() {
        e[beside(n - 2)] = 0.0;
        return false;
    }
    let mut mu = d[at(0)].abs();
    let (mut least, mut largest) = (mu, mu);
    for i in 0..n - 1 {
        let beside = beside(i);
        if e[beside].abs() <= TOLERANCE * mu {
            e[beside] = 0.0;
            return false;
        }
        mu = d[at(i + 1)].abs() * (mu / (mu + e[beside].abs()));
        least = least.min(mu);
        largest = largest.max(d[at(i + 1)].abs()).max(e[beside].abs());
    }
    let mut shift = smaller(d[at(n - 2)], e[beside(n - 2)], d[at(n - 1)]);
    let start = d[at(0)].abs();
    // A shift would spoil values as small as that, or would not matter.
    if n as f64 * TOLERANCE * (least / largest) <= f64::EPSILON || (shift / start).powi(2) < f64::EPSILON / 2.0 {
        shift = 0.0;
    }
    if shift == 0.0 {
        sweep_unshifted::<BACKWARDS>(d, e, left, right)
    } else {
        sweep::<BACKWARDS>(d, e, shift, left, right)
    }
    true
}

/// The implicit QR sweep: a rotation of columns, then one of rows, chase the element outside down the diagonal (8.6.2).
fn sweep<const BACKWARDS: bool>(d: &mut [f64], e: &mut [f64], shift: f64, left: &mut Turns, right: &mut Turns) {
    let n = d.len();
    let at = |i: usize| if BACKWARDS { n - 1 - i } else { i };
    let beside = |i: usize| if BACKWARDS { n - 2 - i } else { i };
    let d0 = d[at(0)];
    let (mut f, mut g) = ((d0.abs() - shift) * (1f64.copysign(d0) + shift / d0), e[beside(0)]);
    for i in 0..n - 1 {
        let (c, s, r) = rotation(f, g);
        if i > 0 {
            e[beside(i - 1)] = r;
        }
        right.push(c, s);
        let (di, ei, next) = (d[at(i)], e[beside(i)], d[at(i + 1)]);
        let above = c * ei - s * di;
        let below = c * next;
        let (c, s, r) = rotation(c * di + s * ei, s * next);
        left.push(c, s);
        d[at(i)] = r;
        f = c * above + s * below;
        d[at(i + 1)] = c * below - s * above;
        if i + 2 < n {
            g = s * e[beside(i + 1)];
            e[beside(i + 1)] *= c;
        }
    }
    e[beside(n - 2)] = f;
}

/// The sweep with a shift of zero, which takes no differences (Demmel and Kahan, section 3).
fn sweep_unshifted<const BACKWARDS: bool>(d: &mut [f64], e: &mut [f64], left: &mut Turns, right: &mut Turns) {
    let n = d.len();
    let at = |i: usize| if BACKWARDS { n - 1 - i } else { i };
    let beside = |i: usize| if BACKWARDS { n - 2 - i } else { i };
    let (mut c, mut left_c, mut left_s) = (1.0, 1.0, 0.0);
    for i in 0..n - 1 {
        let (s, r);
        (c, s, r) = rotation(d[at(i)] * c, e[beside(i)]);
        if i > 0 {
            e[beside(i - 1)] = left_s * r;
        }
        (left_c, left_s, d[at(i)]) = rotation(left_c * r, d[at(i + 1)] * s);
        right.push(c, s);
        left.push(left_c, left_s);
    }
    let last = d[at(n - 1)] * c;
    d[at(n - 1)] = last * left_c;
    e[beside(n - 2)] = last * left_s;
}
