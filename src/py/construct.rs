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
use super::memory;
use super::memory::from_array;
use super::memory::is_array;
use super::object;
use super::object::Obj;
use super::warnings;
use super::warnings::Warning;
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
    if memory::is_plain_sequence(data) {
        return Nest::of(data, wanted)?.tensor(wanted);
    }
    let number = <Scalar as Arg>::read(data).ok().filter(|s| !matches!(s, Scalar::Unsigned(_)));
    if is_array(data) {
        let t = from_array(data, false)?;
        return core(copy::to_dtype(&t, wanted.unwrap_or(t.dtype()), true)).and_then(|t| core(copy::contiguous(&t)));
    }
    if let Some(s) = number {
        let dtype = wanted.unwrap_or(s.dtype());
        core(creation::check_literal(s, dtype))?;
        return core(creation::filled(&[], s, dtype));
    }
    Nest::of(data, wanted)?.tensor(wanted)
}

/// Positions from a sequence or an array: int64, but for masks.
pub fn from_index(data: Obj) -> PyResult<Tensor> {
    let is_mask = |dtype: DType| matches!(dtype, DType::Bool | DType::U8);
    if is_array(data) {
        let t = from_array(data, false)?;
        let dtype = if is_mask(t.dtype()) { t.dtype() } else { DType::I64 };
        return core(copy::to_dtype(&t, dtype, true)).and_then(|t| core(copy::contiguous(&t)));
    }
    if convert::items(data).is_ok_and(|items| items.contains(&data)) {
        return Err(PyTypeError::new_err("new(): self-referential lists are incompatible"));
    }
    let nest = Nest::of(data, None)?;
    nest.tensor(Some(nest.seen.filter(|d| is_mask(*d)).unwrap_or(DType::I64)))
}

/// As deep as a tensor may be.
const MAX_DIMS: usize = 128;

/// Nested sequences on their way into a tensor.
struct Nest {
    sizes: Dims,
    values: Vec<Scalar>,
    /// The common type of what was seen.
    seen: Option<DType>,
    wanted: Option<DType>,
}

/// Does it stand for a dimension? Tensors do not, where the shape is read.
fn is_sequence(o: Obj) -> bool {
    // SAFETY: a live object, attached.
    unsafe { ffi::PySequence_Check(o) != 0 && ffi::PyUnicode_Check(o) == 0 && ffi::PyBytes_Check(o) == 0 && !object::is_tensor(o) }
}

/// Items of what can be iterated, as a list or tuple; TypeError with `refusal` where it cannot.
fn listed(o: Obj, refusal: &'static std::ffi::CStr) -> PyResult<Py<PyAny>> {
    // SAFETY: attached; a new reference, or an exception that is fetched.
    Python::attach(|py| unsafe { Bound::from_owned_ptr_or_err(py, ffi::PySequence_Fast(o, refusal.as_ptr())).map(Bound::unbind) })
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
    PyRuntimeError::new_err(format!("Could not infer dtype of {}", explain::plain_type_name(data)))
}

impl Nest {
    fn of(data: Obj, wanted: Option<DType>) -> PyResult<Nest> {
        let mut nest = Nest { sizes: Dims::new(), values: Vec::new(), seen: None, wanted };
        nest.shape_of(data)?;
        nest.fill(data, 0)?;
        Ok(nest)
    }

    fn tensor(&self, wanted: Option<DType>) -> PyResult<Tensor> {
        let dtype = wanted.or(self.seen).unwrap_or_else(dtype::default_dtype);
        let out = core(Tensor::empty(&self.sizes, dtype))?;
        with_dtype!(dtype, T => {
            for (slot, value) in out.as_mut_slice::<T>().iter_mut().zip(&self.values) {
                core(creation::check_literal(*value, dtype))?;
                *slot = creation::of_scalar(*value);
            }
        });
        Ok(out)
    }

    fn sees(&mut self, dtype: DType) {
        self.seen = Some(self.seen.map_or(dtype, |seen| dtype::promote(seen, dtype)));
    }

    /// The shape, read along the first items.
    fn shape_of(&mut self, data: Obj) -> PyResult<()> {
        // SAFETY: a live object, attached; references of items are kept while they are read.
        let mut held: Py<PyAny> = Python::attach(|py| unsafe { Bound::from_borrowed_ptr(py, data) }.unbind());
        loop {
            let o = held.as_ptr();
            if !is_sequence(o) {
                return self.check_first(o);
            }
            // SAFETY: attached.
            let n = unsafe { ffi::PySequence_Length(o) };
            if n < 0 {
                return Err(Python::attach(PyErr::fetch));
            }
            self.sizes.push(n as i64);
            if self.sizes.len() > MAX_DIMS {
                return Err(PyValueError::new_err(format!("too many dimensions '{}'", explain::plain_type_name(o))));
            }
            if n == 0 {
                return Ok(());
            }
            // SAFETY: attached.
            let item = unsafe { ffi::PySequence_GetItem(o, 0) };
            if item.is_null() {
                drop(Python::attach(PyErr::fetch));
                let name = explain::plain_type_name(o);
                return Err(PyValueError::new_err(format!("could not determine the shape of object type '{name}'")));
            }
            // SAFETY: a new reference.
            held = Python::attach(|py| unsafe { Bound::from_owned_ptr(py, item) }.unbind());
        }
    }

