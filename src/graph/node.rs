//! Backward graph nodes. One allocation holds a node's counts, edges, saved tensors and its formula (a closure).
//! A node owns its parents' nodes. Dropping never recurses: what a dying node owns goes to a per-thread
//! queue, and the outermost drop drains it.

use std::cell::Cell;
use std::cell::RefCell;
use std::cell::UnsafeCell;
use std::ptr::NonNull;
use std::sync::atomic::AtomicPtr;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

use smallvec::SmallVec;

use crate::dtype::DType;
use crate::error::Result;
use crate::graph::foreign::Foreign;
use crate::graph::foreign::Grads;
use crate::graph::foreign::Hooks;
use crate::graph::saved::Saved;
use crate::graph::saved::Slot;
use crate::shape::Dims;
use crate::tensor::Tensor;
use crate::tensor::block::release;

/// Where a gradient goes.
pub enum Edge {
    /// Nobody asks for it.
    None,
    /// A leaf tensor accumulates it.
    Leaf(Tensor),
    /// Output `.1` of a node.
    Node(NodeRef, u32),
}

/// Shape and dtype of an output: what a gradient for it must have.
pub struct OutputMeta {
    pub sizes: Dims,
    pub dtype: DType,
}

struct Table {
    run: unsafe fn(NonNull<Node>, &Cx, SmallVec<[Option<Tensor>; 1]>) -> Result<Grads>,
    drop: unsafe fn(NonNull<Node>),
}

/// What few nodes have.
#[derive(Default)]
pub struct NodeExtra {
    pub pre_hooks: Hooks,
    pub post_hooks: Hooks,
    /// Hooks of tensors that are this node's outputs: (output number, hooks).
    pub tensor_hooks: Vec<(u32, Hooks)>,
    /// Tensors whose `.grad` is filled when their gradient passes: (output number, id). A tensor that dies
    /// takes itself off the list.
    pub retained: Vec<(u32, usize)>,
    /// The Python object of a custom Function.
    pub function: Option<std::sync::Arc<dyn Foreign>>,
}

impl NodeExtra {
    /// Handles on the tensors that retain their gradient.
    pub fn retained_tensors(&self) -> Vec<(u32, Tensor)> {
        // SAFETY: a listed tensor is alive.
        self.retained.iter().map(|&(nr, id)| (nr, unsafe { Tensor::from_id(id) })).collect()
    }
}

#[repr(C)]
pub struct Node {
    count: AtomicUsize,
    table: &'static Table,
    name: Cell<&'static str>,
    /// Order of creation within a thread: later nodes run first.
    pub sequence: u64,
    /// Place in a running backward: run stamp, gradients still to come.
    pub stamp: Cell<u32>,
    pub due: Cell<u32>,
    pub freed: Cell<bool>,
    buffers: UnsafeCell<SmallVec<[Option<Tensor>; 1]>>,
    edges: UnsafeCell<SmallVec<[Edge; 2]>>,
    saved: UnsafeCell<SmallVec<[Saved; 2]>>,
    pub outputs: SmallVec<[OutputMeta; 1]>,
    extra: UnsafeCell<Option<Box<NodeExtra>>>,
    /// The one foreign wrapper of this node, borrowed.
    pub wrapper: AtomicPtr<()>,
}

#[repr(C)]
struct Full<F> {
    node: Node,
    formula: F,
}

/// A handle on a node; cloning shares it.
pub struct NodeRef(NonNull<Node>);

// SAFETY: the count is atomic; the rest changes under the interpreter's lock or by the one run that owns it.
unsafe impl Send for NodeRef {}
// SAFETY: as above.
unsafe impl Sync for NodeRef {}

/// How a formula is called.
pub trait Formula: 'static {
    fn run(&self, cx: &Cx, grads: SmallVec<[Option<Tensor>; 1]>) -> Result<Grads>;
}

/// A formula of a node with one output: gets its gradient.
pub struct Single<F>(pub F);

impl<F: Fn(&Cx, Tensor) -> Result<Grads> + 'static> Formula for Single<F> {
    #[inline]
    fn run(&self, cx: &Cx, mut grads: SmallVec<[Option<Tensor>; 1]>) -> Result<Grads> {
        match grads[0].take() {
            Some(grad) => (self.0)(cx, grad),
            None => Ok(SmallVec::new()),
        }
    }
}

