//! Tensors from Python data and back: nested sequences, NumPy arrays (no copy where PyTorch makes none), lists.

use pyo3::exceptions::PyRuntimeError;
use pyo3::exceptions::PyTypeError;
use pyo3::exceptions::PyValueError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;
use pyo3::types::PyTuple;
use smallvec::SmallVec;

use super::convert;
use super::convert::Arg;
use super::errors;
use super::explain;
use super::object;
use super::object::Obj;
use crate::dtype;
use crate::dtype::DType;
use crate::dtype::Scalar;
use crate::ops::copy;
use crate::ops::creation;
use crate::shape::Dims;
use crate::storage::Owner;
use crate::tensor::Tensor;

const NUMPY: &[(&str, DType)] = &[
    ("b1", DType::Bool),
    ("u1", DType::U8),
    ("i1", DType::I8),
    ("i2", DType::I16),
    ("i4", DType::I32),
    ("i8", DType::I64),
    ("f2", DType::F16),
    ("f4", DType::F32),
    ("f8", DType::F64),
];

fn core<T>(result: crate::error::Result<T>) -> PyResult<T> {
    result.map_err(errors::from_core)
}

/// Does the object offer NumPy's array interface?
pub fn is_array(o: Obj) -> bool {
    // SAFETY: a live object, attached.
    unsafe { ffi::PyObject_HasAttrString(o, c"__array_interface__".as_ptr()) != 0 }
}

/// A tensor of its own from any data that `torch.tensor` takes.
pub fn from_data(data: Obj, wanted: Option<DType>) -> PyResult<Tensor> {
    if let Some(t) = object::as_tensor(data) {
        return core(copy::to_dtype(&t.detach(), wanted.unwrap_or(t.dtype()), true));
    }
    if let Ok(s) = <Scalar as Arg>::read(data) {
        if is_array(data) {
            let t = from_array(data)?;
            return core(copy::to_dtype(&t, wanted.unwrap_or(t.dtype()), true));
        }
        let dtype = wanted.unwrap_or(s.dtype());
        core(creation::check_literal(s, dtype))?;
        return core(creation::filled(&[], s, dtype));
    }
    if is_array(data) {
        let t = from_array(data)?;
        return core(copy::to_dtype(&t, wanted.unwrap_or(t.dtype()), true)).and_then(|t| core(copy::contiguous(&t)));
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
            // SAFETY: a live object, attached.
            if unsafe { ffi::PyUnicode_Check(data) } != 0 {
                return Err(PyTypeError::new_err("new(): invalid data type 'str'"));
            }
            // SAFETY: as above.
            if unsafe { ffi::PyLong_Check(data) } != 0 {
                return Err(PyValueError::new_err("Overflow when unpacking long long"));
            }
            if object::is_tensor(data) {
                return Err(PyValueError::new_err("only one element tensors can be converted to Python scalars"));
            }
            return Err(PyRuntimeError::new_err(format!("Could not infer dtype of {}", explain::type_name(data))));
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
                Some(_) => return Err(PyValueError::new_err("only one element tensors can be converted to Python scalars")),
                // SAFETY: a live object, attached.
                None if unsafe { ffi::PyUnicode_Check(data) } != 0 => return Err(PyTypeError::new_err("new(): invalid data type 'str'")),
                // SAFETY: as above.
                None if unsafe { ffi::PyLong_Check(data) } != 0 => return Err(PyValueError::new_err("Overflow when unpacking long long")),
                None if sequence(data).is_some() && self.seen.is_none_or(|d| !d.is_float()) => {
                    return Err(PyTypeError::new_err(format!(
                        "'{}' object cannot be interpreted as an integer",
                        explain::plain_type_name(data)
                    )));
                }
                None if sequence(data).is_some() => {
                    return Err(PyTypeError::new_err(format!("must be real number, not {}", explain::plain_type_name(data))));
                }
                None => return Err(PyRuntimeError::new_err(format!("Could not infer dtype of {}", explain::type_name(data)))),
            },
        };
        let dtype = object::as_tensor(data).map_or(value.dtype(), Tensor::dtype);
        self.seen = Some(self.seen.map_or(dtype, |seen| dtype::promote(seen, dtype)));
        self.values.push(value);
        Ok(())
    }
}

