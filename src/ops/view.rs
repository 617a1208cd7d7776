//! Views: the same bytes under other sizes and strides.

use crate::error::Result;
use crate::fail;
use crate::graph::mode;
use crate::graph::record::record;
use crate::graph::view::Creation;
use crate::graph::view::ViewInfo;
use crate::ops::copy;
use crate::ops::expr::grads;
pub use crate::ops::pieces::diagonal;
pub use crate::ops::pieces::narrow;
pub use crate::ops::pieces::narrow_from;
pub use crate::ops::pieces::select;
pub use crate::ops::pieces::select_leading;
pub use crate::ops::pieces::slice;
use crate::ops::rebase;
use crate::shape;
use crate::shape::Dims;
use crate::tensor::Tensor;

/// A view of `input`, tracked so that in-place writes reach the base's history.
#[inline]
pub fn track(input: &Tensor, sizes: Dims, strides: Dims, offset: usize) -> Tensor {
    let out = input.alias(sizes, strides, offset);
    if out.dtype().has_gradients() {
        let parent = input.view_info();
        let base = parent.map_or_else(|| input.clone(), |view| view.base.clone());
        let creation = match parent.map(|view| view.creation.get()) {
            Some(inherited) if inherited != Creation::Plain => inherited,
            _ if mode::has(mode::INFERENCE) => Creation::Inference,
            _ if !mode::grad_enabled() => Creation::NoGrad,
            _ => Creation::Plain,
        };
        let info = ViewInfo { base, creation: creation.into(), version: input.version().into(), rebuild: rebase::rebuild };
        out.meta_mut().view = Some(Box::new(info));
    }
    out
}

/// The same elements under other sizes, where strides allow it.
pub fn view(input: &Tensor, size: &[i64]) -> Result<Tensor> {
    let sizes = shape::infer_size(size, input.numel())?;
    let Some(strides) = shape::view_strides(input.sizes(), input.strides(), &sizes) else {
        fail!(
            Runtime,
            "view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous subspaces). Use .reshape(...) instead."
        );
    };
    Ok(reshaped("ViewBackward0", input, sizes, strides))
}

#[inline]
fn reshaped(name: &'static str, input: &Tensor, sizes: Dims, strides: Dims) -> Tensor {
    let out = track(input, sizes, strides, input.offset());
    let recorded = record(name, &[input], out, |_| {
        let sizes = input.dims();
        move |cx, g| grads![cx; reshape(&g, &sizes)]
    });
    recorded.expect("recording does not fail")
}

/// A view if strides allow it, else a copy.
pub fn reshape(input: &Tensor, shape: &[i64]) -> Result<Tensor> {
    let sizes = shape::infer_size(shape, input.numel())?;
    match shape::view_strides(input.sizes(), input.strides(), &sizes) {
        Some(strides) => Ok(reshaped("ViewBackward0", input, sizes, strides)),
        None => {
            let copy = copy::contiguous(input)?;
            let strides = shape::contiguous_strides(&sizes);
            Ok(reshaped("UnsafeViewBackward0", &copy, sizes, strides))
        }
    }
}

pub fn view_as(input: &Tensor, other: &Tensor) -> Result<Tensor> {
    view(input, other.sizes())
}

pub fn reshape_as(input: &Tensor, other: &Tensor) -> Result<Tensor> {
    reshape(input, other.sizes())
}

/// A vector over dimension `d`, ready to meet `ndim` dimensions.
pub(super) fn along(vector: &Tensor, ndim: usize, d: usize) -> Result<Tensor> {
    let mut sizes: Dims = smallvec::SmallVec::from_elem(1, ndim);
    sizes[d] = vector.numel() as i64;
    reshape(vector, &sizes)
}

/// Dimensions start_dim to end_dim become one.
pub fn flatten(input: &Tensor, start_dim: i64, end_dim: i64) -> Result<Tensor> {
    let (start, end) = (shape::wrap_dim(start_dim, input.dim())?, shape::wrap_dim(end_dim, input.dim())?);
    if start > end {
        fail!(Runtime, "flatten() has invalid args: start_dim cannot come after end_dim");
    }
    if input.dim() == 0 {
        return reshape(input, &[1]);
    }
    if start == end {
        return Ok(input.clone());
    }
    let sizes = input.sizes();
    let mut to = Dims::from_slice(&sizes[..start]);
    to.push(sizes[start..=end].iter().product());
    to.extend_from_slice(&sizes[end + 1..]);
    reshape(input, &to)
}

