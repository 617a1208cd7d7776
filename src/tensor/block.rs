//! The tensor block: counts, geometry, autograd state, storage header and small data in ONE allocation.
//! `Block::count` counts handles; at zero the meta goes (with the graph). `Storage::count` counts tensors on
//! the bytes; at zero the block's memory goes. A view's block stops before the storage header.
//! Hand-made reference counts live here and in graph/node.rs only. Geometry is read through the accessors alone.

use std::alloc::Layout;
use std::alloc::alloc;
use std::alloc::dealloc;
use std::alloc::handle_alloc_error;
use std::cell::Cell;
use std::cell::UnsafeCell;
use std::mem::ManuallyDrop;
use std::mem::offset_of;
use std::ptr::NonNull;
use std::ptr::null_mut;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::AtomicPtr;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Acquire;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::Ordering::Release;
use std::sync::atomic::fence;

use crate::dtype::DType;
use crate::error::Result;
use crate::graph::mode;
use crate::graph::node::NodeRef;
use crate::graph::view::ViewInfo;
use crate::shape;
use crate::shape::Dims;
use crate::storage::INLINE;
use crate::storage::Owner;
use crate::storage::Storage;
use crate::tensor::extra::Extra;

#[repr(C, align(16))]
struct Block {
    count: AtomicUsize,
    /// Does the allocation reach to the storage header and the inline bytes?
    has_home: bool,
    meta: ManuallyDrop<UnsafeCell<Meta>>,
    home: Storage,
    inline: [u8; INLINE],
}

/// Where a tensor's elements lie.
pub(crate) struct Geometry {
    pub storage: NonNull<Storage>,
    pub offset: usize,
    pub numel: usize,
    pub sizes: Dims,
    pub strides: Dims,
    pub dtype: DType,
    pub contiguous: bool,
}

/// Everything about a tensor but its bytes.
pub(crate) struct Meta {
    pub geometry: Geometry,
    /// None: the storage's own counter. `.data`, and a tensor that moved to other data, have one of their own.
    pub version: Option<Arc<AtomicU32>>,
    pub requires_grad: Cell<bool>,
    pub output_nr: Cell<u32>,
    pub node: Option<NodeRef>,
    pub grad: Option<Tensor>,
    pub view: Option<Box<ViewInfo>>,
    pub extra: Option<Box<Extra>>,
    /// A leaf's place in a running backward: run stamp, gradients still to come, their sum so far.
    pub stamp: Cell<u32>,
    pub due: Cell<u32>,
    pub buffer: Option<Tensor>,
    /// The one foreign wrapper of this tensor, borrowed unless `owns_wrapper`.
    pub wrapper: AtomicPtr<()>,
    pub owns_wrapper: Cell<bool>,
}

/// A handle on a tensor; cloning shares it.
pub struct Tensor(NonNull<Block>);

// SAFETY: counts are atomic. Geometry and autograd state change only in calls that the binding serialises
// (the interpreter's lock) or that own the tensor; kernels on the pool see raw views only.
unsafe impl Send for Tensor {}
// SAFETY: as above.
unsafe impl Sync for Tensor {}

/// Drops one count; a plain load says "sole owner" without a locked instruction.
#[inline(always)]
pub(crate) fn release(count: &AtomicUsize) -> bool {
    if count.load(Acquire) == 1 {
        return true;
    }
    if count.fetch_sub(1, Release) != 1 {
        return false;
    }
    fence(Acquire);
    true
}

impl Clone for Tensor {
    #[inline]
    fn clone(&self) -> Tensor {
        // SAFETY: a handle keeps its block alive.
        unsafe { self.0.as_ref() }.count.fetch_add(1, Relaxed);
        Tensor(self.0)
    }
}

static DROP_WRAPPER: OnceLock<fn(*mut ())> = OnceLock::new();

/// Says how to let go of a wrapper that a dying tensor owns.
pub fn set_drop_wrapper(drop_wrapper: fn(*mut ())) {
    let _ = DROP_WRAPPER.set(drop_wrapper);
}

#[cold]
fn drop_wrapper(wrapper: *mut ()) {
    if let Some(hook) = DROP_WRAPPER.get() {
        hook(wrapper);
    }
}

