//! Joining and cutting: cat, stack, split, chunk, unbind, repeat.

use crate::dtype;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::graph::record::record_many;
use crate::graph::record::renamed;
use crate::graph::view::Creation;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::expr::grads;
use crate::ops::view;
use crate::shape;
use crate::shape::Dims;
use crate::tensor::Tensor;

/// The old one-dimensional empty tensor, which `cat` ignores.
fn is_legacy_empty(t: &Tensor) -> bool {
    t.sizes() == [0]
}

/// Tensors one after the other along `dim`.  The gradient is cut into the same pieces.
pub fn cat(tensors: &[&Tensor], dim: i64) -> Result<Tensor> {
    if tensors.is_empty() {
        fail!(Value, "torch.cat(): expected a non-empty list of Tensors");
    }
    if let Some(i) = tensors.iter().position(|t| t.dim() == 0) {
        fail!(Runtime, "zero-dimensional tensor (at position {i}) cannot be concatenated");
    }
    let used: Vec<&Tensor> = tensors.iter().copied().filter(|t| !is_legacy_empty(t)).collect();
    let model = used.first().copied().unwrap_or(tensors[0]);
    let d = shape::wrap_dim(dim, model.dim())?;
    let (mut sizes, mut total) = (model.dims(), 0);
    for (i, t) in tensors.iter().enumerate().filter(|(_, t)| !is_legacy_empty(t)) {
        check_beside(model, t, d, i)?;
        total += t.sizes()[d];
    }
    sizes[d] = total;
    let dtype = dtype::result_type(tensors.iter().map(|t| (t.dtype(), t.rank())));
    let out = Tensor::empty(&sizes, dtype)?;
    let mut at = 0;
    for t in &used {
        let n = t.sizes()[d];
        copy::copy_data(&window(&out, d, at, n), t)?;
        at += n;
    }
    record("CatBackward0", tensors, out, |_| {
        let lengths: Vec<Option<i64>> = tensors.iter().map(|t| (!is_legacy_empty(t)).then(|| t.sizes()[d])).collect();
        move |cx, g| {
            let mut grads = crate::graph::foreign::Grads::new();
            let mut at = 0;
            for (i, length) in lengths.iter().enumerate() {
                let n = length.unwrap_or(0);
                let wanted = cx.needs(i) && length.is_some();
                grads.push(if wanted { Some(view::narrow(&g, d as i64, at, n)?) } else { None });
                at += n;
            }
            Ok(grads)
        }
    })
}

/// A piece of a fresh tensor along `d`, to write into.
fn window(out: &Tensor, d: usize, at: i64, n: i64) -> Tensor {
    let mut sizes = out.dims();
    sizes[d] = n;
    out.alias(sizes, Dims::from_slice(out.strides()), out.offset() + (at * out.strides()[d]) as usize)
}

fn check_beside(model: &Tensor, t: &Tensor, d: usize, i: usize) -> Result<()> {
    if t.dim() != model.dim() {
        fail!(Runtime, "Tensors must have same number of dimensions: got {} and {}", model.dim(), t.dim());
    }
    for (k, (&a, &b)) in model.sizes().iter().zip(t.sizes()).enumerate() {
        if k != d && a != b {
            fail!(
                Runtime,
                "Sizes of tensors must match except in dimension {d}. Expected size {a} but got size {b} for tensor number {i} in the list."
            );
        }
    }
    Ok(())
}

/// Tensors of one shape along a new dimension.
pub fn stack(tensors: &[&Tensor], dim: i64) -> Result<Tensor> {
    let Some(first) = tensors.first() else { fail!(Runtime, "stack expects a non-empty TensorList") };
    let d = shape::wrap_dim(dim, first.dim() + 1)? as i64;
    if let Some(i) = tensors.iter().position(|t| t.sizes() != first.sizes()) {
        fail!(
            Runtime,
            "stack expects each tensor to be equal size, but got {} at entry 0 and {} at entry {i}",
            shape::list(first.sizes()),
            shape::list(tensors[i].sizes())
        );
    }
    let raised = tensors.iter().map(|t| view::unsqueeze(t, d)).collect::<Result<Vec<_>>>()?;
    renamed(cat(&raised.iter().collect::<Vec<_>>(), d)?, "StackBackward0")
}

/// Views that are outputs of one function, and so must not be written to.
fn several(name: &'static str, input: &Tensor, dim: i64, pieces: Vec<Tensor>, back: Back) -> Result<Vec<Tensor>> {
    for piece in &pieces {
        if let Some(info) = piece.view_info()
            && info.creation.get() == Creation::Plain
        {
            info.creation.set(Creation::OneOfSeveral);
        }
    }
    let shapes: Vec<Dims> = pieces.iter().map(Tensor::dims).collect();
    record_many(name, &[input], pieces, |_| {
        move |cx, grads| {
            let dtype = grads.iter().flatten().next().map_or(dtype::default_dtype(), Tensor::dtype);
            let all = grads.iter().zip(&shapes).map(|(g, sizes)| match g {
                Some(g) => Ok(g.clone()),
                None => creation::zeros(sizes, dtype),
            });
            let all = all.collect::<Result<Vec<Tensor>>>()?;
            grads![cx; back(&all.iter().collect::<Vec<_>>(), dim)]
        }
    })
}

