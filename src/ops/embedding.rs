//! Rows by number: embedding, its gradient, which adds in the order of the indices, renormalisation, one_hot.

use crate::dtype::DType;
use crate::dtype::Element;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::kernels::float::Float;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::expr::grads;
use crate::ops::softmax::compute_type;
use crate::shape::Dims;
use crate::tensor::Tensor;

/// Indices as a contiguous int64 tensor, each below `rows`.
fn checked(indices: &Tensor, rows: i64, op: &str) -> Result<Tensor> {
    if !matches!(indices.dtype(), DType::I64 | DType::I32) {
        fail!(
            Runtime,
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got torch.{}Tensor instead (while checking arguments for {op})",
            indices.dtype().scalar_type()
        );
    }
    let indices = copy::values(indices, DType::I64)?;
    if indices.as_slice::<i64>().iter().any(|&i| i < 0 || i >= rows) {
        fail!(Index, "index out of range in self");
    }
    Ok(indices)
}

/// y[i] = weight[indices[i]].  The gradient adds rows up, in order: keeps the indices.
pub fn embedding(weight: &Tensor, indices: &Tensor, padding_idx: i64, scale_grad_by_freq: bool, _sparse: bool) -> Result<Tensor> {
    if weight.dim() != 2 {
        fail!(Runtime, "'weight' must be 2-D");
    }
    let (rows, width) = (weight.sizes()[0], weight.sizes()[1] as usize);
    let at = checked(indices, rows, "embedding")?;
    let mut sizes = indices.dims();
    sizes.push(width as i64);
    let (source, out) = (copy::contiguous(&weight.detach())?, Tensor::empty(&sizes, weight.dtype())?);
    if out.numel() > 0 {
        with_dtype!(weight.dtype(), T => {
            let from = source.as_slice::<T>();
            for (to, &i) in out.as_mut_slice::<T>().chunks_exact_mut(width).zip(at.as_slice::<i64>()) {
                to.copy_from_slice(&from[i as usize * width..(i as usize + 1) * width]);
            }
        });
    }
    record("EmbeddingBackward0", &[weight], out, |save| {
        let at = save.input("indices", &at);
        move |cx, g| grads![cx; embedding_backward(&g, &at.get(cx)?, rows, padding_idx, scale_grad_by_freq)]
    })
}

/// How often each row was asked for.
fn counts(at: &[i64], rows: usize) -> Vec<usize> {
    let mut counts = vec![0; rows];
    at.iter().for_each(|&i| counts[i as usize] += 1);
    counts
}

fn add_rows<T: Float + Element>(g: &Tensor, at: &Tensor, out: &Tensor, padding_idx: i64, scale: bool) -> Result<()> {
    let g = copy::values(g, T::DTYPE)?;
    let (width, at) = (out.sizes()[1] as usize, at.as_slice::<i64>());
    let counts = if scale { counts(at, out.sizes()[0] as usize) } else { Vec::new() };
    let to = out.as_mut_slice::<T>();
    for (row, &i) in g.as_slice::<T>().chunks_exact(width).zip(at) {
        if i == padding_idx {
            continue;
        }
        let i = i as usize;
        let factor = if scale { T::ONE / T::of(counts[i] as f64) } else { T::ONE };
        to[i * width..(i + 1) * width].iter_mut().zip(row).for_each(|(t, &g)| *t = *t + g * factor);
    }
    Ok(())
}

pub(super) fn embedding_backward(g: &Tensor, at: &Tensor, rows: i64, padding_idx: i64, scale: bool) -> Result<Tensor> {
    let width = *g.sizes().last().expect("rows have a width");
    let compute = compute_type(g.dtype());
    let out = creation::zeros(&[rows, width], compute)?;
    if g.numel() > 0 {
        match compute {
            DType::F64 => add_rows::<f64>(g, at, &out, padding_idx, scale)?,
            _ => add_rows::<f32>(g, at, &out, padding_idx, scale)?,
        }
    }
    let out = copy::to_dtype(&out, g.dtype(), false)?;
    record("EmbeddingDenseBackwardBackward0", &[g], out, |save| {
        let at = save.input("indices", at);
        move |cx, gg| grads![cx; gathered(&gg, &at.get(cx)?, padding_idx, scale)]
    })
}

