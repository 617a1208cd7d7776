//! Elementwise loops against naive ones: integers of every width, bfloat16, outputs that are inputs, copies in any order of
//! dimensions, sequences; at every instruction-set level of this machine.

mod common;

use common::at_every_level;
use half::bf16;
use rgrad::dtype::DType;
use rgrad::dtype::Element;
use rgrad::dtype::Scalar;
use rgrad::kernels::float::Float;
use rgrad::kernels::isa::Simd;
use rgrad::kernels::map::Kernel;
use rgrad::kernels::map::Pointwise;
use rgrad::kernels::map::Test;
use rgrad::kernels::map::View;
use rgrad::kernels::map::copy;
use rgrad::kernels::map::map;
use rgrad::ops::creation;
use rgrad::shape::Dims;

/// 3 a - b, or the larger where b is odd: something of every operand and a choice.
#[derive(Clone, Copy)]
struct Mixed;

impl Pointwise for Mixed {
    const CHEAP: bool = true;

    #[inline(always)]
    fn float<T: Float, S: Simd>(&self, x: [T; 3]) -> T {
        if x[0] > x[1] { x[0] } else { x[0] + x[0] - x[1] }
    }
    #[inline(always)]
    fn int(&self, x: [i64; 3]) -> i64 {
        if x[1] & 1 == 1 { x[0].max(x[1]) } else { x[0].wrapping_mul(3).wrapping_sub(x[1]) }
    }
}

#[derive(Clone, Copy)]
struct Less;

impl Test for Less {
    #[inline(always)]
    fn float<T: Float>(&self, x: [T; 3]) -> bool {
        x[0] < x[1]
    }
    #[inline(always)]
    fn int(&self, x: [i64; 3]) -> bool {
        x[0] < x[1]
    }
}

fn view<T>(data: &[T], offset: usize, strides: &[i64], dtype: DType) -> View {
    View { data: data[offset..].as_ptr() as *mut u8, strides: Dims::from_slice(strides), dtype }
}

const LENGTHS: [usize; 9] = [0, 1, 7, 31, 33, 64, 513, 1000, 40001];

fn integers<T: Element>(n: usize, step: i64) -> Vec<T> {
    (0..n as i64).map(|i| T::from_i64(i.wrapping_mul(step).wrapping_sub(77))).collect()
}

fn narrow_integers<T: Element>() {
    for n in LENGTHS {
        let (x, y) = (integers::<T>(n + 1, 0x1234_5677), integers::<T>(2 * n + 2, -0x0101_0103));
        let out = vec![T::default(); n + 1];
        let less = vec![false; n + 1];
        for stride in [0, 1, 2] {
            let ins = || [view(&x, 1, &[1], T::DTYPE), view(&y, 0, &[stride], T::DTYPE)];
            let [a, b] = ins();
            let kernel = Kernel::pointwise(&Mixed, T::DTYPE, true);
            // SAFETY: the buffers cover n elements; the output is apart.
            unsafe { map(&kernel, &[n as i64], &mut [view(&out, 0, &[1], T::DTYPE), a, b]) };
            let [a, b] = ins();
            // SAFETY: as above.
            unsafe { map(&Kernel::test(&Less, T::DTYPE), &[n as i64], &mut [view(&less, 0, &[1], DType::Bool), a, b]) };
            for i in 0..n {
                let [a, b] = [x[1 + i].to_i64(), y[i * stride as usize].to_i64()];
                let want = T::from_i64(Mixed.int([a, b, 0]));
                assert_eq!(out[i].to_i64(), want.to_i64(), "{:?} {n} {stride} {i}", T::DTYPE);
                assert_eq!(less[i], a < b, "{:?} {n} {stride} {i}", T::DTYPE);
            }
        }
    }
}

#[test]
fn integers_of_every_width_wrap_like_single_ones() {
    at_every_level(|| {
        narrow_integers::<u8>();
        narrow_integers::<i8>();
        narrow_integers::<i16>();
        narrow_integers::<i32>();
        narrow_integers::<i64>();
    });
}

