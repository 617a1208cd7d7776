//! backward() and grad(): count what is due, run nodes as they become ready, latest first, accumulate.
//! The run that finds nobody else running keeps its counts and buffers in the nodes; a run that starts while
//! another is on (from a hook, from another thread) keeps them in maps. Never recurses.

use std::cell::RefCell;
use std::collections::BinaryHeap;
use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

use smallvec::SmallVec;

use crate::dtype::DType;
use crate::dtype::Scalar;
use crate::error::Result;
use crate::fail;
use crate::graph::foreign::Grads;
use crate::graph::mode;
use crate::graph::nested;
use crate::graph::node::Edge;
use crate::graph::node::NodeRef;
use crate::graph::node::OutputMeta;
use crate::ops::arithmetic;
use crate::ops::copy;
use crate::ops::creation;
use crate::ops::reduce;
use crate::shape;
use crate::tensor::Tensor;

/// What a run is asked to do.
#[derive(Clone, Copy, Default)]
pub struct Options {
    pub retain_graph: bool,
    pub create_graph: bool,
}

static EPOCH: AtomicU32 = AtomicU32::new(0);
static RUNNING: AtomicUsize = AtomicUsize::new(0);
static INTERRUPT: OnceLock<fn() -> Result<()>> = OnceLock::new();

/// Says how to ask whether the user wants to stop; called every few hundred nodes, sooner where they are large.
pub fn set_interrupt_hook(hook: fn() -> Result<()>) {
    let _ = INTERRUPT.set(hook);
}

fn check_interrupt() -> Result<()> {
    INTERRUPT.get().map_or(Ok(()), |hook| hook())
}

/// Fills `.grad` of the leaves (or only of `inputs`) from `tensors`, whose gradients are `gradients` (ones for scalars).
pub fn backward(tensors: &[Tensor], gradients: &[Option<Tensor>], inputs: Option<&[Tensor]>, options: Options) -> Result<()> {
    let roots = roots(tensors, gradients)?;
    match inputs {
        None => start(roots, None, options).map(|_| ()),
        Some(inputs) => {
            let found = start(roots, Some(inputs), options)?;
            for (input, grad) in inputs.iter().zip(found) {
                if let Some(grad) = grad {
                    accumulate_leaf(input, grad, options.create_graph)?;
                }
            }
            Ok(())
        }
    }
}

/// The gradients of `outputs` with respect to `inputs`; None where there is no path.
pub fn grad(outputs: &[Tensor], gradients: &[Option<Tensor>], inputs: &[Tensor], options: Options) -> Result<Vec<Option<Tensor>>> {
    for input in inputs {
        if !input.requires_grad() {
            fail!(Runtime, "One of the differentiated Tensors does not require grad");
        }
    }
    start(roots(outputs, gradients)?, Some(inputs), options)
}

/// What a formula that runs the engine gets; see `graph::nested`.
fn differentiate(outputs: &[Tensor], gradients: &[Option<Tensor>], inputs: &[Tensor]) -> Result<Vec<Option<Tensor>>> {
    grad(outputs, gradients, inputs, Options { create_graph: true, retain_graph: true })
}

type Roots = SmallVec<[(Edge, Tensor); 1]>;

fn roots(tensors: &[Tensor], gradients: &[Option<Tensor>]) -> Result<Roots> {
    let mut roots = Roots::new();
    for (i, tensor) in tensors.iter().enumerate() {
        let edge = tensor.edge();
        if matches!(edge, Edge::None) {
            fail!(Runtime, "element {i} of tensors does not require grad and does not have a grad_fn");
        }
        let grad = match gradients.get(i).and_then(Option::as_ref) {
            Some(grad) => checked(grad, tensor, i)?,
            None => implicit(tensor)?,
        };
        roots.push((edge, grad));
    }
    Ok(roots)
}

