//! Python's operators on tensors. Tensor with tensor of the plain kinds goes straight to the op.

use std::ffi::CStr;
use std::ffi::c_int;
use std::ffi::c_void;

use pyo3::ffi;
use pyo3::prelude::*;

use super::autocast;
use super::convert;
use super::convert::Arg;
use super::convert::Refusal;
use super::dispatch::guard;
use super::errors;
use super::memory;
use super::object;
use super::object::Obj;
use super::overrides;
use super::warnings;
use super::warnings::Warning;
use crate::error::Result;
use crate::graph::mode;
use crate::ops::arithmetic;
use crate::ops::compare;
use crate::ops::elementwise::Operand;
use crate::ops::inplace;
use crate::ops::linalg;
use crate::ops::power;
use crate::ops::sign;
use crate::tensor::Tensor;

fn not_implemented() -> Obj {
    // SAFETY: attached; a new reference to the singleton.
    unsafe {
        ffi::Py_INCREF(ffi::Py_NotImplemented());
        ffi::Py_NotImplemented()
    }
}

/// An operator's method, and the one with its operands turned round.
type Names = (&'static CStr, &'static CStr);

#[inline(always)]
fn binary(a: Obj, b: Obj, names: Names, f: impl Fn(Operand, Operand) -> Result<Tensor>) -> Obj {
    binary_or(a, b, names, f, || Ok(not_implemented()))
}

/// What `otherwise` says is said where an operand is neither a tensor nor a number.
#[inline(always)]
fn binary_or(a: Obj, b: Obj, names: Names, f: impl Fn(Operand, Operand) -> Result<Tensor>, otherwise: impl Fn() -> PyResult<Obj>) -> Obj {
    if overrides::possible()
        && let Some(answer) = overrides::operator(names.0, names.1, a, b)
    {
        return guard(|| answer);
    }
    guard(|| {
        let (x, y) = match (<Operand as Arg>::read(a), <Operand as Arg>::read(b)) {
            (Ok(x), Ok(y)) => (x, y),
            (Err(Refusal::Error(error)), _) | (_, Err(Refusal::Error(error))) => return Err(error),
            _ => return overrides::operator(names.0, names.1, a, b).unwrap_or_else(&otherwise),
        };
        f(x, y).map(object::wrap).map_err(errors::from_core)
    })
}

fn in_place(a: Obj, b: Obj, name: &'static CStr, f: impl Fn(Operand, Operand) -> Result<Tensor>) -> Obj {
    if overrides::possible()
        && let Some(answer) = overrides::operator(name, name, a, b)
    {
        return guard(|| answer);
    }
    guard(|| {
        let Some(target) = object::as_tensor(a) else { return Ok(not_implemented()) };
        let other = match <Operand as Arg>::read(b) {
            Ok(other) => other,
            Err(Refusal::Error(error)) => return Err(error),
            Err(Refusal::Type) => return overrides::operator(name, name, a, b).unwrap_or_else(|| Ok(not_implemented())),
        };
        let others: smallvec::SmallVec<[&Tensor; 1]> = other.tensor().into_iter().collect();
        inplace::run(target, &others, true, || f(Operand::Tensor(target), other)).map_err(errors::from_core)?;
        // SAFETY: a new reference to the target.
        unsafe { ffi::Py_INCREF(a) };
        Ok(a)
    })
}

macro_rules! binaries {
    ($($slot:ident $in_place:ident $f:path, $name:literal, $reflected:literal, $written:literal;)*) => {$(
        unsafe extern "C" fn $slot(a: Obj, b: Obj) -> Obj { binary(a, b, ($name, $reflected), |x, y| $f(x, y)) }
        unsafe extern "C" fn $in_place(a: Obj, b: Obj) -> Obj { in_place(a, b, $written, |x, y| $f(x, y)) }
    )*};
}

binaries! {
    add iadd arithmetic::add_operands, c"add", c"add", c"add_";
    sub isub arithmetic::sub_operands, c"sub", c"__rsub__", c"sub_";
    mul imul arithmetic::mul, c"mul", c"mul", c"mul_";
    floordiv ifloordiv arithmetic::floor_divide, c"__floordiv__", c"__rfloordiv__", c"floor_divide_";
    rem irem arithmetic::remainder, c"remainder", c"__rmod__", c"remainder_";
    and iand compare::bitwise_and, c"__and__", c"bitwise_and", c"bitwise_and_";
    or ior compare::bitwise_or, c"__or__", c"bitwise_or", c"bitwise_or_";
    xor ixor compare::bitwise_xor, c"__xor__", c"bitwise_xor", c"bitwise_xor_";
}

