//! From a row of the table to callables: function, method, in-place method. One loop tries a row's
//! signatures; only the typed call of each is monomorphic (an fn item is zero-sized, so nothing is stored).

use std::ffi::CStr;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::ptr::null_mut;

use pyo3::exceptions::PyRuntimeError;
use pyo3::ffi;
use pyo3::prelude::*;
use smallvec::SmallVec;

use super::autocast;
use super::convert::Arg;
use super::convert::Refusal;
use super::convert::Ret;
use super::convert::Value;
use super::errors;
use super::explain;
use super::explain::Attempt;
use super::object;
use super::object::Obj;
use super::overrides;
use super::results;
use super::signature::MAX_ARGS;
use super::signature::Sig;
use super::signature::SigCell;
use super::signature::Slots;
use super::types;
use crate::error::Error;
use crate::error::Kind;
use crate::graph::mode;
use crate::graph::record::recording;
use crate::ops::inplace;
use crate::registry;
use crate::tensor::Tensor;

/// Which argument did not fit, or what went wrong.
pub enum Refused {
    Argument(usize),
    Error(PyErr),
}

type Called = Result<Value, Refused>;

pub struct Overload {
    pub sig: &'static SigCell,
    pub call: fn(&[Obj; MAX_ARGS]) -> Called,
}

pub struct Row {
    /// Ends with a zero byte.
    pub name: &'static str,
    pub kinds: u32,
    pub overloads: &'static [Overload],
    /// Ends with a zero byte.
    pub doc: &'static str,
}

impl Row {
    pub fn plain_name(&self) -> &'static str {
        &self.name[..self.name.len() - 1]
    }
}

/// A row as a type, so that trampolines can be made for it.
pub trait RowType {
    fn row() -> &'static Row;
}

/// A Rust function that takes arguments from slots.
pub trait Op<M>: Copy {
    fn call(self, slots: &[Obj; MAX_ARGS]) -> Called;
}

#[inline(always)]
fn read<A: Arg>(slots: &[Obj; MAX_ARGS], i: usize) -> Result<A::Store, Refused> {
    A::read(slots[i]).map_err(|refusal| match refusal {
        Refusal::Type => Refused::Argument(i),
        Refusal::Error(error) => Refused::Error(error),
    })
}

macro_rules! arity {
    ($($t:ident $i:tt),*) => {
        #[allow(unused_parens)]
        impl<Func, Out: Ret, $($t: Arg),*> Op<($($t,)* Out)> for Func where Func: Fn($($t),*) -> Out + Copy {
            #[inline(always)]
            #[allow(non_snake_case, unused_variables)]
            fn call(self, slots: &[Obj; MAX_ARGS]) -> Called {
                $(let $t = read::<$t>(slots, $i)?;)*
                self($(<$t as Arg>::get(&$t)),*).value().map_err(Refused::Error)
            }
        }
    };
}
arity!();
arity!(A 0);
arity!(A 0, B 1);
arity!(A 0, B 1, C 2);
arity!(A 0, B 1, C 2, D 3);
arity!(A 0, B 1, C 2, D 3, E 4);
arity!(A 0, B 1, C 2, D 3, E 4, F 5);
arity!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
arity!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
arity!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);

/// The typed call of a function.
pub const fn typed<F: Op<M>, M>(_: F) -> fn(&[Obj; MAX_ARGS]) -> Called {
    const { assert!(size_of::<F>() == 0, "an fn item") };
    fn call<F: Op<M>, M>(slots: &[Obj; MAX_ARGS]) -> Called {
        // SAFETY: F is zero-sized, so any value of it will do.
        let f: F = unsafe { std::mem::transmute_copy(&()) };
        f.call(slots)
    }
    call::<F, M>
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Function,
    Method,
    InPlace,
}

unsafe extern "C" fn function<R: RowType>(_: Obj, args: *const Obj, n: isize, names: Obj) -> Obj {
    // SAFETY: Python calls with n arguments and the names' values behind them.
    unsafe { enter(R::row(), Form::Function, None, args, n, names) }
}

