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

use super::convert;
use super::convert::Arg;
use super::convert::Refusal;
use super::convert::Ret;
use super::convert::Value;
use super::errors;
use super::explain;
use super::explain::Attempt;
use super::object;
use super::object::Obj;
use super::signature::MAX_ARGS;
use super::signature::Sig;
use super::signature::SigCell;
use super::signature::Slots;
use super::types;
use crate::error::Error;
use crate::error::Kind;
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
enum Form {
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

unsafe fn enter(row: &'static Row, form: Form, this: Option<Obj>, args: *const Obj, n: isize, names: Obj) -> Obj {
    // SAFETY: the caller's promise.
    guard(|| unsafe { dispatch(row, form, this, args, n as usize, names) })
}

unsafe fn dispatch(row: &'static Row, form: Form, this: Option<Obj>, args: *const Obj, n: usize, names: Obj) -> PyResult<Obj> {
    let mut attempts: SmallVec<[Attempt; 0]> = SmallVec::new();
    for overload in row.overloads {
        let sig = overload.sig.get();
        // SAFETY: the caller's promise.
        match unsafe { sig.parse(this, args, n, names) } {
            Err(misfit) => attempts.push(Attempt::Misfit(misfit)),
            Ok(slots) if sig.tensor_first && this.is_none() && !object::is_tensor(slots.at[0]) => {
                attempts.push(Attempt::Argument(0, type_of(slots.at[0])))
            }
            Ok(slots) => match call(row, form, overload, sig, &slots) {
                Ok(o) => return Ok(o),
                Err(Refused::Argument(i)) => {
                    // SAFETY: the caller's promise.
                    let given = (0..n).any(|k| unsafe { *args.add(k) } == slots.at[i]);
                    attempts.push(explain::refused(sig, i, slots.at[i], given));
                }
                Err(Refused::Error(error)) => return Err(error),
            },
        }
    }
    // SAFETY: as above.
    Err(unsafe { explain::mismatch(row, form == Form::InPlace, this, args, n, names, &attempts) })
}

fn type_of(o: Obj) -> String {
    explain::type_name(o)
}

#[inline(always)]
fn call(row: &Row, form: Form, overload: &Overload, sig: &Sig, slots: &Slots) -> Result<Obj, Refused> {
    if let Some(device) = sig.device {
        types::check_device(slots.at[device]).map_err(Refused::Error)?;
    }
    if let Some(i) = sig.layout.filter(|&i| !is_none(slots.at[i]) && !slots.at[i].is_null() && !types::is_layout(slots.at[i])) {
        return Err(Refused::Argument(i));
    }
    if let Some(i) = sig.memory_format.filter(|&i| !is_none(slots.at[i]) && !slots.at[i].is_null() && !types::is_memory_format(slots.at[i]))
    {
        return Err(Refused::Argument(i));
    }
    if form == Form::InPlace {
        return in_place_call(row, overload, slots);
    }
    let value = (overload.call)(&slots.at)?;
    finish(row, overload, sig, slots, value).map_err(Refused::Error)
}

fn in_place_call(row: &Row, overload: &Overload, slots: &Slots) -> Result<Obj, Refused> {
    let Some(target) = object::as_tensor(slots.at[0]) else { return Err(Refused::Argument(0)) };
    let others: SmallVec<[&Tensor; 4]> = slots.at[1..].iter().take_while(|o| !o.is_null()).filter_map(|&o| object::as_tensor(o)).collect();
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
    let result = inplace::run(target, &others, row.kinds & registry::DIRECT != 0, &mut op);
    if let Some(refused) = refused {
        return Err(refused);
    }
    result.map_err(|e| Refused::Error(errors::from_core(e)))?;
    // SAFETY: the tensor itself, a new reference.
    unsafe { ffi::Py_INCREF(slots.at[0]) };
    Ok(slots.at[0])
}

/// Applies `out=` and `requires_grad=`, and makes the Python value.
#[inline(always)]
fn finish(row: &Row, overload: &Overload, sig: &Sig, slots: &Slots, value: Value) -> PyResult<Obj> {
    match value {
        Value::Tensor(tensor) => {
            if let Some(i) = sig.requires_grad {
                require_grad(row, &tensor, slots.at[i])?;
            }
            match sig.out.map(|i| slots.at[i]) {
                Some(out) if !is_none(out) => {
                    if row.kinds & registry::EXACT != 0 {
                        check_exact(row, out, &tensor, slots)?;
                    }
                    if let (true, Some(target)) = (row.kinds & registry::DIRECT != 0, object::as_tensor(out)) {
                        let inputs = slots.at.iter().filter(|&&o| !o.is_null() && o != out).filter_map(|&o| object::as_tensor(o));
                        for input in inputs {
                            inplace::check_overlap(target, input).map_err(errors::from_core)?;
                        }
                    }
                    into_out(row.plain_name(), out, &tensor)
                }
                _ => Ok(object::wrap(tensor)),
            }
        }
        Value::Object(o) => Ok(o),
        Value::Tensors(tensors) => {
            if let Some(out) = sig.out.map(|i| slots.at[i]).filter(|&o| !is_none(o)) {
                let outs = convert::items(out).map_err(|_| pyo3::exceptions::PyTypeError::new_err("out= must be a tuple of tensors"))?;
                if outs.len() != tensors.len() {
                    return Err(pyo3::exceptions::PyTypeError::new_err(format!(
                        "expected tuple of {} elements but got {}",
                        tensors.len(),
                        outs.len()
                    )));
                }
                for (&o, tensor) in outs.iter().zip(&tensors) {
                    let written = into_out(row.plain_name(), o, tensor)?;
                    // SAFETY: a new reference that nobody wants.
                    unsafe { ffi::Py_DECREF(written) };
                }
            }
            let items = convert::tuple(tensors.into_iter().map(object::wrap));
            match overload.sig.text.split_once(" -> ") {
                Some((_, fields)) => super::named::tuple(row.plain_name(), fields, items),
                None => Ok(items),
            }
        }
    }
}

fn is_none(o: Obj) -> bool {
    // SAFETY: comparing addresses.
    o == unsafe { ffi::Py_None() }
}

fn require_grad(row: &Row, tensor: &Tensor, flag: Obj) -> PyResult<()> {
    // SAFETY: comparing addresses of singletons.
    if flag != unsafe { ffi::Py_True() } {
        // SAFETY: as above.
        if !flag.is_null() && flag != unsafe { ffi::Py_False() } && !is_none(flag) {
            return Err(pyo3::exceptions::PyTypeError::new_err(format!(
                "{}(): argument 'requires_grad' must be bool, not {}",
                row.plain_name(),
                explain::type_name(flag)
            )));
        }
        return Ok(());
    }
    if !tensor.dtype().is_float() {
        return Err(PyRuntimeError::new_err("Only Tensors of floating point and complex dtype can require gradients"));
    }
    super::attributes::set_requires_grad(tensor, true)
}

/// See `registry::EXACT`.
#[cold]
fn check_exact(row: &Row, out: Obj, result: &Tensor, slots: &Slots) -> PyResult<()> {
    let Some(target) = object::as_tensor(out) else { return Ok(()) };
    let name = row.plain_name();
    if target.dtype() != result.dtype() && !name.starts_with("con") && name != "cat" {
        let (want, got) = (result.dtype(), target.dtype());
        return Err(PyRuntimeError::new_err(match name {
            "multinomial" => format!("multinomial expects Long tensor out, got: {}", got.scalar_type()),
            "masked_select" | "index_select" => format!("{name}(): self and result must have the same scalar type"),
            "take" => format!(
                "take(): self and out expected to have the same dtype, but got self.dtype = {} and out.dtype = {}",
                want.scalar_type(),
                got.scalar_type()
            ),
            _ => format!("Expected out tensor to have dtype {}, but got {} instead", want.c_type(), got.c_type()),
        }));
    }
    let shares =
        |o: Obj| !o.is_null() && o != out && object::as_tensor(o).is_some_and(|t| t.storage_id() == target.storage_id() && t.numel() > 0);
    let within = |o: Obj| !o.is_null() && convert::items(o).is_ok_and(|items| items.iter().any(|&i| i == out || shares(i)));
    let inputs = slots.at.iter().enumerate().filter(|(i, o)| !o.is_null() && Some(*i) != row_out(row, slots)).map(|(_, &o)| o);
    if inputs.into_iter().any(|o| o == out || shares(o) || within(o)) {
        return Err(PyRuntimeError::new_err(
            "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory location. Please clone() the tensor before performing the operation.",
        ));
    }
    Ok(())
}

/// The slot of `out` in the signature that was called.
fn row_out(row: &Row, slots: &Slots) -> Option<usize> {
    row.overloads.iter().filter_map(|o| o.sig.get().out).find(|&i| !slots.at[i].is_null() && !is_none(slots.at[i]))
}

fn into_out(name: &str, out: Obj, result: &Tensor) -> PyResult<Obj> {
    let Some(target) = object::as_tensor(out) else {
        return Err(pyo3::exceptions::PyTypeError::new_err(format!(
            "{name}(): argument 'out' must be Tensor, not {}",
            explain::type_name(out)
        )));
    };
    if matches!(name, "cat" | "concat" | "concatenate") && !result.dtype().can_cast(target.dtype()) {
        return Err(pyo3::exceptions::PyTypeError::new_err(format!(
            "torch.cat(): input types can't be cast to the desired output type {}",
            target.dtype().scalar_type()
        )));
    }
    inplace::into_out(name, target, result).map_err(errors::from_core)?;
    // SAFETY: a new reference to `out`.
    unsafe { ffi::Py_INCREF(out) };
    Ok(out)
}

/// Puts the forms of every row on the module and the tensor type.
pub fn install(m: &Bound<'_, PyModule>, entries: &'static [Entry]) -> PyResult<()> {
    let py = m.py();
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
    let _ = py;
    Ok(())
}
