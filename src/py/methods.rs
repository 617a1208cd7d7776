//! Functions and methods that only the Python face has: numbers out, sizes, conversion, backward, hooks.
//! They are rows like the ops', with the same signatures and errors.

use pyo3::exceptions::PyRuntimeError;
use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;

use super::attributes;
use super::construct;
use super::convert;
use super::convert::Arg;
use super::convert::Value;
use super::errors::core;
use super::explain;
use super::hooks;
use super::memory;
use super::object;
use super::object::Obj;
use super::types;
use crate::dtype;
use crate::dtype::DType;
use crate::engine;
use crate::graph::mode;
use crate::graph::record::renamed;
use crate::ops::copy;
use crate::ops::creation;
use crate::shape;
use crate::tensor::Tensor;

type T = &'static Tensor;

fn int(i: i64) -> Obj {
    convert::number(dtype::Scalar::Int(i))
}

fn boolean(b: bool) -> Obj {
    convert::number(dtype::Scalar::Bool(b))
}

pub fn item(input: T) -> PyResult<Obj> {
    core(creation::item(input)).map(convert::number)
}

pub fn tolist(input: T) -> PyResult<Obj> {
    Ok(construct::to_list(input, 0, 0))
}

pub fn size(input: T, dim: Option<i64>) -> PyResult<Obj> {
    match dim {
        None => Ok(types::size_object(input.sizes())),
        Some(dim) => core(input.size(dim)).map(int),
    }
}

pub fn stride(input: T, dim: Option<i64>) -> PyResult<Obj> {
    match dim {
        None => Ok(convert::tuple(input.strides().iter().map(|&s| int(s)))),
        Some(dim) => Ok(int(input.strides()[core(shape::wrap_dim(dim, input.dim()))?])),
    }
}

pub fn numel(input: T) -> PyResult<Obj> {
    Ok(int(input.numel() as i64))
}

pub fn dim(input: T) -> PyResult<Obj> {
    Ok(int(input.dim() as i64))
}

pub fn storage_offset(input: T) -> PyResult<Obj> {
    Ok(int(input.offset() as i64))
}

pub fn data_ptr(input: T) -> PyResult<Obj> {
    Ok(int(if input.numel() == 0 { 0 } else { input.data_ptr() as i64 }))
}

pub fn element_size(input: T) -> PyResult<Obj> {
    Ok(int(input.dtype().size() as i64))
}

pub fn share_memory_(input: T) -> PyResult<Value> {
    after(input, input.share_memory())
}

pub fn is_shared(input: T) -> PyResult<Obj> {
    Ok(boolean(input.is_shared()))
}

pub fn is_contiguous(input: T, memory_format: Obj) -> PyResult<Obj> {
    let channels_at = match types::memory_format_name(memory_format) {
        Some("channels_last") => 4,
        Some("channels_last_3d") => 5,
        _ => return Ok(boolean(input.is_contiguous())),
    };
    if input.dim() != channels_at {
        return Ok(boolean(false));
    }
    let moved = |values: &[i64]| -> shape::Dims { values[..1].iter().chain(&values[2..]).chain(&values[1..2]).copied().collect() };
    Ok(boolean(shape::is_contiguous(&moved(input.sizes()), &moved(input.strides()))))
}

pub fn is_floating_point(input: T) -> PyResult<Obj> {
    Ok(boolean(input.dtype().is_float()))
}

pub fn is_complex(_: T) -> PyResult<Obj> {
    Ok(boolean(false))
}

pub fn is_view(input: T) -> PyResult<Obj> {
    Ok(boolean(input.view_info().is_some()))
}

pub fn is_signed(input: T) -> PyResult<Obj> {
    Ok(boolean(!matches!(input.dtype(), DType::U8 | DType::Bool)))
}

pub fn is_inference(input: T) -> PyResult<Obj> {
    Ok(boolean(input.is_inference()))
}

pub fn get_device(_: T) -> PyResult<Obj> {
    Ok(int(-1))
}

pub fn is_same_size(input: T, other: T) -> PyResult<Obj> {
    Ok(boolean(input.sizes() == other.sizes()))
}

pub fn detach(input: T) -> PyResult<Value> {
    Ok(Value::Tensor(input.detach()))
}

