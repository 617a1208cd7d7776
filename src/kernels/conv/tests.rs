//! The three directions against loops over the definition, in every type, level and shape that takes a way of its own;
//! and bits against the thread count.

use super::*;
use crate::kernels::gemm::tests::ALONE;
use crate::kernels::gemm::tests::Element;
use crate::par;

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

/// Calls `f` with the places in x, w and y of every product.
fn products(c: &Conv, mut f: impl FnMut(usize, usize, usize)) {
    let place = |at: [usize; 3], sizes: [usize; 3]| (at[0] * sizes[1] + at[1]) * sizes[2] + at[2];
    for image in 0..c.images {
        for (group, (o, i)) in (0..c.groups).flat_map(|g| (0..c.outputs).flat_map(move |o| (0..c.inputs).map(move |i| (g, (o, i))))) {
            let y = ((image * c.groups + group) * c.outputs + o) * c.output_pixels();
            let x = ((image * c.groups + group) * c.inputs + i) * c.input_pixels();
            let w = ((group * c.outputs + o) * c.inputs + i) * c.taps();
            for k in places(c.kernel) {
                for out in places(c.output) {
                    let at: [isize; 3] =
                        std::array::from_fn(|d| (out[d] * c.stride[d] + k[d] * c.dilation[d]) as isize - c.padding[d] as isize);
                    if (0..3).all(|d| (0..c.input[d] as isize).contains(&at[d])) {
                        f(x + place(at.map(|p| p as usize), c.input), w + place(k, c.kernel), y + place(out, c.output));
                    }
                }
            }
        }
    }
}

trait Real: Product + Element {}

impl<T: Product + Element> Real for T {}

struct Case<T> {
    x: Vec<T>,
    w: Vec<T>,
    y: Vec<T>,
    bias_y: Vec<T>,
    bias_x: Vec<T>,
}

fn case<T: Real>(c: &Conv) -> Case<T> {
    let make = |n: usize, seed: u64| noise(n, seed).into_iter().map(T::of).collect::<Vec<T>>();
    let units = c.images * c.groups;
    Case {
        x: make(units * c.inputs * c.input_pixels(), 1),
        w: make(c.groups * c.outputs * c.terms(), 2),
        y: make(units * c.outputs * c.output_pixels(), 3),
        bias_y: make(c.groups * c.outputs, 4),
        bias_x: make(c.groups * c.inputs, 5),
    }
}

/// y, x and w, each from the other two.
fn all<T: Real>(c: &Conv, v: &Case<T>) -> [Vec<T>; 3] {
    // Filled, so that an element that is not written shows.
    let mut out = [vec![T::of(9.0); v.y.len()], vec![T::of(9.0); v.x.len()], vec![T::of(9.0); v.w.len()]];
    let [y, x, w] = &mut out;
    forward(c, &v.x, &v.w, Some(&v.bias_y), y);
    input_gradient(c, &v.y, &v.w, Some(&v.bias_x), x);
    weight_gradient(c, &v.x, &v.y, w);
    out
}

fn expected<T: Real>(c: &Conv, v: &Case<T>) -> [Vec<f64>; 3] {
    let spread = |bias: &[T], pixels: usize| -> Vec<f64> {
        let mut out = Vec::new();
        for _ in 0..c.images {
            bias.iter().for_each(|b| out.extend(std::iter::repeat_n(b.wide(), pixels)));
        }
        out
    };
    let (mut y, mut x) = (spread(&v.bias_y, c.output_pixels()), spread(&v.bias_x, c.input_pixels()));
    let mut w = vec![0.0; v.w.len()];
    products(c, |i, k, o| {
        y[o] += v.x[i].wide() * v.w[k].wide();
        x[i] += v.y[o].wide() * v.w[k].wide();
        w[k] += v.x[i].wide() * v.y[o].wide();
    });
    [y, x, w]
}

fn close<T: Real>(c: &Conv, got: &[Vec<T>; 3], want: &[Vec<f64>; 3], level: isa::Isa) {
    let terms = (c.terms() + c.outputs * c.taps() + c.images * c.output_pixels()) as f64;
    for (name, (got, want)) in ["y", "x", "w"].iter().zip(got.iter().zip(want)) {
        for (i, (g, w)) in got.iter().zip(want).enumerate() {
            assert!((g.wide() - w).abs() <= 4.0 * T::EPSILON * terms, "{name}[{i}] is {} for {w} at {level:?}: {c:?}", g.wide());
        }
    }
}

/// (images, groups, inputs, outputs), input, kernel, stride, padding, dilation; two dimensions.
fn plane(n: [usize; 4], input: [usize; 2], kernel: [usize; 2], stride: [usize; 2], padding: [usize; 2], dilation: [usize; 2]) -> Conv {
    let three = |p: [usize; 2], missing: usize| [missing, p[0], p[1]];
    let output: [usize; 2] = std::array::from_fn(|d| (input[d] + 2 * padding[d] - (kernel[d] - 1) * dilation[d] - 1) / stride[d] + 1);
    Conv {
        images: n[0],
        groups: n[1],
        inputs: n[2],
        outputs: n[3],
        input: three(input, 1),
        kernel: three(kernel, 1),
        output: three(output, 1),
        stride: three(stride, 1),
        padding: three(padding, 0),
        dilation: three(dilation, 1),
    }
}