fn implicit(tensor: &Tensor) -> Result<Tensor> {
    if tensor.numel() != 1 {
        fail!(Runtime, "grad can be implicitly created only for scalar outputs");
    }
    creation::filled(tensor.sizes(), Scalar::Int(1), tensor.dtype())
}

fn checked(grad: &Tensor, tensor: &Tensor, i: usize) -> Result<Tensor> {
    if grad.sizes() != tensor.sizes() {
        fail!(
            Runtime,
            "Mismatch in shape: grad_output[{i}] has a shape of torch.Size({}) and output[{i}] has a shape of torch.Size({}).",
            shape::list(grad.sizes()),
            shape::list(tensor.sizes())
        );
    }
    copy::to_dtype(grad, tensor.dtype(), false)
}

/// Counts down the runs that are on.
struct Running;

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, Relaxed);
    }
}

fn start(roots: Roots, targets: Option<&[Tensor]>, options: Options) -> Result<Vec<Option<Tensor>>> {
    nested::set_engine(differentiate);
    let alone = RUNNING.fetch_add(1, Relaxed) == 0;
    let _running = Running;
    let _mode = mode::guard(mode::GRAD_OFF, !options.create_graph);
    let targets = targets.map(Targets::new);
    if alone {
        let epoch = EPOCH.fetch_add(1, Relaxed).wrapping_add(1).max(1);
        run(InNodes(epoch), roots, targets, options)
    } else {
        run(InMaps::default(), roots, targets, options)
    }
}

/// Where a run keeps its counts and buffers.
trait Ledger {
    /// One more gradient is due; true at first sight of the node.
    fn expect(&mut self, node: &NodeRef) -> bool;
    fn expect_leaf(&mut self, leaf: &Tensor);
    /// Puts a gradient at an output of the node; true when nothing is due any more.
    fn deliver(&mut self, node: &NodeRef, nr: u32, grad: Option<Tensor>) -> Result<bool>;
    /// The sum at a leaf when it is complete.
    fn deliver_leaf(&mut self, leaf: &Tensor, grad: Option<Tensor>) -> Result<Option<Tensor>>;
    fn take(&mut self, node: &NodeRef) -> SmallVec<[Option<Tensor>; 1]>;
}

struct InNodes(u32);

impl Ledger for InNodes {
    #[inline]
    fn expect(&mut self, node: &NodeRef) -> bool {
        if node.stamp.get() == self.0 {
            node.due.set(node.due.get() + 1);
            return false;
        }
        node.stamp.set(self.0);
        node.due.set(1);
        let buffers = node.buffers();
        if buffers.len() == node.outputs.len() {
            buffers.iter_mut().for_each(|slot| *slot = None);
        } else {
            buffers.clear();
            buffers.resize_with(node.outputs.len(), || None);
        }
        true
    }

    #[inline]
    fn expect_leaf(&mut self, leaf: &Tensor) {
        let meta = leaf.meta();
        if meta.stamp.get() == self.0 {
            meta.due.set(meta.due.get() + 1);
        } else {
            meta.stamp.set(self.0);
            meta.due.set(1);
            leaf.meta_mut().buffer = None;
        }
    }

    #[inline]
    fn deliver(&mut self, node: &NodeRef, nr: u32, grad: Option<Tensor>) -> Result<bool> {
        add_to(&mut node.buffers()[nr as usize], grad)?;
        node.due.set(node.due.get() - 1);
        Ok(node.due.get() == 0)
    }

    #[inline]
    fn deliver_leaf(&mut self, leaf: &Tensor, grad: Option<Tensor>) -> Result<Option<Tensor>> {
        let due = leaf.meta().due.get() - 1;
        leaf.meta().due.set(due);
        let buffer = &mut leaf.meta_mut().buffer;
        if due == 0 && buffer.is_none() {
            return Ok(grad);
        }
        add_to(buffer, grad)?;
        Ok(if due == 0 { buffer.take() } else { None })
    }

