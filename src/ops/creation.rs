//! Tensors made from nothing: filled, counted, spaced; and numbers read back.

use crate::dtype;
use crate::dtype::Class;
use crate::dtype::Convert;
use crate::dtype::DType;
use crate::dtype::Element;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::graph::record::recording;
use crate::kernels::map;
use crate::kernels::map::View;
use crate::kernels::ramp;
use crate::ops::elementwise;
use crate::ops::elementwise::Operand;
use crate::ops::expr::grads;
use crate::ops::inplace;
use crate::shape;
use crate::shape::Dims;
use crate::tensor::Tensor;

/// Undefined content. `dtype` None is the default dtype.
pub fn empty(size: &[i64], dtype: Option<DType>) -> Result<Tensor> {
    Tensor::empty(size, dtype.unwrap_or_else(dtype::default_dtype))
}

/// All bytes zero: 0 in every dtype.
#[inline]
pub fn zeros(size: &[i64], dtype: DType) -> Result<Tensor> {
    let out = Tensor::empty(size, dtype)?;
    zero_bytes(&out);
    Ok(out)
}

fn zero_bytes(dense: &Tensor) {
    // SAFETY: a dense tensor covers `numel` elements from its start.
    unsafe { std::ptr::write_bytes(dense.data_ptr(), 0, dense.numel() * dense.dtype().size()) };
}

fn check_size(size: &[i64], name: &str) -> Result<()> {
    if size.iter().any(|&n| n < 0) {
        fail!(Runtime, "{name}: Dimension size must be non-negative.");
    }
    Ok(())
}

pub fn zeros_of(size: &[i64], dtype: Option<DType>) -> Result<Tensor> {
    check_size(size, "zeros")?;
    zeros(size, dtype.unwrap_or_else(dtype::default_dtype))
}

pub fn ones(size: &[i64], dtype: Option<DType>) -> Result<Tensor> {
    filled(size, Scalar::Int(1), dtype.unwrap_or_else(dtype::default_dtype))
}

/// Every element `value`.
pub fn filled(size: &[i64], value: Scalar, dtype: DType) -> Result<Tensor> {
    let out = Tensor::empty(size, dtype)?;
    fill_data(&out, value);
    Ok(out)
}

/// Every element `fill_value`, in its own dtype unless one is given.
pub fn full(size: &[i64], fill_value: Scalar, dtype: Option<DType>) -> Result<Tensor> {
    let dtype = dtype.unwrap_or_else(|| fill_value.dtype());
    check_fits(fill_value, dtype)?;
    filled(size, fill_value, dtype)
}

/// A 0-d tensor of a Python number, in the dtype that it would have.
pub fn scalar(value: Scalar) -> Result<Tensor> {
    filled(&[], value, value.dtype())
}

/// Writes `value` everywhere. No history, no version.
pub fn fill_data(target: &Tensor, value: Scalar) {
    let dtype = target.dtype();
    if target.is_contiguous() && target.numel() <= map::CHUNK {
        return with_dtype!(dtype, T => target.as_mut_slice::<T>().fill(of_scalar(value)));
    }
    let aligned = u64::from_ne_bytes(bytes_of(value, dtype));
    let strides = smallvec::SmallVec::from_elem(0, target.dim());
    let source = View { data: &raw const aligned as *mut u8, strides, dtype };
    // Repeated elements are written once.
    let once: Dims = target.sizes().iter().zip(target.strides()).map(|(&n, &step)| if step == 0 { n.min(1) } else { n }).collect();
    // SAFETY: the source is one live element, read with stride 0.
    unsafe { map::copy(&once, elementwise::of(target), source) };
}

/// The bytes of an element, the rest 0.
pub fn bytes_of(value: Scalar, dtype: DType) -> [u8; 8] {
    let mut bytes = [0; 8];
    with_dtype!(dtype, T => {
        let x: T = of_scalar(value);
        // SAFETY: eight bytes hold any element.
        unsafe { (bytes.as_mut_ptr() as *mut T).write_unaligned(x) };
    });
    bytes
}

/// A Python number as an element.
pub fn of_scalar<T: Element>(value: Scalar) -> T {
    match value {
        Scalar::Float(x) => T::from_f64(x),
        whole if T::DTYPE.class() == Class::Int => T::from_i64(whole.to_i64()),
        whole => T::from_f64(whole.to_f64()),
    }
}

