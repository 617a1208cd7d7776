//! Freed buffers kept for the next request. Small ones wait in lists of the thread that freed them, large ones in lists
//! that all threads share behind a lock that nobody waits for: whoever finds it taken goes to the allocator. What waits
//! is bounded by a share of the machine's or the cgroup's memory; large buffers that waited a second unused go back.
//! A request's class depends on its size alone, so a buffer needs no header.

use std::alloc::Layout;
use std::alloc::alloc;
use std::alloc::dealloc;
use std::cell::UnsafeCell;
use std::mem::MaybeUninit;
use std::ptr::null_mut;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Acquire;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::Ordering::Release;
use std::time::Duration;
use std::time::Instant;

const ALIGN: usize = 64;
const HUGE: usize = 2 << 20;
/// Larger buffers are shared by all threads.
const SMALL_MAX: usize = 32 << 10;
/// Bytes that wait in one list of a thread, and how many buffers at least.
const SMALL_KEPT: usize = 128 << 10;
const SMALL_COUNT: usize = 4;
/// How long a large buffer waits.
const PATIENCE: Duration = Duration::from_secs(1);

/// Four classes between a power of two and the next.
const CLASSES: usize = 4 * 58;

/// The class of a request, and what a buffer of it holds. Buffers of one class are interchangeable.
#[inline(always)]
fn class(bytes: usize) -> (usize, usize) {
    let top = bytes.max(2 * ALIGN) - 1;
    let shift = (usize::BITS - 1 - top.leading_zeros()) as usize - 2;
    let quarters = (top >> shift) + 1;
    (4 * (shift - 4) + quarters - 5, quarters << shift)
}

/// What a buffer of a class holds.
fn capacity(class: usize) -> usize {
    (class % 4 + 5) << (class / 4 + 4)
}

fn layout(capacity: usize) -> Option<Layout> {
    Layout::from_size_align(capacity, if capacity >= 2 * HUGE { HUGE } else { ALIGN }).ok()
}

/// A list through the buffers themselves: the first word of each points to the next.
struct List {
    head: *mut u8,
    count: usize,
}

impl List {
    const EMPTY: List = List { head: null_mut(), count: 0 };

    #[inline(always)]
    fn pop(&mut self) -> *mut u8 {
        let head = self.head;
        if !head.is_null() {
            // SAFETY: a waiting buffer is ours and starts with the pointer that `push` wrote.
            self.head = unsafe { *(head as *mut *mut u8) };
            self.count -= 1;
        }
        head
    }

    #[inline(always)]
    fn push(&mut self, buffer: *mut u8) {
        // SAFETY: the buffer was given up, is aligned and holds at least 2 ALIGN bytes.
        unsafe { *(buffer as *mut *mut u8) = self.head };
        self.head = buffer;
        self.count += 1;
    }
}

const SMALL_CLASSES: usize = 4 * 9;

struct Small([List; SMALL_CLASSES]);

impl Drop for Small {
    fn drop(&mut self) {
        self.0.iter_mut().enumerate().for_each(|(class, list)| _ = release(list, class));
    }
}

thread_local! {
    static SMALL: UnsafeCell<Small> = const { UnsafeCell::new(Small([List::EMPTY; SMALL_CLASSES])) };
}

/// Gives a whole list back to the allocator.
fn release(list: &mut List, class: usize) -> usize {
    let capacity = capacity(class);
    let mut freed = 0;
    loop {
        let buffer = list.pop();
        if buffer.is_null() {
            return freed;
        }
        free(buffer, capacity);
        freed += capacity;
    }
}

fn free(buffer: *mut u8, capacity: usize) {
    // SAFETY: allocated with this layout, and given up.
    unsafe { dealloc(buffer, layout(capacity).expect("it was allocated with it")) }
}

/// What waits for any thread.
struct Large {
    lists: [List; CLASSES],
    /// Lists that were used since the last sweep.
    used: [bool; CLASSES],
    bytes: usize,
    swept: Option<Instant>,
}