    #[inline]
    fn take(&mut self, node: &NodeRef) -> SmallVec<[Option<Tensor>; 1]> {
        std::mem::take(node.buffers())
    }
}

/// Due and buffers by identity.
#[derive(Default)]
struct InMaps {
    nodes: HashMap<usize, (u32, SmallVec<[Option<Tensor>; 1]>)>,
    leaves: HashMap<usize, (u32, Option<Tensor>)>,
}

impl Ledger for InMaps {
    fn expect(&mut self, node: &NodeRef) -> bool {
        let first = !self.nodes.contains_key(&node.id());
        let entry = self.nodes.entry(node.id()).or_insert_with(|| {
            let mut buffers = SmallVec::new();
            buffers.resize_with(node.outputs.len(), || None);
            (0, buffers)
        });
        entry.0 += 1;
        first
    }

    fn expect_leaf(&mut self, leaf: &Tensor) {
        self.leaves.entry(leaf.id()).or_default().0 += 1;
    }

    fn deliver(&mut self, node: &NodeRef, nr: u32, grad: Option<Tensor>) -> Result<bool> {
        let entry = self.nodes.get_mut(&node.id()).expect("counted before");
        add_to(&mut entry.1[nr as usize], grad)?;
        entry.0 -= 1;
        Ok(entry.0 == 0)
    }

    fn deliver_leaf(&mut self, leaf: &Tensor, grad: Option<Tensor>) -> Result<Option<Tensor>> {
        let entry = self.leaves.get_mut(&leaf.id()).expect("counted before");
        add_to(&mut entry.1, grad)?;
        entry.0 -= 1;
        Ok(if entry.0 == 0 { entry.1.take() } else { None })
    }

    fn take(&mut self, node: &NodeRef) -> SmallVec<[Option<Tensor>; 1]> {
        self.nodes.get_mut(&node.id()).map(|entry| std::mem::take(&mut entry.1)).expect("counted before")
    }
}

/// slot += grad, into the slot's own memory where nobody else holds it.
fn add_to(slot: &mut Option<Tensor>, grad: Option<Tensor>) -> Result<()> {
    let Some(grad) = grad else { return Ok(()) };
    match slot {
        None => *slot = Some(grad),
        Some(sum) if sum.is_unique() && !mode::grad_enabled() && sum.is_dense() => arithmetic::accumulate(sum, &grad)?,
        Some(sum) => *slot = Some(arithmetic::add_operands((&*sum).into(), (&grad).into())?),
    }
    Ok(())
}

/// The tensors whose gradients are asked for, and what was found.
struct Targets {
    leaves: HashMap<usize, Vec<usize>>,
    outputs: HashMap<(usize, u32), Vec<usize>>,
    found: Vec<Option<Tensor>>,
    /// Nodes on a path to a target.
    needed: HashSet<usize>,
}

impl Targets {
    fn new(targets: &[Tensor]) -> Targets {
        let mut this =
            Targets { leaves: HashMap::new(), outputs: HashMap::new(), found: vec![None; targets.len()], needed: HashSet::new() };
        for (i, target) in targets.iter().enumerate() {
            match target.edge() {
                Edge::Node(node, nr) => this.outputs.entry((node.id(), nr)).or_default().push(i),
                _ => this.leaves.entry(target.id()).or_default().push(i),
            }
        }
        this
    }

    fn wants(&self, edge: &Edge) -> bool {
        match edge {
            Edge::None => false,
            Edge::Leaf(leaf) => self.leaves.contains_key(&leaf.id()),
            Edge::Node(node, nr) => self.outputs.contains_key(&(node.id(), *nr)) || self.needed.contains(&node.id()),
        }
    }

