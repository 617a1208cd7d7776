//! Scans along one dimension: running sums, products, extremes. Products and their kin have one derivative,
//! `recurrence`, a linear recurrence whose own derivative is a recurrence the other way; no zero is divided by.

use crate::dtype::Class;
use crate::dtype::DType;
use crate::error::Result;
use crate::fail;
use crate::graph::mode;
use crate::graph::record::record;
use crate::kernels::map;
use crate::kernels::running_extremes;
use crate::kernels::scan;
use crate::kernels::scan::Lines;
use crate::ops::compare;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::expr::TermMath;
use crate::ops::expr::grads;
use crate::ops::inplace;
use crate::ops::join;
use crate::ops::rearrange;
use crate::ops::select;
use crate::ops::sort;
use crate::ops::transcendental;
use crate::ops::view;
use crate::shape;
use crate::tensor::Tensor;

/// Contiguous values of a compute type.
fn compute(t: &Tensor) -> Result<Tensor> {
    copy::values(t, map::native(t.dtype().class()))
}

/// Runs a scan over the values of `x` by compute class; integers wrap.
macro_rules! scanned {
    ($x:ident, $d:ident, $reverse:expr, $init:expr, |$acc:ident, $v:ident| float $float:expr, int $int:expr) => {{
        let x = compute($x)?;
        let lines = Lines::of(x.sizes(), $d);
        let out = Tensor::empty(x.sizes(), x.dtype())?;
        macro_rules! run {
            ($t:ty, $wide:ty, $next:expr) => {{
                scan::running(lines, x.as_slice::<$t>(), out.as_mut_slice::<$t>(), $reverse, $init as $wide, $next);
            }};
        }
        match x.dtype().class() {
            Class::F32 => run!(f32, f64, |$acc, $v| $float),
            Class::F64 => run!(f64, f64, |$acc, $v| $float),
            #[cfg(feature = "complex")]
            Class::Complex => unreachable!("{}", crate::dtype::NO_COMPLEX),
            Class::Int => run!(i64, i64, |$acc, $v| $int),
        }
        out
    }};
}

/// The input in the dtype that sums and products of it have.
fn widened(input: &Tensor, dtype: Option<DType>) -> Result<Tensor> {
    let to = dtype.unwrap_or(if input.dtype().is_float() { input.dtype() } else { DType::I64 });
    copy::to_dtype(input, to, false)
}

/// Running sums, from the end where `reverse`.  The derivative runs the other way.
fn sums(name: &'static str, input: &Tensor, d: usize, reverse: bool) -> Result<Tensor> {
    let out = scanned!(input, d, reverse, 0, |acc, x| float acc + x, int acc.wrapping_add(x));
    let out = copy::to_dtype(&out, input.dtype(), false)?;
    record(name, &[input], out, |_| move |cx, g| grads![cx; sums(name, &g, d, !reverse)])
}

/// y_k = x_0 + ... + x_k.  dx is the running sum of g from the end.
pub fn cumsum(input: &Tensor, dim: i64, dtype: Option<DType>) -> Result<Tensor> {
    let d = shape::wrap_dim(dim, input.dim())?;
    sums("CumsumBackward0", &widened(input, dtype)?, d, false)
}

/// y_k = x_0 ... x_k: keeps input and output.
pub fn cumprod(input: &Tensor, dim: i64, dtype: Option<DType>) -> Result<Tensor> {
    let d = shape::wrap_dim(dim, input.dim())?;
    products(&widened(input, dtype)?, d, false)
}

/// Running products, from the end where `reverse`.
/// dx_k = (x_0 ... x_(k-1)) S_k with S_k = g_k + x_(k+1) S_(k+1).
fn products(input: &Tensor, d: usize, reverse: bool) -> Result<Tensor> {
    let out = scanned!(input, d, reverse, 1, |acc, x| float acc * x, int acc.wrapping_mul(x));
    let out = copy::to_dtype(&out, input.dtype(), false)?;
    record("CumprodBackward0", &[input], out, |save| {
        let (x, y) = (save.input("self", input), save.output());
        move |cx, g| {
            if g.numel() == 0 {
                return grads![cx; g];
            }
            let whole = !mode::grad_enabled() && !compare::any_zero(&x.get(cx)?)?;
            if whole {
                let w = (&g * y.get(cx)?).0?;
                return grads![cx; sums("CumsumBackward0", &w, d, !reverse)? / x.get(cx)?];
            }
            let before = shifted(&y.get(cx)?, d, reverse, 1.0)?;
            let after = shifted(&x.get(cx)?, d, !reverse, 0.0)?;
            let dx = before * recurrence(&g, &after, d, !reverse)?;
            // Behind a zero there is nothing to multiply, not even a nan.
            grads![cx; if mode::grad_enabled() { dx } else { dx.apply(|dx| select::masked_fill(dx, &behind_zero(&x.get(cx)?, d, reverse)?, 0.0.into())) }]
        }
    })
}