struct Shared {
    taken: AtomicBool,
    large: UnsafeCell<Large>,
}

// SAFETY: `large` is touched by the holder of `taken` alone.
unsafe impl Sync for Shared {}

static SHARED: Shared = Shared {
    taken: AtomicBool::new(false),
    large: UnsafeCell::new(Large { lists: [const { List::EMPTY }; CLASSES], used: [false; CLASSES], bytes: 0, swept: None }),
};

static WAITING: AtomicUsize = AtomicUsize::new(0);

/// Runs `f` on the shared lists unless another thread has them. A lock that was held at a fork stays held in the child,
/// which does without: its lists may be half changed.
#[inline]
fn shared<R>(f: impl FnOnce(&mut Large) -> R) -> Option<R> {
    if SHARED.taken.swap(true, Acquire) {
        return None;
    }
    // SAFETY: the lock is ours.
    let large = unsafe { &mut *SHARED.large.get() };
    let result = f(large);
    WAITING.store(large.bytes, Relaxed);
    SHARED.taken.store(false, Release);
    Some(result)
}

/// How many bytes may wait: an eighth of the machine's or the cgroup's memory.
fn limit() -> usize {
    static LIMIT: OnceLock<usize> = OnceLock::new();
    *LIMIT.get_or_init(|| {
        let read = |path: &str| std::fs::read_to_string(path).ok();
        let cgroup = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];
        let cgroup = cgroup.into_iter().filter_map(read).find_map(|text| text.trim().parse::<usize>().ok()).unwrap_or(usize::MAX);
        let total = read("/proc/meminfo").and_then(|text| text.split_whitespace().nth(1)?.parse::<usize>().ok());
        cgroup.min(total.map_or(1 << 30, |kib| kib << 10)) / 8
    })
}

/// A buffer of at least `bytes`, 64-byte aligned; null where there is no memory.
#[inline]
pub fn take(bytes: usize) -> *mut u8 {
    let (class, capacity) = class(bytes);
    let found = if capacity <= SMALL_MAX {
        // SAFETY: a thread's own lists; nothing here calls back.
        SMALL.try_with(|small| unsafe { (&mut (*small.get()).0)[class].pop() }).unwrap_or(null_mut())
    } else {
        take_large(class, capacity)
    };
    if found.is_null() { fresh(capacity) } else { found }
}

#[cold]
fn fresh(capacity: usize) -> *mut u8 {
    let Some(layout) = layout(capacity) else { return null_mut() };
    // SAFETY: the size is not 0.
    let mut buffer = unsafe { alloc(layout) };
    if buffer.is_null() {
        empty();
        // SAFETY: as above.
        buffer = unsafe { alloc(layout) };
    }
    #[cfg(target_os = "linux")]
    if !buffer.is_null() && layout.align() == HUGE {
        // SAFETY: advice on our own buffer; it may fail without harm.
        unsafe { libc::madvise(buffer.cast(), capacity, libc::MADV_HUGEPAGE) };
    }
    buffer
}

fn take_large(class: usize, capacity: usize) -> *mut u8 {
    let found = shared(|large| {
        let found = large.lists[class].pop();
        if !found.is_null() {
            large.used[class] = true;
            large.bytes -= capacity;
        }
        found
    });
    found.unwrap_or(null_mut())
}

/// Room for n elements that kernels work in, from the cache and back to it. It holds nothing in particular at first.
pub struct Loan<T: Copy> {
    p: *mut T,
    n: usize,
}

impl<T: Copy> Loan<T> {
    pub fn new(n: usize) -> Loan<T> {
        let bytes = n * size_of::<T>();
        let p = take(bytes);
        if p.is_null() {
            std::alloc::handle_alloc_error(layout(bytes).unwrap_or(std::alloc::Layout::new::<T>()));
        }
        Loan { p: p.cast(), n }
    }

    /// Room for the elements; nothing has been written there.
    pub fn room(&mut self) -> &mut [MaybeUninit<T>] {
        // SAFETY: n elements are ours, and need not be initialised.
        unsafe { std::slice::from_raw_parts_mut(self.p.cast(), self.n) }
    }
}