fn itself(input: T) -> Value {
    Value::Tensor(input.clone())
}

pub fn detach_(input: T) -> PyResult<Value> {
    if input.is_view() {
        return Err(PyRuntimeError::new_err(
            "Can't detach views in-place. Use detach() instead. If you are using DistributedDataParallel (DDP) for training, and gradient_as_bucket_view is set as True, gradients are views of DDP buckets, and hence detach_() cannot be called on these gradients. To fix this error, please refer to the Optimizer.zero_grad() function in torch/optim/optimizer.py as the solution.",
        ));
    }
    input.forget_history();
    Ok(itself(input))
}

pub fn requires_grad_(input: T, on: bool) -> PyResult<Value> {
    if on && !input.dtype().is_float() {
        return Err(PyRuntimeError::new_err("only Tensors of floating point dtype can require gradients"));
    }
    attributes::set_requires_grad(input, on)?;
    Ok(itself(input))
}

pub fn numpy(input: T, force: bool) -> PyResult<Obj> {
    memory::numpy(input, force)
}

pub fn cpu(input: T) -> PyResult<Value> {
    Ok(itself(input))
}

pub fn cuda(_: T, _: Obj, _: bool) -> PyResult<Value> {
    Err(pyo3::exceptions::PyAssertionError::new_err("Torch not compiled with CUDA enabled"))
}

fn converted(input: T, dtype: DType) -> PyResult<Value> {
    core(copy::to_dtype(input, dtype, false)).map(Value::Tensor)
}

macro_rules! casts {
    ($($name:ident $dtype:ident;)*) => {$(
        pub fn $name(input: T) -> PyResult<Value> { converted(input, DType::$dtype) }
    )*};
}
casts! {
    float F32;
    double F64;
    half F16;
    bfloat16 BF16;
    long I64;
    to_int I32;
    short I16;
    char I8;
    byte U8;
    to_bool Bool;
}

/// `to(dtype)`, `to(device)`, `to(other)`, and their combinations.
pub fn to(input: T, first: Obj, second: Obj, dtype: Option<DType>, device: Obj, copy: bool) -> PyResult<Value> {
    let mut wanted = dtype;
    for o in [first, second, device] {
        // SAFETY: comparing addresses.
        if o == unsafe { ffi::Py_None() } {
            continue;
        }
        if let Ok(d) = types::read_dtype(o) {
            wanted = Some(d);
        } else if let Some(other) = object::as_tensor(o) {
            wanted = Some(other.dtype());
        } else if types::is_device(o) {
            types::check_device(o)?;
        } else if <bool as Arg>::read(o).is_err() {
            return Err(PyTypeError::new_err(format!(
                "to() received an invalid combination of arguments - got ({}), but expected one of:\n * (torch.device device = None, torch.dtype dtype = None, bool non_blocking = False, bool copy = False, *, torch.memory_format memory_format = None)\n * (torch.dtype dtype, bool non_blocking = False, bool copy = False, *, torch.memory_format memory_format = None)\n * (Tensor tensor, bool non_blocking = False, bool copy = False, *, torch.memory_format memory_format = None)\n",
                explain::type_name(o)
            )));
        }
    }
    core(copy::to_dtype(input, wanted.unwrap_or(input.dtype()), copy)).map(Value::Tensor)
}

pub fn type_as(input: T, other: T) -> PyResult<Value> {
    converted(input, other.dtype())
}

/// `type()` names the class; `type(dtype)` converts.
pub fn type_(input: T, dtype: Obj) -> PyResult<Value> {
    // SAFETY: comparing addresses; a live object.
    unsafe {
        if dtype == ffi::Py_None() {
            let text = format!("torch.{}Tensor", input.dtype().scalar_type());
            return Ok(Value::Object(ffi::PyUnicode_FromStringAndSize(text.as_ptr() as *const _, text.len() as isize)));
        }
    }
    if let Ok(dtype) = types::read_dtype(dtype) {
        return converted(input, dtype);
    }
    let text = type_text(dtype)?;
    let named = |name: &str| match name {
        "" => Some(dtype::default_dtype()),
        _ => dtype::DTYPES.iter().copied().find(|d| d.scalar_type() == name),
    };
    match text.strip_prefix("torch.").and_then(|n| n.strip_suffix("Tensor")).and_then(named) {
        Some(dtype) => converted(input, dtype),
        None => Err(pyo3::exceptions::PyValueError::new_err(format!("invalid type: '{text}'"))),
    }
}

