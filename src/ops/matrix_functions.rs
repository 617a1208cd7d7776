//! Products of several matrices, powers, the exponential, norms of matrices.

use crate::dtype::DType;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::graph::record::renamed;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::expr::Expr;
use crate::ops::expr::TermMath;
use crate::ops::expr::grads;
use crate::ops::join;
use crate::ops::matrices::*;
use crate::ops::moments;
use crate::ops::rearrange;
use crate::ops::reduce;
use crate::ops::scan;
use crate::ops::sign;
use crate::ops::solve;
use crate::ops::spectral;
use crate::ops::view;
use crate::shape;
use crate::shape::Dims;
use crate::tensor::Tensor;

/// The product of matrices in the order that multiplies least; the first and the last may be vectors.
pub fn linalg_multi_dot(tensors: &[&Tensor]) -> Result<Tensor> {
    let count = tensors.len();
    if count < 2 {
        fail!(Runtime, "multi_dot(): expected at least 2 tensors but got {count}");
    }
    for (name, t) in [("first", tensors[0]), ("last", tensors[count - 1])] {
        if !(1..=2).contains(&t.dim()) {
            fail!(Runtime, "multi_dot(): the {name} tensor must be 1D or 2D but got {}D", t.dim());
        }
    }
    for (i, t) in tensors.iter().enumerate().take(count - 1).skip(1) {
        if t.dim() != 2 {
            fail!(Runtime, "multi_dot(): tensor {i} must be 2D but got {}D", t.dim());
        }
    }
    let mut all: Vec<Tensor> = tensors.iter().map(|&t| t.clone()).collect();
    let (row, column) = (all[0].dim() == 1, all[count - 1].dim() == 1);
    if row {
        all[0] = view::unsqueeze(&all[0], 0)?;
    }
    if column {
        all[count - 1] = view::unsqueeze(&all[count - 1], 1)?;
    }
    for (i, t) in all.iter().enumerate() {
        if t.dtype() != all[0].dtype() {
            let (first, own) = (all[0].dtype().c_type(), t.dtype().c_type());
            fail!(Runtime, "multi_dot(): all tensors must have be the same dtype but tensor 0 is {first} and tensor {i} {own}");
        }
    }
    for i in 0..count - 1 {
        if all[i].sizes()[1] != all[i + 1].sizes()[0] {
            let (a, b) = (shape::list(tensors[i].sizes()), shape::list(tensors[i + 1].sizes()));
            fail!(Runtime, "multi_dot(): tensors {i} and {} with shapes {a} and {b} cannot be multiplied", i + 1);
        }
    }
    let mut sizes: Dims = Dims::new();
    if !row {
        sizes.push(all[0].sizes()[0]);
    }
    if !column {
        sizes.push(all[count - 1].sizes()[1]);
    }
    let out = chained(&all, &cuts(&all), 0, count - 1)?;
    renamed(view::view(&out, &sizes)?, "ViewBackward0")
}

/// For each range of matrices, where its last product is: Cormen et al., matrix chains.
fn cuts(all: &[Tensor]) -> Vec<Vec<usize>> {
    let n = all.len();
    let size = |i: usize| if i < n { all[i].sizes()[0] as f64 } else { all[n - 1].sizes()[1] as f64 };
    let (mut cost, mut cut) = (vec![vec![0.0; n]; n], vec![vec![0; n]; n]);
    for length in 1..n {
        for i in 0..n - length {
            let j = i + length;
            let of = |k: usize| cost[i][k] + cost[k + 1][j] + size(i) * size(k + 1) * size(j + 1);
            let best = (i..j).min_by(|&a, &b| of(a).total_cmp(&of(b))).expect("a range of two");
            (cost[i][j], cut[i][j]) = (of(best), best);
        }
    }
    cut
}

fn chained(all: &[Tensor], cut: &[Vec<usize>], i: usize, j: usize) -> Result<Tensor> {
    if i == j {
        return Ok(all[i].clone());
    }
    let k = cut[i][j];
    product(&chained(all, cut, i, k)?, &chained(all, cut, k + 1, j)?)
}

/// The sum of x y along a dimension.
pub fn linalg_vecdot(x: &Tensor, y: &Tensor, dim: i64) -> Result<Tensor> {
    check_float("linalg.vecdot", x)?;
    if x.dtype() != y.dtype() {
        let (x, y) = (x.dtype().scalar_type(), y.dtype().scalar_type());
        fail!(Runtime, "linalg.vecdot: Expected x and y to have the same dtype, but found x of type {x} and y of type {y} instead");
    }
    (x * y).apply(|t| reduce::sum(t, Some(&[dim]), false, None)).0
}

