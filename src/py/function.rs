//! Custom autograd Functions. The context object is the node's Python face; what `save_for_backward` saved
//! lives in the context, outputs detached, so that nothing points back at the node strongly.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::Ordering::Relaxed;

use pyo3::exceptions::PyRuntimeError;
use pyo3::exceptions::PyTypeError;
use pyo3::gc::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3::types::PyTuple;
use smallvec::SmallVec;

use super::collect::FOREIGN;
use super::errors;
use super::hooks;
use super::nodes;
use super::object;
use crate::error::Result;
use crate::graph::foreign::Foreign;
use crate::graph::foreign::Grads;
use crate::graph::mode;
use crate::graph::node::Cx;
use crate::graph::node::Edge;
use crate::graph::node::Many;
use crate::graph::node::NodeRef;
use crate::graph::node::OutputMeta;
use crate::graph::saved::Saved;
use crate::graph::view::Creation;
use crate::ops::creation;
use crate::ops::rebase;
use crate::tensor::Tensor;

/// What `ctx` is: the base class of the context objects.
#[pyclass(subclass, weakref, dict, name = "_ContextBase", module = "torch._C._functions")]
pub struct Context {
    saved: Vec<Option<Saved>>,
    to_save: Option<Py<PyTuple>>,
    dirty: Option<Py<PyTuple>>,
    non_differentiable: Option<Py<PyTuple>>,
    materialize_grads: bool,
    /// Always there, but an option: the collector may look at an object before its fields are written.
    #[pyo3(get, set)]
    needs_input_grad: Option<Py<PyAny>>,
    freed: bool,
    /// The node, while it lives; borrowed.
    node: usize,
}

#[pymethods]
impl Context {
    #[new]
    fn new(py: Python<'_>) -> Context {
        Context {
            saved: Vec::new(),
            to_save: None,
            dirty: None,
            non_differentiable: None,
            materialize_grads: true,
            needs_input_grad: Some(PyTuple::empty(py).into_any().unbind()),
            freed: false,
            node: 0,
        }
    }

    #[pyo3(signature = (*tensors))]
    fn save_for_backward(&mut self, tensors: Py<PyTuple>) {
        self.to_save = Some(tensors);
    }

    #[pyo3(signature = (*args))]
    fn mark_dirty(&mut self, args: Py<PyTuple>) {
        self.dirty = Some(args);
    }

    #[pyo3(signature = (*args))]
    fn mark_non_differentiable(&mut self, args: Py<PyTuple>) {
        self.non_differentiable = Some(args);
    }

    fn set_materialize_grads(&mut self, value: bool) {
        self.materialize_grads = value;
    }

    #[getter]
    fn saved_tensors<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        if self.freed {
            return errors::core(crate::graph::saved::freed());
        }
        if let Some(pending) = self.to_save.as_ref().filter(|_| self.saved.is_empty()) {
            return Ok(pending.bind(py).clone());
        }
        let node = self.node();
        let mut out = Vec::new();
        for saved in &self.saved {
            let tensor = match (saved, &node) {
                (None, _) => None,
                (Some(saved), Some(node)) => Some(saved.read(node).map_err(errors::from_core)?),
                (Some(saved), None) => saved.tensor.clone(),
            };
            out.push(hooks::py_tensor(py, &tensor));
        }
        PyTuple::new(py, out)
    }

    #[getter]
    fn saved_variables<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        self.saved_tensors(py)
    }

    #[getter]
    fn next_functions(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        match self.node() {
            // SAFETY: a new reference, attached.
            Some(node) => Ok(unsafe { Bound::from_owned_ptr(py, nodes::next_functions(&node)?) }.unbind()),
            None => Ok(PyTuple::empty(py).into_any().unbind()),
        }
    }

    #[getter]
    fn metadata<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let dict = slf.getattr("__dict__")?.cast_into::<PyDict>()?;
        if dict.get_item("_metadata")?.is_none() {
            dict.set_item("_metadata", PyDict::new(slf.py()))?;
        }
        Ok(dict.get_item("_metadata")?.expect("just set"))
    }

    fn name(slf: &Bound<'_, Self>) -> PyResult<String> {
        slf.get_type().name().map(|n| n.to_string())
    }

    fn register_hook(&self, py: Python<'_>, f: Py<PyAny>) -> PyResult<Py<PyAny>> {
        let node = self.node().ok_or_else(|| PyRuntimeError::new_err("the Function has not been applied"))?;
        hooks::register(py, hooks::Place::Post(node), f)
    }

    fn register_prehook(&self, py: Python<'_>, f: Py<PyAny>) -> PyResult<Py<PyAny>> {
        let node = self.node().ok_or_else(|| PyRuntimeError::new_err("the Function has not been applied"))?;
        hooks::register(py, hooks::Place::Pre(node), f)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> std::result::Result<(), PyTraverseError> {
        for tuple in [&self.to_save, &self.dirty, &self.non_differentiable].into_iter().flatten() {
            visit.call(tuple)?;
        }
        self.needs_input_grad.iter().try_for_each(|needs| visit.call(needs))
    }

    fn __clear__(&mut self) {
        self.saved.clear();
        self.to_save = None;
        self.dirty = None;
        self.non_differentiable = None;
    }
}

