//! LSTM, GRU and Elman networks over whole sequences, padded or packed, and their cells, as PyTorch's core takes them. One
//! layer in one direction is one node (`layer`).

use crate::dtype::DType;
use crate::error::Result;
use crate::fail;
pub use crate::kernels::recurrent::Cell;
use crate::kernels::recurrent::Step;
use crate::ops::copy;
use crate::ops::dropout;
use crate::ops::join;
use crate::ops::view;
use crate::tensor::Tensor;
use layer::Run;
use layer::Weights;
use layer::run;

mod layer;
mod steps;

/// A network's options, as PyTorch's core takes them.
struct Options {
    biases: bool,
    layers: i64,
    dropout: f64,
    train: bool,
    bidirectional: bool,
}

/// All layers over data of `sizes` (rows of each step, falling), from states (layers * directions, batch, hidden).
/// Gives the last layer's states of all rows, and the last states.
fn network(cell: Cell, data: &Tensor, sizes: &[usize], hx: &[&Tensor], params: &[&Tensor], o: &Options) -> Result<(Tensor, Vec<Tensor>)> {
    let directions = if o.bidirectional { 2 } else { 1 };
    let units = o.layers as usize * directions;
    let each = params.len() / units.max(1);
    let projected = cell == Cell::Lstm && each == if o.biases { 5 } else { 3 };
    if params.len() != units * each || each != (if o.biases { 4 } else { 2 }) + usize::from(projected) {
        fail!(Runtime, "got an incorrect number of RNN parameters");
    }
    let mut begin = 0;
    let mut forward: Vec<Step> = Vec::with_capacity(sizes.len());
    for &rows in sizes {
        forward.push(Step { begin, rows });
        begin += rows;
    }
    let reverse: Vec<Step> = forward.iter().rev().copied().collect();
    let mut x = data.clone();
    let mut last: Vec<Vec<Tensor>> = vec![Vec::new(); hx.len()];
    for layer in 0..o.layers as usize {
        let mut outs = Vec::with_capacity(directions);
        for direction in 0..directions {
            let unit = layer * directions + direction;
            let p = &params[unit * each..(unit + 1) * each];
            let weights = Weights {
                input: p[0].clone(),
                state: p[1].clone(),
                biases: o.biases.then(|| [p[2].clone(), p[3].clone()]),
                projection: projected.then(|| p[each - 1].clone()),
            };
            let states: Vec<Tensor> = hx.iter().map(|h| view::select(h, 0, unit as i64)).collect::<Result<_>>()?;
            let steps = if direction == 0 { &forward } else { &reverse };
            let mut found = run(&Run { cell, x: &x, states: &states, weights: &weights, steps })?.into_iter();
            outs.push(found.next().expect("the states of all rows"));
            last.iter_mut().zip(found).for_each(|(last, state)| last.push(state));
        }
        x = if directions == 2 { join::cat(&[&outs[0], &outs[1]], 1)? } else { outs.remove(0) };
        if o.train && o.dropout > 0.0 && layer + 1 < o.layers as usize {
            x = dropout::dropout(&x, o.dropout, true)?;
        }
    }
    let stacked = last.iter().map(|states| join::stack(&states.iter().collect::<Vec<_>>(), 0)).collect::<Result<_>>()?;
    Ok((x, stacked))
}

/// The same over a padded batch (steps, batch, inputs), or the batch first.
#[allow(clippy::too_many_arguments)]
fn padded(cell: Cell, input: &Tensor, hx: &[&Tensor], params: &[&Tensor], o: &Options, batch_first: bool) -> Result<Vec<Tensor>> {
    let x = if batch_first { view::transpose(input, 0, 1)? } else { input.clone() };
    let (steps, batch) = (x.size(0)?, x.size(1)?);
    if steps == 0 {
        fail!(Runtime, "Expected sequence length to be larger than 0 in RNN");
    }
    let rows = view::reshape(&x, &[steps * batch, x.size(2)?])?;
    let (out, last) = network(cell, &rows, &vec![batch as usize; steps as usize], hx, params, o)?;
    let out = view::view(&out, &[steps, batch, out.size(1)?])?;
    let out = if batch_first { view::transpose(&out, 0, 1)? } else { out };
    Ok(std::iter::once(out).chain(last).collect())
}

fn packed(cell: Cell, data: &Tensor, batch_sizes: &Tensor, hx: &[&Tensor], params: &[&Tensor], o: &Options) -> Result<Vec<Tensor>> {
    let sizes: Vec<usize> = copy::values(batch_sizes, DType::I64)?.as_slice::<i64>().iter().map(|&n| n as usize).collect();
    let (rows, mut begin) = (data.size(0)? as usize, 0);
    for &count in &sizes {
        if begin + count > rows {
            fail!(Runtime, "start ({begin}) + length ({count}) exceeds dimension size ({rows}).");
        }
        begin += count;
    }
    if sizes.is_sorted_by(|a, b| a >= b) && sizes.first().is_some_and(|&count| count as i64 <= hx[0].sizes().get(1).copied().unwrap_or(0)) {
        let data = view::narrow(data, 0, 0, begin as i64)?;
        let (out, last) = network(cell, &data, &sizes, hx, params, o)?;
        return Ok(std::iter::once(out).chain(last).collect());
    }
    fail!(Runtime, "batch_sizes must fall from step to step, from the batch of the hidden state");
}

