//! Core errors as Python exceptions. A `Foreign` error stands for an exception that Python code raised inside
//! a hook or a custom Function; it waits here, per thread, to be raised again.

use std::cell::RefCell;

use pyo3::exceptions::PyIndexError;
use pyo3::exceptions::PyMemoryError;
use pyo3::exceptions::PyNotImplementedError;
use pyo3::exceptions::PyRuntimeError;
use pyo3::exceptions::PyTypeError;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::error::Error;
use crate::error::Kind;

pyo3::create_exception!(torch._C, _LinAlgError, PyRuntimeError, "A matrix has no such factor or inverse.");

thread_local! {
    static RAISED: RefCell<Option<PyErr>> = const { RefCell::new(None) };
}

/// A Python exception on its way through the core.
pub fn to_core(error: PyErr) -> Error {
    RAISED.with(|cell| *cell.borrow_mut() = Some(error));
    Error::new(Kind::Foreign, "a Python exception".into())
}

/// A result of the core as Python's.
pub fn core<T>(result: crate::error::Result<T>) -> PyResult<T> {
    result.map_err(from_core)
}

#[cold]
pub fn from_core(error: Error) -> PyErr {
    if error.kind() == Kind::Foreign
        && let Some(raised) = RAISED.with(|cell| cell.borrow_mut().take())
    {
        return raised;
    }
    raise(error.kind(), error.text().to_string())
}

#[cold]
pub fn raise(kind: Kind, text: String) -> PyErr {
    match kind {
        Kind::Runtime | Kind::Foreign => PyRuntimeError::new_err(text),
        Kind::Value => PyValueError::new_err(text),
        Kind::Type => PyTypeError::new_err(text),
        Kind::Index => PyIndexError::new_err(text),
        Kind::NotImplemented => PyNotImplementedError::new_err(text),
        Kind::Memory => PyMemoryError::new_err(text),
        Kind::LinAlg => _LinAlgError::new_err(text),
    }
}
