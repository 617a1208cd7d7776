//! Python callables in the graph: hooks on tensors and nodes, with handles that remove them.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::Weak;
use std::sync::atomic::Ordering::Relaxed;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::collect::FOREIGN;
use super::convert;
use super::errors;
use super::object;
use crate::error::Result;
use crate::graph::foreign::Foreign;
use crate::graph::foreign::Grads;
use crate::graph::foreign::Hooks;
use crate::graph::node::NodeRef;
use crate::tensor::Tensor;

/// What a hook is on.
pub enum Place {
    Tensor(Tensor),
    PostAccumulate(Tensor),
    Pre(NodeRef),
    Post(NodeRef),
    Output(NodeRef, u32),
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// One gradient in, one or None out.
    Tensor,
    /// Tuples of gradients in, a tuple or None out.
    Node,
    /// The tensor in; the result is ignored.
    Leaf,
}

/// A Python callable.
struct Hook {
    f: Mutex<Option<Py<PyAny>>>,
    kind: Kind,
}

impl Hook {
    fn new(f: Py<PyAny>, kind: Kind) -> Arc<Hook> {
        FOREIGN.fetch_add(1, Relaxed);
        Arc::new(Hook { f: Mutex::new(Some(f)), kind })
    }
}

impl Drop for Hook {
    fn drop(&mut self) {
        FOREIGN.fetch_sub(1, Relaxed);
        let held = self.f.get_mut().ok().and_then(Option::take);
        if held.is_some() {
            super::memory::let_go(held);
        }
    }
}

/// A tensor or None.
pub fn py_tensor<'py>(py: Python<'py>, t: &Option<Tensor>) -> Bound<'py, PyAny> {
    let o = t.clone().map_or_else(convert::none_object, object::wrap);
    // SAFETY: a new reference, attached.
    unsafe { Bound::from_owned_ptr(py, o) }
}

pub fn py_tuple<'py>(py: Python<'py>, grads: &[Option<Tensor>]) -> PyResult<Bound<'py, PyTuple>> {
    PyTuple::new(py, grads.iter().map(|g| py_tensor(py, g)))
}

/// A tensor or None from what Python gave.
pub fn core_tensor(o: &Bound<'_, PyAny>) -> PyResult<Option<Tensor>> {
    if o.is_none() {
        return Ok(None);
    }
    match object::as_tensor(o.as_ptr()) {
        Some(t) => Ok(Some(t.clone())),
        None => Err(pyo3::exceptions::PyTypeError::new_err(format!("expected Variable, but hook returned '{}'", o.get_type().name()?))),
    }
}

impl Foreign for Hook {
    fn call(&self, first: &[Option<Tensor>], second: &[Option<Tensor>]) -> Result<Option<Grads>> {
        Python::attach(|py| {
            let Some(f) = self.f.lock().expect("nobody panics with it").as_ref().map(|f| f.clone_ref(py)) else { return Ok(None) };
            let name = || f.bind(py).getattr("__name__").map_or_else(|_| f.bind(py).get_type().to_string(), |n| n.to_string());
            let run = || -> PyResult<Option<Grads>> {
                let out = match self.kind {
                    Kind::Tensor | Kind::Leaf => f.bind(py).call1((py_tensor(py, &first[0]),))?,
                    Kind::Node if second.is_empty() => f.bind(py).call1((py_tuple(py, first)?,))?,
                    Kind::Node => f.bind(py).call1((py_tuple(py, first)?, py_tuple(py, second)?))?,
                };
                if out.is_none() || self.kind == Kind::Leaf {
                    return Ok(None);
                }
                if self.kind == Kind::Tensor {
                    return checked(name, core_tensor(&out)?, &first[0]).map(|g| Some(Grads::from_iter([g])));
                }
                let items: Vec<Bound<'_, PyAny>> = match out.cast::<PyTuple>() {
                    Ok(tuple) => tuple.iter().collect(),
                    Err(_) => {
                        return Err(pyo3::exceptions::PyTypeError::new_err(format!(
                            "expected tuple, but hook returned '{}'",
                            out.get_type().name()?
                        )));
                    }
                };
                if items.len() != first.len() {
                    return Err(PyRuntimeError::new_err(format!(
                        "hook '{}' has returned an incorrect number of values (got {}, but expected {})",
                        name(),
                        items.len(),
                        first.len()
                    )));
                }
                items.iter().map(core_tensor).collect::<PyResult<Grads>>().map(Some)
            };
            run().map_err(errors::to_core)
        })
    }

    fn visit(&self, visit: &mut dyn FnMut(*mut ())) {
        if let Ok(f) = self.f.try_lock() {
            visit(f.as_ref().map_or(std::ptr::null_mut(), |f| f.as_ptr() as *mut ()));
        }
    }

    fn clear(&self) {
        let held = self.f.try_lock().ok().and_then(|mut f| f.take());
        drop(held);
    }

    fn is_cleared(&self) -> bool {
        self.f.try_lock().is_ok_and(|f| f.is_none())
    }
}

