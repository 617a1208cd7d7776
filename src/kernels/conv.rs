//! Convolutions of one to three dimensions: y[o] = sum over taps k of w[k] x[o stride - padding + k dilation].
//! The form is linear in x, w and y, and each of the three can be computed from the other two: `forward`,
//! `input_gradient`, `weight_gradient`. A transposed convolution is `input_gradient`. Operands are row-major.
//! Results have the same bits for any number of threads: sums are cut by shape only.

mod columns;
mod direct;
mod job;
mod sweep;
#[cfg(test)]
mod tests;
mod tile;
mod weights;

pub use columns::Block;
pub use columns::fold;
pub use columns::unfold;

use std::ops::Add;

use crate::kernels::gemm;
use crate::kernels::gemm::Gemm;
use crate::kernels::isa;

/// A number that convolves: its matrices can be multiplied, and some have kernels of their own, which tell whether they
/// computed the result.
pub trait Product: Copy + Default + PartialEq + Send + Sync + 'static + Add<Output = Self> {
    /// C += A B of size [m, n, k], with rows of C `c_row` apart.
    ///
    /// # Safety
    /// As `gemm::gemm`.
    unsafe fn add_product(size: [usize; 3], a: (*const Self, isize, isize), b: (*const Self, isize, isize), c: *mut Self, c_row: isize);

    fn direct_forward(_: &Conv, _x: &[Self], _w: &[Self], _bias: Option<&[Self]>, _y: &mut [Self]) -> bool {
        false
    }
    fn direct_input_gradient(_: &Conv, _y: &[Self], _w: &[Self], _bias: Option<&[Self]>, _x: &mut [Self]) -> bool {
        false
    }
    fn direct_weight_gradient(_: &Conv, _x: &[Self], _y: &[Self], _w: &mut [Self]) -> bool {
        false
    }
}

macro_rules! float {
    ($t:ty, $kernels:ident) => {
        impl Product for $t {
            #[inline]
            unsafe fn add_product(
                [m, n, k]: [usize; 3],
                a: (*const $t, isize, isize),
                b: (*const $t, isize, isize),
                c: *mut $t,
                c_row: isize,
            ) {
                // SAFETY: the caller's promise.
                unsafe { gemm::gemm(m, n, k, 1.0, a.0, a.1, a.2, b.0, b.1, b.2, 1.0, c, c_row, 1) }
            }
            fn direct_forward(c: &Conv, x: &[$t], w: &[$t], bias: Option<&[$t]>, y: &mut [$t]) -> bool {
                direct::forward(c, tile::$kernels(isa::level()), x, w, bias, y)
            }
            fn direct_input_gradient(c: &Conv, y: &[$t], w: &[$t], bias: Option<&[$t]>, x: &mut [$t]) -> bool {
                direct::input_gradient(c, tile::$kernels(isa::level()), y, w, bias, x)
            }
            fn direct_weight_gradient(c: &Conv, x: &[$t], y: &[$t], w: &mut [$t]) -> bool {
                weights::weight_gradient(c, tile::$kernels(isa::level()), x, y, w)
            }
        }
    };
}
float!(f32, kernels_f32);
float!(f64, kernels_f64);

impl Product for i64 {
    unsafe fn add_product([m, n, k]: [usize; 3], a: (*const i64, isize, isize), b: (*const i64, isize, isize), c: *mut i64, c_row: isize) {
        let mut product = vec![0; m * n];
        // SAFETY: the caller's promise; the buffer holds the product.
        unsafe {
            gemm::gemm_int(m, n, k, a.0, a.1, a.2, b.0, b.1, b.2, product.as_mut_ptr(), n as isize, 1);
            for (i, row) in product.chunks_exact(n).enumerate() {
                let to = c.offset(i as isize * c_row);
                row.iter().enumerate().for_each(|(j, v)| *to.add(j) = v.wrapping_add(*to.add(j)));
            }
        }
    }
}

/// The sizes of a convolution: x is (images, groups inputs, input), w (groups outputs, inputs, kernel), y (images,
/// groups outputs, output). Of depth, height and width, the missing ones are 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conv {
    pub images: usize,
    pub groups: usize,
    /// Channels of one group.
    pub inputs: usize,
    pub outputs: usize,
    pub input: [usize; 3],
    pub kernel: [usize; 3],
    pub output: [usize; 3],
    pub stride: [usize; 3],
    pub padding: [usize; 3],
    pub dilation: [usize; 3],
}

