//! Linear systems: general, triangular, by Cholesky's factor; inverses. Derivatives are systems again.

use crate::dtype::DType;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::graph::record::record_many;
use crate::kernels::dense;
use crate::kernels::rows::Shared;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::expr::grads;
use crate::ops::factor;
use crate::ops::matrices::*;
use crate::ops::rearrange;
use crate::ops::view;
use crate::tensor::Tensor;

/// y = A^-1.  dA = -y^T g y^T: keeps the output.
pub fn linalg_inv_ex(a: &Tensor, check_errors: bool) -> Result<Vec<Tensor>> {
    check_square("linalg.inv", a)?;
    check_precise("linalg.inv", a)?;
    let (n, (lu, pivots, info)) = (shape_of(a).0, factor::factors(a)?);
    if let Some((b, &i)) = info.iter().enumerate().find(|&(_, &i)| i > 0 && check_errors) {
        fail!(
            LinAlg,
            "linalg.inv: {}The diagonal element {i} is zero, the inversion could not be completed because the input matrix is singular.",
            element(a, b)
        );
    }
    let x = creation::zeros(a.sizes(), DType::F64)?;
    let (f, p) = (lu.as_slice::<f64>(), pivots.as_slice::<i32>());
    each(&x, n * n * n, |b, x| {
        (0..n).for_each(|i| x[i * n + i] = 1.0);
        dense::solve(&f[b * n * n..(b + 1) * n * n], &p[b * n..(b + 1) * n], n, x, n);
    });
    let outputs = vec![copy::to_dtype(&x, a.dtype(), false)?, infos(a, &info)?];
    record_many("LinalgInvExBackward0", &[a], outputs, |save| {
        let y = save.output_nr("inverse", 0);
        move |cx, g| match &g[0] {
            Some(g) => {
                let turned = transposed(&y.get(cx)?)?;
                grads![cx; -product(&product(&turned, g)?, &turned)?]
            }
            None => Ok(smallvec::smallvec![None]),
        }
    })
}

pub fn linalg_inv(a: &Tensor) -> Result<Tensor> {
    Ok(linalg_inv_ex(a, true)?.swap_remove(0))
}

/// The inverse; what is singular gives inf and nan.
pub(super) fn inverse(a: &Tensor) -> Result<Tensor> {
    Ok(linalg_inv_ex(a, false)?.swap_remove(0))
}

/// X of A X = B for stacks of one batch shape.  dB = A^-T g, dA = -dB X^T: keeps A and X.
fn system(a: &Tensor, b: &Tensor) -> Result<(Tensor, Vec<i32>)> {
    let ((n, k), (lu, pivots, info)) = (shape_of(b), factor::factors(a)?);
    let x = wide(b)?;
    let (f, p) = (lu.as_slice::<f64>(), pivots.as_slice::<i32>());
    each(&x, n * n * (n + k), |i, x| dense::solve(&f[i * n * n..(i + 1) * n * n], &p[i * n..(i + 1) * n], n, x, k));
    let out = record("LinalgSolveExBackward0", &[a, b], copy::to_dtype(&x, b.dtype(), false)?, |save| {
        let (a, x) = (save.input("A", a), save.output());
        move |cx, g| {
            let (gb, _) = system(&transposed(&a.get(cx)?)?, &g)?;
            grads![cx; x.get(cx).and_then(|x| (-product(&gb, &transposed(&x)?)?).0), gb]
        }
    })?;
    Ok((out, info))
}

fn check_shapes(op: &str, a: &Tensor, b: &Tensor, left: bool) -> Result<()> {
    let ((m, n), (r, c)) = (shape_of(a), shape_of(b));
    if n != if left { r } else { c } {
        let equation = if left { "AX = B" } else { "XA = B" };
        fail!(Runtime, "{op}: Incompatible shapes of A and B for the equation {equation} ({m}x{n} and {r}x{c})");
    }
    Ok(())
}

/// X of A X = B, or of X A = B.
pub fn linalg_solve_ex(a: &Tensor, b: &Tensor, left: bool, check_errors: bool) -> Result<Vec<Tensor>> {
    check_float("linalg.solve", a)?;
    if a.dtype() != b.dtype() {
        let (a, b) = (a.dtype().scalar_type(), b.dtype().scalar_type());
        fail!(Runtime, "linalg.solve: Expected A and B to have the same dtype, but found A of type {a} and B of type {b} instead");
    }
    check_square("linalg.solve", a)?;
    let vector = b.dim() == 1 || a.dim() == b.dim() + 1 && a.sizes()[..a.dim() - 1] == *b.sizes();
    let column = if vector { view::unsqueeze(b, -1)? } else { b.clone() };
    check_matrix("linalg.solve", &column, "B")?;
    check_shapes("linalg.solve", a, &column, left)?;
    check_kernel("lu_cpu", a)?;
    let own = a;
    let [a, b] = broadcast(a, &column)?;
    let (x, info) = if left {
        system(&a, &b)?
    } else {
        let (x, info) = system(&transposed(&a)?, &transposed(&b)?)?;
        (transposed(&x)?, info)
    };
    if let Some((i, _)) = info.iter().enumerate().find(|&(_, &i)| i > 0 && check_errors) {
        fail!(LinAlg, "torch.linalg.solve: {}The solver failed because the input matrix is singular.", element(&a, i));
    }
    let x = if vector { view::squeeze(&x, Some(&[-1]))? } else { x };
    let x = if left { x } else { crate::graph::record::renamed(x, "LinalgSolveExBackward0")? };
    let x = if vector { crate::graph::record::renamed(x, "LinalgSolveExBackward0")? } else { x };
    // One for each matrix as it was given.
    let info = if batch(own) == batch(&a) { info } else { factor::factors(own)?.2 };
    Ok(vec![x, infos(own, &info)?])
}

