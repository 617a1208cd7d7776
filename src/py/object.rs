//! The Python object of a tensor: a handle, a dict, a list of weak references. One object per tensor while it
//! lives (`x.grad is x.grad`). When the last Python reference goes but the tensor lives on, an object with
//! attributes, or of a class of its own, passes into the tensor's ownership and comes back on the next wrap.

use std::ptr::null_mut;
use std::sync::atomic::Ordering::Relaxed;

use pyo3::ffi;
use pyo3::prelude::*;

use crate::tensor;
use crate::tensor::Tensor;

pub type Obj = *mut ffi::PyObject;

#[repr(C)]
pub struct TensorObject {
    base: ffi::PyObject,
    /// A handle given up by `Tensor::into_raw`; null while the tensor owns this object.
    tensor: *mut (),
    dict: Obj,
    weak: Obj,
}

const FREE_MAX: usize = 128;

/// Types and the free list; guarded by the interpreter's lock.
pub struct Types {
    pub tensor: *mut ffi::PyTypeObject,
    pub parameter: *mut ffi::PyTypeObject,
    free: [Obj; FREE_MAX],
    free_count: usize,
}

static mut TYPES: Types = Types { tensor: null_mut(), parameter: null_mut(), free: [null_mut(); FREE_MAX], free_count: 0 };

#[inline(always)]
pub fn types() -> &'static mut Types {
    // SAFETY: used only while attached to the interpreter (see `gil_used` in mod.rs).
    unsafe { &mut *&raw mut TYPES }
}

#[inline(always)]
unsafe fn object(o: Obj) -> &'static mut TensorObject {
    // SAFETY: the caller checked the type.
    unsafe { &mut *(o as *mut TensorObject) }
}

/// Is this a tensor of any class?
#[inline(always)]
pub fn is_tensor(o: Obj) -> bool {
    let types = types();
    // SAFETY: `o` is a live object.
    unsafe {
        let ty = ffi::Py_TYPE(o);
        ty == types.tensor || ty == types.parameter || ffi::PyType_IsSubtype(ty, types.tensor) != 0
    }
}

/// Borrows the tensor of an object; the caller keeps the object alive.
#[inline(always)]
pub fn as_tensor(o: Obj) -> Option<&'static Tensor> {
    // SAFETY: the type was checked; the slot holds a handle while Python holds the object.
    unsafe {
        if !is_tensor(o) || object(o).tensor.is_null() {
            return None;
        }
        Some(&*(&raw const object(o).tensor as *const Tensor))
    }
}

/// Gives a dead object one reference again.
#[inline(always)]
unsafe fn revive(o: Obj) {
    // SAFETY: nobody else sees an object without references; the count is the first field.
    unsafe { *(o as *mut ffi::Py_ssize_t) = 1 };
}

/// The object of a tensor; a new reference.
#[inline]
pub fn wrap(tensor: Tensor) -> Obj {
    let existing = tensor.meta().wrapper.load(Relaxed) as Obj;
    if !existing.is_null() {
        return rewrap(tensor, existing);
    }
    let types = types();
    // SAFETY: attached; free objects are complete but for the fields written here.
    unsafe {
        let o = if types.free_count > 0 {
            types.free_count -= 1;
            let o = types.free[types.free_count];
            revive(o);
            ffi::PyObject_GC_Track(o as *mut _);
            o
        } else {
            ffi::PyType_GenericAlloc(types.tensor, 0)
        };
        tensor.meta().wrapper.store(o as *mut (), Relaxed);
        object(o).tensor = tensor.into_raw();
        o
    }
}

fn rewrap(tensor: Tensor, o: Obj) -> Obj {
    // SAFETY: the object lives while the tensor points at it.
    unsafe {
        if tensor.meta().owns_wrapper.replace(false) {
            object(o).tensor = tensor.into_raw();
        } else {
            ffi::Py_INCREF(o);
        }
        o
    }
}

