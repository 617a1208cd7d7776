//! Advanced indexing and index_select. Gradients add up where positions repeat, in row-major order, so the
//! bits do not depend on threads.

use crate::dtype::DType;
use crate::dtype::Element;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::kernels::along;
use crate::kernels::map;
use crate::kernels::map::View;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::expr::grads;
use crate::ops::rearrange;
pub use crate::ops::scatter::gather;
pub use crate::ops::scatter::put_along;
use crate::ops::slices;
use crate::ops::view;
use crate::par;
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
    let mut full: Vec<Option<&Tensor>> = vec![None; d];
    full.push(Some(index));
    let source = if input.dim() == 0 { view::reshape(input, &[1])? } else { input.clone() };
    let flat = if index.dim() == 0 { view::reshape(index, &[1])? } else { index.clone() };
    full[d] = Some(&flat);
    for &p in positions(&flat)?.as_slice::<i64>() {
        if p < 0 || p >= source.sizes()[d] {
            fail!(Index, "index out of range in self");
        }
    }
    let out = self::index(&source.detach(), &full)?;
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
                if !matches!(index.dtype(), DType::I64 | DType::I32 | DType::I16 | DType::I8) {
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
    let indices = expanded.into_iter().map(|(d, index)| Ok((d, resolved(input, d, &index, &shape)?))).collect::<Result<Vec<_>>>()?;
    let dims: Vec<usize> = indices.iter().map(|(d, _)| *d).collect();
    let adjacent = dims.windows(2).all(|w| w[1] == w[0] + 1);
    let rest: Vec<usize> = (0..input.dim()).filter(|d| !dims.contains(d)).collect();
    let before = if adjacent { dims.first().copied().unwrap_or(0) } else { 0 };
    let mut sizes: Dims = rest[..before].iter().map(|&d| input.sizes()[d]).collect();
    sizes.extend_from_slice(&shape);
    sizes.extend(rest[before..].iter().map(|&d| input.sizes()[d]));
    Ok(Plan { indices, shape, sizes, before, rest })
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

/// Contiguous non-negative positions of the common shape.
fn resolved(input: &Tensor, d: usize, index: &Tensor, shape: &[i64]) -> Result<Tensor> {
    let size = input.sizes()[d];
    let wide = copy::to_dtype(&view::expand(index, shape)?, DType::I64, true)?;
    let wide = copy::contiguous(&wide)?;
    for p in wide.as_mut_slice::<i64>() {
        if *p < -size || *p >= size {
            fail!(Index, "index {p} is out of bounds for dimension {d} with size {size}");
        }
        *p += if *p < 0 { size } else { 0 };
    }
    Ok(wide)
}

/// The coordinates of the non-zero elements, one tensor for each dimension.
pub fn nonzero_columns(input: &Tensor) -> Result<Vec<Tensor>> {
    let hits = crate::ops::compare::ne(input.into(), 0.0.into())?;
    let hits = copy::contiguous(&hits)?;
    let sizes = input.dims();
    let mut columns: Vec<Vec<i64>> = vec![Vec::new(); sizes.len()];
    for (i, _) in hits.as_slice::<bool>().iter().enumerate().filter(|(_, hit)| **hit) {
        let mut rest = i as i64;
        for d in (0..sizes.len()).rev() {
            columns[d].push(rest % sizes[d]);
            rest /= sizes[d];
        }
    }
    columns.iter().map(|c| Tensor::from_slice(c, &[c.len() as i64])).collect()
}

/// What `where` gives of a condition alone: a 0-d condition counts as a vector of one.
pub fn where_columns(condition: &Tensor) -> Result<Vec<Tensor>> {
    nonzero_columns(&if condition.dim() == 0 { view::reshape(condition, &[1])? } else { condition.clone() })
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
    /// Where position i lies in a tensor with these strides.
    fn offset(&self, strides: &[i64], i: usize) -> i64 {
        self.indices.iter().map(|(d, p)| p.as_slice::<i64>()[i] * strides[*d]).sum()
    }

    fn count(&self) -> usize {
        self.shape.iter().product::<i64>() as usize
    }

    /// The dimensions that stay, of a tensor of the source's shape.
    fn rest_of(&self, values: &[i64]) -> Dims {
        self.rest.iter().map(|&d| values[d]).collect()
    }

    /// Strides of a contiguous result: (of the indexed shape as one step, of the dimensions that stay).
    fn result_strides(&self) -> (i64, Dims) {
        let strides = shape::contiguous_strides(&self.sizes);
        let n = self.shape.len();
        let step = if n == 0 { 0 } else { strides[self.before + n - 1] };
        let mut rest = Dims::from_slice(&strides[..self.before]);
        rest.extend_from_slice(&strides[self.before + n..]);
        (step, rest)
    }

    /// Copies between the pieces of a source and of a contiguous result, position by position.
    fn each(&self, source: &Tensor, result: &Tensor, task: &(dyn Fn(View, View) + Sync), parallel: bool) {
        let (step, result_rest) = self.result_strides();
        let source_rest = self.rest_of(source.strides());
        let size = source.dtype().size() as i64;
        let (from, to) = (source.data_ptr() as usize, result.data_ptr() as usize);
        let one = |i: usize| {
            let view = |base: usize, offset: i64, strides: &Dims| View {
                data: (base as *mut u8).wrapping_offset((offset * size) as isize),
                strides: strides.clone(),
                dtype: source.dtype(),
            };
            let piece = view(from, self.offset(source.strides(), i), &source_rest);
            task(piece, view(to, i as i64 * step, &result_rest));
        };
        let inner: i64 = self.rest_of(source.sizes()).iter().product();
        let per_task = (16 * 1024 / inner.max(1)).max(1) as usize;
        if !parallel {
            return (0..self.count()).for_each(one);
        }
        let count = self.count();
        par::run(count.div_ceil(per_task), &|t| (t * per_task..((t + 1) * per_task).min(count)).for_each(one));
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
        let rest = plan.rest_of(input.sizes());
        // SAFETY: positions were checked; every piece covers the dimensions that stay.
        plan.each(input, &out, &|source, target| unsafe { map::copy(&rest, target, source) }, true);
    }
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
    let wide = copy::contiguous(&view::expand(&values.detach(), &plan.sizes)?)?;
    if wide.numel() == 0 {
        return Ok(());
    }
    let rest = plan.rest_of(target.sizes());
    if accumulate {
        with_dtype!(target.dtype(), T => plan.each(target, &wide, &|to, from| add_piece::<T>(&rest, to, from), false));
    } else {
        // SAFETY: as in `index`; pieces are written one after the other.
        plan.each(target, &wide, &|to, from| unsafe { map::copy(&rest, to, from) }, false);
    }
    Ok(())
}

fn add_piece<T: Element>(sizes: &[i64], to: View, from: View) {
    for i in 0..sizes.iter().product::<i64>() {
        let (mut a, mut b, mut rest) = (0, 0, i);
        for d in (0..sizes.len()).rev() {
            a += rest % sizes[d] * to.strides[d];
            b += rest % sizes[d] * from.strides[d];
            rest /= sizes[d];
        }
        // SAFETY: the views cover `sizes`.
        unsafe {
            let slot = (to.data as *mut T).offset(a as isize);
            *slot = along::add::<T>(*slot, *(from.data as *const T).offset(b as isize));
        }
    }
}