pub fn linalg_solve(a: &Tensor, b: &Tensor, left: bool) -> Result<Tensor> {
    Ok(linalg_solve_ex(a, b, left, true)?.swap_remove(0))
}

/// X of A X = B (X A = B where not `left`), A triangular, stacks of one batch shape.
/// dB is such a system with A^T, dA = -dB X^T (-X^T dB) in A's triangle: keeps A and X.
pub(super) fn triangular(a: &Tensor, b: &Tensor, upper: bool, left: bool, unit: bool) -> Result<Tensor> {
    if !left {
        return transposed(&triangular(&transposed(a)?, &transposed(b)?, !upper, true, unit)?);
    }
    let ((n, k), t) = (shape_of(b), copy::values(a, DType::F64)?);
    let x = wide(b)?;
    let f = t.as_slice::<f64>();
    each(&x, n * n * k, |i, x| dense::solve_triangular(&f[i * n * n..(i + 1) * n * n], n, x, k, upper, unit));
    record("LinalgSolveTriangularBackward0", &[a, b], copy::to_dtype(&x, b.dtype(), false)?, |save| {
        let (a, x) = (save.input("A", a), save.output());
        move |cx, g| {
            let gb = triangular(&transposed(&a.get(cx)?)?, &g, !upper, true, unit)?;
            let of_a = || {
                let full = (-product(&gb, &transposed(&x.get(cx)?)?)?).0?;
                let skip = i64::from(unit);
                if upper { rearrange::triu(&full, skip) } else { rearrange::tril(&full, -skip) }
            };
            grads![cx; of_a(), gb.clone()]
        }
    })
}

pub fn linalg_solve_triangular(a: &Tensor, b: &Tensor, upper: bool, left: bool, unitriangular: bool) -> Result<Tensor> {
    let op = "linalg.solve_triangular";
    check_square(op, a)?;
    check_matrix(op, b, "B")?;
    check_shapes(op, a, b, left)?;
    check_kernel("triangular_solve_cpu", a)?;
    let [a, b] = broadcast(a, b)?;
    let x = triangular(&a, &b, upper, left, unitriangular)?;
    if left { Ok(x) } else { crate::graph::record::renamed(x, "LinalgSolveTriangularBackward0") }
}

/// A = L L^T.  dA = L^-T sym(tril(L^T dL) with its diagonal halved) L^-1: keeps the output.
fn cholesky_named(op: &str, node: &'static str, a: &Tensor, upper: bool, check_errors: bool) -> Result<Vec<Tensor>> {
    check_square(op, a)?;
    if op != "cholesky" {
        check_float(op, a)?;
    }
    check_kernel("cholesky_cpu", a)?;
    let n = shape_of(a).0;
    // The upper factor is read from the upper triangle.
    let l = wide(&if upper { transposed(&a.detach())? } else { a.detach() })?;
    let mut info = vec![0; count(a)];
    {
        let info = Shared::of(&mut info);
        each(&l, n * n * n, |b, x| info.part(b, b + 1)[0] = dense::cholesky(x, n));
    }
    if let Some((b, &i)) = info.iter().enumerate().find(|&(_, &i)| i > 0 && check_errors) {
        fail!(
            LinAlg,
            "{op}: {}The factorization could not be completed because the input is not positive-definite (the leading minor of order {i} is not positive-definite).",
            element(a, b)
        );
    }
    let l = if upper { copy::contiguous(&transposed(&l)?)? } else { l };
    let outputs = vec![copy::to_dtype(&l.detach(), a.dtype(), false)?, infos(a, &info)?];
    record_many(node, &[a], outputs, |save| {
        let y = save.output_nr("L", 0);
        move |cx, g| match &g[0] {
            Some(g) => {
                let (l, g) = if upper { (transposed(&y.get(cx)?)?, transposed(g)?) } else { (y.get(cx)?, g.clone()) };
                grads![cx; cholesky_backward(&l, &g)]
            }
            None => Ok(smallvec::smallvec![None]),
        }
    })
}

fn cholesky_backward(l: &Tensor, g: &Tensor) -> Result<Tensor> {
    let inner = product(&transposed(l)?, g)?;
    let half = (rearrange::tril(&inner, 0)? + rearrange::tril(&inner, -1)?).0?;
    let phi = ((&half + transposed(&half)?) * 0.25).0?;
    let right = triangular(l, &phi, false, false, false)?;
    triangular(&transposed(l)?, &right, true, true, false)
}

