//! Statistics: sums and means without nan, both extremes, quantiles, counts, differences of neighbours.

use crate::dtype;
use crate::dtype::DType;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::fail;
use crate::graph::record::renamed;
use crate::ops::arithmetic;
use crate::ops::compare;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::index;
use crate::ops::join;
use crate::ops::reduce;
use crate::ops::select;
use crate::ops::sort;
use crate::ops::view;
use crate::tensor::Tensor;

/// The sum of what is not nan.
pub fn nansum(input: &Tensor, dim: Option<&[i64]>, keepdim: bool, dtype: Option<DType>) -> Result<Tensor> {
    if !input.dtype().is_float() {
        return reduce::sum(input, dim, keepdim, dtype);
    }
    let kept = select::masked_fill(input, &compare::isnan(input)?, 0.0.into())?;
    renamed(reduce::sum(&kept, dim, keepdim, dtype)?, "NansumBackward0")
}

/// The mean of what is not nan.
pub fn nanmean(input: &Tensor, dim: Option<&[i64]>, keepdim: bool, dtype: Option<DType>) -> Result<Tensor> {
    if !input.dtype().is_float() {
        fail!(Runtime, "nanmean(): expected input to have floating point or complex dtype but got {}", input.dtype().scalar_type());
    }
    let there = compare::logical_not(&compare::isnan(input)?)?;
    let count = reduce::sum(&there, dim, keepdim, None)?;
    (nansum(input, dim, keepdim, dtype)? / count).0
}

/// The smallest and the largest.
pub fn aminmax(input: &Tensor, dim: Option<i64>, keepdim: bool) -> Result<Vec<Tensor>> {
    if let Some(dim) = dim
        && input.dim() > 0
        && input.size(dim)? == 0
    {
        fail!(Index, "aminmax: Expected reduction dim {} to have non-zero size.", crate::shape::wrap_dim(dim, input.dim())?);
    }
    if input.numel() == 0 && dim.is_none() {
        fail!(Runtime, "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity.");
    }
    let dims = dim.map(|d| [d]);
    let dims = dims.as_ref().map(|d| d.as_slice());
    let named = |out: Result<Tensor>| renamed(out?, "AminmaxBackward0");
    Ok(vec![named(reduce::amin(input, dims, keepdim))?, named(reduce::amax(input, dims, keepdim))?])
}

/// How often each number of 0.. occurs, or the sum of its weights.
pub fn bincount(input: &Tensor, weights: Option<&Tensor>, minlength: i64) -> Result<Tensor> {
    if input.dtype().is_float() || input.dtype() == DType::Bool {
        fail!(NotImplemented, "\"bincount_cpu\" not implemented for '{}'", input.dtype().scalar_type());
    }
    if minlength < 0 {
        fail!(Runtime, "minlength should be >= 0");
    }
    let x = copy::contiguous(&copy::to_dtype(input, DType::I64, false)?)?;
    let x = x.as_slice::<i64>();
    let (least, most) = x.iter().fold((0, -1), |(a, b), &v| (a.min(v), b.max(v)));
    if input.dim() != 1 || least < 0 {
        fail!(Runtime, "bincount only supports 1-d non-negative integral inputs.");
    }
    if x.is_empty() {
        return creation::zeros(&[minlength], DType::I64);
    }
    if most == i64::MAX {
        fail!(Runtime, "maximum value of input overflowed, it should be < {most} but got {most}");
    }
    if weights.is_some_and(|w| w.dim() != 1 || w.sizes() != input.sizes()) {
        fail!(Runtime, "weights should be 1-d and have the same length as input");
    }
    let bins = (most + 1).max(minlength);
    let Some(weights) = weights else {
        let out = creation::zeros(&[bins], DType::I64)?;
        let counts = out.as_mut_slice::<i64>();
        x.iter().for_each(|&v| counts[v as usize] += 1);
        return Ok(out);
    };
    let to = if weights.dtype() == DType::F32 { DType::F32 } else { DType::F64 };
    let w = copy::values(weights, DType::F64)?;
    let out = creation::zeros(&[bins], DType::F64)?;
    let sums = out.as_mut_slice::<f64>();
    x.iter().zip(w.as_slice::<f64>()).for_each(|(&v, w)| sums[v as usize] += w);
    copy::to_dtype(&out, to, false)
}

