//! Orders, ranks and bounds against what the definition says.

use super::*;
use std::cmp::Ordering;

fn compare(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

fn check<T: Element>(values: &[T], sizes: [usize; 3], descending: bool) {
    let lines = Lines { outer: sizes[0], n: sizes[1], inner: sizes[2] };
    let (mut out, mut sorted) = (vec![0; lines.count()], values.to_vec());
    order(values, lines, Wanted::All, descending, &mut out, &mut sorted);
    for o in 0..lines.outer {
        for j in 0..lines.inner {
            let at = |k: usize| (o * lines.n + k) * lines.inner + j;
            let mut want: Vec<usize> = (0..lines.n).collect();
            let value = |i: usize| values[at(i)].to_f64();
            want.sort_by(|&a, &b| if descending { compare(value(b), value(a)) } else { compare(value(a), value(b)) });
            let got: Vec<usize> = (0..lines.n).map(|k| out[at(k)] as usize).collect();
            assert_eq!(got, want, "{sizes:?} {descending}");
            for (k, &i) in want.iter().enumerate() {
                let (value, x) = (sorted[at(k)].to_f64(), value(i));
                assert!(value == x && value.is_sign_negative() == x.is_sign_negative() || value.is_nan() && x.is_nan());
            }
        }
    }
}

#[test]
fn orders_are_stable_for_every_class() {
    for sizes in [[1, 1, 1], [2, 17, 3], [1, 5000, 1], [0, 4, 1], [3, 0, 2], [1, 2049, 2], [1, 150_001, 1]] {
        let n: usize = sizes.iter().product();
        let noise = |i: usize| (i * 7919 % 997) as f64 - 400.0;
        let floats: Vec<f64> = (0..n)
            .map(|i| match i % 11 {
                0 => f64::NAN,
                1 => -0.0,
                2 => 0.0,
                3 => f64::NEG_INFINITY,
                _ => noise(i),
            })
            .collect();
        for descending in [false, true] {
            check::<f64>(&floats, sizes, descending);
            check::<f32>(&floats.iter().map(|&x| x as f32).collect::<Vec<_>>(), sizes, descending);
            check::<half::bf16>(&floats.iter().map(|&x| half::bf16::from_f64(x)).collect::<Vec<_>>(), sizes, descending);
            check::<i64>(&(0..n).map(|i| noise(i) as i64).collect::<Vec<_>>(), sizes, descending);
            check::<u8>(&(0..n).map(|i| noise(i) as i64 as u8).collect::<Vec<_>>(), sizes, descending);
            check::<bool>(&(0..n).map(|i| i % 3 == 0).collect::<Vec<_>>(), sizes, descending);
        }
    }
}

/// The elements that were chosen are the first of all in order; which of equal ones, tests/values.py asks.
#[test]
fn the_first_of_a_line() {
    for n in [1, 2, 3, 4, 16, 17, 100, 1000, 5000] {
        for different in [1, 3, 1009] {
            let x: Vec<f32> = (0..n).map(|i| if i % 97 == 50 { f32::NAN } else { (i * 7919 % different) as f32 }).collect();
            let lines = Lines { outer: 1, n, inner: 1 };
            for descending in [false, true] {
                let (mut all, mut sorted) = (vec![0; n], vec![0f32; n]);
                order(&x, lines, Wanted::All, descending, &mut all, &mut sorted);
                for take in [1, 2, n / 64, n / 2, n].into_iter().filter(|&take| take <= n) {
                    for in_order in [true, false] {
                        let (mut some, mut values) = (vec![0; take], vec![0f32; take]);
                        order(&x, lines, Wanted::First { take, in_order }, descending, &mut some, &mut values);
                        assert!(some.iter().zip(&values).all(|(&i, v)| x[i as usize].to_bits() == v.to_bits()));
                        some.sort_unstable();
                        assert!(some.windows(2).all(|w| w[0] < w[1]), "each position once");
                        if !in_order {
                            values.sort_by(|a, b| compare(*a as f64, *b as f64));
                            if descending {
                                values.reverse();
                            }
                        }
                        let same = values.iter().zip(&sorted).all(|(v, want)| v == want || v.is_nan() && want.is_nan());
                        assert!(same, "{n} {different} {descending} {take} {in_order}");
                    }
                }
            }
        }
    }
}

#[test]
fn ranks_agree_with_the_order() {
    for sizes in [[1, 1, 1], [3, 17, 2], [1, 5000, 1], [2, 4100, 2], [0, 4, 1]] {
        let lines = Lines { outer: sizes[0], n: sizes[1], inner: sizes[2] };
        let x: Vec<f32> = (0..lines.count()).map(|i| if i % 13 == 4 { f32::NAN } else { (i * 7919 % 997) as f32 - 400.0 }).collect();
        let wide: Vec<f64> = x.iter().map(|&x| x as f64).collect();
        let mut all = vec![0; lines.count()];
        order(&x, lines, Wanted::All, false, &mut all, &mut []);
        for rank in [0, lines.n / 3, lines.n - 1] {
            let (mut out, mut also) = (vec![0; lines.outer * lines.inner], vec![0; lines.outer * lines.inner]);
            nth(&x, lines, |_| rank, &mut out);
            nth(&wide, lines, |_| rank, &mut also);
            let places = (0..lines.outer * lines.inner).map(|i| i / lines.inner * lines.n * lines.inner + i % lines.inner);
            let want: Vec<i64> = places.map(|first| all[first + rank * lines.inner]).collect();
            assert_eq!(out, want, "{sizes:?} {rank}");
            assert_eq!(also, want, "{sizes:?} {rank}");
        }
    }
}

#[test]
fn search_finds_bounds() {
    let sorted = [1i64, 2, 2, 2, 5];
    assert_eq!(search(|i| sorted[i], 5, 2, false), 1);
    assert_eq!(search(|i| sorted[i], 5, 2, true), 4);
    assert_eq!(search(|i| sorted[i], 5, 9, true), 5);
}
