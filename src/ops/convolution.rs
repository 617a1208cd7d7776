//! Convolutions as PyTorch offers them. `convolution_settings` checks, `convolve` computes and has the derivatives.

use crate::dtype::DType;
use crate::error::Result;
use crate::fail;
use crate::graph::record::renamed;
use crate::ops::convolution_settings::Settings;
use crate::ops::convolution_settings::each;
use crate::ops::copy;
use crate::ops::pieces;
use crate::ops::view;
use crate::shape;
use crate::shape::Dims;
use crate::tensor::Tensor;

fn check_weight(weight: &Tensor, groups: i64) -> Result<usize> {
    if weight.dim() < 3 {
        fail!(Runtime, "weight should have at least three dimensions");
    }
    if groups <= 0 {
        fail!(Runtime, "non-positive groups is not supported");
    }
    Ok(weight.dim() - 2)
}

/// A convolution, or a transposed one, of a batch.
#[allow(clippy::too_many_arguments)]
pub fn convolution(
    input: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    stride: &[i64],
    padding: &[i64],
    dilation: &[i64],
    transposed: bool,
    output_padding: &[i64],
    groups: i64,
) -> Result<Tensor> {
    let dims = check_weight(weight, groups)?;
    let settings = Settings {
        stride: each(stride, "stride", dims)?,
        padding: each(padding, "padding", dims)?,
        dilation: each(dilation, "dilation", dims)?,
        output_padding: each(output_padding, "output_padding", dims)?,
        groups,
        transposed,
    };
    if dims > 3 {
        fail!(Runtime, "unsupported ConvNd parameters");
    }
    settings.run(input, weight, bias, None)
}

/// A batch, and whether the input was one; an input without a batch gets one of 1.
fn batch(input: &Tensor, dims: usize, name: &str) -> Result<(Tensor, bool)> {
    if input.dim() == dims + 2 {
        return Ok((input.clone(), true));
    }
    if input.dim() != dims + 1 {
        fail!(
            Runtime,
            "Expected {}D (unbatched) or {}D (batched) input to {name}, but got input of size: {}",
            dims + 1,
            dims + 2,
            shape::list(input.sizes())
        );
    }
    Ok((view::unsqueeze(input, 0)?, false))
}

fn unbatch(out: Tensor, batched: bool) -> Result<Tensor> {
    if batched { Ok(out) } else { view::squeeze(&out, Some(&[0])) }
}

/// Padding such that the output has the input's size; where it is odd, the larger half comes after.
fn same(input: &Tensor, weight: &Tensor, bias: Option<&Tensor>, stride: &[i64], dilation: &[i64], groups: i64) -> Result<Tensor> {
    let dims = check_weight(weight, 1)?;
    let (n, w) = (weight.dim(), weight.sizes());
    if input.dim() != n {
        fail!(
            Runtime,
            "Expected {n}-dimensional input for {n}-dimensional weight{}, but got {}-dimensional input of size {} instead",
            shape::list(w),
            input.dim(),
            shape::list(input.sizes())
        );
    }
    for (list, name) in [(stride, "stride"), (dilation, "dilation")] {
        if list.len() != dims && list.len() != 1 {
            fail!(Runtime, "{name} cannot broadcast to {dims} dimensions");
        }
    }
    if stride.iter().any(|&s| s != 1) {
        fail!(Runtime, "padding='same' is not supported for strided convolutions");
    }
    check_weight(weight, groups)?;
    let dilation = each(dilation, "dilation", dims)?;
    let padding = (0..dims).map(|d| (dilation[d] * (w[d + 2] - 1)).max(0) / 2).collect();
    let zeros: Dims = std::iter::repeat_n(0, dims).collect();
    let ones = std::iter::repeat_n(1, dims).collect();
    let settings = Settings { stride: ones, padding, dilation, output_padding: zeros, groups, transposed: false };
    settings.run(input, weight, bias, Some(&input.sizes()[2..]))
}

/// Is the padding, given by its name, "same"?
fn is_same(padding: &str) -> Result<bool> {
    match padding {
        "same" => Ok(true),
        "valid" => Ok(false),
        _ => fail!(Runtime, "Invalid padding string: '{padding}'"),
    }
}