unsafe extern "C" fn method<R: RowType>(this: Obj, args: *const Obj, n: isize, names: Obj) -> Obj {
    // SAFETY: as above.
    unsafe { enter(R::row(), Form::Method, Some(this), args, n, names) }
}

unsafe extern "C" fn in_place<R: RowType>(this: Obj, args: *const Obj, n: isize, names: Obj) -> Obj {
    // SAFETY: as above.
    unsafe { enter(R::row(), Form::InPlace, Some(this), args, n, names) }
}

unsafe extern "C" fn in_place_function<R: RowType>(_: Obj, args: *const Obj, n: isize, names: Obj) -> Obj {
    // SAFETY: as above.
    unsafe { enter(R::row(), Form::InPlace, None, args, n, names) }
}

pub type FastCall = unsafe extern "C" fn(Obj, *const Obj, isize, Obj) -> Obj;

/// The forms of a row.
pub struct Entry {
    pub row: fn() -> &'static Row,
    pub function: FastCall,
    pub method: FastCall,
    pub in_place: FastCall,
    pub in_place_function: FastCall,
}

pub const fn entry<R: RowType>() -> Entry {
    Entry { row: R::row, function: function::<R>, method: method::<R>, in_place: in_place::<R>, in_place_function: in_place_function::<R> }
}

/// Raises and gives the null that says so.
#[cold]
pub fn raise(error: PyErr) -> Obj {
    Python::attach(|py| error.restore(py));
    null_mut()
}

/// Runs a body that may panic; a panic is a RuntimeError.
#[inline(always)]
pub fn guard(body: impl FnOnce() -> PyResult<Obj>) -> Obj {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(o)) => o,
        Ok(Err(error)) => raise(error),
        Err(_) => raise(PyRuntimeError::new_err("internal error: rgrad panicked; please report this")),
    }
}

/// The same for a slot that gives -1 or 0.
pub fn status(body: impl FnOnce() -> PyResult<()>) -> std::ffi::c_int {
    let result = guard(|| body().map(|()| super::convert::none_object()));
    if result.is_null() {
        return -1;
    }
    // SAFETY: a new reference to None.
    unsafe { ffi::Py_DECREF(result) };
    0
}

unsafe fn enter(row: &'static Row, form: Form, this: Option<Obj>, args: *const Obj, n: isize, names: Obj) -> Obj {
    if overrides::possible() {
        // SAFETY: the caller's promise.
        return unsafe { enter_overridable(row, form, this, args, n as usize, names) };
    }
    // SAFETY: as above.
    guard(|| unsafe { dispatch(row, form, this, args, n as usize, names) })
}

/// Out of the way of calls that no class takes over.
#[cold]
#[inline(never)]
unsafe fn enter_overridable(row: &'static Row, form: Form, this: Option<Obj>, args: *const Obj, n: usize, names: Obj) -> Obj {
    // SAFETY: the caller's promise.
    guard(|| unsafe {
        match overrides::call(row, form, this, args, n, names)? {
            Some(answer) => Ok(answer),
            None => dispatch(row, form, this, args, n, names),
        }
    })
}

#[inline(always)]
unsafe fn dispatch(row: &'static Row, form: Form, this: Option<Obj>, args: *const Obj, n: usize, names: Obj) -> PyResult<Obj> {
    let mut attempts: SmallVec<[Attempt; 3]> = SmallVec::new();
    for overload in row.overloads {
        let sig = overload.sig.get();
        let mut slots = Slots::new(sig);
        // SAFETY: the caller's promise.
        match unsafe { sig.parse(this, args, n, names, &mut slots) } {
            Err(misfit) => attempts.push(Attempt::Misfit(misfit)),
            Ok(()) if sig.tensor_first && this.is_none() && !object::is_tensor(slots.at[0]) => attempts.push(Attempt::Argument(0)),
            Ok(()) => match call(row, form, overload, sig, &slots) {
                Ok(o) => return Ok(o),
                Err(Refused::Argument(i)) => attempts.push(Attempt::Argument(i)),
                Err(Refused::Error(error)) => return Err(error),
            },
        }
    }
    // SAFETY: as above.
    unsafe { unfit(row, form, this, args, n, names, &attempts) }
}

