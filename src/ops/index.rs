//! Advanced indexing and index_select. Gradients add up where positions repeat, in row-major order, so the
//! bits do not depend on threads.

use crate::dtype::DType;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::kernels::map::View;
use crate::kernels::positions::Positions;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::elementwise;
use crate::ops::expr::grads;
use crate::ops::rearrange;
pub use crate::ops::scatter::gather;
pub use crate::ops::scatter::put_along;
use crate::ops::slices;
use crate::ops::view;
use crate::shape;
use crate::shape::Dims;
use crate::tensor::Tensor;

/// Positions as contiguous int64.
fn positions(index: &Tensor) -> Result<Tensor> {
    copy::contiguous(&copy::to_dtype(index, DType::I64, false)?)
}

/// Rows (or whatever lies at an index of `dim`) by position.  The gradient adds up where positions repeat.
pub fn index_select(input: &Tensor, dim: i64, index: &Tensor) -> Result<Tensor> {
    let d = shape::wrap_dim(dim, input.dim())?;
    if index.dim() > 1 {
        fail!(Index, "index_select(): Index is supposed to be a vector");
    }
    if !matches!(index.dtype(), DType::I64 | DType::I32) {
        fail!(Runtime, "index_select(): Expected dtype int32 or int64 for index");
    }
    let (source, flat) = (at_least_vector(input)?, at_least_vector(index)?);
    let size = source.sizes()[d];
    if source.dim() > 1 && size == 0 && flat.numel() > 0 {
        fail!(Runtime, "index_select(): self indexing axis dim should be positive");
    }
    for &p in positions(&flat)?.as_slice::<i64>() {
        if p < 0 || p >= size {
            if source.dim() > 1 && source.numel() == 0 {
                fail!(Runtime, "INDICES element is out of DATA bounds, id={p} axis_dim={size}");
            }
            fail!(Index, "index out of range in self");
        }
    }
    let out = self::index(&source.detach(), &along(d, &flat))?;
    let out = if input.dim() == 0 { view::reshape(&out, &[])?.detach() } else { out };
    record("IndexSelectBackward0", &[input], out, |save| {
        let (index, sizes) = (save.input("index", index), input.dims());
        move |cx, g| grads![cx; slices::index_add(&creation::zeros(&sizes, g.dtype())?, dim, &index.get(cx)?, &g, 1.into())]
    })
}

/// Advanced indexing, resolved: which dimensions are indexed, the positions broadcast together, and where
/// the indexed dimensions land in the result.
pub struct Plan {
    /// (dimension, contiguous positions, non-negative), all of the shape `shape`.
    indices: Vec<(usize, Tensor)>,
    shape: Dims,
    /// Sizes of the result, and how many dimensions stand before the indexed ones.
    pub sizes: Dims,
    before: usize,
    /// The source's dimensions that are not indexed.
    rest: Vec<usize>,
    /// Strides of the indices as they were given, over `shape`.
    given: Vec<Dims>,
}

/// Bool masks become positions; the rest broadcast together.
pub fn plan(input: &Tensor, indices: &[Option<&Tensor>]) -> Result<Plan> {
    let mut expanded: Vec<(usize, Tensor)> = Vec::new();
    let mut d = 0;
    for index in indices {
        match index {
            None => d += 1,
            Some(mask) if matches!(mask.dtype(), DType::Bool | DType::U8) => {
                check_mask(input, mask, d)?;
                for column in nonzero_columns(mask)? {
                    expanded.push((d, column));
                    d += 1;
                }
            }
            Some(index) => {
                if !matches!(index.dtype(), DType::I64 | DType::I32) {
                    fail!(Index, "tensors used as indices must be long, int, byte or bool tensors");
                }
                expanded.push((d, (*index).clone()));
                d += 1;
            }
        }
    }
    if d > input.dim() {
        fail!(Index, "too many indices for tensor of dimension {} (got {d})", input.dim());
    }
    let shape = broadcast_indices(&expanded)?;
    let place = |(k, (d, index)): (usize, &(usize, Tensor))| Ok((*d, resolved(k, input.sizes()[*d], index, &shape)?));
    let indices = expanded.iter().enumerate().map(place).collect::<Result<Vec<_>>>()?;
    let dims: Vec<usize> = indices.iter().map(|(d, _)| *d).collect();
    let adjacent = dims.windows(2).all(|w| w[1] == w[0] + 1);
    let rest: Vec<usize> = (0..input.dim()).filter(|d| !dims.contains(d)).collect();
    let before = if adjacent { dims.first().copied().unwrap_or(0) } else { 0 };
    let mut sizes: Dims = rest[..before].iter().map(|&d| input.sizes()[d]).collect();
    sizes.extend_from_slice(&shape);
    sizes.extend(rest[before..].iter().map(|&d| input.sizes()[d]));
    let given = expanded.iter().map(|(_, index)| shape::broadcast_strides(index.sizes(), index.strides(), &shape)).collect();
    Ok(Plan { indices, shape, sizes, before, rest, given })
}

