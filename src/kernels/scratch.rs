//! Work memory that a thread keeps and uses again.

/// Bytes on a page boundary (a huge page when large), kept by the thread and reused.
pub struct Scratch {
    p: *mut u8,
    size: usize,
}

const HUGE: usize = 2 << 20;

impl Scratch {
    pub const EMPTY: Scratch = Scratch { p: std::ptr::null_mut(), size: 0 };

    fn layout(size: usize) -> std::alloc::Layout {
        std::alloc::Layout::from_size_align(size, if size >= HUGE { HUGE } else { 4096 }).expect("a small buffer")
    }

    /// Room for `count` elements; what was there is lost when it grows.
    pub fn get<T>(&mut self, count: usize) -> *mut T {
        let bytes = count * size_of::<T>();
        if bytes > self.size {
            self.free();
            let size = if bytes > HUGE / 4 { bytes.next_multiple_of(HUGE) } else { bytes.next_power_of_two() };
            // SAFETY: the size is not 0; madvise may fail without harm.
            unsafe {
                self.p = std::alloc::alloc(Scratch::layout(size));
                if self.p.is_null() {
                    std::alloc::handle_alloc_error(Scratch::layout(size));
                }
                #[cfg(target_os = "linux")]
                if size >= HUGE {
                    libc::madvise(self.p.cast(), size, libc::MADV_HUGEPAGE);
                }
            }
            self.size = size;
        }
        self.p.cast()
    }

    /// Where the last `get` pointed.
    pub fn pointer<T>(&self) -> *mut T {
        self.p.cast()
    }

    fn free(&mut self) {
        if self.size > 0 {
            // SAFETY: allocated with this layout.
            unsafe { std::alloc::dealloc(self.p, Scratch::layout(self.size)) }
        }
        self.size = 0;
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        self.free();
    }
}
