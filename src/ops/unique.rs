//! Distinct elements or slices, where they went and how many there were; membership.

use crate::dtype::Convert;
use crate::dtype::DType;
use crate::dtype::Element;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::fail;
use crate::kernels::sort;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::index;
use crate::ops::sort::sort;
use crate::ops::view;
use crate::tensor::Tensor;

/// The slices of dimension 0, sorted if asked; for each its group, and the groups' first slices and sizes.
struct Groups {
    firsts: Vec<i64>,
    inverse: Vec<i64>,
    counts: Vec<i64>,
}

/// The key of a nan, where the type has one.
fn nan_key<T: Element>() -> Option<u64> {
    T::DTYPE.is_float().then(|| sort::key(<T as Convert>::from_f64(f64::NAN)))
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

/// What `unique` gives beside the values; what was not asked for is empty.
#[derive(Clone, Copy)]
struct Asked {
    inverse: bool,
    counts: bool,
}

/// Distinct elements, in order or as they follow one another: the first of each run of equals; a nan equals nothing.
fn distinct_elements(input: &Tensor, sorted: bool, asked: Asked) -> Result<Vec<Tensor>> {
    let flat = copy::contiguous(&view::reshape(&input.detach(), &[-1])?)?;
    let in_order = if sorted { sort(&flat, 0, false)? } else { vec![flat] };
    let order = in_order.get(1).map(|order| order.as_slice::<i64>());
    let ints = |wanted: bool, n: usize| Tensor::empty(&[if wanted { n as i64 } else { 0 }], DType::I64);
    with_dtype!(in_order[0].dtype(), T => {
        let x = in_order[0].as_slice::<T>();
        let nan = nan_key::<T>();
        let begins = |k: usize| k == 0 || sort::key(x[k]) != sort::key(x[k - 1]) || Some(sort::key(x[k])) == nan;
        let groups = (0..x.len()).filter(|&k| begins(k)).count();
        let (values, counts) = (Tensor::empty(&[groups as i64], T::DTYPE)?, ints(asked.counts, groups)?);
        let inverse = ints(asked.inverse, x.len())?;
        let (first, sizes, group) = (values.as_mut_slice::<T>(), counts.as_mut_slice::<i64>(), inverse.as_mut_slice::<i64>());
        let mut found = 0;
        for k in 0..x.len() {
            if begins(k) {
                first[found] = x[k];
                if asked.counts {
                    sizes[found] = k as i64;
                }
                found += 1;
            }
            if asked.inverse {
                group[order.map_or(k, |order| order[k] as usize)] = found as i64 - 1;
            }
        }
        // From where the groups begin to how many stand in each.
        for g in 0..sizes.len() {
            sizes[g] = sizes.get(g + 1).copied().unwrap_or(x.len() as i64) - sizes[g];
        }
        let inverse = if asked.inverse { view::reshape(&inverse, input.sizes())? } else { inverse };
        Ok(vec![values, inverse, counts])
    })
}

/// Distinct slices of dimension `dim`, in order or as they follow one another.
fn distinct_slices(input: &Tensor, dim: i64, sorted: bool, asked: Asked) -> Result<Vec<Tensor>> {
    let d = crate::shape::wrap_dim(dim, input.dim())?;
    if input.dim() == 0 {
        fail!(Index, "Dimension specified as {dim} but tensor has no dimensions");
    }
    match input.sizes().iter().filter(|&&n| n == 0).count() {
        2.. if input.sizes()[d] == 0 => {
            fail!(Runtime, "Number of zero sized dimensions is more than one, so unique cannot be applied ")
        }
        1.. if input.sizes()[d] != 0 => {
            fail!(Runtime, "There are 0 sized dimensions, and they aren't selected, so unique cannot be applied")
        }
        _ => {}
    }
    let front = copy::contiguous(&view::movedim(&input.detach(), &[dim], &[0])?)?;
    let n = front.sizes()[0];
    let width = if n == 0 { 0 } else { front.numel() / n as usize };
    let keys: Vec<u64> = with_dtype!(front.dtype(), T => front.as_slice::<T>().iter().map(|&x| sort::key(x)).collect());
    let nan = with_dtype!(front.dtype(), T => nan_key::<T>());
    let mut order: Vec<i64> = (0..n).collect();
    if sorted {
        let row = |i: i64| &keys[i as usize * width..(i as usize + 1) * width];
        order.sort_by(|&a, &b| row(a).cmp(row(b)));
    }
    let found = groups(&keys, nan, width, &order);
    let firsts = Tensor::from_slice(&found.firsts, &[found.firsts.len() as i64])?;
    let values = view::movedim(&index::index_select(&front, 0, &firsts)?, &[0], &[dim])?;
    let or_empty = |wanted: bool, x: &[i64]| {
        Tensor::from_slice(x, &[x.len() as i64]).and_then(|t| if wanted { Ok(t) } else { Tensor::empty(&[0], DType::I64) })
    };
    Ok(vec![values, or_empty(asked.inverse, &found.inverse)?, or_empty(asked.counts, &found.counts)?])
}

/// `torch.unique` of all elements.
pub fn unique2(input: &Tensor, _sorted: bool, inverse: bool, counts: bool) -> Result<Vec<Tensor>> {
    distinct_elements(input, true, Asked { inverse, counts })
}

pub fn unique_dim(input: &Tensor, dim: i64, _sorted: bool, inverse: bool, counts: bool) -> Result<Vec<Tensor>> {
    distinct_slices(input, dim, true, Asked { inverse, counts })
}

pub fn unique_consecutive(input: &Tensor, inverse: bool, counts: bool, dim: Option<i64>) -> Result<Vec<Tensor>> {
    let asked = Asked { inverse, counts };
    match dim {
        Some(dim) => distinct_slices(input, dim, false, asked),
        None => distinct_elements(input, false, asked),
    }
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