unsafe extern "C" fn truediv(a: Obj, b: Obj) -> Obj {
    binary_or(a, b, (c"div", c"__rdiv__"), power::quotient, || array_by_tensor(a, b))
}

unsafe extern "C" fn itruediv(a: Obj, b: Obj) -> Obj {
    in_place(a, b, c"div_", power::quotient)
}

/// A NumPy array by a tensor, by the tensor's own method.
fn array_by_tensor(array: Obj, tensor: Obj) -> PyResult<Obj> {
    if !object::is_tensor(tensor) || !memory::is_array(array) {
        return Ok(not_implemented());
    }
    // SAFETY: attached; two live objects.
    Python::attach(|py| unsafe {
        let array = Bound::<PyAny>::from_borrowed_ptr(py, array);
        Ok(Bound::<PyAny>::from_borrowed_ptr(py, tensor).call_method1("__rdiv__", (array,))?.into_ptr())
    })
}

unsafe extern "C" fn pow(a: Obj, b: Obj, _: Obj) -> Obj {
    binary(a, b, (c"pow", c"__rpow__"), arithmetic::pow)
}

unsafe extern "C" fn ipow(a: Obj, b: Obj, _: Obj) -> Obj {
    in_place(a, b, c"pow_", arithmetic::pow)
}

fn matrices(a: Operand, b: Operand) -> Result<Tensor> {
    match (a, b) {
        (Operand::Tensor(x), Operand::Tensor(y)) if mode::has(mode::AUTOCAST) => {
            let (x, y) = autocast::factors(x, y)?;
            linalg::matmul(&x, &y)
        }
        (Operand::Tensor(x), Operand::Tensor(y)) => linalg::matmul(x, y),
        _ => unreachable!("the slot has looked at both"),
    }
}

unsafe extern "C" fn matmul(a: Obj, b: Obj) -> Obj {
    let names = (c"matmul", c"__rmatmul__");
    if !object::is_tensor(a) || !object::is_tensor(b) {
        return guard(|| overrides::operator(names.0, names.1, a, b).unwrap_or_else(|| Ok(not_implemented())));
    }
    binary(a, b, names, matrices)
}

/// The answer of a tensor's class, where it has one.
fn answered(name: &CStr, args: &[Obj]) -> Option<PyResult<Obj>> {
    if overrides::possible() { overrides::method(name, args) } else { None }
}

fn unary(a: Obj, name: &CStr, f: impl Fn(&Tensor) -> Result<Tensor>) -> Obj {
    if let Some(answer) = answered(name, &[a]) {
        return guard(|| answer);
    }
    guard(|| match object::as_tensor(a) {
        Some(t) => f(t).map(object::wrap).map_err(errors::from_core),
        None => Ok(not_implemented()),
    })
}

unsafe extern "C" fn left(a: Obj, b: Obj) -> Obj {
    binary(a, b, (c"__lshift__", c"__rlshift__"), compare::shift_left)
}

unsafe extern "C" fn right(a: Obj, b: Obj) -> Obj {
    binary(a, b, (c"__rshift__", c"__rrshift__"), compare::shift_right)
}

unsafe extern "C" fn ileft(a: Obj, b: Obj) -> Obj {
    in_place(a, b, c"__ilshift__", compare::shift_left)
}

unsafe extern "C" fn iright(a: Obj, b: Obj) -> Obj {
    in_place(a, b, c"__irshift__", compare::shift_right)
}

unsafe extern "C" fn neg(a: Obj) -> Obj {
    unary(a, c"neg", sign::neg)
}

unsafe extern "C" fn pos(a: Obj) -> Obj {
    unary(a, c"positive", crate::ops::sign::positive)
}

unsafe extern "C" fn abs(a: Obj) -> Obj {
    unary(a, c"abs", sign::abs)
}

