"""Adagrad."""
from __future__ import annotations

from .. import _C
from .optimizer import PerParameter, _check_at_least_zero, _check_lr, _step_tensor, check_fused

__all__ = ["Adagrad"]


class Adagrad(PerParameter):
    """param -= lr * grad / (sqrt(sum of grad^2) + eps), with a falling ``lr``."""

    def __init__(
        self, params, lr=1e-2, lr_decay=0, weight_decay=0, initial_accumulator_value=0, eps=1e-10, foreach=None, *,
        maximize=False, differentiable=False, fused=None,
    ) -> None:
        _check_lr(lr)
        _check_at_least_zero(
            lr_decay=lr_decay, weight_decay=weight_decay, initial_accumulator_value=initial_accumulator_value,
            epsilon=eps,
        )
        defaults = dict(
            lr=lr, lr_decay=lr_decay, eps=eps, weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value, foreach=foreach, maximize=maximize,
            differentiable=differentiable, fused=fused,
        )
        super().__init__(params, defaults)
        check_fused(fused, foreach, differentiable)
        for group in self.param_groups:
            for param in group["params"]:
                self._start(param, group, self.state[param])

    def _start(self, param, group, state) -> None:
        state["step"] = _step_tensor()
        state["sum"] = _C.full_like(param, group["initial_accumulator_value"], requires_grad=False)

    def share_memory(self) -> None:
        """Put the sums where other processes can see them."""
        for state in self.state.values():
            state["sum"].share_memory_()

    def _update(self, param, grad, group, state) -> None:
        state["step"] += 1
        if group["weight_decay"] != 0:
            grad = grad.add(param, alpha=group["weight_decay"])
        rate = float(group["lr"]) / (1 + (state["step"].item() - 1) * group["lr_decay"])
        total = state["sum"]
        total.addcmul_(grad, grad, value=1)
        param.addcdiv_(grad, total.sqrt().add_(group["eps"]), value=-rate)
