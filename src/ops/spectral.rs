//! Eigenvalues of symmetric matrices, singular values, and what is made of them: pseudo-inverse, rank. Derivatives
//! are those of distinct values.

use crate::dtype::DType;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::graph::record::record_many;
use crate::graph::record::recording;
use crate::kernels::rows::Shared;
use crate::kernels::spectral as kernels;
use crate::ops::compare;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::elementwise::Operand;
use crate::ops::elementwise::precision;
use crate::ops::expr::Expr;
use crate::ops::expr::TermMath;
use crate::ops::expr::grads;
use crate::ops::matrices::*;
use crate::ops::rearrange;
use crate::ops::reduce;
use crate::ops::select;
use crate::ops::view;
use crate::tensor::Tensor;

/// 1 / (b_j - b_i), with 1 on the diagonal.
fn gaps(b: &Tensor) -> Result<Tensor> {
    let n = *b.sizes().last().expect("a dimension");
    let ones = copy::to_dtype(&creation::eye(n, n, Some(DType::F32))?, b.dtype(), false)?;
    let differences = (view::unsqueeze(b, -2)? - view::unsqueeze(b, -1)? + ones).0?;
    (1.0 / differences).0
}

/// Without its diagonal.
fn off_diagonal(a: &Tensor) -> Result<Tensor> {
    (rearrange::tril(a, -1)? + rearrange::triu(a, 1)?).0
}

fn diagonal(a: &Tensor) -> Result<Tensor> {
    rearrange::diag_embed(a, 0, -2, -1)
}

/// Eigenvalues and, where they are wanted, eigenvectors as columns, of matrices read from one triangle; in float64.
fn eigen(a: &Tensor, uplo: &str, wanted: bool) -> Result<(Tensor, Option<Tensor>)> {
    check_square("linalg.eigh", a)?;
    let lower = match uplo {
        "L" | "l" => true,
        "U" | "u" => false,
        _ => fail!(Runtime, "Expected UPLO argument to be 'L' or 'U', but got {uplo}"),
    };
    check_kernel("linalg_eigh_cpu", a)?;
    let (n, x) = (shape_of(a).0, wide(a)?);
    let values = Tensor::empty(&like(a, &[n as i64]), DType::F64)?;
    let vectors = if wanted { Some(Tensor::empty(a.sizes(), DType::F64)?) } else { None };
    let shared = Shared::of(values.as_mut_slice::<f64>());
    let columns = vectors.as_ref().map(|v| Shared::of(v.as_mut_slice::<f64>()));
    each(&x, n * n * n * 8, |b, x| {
        for (i, j) in (0..n).flat_map(|i| (0..i).map(move |j| (i, j))) {
            let (from, to) = if lower { (i * n + j, j * n + i) } else { (j * n + i, i * n + j) };
            x[to] = x[from];
        }
        let (w, v) = kernels::symmetric(x, n, wanted);
        shared.part(b * n, (b + 1) * n).copy_from_slice(&w);
        if let Some(columns) = &columns {
            kernels::transpose(&v, n, columns.part(b * n * n, (b + 1) * n * n), n, n, n);
        }
    });
    Ok((values, vectors))
}

/// A = V diag(w) V^T, read from one triangle.  dA = V (diag(dw) + V^T dV / (w_j - w_i)) V^T: keeps both.
pub fn linalg_eigh(a: &Tensor, uplo: &str) -> Result<Vec<Tensor>> {
    let (values, vectors) = eigen(a, uplo, true)?;
    let vectors = vectors.expect("vectors were wanted");
    let outputs = vec![copy::to_dtype(&values, a.dtype(), false)?, copy::to_dtype(&vectors, a.dtype(), false)?];
    record_many("LinalgEighBackward0", &[a], outputs, |save| {
        let (w, v) = (save.output_nr("eigenvalues", 0), save.output_nr("eigenvectors", 1));
        move |cx, g| {
            let (w, v) = (w.get(cx)?, v.get(cx)?);
            let vt = transposed(&v)?;
            let mut inner = Expr(creation::zeros(v.sizes(), v.dtype()));
            if let Some(gw) = &g[0] {
                inner = inner + diagonal(gw)?;
            }
            if let Some(gv) = &g[1] {
                inner = inner + (off_diagonal(&product(&vt, gv)?)? * gaps(&w)?);
            }
            grads![cx; product(&product(&v, &inner.0?)?, &vt)]
        }
    })
}