/// The derivative of `embedding_backward`: rows of gg, 0 at the padding.
fn gathered(gg: &Tensor, at: &Tensor, padding_idx: i64, scale: bool) -> Result<Tensor> {
    let rows = embedding(gg, at, padding_idx, scale, false)?;
    let counts = if scale { counts(at.as_slice(), gg.sizes()[0] as usize) } else { Vec::new() };
    let factor = |i: i64| {
        if i == padding_idx {
            0.0
        } else if scale {
            1.0 / counts[i as usize] as f64
        } else {
            1.0
        }
    };
    let factors: Vec<f64> = at.as_slice::<i64>().iter().map(|&i| factor(i)).collect();
    let mut sizes = at.dims();
    sizes.push(1);
    let factors = copy::to_dtype(&Tensor::from_slice(&factors, &sizes)?, gg.dtype(), false)?;
    (rows * factors).0
}

/// Rows that are asked for and longer than `max_norm` are shortened to it, in place.
pub fn embedding_renorm_(weight: &Tensor, indices: &Tensor, max_norm: f64, norm_type: f64) -> Result<Tensor> {
    weight.check_inplace()?;
    if weight.dim() != 2 {
        fail!(
            Runtime,
            "Expected 2-dimensional tensor, but got {}-dimensional tensor for argument #1 'self' (while checking arguments for embedding_renorm_)",
            weight.dim()
        );
    }
    let at = checked(indices, weight.sizes()[0], "embedding_renorm_")?;
    let mut asked: Vec<i64> = at.as_slice::<i64>().to_vec();
    asked.sort_unstable();
    asked.dedup();
    let compute = compute_type(weight.dtype());
    let rows = copy::contiguous(&copy::to_dtype(&weight.detach(), compute, true)?)?;
    match compute {
        DType::F64 => shorten::<f64>(&rows, &asked, max_norm, norm_type),
        _ => shorten::<f32>(&rows, &asked, max_norm, norm_type),
    }
    copy::copy_data(weight, &rows)?;
    weight.bump_version();
    Ok(weight.clone())
}

fn shorten<T: Float + Element>(rows: &Tensor, asked: &[i64], max_norm: f64, p: f64) {
    let width = rows.sizes()[1] as usize;
    let data = rows.as_mut_slice::<T>();
    for &i in asked {
        let row = &mut data[i as usize * width..(i as usize + 1) * width];
        let absolute = row.iter().map(|&x| Float::to_f64(x).abs());
        let norm = if p.is_infinite() { absolute.fold(0.0, f64::max) } else { absolute.map(|x| x.powf(p)).sum::<f64>().powf(1.0 / p) };
        if norm > max_norm {
            let scale = T::of(max_norm / (norm + 1e-7));
            row.iter_mut().for_each(|x| *x = *x * scale);
        }
    }
}

/// 1 at the input's number along a new last dimension, 0 elsewhere.
pub fn one_hot(input: &Tensor, num_classes: i64) -> Result<Tensor> {
    if input.dtype() != DType::I64 {
        fail!(Runtime, "one_hot is only applicable to index tensor of type LongTensor.");
    }
    let at = copy::contiguous(&input.detach())?;
    let numbers = at.as_slice::<i64>();
    if numbers.is_empty() && num_classes <= 0 {
        fail!(Runtime, "Can not infer total number of classes from empty tensor.");
    }
    if numbers.iter().any(|&i| i < 0) {
        fail!(Runtime, "Class values must be non-negative.");
    }
    let classes = if num_classes == -1 { numbers.iter().max().copied().unwrap_or(0) + 1 } else { num_classes };
    if numbers.iter().any(|&i| i >= classes) {
        fail!(Runtime, "Class values must be smaller than num_classes.");
    }
    let mut sizes: Dims = input.dims();
    sizes.push(classes);
    let out = creation::filled(&sizes, Scalar::Int(0), DType::I64)?;
    let to = out.as_mut_slice::<i64>();
    numbers.iter().enumerate().for_each(|(row, &i)| to[row * classes as usize + i as usize] = 1);
    Ok(out)
}
