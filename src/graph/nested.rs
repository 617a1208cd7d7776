//! A run of the engine inside a node's formula: a fused node gets its second derivative from the same computation in
//! plain ops, recorded, and differentiated here.

use std::sync::OnceLock;

use crate::error::Result;
use crate::tensor::Tensor;

/// Gradients of outputs, whose own are given, with respect to inputs, as a graph.
pub type Differentiate = fn(&[Tensor], &[Option<Tensor>], &[Tensor]) -> Result<Vec<Option<Tensor>>>;

static ENGINE: OnceLock<Differentiate> = OnceLock::new();

/// The engine names itself when it first runs.
pub fn set_engine(differentiate: Differentiate) {
    let _ = ENGINE.set(differentiate);
}

/// The gradients of `inputs` that require one; None for the others.
pub fn differentiate(outputs: &[Tensor], gradients: &[Option<Tensor>], inputs: &[Option<Tensor>]) -> Result<Vec<Option<Tensor>>> {
    let given = outputs.iter().zip(gradients).filter(|(out, g)| g.is_some() && out.requires_grad());
    let (outputs, gradients): (Vec<_>, Vec<_>) = given.map(|(out, g)| (out.clone(), g.clone())).unzip();
    let wanted: Vec<Tensor> = inputs.iter().flatten().filter(|t| t.requires_grad()).cloned().collect();
    let engine = ENGINE.get().expect("formulas are run by the engine");
    let mut found = engine(&outputs, &gradients, &wanted)?.into_iter();
    Ok(inputs.iter().map(|input| input.as_ref().filter(|t| t.requires_grad()).and_then(|_| found.next().flatten())).collect())
}