/// One number as a list for all dimensions of the function, which shows where the weight has others.
fn full<'a>(list: &'a [i64], weight: &Tensor, ones: &'a mut Dims, dims: usize) -> &'a [i64] {
    if list.len() != 1 || weight.dim() == dims + 2 {
        return list;
    }
    ones.resize(dims, list[0]);
    ones
}

macro_rules! convolutions {
    ($($name:ident $named:ident $transpose:ident $dims:literal;)*) => {$(
        pub fn $name(
            input: &Tensor, weight: &Tensor, bias: Option<&Tensor>, stride: &[i64], padding: &[i64], dilation: &[i64], groups: i64,
        ) -> Result<Tensor> {
            let (x, batched) = batch(input, $dims, stringify!($name))?;
            let mut ones = Dims::new();
            let stride = full(stride, weight, &mut ones, $dims);
            unbatch(convolution(&x, weight, bias, stride, padding, dilation, false, &[0], groups)?, batched)
        }

        /// The padding by its name.
        pub fn $named(
            input: &Tensor, weight: &Tensor, bias: Option<&Tensor>, stride: &[i64], padding: &str, dilation: &[i64], groups: i64,
        ) -> Result<Tensor> {
            let (x, batched) = batch(input, $dims, stringify!($name))?;
            if is_same(padding)? {
                return unbatch(same(&x, weight, bias, stride, dilation, groups)?, batched);
            }
            unbatch(convolution(&x, weight, bias, stride, &[0], dilation, false, &[0], groups)?, batched)
        }

        #[allow(clippy::too_many_arguments)]
        pub fn $transpose(
            input: &Tensor, weight: &Tensor, bias: Option<&Tensor>, stride: &[i64], padding: &[i64], output_padding: &[i64],
            groups: i64, dilation: &[i64],
        ) -> Result<Tensor> {
            let (x, batched) = batch(input, $dims, stringify!($transpose))?;
            unbatch(convolution(&x, weight, bias, stride, padding, dilation, true, output_padding, groups)?, batched)
        }
    )*};
}

convolutions! {
    conv1d conv1d_named conv_transpose1d 1;
    conv2d conv2d_named conv_transpose2d 2;
    conv3d conv3d_named conv_transpose3d 3;
}

/// conv1d of (time, batch, channel) with a weight of (kernel, in, out).
pub fn conv_tbc(input: &Tensor, weight: &Tensor, bias: &Tensor, pad: i64) -> Result<Tensor> {
    if input.dim() != 3 {
        fail!(Runtime, "Input must have 3 dims: time, batch, in_channel");
    }
    if weight.dim() != 3 {
        fail!(Runtime, "Weight tensor must have 3 dims: kernel_width, in_channels, out_channels.");
    }
    if bias.dim() != 1 {
        fail!(Runtime, "Bias must be 1-D");
    }
    let (x, w) = (input.sizes(), weight.sizes());
    if x[2] != w[1] {
        fail!(Runtime, "Input dim 2 (input channels) is not == dim 1 in the weight tensor");
    }
    if bias.sizes()[0] != w[2] {
        fail!(Runtime, "Bias size must equal dim 2 in the weight tensor (output channels).");
    }
    let time = x[0] + 2 * pad - w[0] + 1;
    if time < 0 {
        fail!(Runtime, "Trying to create tensor with negative dimension {time}: [{time}, {}, {}]", x[1], w[2]);
    }
    if input.dtype() == DType::Bool {
        fail!(NotImplemented, "\"addmm_impl_cpu_\" not implemented for 'Bool'");
    }
    if input.dtype() != weight.dtype() {
        let (x, w) = (input.dtype().scalar_type(), weight.dtype().scalar_type());
        fail!(Runtime, "self and mat2 must have the same dtype, but got {x} and {w}");
    }
    let kept = pieces::narrow(input, 0, (-pad).max(0), x[0] + 2 * pad.min(0))?;
    let (kept, kernel) = (view::permute(&kept, &[1, 2, 0])?, view::permute(weight, &[2, 1, 0])?);
    let bias = copy::to_dtype(bias, input.dtype(), false)?;
    let out = conv1d(&kept, &kernel, Some(&bias), &[1], &[pad.max(0)], &[1], 1)?;
    renamed(copy::contiguous(&view::permute(&out, &[2, 0, 1])?)?, "ConvTbcBackward0")
}