/// The values alone, unless the derivative needs the vectors.
pub fn linalg_eigvalsh(a: &Tensor, uplo: &str) -> Result<Tensor> {
    if !recording(&[a]) {
        return copy::to_dtype(&eigen(a, uplo, false)?.0, a.dtype(), false);
    }
    Ok(linalg_eigh(a, uplo)?.swap_remove(0))
}

/// Which singular vectors: as many as values, all, or none.
#[derive(Clone, Copy, PartialEq)]
enum Wanted {
    Thin,
    Full,
    None,
}

/// U, S and V^T in float64; U and V^T are empty where none are wanted.
fn decompose(a: &Tensor, wanted: Wanted) -> Result<[Tensor; 3]> {
    check_matrix("linalg.svd", a, "A")?;
    check_float("linalg.svd", a)?;
    check_kernel("linalg_svd_cpu", a)?;
    let ((m, n), x) = (shape_of(a), wide(a)?);
    let (k, long, tall) = (m.min(n), m.max(n), m >= n);
    let (rows, columns) = match wanted {
        Wanted::Full => (m, n),
        Wanted::Thin => (k, k),
        Wanted::None => (0, 0),
    };
    let u = Tensor::empty(&like(a, &[m as i64, rows as i64]), DType::F64)?;
    let s = Tensor::empty(&like(a, &[k as i64]), DType::F64)?;
    let v = Tensor::empty(&like(a, &[columns as i64, n as i64]), DType::F64)?;
    let shared = [&u, &s, &v].map(|t| Shared::of(t.as_mut_slice::<f64>()));
    let count = (wanted != Wanted::None).then_some(rows.max(columns));
    each(&x, m * n * k * 8, |b, x| {
        let (ru, rv) = (m * rows, columns * n);
        let (left, right) = (shared[0].part(b * ru, (b + 1) * ru), shared[2].part(b * rv, (b + 1) * rv));
        let values = shared[1].part(b * k, (b + 1) * k);
        if tall {
            let all = kernels::singular(x, long, k, count);
            left.copy_from_slice(&all.left);
            values.copy_from_slice(&all.values);
            right.copy_from_slice(&all.right);
            return;
        }
        // A^T = V S U^T.
        let mut turned = vec![0.0; m * n];
        kernels::transpose(x, n, &mut turned, m, m, n);
        let all = kernels::singular(&turned, long, k, count);
        values.copy_from_slice(&all.values);
        if count.is_some() {
            kernels::transpose(&all.right, k, left, k, k, k);
            kernels::transpose(&all.left, columns, right, long, long, columns);
        }
    });
    Ok([u, s, v])
}

/// A = U diag(S) V^T: keeps all three.
pub fn linalg_svd(a: &Tensor, full_matrices: bool) -> Result<Vec<Tensor>> {
    let outputs = decompose(a, if full_matrices { Wanted::Full } else { Wanted::Thin })?.map(|t| copy::to_dtype(&t, a.dtype(), false));
    let outputs = outputs.into_iter().collect::<Result<Vec<_>>>()?;
    record_many("LinalgSvdBackward0", &[a], outputs, |save| {
        let (u, s, v) = (save.output_nr("U", 0), save.output_nr("S", 1), save.output_nr("Vh", 2));
        move |cx, g| grads![cx; svd_backward(g, &u.get(cx)?, &s.get(cx)?, &v.get(cx)?)]
    })
}

