//! The settings of a convolution: what PyTorch refuses, and the sizes that follow.

use crate::dtype::DType;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::kernels::conv::Conv;
use crate::ops::convolve;
use crate::ops::convolve::Form;
use crate::ops::creation;
use crate::ops::expr::grads;
use crate::shape;
use crate::shape::Dims;
use crate::tensor::Tensor;

/// One number for each spatial dimension.
pub struct Settings {
    pub stride: Dims,
    pub padding: Dims,
    pub dilation: Dims,
    pub output_padding: Dims,
    pub groups: i64,
    pub transposed: bool,
}

/// A list that has a number for each dimension, or one for all.
pub fn each(list: &[i64], name: &str, dims: usize) -> Result<Dims> {
    if list.len() == 1 {
        return Ok(std::iter::repeat_n(list[0], dims).collect());
    }
    if list.len() != dims {
        fail!(
            Runtime,
            "expected {name} to be a single integer value or a list of {dims} values to match the convolution dimensions, but got {name}={}",
            shape::list(list)
        );
    }
    Ok(Dims::from_slice(list))
}

/// "2 x 3".
fn by(sizes: &[i64]) -> String {
    sizes.iter().map(i64::to_string).collect::<Vec<_>>().join(" x ")
}

impl Settings {
    fn check(&self) -> Result<()> {
        if self.padding.iter().any(|&p| p < 0) {
            fail!(Runtime, "negative padding is not supported");
        }
        if self.output_padding.iter().any(|&p| p < 0) {
            fail!(Runtime, "negative output_padding is not supported");
        }
        if self.stride.iter().any(|&s| s <= 0) {
            fail!(Runtime, "non-positive stride is not supported");
        }
        if self.dilation.iter().any(|&d| d < 0) {
            fail!(Runtime, "dilation should be greater than zero");
        }
        Ok(())
    }

