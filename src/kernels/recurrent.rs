//! One recurrent layer in one direction: all steps forward, and all steps back. The inputs' part of the gates comes in as
//! one product over all steps; here is what depends on the step before. Rows of the batch do not depend on each other, so
//! a task takes some of them through all steps.

use crate::kernels::float::Float;
use crate::kernels::gemm::Gemm;
use crate::kernels::gemm::gemm;
use crate::kernels::isa::Simd;
use crate::kernels::rows::Shared;
use crate::par;
use crate::stamp;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cell {
    Tanh,
    Relu,
    /// Gates i, f, g, o.
    Lstm,
    /// Gates r, z, n.
    Gru,
}

impl Cell {
    pub fn gates(self) -> usize {
        match self {
            Cell::Tanh | Cell::Relu => 1,
            Cell::Lstm => 4,
            Cell::Gru => 3,
        }
    }
}

/// Which rows of the data a step takes; they are the first rows of the state.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    pub begin: usize,
    pub rows: usize,
}

#[derive(Clone, Copy)]
pub struct Layer<'a> {
    pub cell: Cell,
    pub hidden: usize,
    /// In the order they are taken.
    pub steps: &'a [Step],
    /// Rows of the state.
    pub batch: usize,
}

/// What the derivative reads, a row of `hidden` elements for each row of the data: the state before the step; LSTM: the
/// cell before it and tanh of the cell after it; GRU: the state's part of the gate n. The rest is empty.
pub struct Kept<A> {
    pub state: A,
    pub cell: A,
    pub tanh: A,
    pub candidate: A,
}

/// Rows of the batch that a task takes, and multiplications of a step below which one task takes them all.
const CHUNK: usize = 8;
const SMALL: usize = 1 << 14;

#[inline(always)]
fn sigmoids<S: Simd, T: Float>(x: &mut [T]) {
    x.iter_mut().for_each(|v| *v = T::sigmoid::<S>(*v));
}

#[inline(always)]
fn tanhs<S: Simd, T: Float>(x: &mut [T]) {
    x.iter_mut().for_each(|v| *v = T::tanh::<S>(*v));
}

#[inline(always)]
fn plain_body<S: Simd, T: Float>(relu: bool, gates: &mut [T], h: &mut [T]) {
    if relu {
        gates.iter_mut().for_each(|v| *v = T::maximum(*v, T::ZERO));
    } else {
        tanhs::<S, T>(gates);
    }
    h.copy_from_slice(gates);
}

/// Gates to their values; c = f c + i g, h = o tanh c.
#[inline(always)]
fn lstm_body<S: Simd, T: Float>(n: usize, gates: &mut [T], h: &mut [T], c: &mut [T], before: &mut [T], tanh: &mut [T]) {
    before.copy_from_slice(c);
    for (r, gates) in gates.chunks_exact_mut(4 * n).enumerate() {
        sigmoids::<S, T>(&mut gates[..2 * n]);
        tanhs::<S, T>(&mut gates[2 * n..3 * n]);
        sigmoids::<S, T>(&mut gates[3 * n..]);
        let (c, tanh, h) = (&mut c[r * n..][..n], &mut tanh[r * n..][..n], &mut h[r * n..][..n]);
        let [i, f, g, o] = [0, 1, 2, 3].map(|k| &gates[k * n..][..n]);
        (0..n).for_each(|j| c[j] = f[j] * c[j] + i[j] * g[j]);
        (0..n).for_each(|j| tanh[j] = T::tanh::<S>(c[j]));
        (0..n).for_each(|j| h[j] = o[j] * tanh[j]);
    }
}

/// Gates to their values, `own` being the state's part of them; h = (1 - z) n + z h.
#[inline(always)]
fn gru_body<S: Simd, T: Float>(n: usize, gates: &mut [T], own: &[T], h: &mut [T], candidate: &mut [T]) {
    for (r, (gates, own)) in gates.chunks_exact_mut(3 * n).zip(own.chunks_exact(3 * n)).enumerate() {
        let (candidate, h) = (&mut candidate[r * n..][..n], &mut h[r * n..][..n]);
        candidate.copy_from_slice(&own[2 * n..]);
        (0..2 * n).for_each(|j| gates[j] = gates[j] + own[j]);
        sigmoids::<S, T>(&mut gates[..2 * n]);
        let (gate, last) = gates.split_at_mut(2 * n);
        (0..n).for_each(|j| last[j] = last[j] + gate[j] * candidate[j]);
        tanhs::<S, T>(last);
        (0..n).for_each(|j| h[j] = (T::ONE - gate[n + j]) * last[j] + gate[n + j] * h[j]);
    }
}

/// The gates' slopes from dh; for relu the value tells the sign.
#[inline(always)]
fn plain_back_body<S: Simd, T: Float>(relu: bool, gates: &[T], dh: &[T], slopes: &mut [T]) {
    for ((d, &h), &g) in slopes.iter_mut().zip(gates).zip(dh) {
        *d = if !relu {
            g * (T::ONE - h * h)
        } else if h > T::ZERO {
            g
        } else {
            T::ZERO
        };
    }
}