fn two<'a>(hx: &'a [&'a Tensor], name: &str) -> Result<&'a [&'a Tensor]> {
    if hx.len() != 2 {
        fail!(Runtime, "{name} expects two hidden states");
    }
    Ok(hx)
}

macro_rules! networks {
    ($($name:ident $packed:ident $cell:ident $hx:ident: $states:ty => $list:expr;)*) => {$(
        /// All states (steps, batch, hidden * directions), then those of the last steps.
        #[allow(clippy::too_many_arguments)]
        pub fn $name(
            input: &Tensor,
            $hx: $states,
            params: &[&Tensor],
            biases: bool,
            layers: i64,
            dropout: f64,
            train: bool,
            bidirectional: bool,
            batch_first: bool,
        ) -> Result<Vec<Tensor>> {
            padded(Cell::$cell, input, $list, params, &Options { biases, layers, dropout, train, bidirectional }, batch_first)
        }

        #[allow(clippy::too_many_arguments)]
        pub fn $packed(
            data: &Tensor,
            batch_sizes: &Tensor,
            $hx: $states,
            params: &[&Tensor],
            biases: bool,
            layers: i64,
            dropout: f64,
            train: bool,
            bidirectional: bool,
        ) -> Result<Vec<Tensor>> {
            packed(Cell::$cell, data, batch_sizes, $list, params, &Options { biases, layers, dropout, train, bidirectional })
        }
    )*};
}

networks! {
    lstm lstm_packed Lstm hx: &[&Tensor] => two(hx, "lstm")?;
    gru gru_packed Gru hx: &Tensor => &[hx];
    rnn_tanh rnn_tanh_packed Tanh hx: &Tensor => &[hx];
    rnn_relu rnn_relu_packed Relu hx: &Tensor => &[hx];
}

/// One step of (batch, inputs) from states (batch, hidden): the new states.
fn step(cell: Cell, input: &Tensor, hx: &[&Tensor], weights: [&Tensor; 2], biases: [Option<&Tensor>; 2]) -> Result<Vec<Tensor>> {
    let (batch, inputs, hidden) = (input.size(0)?, input.size(1)?, weights[1].size(1)?);
    if inputs != weights[0].size(1)? {
        fail!(Runtime, "input has inconsistent input_size: got {inputs} expected {}", weights[0].size(1)?);
    }
    for (i, h) in hx.iter().enumerate() {
        if h.size(0)? != batch {
            fail!(Runtime, "Input batch size {batch} doesn't match hidden{i} batch size {}", h.size(0)?);
        }
        if h.size(1)? != hidden {
            fail!(Runtime, "hidden{i} has inconsistent hidden_size: got {}, expected {hidden}", h.size(1)?);
        }
    }
    let biases = match biases {
        [Some(a), Some(b)] => Some([a.clone(), b.clone()]),
        _ => None,
    };
    let weights = Weights { input: weights[0].clone(), state: weights[1].clone(), biases, projection: None };
    let states: Vec<Tensor> = hx.iter().map(|&h| h.clone()).collect();
    let steps = [Step { begin: 0, rows: batch as usize }];
    let mut found = run(&Run { cell, x: input, states: &states, weights: &weights, steps: &steps })?;
    found.remove(0);
    Ok(found)
}

/// h and c after one step.
pub fn lstm_cell(
    input: &Tensor,
    hx: &[&Tensor],
    w_ih: &Tensor,
    w_hh: &Tensor,
    b_ih: Option<&Tensor>,
    b_hh: Option<&Tensor>,
) -> Result<Vec<Tensor>> {
    step(Cell::Lstm, input, two(hx, "lstm_cell")?, [w_ih, w_hh], [b_ih, b_hh])
}

macro_rules! cells {
    ($($name:ident $cell:ident;)*) => {$(
        /// The state after one step.
        pub fn $name(
            input: &Tensor,
            hx: &Tensor,
            w_ih: &Tensor,
            w_hh: &Tensor,
            b_ih: Option<&Tensor>,
            b_hh: Option<&Tensor>,
        ) -> Result<Tensor> {
            Ok(step(Cell::$cell, input, &[hx], [w_ih, w_hh], [b_ih, b_hh])?.remove(0))
        }
    )*};
}

cells! {
    gru_cell Gru;
    rnn_tanh_cell Tanh;
    rnn_relu_cell Relu;
}
