//! Sequences of different lengths: padded to one length, and packed by time. Elements only move, so index ops carry
//! the gradients.

use crate::dtype::DType;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::fail;
use crate::graph::record::renamed;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::index;
use crate::ops::join;
use crate::ops::pad;
use crate::ops::view;
use crate::shape;
use crate::shape::Dims;
use crate::tensor::Tensor;

/// The rows of (time, batch, ...) that are inside their sequences, by time; how many sequences each time has.
pub fn pack_padded_sequence(input: &Tensor, lengths: &Tensor, batch_first: bool) -> Result<Vec<Tensor>> {
    if lengths.dim() != 1 || lengths.dtype() != DType::I64 {
        let (ndim, dtype) = (lengths.dim(), lengths.dtype().scalar_type());
        fail!(Runtime, "'lengths' argument should be a 1D CPU int64 tensor, but got {ndim}D cpu {dtype} tensor");
    }
    let input = if batch_first { view::transpose(input, 0, 1)? } else { input.clone() };
    let batch = input.size(1)?;
    let list = copy::values(lengths, DType::I64)?;
    let list = list.as_slice::<i64>();
    if input.numel() == 0 {
        fail!(Runtime, "Cannot pack empty tensors.");
    }
    if list.len() as i64 != batch {
        fail!(Runtime, "Expected `len(lengths)` to be equal to batch_size, but got {} (batch_size={batch})", list.len());
    }
    if list[list.len() - 1] <= 0 {
        fail!(Runtime, "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0");
    }
    if list.windows(2).any(|w| w[0] < w[1]) {
        fail!(
            Runtime,
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass `enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do not need ONNX exportability."
        );
    }
    let sizes: Vec<i64> = (0..list[0]).map(|t| list.iter().filter(|&&n| n > t).count() as i64).collect();
    let steps = input.sizes()[0];
    let rows: Vec<i64> = sizes.iter().zip(0..steps).flat_map(|(&n, t)| (0..n).map(move |b| t * batch + b)).collect();
    let data = index::index_select(&view::flatten(&input, 0, 1)?, 0, &Tensor::from_slice(&rows, &[rows.len() as i64])?)?;
    Ok(vec![renamed(data, "PackPaddedSequenceBackward0")?, Tensor::from_slice(&sizes, &[sizes.len() as i64])?])
}

/// What PyTorch says of numbers of sequences that do not fit the data.
fn check_packed(data: &Tensor, sizes: &[i64]) -> Result<()> {
    let (rows, widest) = (data.sizes()[0], sizes[0]);
    let (mut from, mut at) = (0, 0);
    while at < sizes.len() {
        let run = sizes[at..].iter().take_while(|&&n| n == sizes[at]).count() as i64;
        let mut shape = Dims::from_slice(&[run, sizes[at]]);
        shape.extend_from_slice(&data.sizes()[1..]);
        let left = (rows - from).clamp(0, run * sizes[at]);
        let item: i64 = data.sizes()[1..].iter().product();
        shape::infer_size(&shape, (left * item) as usize)?;
        if sizes[at] > widest {
            let (to, from) = (shape::list(&[run, widest]), shape::list(&shape));
            fail!(Runtime, "output with shape {to} doesn't match the broadcast shape {from}");
        }
        from += run * sizes[at];
        at += run as usize;
    }
    Ok(())
}

/// The inverse: (time, batch, ...) with `padding_value` behind each sequence, and their lengths.
pub fn pad_packed_sequence(
    data: &Tensor,
    batch_sizes: &Tensor,
    batch_first: bool,
    padding_value: Scalar,
    total_length: i64,
) -> Result<Vec<Tensor>> {
    let sizes = copy::values(batch_sizes, DType::I64)?;
    let sizes = sizes.as_slice::<i64>();
    if sizes.is_empty() {
        fail!(Runtime, "batch_sizes can not be empty");
    }
    let longest = sizes.len() as i64;
    if total_length > 0 && total_length < longest {
        fail!(
            Runtime,
            "Expected total_length to be at least the length of the longest sequence in input, but got total_length={total_length} and max sequence length being {longest}"
        );
    }
    data.size(0)?;
    check_packed(data, sizes)?;
    let (steps, batch) = (total_length.max(longest), sizes[0]);
    let rows: Vec<i64> = sizes.iter().enumerate().flat_map(|(t, &n)| (0..n).map(move |b| t as i64 * batch + b)).collect();
    let mut flat = data.dims();
    flat[0] = steps * batch;
    let empty = creation::filled(&flat, padding_value, data.dtype())?;
    let used = view::narrow(data, 0, 0, rows.len() as i64)?;
    let out = index::index_put(&empty, &[Some(&Tensor::from_slice(&rows, &[rows.len() as i64])?)], &used, false)?;
    let out = renamed(view::unflatten(&out, 0, &[steps, batch])?, "CopySlices")?;
    let lengths: Vec<i64> = (0..batch).map(|b| sizes.iter().filter(|&&n| n > b).count() as i64).collect();
    let out = if batch_first { view::transpose(&out, 0, 1)? } else { out };
    Ok(vec![out, Tensor::from_slice(&lengths, &[batch])?])
}

/// Sequences (length, ...) beside each other, padded to the longest.
pub fn pad_sequence(sequences: &[&Tensor], batch_first: bool, padding_value: Scalar, padding_side: &str) -> Result<Tensor> {
    let Some(first) = sequences.first() else { fail!(Runtime, "received an empty list of sequences") };
    if !matches!(padding_side, "left" | "right") {
        fail!(Runtime, "Expected padding_side to be one of left or right, but got {padding_side}.");
    }
    if first.dim() == 0 {
        fail!(Runtime, "ArrayRef: invalid slice, N = 1; size = 0");
    }
    for s in sequences {
        s.size(0)?;
    }
    let longest = sequences.iter().map(|s| s.sizes()[0]).max().unwrap_or(0);
    let mut padded = Vec::with_capacity(sequences.len());
    for s in sequences {
        let mut sizes = first.dims();
        sizes[0] = s.sizes()[0];
        shape::broadcast(&sizes, s.sizes())?;
        let own = copy::to_dtype(&view::expand(s, &sizes)?, first.dtype(), false)?;
        let room = longest - sizes[0];
        let mut frame: Dims = Dims::from_elem(0, 2 * sizes.len());
        let at = frame.len() - if padding_side == "left" { 2 } else { 1 };
        frame[at] = room;
        padded.push(pad::constant_pad_nd(&own, &frame, padding_value)?);
    }
    let padded: Vec<&Tensor> = padded.iter().collect();
    renamed(join::stack(&padded, i64::from(!batch_first))?, "CopySlices")
}