/// Keeps a NumPy array alive under a tensor.
struct ArrayOwner(Option<Py<PyAny>>);

impl Owner for ArrayOwner {
    fn visit(&self, visit: &mut dyn FnMut(*mut ())) {
        visit(self.0.as_ref().map_or(std::ptr::null_mut(), |o| o.as_ptr() as *mut ()));
    }
}

impl Drop for ArrayOwner {
    fn drop(&mut self) {
        let held = self.0.take();
        Python::attach(|_| drop(held));
    }
}

/// A tensor over the memory of a NumPy array.
pub fn from_array(array: Obj) -> PyResult<Tensor> {
    Python::attach(|py| {
        // SAFETY: a live object.
        let any = unsafe { Bound::<PyAny>::from_borrowed_ptr(py, array) };
        let interface = any.getattr("__array_interface__")?.cast_into::<PyDict>()?;
        let field = |name: &str| -> PyResult<Bound<'_, PyAny>> {
            interface.get_item(name)?.ok_or_else(|| PyTypeError::new_err("expected np.ndarray"))
        };
        let kind: String = field("typestr")?.extract()?;
        let Some((_, dtype)) = NUMPY.iter().find(|(code, _)| kind.strip_prefix(['<', '|', '=']) == Some(code)) else {
            return Err(PyTypeError::new_err(format!(
                "can't convert np.ndarray of type {}. The only supported types are: float64, float32, float16, complex64, complex128, int64, int32, int16, int8, uint64, uint32, uint16, uint8, and bool.",
                scalar_type_name(&any)
            )));
        };
        let sizes: Vec<i64> = field("shape")?.extract()?;
        let item = dtype.size() as i64;
        let strides: Vec<i64> = match interface.get_item("strides")? {
            Some(strides) if !strides.is_none() => strides.extract()?,
            _ => crate::shape::contiguous_strides(&sizes).iter().map(|s| s * item).collect(),
        };
        let (address, _): (usize, bool) = field("data")?.extract()?;
        if strides.iter().any(|&s| s < 0) {
            return Err(PyValueError::new_err(
                "At least one stride in the given numpy array is negative, and tensors with negative strides are not currently supported. (You can probably work around this by making a copy of your array  with array.copy().) ",
            ));
        }
        if strides.iter().any(|&s| s % item != 0) {
            return Err(PyValueError::new_err(
                "given numpy array strides not a multiple of the element byte size. Copy the numpy array to reallocate the memory.",
            ));
        }
        let in_elements: Dims = strides.iter().map(|s| s / item).collect();
        let reach: i64 = sizes.iter().zip(&in_elements).map(|(&n, &s)| (n - 1).max(0) * s).sum();
        let owner = Box::new(ArrayOwner(Some(any.unbind())));
        core(Tensor::foreign(address as *mut u8, ((reach + 1) * item) as usize, Dims::from_vec(sizes), in_elements, *dtype, owner))
    })
}

fn scalar_type_name(array: &Bound<'_, PyAny>) -> String {
    let name = || -> PyResult<String> {
        let ty = array.getattr("dtype")?.getattr("type")?;
        Ok(format!("numpy.{}", ty.getattr("__name__")?.extract::<String>()?))
    };
    name().unwrap_or_else(|_| "object".into())
}

/// Holds a buffer's export while a tensor uses it.
struct BufferOwner(Box<ffi::Py_buffer>);

// SAFETY: the export is only released, and only while attached.
unsafe impl Send for BufferOwner {}
// SAFETY: as above.
unsafe impl Sync for BufferOwner {}

impl Owner for BufferOwner {
    fn visit(&self, visit: &mut dyn FnMut(*mut ())) {
        visit(self.0.obj as *mut ());
    }
}