/// Does a zero stand before the element?
fn behind_zero(x: &Tensor, d: usize, reverse: bool) -> Result<Tensor> {
    let zeros = copy::to_dtype(&compare::eq(x.into(), 0.0.into())?, DType::I64, false)?;
    compare::gt((&shifted(&sums("CumsumBackward0", &zeros, d, reverse)?, d, reverse, 0.0)?).into(), 0.0.into())
}

/// Every element's neighbour before it (after it where `back`), `fill` at the end that has none.
fn shifted(t: &Tensor, d: usize, back: bool, fill: f64) -> Result<Tensor> {
    if t.dim() == 0 {
        return creation::filled(&[], fill.into(), t.dtype());
    }
    let n = t.sizes()[d];
    if n == 0 {
        return Ok(t.clone());
    }
    let mut edge = t.dims();
    edge[d] = 1;
    let edge = creation::filled(&edge, fill.into(), t.dtype())?;
    let rest = view::narrow(t, d as i64, back as i64, n - 1)?;
    if back { join::cat(&[&rest, &edge], d as i64) } else { join::cat(&[&edge, &rest], d as i64) }
}

/// y_k = x_k + a_k y_(k-1); where `reverse`, y_k = x_k + a_k y_(k+1).
/// With h the recurrence of g the other way over the shifted a: dx = h, da_k = h_k y_(k-1).
fn recurrence(x: &Tensor, a: &Tensor, d: usize, reverse: bool) -> Result<Tensor> {
    let (left, right) = (compute(x)?, compute(a)?);
    let out = Tensor::empty(x.sizes(), left.dtype())?;
    let lines = Lines::of(x.sizes(), d);
    macro_rules! floats {
        ($t:ty) => {{
            let (x, a) = (left.as_slice::<$t>(), right.as_slice::<$t>());
            scan::running2(
                lines,
                x,
                a,
                out.as_mut_slice::<$t>(),
                reverse,
                0.0,
                |acc, x, a| if acc == 0.0 || a == 0.0 { x } else { x + a * acc },
            );
        }};
    }
    match left.dtype().class() {
        Class::F64 => floats!(f64),
        _ => floats!(f32),
    }
    let out = copy::to_dtype(&out, x.dtype(), false)?;
    record("RecurrenceBackward0", &[x, a], out, |save| {
        let (a, y) = (save.input("a", a), save.output());
        move |cx, g| {
            let h = &recurrence(&g, &shifted(&a.get(cx)?, d, !reverse, 0.0)?, d, !reverse)?;
            grads![cx; h, h * shifted(&y.get(cx)?, d, reverse, 0.0)?]
        }
    })
}

/// For each element along `d`, the product of all others: what a product's derivative needs.
pub fn products_of_others(x: &Tensor, d: usize) -> Result<Tensor> {
    let before = shifted(&products(x, d, false)?, d, false, 1.0)?;
    let after = shifted(&products(x, d, true)?, d, true, 1.0)?;
    (before * after).0
}

