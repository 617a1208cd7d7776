//! Elements in other places: flip, roll, tile, triangles, diagonals, windows, selection by mask.

use crate::dtype::DType;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::graph::record::renamed;
use crate::ops::compare;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::elementwise;
use crate::ops::expr::grads;
use crate::ops::index;
use crate::ops::join;
use crate::ops::rebase;
use crate::ops::rebase::Place;
use crate::ops::reduce;
use crate::ops::scatter;
use crate::ops::select;
use crate::ops::stacks;
use crate::ops::view;
use crate::shape;
use crate::shape::Dims;
use crate::tensor::Tensor;

/// y = x with the order along `dims` reversed.  So is g.
pub fn flip(input: &Tensor, dims: &[i64]) -> Result<Tensor> {
    let mask = if dims.is_empty() { 0 } else { shape::dim_mask(Some(dims), input.dim())? };
    let out = elementwise::output(input.sizes(), &[input], input.dtype())?;
    let (mut strides, mut offset) = (Dims::from_slice(input.strides()), input.offset() as i64);
    for (i, stride) in strides.iter_mut().enumerate().filter(|(i, _)| mask >> i & 1 == 1) {
        offset += (input.sizes()[i] - 1).max(0) * *stride;
        *stride = -*stride;
    }
    if out.numel() > 0 {
        // Read backwards: a view with negative strides, for this copy only.
        copy::copy_data(&out, &input.alias(input.dims(), strides, offset as usize))?;
    }
    let dims = Dims::from_slice(dims);
    record("FlipBackward0", &[input], out, |_| move |cx, g| grads![cx; flip(&g, &dims)])
}

pub fn fliplr(input: &Tensor) -> Result<Tensor> {
    if input.dim() < 2 {
        fail!(Runtime, "Input must be >= 2-d.");
    }
    flip(input, &[1])
}

pub fn flipud(input: &Tensor) -> Result<Tensor> {
    if input.dim() < 1 {
        fail!(Runtime, "Input must be >= 1-d.");
    }
    flip(input, &[0])
}

/// y = x turned k times by 90 degrees from the first of `dims` to the second.
pub fn rot90(input: &Tensor, k: i64, dims: &[i64]) -> Result<Tensor> {
    if dims.len() != 2 {
        fail!(Runtime, "expected total rotation dims == 2, but got dims = {}", dims.len());
    }
    if input.dim() < 2 {
        fail!(Runtime, "expected total dims >= 2, but got total dims = {}", input.dim());
    }
    if dims[0] == dims[1] || (dims[0] - dims[1]).unsigned_abs() as usize == input.dim() {
        fail!(Runtime, "expected rotation dims to be different, but got dim0 = {} and dim1 = {}", dims[0], dims[1]);
    }
    for &d in dims {
        shape::wrap_dim(d, input.dim())?;
    }
    let out = match k.rem_euclid(4) {
        1 => view::transpose(&flip(input, &dims[1..])?, dims[0], dims[1]),
        2 => flip(input, dims),
        3 => view::transpose(&flip(input, &dims[..1])?, dims[0], dims[1]),
        _ => copy::clone(input),
    };
    renamed(out?, "Rot90Backward0")
}

/// y = x with its elements pushed along `dims` and back in at the other end.  g is pushed back.
pub fn roll(input: &Tensor, shifts: &[i64], dims: &[i64]) -> Result<Tensor> {
    if shifts.is_empty() {
        fail!(Runtime, "`shifts` required");
    }
    if dims.is_empty() && shifts.len() == 1 {
        let flat = roll(&view::reshape(input, &[-1])?, shifts, &[0])?;
        return renamed(view::reshape(&flat, input.sizes())?, "RollBackward0");
    }
    if shifts.len() != dims.len() {
        fail!(Runtime, "shifts and dimensions must align. shifts: {}, dims:{}", shifts.len(), dims.len());
    }
    let mut out = input.detach();
    for (&shift, &dim) in shifts.iter().zip(dims) {
        let n = out.size(dim)?;
        if out.numel() > 0 && out.dim() > 0 {
            let cut = n - shift.rem_euclid(n);
            out = join::cat(&[&view::narrow(&out, dim, cut, n - cut)?, &view::narrow(&out, dim, 0, cut)?], dim)?;
        }
    }
    let out = if out.same_elements(input) { copy::clone(&out)? } else { out };
    let (back, dims): (Dims, Dims) = (shifts.iter().map(|s| -s).collect(), Dims::from_slice(dims));
    record("RollBackward0", &[input], out, |_| move |cx, g| grads![cx; roll(&g, &back, &dims)])
}