/// The places of a grid in row-major order.
fn places(sizes: [usize; 3]) -> impl Iterator<Item = [usize; 3]> {
    let [a, b, c] = sizes;
    (0..a * b * c).map(move |n| [n / c / b, n / c % b, n % c])
}

impl Conv {
    pub fn taps(&self) -> usize {
        self.kernel.iter().product()
    }

    /// Terms of one element of y.
    pub fn terms(&self) -> usize {
        self.inputs * self.taps()
    }

    /// Positions in the kernel, as the weights lie.
    fn taps_in_order(&self) -> impl Iterator<Item = [usize; 3]> {
        places(self.kernel)
    }

    pub fn input_pixels(&self) -> usize {
        self.input.iter().product()
    }

    pub fn output_pixels(&self) -> usize {
        self.output.iter().product()
    }

    /// Multiplications of one group of one image.
    fn work(&self) -> usize {
        self.outputs * self.terms() * self.output_pixels()
    }

    fn is_empty(&self) -> bool {
        self.images * self.groups * self.work() == 0
    }

    /// Is y[o] made of x[o] alone?
    fn is_pointwise(&self) -> bool {
        self.kernel == [1; 3] && self.stride == [1; 3] && self.padding == [0; 3] && self.input == self.output
    }
}

/// A pointer that tasks share; each touches elements of its own.
#[derive(Clone, Copy)]
struct Part<T>(*mut T);

// SAFETY: tasks touch disjoint elements.
unsafe impl<T> Sync for Part<T> {}

impl<T> Part<T> {
    fn at(self, offset: usize) -> *mut T {
        self.0.wrapping_add(offset)
    }
}

/// Sums over images that tasks compute apart are added in order; into how many ranges of images they are cut.
fn image_ranges(c: &Conv) -> usize {
    const PARTIAL: usize = 1 << 18;
    let size = c.groups * c.outputs * c.terms();
    let most = (PARTIAL / size.max(1)).clamp(1, 8).min(c.images.max(1));
    1 << most.ilog2()
}

/// y = the convolution of x with w, + bias of each channel.
pub fn forward<T: Product>(c: &Conv, x: &[T], w: &[T], bias: Option<&[T]>, y: &mut [T]) {
    check(c, x.len(), w.len(), y.len());
    if c.is_empty() {
        start(y, bias, c.output_pixels());
    } else if !T::direct_forward(c, x, w, bias, y) {
        start(y, bias, c.output_pixels());
        columns::forward(c, x, w, y);
    }
}

/// x = the sum of what each y gives back through w, + bias of each channel of x.
pub fn input_gradient<T: Product>(c: &Conv, y: &[T], w: &[T], bias: Option<&[T]>, x: &mut [T]) {
    check(c, x.len(), w.len(), y.len());
    let gaps = (0..3).any(|d| c.kernel[d] < c.stride[d] || c.dilation[d] > 1 && c.stride[d] > 1);
    if c.is_empty() || gaps {
        start(x, bias, c.input_pixels());
    }
    if !c.is_empty() && !T::direct_input_gradient(c, y, w, bias, x) {
        start(x, bias, c.input_pixels());
        columns::input_gradient(c, y, w, x);
    }
}

/// w = the sum over images and pixels of y times the x it came from.
pub fn weight_gradient<T: Gemm + Product>(c: &Conv, x: &[T], y: &[T], w: &mut [T]) {
    check(c, x.len(), w.len(), y.len());
    if c.is_empty() {
        w.fill(T::default());
    } else if !T::direct_weight_gradient(c, x, y, w) {
        w.fill(T::default());
        columns::weight_gradient(c, x, y, w);
    }
}

fn check(c: &Conv, x: usize, w: usize, y: usize) {
    assert_eq!(x, c.images * c.groups * c.inputs * c.input_pixels(), "x has its sizes");
    assert_eq!(w, c.groups * c.outputs * c.terms(), "w has its sizes");
    assert_eq!(y, c.images * c.groups * c.outputs * c.output_pixels(), "y has its sizes");
}

/// Fills every channel with its bias or with 0.
fn start<T: Product>(out: &mut [T], bias: Option<&[T]>, pixels: usize) {
    match bias {
        Some(bias) if pixels > 0 => out.chunks_exact_mut(pixels).zip(bias.iter().cycle()).for_each(|(to, &b)| to.fill(b)),
        _ => out.fill(T::default()),
    }
}
