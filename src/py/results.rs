//! What a call of a row gives back: `out=`, `requires_grad=`, named tuples.

use pyo3::exceptions::PyRuntimeError;
use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;

use super::convert;
use super::convert::Value;
use super::dispatch::Row;
use super::errors::core;
use super::explain;
use super::object;
use super::object::Obj;
use super::signature::Sig;
use super::signature::Slots;
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
                    check_exact(row, out, &tensor, sig, slots)?;
                    check_overlap(row, out, slots)?;
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
                    check_exact(row, o, tensor, sig, slots)?;
                    check_overlap(row, o, slots)?;
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

/// See `registry::OUT_APART`.
fn check_overlap(row: &Row, out: Obj, slots: &Slots) -> PyResult<()> {
    let Some(target) = object::as_tensor(out).filter(|_| row.kinds & (registry::DIRECT | registry::OUT_APART) != 0) else {
        return Ok(());
    };
    let inputs = slots.at.iter().filter(|&&o| !o.is_null() && o != out);
    core(inputs.flat_map(|&o| super::dispatch::tensors(o)).try_for_each(|input| inplace::check_overlap(target, input)))
}

/// See `registry::EXACT`.
fn check_exact(row: &Row, out: Obj, result: &Tensor, sig: &Sig, slots: &Slots) -> PyResult<()> {
    if row.kinds & registry::EXACT == 0 {
        return Ok(());
    }
    let Some(target) = object::as_tensor(out) else { return Ok(()) };
    let name = row.plain_name();
    if target.dtype() != result.dtype() && !casts(name) {
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
    matches!(name, "cat" | "concat" | "concatenate")
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
