//! embedding_bag: rows of a table, summed, averaged or maximised by bag. Gradients add in a fixed order; padding is left
//! out before anything is computed.

use crate::dtype::DType;
use crate::dtype::Element;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::fail;
use crate::graph::record::record;
use crate::graph::record::renamed;
use crate::kernels::bags as kernels;
use crate::kernels::float::Float;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::embedding::embedding;
use crate::ops::embedding::embedding_backward;
use crate::ops::expr::grads;
use crate::ops::index;
use crate::ops::reduce;
use crate::ops::select;
use crate::ops::slices;
use crate::ops::softmax::compute_type;
use crate::ops::view;
use crate::tensor::Tensor;

const SUM: i64 = 0;
const MEAN: i64 = 1;

/// Which rows lie in which bag.
struct Bags {
    /// Positions among the indices, the row there, its bag.
    entries: Vec<(i64, i64, i64)>,
    /// Rows in each bag.
    counts: Vec<i64>,
    /// The bag of every index, padding too.
    bag_of: Vec<i64>,
}

fn integers(t: &Tensor) -> Result<Vec<i64>> {
    if !matches!(t.dtype(), DType::I64 | DType::I32) {
        fail!(
            Runtime,
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got torch.{}Tensor instead (while checking arguments for embedding_bag)",
            t.dtype().scalar_type()
        );
    }
    Ok(copy::values(t, DType::I64)?.as_slice::<i64>().to_vec())
}

fn check_offsets(offsets: &[i64], length: i64) -> Result<()> {
    if let Some(&first) = offsets.first()
        && first != 0
    {
        fail!(
            Runtime,
            "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. However, got {first}"
        );
    }
    if let Some(&last) = offsets.last()
        && last > length
    {
        fail!(Runtime, "offsets[-1] can not be greater than input's length {length} but got offsets[-1] of {last}");
    }
    Ok(())
}

fn bags(rows: i64, indices: &[i64], offsets: &[i64], include_last: bool, padding: Option<i64>) -> Result<Bags> {
    let n = indices.len() as i64;
    check_offsets(offsets, n)?;
    if let Some((i, row)) = indices.iter().enumerate().find(|&(_, &row)| row < 0 || row >= rows) {
        fail!(Runtime, "Index {i} of input takes value {row} which is not in the valid range [0, {rows})");
    }
    if include_last && offsets.is_empty() {
        fail!(Runtime, "include_last_offset: number of offset should be at least 1");
    }
    let count = offsets.len() - include_last as usize;
    let mut out = Bags { entries: Vec::with_capacity(indices.len()), counts: vec![0; count], bag_of: vec![0; indices.len()] };
    for bag in 0..count {
        // As in PyTorch, the last bag reaches to the end whatever the last offset says.
        let end = if bag + 1 < count { offsets[bag + 1].min(n) } else { n };
        for i in offsets[bag].max(0)..end {
            let row = indices[i as usize];
            out.bag_of[i as usize] = bag as i64;
            if Some(row) != padding {
                out.entries.push((i, row, bag as i64));
                out.counts[bag] += 1;
            }
        }
    }
    Ok(out)
}

fn vector(values: impl Iterator<Item = i64>) -> Result<Tensor> {
    let values: Vec<i64> = values.collect();
    Tensor::from_slice(&values, &[values.len() as i64])
}

/// Output, bag of each index, rows in each bag, and a place for the positions of maxima.
#[allow(clippy::too_many_arguments)]
pub fn embedding_bag(
    weight: &Tensor,
    indices: &Tensor,
    offsets: &Tensor,
    scale_grad_by_freq: bool,
    mode: i64,
    _sparse: bool,
    per_sample_weights: Option<&Tensor>,
    include_last_offset: bool,
    padding_idx: Option<i64>,
) -> Result<Vec<Tensor>> {
    let (at, starts) = (integers(indices)?, integers(offsets)?);
    if let Some(w) = per_sample_weights
        && w.dtype() != weight.dtype()
    {
        let (a, b) = (weight.dtype().scalar_type(), w.dtype().scalar_type());
        fail!(
            Runtime,
            "Expected tensor for argument #1 'weight' to have the same type as tensor for argument #1 'per_sample_weights'; but type torch.{a}Tensor does not equal torch.{b}Tensor (while checking arguments for embedding_bag)"
        );
    }
    let padding = padding_idx.map(|i| if i < 0 { i + weight.sizes()[0] } else { i });
    let bags = bags(weight.sizes()[0], &at, &starts, include_last_offset, padding)?;
    let out = match mode {
        SUM | MEAN => summed(weight, &bags, mode, per_sample_weights, scale_grad_by_freq)?,
        _ => renamed(largest(weight, &bags)?, "EmbeddingBagBackward0")?,
    };
    let counts = vector(bags.counts.iter().copied())?;
    Ok(vec![out, vector(bags.bag_of.iter().copied())?, counts.clone(), counts])
}

