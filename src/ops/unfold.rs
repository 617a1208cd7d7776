//! Windows of an image as columns and back, each the other's derivative.

use crate::dtype::DType;
use crate::dtype::Element;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::kernels::conv as kernels;
use crate::kernels::conv::Conv;
use crate::ops::copy;
use crate::ops::expr::grads;
use crate::ops::softmax::compute_type;
use crate::shape;
use crate::shape::Dims;
use crate::tensor::Tensor;

type Pair = [i64; 2];

/// How windows lie on the image.
#[derive(Clone, Copy)]
struct Windows {
    kernel: Pair,
    dilation: Pair,
    padding: Pair,
    stride: Pair,
}

fn pair(list: &[i64], name: &str) -> Result<Pair> {
    match list {
        &[a, b] => Ok([a, b]),
        _ => fail!(Runtime, "It is expected {name} equals to 2, but got size {}", list.len()),
    }
}

/// "(2, 3)".
fn shown(pair: Pair) -> String {
    format!("({}, {})", pair[0], pair[1])
}

impl Windows {
    fn new(kernel: &[i64], dilation: &[i64], padding: &[i64], stride: &[i64]) -> Result<Windows> {
        Ok(Windows {
            kernel: pair(kernel, "kernel_size")?,
            dilation: pair(dilation, "dilation")?,
            padding: pair(padding, "padding")?,
            stride: pair(stride, "stride")?,
        })
    }

    fn check(&self) -> Result<()> {
        for (what, name, pair) in
            [("kernel size", "kernel", self.kernel), ("stride", "stride", self.stride), ("dilation", "dilation", self.dilation)]
        {
            if pair[0] <= 0 || pair[1] <= 0 {
                fail!(Runtime, "{what} should be greater than zero, but got {name}_height: {} {name}_width: {}", pair[0], pair[1]);
            }
        }
        let p = self.padding;
        if p[0] < 0 || p[1] < 0 {
            fail!(Runtime, "padding should be non-negative, but got pad_height: {} pad_width: {}", p[0], p[1]);
        }
        Ok(())
    }

    /// Numbers of windows along height and width.
    fn count(&self, image: Pair) -> Pair {
        std::array::from_fn(|d| {
            (image[d] + 2 * self.padding[d] - self.dilation[d] * (self.kernel[d] - 1) - 1).div_euclid(self.stride[d]) + 1
        })
    }

    fn conv(&self, channels: i64, image: Pair) -> Conv {
        let space = |p: Pair, missing: usize| [missing, p[0] as usize, p[1] as usize];
        Conv {
            images: 1,
            groups: 1,
            inputs: channels as usize,
            outputs: 1,
            input: space(image, 1),
            kernel: space(self.kernel, 1),
            output: space(self.count(image), 1),
            stride: space(self.stride, 1),
            padding: space(self.padding, 0),
            dilation: space(self.dilation, 1),
        }
    }
}

/// y[channel, tap, window] = the input under the tap.  The derivative is `col2im`.
pub fn im2col(input: &Tensor, kernel_size: &[i64], dilation: &[i64], padding: &[i64], stride: &[i64]) -> Result<Tensor> {
    let windows = Windows::new(kernel_size, dilation, padding, stride)?;
    windows.check()?;
    let n = input.dim();
    if n < 3 {
        shape::wrap_dim(2, n)?;
    }
    let x = input.sizes();
    if !(n == 3 || n == 4) || x[n - 3..].contains(&0) {
        fail!(
            Runtime,
            "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: {}",
            shape::list(x)
        );
    }
    let image = [x[n - 2], x[n - 1]];
    let count = windows.count(image);
    if count[0] < 1 || count[1] < 1 {
        fail!(
            Runtime,
            "Given input with spatial size {}, kernel_size={}, dilation={}, padding={}, calculated shape of the array of sliding blocks as {}, but its components must be at least one.",
            shown(image),
            shown(windows.kernel),
            shown(windows.dilation),
            shown(windows.padding),
            shown(count)
        );
    }
    if input.dtype().is_integer() {
        fail!(NotImplemented, "\"im2col_out_cpu\" not implemented for '{}'", input.dtype().scalar_type());
    }
    columns(input, windows, image)
}