/// A formula of a node with several outputs: gets a gradient or None for each.
pub struct Many<F>(pub F);

impl<F: Fn(&Cx, &[Option<Tensor>]) -> Result<Grads> + 'static> Formula for Many<F> {
    fn run(&self, cx: &Cx, grads: SmallVec<[Option<Tensor>; 1]>) -> Result<Grads> {
        (self.0)(cx, &grads)
    }
}

/// What a formula may ask while it runs.
pub struct Cx<'a> {
    pub node: &'a NodeRef,
    needs: u64,
}

impl Cx<'_> {
    pub fn new(node: &NodeRef, needs: u64) -> Cx<'_> {
        Cx { node, needs }
    }

    /// Does anyone ask for the gradient of input `i`?
    #[inline(always)]
    pub fn needs(&self, i: usize) -> bool {
        match i {
            0..64 => self.needs >> i & 1 == 1,
            _ => !matches!(self.node.edges()[i], Edge::None),
        }
    }
}

impl Slot {
    /// The saved tensor, checked.
    #[inline]
    pub fn get(self, cx: &Cx) -> Result<Tensor> {
        match cx.node.saved().get(self.0 as usize) {
            Some(saved) => saved.read(cx.node),
            None => crate::graph::saved::freed(),
        }
    }
}

thread_local! {
    static SEQUENCE: Cell<u64> = const { Cell::new(0) };
    static QUEUE: RefCell<Vec<NonNull<Node>>> = const { RefCell::new(Vec::new()) };
    static DRAINING: Cell<bool> = const { Cell::new(false) };
}

#[inline]
fn next_sequence() -> u64 {
    SEQUENCE.with(|cell| {
        let next = cell.get() + 1;
        cell.set(next);
        next
    })
}

unsafe fn run_full<F: Formula>(node: NonNull<Node>, cx: &Cx, grads: SmallVec<[Option<Tensor>; 1]>) -> Result<Grads> {
    // SAFETY: the table with this F stands only in a `Full<F>`, whose first field is the node.
    unsafe { node.cast::<Full<F>>().as_ref() }.formula.run(cx, grads)
}

unsafe fn drop_full<F>(node: NonNull<Node>) {
    // SAFETY: as above; the last handle is gone and the box is freed once.
    drop(unsafe { Box::from_raw(node.cast::<Full<F>>().as_ptr()) });
}

impl NodeRef {
    #[inline]
    pub fn new<F: Formula>(
        name: &'static str,
        edges: SmallVec<[Edge; 2]>,
        saved: SmallVec<[Saved; 2]>,
        outputs: SmallVec<[OutputMeta; 1]>,
        formula: F,
    ) -> NodeRef {
        struct Tables<F>(std::marker::PhantomData<F>);
        impl<F: Formula> Tables<F> {
            const TABLE: Table = Table { run: run_full::<F>, drop: drop_full::<F> };
        }
        let node = Node {
            count: AtomicUsize::new(1),
            table: &Tables::<F>::TABLE,
            name: Cell::new(name),
            sequence: next_sequence(),
            stamp: Cell::new(0),
            due: Cell::new(0),
            freed: Cell::new(false),
            buffers: UnsafeCell::new(SmallVec::new()),
            edges: UnsafeCell::new(edges),
            saved: UnsafeCell::new(saved),
            outputs,
            extra: UnsafeCell::new(None),
            wrapper: AtomicPtr::new(std::ptr::null_mut()),
        };
        let full = Box::into_raw(Box::new(Full { node, formula }));
        // SAFETY: a box is never null.
        NodeRef(unsafe { NonNull::new_unchecked(full as *mut Node) })
    }

