//! The small types of PyTorch's face: dtype, device, layout, memory_format, Size.

use std::ptr::null_mut;

use pyo3::exceptions::PyAssertionError;
use pyo3::exceptions::PyRuntimeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyType;

use super::convert::Refusal;
use super::convert::Taken;
use super::object::Obj;
use crate::dtype;
use crate::dtype::DTYPES;
use crate::dtype::DType;

#[pyclass(frozen, name = "dtype", module = "torch")]
pub struct PyDtype(pub DType);

#[pymethods]
impl PyDtype {
    fn __repr__(&self) -> String {
        format!("torch.{}", self.0.name())
    }

    fn __reduce__(&self) -> &'static str {
        self.0.name()
    }

    #[getter]
    fn itemsize(&self) -> usize {
        self.0.size()
    }

    #[getter]
    fn is_floating_point(&self) -> bool {
        self.0.is_float()
    }

    #[getter]
    fn is_complex(&self) -> bool {
        false
    }

    #[getter]
    fn is_signed(&self) -> bool {
        !matches!(self.0, DType::U8 | DType::Bool)
    }
}

macro_rules! token {
    ($name:ident, $py:literal) => {
        #[pyclass(frozen, name = $py, module = "torch")]
        pub struct $name(&'static str);

        #[pymethods]
        impl $name {
            fn __repr__(&self) -> String {
                format!("torch.{}", self.0)
            }
            fn __reduce__(&self) -> &'static str {
                self.0
            }
        }
    };
}
token!(PyLayout, "layout");
token!(PyMemoryFormat, "memory_format");

#[pyclass(frozen, name = "device", module = "torch", eq, hash)]
#[derive(PartialEq, Eq, Hash, Clone)]
pub struct PyDevice {
    kind: String,
    index: Option<i64>,
}

impl PyDevice {
    fn parse(text: &str) -> PyResult<PyDevice> {
        let (kind, index) = match text.split_once(':') {
            Some((kind, index)) => match index.parse() {
                Ok(index) if index >= 0 => (kind, Some(index)),
                _ => return Err(PyRuntimeError::new_err(format!("Invalid device string: '{text}'"))),
            },
            None => (text, None),
        };
        const KINDS: [&str; 18] = [
            "cpu", "cuda", "ipu", "xpu", "mkldnn", "opengl", "opencl", "ideep", "hip", "ve", "fpga", "maia", "xla", "lazy", "vulkan",
            "mps", "meta", "hpu",
        ];
        if !KINDS.contains(&kind) {
            return Err(PyRuntimeError::new_err(format!(
                "Expected one of {}, mtia, privateuseone device type at start of device string: {kind}",
                KINDS.join(", ")
            )));
        }
        Ok(PyDevice { kind: kind.to_string(), index })
    }
}

#[pymethods]
impl PyDevice {
    #[new]
    #[pyo3(signature = (device, index = None))]
    fn new(device: &Bound<'_, PyAny>, index: Option<i64>) -> PyResult<PyDevice> {
        if let Ok(other) = device.cast::<PyDevice>() {
            return Ok(other.get().clone());
        }
        if let Ok(i) = device.extract::<i64>() {
            return Ok(PyDevice { kind: "cuda".into(), index: Some(i) });
        }
        let parsed = PyDevice::parse(&device.extract::<String>()?)?;
        Ok(PyDevice { index: index.or(parsed.index), ..parsed })
    }

    #[getter]
    fn r#type(&self) -> &str {
        &self.kind
    }

    #[getter]
    fn index(&self) -> Option<i64> {
        self.index
    }

    fn __repr__(&self) -> String {
        match self.index {
            Some(i) => format!("device(type='{}', index={i})", self.kind),
            None => format!("device(type='{}')", self.kind),
        }
    }

    fn __str__(&self) -> String {
        self.index.map_or(self.kind.clone(), |i| format!("{}:{i}", self.kind))
    }

    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<(Py<PyAny>, (String,))> {
        Ok((slf.get_type().into_any().unbind(), (slf.get().__str__(),)))
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __exit__(&self, _kind: Py<PyAny>, _value: Py<PyAny>, _trace: Py<PyAny>) {}
}

/// Singletons; borrowed pointers that live for ever.
struct Shared {
    dtypes: [Obj; DTYPES.len()],
    dtype_type: *mut ffi::PyTypeObject,
    device_type: *mut ffi::PyTypeObject,
    cpu: Obj,
    strided: Obj,
    size: *mut ffi::PyTypeObject,
}

static mut SHARED: Shared = Shared {
    dtypes: [null_mut(); DTYPES.len()],
    dtype_type: null_mut(),
    device_type: null_mut(),
    cpu: null_mut(),
    strided: null_mut(),
    size: null_mut(),
};

fn shared() -> &'static mut Shared {
    // SAFETY: filled while the module is made; used only while attached.
    unsafe { &mut *&raw mut SHARED }
}

fn new_ref(o: Obj) -> Obj {
    // SAFETY: a live singleton, attached.
    unsafe { ffi::Py_INCREF(o) };
    o
}

pub fn dtype_object(dtype: DType) -> Obj {
    new_ref(borrowed_dtype(dtype))
}

pub fn borrowed_dtype(dtype: DType) -> Obj {
    shared().dtypes[dtype as usize]
}

pub fn cpu_object() -> Obj {
    new_ref(shared().cpu)
}

pub fn strided_object() -> Obj {
    new_ref(shared().strided)
}