/// A type's name as `type(...)` takes it: a string, or a legacy class.
fn type_text(o: Obj) -> PyResult<String> {
    // SAFETY: a live object, attached.
    Python::attach(|py| unsafe {
        let any = Bound::<PyAny>::from_borrowed_ptr(py, o);
        if ffi::PyUnicode_Check(o) != 0 {
            return any.extract();
        }
        if any.cast::<pyo3::types::PyType>().is_err() {
            return Err(PyTypeError::new_err("dtype must be a type, str, or dtype object"));
        }
        Ok(format!("torch.{}", any.getattr("__name__")?.extract::<String>()?))
    })
}

fn tensors(o: Obj, refuse: impl Fn(Obj) -> PyErr) -> PyResult<Vec<Tensor>> {
    if let Some(t) = object::as_tensor(o) {
        return Ok(vec![t.clone()]);
    }
    let items = convert::items(o).map_err(|_| refuse(o))?;
    items.into_iter().map(|i| object::as_tensor(i).cloned().ok_or_else(|| refuse(i))).collect()
}

/// Outputs to differentiate.
fn outputs_of(o: Obj) -> PyResult<Vec<Tensor>> {
    tensors(o, |_| pyo3::exceptions::PyAssertionError::new_err("Expected output to be a torch.Tensor"))
}

/// What to differentiate by.
fn inputs_of(o: Obj) -> PyResult<Vec<Tensor>> {
    tensors(o, |i| {
        PyRuntimeError::new_err(format!("all inputs have to be Tensors or GradientEdges, but got {}", explain::plain_type_name(i)))
    })
}

fn gradients(o: Obj, count: usize) -> PyResult<Vec<Option<Tensor>>> {
    // SAFETY: comparing addresses.
    let none = unsafe { ffi::Py_None() };
    if o == none {
        return Ok(vec![None; count]);
    }
    if let Some(t) = object::as_tensor(o) {
        return Ok(vec![Some(t.clone())]);
    }
    let items = convert::items(o)
        .map_err(|_| PyTypeError::new_err(format!("gradients can be either Tensors or None, but got {}", explain::type_name(o))))?;
    let read = |i: Obj| {
        if i == none {
            Ok(None)
        } else {
            object::as_tensor(i)
                .cloned()
                .map(Some)
                .ok_or_else(|| PyTypeError::new_err(format!("gradients can be either Tensors or None, but got {}", explain::type_name(i))))
        }
    };
    items.into_iter().map(read).collect()
}

/// `tensors` and `inputs` are a tensor or a sequence of them; `retain_graph` None means create_graph.
pub fn backward(tensor: Obj, gradient: Obj, retain_graph: Option<bool>, create_graph: bool, inputs: Obj) -> PyResult<Obj> {
    let roots = outputs_of(tensor)?;
    let grads = gradients(gradient, roots.len())?;
    if grads.len() != roots.len() {
        return Err(PyRuntimeError::new_err(format!("got {} tensors and {} gradients", roots.len(), grads.len())));
    }
    // SAFETY: comparing addresses.
    let inputs = if inputs == unsafe { ffi::Py_None() } { None } else { Some(inputs_of(inputs)?) };
    if inputs.as_ref().is_some_and(Vec::is_empty) {
        return Err(PyRuntimeError::new_err("`inputs` argument to `backward()` cannot be empty."));
    }
    if inputs.iter().flatten().any(|t| !t.requires_grad()) {
        return Err(PyRuntimeError::new_err("can't retain_grad on Tensor that has requires_grad=False"));
    }
    let options = engine::Options { retain_graph: retain_graph.unwrap_or(create_graph), create_graph };
    if create_graph {
        super::warnings::once(super::warnings::Warning::CreateGraph)?;
    }
    core(engine::backward(&roots, &grads, inputs.as_deref(), options))?;
    Ok(convert::none_object())
}

