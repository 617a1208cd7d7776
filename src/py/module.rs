//! The base of nn.Module: a C-level call that goes straight to `forward` unless the object says it has hooks.

use std::ffi::c_void;
use std::ptr::null_mut;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use pyo3::ffi;
use pyo3::prelude::*;

use super::object::Obj;

#[repr(C)]
struct ModuleBase {
    base: ffi::PyObject,
    has_hooks: u8,
}

static mut FORWARD: Obj = null_mut();
static mut SLOW: Obj = null_mut();

/// Hooks that every module's call passes through.
static GLOBAL_HOOKS: AtomicBool = AtomicBool::new(false);

#[pyfunction]
fn _set_global_module_hooks(on: bool) {
    GLOBAL_HOOKS.store(on, Relaxed);
}

const MAX_FAST: usize = 8;

unsafe extern "C" fn call(this: Obj, args: Obj, kwargs: Obj) -> Obj {
    // SAFETY: Python calls with a tuple, and a dict or null; the array has room for every argument.
    unsafe {
        let n = ffi::PyTuple_GET_SIZE(args) as usize;
        let plain = (*(this as *mut ModuleBase)).has_hooks == 0 && !GLOBAL_HOOKS.load(Relaxed);
        let name = if plain { FORWARD } else { SLOW };
        if kwargs.is_null() && n <= MAX_FAST {
            let mut stack = [null_mut(); MAX_FAST + 2];
            stack[1] = this;
            (0..n).for_each(|i| stack[2 + i] = ffi::PyTuple_GET_ITEM(args, i as isize));
            return ffi::PyObject_VectorcallMethod(name, stack.as_ptr().add(1), (n + 1) | ffi::PY_VECTORCALL_ARGUMENTS_OFFSET, null_mut());
        }
        let f = ffi::PyObject_GetAttr(this, name);
        if f.is_null() {
            return f;
        }
        let out = ffi::PyObject_Call(f, args, kwargs);
        ffi::Py_DECREF(f);
        out
    }
}

pub fn init(m: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = m.py();
    let member = ffi::PyMemberDef {
        name: c"_has_hooks".as_ptr(),
        type_code: ffi::Py_T_UBYTE,
        offset: std::mem::offset_of!(ModuleBase, has_hooks) as ffi::Py_ssize_t,
        flags: 0,
        doc: std::ptr::null(),
    };
    // SAFETY: an all-zero entry ends the list.
    let members = Box::leak(Box::new([member, unsafe { std::mem::zeroed() }]));
    let slots = Box::leak(Box::new([
        ffi::PyType_Slot { slot: ffi::Py_tp_call, pfunc: call as *mut c_void },
        ffi::PyType_Slot { slot: ffi::Py_tp_members, pfunc: members.as_mut_ptr() as *mut c_void },
        ffi::PyType_Slot { slot: 0, pfunc: null_mut() },
    ]));
    let spec = Box::leak(Box::new(ffi::PyType_Spec {
        name: c"rgrad._C.ModuleBase".as_ptr(),
        basicsize: size_of::<ModuleBase>() as _,
        itemsize: 0,
        flags: (ffi::Py_TPFLAGS_DEFAULT | ffi::Py_TPFLAGS_BASETYPE) as _,
        slots: slots.as_mut_ptr(),
    }));
    // SAFETY: attached; names and spec live for ever.
    unsafe {
        FORWARD = ffi::PyUnicode_InternFromString(c"forward".as_ptr());
        SLOW = ffi::PyUnicode_InternFromString(c"_call_slow".as_ptr());
        let ty = ffi::PyType_FromSpec(spec);
        if ty.is_null() {
            return Err(PyErr::fetch(py));
        }
        m.add("ModuleBase", Bound::from_owned_ptr(py, ty))?;
    }
    m.add_function(wrap_pyfunction!(_set_global_module_hooks, m)?)
}
