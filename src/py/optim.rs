//! Whole optimizer steps as one call: groups and state are read from Python's dicts by interned keys, state is
//! made and updated in place, so a user's edits of either take effect.

use std::sync::atomic::AtomicPtr;
use std::sync::atomic::Ordering::Relaxed;

use pyo3::exceptions::PyKeyError;
use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;

use super::convert;
use super::convert::Value;
use super::errors::core;
use super::object;
use super::object::Obj;
use crate::dtype;
use crate::dtype::DType;
use crate::dtype::Scalar;
use crate::kernels::optim as kernels;
use crate::ops::creation;
use crate::ops::optim;
use crate::tensor::Tensor;

/// A key of a dict, interned on first use.
struct Key(&'static std::ffi::CStr, AtomicPtr<ffi::PyObject>);

impl Key {
    const fn new(name: &'static std::ffi::CStr) -> Key {
        Key(name, AtomicPtr::new(std::ptr::null_mut()))
    }

    #[inline(always)]
    fn object(&self) -> Obj {
        let known = self.1.load(Relaxed);
        if !known.is_null() {
            return known;
        }
        // SAFETY: attached; the interned name is kept for ever.
        let made = unsafe { ffi::PyUnicode_InternFromString(self.0.as_ptr()) };
        self.1.store(made, Relaxed);
        made
    }
}

macro_rules! keys {
    ($($name:ident $text:literal;)*) => { $(static $name: Key = Key::new($text);)* };
}

keys! {
    PARAMS c"params"; LR c"lr"; MOMENTUM c"momentum"; DAMPENING c"dampening"; WEIGHT_DECAY c"weight_decay";
    NESTEROV c"nesterov"; MAXIMIZE c"maximize"; BETAS c"betas"; EPS c"eps"; AMSGRAD c"amsgrad"; ALPHA c"alpha";
    CENTERED c"centered"; DECOUPLED c"decoupled_weight_decay"; STEP c"step"; EXP_AVG c"exp_avg"; EXP_AVG_SQ c"exp_avg_sq";
    MAX_EXP_AVG_SQ c"max_exp_avg_sq"; MOMENTUM_BUFFER c"momentum_buffer"; SQUARE_AVG c"square_avg"; GRAD_AVG c"grad_avg";
}

/// A dict, borrowed.
#[derive(Clone, Copy)]
struct Dict(Obj);

impl Dict {
    fn of(o: Obj) -> PyResult<Dict> {
        // SAFETY: a live object, attached.
        if unsafe { ffi::PyDict_Check(o) } == 0 {
            return Err(PyTypeError::new_err("optimizer groups and states are dicts"));
        }
        Ok(Dict(o))
    }

    #[inline(always)]
    fn find(self, key: Obj) -> PyResult<Option<Obj>> {
        // SAFETY: a live dict; the item is borrowed and lives as long as the dict holds it.
        let item = unsafe { ffi::PyDict_GetItemWithError(self.0, key) };
        if item.is_null() && !unsafe { ffi::PyErr_Occurred() }.is_null() {
            return Err(Python::attach(PyErr::fetch));
        }
        Ok((!item.is_null()).then_some(item))
    }

    #[inline(always)]
    fn get(self, key: &Key) -> PyResult<Obj> {
        self.find(key.object())?.ok_or_else(|| PyKeyError::new_err(key.0.to_string_lossy().into_owned()))
    }

    #[inline(always)]
    fn number(self, key: &Key) -> PyResult<f64> {
        number(self.get(key)?)
    }

    #[inline(always)]
    fn truth(self, key: &Key) -> PyResult<bool> {
        match self.find(key.object())? {
            // SAFETY: a live object.
            Some(o) => Ok(unsafe { ffi::PyObject_IsTrue(o) } == 1),
            None => Ok(false),
        }
    }

    /// A state tensor; None where it is missing or None.
    #[inline(always)]
    fn tensor(self, key: &Key) -> PyResult<Option<&'static Tensor>> {
        Ok(self.find(key.object())?.and_then(object::as_tensor))
    }

    /// Stores a new object; the dict takes it over.
    fn put(self, key: Obj, value: Obj) -> PyResult<()> {
        // SAFETY: a live dict, key and value; our reference to the value goes.
        let failed = unsafe {
            let failed = ffi::PyDict_SetItem(self.0, key, value) != 0;
            ffi::Py_DECREF(value);
            failed
        };
        if failed { Err(Python::attach(PyErr::fetch)) } else { Ok(()) }
    }

    fn put_tensor(self, key: &Key, tensor: Tensor) -> PyResult<()> {
        self.put(key.object(), object::wrap(tensor))
    }

    /// Zeros like the parameter under a key.
    #[cold]
    fn start(self, key: &Key, p: &Tensor) -> PyResult<()> {
        self.put_tensor(key, core(creation::zeros_like(&p.detach(), None))?)
    }

    fn need(self, key: &Key) -> PyResult<&'static Tensor> {
        self.tensor(key)?.ok_or_else(|| PyKeyError::new_err(key.0.to_string_lossy().into_owned()))
    }
}