unsafe extern "C" fn invert(a: Obj) -> Obj {
    if object::as_tensor(a).is_some_and(|t| t.dtype().is_float()) {
        return super::dispatch::raise(pyo3::exceptions::PyTypeError::new_err(
            "~ (operator.invert) is only implemented on integer and Boolean-type tensors",
        ));
    }
    unary(a, c"__invert__", compare::bitwise_not)
}

unsafe extern "C" fn boolean(a: Obj) -> c_int {
    let result = guard(|| {
        if let Some(answer) = answered(c"__bool__", &[a]) {
            return answer;
        }
        let t = object::as_tensor(a).expect("the slot belongs to tensors");
        let truth = compare::is_true(t).map_err(errors::from_core)?;
        Ok(convert::number(crate::dtype::Scalar::Bool(truth)))
    });
    if result.is_null() {
        return -1;
    }
    // SAFETY: a bool singleton; its reference is released.
    unsafe {
        ffi::Py_DECREF(result);
        (result == ffi::Py_True()) as c_int
    }
}

fn scalar(a: Obj) -> PyResult<crate::dtype::Scalar> {
    let t = object::as_tensor(a).expect("the slot belongs to tensors");
    crate::ops::creation::item(t).map_err(errors::from_core)
}

unsafe extern "C" fn int(a: Obj) -> Obj {
    if let Some(answer) = answered(c"__int__", &[a]) {
        return guard(|| answer);
    }
    guard(|| match check_single(a).and_then(|()| scalar(a))? {
        // SAFETY: attached; raises for nan and inf as Python does.
        crate::dtype::Scalar::Float(x) => {
            let o = unsafe { ffi::PyLong_FromDouble(x) };
            if o.is_null() { Err(Python::attach(PyErr::fetch)) } else { Ok(o) }
        }
        s => Ok(convert::number(crate::dtype::Scalar::Int(s.to_i64()))),
    })
}

/// What `int()` and `float()` say of a tensor of several elements.
fn check_single(a: Obj) -> PyResult<()> {
    match object::as_tensor(a) {
        Some(t) if t.numel() != 1 => {
            Err(pyo3::exceptions::PyValueError::new_err("only one element tensors can be converted to Python scalars"))
        }
        _ => Ok(()),
    }
}

unsafe extern "C" fn float(a: Obj) -> Obj {
    guard(|| {
        if let Some(answer) = answered(c"__float__", &[a]) {
            return answer;
        }
        check_single(a)?;
        if mode::grad_enabled() && object::as_tensor(a).is_some_and(Tensor::requires_grad) {
            warnings::once(Warning::GradToScalar)?;
        }
        Ok(convert::number(crate::dtype::Scalar::Float(scalar(a)?.to_f64())))
    })
}

unsafe extern "C" fn index(a: Obj) -> Obj {
    guard(|| {
        if let Some(answer) = answered(c"__index__", &[a]) {
            return answer;
        }
        let t = object::as_tensor(a).expect("the slot belongs to tensors");
        if t.dtype().is_float() || t.numel() != 1 {
            return Err(pyo3::exceptions::PyTypeError::new_err("only integer tensors of a single element can be converted to an index"));
        }
        Ok(convert::number(crate::dtype::Scalar::Int(scalar(a)?.to_i64())))
    })
}

unsafe extern "C" fn compare_slot(a: Obj, b: Obj, op: c_int) -> Obj {
    type Compare = fn(Operand, Operand) -> Result<Tensor>;
    let (name, f): (_, Compare) = match op {
        ffi::Py_LT => (c"lt", compare::lt),
        ffi::Py_LE => (c"le", compare::le),
        ffi::Py_EQ => (c"__eq__", compare::eq),
        ffi::Py_NE => (c"__ne__", compare::ne),
        ffi::Py_GT => (c"gt", compare::gt),
        _ => (c"ge", compare::ge),
    };
    if op == ffi::Py_EQ {
        return binary_or(a, b, (name, name), f, || equal_to_array(a, b));
    }
    binary(a, b, (name, name), f)
}

/// `tensor == array`, element by element; an array that no tensor can hold is equal to none.
fn equal_to_array(tensor: Obj, array: Obj) -> PyResult<Obj> {
    let Some(t) = object::as_tensor(tensor).filter(|_| memory::is_array(array)) else { return Ok(not_implemented()) };
    match memory::from_array(array, false) {
        Ok(other) => compare::eq(t.into(), (&other).into()).map(object::wrap).map_err(errors::from_core),
        Err(_) => Ok(not_implemented()),
    }
}

