//! What a call of a row gives back: `out=`, `requires_grad=`, named tuples.

use pyo3::exceptions::PyRuntimeError;
use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use smallvec::SmallVec;

use super::convert;
use super::convert::Value;
use super::dispatch::Row;
use super::errors::core;
use super::explain;
use super::object;
use super::object::Obj;
use super::signature::Sig;
use super::signature::Slots;
use crate::dtype::DType;
use crate::ops::inplace;
use crate::registry;
use crate::tensor::Tensor;

/// Applies `out=` and `requires_grad=`, and makes the Python value.
#[inline(always)]
pub fn finish(row: &Row, sig: &Sig, slots: &Slots, value: Value) -> PyResult<Obj> {
    let out = sig.out.map(|i| slots.at[i]).filter(|&o| given(o));
    match value {
        Value::Tensor(tensor) => {
            if let Some(i) = sig.requires_grad {
                require_grad(row, &tensor, slots.at[i])?;
            }
            match out {
                Some(out) => {
                    check_out(row, out, &tensor, sig, slots)?;
                    into_out(row.plain_name(), out, &tensor)
                }
                None => Ok(object::wrap(tensor)),
            }
        }
        Value::Object(o) => Ok(o),
        Value::Tensors(tensors) => {
            if let Some(out) = out {
                let outs = convert::items(out).map_err(|_| PyTypeError::new_err("out= must be a tuple of tensors"))?;
                if outs.len() != tensors.len() {
                    let (want, got) = (tensors.len(), outs.len());
                    return Err(PyTypeError::new_err(format!("expected tuple of {want} elements but got {got}")));
                }
                for (&o, tensor) in outs.iter().zip(&tensors) {
                    check_out(row, o, tensor, sig, slots)?;
                    let written = into_out(row.plain_name(), o, tensor)?;
                    // SAFETY: a new reference that nobody wants.
                    unsafe { ffi::Py_DECREF(written) };
                }
            }
            let items = convert::tuple(tensors.into_iter().map(object::wrap));
            match sig.fields {
                Some(fields) => super::named::tuple(row.plain_name(), fields, items),
                None => Ok(items),
            }
        }
    }
}

/// Is there a value, other than None?
pub fn given(o: Obj) -> bool {
    // SAFETY: comparing addresses.
    !o.is_null() && o != unsafe { ffi::Py_None() }
}

