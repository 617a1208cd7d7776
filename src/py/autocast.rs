//! Autocast: in its regions some functions see float32 as a lower precision, others see half types as float32, and
//! joining ones see all at the widest. The casts are recorded. Writing forms (in place, `out=`) are left alone.

use std::cell::Cell;
use std::ptr::null_mut;

use pyo3::ffi;
use pyo3::prelude::*;
use smallvec::SmallVec;

use super::dispatch::Row;
use super::errors;
use super::object;
use super::object::Obj;
use super::results;
use super::signature::MAX_ARGS;
use super::signature::Sig;
use super::types;
use crate::dtype::DType;
use crate::error::Result;
use crate::graph::mode;
use crate::ops::copy;
use crate::tensor::Tensor;

thread_local! {
    static LOWER: Cell<DType> = const { Cell::new(DType::BF16) };
}

enum Policy {
    Lower,
    Float,
    Widest,
}

/// PyTorch's lists for the CPU.
fn policy(name: &str) -> Option<Policy> {
    Some(match name {
        "addbmm"
        | "addmm"
        | "baddbmm"
        | "bmm"
        | "conv1d"
        | "conv2d"
        | "conv3d"
        | "conv_tbc"
        | "conv_transpose1d"
        | "conv_transpose2d"
        | "conv_transpose3d"
        | "einsum"
        | "linalg_matmul"
        | "linalg_multi_dot"
        | "linalg_vecdot"
        | "linear"
        | "lstm"
        | "matmul"
        | "mm"
        | "rnn_relu"
        | "rnn_relu_cell"
        | "rnn_tanh"
        | "rnn_tanh_cell"
        | "scaled_dot_product_attention" => Policy::Lower,
        "adaptive_avg_pool3d"
        | "adaptive_max_pool3d"
        | "avg_pool3d"
        | "binary_cross_entropy"
        | "binary_cross_entropy_with_logits"
        | "cdist"
        | "cholesky"
        | "cholesky_inverse"
        | "cholesky_solve"
        | "cosine_embedding_loss"
        | "cross_entropy_loss"
        | "ctc_loss"
        | "fractional_max_pool2d"
        | "fractional_max_pool3d"
        | "grid_sampler"
        | "hinge_embedding_loss"
        | "huber_loss"
        | "inverse"
        | "kl_div"
        | "l1_loss"
        | "linalg_cholesky"
        | "linalg_cholesky_ex"
        | "linalg_eigh"
        | "linalg_eigvalsh"
        | "linalg_inv"
        | "linalg_inv_ex"
        | "linalg_matrix_rank"
        | "linalg_qr"
        | "linalg_solve"
        | "linalg_svd"
        | "linalg_svdvals"
        | "lu_solve"
        | "margin_ranking_loss"
        | "max_pool3d"
        | "max_unpool2d"
        | "max_unpool3d"
        | "mse_loss"
        | "multi_margin_loss"
        | "multilabel_margin_loss"
        | "nanquantile"
        | "nll_loss"
        | "nll_loss_nd"
        | "pinverse"
        | "poisson_nll_loss"
        | "prod"
        | "qr"
        | "quantile"
        | "smooth_l1_loss"
        | "soft_margin_loss"
        | "svd"
        | "trace"
        | "triplet_margin_loss" => Policy::Float,
        "cat" | "concat" | "concatenate" | "index_copy" | "stack" => Policy::Widest,
        _ => return None,
    })
}

fn casts(dtype: DType) -> bool {
    matches!(dtype, DType::F32 | DType::F16 | DType::BF16)
}

/// `tensor` in `to`, or None where it is that already, or of a dtype that autocast leaves alone.
fn cast(tensor: &Tensor, to: DType) -> Option<Result<Tensor>> {
    (casts(tensor.dtype()) && tensor.dtype() != to).then(|| copy::to_dtype(tensor, to, false))
}

/// The slots of a call with other tensors in them; owns what it put there.
pub struct Recast {
    pub at: [Obj; MAX_ARGS],
    owned: SmallVec<[Obj; 4]>,
}

impl Drop for Recast {
    fn drop(&mut self) {
        for &o in &self.owned {
            // SAFETY: our references.
            unsafe { ffi::Py_DECREF(o) };
        }
    }
}

