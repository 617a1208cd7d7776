//! Memory shared with Python without a copy: NumPy arrays, both ways, and buffers.

use pyo3::exceptions::PyRuntimeError;
use pyo3::exceptions::PyTypeError;
use pyo3::exceptions::PyValueError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;
use pyo3::types::PyTuple;

use super::errors::core;
use super::object::Obj;
use super::warnings;
use super::warnings::Warning;
use crate::dtype::DType;
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

/// Does the object offer NumPy's array interface?
pub fn is_array(o: Obj) -> bool {
    // SAFETY: a live object, attached.
    unsafe {
        // Most are none by their type; to look for an attribute that is missing is slow.
        !is_plain_number(o) && !is_plain_sequence(o) && ffi::PyObject_HasAttrString(o, c"__array_interface__".as_ptr()) != 0
    }
}

/// A float or an int, of no other class.
pub fn is_plain_number(o: Obj) -> bool {
    // SAFETY: a live object, attached.
    unsafe { ffi::PyFloat_CheckExact(o) != 0 || ffi::PyLong_CheckExact(o) != 0 }
}

/// A list or a tuple, of no other class.
pub fn is_plain_sequence(o: Obj) -> bool {
    // SAFETY: a live object, attached.
    unsafe { ffi::PyList_CheckExact(o) != 0 || ffi::PyTuple_CheckExact(o) != 0 }
}

/// The dtype of a NumPy scalar.
pub fn numpy_scalar_type(o: Obj) -> Option<DType> {
    // SAFETY: a live type's name is a C string.
    let name = unsafe { std::ffi::CStr::from_ptr((*ffi::Py_TYPE(o)).tp_name) }.to_str().ok()?;
    match name.strip_prefix("numpy.")? {
        "bool" | "bool_" => Some(DType::Bool),
        short => crate::dtype::DTYPES.iter().copied().find(|d| d.name() == short),
    }
}

/// Keeps a NumPy array alive under a tensor, and its interface, which holds the array that a scalar is shown as.
struct ArrayOwner(Option<(Py<PyAny>, Py<PyDict>)>);

impl Owner for ArrayOwner {}

impl Drop for ArrayOwner {
    fn drop(&mut self) {
        let_go(self.0.take());
    }
}

/// Gives a reference back.
pub fn release(o: Obj) {
    // SAFETY: a reference of ours, attached.
    unsafe { ffi::Py_DECREF(o) };
}

/// Drops what holds an object, or leaves it where the interpreter has gone.
pub fn let_go<T>(held: T) {
    let mut held = std::mem::ManuallyDrop::new(held);
    // SAFETY: dropped once, attached.
    let _ = Python::try_attach(|_| unsafe { std::mem::ManuallyDrop::drop(&mut held) });
}

/// A tensor over the memory of a NumPy array; `to_share` says that it will be written through it.
pub fn from_array(array: Obj, to_share: bool) -> PyResult<Tensor> {
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
        let (address, read_only): (usize, bool) = field("data")?.extract()?;
        if read_only && to_share {
            warnings::once(Warning::ReadOnlyArray)?;
        }
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
        let owner = Box::new(ArrayOwner(Some((any.unbind(), interface.unbind()))));
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

impl Owner for BufferOwner {}

impl Drop for BufferOwner {
    fn drop(&mut self) {
        // SAFETY: attached; the export is released once. After the interpreter nobody is left to release it to.
        let _ = Python::try_attach(|_| unsafe { ffi::PyBuffer_Release(&mut *self.0) });
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
    if view.readonly != 0 {
        warnings::once(Warning::ReadOnlyBuffer)?;
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
