//! Maxima of windows, and back. Values remember where they stood: the gradient goes there, in a fixed order, and the
//! gradient's gradient is read from there.

use crate::dtype::Class;
use crate::dtype::DType;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::graph::record::record_many;
use crate::graph::record::recording;
use crate::kernels::pool;
use crate::kernels::pool::Ordered;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::expr::grads;
use crate::ops::softmax::compute_type;
use crate::ops::view;
use crate::ops::windows::Spec;
use crate::ops::windows::check_1d;
use crate::ops::windows::with_tail;
use crate::shape;
use crate::shape::Dims;
use crate::tensor::Tensor;

/// The type that has loops: integers stay exact.
fn loop_type(dtype: DType) -> DType {
    if dtype.class() == Class::Int { DType::I64 } else { compute_type(dtype) }
}

/// The tensors that a node needs, and its names.
#[derive(Clone, Copy)]
pub(super) struct Names {
    pub node: &'static str,
    pub back: &'static str,
}

/// out[p][i] = x[p][place[p][i]]: planes are what lies before the last `n` dimensions.
pub(super) fn gather(names: Names, x: &Tensor, places: &Tensor, n: usize) -> Result<Tensor> {
    let out = Tensor::empty(places.sizes(), x.dtype())?;
    let (from, to) = (plane(x.sizes(), n), plane(places.sizes(), n));
    if out.numel() > 0 {
        let values = copy::values(x, x.dtype())?;
        with_dtype!(x.dtype(), T => pool::gather(values.as_slice::<T>(), places.as_slice(), out.as_mut_slice(), from, to));
    }
    let sizes = x.dims();
    record(names.back, &[x], out, |save| {
        let places = save.input("indices", places);
        move |cx, g| grads![cx; scatter(names, &g, &places.get(cx)?, &sizes, n)]
    })
}

/// The transpose of `gather`: gradients add up where places repeat.
fn scatter(names: Names, g: &Tensor, places: &Tensor, sizes: &[i64], n: usize) -> Result<Tensor> {
    let compute = compute_type(g.dtype());
    let out = creation::zeros(sizes, compute)?;
    let (to, from) = (plane(places.sizes(), n), plane(sizes, n));
    if places.numel() > 0 {
        let values = copy::values(g, compute)?;
        let places = places.as_slice();
        match compute {
            DType::F64 => pool::scatter(values.as_slice::<f64>(), places, out.as_mut_slice(), to, from, |a, b| a + b),
            _ => pool::scatter(values.as_slice::<f32>(), places, out.as_mut_slice(), to, from, |a, b| a + b),
        }
    }
    let out = copy::to_dtype(&out, g.dtype(), false)?;
    record(names.back, &[g], out, |save| {
        let places = save.input("indices", places);
        move |cx, gg| grads![cx; gather(names, &gg, &places.get(cx)?, n)]
    })
}

fn plane(sizes: &[i64], n: usize) -> usize {
    sizes[sizes.len() - n..].iter().product::<i64>() as usize
}

/// Records values and places; dx puts g back to the places.
pub(super) fn recorded(names: Names, input: &Tensor, values: Tensor, places: Tensor, n: usize) -> Result<Vec<Tensor>> {
    let at = places.clone();
    record_many(names.node, &[input], vec![values, places], |save| {
        let (places, sizes) = (save.input("indices", &at), input.dims());
        move |cx, g| match &g[0] {
            Some(g) => grads![cx; scatter(names, g, &places.get(cx)?, &sizes, n)],
            None => Ok(smallvec::smallvec![None]),
        }
    })
}

fn run<T: Ordered + crate::dtype::Element>(spec: &Spec, input: &Tensor, tail: &[i64], places: Option<&Tensor>) -> Result<Tensor> {
    let x = copy::values(input, T::DTYPE)?;
    let out = Tensor::empty(&with_tail(input, tail), T::DTYPE)?;
    let windows = spec.windows(&input.sizes()[input.dim() - tail.len()..], tail);
    let places = places.map_or::<&mut [i64], _>(&mut [], Tensor::as_mut_slice);
    pool::max(&windows, x.as_slice::<T>(), out.as_mut_slice(), places);
    Ok(out)
}

