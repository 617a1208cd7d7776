//! softmax(scale q k^T + mask) v, a block of queries of one head at a time: only that block's scores are ever held. The
//! derivative makes them again from the logarithm of each row's sum. Tasks are heads and blocks, cut by shape alone.

use std::cell::RefCell;

use crate::kernels::float::Float;
use crate::kernels::gemm::Gemm;
use crate::kernels::gemm::gemm;
use crate::kernels::isa::Simd;
use crate::kernels::rows;
use crate::kernels::rows::Shared;
use crate::kernels::scratch::Scratch;
use crate::par;
use crate::stamp;

/// Queries of a block.
const BLOCK: usize = 64;
/// Fewer multiplications than this stay on the caller's thread.
const PARALLEL: usize = 1 << 18;

/// One matrix a head: where each begins, and from row to row. A row's elements are adjacent.
#[derive(Clone, Copy)]
pub struct Heads<'a> {
    pub begins: &'a [usize],
    pub row: usize,
}

#[derive(Clone, Copy)]
pub struct Operand<'a, T> {
    pub data: &'a [T],
    pub heads: Heads<'a>,
}

impl<T> Operand<'_, T> {
    fn row(&self, head: usize, i: usize, width: usize) -> &[T] {
        let begin = self.heads.begins[head] + i * self.heads.row;
        &self.data[begin..begin + width]
    }

    /// A pointer to a row of `width` elements of a head of `rows` rows; the whole head must lie in the slice.
    fn at(&self, head: usize, rows: usize, width: usize, row: usize) -> *const T {
        let begin = self.heads.begins[head];
        assert!(row < rows && begin + (rows - 1) * self.heads.row + width <= self.data.len(), "inside the slice");
        self.data[begin + row * self.heads.row..].as_ptr()
    }
}

#[derive(Clone, Copy)]
pub struct Problem<'a, T> {
    pub queries: usize,
    pub keys: usize,
    /// Elements of a query or key, and of a value.
    pub width: usize,
    pub value_width: usize,
    pub scale: f64,
    /// Query i sees keys 0 to i.
    pub causal: bool,
    pub q: Operand<'a, T>,
    pub k: Operand<'a, T>,
    pub v: Operand<'a, T>,
    /// Added to the scores; a row of `keys` elements for each query, or one for all where `row` is 0.
    pub mask: Option<Operand<'a, T>>,
}

thread_local! {
    static SCORES: RefCell<(Scratch, Scratch)> = const { RefCell::new((Scratch::EMPTY, Scratch::EMPTY)) };
}

/// One row of scores to exponentials of its difference to the top; the top and the sum. All -inf gives zeros.
#[inline(always)]
fn exponentials_body<S: Simd, T: Float>(x: &mut [T]) -> (T, T) {
    let top = rows::max(x);
    if top == T::of(f64::NEG_INFINITY) && !x.iter().any(|&v| T::is_nan(v)) {
        x.fill(T::ZERO);
        return (top, T::ZERO);
    }
    x.iter_mut().for_each(|v| *v = T::exp::<S>(*v - top));
    (top, rows::sum(x, |v| v))
}

/// p = e^(x - log), and then x = p (g - along): probabilities and the slopes of scores.
#[inline(always)]
fn slopes_body<S: Simd, T: Float>(x: &mut [T], g: &mut [T], log: T, along: T) {
    if log == T::of(f64::NEG_INFINITY) {
        x.fill(T::ZERO);
        g.fill(T::ZERO);
        return;
    }
    for (x, g) in x.iter_mut().zip(g) {
        *x = T::exp::<S>(*x - log);
        *g = *x * (*g - along);
    }
}

#[inline(always)]
fn add_body<S: Simd, T: Float>(x: &mut [T], y: &[T]) {
    x.iter_mut().zip(y).for_each(|(x, &y)| *x = *x + y);
}

#[inline(always)]
fn scale_body<S: Simd, T: Float>(x: &mut [T], by: T) {
    x.iter_mut().for_each(|x| *x = *x * by);
}

#[inline(always)]
fn dot_body<S: Simd, T: Float>(x: &[T], y: &[T]) -> T {
    rows::sum2(x, y, |x, y| x * y)
}

