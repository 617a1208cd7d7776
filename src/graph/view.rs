//! Views of one storage. A view knows its base and how it came to be; each way refuses in-place writes in
//! its own words. When the base's version has moved on, a view's grad_fn is rebuilt from the base.

use std::cell::Cell;

use crate::error::Result;
use crate::fail;
use crate::graph::mode;
use crate::graph::node::Edge;
use crate::graph::node::NodeRef;
use crate::tensor::Tensor;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Creation {
    Plain,
    NoGrad,
    /// One of several outputs of a node (`unbind`, `split`).
    OneOfSeveral,
    /// Returned by a custom Function.
    Function,
    Inference,
}

pub struct ViewInfo {
    /// Never a view itself.
    pub base: Tensor,
    pub creation: Cell<Creation>,
    /// The version at which the node of the view was right.
    pub version: Cell<u32>,
    /// Makes the node anew: the view as a strided piece of its base.
    pub rebuild: fn(&Tensor, &Tensor) -> NodeRef,
}

impl Tensor {
    pub fn is_view(&self) -> bool {
        self.meta().view.is_some()
    }

    pub fn view_info(&self) -> Option<&ViewInfo> {
        self.meta().view.as_deref()
    }

    #[inline(always)]
    pub fn requires_grad(&self) -> bool {
        let meta = self.meta();
        meta.requires_grad.get() || (meta.view.is_some() && self.base_requires_grad())
    }

    fn base_requires_grad(&self) -> bool {
        self.view_info().is_some_and(|view| view.base.requires_grad() && view.creation.get() != Creation::NoGrad)
    }

    pub fn is_leaf(&self) -> bool {
        !self.requires_grad() || self.grad_fn().is_none()
    }

    /// The node that made this tensor; None for a leaf.
    #[inline]
    pub fn grad_fn(&self) -> Option<NodeRef> {
        let meta = self.meta();
        if let Some(view) = &meta.view
            && view.version.get() != self.version()
            && view.base.requires_grad()
        {
            return Some(self.rebuilt(view));
        }
        meta.node.clone()
    }

    #[cold]
    fn rebuilt(&self, view: &ViewInfo) -> NodeRef {
        let node = (view.rebuild)(self, &view.base);
        view.version.set(self.version());
        self.set_node(node.clone(), 0);
        node
    }

    pub fn output_nr(&self) -> u32 {
        self.meta().output_nr.get()
    }

    /// Where a gradient of this tensor goes.
    #[inline]
    pub fn edge(&self) -> Edge {
        if !self.requires_grad() {
            return Edge::None;
        }
        match self.grad_fn() {
            Some(node) => Edge::Node(node, self.output_nr()),
            None => Edge::Leaf(self.clone()),
        }
    }

    #[inline]
    pub fn set_node(&self, node: NodeRef, output_nr: u32) {
        let meta = self.meta_mut();
        meta.node = Some(node);
        meta.output_nr.set(output_nr);
        meta.requires_grad.set(true);
    }

    /// Refuses an in-place write where PyTorch does.
    #[inline]
    pub fn check_inplace(&self) -> Result<()> {
        if self.is_inference() && !mode::has(mode::INFERENCE) {
            fail!(
                Runtime,
                "Inplace update to inference tensor outside InferenceMode is not allowed.You can make a clone to get a normal tensor before doing inplace update.See https://github.com/pytorch/rfcs/pull/17 for more details."
            );
        }
        let unseen = || self.view_info().is_some_and(|view| view.creation.get() == Creation::NoGrad && view.base.requires_grad());
        if mode::grad_enabled() && (self.requires_grad() || unseen()) {
            return self.check_inplace_slow();
        }
        Ok(())
    }

    #[cold]
    fn check_inplace_slow(&self) -> Result<()> {
        if let Some(view) = self.view_info() {
            let nr = self.output_nr();
            let name = self.meta().node.as_ref().map_or(String::new(), |node| node.short_name());
            let what = match view.creation.get() {
                Creation::Plain => None,
                Creation::NoGrad => Some(
                    "This view was created in the no_grad mode, but is being modified inplace with grad mode enabled. Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view and the inplace either both inside the no_grad block (if you don't want the inplace to be tracked) or both outside (if you want the inplace to be tracked).",
                ),
                Creation::Inference => {
                    Some("This view was created inside inference mode, but is being modified inplace in normal mode; clone it first.")
                }
                Creation::OneOfSeveral => Some(
                    "This view is the output of a function that returns multiple views. Such functions do not allow the output views to be modified inplace. You should replace the inplace operation by an out-of-place one.",
                ),
                Creation::Function => Some(
                    "This view was created inside a custom Function (or because an input was returned as-is) and the autograd logic to handle view+inplace would override the custom backward associated with the custom Function, leading to incorrect gradients. This behavior is forbidden. You can fix this by cloning the output of the custom Function.",
                ),
            };
            let mode = match view.creation.get() {
                Creation::NoGrad => ("no_grad mode", "with grad mode enabled", "no_grad"),
                _ => ("inference mode", "in normal mode", "inference_mode"),
            };
            if let (Some(_), true) = (what, name.is_empty()) {
                let (made, changed, block) = mode;
                fail!(
                    Runtime,
                    "A view was created in {made} and is being modified inplace {changed}. Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view and the inplace either both inside the {block} block (if you don't want the inplace to be tracked) or both outside (if you want the inplace to be tracked)."
                );
            }
            if let Some(what) = what {
                fail!(Runtime, "Output {nr} of {name} is a view and is being modified inplace. {what}");
            }
            if view.base.is_leaf() && view.base.requires_grad() {
                fail!(Runtime, "a view of a leaf Variable that requires grad is being used in an in-place operation.");
            }
        } else if self.is_leaf() {
            fail!(Runtime, "a leaf Variable that requires grad is being used in an in-place operation.");
        }
        Ok(())
    }
}