fn broadcast_indices(all: &[(usize, Tensor)]) -> Result<Dims> {
    let mut shape = Dims::new();
    for (_, index) in all {
        let Ok(next) = shape::broadcast(&shape, index.sizes()) else {
            let shapes: Vec<String> = all.iter().map(|(_, t)| shape::list(t.sizes())).collect();
            fail!(Index, "shape mismatch: indexing tensors could not be broadcast together with shapes {}", shapes.join(", "));
        };
        shape = next;
    }
    Ok(shape)
}

fn check_mask(input: &Tensor, mask: &Tensor, d: usize) -> Result<()> {
    for (i, &n) in mask.sizes().iter().enumerate() {
        if input.sizes().get(d + i) != Some(&n) {
            if d + i >= input.dim() {
                fail!(Index, "too many indices for tensor of dimension {}", input.dim());
            }
            fail!(
                Index,
                "The shape of the mask {} at index {i} does not match the shape of the indexed tensor {} at index {}",
                shape::list(mask.sizes()),
                shape::list(input.sizes()),
                d + i
            );
        }
    }
    Ok(())
}

/// Contiguous non-negative positions of the common shape, of the k-th index.
fn resolved(k: usize, size: i64, index: &Tensor, shape: &[i64]) -> Result<Tensor> {
    let wide = copy::to_dtype(&view::expand(index, shape)?, DType::I64, true)?;
    let wide = copy::contiguous(&wide)?;
    for p in wide.as_mut_slice::<i64>() {
        if *p < -size || *p >= size {
            fail!(Index, "index {p} is out of bounds for dimension {k} with size {size}");
        }
        *p += if *p < 0 { size } else { 0 };
    }
    Ok(wide)
}

/// The coordinates of the non-zero elements, one tensor for each dimension.
pub fn nonzero_columns(input: &Tensor) -> Result<Vec<Tensor>> {
    let hits = if input.dtype() == DType::Bool { input.clone() } else { crate::ops::compare::ne(input.into(), 0.0.into())? };
    let hits = copy::contiguous(&hits)?;
    let (hits, sizes) = (hits.as_slice::<bool>(), input.dims());
    let count = hits.iter().map(|&hit| hit as usize).sum::<usize>();
    let columns = sizes.iter().map(|_| Tensor::empty(&[count as i64], DType::I64)).collect::<Result<Vec<_>>>()?;
    let Some((last, outer)) = columns.split_last() else { return Ok(columns) };
    let row = sizes[outer.len()].max(1) as usize;
    let (mut found, mut at) = (0, vec![0; row]);
    for (r, hits) in hits.chunks(row).enumerate() {
        // Every element is written, and the place moves on where it was a hit: no branch to guess.
        let mut n = 0;
        for (j, &hit) in hits.iter().enumerate() {
            at[n] = j as i64;
            n += hit as usize;
        }
        last.as_mut_slice::<i64>()[found..found + n].copy_from_slice(&at[..n]);
        let mut rest = r as i64;
        for (column, size) in outer.iter().zip(&sizes).rev() {
            column.as_mut_slice::<i64>()[found..found + n].fill(rest % size);
            rest /= size;
        }
        found += n;
    }
    Ok(columns)
}

/// What `where` gives of a condition alone: a 0-d condition counts as a vector of one.
pub fn where_columns(condition: &Tensor) -> Result<Vec<Tensor>> {
    nonzero_columns(&at_least_vector(condition)?)
}

