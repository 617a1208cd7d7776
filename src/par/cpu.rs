//! Which cores there are, and keeping woken workers off the caller's core: a kernel that sees no shared cache between
//! two cores wakes a worker on the core it slept on, and there it waits until the caller's time slice is over.

use std::sync::OnceLock;
use std::sync::atomic::AtomicI32;
use std::sync::atomic::Ordering::Relaxed;

/// Cores this process may use. The standard library reads sched_getaffinity and the cgroup quota.
pub fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| std::thread::available_parallelism().map_or(1, |n| n.get()))
}

/// The thread ids of a pool's workers, and the core they were last told to avoid.
pub struct Steering {
    workers: Box<[AtomicI32]>,
    avoided: AtomicI32,
}

impl Steering {
    pub fn new(workers: usize) -> Steering {
        Steering { workers: (0..workers).map(|_| AtomicI32::new(0)).collect(), avoided: AtomicI32::new(-1) }
    }

    /// To be called by worker `index` when it starts.
    pub fn enter(&self, index: usize) {
        #[cfg(target_os = "linux")]
        // SAFETY: gettid has no preconditions.
        self.workers[index].store(unsafe { libc::gettid() }, Relaxed);
        let _ = index;
    }

    /// Before sleeping workers are woken: lets them run on all cores of the caller but the one it is on.
    pub fn steer(&self) {
        #[cfg(target_os = "linux")]
        // SAFETY: the calls read and write a set of the size they are told.
        unsafe {
            let here = libc::sched_getcpu();
            let started = self.workers.iter().all(|w| w.load(Relaxed) != 0);
            if here < 0 || here == self.avoided.load(Relaxed) || !started || self.workers.len() >= cores() {
                return;
            }
            let mut set: libc::cpu_set_t = std::mem::zeroed();
            let size = size_of::<libc::cpu_set_t>();
            if libc::sched_getaffinity(0, size, &mut set) != 0 {
                return;
            }
            libc::CPU_CLR(here as usize, &mut set);
            if libc::CPU_COUNT(&set) as usize >= self.workers.len() {
                for worker in &self.workers {
                    libc::sched_setaffinity(worker.load(Relaxed), size, &set);
                }
                self.avoided.store(here, Relaxed);
            }
        }
    }
}
