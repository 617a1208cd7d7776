//! `grad_fn` objects: a Python object per node while it lives, of a class named as PyTorch names it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::Ordering::Relaxed;

use pyo3::exceptions::PyAttributeError;
use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::gc::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3::types::PyTuple;
use pyo3::types::PyType;

use super::collect;
use super::convert;
use super::errors;
use super::hooks;
use super::object;
use super::object::Obj;
use crate::graph::node::Edge;
use crate::graph::node::NodeRef;
use crate::tensor::Tensor;

/// A node, or a leaf standing for its AccumulateGrad.
enum Vertex {
    Node(NodeRef),
    Leaf(Tensor),
}

#[pyclass(frozen, subclass, weakref, name = "Node", module = "torch.autograd.graph")]
pub struct PyNode {
    vertex: Vertex,
    /// An option, since the collector may look at an object before its fields are written.
    metadata: Option<Py<PyDict>>,
}

impl Drop for PyNode {
    fn drop(&mut self) {
        if let Vertex::Node(node) = &self.vertex {
            node.wrapper.store(std::ptr::null_mut(), Relaxed);
        }
    }
}

thread_local! {
    static CLASSES: RefCell<HashMap<&'static str, Py<PyType>>> = RefCell::new(HashMap::new());
}

/// The class for nodes of this name, made on first use.
fn class(py: Python<'_>, name: &'static str) -> PyResult<Py<PyType>> {
    if let Some(class) = CLASSES.with(|c| c.borrow().get(name).map(|class| class.clone_ref(py))) {
        return Ok(class);
    }
    let base = py.get_type::<PyNode>();
    let namespace = PyDict::new(py);
    namespace.set_item("__module__", "")?;
    let made = py.get_type::<PyType>().call1((name, (base,), namespace))?.cast_into::<PyType>()?.unbind();
    CLASSES.with(|c| c.borrow_mut().insert(name, made.clone_ref(py)));
    Ok(made)
}

#[pyclass(frozen, name = "_NodeSeed", module = "rgrad._C")]
struct Seed(std::sync::Mutex<Option<Vertex>>);

fn make(py: Python<'_>, name: &'static str, vertex: Vertex) -> PyResult<Py<PyAny>> {
    let seed = Py::new(py, Seed(std::sync::Mutex::new(Some(vertex))))?;
    Ok(class(py, name)?.bind(py).call1((seed,))?.unbind())
}

/// The object of a node; a new reference.
pub fn of_node(node: NodeRef) -> PyResult<Obj> {
    if let Some(function) = node.extra().and_then(|extra| extra.function.as_ref()) {
        let o = function.object() as Obj;
        // SAFETY: the function holds the object.
        unsafe { ffi::Py_INCREF(o) };
        return Ok(o);
    }
    let existing = node.wrapper.load(Relaxed) as Obj;
    if !existing.is_null() {
        // SAFETY: the object lives while the node points at it.
        unsafe { ffi::Py_INCREF(existing) };
        return Ok(existing);
    }
    Python::attach(|py| {
        let made = make(py, node.name(), Vertex::Node(node.clone()))?;
        node.wrapper.store(made.as_ptr() as *mut (), Relaxed);
        Ok(made.into_ptr())
    })
}

pub fn grad_fn(t: &'static Tensor) -> PyResult<Obj> {
    match t.grad_fn() {
        Some(node) => of_node(node),
        None => Ok(convert::none_object()),
    }
}

/// `(node or None, output number)` for each input of a node.
pub fn next_functions(node: &NodeRef) -> PyResult<Obj> {
    let mut items = Vec::new();
    for edge in node.edges() {
        let (o, nr) = match edge {
            Edge::None => (convert::none_object(), 0),
            Edge::Node(parent, nr) => (of_node(parent.clone())?, *nr),
            Edge::Leaf(leaf) => (Python::attach(|py| make(py, "AccumulateGrad", Vertex::Leaf(leaf.clone())))?.into_ptr(), 0),
        };
        // SAFETY: attached.
        items.push(convert::tuple([o, unsafe { ffi::PyLong_FromLong(nr as _) }].into_iter()));
    }
    Ok(convert::tuple(items.into_iter()))
}

#[pymethods]
impl PyNode {
    #[new]
    fn new(py: Python<'_>, seed: &Bound<'_, PyAny>) -> PyResult<PyNode> {
        let seed = seed.cast::<Seed>().map_err(|_| pyo3::exceptions::PyTypeError::new_err("cannot create 'Node' instances"))?;
        let vertex = seed.get().0.lock().expect("nobody panics with it").take();
        Ok(PyNode { vertex: vertex.expect("a seed is used once"), metadata: Some(PyDict::new(py).unbind()) })
    }

