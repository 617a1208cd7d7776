//! `torch.return_types`: tuples with named fields for ops with several results.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::CString;

use pyo3::ffi;
use pyo3::prelude::*;

use super::object::Obj;

thread_local! {
    static TYPES: RefCell<HashMap<&'static str, usize>> = RefCell::new(HashMap::new());
}

/// The plain tuple `items` as the named tuple of `op`. `fields` is `(Tensor values, Tensor indices)`.
pub fn tuple(op: &'static str, fields: &str, items: Obj) -> PyResult<Obj> {
    let ty = type_of(op, fields)?;
    // SAFETY: attached; a struct sequence takes the items' references.
    unsafe {
        let out = ffi::PyStructSequence_New(ty);
        for i in 0..ffi::PyTuple_GET_SIZE(items) {
            let item = ffi::PyTuple_GET_ITEM(items, i);
            ffi::Py_INCREF(item);
            ffi::PyStructSequence_SetItem(out, i, item);
        }
        ffi::Py_DECREF(items);
        Ok(out)
    }
}

fn type_of(op: &'static str, fields: &str) -> PyResult<*mut ffi::PyTypeObject> {
    if let Some(ty) = TYPES.with(|types| types.borrow().get(op).copied()) {
        return Ok(ty as *mut _);
    }
    let leak = |text: String| CString::new(text).expect("no zero in a name").into_raw() as *const std::ffi::c_char;
    let inner = fields.trim().trim_start_matches('(').trim_end_matches(')');
    let mut list: Vec<ffi::PyStructSequence_Field> = inner
        .split(", ")
        .map(|field| ffi::PyStructSequence_Field {
            name: leak(field.rsplit(' ').next().unwrap_or(field).to_string()),
            doc: std::ptr::null(),
        })
        .collect();
    let count = list.len();
    list.push(ffi::PyStructSequence_Field { name: std::ptr::null(), doc: std::ptr::null() });
    let desc = Box::leak(Box::new(ffi::PyStructSequence_Desc {
        name: leak(format!("torch.return_types.{op}")),
        doc: c"".as_ptr(),
        fields: Box::leak(list.into_boxed_slice()).as_mut_ptr(),
        n_in_sequence: count as _,
    }));
    // SAFETY: attached; the description lives for ever.
    let ty = unsafe { ffi::PyStructSequence_NewType(desc) };
    if ty.is_null() {
        return Err(Python::attach(PyErr::fetch));
    }
    Python::attach(|py| {
        // SAFETY: the type was just made.
        let class = unsafe { Bound::<PyAny>::from_borrowed_ptr(py, ty as Obj) };
        class.setattr("__repr__", py.import("rgrad._tensor_str")?.getattr("return_type_repr")?)
    })?;
    TYPES.with(|types| types.borrow_mut().insert(op, ty as usize));
    Ok(ty)
}