/// See `torch.autograd.grad`.
pub fn grad(
    outputs: Obj,
    inputs: Obj,
    grad_outputs: Obj,
    retain_graph: Option<bool>,
    create_graph: bool,
    allow_unused: Option<bool>,
    materialize_grads: bool,
) -> PyResult<Obj> {
    let (outputs, inputs) = (outputs_of(outputs)?, inputs_of(inputs)?);
    if inputs.is_empty() {
        return Err(PyRuntimeError::new_err("`inputs` argument to `grad()` cannot be empty."));
    }
    let grads = gradients(grad_outputs, outputs.len())?;
    let options = engine::Options { retain_graph: retain_graph.unwrap_or(create_graph), create_graph };
    let found = core(engine::grad(&outputs, &grads, &inputs, options))?;
    let allow = allow_unused.unwrap_or(materialize_grads);
    let mut out = Vec::new();
    for (i, (grad, input)) in found.into_iter().zip(&inputs).enumerate() {
        match grad {
            Some(grad) => out.push(object::wrap(grad)),
            None if materialize_grads => out.push(object::wrap(core(creation::zeros_like(input, None))?)),
            None if allow => out.push(convert::none_object()),
            None => {
                return Err(PyRuntimeError::new_err(format!(
                    "The differentiated Tensor at index {i} appears to not have been used in the graph. Set allow_unused=True if this is the desired behavior."
                )));
            }
        }
    }
    Ok(convert::tuple(out.into_iter()))
}

fn callable(o: Obj) -> Py<PyAny> {
    // SAFETY: a live object, attached.
    Python::attach(|py| unsafe { Bound::<PyAny>::from_borrowed_ptr(py, o) }.unbind())
}

pub fn register_hook(input: T, hook: Obj) -> PyResult<Obj> {
    if !input.requires_grad() {
        return Err(PyRuntimeError::new_err("cannot register a hook on a tensor that doesn't require gradient"));
    }
    let place = match input.grad_fn() {
        Some(node) => hooks::Place::Output(node, input.output_nr()),
        None => hooks::Place::Tensor(input.clone()),
    };
    Python::attach(|py| hooks::register(py, place, callable(hook))).map(Py::into_ptr)
}

pub fn register_post_accumulate_grad_hook(input: T, hook: Obj) -> PyResult<Obj> {
    if !input.requires_grad() {
        return Err(PyRuntimeError::new_err("cannot register a hook on a tensor that doesn't require gradient"));
    }
    if input.grad_fn().is_some() {
        return Err(PyRuntimeError::new_err("post accumulate grad hooks cannot be registered on non-leaf tensors"));
    }
    Python::attach(|py| hooks::register(py, hooks::Place::PostAccumulate(input.clone()), callable(hook))).map(Py::into_ptr)
}

pub fn retain_grad(input: T) -> PyResult<Obj> {
    if !input.requires_grad() {
        return Err(PyRuntimeError::new_err("can't retain_grad on Tensor that has requires_grad=False"));
    }
    if let Some(node) = input.grad_fn()
        && !input.extra().is_some_and(|e| e.retains_grad)
    {
        input.extra_mut().retains_grad = true;
        node.extra_mut().retained.push((input.output_nr(), input.id()));
    }
    Ok(convert::none_object())
}

pub fn is_grad_enabled() -> PyResult<Obj> {
    Ok(boolean(mode::grad_enabled()))
}

pub fn set_grad_enabled(on: bool) -> PyResult<Obj> {
    Ok(boolean(!mode::set(mode::GRAD_OFF, !on)))
}

pub fn is_inference_mode_enabled() -> PyResult<Obj> {
    Ok(boolean(mode::has(mode::INFERENCE)))
}

pub fn set_inference_mode(on: bool) -> PyResult<Obj> {
    Ok(boolean(mode::set(mode::INFERENCE, on)))
}

fn warn_of_copy(data: Obj, function: &str) -> PyResult<()> {
    if !object::is_tensor(data) {
        return Ok(());
    }
    super::warnings::user(&format!(
        "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or sourceTensor.detach().clone().requires_grad_(True), rather than {function}(sourceTensor)."
    ))
}

/// `torch.tensor`.
pub fn tensor(data: Obj, dtype: Option<DType>) -> PyResult<Value> {
    warn_of_copy(data, "torch.tensor")?;
    construct::from_data(data, dtype).map(Value::Tensor)
}