pub fn linalg_cholesky_ex(a: &Tensor, upper: bool, check_errors: bool) -> Result<Vec<Tensor>> {
    cholesky_named("linalg.cholesky", "LinalgCholeskyExBackward0", a, upper, check_errors)
}

pub fn linalg_cholesky(a: &Tensor, upper: bool) -> Result<Tensor> {
    Ok(linalg_cholesky_ex(a, upper, true)?.swap_remove(0))
}

/// The old name.
pub fn cholesky(a: &Tensor, upper: bool) -> Result<Tensor> {
    Ok(cholesky_named("cholesky", "CholeskyBackward0", a, upper, true)?.swap_remove(0))
}

/// What the old names say of shapes that do not fit.
fn check_system(op: &str, a: &Tensor, b: &Tensor) -> Result<()> {
    let ((m, n), (r, c)) = (shape_of(a), shape_of(b));
    if m != n {
        fail!(Runtime, "A must be batches of square matrices, but they are {m} by {n} matrices");
    }
    if n != r {
        fail!(Runtime, "Incompatible matrix sizes for {op}: each A matrix is {n} by {n} but each b matrix is {r} by {c}");
    }
    Ok(())
}

/// X of A X = B, where `factor` is A's Cholesky factor.
pub fn cholesky_solve(b: &Tensor, factor: &Tensor, upper: bool) -> Result<Tensor> {
    for (name, t) in [("b", b), ("u", factor)] {
        if t.dim() < 2 {
            fail!(Runtime, "{name} should have at least 2 dimensions, but has {} dimensions instead", t.dim());
        }
    }
    check_system("cholesky_solve", factor, b)?;
    check_kernel("cholesky_solve_cpu", factor)?;
    let [f, b] = broadcast(factor, b)?;
    by_cholesky(&f, &b, upper)
}

/// dB is such a system, dL = -(dB X^T + X dB^T) L, over the whole matrix as PyTorch has it: keeps L and X.
fn by_cholesky(factor: &Tensor, b: &Tensor, upper: bool) -> Result<Tensor> {
    let (plain, values) = (factor.detach(), b.detach());
    let l = if upper { transposed(&plain)? } else { plain };
    let out = triangular(&transposed(&l)?, &triangular(&l, &values, false, true, false)?, true, true, false)?;
    record("CholeskySolveBackward0", &[b, factor], out, |save| {
        let (f, x) = (save.input("input2", factor), save.output());
        move |cx, g| {
            let (f, x) = (f.get(cx)?, x.get(cx)?);
            let gb = by_cholesky(&f, &g, upper)?;
            let of_factor = || {
                let half = product(&gb, &transposed(&x)?)?;
                let both = (&half + transposed(&half)?).0?;
                (-if upper { product(&f, &both)? } else { product(&both, &f)? }).0
            };
            grads![cx; gb.clone(), of_factor()]
        }
    })
}

/// y = the inverse of A, by A's Cholesky factor.  dL = -y (g + g^T) y L, over the whole matrix: keeps both.
pub fn cholesky_inverse(factor: &Tensor, upper: bool) -> Result<Tensor> {
    check_square("cholesky_inverse", factor)?;
    check_kernel("cholesky_inverse_out_cpu", factor)?;
    let n = shape_of(factor).0 as i64;
    let ones = copy::to_dtype(&creation::eye(n, n, Some(DType::F32))?, factor.dtype(), false)?;
    let ones = view::expand(&ones, factor.sizes())?;
    let out = by_cholesky(&factor.detach(), &ones, upper)?;
    record("CholeskyInverseBackward0", &[factor], out, |save| {
        let (f, y) = (save.input("self", factor), save.output());
        move |cx, g| {
            let (f, y) = (f.get(cx)?, y.get(cx)?);
            let both = (&g + transposed(&g)?).0?;
            let inner = product(&product(&y, &both)?, &y)?;
            grads![cx; -if upper { product(&f, &inner)? } else { product(&inner, &f)? }]
        }
    })
}

/// X of A X = B, A triangular, and A.
pub fn triangular_solve(b: &Tensor, a: &Tensor, upper: bool, transpose: bool, unitriangular: bool) -> Result<Vec<Tensor>> {
    for (name, t) in [("b", b), ("A", a)] {
        if t.dim() < 2 {
            fail!(
                Runtime,
                "torch.triangular_solve: Expected {name} to have at least 2 dimensions, but it has {} dimensions instead",
                t.dim()
            );
        }
    }
    check_system("triangular_solve", a, b)?;
    check_kernel("triangular_solve_cpu", a)?;
    let [a, b] = broadcast(a, b)?;
    let (turned, upper) = if transpose { (transposed(&a)?, !upper) } else { (a.clone(), upper) };
    let x = triangular(&turned, &b, upper, true, unitriangular)?;
    Ok(vec![
        crate::graph::record::renamed(x, "TriangularSolveBackward0")?,
        crate::graph::record::renamed(copy::clone(&a)?, "TriangularSolveBackward0")?,
    ])
}
