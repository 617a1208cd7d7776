//! Products against a naive f64 loop: sizes, layouts, beta and levels; and bits against the thread count.

use std::sync::Mutex;

use super::*;

/// The level and the thread count are the process's.
pub(crate) static ALONE: Mutex<()> = Mutex::new(());

pub(crate) trait Element: Gemm + std::fmt::Debug {
    const EPSILON: f64;
    fn of(x: f64) -> Self;
    fn wide(self) -> f64;
    fn bits(self) -> u64;
}

impl Element for f32 {
    const EPSILON: f64 = f32::EPSILON as f64;
    fn of(x: f64) -> f32 {
        x as f32
    }
    fn wide(self) -> f64 {
        self as f64
    }
    fn bits(self) -> u64 {
        self.to_bits() as u64
    }
}

impl Element for f64 {
    const EPSILON: f64 = f64::EPSILON;
    fn of(x: f64) -> f64 {
        x
    }
    fn wide(self) -> f64 {
        self
    }
    fn bits(self) -> u64 {
        self.to_bits()
    }
}

fn noise(n: usize, seed: u64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9e3779b97f4a7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    };
    (0..n).map(|_| next()).collect()
}

/// How a matrix lies in memory.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Layout {
    Row,
    Column,
    /// Gaps between rows, elements adjacent.
    Padded,
    /// Gaps both ways.
    Strided,
}

const LAYOUTS: [Layout; 4] = [Layout::Row, Layout::Column, Layout::Padded, Layout::Strided];

impl Layout {
    /// (row stride, column stride, elements of the buffer)
    fn strides(self, m: usize, n: usize) -> (isize, isize, usize) {
        let (r, c) = match self {
            Layout::Row => (n, 1),
            Layout::Column => (1, m),
            Layout::Padded => (n + 3, 1),
            Layout::Strided => (2 * n + 1, 2),
        };
        (r as isize, c as isize, (m * r + n * c).max(1))
    }
}

struct Case {
    m: usize,
    n: usize,
    k: usize,
    a: Layout,
    b: Layout,
    c: Layout,
    alpha: f64,
    beta: f64,
}

/// C after the product, and the buffer of C before it; C starts as NaN where beta is 0.
fn compute<T: Element>(case: &Case) -> (Vec<T>, Vec<T>, Vec<T>, Vec<T>) {
    let Case { m, n, k, .. } = *case;
    let (ar, ac, asize) = case.a.strides(m, k);
    let (br, bc, bsize) = case.b.strides(k, n);
    let (cr, cc, csize) = case.c.strides(m, n);
    let a: Vec<T> = noise(asize, 1).into_iter().map(T::of).collect();
    let b: Vec<T> = noise(bsize, 2).into_iter().map(T::of).collect();
    let before: Vec<T> = noise(csize, 3).into_iter().map(|v| T::of(if case.beta == 0.0 { f64::NAN } else { v })).collect();
    let mut c = before.clone();
    let (alpha, beta) = (T::of(case.alpha), T::of(case.beta));
    // SAFETY: the buffers have the sizes of the layouts.
    unsafe { gemm(m, n, k, alpha, a.as_ptr(), ar, ac, b.as_ptr(), br, bc, beta, c.as_mut_ptr(), cr, cc) };
    (a, b, before, c)
}

fn check<T: Element>(case: &Case) {
    let Case { m, n, k, alpha, beta, .. } = *case;
    let (a, b, before, after) = compute::<T>(case);
    let (ar, ac, _) = case.a.strides(m, k);
    let (br, bc, _) = case.b.strides(k, n);
    let (cr, cc, csize) = case.c.strides(m, n);
    let at = |v: &[T], r: isize, c: isize, i: usize, j: usize| v[i * r as usize + j * c as usize].wide();
    let mut written = vec![false; csize];
    for i in 0..m {
        for j in 0..n {
            let (mut sum, mut size) = (0.0, 0.0);
            for p in 0..k {
                let term = at(&a, ar, ac, i, p) * at(&b, br, bc, p, j);
                (sum, size) = (sum + term, size + term.abs());
            }
            let old = if beta == 0.0 { 0.0 } else { beta * at(&before, cr, cc, i, j) };
            let got = at(&after, cr, cc, i, j);
            let bound = T::EPSILON * (4.0 + (k as f64).sqrt()) * (alpha.abs() * size + old.abs());
            assert!(
                (got - (alpha * sum + old)).abs() <= bound,
                "{m}x{n}x{k} a {:?} b {:?} c {:?} alpha {alpha} beta {beta} level {:?} at {i},{j}: {got}, not {}",
                case.a,
                case.b,
                case.c,
                isa::level(),
                alpha * sum + old
            );
            written[i * cr as usize + j * cc as usize] = true;
        }
    }
    let untouched = |e: usize| written[e] || before[e].bits() == after[e].bits();
    assert!((0..csize).all(untouched), "{m}x{n}x{k} wrote outside C {:?}", case.c);
}

