//! The one door to threads. `run` hands out task numbers from one counter to the caller and to the workers of an own
//! rayon pool. The pool starts on first use, is rebuilt in a forked child, and serves one region at a time: nested
//! calls and a second caller run serially. A worker stays hot for a few microseconds after a region, then sleeps in
//! rayon. Workers that wake too late find the region closed, so nobody ever waits for a sleeping thread.

mod cpu;
mod float_mode;

use std::any::Any;
use std::cell::Cell;
use std::cell::UnsafeCell;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::panic::resume_unwind;
use std::ptr::null_mut;
use std::sync::Arc;
use std::sync::Once;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicPtr;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::AcqRel;
use std::sync::atomic::Ordering::Acquire;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::Ordering::Release;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;
use std::time::Instant;

use cpu::Steering;
use cpu::cores;
pub use float_mode::set_flush_denormal;

type Task = dyn Fn(usize) + Sync;

/// How long a worker looks out for the next region before it goes to sleep.
const HOT: Duration = Duration::from_micros(25);
/// A hot worker that has not come this long after the start was kept from a core.
const LATE: Duration = Duration::from_micros(200);
/// After two late regions nobody spins for this long.
const COOL_DOWN: Duration = Duration::from_secs(1);

// The gate word: workers inside the region in the low bits, then OPEN, then the number of the region.
const OPEN: u64 = 1 << 16;
const INSIDE: u64 = OPEN - 1;
const NEXT_REGION: u64 = OPEN << 1;

/// One region's task. Written by the holder of `busy` while the gate is closed and nobody is inside.
struct Region {
    task: *const Task,
    count: usize,
    helpers: u64,
    /// The caller's: a task gives the same bits on any thread.
    float_mode: u32,
}

/// The pool and the fork generation it belongs to. Touched by the holder of `busy` alone.
struct Pool {
    threads: Option<rayon::ThreadPool>,
    size: usize,
    generation: u64,
    /// Workers that are running or spinning, not asleep.
    awake: Arc<AtomicUsize>,
    steering: Arc<Steering>,
}

struct Team {
    busy: AtomicBool,
    gate: AtomicU64,
    next: AtomicUsize,
    /// Workers that took part in this region.
    joined: AtomicUsize,
    spin: AtomicBool,
    region: UnsafeCell<Region>,
    pool: UnsafeCell<Option<Pool>>,
    late: UnsafeCell<Late>,
    /// The first panic of the region. No lock: a forked child would wait for what its parent held.
    panic: AtomicPtr<Box<dyn Any + Send>>,
}

struct Late {
    strikes: u32,
    cool_until: Option<Instant>,
}

// SAFETY: the cells are reached only by the holder of `busy`, and `region` also by workers the gate let in.
unsafe impl Sync for Team {}

const IDLE: fn(usize) = |_| {};

static TEAM: Team = Team {
    busy: AtomicBool::new(false),
    gate: AtomicU64::new(0),
    next: AtomicUsize::new(0),
    joined: AtomicUsize::new(0),
    spin: AtomicBool::new(true),
    region: UnsafeCell::new(Region { task: &IDLE, count: 0, helpers: 0, float_mode: 0 }),
    pool: UnsafeCell::new(None),
    late: UnsafeCell::new(Late { strikes: 0, cool_until: None }),
    panic: AtomicPtr::new(null_mut()),
};

static WANTED: AtomicUsize = AtomicUsize::new(0);
static GENERATION: AtomicU64 = AtomicU64::new(0);
static DETACH: OnceLock<fn(&mut dyn FnMut())> = OnceLock::new();

thread_local! {
    static INSIDE_REGION: Cell<bool> = const { Cell::new(false) };
}

/// Runs `task(0..n)`, on the pool when it pays. Splits depend on the shape alone, so results have the same bits for
/// any thread count. A panic in a task reaches the caller after all tasks have ended.
pub fn run(n: usize, task: &(dyn Fn(usize) + Sync)) {
    if n <= 1 || INSIDE_REGION.get() || num_threads() <= 1 || TEAM.busy.swap(true, Acquire) {
        return (0..n).for_each(task);
    }
    let mut panic = None;
    let mut region = || panic = TEAM.run(n, task);
    match DETACH.get() {
        Some(detach) => detach(&mut region),
        None => region(),
    }
    if let Some(payload) = panic {
        resume_unwind(payload);
    }
}

