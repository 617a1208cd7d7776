//! A recurrent layer in one direction as one node: the inputs' part of the gates is one product, the steps run in
//! `kernels::recurrent`. Half types, projections and second derivatives take the same steps in tensor ops (`steps`).

use super::Cell;
use super::Step;
use super::steps;
use crate::dtype::DType;
use crate::dtype::Element;
use crate::error::Result;
use crate::graph::foreign::Grads;
use crate::graph::nested;
use crate::graph::record::record_many;
use crate::graph::record::recording;
use crate::kernels::float::Float;
use crate::kernels::gemm::Gemm;
use crate::kernels::recurrent;
use crate::kernels::recurrent::Kept;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::linalg;
use crate::ops::reduce;
use crate::ops::view;
use crate::tensor::Tensor;

/// The weights of a layer in one direction.
#[derive(Clone)]
pub struct Weights {
    /// W_ih (gates hidden, inputs) and W_hh (gates hidden, outputs).
    pub input: Tensor,
    pub state: Tensor,
    /// b_ih and b_hh.
    pub biases: Option<[Tensor; 2]>,
    /// W_hr of an LSTM with projections.
    pub projection: Option<Tensor>,
}

/// All rows of all steps, one after another, and the states before the first one taken: h, and c of an LSTM.
pub struct Run<'a> {
    pub cell: Cell,
    pub x: &'a Tensor,
    pub states: &'a [Tensor],
    pub weights: &'a Weights,
    /// In the order they are taken.
    pub steps: &'a [Step],
}

/// The states of all rows, then the last states.
pub fn run(r: &Run) -> Result<Vec<Tensor>> {
    let fused =
        matches!(r.x.dtype(), DType::F32 | DType::F64) && r.weights.projection.is_none() && r.x.numel() > 0 && r.states[0].numel() > 0;
    match r.x.dtype() {
        _ if !fused => steps::run(r.cell, r.x, r.states, r.weights, r.steps),
        DType::F64 => node::<f64>(r),
        _ => node::<f32>(r),
    }
}

/// What a forward pass leaves: gates and `Kept`, as tensors.
struct Trace {
    gates: Tensor,
    kept: [Tensor; 4],
}

impl Trace {
    fn kept<T: Element>(&self) -> Kept<&[T]> {
        let [state, cell, tanh, candidate] = &self.kept;
        Kept { state: state.as_slice(), cell: cell.as_slice(), tanh: tanh.as_slice(), candidate: candidate.as_slice() }
    }
}

fn layer<'a>(cell: Cell, state: &Tensor, steps: &'a [Step]) -> recurrent::Layer<'a> {
    recurrent::Layer { cell, hidden: state.sizes()[1] as usize, steps, batch: state.sizes()[0] as usize }
}

fn forward<T: Float + Gemm + Element>(r: &Run) -> Result<(Vec<Tensor>, Trace)> {
    let (rows, hidden) = (r.x.sizes()[0], r.states[0].sizes()[1]);
    let bias = match (&r.weights.biases, r.cell) {
        (None, _) => None,
        (Some([input, _]), Cell::Gru) => Some(input.detach()),
        (Some([input, state]), _) => Some((&input.detach() + &state.detach()).0?),
    };
    let gates = copy::contiguous(&linalg::linear(&r.x.detach(), &r.weights.input.detach(), bias.as_ref())?)?;
    let turned = copy::contiguous(&view::t(&r.weights.state.detach())?)?;
    let own = r.weights.biases.as_ref().filter(|_| r.cell == Cell::Gru).map(|[_, state]| copy::contiguous(&state.detach())).transpose()?;
    let last: Vec<Tensor> = r.states.iter().map(|s| copy::clone(&copy::contiguous(&s.detach())?)).collect::<Result<_>>()?;
    let room = |wanted: bool| Tensor::empty(&[if wanted { rows } else { 0 }, hidden], T::DTYPE);
    let (lstm, gru) = (r.cell == Cell::Lstm, r.cell == Cell::Gru);
    let kept = [room(true)?, room(lstm)?, room(lstm)?, room(gru)?];
    let out = room(true)?;
    let [state, cell, tanh, candidate] = &kept;
    layer(r.cell, &last[0], r.steps).forward(
        turned.as_slice::<T>(),
        own.as_ref().map_or(&[], |b| b.as_slice()),
        gates.as_mut_slice(),
        last[0].as_mut_slice(),
        last.get(1).map_or(&mut [], |c| c.as_mut_slice()),
        out.as_mut_slice(),
        Kept { state: state.as_mut_slice(), cell: cell.as_mut_slice(), tanh: tanh.as_mut_slice(), candidate: candidate.as_mut_slice() },
    );
    Ok((std::iter::once(out).chain(last).collect(), Trace { gates, kept }))
}

