//! Kernels against naive loops: map, copy and reduce over odd shapes, strides, zero sizes and no dimensions,
//! at every instruction-set level of this machine. Levels must agree bit for bit where nothing is fused.

mod common;

use common::at_every_level;
use rgrad::dtype::DType;
use rgrad::kernels::extremes::Extreme;
use rgrad::kernels::extremes::Position;
use rgrad::kernels::float::Float;
use rgrad::kernels::fold::Plain;
use rgrad::kernels::fold::Product;
use rgrad::kernels::fold::Summed;
use rgrad::kernels::fold::Truth;
use rgrad::kernels::fold::Variance;
use rgrad::kernels::isa::Simd;
use rgrad::kernels::map::Kernel;
use rgrad::kernels::map::Pointwise;
use rgrad::kernels::map::View;
use rgrad::kernels::map::copy;
use rgrad::kernels::map::map;
use rgrad::kernels::reduce::Reduce;
use rgrad::kernels::reduce::reduce;
use rgrad::ops::arithmetic;
use rgrad::shape::Dims;
use rgrad::tensor::Tensor;

#[derive(Clone, Copy)]
struct Add;

impl Pointwise for Add {
    #[inline(always)]
    fn float<T: Float, S: Simd>(&self, x: [T; 3]) -> T {
        x[0] + x[1]
    }
    #[inline(always)]
    fn int(&self, x: [i64; 3]) -> i64 {
        x[0].wrapping_add(x[1])
    }
}

/// A buffer seen through sizes and strides, from an offset.
struct Case {
    sizes: Vec<i64>,
    strides: Vec<i64>,
    offset: usize,
    length: usize,
}

fn case(sizes: &[i64], strides: &[i64], offset: usize) -> Case {
    let reach: i64 = sizes.iter().zip(strides).map(|(n, s)| (n - 1).max(0) * s.max(&0)).sum();
    Case { sizes: sizes.to_vec(), strides: strides.to_vec(), offset, length: offset + reach as usize + 1 }
}

fn contiguous(sizes: &[i64]) -> Vec<i64> {
    rgrad::shape::contiguous_strides(sizes).to_vec()
}

fn cases() -> Vec<Case> {
    let mut out = Vec::new();
    for sizes in [
        vec![],
        vec![0],
        vec![1],
        vec![7],
        vec![513],
        vec![3, 0, 2],
        vec![2, 3, 5],
        vec![1, 129, 1],
        vec![33, 65],
        vec![40000],
        vec![130, 37],
    ] {
        out.push(case(&sizes, &contiguous(&sizes), 0));
    }
    out.push(case(&[5, 3], &[1, 5], 2));
    out.push(case(&[4, 6], &[20, 3], 1));
    out.push(case(&[70, 9], &[11, 1], 3));
    out.push(case(&[3, 4, 5], &[1, 15, 3], 0));
    out.push(case(&[6, 7], &[0, 1], 3));
    out.push(case(&[6, 7], &[1, 0], 0));
    // Short rows that run together: several tasks, and a last block that is not full.
    out.push(case(&[1501, 130], &[0, 1], 3));
    out.push(case(&[1501, 130], &[1, 0], 0));
    out.push(case(&[20011, 3], &[2, 0], 1));
    out.push(case(&[20011, 3], &[0, 1], 0));
    out.push(case(&[300, 257], &[1, 300], 0));
    // The same in stacks of matrices.
    out.push(case(&[70, 33, 29], &[0, 1, 0], 1));
    out.push(case(&[3, 70, 5], &[2, 0, 1], 0));
    out.push(case(&[40, 2, 300, 3], &[7, 900, 3, 0], 2));
    // Narrow tables whose rows follow one another, of one piece and of several.
    out.push(case(&[1203, 10], &[10, 1], 1));
    out.push(case(&[3, 75, 2], &[150, 2, 1], 0));
    out.push(case(&[9001, 13], &[13, 1], 0));
    out.push(case(&[701, 33], &[33, 1], 0));
    out.push(case(&[5, 40001], &[0, 1], 0));
    out.push(case(&[3, 5, 7001], &[1, 3, 15], 2));
    out
}