/// The number of threads a region may use: the last `set_num_threads`, else `RGRAD_NUM_THREADS`, else the cores this
/// process may use by affinity and cgroup quota.
pub fn num_threads() -> usize {
    match WANTED.load(Relaxed) {
        0 => default_threads(),
        n => n,
    }
}

/// Changes the number of threads from the next region on. Results do not change.
pub fn set_num_threads(n: usize) {
    WANTED.store(n.clamp(1, INSIDE as usize), Relaxed);
}

/// Every region started on the pool goes through `hook`, which must call its argument once. The Python binding releases
/// the GIL there. Only the first hook counts.
pub fn set_detach_hook(hook: fn(&mut dyn FnMut())) {
    let _ = DETACH.set(hook);
}

#[cold]
fn default_threads() -> usize {
    let named = std::env::var("RGRAD_NUM_THREADS").ok().and_then(|v| v.trim().parse().ok());
    let n = named.filter(|n| *n > 0).unwrap_or_else(cores).min(INSIDE as usize);
    let _ = WANTED.compare_exchange(0, n, Relaxed, Relaxed);
    WANTED.load(Relaxed)
}

impl Team {
    /// One region, for the holder of `busy`; gives `busy` back.
    fn run(&'static self, n: usize, task: &(dyn Fn(usize) + Sync)) -> Option<Box<dyn Any + Send>> {
        let threads = num_threads();
        // SAFETY: this thread holds `busy`.
        let ready = unsafe { Pool::prepare(&mut *self.pool.get(), threads, self) };
        let helpers = if ready { (threads - 1).min(n - 1) } else { 0 };
        // SAFETY: the gate is closed and empty, so no worker reads the region. The task outlives it: the gate is
        // closed again, and empty, before this function returns.
        unsafe {
            let task = std::mem::transmute::<*const (dyn Fn(usize) + Sync), *const Task>(task);
            *self.region.get() = Region { task, count: n, helpers: helpers as u64, float_mode: float_mode::get() };
        }
        self.next.store(0, Relaxed);
        self.joined.store(0, Relaxed);
        let gate = (self.gate.load(Relaxed) & !(OPEN | INSIDE)).wrapping_add(NEXT_REGION) | OPEN;
        self.gate.store(gate, SeqCst);
        let hot = self.wake(helpers);
        let start = Instant::now();
        INSIDE_REGION.set(true);
        self.drain();
        INSIDE_REGION.set(false);
        self.gate.fetch_and(!OPEN, SeqCst);
        self.wait_until_empty();
        // SAFETY: this thread holds `busy`.
        unsafe { (*self.late.get()).judge(self, hot, start) };
        let panic = self.panic.swap(null_mut(), Acquire);
        self.busy.store(false, Release);
        // SAFETY: `drain` made the box, and the slot has given it up.
        (!panic.is_null()).then(|| unsafe { *Box::from_raw(panic) })
    }

    /// Gets `helpers` workers going; true if one was hot already.
    fn wake(&'static self, helpers: usize) -> bool {
        // SAFETY: this thread holds `busy`.
        let pool = unsafe { (*self.pool.get()).as_ref() };
        let Some(Pool { threads: Some(threads), awake, steering, .. }) = pool else { return false };
        let hot = awake.load(SeqCst);
        if hot < helpers {
            steering.steer();
        }
        for _ in hot..helpers {
            awake.fetch_add(1, SeqCst);
            let awake = awake.clone();
            threads.spawn(move || TEAM.work(&awake));
        }
        hot > 0 && helpers > 0
    }

    /// A worker's shift: regions, and looking out for the next one, until it has been quiet for a while.
    fn work(&self, awake: &AtomicUsize) {
        INSIDE_REGION.set(true);
        let mut last = 0;
        loop {
            self.help(&mut last);
            if self.look_out(last) {
                continue;
            }
            awake.fetch_sub(1, SeqCst);
            // A region may have opened just before: its caller counted this worker as awake.
            if !self.is_new(last) {
                break;
            }
            awake.fetch_add(1, SeqCst);
        }
        INSIDE_REGION.set(false);
    }

    /// Takes part in the open region unless it is the one numbered `last`, and numbers it so.
    fn help(&self, last: &mut u64) {
        let mut gate = self.gate.load(Acquire);
        loop {
            // Reading `helpers` is safe only once inside, so come in first and leave if there are enough.
            if gate & OPEN == 0 || gate / NEXT_REGION == *last {
                return;
            }
            match self.gate.compare_exchange_weak(gate, gate + 1, SeqCst, Acquire) {
                Ok(_) => break,
                Err(now) => gate = now,
            }
        }
        *last = gate / NEXT_REGION;
        // SAFETY: the gate let this worker in.
        let region = unsafe { &*self.region.get() };
        if gate & INSIDE < region.helpers {
            self.joined.fetch_add(1, Relaxed);
            float_mode::set(region.float_mode);
            self.drain();
        }
        self.gate.fetch_sub(1, Release);
    }

