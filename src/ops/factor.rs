//! LU factors with row pivots, and determinants by them. The factors' derivative covers wide and tall matrices; the
//! determinant's is the inverse, or the minors where there is none.

use crate::dtype::DType;
use crate::error::Result;
use crate::fail;
use crate::graph::foreign::Grads;
use crate::graph::record::record;
use crate::graph::record::record_many;
use crate::kernels::dense;
use crate::kernels::rows::Shared;
use crate::ops::compare;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::elementwise::Operand;
use crate::ops::expr::grads;
use crate::ops::index;
use crate::ops::join;
use crate::ops::matrices::*;
use crate::ops::rearrange;
use crate::ops::select;
use crate::ops::solve;
use crate::ops::view;
use crate::tensor::Tensor;

/// Factors in one matrix, pivots from 1, the first zero pivot; all of float64 and int32.
pub(super) fn factors(a: &Tensor) -> Result<(Tensor, Tensor, Vec<i32>)> {
    let ((m, n), lu) = (shape_of(a), wide(a)?);
    let k = m.min(n);
    let pivots = Tensor::empty(&like(a, &[k as i64]), DType::I32)?;
    let mut info = vec![0; count(a)];
    {
        let (p, i) = (Shared::of(pivots.as_mut_slice::<i32>()), Shared::of(&mut info));
        each(&lu, m * n * k, |b, x| i.part(b, b + 1)[0] = dense::lu(x, m, n, p.part(b * k, (b + 1) * k)));
    }
    Ok((lu, pivots, info))
}

/// P A = L U, the factors in one matrix: keeps them.
pub fn linalg_lu_factor_ex(a: &Tensor, pivot: bool, check_errors: bool) -> Result<Vec<Tensor>> {
    if a.dim() < 2 {
        fail!(Runtime, "torch.lu_factor: Expected tensor with 2 or more dimensions. Got size: {} instead", crate::shape::list(a.sizes()));
    }
    if !pivot {
        fail!(Runtime, "linalg.lu_factor: LU without pivoting is not implemented on the CPU");
    }
    check_kernel("lu_cpu", a)?;
    let (lu, pivots, info) = factors(a)?;
    if let Some((b, &i)) = info.iter().enumerate().find(|&(_, &i)| i > 0 && check_errors) {
        fail!(
            Runtime,
            "torch.linalg.lu_factor: {}U[{i},{i}] is zero and using it on lu_solve would result in a division by zero. If you still want to perform the factorization, consider calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)",
            element(a, b)
        );
    }
    let outputs = vec![copy::to_dtype(&lu, a.dtype(), false)?, pivots.clone(), infos(a, &info)?];
    record_many("LinalgLuFactorExBackward0", &[a], outputs, |save| {
        let (lu, pivots) = (save.output_nr("LU", 0), save.input("pivots", &pivots));
        move |cx, g| match &g[0] {
            Some(g) => lu_backward(g, &lu.get(cx)?, &pivots.get(cx)?),
            None => Ok(smallvec::smallvec![None]),
        }
    })
}

pub fn linalg_lu_factor(a: &Tensor, pivot: bool) -> Result<Vec<Tensor>> {
    let mut out = linalg_lu_factor_ex(a, pivot, true)?;
    out.truncate(2);
    Ok(out)
}

/// Row i of the result is row order[i] of `b`, undone where `back`.
fn permuted(b: &Tensor, pivots: &Tensor, back: bool) -> Result<Tensor> {
    product(&permutation(pivots, shape_of(b).0, b.dtype(), back)?, b)
}

/// P of A = P L U; its transpose where not `back`.
fn permutation(pivots: &Tensor, m: usize, dtype: DType, back: bool) -> Result<Tensor> {
    let k = *pivots.sizes().last().expect("pivots have a length") as usize;
    let mut sizes = pivots.dims();
    sizes.pop();
    let batches = sizes.iter().product::<i64>() as usize;
    sizes.extend_from_slice(&[m as i64, m as i64]);
    let p = creation::zeros(&sizes, DType::F64)?;
    let (data, swaps) = (p.as_mut_slice::<f64>(), copy::values(pivots, DType::I32)?);
    for b in 0..batches {
        for (i, from) in dense::order(&swaps.as_slice::<i32>()[b * k..(b + 1) * k], m).into_iter().enumerate() {
            data[b * m * m + if back { from * m + i } else { i * m + from }] = 1.0;
        }
    }
    copy::to_dtype(&p, dtype, false)
}

/// The unit lower and the upper factor.
fn split(lu: &Tensor) -> Result<[Tensor; 2]> {
    let (m, n) = shape_of(lu);
    let k = m.min(n) as i64;
    let left = view::narrow(lu, -1, 0, k)?;
    let ones = copy::to_dtype(&creation::eye(m as i64, k, Some(DType::F32))?, lu.dtype(), false)?;
    let lower = (rearrange::tril(&left, -1)? + ones).0?;
    Ok([lower, rearrange::triu(&view::narrow(lu, -2, 0, k)?, 0)?])
}