/// A `torch.Size`, a tuple of ints.
#[inline]
pub fn size_object(sizes: &[i64]) -> Obj {
    let ty = shared().size;
    // SAFETY: Size is a plain subclass of tuple; the fresh object takes the references.
    unsafe {
        let out = (*ty).tp_alloc.expect("a heap type allocates")(ty, sizes.len() as isize);
        for (i, &n) in sizes.iter().enumerate() {
            ffi::PyTuple_SET_ITEM(out, i as isize, ffi::PyLong_FromLongLong(n));
        }
        out
    }
}

#[inline]
pub fn read_dtype(o: Obj) -> Taken<DType> {
    let shared = shared();
    // SAFETY: attached; the type was checked before the cast.
    unsafe {
        if ffi::Py_TYPE(o) == shared.dtype_type {
            let at = shared.dtypes.iter().position(|&d| d == o).expect("every dtype object is shared");
            return Ok(DTYPES[at]);
        }
        if o == &raw mut ffi::PyFloat_Type as Obj {
            return Ok(DType::F64);
        }
        if o == &raw mut ffi::PyBool_Type as Obj {
            return Ok(DType::Bool);
        }
        if o == &raw mut ffi::PyLong_Type as Obj {
            return Ok(DType::I64);
        }
    }
    Err(Refusal::Type)
}

pub fn is_layout(o: Obj) -> bool {
    // SAFETY: a live object, attached.
    Python::attach(|py| unsafe { Bound::<PyAny>::from_borrowed_ptr(py, o) }.is_instance_of::<PyLayout>())
}

pub fn is_memory_format(o: Obj) -> bool {
    // SAFETY: a live object, attached.
    Python::attach(|py| unsafe { Bound::<PyAny>::from_borrowed_ptr(py, o) }.is_instance_of::<PyMemoryFormat>())
}

/// The name of a memory format.
pub fn memory_format_name(o: Obj) -> Option<&'static str> {
    // SAFETY: a live object, attached.
    Python::attach(|py| {
        let any = unsafe { Bound::<PyAny>::from_borrowed_ptr(py, o) };
        any.cast::<PyMemoryFormat>().ok().map(|format| format.get().0)
    })
}

/// None and any name of the CPU pass.
pub fn check_device(o: Obj) -> PyResult<()> {
    // SAFETY: comparing addresses.
    if o == unsafe { ffi::Py_None() } || o == shared().cpu {
        return Ok(());
    }
    Python::attach(|py| {
        // SAFETY: a live object, attached.
        let any = unsafe { Bound::<PyAny>::from_borrowed_ptr(py, o) };
        let device = PyDevice::new(&any, None)?;
        match device.kind.as_str() {
            "cpu" => Ok(()),
            "cuda" => Err(PyAssertionError::new_err("Torch not compiled with CUDA enabled")),
            kind => Err(PyRuntimeError::new_err(format!("PyTorch is not linked with support for {kind} devices"))),
        }
    })
}

/// Is this a device, or a string that names one?
pub fn is_device(o: Obj) -> bool {
    // SAFETY: a live object.
    unsafe { ffi::Py_TYPE(o) == shared().device_type || ffi::PyUnicode_Check(o) != 0 }
}

/// A dtype that has gradients, as the default dtype must be.
#[pyfunction]
fn set_default_dtype(d: &Bound<'_, PyAny>) -> PyResult<()> {
    match read_dtype(d.as_ptr()) {
        Ok(dtype) if dtype.is_float() => dtype::set_default_dtype(dtype),
        Ok(_) => return Err(pyo3::exceptions::PyTypeError::new_err("only floating-point types are supported as the default type")),
        Err(_) => {
            return Err(pyo3::exceptions::PyTypeError::new_err(
                "invalid dtype object: only floating-point types are supported as the default type",
            ));
        }
    }
    Ok(())
}

#[pyfunction]
fn get_default_dtype(py: Python<'_>) -> Py<PyAny> {
    // SAFETY: a new reference, attached.
    unsafe { Bound::from_owned_ptr(py, dtype_object(dtype::default_dtype())).unbind() }
}

pub fn init(m: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = m.py();
    let shared = shared();
    m.add_class::<PyDtype>()?;
    m.add_class::<PyDevice>()?;
    m.add_class::<PyLayout>()?;
    m.add_class::<PyMemoryFormat>()?;
    shared.dtype_type = py.get_type::<PyDtype>().as_type_ptr();
    shared.device_type = py.get_type::<PyDevice>().as_type_ptr();
    for &dtype in DTYPES {
        let object = Py::new(py, PyDtype(dtype))?.into_any();
        m.add(dtype.name(), &object)?;
        shared.dtypes[dtype as usize] = object.into_ptr();
    }
    shared.cpu = Py::new(py, PyDevice { kind: "cpu".into(), index: None })?.into_any().into_ptr();
    let strided = Py::new(py, PyLayout("strided"))?.into_any();
    m.add("strided", &strided)?;
    shared.strided = strided.into_ptr();
    for name in ["contiguous_format", "preserve_format", "channels_last", "channels_last_3d"] {
        m.add(name, Py::new(py, PyMemoryFormat(name))?)?;
    }
    let size = py.import("rgrad._size")?.getattr("Size")?;
    m.add("Size", &size)?;
    shared.size = size.cast_into::<PyType>()?.into_ptr() as *mut ffi::PyTypeObject;
    m.add_function(wrap_pyfunction!(set_default_dtype, m)?)?;
    m.add_function(wrap_pyfunction!(get_default_dtype, m)?)
}