/// Counts in `bins` equal intervals of [min, max]; of the elements' own range if both are equal.
pub fn histc(input: &Tensor, bins: i64, min: Scalar, max: Scalar) -> Result<Tensor> {
    if !input.dtype().is_float() {
        fail!(NotImplemented, "\"histogram_cpu\" not implemented for '{}'", input.dtype().scalar_type());
    }
    if bins <= 0 {
        fail!(Runtime, "torch.histogram(): bins must be > 0, but got {bins} for dimension 0");
    }
    let x = copy::values(input, DType::F64)?;
    let x = x.as_slice::<f64>();
    let (mut low, mut high) = (min.to_f64(), max.to_f64());
    if low == high && !x.is_empty() {
        low = x.iter().copied().fold(f64::INFINITY, f64::min);
        high = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    }
    if low == high {
        (low, high) = (low - 1.0, high + 1.0);
    }
    if !low.is_finite() || !high.is_finite() {
        fail!(Runtime, "torch.histc: range of [{low}, {high}] is not finite");
    }
    if low > high {
        fail!(Runtime, "torch.histc: max must be larger than min");
    }
    let out = creation::zeros(&[bins], DType::F64)?;
    for &v in x.iter().filter(|&&v| v >= low && v <= high) {
        let at = ((v - low) / (high - low) * bins as f64) as i64;
        out.as_mut_slice::<f64>()[at.min(bins - 1) as usize] += 1.0;
    }
    copy::to_dtype(&out, input.dtype(), false)
}

/// Values of rank q (0 to 1) along `dim`, between neighbours by `interpolation`; nan wins unless ignored.
fn quantiles(input: &Tensor, q: &Tensor, dim: Option<i64>, keepdim: bool, interpolation: &str, ignore_nan: bool) -> Result<Tensor> {
    check_quantile(input, q)?;
    let (flat, d) = match dim {
        Some(dim) => (input.clone(), crate::shape::wrap_dim(dim, input.dim())? as i64),
        None => (view::reshape(input, &[-1])?, 0),
    };
    let flat = if flat.dim() == 0 { view::reshape(&flat, &[1])? } else { flat };
    let sorted = sort::sort(&view::movedim(&flat, &[d], &[-1])?, -1, false)?.swap_remove(0);
    let n = sorted.size(-1)?;
    let nans = reduce::sum(&compare::isnan(&sorted)?, Some(&[-1]), true, None)?;
    let last = if ignore_nan {
        select::clamp_min(&((n - 1) as f64 - copy::to_dtype(&nans, input.dtype(), false)?).0?, 0.into())?
    } else {
        creation::filled(nans.sizes(), Scalar::Int(n - 1), input.dtype())?
    };
    let ranks = (&last * view::reshape(q, &[-1])?).0?;
    let ranks = if ignore_nan {
        ranks
    } else {
        select::masked_fill(&ranks, &compare::gt((&nans).into(), Scalar::Int(0).into())?, ((n - 1) as f64).into())?
    };
    let floor = crate::ops::transcendental::floor(&ranks)?;
    let below = match interpolation {
        "nearest" => crate::ops::transcendental::round(&ranks, 0)?,
        "higher" => crate::ops::transcendental::ceil(&ranks)?,
        "linear" | "lower" | "midpoint" => floor.clone(),
        other => fail!(Runtime, "quantile() interpolation must be one of linear, lower, higher, midpoint or nearest, but got {other}"),
    };
    let pick = |at: &Tensor| index::gather(&sorted, -1, &copy::to_dtype(at, DType::I64, false)?);
    let mut out = pick(&below)?;
    if matches!(interpolation, "linear" | "midpoint") {
        let weight = if interpolation == "midpoint" { creation::full_like(&ranks, 0.5.into(), None)? } else { (&ranks - &floor).0? };
        out = select::lerp(&out, &pick(&crate::ops::transcendental::ceil(&ranks)?)?, (&weight).into())?;
    }
    let out = view::movedim(&out, &[-1], &[0])?;
    let out = if keepdim {
        match dim {
            Some(_) if input.dim() > 0 => view::unsqueeze(&out, d + 1)?,
            _ => view::reshape(&out, &[vec![out.size(0)?], vec![1; input.dim()]].concat())?,
        }
    } else {
        out
    };
    if q.dim() == 0 { view::squeeze(&out, Some(&[0])) } else { Ok(out) }
}

fn check_quantile(input: &Tensor, q: &Tensor) -> Result<()> {
    if input.numel() == 0 {
        fail!(Runtime, "quantile() input tensor must be non-empty");
    }
    if q.dim() > 1 {
        fail!(Runtime, "quantile() q must be a scalar or 1D tensor");
    }
    if !matches!(input.dtype(), DType::F32 | DType::F64) {
        fail!(Runtime, "quantile() input tensor must be either float or double dtype");
    }
    if input.dtype() != q.dtype() {
        fail!(Runtime, "quantile() q tensor must be same dtype as the input tensor");
    }
    let values = copy::values(q, DType::F64)?;
    if values.as_slice::<f64>().iter().any(|v| !(0.0..=1.0).contains(v)) {
        fail!(Runtime, "quantile() q values must be in the range [0, 1]");
    }
    Ok(())
}

