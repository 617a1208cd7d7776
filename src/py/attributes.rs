//! Attributes of Tensor that are fields of the core: shape, dtype, grad, data, and what PyTorch derives from them.

use std::ffi::c_void;
use std::ptr::null_mut;

use pyo3::exceptions::PyRuntimeError;
use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;

use super::convert;
use super::dispatch::guard;
use super::dispatch::status;
use super::errors;
use super::explain;
use super::nodes;
use super::object;
use super::object::Obj;
use super::overrides;
use super::types;
use super::warnings;
use super::warnings::Warning;
use crate::graph::mode;
use crate::ops::real;
use crate::ops::view;
use crate::tensor::Tensor;

type Get = fn(&'static Tensor) -> PyResult<Obj>;
type Set = fn(&'static Tensor, Option<Obj>) -> PyResult<()>;

struct Attribute {
    name: &'static std::ffi::CStr,
    get: Get,
    set: Option<Set>,
}

unsafe extern "C" fn get(this: Obj, closure: *mut c_void) -> Obj {
    // SAFETY: the closure is an entry of the table below.
    let attribute = unsafe { &*(closure as *const Attribute) };
    if overrides::possible()
        && let Some(answer) = overrides::attribute_access(attribute.name, c"__get__", &[this])
    {
        return guard(|| answer);
    }
    guard(|| match object::as_tensor(this) {
        Some(tensor) => (attribute.get)(tensor),
        None => Err(PyRuntimeError::new_err("the tensor of this object is gone")),
    })
}

unsafe extern "C" fn set(this: Obj, value: Obj, closure: *mut c_void) -> std::ffi::c_int {
    // SAFETY: as above.
    let attribute = unsafe { &*(closure as *const Attribute) };
    status(|| {
        if overrides::possible()
            && !value.is_null()
            && let Some(answer) = overrides::attribute_access(attribute.name, c"__set__", &[this, value])
        {
            return answer.map(super::memory::release);
        }
        let tensor = object::as_tensor(this).ok_or_else(|| PyRuntimeError::new_err("the tensor of this object is gone"))?;
        let set = attribute.set.expect("only writable attributes have a setter");
        set(tensor, (!value.is_null()).then_some(value))
    })
}

fn boolean(b: bool) -> PyResult<Obj> {
    // SAFETY: attached.
    Ok(unsafe { ffi::PyBool_FromLong(b as _) })
}

fn integer(i: i64) -> PyResult<Obj> {
    // SAFETY: attached.
    Ok(unsafe { ffi::PyLong_FromLongLong(i) })
}

fn optional(t: Option<Tensor>) -> PyResult<Obj> {
    Ok(t.map_or_else(convert::none_object, object::wrap))
}

fn wrapped(t: crate::error::Result<Tensor>) -> PyResult<Obj> {
    t.map(object::wrap).map_err(errors::from_core)
}

/// Only leaves may change it; only floats may have it.
pub fn set_requires_grad(t: &Tensor, on: bool) -> PyResult<()> {
    if on && !t.dtype().is_float() {
        return Err(PyRuntimeError::new_err("only Tensors of floating point and complex dtype can require gradients"));
    }
    if on && t.is_inference() && !mode::has(mode::INFERENCE) {
        return Err(PyRuntimeError::new_err("Setting requires_grad=True on inference tensor outside InferenceMode is not allowed."));
    }
    if !t.is_leaf() {
        if on {
            return Ok(());
        }
        return Err(PyRuntimeError::new_err(
            "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a subgraph that doesn't require differentiation use var_no_grad = var.detach().",
        ));
    }
    t.set_requires_grad(on);
    Ok(())
}

fn assign_requires_grad(t: &'static Tensor, value: Option<Obj>) -> PyResult<()> {
    // SAFETY: comparing addresses of singletons.
    let on = unsafe { value == Some(ffi::Py_True()) };
    // SAFETY: as above.
    if !on && value != Some(unsafe { ffi::Py_False() }) {
        return Err(PyRuntimeError::new_err("requires_grad must be a bool"));
    }
    set_requires_grad(t, on)
}

fn assign_grad(t: &'static Tensor, value: Option<Obj>) -> PyResult<()> {
    // SAFETY: comparing addresses.
    let Some(value) = value.filter(|&v| v != unsafe { ffi::Py_None() }) else {
        t.set_grad(None);
        return Ok(());
    };
    let Some(grad) = object::as_tensor(value) else {
        return Err(PyTypeError::new_err(format!(
            "assigned grad expected to be a Tensor or None but got grad of type {}",
            explain::type_name(value)
        )));
    };
    if grad.id() == t.id() {
        return Err(PyRuntimeError::new_err("can't assign Variable as its own grad"));
    }
    if grad.dtype() != t.dtype() {
        return Err(PyRuntimeError::new_err(format!(
            "attempting to assign a gradient with dtype '{}' to a tensor with grad_dtype '{}'. The gradient must match the tensor's grad_dtype (defaults to the tensor's dtype). You can set the tensor's grad_dtype attribute with a specific dtype, or None to allow any dtype. Set grad_dtype with caution. Diverging the dtypes of a tensor and its gradient may break downstream systems that assume they match.",
            grad.dtype().c_type(),
            t.dtype().scalar_type()
        )));
    }
    if grad.sizes() != t.sizes() {
        return Err(PyRuntimeError::new_err(format!(
            "attempting to assign a gradient of size '{}' to a tensor of size '{}'. Please ensure that the gradient and the tensor are the same size",
            crate::shape::list(grad.sizes()),
            crate::shape::list(t.sizes())
        )));
    }
    t.set_grad(Some(grad.clone()));
    Ok(())
}

fn assign_data(t: &'static Tensor, value: Option<Obj>) -> PyResult<()> {
    let Some(source) = value.and_then(object::as_tensor) else {
        if value.is_none() {
            return Err(PyRuntimeError::new_err("Deleting tensor data is not allowed. Delete tensor instead!"));
        }
        return Err(PyTypeError::new_err(format!(
            "Variable data has to be a tensor, but got {}",
            value.map_or("nothing".into(), explain::type_name)
        )));
    };
    if t.requires_grad() && !source.dtype().is_float() {
        return Err(PyRuntimeError::new_err("data set to a tensor that requires gradients must be floating point or complex dtype"));
    }
    t.set_data(source);
    Ok(())
}

fn gradient(t: &'static Tensor) -> PyResult<Obj> {
    if t.grad().is_none() && !t.is_leaf() && !t.extra().is_some_and(|e| e.retains_grad) {
        warnings::user(
            "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be populated during autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf Tensor, use .retain_grad() on the non-leaf Tensor. If you access the non-leaf Tensor by mistake, make sure you access the leaf Tensor instead. See github.com/pytorch/pytorch/pull/30531 for more information.",
        )?;
    }
    optional(t.grad().cloned())
}

fn version(t: &'static Tensor) -> PyResult<Obj> {
    if t.is_inference() {
        return Err(PyRuntimeError::new_err("Inference tensors do not track version counter."));
    }
    integer(t.version() as i64)
}

fn reversed(t: &'static Tensor) -> PyResult<Obj> {
    if t.dim() != 2 && t.dim() != 0 {
        warnings::once(Warning::ReversedDims)?;
    }
    wrapped(view::numpy_t(t))
}

const TABLE: &[Attribute] = &[
    Attribute { name: c"shape", get: |t| Ok(types::size_object(t.sizes())), set: None },
    Attribute { name: c"dtype", get: |t| Ok(types::dtype_object(t.dtype())), set: None },
    Attribute { name: c"device", get: |_| Ok(types::cpu_object()), set: None },
    Attribute { name: c"layout", get: |_| Ok(types::strided_object()), set: None },
    Attribute { name: c"ndim", get: |t| integer(t.dim() as i64), set: None },
    Attribute { name: c"itemsize", get: |t| integer(t.dtype().size() as i64), set: None },
    Attribute { name: c"nbytes", get: |t| integer((t.numel() * t.dtype().size()) as i64), set: None },
    Attribute { name: c"requires_grad", get: |t| boolean(t.requires_grad()), set: Some(assign_requires_grad) },
    Attribute { name: c"is_leaf", get: |t| boolean(t.is_leaf()), set: None },
    Attribute { name: c"grad", get: gradient, set: Some(assign_grad) },
    Attribute { name: c"_grad", get: |t| optional(t.grad().cloned()), set: Some(assign_grad) },
    Attribute { name: c"grad_fn", get: nodes::grad_fn, set: None },
    Attribute { name: c"data", get: |t| Ok(object::wrap(t.data())), set: Some(assign_data) },
    Attribute { name: c"output_nr", get: |t| integer(t.output_nr() as i64), set: None },
    Attribute { name: c"_version", get: version, set: None },
    Attribute { name: c"_base", get: |t| optional(t.view_info().map(|v| v.base.clone())), set: None },
    Attribute { name: c"retains_grad", get: |t| boolean(t.extra().is_some_and(|e| e.retains_grad)), set: None },
    Attribute { name: c"T", get: reversed, set: None },
    Attribute { name: c"mT", get: |t| wrapped(view::matrix_transpose(t, "mT")), set: None },
    Attribute { name: c"H", get: |t| wrapped(view::matrix_h(t)), set: None },
    Attribute { name: c"mH", get: |t| wrapped(view::matrix_transpose(t, "mH")), set: None },
    Attribute { name: c"imag", get: |t| wrapped(real::imag(t)), set: None },
    Attribute { name: c"real", get: |t| Ok(object::wrap(t.clone())), set: None },
    Attribute { name: c"is_cuda", get: |_| boolean(false), set: None },
    Attribute { name: c"is_cpu", get: |_| boolean(true), set: None },
    Attribute { name: c"is_mps", get: |_| boolean(false), set: None },
    Attribute { name: c"is_xpu", get: |_| boolean(false), set: None },
    Attribute { name: c"is_meta", get: |_| boolean(false), set: None },
    Attribute { name: c"is_sparse", get: |_| boolean(false), set: None },
    Attribute { name: c"is_sparse_csr", get: |_| boolean(false), set: None },
    Attribute { name: c"is_quantized", get: |_| boolean(false), set: None },
    Attribute { name: c"is_nested", get: |_| boolean(false), set: None },
];

/// The table for the type's slots.
pub fn table() -> *mut ffi::PyGetSetDef {
    let mut list: Vec<ffi::PyGetSetDef> = TABLE
        .iter()
        .map(|attribute| ffi::PyGetSetDef {
            name: attribute.name.as_ptr(),
            get: Some(get),
            set: attribute.set.map(|_| set as _),
            doc: std::ptr::null(),
            closure: attribute as *const Attribute as *mut c_void,
        })
        .collect();
    list.push(ffi::PyGetSetDef {
        name: c"__dict__".as_ptr(),
        get: Some(ffi::PyObject_GenericGetDict),
        set: Some(ffi::PyObject_GenericSetDict),
        doc: std::ptr::null(),
        closure: null_mut(),
    });
    list.push(ffi::PyGetSetDef { name: std::ptr::null(), get: None, set: None, doc: std::ptr::null(), closure: null_mut() });
    Box::leak(list.into_boxed_slice()).as_mut_ptr()
}
