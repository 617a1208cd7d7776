//! A recurrent layer step by step in tensor ops: for half types, projections and second derivatives.

use super::Cell;
use super::Step;
use super::layer::Weights;
use crate::error::Result;
use crate::ops::expr::TermMath;
use crate::ops::join;
use crate::ops::linalg;
use crate::ops::select;
use crate::ops::transcendental;
use crate::ops::view;
use crate::tensor::Tensor;

/// The states of all rows, then the last states.
pub fn run(cell: Cell, x: &Tensor, states: &[Tensor], weights: &Weights, steps: &[Step]) -> Result<Vec<Tensor>> {
    let [input_bias, state_bias] = weights.biases.as_ref().map_or([None, None], |[a, b]| [Some(a), Some(b)]);
    let gates = linalg::linear(x, &weights.input, input_bias)?;
    let mut now = states.to_vec();
    let mut found: Vec<(usize, Tensor)> = Vec::with_capacity(steps.len());
    for step in steps {
        let part = view::narrow(&gates, 0, step.begin as i64, step.rows as i64)?;
        let rows: Vec<Tensor> = now.iter().map(|t| view::narrow(t, 0, 0, step.rows as i64)).collect::<Result<_>>()?;
        let own = linalg::linear(&rows[0], &weights.state, state_bias)?;
        let new = advance(cell, &part, &own, &rows, weights.projection.as_ref())?;
        found.push((step.begin, new[0].clone()));
        for (now, new) in now.iter_mut().zip(new) {
            let rest = now.size(0)? - step.rows as i64;
            *now = if rest == 0 { new } else { join::cat(&[&new, &view::narrow(now, 0, step.rows as i64, rest)?], 0)? };
        }
    }
    found.sort_by_key(|(begin, _)| *begin);
    let out = join::cat(&found.iter().map(|(_, t)| t).collect::<Vec<_>>(), 0)?;
    Ok(std::iter::once(out).chain(now).collect())
}

/// The states after a step, from the inputs' and the state's part of the gates.
fn advance(cell: Cell, part: &Tensor, own: &Tensor, states: &[Tensor], projection: Option<&Tensor>) -> Result<Vec<Tensor>> {
    let n = part.size(1)? / cell.gates() as i64;
    let gate = |t: &Tensor, k: i64| view::narrow(t, 1, k * n, n);
    let sigmoid = transcendental::sigmoid;
    let tanh = transcendental::tanh;
    Ok(match cell {
        Cell::Tanh => vec![(part + own).apply(tanh).0?],
        Cell::Relu => vec![(part + own).apply(select::relu).0?],
        Cell::Gru => {
            let sum = |k: i64| (gate(part, k)? + gate(own, k)?).0;
            let (reset, z) = (sigmoid(&sum(0)?)?, sigmoid(&sum(1)?)?);
            let new = (gate(part, 2)? + reset * gate(own, 2)?).apply(tanh).0?;
            vec![((&states[0] - &new) * z + &new).0?]
        }
        Cell::Lstm => {
            let gates = (part + own).0?;
            let (i, f, o) = (sigmoid(&gate(&gates, 0)?)?, sigmoid(&gate(&gates, 1)?)?, sigmoid(&gate(&gates, 3)?)?);
            let c = (f * &states[1] + i * tanh(&gate(&gates, 2)?)?).0?;
            let h = (o * tanh(&c)?).0?;
            vec![projection.map_or(Ok(h.clone()), |w| linalg::linear(&h, w, None))?, c]
        }
    })
}