impl Context {
    fn node(&self) -> Option<NodeRef> {
        if self.node == 0 {
            return None;
        }
        // SAFETY: `ContextOwner` clears the field before the node dies; the borrow becomes a handle of its own.
        let borrowed = std::mem::ManuallyDrop::new(unsafe { NodeRef::from_address(self.node) });
        Some((*borrowed).clone())
    }
}

/// What the node holds of its context.
struct ContextOwner(Mutex<Option<Py<Context>>>);

impl Drop for ContextOwner {
    fn drop(&mut self) {
        FOREIGN.fetch_sub(1, Relaxed);
        self.clear();
    }
}

impl Foreign for ContextOwner {
    fn call(&self, first: &[Option<Tensor>], _: &[Option<Tensor>]) -> Result<Option<Grads>> {
        Python::attach(|py| {
            let context = self.0.lock().expect("nobody panics with it").as_ref().map(|c| c.clone_ref(py));
            let Some(context) = context else { return Ok(None) };
            run_backward(context.bind(py), first).map(Some).map_err(errors::to_core)
        })
    }

    fn visit(&self, visit: &mut dyn FnMut(*mut ())) {
        if let Ok(context) = self.0.try_lock() {
            visit(context.as_ref().map_or(std::ptr::null_mut(), |c| c.as_ptr() as *mut ()));
        }
    }

    /// The context may live on, but no longer knows the node.
    fn clear(&self) {
        let held = self.0.try_lock().ok().and_then(|mut c| c.take());
        if let Some(context) = held {
            Python::attach(|py| {
                if let Ok(mut context) = context.try_borrow_mut(py) {
                    context.node = 0;
                }
                drop(context);
            });
        }
    }

    fn release(&self) {
        Python::attach(|py| {
            let context = self.0.lock().expect("nobody panics with it").as_ref().map(|c| c.clone_ref(py));
            if let Some(mut context) = context.as_ref().and_then(|c| c.try_borrow_mut(py).ok())
                && !context.saved.is_empty()
            {
                context.freed = true;
                let held = std::mem::take(&mut context.saved);
                drop(context);
                drop(held);
            }
        });
    }

    fn object(&self) -> *mut () {
        self.0.lock().expect("nobody panics with it").as_ref().map_or(std::ptr::null_mut(), |c| c.as_ptr() as *mut ())
    }
}

/// Calls the user's backward.
fn run_backward(context: &Bound<'_, Context>, grads: &[Option<Tensor>]) -> PyResult<Grads> {
    let py = context.py();
    let out = context.call_method1("_run_backward", hooks::py_tuple(py, grads)?)?;
    let items: Vec<Bound<'_, PyAny>> = match out.cast::<PyTuple>() {
        Ok(tuple) => tuple.iter().collect(),
        Err(_) => match out.cast::<pyo3::types::PyList>() {
            Ok(list) => list.iter().collect(),
            Err(_) => vec![out],
        },
    };
    let node = context.borrow().node().ok_or_else(|| PyRuntimeError::new_err("the node of this context is gone"))?;
    let (wanted, name) = (node.edges().len(), node.name());
    let extra_none = items.len() > wanted && items[wanted..].iter().all(|i| i.is_none());
    if items.len() != wanted && !extra_none {
        return Err(PyRuntimeError::new_err(format!(
            "function {name} returned an incorrect number of gradients (expected {wanted}, got {})",
            items.len()
        )));
    }
    let mut grads = Grads::new();
    for (i, (item, edge)) in items.iter().take(wanted).zip(node.edges()).enumerate() {
        if item.is_none() || matches!(edge, Edge::None) {
            if !item.is_none() && !object::is_tensor(item.as_ptr()) {
                return Err(PyRuntimeError::new_err(format!(
                    "function {name} returned a gradient different than None at position {}, but the corresponding forward input was not a Variable",
                    i + 1
                )));
            }
            grads.push(None);
            continue;
        }
        match object::as_tensor(item.as_ptr()) {
            Some(t) => grads.push(Some(t.clone())),
            None => return Err(PyRuntimeError::new_err(format!("expected Variable or None (got {})", item.get_type().name()?))),
        }
    }
    Ok(grads)
}

