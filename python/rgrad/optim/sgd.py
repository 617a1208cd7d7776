"""Stochastic gradient descent."""
from __future__ import annotations

from .. import _C
from .optimizer import Optimizer, _check_at_least_zero, _check_lr, check_fused, core_step, fill

__all__ = ["SGD"]


class SGD(Optimizer):
    """param -= lr * grad, with momentum, dampening, weight decay and Nesterov's form of momentum.

    velocity = momentum * velocity + (1 - dampening) * grad; the first velocity is the first gradient.
    """

    _asks_for_hooks = True

    def __init__(
        self, params, lr=1e-3, momentum=0, dampening=0, weight_decay=0, nesterov=False, *, maximize=False,
        foreach=None, differentiable=False, fused=None,
    ) -> None:
        _check_lr(lr)
        _check_at_least_zero(momentum=momentum, weight_decay=weight_decay)
        defaults = dict(
            lr=lr, momentum=momentum, dampening=dampening, weight_decay=weight_decay, nesterov=nesterov,
            maximize=maximize, foreach=foreach, differentiable=differentiable, fused=fused,
        )
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        super().__init__(params, defaults)
        check_fused(fused, foreach, differentiable)

    def __setstate__(self, state) -> None:
        super().__setstate__(state)
        fill(self.param_groups, nesterov=False, maximize=False, foreach=None, differentiable=False, fused=False)

    step = core_step(_C._sgd_step)
