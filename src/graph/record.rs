//! `record` gives a result its node: the name, the inputs' edges, what the formula saves, the formula.

use smallvec::SmallVec;

use crate::error::Result;
use crate::fail;
use crate::graph::foreign::Grads;
use crate::graph::mode;
use crate::graph::node::Cx;
use crate::graph::node::Edge;
use crate::graph::node::Formula;
use crate::graph::node::Many;
use crate::graph::node::NodeRef;
use crate::graph::node::OutputMeta;
use crate::graph::node::Single;
use crate::graph::saved::Save;
use crate::graph::saved::Saved;
use crate::tensor::Tensor;

/// An input of an op: a tensor, or something that has no gradient.
pub trait Input {
    fn tensor(&self) -> Option<&Tensor>;
}

impl Input for &Tensor {
    #[inline(always)]
    fn tensor(&self) -> Option<&Tensor> {
        Some(self)
    }
}

impl Input for Option<&Tensor> {
    #[inline(always)]
    fn tensor(&self) -> Option<&Tensor> {
        *self
    }
}

/// Will a result of these inputs be recorded?
#[inline(always)]
pub fn recording<I: Input>(inputs: &[I]) -> bool {
    inputs.iter().any(|i| i.tensor().is_some_and(|t| t.requires_grad())) && mode::grad_enabled()
}

/// Records `out` as a function of `inputs`, if any of them requires a gradient. `maker` saves what the
/// formula needs and returns it: a closure from the gradient of `out` to one gradient for each input.
#[inline(always)]
pub fn record<I, F, M>(name: &'static str, inputs: &[I], out: Tensor, maker: M) -> Result<Tensor>
where
    I: Input,
    M: FnOnce(&mut Save) -> F,
    F: Fn(&Cx, Tensor) -> Result<Grads> + 'static,
{
    if recording(inputs) && out.dtype().has_gradients() {
        attach(name, inputs, std::slice::from_ref(&out), |save| Single(maker(save)))?;
    }
    Ok(out)
}

/// The same for several outputs; outputs whose dtype has no gradients are left alone.
pub fn record_many<I, F, M>(name: &'static str, inputs: &[I], outputs: Vec<Tensor>, maker: M) -> Result<Vec<Tensor>>
where
    I: Input,
    M: FnOnce(&mut Save) -> F,
    F: Fn(&Cx, &[Option<Tensor>]) -> Result<Grads> + 'static,
{
    if recording(inputs) {
        attach(name, inputs, &outputs, |save| Many(maker(save)))?;
    }
    Ok(outputs)
}

/// A composite under the name of one node.
pub fn renamed(out: Tensor, node: &'static str) -> Result<Tensor> {
    if let Some(last) = out.grad_fn() {
        last.rename(node);
    }
    Ok(out)
}

#[inline]
fn attach<I: Input, F: Formula>(name: &'static str, inputs: &[I], outputs: &[Tensor], maker: impl FnOnce(&mut Save) -> F) -> Result<()> {
    let mut save = Save { slots: SmallVec::new(), outputs };
    let formula = maker(&mut save);
    let mut edges: SmallVec<[Edge; 2]> = SmallVec::with_capacity(inputs.len());
    for input in inputs {
        edges.push(input.tensor().map_or(Edge::None, Tensor::edge));
    }
    let mut metas: SmallVec<[OutputMeta; 1]> = SmallVec::with_capacity(outputs.len());
    for output in outputs {
        metas.push(OutputMeta::of(output));
    }
    let mut slots = save.slots;
    if mode::inference_used() {
        check_saved(&slots)?;
    }
    if mode::has(mode::SAVED_HOOKS) {
        crate::graph::saved::pack(&mut slots)?;
    }
    let node = NodeRef::new(name, edges, slots, metas, formula);
    for (nr, out) in outputs.iter().enumerate() {
        if out.dtype().has_gradients() {
            out.set_node(node.clone(), nr as u32);
        }
    }
    Ok(())
}

#[cold]
fn check_saved(slots: &[Saved]) -> Result<()> {
    if slots.iter().any(|slot| slot.tensor.as_ref().is_some_and(Tensor::is_inference)) {
        fail!(
            Runtime,
            "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in computation tracked by autograd. To work around this, you can make a clone to get a normal tensor and use it in autograd, or use `torch.no_grad()` instead of `torch.inference_mode()`."
        );
    }
    Ok(())
}

impl OutputMeta {
    #[inline]
    pub fn of(tensor: &Tensor) -> OutputMeta {
        OutputMeta { sizes: crate::shape::Dims::from_slice(tensor.sizes()), dtype: tensor.dtype() }
    }
}
