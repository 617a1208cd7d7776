//! The graph and the engine without Python: values of gradients, second derivatives, in-place, depth.

use rgrad::engine;
use rgrad::engine::Options;
use rgrad::ops::arithmetic;
use rgrad::ops::linalg;
use rgrad::ops::reduce;
use rgrad::ops::transcendental;
use rgrad::ops::view;
use rgrad::tensor::Tensor;

fn leaf(values: &[f64], sizes: &[i64]) -> Tensor {
    let t = Tensor::from_slice(values, sizes).unwrap();
    t.set_requires_grad(true);
    t
}

fn backward(t: &Tensor) {
    engine::backward(std::slice::from_ref(t), &[], None, Options::default()).unwrap();
}

fn grad_of(t: &Tensor) -> Vec<f64> {
    t.grad().unwrap().as_slice::<f64>().to_vec()
}

#[test]
fn broadcast_gradients_are_summed() {
    let (a, b) = (leaf(&[1.0, 2.0, 3.0, 4.0], &[2, 2]), leaf(&[10.0, 20.0], &[2]));
    let y = arithmetic::mul((&a).into(), (&b).into()).unwrap();
    backward(&reduce::sum(&y, None, false, None).unwrap());
    assert_eq!(grad_of(&a), [10.0, 20.0, 10.0, 20.0]);
    assert_eq!(grad_of(&b), [4.0, 6.0]);
}

#[test]
fn second_derivative_of_tanh() {
    let x = leaf(&[0.3], &[]);
    let y = transcendental::tanh(&x).unwrap();
    let options = Options { create_graph: true, retain_graph: true };
    let g = engine::grad(&[y], &[], std::slice::from_ref(&x), options).unwrap()[0].clone().unwrap();
    backward(&g);
    let t = 0.3f64.tanh();
    assert!((grad_of(&x)[0] - -2.0 * t * (1.0 - t * t)).abs() < 1e-15);
}

#[test]
fn matmul_gradients() {
    let (a, b) = (leaf(&[1.0, 2.0, 3.0, 4.0], &[2, 2]), leaf(&[5.0, 6.0, 7.0, 8.0], &[2, 2]));
    let y = linalg::mm(&a, &view::t(&b).unwrap()).unwrap();
    assert_eq!(y.as_slice::<f64>(), [17.0, 23.0, 39.0, 53.0]);
    backward(&reduce::sum(&y, None, false, None).unwrap());
    assert_eq!(grad_of(&a), [12.0, 14.0, 12.0, 14.0]);
    assert_eq!(grad_of(&b), [4.0, 6.0, 4.0, 6.0]);
}

#[test]
fn in_place_on_a_view_rebases_the_base() {
    let a = leaf(&[1.0, 2.0, 3.0], &[3]);
    let b = rgrad::ops::copy::clone(&a).unwrap();
    let v = view::slice(&b, 0, Some(1), None, 1).unwrap();
    rgrad::ops::inplace::run(&v, &[], true, || arithmetic::mul((&v).into(), 3.0.into())).unwrap();
    assert_eq!(b.grad_fn().unwrap().name(), "CopySlices");
    assert_eq!(v.grad_fn().unwrap().name(), "AsStridedBackward0");
    let w = view::select(&v, 0, 0).unwrap();
    backward(&arithmetic::add((&reduce::sum(&b, None, false, None).unwrap()).into(), (&w).into(), 1i64.into()).unwrap());
    assert_eq!(grad_of(&a), [1.0, 6.0, 3.0]);
}

#[test]
fn a_long_chain_runs_and_drops_on_a_small_stack() {
    let run = || {
        let x = leaf(&[1.0], &[1]);
        let mut y = x.clone();
        for _ in 0..300_000 {
            y = arithmetic::mul((&y).into(), 0.999999.into()).unwrap();
        }
        backward(&reduce::sum(&y, None, false, None).unwrap());
        assert!((grad_of(&x)[0] - 0.999999f64.powi(300_000)).abs() < 1e-9);
        drop(y);
    };
    std::thread::Builder::new().stack_size(256 * 1024).spawn(run).unwrap().join().unwrap();
}

#[test]
fn a_changed_saved_tensor_is_refused() {
    let x = leaf(&[1.0], &[1]);
    let y = transcendental::exp(&x).unwrap();
    let z = arithmetic::mul((&y).into(), (&y).into()).unwrap();
    rgrad::ops::inplace::run(&y, &[], true, || arithmetic::add((&y).into(), 1.0.into(), 1i64.into())).unwrap();
    let error = engine::backward(&[z], &[], None, Options::default()).unwrap_err();
    assert!(error.text().contains("modified by an inplace operation: [torch.DoubleTensor [1]]"), "{error}");
}