impl Drop for Tensor {
    #[inline]
    fn drop(&mut self) {
        let block = self.0.as_ptr();
        // SAFETY: the last handle is sole owner of the meta; the storage header outlives the meta's use of it.
        unsafe {
            if !release(&(*block).count) {
                return;
            }
            let meta = &mut *(*block).meta.get();
            if let (Some(extra), Some(node)) = (&meta.extra, &meta.node)
                && extra.retains_grad
            {
                node.extra_mut().retained.retain(|(_, id)| *id != block as usize);
            }
            if meta.owns_wrapper.get() {
                drop_wrapper(meta.wrapper.load(Relaxed));
            }
            let storage = meta.geometry.storage.as_ptr();
            let has_home = (*block).has_home;
            ManuallyDrop::drop(&mut (*block).meta);
            if !has_home {
                release_storage(storage);
                dealloc(block as *mut u8, VIEW_LAYOUT);
                return;
            }
            let home = &raw mut (*block).home;
            release_storage(home);
            if storage != home {
                // The tensor had moved to another storage (`p.data = x`).
                release_storage(storage);
            }
        }
    }
}

const FULL_LAYOUT: Layout = Layout::new::<Block>();
const VIEW_LAYOUT: Layout = match Layout::from_size_align(offset_of!(Block, home), 16) {
    Ok(layout) => layout,
    Err(_) => panic!("a constant layout"),
};

/// Lets go of one use of a storage; the last one frees the bytes and the block around the header.
unsafe fn release_storage(storage: *mut Storage) {
    // SAFETY: the caller owned one count, so the header is alive; the last owner may free it.
    unsafe {
        if release(&(*storage).count) {
            (*storage).free();
            std::ptr::drop_in_place(&raw mut (*storage).owner);
            dealloc((storage as *mut u8).sub(offset_of!(Block, home)), FULL_LAYOUT);
        }
    }
}

impl Meta {
    #[inline(always)]
    fn new(geometry: Geometry, version: Option<Arc<AtomicU32>>) -> Meta {
        Meta {
            geometry,
            version,
            requires_grad: Cell::new(false),
            output_nr: Cell::new(0),
            node: None,
            grad: None,
            view: None,
            extra: None,
            stamp: Cell::new(0),
            due: Cell::new(0),
            buffer: None,
            wrapper: AtomicPtr::new(null_mut()),
            owns_wrapper: Cell::new(false),
        }
    }
}

/// Stands in a storage that inference mode made for its version, which nobody counts.
const UNVERSIONED: u32 = u32::MAX;

#[inline(always)]
fn mark_inference(storage: &Storage) {
    if mode::inference_used() && mode::has(mode::INFERENCE) {
        storage.version.store(UNVERSIONED, Relaxed);
    }
}

#[inline(always)]
fn allocate(layout: Layout) -> NonNull<Block> {
    // SAFETY: both layouts have a size.
    let block = unsafe { alloc(layout) } as *mut Block;
    NonNull::new(block).unwrap_or_else(|| handle_alloc_error(layout))
}

impl Tensor {
    /// A fresh tensor with row-major strides and undefined content.
    #[inline]
    pub fn empty(sizes: &[i64], dtype: DType) -> Result<Tensor> {
        Tensor::empty_strided(Dims::from_slice(sizes), shape::contiguous_strides(sizes), dtype, true)
    }

    /// A fresh tensor over memory that `strides` cover densely, in any order.
    #[inline]
    pub fn empty_strided(sizes: Dims, strides: Dims, dtype: DType, contiguous: bool) -> Result<Tensor> {
        let numel = shape::numel(&sizes, dtype.size())?;
        Tensor::fresh(numel, sizes, strides, dtype, contiguous)
    }

    #[inline(always)]
    fn fresh(numel: usize, sizes: Dims, strides: Dims, dtype: DType, contiguous: bool) -> Result<Tensor> {
        let block = allocate(FULL_LAYOUT);
        // SAFETY: the block is fresh; every field is written once before it is read. On failure it is freed.
        unsafe {
            let raw = block.as_ptr();
            let storage = match Storage::new(numel * dtype.size(), &raw mut (*raw).inline as *mut u8) {
                Ok(storage) => storage,
                Err(error) => {
                    dealloc(raw as *mut u8, FULL_LAYOUT);
                    return Err(error);
                }
            };
            (&raw mut (*raw).home).write(storage);
            mark_inference(&(*raw).home);
            let storage = NonNull::new_unchecked(&raw mut (*raw).home);
            let geometry = Geometry { storage, offset: 0, numel, sizes, strides, dtype, contiguous };
            Ok(Tensor::init(block, true, geometry, None))
        }
    }

    /// A fresh tensor with the sizes, strides and dtype of this one, which is contiguous; undefined content.
    #[inline]
    pub fn empty_as(&self) -> Result<Tensor> {
        let own = &self.meta().geometry;
        Tensor::fresh(own.numel, Dims::from_slice(&own.sizes), Dims::from_slice(&own.strides), own.dtype, true)
    }