/// Arguments that fit no signature: a class of theirs may still take the call.
#[cold]
#[inline(never)]
unsafe fn unfit(
    row: &'static Row,
    form: Form,
    this: Option<Obj>,
    args: *const Obj,
    n: usize,
    names: Obj,
    attempts: &[Attempt],
) -> PyResult<Obj> {
    // SAFETY: the caller's promise.
    unsafe {
        match overrides::call(row, form, this, args, n, names)? {
            Some(answer) => Ok(answer),
            None => Err(explain::mismatch(row, form == Form::InPlace, this, args, n, names, attempts)),
        }
    }
}

#[inline(always)]
fn call(row: &Row, form: Form, overload: &Overload, sig: &Sig, slots: &Slots) -> Result<Obj, Refused> {
    if sig.checked {
        if sig.deprecated {
            explain::warn_deprecated(row, form, sig).map_err(Refused::Error)?;
        }
        check_options(sig, slots)?;
    }
    if form == Form::InPlace {
        return in_place_call(row, overload, slots);
    }
    if mode::has(mode::AUTOCAST)
        && let Some(result) = call_recast(row, overload, sig, slots)?
    {
        return Ok(result);
    }
    let value = match sig.out {
        Some(out) if row.kinds & (registry::DIRECT | registry::SAME) != 0 && results::given(slots.at[out]) => {
            results::check_same(row, sig, slots).map_err(Refused::Error)?;
            into_destination(overload, slots, out)?
        }
        _ => match results::followed(row, sig, slots) {
            Some((i, dtype)) => {
                let mut at = slots.at;
                at[i] = types::borrowed_dtype(dtype);
                (overload.call)(&at)?
            }
            None => (overload.call)(&slots.at)?,
        },
    };
    results::finish(row, sig, slots, value).map_err(Refused::Error)
}

/// The call with the arguments that autocast gives it; None where it leaves them alone.
#[cold]
#[inline(never)]
fn call_recast(row: &Row, overload: &Overload, sig: &Sig, slots: &Slots) -> Result<Option<Obj>, Refused> {
    let Some(recast) = autocast::recast(row, sig, &slots.at).map_err(Refused::Error)? else { return Ok(None) };
    let value = (overload.call)(&recast.at)?;
    results::finish(row, sig, slots, value).map(Some).map_err(Refused::Error)
}

/// Writes the result straight into `out=` where that can be; `results::finish` copies it otherwise, and checks.
#[cold]
#[inline(never)]
fn into_destination(overload: &Overload, slots: &Slots, out: usize) -> Called {
    let inputs: SmallVec<[&Tensor; 4]> = slots.at[..out].iter().filter(|o| !o.is_null()).filter_map(|&o| object::as_tensor(o)).collect();
    match object::as_tensor(slots.at[out]) {
        Some(target) if !target.requires_grad() && !target.is_inference() && !recording(&inputs) => {
            inplace::aimed(target, &inputs, || (overload.call)(&slots.at))
        }
        _ => (overload.call)(&slots.at),
    }
}

/// The arguments that ops do not see: they must be right, and change nothing.
fn check_options(sig: &Sig, slots: &Slots) -> Result<(), Refused> {
    if let Some(device) = sig.device {
        types::check_device(slots.at[device]).map_err(Refused::Error)?;
    }
    let wrong = |slot: Option<usize>, is: fn(Obj) -> bool| slot.filter(|&i| results::given(slots.at[i]) && !is(slots.at[i]));
    match wrong(sig.layout, types::is_layout).or_else(|| wrong(sig.memory_format, types::is_memory_format)) {
        Some(i) => Err(Refused::Argument(i)),
        None => Ok(()),
    }
}

