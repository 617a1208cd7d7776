//! Arguments from Python objects and results to them. An argument type says whether an object fits it; the
//! dispatcher tries the next signature if not.

use pyo3::ffi;
use pyo3::prelude::*;
use smallvec::SmallVec;

use super::errors;
use super::object;
use super::object::Obj;
use super::signature;
use super::types;
use crate::dtype::DType;
use crate::dtype::Scalar;
use crate::error;
use crate::ops::elementwise::Operand;
use crate::shape::Dims;
use crate::tensor::Tensor;

/// Why an argument was not taken.
pub enum Refusal {
    /// Not of the type; another signature may fit.
    Type,
    Error(PyErr),
}

impl From<PyErr> for Refusal {
    fn from(error: PyErr) -> Refusal {
        Refusal::Error(error)
    }
}

pub type Taken<T> = Result<T, Refusal>;

/// A parameter type of ops. `Store` holds what was read during the call.
/// References are 'static as far as the type goes; they live as long as the call, whose caller holds the objects.
pub trait Arg: Sized {
    type Store;
    fn read(o: Obj) -> Taken<Self::Store>;
    fn get(store: &Self::Store) -> Self;
}

fn none(o: Obj) -> bool {
    // SAFETY: comparing addresses.
    o == unsafe { ffi::Py_None() }
}

/// Lengthens a borrow to the call's; see `Arg`.
pub(super) fn for_call<T: ?Sized>(x: &T) -> &'static T {
    // SAFETY: stores and objects outlive the call that gets the reference.
    unsafe { &*(x as *const T) }
}

impl Arg for &'static Tensor {
    type Store = &'static Tensor;
    #[inline(always)]
    fn read(o: Obj) -> Taken<&'static Tensor> {
        object::as_tensor(o).ok_or(Refusal::Type)
    }
    #[inline(always)]
    fn get(store: &&'static Tensor) -> &'static Tensor {
        store
    }
}

macro_rules! plain {
    ($($t:ty, $read:path;)*) => {$(
        impl Arg for $t {
            type Store = $t;
            #[inline(always)]
            fn read(o: Obj) -> Taken<$t> { $read(o) }
            #[inline(always)]
            fn get(store: &$t) -> $t { store.clone() }
        }
    )*};
}
plain! {
    bool, read_bool;
    i64, read_int;
    f64, read_float;
    Scalar, read_scalar;
    Operand<'static>, read_operand;
    DType, types::read_dtype;
    Obj, read_object;
}

impl<A: Arg> Arg for Option<A> {
    type Store = Option<A::Store>;
    #[inline(always)]
    fn read(o: Obj) -> Taken<Option<A::Store>> {
        if none(o) { Ok(None) } else { A::read(o).map(Some) }
    }
    #[inline(always)]
    fn get(store: &Option<A::Store>) -> Option<A> {
        store.as_ref().map(A::get)
    }
}

impl Arg for &'static [i64] {
    type Store = Dims;
    #[inline]
    fn read(o: Obj) -> Taken<Dims> {
        read_dims(o)
    }
    fn get(store: &Dims) -> &'static [i64] {
        for_call(store.as_slice())
    }
}

impl Arg for &'static [f64] {
    type Store = Vec<f64>;
    fn read(o: Obj) -> Taken<Vec<f64>> {
        items(o)?.into_iter().map(read_float).collect()
    }
    fn get(store: &Vec<f64>) -> &'static [f64] {
        for_call(store.as_slice())
    }
}

/// `str(o)`.
fn str_of(o: Obj) -> String {
    // SAFETY: a live object, attached.
    Python::attach(|py| unsafe { Bound::<PyAny>::from_borrowed_ptr(py, o) }.to_string())
}

impl Arg for &'static str {
    type Store = String;
    fn read(o: Obj) -> Taken<String> {
        // SAFETY: a live object, attached.
        unsafe {
            if ffi::PyUnicode_Check(o) == 0 {
                return Err(Refusal::Type);
            }
        }
        Ok(str_of(o))
    }
    fn get(store: &String) -> &'static str {
        for_call(store.as_str())
    }
}

impl Arg for &'static [&'static Tensor] {
    type Store = SmallVec<[&'static Tensor; 4]>;
    fn read(o: Obj) -> Taken<Self::Store> {
        items(o)?.into_iter().map(|item| object::as_tensor(item).ok_or(Refusal::Type)).collect()
    }
    fn get(store: &Self::Store) -> &'static [&'static Tensor] {
        for_call(store.as_slice())
    }
}

impl Arg for &'static [Option<&'static Tensor>] {
    type Store = Vec<Option<&'static Tensor>>;
    fn read(o: Obj) -> Taken<Self::Store> {
        let read = |item| if none(item) { Ok(None) } else { object::as_tensor(item).map(Some).ok_or(Refusal::Type) };
        items(o)?.into_iter().map(read).collect()
    }
    fn get(store: &Self::Store) -> &'static [Option<&'static Tensor>] {
        for_call(store.as_slice())
    }
}