fn floats<T: Float + Element>(n: usize) -> Vec<T> {
    (0..n).map(|i| if i % 101 == 100 { T::of(f64::NAN) } else { T::of(((i * 7919) % 1013) as f64 / 16.0 - 30.0) }).collect()
}

/// An output that is the first, the second or both operands, beside a row or a number.
fn in_place<T: Float + Element>() {
    let same = |a: T, b: T| Float::to_f64(a).to_bits() == Float::to_f64(b).to_bits() || T::is_nan(a) && T::is_nan(b);
    for n in LENGTHS {
        let old = floats::<T>(n + 1);
        let y = floats::<T>(n + 5);
        for (first, second, stride) in [(true, false, 1), (true, false, 0), (false, true, 1), (true, true, 1)] {
            let mut x = old.clone();
            let target = View { data: x[..].as_mut_ptr() as *mut u8, strides: Dims::from_slice(&[1]), dtype: T::DTYPE };
            let other = view(&y, 4, &[stride], T::DTYPE);
            let pick = |is: bool| if is { target.clone() } else { other.clone() };
            let kernel = Kernel::pointwise(&Mixed, T::DTYPE, true);
            // SAFETY: an input is the output, element for element, or apart.
            unsafe { map(&kernel, &[n as i64], &mut [target.clone(), pick(first), pick(second)]) };
            for i in 0..n {
                let of = |is: bool| if is { old[i] } else { y[4 + i * stride as usize] };
                let (a, b) = (of(first), of(second));
                let want = if a > b { a } else { a + a - b };
                assert!(same(x[i], want), "{:?} {n} {first} {second} {stride} {i}", T::DTYPE);
            }
            assert!(same(x[n], old[n]));
        }
    }
}

#[test]
fn outputs_may_be_inputs() {
    at_every_level(|| {
        in_place::<f32>();
        in_place::<f64>();
    });
}

/// bfloat16 in a loop of its own: `Mixed` of a whole operand and one that is a row, a column, one number, with gaps, or
/// the output, against float32's result rounded.
#[test]
fn bfloat16_is_rounded_once() {
    let numbers = |n: usize, step: usize| -> Vec<bf16> {
        let special = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, 1e-40, -0.0];
        let number = |i: usize| if i % 53 == 52 { special[i % special.len()] } else { (i * step % 1013) as f32 / 3.0 - 170.0 };
        (0..n).map(|i| bf16::from_f32(number(i))).collect()
    };
    let shapes = [[1, 0], [0, 5], [1, 1], [1, 31], [3, 33], [40, 7], [9, 600], [300, 190], [2, 40001]];
    at_every_level(|| {
        for [rows, n] in shapes {
            for strides in [[n, 1], [0, 1], [1, 0], [0, 0], [2 * n, 2]] {
                for in_place in [false, true] {
                    let (x, y) = (numbers(rows * n, 7919), numbers(rows * n * 2 + 1, 31));
                    let mut out = if in_place { x.clone() } else { vec![bf16::ZERO; rows * n] };
                    let target =
                        View { data: out[..].as_mut_ptr() as *mut u8, strides: Dims::from_slice(&[n as i64, 1]), dtype: DType::BF16 };
                    let first = if in_place { target.clone() } else { view(&x, 0, &[n as i64, 1], DType::BF16) };
                    let second = view(&y, 1, &strides.map(|s| s as i64), DType::BF16);
                    let kernel = Kernel::pointwise(&Mixed, DType::BF16, false);
                    // SAFETY: the first input is the output, element for element, or apart.
                    unsafe { map(&kernel, &[rows as i64, n as i64], &mut [target, first, second]) };
                    for i in 0..rows * n {
                        let [a, b] = [x[i], y[1 + i / n * strides[0] + i % n * strides[1]]].map(f32::from);
                        let want = bf16::from_f32(if a > b { a } else { a + a - b });
                        assert!(out[i] == want || out[i].is_nan() && want.is_nan(), "{rows} {n} {strides:?} {i}: {a} {b} {}", out[i]);
                    }
                }
            }
        }
    });
}

