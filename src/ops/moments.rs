//! Variance, standard deviation, norms, log-sum-exp: reductions whose derivatives need the input.

use crate::dtype;
use crate::dtype::DType;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::graph::record::recording;
use crate::graph::record::renamed;
use crate::kernels::fold::Norm1;
use crate::kernels::fold::Norm2;
use crate::kernels::fold::Plain;
use crate::kernels::fold::Summed;
use crate::kernels::fold::Variance;
use crate::ops::arithmetic;
use crate::ops::compare;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::expr::TermMath;
use crate::ops::expr::grads;
use crate::ops::matrix_functions;
use crate::ops::reduce::extreme;
use crate::ops::reduce::fold_all;
use crate::ops::reduce::fold_floats;
use crate::ops::reduce::masked_count;
use crate::ops::reduce::mean;
use crate::ops::reduce::share_among_equal;
use crate::ops::reduce::sum;
use crate::ops::reduce::unreduced;
use crate::ops::select;
use crate::ops::sign;
use crate::ops::transcendental;
use crate::ops::view;
use crate::shape;
use crate::tensor::Tensor;

/// y = sum (x - mean)^2 / (n - correction), or its root.
/// dvar/dx = 2 (x - mean) / (n - correction), dstd/dx = dvar / (2 std): keeps the input (and the output).
fn spread_of(name: &str, input: &Tensor, dim: Option<&[i64]>, correction: f64, keepdim: bool, root: bool) -> Result<Tensor> {
    if !input.dtype().is_float() {
        fail!(Runtime, "std and var only support floating point and complex dtypes");
    }
    let mask = shape::dim_mask(dim, input.dim())?;
    let results: i64 = shape::reduced(input.sizes(), mask, false).iter().product();
    if results > 0 && masked_count(input.sizes(), mask) as f64 <= correction {
        crate::error::warn(&format!(
            "{name}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction factor (input numel divided by output numel)."
        ))?;
    }
    let out = fold_floats(Variance { correction, root }, input, mask, keepdim, input.dtype())?;
    let node = if root { "StdBackward0" } else { "VarBackward0" };
    record(node, &[input], out, |save| {
        let x = save.input("self", input);
        let y = root.then(|| save.output());
        let ndim = input.dim();
        let count = masked_count(input.sizes(), mask) as f64;
        move |cx, g| {
            let x = x.get(cx)?;
            let mut g = unreduced(&g, ndim, mask, keepdim)?;
            if let Some(y) = y {
                let y = unreduced(&y.get(cx)?, ndim, mask, keepdim)?;
                let slope = (&g / (&y * 2.0)).0?;
                g = select::masked_fill(&slope, &compare::eq((&y).into(), 0.0.into())?, 0.0.into())?;
            }
            let dims = shape::dims_of(mask, ndim);
            let center = mean(&x, (ndim > 0).then_some(&dims), true, None)?;
            grads![cx; (g * (2.0 / (count - correction))) * (x - center)]
        }
    })
}

fn correction_of(correction: Option<Scalar>) -> f64 {
    correction.map_or(1.0, Scalar::to_f64)
}

pub fn var(input: &Tensor, dim: Option<&[i64]>, correction: Option<Scalar>, keepdim: bool) -> Result<Tensor> {
    spread_of("var", input, dim, correction_of(correction), keepdim, false)
}

pub fn std(input: &Tensor, dim: Option<&[i64]>, correction: Option<Scalar>, keepdim: bool) -> Result<Tensor> {
    spread_of("std", input, dim, correction_of(correction), keepdim, true)
}

pub fn var_unbiased(input: &Tensor, dim: Option<&[i64]>, unbiased: bool, keepdim: bool) -> Result<Tensor> {
    spread_of("var", input, dim, unbiased as i64 as f64, keepdim, false)
}

pub fn std_unbiased(input: &Tensor, dim: Option<&[i64]>, unbiased: bool, keepdim: bool) -> Result<Tensor> {
    spread_of("std", input, dim, unbiased as i64 as f64, keepdim, true)
}

pub fn var_all(input: &Tensor, unbiased: bool) -> Result<Tensor> {
    spread_of("var", input, None, unbiased as i64 as f64, false, false)
}

pub fn std_all(input: &Tensor, unbiased: bool) -> Result<Tensor> {
    spread_of("std", input, None, unbiased as i64 as f64, false, true)
}

/// A negative or infinite norm of nothing has no value.
fn check_identity(input: &Tensor, p: f64, mask: u64, some: bool) -> Result<()> {
    if input.numel() > 0 || p >= 0.0 && p.is_finite() {
        return Ok(());
    }
    if !some {
        fail!(Runtime, "linalg.vector_norm cannot compute the {p} norm on an empty tensor because the operation does not have an identity");
    }
    if let Some(d) = (0..input.dim()).find(|&d| mask >> d & 1 == 1 && input.sizes()[d] == 0) {
        fail!(
            Runtime,
            "linalg.vector_norm cannot compute the {p} norm on the dimension {d}because this dimension is empty and the operation does not have an identity"
        );
    }
    Ok(())
}

