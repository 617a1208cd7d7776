//! Operations that move memory, family by family at a small, a middle and a large size:
//! `cargo bench --no-default-features --bench families [filter]`. One thread, minimum of many runs: microseconds, GB/s of
//! what has to be read and written, and the share of a plain copy of as many bytes in the same run.

mod limits;

use std::hint::black_box;

use limits::fastest;
use rgrad::error::Result;
use rgrad::kernels::optim;
use rgrad::ops::activation;
use rgrad::ops::arithmetic;
use rgrad::ops::avg_pool;
use rgrad::ops::copy;
use rgrad::ops::dropout;
use rgrad::ops::embedding;
use rgrad::ops::index;
use rgrad::ops::join;
use rgrad::ops::max_pool;
use rgrad::ops::moments;
use rgrad::ops::normalization;
use rgrad::ops::random;
use rgrad::ops::reduce;
use rgrad::ops::scan;
use rgrad::ops::select;
use rgrad::ops::softmax;
use rgrad::ops::sort;
use rgrad::ops::transcendental;
use rgrad::ops::view;
use rgrad::par;
use rgrad::tensor::Tensor;

/// Runs f, which moves so many bytes.
fn row(filter: &str, name: &str, elements: i64, bytes: i64, f: impl Fn() -> Result<Tensor>) {
    let title = format!("{name} {elements}");
    if !title.contains(filter) {
        return;
    }
    let time = fastest(|| drop(black_box(f().expect("a result"))));
    let rate = bytes as f64 / time / 1e9;
    let share = 100.0 * rate / limits::copies(bytes as usize);
    println!("{title}: {:.2} us, {rate:.1} GB/s, {share:.0} % of a copy", time * 1e6);
}

fn first(tensors: Result<Vec<Tensor>>) -> Result<Tensor> {
    tensors.map(|t| t[0].clone())
}

/// A square matrix of about n elements and what one does with it.
fn families(filter: &str, side: i64) -> Result<()> {
    let (n, four) = (side * side, 4 * side * side);
    let (x, y) = (random::randn(&[side, side], None, None)?, random::randn(&[side, side], None, None)?);
    let (line, at) = (random::randn(&[side], None, None)?, random::randint(0, side, &[side], None, None)?);
    let run = |name: &str, bytes: i64, f: &dyn Fn() -> Result<Tensor>| row(filter, name, n, bytes, f);

    run("map: add", 3 * four, &|| arithmetic::add((&x).into(), (&y).into(), 1i64.into()));
    run("map: mul by a row", 2 * four, &|| arithmetic::mul((&x).into(), (&line).into()));
    run("map: relu", 2 * four, &|| select::relu(&x));
    run("map: exp", 2 * four, &|| transcendental::exp(&x));
    run("map: tanh", 2 * four, &|| transcendental::tanh(&x));
    run("map: gelu", 2 * four, &|| activation::gelu(&x, None));

    run("reduce: sum", four, &|| reduce::sum(&x, None, false, None));
    run("reduce: sum of columns", four, &|| reduce::sum(&x, Some(&[0]), false, None));
    run("reduce: sum of rows", four, &|| reduce::sum(&x, Some(&[1]), false, None));
    run("reduce: max of rows", four, &|| first(reduce::max_along(&x, 1, false)));
    run("reduce: amax of columns", four, &|| reduce::amax(&x, Some(&[0]), false));
    run("reduce: var of rows", four, &|| moments::var(&x, Some(&[1]), None, false));
    run("reduce: logsumexp of rows", four, &|| moments::logsumexp(&x, &[1], false));
    run("reduce: softmax", 2 * four, &|| softmax::softmax(&x, 1, None));
    run("reduce: layer_norm", 2 * four, &|| normalization::layer_norm(&x, &[side], Some(&line), Some(&line), 1e-5, false));
    run("reduce: cumsum of rows", 2 * four, &|| scan::cumsum(&x, 1, None));
    run("reduce: cumsum of columns", 2 * four, &|| scan::cumsum(&x, 0, None));

    let image = view::reshape(&x, &[1, 1, side, side])?;
    run("pool: max 2x2", four, &|| max_pool::max_pool2d(&image, &[2], &[], &[0], &[1], false));
    run("pool: max 3x3 of stride 2", four, &|| max_pool::max_pool2d(&image, &[3], &[2], &[1], &[1], false));
    run("pool: average 2x2", four, &|| avg_pool::avg_pool2d(&image, &[2], &[], &[0], false, true, None));

    run("move: clone", 2 * four, &|| copy::clone(&x));
    run("move: transposed copy", 2 * four, &|| copy::contiguous(&view::t(&x)?));
    run("move: cat", 4 * four, &|| join::cat(&[&x, &y], 0));
    run("move: rows by index", 2 * four, &|| index::index_select(&x, 0, &at));
    run("move: embedding", 2 * four, &|| embedding::embedding(&x, &at, -1, false, false));
    run("move: sort rows", 4 * four, &|| first(sort::sort(&x, 1, false)));
    run("move: sort", 4 * four, &|| first(sort::sort(&view::reshape(&x, &[-1])?, 0, false)));

    run("random: rand", four, &|| random::rand(&[side, side], None, None));
    run("random: randn", four, &|| random::randn(&[side, side], None, None));
    run("random: dropout", 2 * four, &|| dropout::dropout(&x, 0.5, true));
    Ok(())
}

/// One step over n parameters, from memory to memory.
fn optimizers(filter: &str, n: usize) {
    let state = || vec![0.5f32; n];
    let (mut p, g, mut m, mut v) = (state(), state(), state(), state());
    let show = |name: &str, moved: usize, time: f64| {
        let rate = (moved * 4 * n) as f64 / time / 1e9;
        let share = 100.0 * rate / limits::copies(moved * 4 * n);
        println!("{name} {n}: {:.2} us, {rate:.1} GB/s, {share:.0} % of a copy", time * 1e6);
    };
    if format!("optim: sgd {n}").contains(filter) {
        let o = optim::Sgd { lr: 1e-3, momentum: 0.9, weight_decay: 1e-5, ..Default::default() };
        show("optim: sgd", 5, fastest(|| optim::sgd(&o, &mut p, &g, &mut m)));
    }
    if format!("optim: adam {n}").contains(filter) {
        let o =
            optim::Adam { step_size: 1e-3, beta1: 0.9, beta2: 0.999, root_correction: 1.0, eps: 1e-8, shrink: 1.0, ..Default::default() };
        show("optim: adam", 7, fastest(|| optim::adam(&o, &mut p, &g, &mut m, &mut v, &mut [])));
    }
}

fn main() -> Result<()> {
    let filter = std::env::args().skip(1).find(|a| !a.starts_with('-')).unwrap_or_default();
    par::set_num_threads(1);
    for side in [32, 256, 2048] {
        families(&filter, side)?;
    }
    [1000, 100_000, 10_000_000].into_iter().for_each(|n| optimizers(&filter, n));
    Ok(())
}
