//! The frame of elementwise ops: promotion, broadcasting, the output's strides, the call of the kernel.
//! Binary and ternary operands may be Python numbers.

use smallvec::SmallVec;

use crate::dtype;
use crate::dtype::Class;
use crate::dtype::DType;
use crate::dtype::Rank;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::kernels::frame::OPERANDS;
use crate::kernels::map;
use crate::kernels::map::Kernel;
use crate::kernels::map::Pointwise;
use crate::kernels::map::Test;
use crate::kernels::map::View;
use crate::kernels::map::lanes;
use crate::kernels::map::native;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::inplace;
use crate::shape;
use crate::shape::Dims;
use crate::tensor::Tensor;

/// A tensor or a Python number.
#[derive(Clone, Copy)]
pub enum Operand<'a> {
    Tensor(&'a Tensor),
    Number(Scalar),
}

impl<'a> From<&'a Tensor> for Operand<'a> {
    fn from(t: &'a Tensor) -> Self {
        Operand::Tensor(t)
    }
}

impl From<f64> for Operand<'_> {
    fn from(x: f64) -> Self {
        Operand::Number(Scalar::Float(x))
    }
}

impl From<Scalar> for Operand<'_> {
    fn from(x: Scalar) -> Self {
        Operand::Number(x)
    }
}

impl crate::graph::record::Input for Operand<'_> {
    #[inline(always)]
    fn tensor(&self) -> Option<&Tensor> {
        match self {
            Operand::Tensor(t) => Some(t),
            Operand::Number(_) => None,
        }
    }
}

impl<'a> Operand<'a> {
    pub fn tensor(self) -> Option<&'a Tensor> {
        match self {
            Operand::Tensor(t) => Some(t),
            Operand::Number(_) => None,
        }
    }

    pub fn weight(self) -> (DType, Rank) {
        match self {
            Operand::Tensor(t) => (t.dtype(), t.rank()),
            Operand::Number(x) => (x.dtype(), Rank::Number),
        }
    }
}

/// What dtype an elementwise op computes in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Promote {
    /// The operands' common type.
    Common,
    /// The same, but integers become the default float type.
    Float,
}

/// The distance from 1 to the next number of the type that floats of this dtype are computed in.
pub fn precision(dtype: DType) -> f64 {
    if dtype == DType::F64 { f64::EPSILON } else { f32::EPSILON as f64 }
}

pub fn common_type(operands: &[Operand], promote: Promote) -> DType {
    let common = dtype::result_type(operands.iter().map(|o| o.weight()));
    if promote == Promote::Float && !common.is_float() { dtype::default_dtype() } else { common }
}

/// `out = f(input)`.
#[inline]
pub fn unary<K: Pointwise>(input: &Tensor, k: K, promote: Promote) -> Result<Tensor> {
    let dtype = input.dtype();
    if input.is_contiguous() && input.numel() <= map::CHUNK && (dtype == DType::F32 || dtype == DType::F64) && !inplace::has_destination() {
        let out = input.empty_as()?;
        let kernel = Kernel::pointwise(&k, dtype, false);
        let ins = [input.data_ptr() as *const u8; 3];
        // SAFETY: both are contiguous and of the kernel's type, and `out` is fresh.
        unsafe { (kernel.body)(out.data_ptr(), ins.as_ptr(), out.numel(), kernel.params) };
        return Ok(out);
    }
    let operands = [Operand::Tensor(input)];
    let dtype = common_type(&operands, promote);
    run(Kernel::pointwise(&k, dtype, promote == Promote::Common), &operands, dtype, dtype)
}

/// `out = f(a, b)`.
#[inline]
pub fn binary<'a, K: Pointwise>(a: impl Into<Operand<'a>>, b: impl Into<Operand<'a>>, k: K, promote: Promote) -> Result<Tensor> {
    let (a, b) = (a.into(), b.into());
    if let (Operand::Tensor(x), Operand::Tensor(y)) = (a, b)
        && same_plain(x, y)
        && !inplace::has_destination()
    {
        let out = x.empty_as()?;
        let kernel = Kernel::pointwise(&k, x.dtype(), false);
        let ins = [x.data_ptr() as *const u8, y.data_ptr(), y.data_ptr()];
        // SAFETY: all are contiguous, of one size and of the kernel's type; `out` is fresh.
        unsafe { (kernel.body)(out.data_ptr(), ins.as_ptr(), out.numel(), kernel.params) };
        return Ok(out);
    }
    match (a, b) {
        (Operand::Tensor(x), Operand::Number(s)) if plain(x) && !inplace::has_destination() => with_number(x, s, &k, false),
        (Operand::Number(s), Operand::Tensor(x)) if plain(x) && !inplace::has_destination() => with_number(x, s, &k, true),
        _ => binary_slow(a, b, &k, promote),
    }
}