/// A hook must not change a gradient's size or dtype.
fn checked(name: impl Fn() -> String, new: Option<Tensor>, old: &Option<Tensor>) -> PyResult<Option<Tensor>> {
    if let (Some(new), Some(old)) = (&new, old) {
        if new.sizes() != old.sizes() {
            return Err(PyRuntimeError::new_err(format!("hook '{}' has changed the size of value", name())));
        }
        if new.dtype() != old.dtype() {
            return Err(PyRuntimeError::new_err(format!(
                "hook '{}' has changed the type of value (was torch.{}Tensor got torch.{}Tensor)",
                name(),
                old.dtype().scalar_type(),
                new.dtype().scalar_type()
            )));
        }
    }
    Ok(new)
}

impl Place {
    fn with<R>(&self, f: impl FnOnce(&mut Hooks) -> R) -> R {
        match self {
            Place::Tensor(t) => f(&mut t.extra_mut().hooks),
            Place::PostAccumulate(t) => f(&mut t.extra_mut().post_accumulate),
            Place::Pre(node) => f(&mut node.extra_mut().pre_hooks),
            Place::Post(node) => f(&mut node.extra_mut().post_hooks),
            Place::Output(node, nr) => {
                let all = &mut node.extra_mut().tensor_hooks;
                let at = all.iter().position(|(n, _)| n == nr).unwrap_or_else(|| {
                    all.push((*nr, Hooks::default()));
                    all.len() - 1
                });
                f(&mut all[at].1)
            }
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Place::Tensor(_) | Place::Output(..) => Kind::Tensor,
            Place::PostAccumulate(_) => Kind::Leaf,
            Place::Pre(_) | Place::Post(_) => Kind::Node,
        }
    }
}

/// `handle.remove()` takes the hook away. The handle keeps neither the hook nor what it is on alive.
#[pyclass(frozen, name = "RemovableHandle", module = "torch.utils.hooks")]
struct Handle {
    hook: Weak<Hook>,
    number: u64,
}

#[pymethods]
impl Handle {
    fn remove(&self) {
        if let Some(hook) = self.hook.upgrade() {
            hook.clear();
        }
    }

    #[getter]
    fn id(&self) -> u64 {
        self.number
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __exit__(&self, _kind: Py<PyAny>, _value: Py<PyAny>, _trace: Py<PyAny>) {
        self.remove();
    }
}

pub fn register(py: Python<'_>, place: Place, f: Py<PyAny>) -> PyResult<Py<PyAny>> {
    let hook = Hook::new(f, place.kind());
    let weak = Arc::downgrade(&hook);
    let number = place.with(|hooks| hooks.add(hook));
    Ok(Py::new(py, Handle { hook: weak, number })?.into_any())
}