/// self = value.  The old values get no gradient.
pub fn fill_(target: &Tensor, value: Scalar) -> Result<()> {
    check_fits(value, target.dtype())?;
    if recording(&[target]) {
        return inplace::run(target, &[], false, || {
            let out = filled(target.sizes(), value, target.dtype())?;
            record("FillBackward0", &[target], out, |_| |cx, g| grads![cx; zeros(g.sizes(), g.dtype())])
        });
    }
    target.check_inplace()?;
    fill_data(target, value);
    target.bump_version();
    Ok(())
}

/// A number that a dtype cannot hold is an error, not a wrap. -1 is 255 as uint8; infinities are floats.
pub fn check_fits(value: Scalar, dtype: DType) -> Result<()> {
    check_range(value, dtype, None)
}

/// The same where floats round to infinity: what PyTorch makes a 0-d tensor of first.
pub fn check_whole(value: Scalar, dtype: DType) -> Result<()> {
    if dtype.is_float() { Ok(()) } else { check_range(value, dtype, None) }
}

/// The same for a number given to `tensor`, which rounds floats to any float type.
pub fn check_literal(value: Scalar, dtype: DType) -> Result<()> {
    if dtype.is_float() { Ok(()) } else { check_range(value, dtype, Some(dtype.name())) }
}

fn check_range(value: Scalar, dtype: DType, shown: Option<&str>) -> Result<()> {
    let (low, high, name) = match dtype {
        DType::U8 if matches!(value, Scalar::Int(_)) => (-255.0, 255.0, "uint8_t"),
        DType::U8 => (0.0, 255.0, "uint8_t"),
        DType::I8 => (i8::MIN as f64, i8::MAX as f64, "int8_t"),
        DType::I16 => (i16::MIN as f64, i16::MAX as f64, "int16_t"),
        DType::I32 => (i32::MIN as f64, i32::MAX as f64, "int"),
        DType::I64 => (i64::MIN as f64, i64::MAX as f64, "int64_t"),
        DType::F16 => (-65504.0, 65504.0, "c10::Half"),
        DType::BF16 => (half::bf16::MIN.to_f64(), half::bf16::MAX.to_f64(), "c10::BFloat16"),
        DType::F32 => (f32::MIN as f64, f32::MAX as f64, "float"),
        DType::Bool | DType::F64 => return Ok(()),
        #[cfg(feature = "complex")]
        DType::C64 => (f32::MIN as f64, f32::MAX as f64, "c10::complex<float>"),
    };
    let v = value.to_f64();
    let beyond = !(low..=high).contains(&v) || dtype == DType::I64 && matches!(value, Scalar::Unsigned(_));
    if beyond && (v.is_finite() || !dtype.is_float()) {
        fail!(Runtime, "value cannot be converted to type {} without overflow", shown.unwrap_or(name));
    }
    Ok(())
}

/// A number as a dtype holds it; what it cannot hold is an error.
pub fn fitted(value: Scalar, dtype: DType) -> Result<Scalar> {
    check_fits(value, dtype)?;
    Ok(value.cast(dtype))
}

/// The same, but half types leave it to the float32 that they compute in.
pub fn fitted_for_math(value: Scalar, dtype: DType) -> Result<Scalar> {
    fitted(value, if dtype.class() == Class::F32 { DType::F32 } else { dtype })
}

/// The one element as a Python number.
pub fn item(input: &Tensor) -> Result<Scalar> {
    if input.numel() != 1 {
        fail!(Runtime, "a Tensor with {} elements cannot be converted to Scalar", input.numel());
    }
    Ok(element(input, 0))
}

/// The element `offset` elements from the start.
pub fn element(input: &Tensor, offset: i64) -> Scalar {
    with_dtype!(input.dtype(), T => {
        // SAFETY: the caller gives an offset inside the tensor.
        let x = unsafe { *(input.data_ptr() as *const T).offset(offset as isize) };
        match T::DTYPE.class() {
            Class::Int if T::DTYPE == DType::Bool => Scalar::Bool(x.to_i64() != 0),
            Class::Int => Scalar::Int(x.to_i64()),
            _ => Scalar::Float(x.to_f64()),
        }
    })
}

/// A float as C++ prints it.
fn shown(x: f64) -> String {
    if x.is_nan() { "nan".to_string() } else { x.to_string() }
}

