//! Window functions of signal processing: Hann, Hamming, Blackman, Bartlett, Kaiser.

use std::f64::consts::PI;

use crate::dtype;
use crate::dtype::DType;
use crate::error::Result;
use crate::fail;
use crate::kernels::bessel;
use crate::ops::copy;
use crate::tensor::Tensor;

type Dtype = Option<DType>;

/// `f(k, last)` at k = 0 .. length; a periodic window is one longer, without its last point.
fn window(name: &str, length: i64, periodic: bool, dtype: Dtype, f: impl Fn(f64, f64) -> f64) -> Result<Tensor> {
    let dtype = dtype.unwrap_or_else(dtype::default_dtype);
    if !dtype.is_float() {
        fail!(
            Runtime,
            "{name} expects floating point dtypes, got: TensorOptions(dtype={}, device=cpu, layout=Strided (default), requires_grad=false (default), pinned_memory=false, memory_format=(nullopt))",
            dtype.c_type()
        );
    }
    if length < 0 {
        fail!(Runtime, "{name} requires non-negative window_length, got window_length={length}");
    }
    let last = if periodic { length } else { length - 1 } as f64;
    let points: Vec<f64> = (0..length).map(|k| if length == 1 { 1.0 } else { f(k as f64, last) }).collect();
    copy::to_dtype(&Tensor::from_slice(&points, &[length])?, dtype, false)
}

fn cosine(k: f64, last: f64) -> f64 {
    (2.0 * PI * k / last).cos()
}

pub fn hann_window(length: i64, periodic: bool, dtype: Dtype) -> Result<Tensor> {
    window("hann_window", length, periodic, dtype, |k, last| 0.5 - 0.5 * cosine(k, last))
}

pub fn hamming_window(length: i64, periodic: bool, alpha: f64, beta: f64, dtype: Dtype) -> Result<Tensor> {
    window("hamming_window", length, periodic, dtype, |k, last| alpha - beta * cosine(k, last))
}

pub fn blackman_window(length: i64, periodic: bool, dtype: Dtype) -> Result<Tensor> {
    window("blackman_window", length, periodic, dtype, |k, last| 0.42 - 0.5 * cosine(k, last) + 0.08 * cosine(2.0 * k, last))
}

pub fn bartlett_window(length: i64, periodic: bool, dtype: Dtype) -> Result<Tensor> {
    window("bartlett_window", length, periodic, dtype, |k, last| 1.0 - (2.0 * k / last - 1.0).abs())
}

pub fn kaiser_window(length: i64, periodic: bool, beta: f64, dtype: Dtype) -> Result<Tensor> {
    window("kaiser_window", length, periodic, dtype, |k, last| {
        let r = 2.0 * k / last - 1.0;
        bessel::plain(0, beta * (1.0 - r * r).max(0.0).sqrt()) / bessel::plain(0, beta)
    })
}
