"""RMSprop."""
from __future__ import annotations

from .. import _C
from .optimizer import Optimizer, _check_at_least_zero, _check_lr, core_step, fill, tensor_steps

__all__ = ["RMSprop"]


class RMSprop(Optimizer):
    """param -= lr * grad / (sqrt(mean of grad^2) + eps), with momentum; ``centered`` subtracts the mean squared."""

    _asks_for_hooks = True

    def __init__(
        self, params, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0, momentum=0, centered=False, capturable=False,
        foreach=None, maximize=False, differentiable=False,
    ) -> None:
        _check_lr(lr)
        _check_at_least_zero(epsilon=eps, momentum=momentum, weight_decay=weight_decay, alpha=alpha)
        defaults = dict(
            lr=lr, momentum=momentum, alpha=alpha, eps=eps, centered=centered, weight_decay=weight_decay,
            capturable=capturable, foreach=foreach, maximize=maximize, differentiable=differentiable,
        )
        super().__init__(params, defaults)

    def __setstate__(self, state) -> None:
        super().__setstate__(state)
        fill(
            self.param_groups, momentum=0, centered=False, foreach=None, maximize=False, differentiable=False,
            capturable=False,
        )
        tensor_steps(self.state)

    step = core_step(_C._rmsprop_step)