    fn is_new(&self, last: u64) -> bool {
        let gate = self.gate.load(SeqCst);
        gate & OPEN != 0 && gate / NEXT_REGION != last
    }

    /// Spins for a new region; false when none came, or when spinning is off.
    fn look_out(&self, last: u64) -> bool {
        let start = Instant::now();
        while self.spin.load(Relaxed) && start.elapsed() < HOT {
            for _ in 0..16 {
                if self.is_new(last) {
                    return true;
                }
                std::hint::spin_loop();
            }
        }
        false
    }

    /// Runs tasks until the counter is used up. A panic is kept for the caller, and the other tasks go on.
    fn drain(&self) {
        // SAFETY: either the caller, or a worker that the gate let in.
        let (task, count) = unsafe { (&*(*self.region.get()).task, (*self.region.get()).count) };
        while let Err(payload) = catch_unwind(AssertUnwindSafe(|| {
            loop {
                match self.next.fetch_add(1, Relaxed) {
                    i if i < count => task(i),
                    _ => break,
                }
            }
        })) {
            let payload = Box::into_raw(Box::new(payload));
            if self.panic.compare_exchange(null_mut(), payload, AcqRel, Relaxed).is_err() {
                // SAFETY: made just now, and the slot, which has an earlier one, did not take it.
                drop(unsafe { Box::from_raw(payload) });
            }
        }
    }

    /// Waits for the workers inside. They are running their last task, so this is short unless one lost its core.
    fn wait_until_empty(&self) {
        let mut rounds = 0u32;
        while self.gate.load(Acquire) & INSIDE != 0 {
            rounds += 1;
            if rounds < 2000 { std::hint::spin_loop() } else { std::thread::yield_now() }
        }
    }
}

impl Pool {
    /// Has `pool` be one of `threads - 1` workers in this process; false if the system gives none.
    fn prepare(pool: &mut Option<Pool>, threads: usize, team: &Team) -> bool {
        let generation = GENERATION.load(Relaxed);
        if let Some(pool) = pool
            && pool.size == threads
            && pool.generation == generation
        {
            return pool.threads.is_some();
        }
        watch_forks();
        match pool.take() {
            // Its workers stayed in the parent process: joining them would wait forever.
            Some(old) if old.generation != generation => std::mem::forget(old),
            old => drop(old),
        }
        let steering = Arc::new(Steering::new(threads - 1));
        let entering = steering.clone();
        let builder = rayon::ThreadPoolBuilder::new().num_threads(threads - 1).thread_name(|i| format!("rgrad-{i}"));
        let built = builder.start_handler(move |i| entering.enter(i)).build().ok();
        let ready = built.is_some();
        *pool = Some(Pool { threads: built, size: threads, generation, awake: Arc::default(), steering });
        team.spin.store(threads <= cores(), Relaxed);
        ready
    }
}

impl Late {
    /// Turns spinning off for a while when hot workers twice failed to come, and on again afterwards.
    fn judge(&mut self, team: &Team, hot: bool, start: Instant) {
        if let Some(until) = self.cool_until {
            if start > until {
                *self = Late { strikes: 0, cool_until: None };
                team.spin.store(num_threads() <= cores(), Relaxed);
            }
        } else if hot && team.joined.load(Relaxed) == 0 && start.elapsed() > LATE {
            self.strikes += 1;
            if self.strikes >= 2 {
                self.cool_until = Some(start + COOL_DOWN);
                team.spin.store(false, Relaxed);
            }
        }
    }
}

/// Has a forked child start over: its only thread is the one that forked.
fn watch_forks() {
    extern "C" fn in_child() {
        GENERATION.fetch_add(1, Relaxed);
        TEAM.gate.fetch_and(!(OPEN | INSIDE), Relaxed);
        if !INSIDE_REGION.get() {
            TEAM.busy.store(false, Relaxed);
            TEAM.panic.store(null_mut(), Relaxed);
        }
    }
    static ONCE: Once = Once::new();
    // SAFETY: the handler touches atomics and a const thread-local only.
    ONCE.call_once(|| unsafe {
        libc::pthread_atfork(None, None, Some(in_child));
    });
}

#[cfg(test)]
mod tests;