    /// Can the first innermost item be an element?
    fn check_first(&self, data: Obj) -> PyResult<()> {
        // SAFETY: a live object, attached.
        if unsafe { ffi::PyUnicode_Check(data) } != 0 && !self.sizes.is_empty() {
            return Err(PyValueError::new_err("too many dimensions 'str'"));
        }
        if object::is_tensor(data) {
            return Ok(());
        }
        match self.number(data) {
            Ok(_) => Ok(()),
            Err(convert::Refusal::Error(error)) => Err(error),
            Err(convert::Refusal::Type) => Err(no_number(data)),
        }
    }

    fn fill(&mut self, data: Obj, dim: usize) -> PyResult<()> {
        if dim == self.sizes.len() {
            return self.value(data);
        }
        let part = match object::as_tensor(data) {
            Some(t) => Some(t.clone()),
            None if is_array(data) => Some(from_array(data, false)?),
            None => None,
        };
        if let Some(t) = part
            && t.sizes() == &self.sizes[dim..]
        {
            if dim == 1 && !object::is_tensor(data) && self.values.is_empty() {
                warnings::once(Warning::ListOfArrays)?;
            }
            self.sees(t.dtype());
            let t = core(copy::contiguous(&t.detach()))?;
            self.values.extend((0..t.numel()).map(|i| creation::element(&t, i as i64)));
            return Ok(());
        }
        let items = listed(data, c"not a sequence")?;
        let items = convert::items(items.as_ptr()).map_or_else(|_| unreachable!("a list or tuple"), |found| (items, found));
        if items.1.len() as i64 != self.sizes[dim] {
            return Err(PyValueError::new_err(format!(
                "expected sequence of length {} at dim {dim} (got {})",
                self.sizes[dim],
                items.1.len()
            )));
        }
        items.1.iter().try_for_each(|&item| self.fill(item, dim + 1))
    }

    /// A number as an element: ints beyond 64 bits where it is a float or a bool.
    fn number(&self, data: Obj) -> Result<Scalar, convert::Refusal> {
        // SAFETY: a live object, attached.
        if unsafe { ffi::PyLong_CheckExact(data) } == 0 {
            return <Scalar as Arg>::read(data);
        }
        match self.wanted.or(self.seen) {
            Some(d) if d.is_float() => <f64 as Arg>::read(data).map(Scalar::Float),
            Some(DType::Bool) => <f64 as Arg>::read(data).map(|x| Scalar::Bool(x != 0.0)),
            _ => <i64 as Arg>::read(data).map(Scalar::Int),
        }
    }

    fn value(&mut self, data: Obj) -> PyResult<()> {
        if let Some(t) = object::as_tensor(data) {
            return self.tensor_value(t);
        }
        let value = match self.number(data) {
            Ok(value) => value,
            Err(convert::Refusal::Error(error)) => return Err(error),
            Err(convert::Refusal::Type) => return Err(self.misplaced(data)),
        };
        let of_numpy = if memory::is_plain_number(data) { None } else { memory::numpy_scalar_type(data) };
        self.sees(of_numpy.unwrap_or_else(|| value.dtype()));
        self.values.push(value);
        Ok(())
    }

    fn tensor_value(&mut self, t: &Tensor) -> PyResult<()> {
        if t.numel() != 1 {
            return Err(PyValueError::new_err("only one element tensors can be converted to Python scalars"));
        }
        if t.dtype().is_float() && self.wanted.is_some_and(|d| !d.is_float()) {
            return Err(PyTypeError::new_err("only integer tensors of a single element can be converted to an index"));
        }
        if t.requires_grad() && crate::graph::mode::grad_enabled() {
            warnings::once(Warning::GradToScalar)?;
        }
        self.sees(t.dtype());
        self.values.push(creation::element(t, 0));
        Ok(())
    }

    /// Why an object that is neither number nor tensor cannot stand for an element.
    fn misplaced(&self, data: Obj) -> PyErr {
        if is_array(data) {
            return PyTypeError::new_err("only 0-dimensional arrays can be converted to Python scalars");
        }
        if !is_sequence(data) {
            return no_number(data);
        }
        let name = explain::plain_type_name(data);
        if self.seen.is_none_or(|d| !d.is_float()) {
            return PyTypeError::new_err(format!("'{name}' object cannot be interpreted as an integer"));
        }
        PyTypeError::new_err(format!("must be real number, not {name}"))
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
            from_data(*one, Some(dtype)).map_err(|error| {
                if Python::attach(|py| error.is_instance_of::<PyValueError>(py)) {
                    return error;
                }
                PyTypeError::new_err(format!("new(): data must be a sequence (got {})", explain::plain_type_name(*one)))
            })
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