/// A new object of class `ty` for a tensor that has none.
pub fn wrap_as(py: Python<'_>, tensor: Tensor, ty: *mut ffi::PyTypeObject) -> PyResult<Obj> {
    super::overrides::note(py, ty)?;
    // SAFETY: `ty` is a subclass of the tensor type, says the caller.
    unsafe {
        let o = (*ty).tp_alloc.expect("a heap type allocates")(ty, 0);
        if o.is_null() {
            return Err(PyErr::fetch(py));
        }
        tensor.meta().wrapper.store(o as *mut (), Relaxed);
        object(o).tensor = tensor.into_raw();
        Ok(o)
    }
}

/// What a dying tensor does with the object it owns.
fn drop_wrapper(raw: *mut ()) {
    // After the interpreter nobody is left to give the reference back to.
    let _ = Python::try_attach(|_| {
        // SAFETY: the tensor owned one reference.
        unsafe {
            object(raw as Obj).tensor = null_mut();
            ffi::Py_DECREF(raw as Obj);
        }
    });
}

unsafe extern "C" fn dealloc(o: Obj) {
    // SAFETY: called once the last reference is gone, with the fields as `wrap` left them.
    unsafe {
        let this = object(o);
        let ty = ffi::Py_TYPE(o);
        let types = types();
        let ours = ty == types.tensor || ty == types.parameter;
        if !this.tensor.is_null() {
            let tensor = &*(&raw const this.tensor as *const Tensor);
            let worth_keeping = ty != types.tensor || (!this.dict.is_null() && ffi::PyDict_Size(this.dict) > 0);
            if ours && worth_keeping && tensor.handle_count() > 1 {
                revive(o);
                tensor.meta().owns_wrapper.set(true);
                drop(Tensor::from_raw(std::mem::replace(&mut this.tensor, null_mut())));
                return;
            }
        }
        if ours {
            ffi::PyObject_GC_UnTrack(o as *mut _);
        }
        if !this.weak.is_null() && ours {
            ffi::PyObject_ClearWeakRefs(o);
        }
        if ours {
            ffi::Py_XDECREF(std::mem::replace(&mut this.dict, null_mut()));
        }
        if !this.tensor.is_null() {
            let tensor = Tensor::from_raw(std::mem::replace(&mut this.tensor, null_mut()));
            tensor.meta().wrapper.store(null_mut(), Relaxed);
            drop(tensor);
        }
        if ty == types.tensor && types.free_count < FREE_MAX {
            types.free[types.free_count] = o;
            types.free_count += 1;
            return;
        }
        (*ty).tp_free.expect("a heap type frees")(o as *mut _);
        ffi::Py_DECREF(ty as Obj);
    }
}

unsafe extern "C" fn traverse(o: Obj, visit: ffi::visitproc, arg: *mut std::ffi::c_void) -> std::ffi::c_int {
    // SAFETY: the collector calls with a live object.
    unsafe {
        let this = object(o);
        let result = visit(ffi::Py_TYPE(o) as Obj, arg);
        if result != 0 {
            return result;
        }
        if !this.dict.is_null() {
            let result = visit(this.dict, arg);
            if result != 0 {
                return result;
            }
        }
        if this.tensor.is_null() {
            return 0;
        }
        let mut result = 0;
        let tensor = &*(&raw const this.tensor as *const Tensor);
        super::collect::visit(tensor, &mut |held| {
            if result == 0 && !held.is_null() {
                result = visit(held as Obj, arg);
            }
        });
        result
    }
}

unsafe extern "C" fn clear(o: Obj) -> std::ffi::c_int {
    // SAFETY: as in `traverse`.
    unsafe {
        let this = object(o);
        ffi::Py_XDECREF(std::mem::replace(&mut this.dict, null_mut()));
        if !this.tensor.is_null() {
            super::collect::clear(&*(&raw const this.tensor as *const Tensor));
        }
    }
    0
}

