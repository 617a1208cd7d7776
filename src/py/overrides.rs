//! `__torch_function__`: arguments whose class takes over the functions it is passed to. `possible` is false until
//! the first object of a subclass is made, so plain tensors pay one load; other classes that have the method are
//! looked for where arguments fit no signature.

use std::ffi::CStr;
use std::ffi::CString;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicPtr;
use std::sync::atomic::Ordering::Relaxed;

use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use smallvec::SmallVec;

use super::convert;
use super::dispatch::Form;
use super::dispatch::Row;
use super::object;
use super::object::Obj;
use crate::graph::mode;

static SUBCLASSED: AtomicBool = AtomicBool::new(false);
/// `_C._disabled_torch_function_impl`: a class with it takes nothing over.
static DISABLED: AtomicPtr<ffi::PyObject> = AtomicPtr::new(std::ptr::null_mut());
static MODULE: AtomicPtr<ffi::PyObject> = AtomicPtr::new(std::ptr::null_mut());

/// Might a tensor's class take functions over?
#[inline(always)]
pub fn possible() -> bool {
    SUBCLASSED.load(Relaxed)
}

/// Notes that an object of a class of its own is being made.
pub fn note(py: Python<'_>, ty: *mut ffi::PyTypeObject) -> PyResult<()> {
    let types = object::types();
    if ty == types.tensor || ty == types.parameter || possible() {
        return Ok(());
    }
    if !disables(ty as Obj) {
        SUBCLASSED.store(true, Relaxed);
        py.import("rgrad._tensor")?.getattr("_make_overridable")?.call0()?;
    }
    Ok(())
}

fn disables(ty: Obj) -> bool {
    attribute(ty, c"__torch_function__").is_none_or(|f| f.as_ptr() == DISABLED.load(Relaxed))
}

/// An attribute, if there is one.
fn attribute(o: Obj, name: &CStr) -> Option<Py<PyAny>> {
    // SAFETY: a live object, attached; a new reference, or an exception that is cleared.
    unsafe {
        let found = ffi::PyObject_GetAttrString(o, name.as_ptr());
        if found.is_null() {
            ffi::PyErr_Clear();
            return None;
        }
        Python::attach(|py| Some(Bound::from_owned_ptr(py, found).unbind()))
    }
}

/// Does the object's class take functions over?
fn takes_over(o: Obj) -> bool {
    let types = object::types();
    // SAFETY: a live object, attached.
    unsafe {
        let ty = ffi::Py_TYPE(o);
        let plain = ty == types.tensor
            || ty == types.parameter
            || ty == &raw mut ffi::PyLong_Type
            || ty == &raw mut ffi::PyFloat_Type
            || ty == &raw mut ffi::PyBool_Type
            || ty == &raw mut ffi::PyUnicode_Type
            || ty == &raw mut ffi::PyTuple_Type
            || ty == &raw mut ffi::PyList_Type
            || ty == &raw mut ffi::PySlice_Type
            || o == ffi::Py_None()
            || ffi::PyType_Check(o) != 0;
        !plain && !disables(ty as Obj)
    }
}

/// Those whose classes take over, one of each class, subclasses before their bases.
#[derive(Default)]
struct Overloaded(SmallVec<[Obj; 2]>);

impl Overloaded {
    fn look(&mut self, o: Obj) {
        if takes_over(o) {
            // SAFETY: live objects, attached.
            let ty = |o: Obj| unsafe { ffi::Py_TYPE(o) };
            if self.0.iter().any(|&other| ty(other) == ty(o)) {
                return;
            }
            // SAFETY: as above.
            let before = self.0.iter().position(|&other| unsafe { ffi::PyType_IsSubtype(ty(o), ty(other)) } != 0);
            self.0.insert(before.unwrap_or(self.0.len()), o);
        }
    }

    /// The object, and what a tuple or list holds.
    fn look_within(&mut self, o: Obj) {
        self.look(o);
        if let Ok(items) = convert::items(o) {
            items.into_iter().for_each(|item| self.look(item));
        }
    }
}

/// A function, its name in errors, and its arguments, which are new references.
struct Call {
    func: Py<PyAny>,
    name: String,
    args: Obj,
    kwargs: Option<Obj>,
}

impl Drop for Call {
    fn drop(&mut self) {
        // SAFETY: the references are ours.
        unsafe {
            ffi::Py_DECREF(self.args);
            ffi::Py_XDECREF(self.kwargs.unwrap_or(std::ptr::null_mut()));
        }
    }
}

