//! Products of matrices and vectors. One recorded product, `product`, takes transposition as flags, so
//! derivatives need no transposed copies; everything else is made from it.

use crate::dtype::Class;
use crate::dtype::DType;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::graph::record::renamed;
use crate::kernels::gemm;
use crate::kernels::map;
use crate::ops::arithmetic;
use crate::ops::copy;
use crate::ops::expr::TermMath;
use crate::ops::expr::grads;
use crate::ops::inplace;
use crate::ops::reduce;
use crate::ops::view;
use crate::par;
use crate::shape;
use crate::tensor::Tensor;

/// A matrix, or a stack of them, as the product reads it: rows and columns after transposition.
struct Matrix {
    data: *const u8,
    rows: usize,
    cols: usize,
    row_stride: isize,
    col_stride: isize,
    batch_stride: isize,
}

// SAFETY: tasks only read through it.
unsafe impl Sync for Matrix {}

impl Matrix {
    fn of(t: &Tensor, transposed: bool) -> Matrix {
        let n = t.dim();
        let (sizes, strides) = (t.sizes(), t.strides());
        let (mut r, mut c) = (n - 2, n - 1);
        if transposed {
            std::mem::swap(&mut r, &mut c);
        }
        Matrix {
            data: t.data_ptr(),
            rows: sizes[r] as usize,
            cols: sizes[c] as usize,
            row_stride: strides[r] as isize,
            col_stride: strides[c] as isize,
            batch_stride: if n == 3 { strides[0] as isize } else { 0 },
        }
    }

    fn batch(&self, i: usize, size: usize) -> *const u8 {
        self.data.wrapping_offset(i as isize * self.batch_stride * size as isize)
    }
}

/// out = a b + (out, where `add`), values only; `out` is ours, contiguous, of a compute type.
fn multiply(a: &Matrix, b: &Matrix, out: &Tensor, add: bool) {
    let work = a.rows * b.cols * a.cols;
    let batches = if out.dim() == 3 { out.sizes()[0] as usize } else { 1 };
    let one = |i: usize| match out.dtype().class() {
        Class::F32 => float_product::<f32>(a, b, out, i, add),
        Class::F64 => float_product::<f64>(a, b, out, i, add),
        Class::Int => int_product(a, b, out, i),
        #[cfg(feature = "complex")]
        Class::Complex => unreachable!("{}", crate::dtype::NO_COMPLEX),
    };
    if batches > 1 && work * batches > 64 * 1024 && work < 4 << 20 {
        let per_task = (64 * 1024 / work.max(1)).max(1);
        par::run(batches.div_ceil(per_task), &|t| (t * per_task..((t + 1) * per_task).min(batches)).for_each(one));
    } else {
        (0..batches).for_each(one);
    }
}

#[inline]
fn float_product<T: gemm::Gemm>(a: &Matrix, b: &Matrix, out: &Tensor, i: usize, add: bool) {
    let (m, n, k, size) = (a.rows, b.cols, a.cols, size_of::<T>());
    let c = (out.data_ptr() as *mut T).wrapping_add(i * m * n);
    let (x, y) = (a.batch(i, size) as *const T, b.batch(i, size) as *const T);
    let beta = if add { T::ONE } else { T::default() };
    // SAFETY: operands cover their shapes; product i owns its part of the output.
    unsafe {
        gemm::gemm(m, n, k, T::ONE, x, a.row_stride, a.col_stride, y, b.row_stride, b.col_stride, beta, c, n as isize, 1);
    }
}

fn int_product(a: &Matrix, b: &Matrix, out: &Tensor, i: usize) {
    let (m, n, k) = (a.rows, b.cols, a.cols);
    let c = (out.data_ptr() as *mut i64).wrapping_add(i * m * n);
    let (x, y) = (a.batch(i, 8) as *const i64, b.batch(i, 8) as *const i64);
    // SAFETY: as in `float_product`.
    unsafe { gemm::gemm_int(m, n, k, x, a.row_stride, a.col_stride, y, b.row_stride, b.col_stride, c, n as isize, 1) };
}

fn check_types(a: &Tensor, b: &Tensor) -> Result<()> {
    if a.dtype() != b.dtype() {
        fail!(Runtime, "expected m1 and m2 to have the same dtype, but got: {} != {}", a.dtype().c_type(), b.dtype().c_type());
    }
    if a.dtype() == DType::Bool && a.numel() > 0 && b.numel() > 0 {
        fail!(NotImplemented, "\"addmm_impl_cpu_\" not implemented for 'Bool'");
    }
    Ok(())
}

