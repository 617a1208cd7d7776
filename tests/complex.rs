//! complex64 through the whole core: the dtype list, promotion, the frame of kernels, the graph, the engine.
//! `cargo test --features complex --test complex`.

use rgrad::dtype;
use rgrad::dtype::Complex;
use rgrad::dtype::DType;
use rgrad::dtype::Rank;
use rgrad::dtype::Scalar;
use rgrad::engine;
use rgrad::engine::Options;
use rgrad::ops::arithmetic;
use rgrad::ops::copy;
use rgrad::ops::reduce;
use rgrad::ops::sign;
use rgrad::ops::view;
use rgrad::tensor::Tensor;

const A: [(f64, f64); 6] = [(1.0, 2.0), (-0.5, 0.25), (3.0, -4.0), (0.0, 1.5), (-2.0, -1.0), (0.75, 0.0)];
const B: [(f64, f64); 3] = [(0.5, -1.0), (2.0, 0.125), (-1.5, 0.5)];

fn complex(values: &[(f64, f64)], sizes: &[i64]) -> Tensor {
    let values: Vec<Complex> = values.iter().map(|&(re, im)| Complex::new(re as f32, im as f32)).collect();
    Tensor::from_slice(&values, sizes).unwrap()
}

fn pairs(t: &Tensor) -> Vec<(f64, f64)> {
    copy::contiguous(t).unwrap().as_slice::<Complex>().iter().map(|z| (z.re as f64, z.im as f64)).collect()
}

fn times(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0)
}

fn close(got: &[(f64, f64)], want: &[(f64, f64)]) {
    assert_eq!(got.len(), want.len());
    for (g, w) in got.iter().zip(want) {
        assert!((g.0 - w.0).abs() < 1e-5 && (g.1 - w.1).abs() < 1e-5, "{got:?} is not {want:?}");
    }
}

#[test]
fn promotion_puts_complex_above_floats() {
    assert_eq!(dtype::promote(DType::F32, DType::C64), DType::C64);
    assert_eq!(dtype::promote(DType::C64, DType::I64), DType::C64);
    assert_eq!(dtype::result_type([(DType::F64, Rank::Dimensioned), (DType::C64, Rank::Scalar)]), DType::C64);
    assert!(DType::F64.can_cast(DType::C64) && !DType::C64.can_cast(DType::F64));
}

#[test]
fn values_over_views_and_with_reals() {
    let a = complex(&A, &[2, 3]);
    let turned = view::t(&a).unwrap();
    let b = complex(&B, &[3, 1]);
    let product = arithmetic::mul((&turned).into(), (&b).into()).unwrap();
    assert_eq!((product.dtype(), product.sizes()), (DType::C64, &[3, 2][..]));
    let want: Vec<_> = (0..3).flat_map(|i| (0..2).map(move |j| times(A[j * 3 + i], B[i]))).collect();
    close(&pairs(&product), &want);

    let real = Tensor::from_slice(&[1.0f32, 2.0, 3.0], &[3]).unwrap();
    let sum = arithmetic::add((&a).into(), (&real).into(), Scalar::Int(1)).unwrap();
    close(&pairs(&sum), &A.iter().enumerate().map(|(i, z)| (z.0 + (i % 3 + 1) as f64, z.1)).collect::<Vec<_>>());
    close(&pairs(&arithmetic::mul((&a).into(), Scalar::Float(2.0).into()).unwrap()), &A.map(|z| (2.0 * z.0, 2.0 * z.1)));

    let abs = sign::abs(&a).unwrap();
    assert_eq!(abs.dtype(), DType::F32);
    assert!(abs.as_slice::<f32>().iter().zip(A).all(|(&x, z)| (x as f64 - z.0.hypot(z.1)).abs() < 1e-6));
}

/// L = sum |a b + a|, in float64.
fn loss(a: &[(f64, f64)], b: &[(f64, f64)]) -> f64 {
    let term = |(&a, &b)| {
        let (re, im) = times(a, b);
        (re + a.0).hypot(im + a.1)
    };
    a.iter().zip(b).map(term).sum()
}

#[test]
fn gradients_are_the_differences() {
    let (a, b) = (complex(&A[..3], &[3]), complex(&B, &[3]));
    a.set_requires_grad(true);
    b.set_requires_grad(true);
    let product = arithmetic::mul((&a).into(), (&b).into()).unwrap();
    let abs = sign::abs(&arithmetic::add((&product).into(), (&a).into(), Scalar::Int(1)).unwrap()).unwrap();
    engine::backward(&[reduce::sum(&abs, None, false, None).unwrap()], &[], None, Options::default()).unwrap();

    // dL/dRe + i dL/dIm, each by a central difference.
    let slope = |first: bool, i: usize, imaginary: bool| {
        let at = |h: f64| {
            let (mut a, mut b) = (A[..3].to_vec(), B.to_vec());
            let z = if first { &mut a[i] } else { &mut b[i] };
            if imaginary {
                z.1 += h
            } else {
                z.0 += h
            }
            loss(&a, &b)
        };
        (at(1e-6) - at(-1e-6)) / 2e-6
    };
    for (leaf, first) in [(&a, true), (&b, false)] {
        let want: Vec<_> = (0..3).map(|i| (slope(first, i, false), slope(first, i, true))).collect();
        let grad = leaf.grad().unwrap();
        close(&pairs(grad), &want);
    }
}

#[test]
fn a_real_leaf_gets_the_real_part() {
    let (a, x) = (complex(&A[..3], &[3]), Tensor::from_slice(&[0.5f32, -1.0, 2.0], &[3]).unwrap());
    x.set_requires_grad(true);
    let abs = sign::abs(&arithmetic::mul((&a).into(), (&x).into()).unwrap()).unwrap();
    engine::backward(&[reduce::sum(&abs, None, false, None).unwrap()], &[], None, Options::default()).unwrap();
    let grad = x.grad().unwrap();
    assert_eq!(grad.dtype(), DType::F32);
    let want = [0, 1, 2].map(|i| A[i].0.hypot(A[i].1) * [1.0, -1.0, 1.0][i]);
    for (&g, w) in grad.as_slice::<f32>().iter().zip(want) {
        assert!((g as f64 - w).abs() < 1e-5, "{g} is not {w}");
    }
}
