//! `x[...]`: ints, slices, None and Ellipsis are views; tensors, lists and masks are advanced indexing.

use std::ffi::c_int;

use pyo3::exceptions::PyIndexError;
use pyo3::exceptions::PyTypeError;
use pyo3::exceptions::PyValueError;
use pyo3::ffi;
use pyo3::prelude::*;

use super::construct;
use super::convert;
use super::convert::Arg;
use super::dispatch::guard;
use super::dispatch::raise;
use super::dispatch::status;
use super::errors::core;
use super::explain;
use super::memory;
use super::object;
use super::object::Obj;
use super::overrides;
use super::warnings;
use crate::dtype::DType;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::elementwise::Operand;
use crate::ops::index;
use crate::ops::inplace;
use crate::ops::select;
use crate::ops::view;
use crate::shape::Dims;
use crate::tensor::Tensor;

pub unsafe extern "C" fn subscript(this: Obj, key: Obj) -> Obj {
    let tensor = object::as_tensor(this).expect("the slot belongs to tensors");
    if overrides::possible()
        && let Some(answer) = overrides::method(c"__getitem__", &[this, key])
    {
        return guard(|| answer);
    }
    guard(|| {
        // SAFETY: attached.
        if unsafe { ffi::PyLong_CheckExact(key) } != 0 {
            return one(tensor, key).map(object::wrap);
        }
        match leading(tensor, key)? {
            Some(indices) => core(view::select_leading(tensor, &indices)).map(object::wrap),
            None => match overrides::method(c"__getitem__", &[this, key]) {
                Some(answer) => answer,
                None => read(tensor, key).map(object::wrap),
            },
        }
    })
}

pub unsafe extern "C" fn assign(this: Obj, key: Obj, value: Obj) -> c_int {
    let tensor = object::as_tensor(this).expect("the slot belongs to tensors");
    if value.is_null() {
        raise(PyTypeError::new_err("Tensor does not support deleting items"));
        return -1;
    }
    status(|| match overrides::method(c"__setitem__", &[this, key, value]) {
        Some(answer) => answer.map(memory::release),
        None => write(tensor, key, value),
    })
}

fn int(key: Obj) -> PyResult<i64> {
    match <i64 as Arg>::read(key) {
        Ok(i) => Ok(i),
        Err(convert::Refusal::Error(error)) => Err(error),
        Err(convert::Refusal::Type) => Err(PyTypeError::new_err("an integer was wanted")),
    }
}

#[inline]
fn one(tensor: &Tensor, key: Obj) -> PyResult<Tensor> {
    let i = int(key)?;
    let size = match tensor.sizes().first() {
        Some(size) => *size,
        None => {
            return Err(PyIndexError::new_err(
                "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim tensor to a number",
            ));
        }
    };
    check_bounds(i, 0, size)?;
    core(view::select(tensor, 0, i))
}

/// The indices of a key that is a tuple of plain ints, not negative.
fn leading(tensor: &Tensor, key: Obj) -> PyResult<Option<Dims>> {
    let mut out = Dims::new();
    // SAFETY: attached; a tuple's items are live.
    unsafe {
        if ffi::PyTuple_CheckExact(key) == 0 || ffi::PyTuple_GET_SIZE(key) as usize > tensor.dim() {
            return Ok(None);
        }
        for d in 0..ffi::PyTuple_GET_SIZE(key) {
            let item = ffi::PyTuple_GET_ITEM(key, d);
            if ffi::PyLong_CheckExact(item) == 0 {
                return Ok(None);
            }
            let (i, size) = (int(item)?, tensor.sizes()[d as usize]);
            check_bounds(i, d as usize, size)?;
            out.push(if i < 0 { i + size } else { i });
        }
    }
    Ok((!out.is_empty()).then_some(out))
}

fn check_bounds(i: i64, dim: usize, size: i64) -> PyResult<()> {
    if i < -size || i >= size {
        return Err(PyIndexError::new_err(format!("index {i} is out of bounds for dimension {dim} with size {size}")));
    }
    Ok(())
}

/// The views that a key makes, and the advanced indices left to apply to the result.
struct Applied {
    view: Tensor,
    indices: Vec<Option<Tensor>>,
}