/// The product of two matrices or of two stacks, either transposed; shapes were checked.
fn values(a: &Tensor, ta: bool, b: &Tensor, tb: bool) -> Result<Tensor> {
    let compute = map::native(a.dtype().class());
    let (m, n) = (a.sizes()[a.dim() - if ta { 1 } else { 2 }], b.sizes()[b.dim() - if tb { 2 } else { 1 }]);
    let mut sizes = shape::Dims::from_slice(&a.sizes()[..a.dim() - 2]);
    sizes.extend_from_slice(&[m, n]);
    // First, as what follows must not take the destination.
    let out = inplace::output_apart(&sizes, compute, [a, b])?;
    let (x, y) = (computable(a, compute)?, computable(b, compute)?);
    let (left, right) = (Matrix::of(&x, ta), Matrix::of(&y, tb));
    multiply(&left, &right, &out, false);
    back(out, a.dtype())
}

/// The values in the type that multiplies; the tensor itself where it has it.
#[inline]
fn computable(t: &Tensor, compute: DType) -> Result<Tensor> {
    if t.dtype() == compute { Ok(t.clone()) } else { copy::to_dtype(&t.detach(), compute, false) }
}

/// A result in the operands' own type.
#[inline]
fn back(out: Tensor, dtype: DType) -> Result<Tensor> {
    if out.dtype() == dtype { Ok(out) } else { copy::to_dtype(&out, dtype, false) }
}

/// y = op(a) op(b), op a transposition where the flag says so.
/// da = g op(b)^T, db = op(a)^T g, in the operands' own orientation: keeps both.
fn product(name: &'static str, a: &Tensor, ta: bool, b: &Tensor, tb: bool) -> Result<Tensor> {
    let out = values(a, ta, b, tb)?;
    record(name, &[a, b], out, |save| {
        let (a, b) = (save.input("self", a), save.input("mat2", b));
        move |cx, g| {
            let of_a = || {
                let b = b.get(cx)?;
                if ta { product(name, &b, tb, &g, true) } else { product(name, &g, false, &b, !tb) }
            };
            let of_b = || {
                let a = a.get(cx)?;
                if tb { product(name, &g, true, &a, ta) } else { product(name, &a, !ta, &g, false) }
            };
            grads![cx; of_a(), of_b()]
        }
    })
}

/// The product of two matrices.
pub fn mm(input: &Tensor, mat2: &Tensor) -> Result<Tensor> {
    if input.dim() != 2 {
        fail!(Runtime, "self must be a matrix");
    }
    if mat2.dim() != 2 {
        fail!(Runtime, "mat2 must be a matrix");
    }
    check_inner(input, mat2)?;
    check_types(input, mat2)?;
    product("MmBackward0", input, false, mat2, false)
}

fn check_inner(a: &Tensor, b: &Tensor) -> Result<()> {
    let (x, y) = (a.sizes(), b.sizes());
    if x[1] != y[0] {
        fail!(Runtime, "mat1 and mat2 shapes cannot be multiplied ({}x{} and {}x{})", x[0], x[1], y[0], y[1]);
    }
    Ok(())
}

/// Products of two stacks of matrices, one by one.
pub fn bmm(input: &Tensor, mat2: &Tensor) -> Result<Tensor> {
    if input.dim() != 3 || mat2.dim() != 3 {
        fail!(Runtime, "{} must be a 3D tensor", if input.dim() != 3 { "batch1" } else { "batch2" });
    }
    let (x, y) = (input.sizes(), mat2.sizes());
    if x[0] != y[0] || x[2] != y[1] {
        fail!(
            Runtime,
            "Expected size for first two dimensions of batch2 tensor to be: {} but got: {}.",
            shape::list(&[x[0], x[2]]),
            shape::list(&y[..2])
        );
    }
    if input.dtype() != mat2.dtype() {
        fail!(Runtime, "expected scalar type {} but found {}", input.dtype().scalar_type(), mat2.dtype().scalar_type());
    }
    if input.dtype() == DType::Bool {
        fail!(NotImplemented, "\"bmm\" not implemented for 'Bool'");
    }
    product("BmmBackward0", input, false, mat2, false)
}

