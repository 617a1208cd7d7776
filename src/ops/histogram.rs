//! Counts between edges, weighted or as a density.

use crate::dtype::DType;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::fail;
use crate::ops::copy;
use crate::ops::creation;
use crate::shape;
use crate::tensor::Tensor;

/// `bins` bins of equal width over `range`, which is that of the elements where it is not given.
pub fn histogram(input: &Tensor, bins: i64, range: Option<&[f64]>, weight: Option<&Tensor>, density: bool) -> Result<Vec<Tensor>> {
    check(input, weight)?;
    if bins <= 0 {
        fail!(Runtime, "torch.histogram(): bins must be > 0, but got {bins} for dimension 0");
    }
    let (low, high) = bounds(input, range)?;
    let edges = creation::linspace(Scalar::Float(low), Scalar::Float(high), bins + 1, Some(input.dtype()))?;
    counts(input, edges, weight, density)
}

/// Bins between the given edges, the last bin with its upper edge.
pub fn histogram_edges(input: &Tensor, bins: &Tensor, weight: Option<&Tensor>, density: bool) -> Result<Vec<Tensor>> {
    check(input, weight)?;
    if bins.dim() != 1 {
        fail!(
            Runtime,
            "torch.histogramdd: bins tensor should have one dimension, but got {} dimensions in the bins tensor for dimension 0",
            bins.dim()
        );
    }
    counts(input, copy::to_dtype(bins, input.dtype(), true)?, weight, density)
}

fn check(input: &Tensor, weight: Option<&Tensor>) -> Result<()> {
    if !matches!(input.dtype(), DType::F32 | DType::F64) {
        fail!(NotImplemented, "\"histogramdd\" not implemented for '{}'", input.dtype().scalar_type());
    }
    if let Some(weight) = weight
        && weight.sizes() != input.sizes()
    {
        fail!(
            Runtime,
            "torch.histogramdd: if weight tensor is provided it should have the same shape as the input tensor excluding its innermost dimension, but got input with shape [{}, 1] and weight with shape {}",
            input.numel(),
            shape::list(weight.sizes())
        );
    }
    Ok(())
}

fn bounds(input: &Tensor, range: Option<&[f64]>) -> Result<(f64, f64)> {
    let (mut low, mut high) = match range {
        Some([low, high]) => (*low, *high),
        Some(other) => {
            fail!(Runtime, "torch.histogramdd: for a 1-dimensional histogram range should have 2 elements, but got {}", other.len())
        }
        None if input.numel() == 0 => (0.0, 1.0),
        None => {
            let x = copy::values(input, DType::F64)?;
            let fold = |f: fn(f64, f64) -> f64| {
                x.as_slice::<f64>().iter().copied().reduce(|a, b| {
                    if a.is_nan() {
                        a
                    } else if b.is_nan() {
                        b
                    } else {
                        f(a, b)
                    }
                })
            };
            (fold(f64::min).unwrap_or(0.0), fold(f64::max).unwrap_or(1.0))
        }
    };
    if !low.is_finite() || !high.is_finite() {
        fail!(Runtime, "torch.histogramdd: dimension 0's range [{}, {}] is not finite", shown(low), shown(high));
    }
    if low > high {
        fail!(Runtime, "torch.histogramdd: min should not exceed max, but got min {low} max {high} for dimension 0");
    }
    if low == high {
        (low, high) = (low - 0.5, high + 0.5);
    }
    Ok((low, high))
}

fn shown(x: f64) -> String {
    if x.is_nan() { "nan".into() } else { x.to_string() }
}

fn counts(input: &Tensor, edges: Tensor, weight: Option<&Tensor>, density: bool) -> Result<Vec<Tensor>> {
    let at = copy::values(&edges, DType::F64)?;
    let at = at.as_slice::<f64>();
    let bins = at.len().saturating_sub(1);
    let x = copy::values(input, DType::F64)?;
    let weights = weight.map(|w| copy::values(w, DType::F64)).transpose()?;
    let out = creation::zeros(&[bins as i64], DType::F64)?;
    let sums = out.as_mut_slice::<f64>();
    for (i, &v) in x.as_slice::<f64>().iter().enumerate() {
        if bins > 0 && v >= at[0] && v <= at[bins] {
            let bin = at.partition_point(|&edge| edge <= v).saturating_sub(1).min(bins - 1);
            sums[bin] += weights.as_ref().map_or(1.0, |w| w.as_slice::<f64>()[i]);
        }
    }
    if density {
        let total: f64 = sums.iter().sum();
        sums.iter_mut().enumerate().for_each(|(i, sum)| *sum /= total * (at[i + 1] - at[i]));
    }
    Ok(vec![copy::to_dtype(&out, input.dtype(), false)?, edges])
}
