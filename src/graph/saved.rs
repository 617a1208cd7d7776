//! Tensors that a node keeps for its formula, in named slots. An input is kept itself, an output detached
//! (the node owns it, so a strong grad_fn would be a cycle) and attached again when read.
//! Reading checks that nobody wrote to the elements since. See Versions in docs/architecture.md.

use std::sync::Arc;

use crate::error::Result;
use crate::fail;
use crate::graph::foreign::Foreign;
use crate::graph::mode;
use crate::graph::node::NodeRef;
use crate::shape;
use crate::tensor::Tensor;

pub struct Saved {
    pub name: &'static str,
    pub tensor: Option<Tensor>,
    pub version: u32,
    /// Which output of the node this is, if one.
    pub output: Option<u32>,
    /// Stands for the tensor where saved-tensor hooks packed it.
    pub packed: Option<Arc<dyn Foreign>>,
}

/// The place of a saved tensor in its node; what a formula holds.
#[derive(Clone, Copy)]
pub struct Slot(pub u32);

/// Collects what a formula needs while its node is made.
pub struct Save<'a> {
    pub(crate) slots: smallvec::SmallVec<[Saved; 2]>,
    pub(crate) outputs: &'a [Tensor],
}

impl Save<'_> {
    #[inline]
    pub fn input(&mut self, name: &'static str, tensor: &Tensor) -> Slot {
        self.push(name, tensor.clone(), tensor.version(), None)
    }

    pub fn optional(&mut self, name: &'static str, tensor: Option<&Tensor>) -> Option<Slot> {
        tensor.map(|tensor| self.input(name, tensor))
    }

    #[inline]
    pub fn output(&mut self) -> Slot {
        self.output_nr("result", 0)
    }

    pub fn output_nr(&mut self, name: &'static str, nr: usize) -> Slot {
        let tensor = &self.outputs[nr];
        self.push(name, tensor.detach(), tensor.version(), Some(nr as u32))
    }

    #[inline]
    fn push(&mut self, name: &'static str, tensor: Tensor, version: u32, output: Option<u32>) -> Slot {
        self.slots.push(Saved { name, tensor: Some(tensor), version, output, packed: None });
        Slot(self.slots.len() as u32 - 1)
    }
}

impl Saved {
    /// The tensor, unless it was written to or freed.
    pub fn read(&self, node: &NodeRef) -> Result<Tensor> {
        let tensor = match (&self.tensor, &self.packed) {
            (Some(tensor), _) => tensor,
            (None, Some(packed)) => return self.unpack(packed.as_ref(), node),
            (None, None) => return freed(),
        };
        if tensor.version() != self.version {
            return self.changed(tensor, node);
        }
        Ok(self.attach(tensor, node))
    }

    fn attach(&self, tensor: &Tensor, node: &NodeRef) -> Tensor {
        match self.output {
            Some(nr) if mode::grad_enabled() => {
                let output = tensor.detach();
                output.set_node(node.clone(), nr);
                output
            }
            _ => tensor.clone(),
        }
    }

    #[cold]
    fn unpack(&self, packed: &dyn Foreign, node: &NodeRef) -> Result<Tensor> {
        let unpacked = packed.call(&[], &[])?.and_then(|mut values| values.pop().flatten());
        Ok(self.attach(&unpacked.expect("an unpack hook gives a tensor"), node))
    }

    #[cold]
    fn changed(&self, tensor: &Tensor, node: &NodeRef) -> Result<Tensor> {
        let origin = match (self.output, tensor.grad_fn()) {
            (Some(nr), _) => format!(", which is output {nr} of {},", node.short_name()),
            (None, Some(parent)) => format!(", which is output {} of {},", tensor.output_nr(), parent.short_name()),
            (None, None) => String::new(),
        };
        fail!(
            Runtime,
            "one of the variables needed for gradient computation has been modified by an inplace operation: [torch.{}Tensor {}]{origin} is at version {}; expected version {} instead. Hint: enable anomaly detection to find the operation that failed to compute its gradient, with torch.autograd.set_detect_anomaly(True, check_nan=False).",
            tensor.dtype().scalar_type(),
            shape::list(tensor.sizes()),
            tensor.version(),
            self.version
        )
    }
}

#[cold]
pub fn freed<T>() -> Result<T> {
    fail!(
        Runtime,
        "Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify retain_graph=True if you need to backward through the graph a second time or if you need to access saved tensors after calling backward."
    )
}

/// Packs a tensor with the innermost pair of saved-tensor hooks; the result unpacks it when called.
pub type PackHook = fn(&Tensor) -> Result<Arc<dyn Foreign>>;

static PACK: std::sync::OnceLock<PackHook> = std::sync::OnceLock::new();

/// Says how saved tensors are packed while mode::SAVED_HOOKS is set.
pub fn set_pack_hook(hook: PackHook) {
    let _ = PACK.set(hook);
}

#[cold]
pub(crate) fn pack(slots: &mut smallvec::SmallVec<[Saved; 2]>) -> Result<()> {
    let Some(hook) = PACK.get() else { return Ok(()) };
    for saved in slots.iter_mut() {
        if let Some(tensor) = saved.tensor.take() {
            saved.packed = Some(hook(&tensor)?);
        }
    }
    Ok(())
}
