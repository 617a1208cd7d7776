//! Tensors from Python data and back: nested sequences, lists, bytes.

use pyo3::exceptions::PyRuntimeError;
use pyo3::exceptions::PyTypeError;
use pyo3::exceptions::PyValueError;
use pyo3::ffi;
use pyo3::prelude::*;
use smallvec::SmallVec;

use super::convert;
use super::convert::Arg;
use super::errors::core;
use super::explain;
use super::memory::from_array;
use super::memory::is_array;
use super::object;
use super::object::Obj;
use crate::dtype;
use crate::dtype::DType;
use crate::dtype::Scalar;
use crate::ops::copy;
use crate::ops::creation;
use crate::shape::Dims;
use crate::tensor::Tensor;

/// A tensor of its own from any data that `torch.tensor` takes.
pub fn from_data(data: Obj, wanted: Option<DType>) -> PyResult<Tensor> {
    if let Some(t) = object::as_tensor(data) {
        return core(copy::to_dtype(&t.detach(), wanted.unwrap_or(t.dtype()), true));
    }
    let number = <Scalar as Arg>::read(data).ok();
    if is_array(data) {
        let t = from_array(data)?;
        return core(copy::to_dtype(&t, wanted.unwrap_or(t.dtype()), true)).and_then(|t| core(copy::contiguous(&t)));
    }
    if let Some(s) = number {
        let dtype = wanted.unwrap_or(s.dtype());
        core(creation::check_literal(s, dtype))?;
        return core(creation::filled(&[], s, dtype));
    }
    from_sequence(data, wanted)
}

fn from_sequence(data: Obj, wanted: Option<DType>) -> PyResult<Tensor> {
    let mut nest = Nest { sizes: Dims::new(), values: Vec::new(), seen: None };
    nest.shape_of(data)?;
    nest.fill(data, 0)?;
    let dtype = wanted.or(nest.seen).unwrap_or_else(dtype::default_dtype);
    let out = core(Tensor::empty(&nest.sizes, dtype))?;
    with_dtype!(dtype, T => {
        for (slot, value) in out.as_mut_slice::<T>().iter_mut().zip(&nest.values) {
            core(creation::check_literal(*value, dtype))?;
            *slot = creation::of_scalar(*value);
        }
    });
    Ok(out)
}

/// Nested sequences on their way into a tensor.
struct Nest {
    sizes: Dims,
    values: Vec<Scalar>,
    /// The common type of what was seen.
    seen: Option<DType>,
}

/// Items of any sequence, as new references.
fn sequence(o: Obj) -> Option<Vec<Py<PyAny>>> {
    Python::attach(|py| {
        // SAFETY: a live object.
        let any = unsafe { Bound::<PyAny>::from_borrowed_ptr(py, o) };
        // SAFETY: as above.
        let text = unsafe { ffi::PyUnicode_Check(o) != 0 || ffi::PyBytes_Check(o) != 0 };
        // SAFETY: as above.
        if text || unsafe { ffi::PySequence_Check(o) } == 0 || object::is_tensor(o) && any.len().is_err() {
            return None;
        }
        let n = any.len().ok()?;
        (0..n).map(|i| any.get_item(i).map(Bound::unbind).ok()).collect()
    })
}

/// Why the object is no element.
fn no_number(data: Obj) -> PyErr {
    // SAFETY: a live object, attached.
    if unsafe { ffi::PyUnicode_Check(data) } != 0 {
        return PyTypeError::new_err("new(): invalid data type 'str'");
    }
    // SAFETY: as above.
    if unsafe { ffi::PyLong_Check(data) } != 0 {
        return PyValueError::new_err("Overflow when unpacking long long");
    }
    if object::is_tensor(data) {
        return PyValueError::new_err("only one element tensors can be converted to Python scalars");
    }
    PyRuntimeError::new_err(format!("Could not infer dtype of {}", explain::type_name(data)))
}

impl Nest {
    /// The shape, read along the first items.
    fn shape_of(&mut self, data: Obj) -> PyResult<()> {
        let Some(items) = sequence(data) else {
            // SAFETY: a live object, attached.
            if unsafe { ffi::PyUnicode_Check(data) } != 0 && !self.sizes.is_empty() {
                return Err(PyValueError::new_err("too many dimensions 'str'"));
            }
            // SAFETY: a live object, attached.
            if unsafe { ffi::PyLong_Check(data) } != 0
                && let Err(convert::Refusal::Error(error)) = <i64 as Arg>::read(data)
            {
                return Err(error);
            }
            match <Scalar as Arg>::read(data) {
                Ok(_) => return Ok(()),
                Err(convert::Refusal::Error(error)) => return Err(error),
                Err(convert::Refusal::Type) => {}
            }
            return Err(no_number(data));
        };
        if self.sizes.len() > 128 {
            return Err(PyValueError::new_err(format!("too many dimensions '{}'", explain::type_name(data))));
        }
        self.sizes.push(items.len() as i64);
        match items.first() {
            Some(first) => self.shape_of(first.as_ptr()),
            None => Ok(()),
        }
    }