fn in_place_call(row: &Row, overload: &Overload, slots: &Slots) -> Result<Obj, Refused> {
    let Some(target) = object::as_tensor(slots.at[0]) else { return Err(Refused::Argument(0)) };
    let others: SmallVec<[&Tensor; 4]> = slots.at[1..].iter().take_while(|o| !o.is_null()).filter_map(|&o| object::as_tensor(o)).collect();
    if row.kinds & registry::APART != 0 {
        results::check_apart(row, target, &slots.at[1..]).map_err(|e| Refused::Error(errors::from_core(e)))?;
    }
    if row.kinds & registry::OUT_APART != 0 {
        let apart = others.iter().try_for_each(|t| inplace::check_overlap(target, t));
        apart.map_err(|e| Refused::Error(errors::from_core(e)))?;
    }
    let mut refused = None;
    let mut op = || match (overload.call)(&slots.at) {
        Ok(Value::Tensor(out)) => Ok(out),
        Ok(_) => Err(Error::new(Kind::Runtime, format!("{}_ has no in-place form", row.plain_name()))),
        Err(Refused::Error(error)) => Err(errors::to_core(error)),
        Err(argument) => {
            refused = Some(argument);
            Err(Error::new(Kind::Type, String::new()))
        }
    };
    let direct = row.kinds & registry::DIRECT != 0;
    let result = match row.kinds & registry::EXPANDED {
        0 => inplace::run(target, &others, direct, &mut op),
        _ => inplace::run_expanded(row.plain_name(), target, &others, direct, &mut op),
    };
    if let Some(refused) = refused {
        return Err(refused);
    }
    result.map_err(|e| Refused::Error(errors::from_core(e)))?;
    // SAFETY: the tensor itself, a new reference.
    unsafe { ffi::Py_INCREF(slots.at[0]) };
    Ok(slots.at[0])
}

/// Puts the forms of every row on the module and the tensor type.
pub fn install(m: &Bound<'_, PyModule>, entries: &'static [Entry]) -> PyResult<()> {
    let ty = object::types().tensor;
    for entry in entries {
        let row = (entry.row)();
        let name = CStr::from_bytes_with_nul(row.name.as_bytes()).expect("names end with a zero");
        let doc = row.doc.as_ptr() as *const std::ffi::c_char;
        let def = |name: *const std::ffi::c_char, f: FastCall| {
            Box::leak(Box::new(ffi::PyMethodDef {
                ml_name: name,
                ml_meth: ffi::PyMethodDefPointer { PyCFunctionFastWithKeywords: f },
                ml_flags: ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
                ml_doc: doc,
            })) as *mut ffi::PyMethodDef
        };
        // SAFETY: attached; definitions live for ever.
        unsafe {
            let dict = (*ty).tp_dict;
            let put = |key: *const std::ffi::c_char, f: FastCall, on_type: bool| {
                let made = if on_type {
                    ffi::PyDescr_NewMethod(ty, def(key, f))
                } else {
                    ffi::PyCFunction_NewEx(def(key, f), null_mut(), null_mut())
                };
                let target = if on_type { dict } else { ffi::PyModule_GetDict(m.as_ptr()) };
                ffi::PyDict_SetItemString(target, key, made);
                ffi::Py_DECREF(made);
            };
            if row.kinds & registry::FUNCTION != 0 {
                put(name.as_ptr(), entry.function, false);
            }
            if row.kinds & registry::METHOD != 0 {
                put(name.as_ptr(), entry.method, true);
            }
            if row.kinds & registry::INPLACE != 0 {
                let underscored = Box::leak(format!("{}_\0", row.plain_name()).into_boxed_str()).as_ptr() as *const std::ffi::c_char;
                put(underscored, entry.in_place, true);
                if row.kinds & registry::INPLACE_FUNCTION != 0 {
                    put(underscored, entry.in_place_function, false);
                }
            }
        }
    }
    Ok(())
}