    /// Marks the nodes that lead to a target, children before parents.
    fn mark(&mut self, roots: &Roots) {
        let mut seen = HashSet::new();
        let mut stack: Vec<(NodeRef, bool)> = roots.iter().filter_map(|(edge, _)| node_of(edge)).map(|n| (n, false)).collect();
        while let Some((node, done)) = stack.pop() {
            if done {
                if node.edges().iter().any(|edge| self.wants(edge)) {
                    self.needed.insert(node.id());
                }
            } else if seen.insert(node.id()) {
                let parents: Vec<_> = node.edges().iter().filter_map(node_of).filter(|p| !seen.contains(&p.id())).collect();
                stack.push((node, true));
                stack.extend(parents.into_iter().map(|p| (p, false)));
            }
        }
    }

    fn keep(&mut self, places: &[usize], grad: &Tensor) {
        places.iter().for_each(|&i| self.found[i] = Some(grad.clone()));
    }
}

fn node_of(edge: &Edge) -> Option<NodeRef> {
    match edge {
        Edge::Node(node, _) => Some(node.clone()),
        _ => None,
    }
}

/// A node that is ready; later ones first.
struct Ready(NodeRef);

impl PartialEq for Ready {
    fn eq(&self, other: &Ready) -> bool {
        self.0.sequence == other.0.sequence
    }
}
impl Eq for Ready {}
impl PartialOrd for Ready {
    fn partial_cmp(&self, other: &Ready) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Ready {
    fn cmp(&self, other: &Ready) -> std::cmp::Ordering {
        self.0.sequence.cmp(&other.0.sequence)
    }
}

thread_local! {
    /// Room for the queue, kept between runs.
    static QUEUE: RefCell<Vec<Ready>> = const { RefCell::new(Vec::new()) };
}

struct Engine<L> {
    ledger: L,
    ready: BinaryHeap<Ready>,
    targets: Option<Targets>,
    options: Options,
}

fn run<L: Ledger>(ledger: L, roots: Roots, mut targets: Option<Targets>, options: Options) -> Result<Vec<Option<Tensor>>> {
    if let Some(targets) = &mut targets {
        targets.mark(&roots);
    }
    let room = QUEUE.with(|queue| std::mem::take(&mut *queue.borrow_mut()));
    let mut engine = Engine { ledger, ready: BinaryHeap::from(room), targets, options };
    let result = engine.run(roots);
    let Engine { ready, targets, .. } = engine;
    let mut room = ready.into_vec();
    room.clear();
    QUEUE.with(|queue| *queue.borrow_mut() = room);
    result.map(|()| targets.map_or_else(Vec::new, |t| t.found))
}

impl<L: Ledger> Engine<L> {
    fn run(&mut self, roots: Roots) -> Result<()> {
        self.count(&roots);
        for (edge, grad) in roots {
            self.send(&edge, Some(grad), None)?;
        }
        let mut done = 0;
        while let Some(Ready(node)) = self.ready.pop() {
            self.visit(&node)?;
            done += weight(&node);
            if done >= 256 {
                check_interrupt()?;
                done = 0;
            }
        }
        Ok(())
    }

    /// Counts the gradients that every reachable node and leaf will get.
    fn count(&mut self, roots: &Roots) {
        let mut stack: Vec<NodeRef> = Vec::new();
        for (edge, _) in roots {
            self.expect(edge, &mut stack);
        }
        while let Some(node) = stack.pop() {
            for edge in node.edges() {
                self.expect(edge, &mut stack);
            }
        }
    }

    #[inline]
    fn expect(&mut self, edge: &Edge, stack: &mut Vec<NodeRef>) {
        match edge {
            Edge::None => {}
            Edge::Leaf(leaf) => self.ledger.expect_leaf(leaf),
            Edge::Node(node, _) => {
                if self.ledger.expect(node) {
                    stack.push(node.clone());
                }
            }
        }
    }