/// Applies a Function: `forward(*args)` without recording, then the node. `name` is the class's.
#[pyfunction]
fn _apply_function(
    py: Python<'_>,
    context: &Bound<'_, Context>,
    name: &str,
    forward: &Bound<'_, PyAny>,
    args: &Bound<'_, PyTuple>,
) -> PyResult<Py<PyAny>> {
    let tensors: Vec<Option<&Tensor>> = args.iter().map(|a| object::as_tensor(a.as_ptr()).map(|t| t as &Tensor)).collect();
    let needs: Vec<bool> = tensors.iter().map(|t| t.is_some_and(Tensor::requires_grad)).collect();
    let recording = mode::grad_enabled() && needs.contains(&true);
    context.borrow_mut().needs_input_grad = Some(PyTuple::new(py, &needs)?.into_any().unbind());
    let result = {
        let _mode = mode::guard(mode::GRAD_OFF, true);
        forward.call1((args,))?
    };
    let single = !result.is_instance_of::<PyTuple>();
    let outputs: Vec<Bound<'_, PyAny>> = if single { vec![result.clone()] } else { result.cast::<PyTuple>()?.iter().collect() };
    if !recording {
        return Ok(result.unbind());
    }
    let finished = attach(py, context, name, &tensors, &outputs)?;
    if single {
        return Ok(finished.into_iter().next().expect("one output"));
    }
    Ok(PyTuple::new(py, finished)?.into_any().unbind())
}

fn contains(tuple: &Option<Py<PyTuple>>, py: Python<'_>, o: &Bound<'_, PyAny>) -> bool {
    tuple.as_ref().is_some_and(|t| t.bind(py).iter().any(|item| item.is(o)))
}

