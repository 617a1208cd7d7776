//! Memory that a thread keeps for kernels' intermediate values.

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

    /// Room for `count` elements, whatever they held before.
    pub fn get<T>(&mut self, count: usize) -> *mut T {
        let bytes = count * size_of::<T>();
        if bytes > self.size {
            self.free();
            let size = if bytes > HUGE / 4 { bytes.next_multiple_of(HUGE) } else { bytes.next_power_of_two() };
            // SAFETY: the size is not 0; madvise may fail without harm; `size` bytes are ours.
            unsafe {
                self.p = std::alloc::alloc(Scratch::layout(size));
                if self.p.is_null() {
                    std::alloc::handle_alloc_error(Scratch::layout(size));
                }
                #[cfg(target_os = "linux")]
                if size >= HUGE {
                    libc::madvise(self.p.cast(), size, libc::MADV_HUGEPAGE);
                }
                std::ptr::write_bytes(self.p, 0, size);
            }
            self.size = size;
        }
        self.p.cast()
    }

    /// The same as a slice; numbers only, as they hold what was there before, or nothing in particular.
    pub fn slice<T: crate::kernels::float::Float>(&mut self, count: usize) -> &mut [T] {
        if count == 0 {
            return &mut [];
        }
        // SAFETY: memory starts as zeros, so every element is some number; `count` of them fit.
        unsafe { std::slice::from_raw_parts_mut(self.get::<T>(count), count) }
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
