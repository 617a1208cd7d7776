//! Whole slices along one dimension by position: index_add, index_copy, index_fill.
//! Gradients add up where positions repeat, in row-major order, so the bits do not depend on threads.

use crate::dtype::DType;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::kernels::along;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::elementwise::Operand;
use crate::ops::expr::grads;
use crate::ops::index;
use crate::ops::reduce;
use crate::ops::scatter::fresh;
use crate::ops::scatter::plain;
use crate::ops::scatter::resized_along;
use crate::ops::scatter::size_along;
use crate::ops::view;
use crate::shape;
use crate::tensor::Tensor;

/// Are there no elements in a slice? PyTorch does not look at positions then.
fn slices_empty(input: &Tensor, d: usize) -> bool {
    input.sizes().iter().enumerate().any(|(i, &n)| i != d && n == 0)
}

/// A vector of positions along `d` of `input`, where -1 counts from the end if `negative`.
fn vector(input: &Tensor, d: usize, index: &Tensor, negative: bool) -> Result<Tensor> {
    let size = size_along(input, d);
    let at = plain(&copy::to_dtype(&index.detach(), DType::I64, true)?)?;
    if negative && slices_empty(input, d) {
        return Ok(at);
    }
    let low = if negative { -size } else { 0 };
    if let Some(p) = at.as_slice::<i64>().iter().find(|&&p| p < low || p >= size) {
        if negative {
            fail!(Index, "index {p} is out of bounds for dimension {d} with size {size}");
        }
        fail!(Index, "index out of range in self");
    }
    at.as_mut_slice::<i64>().iter_mut().filter(|p| **p < 0).for_each(|p| *p += size);
    Ok(at)
}

/// x with alpha * source added to the slices at `index`.  dx = g, dsource = alpha g at the positions.
pub fn index_add(input: &Tensor, dim: i64, index: &Tensor, source: &Tensor, alpha: Scalar) -> Result<Tensor> {
    let d = shape::wrap_dim(dim, input.dim())?;
    check_index_add(input, d, index, source)?;
    let out = fresh(&input.detach())?;
    let scaled = match alpha.to_f64() {
        1.0 => source.detach(),
        _ => (&source.detach() * &creation::full(&[], alpha, Some(input.dtype()))?).0?,
    };
    if out.numel() > 0 || input.dim() < 2 {
        index::put_slices(&out, d, &vector(input, d, index, false)?, &scaled, true)?;
    }
    record("IndexAddBackward0", &[input, source], out, |save| {
        let (index, sizes) = (save.input("index", index), source.dims());
        move |cx, g| {
            let of_source = || view::reshape(&index::index_select(&g, dim, &index.get(cx)?)?, &sizes);
            let scaled = || if alpha.to_f64() == 1.0 { of_source() } else { (of_source()? * alpha).0 };
            grads![cx; &g, scaled()]
        }
    })
}

fn check_index_add(input: &Tensor, d: usize, index: &Tensor, source: &Tensor) -> Result<()> {
    if index.dim() > 1 {
        fail!(
            Index,
            "index_add_(): Index is supposed to be a vector, but got dim: {} with type: {} and size: {}",
            index.dim(),
            index.dtype().scalar_type(),
            shape::list(index.sizes())
        );
    }
    if !matches!(index.dtype(), DType::I64 | DType::I32) {
        fail!(Runtime, "index_add_(): Expected dtype int32/int64 for index but got: {}", index.dtype().scalar_type());
    }
    if input.dtype() != source.dtype() {
        fail!(
            Runtime,
            "index_add_(): self ({}) and source ({}) must have the same scalar type",
            input.dtype().scalar_type(),
            source.dtype().scalar_type()
        );
    }
    let count = size_along(source, d);
    if index.numel() as i64 != count {
        fail!(Runtime, "index_add_(): Number of indices ({}) should be equal to source.size(dim): ({count}), for dim: {d}", index.numel());
    }
    let rest = |t: &Tensor| (0..t.dim()).filter(|&i| i != d).map(|i| t.sizes()[i]).collect::<shape::Dims>();
    if rest(input) != rest(source) || source.dim() == 0 && input.dim() > 0 {
        fail!(
            Runtime,
            "source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = {} source.shape = {}",
            shape::list(input.sizes()),
            shape::list(source.sizes())
        );
    }
    Ok(())
}

