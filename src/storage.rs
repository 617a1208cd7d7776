//! Memory of tensors: a counted header around a byte buffer. A header lives inside the tensor block it was
//! born with; small data lives beside it, large data is 64-byte aligned, foreign data has an owner.
//! The header's count keeps the bytes, and with them the block's memory, alive.

pub mod cache;

use std::ptr::null_mut;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

use crate::error::Result;
use crate::fail;

/// Bytes kept inside the block of a small tensor.
pub const INLINE: usize = 64;

/// Keeps foreign memory (a NumPy array, say) alive; dropping it lets go.
pub trait Owner: Send + Sync {
    /// Whether forked processes see each other's writes.
    fn is_shared(&self) -> bool {
        false
    }
}

/// Pages that forked children share.
struct SharedPages {
    data: *mut libc::c_void,
    bytes: usize,
}

// SAFETY: plain memory, which any thread may unmap.
unsafe impl Send for SharedPages {}
// SAFETY: as above.
unsafe impl Sync for SharedPages {}

impl Owner for SharedPages {
    fn is_shared(&self) -> bool {
        true
    }
}

impl Drop for SharedPages {
    fn drop(&mut self) {
        // SAFETY: the mapping is this one's own and is removed once.
        unsafe { libc::munmap(self.data, self.bytes) };
    }
}

pub struct Storage {
    pub(crate) count: AtomicUsize,
    pub(crate) version: AtomicU32,
    pub(crate) data: *mut u8,
    pub(crate) bytes: usize,
    pub(crate) owner: Option<Box<dyn Owner>>,
    /// The data is inline or foreign: not ours to free.
    pub(crate) borrowed: bool,
}

impl Storage {
    /// A header over `inline` when the data fits there, else over fresh memory; not initialised.
    #[inline]
    pub fn new(bytes: usize, inline: *mut u8) -> Result<Storage> {
        let borrowed = bytes <= INLINE;
        let data = if borrowed { inline } else { allocate(bytes)? };
        Ok(Storage { count: AtomicUsize::new(1), version: AtomicU32::new(0), data, bytes, owner: None, borrowed })
    }

    pub fn foreign(data: *mut u8, bytes: usize, owner: Option<Box<dyn Owner>>) -> Storage {
        Storage { count: AtomicUsize::new(1), version: AtomicU32::new(0), data, bytes, owner, borrowed: true }
    }

    /// Makes the buffer at least `bytes` long, keeping its content (`resize_`).
    pub fn grow(&mut self, bytes: usize) -> Result<()> {
        if bytes <= self.bytes {
            return Ok(());
        }
        if self.owner.is_some() {
            fail!(Runtime, "Trying to resize storage that is not resizable");
        }
        let fresh = allocate(bytes)?;
        // SAFETY: both buffers hold `self.bytes` bytes and are distinct.
        unsafe { std::ptr::copy_nonoverlapping(self.data, fresh, self.bytes) };
        self.free();
        (self.data, self.bytes, self.borrowed) = (fresh, bytes, false);
        Ok(())
    }

    /// Moves the content to pages that forked children share (`share_memory_`).
    pub fn share(&mut self) -> Result<()> {
        if self.is_shared() || self.bytes == 0 {
            return Ok(());
        }
        let (access, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED | libc::MAP_ANONYMOUS);
        // SAFETY: a new mapping at a place of the system's choice.
        let data = unsafe { libc::mmap(null_mut(), self.bytes, access, kind, -1, 0) };
        if data == libc::MAP_FAILED {
            return out_of_memory(self.bytes).map(|_| ());
        }
        // SAFETY: both buffers hold `self.bytes` bytes and are distinct.
        unsafe { std::ptr::copy_nonoverlapping(self.data, data as *mut u8, self.bytes) };
        self.free();
        (self.data, self.borrowed) = (data as *mut u8, true);
        self.owner = Some(Box::new(SharedPages { data, bytes: self.bytes }));
        Ok(())
    }

    pub fn is_shared(&self) -> bool {
        self.owner.as_ref().is_some_and(|owner| owner.is_shared())
    }

    /// Frees the buffer; the caller sets the fields anew or drops the header.
    #[inline]
    pub fn free(&mut self) {
        if !self.borrowed {
            cache::give(self.data, self.bytes);
            LIVE.fetch_sub(self.bytes, Relaxed);
        }
        self.data = null_mut();
        self.owner = None;
    }
}

static LIVE: AtomicUsize = AtomicUsize::new(0);

/// Bytes of buffers alive, those inside small tensors' blocks not counted.
pub fn live_bytes() -> usize {
    LIVE.load(Relaxed)
}

#[inline]
fn allocate(bytes: usize) -> Result<*mut u8> {
    // Over INLINE, so not zero; more than half the address space nobody has.
    let data = if bytes > isize::MAX as usize / 2 { null_mut() } else { cache::take(bytes) };
    if data.is_null() {
        return out_of_memory(bytes);
    }
    LIVE.fetch_add(bytes, Relaxed);
    Ok(data)
}

#[cold]
fn out_of_memory(bytes: usize) -> Result<*mut u8> {
    fail!(
        Runtime,
        "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate {bytes} bytes. Error code 12 (Cannot allocate memory)"
    )
}