fn sums<T: Float + Element>(weight: &Tensor, bags: &Bags, factors: Option<&Tensor>) -> Result<Tensor> {
    let (width, rows) = (weight.sizes()[1], bags.entries.iter().map(|e| e.1));
    // What is of another type is converted row by row.
    let held = weight.dtype() == T::DTYPE;
    let table = if held { weight.detach() } else { embedding(&weight.detach(), &vector(rows.clone())?, -1, false, false)? };
    let table = copy::values(&table, T::DTYPE)?;
    let rows: Vec<i64> = if held { rows.collect() } else { (0..bags.entries.len() as i64).collect() };
    let factors = factors.map(|f| copy::values(f, T::DTYPE)).transpose()?;
    let own = |f: &Tensor| bags.entries.iter().map(|e| f.as_slice::<T>()[e.0 as usize]).collect::<Vec<T>>();
    let out = Tensor::empty(&[bags.counts.len() as i64, width], T::DTYPE)?;
    let factors = factors.as_ref().map_or(Vec::new(), own);
    let entries = kernels::Entries { table: table.as_slice(), width: width as usize, rows: &rows, factors: &factors };
    kernels::sums(&entries, &bags.counts, out.as_mut_slice::<T>());
    copy::to_dtype(&out, weight.dtype(), false)
}

/// y[b] = the sum of factor[i] weight[row[i]] over the bag's entries i, or the mean.  dweight adds factor g of the bag to
/// each entry's row, dfactor = weight[row] g: keeps both where there are factors.
fn summed(weight: &Tensor, bags: &Bags, mode: i64, factors: Option<&Tensor>, scale_grad_by_freq: bool) -> Result<Tensor> {
    let out = match compute_type(weight.dtype()) {
        DType::F64 => sums::<f64>(weight, bags, factors)?,
        _ => sums::<f32>(weight, bags, factors)?,
    };
    let counts = vector(bags.counts.iter().map(|&n| n.max(1)))?;
    let counts = view::unsqueeze(&copy::to_dtype(&counts, weight.dtype(), false)?, 1)?;
    let mean = |t: Tensor| if mode == MEAN { (t / &counts).0 } else { Ok(t) };
    let out = mean(out)?;
    record("EmbeddingBagBackward0", &[Some(weight), factors], out, |save| {
        let kept = factors.map(|f| (save.input("weight", weight), save.input("per_sample_weights", f)));
        let (entries, length) = (bags.entries.clone(), bags.bag_of.len() as i64);
        let (count, counts) = (weight.sizes()[0], (mode == MEAN).then_some(counts));
        move |cx, g| {
            let g = counts.as_ref().map_or(Ok(g.clone()), |counts| (&g / counts).0)?;
            let g = index::index_select(&g, 0, &vector(entries.iter().map(|e| e.2))?)?;
            let (places, rows) = (vector(entries.iter().map(|e| e.0))?, vector(entries.iter().map(|e| e.1))?);
            let Some((weight, factors)) = &kept else {
                return grads![cx; embedding_backward(&g, &rows, count, -1, scale_grad_by_freq)];
            };
            let own = index::index_select(&factors.get(cx)?, 0, &places)?;
            let of_weight = || embedding_backward(&(&g * view::unsqueeze(&own, 1)?).0?, &rows, count, -1, scale_grad_by_freq);
            let of_factors = || {
                let products = (&g * embedding(&weight.get(cx)?, &rows, -1, false, false)?).0?;
                let zeros = creation::zeros(&[length], g.dtype())?;
                slices::index_add(&zeros, 0, &places, &reduce::sum(&products, Some(&[1]), false, None)?, Scalar::Int(1))
            };
            grads![cx; of_weight(), of_factors()]
        }
    })
}

/// Bags as rows of one table, short ones filled up with -inf; an empty bag gives 0.
fn largest(weight: &Tensor, bags: &Bags) -> Result<Tensor> {
    let longest = bags.counts.iter().copied().max().unwrap_or(0).max(1);
    let sizes = [bags.counts.len() as i64, longest];
    let (rows, filler) = (creation::zeros(&sizes, DType::I64)?, creation::filled(&sizes, Scalar::Bool(true), DType::Bool)?);
    let mut next = vec![0; bags.counts.len()];
    for &(_, row, bag) in &bags.entries {
        let place = (bag * longest) as usize + next[bag as usize];
        next[bag as usize] += 1;
        rows.as_mut_slice::<i64>()[place] = row;
        filler.as_mut_slice::<bool>()[place] = false;
    }
    if weight.sizes()[0] == 0 || bags.counts.is_empty() {
        return creation::zeros(&[sizes[0], weight.sizes()[1]], weight.dtype());
    }
    let table = embedding(weight, &rows, -1, false, false)?;
    let filled = select::masked_fill(&table, &view::unsqueeze(&filler, 2)?, f64::NEG_INFINITY.into())?;
    let top = reduce::max_along(&filled, 1, false)?.swap_remove(0);
    let empty: Vec<bool> = bags.counts.iter().map(|&n| n == 0).collect();
    select::masked_fill(&top, &Tensor::from_slice(&empty, &[sizes[0], 1])?, Scalar::Int(0).into())
}