fn require_grad(row: &Row, tensor: &Tensor, flag: Obj) -> PyResult<()> {
    // SAFETY: comparing addresses of singletons.
    if flag != unsafe { ffi::Py_True() } {
        // SAFETY: as above.
        if given(flag) && flag != unsafe { ffi::Py_False() } {
            return Err(PyTypeError::new_err(format!(
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

/// See `registry::SAME`. Asked before the op, whose own refusals come second.
pub fn check_same(row: &Row, sig: &Sig, slots: &Slots) -> PyResult<()> {
    let out = sig.out.map(|i| slots.at[i]).filter(|&o| given(o)).and_then(object::as_tensor);
    match (object::as_tensor(slots.at[0]), out) {
        (Some(input), Some(target)) if row.kinds & registry::SAME != 0 && input.dtype() != target.dtype() => {
            let (got, want) = (target.dtype().scalar_type(), input.dtype().scalar_type());
            Err(PyRuntimeError::new_err(format!("Found dtype {got} but expected {want}")))
        }
        _ => Ok(()),
    }
}

/// See `registry::FOLLOWS`: where to put which dtype.
pub fn followed(row: &Row, sig: &Sig, slots: &Slots) -> Option<(usize, DType)> {
    let target = sig.out.filter(|_| row.kinds & registry::FOLLOWS != 0).and_then(|i| object::as_tensor(slots.at[i]))?;
    let dtype = sig.params.iter().position(|p| p.name == "dtype").filter(|&i| !given(slots.at[i]))?;
    Some((dtype, target.dtype()))
}

/// What a row asks of an output before the result is written to it.
fn check_out(row: &Row, out: Obj, result: &Tensor, sig: &Sig, slots: &Slots) -> PyResult<()> {
    check_dtype(row, out, result, sig, slots)?;
    check_exact(row, out, sig, slots)?;
    check_overlap(row, out, slots)
}

/// See `registry::TYPED`.
fn check_dtype(row: &Row, out: Obj, result: &Tensor, sig: &Sig, slots: &Slots) -> PyResult<()> {
    let Some(target) = object::as_tensor(out).filter(|_| row.kinds & (registry::EXACT | registry::TYPED) != 0) else {
        return Ok(());
    };
    let (name, got, want) = (row.plain_name(), target.dtype(), result.dtype());
    let of_tensors = || slots.at[1..].iter().any(|&o| !o.is_null() && o != out && object::as_tensor(o).is_some());
    let dtype_given = || sig.params.iter().position(|p| p.name == "dtype").is_some_and(|i| given(slots.at[i]));
    let free = match name {
        "clamp" | "clip" | "clamp_min" | "clamp_max" => of_tensors(),
        "max" | "min" => sig.fields.is_none(),
        "any" | "all" => matches!(got, DType::U8 | DType::Bool),
        "mean" => !dtype_given(),
        _ => casts(name),
    };
    if got == want || free { Ok(()) } else { Err(PyRuntimeError::new_err(wrong_dtype(name, got, result))) }
}

/// PyTorch's words for an `out=` of a wrong dtype.
fn wrong_dtype(name: &str, got: DType, result: &Tensor) -> String {
    let want = result.dtype();
    let (got_name, want_name) = (got.scalar_type(), want.scalar_type());
    match name {
        "multinomial" => format!("multinomial expects Long tensor out, got: {got_name}"),
        "masked_select" | "index_select" => format!("{name}(): self and result must have the same scalar type"),
        "take" => {
            format!("take(): self and out expected to have the same dtype, but got self.dtype = {want_name} and out.dtype = {got_name}")
        }
        "clamp" | "clip" | "clamp_min" | "clamp_max" => format!("Found dtype {got_name} but expected {want_name}"),
        "any" | "all" => format!("{name} only supports bool tensor for result, got: {got_name}"),
        "amax" | "amin" => {
            format!("Expected the dtype for input and out to match, but got {want_name} for input's dtype and {got_name} for out's dtype.")
        }
        "signbit" | "isposinf" | "isneginf" => format!("{name} does not support non-boolean outputs."),
        "where" => format!("Expected out type to be {want_name} but got {got_name}"),
        "nan_to_num" => format!("nan_to_num: dtype of out: {got_name} should be same as input: {want_name}"),
        "float_power" => {
            format!("the output given to float_power has dtype {got_name} but the operation's result requires dtype {want_name}")
        }
        "searchsorted" | "bucketize" => format!(
            "torch.searchsorted(): output tensor's dtype is wrong, it can only be Int(int32) or Long(int64) depending on whether out_int32 flag is True, but we got output tensor's dtype {got_name} and out_int32 flag is {}",
            if want == DType::I32 { "True" } else { "False" }
        ),
        "quantile" | "nanquantile" => "quantile() out tensor must be same dtype as the input tensor".into(),
        "histc" => format!(
            "torch.histogram: input tensor and hist tensor should have the same dtype, but got input {} and hist {}",
            want.c_type(),
            got.c_type()
        ),
        "zeros" | "ones" | "full" | "eye" | "arange" | "linspace" | "logspace" => {
            format!("dtype {want_name} does not match dtype of out parameter ({got_name})")
        }
        "linalg_norm" => format!("linalg.norm expected out tensor dtype {want_name} but got: {got_name}"),
        "dot" | "vdot" | "matmul" | "linalg_matmul" if result.dim() == 0 => {
            format!("result dtype {got_name} does not match input dtype {want_name}")
        }
        _ => format!("Expected out tensor to have dtype {}, but got {} instead", want.c_type(), got.c_type()),
    }
}

/// See `registry::APART`; lists of tensors are looked into. The value that an op fills its target with is read first.
pub fn check_apart(row: &Row, target: &Tensor, others: &[Obj]) -> crate::error::Result<()> {
    let others = others.iter().take_while(|o| !o.is_null());
    let fills = row.kinds & registry::EXPANDED != 0;
    others.flat_map(|&other| tensors(other)).filter(|t| t.dim() > 0 || !fills).try_for_each(|t| inplace::check_apart(target, t))
}

/// A tensor, or those of a list.
fn tensors<'a>(o: Obj) -> SmallVec<[&'a Tensor; 4]> {
    match object::as_tensor(o) {
        Some(t) => SmallVec::from_slice(&[t]),
        None => convert::items(o).iter().flat_map(|items| items.iter()).filter_map(|&o| object::as_tensor(o)).collect(),
    }
}

/// See `registry::OUT_APART`.
fn check_overlap(row: &Row, out: Obj, slots: &Slots) -> PyResult<()> {
    let Some(target) = object::as_tensor(out).filter(|_| row.kinds & (registry::DIRECT | registry::OUT_APART) != 0) else {
        return Ok(());
    };
    let inputs = slots.at.iter().filter(|&&o| !o.is_null() && o != out);
    core(inputs.flat_map(|&o| tensors(o)).try_for_each(|input| inplace::check_overlap(target, input)))
}

/// See `registry::EXACT`.
fn check_exact(row: &Row, out: Obj, sig: &Sig, slots: &Slots) -> PyResult<()> {
    if row.kinds & registry::EXACT == 0 {
        return Ok(());
    }
    let Some(target) = object::as_tensor(out) else { return Ok(()) };
    let shares =
        |o: Obj| !o.is_null() && o != out && object::as_tensor(o).is_some_and(|t| t.storage_id() == target.storage_id() && t.numel() > 0);
    let within = |o: Obj| !o.is_null() && convert::items(o).is_ok_and(|items| items.iter().any(|&i| i == out || shares(i)));
    let inputs = slots.at.iter().enumerate().filter(|(i, o)| !o.is_null() && Some(*i) != sig.out).map(|(_, &o)| o);
    if inputs.into_iter().any(|o| o == out || shares(o) || within(o)) {
        return Err(PyRuntimeError::new_err(
            "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory location. Please clone() the tensor before performing the operation.",
        ));
    }
    Ok(())
}

/// The rows whose output may have another dtype, if the result's can be cast to it.
fn casts(name: &str) -> bool {
    matches!(name, "cat" | "concat" | "concatenate" | "stack")
}

fn into_out(name: &str, out: Obj, result: &Tensor) -> PyResult<Obj> {
    let Some(target) = object::as_tensor(out) else {
        return Err(PyTypeError::new_err(format!("{name}(): argument 'out' must be Tensor, not {}", explain::type_name(out))));
    };
    if casts(name) && !result.dtype().can_cast(target.dtype()) {
        return Err(PyTypeError::new_err(format!(
            "torch.cat(): input types can't be cast to the desired output type {}",
            target.dtype().scalar_type()
        )));
    }
    core(inplace::into_out(name, target, result))?;
    // SAFETY: a new reference to `out`.
    unsafe { ffi::Py_INCREF(out) };
    Ok(out)
}
