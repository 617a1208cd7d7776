"""Stochastic gradient descent."""
from __future__ import annotations

from .. import _C
from .._grad_mode import enable_grad
from .optimizer import Optimizer, _check_at_least_zero, _check_lr, _hookable

__all__ = ["SGD"]

_core_step = _C._sgd_step


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
        for group in self.param_groups:
            for name, default in dict(
                nesterov=False, maximize=False, foreach=None, differentiable=False, fused=False
            ).items():
                group.setdefault(name, default)

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


_with_hooks = _hookable(SGD.step)


def check_fused(fused, foreach, differentiable) -> None:
    """Refuse combinations of implementations that PyTorch refuses."""
    if fused:
        if differentiable:
            raise RuntimeError("`fused` does not support `differentiable`")
        if foreach:
            raise RuntimeError("`fused` and `foreach` cannot be `True` together.")
