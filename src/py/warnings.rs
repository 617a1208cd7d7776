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
    DeprecatedOverload = 4,
    CreateGraph = 8,
    ReadOnlyArray = 16,
    ReadOnlyBuffer = 32,
    ReversedDims = 64,
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
            Warning::DeprecatedOverload => "",
            Warning::CreateGraph => {
                "Using backward() with create_graph=True will create a reference cycle between the parameter and its gradient which can cause a memory leak. We recommend using autograd.grad when creating the graph to avoid this. If you have to use this function, make sure to reset the .grad fields of your parameters to None after use to break the cycle and avoid the leak."
            }
            Warning::ReadOnlyArray => {
                "The given NumPy array is not writable, and PyTorch does not support non-writable tensors. This means writing to this tensor will result in undefined behavior. You may want to copy the array to protect its data or make it writable before converting it to a tensor. This type of warning will be suppressed for the rest of this program."
            }
            Warning::ReadOnlyBuffer => {
                "The given buffer is not writable, and PyTorch does not support non-writable tensors. This means you can write to the underlying (supposedly non-writable) buffer using the tensor. You may want to copy the buffer to protect its data or make it writable before converting it to a tensor. This type of warning will be suppressed for the rest of this program."
            }
            Warning::ReversedDims => {
                "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and it will throw an error in a future release. Consider `x.mT` to transpose batches of matrices or `x.permute(*torch.arange(x.ndim - 1, -1, -1))` to reverse the dimensions of a tensor."
            }
        }
    }
}

/// What the core warns of.
pub fn of_core(text: &str) -> crate::error::Result<()> {
    user(text).map_err(super::errors::to_core)
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
