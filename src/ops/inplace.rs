//! In-place forms, made from the out-of-place op. Without recording, an elementwise op writes straight into
//! its destination; otherwise its result is copied and its history moves to the tensor. A view's write
//! rebases the base's history: the base becomes CopySlices of the op.

use std::cell::Cell;

use crate::dtype::DType;
use crate::error::Error;
use crate::error::Kind;
use crate::error::Result;
use crate::fail;
use crate::graph::mode;
use crate::graph::record::recording;
use crate::ops::compare;
use crate::ops::copy;
use crate::ops::index;
use crate::ops::rebase;
use crate::shape;
use crate::shape::Dims;
use crate::tensor::Tensor;

thread_local! {
    /// Where the next result goes; see `mode::DESTINATION`.
    static DESTINATION: Cell<*const Tensor> = const { Cell::new(std::ptr::null()) };
}

#[inline(always)]
pub fn has_destination() -> bool {
    mode::has(mode::DESTINATION)
}

/// The output of an elementwise op: the destination if one waits and fits, else what `fresh` makes.
#[inline]
pub fn output(sizes: &[i64], dtype: DType, fresh: impl FnOnce() -> Result<Tensor>) -> Result<Tensor> {
    if has_destination()
        && let Some(destination) = take(sizes, dtype)
    {
        return Ok(destination);
    }
    fresh()
}

/// The same for an op that writes before it has read everything: a dense destination with memory of its own.
pub fn output_apart(sizes: &[i64], dtype: DType, inputs: [&Tensor; 2]) -> Result<Tensor> {
    let apart = |out: &Tensor| out.is_contiguous() && inputs.iter().all(|t| t.storage_id() != out.storage_id());
    let waiting = if has_destination() { take(sizes, dtype) } else { None };
    waiting.filter(apart).map_or_else(|| Tensor::empty(sizes, dtype), Ok)
}

fn take(sizes: &[i64], dtype: DType) -> Option<Tensor> {
    mode::set(mode::DESTINATION, false);
    let destination = DESTINATION.with(|cell| cell.replace(std::ptr::null()));
    // SAFETY: `run` keeps the tensor alive while the mode bit is set.
    let destination = unsafe { destination.as_ref() }?;
    (destination.sizes() == sizes && destination.dtype() == dtype).then(|| destination.detach())
}

/// Overwrites `target` with what `op` gives, as PyTorch's `name_` does. `direct` says that `op` is one
/// elementwise kernel whose inputs may be `target` itself but do not otherwise overlap it.
pub fn run(target: &Tensor, others: &[&Tensor], direct: bool, op: impl FnOnce() -> Result<Tensor>) -> Result<()> {
    target.check_inplace()?;
    check_once(target)?;
    if direct {
        others.iter().try_for_each(|t| check_overlap(target, t))?;
    }
    write(target, others, direct, op)
}

/// The same for the ops of PyTorch that take expanded targets, some with a warning.
pub fn run_expanded(name: &str, target: &Tensor, others: &[&Tensor], direct: bool, op: impl FnOnce() -> Result<Tensor>) -> Result<()> {
    target.check_inplace()?;
    if let Some(example) = warned(name).filter(|_| expanded(target)) {
        crate::error::warn(&format!(
            "Use of {name}_ on expanded tensors is deprecated. Please clone() the tensor before performing this operation. This also applies to advanced indexing e.g. tensor[{example}"
        ))?;
    }
    // A value of no dimensions may be an element of the target.
    if direct {
        others.iter().filter(|t| t.dim() > 0).try_for_each(|t| check_overlap(target, t))?;
    }
    write(target, others, direct, op)
}

fn warned(name: &str) -> Option<&'static str> {
    match name {
        "masked_fill" | "index_fill" => Some("mask] = scalar"),
        "index_put" => Some("indices] = tensor"),
        _ => None,
    }
}

fn write(target: &Tensor, others: &[&Tensor], direct: bool, op: impl FnOnce() -> Result<Tensor>) -> Result<()> {
    let mut inputs: smallvec::SmallVec<[&Tensor; 4]> = smallvec::SmallVec::from_slice(others);
    inputs.push(target);
    if recording(&inputs) {
        return recorded(target, op()?);
    }
    let out = if direct { aimed(target, others, op)? } else { op()? };
    if !out.same_elements(target) {
        check_result(target, &out)?;
        store(target, &out)?;
    }
    target.bump_version();
    Ok(())
}

/// Copies a result. Of several elements that are one, the last that changed stays.
fn store(target: &Tensor, out: &Tensor) -> Result<()> {
    if !overlaps(target) {
        return copy::copy_data(target, out);
    }
    mode::no_grad(|| {
        let changed = compare::ne(out.into(), target.into())?;
        let at = [Some(&changed)];
        index::put_values(target, &at, &index::index(out, &at)?, false)
    })
}

/// Runs `op`, one kernel, so that its result is written straight into `target` where that can be: it fits, it
/// is dense, and no input shares its memory unless element for element.
pub fn aimed<R>(target: &Tensor, others: &[&Tensor], op: impl FnOnce() -> R) -> R {
    let overlaps = |t: &&Tensor| t.storage_id() == target.storage_id() && !t.same_elements(target);
    let direct = target.is_dense() && !others.iter().any(overlaps);
    let _guard = direct.then(|| mode::guard(mode::DESTINATION, true));
    if direct {
        DESTINATION.with(|cell| cell.set(target));
    }
    op()
}