/// One dimension becomes several.
pub fn unflatten(input: &Tensor, dim: i64, sizes: &[i64]) -> Result<Tensor> {
    if input.dim() == 0 {
        fail!(Runtime, "unflatten got an unexpected error:\nDimension specified as {dim} but tensor has no dimensions");
    }
    let dim = shape::wrap_dim(dim, input.dim())?;
    if sizes.is_empty() {
        fail!(Runtime, "unflatten: sizes must be non-empty");
    }
    let size = input.sizes()[dim];
    if sizes.iter().filter(|&&n| n == -1).count() > 1 {
        fail!(Runtime, "unflatten got an unexpected error:\nonly one dimension can be inferred");
    }
    let Ok(inner) = shape::infer_size(sizes, size as usize) else {
        fail!(
            Runtime,
            "unflatten: Provided sizes {} don't multiply up to the size of dim {dim} ({size}) in the input tensor",
            shape::list(sizes)
        );
    };
    let mut to = Dims::from_slice(&input.sizes()[..dim]);
    to.extend_from_slice(&inner);
    to.extend_from_slice(&input.sizes()[dim + 1..]);
    view(input, &to)
}

/// Two dimensions change places.
pub fn transpose(input: &Tensor, dim0: i64, dim1: i64) -> Result<Tensor> {
    let (a, b) = (shape::wrap_dim(dim0, input.dim())?, shape::wrap_dim(dim1, input.dim())?);
    Ok(swapped("TransposeBackward0", input, a, b))
}

fn swapped(name: &'static str, input: &Tensor, a: usize, b: usize) -> Tensor {
    let (mut sizes, mut strides) = (input.dims(), Dims::from_slice(input.strides()));
    if input.dim() > 0 {
        sizes.swap(a, b);
        strides.swap(a, b);
    }
    let out = track(input, sizes, strides, input.offset());
    let (a, b) = (a as i64, b as i64);
    record(name, &[input], out, |_| move |cx, g| grads![cx; transpose(&g, a, b)]).expect("recording does not fail")
}

/// The transpose of a matrix; fewer dimensions stay.
pub fn t(input: &Tensor) -> Result<Tensor> {
    match input.dim() {
        0 | 1 => Ok(swapped("TBackward0", input, 0, 0)),
        2 => Ok(swapped("TBackward0", input, 0, 1)),
        n => fail!(Runtime, "t() expects a tensor with <= 2 dimensions, but self is {n}D"),
    }
}

/// Dimensions in a new order.
pub fn permute(input: &Tensor, dims: &[i64]) -> Result<Tensor> {
    let n = input.dim();
    if dims.len() != n {
        fail!(
            Runtime,
            "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired ordering of dimensions i.e. input.dim() = {n} is not equal to len(dims) = {}",
            dims.len()
        );
    }
    let mut order = Dims::new();
    for &dim in dims {
        let i = shape::wrap_dim(dim, n)? as i64;
        if order.contains(&i) {
            fail!(Runtime, "permute(): duplicate dims are not allowed.");
        }
        order.push(i);
    }
    let pick = |from: &[i64]| order.iter().map(|&i| from[i as usize]).collect::<Dims>();
    let out = track(input, pick(input.sizes()), pick(input.strides()), input.offset());
    record("PermuteBackward0", &[input], out, |_| {
        let mut back: Dims = smallvec::SmallVec::from_elem(0, n);
        order.iter().enumerate().for_each(|(to, &from)| back[from as usize] = to as i64);
        move |cx, g| grads![cx; permute(&g, &back)]
    })
}

/// All dimensions in reverse: what `.T` of a matrix is.
pub fn numpy_t(input: &Tensor) -> Result<Tensor> {
    let order: Dims = (0..input.dim() as i64).rev().collect();
    permute(input, &order)
}

