//! Products made from the matrix product and from broadcasting: addmm, addmv, addr, inner, kron, tensordot, cross, cdist.

use crate::dtype::DType;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::graph::record::renamed;
use crate::ops::arithmetic;
use crate::ops::compare;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::elementwise::Operand;
use crate::ops::expr::TermMath;
use crate::ops::expr::grads;
use crate::ops::join;
use crate::ops::linalg;
use crate::ops::moments;
use crate::ops::reduce;
use crate::ops::select;
use crate::ops::transcendental;
use crate::ops::view;
use crate::shape;
use crate::shape::Dims;
use crate::tensor::Tensor;

/// beta input + alpha product; a beta of 0 ignores the input. Integers take whole factors.
fn blend(input: &Tensor, product: &Tensor, beta: Scalar, alpha: Scalar) -> Result<Tensor> {
    let factor = |s: Scalar| creation::fitted_for_math(s, product.dtype());
    let (alpha, beta) = (factor(alpha)?, factor(beta)?);
    let scaled = if alpha.to_f64() == 1.0 { product.clone() } else { (product * alpha).0? };
    if beta.to_f64() == 0.0 {
        return Ok(scaled);
    }
    let base = if beta.to_f64() == 1.0 { input.clone() } else { (input * beta).0? };
    (base + scaled).0
}

fn same_type(input: &Tensor, product: &Tensor) -> Result<()> {
    let (a, b) = (input.dtype(), product.dtype());
    if a != b {
        fail!(Runtime, "self and mat2 must have the same dtype, but got {} and {}", a.scalar_type(), b.scalar_type());
    }
    Ok(())
}

/// y = beta input + alpha a b, where `multiply` is the product of matrices or of stacks of them. Half types compute in
/// float32 and round once.  dinput = beta g, da = alpha g b^T, db = alpha a^T g: keeps a and b.
fn add_product(
    name: &'static str,
    [input, a, b]: [&Tensor; 3],
    [beta, alpha]: [Scalar; 2],
    multiply: fn(&Tensor, &Tensor) -> Result<Tensor>,
) -> Result<Tensor> {
    let wide = |t: &Tensor| match t.dtype() {
        DType::F16 | DType::BF16 => copy::to_dtype(&t.detach(), DType::F32, false),
        _ => Ok(t.detach()),
    };
    if a.dtype() != b.dtype() {
        return multiply(a, b);
    }
    let product = multiply(&wide(a)?, &wide(b)?)?;
    if !shape::expandable(input.sizes(), product.sizes()) {
        view::expand(input, product.sizes())?;
    }
    same_type(input, a)?;
    let out = copy::to_dtype(&blend(&wide(input)?, &product, beta, alpha)?, a.dtype(), false)?;
    record(name, &[input, a, b], out, |save| {
        let (a, b) = (save.input("mat1", a), save.input("mat2", b));
        move |cx, g| {
            let turned = |t: Tensor| view::transpose(&t, -2, -1);
            grads![cx; &g * beta, multiply(&g, &turned(b.get(cx)?)?)? * alpha, multiply(&turned(a.get(cx)?)?, &g)? * alpha]
        }
    })
}

/// y = beta input + alpha mat1 mat2.
pub fn addmm(input: &Tensor, mat1: &Tensor, mat2: &Tensor, beta: Scalar, alpha: Scalar) -> Result<Tensor> {
    add_product("AddmmBackward0", [input, mat1, mat2], [beta, alpha], linalg::mm)
}

/// y = beta input + alpha batch1 batch2.
pub fn baddbmm(input: &Tensor, batch1: &Tensor, batch2: &Tensor, beta: Scalar, alpha: Scalar) -> Result<Tensor> {
    add_product("BaddbmmBackward0", [input, batch1, batch2], [beta, alpha], linalg::bmm)
}