/// `torch.as_tensor`: no copy where none is needed.
pub fn as_tensor(data: Obj, dtype: Option<DType>) -> PyResult<Value> {
    let t = match object::as_tensor(data) {
        Some(t) => t.clone(),
        None if memory::is_array(data) => memory::from_array(data, true)?,
        None => return construct::from_data(data, dtype).map(Value::Tensor),
    };
    core(copy::to_dtype(&t, dtype.unwrap_or(t.dtype()), false)).map(Value::Tensor)
}

pub fn from_numpy(ndarray: Obj) -> PyResult<Value> {
    if !memory::is_array(ndarray) || object::is_tensor(ndarray) || memory::numpy_scalar_type(ndarray).is_some() {
        return Err(PyTypeError::new_err(format!("expected np.ndarray (got {})", explain::type_name(ndarray))));
    }
    memory::from_array(ndarray, true).map(Value::Tensor)
}

pub fn new_tensor(input: T, data: Obj, dtype: Option<DType>) -> PyResult<Value> {
    warn_of_copy(data, "tensor.new_tensor")?;
    construct::from_data(data, Some(dtype.unwrap_or(input.dtype()))).map(Value::Tensor)
}

/// A class that tensors can be of.
fn tensor_class(cls: Obj) -> PyResult<*mut ffi::PyTypeObject> {
    // SAFETY: a live object, attached.
    unsafe {
        if ffi::PyType_Check(cls) == 0 {
            return Err(PyTypeError::new_err(format!("cls must be a type (got {})", explain::plain_type_name(cls))));
        }
        if ffi::PyType_IsSubtype(cls as *mut ffi::PyTypeObject, object::types().tensor) == 0 {
            return Err(PyTypeError::new_err(
                "Creating a Tensor subclass from a class that does not inherit from Tensor is not possible. Make sure your class inherits from Tensor.",
            ));
        }
    }
    Ok(cls as *mut ffi::PyTypeObject)
}

/// The same elements, with their history, as an instance of a subclass.
pub fn as_subclass(input: T, cls: Obj) -> PyResult<Obj> {
    let class = tensor_class(cls)?;
    let alias = core(crate::ops::view::alias(input))?;
    Python::attach(|py| object::wrap_as(py, alias, class))
}

/// A tensor over the same bytes as an instance of a subclass.
pub fn make_subclass(cls: Obj, data: T, require_grad: bool) -> PyResult<Obj> {
    let class = tensor_class(cls)?;
    let detached = data.detach();
    attributes::set_requires_grad(&detached, require_grad)?;
    Python::attach(|py| object::wrap_as(py, detached, class))
}

pub fn raw_bytes(input: T) -> PyResult<Obj> {
    let bytes = construct::raw_bytes(input)?;
    // SAFETY: attached; the bytes are copied.
    Ok(unsafe { ffi::PyBytes_FromStringAndSize(bytes.as_ptr() as *const _, bytes.len() as isize) })
}

pub fn from_bytes(data: Obj, size: &'static [i64], dtype: DType) -> PyResult<Value> {
    // SAFETY: a bytes object was checked; it outlives the call.
    let bytes = unsafe {
        if ffi::PyBytes_Check(data) == 0 {
            return Err(PyTypeError::new_err("bytes were expected"));
        }
        std::slice::from_raw_parts(ffi::PyBytes_AsString(data) as *const u8, ffi::PyBytes_Size(data) as usize)
    };
    construct::from_bytes(bytes, size, dtype).map(Value::Tensor)
}

pub fn set_data(input: T, source: T) -> PyResult<Value> {
    input.set_data(source);
    Ok(itself(input))
}

/// All bytes of the storage, as uint8.
pub fn storage_bytes(input: T) -> PyResult<Value> {
    Ok(Value::Tensor(input.whole_storage()))
}

pub fn storage_id(input: T) -> PyResult<Obj> {
    Ok(int(input.storage_id() as i64))
}

pub fn is_set_to(input: T, other: T) -> PyResult<Obj> {
    Ok(boolean(input.same_elements(other)))
}