/// A copy of a [a, b, c] array whose dimensions are permuted, and run backwards where asked.
fn moved<T: Element>(sizes: [usize; 3], order: [usize; 3], backwards: bool) {
    let x = integers::<T>(sizes.iter().product::<usize>() + 1, 1);
    let strides = [sizes[1] * sizes[2], sizes[2], 1].map(|s| s as i64);
    let turned = order.map(|d| sizes[d] as i64);
    let mut from = order.map(|d| strides[d]);
    let offset = if backwards { (sizes[order[2]] as i64 - 1).max(0) * from[2] } else { 0 };
    if backwards {
        from[2] = -from[2];
    }
    let mut out = vec![T::default(); x.len()];
    let to = rgrad::shape::contiguous_strides(&turned);
    let target = View { data: out.as_mut_ptr() as *mut u8, strides: to, dtype: T::DTYPE };
    // SAFETY: both buffers cover the sizes.
    unsafe { copy(&turned, target, view(&x, offset as usize, &from, T::DTYPE)) };
    let mut at = 0;
    for i in 0..turned[0] {
        for j in 0..turned[1] {
            for k in 0..turned[2] {
                let source = offset + i * from[0] + j * from[1] + k * from[2];
                assert_eq!(out[at].to_i64(), x[source as usize].to_i64(), "{:?} {sizes:?} {order:?} {backwards}", T::DTYPE);
                at += 1;
            }
        }
    }
}

#[test]
fn copies_in_any_order_of_dimensions_are_the_naive_ones() {
    for sizes in [[2, 3, 5], [7, 1, 4], [3, 0, 2], [40, 33, 2], [5, 70, 10], [9, 11, 31], [300, 12, 64], [4, 129, 17], [2, 3, 40000]] {
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            for backwards in [false, true] {
                moved::<u8>(sizes, order, backwards);
                moved::<i16>(sizes, order, backwards);
                moved::<f32>(sizes, order, backwards);
                moved::<i64>(sizes, order, backwards);
            }
        }
    }
}

#[test]
fn sequences_are_the_naive_ones() {
    at_every_level(|| {
        for n in [0, 1, 2, 3, 511, 512, 513, 33001] {
            let ints = creation::arange(Scalar::Int(-5), Scalar::Int(-5 + 3 * n), Scalar::Int(3), None).unwrap();
            assert!(ints.as_slice::<i64>().iter().enumerate().all(|(i, &v)| v == -5 + 3 * i as i64) && ints.numel() as i64 == n);
            let bytes = creation::arange(Scalar::Int(0), Scalar::Int(n), Scalar::Int(1), Some(DType::U8)).unwrap();
            assert!(bytes.as_slice::<u8>().iter().enumerate().all(|(i, &v)| v == i as u8));
            let floats = creation::arange(Scalar::Float(0.5), Scalar::Float(0.5 + n as f64 * 0.25), Scalar::Float(0.25), None).unwrap();
            assert!(floats.as_slice::<f32>().iter().enumerate().all(|(i, &v)| v == (0.5 + 0.25 * i as f64) as f32));

            let (a, b) = (-1.7f32, 3.3f32);
            let points = creation::linspace(Scalar::Float(a as f64), Scalar::Float(b as f64), n, None).unwrap();
            let step = (b - a) / (n - 1).max(1) as f32;
            for (i, &v) in points.as_slice::<f32>().iter().enumerate() {
                let from_end = (n - 1 - i as i64) as f32;
                let want = if n == 1 {
                    a
                } else if (i as i64) < n / 2 {
                    step.mul_add(i as f32, a)
                } else {
                    (-step).mul_add(from_end, b)
                };
                assert_eq!(v, want, "{n} {i}");
            }
        }
    });
}