/// `repeat` with 1 for the leading dimensions that `dims` lacks.
pub fn tile(input: &Tensor, dims: &[i64]) -> Result<Tensor> {
    let mut repeats: Dims = smallvec::SmallVec::from_elem(1, input.dim().saturating_sub(dims.len()));
    repeats.extend_from_slice(dims);
    join::repeat(input, &repeats)
}

/// Keeps what lies on one side of a diagonal, zeros the rest.
fn triangle<const UPPER: bool>(input: &Tensor, diagonal: i64) -> Result<Tensor> {
    let (name, node) = if UPPER { ("triu", "TriuBackward0") } else { ("tril", "TrilBackward0") };
    let n = input.dim();
    if n < 2 {
        fail!(Runtime, "{name}: input tensor must have at least 2 dimensions");
    }
    let out = scatter::fresh(&input.detach())?;
    let (rows, cols) = (input.sizes()[n - 2] as usize, input.sizes()[n - 1] as usize);
    if out.numel() > 0 {
        with_dtype!(out.dtype(), T => for (i, row) in out.as_mut_slice::<T>().chunks_mut(cols).enumerate() {
            let at = (i % rows) as i64 + diagonal;
            if UPPER {
                row[..at.clamp(0, cols as i64) as usize].fill(T::default());
            } else {
                row[(at + 1).clamp(0, cols as i64) as usize..].fill(T::default());
            }
        });
    }
    record(node, &[input], out, |_| move |cx, g| grads![cx; triangle::<UPPER>(&g, diagonal)])
}

/// The lower triangle of matrices; the rest is 0.
pub fn tril(input: &Tensor, diagonal: i64) -> Result<Tensor> {
    triangle::<false>(input, diagonal)
}

/// The upper triangle of matrices; the rest is 0.
pub fn triu(input: &Tensor, diagonal: i64) -> Result<Tensor> {
    triangle::<true>(input, diagonal)
}

/// Coordinates of a triangle of a matrix: two rows.
fn triangle_indices<const UPPER: bool>(rows: i64, cols: i64, offset: i64, dtype: Option<DType>) -> Result<Tensor> {
    if rows < 0 || cols < 0 {
        let (what, n) = if rows < 0 { ("row", rows) } else { ("col", cols) };
        fail!(Runtime, "{what} must be non-negative, got{n}");
    }
    let dtype = dtype.unwrap_or(DType::I64);
    if !matches!(dtype, DType::I64 | DType::I32) {
        fail!(NotImplemented, "\"{}_indices\" not implemented for '{}'", if UPPER { "triu" } else { "tril" }, dtype.scalar_type());
    }
    let edge = |y: i64| y.saturating_add(offset).saturating_add(!UPPER as i64).clamp(0, cols);
    let columns = |y: i64| if UPPER { edge(y)..cols } else { 0..edge(y) };
    // Rows that are not empty; of them, those that the diagonal crosses, and the others, which are whole.
    let first = if UPPER { 0 } else { offset.saturating_neg().clamp(0, rows) };
    let last = if cols == 0 {
        first
    } else if UPPER {
        cols.saturating_sub(offset).clamp(0, rows)
    } else {
        rows
    };
    let whole =
        if UPPER { offset.saturating_neg().clamp(first, last) - first } else { last - cols.saturating_sub(offset).clamp(first, last) };
    let crossed = if UPPER { first + whole..last } else { first..last - whole };
    let len = |y: i64| (columns(y).end - columns(y).start) as i128;
    let part = if crossed.is_empty() { 0 } else { (len(crossed.start) + len(crossed.end - 1)) * (crossed.end - crossed.start) as i128 / 2 };
    let count = i64::try_from(part + whole as i128 * cols as i128).unwrap_or(i64::MAX);
    let out = Tensor::empty(&[2, count], DType::I64)?;
    let (ys, xs) = out.as_mut_slice::<i64>().split_at_mut(count as usize);
    let places = (first..last).flat_map(|y| columns(y).map(move |x| (y, x)));
    for ((to_y, to_x), (y, x)) in ys.iter_mut().zip(xs).zip(places) {
        (*to_y, *to_x) = (y, x);
    }
    copy::to_dtype(&out, dtype, false)
}

pub fn tril_indices(row: i64, col: i64, offset: i64, dtype: Option<DType>) -> Result<Tensor> {
    triangle_indices::<false>(row, col, offset, dtype)
}

