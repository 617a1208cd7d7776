//! Distinct elements or slices, where they went and how many there were; membership.

use crate::dtype::Convert;
use crate::dtype::DType;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::fail;
use crate::kernels::scan::Lines;
use crate::kernels::sort;
use crate::kernels::sort::Wanted;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::index;
use crate::ops::view;
use crate::tensor::Tensor;

/// The slices of dimension 0, sorted if asked; for each its group, and the groups' first slices and sizes.
struct Groups {
    firsts: Vec<i64>,
    inverse: Vec<i64>,
    counts: Vec<i64>,
}

/// Groups equal neighbours of `order`, rows being compared by their keys; a nan equals nothing.
fn groups(keys: &[u64], nan: Option<u64>, width: usize, order: &[i64]) -> Groups {
    let row = |i: i64| &keys[i as usize * width..(i as usize + 1) * width];
    let same = |a: i64, b: i64| row(a) == row(b) && nan.is_none_or(|nan| !row(a).contains(&nan));
    let mut out = Groups { firsts: Vec::new(), inverse: vec![0; order.len()], counts: Vec::new() };
    for (k, &i) in order.iter().enumerate() {
        if k == 0 || !same(i, order[k - 1]) {
            out.firsts.push(i);
            out.counts.push(0);
        }
        out.inverse[i as usize] = out.firsts.len() as i64 - 1;
        *out.counts.last_mut().expect("a group was begun") += 1;
    }
    out
}

/// Distinct slices of dimension `dim` (of the flattened tensor without it), their inverse and counts.
fn distinct(input: &Tensor, dim: Option<i64>, sorted: bool) -> Result<Vec<Tensor>> {
    let plain = input.detach();
    let front = match dim {
        Some(dim) => view::movedim(&plain, &[dim], &[0])?,
        None => view::reshape(&plain, &[-1])?,
    };
    let front = copy::contiguous(&front)?;
    let n = front.sizes().first().copied().unwrap_or(1);
    let width = if n == 0 { 0 } else { front.numel() / n as usize };
    let keys: Vec<u64> = with_dtype!(front.dtype(), T => front.as_slice::<T>().iter().map(|&x| sort::key(x)).collect());
    let nan = front.dtype().is_float().then(|| with_dtype!(front.dtype(), T => sort::key(<T as Convert>::from_f64(f64::NAN))));
    let mut order: Vec<i64> = (0..n).collect();
    if sorted && width == 1 {
        let lines = Lines { outer: 1, n: n as usize, inner: 1 };
        let wanted = Wanted { take: n as usize, descending: false };
        with_dtype!(front.dtype(), T => sort::order::<T>(front.as_slice(), lines, wanted, &mut order, &mut []));
    } else if sorted {
        let row = |i: i64| &keys[i as usize * width..(i as usize + 1) * width];
        order.sort_by(|&a, &b| row(a).cmp(row(b)));
    }
    let found = groups(&keys, nan, width, &order);
    let firsts = Tensor::from_slice(&found.firsts, &[found.firsts.len() as i64])?;
    let picked = index::index_select(&front, 0, &firsts)?;
    let values = match dim {
        Some(dim) => copy::contiguous(&view::movedim(&picked, &[0], &[dim])?)?,
        None => picked,
    };
    let inverse = Tensor::from_slice(&found.inverse, &[n])?;
    let inverse = if dim.is_none() { view::reshape(&inverse, input.sizes())? } else { inverse };
    let counts = Tensor::from_slice(&found.counts, &[found.counts.len() as i64])?;
    Ok(vec![values, inverse, counts])
}

/// `torch.unique` of all elements. What was not asked for is empty.
pub fn unique2(input: &Tensor, _sorted: bool, inverse: bool, counts: bool) -> Result<Vec<Tensor>> {
    wanted(distinct(input, None, true)?, inverse, counts)
}

pub fn unique_dim(input: &Tensor, dim: i64, _sorted: bool, inverse: bool, counts: bool) -> Result<Vec<Tensor>> {
    let d = crate::shape::wrap_dim(dim, input.dim())?;
    if input.numel() == 0 && input.sizes().iter().enumerate().any(|(i, &n)| i != d && n == 0) && input.sizes().get(d) != Some(&0) {
        fail!(Runtime, "There are 0 sized dimensions, and they aren't selected, so unique cannot be applied");
    }
    if input.dim() == 0 {
        return wanted(distinct(input, None, true)?, inverse, counts);
    }
    wanted(distinct(input, Some(dim), true)?, inverse, counts)
}

pub fn unique_consecutive(input: &Tensor, inverse: bool, counts: bool, dim: Option<i64>) -> Result<Vec<Tensor>> {
    wanted(distinct(input, dim.filter(|_| input.dim() > 0), false)?, inverse, counts)
}

fn wanted(mut found: Vec<Tensor>, inverse: bool, counts: bool) -> Result<Vec<Tensor>> {
    for (i, keep) in [(1, inverse), (2, counts)] {
        if !keep {
            found[i] = Tensor::empty(&[0], DType::I64)?;
        }
    }
    Ok(found)
}

/// Is each element among the others?
pub fn isin(elements: &Tensor, others: &Tensor, _assume_unique: bool, invert: bool) -> Result<Tensor> {
    let dtype = crate::dtype::result_type([(elements.dtype(), elements.rank()), (others.dtype(), others.rank())]);
    for t in [elements, others] {
        if t.dtype() == DType::Bool {
            fail!(Runtime, "Unsupported input type encountered for isin(): Bool");
        }
    }
    let (x, pool) = (copy::values(elements, dtype)?, view::reshape(&copy::values(others, dtype)?, &[-1])?);
    let order = crate::ops::sort::argsort(&pool, 0, false)?;
    let out = Tensor::empty(x.sizes(), DType::Bool)?;
    with_dtype!(dtype, T => {
        let (pool, order) = (pool.as_slice::<T>(), order.as_slice::<i64>());
        let at = |k: usize| pool[order[k] as usize];
        for (slot, &v) in out.as_mut_slice::<bool>().iter_mut().zip(x.as_slice::<T>()) {
            let k = sort::search(at, pool.len(), v, false);
            let nan = Convert::to_f64(v).is_nan();
            *slot = (k < pool.len() && !nan && sort::same(at(k), v)) != invert;
        }
    });
    Ok(out)
}

pub fn isin_number(element: Scalar, others: &Tensor, unique: bool, invert: bool) -> Result<Tensor> {
    isin(&creation::scalar(element)?, others, unique, invert)
}

pub fn isin_of_number(elements: &Tensor, other: Scalar, unique: bool, invert: bool) -> Result<Tensor> {
    isin(elements, &creation::scalar(other)?, unique, invert)
}