    pub fn name(&self) -> &'static str {
        self.name.get()
    }

    /// The op's name, as errors have it: "Mul" of "MulBackward0", "Pow1" of "PowBackward1".
    pub fn short_name(&self) -> String {
        match self.name().rsplit_once("Backward") {
            Some((op, number)) => format!("{op}{}", number.trim_start_matches('0')),
            None if self.name() == "CopySlices" => "torch::autograd::CopySlices".into(),
            None => self.name().into(),
        }
    }

    /// A composite gives its last node the name that PyTorch prints.
    pub fn rename(&self, name: &'static str) {
        self.name.set(name);
    }

    /// # Safety
    /// The node with this `id` is alive, and the caller gives it a handle's count or forgets the result.
    pub unsafe fn from_address(id: usize) -> NodeRef {
        // SAFETY: an id is never null, says the caller.
        NodeRef(unsafe { NonNull::new_unchecked(id as *mut Node) })
    }

    pub fn id(&self) -> usize {
        self.0.as_ptr() as usize
    }

    #[inline(always)]
    pub fn edges(&self) -> &SmallVec<[Edge; 2]> {
        // SAFETY: edges change only in `edges_mut`, while no reference is held.
        unsafe { &*self.edges.get() }
    }

    #[allow(clippy::mut_from_ref)]
    pub fn edges_mut(&self) -> &mut SmallVec<[Edge; 2]> {
        // SAFETY: called while a node is being built or rebased, which is serialised.
        unsafe { &mut *self.edges.get() }
    }

    #[inline(always)]
    pub fn saved(&self) -> &SmallVec<[Saved; 2]> {
        // SAFETY: as for edges.
        unsafe { &*self.saved.get() }
    }

    #[allow(clippy::mut_from_ref)]
    pub fn saved_mut(&self) -> &mut SmallVec<[Saved; 2]> {
        // SAFETY: as for edges.
        unsafe { &mut *self.saved.get() }
    }

    /// The gradient buffers of the run that owns the node.
    #[allow(clippy::mut_from_ref)]
    #[inline(always)]
    pub fn buffers(&self) -> &mut SmallVec<[Option<Tensor>; 1]> {
        // SAFETY: one run at a time uses them (see engine.rs).
        unsafe { &mut *self.buffers.get() }
    }

    #[inline(always)]
    pub fn extra(&self) -> Option<&NodeExtra> {
        // SAFETY: as for edges.
        unsafe { (*self.extra.get()).as_deref() }
    }

    #[allow(clippy::mut_from_ref)]
    pub fn extra_mut(&self) -> &mut NodeExtra {
        // SAFETY: as for edges.
        unsafe { (*self.extra.get()).get_or_insert_default() }
    }

    /// Applies the formula.
    #[inline]
    pub fn run(&self, needs: u64, grads: SmallVec<[Option<Tensor>; 1]>) -> Result<Grads> {
        // SAFETY: the handle keeps the node alive; its table belongs to it.
        unsafe { (self.table.run)(self.0, &Cx::new(self, needs), grads) }
    }

    /// Lets go of the saved tensors: the graph can run only once.
    #[inline]
    pub fn free_saved(&self) {
        self.freed.set(true);
        if let Some(function) = self.extra().and_then(|extra| extra.function.as_ref()) {
            function.release();
        }
        if !self.saved().is_empty() {
            drop(std::mem::take(self.saved_mut()));
        }
    }

    /// Handles on this node.
    pub fn handle_count(&self) -> usize {
        self.count.load(Relaxed)
    }
}

impl Clone for NodeRef {
    #[inline]
    fn clone(&self) -> NodeRef {
        self.count.fetch_add(1, Relaxed);
        NodeRef(self.0)
    }
}

impl std::ops::Deref for NodeRef {
    type Target = Node;
    #[inline(always)]
    fn deref(&self) -> &Node {
        // SAFETY: a handle keeps its node alive.
        unsafe { self.0.as_ref() }
    }
}

impl Drop for NodeRef {
    #[inline]
    fn drop(&mut self) {
        if release(&self.count) {
            free(self.0);
        }
    }
}

/// Frees a node whose count is zero. Nodes that die meanwhile wait in the queue.
fn free(node: NonNull<Node>) {
    // SAFETY: the count is zero, so this is the only use of the node.
    let destroy = |node: NonNull<Node>| unsafe { (node.as_ref().table.drop)(node) };
    if DRAINING.try_with(|draining| draining.replace(true)).unwrap_or(true) {
        // A thread that is ending has no queue any more; then this recurses.
        if QUEUE.try_with(|queue| queue.borrow_mut().push(node)).is_err() {
            destroy(node);
        }
        return;
    }
    destroy(node);
    while let Some(next) = QUEUE.with(|queue| queue.borrow_mut().pop()) {
        destroy(next);
    }
    DRAINING.with(|draining| draining.set(false));
}