/// The layer as one node over x, the states and the weights: keeps them and the trace.
fn node<T: Float + Gemm + Element>(r: &Run) -> Result<Vec<Tensor>> {
    let (outputs, trace) = forward::<T>(r)?;
    let inputs = inputs_of(r);
    let (cell, states) = (r.cell, r.states.len());
    let steps = r.steps.to_vec();
    let borrowed: Vec<Option<&Tensor>> = inputs.iter().map(Option::as_ref).collect();
    record_many(name(cell), &borrowed, outputs, |save| {
        let slots: Vec<_> = borrowed.iter().map(|t| save.optional("input", *t)).collect();
        let gates = save.input("gates", &trace.gates);
        let kept = trace.kept.each_ref().map(|t| save.input("kept", t));
        move |cx, g| {
            let inputs: Vec<Option<Tensor>> = slots.iter().map(|slot| slot.map(|slot| slot.get(cx)).transpose()).collect::<Result<_>>()?;
            let (x, weights) = (inputs[0].as_ref().expect("always there"), weights_of(&inputs[1 + states..]));
            let before: Vec<Tensor> = inputs[1..1 + states].iter().flatten().cloned().collect();
            let r = Run { cell, x, states: &before, weights: &weights, steps: &steps };
            if recording(&inputs.iter().chain(g).map(Option::as_ref).collect::<Vec<_>>()) {
                let outputs = steps::run(cell, x, &before, &weights, &steps)?;
                return Ok(nested::differentiate(&outputs, g, &inputs)?.into());
            }
            let [a, b, c, d] = kept;
            let trace = Trace { gates: gates.get(cx)?, kept: [a.get(cx)?, b.get(cx)?, c.get(cx)?, d.get(cx)?] };
            backward::<T>(&r, &trace, g, |i| cx.needs(i))
        }
    })
}

fn name(cell: Cell) -> &'static str {
    match cell {
        Cell::Lstm => "LstmLayerBackward0",
        Cell::Gru => "GruLayerBackward0",
        Cell::Tanh | Cell::Relu => "RnnLayerBackward0",
    }
}

/// x, the states, W_ih, W_hh, b_ih, b_hh.
fn inputs_of(r: &Run) -> Vec<Option<Tensor>> {
    let w = r.weights;
    let biases = w.biases.as_ref().map_or([None, None], |[a, b]| [Some(a.clone()), Some(b.clone())]);
    let (x, states) = (Some(r.x.clone()), r.states.iter().cloned().map(Some));
    std::iter::once(x).chain(states).chain([Some(w.input.clone()), Some(w.state.clone())]).chain(biases).collect()
}

fn weights_of(inputs: &[Option<Tensor>]) -> Weights {
    let at = |i: usize| inputs[i].clone();
    let biases = at(2).zip(at(3)).map(|(a, b)| [a, b]);
    Weights { input: at(0).expect("always there"), state: at(1).expect("always there"), biases, projection: None }
}

fn backward<T: Float + Gemm + Element>(r: &Run, trace: &Trace, g: &[Option<Tensor>], needs: impl Fn(usize) -> bool) -> Result<Grads> {
    let dout = g[0].as_ref().map(copy::contiguous).transpose()?;
    let start = |i: usize| match &g[1 + i] {
        Some(g) => copy::clone(&copy::contiguous(g)?),
        None => creation::zeros(r.states[i].sizes(), T::DTYPE),
    };
    let states: Vec<Tensor> = (0..r.states.len()).map(start).collect::<Result<_>>()?;
    let slopes = Tensor::empty(trace.gates.sizes(), T::DTYPE)?;
    let gru = r.cell == Cell::Gru;
    let own = if gru { Tensor::empty(trace.gates.sizes(), T::DTYPE)? } else { slopes.clone() };
    layer(r.cell, &states[0], r.steps).backward(
        copy::contiguous(&r.weights.state)?.as_slice::<T>(),
        trace.gates.as_slice(),
        trace.kept(),
        dout.as_ref().map_or(&[], |g| g.as_slice()),
        states[0].as_mut_slice(),
        states.get(1).map_or(&mut [], |c| c.as_mut_slice()),
        slopes.as_mut_slice(),
        if gru { own.as_mut_slice() } else { &mut [] },
    );
    let n = states.len();
    let sum = |t: &Tensor| reduce::sum(t, Some(&[0]), false, None);
    let mut grads = Grads::new();
    let mut put = |i: usize, f: &dyn Fn() -> Result<Tensor>| -> Result<()> {
        grads.push(if needs(i) { Some(f()?) } else { None });
        Ok(())
    };
    put(0, &|| linalg::mm(&slopes, &r.weights.input))?;
    (0..n).try_for_each(|i| put(1 + i, &|| Ok(states[i].clone())))?;
    put(n + 1, &|| linalg::mm(&view::t(&slopes)?, r.x))?;
    put(n + 2, &|| linalg::mm(&view::t(&own)?, &trace.kept[0]))?;
    put(n + 3, &|| sum(&slopes))?;
    put(n + 4, &|| sum(&own))?;
    Ok(grads)
}
