"""LBFGS."""
from __future__ import annotations

from .. import _C
from .._grad_mode import enable_grad, no_grad
from .optimizer import Optimizer, _check_lr

__all__ = ["LBFGS"]


def _cubic_interpolate(x1, f1, g1, x2, f2, g2, bounds=None):
    """The minimum of the cubic through two points with slopes, within ``bounds``."""
    low, high = bounds if bounds is not None else ((x1, x2) if x1 <= x2 else (x2, x1))
    d1 = g1 + g2 - 3 * (f1 - f2) / (x1 - x2)
    square = d1**2 - g1 * g2
    if square < 0:
        return (low + high) / 2.0
    d2 = square.sqrt() if isinstance(square, _C.Tensor) else square**0.5
    if x1 <= x2:
        x = x2 - (x2 - x1) * ((g2 + d2 - d1) / (g2 - g1 + 2 * d2))
    else:
        x = x1 - (x1 - x2) * ((g1 + d2 - d1) / (g1 - g2 + 2 * d2))
    return min(max(x, low), high)


def _strong_wolfe(evaluate, x, t, d, f, g, gtd, c1=1e-4, c2=0.9, tolerance_change=1e-9, max_ls=25):
    """A step length along ``d`` that meets the strong Wolfe conditions: (loss, gradient, t, evaluations)."""
    d_norm = d.abs().max()
    g = g.clone()
    f_new, g_new = evaluate(x, t, d)
    evaluations = 1
    gtd_new = g_new.dot(d)
    t_prev, f_prev, g_prev, gtd_prev = 0, f, g, gtd
    done, tries = False, 0
    while tries < max_ls:
        if f_new > f + c1 * t * gtd or (tries > 1 and f_new >= f_prev):
            ts, fs, gs, gtds = [t_prev, t], [f_prev, f_new], [g_prev, g_new.clone()], [gtd_prev, gtd_new]
            break
        if abs(gtd_new) <= -c2 * gtd:
            ts, fs, gs, gtds, done = [t], [f_new], [g_new], [gtd_new], True
            break
        if gtd_new >= 0:
            ts, fs, gs, gtds = [t_prev, t], [f_prev, f_new], [g_prev, g_new.clone()], [gtd_prev, gtd_new]
            break
        low, high = t + 0.01 * (t - t_prev), t * 10
        last = t
        t = _cubic_interpolate(t_prev, f_prev, gtd_prev, t, f_new, gtd_new, (low, high))
        t_prev, f_prev, g_prev, gtd_prev = last, f_new, g_new.clone(), gtd_new
        f_new, g_new = evaluate(x, t, d)
        evaluations += 1
        gtd_new = g_new.dot(d)
        tries += 1
    if tries == max_ls:
        ts, fs, gs, gtds = [0, t], [f, f_new], [g, g_new], [gtd, gtd_new]

    # zoom into the bracket
    slow = False
    low, high = (0, 1) if fs[0] <= fs[-1] else (1, 0)
    while not done and tries < max_ls:
        if abs(ts[1] - ts[0]) * d_norm < tolerance_change:
            break
        t = _cubic_interpolate(ts[0], fs[0], gtds[0], ts[1], fs[1], gtds[1])
        edge = 0.1 * (max(ts) - min(ts))
        if min(max(ts) - t, t - min(ts)) < edge:
            if slow or t >= max(ts) or t <= min(ts):
                t = max(ts) - edge if abs(t - max(ts)) < abs(t - min(ts)) else min(ts) + edge
                slow = False
            else:
                slow = True
        else:
            slow = False
        f_new, g_new = evaluate(x, t, d)
        evaluations += 1
        gtd_new = g_new.dot(d)
        tries += 1
        if f_new > f + c1 * t * gtd or f_new >= fs[low]:
            ts[high], fs[high], gs[high], gtds[high] = t, f_new, g_new.clone(), gtd_new
            low, high = (0, 1) if fs[0] <= fs[1] else (1, 0)
        else:
            if abs(gtd_new) <= -c2 * gtd:
                done = True
            elif gtd_new * (ts[high] - ts[low]) >= 0:
                ts[high], fs[high], gs[high], gtds[high] = ts[low], fs[low], gs[low], gtds[low]
            ts[low], fs[low], gs[low], gtds[low] = t, f_new, g_new.clone(), gtd_new
    low = low if len(ts) > 1 else 0
    return fs[low], gs[low], ts[low], evaluations