    fn fill(&mut self, data: Obj, dim: usize) -> PyResult<()> {
        if dim == self.sizes.len() {
            return self.value(data);
        }
        let Some(items) = sequence(data) else {
            return Err(PyTypeError::new_err("not a sequence"));
        };
        if items.len() as i64 != self.sizes[dim] {
            return Err(PyValueError::new_err(format!(
                "expected sequence of length {} at dim {dim} (got {})",
                self.sizes[dim],
                items.len()
            )));
        }
        items.iter().try_for_each(|item| self.fill(item.as_ptr(), dim + 1))
    }

    fn value(&mut self, data: Obj) -> PyResult<()> {
        let value = match <Scalar as Arg>::read(data) {
            Ok(value) => value,
            Err(convert::Refusal::Error(error)) => return Err(error),
            Err(convert::Refusal::Type) => match object::as_tensor(data) {
                Some(t) if t.numel() == 1 => creation::element(t, 0),
                None if sequence(data).is_some() && self.seen.is_none_or(|d| !d.is_float()) => {
                    return Err(PyTypeError::new_err(format!(
                        "'{}' object cannot be interpreted as an integer",
                        explain::plain_type_name(data)
                    )));
                }
                None if sequence(data).is_some() => {
                    return Err(PyTypeError::new_err(format!("must be real number, not {}", explain::plain_type_name(data))));
                }
                _ => return Err(no_number(data)),
            },
        };
        let dtype = object::as_tensor(data).map_or(value.dtype(), Tensor::dtype);
        self.seen = Some(self.seen.map_or(dtype, |seen| dtype::promote(seen, dtype)));
        self.values.push(value);
        Ok(())
    }
}

/// Nested lists of Python numbers; a number for 0-d.
pub fn to_list(t: &Tensor, dim: usize, offset: i64) -> Obj {
    if dim == t.dim() {
        return convert::number(creation::element(t, offset));
    }
    let (size, stride) = (t.sizes()[dim], t.strides()[dim]);
    // SAFETY: attached; the list takes the references.
    unsafe {
        let list = ffi::PyList_New(size as isize);
        for i in 0..size {
            ffi::PyList_SET_ITEM(list, i as isize, to_list(t, dim + 1, offset + i * stride));
        }
        list
    }
}

/// `torch.Tensor(...)`: no arguments, sizes, data, or another tensor; always of the default dtype.
pub fn legacy(args: &[Obj]) -> PyResult<Tensor> {
    let dtype = dtype::default_dtype();
    match args {
        [] => core(Tensor::empty(&[0], dtype)),
        [one] => {
            if let Some(t) = object::as_tensor(*one) {
                if t.dtype() != dtype {
                    return Err(PyTypeError::new_err(format!(
                        "expected {dtype_name} (got {})",
                        t.dtype().scalar_type(),
                        dtype_name = dtype.scalar_type()
                    )));
                }
                return Ok(t.detach());
            }
            if let Ok(n) = <i64 as Arg>::read(*one) {
                return core(Tensor::empty(&[n], dtype));
            }
            // SAFETY: a live object, attached.
            let is_size = unsafe { (*ffi::Py_TYPE(*one)).tp_name };
            // SAFETY: a type's name is a C string.
            if unsafe { std::ffi::CStr::from_ptr(is_size) }.to_bytes() == b"Size" {
                return match <&[i64] as Arg>::read(*one) {
                    Ok(sizes) => core(Tensor::empty(&sizes, dtype)),
                    Err(_) => Err(PyTypeError::new_err("a Size holds ints")),
                };
            }
            from_data(*one, Some(dtype))
                .map_err(|_| PyTypeError::new_err(format!("new(): data must be a sequence (got {})", explain::type_name(*one))))
        }
        many => {
            let sizes: Result<SmallVec<[i64; 5]>, _> = many.iter().map(|&o| <i64 as Arg>::read(o)).collect();
            match sizes {
                Ok(sizes) => core(Tensor::empty(&sizes, dtype)),
                Err(_) => Err(PyTypeError::new_err("new() received an invalid combination of arguments")),
            }
        }
    }
}

/// A byte for each element's value; what `bytes` and pickling read.
pub fn raw_bytes(t: &Tensor) -> PyResult<Vec<u8>> {
    let t = core(copy::contiguous(&t.detach()))?;
    let n = t.numel() * t.dtype().size();
    // SAFETY: a contiguous tensor has that many bytes.
    Ok(if n == 0 { Vec::new() } else { unsafe { std::slice::from_raw_parts(t.data_ptr(), n) }.to_vec() })
}

/// The inverse of `raw_bytes`.
pub fn from_bytes(bytes: &[u8], sizes: &[i64], dtype: DType) -> PyResult<Tensor> {
    let out = core(Tensor::empty(sizes, dtype))?;
    if bytes.len() != out.numel() * dtype.size() {
        return Err(PyValueError::new_err("the bytes do not fill the tensor"));
    }
    // SAFETY: lengths agree and the tensor is fresh.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), out.data_ptr(), bytes.len()) };
    Ok(out)
}