stamp! { fn exponentials<T>(x: &mut [T]) -> (T, T) where [T: Float] = exponentials_body; }
stamp! { fn slopes<T>(x: &mut [T], g: &mut [T], log: T, along: T) where [T: Float] = slopes_body; }
stamp! { fn add<T>(x: &mut [T], y: &[T]) where [T: Float] = add_body; }
stamp! { fn scale<T>(x: &mut [T], by: T) where [T: Float] = scale_body; }
stamp! { fn dot<T>(x: &[T], y: &[T]) -> T where [T: Float] = dot_body; }
stamp! { fn log_of<T>(x: T) -> T where [T: Float] = log_body; }

#[inline(always)]
fn log_body<S: Simd, T: Float>(x: T) -> T {
    T::log::<S>(x)
}

impl<T: Float + Gemm> Problem<'_, T> {
    fn blocks(&self) -> usize {
        self.queries.div_ceil(BLOCK)
    }

    fn run(&self, tasks: usize, task: &(dyn Fn(usize) + Sync)) {
        let work = self.q.heads.begins.len() * self.queries * self.keys * self.width;
        if work < PARALLEL { (0..tasks).for_each(task) } else { par::run(tasks, task) }
    }

    /// Keys that some query before `end` sees.
    fn seen(&self, end: usize) -> usize {
        if self.causal { self.keys.min(end) } else { self.keys }
    }

    /// scale q k^T + mask of queries `from..to`, rows of `seen` scores; what is not seen is -inf.
    fn scores(&self, head: usize, from: usize, to: usize, x: &mut [T]) {
        let seen = self.seen(to);
        let q = self.q.at(head, self.queries, self.width, from);
        let k = self.k.at(head, self.keys, self.width, 0);
        let (q_row, k_row) = (self.q.heads.row as isize, self.k.heads.row as isize);
        assert!(x.len() == (to - from) * seen);
        // SAFETY: `at` checked both heads; x holds the block.
        unsafe {
            let (m, n, w) = (to - from, seen, self.width);
            gemm(m, n, w, T::of(self.scale), q, q_row, 1, k, 1, k_row, <T as Default>::default(), x.as_mut_ptr(), seen as isize, 1);
        }
        for (i, x) in x.chunks_exact_mut(seen).enumerate() {
            let visible = self.seen(from + i + 1).min(seen);
            if let Some(mask) = self.mask {
                add(&mut x[..visible], mask.row(head, from + i, visible));
            }
            x[visible..].fill(T::of(f64::NEG_INFINITY));
        }
    }

    /// Fills `out`, and `logs` with the logarithm of each query's sum, one row of `queries` a head.
    pub fn forward(&self, out: &mut [T], heads: Heads, logs: &mut [T]) {
        let (out, logs, blocks) = (Shared::of(out), Shared::of(logs), self.blocks());
        self.run(heads.begins.len() * blocks, &|t| {
            let (head, from) = (t / blocks, t % blocks * BLOCK);
            let to = (from + BLOCK).min(self.queries);
            let logs = logs.part(head * self.queries + from, head * self.queries + to);
            SCORES.with_borrow_mut(|(scratch, _)| {
                let seen = self.seen(to);
                let x = scratch.slice::<T>((to - from) * seen);
                self.scores(head, from, to, x);
                let mut inverses = [T::ZERO; BLOCK];
                for ((x, log), inverse) in x.chunks_exact_mut(seen).zip(logs).zip(&mut inverses) {
                    let (top, sum) = exponentials(x);
                    *inverse = if sum == T::ZERO { T::ZERO } else { <T as Gemm>::ONE / sum };
                    *log = if sum == T::ZERO { top } else { top + log_of(sum) };
                }
                let row = |i: usize| heads.begins[head] + i * heads.row;
                let first = out.part(row(from), row(to - 1) + self.value_width).as_mut_ptr();
                let v = self.v.at(head, self.keys, self.value_width, 0);
                // SAFETY: `at` checked the values; the rows of this block lie in `out` and are nobody else's.
                unsafe {
                    let (m, n, zero) = (to - from, self.value_width, <T as Default>::default());
                    let v_row = self.v.heads.row as isize;
                    gemm(m, n, seen, <T as Gemm>::ONE, x.as_ptr(), seen as isize, 1, v, v_row, 1, zero, first, heads.row as isize, 1);
                }
                for (i, &inverse) in (from..to).zip(&inverses) {
                    scale(out.part(row(i), row(i) + self.value_width), inverse);
                }
            });
        });
    }

    /// Gradients of q, k and v, contiguous and heads one after another; those of k and v start at 0. `logs` and `out`
    /// are what `forward` gave.
    pub fn backward(&self, g: Operand<T>, out: Operand<T>, logs: &[T], dq: &mut [T], dk: &mut [T], dv: &mut [T]) {
        let (dq, dk, dv) = (Shared::of(dq), Shared::of(dk), Shared::of(dv));
        let (l, s, w, u) = (self.queries, self.keys, self.width, self.value_width);
        self.run(self.q.heads.begins.len(), &|head| {
            let (dk, dv) = (dk.part(head * s * w, (head + 1) * s * w), dv.part(head * s * u, (head + 1) * s * u));
            for from in (0..l).step_by(BLOCK) {
                let to = (from + BLOCK).min(l);
                let dq = dq.part((head * l + from) * w, (head * l + to) * w);
                self.backward_block(head, from, to, g, out, &logs[head * l + from..head * l + to], dq, dk, dv);
            }
        });
    }

    #[allow(clippy::too_many_arguments)]
    fn backward_block(
        &self,
        head: usize,
        from: usize,
        to: usize,
        g: Operand<T>,
        out: Operand<T>,
        logs: &[T],
        dq: &mut [T],
        dk: &mut [T],
        dv: &mut [T],
    ) {
        let (m, seen, w, u) = (to - from, self.seen(to), self.width, self.value_width);
        let (zero, one, factor) = (<T as Default>::default(), <T as Gemm>::ONE, T::of(self.scale));
        SCORES.with_borrow_mut(|(scores, slopes_of)| {
            let (x, dx) = (scores.slice::<T>(m * seen), slopes_of.slice::<T>(m * seen));
            self.scores(head, from, to, x);
            let (q, k) = (self.q.at(head, self.queries, w, from), self.k.at(head, self.keys, w, 0));
            let (v, g_first) = (self.v.at(head, self.keys, u, 0), g.at(head, self.queries, u, from));
            let [q_row, k_row, v_row, g_row] = [self.q, self.k, self.v, g].map(|o| o.heads.row as isize);
            let n = seen as isize;
            // SAFETY: `at` checked the heads; x and dx hold m rows of `seen`, the gradients the rows that are written.
            unsafe {
                gemm(m, seen, u, one, g_first, g_row, 1, v, 1, v_row, zero, dx.as_mut_ptr(), n, 1);
                for (i, (x, dx)) in x.chunks_exact_mut(seen).zip(dx.chunks_exact_mut(seen)).enumerate() {
                    slopes(x, dx, logs[i], dot(g.row(head, from + i, u), out.row(head, from + i, u)));
                }
                gemm(seen, u, m, one, x.as_ptr(), 1, n, g_first, g_row, 1, one, dv.as_mut_ptr(), u as isize, 1);
                gemm(m, w, seen, factor, dx.as_ptr(), n, 1, k, k_row, 1, zero, dq.as_mut_ptr(), w as isize, 1);
                gemm(seen, w, m, factor, dx.as_ptr(), 1, n, q, q_row, 1, one, dk.as_mut_ptr(), w as isize, 1);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::gemm::tests::ALONE;
    use crate::kernels::isa;

    fn values(n: usize, seed: usize) -> Vec<f64> {
        (0..n).map(|i| ((i * 7919 + seed * 104729) % 1009) as f64 / 504.5 - 1.0).collect()
    }

    /// Result, and gradients of q, k, v, element by element.
    fn naive(p: &Problem<f64>, g: &[f64]) -> [Vec<f64>; 4] {
        let (heads, l, s, w, u) = (p.q.heads.begins.len(), p.queries, p.keys, p.width, p.value_width);
        let (mut y, mut dq, mut dk, mut dv) =
            (vec![0.0; heads * l * u], vec![0.0; heads * l * w], vec![0.0; heads * s * w], vec![0.0; heads * s * u]);
        for h in 0..heads {
            for i in 0..l {
                let score = |j: usize| {
                    let product: f64 = p.q.row(h, i, w).iter().zip(p.k.row(h, j, w)).map(|(a, b)| a * b).sum();
                    p.scale * product + p.mask.map_or(0.0, |mask| mask.row(h, i, s)[j])
                };
                let seen = if p.causal { s.min(i + 1) } else { s };
                let e: Vec<f64> = (0..seen).map(|j| score(j).exp()).collect();
                let total: f64 = e.iter().sum();
                let probabilities: Vec<f64> = e.iter().map(|e| if total == 0.0 { 0.0 } else { e / total }).collect();
                let slope = |j: usize| -> f64 { (0..u).map(|c| g[(h * l + i) * u + c] * p.v.row(h, j, u)[c]).sum() };
                let along: f64 = (0..seen).map(|j| probabilities[j] * slope(j)).sum();
                for (j, &x) in probabilities.iter().enumerate() {
                    let dx = x * (slope(j) - along) * p.scale;
                    for c in 0..u {
                        y[(h * l + i) * u + c] += x * p.v.row(h, j, u)[c];
                        dv[(h * s + j) * u + c] += x * g[(h * l + i) * u + c];
                    }
                    for c in 0..w {
                        dq[(h * l + i) * w + c] += dx * p.k.row(h, j, w)[c];
                        dk[(h * s + j) * w + c] += dx * p.q.row(h, i, w)[c];
                    }
                }
            }
        }
        [y, dq, dk, dv]
    }

    fn check(heads: usize, [l, s, w, u]: [usize; 4], causal: bool, masked: bool) {
        let begins = |rows: usize, width: usize| (0..heads).map(|h| h * rows * width).collect::<Vec<_>>();
        let (q, k, v, g) = (values(heads * l * w, 1), values(heads * s * w, 2), values(heads * s * u, 3), values(heads * l * u, 4));
        let mut mask = values(heads * l * s, 5);
        mask[..s].fill(f64::NEG_INFINITY);
        let (of_q, of_k, of_v, of_y, of_mask) = (begins(l, w), begins(s, w), begins(s, u), begins(l, u), begins(l, s));
        fn operand<'a>(data: &'a [f64], begins: &'a [usize], row: usize) -> Operand<'a, f64> {
            Operand { data, heads: Heads { begins, row } }
        }
        let p = Problem {
            queries: l,
            keys: s,
            width: w,
            value_width: u,
            scale: 0.7,
            causal,
            q: operand(&q, &of_q, w),
            k: operand(&k, &of_k, w),
            v: operand(&v, &of_v, u),
            mask: masked.then(|| operand(&mask, &of_mask, s)),
        };
        let want = naive(&p, &g);
        let (mut y, mut logs) = (vec![0.0; heads * l * u], vec![0.0; heads * l]);
        p.forward(&mut y, Heads { begins: &of_y, row: u }, &mut logs);
        let (mut dq, mut dk, mut dv) = (vec![9.0; heads * l * w], vec![0.0; heads * s * w], vec![0.0; heads * s * u]);
        p.backward(operand(&g, &of_y, u), operand(&y, &of_y, u), &logs, &mut dq, &mut dk, &mut dv);
        for (got, want) in [y, dq, dk, dv].iter().zip(&want) {
            let worst = got.iter().zip(want).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(worst < 1e-11, "{heads} heads, {l} queries, {s} keys, {w} and {u} wide, causal {causal}, mask {masked}: {worst}");
        }
    }

    #[test]
    fn attention_is_the_naive_loop() {
        let _alone = ALONE.lock().unwrap_or_else(|e| e.into_inner());
        for level in isa::Isa::ALL {
            isa::force(level);
            for sizes in [[1, 1, 1, 1], [3, 5, 2, 7], [64, 64, 8, 8], [65, 63, 5, 3], [130, 200, 16, 17]] {
                for (causal, masked) in [(false, false), (true, false), (false, true), (true, true)] {
                    check(3, sizes, causal, masked);
                }
            }
        }
        isa::force(isa::machine());
    }
}