pub fn quantile(input: &Tensor, q: &Tensor, dim: Option<i64>, keepdim: bool, interpolation: &str) -> Result<Tensor> {
    quantiles(input, q, dim, keepdim, interpolation, false)
}

pub fn nanquantile(input: &Tensor, q: &Tensor, dim: Option<i64>, keepdim: bool, interpolation: &str) -> Result<Tensor> {
    quantiles(input, q, dim, keepdim, interpolation, true)
}

pub fn quantile_number(input: &Tensor, q: f64, dim: Option<i64>, keepdim: bool, interpolation: &str) -> Result<Tensor> {
    check_q(q)?;
    quantile(input, &creation::filled(&[], q.into(), input.dtype())?, dim, keepdim, interpolation)
}

pub fn nanquantile_number(input: &Tensor, q: f64, dim: Option<i64>, keepdim: bool, interpolation: &str) -> Result<Tensor> {
    check_q(q)?;
    nanquantile(input, &creation::filled(&[], q.into(), input.dtype())?, dim, keepdim, interpolation)
}

fn check_q(q: f64) -> Result<()> {
    if !(0.0..=1.0).contains(&q) {
        fail!(Runtime, "quantile() q must be in the range [0, 1] but got {q}");
    }
    Ok(())
}

/// Areas under the points of y along `dim`, spaced by x or by dx.
pub fn trapezoid(y: &Tensor, dx: Scalar, dim: i64) -> Result<Tensor> {
    if y.dtype() == DType::Bool {
        fail!(Runtime, "trapezoid: received a bool input for `y`, but bool is not supported");
    }
    let total = neighbours(y, dim)?;
    reduce::sum(&(total * dx / 2.0).0?, Some(&[dim]), false, None)
}

pub fn trapezoid_x(y: &Tensor, x: &Tensor, dim: i64) -> Result<Tensor> {
    let (areas, back) = areas("trapezoid", y, x, dim)?;
    reduce::sum(&areas, Some(&[back]), false, None)
}

/// Running sums of the areas under the points of y along `dim`, spaced by x or by dx.
pub fn cumulative_trapezoid(y: &Tensor, dx: Scalar, dim: i64) -> Result<Tensor> {
    if y.dtype() == DType::Bool {
        fail!(Runtime, "cumulative_trapezoid: received a bool input for `y`, but bool is not supported");
    }
    crate::ops::scan::cumsum(&(neighbours(y, dim)? * dx / 2.0).0?, dim, None)
}

pub fn cumulative_trapezoid_x(y: &Tensor, x: &Tensor, dim: i64) -> Result<Tensor> {
    let (areas, back) = areas("cumulative_trapezoid", y, x, dim)?;
    crate::ops::scan::cumsum(&areas, back, None)
}

/// The areas between points, and the dimension they lie along, counted from the last.
fn areas(name: &str, y: &Tensor, x: &Tensor, dim: i64) -> Result<(Tensor, i64)> {
    if y.dtype() == DType::Bool || x.dtype() == DType::Bool {
        fail!(Runtime, "{name}: received a bool input for `x` or `y`, but bool is not supported");
    }
    let d = crate::shape::wrap_dim(dim, y.dim())? as i64;
    let x = if x.dim() == 1 && y.dim() != 1 {
        if x.size(0)? != y.size(d)? {
            fail!(Runtime, "{name}: There must be one `x` value for each sample point");
        }
        let mut sizes = vec![1; y.dim()];
        sizes[d as usize] = -1;
        view::reshape(x, &sizes)?
    } else {
        x.clone()
    };
    let back = d - y.dim() as i64;
    let steps = diff(&x, 1, back.max(-(x.dim() as i64)), None, None)?;
    Ok(((neighbours(y, d)? * steps / 2.0).0?, back))
}

/// Sums of neighbours along `dim`.
fn neighbours(y: &Tensor, dim: i64) -> Result<Tensor> {
    let n = y.size(dim)?;
    let m = (n - 1).max(0);
    (view::narrow(y, dim, n.min(1), m)? + view::narrow(y, dim, 0, m)?).0
}