/// In the square part, dA = P L^-T (tril(L^T dL, -1) + triu(dU U^T)) U^-T; what lies beside it is L^-1 A2 or A2 U^-1.
fn lu_backward(g: &Tensor, lu: &Tensor, pivots: &Tensor) -> Result<Grads> {
    let ((m, n), [lower, upper]) = (shape_of(lu), split(lu)?);
    let k = m.min(n) as i64;
    let (l, u) = (view::narrow(&lower, -2, 0, k)?, view::narrow(&upper, -1, 0, k)?);
    let square = view::narrow(&view::narrow(g, -2, 0, k)?, -1, 0, k)?;
    let (mut gl, mut gu) = (rearrange::tril(&square, -1)?, rearrange::triu(&square, 0)?);
    let lt = transposed(&l)?;
    let ut = transposed(&u)?;
    let mut beside = None;
    if n > m {
        let rest = view::narrow(g, -1, k, n as i64 - k)?;
        let ga = solve::triangular(&lt, &rest, true, true, true)?;
        let u2 = view::narrow(&upper, -1, k, n as i64 - k)?;
        gl = (&gl - product(&ga, &transposed(&u2)?)?).0?;
        beside = Some(ga);
    } else if m > n {
        let rest = view::narrow(g, -2, k, m as i64 - k)?;
        let ga = solve::triangular(&ut, &rest, false, false, false)?;
        let l2 = view::narrow(&lower, -2, k, m as i64 - k)?;
        gu = (&gu - product(&transposed(&l2)?, &ga)?).0?;
        beside = Some(ga);
    }
    let middle = (rearrange::tril(&product(&lt, &gl)?, -1)? + rearrange::triu(&product(&gu, &ut)?, 0)?).0?;
    let left = solve::triangular(&lt, &middle, true, true, true)?;
    let square = solve::triangular(&ut, &left, false, false, false)?;
    let rows = match beside {
        Some(b) => join::cat(&[&square, &b], if n > m { -1 } else { -2 })?,
        None => square,
    };
    Ok(smallvec::smallvec![Some(permuted(&rows, pivots, true)?)])
}

/// A = P L U.
pub fn linalg_lu(a: &Tensor, pivot: bool) -> Result<Vec<Tensor>> {
    let out = linalg_lu_factor_ex(a, pivot, false)?;
    let [l, u] = split(&out[0])?;
    Ok(vec![permutation(&out[1], shape_of(a).0, a.dtype(), true)?, l, u])
}

/// P, L and U from the factors in one matrix.
pub fn lu_unpack(lu: &Tensor, pivots: &Tensor) -> Result<Vec<Tensor>> {
    if lu.dim() < 2 {
        fail!(Runtime, "torch.lu_unpack: Expected tensor with 2 or more dimensions. Got size: {} instead", crate::shape::list(lu.sizes()));
    }
    let [l, u] = split(lu)?;
    Ok(vec![permutation(pivots, shape_of(lu).0, lu.dtype(), true)?, l, u])
}

/// X of A X = B, or of X A = B, by the factors.
pub fn linalg_lu_solve(lu: &Tensor, pivots: &Tensor, b: &Tensor, left: bool, adjoint: bool) -> Result<Tensor> {
    check_square("torch.linalg.lu_solve", lu)?;
    let [l, u] = split(lu)?;
    // X A = B is A^T X^T = B^T.
    let b = if left { b.clone() } else { transposed(b)? };
    let x = if adjoint == left {
        let (lt, ut) = (transposed(&l)?, transposed(&u)?);
        let y = solve::linalg_solve_triangular(&ut, &b, false, true, false)?;
        permuted(&solve::linalg_solve_triangular(&lt, &y, true, true, true)?, pivots, true)?
    } else {
        let y = solve::linalg_solve_triangular(&l, &permuted(&b, pivots, false)?, false, true, true)?;
        solve::linalg_solve_triangular(&u, &y, true, true, false)?
    };
    if left { Ok(x) } else { transposed(&x) }
}

pub fn lu_solve(b: &Tensor, lu: &Tensor, pivots: &Tensor) -> Result<Tensor> {
    linalg_lu_solve(lu, pivots, b, true, false)
}

