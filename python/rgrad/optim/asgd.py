"""Averaged SGD."""
from __future__ import annotations

from .. import _C
from .optimizer import PerParameter, _check_at_least_zero, _check_lr, _step_tensor

__all__ = ["ASGD"]


class ASGD(PerParameter):
    """SGD that also keeps the average of the parameters, in ``state["ax"]``."""

    def __init__(
        self, params, lr=1e-2, lambd=1e-4, alpha=0.75, t0=1e6, weight_decay=0, foreach=None, maximize=False,
        differentiable=False, capturable=False,
    ) -> None:
        _check_lr(lr)
        _check_at_least_zero(weight_decay=weight_decay)
        defaults = dict(
            lr=lr, lambd=lambd, alpha=alpha, t0=t0, weight_decay=weight_decay, foreach=foreach, maximize=maximize,
            differentiable=differentiable, capturable=capturable,
        )
        super().__init__(params, defaults)

    def _start(self, param, group, state) -> None:
        state["step"] = _step_tensor()
        state["eta"] = _step_tensor(float(group["lr"]))
        state["mu"] = _step_tensor(1.0)
        state["ax"] = _C.zeros_like(param)

    def _update(self, param, grad, group, state) -> None:
        lr, lambd = float(group["lr"]), group["lambd"]
        state["step"] += 1
        step = state["step"].item()
        if group["weight_decay"] != 0:
            grad = grad.add(param, alpha=group["weight_decay"])
        eta = state["eta"].item()
        param.mul_(1 - lambd * eta)
        param.add_(grad, alpha=-eta)
        mean = state["ax"]
        if state["mu"].item() != 1:
            mean.add_(param.sub(mean).mul_(state["mu"]))
        else:
            mean.copy_(param)
        # through the default dtype, as PyTorch does, even where the state is double
        state["eta"].copy_(_C.tensor(lr / ((1 + lambd * lr * step) ** group["alpha"])))
        state["mu"].copy_(_C.tensor(1 / max(1, step - group["t0"])))