pub fn triu_indices(row: i64, col: i64, offset: i64, dtype: Option<DType>) -> Result<Tensor> {
    triangle_indices::<true>(row, col, offset, dtype)
}

/// A vector as the diagonal of a matrix, or the diagonal of a matrix as a vector.
pub fn diag(input: &Tensor, diagonal: i64) -> Result<Tensor> {
    match input.dim() {
        1 => diag_embed(input, diagonal, 0, 1),
        2 => {
            let out = copy::clone(&view::diagonal(&input.detach(), diagonal, 0, 1)?)?;
            let sizes = input.dims();
            record("DiagonalBackward0_copy", &[input], out, |_| move |cx, g| grads![cx; diagonal_back(&g, &sizes, diagonal)])
        }
        n => fail!(Runtime, "diag(): Supports 1D or 2D tensors. Got {n}D"),
    }
}

/// Zeros of `sizes`, a matrix, with g on a diagonal.
fn diagonal_back(g: &Tensor, sizes: &[i64], offset: i64) -> Result<Tensor> {
    let out = creation::zeros(sizes, g.dtype())?;
    copy::copy_data(&view::diagonal(&out, offset, 0, 1)?, g)?;
    record("DiagonalBackwardBackward0", &[g], out, |_| move |cx, gg| grads![cx; view::diagonal(&gg, offset, 0, 1)])
}

/// The last dimension as the diagonal of matrices in dimensions dim1 and dim2.
pub fn diag_embed(input: &Tensor, offset: i64, dim1: i64, dim2: i64) -> Result<Tensor> {
    let n = input.dim() + 1;
    let (a, b) = (shape::wrap_dim(dim1, n)? as i64, shape::wrap_dim(dim2, n)? as i64);
    if a == b {
        fail!(Runtime, "diagonal dimensions cannot be identical {dim1}, {dim2}");
    }
    let side = input.size(-1)? + offset.abs();
    let mut sizes = Dims::from_slice(&input.sizes()[..input.dim() - 1]);
    sizes.insert(a.min(b) as usize, side);
    sizes.insert(a.max(b) as usize, side);
    let out = creation::zeros(&sizes, input.dtype())?;
    copy::copy_data(&view::diagonal(&out, offset, a, b)?, input)?;
    record("DiagEmbedBackward0", &[input], out, |_| move |cx, g| grads![cx; view::diagonal(&g, offset, a, b)])
}

/// A flat tensor's elements as the diagonal of a matrix.
pub fn diagflat(input: &Tensor, offset: i64) -> Result<Tensor> {
    diag(&view::reshape(&copy::contiguous(input)?, &[-1])?, offset)
}

/// The sum of a matrix's diagonal.
pub fn trace(input: &Tensor) -> Result<Tensor> {
    if input.dim() != 2 {
        fail!(Runtime, "trace: expected a matrix, but got tensor with dim {}", input.dim());
    }
    if input.dtype() == DType::Bool {
        fail!(NotImplemented, "\"trace\" not implemented for 'Bool'");
    }
    renamed(reduce::sum(&view::diagonal(input, 0, 0, 1)?, None, false, None)?, "TraceBackward0")
}

/// Windows of `size` along `dimension`, `step` apart, as a last dimension.  Where they overlap, gradients add up.
pub fn unfold(input: &Tensor, dimension: i64, size: i64, step: i64) -> Result<Tensor> {
    let d = shape::wrap_dim(dimension, input.dim())?;
    let most = scatter::size_along(input, d);
    if size < 0 {
        fail!(Runtime, "size is {size} but must be >= 0");
    }
    if size > most {
        fail!(Runtime, "maximum size for tensor at dimension {d} is {most} but size is {size}");
    }
    if step <= 0 {
        fail!(Runtime, "step is {step} but must be > 0");
    }
    let windows = |sizes: &[i64], strides: &[i64]| {
        let (mut sizes, mut strides) = (Dims::from_slice(sizes), Dims::from_slice(strides));
        let own = strides.get(d).copied().unwrap_or(1);
        if !sizes.is_empty() {
            (sizes[d], strides[d]) = ((most - size) / step + 1, own * step);
        }
        sizes.push(size);
        strides.push(own);
        (sizes, strides)
    };
    let (sizes, strides) = windows(input.sizes(), input.strides());
    let out = view::track(input, sizes, strides, input.offset());
    record("UnfoldBackward0", &[input], out, |_| {
        let at = Place { sizes: input.dims(), strides: shape::contiguous_strides(input.sizes()), offset: 0 };
        let (sizes, strides) = windows(&at.sizes, &at.strides);
        let piece = Place { sizes, strides, offset: 0 };
        move |cx, g| grads![cx; rebase::scatter(&g, &at, &piece)]
    })
}