/// Values, and places where asked for.
fn maxima(spec: &Spec, input: &Tensor, tail: &[i64], with_places: bool) -> Result<(Tensor, Option<Tensor>)> {
    let places = with_places.then(|| Tensor::empty(&with_tail(input, tail), DType::I64)).transpose()?;
    let out = match loop_type(input.dtype()) {
        DType::I64 => run::<i64>(spec, input, tail, places.as_ref())?,
        DType::F64 => run::<f64>(spec, input, tail, places.as_ref())?,
        _ => run::<f32>(spec, input, tail, places.as_ref())?,
    };
    Ok((copy::to_dtype(&out, input.dtype(), false)?, places))
}

const POOL_2D: Names = Names { node: "MaxPool2DWithIndicesBackward0", back: "MaxPool2DWithIndicesBackwardBackward0" };
const POOL_3D: Names = Names { node: "MaxPool3DWithIndicesBackward0", back: "MaxPool3DWithIndicesBackwardBackward0" };

/// What the n-d forms check before they compute.
fn prepare(n: usize, input: &Tensor, lists: [&[i64]; 4], ceil_mode: bool) -> Result<(Spec, Dims)> {
    let (op, kernel_name) = if n == 2 { ("max_pool2d", "") } else { ("max_pool3d", "max_pool3d_with_indices_out_cpu_template()") };
    let spec = Spec::new(op, n, lists, ceil_mode)?;
    if !(n + 1..=n + 2).contains(&input.dim()) {
        fail!(Runtime, "non-empty {}D or {}D (batch mode) tensor expected for input", n + 1, n + 2);
    }
    let tail = spec.output_sizes(input, kernel_name, false)?;
    if input.dtype() == DType::Bool {
        fail!(NotImplemented, "\"{op}\" not implemented for 'Bool'");
    }
    Ok((spec, tail))
}

fn with_indices(n: usize, input: &Tensor, lists: [&[i64]; 4], ceil_mode: bool) -> Result<Vec<Tensor>> {
    let (spec, tail) = prepare(n, input, lists, ceil_mode)?;
    let (values, places) = maxima(&spec, input, &tail, true)?;
    recorded(if n == 2 { POOL_2D } else { POOL_3D }, input, values, places.expect("asked for"), n)
}

/// Places are computed only for a gradient.
fn without_indices(n: usize, input: &Tensor, lists: [&[i64]; 4], ceil_mode: bool) -> Result<Tensor> {
    if recording(&[input]) {
        return Ok(with_indices(n, input, lists, ceil_mode)?.swap_remove(0));
    }
    let (spec, tail) = prepare(n, input, lists, ceil_mode)?;
    Ok(maxima(&spec, input, &tail, false)?.0)
}

macro_rules! pools {
    ($($n:literal $plain:ident $both:ident;)*) => {$(
        pub fn $plain(input: &Tensor, kernel_size: &[i64], stride: &[i64], padding: &[i64], dilation: &[i64], ceil_mode: bool) -> Result<Tensor> {
            without_indices($n, input, [kernel_size, stride, padding, dilation], ceil_mode)
        }
        /// y = max of each window and its place.  dx: g at the places, kept.
        pub fn $both(input: &Tensor, kernel_size: &[i64], stride: &[i64], padding: &[i64], dilation: &[i64], ceil_mode: bool) -> Result<Vec<Tensor>> {
            with_indices($n, input, [kernel_size, stride, padding, dilation], ceil_mode)
        }
    )*};
}
pools! {
    2 max_pool2d max_pool2d_with_indices;
    3 max_pool3d max_pool3d_with_indices;
}