/// Might several elements of a tensor be one?
pub fn overlaps(target: &Tensor) -> bool {
    !target.is_contiguous() && target.numel() > 0 && rebase::Place::of(target).overlaps()
}

/// Are several elements one in PyTorch's eyes, which see steps of 0 alone?
fn expanded(target: &Tensor) -> bool {
    target.sizes().iter().zip(target.strides()).any(|(&n, &s)| n > 1 && s == 0) && target.numel() > 0
}

/// Refuses an expanded target.
pub fn check_once(target: &Tensor) -> Result<()> {
    if expanded(target) {
        fail!(
            Runtime,
            "unsupported operation: more than one element of the written-to tensor refers to a single memory location. Please clone() the tensor before performing the operation."
        );
    }
    Ok(())
}

/// Refuses a source that shares memory with `target` in any way that can be told.
pub fn check_apart(target: &Tensor, source: &Tensor) -> Result<()> {
    if source.numel() > 0 && source.same_elements(target) {
        return Err(shared_memory());
    }
    check_overlap(target, source)
}

fn shared_memory() -> Error {
    Error::new(
        Kind::Runtime,
        "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory location. Please clone() the tensor before performing the operation.".into(),
    )
}

/// Refuses a dense source that shares some of the memory of `target`, or all of it in another order.
pub fn check_overlap(target: &Tensor, source: &Tensor) -> Result<()> {
    let same = source.data_ptr() == target.data_ptr() && source.dtype().size() == target.dtype().size();
    let same = same && source.sizes() == target.sizes() && source.strides() == target.strides();
    if source.storage_id() != target.storage_id() || same || source.numel() == 0 || target.numel() == 0 {
        return Ok(());
    }
    let reach = |t: &Tensor| (t.offset() * t.dtype().size(), (t.offset() + t.numel()) * t.dtype().size());
    let ((a, b), (c, d)) = (reach(target), reach(source));
    if target.is_dense() && source.is_dense() && a < d && c < b {
        return Err(shared_memory());
    }
    Ok(())
}

/// A dtype of a higher category than the target's is refused.
fn check_cast(target: &Tensor, out: &Tensor) -> Result<()> {
    if !out.dtype().can_cast(target.dtype()) {
        fail!(
            Runtime,
            "result type {} can't be cast to the desired output type {}",
            out.dtype().scalar_type(),
            target.dtype().scalar_type()
        );
    }
    Ok(())
}

/// The result must fit: same sizes, and a dtype that is not of a higher category.
pub fn check_result(target: &Tensor, out: &Tensor) -> Result<()> {
    check_cast(target, out)?;
    if out.sizes() != target.sizes() {
        fail!(Runtime, "output with shape {} doesn't match the broadcast shape {}", shape::list(target.sizes()), shape::list(out.sizes()));
    }
    Ok(())
}

/// Copies the values of `out` and moves its history to `target`.
fn recorded(target: &Tensor, out: Tensor) -> Result<()> {
    if out.id() == target.id() {
        return Ok(());
    }
    check_result(target, &out)?;
    let node = out.grad_fn();
    if let Some(node) = &node {
        // A formula that needs the old value gets a copy of it, with its history: as the op's own tensor, that is. Where it
        // was given a second time, reading it is an error.
        for saved in node.saved_mut() {
            if saved.output.is_none() && saved.name == "self" && saved.tensor.as_ref().is_some_and(|t| t.id() == target.id()) {
                let old = copy::clone(target)?;
                saved.version = old.version();
                saved.tensor = Some(old);
            }
        }
    }
    store(target, &out)?;
    target.bump_version();
    let Some(node) = node else { return Ok(()) };
    for saved in node.saved_mut() {
        if saved.output.is_some() {
            saved.tensor = Some(target.detach());
            saved.version = target.version();
        }
    }
    let nr = out.output_nr();
    drop(out);
    rebase::move_history(target, node, nr)
}

/// Writes a result into `out=`: resized if its shape differs, never with gradients.
pub fn into_out(name: &str, out: &Tensor, result: &Tensor) -> Result<()> {
    if out.requires_grad() && mode::grad_enabled() || recording(&[result]) {
        fail!(
            Runtime,
            "{name}(): functions with out=... arguments don't support automatic differentiation, but one of the arguments requires grad."
        );
    }
    check_once(out)?;
    check_cast(out, result)?;
    if out.is_inference() {
        out.check_inplace()?;
    }
    if result.same_elements(out) {
        out.bump_version();
        return Ok(());
    }
    if out.sizes() != result.sizes() {
        out.set_sizes(Dims::from_slice(result.sizes()), shape::contiguous_strides(result.sizes()))?;
    }
    store(out, result)?;
    out.bump_version();
    Ok(())
}

/// Sizes changed in place; the elements keep their order in memory.
pub fn resize_(target: &Tensor, size: &[i64]) -> Result<()> {
    if target.requires_grad() {
        fail!(Runtime, "cannot resize variables that require grad");
    }
    shape::numel(size, target.dtype().size())?;
    target.set_sizes(Dims::from_slice(size), shape::contiguous_strides(size))?;
    target.bump_version();
    Ok(())
}
