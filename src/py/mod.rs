//! The Python face of the core: the compiled module `rgrad._C`. The only pyo3 in the crate.
//! Objects and statics here are guarded by the interpreter's lock; the module says `gil_used`.

mod attributes;
mod autocast;
mod collect;
mod construct;
mod convert;
mod dispatch;
mod errors;
mod explain;
mod function;
mod generator;
mod hooks;
mod indexing;
mod memory;
mod methods;
mod modes;
mod module;
mod named;
mod nodes;
mod object;
mod operators;
mod optim;
mod overrides;
mod results;
mod saved_hooks;
mod signature;
mod table;
mod types;
mod warnings;

use pyo3::ffi;
use pyo3::prelude::*;

use object::Obj;

/// Arguments of a `tp_new` as borrowed objects.
fn positional(args: Obj) -> Vec<Obj> {
    convert::items(args).map(|items| items.to_vec()).unwrap_or_default()
}

unsafe extern "C" fn new_tensor(ty: *mut ffi::PyTypeObject, args: Obj, kwargs: Obj) -> Obj {
    dispatch::guard(|| {
        check_keywords("new", kwargs, &["device", "requires_grad"])?;
        let tensor = construct::legacy(&positional(args))?;
        let shared = !tensor.meta().wrapper.load(std::sync::atomic::Ordering::Relaxed).is_null();
        let tensor = if shared { tensor.detach() } else { tensor };
        Python::attach(|py| object::wrap_as(py, tensor, ty))
    })
}

fn check_keywords(class: &str, kwargs: Obj, allowed: &[&str]) -> PyResult<()> {
    if kwargs.is_null() {
        return Ok(());
    }
    Python::attach(|py| {
        // SAFETY: Python passes a dict.
        let dict = unsafe { Bound::<PyAny>::from_borrowed_ptr(py, kwargs) }.cast_into::<pyo3::types::PyDict>()?;
        for key in dict.keys() {
            let key: String = key.extract()?;
            if !allowed.contains(&key.as_str()) {
                return Err(pyo3::exceptions::PyTypeError::new_err(format!("{class}() got an unexpected keyword argument '{key}'")));
            }
        }
        Ok(())
    })
}

/// `Parameter(data=None, requires_grad=True)`: the same elements, a leaf that requires gradients.
unsafe extern "C" fn new_parameter(ty: *mut ffi::PyTypeObject, args: Obj, kwargs: Obj) -> Obj {
    dispatch::guard(|| {
        Python::attach(|py| {
            check_keywords("Parameter.__new__", kwargs, &["data", "requires_grad"])?;
            let keyword = |name: &std::ffi::CStr| -> Option<Obj> {
                // SAFETY: a dict, attached; the item is borrowed.
                let o = if kwargs.is_null() { std::ptr::null_mut() } else { unsafe { ffi::PyDict_GetItemString(kwargs, name.as_ptr()) } };
                (!o.is_null()).then_some(o)
            };
            let given = positional(args);
            // SAFETY: comparing addresses of singletons.
            let (none, no) = unsafe { (ffi::Py_None(), ffi::Py_False()) };
            let data = given.first().copied().or_else(|| keyword(c"data")).filter(|&o| o != none);
            let flag = given.get(1).copied().or_else(|| keyword(c"requires_grad"));
            let tensor = match data {
                None => crate::tensor::Tensor::empty(&[0], crate::dtype::default_dtype()).map_err(errors::from_core)?,
                Some(o) => match object::as_tensor(o) {
                    Some(t) => t.detach(),
                    None => {
                        return Err(pyo3::exceptions::PyAttributeError::new_err(format!(
                            "'{}' object has no attribute 'detach'",
                            explain::plain_type_name(o)
                        )));
                    }
                },
            };
            if flag != Some(no) && !tensor.dtype().is_float() {
                return Err(pyo3::exceptions::PyRuntimeError::new_err(
                    "Only Tensors of floating point and complex dtype can require gradients",
                ));
            }
            attributes::set_requires_grad(&tensor, flag != Some(no))?;
            object::wrap_as(py, tensor, ty)
        })
    })
}

/// Asks Python whether a signal waits to be handled.
fn interrupted() -> crate::error::Result<()> {
    Python::attach(|py| py.check_signals().map_err(errors::to_core))
}

/// Lets go of the interpreter while the pool works.
fn detached(work: &mut dyn FnMut()) {
    // SAFETY: asks only whether this thread is attached.
    if unsafe { ffi::PyGILState_Check() } == 0 {
        return work();
    }
    // SAFETY: attached; the work touches no Python.
    unsafe {
        let state = ffi::PyEval_SaveThread();
        work();
        ffi::PyEval_RestoreThread(state);
    }
}

/// The rows of the op table: name, and whether it is differentiable. The derivative tests read it.
#[pyfunction]
fn _op_rows() -> Vec<(&'static str, bool)> {
    table::OPS.iter().map(|entry| (entry.row)()).map(|row| (row.plain_name(), row.kinds & crate::registry::GRAD != 0)).collect()
}

/// Where errors were raised so far; see tests/test_errors.py.
#[pyfunction]
fn _error_sites() -> Vec<(&'static str, u32)> {
    crate::error::visited()
}

/// Gives back freed buffers that wait for reuse.
#[pyfunction]
fn _empty_cache() {
    crate::storage::cache::empty();
}

/// Bytes of buffers alive, and of large ones that wait.
#[pyfunction]
fn _memory_stats() -> (usize, usize) {
    (crate::storage::live_bytes(), crate::storage::cache::waiting())
}

#[pymodule(gil_used = true)]
#[pyo3(name = "_C")]
fn compiled(m: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = m.py();
    object::init(py, new_tensor, new_parameter)?;
    types::init(m)?;
    // SAFETY: the types were just made and live for ever.
    unsafe {
        m.add("Tensor", Bound::from_borrowed_ptr(py, object::types().tensor as Obj))?;
        m.add("Parameter", Bound::from_borrowed_ptr(py, object::types().parameter as Obj))?;
    }
    dispatch::install(m, table::OPS)?;
    dispatch::install(m, table::METHODS)?;
    nodes::init(m)?;
    function::init(m)?;
    generator::init(m)?;
    modes::init(m)?;
    autocast::init(m)?;
    overrides::init(m)?;
    module::init(m)?;
    saved_hooks::init(m)?;
    m.add_function(wrap_pyfunction!(_op_rows, m)?)?;
    m.add_function(wrap_pyfunction!(_error_sites, m)?)?;
    m.add_function(wrap_pyfunction!(_empty_cache, m)?)?;
    m.add_function(wrap_pyfunction!(_memory_stats, m)?)?;
    m.add("_LinAlgError", m.py().get_type::<errors::_LinAlgError>())?;
    m.add("default_generator", generator::default_object(py)?)?;
    crate::engine::set_interrupt_hook(interrupted);
    crate::par::set_detach_hook(detached);
    crate::error::set_warn_hook(warnings::of_core);
    Ok(())
}