/// `.H` of a matrix.
pub fn matrix_h(input: &Tensor) -> Result<Tensor> {
    match input.dim() {
        0 => numpy_t(input),
        2 => transpose(input, 0, 1),
        n => {
            let hint = if n > 2 { " For batches of matrices, consider using tensor.mH" } else { "" };
            fail!(Runtime, "tensor.H is only supported on matrices (2-D tensors). Got {n}-D tensor.{hint}")
        }
    }
}

pub fn adjoint(input: &Tensor) -> Result<Tensor> {
    matrix_transpose(input, "adjoint()")
}

/// The last two dimensions change places: `.mT` and `.mH`.
pub fn matrix_transpose(input: &Tensor, name: &str) -> Result<Tensor> {
    if input.dim() < 2 {
        fail!(Runtime, "tensor.{name} is only supported on matrices or batches of matrices. Got {}-D tensor.", input.dim());
    }
    transpose(input, -2, -1)
}

/// Dimensions of size 1 go: all, or those named.
pub fn squeeze(input: &Tensor, dims: Option<&[i64]>) -> Result<Tensor> {
    let mask = match dims {
        Some(dims) if input.dim() == 0 => {
            dims.iter().try_for_each(|&d| shape::wrap_dim(d, 0).map(|_| ()))?;
            0
        }
        Some([]) => 0,
        dims => shape::dim_mask(dims, input.dim())?,
    };
    let keep = |i: &usize| input.sizes()[*i] != 1 || mask >> i & 1 == 0;
    let kept: smallvec::SmallVec<[usize; 8]> = (0..input.dim()).filter(keep).collect();
    let sizes = kept.iter().map(|&i| input.sizes()[i]).collect();
    let strides = kept.iter().map(|&i| input.strides()[i]).collect();
    let name = match dims {
        None => "SqueezeBackward0",
        Some([_]) => "SqueezeBackward1",
        Some(_) => "SqueezeBackward2",
    };
    Ok(reshaped(name, input, sizes, strides))
}

pub fn squeeze_all(input: &Tensor) -> Result<Tensor> {
    squeeze(input, None)
}

pub fn squeeze_dims(input: &Tensor, dim: &[i64]) -> Result<Tensor> {
    squeeze(input, Some(dim))
}

/// A dimension of size 1 appears at `dim`.
pub fn unsqueeze(input: &Tensor, dim: i64) -> Result<Tensor> {
    let at = shape::wrap_dim(dim, input.dim() + 1)?;
    let (mut sizes, mut strides) = (input.dims(), Dims::from_slice(input.strides()));
    let step = if at < input.dim() { sizes[at] * strides[at] } else { 1 };
    sizes.insert(at, 1);
    strides.insert(at, step);
    let out = track(input, sizes, strides, input.offset());
    record("UnsqueezeBackward0", &[input], out, |_| move |cx, g| grads![cx; squeeze(&g, Some(&[at as i64]))])
}

/// Dimensions of size 1 repeat without a copy; -1 keeps a size.  dy/dx sums over what was repeated (the engine does).
pub fn expand(input: &Tensor, size: &[i64]) -> Result<Tensor> {
    let (n, have) = (size.len(), input.dim());
    if n < have {
        fail!(
            Runtime,
            "expand(torch.{}Tensor{{{}}}, size={}): the number of sizes provided ({n}) must be greater or equal to the number of dimensions in the tensor ({have})",
            input.dtype().scalar_type(),
            shape::list(input.sizes()),
            shape::list(size)
        );
    }
    let mut sizes = Dims::from_slice(size);
    let mut strides: Dims = smallvec::SmallVec::from_elem(0, n);
    for i in (0..n).rev() {
        let Some(j) = (i + have).checked_sub(n) else {
            if size[i] < 0 {
                fail!(Runtime, "The expanded size of the tensor ({}) isn't allowed in a leading, non-existing dimension {i}", size[i]);
            }
            continue;
        };
        let own = input.sizes()[j];
        if size[i] == -1 {
            sizes[i] = own;
        }
        if own != 1 && sizes[i] != own {
            fail!(
                Runtime,
                "The expanded size of the tensor ({}) must match the existing size ({own}) at non-singleton dimension {i}.  Target sizes: {}.  Tensor sizes: {}",
                size[i],
                shape::list(size),
                shape::list(input.sizes())
            );
        }
        strides[i] = if own == sizes[i] { input.strides()[j] } else { 0 };
    }
    if sizes.iter().try_fold(1i64, |n, &size| n.checked_mul(size)).is_none() && !sizes.contains(&0) {
        fail!(Runtime, "numel: integer multiplication overflow");
    }
    let out = track(input, sizes, strides, input.offset());
    record("ExpandBackward0", &[input], out, |_| |cx, g| grads![cx; g])
}