/// A list for the width, 1 or 0 for the height.
fn flat(list: &[i64], height: i64) -> Dims {
    match list.len() {
        0 => Dims::new(),
        1 => Dims::from_slice(&[height, list[0]]),
        _ => Dims::from_slice(list),
    }
}

fn check_max_1d(input: &Tensor, lists: [&[i64]; 4], ceil_mode: bool) -> Result<()> {
    if !(2..=3).contains(&input.dim()) || input.sizes()[input.dim() - 2..].contains(&0) {
        fail!(
            Runtime,
            "max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, but got:{}",
            shape::list(input.sizes())
        );
    }
    for (name, list) in ["kernel_size", "stride", "padding", "dilation"].into_iter().zip(lists) {
        if list.len() != 1 && !(name == "stride" && list.is_empty()) {
            // As PyTorch writes each.
            let kinds = match name {
                "kernel_size" | "dilation" => "an int, list of ints or tuple of ints",
                "stride" => "None, an int, list of ints, or tuple of ints",
                _ => "an int, list of ints, or tuple of ints",
            };
            fail!(Runtime, "max_pool1d() {name} must be {kinds} of size 1 but got size {}", list.len());
        }
    }
    let (kernel, pad, dilation) = (lists[0][0], lists[2][0], lists[3][0]);
    let stride = lists[1].first().copied().unwrap_or(kernel);
    for (name, value) in [("kernel_size", kernel), ("stride", stride)] {
        if value <= 0 {
            fail!(Runtime, "max_pool1d() {name} must be greater than zero, but got {value}");
        }
    }
    if pad < 0 {
        fail!(Runtime, "max_pool1d() padding must be non-negative, but got {pad}");
    }
    if pad > kernel / 2 {
        fail!(Runtime, "max_pool1d() padding should be at most half of kernel size, but got padding={pad} and kernel_size={kernel}");
    }
    if dilation <= 0 {
        fail!(Runtime, "max_pool1d() dilation must be greater than zero, but got {dilation}");
    }
    let out = Spec::new("max_pool1d", 1, lists, ceil_mode)?.output(0, input.sizes()[input.dim() - 1])?;
    if out <= 0 {
        fail!(Runtime, "max_pool1d() Invalid computed output size: {out}");
    }
    Ok(())
}

pub fn max_pool1d(
    input: &Tensor,
    kernel_size: &[i64],
    stride: &[i64],
    padding: &[i64],
    dilation: &[i64],
    ceil_mode: bool,
) -> Result<Tensor> {
    check_max_1d(input, [kernel_size, stride, padding, dilation], ceil_mode)?;
    if recording(&[input]) {
        return Ok(max_pool1d_with_indices(input, kernel_size, stride, padding, dilation, ceil_mode)?.swap_remove(0));
    }
    if !input.dtype().is_float() {
        fail!(NotImplemented, "\"max_pool1d_impl\" not implemented for '{}'", input.dtype().scalar_type());
    }
    let spec = Spec::new("max_pool1d", 1, [kernel_size, stride, padding, dilation], ceil_mode)?;
    let out = spec.output(0, input.sizes()[input.dim() - 1])?;
    Ok(maxima(&spec, input, &[out], false)?.0)
}

/// max_pool2d of one row.
pub fn max_pool1d_with_indices(
    input: &Tensor,
    kernel_size: &[i64],
    stride: &[i64],
    padding: &[i64],
    dilation: &[i64],
    ceil_mode: bool,
) -> Result<Vec<Tensor>> {
    check_1d("max_pool1d", input)?;
    let lists = [flat(kernel_size, 1), flat(stride, 1), flat(padding, 0), flat(dilation, 1)];
    let both = max_pool2d_with_indices(&view::unsqueeze(input, -2)?, &lists[0], &lists[1], &lists[2], &lists[3], ceil_mode)?;
    both.iter().map(|t| view::squeeze(t, Some(&[-2]))).collect()
}
