//! Objects of another language inside the graph: hooks, custom Functions. They can be called, seen by that
//! language's cycle collector, and cleared.

use crate::error::Result;
use crate::tensor::Tensor;

/// Gradients, one for each input of a node; None where there is none.
pub type Grads = smallvec::SmallVec<[Option<Tensor>; 3]>;

pub trait Foreign: Send + Sync {
    /// Hooks of a tensor get `(its gradient)`, hooks of a node `(grad_inputs, grad_outputs)` or `(grad_outputs)`,
    /// a custom Function `(grad_outputs)`. None leaves the values as they are.
    fn call(&self, first: &[Option<Tensor>], second: &[Option<Tensor>]) -> Result<Option<Grads>>;
    /// Calls `visit` with every foreign object held.
    fn visit(&self, visit: &mut dyn FnMut(*mut ()));
    /// Lets go of what is held; not called any more afterwards.
    fn clear(&self);
    /// Was it let go of? Then it may be taken off its list.
    fn is_cleared(&self) -> bool {
        false
    }
    /// Lets go of saved tensors only: the node ran and its graph is not kept.
    fn release(&self) {}
    /// The foreign object itself, where the graph's face asks for it.
    fn object(&self) -> *mut () {
        std::ptr::null_mut()
    }
}

/// Registered hooks in order of registration. A hook is removed by clearing it.
#[derive(Default)]
pub struct Hooks {
    list: Vec<(u64, std::sync::Arc<dyn Foreign>)>,
    next: u64,
}

impl Hooks {
    pub fn add(&mut self, hook: std::sync::Arc<dyn Foreign>) -> u64 {
        self.list.retain(|(_, hook)| !hook.is_cleared());
        self.next += 1;
        self.list.push((self.next, hook));
        self.next
    }

    pub fn is_empty(&self) -> bool {
        self.list.iter().all(|(_, hook)| hook.is_cleared())
    }

    /// A copy to call, so that a hook may add or remove hooks.
    pub fn snapshot(&self) -> Vec<std::sync::Arc<dyn Foreign>> {
        self.list.iter().map(|(_, hook)| hook.clone()).collect()
    }

    /// Calls `see` with every hook that nobody else holds.
    pub fn each(&self, see: &mut dyn FnMut(&dyn Foreign)) {
        self.list.iter().filter(|(_, hook)| std::sync::Arc::strong_count(hook) == 1).for_each(|(_, hook)| see(hook.as_ref()));
    }
}