fn read(tensor: &Tensor, key: Obj) -> PyResult<Tensor> {
    let applied = apply(tensor, key)?;
    if applied.indices.is_empty() {
        return if applied.view.id() == tensor.id() { core(alias(tensor)) } else { Ok(applied.view) };
    }
    let indices: Vec<Option<&Tensor>> = applied.indices.iter().map(Option::as_ref).collect();
    core(index::index(&applied.view, &indices))
}

/// `x[...]` is a view of all of x.
fn alias(tensor: &Tensor) -> crate::error::Result<Tensor> {
    view::reshape(tensor, tensor.sizes())
}

/// The parts of a key: the items of a tuple, or of a sequence that stands for one, or the key alone; and who owns them.
fn parts(key: Obj) -> PyResult<(Vec<Obj>, Option<Py<PyAny>>)> {
    // SAFETY: attached; a tuple's items live as long as it does.
    if unsafe { ffi::PyTuple_Check(key) } != 0 {
        return Ok((convert::items(key).map(|items| items.to_vec()).unwrap_or_default(), None));
    }
    let Some(tuple) = stands_for_tuple(key) else { return Ok((vec![key], None)) };
    warnings::user(
        "Using a non-tuple sequence for multidimensional indexing is deprecated and will be changed in pytorch 2.9; use x[tuple(seq)] instead of x[seq]. In pytorch 2.9 this will be interpreted as tensor index, x[torch.tensor(seq)], which will result either in an error or a different result",
    )?;
    Ok((convert::items(tuple.as_ptr()).map(|items| items.to_vec()).unwrap_or_default(), Some(tuple)))
}

/// NumPy's rule of old: a short sequence that holds a sequence, a slice, None or Ellipsis is read as a tuple.
fn stands_for_tuple(key: Obj) -> Option<Py<PyAny>> {
    const SHORT: isize = 32;
    // SAFETY: attached; errors are cleared; the tuple is a new reference.
    unsafe {
        if object::is_tensor(key) || memory::is_array(key) || ffi::PySequence_Check(key) == 0 {
            return None;
        }
        let n = ffi::PySequence_Size(key);
        let tuple = if (0..SHORT).contains(&n) { ffi::PySequence_Tuple(key) } else { std::ptr::null_mut() };
        if tuple.is_null() {
            ffi::PyErr_Clear();
            return None;
        }
        let tuple = Python::attach(|py| Bound::from_owned_ptr(py, tuple).unbind());
        let part = |o: Obj| {
            object::is_tensor(o)
                || ffi::PySequence_Check(o) != 0
                || ffi::PySlice_Check(o) != 0
                || o == ffi::Py_Ellipsis()
                || o == ffi::Py_None()
        };
        convert::items(tuple.as_ptr()).is_ok_and(|items| items.into_iter().any(part)).then_some(tuple)
    }
}

/// How many dimensions an index uses up.
fn width(index: &Tensor) -> usize {
    if is_mask(index) { index.dim() } else { 1 }
}

fn is_mask(index: &Tensor) -> bool {
    matches!(index.dtype(), DType::Bool | DType::U8)
}

/// A bool, or a 0-d mask, which stands for one.
fn truth(key: Obj) -> PyResult<Option<bool>> {
    // SAFETY: attached; comparing with singletons.
    let (yes, no) = unsafe { (ffi::Py_True(), ffi::Py_False()) };
    match object::as_tensor(key) {
        Some(t) if t.dim() == 0 && is_mask(t) => core(creation::item(t)).map(|s| Some(s.to_f64() != 0.0)),
        _ => Ok((key == yes || key == no).then_some(key == yes)),
    }
}

fn width_of_key(key: Obj) -> usize {
    object::as_tensor(key).map_or(1, width)
}