/// y = (sum |x|^p)^(1/p); the largest for p = inf, the smallest for -inf, the count of non-zeros for 0.
/// dy/dx = x |x|^(p-2) / y^(p-1), 0 where y = 0: keeps the input and the output.
pub fn vector_norm(input: &Tensor, p: Scalar, dim: Option<&[i64]>, keepdim: bool, dtype: Option<DType>) -> Result<Tensor> {
    let to = dtype.unwrap_or(input.dtype());
    if dtype.is_some() && !to.is_float() {
        fail!(Runtime, "linalg.vector_norm: dtype should be floating point or complex, but got {}", to.scalar_type());
    }
    if !to.is_float() {
        fail!(Runtime, "linalg.vector_norm: Expected a floating point or complex tensor as input. Got {}", to.scalar_type());
    }
    let input = &copy::to_dtype(input, to, false)?;
    let mask = shape::dim_mask(dim, input.dim())?;
    let p = p.to_f64();
    check_identity(input, p, mask, dim.is_some_and(|d| !d.is_empty()))?;
    let out = norm_values(&input.detach(), p, mask, keepdim, to)?;
    record("LinalgVectorNormBackward0", &[input], out, |save| {
        let (x, y) = (save.input("self", input), save.output());
        let ndim = input.dim();
        move |cx, g| {
            let (x, y) = (&x.get(cx)?, &unreduced(&y.get(cx)?, ndim, mask, keepdim)?);
            grads![cx; norm_backward(&unreduced(&g, ndim, mask, keepdim)?, x, y, p, mask)]
        }
    })
}

fn norm_values(x: &Tensor, p: f64, mask: u64, keepdim: bool, to: DType) -> Result<Tensor> {
    match p {
        1.0 => fold_floats(Summed(Norm1), x, mask, keepdim, to),
        2.0 => fold_floats(Summed(Norm2), x, mask, keepdim, to),
        f64::INFINITY => extreme::<true>(&sign::abs(x)?, mask, keepdim),
        f64::NEG_INFINITY => extreme::<false>(&sign::abs(x)?, mask, keepdim),
        0.0 => {
            let nonzero = compare::ne(x.into(), 0.0.into())?;
            copy::to_dtype(&fold_all(Summed(Plain), &nonzero, mask, keepdim, DType::I64)?, to, false)
        }
        p => {
            let powers = arithmetic::pow((&sign::abs(x)?).into(), p.into())?;
            let total = fold_floats(Summed(Plain), &powers, mask, keepdim, to)?;
            arithmetic::pow((&total).into(), (1.0 / p).into())
        }
    }
}

fn norm_backward(g: &Tensor, x: &Tensor, y: &Tensor, p: f64, mask: u64) -> Result<Tensor> {
    let zero_where_zero = |t: Result<Tensor>| select::masked_fill(&t?, &compare::eq(y.into(), 0.0.into())?, 0.0.into());
    match p {
        0.0 => creation::zeros(x.sizes(), x.dtype()),
        1.0 => (g * sign::sgn(x)?).0,
        2.0 => (x * zero_where_zero((g / y).0)?).0,
        p if p.is_infinite() => {
            let shared = share_among_equal(g, &sign::abs(x)?, y, mask)?;
            (shared * sign::sgn(x)?).0
        }
        p if p < 1.0 => {
            let slope = sign::sgn(x)? * arithmetic::pow((&sign::abs(x)?).into(), (p - 1.0).into())?;
            let slope = select::masked_fill(&slope.0?, &compare::eq(x.into(), 0.0.into())?, 0.0.into())?;
            (slope * zero_where_zero((g * arithmetic::pow(y.into(), (1.0 - p).into())?).0)?).0
        }
        p if p < 2.0 => {
            let slope = sign::sgn(x)? * arithmetic::pow((&sign::abs(x)?).into(), (p - 1.0).into())?;
            (slope * zero_where_zero((g / arithmetic::pow(y.into(), (p - 1.0).into())?).0)?).0
        }
        p => {
            let slope = x * arithmetic::pow((&sign::abs(x)?).into(), (p - 2.0).into())?;
            (slope * zero_where_zero((g / arithmetic::pow(y.into(), (p - 1.0).into())?).0)?).0
        }
    }
}

/// y = log sum e^x over `dim`, safe against overflow.  dy/dx = e^(x - y): keeps input and output.
pub fn logsumexp(input: &Tensor, dim: &[i64], keepdim: bool) -> Result<Tensor> {
    let mask = shape::dim_mask(Some(dim), input.dim())?;
    let float = if input.dtype().is_float() { input.detach() } else { copy::to_dtype(input, dtype::default_dtype(), false)? };
    let out = if input.numel() == 0 {
        transcendental::log(&sum(&transcendental::exp(&float)?, Some(dim), keepdim, None)?)?
    } else {
        let top = extreme::<true>(&float, mask, true)?;
        let infinite = compare::eq((&sign::abs(&top)?).into(), f64::INFINITY.into())?;
        let top = select::masked_fill(&top, &infinite, 0.0.into())?;
        let total = fold_floats(Summed(Plain), &(&float - &top).apply(transcendental::exp).0?, mask, keepdim, float.dtype())?;
        let top = view::reshape(&top, total.sizes())?;
        (transcendental::log(&total)? + top).0?
    };
    record("LogsumexpBackward0", &[input], out, |save| {
        let (x, y) = (save.input("self", input), save.output());
        let ndim = input.dim();
        move |cx, g| {
            let y = unreduced(&y.get(cx)?, ndim, mask, keepdim)?;
            let g = unreduced(&g, ndim, mask, keepdim)?;
            grads![cx; g * (x.get(cx)? - y).apply(transcendental::exp).conj()]
        }
    })
}