/// y = beta input + alpha mat vec.
pub fn addmv(input: &Tensor, mat: &Tensor, vec: &Tensor, beta: Scalar, alpha: Scalar) -> Result<Tensor> {
    if mat.dim() != 2 || vec.dim() != 1 || input.dim() > 1 {
        fail!(Runtime, "vector + matrix @ vector expected, got {}, {}, {}", input.dim(), mat.dim(), vec.dim());
    }
    let (rows, cols) = (mat.sizes()[0], mat.sizes()[1]);
    if vec.sizes()[0] != cols || input.numel() != 1 && input.numel() as i64 != rows {
        fail!(Runtime, "size mismatch, got input ({}), mat ({rows}x{cols}), vec ({})", input.numel(), vec.sizes()[0]);
    }
    if input.dtype() != mat.dtype() || mat.dtype() != vec.dtype() {
        fail!(
            Runtime,
            "addmv input tensors must have the same dtype, but got {}, {}, and {}",
            input.dtype().scalar_type(),
            mat.dtype().scalar_type(),
            vec.dtype().scalar_type()
        );
    }
    blend(input, &linalg::mv(mat, vec)?, beta, alpha)
}

/// y = beta input + alpha vec1 vec2^T.
pub fn addr(input: &Tensor, vec1: &Tensor, vec2: &Tensor, beta: Scalar, alpha: Scalar) -> Result<Tensor> {
    for (i, t) in [vec1, vec2].into_iter().enumerate() {
        if t.dim() != 1 {
            fail!(Runtime, "addr: Expected 1-D argument vec{}, but got {}-D", i + 1, t.dim());
        }
    }
    view::expand(input, &[vec1.sizes()[0], vec2.sizes()[0]])?;
    if input.dtype().is_float() || !(alpha.is_float() || beta.is_float()) {
        let product = linalg::outer(vec1, vec2)?;
        return blend(input, &product, beta, alpha);
    }
    fail!(Runtime, "For integral input tensors, argument beta must not be a floating point number.")
}

/// y = beta input + alpha (sum of the products of two stacks).
pub fn addbmm(input: &Tensor, batch1: &Tensor, batch2: &Tensor, beta: Scalar, alpha: Scalar) -> Result<Tensor> {
    let sizes = Dims::from_slice(&[batch1.size(1)?, batch2.size(2)?]);
    view::expand(input, &sizes)?;
    if batch1.dim() != 3 || batch2.dim() != 3 {
        fail!(Runtime, "{} must be a 3D tensor", if batch1.dim() != 3 { "batch1" } else { "batch2" });
    }
    let total = reduce::sum(&linalg::bmm(batch1, batch2)?, Some(&[0]), false, Some(batch1.dtype()))?;
    blend(input, &total, beta, alpha)
}

/// Products along the last dimensions, every row of one with every row of the other.
pub fn inner(input: &Tensor, other: &Tensor) -> Result<Tensor> {
    if input.dim() == 0 || other.dim() == 0 {
        return arithmetic::mul(input.into(), other.into());
    }
    if input.size(-1)? != other.size(-1)? {
        fail!(
            Runtime,
            "inner() the last dimension must match on both input tensors but got shapes {} and {}",
            shape::list(input.sizes()),
            shape::list(other.sizes())
        );
    }
    tensordot(input, other, &[-1], &[-1])
}

/// Contraction of the listed dimensions of both.
pub fn tensordot(input: &Tensor, other: &Tensor, dims_self: &[i64], dims_other: &[i64]) -> Result<Tensor> {
    if dims_self.len() != dims_other.len() {
        fail!(Runtime, "both dimension lists should have same length");
    }
    if input.dtype() != other.dtype() {
        fail!(Runtime, "both inputs should have same dtype");
    }
    let wrap = |t: &Tensor, dims: &[i64]| dims.iter().map(|&d| shape::wrap_dim(d, t.dim()).map(|d| d as i64)).collect::<Result<Vec<_>>>();
    let (left, right) = (wrap(input, dims_self)?, wrap(other, dims_other)?);
    let (mut input, mut other) = (input.clone(), other.clone());
    let mut count = 1;
    for (i, (&a, &b)) in left.iter().zip(&right).enumerate() {
        let (x, y) = (input.sizes()[a as usize], other.sizes()[b as usize]);
        if x == 1 && y != 1 {
            other = reduce::sum(&other, Some(&[b]), true, Some(other.dtype()))?;
        } else if y == 1 && x != 1 {
            input = reduce::sum(&input, Some(&[a]), true, Some(input.dtype()))?;
        } else if x != y {
            fail!(
                Runtime,
                "contracted dimensions need to match, but first has size {x} in dim {} and second has size {y} in dim {}",
                dims_self[i],
                dims_other[i]
            );
        }
        count *= if y == 1 { 1 } else { x };
    }
    let rest = |t: &Tensor, used: &[i64]| (0..t.dim() as i64).filter(|d| !used.contains(d)).collect::<Vec<_>>();
    let (own, others) = (rest(&input, &left), rest(&other, &right));
    let sizes: Vec<i64> = own.iter().map(|&d| input.sizes()[d as usize]).chain(others.iter().map(|&d| other.sizes()[d as usize])).collect();
    let rows: i64 = sizes[..own.len()].iter().product();
    let cols: i64 = sizes[own.len()..].iter().product();
    let a = view::reshape(&view::permute(&input, &[own, left].concat())?, &[rows, count])?;
    let b = view::reshape(&view::permute(&other, &[right, others].concat())?, &[count, cols])?;
    view::reshape(&linalg::mm(&a, &b)?, &sizes)
}