fn attach(
    py: Python<'_>,
    context: &Bound<'_, Context>,
    name: &str,
    inputs: &[Option<&Tensor>],
    outputs: &[Bound<'_, PyAny>],
) -> PyResult<Vec<Py<PyAny>>> {
    let (dirty, constant, to_save) = {
        let c = context.borrow();
        let copy = |t: &Option<Py<PyTuple>>| t.as_ref().map(|t| t.clone_ref(py));
        (copy(&c.dirty), copy(&c.non_differentiable), copy(&c.to_save))
    };
    // Every output as a tensor that may carry the node; inputs that come back as they are become views.
    let mut results: Vec<Option<(Tensor, Py<PyAny>, bool)>> = Vec::new();
    for output in outputs {
        results.push(match object::as_tensor(output.as_ptr()) {
            None => None,
            Some(t) => {
                let is_input = inputs.iter().flatten().any(|i| i.id() == t.id());
                let is_dirty = contains(&dirty, py, output);
                let carries = !contains(&constant, py, output) && t.dtype().is_float();
                if is_input && !is_dirty && carries {
                    let alias = crate::ops::view::track(t, t.dims(), crate::shape::Dims::from_slice(t.strides()), t.offset());
                    if let Some(view) = alias.view_info() {
                        view.creation.set(Creation::Function);
                    }
                    // SAFETY: a new reference, attached.
                    let o = unsafe { Bound::from_owned_ptr(py, object::wrap(alias.clone())) }.unbind();
                    Some((alias, o, carries))
                } else {
                    if is_dirty {
                        t.check_inplace().map_err(errors::from_core)?;
                        t.bump_version();
                    }
                    Some((t.clone(), output.clone().unbind(), carries))
                }
            }
        });
    }
    let edges: SmallVec<[Edge; 2]> = inputs.iter().map(|t| t.map_or(Edge::None, Tensor::edge)).collect();
    let metas = results
        .iter()
        .map(|r| r.as_ref().map_or(OutputMeta { sizes: Default::default(), dtype: crate::dtype::DType::F32 }, |(t, ..)| OutputMeta::of(t)))
        .collect();
    FOREIGN.fetch_add(1, Relaxed);
    let owner: Arc<dyn Foreign> = Arc::new(ContextOwner(Mutex::new(Some(context.clone().unbind()))));
    let materialize = context.borrow().materialize_grads;
    // An output that is no tensor has no gradient, not even one of zeros.
    let filled: Vec<bool> = results.iter().map(|r| materialize && r.is_some()).collect();
    let formula = move |cx: &Cx, grads: &[Option<Tensor>]| run_function(cx, grads, &filled);
    let leaked = leak_name(name);
    let node = NodeRef::new(leaked, edges, SmallVec::new(), metas, Many(formula));
    node.extra_mut().function = Some(owner);
    context.borrow_mut().node = node.id();
    let mut finished = Vec::new();
    for (nr, result) in results.iter().enumerate() {
        match result {
            None => finished.push(outputs[nr].clone().unbind()),
            Some((tensor, object, carries)) => {
                if *carries {
                    give_history(tensor, &node, nr as u32, contains(&dirty, py, &outputs[nr]))?;
                }
                finished.push(object.clone_ref(py));
            }
        }
    }
    if let Some(to_save) = to_save {
        save(py, context, &to_save, &results)?;
    }
    Ok(finished)
}

fn give_history(tensor: &Tensor, node: &NodeRef, nr: u32, dirty: bool) -> PyResult<()> {
    if dirty && tensor.is_view() {
        return rebase::move_history(tensor, node.clone(), nr).map_err(errors::from_core);
    }
    if let Some(view) = tensor.view_info() {
        view.version.set(tensor.version());
    }
    tensor.set_node(node.clone(), nr);
    Ok(())
}

/// Names of custom Functions are few and live for ever.
fn leak_name(name: &str) -> &'static str {
    use std::collections::HashSet;
    static NAMES: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);
    let mut names = NAMES.lock().expect("nobody panics with it");
    let names = names.get_or_insert_default();
    match names.get(name) {
        Some(known) => known,
        None => {
            let leaked: &'static str = Box::leak(name.to_string().into_boxed_str());
            names.insert(leaked);
            leaked
        }
    }
}

fn run_function(cx: &Cx, grads: &[Option<Tensor>], with_zeros: &[bool]) -> Result<Grads> {
    let Some(function) = cx.node.extra().and_then(|extra| extra.function.clone()) else { return Ok(Grads::new()) };
    let filled: Vec<Option<Tensor>> = grads
        .iter()
        .zip(cx.node.outputs.iter().zip(with_zeros))
        .map(|(grad, (meta, &with_zeros))| match grad {
            None if with_zeros => creation::zeros(&meta.sizes, meta.dtype).map(Some),
            grad => Ok(grad.clone()),
        })
        .collect::<Result<_>>()?;
    Ok(function.call(&filled, &[])?.unwrap_or_default())
}

fn save(
    py: Python<'_>,
    context: &Bound<'_, Context>,
    tensors: &Py<PyTuple>,
    results: &[Option<(Tensor, Py<PyAny>, bool)>],
) -> PyResult<()> {
    let mut saved = Vec::new();
    for item in tensors.bind(py).iter() {
        if item.is_none() {
            saved.push(None);
            continue;
        }
        let Some(t) = object::as_tensor(item.as_ptr()) else {
            return Err(PyTypeError::new_err(format!(
                "save_for_backward can only save variables, but argument {} is of type {}",
                saved.len(),
                item.get_type().name()?
            )));
        };
        let output = results.iter().position(|r| r.as_ref().is_some_and(|(o, _, carries)| o.id() == t.id() && *carries));
        let tensor = if output.is_some() { t.detach() } else { t.clone() };
        saved.push(Some(Saved {
            name: "tensor",
            tensor: Some(tensor),
            version: t.version(),
            output: output.map(|i| i as u32),
            packed: None,
        }));
    }
    let mut context = context.borrow_mut();
    context.saved = saved;
    context.to_save = None;
    Ok(())
}

pub fn init(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<Context>()?;
    m.add_function(wrap_pyfunction!(_apply_function, m)?)
}