    /// A ready node: hooks, its formula, and its results on their way.
    fn visit(&mut self, node: &NodeRef) -> Result<()> {
        let mut grads = self.ledger.take(node);
        if let Some(extra) = node.extra() {
            before(extra, &mut grads)?;
        }
        let mut wanted = true;
        if let Some(targets) = &mut self.targets {
            for (nr, grad) in grads.iter().enumerate() {
                if let (Some(places), Some(grad)) = (targets.outputs.get(&(node.id(), nr as u32)).cloned(), grad) {
                    targets.keep(&places, grad);
                }
            }
            wanted = targets.needed.contains(&node.id());
        }
        let reached = wanted && grads.iter().any(Option::is_some);
        let results = if reached { self.apply(node, grads)? } else { Grads::new() };
        if mode::has(mode::ANOMALY_NAN) {
            check_nan(node, &results)?;
        }
        if reached && !self.options.retain_graph {
            node.free_saved();
        }
        let mut results = results.into_iter();
        for (i, edge) in node.edges().iter().enumerate() {
            let grad = results.next().flatten();
            self.send(edge, grad, Some((node, i)))?;
        }
        Ok(())
    }

    fn apply(&mut self, node: &NodeRef, mut grads: SmallVec<[Option<Tensor>; 1]>) -> Result<Grads> {
        let mut needs = 0u64;
        for (i, edge) in node.edges().iter().enumerate().take(64) {
            let wanted = match &self.targets {
                None => !matches!(edge, Edge::None),
                Some(targets) => targets.wants(edge),
            };
            needs |= (wanted as u64) << i;
        }
        let Some(extra) = node.extra().filter(|extra| !extra.pre_hooks.is_empty() || !extra.post_hooks.is_empty()) else {
            return node.run(needs, grads);
        };
        for hook in extra.pre_hooks.snapshot() {
            if let Some(changed) = hook.call(&grads, &[])? {
                grads = changed.into_iter().collect();
            }
        }
        let outputs = grads.clone();
        let mut results = node.run(needs, grads)?;
        for hook in extra.post_hooks.snapshot() {
            if let Some(changed) = hook.call(&results, &outputs)? {
                results = changed;
            }
        }
        Ok(results)
    }

    /// Delivers a gradient along an edge. `from` names the node and input, for error texts.
    fn send(&mut self, edge: &Edge, grad: Option<Tensor>, from: Option<(&NodeRef, usize)>) -> Result<()> {
        match edge {
            Edge::None => Ok(()),
            Edge::Leaf(leaf) => {
                let grad = grad.map(|g| fitting(g, leaf.sizes(), leaf.dtype(), from)).transpose()?;
                match self.ledger.deliver_leaf(leaf, grad)? {
                    Some(sum) => self.leaf(leaf, sum),
                    None => Ok(()),
                }
            }
            Edge::Node(node, nr) => {
                let meta = &node.outputs[*nr as usize];
                let grad = grad.map(|g| fitting(g, &meta.sizes, meta.dtype, from)).transpose()?;
                if self.ledger.deliver(node, *nr, grad)? {
                    self.ready.push(Ready(node.clone()));
                }
                Ok(())
            }
        }
    }

