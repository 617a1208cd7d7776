//! Every task runs once, panics come through, nested and forked regions work.
use std::sync::Mutex;

use super::*;

/// The team and the thread count are the process's: one test at a time.
static ALONE: Mutex<()> = Mutex::new(());

fn alone(threads: usize) -> std::sync::MutexGuard<'static, ()> {
    let guard = ALONE.lock().unwrap_or_else(|e| e.into_inner());
    set_num_threads(threads);
    guard
}

fn squares(n: usize) -> Vec<usize> {
    let out: Vec<AtomicUsize> = (0..n).map(|_| AtomicUsize::new(0)).collect();
    run(n, &|i| {
        out[i].fetch_add(i * i + 1, Relaxed);
    });
    out.into_iter().map(|v| v.into_inner()).collect()
}

fn expected(n: usize) -> Vec<usize> {
    (0..n).map(|i| i * i + 1).collect()
}

#[test]
fn every_task_runs_once_for_any_thread_count() {
    for threads in [1, 2, 3, 8, 2] {
        let _alone = alone(threads);
        for n in [0, 1, 2, 3, 7, 64, 1000] {
            for _ in 0..200 {
                assert_eq!(squares(n), expected(n));
            }
        }
    }
}

#[test]
fn sleeping_workers_are_woken() {
    let _alone = alone(2);
    let helped = (0..20).any(|_| {
        std::thread::sleep(Duration::from_millis(2));
        let here = std::thread::current().id();
        let other = AtomicBool::new(false);
        run(2, &|_| {
            other.fetch_or(std::thread::current().id() != here, Relaxed);
            std::thread::sleep(Duration::from_millis(2));
        });
        other.into_inner()
    });
    assert!(helped);
}

#[test]
fn nested_regions_run_serially() {
    let _alone = alone(3);
    let total = AtomicUsize::new(0);
    run(8, &|_| {
        let here = std::thread::current().id();
        run(8, &|i| {
            assert_eq!(std::thread::current().id(), here);
            total.fetch_add(i, Relaxed);
        });
    });
    assert_eq!(total.into_inner(), 8 * 28);
}

#[test]
fn a_panic_reaches_the_caller_after_all_tasks() {
    let _alone = alone(2);
    let done = AtomicUsize::new(0);
    let caught = catch_unwind(AssertUnwindSafe(|| {
        run(100, &|i| {
            done.fetch_add(1, Relaxed);
            assert!(i % 10 != 3, "task {i}");
        })
    }));
    assert!(caught.is_err());
    assert_eq!(done.into_inner(), 100);
    assert_eq!(squares(50), expected(50));
}

#[test]
fn two_callers_at_once_both_finish() {
    let _alone = alone(2);
    std::thread::scope(|s| {
        for _ in 0..4 {
            s.spawn(|| (0..500).for_each(|_| assert_eq!(squares(40), expected(40))));
        }
    });
}

#[test]
fn a_forked_child_has_its_own_team() {
    let _alone = alone(2);
    assert_eq!(squares(100), expected(100));
    for _ in 0..20 {
        // SAFETY: the child only runs regions, and leaves without unwinding.
        let child = unsafe { libc::fork() };
        if child == 0 {
            let right = (0..50).all(|_| squares(100) == expected(100));
            // SAFETY: ends the child at once.
            unsafe { libc::_exit(if right { 0 } else { 1 }) };
        }
        assert_eq!(squares(100), expected(100));
        let mut status = 0;
        // SAFETY: the child is ours.
        unsafe { libc::waitpid(child, &mut status, 0) };
        assert_eq!(status, 0);
    }
}

#[test]
fn regions_on_the_pool_go_through_the_hook() {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    let _alone = alone(2);
    set_detach_hook(|region| {
        CALLS.fetch_add(1, Relaxed);
        region();
    });
    run(1, &|_| ());
    assert_eq!(CALLS.load(Relaxed), 0);
    run(2, &|_| ());
    assert_eq!(CALLS.load(Relaxed), 1);
}