class LBFGS(Optimizer):
    """Limited-memory BFGS; ``step`` needs a closure, which it calls several times."""

    def __init__(
        self, params, lr=1, max_iter=20, max_eval=None, tolerance_grad=1e-7, tolerance_change=1e-9, history_size=100,
        line_search_fn=None,
    ) -> None:
        _check_lr(lr)
        defaults = dict(
            lr=lr, max_iter=max_iter, max_eval=max_iter * 5 // 4 if max_eval is None else max_eval,
            tolerance_grad=tolerance_grad, tolerance_change=tolerance_change, history_size=history_size,
            line_search_fn=line_search_fn,
        )
        super().__init__(params, defaults)
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")
        self._params = self.param_groups[0]["params"]

    def _flat_grad(self):
        return _C.cat([
            (_C.zeros_like(p) if p.grad is None else p.grad).reshape(-1) for p in self._params
        ])

    def _move(self, t, direction) -> None:
        start = 0
        for p in self._params:
            count = p.numel()
            p.add_(direction[start : start + count].view_as(p), alpha=float(t))
            start += count

    def _evaluate(self, closure, x, t, d):
        self._move(t, d)
        loss = float(closure())
        grad = self._flat_grad()
        for p, saved in zip(self._params, x):
            p.copy_(saved)
        return loss, grad

    def step(self, closure):
        """Up to ``max_iter`` iterations; returns the loss before the first."""
        with no_grad():
            return self._iterate(closure)

    def _iterate(self, user_closure):
        def closure():
            with enable_grad():
                return user_closure()

        group = self.param_groups[0]
        lr = float(group["lr"])
        state = self.state[self._params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        first = closure()
        loss = float(first)
        evaluations = 1
        state["func_evals"] += 1
        grad = self._flat_grad()
        if grad.abs().max() <= group["tolerance_grad"]:
            return first
        d, t = state.get("d"), state.get("t")
        ys, ss, ro = state.get("old_dirs"), state.get("old_stps"), state.get("ro")
        scale, prev_grad, prev_loss = state.get("H_diag"), state.get("prev_flat_grad"), state.get("prev_loss")

        iteration = 0
        while iteration < group["max_iter"]:
            iteration += 1
            state["n_iter"] += 1
            if state["n_iter"] == 1:
                d, ys, ss, ro, scale = grad.neg(), [], [], [], 1
            else:
                y, s = grad.sub(prev_grad), d.mul(t)
                curvature = y.dot(s)
                if curvature > 1e-10:
                    if len(ys) == group["history_size"]:
                        ys.pop(0), ss.pop(0), ro.pop(0)
                    ys.append(y), ss.append(s), ro.append(1.0 / curvature)
                    scale = curvature / y.dot(y)
                d = self._two_loops(grad, ys, ss, ro, scale, group["history_size"], state)
            if prev_grad is None:
                prev_grad = grad.clone()
            else:
                prev_grad.copy_(grad)
            prev_loss = loss

            t = min(1.0, 1.0 / grad.abs().sum()) * lr if state["n_iter"] == 1 else lr
            slope = grad.dot(d)
            if slope > -group["tolerance_change"]:
                break
            count = 0
            if group["line_search_fn"] is not None:
                if group["line_search_fn"] != "strong_wolfe":
                    raise RuntimeError("only 'strong_wolfe' is supported")
                x = [p.clone() for p in self._params]
                loss, grad, t, count = _strong_wolfe(
                    lambda x, t, d: self._evaluate(closure, x, t, d), x, t, d, loss, grad, slope,
                    max_ls=group["max_eval"] - evaluations,
                )
                self._move(t, d)
                optimal = grad.abs().max() <= group["tolerance_grad"]
            else:
                self._move(t, d)
                optimal = False
                if iteration != group["max_iter"]:
                    loss = float(closure())
                    grad = self._flat_grad()
                    optimal = grad.abs().max() <= group["tolerance_grad"]
                    count = 1
            evaluations += count
            state["func_evals"] += count
            if (
                iteration == group["max_iter"] or evaluations >= group["max_eval"] or optimal
                or d.mul(t).abs().max() <= group["tolerance_change"]
                or abs(loss - prev_loss) < group["tolerance_change"]
            ):
                break
        state.update(
            d=d, t=t, old_dirs=ys, old_stps=ss, ro=ro, H_diag=scale, prev_flat_grad=prev_grad, prev_loss=prev_loss
        )
        return first

    @staticmethod
    def _two_loops(grad, ys, ss, ro, scale, history_size, state):
        """The direction -H grad from the history of steps and gradient changes."""
        al = state.setdefault("al", [None] * history_size)
        q = grad.neg()
        for i in reversed(range(len(ys))):
            al[i] = ss[i].dot(q) * ro[i]
            q.add_(ys[i], alpha=-float(al[i]))
        d = q.mul(scale)
        for i in range(len(ys)):
            d.add_(ss[i], alpha=float(al[i] - ys[i].dot(d) * ro[i]))
        return d
