//! One thread-local word of modes. Zero is the fast path: recording on, nothing special.

use std::cell::Cell;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

pub const GRAD_OFF: u32 = 1;
pub const INFERENCE: u32 = 2;
/// The next elementwise result goes into a given tensor (see ops/inplace.rs).
pub const DESTINATION: u32 = 4;
/// Saved tensors pass through hooks.
pub const SAVED_HOOKS: u32 = 8;
/// Backward reports where things went wrong.
pub const ANOMALY: u32 = 16;
/// And stops at the first nan.
pub const ANOMALY_NAN: u32 = 32;
/// Functions see their arguments in the precision that autocast gives them (see py/autocast.rs).
pub const AUTOCAST: u32 = 64;
/// No class takes functions over (`DisableTorchFunctionSubclass`).
pub const NO_OVERRIDES: u32 = 128;

thread_local! {
    static WORD: Cell<u32> = const { Cell::new(0) };
}

#[inline(always)]
pub fn word() -> u32 {
    WORD.with(Cell::get)
}

#[inline(always)]
pub fn has(bit: u32) -> bool {
    word() & bit != 0
}

/// Sets or clears `bit`; says how it stood.
pub fn set(bit: u32, on: bool) -> bool {
    if bit == INFERENCE && on {
        INFERENCE_USED.store(true, Relaxed);
    }
    WORD.with(|cell| {
        let old = cell.get();
        cell.set(if on { old | bit } else { old & !bit });
        old & bit != 0
    })
}

/// Was inference mode ever on? Until then no tensor is one of inference, and nobody need look.
static INFERENCE_USED: AtomicBool = AtomicBool::new(false);

#[inline(always)]
pub fn inference_used() -> bool {
    INFERENCE_USED.load(Relaxed)
}

#[inline(always)]
pub fn grad_enabled() -> bool {
    !has(GRAD_OFF)
}

/// Restores the word when dropped, on a panic too.
pub struct Guard(u32);

impl Drop for Guard {
    fn drop(&mut self) {
        WORD.with(|cell| cell.set(self.0));
    }
}

/// Sets `bit` until the guard goes.
#[must_use]
pub fn guard(bit: u32, on: bool) -> Guard {
    let old = word();
    set(bit, on);
    Guard(old)
}

/// Runs `body` without recording.
pub fn no_grad<R>(body: impl FnOnce() -> R) -> R {
    let _guard = guard(GRAD_OFF, true);
    body()
}
