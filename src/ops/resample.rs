//! Linear maps along the last dimensions of a tensor: the shared frame of padding, average pooling and resizing.
//! A map and its transpose are each other's derivative, so every order is exact. Half types pass through float32.

use std::sync::Arc;

use crate::dtype::DType;
use crate::error::Result;
use crate::graph::record::record;
use crate::kernels::axes;
use crate::kernels::axes::Axes;
use crate::kernels::axes::Axis;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::expr::grads;
use crate::ops::softmax::compute_type;
use crate::shape::Dims;
use crate::tensor::Tensor;

/// A map of the last dimensions, with the names of the nodes it records.
struct Map {
    node: &'static str,
    back: &'static str,
    axes: Axes,
    from: Dims,
    to: Dims,
    /// Every output is one input: elements of any dtype move.
    picks: bool,
}

/// y = the sum of x's weighted elements, axis by axis over the last dimensions.
pub fn weighted(node: &'static str, back: &'static str, input: &Tensor, axes: Vec<Axis>) -> Result<Tensor> {
    forward(&Arc::new(Map::new(node, back, input, axes, false)), input)
}

/// y = x at picked positions, axis by axis over the last dimensions.
pub fn picked(node: &'static str, back: &'static str, input: &Tensor, axes: Vec<Axis>) -> Result<Tensor> {
    forward(&Arc::new(Map::new(node, back, input, axes, true)), input)
}

impl Map {
    fn new(node: &'static str, back: &'static str, input: &Tensor, axes: Vec<Axis>, picks: bool) -> Map {
        let front = input.dim() - axes.len();
        let mut to = Dims::from_slice(&input.sizes()[..front]);
        to.extend(axes.iter().map(|a| a.out() as i64));
        Map { node, back, axes: Axes::new(axes), from: input.dims(), to, picks }
    }
}

fn forward(map: &Arc<Map>, input: &Tensor) -> Result<Tensor> {
    let out = if map.picks { pick(map, input)? } else { weigh(map, input)? };
    record(map.node, &[input], out, |_| {
        let map = map.clone();
        move |cx, g| grads![cx; adjoint(&map, &g)]
    })
}

fn pick(map: &Map, input: &Tensor) -> Result<Tensor> {
    let x = copy::values(input, input.dtype())?;
    let out = Tensor::empty(&map.to, x.dtype())?;
    if out.numel() > 0 {
        with_dtype!(x.dtype(), T => axes::pick(&map.axes, x.as_slice::<T>(), out.as_mut_slice()));
    }
    Ok(out)
}

fn weigh(map: &Map, input: &Tensor) -> Result<Tensor> {
    let compute = compute_type(input.dtype());
    let x = copy::values(input, compute)?;
    let out = Tensor::empty(&map.to, compute)?;
    if out.numel() > 0 {
        match compute {
            DType::F64 => axes::forward(&map.axes, x.as_slice::<f64>(), out.as_mut_slice()),
            _ => axes::forward(&map.axes, x.as_slice::<f32>(), out.as_mut_slice()),
        }
    }
    copy::to_dtype(&out, input.dtype(), false)
}

fn adjoint(map: &Arc<Map>, g: &Tensor) -> Result<Tensor> {
    let compute = compute_type(g.dtype());
    let x = copy::values(g, compute)?;
    let out = creation::zeros(&map.from, compute)?;
    if x.numel() > 0 {
        match compute {
            DType::F64 => axes::adjoint(&map.axes, x.as_slice::<f64>(), out.as_mut_slice()),
            _ => axes::adjoint(&map.axes, x.as_slice::<f32>(), out.as_mut_slice()),
        }
    }
    let out = copy::to_dtype(&out, g.dtype(), false)?;
    record(map.back, &[g], out, |_| {
        let map = map.clone();
        move |cx, gg| grads![cx; forward(&map, &gg)]
    })
}