/// Borrowed items of a tuple or list.
pub fn items(o: Obj) -> Taken<SmallVec<[Obj; 8]>> {
    // SAFETY: a live object; the items live as long as it does.
    unsafe {
        if ffi::PyTuple_Check(o) != 0 {
            return Ok((0..ffi::PyTuple_GET_SIZE(o)).map(|i| ffi::PyTuple_GET_ITEM(o, i)).collect());
        }
        if ffi::PyList_Check(o) != 0 {
            return Ok((0..ffi::PyList_GET_SIZE(o)).map(|i| ffi::PyList_GET_ITEM(o, i)).collect());
        }
    }
    Err(Refusal::Type)
}

fn read_object(o: Obj) -> Taken<Obj> {
    Ok(o)
}

#[inline(always)]
fn read_bool(o: Obj) -> Taken<bool> {
    // SAFETY: comparing addresses of singletons.
    unsafe {
        if o == ffi::Py_True() {
            return Ok(true);
        }
        if o == ffi::Py_False() {
            return Ok(false);
        }
    }
    match object::as_tensor(o) {
        Some(t) if t.numel() == 1 && t.dtype() == DType::Bool => Ok(crate::ops::creation::element(t, 0) == Scalar::Bool(true)),
        _ if is_numpy(o, "bool") => Ok(str_of(o) == "True"),
        _ => Err(Refusal::Type),
    }
}

/// Is this a NumPy scalar whose type's name starts so?
fn is_numpy(o: Obj, prefix: &str) -> bool {
    // SAFETY: a live type's name is a C string.
    let name = unsafe { std::ffi::CStr::from_ptr((*ffi::Py_TYPE(o)).tp_name) }.to_str().unwrap_or("");
    name.strip_prefix("numpy.").is_some_and(|rest| rest.starts_with(prefix))
}

#[inline(always)]
fn read_int(o: Obj) -> Taken<i64> {
    // SAFETY: attached; errors are fetched at once.
    unsafe {
        if ffi::PyLong_CheckExact(o) == 0 {
            return read_index(o);
        }
        let v = ffi::PyLong_AsLongLong(o);
        if v == -1 && !ffi::PyErr_Occurred().is_null() {
            return Err(overflow());
        }
        Ok(v)
    }
}

#[cold]
fn overflow() -> Refusal {
    Python::attach(|py| {
        let _ = PyErr::fetch(py);
        Refusal::Error(errors::raise(error::Kind::Value, "Overflow when unpacking long long".into()))
    })
}

/// Objects with `__index__`: NumPy integers, 0-d integer tensors.
#[cold]
fn read_index(o: Obj) -> Taken<i64> {
    // SAFETY: attached; the new reference is released.
    unsafe {
        if ffi::PyFloat_Check(o) != 0
            || ffi::PyBool_Check(o) != 0
            || object::as_tensor(o).is_some_and(|t| !t.dtype().is_integer() || t.dim() > 0 && t.numel() != 1)
            || ffi::PyIndex_Check(o) == 0
        {
            return Err(Refusal::Type);
        }
        let index = ffi::PyNumber_Index(o);
        if index.is_null() {
            ffi::PyErr_Clear();
            return Err(Refusal::Type);
        }
        let v = ffi::PyLong_AsLongLong(index);
        ffi::Py_DECREF(index);
        if v == -1 && !ffi::PyErr_Occurred().is_null() {
            return Err(overflow());
        }
        Ok(v)
    }
}

#[inline(always)]
fn read_float(o: Obj) -> Taken<f64> {
    // SAFETY: attached.
    if unsafe { ffi::PyFloat_Check(o) } != 0 {
        return Ok(unsafe { ffi::PyFloat_AS_DOUBLE(o) });
    }
    // SAFETY: attached; an error is fetched at once.
    unsafe {
        if ffi::PyLong_CheckExact(o) != 0 {
            let x = ffi::PyLong_AsDouble(o);
            return if x == -1.0 { raised().map(|()| x) } else { Ok(x) };
        }
    }
    read_scalar(o).map(Scalar::to_f64)
}

/// The error that Python raised, if it did.
#[cold]
fn raised() -> Taken<()> {
    Python::attach(|py| PyErr::take(py).map_or(Ok(()), |error| Err(Refusal::Error(error))))
}

/// A Python number, a NumPy scalar, or a 0-d tensor.
#[inline(always)]
fn read_scalar(o: Obj) -> Taken<Scalar> {
    // SAFETY: attached.
    unsafe {
        if ffi::PyFloat_Check(o) != 0 {
            return Ok(Scalar::Float(ffi::PyFloat_AS_DOUBLE(o)));
        }
        if ffi::PyLong_CheckExact(o) != 0 {
            return big_int(o);
        }
    }
    read_scalar_slow(o)
}