impl Drop for BufferOwner {
    fn drop(&mut self) {
        // SAFETY: attached; the export is released once.
        Python::attach(|_| unsafe { ffi::PyBuffer_Release(&mut *self.0) });
    }
}

/// A one-dimensional tensor over the memory of a buffer; `count` of -1 takes all that is left.
pub fn from_buffer(buffer: Obj, dtype: DType, count: i64, offset: i64) -> PyResult<Tensor> {
    let size = dtype.size() as i64;
    // SAFETY: a zeroed Py_buffer is what GetBuffer fills.
    let mut view: Box<ffi::Py_buffer> = Box::new(unsafe { std::mem::zeroed() });
    // SAFETY: attached; on failure nothing is exported.
    if unsafe { ffi::PyObject_GetBuffer(buffer, &mut *view, ffi::PyBUF_SIMPLE) } != 0 {
        Python::attach(|py| drop(PyErr::fetch(py)));
        return Err(PyValueError::new_err("object does not implement Python buffer protocol."));
    }
    let (length, data) = (view.len as i64, view.buf as *mut u8);
    let owner = Box::new(BufferOwner(view));
    if length == 0 || count == 0 {
        return Err(PyValueError::new_err(format!("both buffer length ({length}) and count ({count}) must not be 0")));
    }
    if offset < 0 || offset >= length {
        return Err(PyValueError::new_err(format!(
            "offset ({offset} bytes) must be non-negative and no greater than buffer length ({length} bytes) minus 1"
        )));
    }
    if count <= 0 && (length - offset) % size != 0 {
        return Err(PyValueError::new_err(format!(
            "buffer length ({} bytes) after offset ({offset} bytes) must be a multiple of element size ({size})",
            length - offset
        )));
    }
    let n = if count < 0 { (length - offset) / size } else { count };
    if offset + n * size > length {
        return Err(PyValueError::new_err(format!(
            "requested buffer length ({n} * {size} bytes) after offset ({offset} bytes) must not be greater than actual buffer length ({length} bytes)"
        )));
    }
    let dims = |x: i64| Dims::from_slice(&[x]);
    core(Tensor::foreign(data.wrapping_add(offset as usize), (n * size) as usize, dims(n), dims(1), dtype, owner))
}

/// What NumPy reads a tensor's memory through; keeps the tensor alive as the array's base.
#[pyclass(frozen, name = "_Memory", module = "rgrad._C")]
struct Memory(Tensor);

#[pymethods]
impl Memory {
    #[getter]
    fn __array_interface__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let t = &self.0;
        let (code, _) = NUMPY.iter().find(|(_, d)| *d == t.dtype()).expect("checked before");
        let dict = PyDict::new(py);
        let item = t.dtype().size() as i64;
        dict.set_item("typestr", format!("{}{code}", if item == 1 { '|' } else { '<' }))?;
        dict.set_item("shape", PyTuple::new(py, t.sizes())?)?;
        dict.set_item("strides", PyTuple::new(py, t.strides().iter().map(|s| s * item))?)?;
        dict.set_item("data", (t.data_ptr() as usize, false))?;
        dict.set_item("version", 3)?;
        Ok(dict)
    }
}

/// A NumPy array over the tensor's memory.
pub fn numpy(t: &'static Tensor, force: bool) -> PyResult<Obj> {
    if t.requires_grad() && !force {
        return Err(PyRuntimeError::new_err("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."));
    }
    if t.dtype() == DType::BF16 {
        return Err(PyTypeError::new_err("Got unsupported ScalarType BFloat16"));
    }
    static ASARRAY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    Python::attach(|py| {
        let asarray = ASARRAY.get_or_try_init(py, || PyResult::Ok(py.import("numpy")?.getattr("asarray")?.unbind()))?;
        let memory = Py::new(py, Memory(t.detach()))?;
        Ok(asarray.bind(py).call1((memory,))?.into_ptr())
    })
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