impl Call {
    /// Asks the classes in turn. None where all of them decline.
    fn ask(&self, overloaded: &Overloaded) -> PyResult<Option<Obj>> {
        let types = convert::tuple(overloaded.0.iter().map(|&o| {
            // SAFETY: a type lives as long as its objects; a new reference.
            unsafe {
                let ty = ffi::Py_TYPE(o) as Obj;
                ffi::Py_INCREF(ty);
                ty
            }
        }));
        let mut result = Ok(None);
        for &o in &overloaded.0 {
            let Some(handler) = attribute(o, c"__torch_function__") else { continue };
            // SAFETY: attached; null ends the arguments; the result is a new reference or an exception.
            let answer = unsafe {
                let kwargs = self.kwargs.unwrap_or(std::ptr::null_mut());
                let end = std::ptr::null_mut::<ffi::PyObject>();
                ffi::PyObject_CallFunctionObjArgs(handler.as_ptr(), self.func.as_ptr(), types, self.args, kwargs, end)
            };
            if answer.is_null() {
                result = Err(Python::attach(PyErr::fetch));
                break;
            }
            // SAFETY: comparing addresses.
            if answer != unsafe { ffi::Py_NotImplemented() } {
                result = Ok(Some(answer));
                break;
            }
            // SAFETY: a reference of ours.
            unsafe { ffi::Py_DECREF(answer) };
        }
        // SAFETY: as above.
        unsafe { ffi::Py_DECREF(types) };
        result
    }

    fn run(&self, overloaded: &Overloaded) -> PyResult<Obj> {
        if let Some(answer) = self.ask(overloaded)? {
            return Ok(answer);
        }
        let mut text =
            format!("Multiple dispatch failed for '{}'; all __torch_function__ handlers returned NotImplemented:\n\n", self.name);
        Python::attach(|py| {
            for &o in &overloaded.0 {
                // SAFETY: live objects, attached.
                let class = unsafe { Bound::<PyAny>::from_borrowed_ptr(py, o) }.get_type();
                text.push_str(&format!("  - tensor subclass {}\n", class.repr().map_or_else(|_| String::new(), |r| r.to_string())));
            }
        });
        text.push_str("\nFor more information, try re-running with TORCH_LOGS=not_implemented");
        Err(PyTypeError::new_err(text))
    }
}

fn enabled() -> bool {
    !mode::has(mode::NO_OVERRIDES)
}

/// Functions that look at no class.
fn exempt(name: &str) -> bool {
    name.starts_with('_') && !name.starts_with("__")
        || matches!(name, "tensor" | "as_tensor" | "asarray" | "from_numpy" | "frombuffer" | "as_subclass")
}

/// A call of a row, if an argument's class takes it over.
#[cold]
#[inline(never)]
pub unsafe fn call(row: &Row, form: Form, this: Option<Obj>, args: *const Obj, n: usize, names: Obj) -> PyResult<Option<Obj>> {
    if !enabled() || exempt(row.plain_name()) {
        return Ok(None);
    }
    let mut overloaded = Overloaded::default();
    // SAFETY: the caller's promise: n arguments, and a value for each name behind them.
    let (positional, keywords) = unsafe {
        let keywords = if names.is_null() { 0 } else { ffi::PyTuple_GET_SIZE(names) as usize };
        let given = if n + keywords == 0 { &[] } else { std::slice::from_raw_parts(args, n + keywords) };
        given.split_at(n)
    };
    this.iter().chain(positional).chain(keywords).for_each(|&o| overloaded.look_within(o));
    if overloaded.0.is_empty() {
        return Ok(None);
    }
    let name = if form == Form::InPlace { format!("{}_", row.plain_name()) } else { row.plain_name().to_string() };
    let all: SmallVec<[Obj; 4]> = this.iter().chain(positional).copied().collect();
    let kwargs = (!keywords.is_empty()).then(|| {
        // SAFETY: attached; names and values are live.
        unsafe {
            let dict = ffi::PyDict_New();
            for (k, &value) in keywords.iter().enumerate() {
                ffi::PyDict_SetItem(dict, ffi::PyTuple_GET_ITEM(names, k as isize), value);
            }
            dict
        }
    });
    let on_type = this.is_some();
    let shown = if on_type { format!("torch.Tensor.{name}") } else { format!("torch.{name}") };
    let home = if on_type { object::types().tensor as Obj } else { MODULE.load(Relaxed) };
    let Some(func) = attribute(home, &CString::new(name).expect("a plain name")) else { return Ok(None) };
    Call { func, name: shown, args: tuple_of(&all), kwargs }.run(&overloaded).map(Some)
}

fn tuple_of(items: &[Obj]) -> Obj {
    convert::tuple(items.iter().map(|&o| {
        // SAFETY: a live object, attached.
        unsafe { ffi::Py_INCREF(o) };
        o
    }))
}

fn of_tensor(name: &CStr, args: &[Obj], overloaded: &Overloaded) -> Option<(Call, bool)> {
    if overloaded.0.is_empty() {
        return None;
    }
    let func = attribute(object::types().tensor as Obj, name)?;
    Some((Call { func, name: format!("torch.Tensor.{}", name.to_string_lossy()), args: tuple_of(args), kwargs: None }, true))
}