/// Gradients of extra columns of full matrices count for nothing: they are not unique.
fn svd_backward(g: &[Option<Tensor>], u: &Tensor, s: &Tensor, vt: &Tensor) -> Result<Tensor> {
    let (m, n, k) = (shape_of(u).0 as i64, shape_of(vt).1 as i64, *s.sizes().last().expect("a dimension"));
    let (u, vt) = (view::narrow(u, -1, 0, k)?, view::narrow(vt, -2, 0, k)?);
    let (ut, v) = (transposed(&u)?, transposed(&vt)?);
    let gs = match &g[1] {
        Some(gs) => gs.clone(),
        None => creation::zeros(s.sizes(), s.dtype())?,
    };
    if g[0].is_none() && g[2].is_none() {
        return product(&product(&u, &diagonal(&gs)?)?, &vt);
    }
    let (row, column) = (view::unsqueeze(s, -2)?, view::unsqueeze(s, -1)?);
    let gaps = gaps(&(s * s).0?)?;
    let skew = |x: &Tensor| -> Result<Tensor> { (x - transposed(x)?).0 };
    let mut inner = Expr(diagonal(&gs));
    let gu = g[0].as_ref().map(|g| view::narrow(g, -1, 0, k)).transpose()?;
    let gv = g[2].as_ref().map(|g| transposed(&view::narrow(g, -2, 0, k)?)).transpose()?;
    if let Some(gu) = &gu {
        inner = inner + skew(&product(&ut, gu)?)? * &gaps * &row;
    }
    if let Some(gv) = &gv {
        inner = inner + &column * (skew(&product(&vt, gv)?)? * &gaps);
    }
    let mut out = Expr(product(&product(&u, &inner.0?)?, &vt));
    if let Some(gu) = gu.filter(|_| m > k) {
        let beside = (&gu - product(&u, &product(&ut, &gu)?)?).0?;
        out = out + product(&(beside / &row).0?, &vt)?;
    }
    if let Some(gv) = gv.filter(|_| n > k) {
        let beside = (&gv - product(&v, &product(&vt, &gv)?)?).0?;
        out = out + product(&u, &transposed(&(beside / &row).0?)?)?;
    }
    out.0
}

/// The values alone, unless the derivative needs the vectors.
pub fn linalg_svdvals(a: &Tensor) -> Result<Tensor> {
    if !recording(&[a]) {
        return copy::to_dtype(&decompose(a, Wanted::None)?[1], a.dtype(), false);
    }
    Ok(linalg_svd(a, false)?.swap_remove(1))
}

/// U, S and V; thin where `some`.
pub fn svd(a: &Tensor, some: bool, compute_uv: bool) -> Result<Vec<Tensor>> {
    let mut out = linalg_svd(a, compute_uv && !some)?;
    out[2] = transposed(&out[2])?;
    if !compute_uv {
        let (m, n) = shape_of(a);
        out[0] = creation::zeros(&like(a, &[m as i64, m as i64]), a.dtype())?;
        out[2] = creation::zeros(&like(a, &[n as i64, n as i64]), a.dtype())?;
    }
    Ok(out)
}

/// A tolerance beside the values of each matrix.
fn column(tolerance: Operand, s: &Tensor) -> Result<Tensor> {
    match tolerance {
        Operand::Tensor(t) => view::unsqueeze(&copy::to_dtype(&t.detach(), s.dtype(), false)?, -1),
        Operand::Number(x) => creation::filled(&[1], x, s.dtype()),
    }
}

/// The values above which singular values count: max(atol, rtol times the largest).
fn threshold(s: &Tensor, a: &Tensor, atol: Option<Operand>, rtol: Option<Operand>) -> Result<Tensor> {
    let (m, n) = shape_of(a);
    let absolute = column(atol.unwrap_or(Operand::Number(0.0.into())), s)?;
    let relative = match rtol {
        Some(rtol) => column(rtol, s)?,
        // An absolute tolerance stands alone.
        None => {
            let usual = Operand::Number((precision(a.dtype()) * m.max(n) as f64).into());
            let given = compare::gt((&absolute).into(), Operand::Number(0.0.into()))?;
            let zero = creation::zeros(absolute.sizes(), s.dtype())?;
            select::where_(&given, (&zero).into(), usual)?
        }
    };
    let largest = reduce::amax(s, Some(&[-1]), true)?;
    select::maximum(&absolute, &(largest * relative).0?)
}

