//! Convolution: `cargo bench --no-default-features --bench conv [filter]`. Forward, input gradient and weight gradient
//! of float32 on one thread and on two, minimum of many runs, in GFLOP/s of the plain sums.

mod limits;

use std::hint::black_box;

use limits::fastest;
use rgrad::kernels::conv;
use rgrad::kernels::conv::Conv;
use rgrad::par;

/// Square images of `size`, square kernels, padded to about the same size.
fn square(images: usize, groups: usize, inputs: usize, outputs: usize, size: usize, kernel: usize, stride: usize) -> Conv {
    let padding = kernel / 2;
    let output = (size + 2 * padding - kernel) / stride + 1;
    Conv {
        images,
        groups,
        inputs: inputs / groups,
        outputs: outputs / groups,
        input: [1, size, size],
        kernel: [1, kernel, kernel],
        output: [1, output, output],
        stride: [1, stride, stride],
        padding: [0, padding, padding],
        dilation: [1; 3],
    }
}

fn bench(filter: &str, name: &str, c: Conv) {
    let fill = |n: usize| (0..n).map(|i| (i * 7919 % 1013) as f32 / 506.5 - 1.0).collect::<Vec<f32>>();
    let units = c.images * c.groups;
    let (mut x, mut w) = (fill(units * c.inputs * c.input_pixels()), fill(c.groups * c.outputs * c.terms()));
    let mut y = fill(units * c.outputs * c.output_pixels());
    let work = 2.0 * (units * c.outputs * c.terms() * c.output_pixels()) as f64;
    for threads in [1, 2] {
        par::set_num_threads(threads);
        for direction in ["forward", "input", "weight"] {
            let title = format!("{name} {direction}");
            if !title.contains(filter) {
                continue;
            }
            let time = match direction {
                "forward" => fastest(|| conv::forward(&c, black_box(&x), black_box(&w), None, &mut y)),
                "input" => fastest(|| conv::input_gradient(&c, black_box(&y), black_box(&w), None, &mut x)),
                _ => fastest(|| conv::weight_gradient(&c, black_box(&x), black_box(&y), &mut w)),
            };
            let rate = work / time / 1e9;
            let share = 100.0 * rate / limits::flops(4, threads);
            println!("{title} threads {threads}: {rate:.1} GFLOP/s, {share:.0} % of the multiply-add limit, {:.1} us", time * 1e6);
        }
    }
}

fn main() {
    let filter = std::env::args().skip(1).find(|a| !a.starts_with('-')).unwrap_or_default();
    bench(&filter, "1x1->8@8 3x3", square(1, 1, 1, 8, 8, 3, 1));
    bench(&filter, "64x1->32@28 3x3", square(64, 1, 1, 32, 28, 3, 1));
    bench(&filter, "64x32->64@26 3x3", square(64, 1, 32, 64, 26, 3, 1));
    bench(&filter, "8x16->16@32 3x3", square(8, 1, 16, 16, 32, 3, 1));
    bench(&filter, "8x64->64@56 3x3", square(8, 1, 64, 64, 56, 3, 1));
    bench(&filter, "16x64->64@28 3x3", square(16, 1, 64, 64, 28, 3, 1));
    bench(&filter, "8x256->256@14 3x3", square(8, 1, 256, 256, 14, 3, 1));
    bench(&filter, "8x512->512@7 3x3", square(8, 1, 512, 512, 7, 3, 1));
    bench(&filter, "8x3->64@112 3x3", square(8, 1, 3, 64, 112, 3, 1));
    bench(&filter, "8x64->128@56 3x3 s2", square(8, 1, 64, 128, 56, 3, 2));
    bench(&filter, "8x3->64@224 7x7 s2", square(8, 1, 3, 64, 224, 7, 2));
    bench(&filter, "8x64->256@28 1x1", square(8, 1, 64, 256, 28, 1, 1));
    bench(&filter, "8x96@28 depthwise", square(8, 96, 96, 96, 28, 3, 1));
    bench(&filter, "8x512->512@2 3x3", square(8, 1, 512, 512, 2, 3, 1));
}
