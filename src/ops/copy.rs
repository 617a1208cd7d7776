//! Copies: `clone`, `contiguous`, `copy_`, dtype conversion. Copies keep the order of dimensions of a dense input.

use crate::dtype::DType;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::graph::record::recording;
use crate::kernels::map;
use crate::ops::elementwise;
use crate::ops::expr::grads;
use crate::ops::inplace;
use crate::shape;
use crate::tensor::Tensor;

/// Writes the values of `source`, broadcast and converted, into `target`. No history, no version.
pub fn copy_data(target: &Tensor, source: &Tensor) -> Result<()> {
    if target.is_contiguous()
        && source.is_contiguous()
        && target.dtype() == source.dtype()
        && target.sizes() == source.sizes()
        && target.numel() <= map::CHUNK
    {
        map::copy_bytes(target.data_ptr(), source.data_ptr(), target.numel() * target.dtype().size());
        return Ok(());
    }
    if !shape::expandable(source.sizes(), target.sizes()) {
        let (from, to) = (source.sizes(), target.sizes());
        if from.len() > to.len() {
            fail!(
                Runtime,
                "output with shape {} doesn't match the broadcast shape {}",
                shape::list(to),
                shape::list(&shape::broadcast(from, to)?)
            );
        }
        shape::broadcast(to, from).map(|_| ())?;
        fail!(Runtime, "output with shape {} doesn't match the broadcast shape {}", shape::list(to), shape::list(from));
    }
    if source.storage_id() == target.storage_id() {
        if source.same_elements(target) {
            return Ok(());
        }
        let apart = fresh_copy(source, source.dtype())?;
        // SAFETY: `apart` is fresh.
        unsafe { map::copy(target.sizes(), elementwise::of(target), elementwise::broadcast(&apart, target.sizes())) };
        return Ok(());
    }
    // SAFETY: different storages.
    unsafe { map::copy(target.sizes(), elementwise::of(target), elementwise::broadcast(source, target.sizes())) };
    Ok(())
}

/// A copy in `dtype`, with the strides of a dense source.
fn fresh_copy(source: &Tensor, dtype: DType) -> Result<Tensor> {
    let out = elementwise::output(source.sizes(), &[source], dtype)?;
    if source.is_contiguous() {
        copy_data(&out, source)?;
        return Ok(out);
    }
    // SAFETY: `out` is fresh and of the same sizes.
    unsafe { map::copy(out.sizes(), elementwise::of(&out), elementwise::of(source)) };
    Ok(out)
}

/// y = x in memory of its own.  dy/dx = 1.
pub fn clone(input: &Tensor) -> Result<Tensor> {
    let out = fresh_copy(input, input.dtype())?;
    record("CloneBackward0", &[input], out, |_| |cx, g| grads![cx; g])
}

/// The tensor itself if it is row-major, else a row-major copy.  dy/dx = 1.
pub fn contiguous(input: &Tensor) -> Result<Tensor> {
    if input.is_contiguous() {
        return Ok(input.clone());
    }
    let out = Tensor::empty(input.sizes(), input.dtype())?;
    copy_data(&out, input)?;
    record("CloneBackward0", &[input], out, |_| |cx, g| grads![cx; g])
}

/// The tensor itself if it has the dtype, else a converted copy.  dy/dx = 1, converted back by the engine.
pub fn to_dtype(input: &Tensor, dtype: DType, copy: bool) -> Result<Tensor> {
    if input.dtype() == dtype {
        return if copy { clone(input) } else { Ok(input.clone()) };
    }
    let out = fresh_copy(input, dtype)?;
    record("ToCopyBackward0", &[input], out, |_| |cx, g| grads![cx; g])
}

/// Contiguous values in a dtype, without history.
pub fn values(t: &Tensor, dtype: DType) -> Result<Tensor> {
    contiguous(&to_dtype(&t.detach(), dtype, false)?)
}

/// The same, the tensor itself where it has them.
pub fn prepared(t: &Tensor, dtype: DType) -> Result<Tensor> {
    if t.is_contiguous() && t.dtype() == dtype { Ok(t.clone()) } else { values(t, dtype) }
}

/// self = source, broadcast and converted.  The old values get no gradient.
pub fn copy_(target: &Tensor, source: &Tensor) -> Result<()> {
    inplace::check_overlap(target, source)?;
    inplace::run(target, &[source], false, || {
        let apart = source.storage_id() != target.storage_id() || source.dtype() == target.dtype();
        if !recording(&[target, source]) && apart && !inplace::overlaps(target) {
            copy_data(target, source)?;
            return Ok(target.clone());
        }
        let out = Tensor::empty(target.sizes(), target.dtype())?;
        copy_data(&out, source)?;
        let sizes = target.dims();
        record("CopyBackwards", &[target, source], out, |_| move |cx, g| grads![cx; crate::ops::creation::zeros(&sizes, g.dtype()), g])
    })
}