/// y = V S^+ U^T.  dA = -y^T g y^T + (1 - A y) g^T y y^T + y^T y g^T (1 - y A): keeps A and y.
pub fn linalg_pinv(a: &Tensor, atol: Option<Operand>, rtol: Option<Operand>, hermitian: bool) -> Result<Tensor> {
    if a.dim() < 2 || !matches!(a.dtype(), DType::F32 | DType::F64) {
        let (dtype, sizes) = (a.dtype().scalar_type(), crate::shape::list(a.sizes()));
        fail!(
            Runtime,
            "linalg.pinv({dtype}{{{sizes}}}): expected a tensor with 2 or more dimensions of float, double, cfloat or cdouble types"
        );
    }
    let plain = a.detach();
    let (m, n) = shape_of(a);
    let out = if m == 0 || n == 0 {
        creation::zeros(&like(a, &[n as i64, m as i64]), a.dtype())?
    } else if hermitian {
        let both = linalg_eigh(&plain, "L")?;
        let size = crate::ops::sign::abs(&both[0])?;
        let keep = compare::gt((&size).into(), (&threshold(&size, a, atol, rtol)?).into())?;
        let inverse = select::where_(&keep, (&(1.0 / &both[0]).0?).into(), Operand::Number(0.0.into()))?;
        product(&(&both[1] * view::unsqueeze(&inverse, -2)?).0?, &transposed(&both[1])?)?
    } else {
        let three = linalg_svd(&plain, false)?;
        let keep = compare::gt((&three[1]).into(), (&threshold(&three[1], a, atol, rtol)?).into())?;
        let inverse = select::where_(&keep, (&(1.0 / &three[1]).0?).into(), Operand::Number(0.0.into()))?;
        product(&(transposed(&three[2])? * view::unsqueeze(&inverse, -2)?).0?, &transposed(&three[0])?)?
    };
    record("LinalgPinvBackward0", &[a], out, |save| {
        let (a, y) = (save.input("A", a), save.output());
        move |cx, g| {
            let (a, p) = (a.get(cx)?, y.get(cx)?);
            let (pt, gt) = (transposed(&p)?, transposed(&g)?);
            let first = product(&product(&pt, &g)?, &pt)?;
            let left = product(&product(&gt, &p)?, &pt)?;
            let right = product(&product(&pt, &p)?, &gt)?;
            let second = &left - product(&a, &product(&p, &left)?)?;
            let third = &right - product(&product(&right, &p)?, &a)?;
            grads![cx; second + third - first]
        }
    })
}

/// With one tolerance, relative to the largest.
pub fn pinv_rcond(a: &Tensor, rcond: Operand, hermitian: bool) -> Result<Tensor> {
    linalg_pinv(a, None, Some(rcond), hermitian)
}

pub fn pinverse(a: &Tensor, rcond: f64) -> Result<Tensor> {
    pinv_rcond(a, Operand::Number(rcond.into()), false)
}

/// How many singular values count.
pub fn linalg_matrix_rank(a: &Tensor, atol: Option<Operand>, rtol: Option<Operand>, hermitian: bool) -> Result<Tensor> {
    check_matrix("torch.linalg.matrix_rank", a, "input")?;
    if !matches!(a.dtype(), DType::F32 | DType::F64) {
        fail!(Runtime, "This function doesn't handle types other than float and double");
    }
    let plain = a.detach();
    if a.numel() == 0 {
        return creation::zeros(batch(a), DType::I64);
    }
    let s = if hermitian { crate::ops::sign::abs(&linalg_eigvalsh(&plain, "L")?)? } else { linalg_svdvals(&plain)? };
    let above = compare::gt((&s).into(), (&threshold(&s, a, atol, rtol)?).into())?;
    reduce::sum(&above, Some(&[-1]), false, Some(DType::I64))
}

/// With one tolerance, relative to the largest.
pub fn matrix_rank_tol(a: &Tensor, tol: Operand, hermitian: bool) -> Result<Tensor> {
    linalg_matrix_rank(a, Some(tol), Some(Operand::Number(0.0.into())), hermitian)
}

/// The sum, the largest or the smallest of the singular values.
pub fn of_singular_values(a: &Tensor, which: &str, keepdim: bool) -> Result<Tensor> {
    let s = linalg_svdvals(a)?;
    let s = if keepdim { view::unsqueeze(&s, -1)? } else { s };
    let dims = [if keepdim { -2 } else { -1 }];
    Expr(Ok(s))
        .apply(|s| match which {
            "nuc" => reduce::sum(s, Some(&dims), keepdim, None),
            "2" => reduce::amax(s, Some(&dims), keepdim),
            _ => reduce::amin(s, Some(&dims), keepdim),
        })
        .0
}