    fn leaf(&mut self, leaf: &Tensor, mut grad: Tensor) -> Result<()> {
        if let Some(extra) = leaf.extra() {
            for hook in extra.hooks.snapshot() {
                call_tensor_hook(hook.as_ref(), &mut grad)?;
            }
        }
        if let Some(targets) = &mut self.targets {
            if let Some(places) = targets.leaves.get(&leaf.id()).cloned() {
                targets.keep(&places, &grad);
            }
            return Ok(());
        }
        accumulate_leaf(leaf, grad, self.options.create_graph)
    }
}

/// A node with a large output weighs more: it may run for milliseconds.
#[inline]
fn weight(node: &NodeRef) -> i64 {
    let numel = |meta: &OutputMeta| meta.sizes.iter().product::<i64>();
    1 + node.outputs.first().map_or(0, numel) / 1024
}

/// Anomaly mode: a gradient that is not a number is an error of the node that made it.
#[cold]
fn check_nan(node: &NodeRef, results: &Grads) -> Result<()> {
    for (i, grad) in results.iter().enumerate() {
        let Some(grad) = grad else { continue };
        if reduce::any_all(&crate::ops::compare::isnan(&grad.detach())?, true)? {
            fail!(Runtime, "Function '{}' returned nan values in its {i}th output.", node.name());
        }
    }
    Ok(())
}

/// Hooks of tensors that are outputs of a node, and `.grad` of those that retain it.
fn before(extra: &crate::graph::node::NodeExtra, grads: &mut SmallVec<[Option<Tensor>; 1]>) -> Result<()> {
    for (nr, hooks) in &extra.tensor_hooks {
        if let Some(grad) = &mut grads[*nr as usize] {
            for hook in hooks.snapshot() {
                call_tensor_hook(hook.as_ref(), grad)?;
            }
        }
    }
    for (nr, tensor) in extra.retained_tensors() {
        if let Some(grad) = &grads[nr as usize] {
            let sum = match tensor.grad() {
                Some(old) => arithmetic::add_operands(old.into(), grad.into())?,
                None => copy::clone(grad)?,
            };
            tensor.set_grad(Some(sum));
        }
    }
    Ok(())
}

fn call_tensor_hook(hook: &dyn crate::graph::foreign::Foreign, grad: &mut Tensor) -> Result<()> {
    if let Some(changed) = hook.call(&[Some(grad.clone())], &[])?
        && let Some(Some(new)) = changed.into_iter().next()
    {
        *grad = new;
    }
    Ok(())
}

/// The gradient in the shape and dtype it must have: summed over broadcast dimensions, converted.
#[inline]
fn fitting(grad: Tensor, sizes: &[i64], dtype: DType, from: Option<(&NodeRef, usize)>) -> Result<Tensor> {
    if grad.sizes() == sizes && grad.dtype() == dtype {
        return Ok(grad);
    }
    misfit(grad, sizes, dtype, from)
}

#[cold]
fn misfit(grad: Tensor, sizes: &[i64], dtype: DType, from: Option<(&NodeRef, usize)>) -> Result<Tensor> {
    let (name, i) = from.map_or(("", 0), |(node, i)| (node.name(), i));
    if !shape::expandable(sizes, grad.sizes()) {
        fail!(
            Runtime,
            "Function {name} returned an invalid gradient at index {i} - got {} but expected shape compatible with {}",
            shape::list(grad.sizes()),
            shape::list(sizes)
        );
    }
    copy::to_dtype(&reduce::sum_to(&grad, sizes)?, dtype, false)
}

/// `.grad` += grad. The first gradient is taken over if nobody else holds it, else copied.
fn accumulate_leaf(leaf: &Tensor, grad: Tensor, create_graph: bool) -> Result<()> {
    let next = match leaf.grad() {
        None if create_graph => copy::clone(&grad)?,
        None if grad.is_unique() && grad.strides() == leaf.strides() && leaf.is_dense() && !grad.is_view() => grad,
        None => like_leaf(leaf, &grad)?,
        Some(old) if !create_graph && old.is_dense() && !old.requires_grad() => {
            arithmetic::accumulate(old, &grad)?;
            return post_accumulate(leaf);
        }
        Some(old) => arithmetic::add_operands(old.into(), (&grad).into())?,
    };
    leaf.set_grad(Some(next));
    post_accumulate(leaf)
}

/// A copy of the gradient in the memory order of its leaf.
fn like_leaf(leaf: &Tensor, grad: &Tensor) -> Result<Tensor> {
    let out = creation::empty_like(leaf, None)?;
    copy::copy_data(&out, grad)?;
    Ok(out)
}

#[inline]
fn post_accumulate(leaf: &Tensor) -> Result<()> {
    let Some(extra) = leaf.extra().filter(|extra| !extra.post_accumulate.is_empty()) else { return Ok(()) };
    for hook in extra.post_accumulate.snapshot() {
        hook.call(&[Some(leaf.clone())], &[])?;
    }
    Ok(())
}