/// The coordinates of the non-zero elements, a row each.
pub fn nonzero(input: &Tensor) -> Result<Tensor> {
    if input.dim() == 0 {
        let count = (creation::item(input)?.to_f64() != 0.0) as i64;
        return Tensor::empty(&[count, 0], DType::I64);
    }
    // PyTorch's rows lie apart: each coordinate has all its values side by side, with room for every element.
    let columns = nonzero_columns(input)?;
    let (count, all) = (columns[0].numel() as i64, input.numel() as i64);
    let room = Tensor::empty(&[columns.len() as i64 * all], DType::I64)?;
    for (d, column) in columns.iter().enumerate() {
        let first = d * all as usize;
        room.as_mut_slice::<i64>()[first..first + column.numel()].copy_from_slice(column.as_slice::<i64>());
    }
    Ok(room.alias(Dims::from_slice(&[count, columns.len() as i64]), Dims::from_slice(&[1, all.max(1)]), 0))
}

impl Plan {
    /// Where the piece of each position begins in a tensor of the source's shape, in elements.
    fn starts(&self, source: &Tensor) -> Vec<i64> {
        let mut starts = vec![0; self.shape.iter().product::<i64>() as usize];
        for (d, positions) in &self.indices {
            let stride = source.strides()[*d];
            starts.iter_mut().zip(positions.as_slice::<i64>()).for_each(|(start, p)| *start += p * stride);
        }
        starts
    }

    /// The result in the order of dimensions that PyTorch's iterator gives it, which is mostly its own.
    fn ordered(&self, source: &Tensor, result: Tensor) -> Result<Tensor> {
        let n = self.shape.len();
        let among = |rest: &dyn Fn(usize) -> i64, indexed: &[i64]| -> Dims {
            let (first, last) = self.rest.split_at(self.before);
            first.iter().map(|&d| rest(d)).chain(indexed.iter().copied()).chain(last.iter().map(|&d| rest(d))).collect()
        };
        let mut operands = vec![among(&|d| source.strides()[d], &[0].repeat(n))];
        operands.extend(self.given.iter().map(|strides| among(&|_| 0, strides)));
        let strides = elementwise::strides_in_order(&self.sizes, &operands);
        if shape::is_contiguous(&self.sizes, &strides) {
            return Ok(result);
        }
        let out = Tensor::empty_strided(self.sizes.clone(), strides, source.dtype(), false)?;
        copy::copy_data(&out, &result)?;
        Ok(out)
    }

    /// The pieces of a tensor of the source's shape and of a contiguous result.
    fn pieces<'a>(&self, starts: &'a [i64], source: &Tensor, result: &Tensor) -> Positions<'a> {
        let strides = shape::contiguous_strides(&self.sizes);
        let n = self.shape.len();
        let step = if n == 0 { 0 } else { strides[self.before + n - 1] };
        let mut dense = Dims::from_slice(&strides[..self.before]);
        dense.extend_from_slice(&strides[self.before + n..]);
        let rest = |of: &[i64]| self.rest.iter().map(|&d| of[d]).collect::<Dims>();
        let view = |t: &Tensor, strides: Dims| View { data: t.data_ptr(), strides, dtype: t.dtype() };
        Positions::new(starts, step, &rest(source.sizes()), view(result, dense), view(source, rest(source.strides())))
    }
}

/// x where a mask of its shape holds, in row-major order.  The gradient goes back in order: keeps the mask.
fn masked(input: &Tensor, mask: &Tensor) -> Result<Tensor> {
    let (x, m) = (copy::contiguous(&input.detach())?, copy::contiguous(mask)?);
    let hits = m.as_slice::<bool>();
    let out = Tensor::empty(&[hits.iter().map(|&hit| hit as i64).sum()], input.dtype())?;
    with_dtype!(input.dtype(), T => {
        let picked = x.as_slice::<T>().iter().zip(hits).filter(|(_, hit)| **hit);
        out.as_mut_slice::<T>().iter_mut().zip(picked).for_each(|(slot, (&v, _))| *slot = v);
    });
    record("IndexBackward0", &[input], out, |save| {
        let (m, sizes) = (save.input("mask", &m), input.dims());
        move |cx, g| grads![cx; rearrange::masked_scatter(&creation::zeros(&sizes, g.dtype())?, &m.get(cx)?, &g)]
    })
}

/// y = x[indices], None standing for a whole dimension.  The gradient adds up where positions repeat.
pub fn index(input: &Tensor, indices: &[Option<&Tensor>]) -> Result<Tensor> {
    if let [Some(mask)] = indices
        && mask.dtype() == DType::Bool
        && mask.dim() > 0
        && mask.sizes() == input.sizes()
    {
        return masked(input, mask);
    }
    let plan = plan(input, indices)?;
    let out = Tensor::empty(&plan.sizes, input.dtype())?;
    if out.numel() > 0 {
        let starts = plan.starts(input);
        // SAFETY: positions were checked; the result is new.
        unsafe { plan.pieces(&starts, input, &out).read() };
    }
    let out = plan.ordered(input, out)?;
    let saved: Vec<Option<Tensor>> = indices.iter().map(|i| i.cloned()).collect();
    record("IndexBackward0", &[input], out, |_| {
        let sizes = input.dims();
        move |cx, g| {
            let indices: Vec<Option<&Tensor>> = saved.iter().map(Option::as_ref).collect();
            grads![cx; put_back(&g, &sizes, &indices)]
        }
    })
}