/// An operator's slot: the method by name, with the tensor first. Where all decline, so does the operator.
#[cold]
#[inline(never)]
pub fn operator(name: &CStr, reflected: &CStr, a: Obj, b: Obj) -> Option<PyResult<Obj>> {
    if !enabled() {
        return None;
    }
    let mut overloaded = Overloaded::default();
    let forward = object::is_tensor(a);
    let args = if forward { [a, b] } else { [b, a] };
    args.iter().for_each(|&o| overloaded.look(o));
    let (call, _) = of_tensor(if forward { name } else { reflected }, &args, &overloaded)?;
    Some(call.ask(&overloaded).map(|answer| {
        answer.unwrap_or_else(|| {
            // SAFETY: attached; a new reference to the singleton.
            unsafe {
                ffi::Py_INCREF(ffi::Py_NotImplemented());
                ffi::Py_NotImplemented()
            }
        })
    }))
}

/// A method by name of a tensor and other arguments.
#[cold]
#[inline(never)]
pub fn method(name: &CStr, args: &[Obj]) -> Option<PyResult<Obj>> {
    if !enabled() {
        return None;
    }
    let mut overloaded = Overloaded::default();
    args.iter().for_each(|&o| overloaded.look_within(o));
    let (call, _) = of_tensor(name, args, &overloaded)?;
    Some(call.run(&overloaded))
}

/// Reading or writing an attribute: `Tensor.<name>.__get__` or `__set__`.
#[cold]
#[inline(never)]
pub fn attribute_access(name: &CStr, access: &CStr, args: &[Obj]) -> Option<PyResult<Obj>> {
    if !enabled() || !takes_over(args[0]) {
        return None;
    }
    let mut overloaded = Overloaded::default();
    overloaded.look(args[0]);
    let descriptor = attribute(object::types().tensor as Obj, name)?;
    let func = attribute(descriptor.as_ptr(), access)?;
    let shown = format!("torch.Tensor.{}.{}", name.to_string_lossy(), access.to_string_lossy());
    Some(Call { func, name: shown, args: tuple_of(args), kwargs: None }.run(&overloaded))
}

/// Whether an argument's class takes functions over.
#[pyfunction]
fn _has_torch_function(args: Bound<'_, PyAny>) -> PyResult<bool> {
    if !enabled() {
        return Ok(false);
    }
    for item in args.try_iter()? {
        if takes_over(item?.as_ptr()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Lets the classes of `relevant_args` answer for `public_api`.
#[pyfunction]
fn _handle_torch_function(
    public_api: Py<PyAny>,
    relevant_args: Bound<'_, PyAny>,
    args: Bound<'_, pyo3::types::PyTuple>,
    kwargs: Bound<'_, pyo3::types::PyDict>,
) -> PyResult<Py<PyAny>> {
    let py = args.py();
    let mut overloaded = Overloaded::default();
    let relevant: Vec<Bound<'_, PyAny>> = relevant_args.try_iter()?.collect::<PyResult<_>>()?;
    relevant.iter().for_each(|o| overloaded.look(o.as_ptr()));
    let bound = public_api.bind(py);
    let module = bound.getattr("__module__").map_or_else(|_| String::new(), |m| m.to_string()).replace("rgrad", "torch");
    let name = format!("{module}.{}", bound.getattr("__name__")?);
    let call = Call { func: public_api, name, args: args.into_ptr(), kwargs: Some(kwargs.into_ptr()) };
    // SAFETY: a new reference.
    call.run(&overloaded).map(|o| unsafe { Bound::from_owned_ptr(py, o) }.unbind())
}

/// Calls the function with no class taking over; as `__torch_function__` it says that the class takes nothing over.
#[pyfunction]
#[pyo3(signature = (func, types, args=None, kwargs=None))]
fn _disabled_torch_function_impl(
    func: Bound<'_, PyAny>,
    types: Bound<'_, PyAny>,
    args: Option<Bound<'_, pyo3::types::PyTuple>>,
    kwargs: Option<Bound<'_, pyo3::types::PyDict>>,
) -> PyResult<Py<PyAny>> {
    let _ = types;
    let _guard = mode::guard(mode::NO_OVERRIDES, true);
    let args = args.unwrap_or_else(|| pyo3::types::PyTuple::empty(func.py()));
    func.call(args, kwargs.as_ref()).map(Bound::unbind)
}

#[pyfunction]
fn _is_torch_function_enabled() -> bool {
    enabled()
}

pub fn init(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(_has_torch_function, m)?)?;
    m.add_function(wrap_pyfunction!(_handle_torch_function, m)?)?;
    m.add_function(wrap_pyfunction!(_disabled_torch_function_impl, m)?)?;
    m.add_function(wrap_pyfunction!(_is_torch_function_enabled, m)?)?;
    let disabled = m.getattr("_disabled_torch_function_impl")?;
    DISABLED.store(disabled.into_ptr(), Relaxed);
    MODULE.store(m.clone().into_ptr(), Relaxed);
    // SAFETY: the type lives for ever.
    let parameter = unsafe { Bound::<PyAny>::from_borrowed_ptr(m.py(), object::types().parameter as Obj) };
    parameter.setattr("__torch_function__", m.getattr("_disabled_torch_function_impl")?)
}
