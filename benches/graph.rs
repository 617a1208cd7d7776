//! The graph without Python: what recording, running and dropping a node costs.
//! `cargo bench --no-default-features --bench graph [filter]`. Nanoseconds a node, minimum of many runs.

use std::time::Instant;

use rgrad::engine;
use rgrad::engine::Options;
use rgrad::error::Result;
use rgrad::graph::mode;
use rgrad::ops::arithmetic;
use rgrad::ops::linalg;
use rgrad::ops::reduce;
use rgrad::ops::transcendental;
use rgrad::tensor::Tensor;

const NODES: usize = 1000;
const RUNS: usize = 300;

/// Fastest of RUNS for each of the three parts, in nanoseconds a node.
struct Times {
    record: f64,
    backward: f64,
    drop: f64,
}

fn leaf(n: usize) -> Tensor {
    let values: Vec<f32> = (0..n).map(|i| 0.5 + i as f32 / n as f32).collect();
    let t = Tensor::from_slice(&values, &[n as i64]).expect("a small tensor");
    t.set_requires_grad(true);
    t
}

fn nanoseconds(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e9 / NODES as f64
}

/// `build` makes a graph of about NODES nodes that ends in a tensor.
fn measure(build: impl Fn() -> Result<Tensor>) -> Times {
    let mut best = Times { record: f64::MAX, backward: f64::MAX, drop: f64::MAX };
    for _ in 0..RUNS {
        let start = Instant::now();
        let end = build().expect("a graph");
        best.record = best.record.min(nanoseconds(start));
        let root = reduce::sum(&end, None, false, None).expect("a sum");
        drop(end);
        let start = Instant::now();
        let options = Options { retain_graph: true, ..Options::default() };
        engine::backward(std::slice::from_ref(&root), &[], None, options).expect("a backward");
        best.backward = best.backward.min(nanoseconds(start));
        let start = Instant::now();
        drop(root);
        best.drop = best.drop.min(nanoseconds(start));
    }
    best
}

fn bench(name: &str, filter: &str, build: impl Fn() -> Result<Tensor>) {
    if !name.contains(filter) {
        return;
    }
    let plain = {
        let _off = mode::guard(mode::GRAD_OFF, true);
        let mut best = f64::MAX;
        for _ in 0..RUNS {
            let start = Instant::now();
            drop(build().expect("a graph"));
            best = best.min(nanoseconds(start));
        }
        best
    };
    let t = measure(build);
    println!(
        "{name:24} without grad {plain:7.1}   record {:7.1}   backward {:7.1}   drop {:7.1}   ns a node",
        t.record, t.backward, t.drop
    );
}

fn main() {
    let filter = std::env::args().skip(1).find(|a| !a.starts_with('-')).unwrap_or_default();
    let (x, leaves) = (leaf(16), (0..NODES).map(|_| leaf(16)).collect::<Vec<_>>());
    let (square, matrix) = (leaf(16), leaf(16));
    let as_matrix = |t: &Tensor| rgrad::ops::view::view(t, &[4, 4]).expect("16 elements");

    bench("chain: mul by a number", &filter, || (0..NODES).try_fold(x.clone(), |y, _| arithmetic::mul((&y).into(), 1.0001.into())));
    bench("chain: mul", &filter, || (0..NODES).try_fold(x.clone(), |y, _| arithmetic::mul((&y).into(), (&x).into())));
    bench("chain: tanh", &filter, || (0..NODES).try_fold(x.clone(), |y, _| transcendental::tanh(&y)));
    bench("wide: add of leaves", &filter, || {
        leaves[1..].iter().try_fold(leaves[0].clone(), |y, leaf| arithmetic::add((&y).into(), leaf.into(), 1i64.into()))
    });
    bench("chain: mm 4x4", &filter, || {
        let (a, b) = (as_matrix(&square), as_matrix(&matrix).detach());
        (0..NODES).try_fold(a, |y, _| linalg::mm(&y, &b))
    });
}
