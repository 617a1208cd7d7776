//! What the tests of kernels share.

use std::sync::Mutex;

use rgrad::kernels::isa;
use rgrad::kernels::isa::Isa;

/// The level is the process's; tests that force it take turns.
static LEVEL: Mutex<()> = Mutex::new(());

pub fn at_every_level(body: impl Fn()) {
    let _turn = LEVEL.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    for level in Isa::ALL {
        isa::force(level);
        body();
    }
    isa::force(isa::machine());
}