unsafe extern "C" fn hash(o: Obj) -> ffi::Py_hash_t {
    // The low bits of an address are the same for all objects.
    (o as usize).rotate_right(4) as ffi::Py_hash_t
}

fn slot(id: std::ffi::c_int, f: *mut std::ffi::c_void) -> ffi::PyType_Slot {
    ffi::PyType_Slot { slot: id, pfunc: f }
}

/// Makes the types `Tensor` and `Parameter`.
pub fn init(py: Python<'_>, new: ffi::newfunc, new_parameter: ffi::newfunc) -> PyResult<()> {
    let member = |name: &'static std::ffi::CStr, offset: usize| ffi::PyMemberDef {
        name: name.as_ptr(),
        type_code: ffi::Py_T_PYSSIZET,
        offset: offset as ffi::Py_ssize_t,
        flags: ffi::Py_READONLY,
        doc: std::ptr::null(),
    };
    let members = Box::leak(Box::new([
        member(c"__dictoffset__", std::mem::offset_of!(TensorObject, dict)),
        member(c"__weaklistoffset__", std::mem::offset_of!(TensorObject, weak)),
        // SAFETY: an all-zero entry ends the list.
        unsafe { std::mem::zeroed() },
    ]));
    let mut slots = vec![
        slot(ffi::Py_tp_dealloc, dealloc as *mut _),
        slot(ffi::Py_tp_traverse, traverse as *mut _),
        slot(ffi::Py_tp_clear, clear as *mut _),
        slot(ffi::Py_tp_hash, hash as *mut _),
        slot(ffi::Py_tp_members, members.as_mut_ptr() as *mut _),
        slot(ffi::Py_tp_getset, super::attributes::table() as *mut _),
    ];
    slots.push(slot(ffi::Py_tp_new, new as *mut _));
    slots.extend(super::operators::slots().into_iter().map(|(id, f)| slot(id, f)));
    slots.push(slot(0, null_mut()));
    let base = make_type(py, c"torch.Tensor", slots, null_mut())?;
    let parameter = vec![
        slot(ffi::Py_tp_new, new_parameter as *mut _),
        slot(ffi::Py_tp_dealloc, dealloc as *mut _),
        slot(ffi::Py_tp_traverse, traverse as *mut _),
        slot(ffi::Py_tp_clear, clear as *mut _),
        slot(0, null_mut()),
    ];
    types().tensor = base;
    types().parameter = make_type(py, c"torch.nn.parameter.Parameter", parameter, base as Obj)?;
    tensor::set_drop_wrapper(drop_wrapper);
    Ok(())
}

fn make_type(py: Python<'_>, name: &'static std::ffi::CStr, slots: Vec<ffi::PyType_Slot>, base: Obj) -> PyResult<*mut ffi::PyTypeObject> {
    let flags = ffi::Py_TPFLAGS_DEFAULT | ffi::Py_TPFLAGS_BASETYPE | ffi::Py_TPFLAGS_HAVE_GC;
    let spec = Box::leak(Box::new(ffi::PyType_Spec {
        name: name.as_ptr(),
        basicsize: size_of::<TensorObject>() as _,
        itemsize: 0,
        flags: flags as _,
        slots: Box::leak(slots.into_boxed_slice()).as_mut_ptr(),
    }));
    // SAFETY: the spec and its slots live for ever.
    let ty = unsafe { if base.is_null() { ffi::PyType_FromSpec(spec) } else { ffi::PyType_FromSpecWithBases(spec, base) } };
    if ty.is_null() {
        return Err(PyErr::fetch(py));
    }
    // Error texts show the name without its module; `__module__` stays.
    let short = name.to_bytes().iter().rposition(|&c| c == b'.').map_or(0, |i| i + 1);
    // SAFETY: the name lives for ever, and so does its tail.
    unsafe { (*(ty as *mut ffi::PyTypeObject)).tp_name = name.as_ptr().add(short) };
    Ok(ty as *mut ffi::PyTypeObject)
}