unsafe extern "C" fn length(a: Obj) -> ffi::Py_ssize_t {
    if let Some(answer) = answered(c"__len__", &[a]) {
        // SAFETY: attached; the answer is ours, and raises where it is no int.
        return match answer {
            Ok(o) => unsafe {
                let n = ffi::PyLong_AsSsize_t(o);
                ffi::Py_DECREF(o);
                n
            },
            Err(error) => {
                super::dispatch::raise(error);
                -1
            }
        };
    }
    let t = object::as_tensor(a).expect("the slot belongs to tensors");
    if t.dim() == 0 {
        super::dispatch::raise(pyo3::exceptions::PyTypeError::new_err("len() of a 0-d tensor"));
        return -1;
    }
    t.sizes()[0] as ffi::Py_ssize_t
}

unsafe extern "C" fn iterate(a: Obj) -> Obj {
    guard(|| {
        let t = object::as_tensor(a).expect("the slot belongs to tensors");
        if t.dim() == 0 {
            return Err(pyo3::exceptions::PyTypeError::new_err("iteration over a 0-d tensor"));
        }
        let items = match answered(c"unbind", &[a]) {
            Some(items) => items?,
            None => convert::tuple(crate::ops::join::unbind(t, 0).map_err(errors::from_core)?.into_iter().map(object::wrap)),
        };
        // SAFETY: attached; the iterator takes a reference of its own.
        unsafe {
            let out = ffi::PyObject_GetIter(items);
            ffi::Py_DECREF(items);
            Ok(out)
        }
    })
}

pub fn slots() -> Vec<(c_int, *mut c_void)> {
    vec![
        (ffi::Py_nb_add, add as *mut c_void),
        (ffi::Py_nb_inplace_add, iadd as *mut _),
        (ffi::Py_nb_subtract, sub as *mut _),
        (ffi::Py_nb_inplace_subtract, isub as *mut _),
        (ffi::Py_nb_multiply, mul as *mut _),
        (ffi::Py_nb_inplace_multiply, imul as *mut _),
        (ffi::Py_nb_true_divide, truediv as *mut _),
        (ffi::Py_nb_inplace_true_divide, itruediv as *mut _),
        (ffi::Py_nb_floor_divide, floordiv as *mut _),
        (ffi::Py_nb_inplace_floor_divide, ifloordiv as *mut _),
        (ffi::Py_nb_remainder, rem as *mut _),
        (ffi::Py_nb_inplace_remainder, irem as *mut _),
        (ffi::Py_nb_and, and as *mut _),
        (ffi::Py_nb_inplace_and, iand as *mut _),
        (ffi::Py_nb_or, or as *mut _),
        (ffi::Py_nb_inplace_or, ior as *mut _),
        (ffi::Py_nb_xor, xor as *mut _),
        (ffi::Py_nb_inplace_xor, ixor as *mut _),
        (ffi::Py_nb_power, pow as *mut _),
        (ffi::Py_nb_inplace_power, ipow as *mut _),
        (ffi::Py_nb_matrix_multiply, matmul as *mut _),
        (ffi::Py_nb_negative, neg as *mut _),
        (ffi::Py_nb_positive, pos as *mut _),
        (ffi::Py_nb_absolute, abs as *mut _),
        (ffi::Py_nb_invert, invert as *mut _),
        (ffi::Py_nb_lshift, left as *mut _),
        (ffi::Py_nb_rshift, right as *mut _),
        (ffi::Py_nb_inplace_lshift, ileft as *mut _),
        (ffi::Py_nb_inplace_rshift, iright as *mut _),
        (ffi::Py_nb_bool, boolean as *mut _),
        (ffi::Py_nb_int, int as *mut _),
        (ffi::Py_nb_float, float as *mut _),
        (ffi::Py_nb_index, index as *mut _),
        (ffi::Py_tp_richcompare, compare_slot as *mut _),
        (ffi::Py_tp_iter, iterate as *mut _),
        (ffi::Py_mp_length, length as *mut _),
        (ffi::Py_mp_subscript, super::indexing::subscript as *mut _),
        (ffi::Py_mp_ass_subscript, super::indexing::assign as *mut _),
    ]
}