fn apply(tensor: &Tensor, key: Obj) -> PyResult<Applied> {
    let (keys, _held) = parts(key)?;
    // SAFETY: attached; comparing with singletons.
    let (none, ellipsis, yes, no) = unsafe { (ffi::Py_None(), ffi::Py_Ellipsis(), ffi::Py_True(), ffi::Py_False()) };
    let used: usize = keys.iter().filter(|&&k| k != none && k != ellipsis && k != yes && k != no).map(|&k| width_of_key(k)).sum();
    if tensor.dim() == 0
        && let [k] = keys.as_slice()
        // SAFETY: a live object, attached.
        && unsafe { ffi::PySlice_Check(*k) } != 0
    {
        core(view::slice(tensor, 0, None, None, 1))?;
    }
    if tensor.dim() == 0
        && let [k] = keys.as_slice()
        && int(*k).is_ok()
        && !object::is_tensor(*k)
    {
        return Err(PyIndexError::new_err(
            "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim tensor to a number",
        ));
    }
    if used > tensor.dim() {
        return Err(PyIndexError::new_err(format!("too many indices for tensor of dimension {}", tensor.dim())));
    }
    let mut out = Applied { view: tensor.clone(), indices: Vec::new() };
    let mut dim = 0usize;
    for (place, &k) in keys.iter().enumerate() {
        if k == ellipsis {
            dim += tensor.dim() - used;
        } else if k == none {
            out.view = core(view::unsqueeze(&out.view, dim as i64))?;
            dim += 1;
        } else if let Some(on) = truth(k)? {
            out.view = core(view::unsqueeze(&out.view, dim as i64))?;
            put(&mut out.indices, dim, core(creation::zeros(&[on as i64], DType::I64))?);
            dim += 1;
        } else {
            dim = item(&mut out, k, dim, place)?;
        }
    }
    Ok(out)
}

/// Adds an index of dimension `dim`: a mask before it stands for as many dimensions as it has.
fn put(indices: &mut Vec<Option<Tensor>>, dim: usize, index: Tensor) {
    let covered: usize = indices.iter().map(|index| index.as_ref().map_or(1, width)).sum();
    indices.extend(std::iter::repeat_n(None, dim - covered));
    indices.push(Some(index));
}

/// The part of a key at `place`, for dimension `dim`; gives the next dimension.
fn item(out: &mut Applied, key: Obj, dim: usize, place: usize) -> PyResult<usize> {
    // SAFETY: attached.
    if unsafe { ffi::PySlice_Check(key) } != 0 {
        out.view = slice(&out.view, key, dim)?;
        return Ok(dim + 1);
    }
    if let Some(t) = object::as_tensor(key) {
        let scalar = t.dim() == 0 && !is_mask(t);
        if scalar && t.dtype().is_float() {
            return Err(PyIndexError::new_err("tensors used as indices must be long, int, byte or bool tensors"));
        }
        if scalar {
            let i = core(creation::item(t))?.to_i64();
            check_bounds(i, place, out.view.sizes()[dim])?;
            out.view = core(view::select(&out.view, dim as i64, i))?;
            return Ok(dim);
        }
        if t.dtype() == DType::U8 {
            warnings::user("indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead.")?;
        }
        put(&mut out.indices, dim, t.clone());
        return Ok(dim + width(t));
    }
    if let Ok(i) = <i64 as Arg>::read(key) {
        check_bounds(i, place, out.view.sizes()[dim])?;
        out.view = core(view::select(&out.view, dim as i64, i))?;
        return Ok(dim);
    }
    // SAFETY: attached.
    if unsafe { ffi::PyUnicode_Check(key) } != 0 {
        return Err(PyTypeError::new_err("new(): invalid data type 'str'"));
    }
    // SAFETY: attached.
    if unsafe { ffi::PySequence_Check(key) } == 0 {
        return Err(PyIndexError::new_err(format!(
            "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got {})",
            explain::type_name(key)
        )));
    }
    let index = construct::from_index(key)?;
    if index.dim() == 0 && !is_mask(&index) {
        let i = core(creation::item(&index))?.to_i64();
        check_bounds(i, place, out.view.sizes()[dim])?;
        out.view = core(view::select(&out.view, dim as i64, i))?;
        return Ok(dim);
    }
    let used = width(&index);
    put(&mut out.indices, dim, index);
    Ok(dim + used)
}

fn slice(tensor: &Tensor, key: Obj, dim: usize) -> PyResult<Tensor> {
    let part = |name: &std::ffi::CStr| -> PyResult<Option<i64>> {
        // SAFETY: attached; the attribute's reference is released after reading.
        unsafe {
            let value = ffi::PyObject_GetAttrString(key, name.as_ptr());
            let out = if value == ffi::Py_None() { Ok(None) } else { int(value).map(Some) };
            ffi::Py_DECREF(value);
            out.map_err(|_| PyTypeError::new_err("slice indices must be integers or None or have an __index__ method"))
        }
    };
    let step = part(c"step")?.unwrap_or(1);
    if step == 0 {
        return Err(PyValueError::new_err("slice step cannot be zero"));
    }
    if step < 0 {
        return Err(PyValueError::new_err("step must be greater than zero"));
    }
    core(view::slice(tensor, dim as i64, part(c"start")?, part(c"stop")?, step))
}

