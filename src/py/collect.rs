//! What Python's cycle collector sees through a tensor: hooks, custom Functions and wrappers that only this
//! tensor's graph keeps alive.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

use crate::graph::foreign::Foreign;
use crate::graph::node::Edge;
use crate::graph::node::NodeRef;
use crate::tensor::Tensor;

/// Foreign objects alive; while zero, no graph needs walking.
pub static FOREIGN: AtomicUsize = AtomicUsize::new(0);

/// Calls `see` with every object held by the tensor or by nodes that it alone keeps alive.
pub fn visit(tensor: &Tensor, see: &mut dyn FnMut(*mut ())) {
    if FOREIGN.load(Relaxed) == 0 || tensor.handle_count() > 1 {
        return;
    }
    walk(tensor, 1, &mut |foreign| foreign.visit(see));
}

/// Lets go of them.
pub fn clear(tensor: &Tensor) {
    if FOREIGN.load(Relaxed) == 0 || tensor.handle_count() > 1 {
        return;
    }
    let keep = tensor.meta().node.clone();
    walk(tensor, 2, &mut |foreign| foreign.clear());
    drop(keep);
}

/// The same for a node that one wrapper alone keeps alive.
pub fn visit_node(node: &NodeRef, see: &mut dyn FnMut(*mut ())) {
    if FOREIGN.load(Relaxed) > 0 && node.handle_count() == 1 {
        walk_from(vec![node], &mut |foreign| foreign.visit(see));
    }
}

pub fn clear_node(node: &NodeRef) {
    if FOREIGN.load(Relaxed) > 0 && node.handle_count() == 1 {
        walk_from(vec![node], &mut |foreign| foreign.clear());
    }
}

/// Calls `see` for what is held by nodes that the tensor alone keeps alive. Its own node may have `handles`.
fn walk(tensor: &Tensor, handles: usize, see: &mut dyn FnMut(&dyn Foreign)) {
    of_tensor(tensor, see);
    walk_from(tensor.meta().node.as_ref().filter(|node| node.handle_count() <= handles).into_iter().collect(), see);
}

fn walk_from(mut stack: Vec<&NodeRef>, see: &mut dyn FnMut(&dyn Foreign)) {
    while let Some(node) = stack.pop() {
        if let Some(extra) = node.extra() {
            extra.pre_hooks.each(see);
            extra.post_hooks.each(see);
            extra.tensor_hooks.iter().for_each(|(_, hooks)| hooks.each(see));
            if let Some(function) = extra.function.as_ref().filter(|f| Arc::strong_count(f) == 1) {
                see(function.as_ref());
            }
        }
        for saved in node.saved() {
            if let Some(packed) = saved.packed.as_ref().filter(|p| Arc::strong_count(p) == 1) {
                see(packed.as_ref());
            }
        }
        for edge in node.edges() {
            match edge {
                Edge::Node(parent, _) if parent.handle_count() == 1 => stack.push(parent),
                Edge::Leaf(leaf) if leaf.handle_count() == 1 => of_tensor(leaf, see),
                _ => {}
            }
        }
    }
}

fn of_tensor(tensor: &Tensor, see: &mut dyn FnMut(&dyn Foreign)) {
    if let Some(extra) = tensor.extra() {
        extra.hooks.each(see);
        extra.post_accumulate.each(see);
    }
}
