//! Products, scalar functions and the pool: `cargo bench --no-default-features --bench kernels [filter]`. Minimum of many
//! runs, one thread unless said otherwise; shares are of a limit measured right after.

mod limits;

use std::hint::black_box;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use std::time::Instant;

use limits::fastest;
use rgrad::kernels::gemm::Gemm;
use rgrad::kernels::gemm::gemm;
use rgrad::kernels::isa;
use rgrad::kernels::isa::Simd;
use rgrad::kernels::vmath::Math;
use rgrad::par;

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

/// Multiplies n x k by k x m matrices; `t` marks a transposed operand, as in torch's names NN, NT, TN.
fn bench_gemm<T: Gemm + Math>(tag: &str, filter: &str, (m, n, k): (usize, usize, usize), form: &str) {
    let name = format!("gemm {tag} {form} {m}x{n}x{k}");
    if !name.contains(filter) {
        return;
    }
    let fill = |n: usize| (0..n).map(|i| T::of((i * 7919 % 1013) as f64 / 506.5 - 1.0)).collect::<Vec<T>>();
    let (a, b, mut c) = (fill(m * k), fill(k * n), vec![T::ZERO; m * n]);
    let (ar, ac) = if form.starts_with('T') { (1, m as isize) } else { (k as isize, 1) };
    let (br, bc) = if form.ends_with('T') { (1, k as isize) } else { (n as isize, 1) };
    for threads in [1, 2] {
        par::set_num_threads(threads);
        // SAFETY: the buffers have the sizes of the shapes.
        let time = fastest(|| unsafe {
            let (a, b, c) = (black_box(a.as_ptr()), black_box(b.as_ptr()), c.as_mut_ptr());
            gemm(m, n, k, <T as Math>::ONE, a, ar, ac, b, br, bc, T::ZERO, c, n as isize, 1)
        });
        let rate = 2.0 * (m * n * k) as f64 / time / 1e9;
        let share = 100.0 * rate / limits::flops(size_of::<T>(), if m * n * k > 1 << 20 { threads } else { 1 });
        println!("{name} threads {threads}: {rate:.1} GFLOP/s, {share:.0} % of the multiply-add limit, {:.3} us", time * 1e6);
    }
}

fn bench_products<T: Gemm + Math>(tag: &str, filter: &str) {
    for n in [64, 128, 256, 512, 768, 1024] {
        for form in ["NN", "NT", "TN"] {
            bench_gemm::<T>(tag, filter, (n, n, n), form);
        }
    }
    bench_gemm::<T>(tag, filter, (2, 2, 3), "NN");
    bench_gemm::<T>(tag, filter, (8, 8, 8), "NN");
    bench_gemm::<T>(tag, filter, (16, 16, 16), "NN");
    bench_gemm::<T>(tag, filter, (32, 128, 64), "NN");
    bench_gemm::<T>(tag, filter, (32, 128, 64), "NT");
    bench_gemm::<T>(tag, filter, (128, 512, 784), "NT");
    bench_gemm::<T>(tag, filter, (64, 10000, 1000), "NT");
    bench_gemm::<T>(tag, filter, (1, 4096, 4096), "NN");
    bench_gemm::<T>(tag, filter, (1, 4096, 4096), "NT");
    bench_gemm::<T>(tag, filter, (4, 1024, 1024), "NT");
    bench_gemm::<T>(tag, filter, (64, 10, 64), "NT");
}

/// A region of two empty tasks: what entering the pool costs while it is hot.
fn bench_region(filter: &str) {
    if "region".contains(filter) {
        par::set_num_threads(2);
        let time = fastest(|| par::run(2, &|_| ()));
        println!("region of 2 tasks: {:.3} us", time * 1e6);
    }
}

/// How long after the start of a region a worker that slept for 2 ms takes its first task.
fn bench_cold_region(filter: &str) {
    if !"region cold".contains(filter) {
        return;
    }
    par::set_num_threads(2);
    let caller = std::thread::current().id();
    let mut times: Vec<u64> = (0..200)
        .map(|_| {
            std::thread::sleep(Duration::from_millis(2));
            let (start, arrival) = (Instant::now(), AtomicU64::new(0));
            par::run(2, &|_| {
                if std::thread::current().id() != caller {
                    arrival.store(start.elapsed().as_nanos() as u64, Relaxed);
                }
                while arrival.load(Relaxed) == 0 && start.elapsed() < Duration::from_millis(20) {
                    std::hint::spin_loop();
                }
            });
            arrival.into_inner()
        })
        .collect();
    times.sort();
    println!("region cold: worker arrives after {:.1} us (median)", times[times.len() / 2] as f64 / 1e3);
}

fn main() {
    let filter = std::env::args().skip(1).find(|a| !a.starts_with('-')).unwrap_or_default();
    bench_region(&filter);
    bench_cold_region(&filter);
    bench_products::<f32>("f32", &filter);
    bench_products::<f64>("f64", &filter);
    bench_math::<f32>("f32", &filter);
    bench_math::<f64>("f64", &filter);
}
