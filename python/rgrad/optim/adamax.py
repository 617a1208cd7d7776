"""Adamax."""
from __future__ import annotations

from .. import _C
from .optimizer import PerParameter, _check_at_least_zero, _check_betas, _check_lr, _step_tensor

__all__ = ["Adamax"]


class Adamax(PerParameter):
    """Adam with the largest gradient in place of the variance."""

    def __init__(
        self, params, lr=2e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, foreach=None, *, maximize=False,
        differentiable=False, capturable=False,
    ) -> None:
        _check_lr(lr)
        _check_at_least_zero(epsilon=eps)
        _check_betas(betas)
        _check_at_least_zero(weight_decay=weight_decay)
        defaults = dict(
            lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, foreach=foreach, maximize=maximize,
            differentiable=differentiable, capturable=capturable,
        )
        super().__init__(params, defaults)

    def _start(self, param, group, state) -> None:
        state["step"] = _step_tensor()
        state["exp_avg"] = _C.zeros_like(param)
        state["exp_inf"] = _C.zeros_like(param)

    def _update(self, param, grad, group, state) -> None:
        beta1, beta2 = group["betas"]
        state["step"] += 1
        if group["weight_decay"] != 0:
            grad = grad.add(param, alpha=group["weight_decay"])
        mean, largest = state["exp_avg"], state["exp_inf"]
        mean.lerp_(grad, 1 - beta1)
        largest.copy_(_C.maximum(largest.mul_(beta2), grad.abs().add_(group["eps"])))
        rate = float(group["lr"]) / (1 - beta1 ** state["step"].item())
        param.addcdiv_(mean, largest, value=-rate)