/// The items of a list or a tuple.
fn items(o: Obj) -> Option<SmallVec<[Obj; 8]>> {
    // SAFETY: borrowed items of a sequence whose class was checked.
    unsafe {
        if o.is_null() || (ffi::PyList_Check(o) == 0 && ffi::PyTuple_Check(o) == 0) {
            return None;
        }
        Some((0..ffi::PySequence_Fast_GET_SIZE(o)).map(|i| ffi::PySequence_Fast_GET_ITEM(o, i)).collect())
    }
}

impl Recast {
    /// The object that stands for `o`: a new reference, or null where `o` stays.
    fn one(o: Obj, to: DType) -> PyResult<Obj> {
        match object::as_tensor(o).and_then(|t| cast(t, to)) {
            Some(tensor) => Ok(object::wrap(tensor.map_err(errors::from_core)?)),
            None => Ok(null_mut()),
        }
    }

    fn list(o: Obj, to: DType) -> PyResult<Obj> {
        let Some(items) = items(o).filter(|items| items.iter().any(|&i| object::is_tensor(i))) else { return Ok(null_mut()) };
        // SAFETY: a new list, every place of which gets a new reference.
        unsafe {
            let list = ffi::PyList_New(items.len() as isize);
            for (i, &item) in items.iter().enumerate() {
                let new = Recast::one(item, to)?;
                if new.is_null() {
                    ffi::Py_INCREF(item);
                }
                ffi::PyList_SET_ITEM(list, i as isize, if new.is_null() { item } else { new });
            }
            Ok(list)
        }
    }
}

fn widest(slots: &[Obj]) -> DType {
    let wide = |o: Obj| object::as_tensor(o).is_some_and(|t| t.dtype() == DType::F32);
    let any = slots.iter().any(|&o| wide(o) || items(o).is_some_and(|items| items.iter().any(|&i| wide(i))));
    if any { DType::F32 } else { LOWER.get() }
}

/// What the function of `row` sees in place of `slots`, if that differs.
#[cold]
pub fn recast(row: &Row, sig: &Sig, slots: &[Obj; MAX_ARGS]) -> PyResult<Option<Recast>> {
    let Some(policy) = policy(row.plain_name()) else { return Ok(None) };
    if sig.out.is_some_and(|i| results::given(slots[i])) {
        return Ok(None);
    }
    let used = &slots[..sig.params.len()];
    let to = match policy {
        Policy::Lower => LOWER.get(),
        Policy::Float => DType::F32,
        Policy::Widest => widest(used),
    };
    let mut recast = Recast { at: *slots, owned: SmallVec::new() };
    for (i, &o) in used.iter().enumerate() {
        let new = if object::is_tensor(o) { Recast::one(o, to)? } else { Recast::list(o, to)? };
        if !new.is_null() {
            recast.at[i] = new;
            recast.owned.push(new);
        }
    }
    Ok((!recast.owned.is_empty()).then_some(recast))
}

/// Both factors of `@` as autocast gives them.
#[cold]
pub fn factors(a: &Tensor, b: &Tensor) -> Result<(Tensor, Tensor)> {
    let to = LOWER.get();
    let one = |t: &Tensor| cast(t, to).unwrap_or_else(|| Ok(t.clone()));
    Ok((one(a)?, one(b)?))
}

#[pyfunction]
fn _set_autocast(enabled: bool, dtype: &Bound<'_, PyAny>) -> PyResult<()> {
    let dtype = types::read_dtype(dtype.as_ptr()).map_err(|_| pyo3::exceptions::PyTypeError::new_err("dtype must be a torch.dtype"))?;
    LOWER.set(dtype);
    mode::set(mode::AUTOCAST, enabled);
    Ok(())
}

#[pyfunction]
fn _autocast_enabled() -> bool {
    mode::has(mode::AUTOCAST)
}

#[pyfunction]
fn _autocast_dtype(py: Python<'_>) -> PyResult<Py<PyAny>> {
    // SAFETY: a new reference.
    Ok(unsafe { Bound::from_owned_ptr(py, types::dtype_object(LOWER.get())) }.unbind())
}

pub fn init(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(_set_autocast, m)?)?;
    m.add_function(wrap_pyfunction!(_autocast_enabled, m)?)?;
    m.add_function(wrap_pyfunction!(_autocast_dtype, m)?)
}