/// Offsets of all elements in row-major order.
fn offsets(case: &Case) -> Vec<usize> {
    let count: i64 = case.sizes.iter().product();
    let place = |mut i: i64| {
        let mut at = case.offset as i64;
        for d in (0..case.sizes.len()).rev() {
            at += i % case.sizes[d] * case.strides[d];
            i /= case.sizes[d];
        }
        at as usize
    };
    (0..count).map(place).collect()
}

fn values(n: usize) -> Vec<f32> {
    (0..n).map(|i| ((i * 7919) % 1013) as f32 / 16.0 - 30.0).collect()
}

fn view<T>(data: &[T], offset: usize, strides: &[i64], dtype: DType) -> View {
    View { data: data[offset..].as_ptr() as *mut u8, strides: Dims::from_slice(strides), dtype }
}

#[test]
fn map_is_the_naive_loop() {
    at_every_level(|| {
        for c in cases() {
            let x = values(c.length);
            let doubles: Vec<f64> = x.iter().map(|&v| v as f64 * 2.0).collect();
            let places = offsets(&c);
            let mut out = vec![0f32; places.len() + 1];
            let kernel = Kernel::pointwise(&Add, rgrad::dtype::DType::F32, true);
            let target = View { data: out.as_mut_ptr() as *mut u8, strides: Dims::from_slice(&contiguous(&c.sizes)), dtype: DType::F32 };
            let mut operands = [target, view(&x, c.offset, &c.strides, DType::F32), view(&doubles, c.offset, &c.strides, DType::F64)];
            // SAFETY: the buffers cover the sizes; the output is apart.
            unsafe { map(&kernel, &c.sizes, &mut operands) };
            for (i, &p) in places.iter().enumerate() {
                assert_eq!(out[i], x[p] + doubles[p] as f32, "{:?} {:?}", c.sizes, c.strides);
            }
        }
    });
}

#[test]
fn map_over_integers_wraps_when_stored() {
    at_every_level(|| {
        let x: Vec<u8> = (0..=255).collect();
        let mut out = vec![0u8; 256];
        let kernel = Kernel::pointwise(&Add, rgrad::dtype::DType::I64, true);
        let target = View { data: out.as_mut_ptr(), strides: Dims::from_slice(&[1]), dtype: DType::U8 };
        let mut operands = [target, view(&x, 0, &[1], DType::U8), view(&x, 0, &[1], DType::U8)];
        // SAFETY: as above.
        unsafe { map(&kernel, &[256], &mut operands) };
        assert!(out.iter().enumerate().all(|(i, &v)| v == (i as u8).wrapping_mul(2)));
    });
}

#[test]
fn copy_gathers_and_converts() {
    at_every_level(|| {
        for c in cases() {
            let x = values(c.length);
            let places = offsets(&c);
            let mut out = vec![0i64; places.len() + 1];
            let target = View { data: out.as_mut_ptr() as *mut u8, strides: Dims::from_slice(&contiguous(&c.sizes)), dtype: DType::I64 };
            // SAFETY: as above.
            unsafe { copy(&c.sizes, target, view(&x, c.offset, &c.strides, DType::F32)) };
            assert!(places.iter().enumerate().all(|(i, &p)| out[i] == x[p] as i64), "{:?} {:?}", c.sizes, c.strides);
        }
    });
}

#[test]
fn copy_reads_backwards() {
    let x: Vec<f32> = values(10);
    let mut out = vec![0f32; 10];
    let target = View { data: out.as_mut_ptr() as *mut u8, strides: Dims::from_slice(&[1]), dtype: DType::F32 };
    // SAFETY: from the last element down to the first.
    unsafe { copy(&[10], target, view(&x, 9, &[-1], DType::F32)) };
    assert!(out.iter().eq(x.iter().rev()));
}