/// Zeros of `sizes` with g added at the positions.
fn put_back(g: &Tensor, sizes: &[i64], indices: &[Option<&Tensor>]) -> Result<Tensor> {
    let zeros = creation::zeros(sizes, g.dtype())?;
    index_put(&zeros, indices, g, true)
}

/// x with `values` written (or added) at the positions.
/// dx = g, with zeros where values were written; dvalues = g at the positions.
pub fn index_put(input: &Tensor, indices: &[Option<&Tensor>], values: &Tensor, accumulate: bool) -> Result<Tensor> {
    // One value under one mask is a filler, of any dtype that fits.
    let mut given = indices.iter().flatten();
    let masked = given.next().is_some_and(|i| matches!(i.dtype(), DType::Bool | DType::U8)) && given.next().is_none();
    let filler = masked && !accumulate && values.numel() == 1 && values.dtype() != input.dtype();
    let values = &if filler { as_filler(values, input.dtype())? } else { values.clone() };
    if input.dtype() != values.dtype() {
        fail!(
            Runtime,
            "Index put requires the source and destination dtypes match, got {} for the destination and {} for the source.",
            input.dtype().scalar_type(),
            values.dtype().scalar_type()
        );
    }
    let out = copy::clone(&input.detach())?;
    put_values(&out, indices, values, accumulate)?;
    let saved: Vec<Option<Tensor>> = indices.iter().map(|i| i.cloned()).collect();
    record("IndexPutBackward0", &[input, values], out, |_| {
        move |cx, g| {
            let indices: Vec<Option<&Tensor>> = saved.iter().map(Option::as_ref).collect();
            let outside = || {
                if accumulate {
                    return Ok(g.clone());
                }
                index_put(&g, &indices, &creation::zeros(&[], g.dtype())?, false)
            };
            grads![cx; outside(), index(&g, &indices)]
        }
    })
}

fn as_filler(value: &Tensor, dtype: DType) -> Result<Tensor> {
    creation::check_fits(creation::item(value)?, dtype)?;
    copy::to_dtype(value, dtype, false)
}

/// Writes or adds values at the positions, in order.
pub fn put_values(target: &Tensor, indices: &[Option<&Tensor>], values: &Tensor, accumulate: bool) -> Result<()> {
    let plan = plan(target, indices)?;
    if !shape::expandable(values.sizes(), &plan.sizes) {
        fail!(
            Runtime,
            "shape mismatch: value tensor of shape {} cannot be broadcast to indexing result of shape {}",
            shape::list(values.sizes()),
            shape::list(&plan.sizes)
        );
    }
    let wide = copy::values(&view::expand(&values.detach(), &plan.sizes)?, target.dtype())?;
    if wide.numel() == 0 {
        return Ok(());
    }
    let wide = if target.storage_id() == wide.storage_id() { copy::clone(&wide)? } else { wide };
    let starts = plan.starts(target);
    let pieces = plan.pieces(&starts, target, &wide);
    // SAFETY: positions were checked; the values lie elsewhere.
    unsafe { if accumulate { pieces.add() } else { pieces.write() } };
    Ok(())
}

/// Writes (or adds) slices of `source`, one for each position along `d` or one for all, to those of `target`.
pub(super) fn put_slices(target: &Tensor, d: usize, at: &Tensor, source: &Tensor, add: bool) -> Result<()> {
    put_values(&at_least_vector(target)?, &along(d, &view::reshape(at, &[-1])?), source, add)
}

/// The indices that select positions of dimension `d` alone.
fn along(d: usize, at: &Tensor) -> Vec<Option<&Tensor>> {
    let mut indices = vec![None; d];
    indices.push(Some(at));
    indices
}

/// A tensor without dimensions as a vector of one.
fn at_least_vector(t: &Tensor) -> Result<Tensor> {
    if t.dim() == 0 { view::reshape(t, &[1]) } else { Ok(t.clone()) }
}