/// The Kronecker product.
pub fn kron(input: &Tensor, other: &Tensor) -> Result<Tensor> {
    let n = input.dim().max(other.dim());
    let padded = |t: &Tensor| {
        let mut sizes: Dims = smallvec::SmallVec::from_elem(1, n - t.dim());
        sizes.extend_from_slice(t.sizes());
        sizes
    };
    let (x, y) = (padded(input), padded(other));
    let (mut a, mut b, mut out) = (Dims::new(), Dims::new(), Dims::new());
    for (&m, &k) in x.iter().zip(&y) {
        a.extend_from_slice(&[m, 1]);
        b.extend_from_slice(&[1, k]);
        out.push(m * k);
    }
    let product = arithmetic::mul((&view::reshape(input, &a)?).into(), (&view::reshape(other, &b)?).into())?;
    renamed(view::reshape(&product, &out)?, "UnsafeViewBackward0")
}

/// The cross product along `dim`; along the first of size 3 by default.
pub fn cross(input: &Tensor, other: &Tensor, dim: Option<i64>) -> Result<Tensor> {
    let dim = match dim {
        Some(dim) => dim,
        None => {
            static TOLD: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);
            if !TOLD.swap(true, std::sync::atomic::Ordering::Relaxed) {
                crate::error::warn(
                    "Using torch.cross without specifying the dim arg is deprecated.\nPlease either pass the dim explicitly or simply use torch.linalg.cross.\nThe default value of dim will change to agree with that of linalg.cross in a future release.",
                )?;
            }
            match input.sizes().iter().position(|&n| n == 3) {
                Some(d) => d as i64,
                None => fail!(Runtime, "no dimension of size 3 in input"),
            }
        }
    };
    linalg_cross(input, other, dim)
}

/// `torch.linalg.cross`.
pub fn linalg_cross(input: &Tensor, other: &Tensor, dim: i64) -> Result<Tensor> {
    if input.dim() != other.dim() {
        fail!(Runtime, "linalg.cross: inputs must have the same number of dimensions.");
    }
    if input.size(dim)? != 3 || other.size(dim)? != 3 {
        fail!(Runtime, "linalg.cross: inputs dimension {dim} must have length 3. Got {} and {}", input.size(dim)?, other.size(dim)?);
    }
    if input.dtype() == crate::dtype::DType::Bool {
        fail!(NotImplemented, "\"cross\" not implemented for 'Bool'");
    }
    let sizes = shape::broadcast(input.sizes(), other.sizes())?;
    let (a, b) = (view::expand(input, &sizes)?, view::expand(other, &sizes)?);
    let part = |t: &Tensor, i: i64| view::select(t, dim, i % 3);
    let parts =
        (0..3).map(|i| (part(&a, i + 1)? * part(&b, i + 2)? - part(&a, i + 2)? * part(&b, i + 1)?).0).collect::<Result<Vec<_>>>()?;
    join::stack(&parts.iter().collect::<Vec<_>>(), dim)
}