/// y_k = log(e^x_0 + ... + e^x_k), safe against overflow: keeps input and output.
/// dx_k = the sum of g_j e^(x_k - y_j) for j from k on, by logarithms, for positive and negative g apart.
pub fn logcumsumexp(input: &Tensor, dim: i64) -> Result<Tensor> {
    let d = shape::wrap_dim(dim, input.dim())?;
    if !input.dtype().is_float() {
        fail!(NotImplemented, "\"logcumsumexp_out_cpu\" not implemented for '{}'", input.dtype().scalar_type());
    }
    let out = scanned!(input, d, false, f64::NEG_INFINITY, |acc, x| float log_add_exp(acc, x), int acc.max(x));
    let out = copy::to_dtype(&out, input.dtype(), false)?;
    record("LogcumsumexpBackward0", &[input], out, |save| {
        let (x, y) = (save.input("self", input), save.output());
        move |cx, g| {
            if g.numel() == 0 || g.dim() == 0 {
                return grads![cx; g];
            }
            let (x, y) = (&x.get(cx)?, &y.get(cx)?);
            let of_signed = |mask: Tensor| {
                let size = transcendental::log(&crate::ops::sign::abs(&g)?)?;
                let lowest = if g.dtype() == DType::F64 { f64::MIN } else { f64::from(f32::MIN) };
                let logs = (select::where_(&mask, (&size).into(), lowest.into())? - y).0?;
                let back = |t: &Tensor| rearrange::flip(t, &[d as i64]);
                (back(&logcumsumexp(&back(&logs)?, dim)?)? + x).apply(transcendental::exp).0
            };
            let positive = of_signed(compare::gt((&g).into(), 0.0.into())?)?;
            grads![cx; positive - of_signed(compare::lt((&g).into(), 0.0.into())?)?]
        }
    })
}

fn log_add_exp(a: f64, b: f64) -> f64 {
    let (low, high) = if a.is_nan() || b.is_nan() { (f64::NAN, f64::NAN) } else { (a.min(b), a.max(b)) };
    if low == high && !high.is_finite() { high } else { high + (low - high).exp().ln_1p() }
}

/// Running extremes and where they were; later ones win ties, nan beats everything.  The gradient goes to the position.
fn extremes<const MAX: bool>(name: &'static str, input: &Tensor, dim: i64) -> Result<Vec<Tensor>> {
    let d = shape::wrap_dim(dim, input.dim())?;
    let x = compute(input)?;
    let (values, indices) = (Tensor::empty(x.sizes(), x.dtype())?, Tensor::empty(x.sizes(), DType::I64)?);
    let lines = Lines::of(x.sizes(), d);
    macro_rules! run {
        ($t:ty) => {{
            let (values, indices) = (values.as_mut_slice::<$t>(), indices.as_mut_slice::<i64>());
            running_extremes::extremes(lines, x.as_slice::<$t>(), values, indices, |x, best| if MAX { x >= best } else { x <= best });
        }};
    }
    match x.dtype().class() {
        Class::Int => run!(i64),
        Class::F32 => run!(f32),
        Class::F64 => run!(f64),
        #[cfg(feature = "complex")]
        Class::Complex => unreachable!("{}", crate::dtype::NO_COMPLEX),
    }
    sort::chosen(name, input, [copy::to_dtype(&values, input.dtype(), false)?, indices], d, true)
}

pub fn cummax(input: &Tensor, dim: i64) -> Result<Vec<Tensor>> {
    extremes::<true>("CummaxBackward0", input, dim)
}

pub fn cummin(input: &Tensor, dim: i64) -> Result<Vec<Tensor>> {
    extremes::<false>("CumminBackward0", input, dim)
}

/// The in-place forms compute in the target's own dtype.
pub fn cumsum_(target: &Tensor, dim: i64, dtype: Option<DType>) -> Result<()> {
    inplace::run(target, &[], false, || cumsum(target, dim, Some(own_type(target, dtype, "cumsum_out_cpu")?)))
}

pub fn cumprod_(target: &Tensor, dim: i64, dtype: Option<DType>) -> Result<()> {
    inplace::run(target, &[], false, || cumprod(target, dim, Some(own_type(target, dtype, "cumprod_out_cpu")?)))
}

fn own_type(target: &Tensor, dtype: Option<DType>, kernel: &str) -> Result<DType> {
    let to = target.dtype();
    if dtype.is_some_and(|d| d != to) {
        fail!(
            Runtime,
            "Bad in-place call: input tensor dtype {} and output tensor dtype {} should match",
            to.c_type(),
            dtype.unwrap_or(to).c_type()
        );
    }
    if to == DType::Bool {
        fail!(NotImplemented, "\"{kernel}\" not implemented for 'Bool'");
    }
    Ok(to)
}