/// start, start + step, ... below end.
pub fn arange(start: Scalar, end: Scalar, step: Scalar, dtype: Option<DType>) -> Result<Tensor> {
    let floats = start.is_float() || end.is_float() || step.is_float();
    let dtype = dtype.unwrap_or_else(|| if floats { dtype::default_dtype() } else { DType::I64 });
    if dtype == DType::Bool {
        fail!(NotImplemented, "\"arange_cpu\" not implemented for 'Bool'");
    }
    let (first, last, by) = (start.to_f64(), end.to_f64(), step.to_f64());
    if by == 0.0 || by.is_nan() {
        fail!(Runtime, "step must be nonzero");
    }
    if dtype == DType::I64 {
        [start, end, step].iter().try_for_each(|&s| check_fits(s, dtype))?;
        if step.to_i64() == 0 {
            fail!(Value, "step must be nonzero");
        }
    }
    if !first.is_finite() || !last.is_finite() {
        fail!(Runtime, "unsupported range: {} -> {}", shown(first), shown(last));
    }
    if (by > 0.0 && last < first) || (by < 0.0 && last > first) {
        fail!(Runtime, "upper bound and lower bound inconsistent with step sign");
    }
    let integers = dtype.class() == Class::Int;
    let count = if dtype == DType::I64 || integers && !floats {
        // As in PyTorch, a range of more than 63 bits wraps.
        let (a, b, s) = (start.to_i64(), end.to_i64(), step.to_i64());
        (b.wrapping_sub(a).wrapping_add(s).wrapping_sub(s.signum()).wrapping_div(s)) as f64
    } else {
        ((last - first) / by).ceil()
    };
    if !(0.0..=i64::MAX as f64).contains(&count) {
        fail!(Runtime, "invalid size, possible overflow?");
    }
    let out = Tensor::empty(&[count as i64], dtype)?;
    match integers {
        true => ramp::integers(out.data_ptr(), dtype, out.numel(), start.to_i64(), step.to_i64()),
        false => ramp::floats(out.data_ptr(), dtype, out.numel(), first, by),
    }
    Ok(out)
}

pub fn arange_to(end: Scalar, dtype: Option<DType>) -> Result<Tensor> {
    arange(Scalar::Int(0), end, Scalar::Int(1), dtype)
}

pub fn arange_from(start: Scalar, end: Scalar, dtype: Option<DType>) -> Result<Tensor> {
    arange(start, end, Scalar::Int(1), dtype)
}

/// `steps` points from start to end, both included; the second half counts from the end, so it is symmetric.
pub fn linspace(start: Scalar, end: Scalar, steps: i64, dtype: Option<DType>) -> Result<Tensor> {
    if steps < 0 {
        fail!(Runtime, "number of steps must be non-negative");
    }
    let dtype = dtype.unwrap_or_else(dtype::default_dtype);
    if dtype == DType::Bool {
        fail!(NotImplemented, "\"linspace_cpu\" not implemented for 'Bool'");
    }
    let out = Tensor::empty(&[steps], dtype)?;
    if steps == 0 {
        return Ok(out);
    }
    let (a, b, n) = (fitted(start, dtype)?.to_f64(), fitted(end, dtype)?.to_f64(), steps as usize);
    match dtype.class() {
        Class::F32 => ramp::between(out.data_ptr(), dtype, n, a as f32, b as f32),
        _ => ramp::between(out.data_ptr(), dtype, n, a, b),
    }
    Ok(out)
}

/// Ones on the diagonal of n by m.
pub fn eye(n: i64, m: i64, dtype: Option<DType>) -> Result<Tensor> {
    if n < 0 {
        fail!(Runtime, "n must be greater or equal to 0, got {n}");
    }
    if m < 0 {
        fail!(Runtime, "m must be greater or equal to 0, got {m}");
    }
    let out = zeros(&[n, m], dtype.unwrap_or_else(dtype::default_dtype))?;
    let diagonal = out.alias(Dims::from_slice(&[n.min(m)]), Dims::from_slice(&[m + 1]), 0);
    fill_data(&diagonal, Scalar::Int(1));
    Ok(out)
}

pub fn eye_square(n: i64, dtype: Option<DType>) -> Result<Tensor> {
    eye(n, n, dtype)
}

/// Undefined content in the shape and order of `input`.
pub fn empty_like(input: &Tensor, dtype: Option<DType>) -> Result<Tensor> {
    elementwise::output(input.sizes(), &[input], dtype.unwrap_or(input.dtype()))
}

pub fn full_like(input: &Tensor, fill_value: Scalar, dtype: Option<DType>) -> Result<Tensor> {
    let out = empty_like(input, dtype)?;
    check_fits(fill_value, out.dtype())?;
    fill_data(&out, fill_value);
    Ok(out)
}