#[inline(always)]
fn lstm_back_body<S: Simd, T: Float>(n: usize, gates: &[T], before: &[T], tanh: &[T], dh: &[T], dc: &mut [T], slopes: &mut [T]) {
    for (r, (gates, slopes)) in gates.chunks_exact(4 * n).zip(slopes.chunks_exact_mut(4 * n)).enumerate() {
        let [before, tanh, dh] = [before, tanh, dh].map(|x| &x[r * n..][..n]);
        let dc = &mut dc[r * n..][..n];
        let [i, f, g, o] = [0, 1, 2, 3].map(|k| &gates[k * n..][..n]);
        let (di, rest) = slopes.split_at_mut(n);
        let (df, rest) = rest.split_at_mut(n);
        let (dg, d_o) = rest.split_at_mut(n);
        for j in 0..n {
            let d = dc[j] + dh[j] * o[j] * (T::ONE - tanh[j] * tanh[j]);
            di[j] = d * g[j] * i[j] * (T::ONE - i[j]);
            df[j] = d * before[j] * f[j] * (T::ONE - f[j]);
            dg[j] = d * i[j] * (T::ONE - g[j] * g[j]);
            d_o[j] = dh[j] * tanh[j] * o[j] * (T::ONE - o[j]);
            dc[j] = d * f[j];
        }
    }
}

/// Slopes of the inputs' part and of the state's part of the gates; dh becomes what goes to the state directly.
#[inline(always)]
fn gru_back_body<S: Simd, T: Float>(n: usize, gates: &[T], state: &[T], candidate: &[T], dh: &mut [T], slopes: &mut [T], own: &mut [T]) {
    for (r, ((gates, slopes), own)) in
        gates.chunks_exact(3 * n).zip(slopes.chunks_exact_mut(3 * n)).zip(own.chunks_exact_mut(3 * n)).enumerate()
    {
        let (state, candidate, dh) = (&state[r * n..][..n], &candidate[r * n..][..n], &mut dh[r * n..][..n]);
        let [reset, z, new] = [0, 1, 2].map(|k| &gates[k * n..][..n]);
        for j in 0..n {
            let d = dh[j] * (T::ONE - z[j]) * (T::ONE - new[j] * new[j]);
            slopes[j] = d * candidate[j] * reset[j] * (T::ONE - reset[j]);
            slopes[n + j] = dh[j] * (state[j] - new[j]) * z[j] * (T::ONE - z[j]);
            slopes[2 * n + j] = d;
            own[2 * n + j] = d * reset[j];
            dh[j] = dh[j] * z[j];
        }
        own[..2 * n].copy_from_slice(&slopes[..2 * n]);
    }
}

stamp! { fn plain<T>(relu: bool, gates: &mut [T], h: &mut [T]) where [T: Float] = plain_body; }
stamp! { fn lstm<T>(n: usize, gates: &mut [T], h: &mut [T], c: &mut [T], before: &mut [T], tanh: &mut [T]) where [T: Float] = lstm_body; }
stamp! { fn gru<T>(n: usize, gates: &mut [T], own: &[T], h: &mut [T], candidate: &mut [T]) where [T: Float] = gru_body; }
stamp! { fn plain_back<T>(relu: bool, gates: &[T], dh: &[T], slopes: &mut [T]) where [T: Float] = plain_back_body; }
stamp! { fn lstm_back<T>(n: usize, gates: &[T], before: &[T], tanh: &[T], dh: &[T], dc: &mut [T], slopes: &mut [T]) where [T: Float] = lstm_back_body; }
stamp! { fn gru_back<T>(n: usize, gates: &[T], state: &[T], candidate: &[T], dh: &mut [T], slopes: &mut [T], own: &mut [T])
where [T: Float] = gru_back_body; }

/// c (rows x n) = a (rows x k) b (k x n) + beta c, all with adjacent rows.
fn product<T: Gemm>(rows: usize, n: usize, k: usize, a: &[T], b: &[T], beta: T, c: &mut [T]) {
    assert!(a.len() == rows * k && b.len() == k * n && c.len() == rows * n);
    // SAFETY: lengths were checked; c is borrowed alone.
    unsafe { gemm(rows, n, k, T::ONE, a.as_ptr(), k as isize, 1, b.as_ptr(), n as isize, 1, beta, c.as_mut_ptr(), n as isize, 1) }
}