    /// Channels and sizes fit each other.
    fn check_shapes(&self, input: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Result<()> {
        let (x, w, groups) = (input.sizes(), weight.sizes(), self.groups);
        if w.len() != x.len() {
            let n = w.len();
            fail!(
                Runtime,
                "Expected {n}-dimensional input for {n}-dimensional weight {}, but got {}-dimensional input of size {} instead",
                shape::list(w),
                x.len(),
                shape::list(x)
            );
        }
        if w[0] < groups {
            fail!(
                Runtime,
                "Given groups={groups}, expected weight to be at least {groups} at dimension 0, but got weight of size {} instead",
                shape::list(w)
            );
        }
        if w[0] % groups != 0 {
            fail!(
                Runtime,
                "Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of size [{}] instead",
                shape::list(w)
            );
        }
        let given = if self.transposed { "transposed=1".to_string() } else { format!("groups={groups}") };
        let (channels, outputs) = if self.transposed { (w[0], w[1] * groups) } else { (w[1] * groups, w[0]) };
        if x[1] != channels {
            fail!(
                Runtime,
                "Given {given}, weight of size {}, expected input{} to have {channels} channels, but got {} channels instead",
                shape::list(w),
                shape::list(x),
                x[1]
            );
        }
        if let Some(bias) = bias
            && bias.sizes() != [outputs]
        {
            fail!(
                Runtime,
                "Given {}weight of size {}, expected bias to be 1-dimensional with {outputs} elements, but got bias of size {} instead",
                if self.transposed { "transposed=1, " } else { "" },
                shape::list(w),
                shape::list(bias.sizes())
            );
        }
        Ok(())
    }

    /// Kernel, dilation and output paddings as the kernels want them.
    fn check_kernel(&self, input: &Tensor, weight: &Tensor) -> Result<()> {
        let (x, w) = (input.sizes(), weight.sizes());
        let dims = w.len() - 2;
        if x[2..].contains(&0) && x[0] != 0 && x[1] != 0 {
            fail!(Runtime, "Only zero batch or zero channel inputs are supported, but got input shape: {}", shape::list(x));
        }
        if w[2..].contains(&0) {
            match (dims, self.transposed) {
                (3, false) => fail!(Runtime, "kernel size should be greater than zero, but got: {} (TxHxW)", by(&w[2..])),
                (3, true) => fail!(
                    Runtime,
                    "non-empty 5D (n_output_plane x n_input_plane x kernel_depth x kernel_height x kernel_width) tensor expected for weight, but got: {}",
                    shape::list(w)
                ),
                _ => {
                    let two = two(&w[2..], 1);
                    fail!(Runtime, "kernel size should be greater than zero, but got kernel_height: {} kernel_width: {}", two[0], two[1])
                }
            }
        }
        if self.dilation.contains(&0) {
            fail!(Runtime, "dilation should be greater than zero, but got {}", shape::list(&two(&self.dilation, 1)));
        }
        if self.transposed && (0..dims).any(|d| self.output_padding[d] >= self.stride[d].max(self.dilation[d])) {
            let names: &[&str] = if dims == 3 { &["depth", "height", "width"] } else { &["height", "width"] };
            let part = |what: &str, list: &[i64], fill: i64| -> Vec<String> {
                two(list, fill).iter().zip(names).map(|(v, name)| format!("{what}_{name}: {v}")).collect()
            };
            let parts =
                [part("output_padding", &self.output_padding, 0), part("stride", &self.stride, 1), part("dilation", &self.dilation, 1)];
            fail!(Runtime, "output padding must be smaller than either stride or dilation, but got {}", parts.concat().join(" "));
        }
        Ok(())
    }

    /// Sizes of the output along the spatial dimensions.
    fn output(&self, x: &[i64], w: &[i64]) -> Result<Dims> {
        let reach = |d: usize| self.dilation[d] * (w[d] - 1) + 1;
        let dims = w.len();
        if self.transposed {
            let out: Dims =
                (0..dims).map(|d| (x[d] - 1) * self.stride[d] - 2 * self.padding[d] + reach(d) + self.output_padding[d]).collect();
            if out.iter().any(|&n| n < 1) {
                let (x, out) = (by(&two(x, 1)), by(&two(&out, 1)));
                fail!(
                    Runtime,
                    "Given input size per channel: ({x}). Calculated output size per channel: ({out}). Output size is too small"
                );
            }
            return Ok(out);
        }
        let padded: Dims = (0..dims).map(|d| x[d] + 2 * self.padding[d]).collect();
        let kernel: Dims = (0..dims).map(reach).collect();
        if (0..dims).any(|d| padded[d] < kernel[d]) {
            fail!(
                Runtime,
                "Calculated padded input size per channel: ({}). Kernel size: ({}). Kernel size can't be greater than actual input size",
                by(&padded),
                by(&kernel)
            );
        }
        Ok((0..dims).map(|d| (padded[d] - kernel[d]) / self.stride[d] + 1).collect())
    }

    /// Input and weight have one type, of those that PyTorch computes in.
    fn check_types(&self, input: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Result<()> {
        let dtype = input.dtype();
        if let Some(bias) = bias
            && bias.dtype() != dtype
        {
            fail!(Runtime, "Input type ({}) and bias type ({}) should be the same", dtype.c_type(), bias.dtype().c_type());
        }
        let (dims, dilated) = (weight.dim() - 2, self.dilation.iter().any(|&d| d != 1));
        let kernel = match (self.transposed, dims) {
            (true, 3) => "slow_conv_transpose3d_out_cpu",
            (true, _) => "slow_conv_transpose2d_out_cpu",
            _ if dilated => "slow_conv_dilated<>",
            (_, 3) => "compute_columns3d",
            _ => "slow_conv2d_cpu",
        };
        let narrow = dtype.is_integer() && dtype != DType::I64 && (self.transposed || dilated);
        if dtype == DType::Bool || narrow {
            fail!(NotImplemented, "\"{kernel}\" not implemented for '{}'", dtype.scalar_type());
        }
        if weight.dtype() != dtype {
            fail!(Runtime, "expected scalar type {} but found {}", dtype.scalar_type(), weight.dtype().scalar_type());
        }
        Ok(())
    }

    /// The form of the convolution; of a transposed one, the form it transposes.
    fn form(&self, x: &[i64], w: &[i64], output: &[i64]) -> Form {
        let dims = w.len() - 2;
        let space = |list: &[i64], missing: usize| -> [usize; 3] {
            std::array::from_fn(|d| if d + dims < 3 { missing } else { list[d + dims - 3] as usize })
        };
        let (input, output) = if self.transposed { (output, &x[2..]) } else { (&x[2..], output) };
        let conv = Conv {
            images: x[0] as usize,
            groups: self.groups as usize,
            inputs: w[1] as usize,
            outputs: (w[0] / self.groups) as usize,
            input: space(input, 1),
            kernel: space(&w[2..], 1),
            output: space(output, 1),
            stride: space(&self.stride, 1),
            padding: space(&self.padding, 0),
            dilation: space(&self.dilation, 1),
        };
        Form { conv, dims }
    }

    /// Checks that all fits, and computes. `output` where it does not follow from the padding.
    pub fn run(&self, input: &Tensor, weight: &Tensor, bias: Option<&Tensor>, output: Option<&[i64]>) -> Result<Tensor> {
        self.check()?;
        self.check_shapes(input, weight, bias)?;
        let (x, w) = (input.sizes(), weight.sizes());
        if !self.transposed && output.is_none() {
            self.output(&x[2..], &w[2..])?;
        }
        self.check_kernel(input, weight)?;
        let output = match output {
            Some(sizes) => Dims::from_slice(sizes),
            None => self.output(&x[2..], &w[2..])?,
        };
        if x[0] != 0 && x[1] != 0 {
            self.check_types(input, weight, bias)?;
        }
        if x[1] == 0 {
            return without_channels(input, weight, bias, &output);
        }
        if self.transposed && w[1] == 0 {
            fail!(
                Runtime,
                "non-empty {} weight tensor expected, but got: {}",
                if w.len() == 5 { "5D" } else { "2D or 4D" },
                shape::list(w)
            );
        }
        let form = self.form(x, w, &output);
        if self.transposed { convolve::transposed(input, weight, bias, form) } else { convolve::forward(input, weight, bias, form) }
    }
}

/// One dimension as PyTorch's kernels see it, with a first one before it.
fn two(list: &[i64], first: i64) -> Dims {
    let mut out = Dims::from_slice(list);
    if out.len() == 1 {
        out.insert(0, first);
    }
    out
}

/// PyTorch gives no channels for none.  All derivatives are 0.
fn without_channels(input: &Tensor, weight: &Tensor, bias: Option<&Tensor>, output: &[i64]) -> Result<Tensor> {
    let mut sizes = Dims::from_slice(&[input.sizes()[0], 0]);
    sizes.extend_from_slice(output);
    let out = creation::zeros(&sizes, input.dtype())?;
    record("ConvolutionBackward0", &[Some(input), Some(weight), bias], out, |_| {
        let sizes = [input.dims(), weight.dims(), bias.map_or(Dims::new(), Tensor::dims)];
        move |cx, g| {
            let zeros = |i: usize| creation::zeros(&sizes[i], g.dtype());
            grads![cx; zeros(0), zeros(1), zeros(2)]
        }
    })
}