pub fn zeros_like(input: &Tensor, dtype: Option<DType>) -> Result<Tensor> {
    let out = empty_like(input, dtype)?;
    zero_bytes(&out);
    Ok(out)
}

pub fn ones_like(input: &Tensor, dtype: Option<DType>) -> Result<Tensor> {
    full_like(input, Scalar::Int(1), dtype)
}

pub fn new_zeros(input: &Tensor, size: &[i64], dtype: Option<DType>) -> Result<Tensor> {
    zeros(size, dtype.unwrap_or(input.dtype()))
}

pub fn new_ones(input: &Tensor, size: &[i64], dtype: Option<DType>) -> Result<Tensor> {
    filled(size, Scalar::Int(1), dtype.unwrap_or(input.dtype()))
}

pub fn new_empty(input: &Tensor, size: &[i64], dtype: Option<DType>) -> Result<Tensor> {
    Tensor::empty(size, dtype.unwrap_or(input.dtype()))
}

pub fn new_full(input: &Tensor, size: &[i64], fill_value: Scalar, dtype: Option<DType>) -> Result<Tensor> {
    full(size, fill_value, Some(dtype.unwrap_or(input.dtype())))
}

/// y = value everywhere, in the input's shape and dtype.  dvalue = the sum of g.
pub fn fill(input: &Tensor, value: Operand) -> Result<Tensor> {
    let filler = match value {
        Operand::Tensor(v) if v.dim() != 0 => {
            fail!(Runtime, "fill_ only supports 0-dimension value tensor but got tensor with {} dimensions.", v.dim())
        }
        Operand::Tensor(v) => item(v)?,
        Operand::Number(s) => s,
    };
    check_fits(filler, input.dtype())?;
    let out = full_like(input, filler, None)?;
    record("FillBackward0", &[Operand::Tensor(input), value], out, |_| |cx, g| grads![cx; zeros(g.sizes(), g.dtype()), g])
}

pub fn zero_(target: &Tensor) -> Result<Tensor> {
    fill_(target, Scalar::Int(0))?;
    Ok(target.clone())
}

pub fn scalar_tensor(s: Scalar, dtype: Option<DType>) -> Result<Tensor> {
    let dtype = dtype.unwrap_or_else(dtype::default_dtype);
    check_whole(s, dtype)?;
    filled(&[], s, dtype)
}

/// base^x for x of `linspace`.
pub fn logspace(start: Scalar, end: Scalar, steps: i64, base: f64, dtype: Option<DType>) -> Result<Tensor> {
    if steps < 0 {
        fail!(Runtime, "number of steps must be non-negative");
    }
    let dtype = dtype.unwrap_or_else(dtype::default_dtype);
    if dtype == DType::Bool {
        fail!(NotImplemented, "\"logspace_cpu\" not implemented for 'Bool'");
    }
    let compute = if dtype.class() == Class::Int { DType::F64 } else { dtype };
    let whole = |s: Scalar| if dtype.class() == Class::Int { Scalar::Int(s.to_i64()) } else { s };
    let exponents = linspace(whole(start), whole(end), steps, Some(compute))?;
    let out = crate::ops::arithmetic::pow(base.into(), (&exponents).into())?;
    crate::ops::copy::to_dtype(&out, dtype, false)
}

/// Undefined content under strides of the caller's choice.
pub fn empty_strided(size: &[i64], stride: &[i64], dtype: Option<DType>) -> Result<Tensor> {
    if size.len() != stride.len() {
        fail!(Runtime, "dimensionality of sizes ({}) must match dimensionality of strides ({})", size.len(), stride.len());
    }
    let numel = shape::numel(size, 1)?;
    if numel > 0 && stride.iter().any(|&s| s < 0) {
        let (sizes, strides) = (shape::list(size), shape::list(stride));
        fail!(Runtime, "Storage size calculation overflowed with sizes={sizes} and strides={strides}");
    }
    let out = Tensor::empty(&[0], dtype.unwrap_or_else(dtype::default_dtype))?;
    out.set_sizes(Dims::from_slice(size), Dims::from_slice(stride))?;
    Ok(out)
}

pub fn new_empty_strided(input: &Tensor, size: &[i64], stride: &[i64], dtype: Option<DType>) -> Result<Tensor> {
    empty_strided(size, stride, Some(dtype.unwrap_or(input.dtype())))
}
