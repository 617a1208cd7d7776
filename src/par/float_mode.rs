//! How a thread computes with denormals: a pool's workers take it from the caller of each region.

/// A thread's mode of floating-point arithmetic, as the processor keeps it; 0 where it is not known.
#[inline(always)]
pub fn get() -> u32 {
    #[cfg(target_arch = "x86_64")]
    {
        let mut mode = 0u32;
        // SAFETY: stores the control word into the variable.
        unsafe { std::arch::asm!("stmxcsr [{}]", in(reg) &raw mut mode, options(nostack, preserves_flags)) };
        mode
    }
    #[cfg(not(target_arch = "x86_64"))]
    0
}

/// Gives this thread a mode that `get` told.
#[inline(always)]
pub fn set(mode: u32) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: loads a control word that differs from the default at most in what becomes of denormals.
    unsafe {
        std::arch::asm!("ldmxcsr [{}]", in(reg) &raw const mode, options(nostack, preserves_flags, readonly))
    };
    let _ = mode;
}

/// Lets this thread, and the workers of its regions, take denormals as 0 and round to 0 rather than to them; false where
/// that cannot be had.
pub fn set_flush_denormal(on: bool) -> bool {
    const FLUSH_TO_ZERO: u32 = 1 << 15;
    const DENORMALS_ARE_ZERO: u32 = 1 << 6;
    let both = FLUSH_TO_ZERO | DENORMALS_ARE_ZERO;
    let mode = get();
    set(if on { mode | both } else { mode & !both });
    cfg!(target_arch = "x86_64")
}