/// A copy of [2, n, m] into its transpose, in elements of one type.
fn turn<T: Copy + PartialEq + std::fmt::Debug + Default>(dtype: DType, n: usize, m: usize, of: impl Fn(usize) -> T) {
    let x: Vec<T> = (0..2 * n * m).map(&of).collect();
    let mut out = vec![T::default(); x.len()];
    let sizes = [2, m as i64, n as i64];
    let source = View { data: x.as_ptr() as *mut u8, strides: Dims::from_slice(&[(n * m) as i64, 1, m as i64]), dtype };
    let target = View { data: out.as_mut_ptr() as *mut u8, strides: Dims::from_slice(&contiguous(&sizes)), dtype };
    // SAFETY: both buffers cover the sizes.
    unsafe { copy(&sizes, target, source) };
    for (i, &got) in out.iter().enumerate() {
        let (b, c, r) = (i / (n * m), i / n % m, i % n);
        assert_eq!(got, x[(b * n + r) * m + c], "{dtype:?} {n} {m} {i}");
    }
}

#[test]
fn copies_of_transposes_are_the_naive_ones() {
    for n in [1, 15, 16, 17, 31, 33, 63, 64, 65, 130] {
        for m in [1, 16, 40, 64, 129] {
            turn(DType::U8, n, m, |i| (i * 31 % 251) as u8);
            turn(DType::I16, n, m, |i| (i * 31 % 30011) as i16);
            turn(DType::I32, n, m, |i| i as i32);
            turn(DType::F64, n, m, |i| i as f64);
        }
    }
}

/// Reduces the masked dimensions and gives `check` each output with the elements it stands for, in order.
fn reduced<K: Reduce<f32>>(k: K, c: &Case, mask: u64, ordered: bool, check: impl Fn(K::Out, &[f32])) {
    let x = values(c.length);
    let kept = rgrad::shape::reduced(&c.sizes, mask, true);
    let outputs: i64 = kept.iter().product();
    let mut out = vec![K::Out::default(); outputs as usize + 1];
    // SAFETY: the buffer covers the sizes; there is room for every output.
    unsafe { reduce::<f32, K>(k, &c.sizes, &view(&x, c.offset, &c.strides, DType::F32), mask, ordered, out.as_mut_ptr()) };
    let mut groups: Vec<Vec<f32>> = vec![Vec::new(); outputs as usize];
    for (i, &p) in offsets(c).iter().enumerate() {
        let (mut rest, mut at, mut step) = (i as i64, 0, 1);
        for d in (0..c.sizes.len()).rev() {
            if mask >> d & 1 == 0 {
                at += rest % c.sizes[d] * step;
                step *= c.sizes[d];
            }
            rest /= c.sizes[d];
        }
        groups[at as usize].push(x[p]);
    }
    groups.iter().zip(&out).for_each(|(group, &o)| check(o, group));
}

/// Every mask of a case's dimensions.
fn masks(c: &Case) -> std::ops::Range<u64> {
    0..1 << c.sizes.len()
}

#[test]
fn sums_and_variances_are_the_naive_ones() {
    at_every_level(|| {
        for c in cases() {
            for mask in masks(&c) {
                reduced(Summed(Plain), &c, mask, false, |got, x| {
                    let (want, size) = (x.iter().map(|&v| v as f64).sum::<f64>(), x.iter().map(|v| v.abs() as f64).sum::<f64>());
                    assert!((got as f64 - want).abs() <= 1e-6 * size, "{:?} {mask}: {got} {want}", c.sizes);
                });
                reduced(Variance { correction: 0.0, root: false }, &c, mask, false, |got, x| {
                    let n = x.len() as f64;
                    let mean = x.iter().map(|&v| v as f64).sum::<f64>() / n;
                    let want = x.iter().map(|&v| (v as f64 - mean).powi(2)).sum::<f64>() / n;
                    assert!(x.is_empty() || (got as f64 - want).abs() <= 1e-5 * want.max(1e-3), "{:?} {mask}: {got} {want}", c.sizes);
                });
            }
        }
    });
}

