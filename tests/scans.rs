//! Scans, and softmax of columns, against naive loops over odd shapes at every instruction-set level of this machine.

mod common;

use common::at_every_level;
use rgrad::kernels::running_extremes::extremes;
use rgrad::kernels::scan::Lines;
use rgrad::kernels::scan::running;
use rgrad::kernels::scan::running2;
use rgrad::kernels::softmax;

/// (outer, n, inner)
const SIZES: [[usize; 3]; 16] = [
    [1, 1, 1],
    [3, 7, 1],
    [2, 5, 129],
    [1, 300, 257],
    [0, 3, 2],
    [2, 0, 3],
    [3, 0, 1],
    [40, 3, 1],
    [4001, 10, 1],
    [19, 1000, 1],
    [13, 65, 1],
    [1, 333, 1],
    [1, 1, 1000],
    [3, 97, 16],
    [1, 260, 10],
    [5, 31, 128],
];

fn lines([outer, n, inner]: [usize; 3]) -> Lines {
    Lines { outer, n, inner }
}

/// The numbers of the elements of each line, in order.
fn each_line([outer, n, inner]: [usize; 3]) -> impl Iterator<Item = Vec<usize>> {
    (0..outer * inner).map(move |l| (0..n).map(|k| (l / inner * n + k) * inner + l % inner).collect())
}

fn integers(sizes: [usize; 3]) -> Vec<i64> {
    (0..sizes.iter().product()).map(|i: usize| (i * 7919 % 101) as i64 - 50).collect()
}

#[test]
fn running_sums_are_the_naive_ones() {
    at_every_level(|| {
        for (sizes, reverse) in SIZES.into_iter().flat_map(|s| [(s, false), (s, true)]) {
            let x = integers(sizes);
            let mut want = vec![0; x.len()];
            for line in each_line(sizes) {
                let mut sum = 0;
                let mut step = |&i: &usize| {
                    sum += x[i];
                    want[i] = sum;
                };
                if reverse { line.iter().rev().for_each(&mut step) } else { line.iter().for_each(&mut step) }
            }
            let mut sums = vec![0; x.len()];
            running(lines(sizes), &x, &mut sums, reverse, 0, |acc, x| acc + x);
            assert_eq!(sums, want, "{sizes:?} {reverse}");
            let floats: Vec<f32> = x.iter().map(|&x| x as f32).collect();
            let mut sums = vec![0f32; x.len()];
            running(lines(sizes), &floats, &mut sums, reverse, 0.0, |acc, x| acc + x);
            assert!(sums.iter().zip(&want).all(|(&s, &w)| s == w as f32), "{sizes:?} {reverse}");
        }
    });
}

#[test]
fn scans_of_two_inputs_are_the_naive_ones() {
    at_every_level(|| {
        for (sizes, reverse) in SIZES.into_iter().flat_map(|s| [(s, false), (s, true)]) {
            let x: Vec<f64> = integers(sizes).iter().map(|&v| v as f64).collect();
            let a: Vec<f64> = x.iter().map(|v| v / 64.0 + 0.125).collect();
            let mut out = vec![0.0; x.len()];
            running2(lines(sizes), &x, &a, &mut out, reverse, 0.0, |acc, x, a| x + a * acc);
            for mut line in each_line(sizes) {
                if reverse {
                    line.reverse();
                }
                let mut y = 0.0;
                for i in line {
                    y = x[i] + a[i] * y;
                    assert_eq!(out[i], y, "{sizes:?} {reverse}");
                }
            }
        }
    });
}

/// Running extremes by the rule itself: later ones win ties, nan beats everything.
fn check_extremes(sizes: [usize; 3], gap: usize, maxima: bool) {
    let of = |(i, v): (usize, i64)| if i % gap == gap - 1 { f32::NAN } else { (v / 3) as f32 };
    let x: Vec<f32> = integers(sizes).into_iter().enumerate().map(of).collect();
    let (mut values, mut positions) = (vec![0f32; x.len()], vec![0i64; x.len()]);
    extremes(lines(sizes), &x, &mut values, &mut positions, |x, best| if maxima { x >= best } else { x <= best });
    for line in each_line(sizes) {
        let mut at = 0;
        for (k, &i) in line.iter().enumerate() {
            let (v, best) = (x[i], x[line[at]]);
            if v.is_nan() || !best.is_nan() && if maxima { v >= best } else { v <= best } {
                at = k;
            }
            assert_eq!(positions[i], at as i64, "{sizes:?} {gap} {k}");
            assert_eq!(values[i].to_bits(), x[line[at]].to_bits(), "{sizes:?} {gap} {k}");
        }
    }
}

#[test]
fn running_extremes_are_the_naive_ones() {
    at_every_level(|| {
        for sizes in SIZES {
            for gap in [2, 89, usize::MAX] {
                check_extremes(sizes, gap, true);
                check_extremes(sizes, gap, false);
            }
        }
    });
}

fn close(got: f32, want: f64, what: &str, sizes: [usize; 3]) {
    assert!((got as f64 - want).abs() <= 3e-6 * (1.0 + want.abs()), "{what} {sizes:?}: {got} {want}");
}

#[test]
fn softmax_of_columns_is_the_naive_one() {
    at_every_level(|| {
        for sizes in SIZES.into_iter().filter(|s| s[2] > 1) {
            let x: Vec<f32> = integers(sizes).iter().map(|&v| v as f32 / 8.0).collect();
            let g: Vec<f32> = x.iter().rev().map(|v| v / 4.0 + 0.3).collect();
            let new = || vec![0f32; x.len()];
            let (mut y, mut log, mut dx, mut dlog) = (new(), new(), new(), new());
            softmax::softmax_columns(lines(sizes), &x, &mut y);
            softmax::log_softmax_columns(lines(sizes), &x, &mut log);
            softmax::softmax_columns_backward(lines(sizes), &g, &y, &mut dx);
            softmax::log_softmax_columns_backward(lines(sizes), &g, &log, &mut dlog);
            for line in each_line(sizes) {
                let sum = |f: &dyn Fn(usize) -> f64| line.iter().map(|&i| f(i)).sum::<f64>();
                let total = sum(&|i| (x[i] as f64).exp());
                let (dot, all) = (sum(&|i| (g[i] * y[i]) as f64), sum(&|i| g[i] as f64));
                for &i in &line {
                    close(y[i], (x[i] as f64).exp() / total, "softmax", sizes);
                    close(log[i], x[i] as f64 - total.ln(), "log_softmax", sizes);
                    close(dx[i], y[i] as f64 * (g[i] as f64 - dot), "softmax backward", sizes);
                    close(dlog[i], g[i] as f64 - (log[i] as f64).exp() * all, "log_softmax backward", sizes);
                }
            }
        }
    });
}
