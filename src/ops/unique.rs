//! Distinct elements or slices, where they went and how many there were.

use crate::dtype::DType;
use crate::error::Result;
use crate::fail;
use crate::ops::copy;
use crate::ops::index;
use crate::ops::view;
use crate::tensor::Tensor;

/// The slices of dimension 0, sorted if asked; for each its group, and the groups' first slices and sizes.
struct Groups {
    firsts: Vec<i64>,
    inverse: Vec<i64>,
    counts: Vec<i64>,
}

/// Groups equal neighbours of `order`, rows being compared as numbers.
fn groups(rows: &[f64], width: usize, order: &[i64]) -> Groups {
    let row = |i: i64| &rows[i as usize * width..(i as usize + 1) * width];
    let mut out = Groups { firsts: Vec::new(), inverse: vec![0; order.len()], counts: Vec::new() };
    for (k, &i) in order.iter().enumerate() {
        if k == 0 || row(i) != row(order[k - 1]) {
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
    let wide = copy::to_dtype(&front, DType::F64, false)?;
    let exact = front.dtype() == DType::I64;
    let rows: Vec<f64> = if exact {
        front.as_slice::<i64>().iter().map(|&v| f64::from_bits(v as u64 ^ (1 << 63))).collect()
    } else {
        wide.as_slice::<f64>().to_vec()
    };
    let mut order: Vec<i64> = (0..n).collect();
    if sorted {
        let row = |i: i64| i as usize * width..(i as usize + 1) * width;
        let compare = |a: &f64, b: &f64| {
            if exact { a.to_bits().cmp(&b.to_bits()) } else { a.partial_cmp(b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan())) }
        };
        order.sort_by(|&a, &b| {
            let pairs = rows[row(a)].iter().zip(&rows[row(b)]);
            pairs.map(|(x, y)| compare(x, y)).find(|c| c.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
        });
    }
    // Integers were carried as bits; compare them as such.
    let keys: Vec<f64> = if exact { rank_bits(&rows) } else { rows };
    let found = groups(&keys, width, &order);
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

/// Bit patterns that may be nan as numbers that compare equal exactly when the bits are.
fn rank_bits(rows: &[f64]) -> Vec<f64> {
    let mut seen: std::collections::HashMap<u64, f64> = std::collections::HashMap::new();
    rows.iter()
        .map(|v| {
            let next = seen.len() as f64;
            *seen.entry(v.to_bits()).or_insert(next)
        })
        .collect()
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