#[test]
fn extremes_and_positions_are_the_naive_ones() {
    at_every_level(|| {
        for c in cases() {
            for mask in masks(&c) {
                reduced(Extreme::<true>, &c, mask, false, |got, x| {
                    assert!(x.is_empty() || got == x.iter().copied().fold(f32::NEG_INFINITY, f32::max), "{:?} {mask}", c.sizes);
                });
                reduced(Position::<false>, &c, mask, true, |got, x| {
                    let low = x.iter().copied().fold(f32::INFINITY, f32::min);
                    assert!(x.is_empty() || x.iter().position(|&v| v == low) == Some(got as usize), "{:?} {mask}", c.sizes);
                });
                reduced(Truth::<true>, &c, mask, false, |got, x| assert_eq!(got, x.iter().any(|&v| v != 0.0)));
            }
        }
    });
}

#[test]
fn rows_of_another_dtype_are_folded_after_conversion() {
    at_every_level(|| {
        for (count, gap) in [(1, 0), (3, 0), (10, 3), (31, 0), (64, 1), (100, 0), (2048, 0), (2049, 2)] {
            let (rows, step) = (67, count + gap);
            let x: Vec<u8> = (0..rows * step).map(|i| (i * 7919 % 251) as u8 % (1 + i as u8 % 3)).collect();
            let seen = View { data: x.as_ptr() as *mut u8, strides: Dims::from_slice(&[step as i64, 1]), dtype: DType::U8 };
            let (mut sums, mut found) = (vec![0i64; rows], vec![false; rows]);
            let sizes = [rows as i64, count as i64];
            // SAFETY: the buffer covers the sizes; there is room for every output.
            unsafe {
                reduce::<i64, _>(Summed(Plain), &sizes, &seen, 2, false, sums.as_mut_ptr());
                reduce::<i64, _>(Truth::<true>, &sizes, &seen, 2, false, found.as_mut_ptr());
            }
            for (r, row) in x.chunks(step).enumerate() {
                assert_eq!(sums[r], row[..count].iter().map(|&v| v as i64).sum::<i64>(), "{count} {gap} {r}");
                assert_eq!(found[r], row[..count].iter().any(|&v| v != 0), "{count} {gap} {r}");
            }
        }
    });
}

#[test]
fn a_nan_anywhere_in_a_row_wins() {
    at_every_level(|| {
        for count in [1, 5, 31, 32, 33, 100] {
            for at in 0..count {
                let mut x: Vec<f32> = (0..count).map(|i| i as f32).collect();
                x[at] = f32::NAN;
                let seen = view(&x, 0, &[1], DType::F32);
                let (mut top, mut place) = ([0f32], [0i64]);
                // SAFETY: the buffer covers the sizes; one output.
                unsafe {
                    reduce::<f32, _>(Extreme::<true>, &[count as i64], &seen, 1, false, top.as_mut_ptr());
                    reduce::<f32, _>(Position::<false>, &[count as i64], &seen, 1, true, place.as_mut_ptr());
                }
                assert!(top[0].is_nan() && place[0] == at as i64, "{count} {at}");
            }
        }
    });
}

#[test]
fn products_are_the_naive_ones() {
    at_every_level(|| {
        for c in cases() {
            for mask in masks(&c) {
                reduced(Product, &c, mask, false, |got, x| {
                    let want = x.iter().fold(1.0, |a, &v| a * v as f64) as f32;
                    // Of more elements a product may overflow before it meets a zero.
                    assert!(x.len() > 150 || got == want || (got - want).abs() <= 1e-6 * want.abs(), "{:?} {mask}: {got} {want}", c.sizes);
                });
            }
        }
    });
}