    /// A tensor over memory that `owner` keeps alive.
    pub fn foreign(data: *mut u8, bytes: usize, sizes: Dims, strides: Dims, dtype: DType, owner: Box<dyn Owner>) -> Result<Tensor> {
        let numel = shape::numel(&sizes, dtype.size())?;
        let contiguous = shape::is_contiguous(&sizes, &strides);
        let block = allocate(FULL_LAYOUT);
        // SAFETY: as in `fresh`.
        unsafe {
            let raw = block.as_ptr();
            (&raw mut (*raw).home).write(Storage::foreign(data, bytes, Some(owner)));
            mark_inference(&(*raw).home);
            let storage = NonNull::new_unchecked(&raw mut (*raw).home);
            let geometry = Geometry { storage, offset: 0, numel, sizes, strides, dtype, contiguous };
            Ok(Tensor::init(block, true, geometry, None))
        }
    }

    #[inline(always)]
    unsafe fn init(block: NonNull<Block>, has_home: bool, geometry: Geometry, version: Option<Arc<AtomicU32>>) -> Tensor {
        // SAFETY: the caller hands over a fresh block.
        unsafe {
            let raw = block.as_ptr();
            (&raw mut (*raw).count).write(AtomicUsize::new(1));
            (&raw mut (*raw).has_home).write(has_home);
            (&raw mut (*raw).meta).write(ManuallyDrop::new(UnsafeCell::new(Meta::new(geometry, version))));
        }
        Tensor(block)
    }

    /// Another tensor over the same bytes, sharing the version counter and no autograd state.
    /// The geometry must stay inside the storage.
    #[inline]
    pub(crate) fn alias(&self, sizes: Dims, strides: Dims, offset: usize) -> Tensor {
        let numel = sizes.iter().product::<i64>() as usize;
        let contiguous = shape::is_contiguous(&sizes, &strides);
        let own = &self.meta().geometry;
        let geometry = Geometry { storage: own.storage, offset, numel, sizes, strides, dtype: own.dtype, contiguous };
        self.alias_of(geometry, self.meta().version.clone())
    }

    /// The same bytes under another dtype. The geometry must stay inside the storage.
    pub(crate) fn reinterpret(&self, dtype: DType, sizes: Dims, strides: Dims, offset: usize) -> Tensor {
        let out = self.alias(sizes, strides, offset);
        out.meta_mut().geometry.dtype = dtype;
        out
    }

    /// The same elements as another tensor, sharing the version counter: what `detach` returns.
    #[inline]
    pub fn detach(&self) -> Tensor {
        self.alias_of(self.meta().geometry.copy(), self.meta().version.clone())
    }

    /// The same elements with a version counter of its own: what `.data` returns.
    pub fn data(&self) -> Tensor {
        self.alias_of(self.meta().geometry.copy(), Some(Arc::new(AtomicU32::new(0))))
    }

    #[inline]
    fn alias_of(&self, geometry: Geometry, version: Option<Arc<AtomicU32>>) -> Tensor {
        // SAFETY: `self` keeps the storage alive while its count is raised; the block is fresh.
        unsafe {
            geometry.storage.as_ref().count.fetch_add(1, Relaxed);
            Tensor::init(allocate(VIEW_LAYOUT), false, geometry, version)
        }
    }

    /// Takes over the elements, shape and dtype of `source`; the version counter stays (`p.data = x`, `set_`).
    pub fn set_data(&self, source: &Tensor) {
        let version = if self.is_inference() { 0 } else { self.version() };
        let geometry = source.meta().geometry.copy();
        // SAFETY: `source` keeps its storage alive while its count is raised; ours is released once.
        unsafe {
            geometry.storage.as_ref().count.fetch_add(1, Relaxed);
            let block = self.0.as_ptr();
            let home = if (*block).has_home { &raw mut (*block).home } else { null_mut() };
            let meta = self.meta_mut();
            if meta.version.is_none() {
                meta.version = Some(Arc::new(AtomicU32::new(version)));
            }
            let old = std::mem::replace(&mut meta.geometry, geometry).storage.as_ptr();
            if old != home {
                release_storage(old);
            } else if (*home).count.load(Acquire) == 1 {
                (*home).free();
                ((*home).bytes, (*home).borrowed) = (0, true);
            }
            // Our own header keeps the block's memory: the count that stood for our use of it.
            if old != home && !home.is_null() && meta.geometry.storage.as_ptr() == home {
                (*home).count.fetch_sub(1, Relaxed);
            }
        }
    }

    /// Moves the storage, and with it every view of it, to memory that forked processes share.
    pub fn share_memory(&self) -> Result<()> {
        // SAFETY: the storage is alive; nobody else holds a reference into its header.
        unsafe { self.meta_mut().geometry.storage.as_mut() }.share()
    }

    pub fn is_shared(&self) -> bool {
        // SAFETY: the storage is alive.
        unsafe { self.meta_mut().geometry.storage.as_ref() }.is_shared()
    }