pub fn result_type(
    tensor1: crate::ops::elementwise::Operand<'static>,
    tensor2: crate::ops::elementwise::Operand<'static>,
) -> PyResult<Obj> {
    Ok(types::dtype_object(dtype::result_type([tensor1.weight(), tensor2.weight()])))
}

pub fn promote_types(type1: DType, type2: DType) -> PyResult<Obj> {
    Ok(types::dtype_object(dtype::promote(type1, type2)))
}

pub fn can_cast(from: DType, to: DType) -> PyResult<Obj> {
    Ok(boolean(from.can_cast(to)))
}

pub fn get_num_threads() -> PyResult<Obj> {
    Ok(int(crate::par::num_threads() as i64))
}

pub fn set_num_threads(n: i64) -> PyResult<Obj> {
    if n <= 0 {
        return Err(PyRuntimeError::new_err("set_num_threads expects a positive integer"));
    }
    crate::par::set_num_threads(n as usize);
    Ok(convert::none_object())
}

pub fn set_flush_denormal(mode: Obj) -> PyResult<Obj> {
    // SAFETY: a live object, and the one True.
    let (is_bool, on) = unsafe { (ffi::PyBool_Check(mode) != 0, mode == ffi::Py_True()) };
    if !is_bool {
        let name = explain::type_name(mode);
        return Err(PyRuntimeError::new_err(format!("flush_denormal expects a bool, but got {name}")));
    }
    Ok(boolean(crate::par::set_flush_denormal(on)))
}

/// `to` with its flags given by position.
pub fn to_positional(
    input: T,
    first: Obj,
    second: Obj,
    _non_blocking: bool,
    copy: bool,
    dtype: Option<DType>,
    device: Obj,
) -> PyResult<Value> {
    to(input, first, second, dtype, device, copy)
}

fn after(input: T, result: crate::error::Result<()>) -> PyResult<Value> {
    core(result)?;
    Ok(itself(input))
}

pub fn copy_(input: T, src: crate::ops::elementwise::Operand<'static>, _non_blocking: bool) -> PyResult<Value> {
    match src {
        crate::ops::elementwise::Operand::Tensor(source) => after(input, copy::copy_(input, source)),
        crate::ops::elementwise::Operand::Number(s) => after(input, creation::fill_(input, s)),
    }
}

pub fn fill_(input: T, value: dtype::Scalar) -> PyResult<Value> {
    after(input, creation::fill_(input, value))
}

pub fn zero_(input: T) -> PyResult<Value> {
    after(input, creation::fill_(input, dtype::Scalar::Int(0)))
}

/// Geometry changes in place: the tensor takes over the view's sizes and strides, and its history, under a name that
/// PyTorch has for this form.
fn regeometry(input: T, view: crate::error::Result<Tensor>, node: &'static str) -> PyResult<Value> {
    core(input.check_inplace())?;
    let view = core(view.and_then(|view| renamed(view, node)))?;
    let node = view.grad_fn().filter(|_| mode::grad_enabled());
    core(input.set_sizes(view.dims(), shape::Dims::from_slice(view.strides())))?;
    input.bump_version();
    if let Some(node) = node {
        input.set_node(node, view.output_nr());
    }
    Ok(itself(input))
}

pub fn t_(input: T) -> PyResult<Value> {
    regeometry(input, crate::ops::view::t(input), "TBackward1")
}

pub fn unsqueeze_(input: T, dim: i64) -> PyResult<Value> {
    regeometry(input, crate::ops::view::unsqueeze(input, dim), "UnsqueezeBackward1")
}

pub fn squeeze_(input: T, dim: Option<&'static [i64]>) -> PyResult<Value> {
    regeometry(input, crate::ops::view::squeeze(input, dim), if dim.is_some() { "SqueezeBackward4" } else { "SqueezeBackward3" })
}

use crate::ops::random;
use crate::ops::random::Shared;

type Gen = Option<&'static Shared>;

pub fn uniform_(input: T, from: f64, to: f64, generator: Gen) -> PyResult<Value> {
    after(input, random::uniform_(input, from, to, generator))
}

pub fn normal_(input: T, mean: f64, std: f64, generator: Gen) -> PyResult<Value> {
    after(input, random::normal_(input, mean, std, generator))
}

pub fn random_(input: T, generator: Gen) -> PyResult<Value> {
    after(input, random::random_(input, generator))
}