/// x with `value` in the slices at `index`.  dx = g, 0 where filled; a tensor value gets the sum of the rest.
pub fn index_fill(input: &Tensor, dim: i64, index: &Tensor, value: Operand) -> Result<Tensor> {
    let d = shape::wrap_dim(dim, input.dim())?;
    if index.dtype() != DType::I64 {
        fail!(Index, "index_fill_(): Expected dtype int64 for index.");
    }
    let filler = match value {
        Operand::Tensor(v) if v.dim() != 0 => {
            fail!(Runtime, "index_fill_ only supports a 0-dimensional value tensor, but got tensor with {} dimension(s).", v.dim())
        }
        Operand::Tensor(v) => creation::item(v)?,
        Operand::Number(s) => s,
    };
    if index.dim() > 1 {
        fail!(Runtime, "Index has to be a vector/scalar");
    }
    let out = copy::clone(&input.detach())?;
    let slice = creation::full(&resized_along(&out, d, 1), filler, Some(out.dtype()))?;
    let at = vector(input, d, index, true)?;
    if !slices_empty(input, d) {
        index::put_slices(&out, d, &at, &slice, false)?;
    }
    record("IndexFillBackward0", &[Operand::Tensor(input), value], out, |save| {
        let index = save.input("index", index);
        move |cx, g| {
            let at = &index.get(cx)?;
            let outside = &index_fill(&g, dim, at, 0.0.into())?;
            grads![cx; outside, reduce::sum(&(&g - outside).0?, None, false, None)]
        }
    })
}

/// x with the slices at `index` replaced.  dx = g, 0 where replaced; dsource = g at the positions.
pub fn index_copy(input: &Tensor, dim: i64, index: &Tensor, source: &Tensor) -> Result<Tensor> {
    let d = shape::wrap_dim(dim, input.dim())?;
    check_index_copy(input, d, index, source)?;
    let at = copy::values(index, DType::I64)?;
    let unseen = slices_empty(input, d);
    if let Some(p) = along::outside(at.as_slice(), size_along(input, d)).filter(|_| !unseen) {
        fail!(Index, "index_copy_(): index {p} is out of bounds for dimension {d} with size {}", size_along(input, d));
    }
    let out = fresh(&input.detach())?;
    if !unseen {
        index::put_slices(&out, d, &at, source, false)?;
    }
    record("IndexCopyBackward0", &[input, source], out, |save| {
        let (index, sizes) = (save.input("index", index), source.dims());
        move |cx, g| {
            let at = &index.get(cx)?;
            let of_source = || view::reshape(&index::index_select(&g, dim, at)?, &sizes);
            grads![cx; index_fill(&g, dim, at, 0.0.into()), of_source()]
        }
    })
}

fn check_index_copy(input: &Tensor, d: usize, index: &Tensor, source: &Tensor) -> Result<()> {
    if index.dim() > 1 {
        fail!(Index, "index_copy_(): Index should have dimension 1 or 0 (got {})", index.dim());
    }
    let count = index.numel();
    if source.dim() == 0 && count != 1 {
        fail!(Index, "index_copy_(): When source is scalar, index should have one element (got {count})");
    }
    if source.dim() != input.dim() && source.dim() != 0 && input.dim() != 0 {
        fail!(
            Index,
            "index_copy_(): When source and destination are not scalars, their dimensionality must match. Source dimensionality ({}), destination dimensionality ({})",
            source.dim(),
            input.dim()
        );
    }
    if index.dtype() != DType::I64 {
        fail!(Runtime, "index_copy_(): Expected a long tensor for index, but got {}", index.dtype().scalar_type());
    }
    if input.dtype() != source.dtype() {
        fail!(
            Runtime,
            "index_copy_(): self and source expected to have the same dtype, but got (self) {} and (source) {}",
            input.dtype().scalar_type(),
            source.dtype().scalar_type()
        );
    }
    let rest = |t: &Tensor| (0..t.dim()).filter(|&i| i != d).map(|i| t.sizes()[i]).collect::<shape::Dims>();
    if rest(input) != rest(source) {
        let show = |t: &Tensor| rest(t).iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
        fail!(
            Runtime,
            "index_copy_(): Source/destination tensor must have same slice shapes. Destination slice shape: {} at dimension {d} and source slice shape: {} at dimension 0.",
            show(input),
            show(source)
        );
    }
    if source.dim() > 0 && count as i64 != source.sizes()[d] {
        fail!(Index, "index_copy_(): Number of indices ({count}) should be equal to source.size(dim) ({})", source.sizes()[d]);
    }
    Ok(())
}