    /// Changes sizes and strides in place, growing the storage where they need more (`resize_`).
    pub(crate) fn set_sizes(&self, sizes: Dims, strides: Dims) -> Result<()> {
        let numel = shape::numel(&sizes, self.dtype().size())?;
        let reach: i64 = sizes.iter().zip(&strides).map(|(&n, &s)| (n - 1).max(0) * s).sum();
        let geometry = &mut self.meta_mut().geometry;
        if numel > 0 {
            let bytes = (geometry.offset + reach as usize + 1) * geometry.dtype.size();
            // SAFETY: the storage is alive; nobody else holds a reference into its header.
            unsafe { geometry.storage.as_mut() }.grow(bytes)?;
        }
        geometry.contiguous = shape::is_contiguous(&sizes, &strides);
        (geometry.numel, geometry.sizes, geometry.strides) = (numel, sizes, strides);
        Ok(())
    }

    #[inline(always)]
    pub(crate) fn meta(&self) -> &Meta {
        // SAFETY: a handle keeps its meta alive; see the note on Send about mutation.
        unsafe { &*(*self.0.as_ptr()).meta.get() }
    }

    /// Callers keep no reference from `meta()` to the field they change.
    #[allow(clippy::mut_from_ref)]
    #[inline(always)]
    pub(crate) fn meta_mut(&self) -> &mut Meta {
        // SAFETY: as in `meta`; changes are serialised and short.
        unsafe { &mut *(*self.0.as_ptr()).meta.get() }
    }

    #[inline(always)]
    pub(crate) fn storage(&self) -> &Storage {
        // SAFETY: the geometry holds one count of its storage.
        unsafe { self.meta().geometry.storage.as_ref() }
    }

    /// Address of the first element.
    #[inline(always)]
    pub fn data_ptr(&self) -> *mut u8 {
        let geometry = &self.meta().geometry;
        self.storage().data.wrapping_add(geometry.offset * geometry.dtype.size())
    }

    /// A number that two tensors share when they share memory.
    pub fn storage_id(&self) -> usize {
        self.meta().geometry.storage.as_ptr() as usize
    }

    /// The block's address: the identity of the tensor.
    pub fn id(&self) -> usize {
        self.0.as_ptr() as usize
    }

    /// Is this the only handle, and the only tensor on its bytes?
    #[inline(always)]
    pub fn is_unique(&self) -> bool {
        // SAFETY: a handle keeps its block alive.
        let count = unsafe { self.0.as_ref() }.count.load(Acquire);
        count == 1 && self.storage().count.load(Acquire) == 1 && self.storage().owner.is_none()
    }

    /// Handles on this tensor.
    pub fn handle_count(&self) -> usize {
        // SAFETY: as above.
        unsafe { self.0.as_ref() }.count.load(Acquire)
    }

    #[inline(always)]
    fn version_cell(&self) -> &AtomicU32 {
        match &self.meta().version {
            None => &self.storage().version,
            Some(own) => own,
        }
    }

    /// How many in-place writes the elements have seen.
    #[inline(always)]
    pub fn version(&self) -> u32 {
        self.version_cell().load(Relaxed)
    }

    #[inline(always)]
    pub fn bump_version(&self) {
        let cell = self.version_cell();
        if cell.load(Relaxed) != UNVERSIONED {
            cell.fetch_add(1, Relaxed);
        }
    }

    /// Were the elements made in inference mode?
    #[inline(always)]
    pub fn is_inference(&self) -> bool {
        mode::inference_used() && self.storage().version.load(Relaxed) == UNVERSIONED
    }

    /// A handle of its own on the tensor with this `id`.
    ///
    /// # Safety
    /// The tensor is alive.
    pub(crate) unsafe fn from_id(id: usize) -> Tensor {
        // SAFETY: the caller's promise.
        let borrowed = ManuallyDrop::new(Tensor(unsafe { NonNull::new_unchecked(id as *mut Block) }));
        (*borrowed).clone()
    }

    /// Gives up the handle without lowering the count; `from_raw` takes it back.
    pub fn into_raw(self) -> *mut () {
        ManuallyDrop::new(self).0.as_ptr() as *mut ()
    }

    /// # Safety
    /// `raw` came from `into_raw` and is taken back once.
    pub unsafe fn from_raw(raw: *mut ()) -> Tensor {
        // SAFETY: never null, says the caller.
        Tensor(unsafe { NonNull::new_unchecked(raw as *mut Block) })
    }
}

impl Geometry {
    #[inline]
    fn copy(&self) -> Geometry {
        Geometry { sizes: Dims::from_slice(&self.sizes), strides: Dims::from_slice(&self.strides), ..*self }
    }
}