/// The covariance of variables in rows, observations counted `fweights` times and weighed by `aweights`.
pub fn cov(input: &Tensor, correction: i64, fweights: Option<&Tensor>, aweights: Option<&Tensor>) -> Result<Tensor> {
    if input.dim() > 2 {
        fail!(Runtime, "cov(): expected input to have two or fewer dimensions but got an input with {} dimensions", input.dim());
    }
    if input.dtype() == DType::Bool {
        fail!(Runtime, "cov(): bool dtype is not supported for input");
    }
    let x = if input.dim() < 2 { view::reshape(input, &[1, -1])? } else { input.clone() };
    let x = if x.dtype().is_float() { x } else { copy::to_dtype(&x, dtype::default_dtype(), false)? };
    let n = x.size(1)?;
    check_weights(n, fweights, aweights)?;
    let weights = match (fweights, aweights) {
        (Some(f), Some(a)) => Some((f * a).0?),
        (one, other) => one.or(other).cloned(),
    };
    let (center, norm) = match &weights {
        None => ((&x - reduce::mean(&x, Some(&[1]), true, None)?).0?, creation::filled(&[], ((n - correction) as f64).into(), x.dtype())?),
        Some(w) => {
            let total = reduce::sum(w, None, false, None)?;
            let mean = (reduce::sum(&(&x * w).0?, Some(&[1]), true, None)? / &total).0?;
            let used = match aweights {
                Some(a) if correction != 0 => (reduce::sum(&(w * a).0?, None, false, None)? * Scalar::Int(correction) / &total).0?,
                _ => creation::scalar(Scalar::Int(correction))?,
            };
            ((&x - mean).0?, (&total - used).0?)
        }
    };
    let norm = select::clamp_min(&norm, Scalar::Int(0))?;
    let right = match &weights {
        Some(w) => (&center * copy::to_dtype(w, x.dtype(), false)?).0?,
        None => center.clone(),
    };
    let product = crate::ops::linalg::mm(&center, &view::t(&right)?)?;
    view::squeeze_all(&(product / norm).0?)
}

fn check_weights(n: i64, fweights: Option<&Tensor>, aweights: Option<&Tensor>) -> Result<()> {
    for (w, name) in [(fweights, "fweights"), (aweights, "aweights")] {
        let Some(w) = w else { continue };
        if w.dim() > 1 {
            fail!(Runtime, "cov(): expected {name} to have one or fewer dimensions but got {name} with {} dimensions", w.dim());
        }
        if name == "fweights" && !w.dtype().is_integer() {
            fail!(Runtime, "cov(): expected fweights to have integral dtype but got fweights with {} dtype", w.dtype().scalar_type());
        }
        if name == "aweights" && !w.dtype().is_float() {
            fail!(Runtime, "cov(): expected aweights to have floating point dtype but got aweights with {} dtype", w.dtype().scalar_type());
        }
        if w.numel() as i64 != n {
            fail!(
                Runtime,
                "cov(): expected {name} to have the same numel as there are observations in the input but got {} != {n}",
                w.numel()
            );
        }
        if w.numel() > 0 && creation::item(&reduce::min_everything(&w.detach())?)?.to_f64() < 0.0 {
            fail!(Runtime, "cov(): {name} cannot be negative");
        }
    }
    Ok(())
}

/// The correlation of variables in rows.
pub fn corrcoef(input: &Tensor) -> Result<Tensor> {
    if input.dim() > 2 {
        fail!(Runtime, "corrcoef(): expected input to have two or fewer dimensions but got an input with {} dimensions", input.dim());
    }
    let c = cov(input, 1, None, None)?;
    if c.dim() == 0 {
        // 1, or nan where the variance is 0.
        return arithmetic::true_divide((&c).into(), (&c).into());
    }
    let deviation = crate::ops::transcendental::sqrt(&view::diagonal(&c, 0, 0, 1)?)?;
    let scaled = (&c / view::unsqueeze(&deviation, 1)? / view::unsqueeze(&deviation, 0)?).0?;
    select::clamp(&scaled, Some((-1.0).into()), Some(1.0.into()))
}

/// Differences of neighbours along `dim`, `n` times over; `prepend` and `append` come first.
pub fn diff(input: &Tensor, n: i64, dim: i64, prepend: Option<&Tensor>, append: Option<&Tensor>) -> Result<Tensor> {
    if input.dim() == 0 {
        fail!(Runtime, "diff expects input to be at least one-dimensional");
    }
    if n < 0 {
        fail!(Runtime, "order must be non-negative but got {n}");
    }
    for extra in [prepend, append].into_iter().flatten() {
        if extra.dim() != input.dim() {
            fail!(Runtime, "diff expects prepend or append to be the same dimension as input");
        }
    }
    if n == 0 {
        return copy::clone(input);
    }
    let parts: Vec<&Tensor> = [prepend, Some(input), append].into_iter().flatten().collect();
    let mut out = if parts.len() == 1 { input.clone() } else { join::cat(&parts, dim)? };
    let size = out.size(dim)?;
    for _ in 0..n.min(size) {
        let m = out.size(dim)?;
        let (a, b) = (view::narrow(&out, dim, m.min(1), (m - 1).max(0))?, view::narrow(&out, dim, 0, (m - 1).max(0))?);
        out = if out.dtype() == DType::Bool { compare::logical_xor(&a, &b)? } else { arithmetic::sub_operands((&a).into(), (&b).into())? };
    }
    Ok(out)
}