/// The product of a matrix and a vector.
pub fn mv(input: &Tensor, vec: &Tensor) -> Result<Tensor> {
    if input.dim() != 2 || vec.dim() != 1 {
        fail!(Runtime, "vector + matrix @ vector expected, got 1, {}, {}", input.dim(), vec.dim());
    }
    if input.sizes()[1] != vec.sizes()[0] {
        fail!(
            Runtime,
            "size mismatch, got input ({}), mat ({}x{}), vec ({})",
            input.sizes()[0],
            input.sizes()[0],
            input.sizes()[1],
            vec.sizes()[0]
        );
    }
    if input.dtype() != vec.dtype() {
        let (m, v) = (input.dtype().scalar_type(), vec.dtype().scalar_type());
        fail!(Runtime, "addmv input tensors must have the same dtype, but got {v}, {m}, and {v}");
    }
    check_types(input, vec)?;
    let column = view::unsqueeze(&vec.detach(), 1)?;
    let out = view::squeeze(&values(&input.detach(), false, &column, false)?, Some(&[1]))?.detach();
    record("MvBackward0", &[input, vec], out, |save| {
        let (a, v) = (save.input("self", input), save.input("vec", vec));
        move |cx, g| grads![cx; outer(&g, &v.get(cx)?), mv(&view::t(&a.get(cx)?)?, &g)]
    })
}

/// `dot` under a node of its own.
pub fn vdot(input: &Tensor, other: &Tensor) -> Result<Tensor> {
    renamed(dot(input, other)?, "VdotBackward0")
}

/// The sum of the products of two vectors.
pub fn dot(input: &Tensor, tensor: &Tensor) -> Result<Tensor> {
    if input.dim() != 1 || tensor.dim() != 1 {
        fail!(Runtime, "1D tensors expected, but got {}D and {}D tensors", input.dim(), tensor.dim());
    }
    if input.dtype() != tensor.dtype() {
        fail!(
            Runtime,
            "dot : expected both vectors to have same dtype, but found {} and {}",
            input.dtype().scalar_type(),
            tensor.dtype().scalar_type()
        );
    }
    if input.numel() != tensor.numel() {
        fail!(
            Runtime,
            "inconsistent tensor size, expected tensor {} and src {} to have the same number of elements, but got {} and {} elements respectively",
            shape::list(input.sizes()),
            shape::list(tensor.sizes()),
            input.numel(),
            tensor.numel()
        );
    }
    check_types(input, tensor)?;
    let (row, column) = (view::unsqueeze(&input.detach(), 0)?, view::unsqueeze(&tensor.detach(), 1)?);
    let out = view::view(&values(&row, false, &column, false)?, &[])?.detach();
    record("DotBackward0", &[input, tensor], out, |save| {
        let (a, b) = (save.input("self", input), save.input("tensor", tensor));
        move |cx, g| grads![cx; &g * b.get(cx)?.conj(), &g * a.get(cx)?.conj()]
    })
}

/// Every product of an element of one vector and one of the other.
pub fn outer(input: &Tensor, vec2: &Tensor) -> Result<Tensor> {
    for (i, t) in [input, vec2].into_iter().enumerate() {
        if t.dim() != 1 {
            fail!(Runtime, "outer: Expected 1-D argument {}, but got {}-D", ["self", "vec2"][i], t.dim());
        }
    }
    arithmetic::mul((&view::unsqueeze(input, 1)?).into(), vec2.into())
}

/// The product by numbers of dimensions: vectors lose theirs, stacks broadcast.
pub fn matmul(input: &Tensor, other: &Tensor) -> Result<Tensor> {
    match (input.dim(), other.dim()) {
        (2, 2) => mm(input, other),
        (0, _) | (_, 0) => {
            fail!(Runtime, "both arguments to matmul need to be at least 1D, but they are {}D and {}D", input.dim(), other.dim())
        }
        (1, 1) => dot(input, other),
        (2, 1) => mv(input, other),
        (1, 2) => view::squeeze(&mm(&view::unsqueeze(input, 0)?, other)?, Some(&[0])),
        (_, 1) if input.dim() > 2 => fold_rows(input, "UnsafeViewBackward0", |rows| mv(rows, other), &[]),
        (_, 2) if input.dim() > 2 => fold_rows(input, "UnsafeViewBackward0", |rows| mm(rows, other), &other.sizes()[1..]),
        _ => stacks(input, other),
    }
}

/// All leading dimensions as rows of one matrix.
fn fold_rows(input: &Tensor, name: &'static str, f: impl FnOnce(&Tensor) -> Result<Tensor>, tail: &[i64]) -> Result<Tensor> {
    let n = input.dim();
    let rows = view::reshape(input, &[input.sizes()[..n - 1].iter().product(), input.sizes()[n - 1]])?;
    let mut sizes = shape::Dims::from_slice(&input.sizes()[..n - 1]);
    sizes.extend_from_slice(tail);
    renamed(view::view(&f(&rows)?, &sizes)?, name)
}