/// `target = f(target, other)` where both are plain and alike and lie apart; false where they are not.
#[inline]
pub fn plain_in_place<K: Pointwise>(target: &Tensor, other: &Tensor, k: K) -> bool {
    let fits = same_plain(target, other) && target.storage_id() != other.storage_id();
    if fits {
        let kernel = Kernel::pointwise(&k, target.dtype(), false);
        map::in_place(&kernel, target.data_ptr(), other.data_ptr(), target.numel());
    }
    fits
}

/// A contiguous small float tensor.
#[inline(always)]
fn plain(x: &Tensor) -> bool {
    (x.dtype() == DType::F32 || x.dtype() == DType::F64) && x.is_contiguous() && x.numel() <= map::CHUNK
}

/// A plain tensor with a number: the number stands in a block that every step reads again.
#[inline]
fn with_number<K: Pointwise>(x: &Tensor, s: Scalar, k: &K, number_first: bool) -> Result<Tensor> {
    let out = x.empty_as()?;
    let kernel = Kernel::pointwise(k, x.dtype(), false);
    map::with_number(&kernel, out.data_ptr(), x.data_ptr(), s.to_f64(), out.numel(), number_first);
    Ok(out)
}

#[inline]
fn binary_slow<K: Pointwise>(a: Operand, b: Operand, k: &K, promote: Promote) -> Result<Tensor> {
    let operands = [a, b];
    let dtype = common_type(&operands, promote);
    run(Kernel::pointwise(k, dtype, promote == Promote::Common), &operands, dtype, dtype)
}

/// The same where PyTorch keeps all digits of a second operand of one element beside half types.
#[inline]
pub fn binary_keeping<K: Pointwise>(a: Operand, b: Operand, k: K, promote: Promote) -> Result<Tensor> {
    let half = |o: Operand| o.tensor().is_some_and(|t| matches!(t.dtype(), DType::F16 | DType::BF16));
    let lone = b.tensor().is_none_or(|t| t.numel() == 1);
    if !lone || !half(a) && !half(b) {
        return binary(a, b, k, promote);
    }
    let dtype = common_type(&[a, b], promote);
    if dtype == native(dtype.class()) {
        return binary(a, b, k, promote);
    }
    let rounded = a.tensor().map(|t| as_dtype(t, dtype)).transpose()?.flatten();
    let operands = [rounded.as_ref().map_or(a, Operand::Tensor), b];
    run(Kernel::pointwise(&k, dtype, false), &operands, native(dtype.class()), dtype)
}

/// A tensor's values in `dtype`; nothing where a loop may read the tensor itself.
fn as_dtype(t: &Tensor, dtype: DType) -> Result<Option<Tensor>> {
    let held = dtype == lanes(dtype)
        || t.dtype() == dtype
        || dtype::promote(t.dtype(), dtype) == dtype && (dtype.class() == Class::Int || t.dtype().size() == 1);
    if held { Ok(None) } else { copy::to_dtype(&t.detach(), dtype, false).map(Some) }
}

/// Contiguous small floats of one shape and type: no frame needed.
#[inline(always)]
fn same_plain(x: &Tensor, y: &Tensor) -> bool {
    plain(x) && x.dtype() == y.dtype() && y.is_contiguous() && x.sizes() == y.sizes()
}

/// `out = f(a, b, c)`.
pub fn ternary<'a, K: Pointwise>(operands: [Operand<'a>; 3], k: K, promote: Promote) -> Result<Tensor> {
    let dtype = common_type(&operands, promote);
    run(Kernel::pointwise(&k, dtype, promote == Promote::Common), &operands, dtype, dtype)
}

/// A function of the single bits, over contiguous operands of one shape and dtype: eight bytes at a time, whatever the
/// elements are. Nothing where the operands do not allow it.
pub fn by_words<K: Pointwise>(operands: &[&Tensor], k: K) -> Result<Option<Tensor>> {
    let first = operands[0];
    let on_words = |t: &Tensor| (t.data_ptr() as usize).is_multiple_of(8) && t.is_contiguous();
    let fits = |t: &&Tensor| t.dtype() == first.dtype() && t.sizes() == first.sizes() && on_words(t);
    if inplace::has_destination() || !operands.iter().all(fits) {
        return Ok(None);
    }
    let out = first.empty_as()?;
    let kernel = Kernel::pointwise(&k, DType::I64, true);
    let ins = std::array::from_fn(|i| operands[i.min(operands.len() - 1)].data_ptr() as *const u8);
    // SAFETY: all are contiguous, of equal length and on words; `out` is fresh.
    unsafe { map::words(&kernel, out.data_ptr(), ins, out.numel() * out.dtype().size()) };
    Ok(Some(out))
}

/// A bool for each element; the operands compare in their common type.
pub fn test<K: Test>(operands: &[Operand], k: K) -> Result<Tensor> {
    let dtype = common_type(operands, Promote::Common);
    run(Kernel::test(&k, dtype), operands, dtype, DType::Bool)
}

