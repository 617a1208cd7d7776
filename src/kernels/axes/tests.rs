//! Maps by axes against naive sums, and against their transposes.

use super::*;

fn axis(size: usize, out: usize) -> Axis {
    let mut axis = Axis::new(size);
    for i in 0..out {
        let taps = (0..i % 4).map(|k| ((i * 7 + k * 3) % size, k as f64 - 0.5));
        axis.push(taps, 1.0 + (i % 3) as f64);
    }
    axis.finished()
}

fn naive(map: &Axes, x: &[f64]) -> Vec<f64> {
    let [a, b, c] = &map.axes;
    let mut out = Vec::new();
    for x in x.chunks(map.input()) {
        for (i, j, k) in (0..a.out()).flat_map(|i| (0..b.out()).flat_map(move |j| (0..c.out()).map(move |k| (i, j, k)))) {
            let mut sum = 0.0;
            for (s, t, u) in a.taps(i).flat_map(|s| b.taps(j).flat_map(move |t| c.taps(k).map(move |u| (s, t, u)))) {
                let at = (a.at[s] as usize * b.size + b.at[t] as usize) * c.size + c.at[u] as usize;
                sum += a.weight[s] * b.weight[t] * c.weight[u] * x[at];
            }
            out.push(sum / (a.divisor[i] * b.divisor[j] * c.divisor[k]));
        }
    }
    out
}

fn pattern(n: usize) -> Vec<f64> {
    (0..n).map(|i| ((i * 37 % 19) as f64 - 9.0) / 4.0).collect()
}

fn close(a: &[f64], b: &[f64]) {
    assert!(a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9), "{a:?} {b:?}");
}

#[test]
fn maps_and_their_transposes_are_the_naive_sums() {
    for (sizes, outs) in [([1, 1, 5], [1, 1, 9]), ([1, 4, 3], [1, 5, 8]), ([2, 3, 4], [3, 6, 7]), ([2, 300, 70], [1, 301, 50])] {
        let map = Axes::new((0..3).map(|i| axis(sizes[i], outs[i])).collect());
        let (x, g) = (pattern(3 * map.input()), pattern(3 * map.output()));
        let mut out = vec![0.0; g.len()];
        forward(&map, &x, &mut out);
        close(&out, &naive(&map, &x));
        let mut back = vec![0.0; x.len()];
        adjoint(&map, &g, &mut back);
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        assert!((dot(&out, &g) - dot(&x, &back)).abs() < 1e-6);
    }
}

#[test]
fn blocks_and_picks() {
    let mut halves = Axis::new(10);
    (0..5).for_each(|i| halves.push([(2 * i, 1.0), (2 * i + 1, 1.0)].into_iter(), 2.0));
    let map = Axes::new(vec![Axis::identity(3), halves.finished()]);
    let x = pattern(2 * 30);
    let mut out = vec![0.0; 30];
    forward(&map, &x, &mut out);
    close(&out, &naive(&map, &x));
    let padded = Axis::picking(20, [2, 1].into_iter().chain(0..20).chain([18, 17]));
    let map = Axes::new(vec![Axis::picking(3, [0, 0, 1, 2, 2].into_iter()), padded]);
    let (x, mut out) = (pattern(2 * 60), vec![0.0; 2 * 5 * 24]);
    pick(&map, &x, &mut out);
    close(&out, &naive(&map, &x));
}