/// Sign and log |det| of each matrix, and whether its inverse is of use.
fn signs(a: &Tensor) -> Result<(Vec<f64>, Vec<f64>, bool)> {
    let (n, (lu, pivots, _)) = (shape_of(a).0, factors(a)?);
    let (data, swaps) = (lu.as_slice::<f64>(), pivots.as_slice::<i32>());
    let (mut sign, mut log, mut singular) = (Vec::new(), Vec::new(), false);
    for b in 0..count(a) {
        let diagonal: Vec<f64> = (0..n).map(|i| data[b * n * n + i * n + i]).collect();
        let odd = (0..n).filter(|&i| swaps[b * n + i] as usize != i + 1).count() % 2 == 1;
        let sign_of = |x: f64| {
            if x > 0.0 {
                1.0
            } else if x < 0.0 {
                -1.0
            } else {
                x
            }
        };
        sign.push(diagonal.iter().fold(if odd { -1.0 } else { 1.0 }, |s, &d| s * sign_of(d)));
        log.push(diagonal.iter().map(|d| d.abs().ln()).sum::<f64>());
        let largest = diagonal.iter().fold(0.0f64, |m, d| m.max(d.abs()));
        singular |= diagonal.iter().any(|d| d.abs() <= 1e-9 * largest);
    }
    Ok((sign, log, singular))
}

/// The largest matrix whose singular determinant is differentiated by minors; beyond it the inverse must do.
const MINORS: usize = 24;

/// y = det A.  dA = g y A^-T, or g times the cofactors: keeps A and y.
pub fn linalg_det(a: &Tensor) -> Result<Tensor> {
    check_square("linalg.det", a)?;
    check_float("linalg.det", a)?;
    check_kernel("lu_cpu", a)?;
    let (lu, pivots, _) = factors(a)?;
    let n = shape_of(a).0;
    let (data, swaps) = (lu.as_slice::<f64>(), pivots.as_slice::<i32>());
    let det = |b: usize| {
        let odd = (0..n).filter(|&i| swaps[b * n + i] as usize != i + 1).count() % 2 == 1;
        (0..n).fold(if odd { -1.0 } else { 1.0 }, |p, i| p * data[b * n * n + i * n + i])
    };
    let list: Vec<f64> = (0..count(a)).map(det).collect();
    let out = copy::to_dtype(&Tensor::from_slice(&list, batch(a))?, a.dtype(), false)?;
    record("LinalgDetBackward0", &[a], out, |save| {
        let (a, y) = (save.input("A", a), save.output());
        move |cx, g| {
            let (a, y) = (a.get(cx)?, y.get(cx)?);
            let factor = |t: &Tensor| view::unsqueeze(&view::unsqueeze(t, -1)?, -1);
            let n = shape_of(&a).0;
            if n > 0 && n <= MINORS && signs(&a.detach())?.2 {
                return grads![cx; factor(&g)? * cofactors(&a)?];
            }
            grads![cx; factor(&(&g * &y).0?)? * transposed(&solve::inverse(&a)?)?]
        }
    })
}

/// The signed minors, by determinants again.
fn cofactors(a: &Tensor) -> Result<Tensor> {
    let n = shape_of(a).0 as i64;
    let m = n - 1;
    let others = |skip: i64| (0..n).filter(move |&i| i != skip);
    let mut at = Vec::with_capacity((n * n * m * m) as usize);
    for (i, j) in (0..n).flat_map(|i| (0..n).map(move |j| (i, j))) {
        others(i).for_each(|r| others(j).for_each(|c| at.push(r * n + c)));
    }
    let flat = view::reshape(a, &like(a, &[n * n]))?;
    let picked = index::index_select(&flat, -1, &Tensor::from_slice(&at, &[at.len() as i64])?)?;
    let minors = linalg_det(&view::reshape(&picked, &like(a, &[n, n, m, m]))?)?;
    let signs: Vec<f64> = (0..n * n).map(|k| if (k / n + k % n) % 2 == 0 { 1.0 } else { -1.0 }).collect();
    (minors * copy::to_dtype(&Tensor::from_slice(&signs, &[n, n])?, a.dtype(), false)?).0
}

fn slogdet_named(op: &str, a: &Tensor) -> Result<Vec<Tensor>> {
    check_square(op, a)?;
    check_precise(op, a)?;
    let (sign, log, _) = signs(a)?;
    let of = |list: &[f64]| copy::to_dtype(&Tensor::from_slice(list, batch(a))?, a.dtype(), false);
    record_many("LinalgSlogdetBackward0", &[a], vec![of(&sign)?, of(&log)?], |save| {
        let a = save.input("A", a);
        move |cx, g| match &g[1] {
            Some(g) => {
                let a = a.get(cx)?;
                let g = view::unsqueeze(&view::unsqueeze(g, -1)?, -1)?;
                grads![cx; &g * transposed(&solve::inverse(&a)?)?]
            }
            None => Ok(smallvec::smallvec![None]),
        }
    })
}

/// The sign of det A and log |det A|.  dA = g A^-T: keeps A.
pub fn linalg_slogdet(a: &Tensor) -> Result<Vec<Tensor>> {
    slogdet_named("linalg.slogdet", a)
}

/// log det A; nan where that is negative.
pub fn logdet(a: &Tensor) -> Result<Tensor> {
    let both = slogdet_named("logdet", a)?;
    let negative = compare::eq((&both[0]).into(), Operand::Number((-1.0).into()))?;
    select::where_(&negative, Operand::Number(f64::NAN.into()), (&both[1]).into())
}