/// A Python number or a tensor of one element.
#[inline(always)]
fn number(o: Obj) -> PyResult<f64> {
    // SAFETY: a live object, attached.
    unsafe {
        if ffi::PyFloat_CheckExact(o) != 0 {
            return Ok(ffi::PyFloat_AS_DOUBLE(o));
        }
    }
    if let Some(t) = object::as_tensor(o) {
        return core(creation::item(&t.detach())).map(Scalar::to_f64);
    }
    // SAFETY: as above.
    let x = unsafe { ffi::PyFloat_AsDouble(o) };
    if x == -1.0 && !unsafe { ffi::PyErr_Occurred() }.is_null() {
        return Err(Python::attach(PyErr::fetch));
    }
    Ok(x)
}

fn items(o: Obj) -> PyResult<smallvec::SmallVec<[Obj; 8]>> {
    convert::items(o).map_err(|_| PyTypeError::new_err("expected a list"))
}

/// Calls `f(object, parameter, gradient)` for the parameters of a group that have one.
#[inline(always)]
fn each_param(group: Dict, mut f: impl FnMut(Obj, &'static Tensor, &Tensor) -> PyResult<()>) -> PyResult<()> {
    for o in items(group.get(&PARAMS)?)? {
        let Some(p) = object::as_tensor(o) else {
            return Err(PyTypeError::new_err("optimizer can only optimize Tensors"));
        };
        if let Some(g) = p.grad() {
            f(o, p, g)?;
        }
    }
    Ok(())
}

#[inline(always)]
fn each_group(groups: Obj, mut f: impl FnMut(Dict) -> PyResult<()>) -> PyResult<Value> {
    for group in items(groups)? {
        f(Dict::of(group)?)?;
    }
    Ok(Value::Object(convert::none_object()))
}

/// `state[p]`, made if it is missing.
#[inline(always)]
fn state_of(state: Dict, p: Obj) -> PyResult<Dict> {
    if let Some(own) = state.find(p)? {
        return Dict::of(own);
    }
    // SAFETY: attached; `put` takes the new dict over, the state keeps it alive.
    let own = unsafe { ffi::PyDict_New() };
    state.put(p, own)?;
    Ok(Dict(own))
}

fn is_empty(dict: Dict) -> bool {
    // SAFETY: a live dict.
    unsafe { ffi::PyDict_Size(dict.0) == 0 }
}

/// Fills a new state; one that cannot be filled stays empty, so that the next step starts it again.
#[cold]
fn begin(own: Dict, fill: impl FnOnce() -> PyResult<()>) -> PyResult<()> {
    fill().inspect_err(|_| {
        // SAFETY: a live dict, attached.
        unsafe { ffi::PyDict_Clear(own.0) }
    })
}

#[cold]
fn start_step(own: Dict) -> PyResult<()> {
    let dtype = if dtype::default_dtype() == DType::F64 { DType::F64 } else { DType::F32 };
    own.put_tensor(&STEP, core(creation::zeros(&[], dtype))?)
}

/// Adds 1 to `step` and gives it.
#[inline(always)]
fn next_step(own: Dict) -> PyResult<f64> {
    let o = own.get(&STEP)?;
    let Some(t) = object::as_tensor(o) else {
        let next = number(o)? + 1.0;
        own.put(STEP.object(), convert::number(Scalar::Float(next)))?;
        return Ok(next);
    };
    let next = match t.dtype() {
        DType::F32 if t.numel() == 1 && t.is_contiguous() => {
            let value = &mut t.as_mut_slice::<f32>()[0];
            *value += 1.0;
            *value as f64
        }
        _ => {
            let next = number(o)? + 1.0;
            creation::fill_data(t, Scalar::Float(next));
            next
        }
    };
    t.bump_version();
    Ok(next)
}

pub fn sgd_step(groups: Obj, state: Obj) -> PyResult<Value> {
    let state = Dict::of(state)?;
    each_group(groups, |group| {
        let mut o = kernels::Sgd {
            lr: group.number(&LR)?,
            momentum: group.number(&MOMENTUM)?,
            dampening: group.number(&DAMPENING)?,
            weight_decay: group.number(&WEIGHT_DECAY)?,
            nesterov: group.truth(&NESTEROV)?,
            maximize: group.truth(&MAXIMIZE)?,
            first: false,
        };
        each_param(group, |object, p, g| {
            if o.momentum == 0.0 {
                return core(optim::sgd(&o, p, g, None));
            }
            let own = state_of(state, object)?;
            o.first = own.tensor(&MOMENTUM_BUFFER)?.is_none();
            if o.first {
                own.start(&MOMENTUM_BUFFER, p)?;
            }
            core(optim::sgd(&o, p, g, own.tensor(&MOMENTUM_BUFFER)?))
        })
    })
}

struct AdamGroup {
    lr: f64,
    amsgrad: bool,
    kernel: kernels::Adam,
}

fn adam_group(group: Dict) -> PyResult<AdamGroup> {
    let decoupled = group.truth(&DECOUPLED)?;
    let betas = items(group.get(&BETAS)?)?;
    let (lr, weight_decay) = (group.number(&LR)?, group.number(&WEIGHT_DECAY)?);
    let kernel = kernels::Adam {
        beta1: number(betas[0])?,
        beta2: number(betas[1])?,
        eps: group.number(&EPS)?,
        weight_decay: if decoupled { 0.0 } else { weight_decay },
        shrink: if decoupled { 1.0 - lr * weight_decay } else { 1.0 },
        maximize: group.truth(&MAXIMIZE)?,
        ..Default::default()
    };
    Ok(AdamGroup { lr, amsgrad: group.truth(&AMSGRAD)?, kernel })
}

fn adam_param(group: &mut AdamGroup, own: Dict, p: &Tensor, g: &Tensor) -> PyResult<()> {
    if is_empty(own) {
        begin(own, || {
            start_step(own)?;
            own.start(&EXP_AVG, p)?;
            own.start(&EXP_AVG_SQ, p)?;
            if group.amsgrad { own.start(&MAX_EXP_AVG_SQ, p) } else { Ok(()) }
        })?;
    }
    let step = next_step(own)?;
    group.kernel.step_size = group.lr / (1.0 - group.kernel.beta1.powf(step));
    group.kernel.root_correction = (1.0 - group.kernel.beta2.powf(step)).sqrt();
    let largest = if group.amsgrad { Some(own.need(&MAX_EXP_AVG_SQ)?) } else { None };
    core(optim::adam(&group.kernel, p, g, own.need(&EXP_AVG)?, own.need(&EXP_AVG_SQ)?, largest))
}

pub fn adam_step(groups: Obj, state: Obj) -> PyResult<Value> {
    let state = Dict::of(state)?;
    each_group(groups, |group| {
        let mut options = adam_group(group)?;
        each_param(group, |object, p, g| adam_param(&mut options, state_of(state, object)?, p, g))
    })
}

pub fn rmsprop_step(groups: Obj, state: Obj) -> PyResult<Value> {
    let state = Dict::of(state)?;
    each_group(groups, |group| {
        let o = kernels::RmsProp {
            lr: group.number(&LR)?,
            alpha: group.number(&ALPHA)?,
            eps: group.number(&EPS)?,
            weight_decay: group.number(&WEIGHT_DECAY)?,
            momentum: group.number(&MOMENTUM)?,
            maximize: group.truth(&MAXIMIZE)?,
        };
        let centered = group.truth(&CENTERED)?;
        each_param(group, |object, p, g| {
            let own = state_of(state, object)?;
            if is_empty(own) {
                begin(own, || {
                    start_step(own)?;
                    own.start(&SQUARE_AVG, p)?;
                    if o.momentum > 0.0 {
                        own.start(&MOMENTUM_BUFFER, p)?;
                    }
                    if centered { own.start(&GRAD_AVG, p) } else { Ok(()) }
                })?;
            }
            next_step(own)?;
            let mean = if centered { Some(own.need(&GRAD_AVG)?) } else { None };
            let buffer = if o.momentum > 0.0 { Some(own.need(&MOMENTUM_BUFFER)?) } else { None };
            core(optim::rmsprop(&o, p, g, own.need(&SQUARE_AVG)?, mean, buffer))
        })
    })
}

/// Drops the gradients of all groups, or fills them with zeros.
pub fn zero_grad(groups: Obj, set_to_none: bool) -> PyResult<Value> {
    each_group(groups, |group| {
        each_param(group, |_, p, g| {
            if set_to_none {
                p.set_grad(None);
                return Ok(());
            }
            if g.grad_fn().is_some() {
                g.forget_history();
            } else {
                g.set_requires_grad(false);
            }
            creation::fill_data(g, Scalar::Int(0));
            g.bump_version();
            Ok(())
        })
    })
}