/// The spread and the mean of the same elements.
fn with_mean(name: &str, input: &Tensor, dim: Option<&[i64]>, correction: f64, keepdim: bool, root: bool) -> Result<Vec<Tensor>> {
    if !input.dtype().is_float() {
        fail!(Runtime, "{name} only support floating point and complex dtypes");
    }
    let node = if root { "StdMeanBackward0" } else { "VarMeanBackward0" };
    let spread = renamed(spread_of(name, input, dim, correction, keepdim, root)?, node)?;
    Ok(vec![spread, renamed(mean(input, dim, keepdim, None)?, node)?])
}

pub fn var_mean(input: &Tensor, dim: Option<&[i64]>, correction: Option<Scalar>, keepdim: bool) -> Result<Vec<Tensor>> {
    with_mean("var_mean", input, dim, correction_of(correction), keepdim, false)
}

pub fn std_mean(input: &Tensor, dim: Option<&[i64]>, correction: Option<Scalar>, keepdim: bool) -> Result<Vec<Tensor>> {
    with_mean("std_mean", input, dim, correction_of(correction), keepdim, true)
}

pub fn var_mean_unbiased(input: &Tensor, dim: Option<&[i64]>, unbiased: bool, keepdim: bool) -> Result<Vec<Tensor>> {
    with_mean("var_mean", input, dim, unbiased as i64 as f64, keepdim, false)
}

pub fn std_mean_unbiased(input: &Tensor, dim: Option<&[i64]>, unbiased: bool, keepdim: bool) -> Result<Vec<Tensor>> {
    with_mean("std_mean", input, dim, unbiased as i64 as f64, keepdim, true)
}

pub fn var_mean_all(input: &Tensor, unbiased: bool) -> Result<Vec<Tensor>> {
    var_mean_unbiased(input, None, unbiased, false)
}

pub fn std_mean_all(input: &Tensor, unbiased: bool) -> Result<Vec<Tensor>> {
    std_mean_unbiased(input, None, unbiased, false)
}

/// `torch.norm`: the vector norm, 2 by default.
pub fn norm(input: &Tensor, p: Option<Scalar>, dim: Option<&[i64]>, keepdim: bool, dtype: Option<DType>) -> Result<Tensor> {
    vector_norm(input, p.unwrap_or(Scalar::Int(2)), dim, keepdim, dtype)
}

/// `torch.norm` by name.
pub fn norm_named(input: &Tensor, p: &str, dim: Option<&[i64]>, keepdim: bool, dtype: Option<DType>) -> Result<Tensor> {
    match p {
        "fro" => vector_norm(input, Scalar::Int(2), dim, keepdim, dtype),
        "nuc" => matrix_functions::matrix_norm_named(input, p, dim.unwrap_or(&[-2, -1]), keepdim, dtype),
        _ => fail!(Runtime, "linalg.matrix_norm: Order {p} not supported."),
    }
}

/// Slices of `dim` scaled down to where their p-norm is at most `maxnorm`.
pub fn renorm(input: &Tensor, p: Scalar, dim: i64, maxnorm: f64) -> Result<Tensor> {
    if p.to_f64() <= 0.0 {
        fail!(Runtime, "renorm: non-positive-norm not supported");
    }
    if maxnorm < 0.0 {
        fail!(Runtime, "renorm: expected maxnorm to be >= 0 but got {maxnorm}");
    }
    if input.dim() < 2 {
        fail!(Runtime, "renorm: input needs at least 2 dimensions, got {} dimensions", input.dim());
    }
    let d = shape::wrap_dim(dim, input.dim())?;
    // In place, the input is overwritten, which several formulas need.
    let input = &if recording(&[input]) { copy::clone(input)? } else { input.clone() };
    let others: Vec<i64> = (0..input.dim() as i64).filter(|&i| i != d as i64).collect();
    let wide = if matches!(input.dtype(), DType::F16 | DType::BF16) { Some(DType::F32) } else { None };
    let norm = vector_norm(input, p, Some(&others), true, wide)?;
    let large = crate::ops::compare::gt((&norm).into(), maxnorm.into())?;
    let scale = select::where_(&large, (&(maxnorm / (&norm + 1e-7)).0?).into(), 1.0.into())?;
    let out = (input * copy::to_dtype(&scale, input.dtype(), false)?).0?;
    renamed(out, "RenormBackward0")
}