fn columns(input: &Tensor, windows: Windows, image: Pair) -> Result<Tensor> {
    let n = input.dim();
    let conv = windows.conv(input.sizes()[n - 3], image);
    let mut sizes = Dims::from_slice(&input.sizes()[..n - 3]);
    sizes.extend_from_slice(&[conv.terms() as i64, conv.output_pixels() as i64]);
    let (x, out) = (copy::prepared(input, input.dtype())?, Tensor::empty(&sizes, input.dtype())?);
    let (from, to) = (conv.inputs * conv.input_pixels(), conv.terms() * conv.output_pixels());
    with_dtype!(input.dtype(), T => {
        for (image, out) in x.as_slice::<T>().chunks_exact(from).zip(out.as_mut_slice::<T>().chunks_exact_mut(to)) {
            kernels::unfold(&conv, image, &kernels::Block::all(&conv), out, conv.output_pixels());
        }
    });
    record("Im2ColBackward0", &[input], out, |_| move |cx, g| grads![cx; summed(&g, windows, image)])
}

/// Each element of the columns added where it came from.  The derivative is `im2col`.
pub fn col2im(
    input: &Tensor,
    output_size: &[i64],
    kernel_size: &[i64],
    dilation: &[i64],
    padding: &[i64],
    stride: &[i64],
) -> Result<Tensor> {
    let image = pair(output_size, "output_size")?;
    let windows = Windows::new(kernel_size, dilation, padding, stride)?;
    windows.check()?;
    let (x, n) = (input.sizes(), input.dim());
    if !(n == 2 || n == 3) || x[n - 2..].contains(&0) {
        fail!(
            Runtime,
            "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for input, but got: {}",
            shape::list(x)
        );
    }
    let (rows, length) = (x[n - 2], x[n - 1]);
    if rows % (windows.kernel[0] * windows.kernel[1]) != 0 {
        fail!(
            Runtime,
            "Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got input.size(1)={rows} and kernel_size={}.",
            shown(windows.kernel)
        );
    }
    let count = windows.count(image);
    if count[0] * count[1] != length {
        fail!(
            Runtime,
            "Given output_size={}, kernel_size={}, dilation={}, padding={}, stride={}, expected size of input's dimension 2 to match the calculated number of sliding blocks {} * {} = {}, but got input.size(2)={length}.",
            shown(image),
            shown(windows.kernel),
            shown(windows.dilation),
            shown(windows.padding),
            shown(windows.stride),
            count[0],
            count[1],
            count[0] * count[1]
        );
    }
    if image[0] < 1 || image[1] < 1 {
        fail!(Runtime, "Expected output spatial size to be positive, but got: output_size={}.", shown(image));
    }
    if input.dtype().is_integer() {
        fail!(NotImplemented, "\"col2im_out_cpu\" not implemented for '{}'", input.dtype().scalar_type());
    }
    summed(input, windows, image)
}

fn summed(input: &Tensor, windows: Windows, image: Pair) -> Result<Tensor> {
    let (n, dtype) = (input.dim(), input.dtype());
    let channels = input.sizes()[n - 2] / (windows.kernel[0] * windows.kernel[1]);
    let conv = windows.conv(channels, image);
    let mut sizes = Dims::from_slice(&input.sizes()[..n - 2]);
    sizes.extend_from_slice(&[channels, image[0], image[1]]);
    let out = match dtype {
        DType::Bool => fold::<bool>(input, &conv, &sizes, |a, b| a | b)?,
        _ if compute_type(dtype) == DType::F64 => fold::<f64>(input, &conv, &sizes, |a, b| a + b)?,
        _ => fold::<f32>(input, &conv, &sizes, |a, b| a + b)?,
    };
    record("Col2ImBackward0", &[input], copy::to_dtype(&out, dtype, false)?, |_| move |cx, g| grads![cx; columns(&g, windows, image)])
}

fn fold<T: Element>(input: &Tensor, conv: &Conv, sizes: &[i64], add: fn(T, T) -> T) -> Result<Tensor> {
    let (x, out) = (copy::prepared(input, T::DTYPE)?, crate::ops::creation::zeros(sizes, T::DTYPE)?);
    let (from, to) = (conv.terms() * conv.output_pixels(), conv.inputs * conv.input_pixels());
    for (columns, image) in x.as_slice::<T>().chunks_exact(from).zip(out.as_mut_slice::<T>().chunks_exact_mut(to)) {
        kernels::fold(conv, columns, conv.output_pixels(), &kernels::Block::all(conv), image, add);
    }
    Ok(out)
}
