//! Sizes and strides in elements: broadcasting, dimension wrapping, view algebra. Knows no tensors.

use smallvec::SmallVec;

use crate::error::Result;
use crate::fail;

/// Sizes or strides; five dimensions are held inline.
pub type Dims = SmallVec<[i64; 5]>;

/// Number of elements; fails where sizes are negative or their product overflows.
pub fn numel(sizes: &[i64], item_size: usize) -> Result<usize> {
    // The common case first: small sizes whose product cannot overflow.
    if sizes.iter().all(|&n| (0..1 << 15).contains(&n)) && sizes.len() <= 3 {
        return Ok(sizes.iter().product::<i64>() as usize);
    }
    let mut count: i64 = 1;
    let mut overflow = false;
    for &size in sizes {
        if size < 0 {
            fail!(Runtime, "Trying to create tensor with negative dimension {size}: {}", list(sizes));
        }
        count = count.checked_mul(size).unwrap_or_else(|| {
            overflow = true;
            0
        });
    }
    let zero = sizes.contains(&0);
    if !zero && (overflow || count.checked_mul(item_size as i64).is_none()) {
        fail!(Runtime, "Storage size calculation overflowed with sizes={}", list(sizes));
    }
    Ok(if zero { 0 } else { count as usize })
}

/// `[2, 3]`, as error texts print sizes.
pub fn list(sizes: &[i64]) -> String {
    let inner: Vec<String> = sizes.iter().map(|s| s.to_string()).collect();
    format!("[{}]", inner.join(", "))
}

/// Row-major strides. A dimension of size 0 counts as 1.
pub fn contiguous_strides(sizes: &[i64]) -> Dims {
    const ONES: [i64; 8] = [1; 8];
    let n = sizes.len();
    let mut strides: Dims = if n <= 8 { Dims::from_slice(&ONES[..n]) } else { SmallVec::from_elem(1, n) };
    let mut step = 1i64;
    for i in (0..n).rev() {
        strides[i] = step;
        step = step.wrapping_mul(sizes[i].max(1));
    }
    strides
}

/// Are elements laid out row-major without gaps? Dimensions of size 1 do not matter; an empty tensor is contiguous.
pub fn is_contiguous(sizes: &[i64], strides: &[i64]) -> bool {
    let mut step = 1;
    for (&size, &stride) in sizes.iter().zip(strides).rev() {
        if size == 0 {
            return true;
        }
        if size != 1 {
            if stride != step {
                return false;
            }
            step *= size;
        }
    }
    true
}

/// Do the strides cover memory without gaps or overlap, in some order of dimensions?
pub fn is_dense(sizes: &[i64], strides: &[i64]) -> bool {
    let mut order: SmallVec<[usize; 5]> = (0..sizes.len()).filter(|&i| sizes[i] != 1).collect();
    order.sort_by_key(|&i| strides[i]);
    let mut step = 1;
    for i in order {
        if sizes[i] == 0 {
            return true;
        }
        if strides[i] != step {
            return false;
        }
        step *= sizes[i];
    }
    true
}

/// The dimension as an index; negative counts from the end. A 0-d tensor takes -1 and 0.
pub fn wrap_dim(dim: i64, ndim: usize) -> Result<usize> {
    let n = (ndim as i64).max(1);
    if dim < -n || dim >= n {
        fail!(Index, "Dimension out of range (expected to be in range of [{}, {}], but got {dim})", -n, n - 1);
    }
    Ok(if dim < 0 { dim + n } else { dim } as usize)
}

/// A mask of dimensions; an empty list or None means all of them.
pub fn dim_mask(dims: Option<&[i64]>, ndim: usize) -> Result<u64> {
    if ndim > 64 {
        fail!(Runtime, "only tensors with up to 64 dims are supported");
    }
    let all = if ndim >= 64 { u64::MAX } else { (1u64 << ndim) - 1 };
    let Some(dims) = dims.filter(|d| !d.is_empty()) else { return Ok(all) };
    let mut mask = 0u64;
    for &dim in dims {
        let i = wrap_dim(dim, ndim)?;
        if mask >> i & 1 == 1 {
            fail!(Runtime, "dim {i} appears multiple times in the list of dims");
        }
        mask |= 1 << i;
    }
    Ok(mask)
}

/// a / b rounded up, for a from 0 and b from 1; no sum that could overflow.
pub fn div_ceil(a: i64, b: i64) -> i64 {
    a / b + i64::from(a % b != 0)
}

/// The dimensions in `mask`.
pub fn dims_of(mask: u64, ndim: usize) -> Dims {
    (0..ndim as i64).filter(|i| mask >> i & 1 == 1).collect()
}

/// Sizes after reducing the dimensions in `mask`.
pub fn reduced(sizes: &[i64], mask: u64, keepdim: bool) -> Dims {
    let mut out = Dims::new();
    for (i, &size) in sizes.iter().enumerate() {
        match mask >> i & 1 == 1 {
            false => out.push(size),
            true if keepdim => out.push(1),
            true => {}
        }
    }
    out
}