impl<T: Copy> Drop for Loan<T> {
    fn drop(&mut self) {
        give(self.p.cast(), self.n * size_of::<T>());
    }
}

/// Takes back what `take(bytes)` gave.
#[inline]
pub fn give(buffer: *mut u8, bytes: usize) {
    let (class, capacity) = class(bytes);
    if capacity > SMALL_MAX {
        return give_large(buffer, class, capacity);
    }
    let kept = SMALL.try_with(|small| {
        // SAFETY: as in `take`.
        let list = unsafe { &mut (&mut (*small.get()).0)[class] };
        let room = list.count < SMALL_COUNT || list.count * capacity < SMALL_KEPT;
        if room {
            list.push(buffer);
        }
        room
    });
    if !kept.unwrap_or(false) {
        free(buffer, capacity);
    }
}

fn give_large(buffer: *mut u8, class: usize, capacity: usize) {
    let kept = shared(|large| {
        large.sweep();
        let room = large.bytes + capacity <= limit();
        if room {
            large.lists[class].push(buffer);
            large.used[class] = true;
            large.bytes += capacity;
        }
        room
    });
    if !kept.unwrap_or(false) {
        free(buffer, capacity);
    }
}

impl Large {
    /// Once in a while, gives back the classes that nobody used since the last time.
    fn sweep(&mut self) {
        let now = Instant::now();
        match self.swept {
            Some(swept) if now.duration_since(swept) < PATIENCE => return,
            None => return self.swept = Some(now),
            _ => {}
        }
        self.swept = Some(now);
        for class in 0..CLASSES {
            if !std::mem::take(&mut self.used[class]) {
                self.bytes -= release(&mut self.lists[class], class);
            }
        }
    }
}

/// Gives back everything that waits, this thread's small buffers and all large ones.
pub fn empty() {
    let all = |lists: &mut [List]| lists.iter_mut().enumerate().map(|(class, list)| release(list, class)).sum::<usize>();
    // SAFETY: as in `take`.
    let _ = SMALL.try_with(|small| unsafe { all(&mut (*small.get()).0) });
    shared(|large| large.bytes -= all(&mut large.lists));
}

/// Bytes of large buffers that wait.
pub fn waiting() -> usize {
    WAITING.load(Relaxed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_holds_its_requests_and_wastes_a_quarter_at_most() {
        let mut last = (0, 0);
        for bytes in (1..5000).chain([65536, 65537, 1 << 20, (1 << 20) + 1, 3 << 30, (1 << 40) + 12345]) {
            let (index, capacity) = class(bytes);
            assert!(capacity >= bytes && capacity % 32 == 0, "{bytes} in {capacity}");
            assert!(bytes <= 2 * ALIGN || capacity < bytes + bytes / 4 + 1, "{bytes} in {capacity}");
            assert!(index >= last.0 && (index == last.0) == (capacity == last.1), "{bytes}");
            assert!(index < CLASSES && (capacity > SMALL_MAX || index < SMALL_CLASSES));
            last = (index, capacity);
        }
    }

    #[test]
    fn a_freed_buffer_comes_again() {
        for bytes in [100, 5000, 1 << 20, 5 << 20] {
            let a = take(bytes);
            assert!((a as usize).is_multiple_of(ALIGN));
            // SAFETY: the buffer is ours and holds `bytes`.
            unsafe { std::ptr::write_bytes(a, 7, bytes) };
            give(a, bytes);
            let b = take(bytes - 1);
            if bytes < SMALL_MAX {
                assert_eq!(a, b);
            }
            give(b, bytes - 1);
        }
        empty();
    }

    #[test]
    fn a_list_is_released_with_the_capacity_it_was_made_with() {
        for bytes in [64, 129, 200, 257, 1000, 4096, 40000, 3 << 20] {
            let (index, capacity) = class(bytes);
            let mut list = List::EMPTY;
            list.push(fresh(capacity));
            assert_eq!(release(&mut list, index), capacity);
        }
    }
}