#[test]
fn a_nan_anywhere_in_a_column_wins() {
    at_every_level(|| {
        for (rows, n) in [(1, 2), (7, 3), (700, 10), (90, 64), (9000, 13), (3, 1500)] {
            for (r, c) in [(0, 0), (rows / 2, n - 1), (rows - 1, n / 2)] {
                let mut x: Vec<f32> = (0..rows * n).map(|i| i as f32).collect();
                x[r * n + c] = f32::NAN;
                let (sizes, seen) = ([rows as i64, n as i64], view(&x, 0, &[n as i64, 1], DType::F32));
                let (mut tops, mut places) = (vec![0f32; n], vec![0i64; n]);
                // SAFETY: the buffer covers the sizes; there is room for every output.
                unsafe {
                    reduce::<f32, _>(Extreme::<true>, &sizes, &seen, 1, false, tops.as_mut_ptr());
                    reduce::<f32, _>(Position::<false>, &sizes, &seen, 1, true, places.as_mut_ptr());
                }
                for i in 0..n {
                    assert_eq!(places[i], if i == c { r as i64 } else { 0 }, "{rows} {n} {r} {c}");
                    assert!(if i == c { tops[i].is_nan() } else { tops[i] == ((rows - 1) * n + i) as f32 }, "{rows} {n} {r} {c}");
                }
            }
        }
    });
}

#[test]
fn columns_of_another_dtype_are_folded_after_conversion() {
    at_every_level(|| {
        for (rows, n, step) in [(1, 2, 2), (700, 10, 10), (700, 10, 13), (90, 64, 64), (300, 1300, 1300), (9000, 13, 13)] {
            let x: Vec<u8> = (0..rows * step).map(|i| (i * 7919 % 251) as u8 | 1).collect();
            let seen = View { data: x.as_ptr() as *mut u8, strides: Dims::from_slice(&[step as i64, 1]), dtype: DType::U8 };
            let (mut sums, mut products, sizes) = (vec![0i64; n], vec![0i64; n], [rows as i64, n as i64]);
            // SAFETY: the buffer covers the sizes; there is room for every output.
            unsafe {
                reduce::<i64, _>(Summed(Plain), &sizes, &seen, 1, false, sums.as_mut_ptr());
                reduce::<i64, _>(Product, &sizes, &seen, 1, false, products.as_mut_ptr());
            }
            for c in 0..n {
                let column = || (0..rows).map(|r| x[r * step + c] as i64);
                assert_eq!(sums[c], column().sum::<i64>(), "{rows} {n} {step} {c}");
                assert_eq!(products[c], column().fold(1i64, i64::wrapping_mul), "{rows} {n} {step} {c}");
            }
        }
    });
}

#[test]
fn sums_have_the_same_bits_at_every_level() {
    let x: Vec<f32> = (0..100_003).map(|i| (i as f32 * 0.37).sin()).collect();
    let sums = std::cell::RefCell::new(Vec::new());
    at_every_level(|| {
        let mut out = [0f32; 12];
        // SAFETY: the buffer covers the sizes; room for all outputs.
        unsafe {
            reduce::<f32, _>(Summed(Plain), &[x.len() as i64], &view(&x, 0, &[1], DType::F32), 1, false, out.as_mut_ptr());
            reduce::<f32, _>(Summed(Plain), &[9091, 11], &view(&x, 0, &[11, 1], DType::F32), 1, false, out[1..].as_mut_ptr());
        }
        sums.borrow_mut().push(out.map(f32::to_bits));
    });
    assert!(sums.borrow().windows(2).all(|w| w[0] == w[1]));
}

/// A float, as bits that tell the zeros apart and make all nans one.
fn bits(x: f64) -> u64 {
    if x.is_nan() { u64::MAX } else { x.to_bits() }
}

