//! `torch.Generator` and the functions on the default one.

use std::sync::Arc;
use std::sync::Mutex;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use super::convert::Arg;
use super::convert::Refusal;
use super::convert::Taken;
use super::errors;
use super::object;
use super::object::Obj;
use super::types;
use crate::kernels::random::Generator;
use crate::ops::random;
use crate::ops::random::Shared;

#[pyclass(frozen, name = "Generator", module = "torch")]
pub struct PyGenerator(pub Shared);

/// A seed as PyTorch takes it: negative ones count from the top.
fn seed_of(seed: &Bound<'_, PyAny>) -> PyResult<u64> {
    let seed = if object::is_tensor(seed.as_ptr()) || !seed.is_instance_of::<pyo3::types::PyInt>() {
        seed.py().import("builtins")?.getattr("int")?.call1((seed,))?
    } else {
        seed.clone()
    };
    if let Ok(value) = seed.extract::<u64>() {
        return Ok(value);
    }
    if let Ok(value) = seed.extract::<i64>() {
        return Ok(value as u64);
    }
    Err(pyo3::exceptions::PyValueError::new_err("Overflow when unpacking long long"))
}

fn py_tensor(py: Python<'_>, t: crate::error::Result<crate::tensor::Tensor>) -> PyResult<Py<PyAny>> {
    let o = object::wrap(t.map_err(errors::from_core)?);
    // SAFETY: a new reference, attached.
    Ok(unsafe { Bound::from_owned_ptr(py, o) }.unbind())
}

#[pymethods]
impl PyGenerator {
    #[new]
    #[pyo3(signature = (device = None))]
    fn new(device: Option<&Bound<'_, PyAny>>) -> PyResult<PyGenerator> {
        if let Some(device) = device {
            types::check_device(device.as_ptr())?;
        }
        Ok(PyGenerator(Arc::new(Mutex::new(Generator::default()))))
    }

    fn manual_seed<'py>(slf: &Bound<'py, Self>, seed: &Bound<'_, PyAny>) -> PyResult<Bound<'py, Self>> {
        if seed.is_instance_of::<pyo3::types::PyString>() {
            return Err(pyo3::exceptions::PyRuntimeError::new_err("manual_seed expected a long, but got str"));
        }
        let seed = seed_of(seed)?;
        slf.get().0.lock().expect("nobody panics with it").manual_seed(seed);
        Ok(slf.clone())
    }

    fn seed(&self) -> u64 {
        let seed = random::fresh_seed();
        self.0.lock().expect("nobody panics with it").manual_seed(seed);
        seed
    }

    fn initial_seed(&self) -> u64 {
        self.0.lock().expect("nobody panics with it").initial_seed()
    }

    fn get_state(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        py_tensor(py, random::state_tensor(&self.0))
    }

    fn set_state<'py>(slf: &Bound<'py, Self>, new_state: &Bound<'_, PyAny>) -> PyResult<Bound<'py, Self>> {
        let Some(state) = object::as_tensor(new_state.as_ptr()) else {
            return Err(PyTypeError::new_err(format!("expected a torch.ByteTensor, but got {}", new_state.get_type().name()?)));
        };
        random::set_state_tensor(&slf.get().0, state).map_err(errors::from_core)?;
        Ok(slf.clone())
    }

    fn clone_state(&self) -> PyGenerator {
        let copy = self.0.lock().expect("nobody panics with it").clone();
        PyGenerator(Arc::new(Mutex::new(copy)))
    }

    #[getter]
    fn device(&self, py: Python<'_>) -> Py<PyAny> {
        // SAFETY: a new reference, attached.
        unsafe { Bound::from_owned_ptr(py, types::cpu_object()) }.unbind()
    }

    fn __repr__(slf: &Bound<'_, Self>) -> String {
        format!("<torch._C.Generator object at {:#x}>", slf.as_ptr() as usize)
    }
}

/// A generator read from an argument, kept for the call.
impl Arg for &'static Shared {
    type Store = Shared;
    fn read(o: Obj) -> Taken<Shared> {
        Python::attach(|py| {
            // SAFETY: a live object, attached.
            let any = unsafe { Bound::<PyAny>::from_borrowed_ptr(py, o) };
            any.cast::<PyGenerator>().map(|g| g.get().0.clone()).map_err(|_| Refusal::Type)
        })
    }
    fn get(store: &Shared) -> &'static Shared {
        super::convert::for_call(store)
    }
}

#[pyfunction]
fn manual_seed(py: Python<'_>, seed: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
    let seed = seed_of(seed)?;
    random::DEFAULT.lock().expect("nobody panics with it").manual_seed(seed);
    py.import("rgrad._C")?.getattr("default_generator").map(Bound::unbind)
}

#[pyfunction]
fn seed() -> u64 {
    let seed = random::fresh_seed();
    random::DEFAULT.lock().expect("nobody panics with it").manual_seed(seed);
    seed
}

#[pyfunction]
fn initial_seed() -> u64 {
    random::DEFAULT.lock().expect("nobody panics with it").initial_seed()
}

#[pyfunction]
fn get_rng_state(py: Python<'_>) -> PyResult<Py<PyAny>> {
    py_tensor(py, random::state_tensor(&random::DEFAULT))
}

#[pyfunction]
fn set_rng_state(new_state: &Bound<'_, PyAny>) -> PyResult<()> {
    let Some(state) = object::as_tensor(new_state.as_ptr()) else {
        return Err(PyTypeError::new_err("expected a torch.ByteTensor"));
    };
    random::set_state_tensor(&random::DEFAULT, state).map_err(errors::from_core)
}

/// A draw for data loading: the low 63 bits of the next 64.
#[pyfunction]
#[pyo3(signature = (generator = None))]
fn _next_seed(generator: Option<&Bound<'_, PyGenerator>>) -> u64 {
    let shared = generator.map_or_else(|| random::DEFAULT.clone(), |g| g.get().0.clone());
    shared.lock().expect("nobody panics with it").next64() & (u64::MAX >> 1)
}

pub fn init(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<PyGenerator>()?;
    m.add_function(wrap_pyfunction!(manual_seed, m)?)?;
    m.add_function(wrap_pyfunction!(seed, m)?)?;
    m.add_function(wrap_pyfunction!(initial_seed, m)?)?;
    m.add_function(wrap_pyfunction!(get_rng_state, m)?)?;
    m.add_function(wrap_pyfunction!(set_rng_state, m)?)?;
    m.add_function(wrap_pyfunction!(_next_seed, m)?)
}

/// The object of the default generator.
pub fn default_object(py: Python<'_>) -> PyResult<Py<PyAny>> {
    Ok(Py::new(py, PyGenerator(random::DEFAULT.clone()))?.into_any())
}
