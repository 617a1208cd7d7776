//! Warnings, as Python's `warnings` module issues them; some come once in a process, as PyTorch's do.

use std::ffi::CString;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;

use pyo3::ffi;
use pyo3::prelude::*;

/// Those that come once. The number is a bit.
#[derive(Clone, Copy)]
pub enum Warning {
    GradToScalar = 1,
    ListOfArrays = 2,
    ReadOnlyArray = 4,
    ReadOnlyBuffer = 8,
    MeshgridIndexing = 16,
    TransposedDims = 32,
    CrossDim = 64,
    DeprecatedOverload = 128,
}

impl Warning {
    fn text(self) -> &'static str {
        match self {
            Warning::GradToScalar => {
                "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\nConsider using tensor.detach() first."
            }
            Warning::ListOfArrays => {
                "Creating a tensor from a list of numpy.ndarrays is extremely slow. Please consider converting the list to a single numpy.ndarray with numpy.array() before converting to a tensor."
            }
            _ => "",
        }
    }
}

static SEEN: AtomicU32 = AtomicU32::new(0);

/// A UserWarning; an error where the filters say so.
#[cold]
pub fn user(text: &str) -> PyResult<()> {
    let text = CString::new(text).expect("a warning holds no zero");
    Python::attach(|py| {
        // SAFETY: attached; the text outlives the call.
        let status = unsafe { ffi::PyErr_WarnEx(ffi::PyExc_UserWarning, text.as_ptr(), 1) };
        if status < 0 { Err(PyErr::fetch(py)) } else { Ok(()) }
    })
}

/// The warning, unless it came before.
#[cold]
pub fn once(warning: Warning) -> PyResult<()> {
    once_as(warning, warning.text())
}

/// The same, with a text of the moment.
#[cold]
pub fn once_as(warning: Warning, text: &str) -> PyResult<()> {
    let bit = warning as u32;
    if SEEN.fetch_or(bit, Relaxed) & bit != 0 { Ok(()) } else { user(text) }
}
