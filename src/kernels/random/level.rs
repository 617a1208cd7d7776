//! Which formulas the CPU gets. torch's avx2 and avx512 builds fuse multiply-adds and replace logf, sinf and cosf; its
//! default build does neither. A body generic over `FUSED` holds both, `per_level!` compiles it per instruction set.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// No fused multiply-add: torch's `default` capability.
    Plain,
    /// The avx2 formulas without x86 vectors (aarch64).
    #[allow(dead_code, reason = "constructed on aarch64 and in tests only")]
    Fused,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Level {
    pub(super) fn detect() -> Level {
        #[cfg(test)]
        if let Some(level) = FORCED.get() {
            return level;
        }
        detect_cpu()
    }

    pub(super) fn fused(self) -> bool {
        self != Level::Plain
    }

    /// `a * b + c` with one rounding or two, for the double formulas that are bound by libm anyway.
    pub(super) fn mul_add(self, a: f64, b: f64, c: f64) -> f64 {
        if self.fused() { a.mul_add(b, c) } else { a * b + c }
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) fn detect_cpu() -> Level {
    if !(is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")) {
        return Level::Plain;
    }
    let wide = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl");
    if wide { Level::Avx512 } else { Level::Avx2 }
}

#[cfg(not(target_arch = "x86_64"))]
pub(super) fn detect_cpu() -> Level {
    if cfg!(target_arch = "aarch64") { Level::Fused } else { Level::Plain }
}

#[cfg(test)]
thread_local! {
    /// A test's choice of level for its own thread; it must be one this CPU can run.
    pub(super) static FORCED: std::cell::Cell<Option<Level>> = const { std::cell::Cell::new(None) };
}

/// Declares `fn name<T: Bound>(level, args...)` that runs `body::<FUSED, T>(args...)`, compiled per instruction set.
/// The body must be `#[inline(always)]`, or it keeps the baseline instructions.
macro_rules! per_level {
    ($(#[$meta:meta])* fn $name:ident<$($g:ident: $bound:path),*>($($arg:ident: $ty:ty),*) = $body:ident) => {
        $(#[$meta])*
        pub(super) fn $name<$($g: $bound),*>(level: $crate::kernels::random::level::Level, $($arg: $ty),*) {
            use $crate::kernels::random::level::Level;
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2<$($g: $bound),*>($($arg: $ty),*) {
                $body::<true, $($g),*>($($arg),*)
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")]
            fn avx512<$($g: $bound),*>($($arg: $ty),*) {
                $body::<true, $($g),*>($($arg),*)
            }
            match level {
                Level::Plain => $body::<false, $($g),*>($($arg),*),
                Level::Fused => $body::<true, $($g),*>($($arg),*),
                // SAFETY: `Level::detect` found avx2 and fma.
                #[cfg(target_arch = "x86_64")]
                Level::Avx2 => unsafe { avx2::<$($g),*>($($arg),*) },
                // SAFETY: `Level::detect` found these features.
                #[cfg(target_arch = "x86_64")]
                Level::Avx512 => unsafe { avx512::<$($g),*>($($arg),*) },
            }
        }
    };
}
pub(super) use per_level;