/// The common shape of two under broadcasting.
pub fn broadcast(a: &[i64], b: &[i64]) -> Result<Dims> {
    if a == b {
        return Ok(Dims::from_slice(a));
    }
    let n = a.len().max(b.len());
    let mut out: Dims = SmallVec::from_elem(1, n);
    for i in (0..n).rev() {
        let at = |s: &[i64]| (i + s.len()).checked_sub(n).map_or(1, |j| s[j]);
        let (x, y) = (at(a), at(b));
        if x != y && x != 1 && y != 1 {
            fail!(Runtime, "The size of tensor a ({x}) must match the size of tensor b ({y}) at non-singleton dimension {i}");
        }
        out[i] = if x == 1 { y } else { x };
    }
    Ok(out)
}

/// Strides that read a tensor of `sizes` as if it had the shape `to`: 0 along repeated dimensions.
pub fn broadcast_strides(sizes: &[i64], strides: &[i64], to: &[i64]) -> Dims {
    if sizes == to {
        return Dims::from_slice(strides);
    }
    let lead = to.len() - sizes.len();
    let mut out: Dims = SmallVec::from_elem(0, to.len());
    for i in 0..sizes.len() {
        out[lead + i] = if sizes[i] == 1 && to[lead + i] != 1 { 0 } else { strides[i] };
    }
    out
}

/// Can `from` be broadcast to `to`?
pub fn expandable(from: &[i64], to: &[i64]) -> bool {
    from.len() <= to.len() && from.iter().rev().zip(to.iter().rev()).all(|(&f, &t)| f == t || f == 1)
}

/// Replaces a -1 among `sizes` by what `numel` leaves for it.
pub fn infer_size(sizes: &[i64], numel: usize) -> Result<Dims> {
    let mut out = Dims::from_slice(sizes);
    let mut known: i64 = 1;
    let mut infer = None;
    for (i, &size) in sizes.iter().enumerate() {
        if size == -1 {
            if infer.is_some() {
                fail!(Runtime, "only one dimension can be inferred");
            }
            infer = Some(i);
        } else if size < 0 {
            fail!(Runtime, "invalid shape dimension {size} at index {i} of shape {}", list(sizes));
        } else {
            known = known.saturating_mul(size);
        }
    }
    match infer {
        Some(i) if known > 0 && numel as i64 % known == 0 => out[i] = numel as i64 / known,
        Some(_) if known == 0 && numel == 0 => fail!(
            Runtime,
            "cannot reshape tensor of 0 elements into shape {} because the unspecified dimension size -1 can be any value and is ambiguous",
            list(sizes)
        ),
        None if known == numel as i64 => {}
        _ => fail!(Runtime, "shape '{}' is invalid for input of size {numel}", list(sizes)),
    }
    Ok(out)
}

/// Strides that view memory of `sizes`/`strides` in the shape `to` (same number of elements), if any do.
pub fn view_strides(sizes: &[i64], strides: &[i64], to: &[i64]) -> Option<Dims> {
    if sizes.contains(&0) {
        return Some(if sizes == to { Dims::from_slice(strides) } else { contiguous_strides(to) });
    }
    if is_contiguous(sizes, strides) {
        return Some(contiguous_strides(to));
    }
    let mut out: Dims = SmallVec::from_elem(1, to.len());
    let mut view = to.len();
    let mut chunk_base = *strides.last().unwrap_or(&1);
    let mut chunk = 1i64;
    let mut seen = 1i64;
    for i in (0..sizes.len()).rev() {
        chunk *= sizes[i];
        let ends = i == 0 || (sizes[i - 1] != 1 && strides[i - 1] != chunk * chunk_base);
        if !ends {
            continue;
        }
        while view > 0 && (seen < chunk || to[view - 1] == 1) {
            view -= 1;
            out[view] = seen * chunk_base;
            seen *= to[view];
        }
        if seen != chunk {
            return None;
        }
        if i > 0 {
            chunk_base = strides[i - 1];
            chunk = 1;
            seen = 1;
        }
    }
    (view == 0).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_of_transposed_memory() {
        assert_eq!(view_strides(&[2, 3], &[3, 1], &[6]).unwrap().as_slice(), &[1]);
        assert!(view_strides(&[3, 2], &[1, 3], &[6]).is_none());
        assert_eq!(view_strides(&[4, 3, 2], &[1, 8, 4], &[4, 6]).unwrap().as_slice(), &[1, 4]);
        assert_eq!(view_strides(&[3, 2], &[1, 3], &[3, 1, 2]).unwrap().as_slice(), &[1, 6, 3]);
    }

    #[test]
    fn overflow_is_an_error() {
        assert!(numel(&[1 << 40, 1 << 40], 4).is_err());
        assert_eq!(numel(&[1 << 40, 1 << 40, 0], 4).unwrap(), 0);
    }
}