/// Runs f at every level this machine has, with two threads.
fn at_every_level(f: impl Fn()) {
    let _alone = ALONE.lock().unwrap_or_else(|e| e.into_inner());
    par::set_num_threads(2);
    let before = isa::level();
    for level in Isa::ALL.into_iter().filter(|l| *l <= isa::machine()) {
        isa::force(level);
        f();
    }
    isa::force(before);
}

/// Each size with a different one of the 192 combinations of layouts and scales; the primes step through all of them.
fn check_sizes<T: Element>(sizes: &[usize], depths: &[usize]) {
    let scales = [(1.0, 0.0), (1.0, 1.0), (0.75, 0.5)];
    let mut turn = 0usize;
    for &m in sizes {
        for &n in sizes {
            for &k in depths {
                turn += 37;
                let (alpha, beta) = scales[turn % 3];
                let (a, b) = (LAYOUTS[turn / 3 % 4], LAYOUTS[turn / 12 % 4]);
                check::<T>(&Case { m, n, k, a, b, c: LAYOUTS[turn / 48 % 4], alpha, beta });
            }
        }
    }
}

fn small_sizes<T: Element>() {
    let sizes = [1, 2, 3, 4, 5, 7, 8, 11, 12, 13, 16, 17, 24, 31, 32, 33, 48, 63, 64, 65, 70];
    check_sizes::<T>(&sizes, &[1, 2, 3, 4, 8, 9, 17, 33, 70]);
}

#[test]
fn small_products_are_right_in_f32() {
    at_every_level(small_sizes::<f32>);
}

#[test]
fn small_products_are_right_in_f64() {
    at_every_level(small_sizes::<f64>);
}

fn every_size<T: Element>() {
    let sizes: Vec<usize> = (1..=70).collect();
    check_sizes::<T>(&sizes, &sizes);
}

#[test]
#[ignore = "minutes; run by hand in release"]
fn every_small_size_is_right() {
    at_every_level(every_size::<f32>);
    at_every_level(every_size::<f64>);
}

#[test]
fn every_layout_is_right_at_awkward_sizes() {
    at_every_level(|| {
        for (m, n, k) in [(1, 70, 33), (70, 1, 33), (3, 29, 40), (29, 3, 40), (13, 37, 21), (5, 64, 9)] {
            for a in LAYOUTS {
                for b in LAYOUTS {
                    for c in LAYOUTS {
                        check::<f32>(&Case { m, n, k, a, b, c, alpha: 1.0, beta: 0.0 });
                        check::<f64>(&Case { m, n, k, a, b, c, alpha: -0.5, beta: 2.0 });
                    }
                }
            }
        }
    });
}

#[test]
fn large_products_are_right() {
    at_every_level(|| {
        let shapes = [(250, 300, 700), (500, 100, 330), (64, 1100, 650), (260, 520, 1024), (1, 1500, 900), (9, 7, 40000)];
        for (m, n, k) in shapes {
            for (a, b) in [(0, 0), (0, 1), (1, 0), (1, 1), (2, 3), (3, 2)] {
                let (a, b) = (LAYOUTS[a], LAYOUTS[b]);
                check::<f32>(&Case { m, n, k, a, b, c: Layout::Row, alpha: 1.0, beta: 0.0 });
            }
            check::<f64>(&Case { m, n, k, a: Layout::Row, b: Layout::Column, c: Layout::Row, alpha: 1.0, beta: 1.0 });
            check::<f64>(&Case { m, n, k, a: Layout::Column, b: Layout::Row, c: Layout::Column, alpha: 1.0, beta: 0.0 });
        }
    });
}