/// All of the input, as a tensor of its own.  dx = g.
pub fn alias(input: &Tensor) -> Result<Tensor> {
    let out = track(input, input.dims(), Dims::from_slice(input.strides()), input.offset());
    record("AliasBackward0", &[input], out, |_| |cx, g| grads![cx; g])
}

pub fn expand_as(input: &Tensor, other: &Tensor) -> Result<Tensor> {
    expand(input, other.sizes())
}

/// Dimensions move to new places; the rest keep their order.
pub fn movedim(input: &Tensor, source: &[i64], destination: &[i64]) -> Result<Tensor> {
    let n = input.dim();
    if source.len() != destination.len() {
        fail!(
            Runtime,
            "movedim: Invalid source or destination dims: source ({} dims) should contain the same number of dims as destination ({} dims)",
            shape::list(source),
            shape::list(destination)
        );
    }
    let wrap = |dims: &[i64], what: &str| -> Result<Dims> {
        let mut out = Dims::new();
        for &d in dims {
            let i = shape::wrap_dim(d, n)? as i64;
            if out.contains(&i) {
                fail!(Runtime, "movedim: repeated dim in `{what}` ({})", shape::list(dims));
            }
            out.push(i);
        }
        Ok(out)
    };
    let (from, to) = (wrap(source, "source")?, wrap(destination, "destination")?);
    if n == 0 {
        return Ok(input.clone());
    }
    let mut order: Dims = smallvec::SmallVec::from_elem(-1, n);
    from.iter().zip(&to).for_each(|(&f, &t)| order[t as usize] = f);
    let mut rest = (0..n as i64).filter(|d| !from.contains(d));
    order.iter_mut().filter(|d| **d < 0).for_each(|d| *d = rest.next().expect("as many as free places"));
    permute(input, &order)
}

/// All dimensions as one, contiguous.
pub fn ravel(input: &Tensor) -> Result<Tensor> {
    reshape(&copy::contiguous(input)?, &[-1])
}

/// `implicit` is PyTorch's own mark and changes nothing.
pub fn expand_method(input: &Tensor, size: &[i64], _implicit: bool) -> Result<Tensor> {
    expand(input, size)
}

/// The same bytes read as another dtype; the last dimension grows or shrinks with the element.
pub fn view_dtype(input: &Tensor, dtype: crate::dtype::DType) -> Result<Tensor> {
    let (from, to) = (input.dtype().size() as i64, dtype.size() as i64);
    let (mut sizes, mut strides) = (input.dims(), Dims::from_slice(input.strides()));
    let mut offset = input.offset() as i64;
    if from != to {
        let Some(last) = sizes.len().checked_sub(1) else {
            fail!(
                Runtime,
                "self.dim() cannot be 0 to view {} as {} (different element sizes)",
                input.dtype().scalar_type(),
                dtype.scalar_type()
            );
        };
        if strides[last] != 1 {
            fail!(
                Runtime,
                "self.stride(-1) must be 1 to view {} as {} (different element sizes), but got {}",
                input.dtype().scalar_type(),
                dtype.scalar_type(),
                strides[last]
            );
        }
        let rescale = |n: i64| n * from / to;
        let uneven = |n: i64| n * from % to != 0;
        if to > from && (uneven(sizes[last]) || uneven(offset) || strides[..last].iter().any(|&s| uneven(s))) {
            fail!(
                Runtime,
                "self.size(-1) must be divisible by {} to view {} as {} (different element sizes), but got {}",
                to / from,
                input.dtype().scalar_type(),
                dtype.scalar_type(),
                sizes[last]
            );
        }
        sizes[last] = rescale(sizes[last]);
        strides[..last].iter_mut().for_each(|s| *s = rescale(*s));
        offset = rescale(offset);
    }
    Ok(input.reinterpret(dtype, sizes, strides, offset as usize))
}
