//! Kernel speed: `cargo bench --no-default-features --bench kernels [filter]`. Minimum of many runs, one thread
//! unless said otherwise.

use std::hint::black_box;
use std::time::Instant;

use rgrad::kernels::isa;
use rgrad::kernels::isa::Simd;
use rgrad::kernels::vmath::Math;

/// Seconds of the fastest call of f.
fn fastest(mut f: impl FnMut()) -> f64 {
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

macro_rules! math {
    ($($name:ident)*) => {
        fn bench_math<T: Math>(tag: &str, filter: &str) {
            const N: usize = 4096;
            let x: Vec<T> = (0..N).map(|i| T::of(0.01 + i as f64 * 0.001)).collect();
            let mut y = vec![T::ZERO; N];
            $({
                #[inline(always)]
                unsafe fn body<S: Simd, T: Math>(x: *const T, y: *mut T, n: usize) {
                    for i in 0..n {
                        // SAFETY: n elements in both.
                        unsafe { *y.add(i) = T::$name::<S>(*x.add(i)) }
                    }
                }
                rgrad::stamp! { table table<T>: unsafe fn(x: *const T, y: *mut T, n: usize) where [T: Math] = body; }
                let name = concat!(stringify!($name));
                if format!("{name} {tag}").contains(filter) {
                    for (level, f) in table::<T>()[..=isa::machine() as usize].iter().enumerate() {
                        // SAFETY: N elements, levels of this machine.
                        let time = fastest(|| unsafe { f(black_box(x.as_ptr()), y.as_mut_ptr(), N) });
                        println!("{name} {tag} {:?}: {:.2} Gelem/s", isa::Isa::ALL[level], N as f64 / time / 1e9);
                    }
                }
            })*
        }
    };
}

math! { exp exp2 expm1 log log2 log10 log1p tanh sigmoid silu sin cos tan erf erfc gelu gelu_tanh }

fn main() {
    let filter = std::env::args().skip(1).find(|a| !a.starts_with('-')).unwrap_or_default();
    bench_math::<f32>("f32", &filter);
    bench_math::<f64>("f64", &filter);
}