    fn name(&self) -> &'static str {
        match &self.vertex {
            // PyTorch's own nodes bear their C++ names.
            Vertex::Node(node) => match node.name() {
                "CopySlices" => "torch::autograd::CopySlices",
                "NotImplemented" => "torch::autograd::NotImplemented",
                name => name,
            },
            Vertex::Leaf(_) => "torch::autograd::AccumulateGrad",
        }
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        Ok(format!("<{} object at {:#x}>", slf.get_type().name()?, slf.as_ptr() as usize))
    }

    #[getter]
    fn metadata(&self, py: Python<'_>) -> Option<Py<PyDict>> {
        self.metadata.as_ref().map(|metadata| metadata.clone_ref(py))
    }

    #[getter]
    fn next_functions(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        match &self.vertex {
            // SAFETY: a new reference, attached.
            Vertex::Node(node) => Ok(unsafe { Bound::from_owned_ptr(py, next_functions(node)?) }.unbind()),
            Vertex::Leaf(_) => Ok(PyTuple::empty(py).into_any().unbind()),
        }
    }

    fn _sequence_nr(&self) -> u64 {
        match &self.vertex {
            Vertex::Node(node) => node.sequence,
            Vertex::Leaf(_) => u64::MAX,
        }
    }

    fn register_hook(&self, py: Python<'_>, f: Py<PyAny>) -> PyResult<Py<PyAny>> {
        match &self.vertex {
            Vertex::Node(node) => hooks::register(py, hooks::Place::Post(node.clone()), f),
            Vertex::Leaf(leaf) => hooks::register(py, hooks::Place::PostAccumulate(leaf.clone()), f),
        }
    }

    fn register_prehook(&self, py: Python<'_>, f: Py<PyAny>) -> PyResult<Py<PyAny>> {
        match &self.vertex {
            Vertex::Node(node) => hooks::register(py, hooks::Place::Pre(node.clone()), f),
            Vertex::Leaf(leaf) => hooks::register(py, hooks::Place::Tensor(leaf.clone()), f),
        }
    }

    /// The gradients of the node's inputs, for those of its outputs.
    #[pyo3(signature = (*grads))]
    fn __call__(&self, py: Python<'_>, grads: &Bound<'_, PyTuple>) -> PyResult<Py<PyAny>> {
        let Vertex::Node(node) = &self.vertex else {
            return Err(PyTypeError::new_err("'AccumulateGrad' object is not callable"));
        };
        if grads.len() != node.outputs.len() {
            return Err(PyTypeError::new_err(format!("expected {} arguments, got {} instead", node.outputs.len(), grads.len())));
        }
        let given = grads.iter().map(|g| object::as_tensor(g.as_ptr()).cloned()).collect();
        let found = errors::core(node.run(u64::MAX, given))?;
        let made: Vec<Bound<'_, PyAny>> = found.iter().map(|g| hooks::py_tensor(py, g)).collect();
        match made.as_slice() {
            [one] => Ok(one.clone().unbind()),
            many => Ok(PyTuple::new(py, many)?.into_any().unbind()),
        }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        let Some(metadata) = &self.metadata else { return Ok(()) };
        visit.call(metadata)?;
        let mut result = Ok(());
        if let Vertex::Node(node) = &self.vertex {
            collect::visit_node(node, &mut |held| {
                if result.is_ok() && !held.is_null() {
                    // SAFETY: a live object, borrowed: the copy is never dropped.
                    let held = std::mem::ManuallyDrop::new(unsafe { std::mem::transmute::<*mut (), Py<PyAny>>(held) });
                    result = visit.call(&*held);
                }
            });
        }
        result
    }

    fn __clear__(&self) {
        if let Vertex::Node(node) = &self.vertex {
            collect::clear_node(node);
        }
    }

    /// `variable` of AccumulateGrad, `_saved_*` of the rest.
    fn __getattr__(slf: &Bound<'_, Self>, name: &str) -> PyResult<Py<PyAny>> {
        let py = slf.py();
        // SAFETY: a new reference, attached.
        let wrap = |t: Tensor| unsafe { Bound::from_owned_ptr(py, object::wrap(t)) }.unbind();
        match &slf.get().vertex {
            Vertex::Leaf(leaf) if name == "variable" => return Ok(wrap(leaf.clone())),
            Vertex::Node(node) => {
                if let Some(wanted) = name.strip_prefix("_saved_") {
                    if node.freed.get() {
                        return errors::core(crate::graph::saved::freed());
                    }
                    if let Some(saved) = node.saved().iter().find(|s| s.name == wanted) {
                        return Ok(wrap(saved.read(node).map_err(errors::from_core)?));
                    }
                }
            }
            _ => {}
        }
        Err(PyAttributeError::new_err(format!("'{}' object has no attribute '{name}'", slf.get_type().name()?)))
    }
}

pub fn init(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<PyNode>()
}
