"""RMSprop."""
from __future__ import annotations

from .. import _C
from .._grad_mode import enable_grad
from .adam import tensor_steps
from .optimizer import Optimizer, _check_at_least_zero, _check_lr, _hookable

__all__ = ["RMSprop"]

_core_step = _C._rmsprop_step


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
        for group in self.param_groups:
            for name, default in dict(
                momentum=0, centered=False, foreach=None, maximize=False, differentiable=False, capturable=False
            ).items():
                group.setdefault(name, default)
        tensor_steps(self.state)

    def step(self, closure=None):
        """One update of every parameter that has a gradient."""
        if self._hooked and not self._in_step:
            return _with_hooks(self, closure)
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        _core_step(self.param_groups, self.state)
        return loss


_with_hooks = _hookable(RMSprop.step)