/// The p-norm of the difference.
pub fn dist(input: &Tensor, other: &Tensor, p: Scalar) -> Result<Tensor> {
    let gap = arithmetic::sub_operands(Operand::Tensor(input), Operand::Tensor(other))?;
    if !gap.dtype().is_float() {
        fail!(Runtime, "norm(): input dtype should be either floating point or complex. Got {} instead.", gap.dtype().scalar_type());
    }
    renamed(moments::vector_norm(&gap, p, None, false, None)?, "DistBackward0")
}

/// Distances of every row of x1 to every row of x2, stack by stack.
/// p = 2 goes by way of a matrix product where there are many rows: `compute_mode` 1 always asks for it, 2 never.
pub fn cdist(x1: &Tensor, x2: &Tensor, p: f64, compute_mode: Option<i64>) -> Result<Tensor> {
    for (t, name) in [(x1, "X1"), (x2, "X2")] {
        if !t.dtype().is_float() {
            fail!(Runtime, "cdist only supports floating-point dtypes, {name} got: {}", t.dtype().scalar_type());
        }
        if t.dim() < 2 {
            fail!(Runtime, "cdist only supports at least 2D tensors, {name} got: {}D", t.dim());
        }
    }
    if x1.size(-1)? != x2.size(-1)? {
        fail!(Runtime, "X1 and X2 must have the same number of columns. X1: {} X2: {}", x1.size(-1)?, x2.size(-1)?);
    }
    if p < 0.0 {
        fail!(Runtime, "cdist only supports non-negative p values");
    }
    let many = x1.size(-2)? > 25 || x2.size(-2)? > 25;
    if p == 2.0 && x1.size(-1)? > 0 && (compute_mode == Some(1) || compute_mode != Some(2) && many) {
        return euclidean(x1, x2);
    }
    if let Some(t) = [x1, x2].into_iter().find(|t| matches!(t.dtype(), DType::F16 | DType::BF16)) {
        fail!(NotImplemented, "\"cdist\" not implemented for '{}'", t.dtype().scalar_type());
    }
    let gap = (view::unsqueeze(x1, -2)? - view::unsqueeze(x2, -3)?).0?;
    if gap.size(-1)? == 0 {
        return reduce::sum(&gap, Some(&[-1]), false, None);
    }
    moments::vector_norm(&gap, p.into(), Some(&[-1]), false, None)
}

/// y = sqrt(|a|^2 - 2 a b + |b|^2) as one product of widened rows.  With r = g / y, 0 where y is 0:
/// da = a (sum of r's row) - r b, db = b (sum of r's column) - r^T a: keeps both and the output.
fn euclidean(x1: &Tensor, x2: &Tensor) -> Result<Tensor> {
    let (a, b) = (x1.detach(), x2.detach());
    let squares = |t: &Tensor| (t * t).apply(|t| reduce::sum(t, Some(&[-1]), true, None)).0;
    let (of_a, of_b) = (squares(&a)?, squares(&b)?);
    let (ones_a, ones_b) = (creation::ones_like(&of_a, None)?, creation::ones_like(&of_b, None)?);
    let left = join::cat(&[&(&a * -2.0).0?, &of_a, &ones_a], -1)?;
    let right = join::cat(&[&b, &ones_b, &of_b], -1)?;
    let squared = linalg::matmul(&left, &view::transpose(&right, -2, -1)?)?;
    let out = transcendental::sqrt(&select::clamp_min(&squared, 0.0.into())?)?;
    record("CdistBackward0", &[x1, x2], out, |save| {
        let (a, b, y) = (save.input("x1", x1), save.input("x2", x2), save.output());
        move |cx, g| {
            let (a, b, y) = (a.get(cx)?, b.get(cx)?, y.get(cx)?);
            let zero = compare::eq((&y).into(), 0.0.into())?;
            let r = select::masked_fill(&(&g / select::masked_fill(&y, &zero, 1.0.into())?).0?, &zero, 0.0.into())?;
            let turned = view::transpose(&r, -2, -1)?;
            let sums = |r: &Tensor| reduce::sum(r, Some(&[-1]), true, None);
            grads![cx; &a * sums(&r)? - linalg::matmul(&r, &b)?, &b * sums(&turned)? - linalg::matmul(&turned, &a)?]
        }
    })
}
