//! What this machine can do at most, measured in the same run as the kernels.
// Each bench uses a part of this.
#![allow(dead_code)]

use std::hint::black_box;
use std::time::Instant;

use rgrad::kernels::isa;
use rgrad::kernels::isa::Isa;
use rgrad::par;

/// Seconds of the fastest call of f, of many.
pub fn fastest(mut f: impl FnMut()) -> f64 {
    f();
    let start = Instant::now();
    f();
    let inner = (2e-4 / start.elapsed().as_secs_f64().max(1e-9)).clamp(1.0, 1e6) as usize;
    let mut best = f64::MAX;
    let deadline = Instant::now();
    while deadline.elapsed().as_secs_f64() < 0.15 {
        let start = Instant::now();
        (0..inner).for_each(|_| f());
        best = best.min(start.elapsed().as_secs_f64() / inner as f64);
    }
    best
}

const STEPS: usize = 100_000;

/// Multiply-adds of registers that wait for no other: `$chains` of them, more than the latency times the units.
macro_rules! chains {
    ($name:ident, $feature:literal, $chains:literal, $set:ident $fma:ident) => {
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = $feature)]
        fn $name() -> usize {
            use std::arch::x86_64::*;
            let (x, y) = ($set(black_box(0.5)), $set(black_box(1.0)));
            let mut acc = [x; $chains];
            for _ in 0..STEPS {
                for a in &mut acc {
                    *a = $fma(x, *a, y);
                }
            }
            black_box(acc);
            STEPS * $chains * size_of_val(&x)
        }
    };
}
chains!(avx512_f32, "avx512f", 24, _mm512_set1_ps _mm512_fmadd_ps);
chains!(avx512_f64, "avx512f", 24, _mm512_set1_pd _mm512_fmadd_pd);
chains!(avx2_f32, "avx2,fma", 12, _mm256_set1_ps _mm256_fmadd_ps);
chains!(avx2_f64, "avx2,fma", 12, _mm256_set1_pd _mm256_fmadd_pd);

/// Runs multiply-adds of elements of 4 or 8 bytes; the bytes that were multiplied.
fn multiply_adds(size: usize) -> usize {
    // SAFETY: level() never exceeds what the CPU has.
    #[cfg(target_arch = "x86_64")]
    match (isa::level(), size) {
        (Isa::Avx512, 4) => return unsafe { avx512_f32() },
        (Isa::Avx512, _) => return unsafe { avx512_f64() },
        (Isa::Avx2, 4) => return unsafe { avx2_f32() },
        (Isa::Avx2, _) => return unsafe { avx2_f64() },
        _ => {}
    }
    let mut acc = [black_box(0.5f32); 32];
    for _ in 0..STEPS {
        for a in &mut acc {
            *a = *a * 0.5 + 1.0;
        }
    }
    black_box(acc);
    STEPS * 32 * size
}

/// GFLOP/s of multiply-adds on so many threads, for elements of 4 or 8 bytes.
pub fn flops(size: usize, threads: usize) -> f64 {
    par::set_num_threads(threads);
    let bytes = multiply_adds(size);
    let time = fastest(|| {
        par::run(threads, &|_| {
            black_box(multiply_adds(size));
        })
    });
    (2 * bytes / size * threads) as f64 / time / 1e9
}

/// GB/s of a copy on one thread that reads and writes so many bytes in all.
pub fn copies(bytes: usize) -> f64 {
    let (from, mut to) = (vec![1u8; bytes / 2], vec![0u8; bytes / 2]);
    let time = fastest(|| {
        to.copy_from_slice(black_box(&from));
        black_box(&mut to);
    });
    bytes as f64 / time / 1e9
}