/// Remainders and floored quotients of all pairs, against the C library's `fmod` and Python's rules.
fn remainders_of<T: rgrad::dtype::Element>(special: &[f64], of: fn(f64) -> T, fmod: fn(T, T) -> f64) {
    let numbers: Vec<T> = special.iter().chain(special).map(|v| of(*v)).collect();
    let n = numbers.len() as i64;
    let (a, b) = (Tensor::from_slice(&numbers, &[n, 1]).unwrap(), Tensor::from_slice(&numbers, &[1, n]).unwrap());
    let all = |t: Tensor| t.as_slice::<T>().iter().map(|v| v.to_f64()).collect::<Vec<f64>>();
    let rests = all(arithmetic::fmod((&a).into(), (&b).into()).unwrap());
    let remainders = all(arithmetic::remainder((&a).into(), (&b).into()).unwrap());
    let floors = all(arithmetic::div((&a).into(), (&b).into(), Some("floor")).unwrap());
    for (i, (&x, &y)) in numbers.iter().flat_map(|x| numbers.iter().map(move |y| (x, y))).enumerate() {
        let (r, wide, y) = (fmod(x, y), x.to_f64(), y.to_f64());
        let shown = format!("{wide:e} by {y:e}");
        assert_eq!(bits(rests[i]), bits(r), "fmod {shown}: {}", rests[i]);
        let other = r != 0.0 && (r < 0.0) != (y < 0.0);
        let want = of(if other { of(r).to_f64() + y } else { r }).to_f64();
        assert_eq!(bits(remainders[i]), bits(want), "remainder {shown}: {}", remainders[i]);
        let quotient = of(wide / y).to_f64();
        if y == 0.0 || !y.is_finite() || !quotient.is_finite() || !wide.is_finite() {
            continue;
        }
        // The floor is what its remainder says, to a rounding of the quotient.
        let exact = (wide - remainders[i]) / y;
        assert!((floors[i] - exact).abs() <= exact.abs() * 1e-6, "floor {shown}: {}", floors[i]);
        assert!(quotient.abs() > 1e6 || floors[i] == (wide / y).floor() || (wide / y).fract() == 0.0, "floor {shown}: {}", floors[i]);
    }
}

#[test]
fn remainders_are_exact_at_every_level() {
    let mut special =
        vec![0.0, -0.0, 1.0, 3.0, 0.1, 0.3, 5.3, 7.0, 1e-3, 1e-30, 1e30, 4194303.5, 4194304.0, 12582913.0, 1e-45, 1.2e-38, 3.4e38];
    special.extend([f64::INFINITY, f64::NAN, 0.7 * 9.0, 8388607.0, 2.5, 0.5]);
    special.extend((1..40).map(|i| (i * i * 37 % 101) as f64 * 0.0371));
    special.extend(special.clone().iter().map(|v| -v));
    at_every_level(|| {
        remainders_of::<f32>(&special, |v| v as f32, |x, y| (x % y) as f64);
        remainders_of::<f64>(&special, |v| v, |x, y| x % y);
    });
}

#[test]
fn bfloat16_is_converted_as_one_by_one() {
    let x: Vec<f32> = (0..=u32::MAX).step_by(65_521).chain((0..4096).map(|i| 0x3f80_0000 + i * 64)).map(f32::from_bits).collect();
    at_every_level(|| {
        let narrow = rgrad::ops::copy::to_dtype(&Tensor::from_slice(&x, &[x.len() as i64]).unwrap(), DType::BF16, false).unwrap();
        let halves = narrow.as_slice::<half::bf16>();
        assert!(halves.iter().zip(&x).all(|(h, v)| h.to_bits() == half::bf16::from_f32(*v).to_bits()));
        let wide = rgrad::ops::copy::to_dtype(&narrow, DType::F32, false).unwrap();
        assert!(wide.as_slice::<f32>().iter().zip(halves).all(|(v, h)| v.to_bits() == (h.to_bits() as u32) << 16));
    });
}

#[test]
fn float16_is_converted_as_one_by_one() {
    let all: Vec<half::f16> = (0..=u16::MAX).map(half::f16::from_bits).collect();
    let x: Vec<f32> = (0..=u32::MAX).step_by(65_521).chain((0..8192).map(|i| 0x3380_0000 + i * 4_096)).map(f32::from_bits).collect();
    let same = |a: half::f16, b: half::f16| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
    at_every_level(|| {
        let wide = rgrad::ops::copy::to_dtype(&Tensor::from_slice(&all, &[65536]).unwrap(), DType::F32, false).unwrap();
        assert!(wide.as_slice::<f32>().iter().zip(&all).all(|(v, h)| *v == h.to_f32() || v.is_nan() && h.is_nan()));
        let narrow = rgrad::ops::copy::to_dtype(&Tensor::from_slice(&x, &[x.len() as i64]).unwrap(), DType::F16, false).unwrap();
        assert!(narrow.as_slice::<half::f16>().iter().zip(&x).all(|(h, v)| same(*h, half::f16::from_f32(*v))));
    });
}