/// More pieces than memory has room for are refused before any is made.
pub fn check_count(pieces: i64) -> Result<()> {
    const MOST: i64 = 1 << 24;
    if pieces > MOST {
        fail!(
            Runtime,
            "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: not enough memory: you tried to make {pieces} tensors."
        );
    }
    Ok(())
}

/// Puts pieces together again.
type Back = fn(&[&Tensor], i64) -> Result<Tensor>;

/// A range of a dimension as a view without a node of its own.
fn range(input: &Tensor, d: usize, start: i64, length: i64) -> Tensor {
    let mut sizes = input.dims();
    sizes[d] = length;
    let offset = input.offset() + (start * input.strides()[d]) as usize;
    view::track(input, sizes, Dims::from_slice(input.strides()), offset)
}

/// Views of `split_size` indices each along `dim`; the last may be smaller.
pub fn split(input: &Tensor, split_size: i64, dim: i64) -> Result<Vec<Tensor>> {
    if input.dim() == 0 {
        fail!(Runtime, "split expects at least a 1-dimensional tensor");
    }
    if split_size < 0 {
        fail!(Runtime, "split expects split_size be non-negative, but got split_size={split_size}");
    }
    let size = input.size(dim)?;
    if split_size == 0 && size != 0 {
        fail!(Runtime, "split_size can only be 0 if dimension size is 0, but got dimension size of {size}");
    }
    let count = if split_size == 0 { 1 } else { ((size + split_size - 1) / split_size).max(1) };
    let d = shape::wrap_dim(dim, input.dim())?;
    let piece = |i: i64| range(input, d, i * split_size, split_size.min(size - i * split_size));
    several("SplitBackward0", input, dim, (0..count).map(piece).collect(), cat)
}

/// Views of the given lengths along `dim`.
pub fn split_with_sizes(input: &Tensor, split_sizes: &[i64], dim: i64) -> Result<Vec<Tensor>> {
    if input.dim() == 0 {
        fail!(Runtime, "split expects at least a 1-dimensional tensor");
    }
    let size = input.size(dim)?;
    if split_sizes.iter().any(|&n| n < 0) {
        fail!(
            Runtime,
            "split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes={}",
            shape::list(split_sizes)
        );
    }
    if split_sizes.iter().sum::<i64>() != size {
        fail!(
            Runtime,
            "split_with_sizes expects split_sizes to sum exactly to {size} (input tensor's size at dimension {}), but got split_sizes={}",
            shape::wrap_dim(dim, input.dim())?,
            shape::list(split_sizes)
        );
    }
    let d = shape::wrap_dim(dim, input.dim())?;
    let mut at = 0;
    let mut pieces = Vec::new();
    for &n in split_sizes {
        pieces.push(range(input, d, at, n));
        at += n;
    }
    several("SplitWithSizesBackward0", input, dim, pieces, cat)
}

/// At most `chunks` views of equal length (but for the last) along `dim`.
pub fn chunk(input: &Tensor, chunks: i64, dim: i64) -> Result<Vec<Tensor>> {
    if input.dim() == 0 {
        fail!(Runtime, "chunk expects at least a 1-dimensional tensor");
    }
    if chunks <= 0 {
        fail!(Runtime, "chunk expects `chunks` to be greater than 0, got: {chunks}");
    }
    let size = input.size(dim)?;
    let each = shape::div_ceil(size, chunks);
    if each == 0 {
        check_count(chunks)?;
        return split_with_sizes(input, &vec![0; chunks as usize], dim);
    }
    split(input, each, dim)
}

/// Views of every index of `dim`, without that dimension.
pub fn unbind(input: &Tensor, dim: i64) -> Result<Vec<Tensor>> {
    if input.dim() == 0 {
        fail!(Index, "Dimension specified as {dim} but tensor has no dimensions");
    }
    let d = shape::wrap_dim(dim, input.dim())?;
    let (mut sizes, mut strides) = (input.dims(), Dims::from_slice(input.strides()));
    let (count, step) = (sizes.remove(d), strides.remove(d));
    let piece = |i: i64| view::track(input, sizes.clone(), strides.clone(), input.offset() + (i * step) as usize);
    several("UnbindBackward0", input, d as i64, (0..count).map(piece).collect(), stack)
}

/// The tensor repeated along its dimensions; more counts than dimensions lead.
pub fn repeat(input: &Tensor, repeats: &[i64]) -> Result<Tensor> {
    if repeats.len() < input.dim() {
        fail!(Runtime, "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor");
    }
    let lead = repeats.len() - input.dim();
    let size = |i: usize| if i < lead { 1 } else { input.sizes()[i - lead] };
    let product: Dims = repeats.iter().enumerate().map(|(i, &r)| r.saturating_mul(size(i))).collect();
    shape::numel(&product, input.dtype().size())?;
    shape::numel(repeats, 1)?;
    let (mut apart, mut spread, mut sizes) = (Dims::new(), Dims::new(), Dims::new());
    for (i, &r) in repeats.iter().enumerate() {
        apart.extend_from_slice(&[1, size(i)]);
        spread.extend_from_slice(&[r, size(i)]);
        sizes.push(r * size(i));
    }
    let out = view::expand(&view::reshape(input, &apart)?, &spread)?;
    renamed(view::reshape(&copy::clone(&out)?, &sizes)?, "RepeatBackward0")
}
