"""Adadelta."""
from __future__ import annotations

from .. import _C
from .optimizer import PerParameter, _check_at_least_zero, _check_lr, _step_tensor

__all__ = ["Adadelta"]


class Adadelta(PerParameter):
    """param -= lr * grad * sqrt(mean of delta^2) / sqrt(mean of grad^2)."""

    def __init__(
        self, params, lr=1.0, rho=0.9, eps=1e-6, weight_decay=0, foreach=None, *, capturable=False, maximize=False,
        differentiable=False,
    ) -> None:
        _check_lr(lr)
        if not 0.0 <= rho <= 1.0:
            raise ValueError(f"Invalid rho value: {rho}")
        _check_at_least_zero(epsilon=eps, weight_decay=weight_decay)
        defaults = dict(
            lr=lr, rho=rho, eps=eps, weight_decay=weight_decay, maximize=maximize, capturable=capturable,
            foreach=foreach, differentiable=differentiable,
        )
        super().__init__(params, defaults)

    def _start(self, param, group, state) -> None:
        state["step"] = _step_tensor()
        state["square_avg"] = _C.zeros_like(param)
        state["acc_delta"] = _C.zeros_like(param)

    def _update(self, param, grad, group, state) -> None:
        rho, eps = group["rho"], group["eps"]
        state["step"] += 1
        if group["weight_decay"] != 0:
            grad = grad.add(param, alpha=group["weight_decay"])
        square, moved = state["square_avg"], state["acc_delta"]
        square.mul_(rho).addcmul_(grad, grad, value=1 - rho)
        delta = moved.add(eps).sqrt_().div_(square.add(eps).sqrt_()).mul_(grad)
        moved.mul_(rho).addcmul_(delta, delta, value=1 - rho)
        param.add_(delta, alpha=-float(group["lr"]))