/// A to an integer power, by squaring.
pub fn matrix_power(a: &Tensor, n: i64) -> Result<Tensor> {
    check_square("linalg.matrix_power", a)?;
    let size = shape_of(a).0 as i64;
    let base = if n < 0 { solve::linalg_inv(a)? } else { a.clone() };
    if n == 0 {
        let one = copy::to_dtype(&creation::eye(size, size, Some(DType::F32))?, a.dtype(), false)?;
        let (out, sizes) = (copy::clone(&view::expand(&one, a.sizes())?)?, a.dims());
        return record("CopyBackwards", &[a], out, |_| move |cx, g| grads![cx; creation::zeros(&sizes, g.dtype())]);
    }
    let (mut rest, mut square, mut out) = (n.unsigned_abs(), base, None);
    loop {
        if rest & 1 == 1 {
            out = Some(match out {
                None => square.clone(),
                Some(t) => product(&t, &square)?,
            });
        }
        rest >>= 1;
        if rest == 0 {
            break;
        }
        square = product(&square, &square)?;
    }
    let out = out.expect("a power has a bit");
    if n == 1 { copy::clone(&out) } else { Ok(out) }
}

/// 1, x, x^2, ... along a new last dimension, `n` of them; integers become int64.
fn powers(x: &Tensor, n: i64) -> Result<Tensor> {
    let wide = if x.dtype().is_float() { x.clone() } else { copy::to_dtype(x, DType::I64, false)? };
    let mut sizes = x.dims();
    sizes.push(1);
    let ones = creation::filled(&sizes, 1.into(), wide.dtype())?;
    sizes.pop();
    sizes.push(n - 1);
    let copies = view::expand(&view::unsqueeze(&wide, -1)?, &sizes)?;
    join::cat(&[&ones, &scan::cumprod(&copies, -1, None)?], -1)
}

/// Rows of increasing powers of each element.
pub fn linalg_vander(x: &Tensor, n: Option<i64>) -> Result<Tensor> {
    if matches!(x.dtype(), DType::Bool | DType::F16 | DType::BF16) {
        fail!(Runtime, "linalg.vander supports floating point, complex, and integer tensors, but got {}", x.dtype().scalar_type());
    }
    let n = n.unwrap_or(x.sizes().last().copied().unwrap_or(1));
    if n <= 1 {
        fail!(Runtime, "N must be greater than 1.");
    }
    if x.dim() == 0 { powers(&view::unsqueeze(x, 0)?, n) } else { powers(x, n) }
}

/// The same of a vector; powers decrease unless `increasing`.
pub fn vander(x: &Tensor, n: Option<i64>, increasing: bool) -> Result<Tensor> {
    if x.dim() != 1 {
        fail!(Runtime, "x must be a one-dimensional tensor.");
    }
    let n = n.unwrap_or(x.sizes()[0]);
    if n < 0 {
        fail!(Runtime, "N must be non-negative.");
    }
    let out = if n == 0 { view::narrow(&powers(x, 1)?, 1, 0, 0)? } else { powers(x, n)? };
    if increasing { Ok(out) } else { rearrange::flip(&out, &[1]) }
}

/// e^A by Taylor's series of A / 2^s, squared s times; in float64.
fn exponential(a: &Tensor) -> Result<Tensor> {
    let x = wide(a)?;
    if x.numel() == 0 {
        return Ok(x);
    }
    let columns = reduce::amax(&reduce::sum(&sign::abs(&x)?, Some(&[-2]), false, None)?, None, false)?;
    let norm = creation::item(&columns)?.to_f64();
    let squarings = if norm.is_finite() && norm > 0.5 { (norm * 2.0).log2().ceil() as i32 } else { 0 };
    let scaled = (&x * 0.5f64.powi(squarings)).0?;
    let n = shape_of(a).0 as i64;
    let one = view::expand(&creation::eye(n, n, Some(DType::F64))?, x.sizes())?;
    // By Horner: 1 + x (1 + x/2 (1 + x/3 (...))); 0.5^18 / 18! is far below the last digit.
    let mut sum = one.clone();
    for k in (1..=18).rev() {
        sum = (&one + product(&scaled, &sum)? * (1.0 / k as f64)).0?;
    }
    for _ in 0..squarings {
        sum = product(&sum, &sum)?;
    }
    Ok(sum)
}

/// y = e^A.  dA is the upper right block of e^[A^T g; 0 A^T]: keeps A.
pub fn linalg_matrix_exp(a: &Tensor) -> Result<Tensor> {
    check_square("linalg.matrix_exp", a)?;
    check_float("linalg.matrix_exp", a)?;
    let out = copy::to_dtype(&exponential(a)?, a.dtype(), false)?;
    record("LinalgMatrixExpBackward0", &[a], out, |save| {
        let a = save.input("self", a);
        move |cx, g| {
            let turned = transposed(&a.get(cx)?)?;
            let n = shape_of(&turned).0 as i64;
            let zero = creation::zeros(turned.sizes(), turned.dtype())?;
            let (top, bottom) = (join::cat(&[&turned, &g], -1)?, join::cat(&[&zero, &turned], -1)?);
            let whole = linalg_matrix_exp(&join::cat(&[&top, &bottom], -2)?)?;
            grads![cx; view::narrow(&view::narrow(&whole, -2, 0, n)?, -1, n, n)]
        }
    })
}

