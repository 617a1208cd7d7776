"""Rprop."""
from __future__ import annotations

from .. import _C
from .optimizer import PerParameter, _check_lr, _step_tensor

__all__ = ["Rprop"]


class Rprop(PerParameter):
    """Steps by the sign of the gradient; each element's step grows while the sign stays and shrinks when it turns."""

    def __init__(
        self, params, lr=1e-2, etas=(0.5, 1.2), step_sizes=(1e-6, 50), *, capturable=False, foreach=None,
        maximize=False, differentiable=False,
    ) -> None:
        _check_lr(lr)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}")
        defaults = dict(
            lr=lr, etas=etas, step_sizes=step_sizes, foreach=foreach, maximize=maximize,
            differentiable=differentiable, capturable=capturable,
        )
        super().__init__(params, defaults)

    def _start(self, param, group, state) -> None:
        state["step"] = _step_tensor()
        state["prev"] = _C.zeros_like(param)
        state["step_size"] = _C.full_like(param, float(group["lr"]), requires_grad=False)

    def _update(self, param, grad, group, state) -> None:
        shrink, grow = group["etas"]
        smallest, largest = group["step_sizes"]
        state["step"] += 1
        sign = grad.mul(state["prev"]).sign()
        factor = _C.ones_like(sign).masked_fill_(sign.gt(0), grow).masked_fill_(sign.lt(0), shrink)
        size = state["step_size"]
        size.mul_(factor).clamp_(smallest, largest)
        grad = grad.masked_fill(sign.lt(0), 0)
        param.addcmul_(grad.sign(), size, value=-1)
        state["prev"].copy_(grad)