#[test]
fn thread_count_changes_no_bit() {
    let _alone = ALONE.lock().unwrap_or_else(|e| e.into_inner());
    for (m, n, k) in [(300, 300, 300), (64, 1000, 777), (1000, 64, 500), (1, 3000, 500), (3, 3000, 500), (20, 20, 50000)] {
        for (a, b) in [(Layout::Row, Layout::Row), (Layout::Row, Layout::Column), (Layout::Column, Layout::Row)] {
            let case = Case { m, n, k, a, b, c: Layout::Row, alpha: 1.0, beta: 0.0 };
            let bits = |threads| {
                par::set_num_threads(threads);
                compute::<f32>(&case).3.into_iter().map(|v| v.bits()).collect::<Vec<_>>()
            };
            let one = bits(1);
            for threads in [2, 3, 8] {
                assert!(bits(threads) == one, "{m}x{n}x{k} a {a:?} b {b:?} {threads} threads");
            }
        }
    }
    par::set_num_threads(2);
}

#[test]
fn nothing_to_add_scales_c() {
    let none = std::ptr::null::<f32>();
    let mut c = [1.0f32, 2.0, f32::NAN, 4.0];
    // SAFETY: no element of A or B exists.
    unsafe { gemm(2, 2, 0, 1.0, none, 0, 1, none, 2, 1, 0.5, c.as_mut_ptr(), 2, 1) };
    assert_eq!((c[0], c[1], c[3]), (0.5, 1.0, 2.0));
    // SAFETY: as above.
    unsafe { gemm(2, 2, 0, 1.0, none, 0, 1, none, 2, 1, 0.0, c.as_mut_ptr(), 2, 1) };
    assert_eq!(c, [0.0; 4]);
}

#[test]
fn broadcast_operands_have_stride_zero() {
    at_every_level(|| {
        let (a, b, mut c) = ([2.0f32], noise(300, 4).into_iter().map(|v| v as f32).collect::<Vec<_>>(), [0.0f32; 400]);
        // SAFETY: A is one element repeated, B is 15 x 20.
        unsafe { gemm(20, 20, 15, 1.0, a.as_ptr(), 0, 0, b.as_ptr(), 20, 1, 0.0, c.as_mut_ptr(), 20, 1) };
        for j in 0..20 {
            let want: f64 = (0..15).map(|p| 2.0 * b[p * 20 + j] as f64).sum();
            assert!((0..20).all(|i| (c[i * 20 + j] as f64 - want).abs() < 1e-5));
        }
        // SAFETY: B is one column of 15 repeated.
        unsafe { gemm(20, 20, 15, 1.0, a.as_ptr(), 0, 0, b.as_ptr(), 1, 0, 0.0, c.as_mut_ptr(), 20, 1) };
        let want: f64 = b[..15].iter().map(|v| 2.0 * *v as f64).sum();
        assert!(c.iter().all(|v| (*v as f64 - want).abs() < 1e-5));
    });
}

#[test]
fn nan_and_infinity_stay_in_their_rows() {
    at_every_level(|| {
        let n = 40;
        let (mut a, b) = (vec![1.0f32; n * n], vec![1.0f32; n * n]);
        a[3 * n + 5] = f32::NAN;
        a[7 * n] = f32::INFINITY;
        let mut c = vec![f32::NAN; n * n];
        // SAFETY: all are n x n.
        unsafe { gemm(n, n, n, 1.0, a.as_ptr(), 40, 1, b.as_ptr(), 40, 1, 0.0, c.as_mut_ptr(), 40, 1) };
        for (i, row) in c.chunks(n).enumerate() {
            let right = |v: &f32| match i {
                3 => v.is_nan(),
                7 => *v == f32::INFINITY,
                _ => *v == n as f32,
            };
            assert!(row.iter().all(right), "row {i}");
        }
    });
}

#[test]
fn integer_products_wrap() {
    let (m, n, k) = (7, 1030, 9);
    let a: Vec<i64> = (0..m * k).map(|i| (i as i64 - 20).wrapping_mul(0x123456789abcdef)).collect();
    let b: Vec<i64> = (0..k * n).map(|i| (i as i64).wrapping_mul(0x7edcba987654321)).collect();
    for (b_row, b_col) in [(n, 1), (1, k)] {
        let mut c = vec![-1i64; m * n];
        let (br, bc) = (b_row as isize, b_col as isize);
        // SAFETY: sizes match.
        unsafe { gemm_int(m, n, k, a.as_ptr(), k as isize, 1, b.as_ptr(), br, bc, c.as_mut_ptr(), n as isize, 1) };
        for i in 0..m {
            for j in 0..n {
                let term = |p: usize| a[i * k + p].wrapping_mul(b[p * b_row + j * b_col]);
                assert_eq!(c[i * n + j], (0..k).map(term).fold(0, i64::wrapping_add));
            }
        }
    }
}