impl Layer<'_> {
    fn run(&self, task: impl Fn(usize, usize) + Sync) {
        let chunk = if self.batch * self.hidden * self.hidden * self.cell.gates() < SMALL { self.batch } else { CHUNK };
        let chunk = chunk.max(1);
        par::run(self.batch.div_ceil(chunk), &|t| task(t * chunk, ((t + 1) * chunk).min(self.batch)));
    }

    /// `gates` holds the inputs' part, with both biases but for the GRU, and gets the gates' values; `h` and `c` the state
    /// before, and get the last one. `weight` is W_hh^T; `bias` is the GRU's b_hh or empty. `out` gets all states.
    #[allow(clippy::too_many_arguments)]
    pub fn forward<T: Float + Gemm>(
        &self,
        weight: &[T],
        bias: &[T],
        gates: &mut [T],
        h: &mut [T],
        c: &mut [T],
        out: &mut [T],
        kept: Kept<&mut [T]>,
    ) {
        let (n, width) = (self.hidden, self.hidden * self.cell.gates());
        let (gates, h, c, out) = (Shared::of(gates), Shared::of(h), Shared::of(c), Shared::of(out));
        let Kept { state, cell, tanh, candidate } = kept;
        let (state, cell, tanh, candidate) = (Shared::of(state), Shared::of(cell), Shared::of(tanh), Shared::of(candidate));
        let zero = <T as Default>::default();
        self.run(|from, to| {
            let h = h.part(from * n, to * n);
            let c = if self.cell == Cell::Lstm { c.part(from * n, to * n) } else { &mut [] };
            let mut own = vec![zero; if self.cell == Cell::Gru { (to - from) * width } else { 0 }];
            for step in self.steps {
                let rows = step.rows.min(to).saturating_sub(from);
                if rows == 0 {
                    continue;
                }
                let (first, last) = ((step.begin + from) * n, (step.begin + from + rows) * n);
                let gates = gates.part(first / n * width, last / n * width);
                let h = &mut h[..rows * n];
                state.part(first, last).copy_from_slice(h);
                match self.cell {
                    Cell::Gru => {
                        let own = &mut own[..rows * width];
                        let beta = if bias.is_empty() { zero } else { <T as Gemm>::ONE };
                        own.chunks_exact_mut(width).filter(|_| !bias.is_empty()).for_each(|row| row.copy_from_slice(bias));
                        product(rows, width, n, h, weight, beta, own);
                        gru(n, gates, own, h, candidate.part(first, last));
                    }
                    Cell::Lstm => {
                        product(rows, width, n, h, weight, <T as Gemm>::ONE, gates);
                        lstm(n, gates, h, &mut c[..rows * n], cell.part(first, last), tanh.part(first, last));
                    }
                    Cell::Tanh | Cell::Relu => {
                        product(rows, width, n, h, weight, <T as Gemm>::ONE, gates);
                        plain(self.cell == Cell::Relu, gates, h);
                    }
                }
                out.part(first, last).copy_from_slice(h);
            }
        });
    }

    /// `dh` and `dc` hold the slopes of the last state and get those of the first; `dout` those of all states, or is empty.
    /// `weight` is W_hh. `slopes` gets those of the inputs' part of the gates, `own` of the GRU's state's part.
    #[allow(clippy::too_many_arguments)]
    pub fn backward<T: Float + Gemm>(
        &self,
        weight: &[T],
        gates: &[T],
        kept: Kept<&[T]>,
        dout: &[T],
        dh: &mut [T],
        dc: &mut [T],
        slopes: &mut [T],
        own: &mut [T],
    ) {
        let (n, width) = (self.hidden, self.hidden * self.cell.gates());
        let (dh, dc, slopes, own) = (Shared::of(dh), Shared::of(dc), Shared::of(slopes), Shared::of(own));
        let (zero, one) = (<T as Default>::default(), <T as Gemm>::ONE);
        self.run(|from, to| {
            let dh = dh.part(from * n, to * n);
            let dc = if self.cell == Cell::Lstm { dc.part(from * n, to * n) } else { &mut [] };
            for step in self.steps.iter().rev() {
                let rows = step.rows.min(to).saturating_sub(from);
                if rows == 0 {
                    continue;
                }
                let (first, last) = ((step.begin + from) * n, (step.begin + from + rows) * n);
                let (wide, wide_end) = (first / n * width, last / n * width);
                let (gates, slopes) = (&gates[wide..wide_end], slopes.part(wide, wide_end));
                let dh = &mut dh[..rows * n];
                if !dout.is_empty() {
                    dh.iter_mut().zip(&dout[first..last]).for_each(|(d, &g)| *d = *d + g);
                }
                match self.cell {
                    Cell::Gru => {
                        let own = own.part(wide, wide_end);
                        gru_back(n, gates, &kept.state[first..last], &kept.candidate[first..last], dh, slopes, own);
                        product(rows, n, width, own, weight, one, dh);
                    }
                    Cell::Lstm => {
                        let (cell, tanh) = (&kept.cell[first..last], &kept.tanh[first..last]);
                        lstm_back(n, gates, cell, tanh, dh, &mut dc[..rows * n], slopes);
                        product(rows, n, width, slopes, weight, zero, dh);
                    }
                    Cell::Tanh | Cell::Relu => {
                        plain_back(self.cell == Cell::Relu, gates, dh, slopes);
                        product(rows, n, width, slopes, weight, zero, dh);
                    }
                }
            }
        });
    }
}
