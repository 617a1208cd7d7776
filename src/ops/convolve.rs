//! The trilinear form behind every convolution, y = x * w, in its three directions. Each is recorded, and the
//! derivatives of each are the other two, so that derivatives of any order are convolutions again.

use crate::dtype::DType;
use crate::dtype::Element;
use crate::error::Result;
use crate::graph::record::record;
use crate::kernels::conv as kernels;
use crate::kernels::conv::Conv;
use crate::kernels::conv::Product;
use crate::kernels::map;
use crate::ops::copy;
use crate::ops::expr::grads;
use crate::ops::reduce;
use crate::shape::Dims;
use crate::tensor::Tensor;

/// The convolution's sizes and its number of spatial dimensions.
#[derive(Clone, Copy)]
pub struct Form {
    pub conv: Conv,
    pub dims: usize,
}

impl Form {
    fn sizes(&self, first: usize, second: usize, space: &[usize; 3]) -> Dims {
        let space = &space[3 - self.dims..];
        [first, second].iter().chain(space).map(|&n| n as i64).collect()
    }

    fn of_x(&self) -> Dims {
        self.sizes(self.conv.images, self.conv.groups * self.conv.inputs, &self.conv.input)
    }

    fn of_w(&self) -> Dims {
        self.sizes(self.conv.groups * self.conv.outputs, self.conv.inputs, &self.conv.kernel)
    }

    fn of_y(&self) -> Dims {
        self.sizes(self.conv.images, self.conv.groups * self.conv.outputs, &self.conv.output)
    }
}

const FIRST: &str = "ConvolutionBackward0";
const HIGHER: &str = "ConvolutionBackwardBackward0";

/// y = x * w + b.  dx, dw and db from dy: keeps x and w.
pub fn forward(x: &Tensor, w: &Tensor, bias: Option<&Tensor>, form: Form) -> Result<Tensor> {
    forward_named(FIRST, x, w, bias, form)
}

/// The transposed convolution: x from y and w, + b.  dy = dx * w: keeps y and w.
pub fn transposed(y: &Tensor, w: &Tensor, bias: Option<&Tensor>, form: Form) -> Result<Tensor> {
    transposed_named(FIRST, y, w, bias, form)
}

fn forward_named(name: &'static str, x: &Tensor, w: &Tensor, bias: Option<&Tensor>, form: Form) -> Result<Tensor> {
    let out = match map::native(x.dtype().class()) {
        DType::F32 => mapped::<f32>(x, w, bias, &form.of_y(), |x, w, b, y| kernels::forward(&form.conv, x, w, b, y))?,
        DType::F64 => mapped::<f64>(x, w, bias, &form.of_y(), |x, w, b, y| kernels::forward(&form.conv, x, w, b, y))?,
        _ => mapped::<i64>(x, w, bias, &form.of_y(), |x, w, b, y| kernels::forward(&form.conv, x, w, b, y))?,
    };
    record(name, &[Some(x), Some(w), bias], out, |save| {
        let (x, w) = (save.input("input", x), save.input("weight", w));
        move |cx, g| {
            let of_x = || transposed_named(HIGHER, &g, &w.get(cx)?, None, form);
            grads![cx; of_x(), weight(&x.get(cx)?, &g, form), bias_gradient(&g)]
        }
    })
}

fn transposed_named(name: &'static str, y: &Tensor, w: &Tensor, bias: Option<&Tensor>, form: Form) -> Result<Tensor> {
    let out = match map::native(y.dtype().class()) {
        DType::F32 => mapped::<f32>(y, w, bias, &form.of_x(), |y, w, b, x| kernels::input_gradient(&form.conv, y, w, b, x))?,
        DType::F64 => mapped::<f64>(y, w, bias, &form.of_x(), |y, w, b, x| kernels::input_gradient(&form.conv, y, w, b, x))?,
        _ => mapped::<i64>(y, w, bias, &form.of_x(), |y, w, b, x| kernels::input_gradient(&form.conv, y, w, b, x))?,
    };
    record(name, &[Some(y), Some(w), bias], out, |save| {
        let (y, w) = (save.input("input", y), save.input("weight", w));
        move |cx, g| {
            let of_y = || forward_named(HIGHER, &g, &w.get(cx)?, None, form);
            grads![cx; of_y(), weight(&g, &y.get(cx)?, form), bias_gradient(&g)]
        }
    })
}

/// w from x and y.  dx from y and dw, dy = x * dw: keeps x and y.
fn weight(x: &Tensor, y: &Tensor, form: Form) -> Result<Tensor> {
    let out = match map::native(x.dtype().class()) {
        DType::F64 => mapped::<f64>(x, y, None, &form.of_w(), |x, y, _, w| kernels::weight_gradient(&form.conv, x, y, w))?,
        _ => mapped::<f32>(x, y, None, &form.of_w(), |x, y, _, w| kernels::weight_gradient(&form.conv, x, y, w))?,
    };
    record(HIGHER, &[x, y], out, |save| {
        let (x, y) = (save.input("input", x), save.input("grad_output", y));
        move |cx, g| {
            let of_x = || transposed_named(HIGHER, &y.get(cx)?, &g, None, form);
            let of_y = || forward_named(HIGHER, &x.get(cx)?, &g, None, form);
            grads![cx; of_x(), of_y()]
        }
    })
}

/// The sum over everything but the channels.
fn bias_gradient(g: &Tensor) -> Result<Tensor> {
    let dims: Dims = (0..g.dim() as i64).filter(|&d| d != 1).collect();
    reduce::sum(g, Some(&dims), false, None)
}

/// A kernel on the values of two tensors and perhaps a bias, in the type that computes.
fn mapped<T: Element + Product>(
    a: &Tensor,
    b: &Tensor,
    bias: Option<&Tensor>,
    sizes: &[i64],
    kernel: impl FnOnce(&[T], &[T], Option<&[T]>, &mut [T]),
) -> Result<Tensor> {
    let dtype = a.dtype();
    let (a, b) = (copy::prepared(a, T::DTYPE)?, copy::prepared(b, T::DTYPE)?);
    let bias = bias.map(|t| copy::prepared(t, T::DTYPE)).transpose()?;
    let out = Tensor::empty(sizes, T::DTYPE)?;
    kernel(a.as_slice(), b.as_slice(), bias.as_ref().map(Tensor::as_slice), out.as_mut_slice());
    copy::to_dtype(&out, dtype, false)
}
