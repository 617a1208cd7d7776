//! The hot half of the grad-mode context managers: making, entering and leaving `no_grad` and `enable_grad`.
//! Made with a function they decorate it: the instance is called with it.

use std::ffi::c_void;
use std::ptr::null_mut;

use pyo3::ffi;
use pyo3::prelude::*;

use super::convert;
use super::object::Obj;
use crate::graph::mode;

#[repr(C)]
struct Switch {
    base: ffi::PyObject,
    was_off: bool,
}

unsafe extern "C" fn new(ty: *mut ffi::PyTypeObject, args: Obj, _: Obj) -> Obj {
    // SAFETY: Python passes a type of ours and a tuple.
    unsafe {
        let this = (*ty).tp_alloc.expect("a heap type allocates")(ty, 0);
        if this.is_null() || ffi::PyTuple_GET_SIZE(args) == 0 {
            return this;
        }
        let decorated = ffi::PyObject_CallFunctionObjArgs(this, ffi::PyTuple_GET_ITEM(args, 0), null_mut::<ffi::PyObject>());
        ffi::Py_DECREF(this);
        decorated
    }
}

unsafe extern "C" fn enter<const BIT: u32, const ON: bool>(this: Obj, _: Obj) -> Obj {
    // SAFETY: the method belongs to this type.
    unsafe { (*(this as *mut Switch)).was_off = mode::set(BIT, ON) };
    convert::none_object()
}

unsafe extern "C" fn exit<const BIT: u32>(this: Obj, _: *mut Obj, _: ffi::Py_ssize_t) -> Obj {
    // SAFETY: as above.
    mode::set(BIT, unsafe { (*(this as *mut Switch)).was_off });
    convert::none_object()
}

fn make<const BIT: u32, const ON: bool>(m: &Bound<'_, PyModule>, name: &'static std::ffi::CStr) -> PyResult<()> {
    let method = |name: &'static std::ffi::CStr, meth, flags| ffi::PyMethodDef {
        ml_name: name.as_ptr(),
        ml_meth: meth,
        ml_flags: flags,
        ml_doc: std::ptr::null(),
    };
    let methods = Box::leak(Box::new([
        method(c"__enter__", ffi::PyMethodDefPointer { PyCFunction: enter::<BIT, ON> }, ffi::METH_NOARGS),
        method(c"__exit__", ffi::PyMethodDefPointer { PyCFunctionFast: exit::<BIT> }, ffi::METH_FASTCALL),
        // SAFETY: an all-zero entry ends the list.
        unsafe { std::mem::zeroed() },
    ]));
    let slots = Box::leak(Box::new([
        ffi::PyType_Slot { slot: ffi::Py_tp_new, pfunc: new as *mut c_void },
        ffi::PyType_Slot { slot: ffi::Py_tp_methods, pfunc: methods.as_mut_ptr() as *mut c_void },
        ffi::PyType_Slot { slot: 0, pfunc: null_mut() },
    ]));
    let spec = Box::leak(Box::new(ffi::PyType_Spec {
        name: name.as_ptr(),
        basicsize: size_of::<Switch>() as _,
        itemsize: 0,
        flags: (ffi::Py_TPFLAGS_DEFAULT | ffi::Py_TPFLAGS_BASETYPE) as _,
        slots: slots.as_mut_ptr(),
    }));
    // SAFETY: attached; names and specification live for ever.
    let ty = unsafe { ffi::PyType_FromSpec(spec) };
    if ty.is_null() {
        return Err(PyErr::fetch(m.py()));
    }
    let short = name.to_str().expect("plain letters").rsplit('.').next().expect("a name");
    // SAFETY: a new reference.
    m.add(short, unsafe { Bound::from_owned_ptr(m.py(), ty) })
}

pub fn init(m: &Bound<'_, PyModule>) -> PyResult<()> {
    make::<{ mode::GRAD_OFF }, true>(m, c"rgrad._C._NoGrad")?;
    make::<{ mode::GRAD_OFF }, false>(m, c"rgrad._C._EnableGrad")?;
    make::<{ mode::NO_OVERRIDES }, true>(m, c"rgrad._C.DisableTorchFunctionSubclass")?;
    make::<{ mode::NO_OVERRIDES }, true>(m, c"rgrad._C.DisableTorchFunction")
}