fn shapes() -> Vec<Conv> {
    let square = |n, size, k, s, p| plane(n, [size; 2], [k; 2], [s; 2], [p; 2], [1; 2]);
    let mut out = vec![
        square([2, 1, 3, 5], 7, 3, 1, 1),
        square([1, 1, 17, 35], 9, 3, 1, 1),
        square([2, 1, 40, 37], 6, 3, 1, 0),
        square([1, 1, 5, 40], 33, 3, 1, 1),
        square([1, 1, 3, 70], 21, 5, 1, 2),
        square([3, 1, 2, 2], 70, 3, 1, 1),
        square([2, 2, 3, 20], 12, 3, 2, 1),
        square([2, 6, 1, 1], 19, 3, 1, 1),
        square([1, 4, 1, 2], 11, 5, 2, 2),
        square([2, 1, 18, 33], 8, 1, 1, 0),
        square([5, 1, 18, 33], 8, 1, 1, 0),
        square([2, 1, 6, 7], 8, 1, 2, 0),
        square([1, 1, 4, 4], 10, 2, 3, 1),
        square([1, 1, 70, 70], 3, 3, 1, 1),
        square([9, 1, 2, 9], 5, 2, 2, 0),
        plane([2, 1, 3, 33], [9, 40], [3, 2], [2, 3], [4, 5], [2, 3]),
        plane([1, 1, 2, 3], [1, 300], [1, 7], [1, 2], [0, 3], [1, 1]),
        plane([1, 1, 34, 3], [1, 65], [1, 4], [1, 1], [0, 9], [1, 2]),
    ];
    // A depth, and outputs that padding does not explain.
    out.push(Conv { input: [4, 5, 6], kernel: [2, 3, 2], output: [3, 3, 5], ..square([2, 1, 3, 4], 6, 2, 1, 0) });
    out.push(Conv { input: [5, 6, 9], kernel: [3, 2, 3], output: [3, 3, 5], stride: [2; 3], padding: [1, 0, 1], ..out[0] });
    out.push(Conv { output: [1, 7, 7], padding: [0, 0, 1], kernel: [1, 2, 4], ..out[0] });
    out.push(Conv { input: [1, 10, 9], ..square([1, 1, 2, 3], 8, 1, 1, 0) });
    out
}

fn every_shape_at_every_level<T: Real>() {
    let _alone = ALONE.lock().unwrap_or_else(|e| e.into_inner());
    for c in shapes() {
        let v = case::<T>(&c);
        let want = expected(&c, &v);
        for level in isa::Isa::ALL.into_iter().filter(|&l| l <= isa::machine()) {
            isa::force(level);
            close(&c, &all(&c, &v), &want, level);
        }
        isa::force(isa::machine());
        let mut y = vec![T::of(0.0); v.y.len()];
        columns::forward(&c, &v.x, &v.w, &mut y);
        let mut x = vec![T::of(0.0); v.x.len()];
        columns::input_gradient(&c, &v.y, &v.w, &mut x);
        let mut w = vec![T::of(0.0); v.w.len()];
        columns::weight_gradient(&c, &v.x, &v.y, &mut w);
        let zero = vec![T::of(0.0); v.bias_y.len().max(v.bias_x.len())];
        let plain = Case { bias_y: zero[..v.bias_y.len()].to_vec(), bias_x: zero[..v.bias_x.len()].to_vec(), ..v };
        close(&c, &[y, x, w], &expected(&c, &plain), isa::machine());
    }
}

#[test]
fn float32_is_the_definition() {
    every_shape_at_every_level::<f32>();
}

#[test]
fn float64_is_the_definition() {
    every_shape_at_every_level::<f64>();
}

#[test]
fn integers_are_exact() {
    for c in shapes() {
        let v = case::<f64>(&c);
        let whole = |values: &[f64]| values.iter().map(|v| (v * 100.0) as i64).collect::<Vec<i64>>();
        let (x, w, mut y) = (whole(&v.x), whole(&v.w), whole(&v.y));
        let (mut want_y, mut want_x, mut got_x) = (vec![0; y.len()], vec![0; x.len()], vec![9; x.len()]);
        products(&c, |i, k, o| {
            want_y[o] += x[i] * w[k];
            want_x[i] += y[o] * w[k];
        });
        input_gradient(&c, &y, &w, None, &mut got_x);
        assert_eq!(got_x, want_x, "{c:?}");
        forward(&c, &x, &w, None, &mut y);
        assert_eq!(y, want_y, "{c:?}");
    }
}

#[test]
fn bits_do_not_depend_on_the_thread_count() {
    let _alone = ALONE.lock().unwrap_or_else(|e| e.into_inner());
    let before = par::num_threads();
    let mut large: Vec<Conv> = shapes();
    large.push(plane([9, 1, 20, 40], [30, 30], [3, 3], [1, 1], [1, 1], [1, 1]));
    large.push(plane([1, 1, 20, 40], [60, 60], [3, 3], [2, 2], [1, 1], [1, 1]));
    large.push(plane([4, 1, 300, 64], [3, 3], [3, 3], [1, 1], [1, 1], [1, 1]));
    for c in large {
        let v = case::<f32>(&c);
        let results = [1, 2, 5].map(|n| {
            par::set_num_threads(n);
            all(&c, &v).map(|r| r.into_iter().map(f32::to_bits).collect::<Vec<_>>())
        });
        assert!(results[0] == results[1] && results[0] == results[2], "{c:?}");
    }
    par::set_num_threads(before);
}

#[test]
fn empty_operands_leave_the_bias() {
    let c = Conv { images: 2, inputs: 0, ..shapes()[0] };
    let mut y = vec![5.0f32; 2 * c.outputs * c.output_pixels()];
    forward(&c, &[], &[], None, &mut y);
    assert!(y.iter().all(|&v| v == 0.0));
    let c = Conv { images: 0, ..shapes()[0] };
    let mut w = vec![5.0f32; c.outputs * c.terms()];
    weight_gradient(&c, &[], &[], &mut w);
    assert!(w.iter().all(|&v| v == 0.0));
}