fn converted<S: rgrad::dtype::Element, D: rgrad::dtype::Element>(x: &[S]) {
    let copied = rgrad::ops::copy::to_dtype(&Tensor::from_slice(x, &[x.len() as i64]).unwrap(), D::DTYPE, false).unwrap();
    for (got, &x) in copied.as_slice::<D>().iter().zip(x) {
        let want = rgrad::kernels::convert::convert::<S, D>(x);
        assert_eq!(bits(got.to_f64()), bits(want.to_f64()), "{:?} to {:?}", S::DTYPE, D::DTYPE);
    }
}

#[test]
fn conversions_are_those_of_single_elements_at_every_level() {
    let mut floats = vec![0.0, -0.0, 0.9, -0.9, 1.5, 255.9, 256.0, -1.0, 2147483520.0, -2147483648.0, 2147483648.0, 1e10, -1e19, 3e38];
    floats.extend([f32::NAN, f32::INFINITY, f32::NEG_INFINITY]);
    // Stretches with and without a number that int32 does not hold.
    let x: Vec<f32> = (0..1000).map(|i| if i % 300 < 20 { floats[i % floats.len()] } else { i as f32 * 1.37 - 500.0 }).collect();
    let ints: Vec<i64> = (0..1000).map(|i: i64| (i - 500).wrapping_mul(0x9e37_79b9_7f4a_7c15u64 as i64) >> (i % 64)).collect();
    at_every_level(|| {
        converted::<f32, u8>(&x);
        converted::<f32, i32>(&x);
        converted::<f32, i64>(&x);
        converted::<f32, bool>(&x);
        converted::<f32, f64>(&x);
        converted::<f64, f32>(&x.iter().map(|v| *v as f64 * 1.000_000_01).collect::<Vec<_>>());
        converted::<i64, u8>(&ints);
        converted::<i64, i8>(&ints);
        converted::<i64, i16>(&ints);
        converted::<i64, i32>(&ints);
        converted::<i64, bool>(&ints);
        converted::<i64, f32>(&ints);
        converted::<i64, f64>(&ints);
        converted::<u8, i64>(&ints.iter().map(|v| *v as u8).collect::<Vec<_>>());
        converted::<i8, i64>(&ints.iter().map(|v| *v as i8).collect::<Vec<_>>());
        converted::<i16, i64>(&ints.iter().map(|v| *v as i16).collect::<Vec<_>>());
        converted::<i32, i64>(&ints.iter().map(|v| *v as i32).collect::<Vec<_>>());
        converted::<u8, i32>(&ints.iter().map(|v| *v as u8).collect::<Vec<_>>());
        converted::<i8, i32>(&ints.iter().map(|v| *v as i8).collect::<Vec<_>>());
        converted::<i16, i32>(&ints.iter().map(|v| *v as i16).collect::<Vec<_>>());
        converted::<bool, i32>(&ints.iter().map(|v| *v & 1 == 1).collect::<Vec<_>>());
        converted::<i32, u8>(&ints.iter().map(|v| *v as i32).collect::<Vec<_>>());
        converted::<i32, i8>(&ints.iter().map(|v| *v as i32).collect::<Vec<_>>());
        converted::<i32, i16>(&ints.iter().map(|v| *v as i32).collect::<Vec<_>>());
        converted::<i32, bool>(&ints.iter().map(|v| *v as i32).collect::<Vec<_>>());
        converted::<i32, f32>(&ints.iter().map(|v| *v as i32).collect::<Vec<_>>());
        converted::<u8, f32>(&ints.iter().map(|v| *v as u8).collect::<Vec<_>>());
        converted::<bool, f32>(&ints.iter().map(|v| *v % 2 == 0).collect::<Vec<_>>());
        converted::<bool, i64>(&ints.iter().map(|v| *v % 2 == 0).collect::<Vec<_>>());
    });
}