/// All tensors expanded to their common shape.
pub fn broadcast_tensors(tensors: &[&Tensor]) -> Result<Vec<Tensor>> {
    let mut sizes = Dims::new();
    for t in tensors {
        sizes = shape::broadcast(&sizes, t.sizes())?;
    }
    tensors.iter().map(|t| view::expand(t, &sizes)).collect()
}

/// The elements where the mask holds, in row-major order.
pub fn masked_select(input: &Tensor, mask: &Tensor) -> Result<Tensor> {
    if mask.dtype() != DType::Bool {
        fail!(Runtime, "masked_select: expected BoolTensor for mask");
    }
    let sizes = shape::broadcast(mask.sizes(), input.sizes())?;
    let (x, m) = (view::expand(input, &sizes)?, view::expand(mask, &sizes)?);
    let (x, m) = (stacks::at_least(&x, 1)?, stacks::at_least(&m, 1)?);
    renamed(index::index(&x, &[Some(&m)])?, "MaskedSelectBackward0")
}

/// x with the elements where the mask holds taken from source, in order.
/// dx = g, 0 where the mask holds; dsource = g there, in order.
pub fn masked_scatter(input: &Tensor, mask: &Tensor, source: &Tensor) -> Result<Tensor> {
    let sizes = shape::broadcast(input.sizes(), mask.sizes())?;
    if mask.dtype() != DType::Bool {
        fail!(Runtime, "masked_scatter_ only supports boolean masks, but got mask with dtype {}", mask.dtype().scalar_type());
    }
    if input.dtype() != source.dtype() {
        fail!(
            Runtime,
            "masked_scatter: expected self and source to have same dtypes but got{} and {}",
            input.dtype().scalar_type(),
            source.dtype().scalar_type()
        );
    }
    let m = copy::contiguous(&view::expand(mask, &sizes)?)?;
    let out = scatter::fresh(&view::expand(&input.detach(), &sizes)?)?;
    let values = copy::contiguous(&source.detach())?;
    let hits = m.as_slice::<bool>().iter().filter(|&&hit| hit).count();
    if hits > values.numel() {
        fail!(Runtime, "Number of elements of source < number of ones in mask");
    }
    with_dtype!(out.dtype(), T => {
        let targets = out.as_mut_slice::<T>().iter_mut().zip(m.as_slice::<bool>()).filter(|(_, hit)| **hit);
        targets.zip(values.as_slice::<T>()).for_each(|((slot, _), &v)| *slot = v);
    });
    record("MaskedScatterBackward0", &[input, source], out, |save| {
        let (m, sizes) = (save.input("mask", &m), source.dims());
        move |cx, g| {
            let m = &m.get(cx)?;
            let of_source = || {
                let picked = masked_select(&g, m)?;
                let rest = creation::zeros(&[sizes.iter().product::<i64>() - picked.numel() as i64], g.dtype())?;
                view::reshape(&join::cat(&[&picked, &rest], 0)?, &sizes)
            };
            grads![cx; select::masked_fill(&g, m, 0.0.into()), of_source()]
        }
    })
}

/// How many elements are not zero.
pub fn count_nonzero(input: &Tensor, dim: Option<&[i64]>) -> Result<Tensor> {
    reduce::sum(&compare::ne(input.into(), 0.0.into())?, dim, false, None)
}

/// The diagonal overwritten with a number; in a tall matrix `wrap` starts it again below.
pub fn fill_diagonal_(input: &Tensor, fill_value: Scalar, wrap: bool) -> Result<Tensor> {
    let (sizes, n) = (input.sizes(), input.dim());
    if n < 2 {
        fail!(Runtime, "dimensions must larger than 1");
    }
    if n > 2 && sizes.iter().any(|&size| size != sizes[0]) {
        fail!(Runtime, "all dimensions of input must be of equal length");
    }
    let step: i64 = input.strides().iter().sum();
    let shortest = sizes.iter().copied().min().unwrap_or(0);
    creation::fill_(&crate::ops::rebase::as_strided(input, &[shortest], &[step], None)?, fill_value)?;
    if wrap && n == 2 && sizes[0] > sizes[1] + 1 && shortest > 0 {
        let below = view::narrow(input, 0, sizes[1] + 1, sizes[0] - sizes[1] - 1)?;
        fill_diagonal_(&below, fill_value, true)?;
    }
    Ok(input.clone())
}