/// Two dimensions of `a` moved to the end.
fn at_end(a: &Tensor, dim: &[i64]) -> Result<Tensor> {
    if dim.len() != 2 {
        let list: Vec<String> = dim.iter().map(i64::to_string).collect();
        fail!(Runtime, "linalg.matrix_norm: dim must be a 2-tuple. Got {}", list.join(" "));
    }
    let (i, j) = (shape::wrap_dim(dim[0], a.dim())?, shape::wrap_dim(dim[1], a.dim())?);
    if i == j {
        fail!(Runtime, "linalg.matrix_norm: dims must be different. Got ({}, {})", dim[0], dim[1]);
    }
    view::movedim(a, &[i as i64, j as i64], &[-2, -1])
}

/// The dimensions back, where they were kept.
fn kept(out: Tensor, a: &Tensor, dim: &[i64], keepdim: bool) -> Result<Tensor> {
    if !keepdim {
        return Ok(out);
    }
    let (i, j) = (shape::wrap_dim(dim[0], a.dim())? as i64, shape::wrap_dim(dim[1], a.dim())? as i64);
    view::movedim(&out, &[-2, -1], &[i, j])
}

fn prepared(a: &Tensor, dtype: Option<DType>) -> Result<Tensor> {
    check_matrix("linalg.matrix_norm", a, "A")?;
    check_float("linalg.matrix_norm", a)?;
    copy::to_dtype(a, dtype.unwrap_or(a.dtype()), false)
}

/// A norm of matrices: the largest sum of a column (1) or row (inf), the largest singular value (2); smallest below 0.
pub fn linalg_matrix_norm(a: &Tensor, ord: Scalar, dim: &[i64], keepdim: bool, dtype: Option<DType>) -> Result<Tensor> {
    let a = prepared(a, dtype)?;
    let p = ord.to_f64();
    if !(matches!(p.abs(), 1.0 | 2.0) || p.is_infinite()) {
        fail!(Runtime, "linalg.matrix_norm: Order {p} not supported.");
    }
    let moved = at_end(&a, dim)?;
    if p.abs() == 2.0 {
        return kept(spectral::of_singular_values(&moved, if p > 0.0 { "2" } else { "-2" }, keepdim)?, &a, dim, keepdim);
    }
    let summed: i64 = if p.abs() == 1.0 { -2 } else { -1 };
    let over = if keepdim { -3 - summed } else { -1 };
    let sums = Expr(Ok(moved)).apply(sign::abs).apply(|t| reduce::sum(t, Some(&[summed]), keepdim, None)).0?;
    let out = if p > 0.0 { reduce::amax(&sums, Some(&[over]), keepdim)? } else { reduce::amin(&sums, Some(&[over]), keepdim)? };
    kept(out, &a, dim, keepdim)
}

/// The root of the sum of squares ("fro"), or the sum of the singular values ("nuc").
pub fn matrix_norm_named(a: &Tensor, ord: &str, dim: &[i64], keepdim: bool, dtype: Option<DType>) -> Result<Tensor> {
    let a = prepared(a, dtype)?;
    match ord {
        "fro" => {
            at_end(&a, dim)?;
            moments::vector_norm(&a, Scalar::Int(2), Some(dim), keepdim, None)
        }
        "nuc" => kept(spectral::of_singular_values(&at_end(&a, dim)?, "nuc", keepdim)?, &a, dim, keepdim),
        _ => fail!(Runtime, "linalg.matrix_norm: Order {ord} not supported."),
    }
}

/// A norm of vectors or matrices, by the number of dimensions.
pub fn linalg_norm(a: &Tensor, ord: Option<Scalar>, dim: Option<&[i64]>, keepdim: bool, dtype: Option<DType>) -> Result<Tensor> {
    match ord {
        Some(ord) if dim.map_or(a.dim(), <[i64]>::len) == 2 => linalg_matrix_norm(a, ord, dim.unwrap_or(&[0, 1]), keepdim, dtype),
        Some(ord) => {
            match dim {
                Some(dim) if dim.len() != 1 => {
                    fail!(Runtime, "linalg.norm: If dim is specified, it must be of length 1 or 2. Got {}", shape::list(dim))
                }
                None if a.dim() != 1 => {
                    fail!(Runtime, "linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {}D.", a.dim())
                }
                _ => {}
            }
            moments::vector_norm(a, ord, dim, keepdim, dtype)
        }
        None => moments::vector_norm(a, Scalar::Int(2), dim, keepdim, dtype),
    }
}

pub fn linalg_norm_named(a: &Tensor, ord: &str, dim: Option<&[i64]>, keepdim: bool, dtype: Option<DType>) -> Result<Tensor> {
    matrix_norm_named(a, ord, dim.unwrap_or(&[-2, -1]), keepdim, dtype)
}