/// An int; beyond 64 bits it is Python's error.
fn big_int(o: Obj) -> Taken<Scalar> {
    let mut overflowed = 0;
    // SAFETY: an int, attached.
    let v = unsafe { ffi::PyLong_AsLongLongAndOverflow(o, &mut overflowed) };
    if overflowed == 0 {
        return Ok(Scalar::Int(v));
    }
    // SAFETY: an int, attached.
    let v = unsafe { ffi::PyLong_AsUnsignedLongLong(o) };
    raised().map(|()| Scalar::Unsigned(v))
}

#[cold]
fn read_scalar_slow(o: Obj) -> Taken<Scalar> {
    if let Some(t) = object::as_tensor(o) {
        return if t.dim() == 0 && !t.requires_grad() { Ok(crate::ops::creation::element(t, 0)) } else { Err(Refusal::Type) };
    }
    if let Ok(b) = read_bool(o) {
        return Ok(Scalar::Bool(b));
    }
    if is_numpy(o, "float") {
        // SAFETY: attached; the new reference is released.
        unsafe {
            let x = ffi::PyNumber_Float(o);
            if x.is_null() {
                ffi::PyErr_Clear();
                return Err(Refusal::Type);
            }
            let v = ffi::PyFloat_AS_DOUBLE(x);
            ffi::Py_DECREF(x);
            return Ok(Scalar::Float(v));
        }
    }
    // An array of one element has an index too, and is no number.
    if is_numpy(o, "ndarray") { Err(Refusal::Type) } else { read_int(o).map(Scalar::Int) }
}

#[inline(always)]
fn read_operand(o: Obj) -> Taken<Operand<'static>> {
    match object::as_tensor(o) {
        Some(t) => Ok(Operand::Tensor(t)),
        None => read_scalar(o).map(Operand::Number),
    }
}

#[inline]
fn read_dims(o: Obj) -> Taken<Dims> {
    if let Some(dims) = signature::gathered(o) {
        return Ok(dims);
    }
    // SAFETY: attached; items are borrowed from a live tuple or list.
    unsafe {
        let mut dims = Dims::new();
        if ffi::PyTuple_Check(o) != 0 {
            for i in 0..ffi::PyTuple_GET_SIZE(o) {
                dims.push(read_int(ffi::PyTuple_GET_ITEM(o, i))?);
            }
            return Ok(dims);
        }
        if ffi::PyList_Check(o) != 0 {
            for i in 0..ffi::PyList_GET_SIZE(o) {
                dims.push(read_int(ffi::PyList_GET_ITEM(o, i))?);
            }
            return Ok(dims);
        }
    }
    read_int(o).map(|i| Dims::from_slice(&[i]))
}

/// What an op gives back.
pub enum Value {
    Tensor(Tensor),
    Tensors(Vec<Tensor>),
    Object(Obj),
}

pub trait Ret {
    fn value(self) -> PyResult<Value>;
}

impl Ret for error::Result<Tensor> {
    #[inline(always)]
    fn value(self) -> PyResult<Value> {
        self.map(Value::Tensor).map_err(errors::from_core)
    }
}

impl Ret for error::Result<Vec<Tensor>> {
    fn value(self) -> PyResult<Value> {
        self.map(Value::Tensors).map_err(errors::from_core)
    }
}

impl Ret for error::Result<bool> {
    fn value(self) -> PyResult<Value> {
        // SAFETY: attached; a new reference to a singleton.
        self.map(|b| Value::Object(unsafe { ffi::PyBool_FromLong(b as _) })).map_err(errors::from_core)
    }
}

impl Ret for error::Result<Scalar> {
    fn value(self) -> PyResult<Value> {
        self.map(|s| Value::Object(number(s))).map_err(errors::from_core)
    }
}

impl Ret for error::Result<()> {
    fn value(self) -> PyResult<Value> {
        self.map(|()| Value::Object(none_object())).map_err(errors::from_core)
    }
}

impl Ret for PyResult<Value> {
    #[inline(always)]
    fn value(self) -> PyResult<Value> {
        self
    }
}

impl Ret for PyResult<Obj> {
    #[inline(always)]
    fn value(self) -> PyResult<Value> {
        self.map(Value::Object)
    }
}

pub fn none_object() -> Obj {
    // SAFETY: attached.
    unsafe {
        ffi::Py_INCREF(ffi::Py_None());
        ffi::Py_None()
    }
}

/// A number as a new Python object.
pub fn number(s: Scalar) -> Obj {
    // SAFETY: attached.
    unsafe {
        match s {
            Scalar::Bool(b) => ffi::PyBool_FromLong(b as _),
            Scalar::Int(i) => ffi::PyLong_FromLongLong(i),
            Scalar::Unsigned(u) => ffi::PyLong_FromUnsignedLongLong(u),
            Scalar::Float(x) => ffi::PyFloat_FromDouble(x),
        }
    }
}

/// A tuple of new references.
pub fn tuple(items: impl ExactSizeIterator<Item = Obj>) -> Obj {
    // SAFETY: attached; the tuple takes the references.
    unsafe {
        let out = ffi::PyTuple_New(items.len() as isize);
        for (i, item) in items.enumerate() {
            ffi::PyTuple_SET_ITEM(out, i as isize, item);
        }
        out
    }
}
