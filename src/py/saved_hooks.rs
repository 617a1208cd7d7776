//! Saved-tensor hooks: a stack of (pack, unpack) pairs per thread; the innermost packs what nodes save.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::Ordering::Relaxed;

use pyo3::exceptions::PyRuntimeError;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use super::collect::FOREIGN;
use super::errors;
use super::hooks;
use super::object;
use crate::error::Result;
use crate::graph::foreign::Foreign;
use crate::graph::foreign::Grads;
use crate::graph::mode;
use crate::graph::saved;
use crate::tensor::Tensor;

thread_local! {
    static STACK: RefCell<Vec<(Py<PyAny>, Py<PyAny>)>> = const { RefCell::new(Vec::new()) };
    static DISABLED: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// What a pack hook gave, and how to get a tensor from it.
struct Packed(Mutex<Option<(Py<PyAny>, Py<PyAny>)>>);

impl Drop for Packed {
    fn drop(&mut self) {
        FOREIGN.fetch_sub(1, Relaxed);
        let held = self.0.get_mut().ok().and_then(Option::take);
        if held.is_some() {
            super::memory::let_go(held);
        }
    }
}

impl Foreign for Packed {
    fn call(&self, _: &[Option<Tensor>], _: &[Option<Tensor>]) -> Result<Option<Grads>> {
        Python::attach(|py| {
            let held = self.0.lock().expect("nobody panics with it");
            let Some((value, unpack)) = held.as_ref() else { return Ok(None) };
            let (value, unpack) = (value.clone_ref(py), unpack.clone_ref(py));
            drop(held);
            let run = || -> PyResult<Grads> {
                let out = unpack.bind(py).call1((value,))?;
                match object::as_tensor(out.as_ptr()) {
                    Some(t) => Ok(Grads::from_iter([Some(t.clone())])),
                    None => Err(PyTypeError::new_err(format!(
                        "Output of saved tensor unpack_hook expected to be a Tensor but got result of type {}",
                        out.get_type().name()?
                    ))),
                }
            };
            run().map(Some).map_err(errors::to_core)
        })
    }

    fn visit(&self, visit: &mut dyn FnMut(*mut ())) {
        if let Ok(held) = self.0.try_lock()
            && let Some((value, unpack)) = held.as_ref()
        {
            visit(value.as_ptr() as *mut ());
            visit(unpack.as_ptr() as *mut ());
        }
    }

    fn clear(&self) {
        let held = self.0.try_lock().ok().and_then(|mut held| held.take());
        drop(held);
    }
}

fn pack(tensor: &Tensor) -> Result<Arc<dyn Foreign>> {
    Python::attach(|py| {
        let (pack, unpack) = STACK.with(|s| {
            let stack = s.borrow();
            let (pack, unpack) = stack.last().expect("the mode bit says that hooks are on");
            (pack.clone_ref(py), unpack.clone_ref(py))
        });
        let _mode = mode::guard(mode::SAVED_HOOKS, false);
        let value = pack.bind(py).call1((hooks::py_tensor(py, &Some(tensor.clone())),)).map(Bound::unbind).map_err(errors::to_core)?;
        FOREIGN.fetch_add(1, Relaxed);
        Ok(Arc::new(Packed(Mutex::new(Some((value, unpack))))) as Arc<dyn Foreign>)
    })
}

#[pyfunction]
fn _push_saved_tensors_hooks(pack_hook: Py<PyAny>, unpack_hook: Py<PyAny>) -> PyResult<()> {
    if let Some(text) = DISABLED.with(|d| d.borrow().clone()) {
        return Err(PyRuntimeError::new_err(text));
    }
    STACK.with(|s| s.borrow_mut().push((pack_hook, unpack_hook)));
    mode::set(mode::SAVED_HOOKS, true);
    Ok(())
}

#[pyfunction]
fn _pop_saved_tensors_hooks() {
    let popped = STACK.with(|s| s.borrow_mut().pop());
    mode::set(mode::SAVED_HOOKS, STACK.with(|s| !s.borrow().is_empty()));
    drop(popped);
}

/// Sets the text with which pushing hooks fails (None allows them); gives the old one.
#[pyfunction]
fn _saved_tensors_hooks_disabled(message: Option<String>) -> Option<String> {
    DISABLED.with(|d| d.replace(message))
}

pub fn init(m: &Bound<'_, PyModule>) -> PyResult<()> {
    saved::set_pack_hook(pack);
    m.add_function(wrap_pyfunction!(_push_saved_tensors_hooks, m)?)?;
    m.add_function(wrap_pyfunction!(_pop_saved_tensors_hooks, m)?)?;
    m.add_function(wrap_pyfunction!(_saved_tensors_hooks_disabled, m)?)
}
