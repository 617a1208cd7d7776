//! Rare state of a tensor, in one lazy box.

use crate::graph::foreign::Hooks;

#[derive(Default)]
pub struct Extra {
    /// Hooks on the gradient of a leaf (those of other tensors live in their node).
    pub hooks: Hooks,
    /// Called with a leaf after its gradient was accumulated.
    pub post_accumulate: Hooks,
    pub retains_grad: bool,
}