/// Broadcasts, allocates, maps. Operands take the type `common` first; `dtype` is the output's.
pub fn run(kernel: Kernel, operands: &[Operand], common: DType, dtype: DType) -> Result<Tensor> {
    let mut cast: SmallVec<[Option<Tensor>; 3]> = SmallVec::new();
    for operand in operands {
        cast.push(operand.tensor().map(|t| as_dtype(t, common)).transpose()?.flatten());
    }
    let operands: SmallVec<[Operand; 3]> = operands.iter().zip(&cast).map(|(o, t)| t.as_ref().map_or(*o, Operand::Tensor)).collect();
    let tensors: SmallVec<[&Tensor; 3]> = operands.iter().filter_map(|o| o.tensor()).collect();
    let mut sizes = Dims::new();
    for (i, t) in tensors.iter().enumerate() {
        if i == 0 {
            sizes = t.dims();
        } else if sizes[..] != *t.sizes() {
            sizes = shape::broadcast(&sizes, t.sizes())?;
        }
    }
    let out = inplace::output(&sizes, dtype, || output(&sizes, &tensors, dtype))?;
    let mut numbers = [[0; 8]; OPERANDS];
    let mut views: SmallVec<[View; OPERANDS]> = SmallVec::new();
    views.push(of(&out));
    for (operand, bytes) in operands.iter().zip(&mut numbers) {
        *bytes = number(*operand, common);
        views.push(view(*operand, bytes, kernel.input, &sizes));
    }
    // SAFETY: views were made for `sizes`; the output is fresh or a checked destination.
    unsafe { map::map(&kernel, &sizes, &mut views) };
    Ok(out)
}

/// A number as `dtype` holds it, in bytes of the type of its loops.
fn number(operand: Operand, dtype: DType) -> [u8; 8] {
    let Operand::Number(x) = operand else { return [0; 8] };
    creation::bytes_of(x.cast(dtype), lanes(dtype))
}

fn view(operand: Operand, bytes: &[u8; 8], input: DType, sizes: &[i64]) -> View {
    match operand {
        Operand::Tensor(t) => broadcast(t, sizes),
        Operand::Number(_) => View { data: bytes.as_ptr() as *mut u8, strides: SmallVec::from_elem(0, sizes.len()), dtype: input },
    }
}

/// A tensor as the frame sees it.
pub fn of(t: &Tensor) -> View {
    View { data: t.data_ptr(), strides: Dims::from_slice(t.strides()), dtype: t.dtype() }
}

/// The same, repeated along the dimensions it lacks.
pub fn broadcast(t: &Tensor, sizes: &[i64]) -> View {
    View { data: t.data_ptr(), strides: shape::broadcast_strides(t.sizes(), t.strides(), sizes), dtype: t.dtype() }
}

/// A fresh output with the strides that PyTorch's iterator gives it: the inputs' order of dimensions.
pub fn output(sizes: &[i64], inputs: &[&Tensor], dtype: DType) -> Result<Tensor> {
    let plain = inputs.iter().all(|t| t.is_contiguous() || t.sizes() != sizes && t.dim() == 0);
    if plain || inputs.is_empty() {
        return Tensor::empty(sizes, dtype);
    }
    let first = inputs[0];
    let alike = |t: &&Tensor| t.sizes() == sizes && t.strides() == first.strides();
    let strides =
        if inputs.iter().all(alike) && first.is_dense() { Dims::from_slice(first.strides()) } else { ordered_strides(sizes, inputs) };
    let contiguous = shape::is_contiguous(sizes, &strides);
    Tensor::empty_strided(Dims::from_slice(sizes), strides, dtype, contiguous)
}

/// Dense strides whose order of dimensions follows the inputs'.
fn ordered_strides(sizes: &[i64], inputs: &[&Tensor]) -> Dims {
    let strides: SmallVec<[Dims; 3]> = inputs.iter().map(|t| shape::broadcast_strides(t.sizes(), t.strides(), sizes)).collect();
    strides_in_order(sizes, &strides)
}

/// The same of the operands' strides over `sizes`.
pub fn strides_in_order(sizes: &[i64], strides: &[Dims]) -> Dims {
    let n = sizes.len();
    // Fastest dimension first; an insertion sort, since the comparison is no total order.
    let mut order: SmallVec<[usize; 8]> = (0..n).rev().collect();
    for i in 1..n {
        let mut at = i;
        for j in (0..i).rev() {
            match compare(order[j], order[at], strides, sizes) {
                1 => {
                    order.swap(j, at);
                    at = j;
                }
                -1 => break,
                _ => {}
            }
        }
    }
    let mut out: Dims = SmallVec::from_elem(0, n);
    let mut step = 1;
    for d in order {
        out[d] = step;
        step *= sizes[d].max(1);
    }
    out
}

/// 1 where dimension `a` is walked in larger steps than `b`, -1 where in smaller, 0 where nobody can say.
fn compare(a: usize, b: usize, strides: &[Dims], sizes: &[i64]) -> i32 {
    for s in strides {
        let (x, y) = (s[a], s[b]);
        if x == 0 || y == 0 {
            continue;
        }
        if x != y {
            return if x > y { 1 } else { -1 };
        }
        if sizes[a] > sizes[b] {
            return 1;
        }
    }
    0
}