fn stacks(input: &Tensor, other: &Tensor) -> Result<Tensor> {
    let (vector, a) = if input.dim() == 1 { (true, view::unsqueeze(input, 0)?) } else { (false, input.clone()) };
    let (x, y) = (a.sizes(), other.sizes());
    let (i, j) = (x.len() - 2, y.len() - 2);
    let batch = shape::broadcast(&x[..i], &y[..j])?;
    let count: i64 = batch.iter().product();
    let stack = |t: &Tensor, tail: &[i64]| {
        let mut sizes = batch.clone();
        sizes.extend_from_slice(tail);
        view::reshape(&view::expand(t, &sizes)?, &[count, tail[0], tail[1]])
    };
    let out = bmm(&stack(&a, &x[i..])?, &stack(other, &y[j..])?)?;
    let mut sizes = batch.clone();
    sizes.extend_from_slice(&[x[i], y[j + 1]]);
    let out = view::view(&out, &sizes)?;
    if vector { view::squeeze(&out, Some(&[-2])) } else { Ok(out) }
}

/// y = x W^T + b for rows x.  dx = g W, dW = g^T x, db = the sum of g's rows: keeps x and W.
pub fn linear(input: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
    if input.dim() == 0 || weight.dim() == 0 {
        let (a, b) = (input.dim(), weight.dim());
        fail!(Runtime, "both arguments to linear need to be at least 1D, but they are {a}D and {b}D");
    }
    if input.dim() == 2 && weight.dim() == 2 {
        return linear_rows(input, weight, bias);
    }
    if weight.dim() == 2 && input.dim() > 2 {
        let features = &weight.sizes()[..1];
        let name = if bias.is_some() { "ViewBackward0" } else { "UnsafeViewBackward0" };
        return fold_rows(input, name, |rows| linear_rows(rows, weight, bias), features);
    }
    if weight.dim() == 2 && input.dim() == 1 {
        let row = linear_rows(&view::unsqueeze(input, 0)?, weight, bias)?;
        return view::squeeze(&row, Some(&[0]));
    }
    let out = matmul(input, &view::t(weight)?)?;
    match bias {
        Some(bias) => arithmetic::add_operands((&out).into(), bias.into()),
        None => Ok(out),
    }
}

fn linear_rows(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
    if x.sizes()[1] != weight.sizes()[1] {
        let (s, w) = (x.sizes(), weight.sizes());
        fail!(Runtime, "mat1 and mat2 shapes cannot be multiplied ({}x{} and {}x{})", s[0], s[1], w[1], w[0]);
    }
    if bias.is_some() && x.dtype() != weight.dtype() {
        fail!(Runtime, "mat1 and mat2 must have the same dtype, but got {} and {}", x.dtype().scalar_type(), weight.dtype().scalar_type());
    }
    check_types(x, weight)?;
    let Some(bias) = bias else { return product("MmBackward0", x, false, weight, true) };
    if bias.dtype() != x.dtype() {
        fail!(Runtime, "self and mat2 must have the same dtype, but got {} and {}", bias.dtype().scalar_type(), x.dtype().scalar_type());
    }
    let out = affine(x, weight, bias)?;
    record("AddmmBackward0", &[bias, x, weight], out, |save| {
        let (x, w) = (save.input("mat1", x), save.input("mat2", weight));
        move |cx, g| {
            grads![
                cx;
                reduce::sum(&g, Some(&[0]), false, None),
                w.get(cx).and_then(|w| product("MmBackward0", &g, false, &w, false)),
                x.get(cx).and_then(|x| product("MmBackward0", &g, true, &x, false))
            ]
        }
    })
}

/// x W^T + b, values only.
fn affine(x: &Tensor, weight: &Tensor, bias: &Tensor) -> Result<Tensor> {
    let (rows, features) = (x.sizes()[0], weight.sizes()[0]);
    let compute = map::native(x.dtype().class());
    let out = Tensor::empty(&[rows, features], compute)?;
    if !shape::expandable(bias.sizes(), out.sizes()) {
        view::expand(bias, out.sizes())?;
    }
    if compute == DType::I64 {
        return arithmetic::add_operands((&values(x, false, weight, true)?).into(), (&bias.detach()).into());
    }
    if bias.is_contiguous() && bias.dtype() == compute && bias.sizes() == [features] {
        map::copy_rows(out.data_ptr(), bias.data_ptr(), rows as usize, features as usize * compute.size());
    } else {
        copy::copy_data(&out, bias)?;
    }
    let (a, b) = (computable(x, compute)?, computable(weight, compute)?);
    multiply(&Matrix::of(&a, false), &Matrix::of(&b, true), &out, true);
    back(out, x.dtype())
}