pub fn random_to_(input: T, to: i64, generator: Gen) -> PyResult<Value> {
    after(input, random::random_to_(input, to, generator))
}

pub fn random_from_(input: T, from: i64, to: Option<i64>, generator: Gen) -> PyResult<Value> {
    after(input, random::random_from_(input, from, to, generator))
}

pub fn bernoulli_(input: T, p: f64, generator: Gen) -> PyResult<Value> {
    after(input, random::bernoulli_(input, p, generator))
}

pub fn bernoulli_each_(input: T, p: T, generator: Gen) -> PyResult<Value> {
    after(input, random::bernoulli_each_(input, p, generator))
}

pub fn exponential_(input: T, lambd: f64, generator: Gen) -> PyResult<Value> {
    after(input, random::exponential_(input, lambd, generator))
}

pub fn geometric_(input: T, p: f64, generator: Gen) -> PyResult<Value> {
    after(input, random::geometric_(input, p, generator))
}

pub fn cauchy_(input: T, median: f64, sigma: f64, generator: Gen) -> PyResult<Value> {
    after(input, random::cauchy_(input, median, sigma, generator))
}

pub fn log_normal_(input: T, mean: f64, std: f64, generator: Gen) -> PyResult<Value> {
    after(input, random::log_normal_(input, mean, std, generator))
}

/// Coordinates of what is not zero: rows of one tensor, or a tensor for each dimension.
pub fn nonzero(input: T, as_tuple: bool) -> PyResult<Value> {
    if as_tuple {
        return core(crate::ops::stacks::atleast_1d(input).and_then(|t| crate::ops::index::nonzero_columns(&t))).map(Value::Tensors);
    }
    core(crate::ops::index::nonzero(input)).map(Value::Tensor)
}

pub fn cumsum_(input: T, dim: i64, dtype: Option<DType>) -> PyResult<Value> {
    after(input, crate::ops::scan::cumsum_(input, dim, dtype))
}

pub fn cumprod_(input: T, dim: i64, dtype: Option<DType>) -> PyResult<Value> {
    after(input, crate::ops::scan::cumprod_(input, dim, dtype))
}

pub fn transpose_(input: T, dim0: i64, dim1: i64) -> PyResult<Value> {
    regeometry(input, crate::ops::view::transpose(input, dim0, dim1), "TransposeBackward1")
}

pub fn frombuffer(buffer: Obj, dtype: DType, count: i64, offset: i64) -> PyResult<Value> {
    memory::from_buffer(buffer, dtype, count, offset).map(Value::Tensor)
}

pub fn is_anomaly_enabled() -> PyResult<Obj> {
    Ok(boolean(mode::has(mode::ANOMALY)))
}

pub fn is_anomaly_check_nan_enabled() -> PyResult<Obj> {
    Ok(boolean(mode::has(mode::ANOMALY_NAN)))
}

pub fn set_anomaly_enabled(enabled: bool, check_nan: bool) -> PyResult<Obj> {
    mode::set(mode::ANOMALY, enabled);
    mode::set(mode::ANOMALY_NAN, enabled && check_nan);
    Ok(convert::none_object())
}

pub fn fill_tensor_(input: T, value: T) -> PyResult<Value> {
    if value.dim() != 0 {
        return Err(PyRuntimeError::new_err(format!(
            "fill_ only supports 0-dimension value tensor but got tensor with {} dimensions.",
            value.dim()
        )));
    }
    // The value may be an element of the input.
    after(input, copy::clone(value).and_then(|value| copy::copy_(input, &value)))
}

macro_rules! comparisons {
    ($($name:ident)*) => {$(
        pub fn $name(input: T, other: crate::ops::elementwise::Operand<'static>) -> PyResult<Value> {
            after(input, crate::ops::compare::$name(input, other))
        }
    )*};
}
comparisons!(eq_ ne_ lt_ le_ gt_ ge_);

pub fn float_power_(input: T, exponent: crate::ops::elementwise::Operand<'static>) -> PyResult<Value> {
    after(input, crate::ops::special::float_power_(input, exponent))
}

pub fn resize_(input: T, size: &'static [i64]) -> PyResult<Value> {
    after(input, crate::ops::inplace::resize_(input, size))
}