fn write(tensor: &Tensor, key: Obj, value: Obj) -> PyResult<()> {
    let refused = || {
        let (name, kind) = (explain::plain_name(value), tensor.dtype().scalar_type());
        PyTypeError::new_err(format!("can't assign a {name} to a torch.{kind}Tensor"))
    };
    let number = match <Operand as Arg>::read(value) {
        Ok(Operand::Tensor(_)) => None,
        // Of NumPy's numbers, those that Python takes for its own.
        Ok(Operand::Number(_)) if matches!(memory::numpy_scalar_type(value), Some(d) if d.is_float() && d != DType::F64) => {
            return Err(refused());
        }
        // SAFETY: a live object, attached.
        _ if unsafe { ffi::PyLong_CheckExact(value) } != 0 => match <i64 as Arg>::read(value) {
            Ok(i) => Some(i.into()),
            Err(convert::Refusal::Error(error)) => return Err(error),
            Err(convert::Refusal::Type) => return Err(refused()),
        },
        Ok(Operand::Number(s)) => Some(s),
        Err(convert::Refusal::Error(error)) => return Err(error),
        Err(convert::Refusal::Type) => return Err(refused()),
    };
    // SAFETY: attached; comparing with singletons.
    let (yes, no) = unsafe { (ffi::Py_True(), ffi::Py_False()) };
    if key == no {
        return Ok(());
    }
    let applied = match key == yes {
        true => Applied { view: core(view::unsqueeze(tensor, 0))?, indices: Vec::new() },
        false => apply(tensor, key)?,
    };
    let value = match (number, object::as_tensor(value)) {
        (Some(s), _) if applied.indices.is_empty() => {
            // Halves take what is too large for them as infinite.
            let s = if matches!(tensor.dtype(), DType::F16 | DType::BF16) { s.cast(tensor.dtype()) } else { s };
            return core(inplace::check_once(&applied.view).and_then(|()| creation::fill_(&applied.view, s)));
        }
        (Some(s), _) => core(creation::scalar_tensor(s, Some(tensor.dtype())))?,
        (None, t) => t.expect("an operand is a number or a tensor").clone(),
    };
    if applied.indices.is_empty() {
        let value = core(leading_ones(&value, applied.view.dim()))?;
        let value = core(view::expand(&value, applied.view.sizes()))?;
        return core(copy::copy_(&applied.view, &value));
    }
    if let [Some(mask)] = applied.indices.as_slice()
        && mask.dtype() == DType::Bool
        && value.numel() == 1
        && mask.sizes() == applied.view.sizes()
    {
        let value = core(view::reshape(&value, &[]))?;
        let filled = || select::masked_fill(&applied.view, mask, (&value).into());
        let others = if value.requires_grad() { vec![mask, &value] } else { vec![mask] };
        return core(inplace::run_expanded("masked_fill", &applied.view, &others, true, filled));
    }
    let indices: Vec<Option<&Tensor>> = applied.indices.iter().map(Option::as_ref).collect();
    let mut others: Vec<&Tensor> = applied.indices.iter().flatten().collect();
    others.push(&value);
    core(others.iter().try_for_each(|t| inplace::check_apart(&applied.view, t)))?;
    core(inplace::run_expanded("index_put", &applied.view, &others, false, || {
        let plan = index::plan(&applied.view, &indices)?;
        let value = leading_ones(&value, plan.sizes.len())?;
        index::index_put(&applied.view, &indices, &value, false)
    }))
}

/// A value may have leading dimensions of size 1 that its target has not.
fn leading_ones(value: &Tensor, ndim: usize) -> crate::error::Result<Tensor> {
    let extra = value.dim().saturating_sub(ndim);
    if extra == 0 || value.sizes()[..extra].iter().any(|&n| n != 1) {
        return Ok(value.clone());
    }
    view::reshape(value, &value.sizes()[extra..])
}
