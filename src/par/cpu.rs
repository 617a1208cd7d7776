//! Which cores there are, and getting workers onto them soon. A kernel that sees no shared cache between two cores wakes
//! a worker on the core it slept on, where it waits until the caller's time slice is over: workers are kept off the
//! caller's core. Beside another busy process a woken worker waits until that one's slice is over, unless it asks for
//! a shorter one: workers do.

use std::sync::OnceLock;
use std::sync::atomic::AtomicI32;
use std::sync::atomic::Ordering::Relaxed;

/// Cores this process may use. The standard library reads sched_getaffinity and the cgroup quota.
pub fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| std::thread::available_parallelism().map_or(1, |n| n.get()))
}

/// A worker's share of a busy core comes in pieces of this many nanoseconds, and the shorter they are the sooner the
/// next one comes (Linux 6.12 and later; earlier ones have no such wish, and take the call as no change).
#[cfg(target_os = "linux")]
const SLICE: u64 = 100_000;

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
        {
            // SAFETY: gettid has no preconditions.
            self.workers[index].store(unsafe { libc::gettid() }, Relaxed);
            ask_for_short_slices();
        }
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

/// How the kernel schedules this thread, if it tells.
#[cfg(target_os = "linux")]
fn schedule() -> Option<libc::sched_attr> {
    let size = size_of::<libc::sched_attr>() as u32;
    // SAFETY: the kernel writes an attribute of the size it is told; 0 is the calling thread.
    unsafe {
        let mut attr: libc::sched_attr = std::mem::zeroed();
        (libc::syscall(libc::SYS_sched_getattr, 0, &mut attr, size, 0) == 0).then_some(attr)
    }
}

/// Has this thread's time on a busy core come in pieces of `SLICE`; its policy and its niceness stay.
#[cfg(target_os = "linux")]
fn ask_for_short_slices() {
    if let Some(mut attr) = schedule()
        && attr.sched_policy == libc::SCHED_OTHER as u32
    {
        attr.sched_runtime = SLICE;
        // SAFETY: the kernel reads an attribute, whose size stands in it; 0 is the calling thread.
        unsafe { libc::syscall(libc::SYS_sched_setattr, 0, &attr, 0) };
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn short_slices_leave_policy_and_niceness() {
        std::thread::spawn(|| {
            // SAFETY: changes the calling thread's niceness alone.
            unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, 5) };
            let before = schedule().unwrap();
            ask_for_short_slices();
            let after = schedule().unwrap();
            assert_eq!((after.sched_policy, after.sched_nice), (before.sched_policy, 5));
            // A kernel without slices of one's own says the same before and after.
            assert!(after.sched_runtime == SLICE || after.sched_runtime == before.sched_runtime);
        })
        .join()
        .unwrap();
    }
}
