"""Adam."""
from __future__ import annotations

from .. import _C
from .._C import Tensor
from .optimizer import (
    Optimizer,
    _check_at_least_zero,
    _check_betas,
    _check_lr,
    check_fused,
    core_step,
    fill,
    tensor_steps,
)

__all__ = ["Adam"]


def _check_tensors(lr, betas, foreach, capturable) -> None:
    """Options that are tensors must have one element, and do not go with ``foreach``."""
    for name, value in (("lr", lr), ("betas[0]", betas[0]), ("betas[1]", betas[1])):
        if isinstance(value, Tensor):
            if foreach and not capturable:
                raise ValueError(
                    f"{name} as a Tensor is not supported for capturable=False and foreach=True"
                )
            if value.numel() != 1:
                raise ValueError(f"Tensor {name} must be 1-element")


class Adam(Optimizer):
    """param -= lr * mean / (sqrt(variance) + eps), both moving averages corrected for their start at zero.

    ``weight_decay`` adds to the gradient, or, with ``decoupled_weight_decay``, shrinks the parameter; ``amsgrad`` uses
    the largest variance so far.
    """

    _asks_for_hooks = True

    def __init__(
        self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, amsgrad=False, *, foreach=None,
        maximize=False, capturable=False, differentiable=False, fused=None, decoupled_weight_decay=False,
    ) -> None:
        if isinstance(lr, Tensor):
            _check_tensors(lr, (0.0, 0.0), foreach, capturable)
        _check_lr(lr)
        if not 0.0 <= eps:
            raise ValueError(f"Invalid epsilon value: {eps}")
        _check_betas(betas)
        _check_at_least_zero(weight_decay=weight_decay)
        kinds = [float if isinstance(beta, float) else Tensor if isinstance(beta, Tensor) else None for beta in betas]
        if kinds[0] is None or kinds[0] is not kinds[1]:
            raise ValueError("betas must be either both floats or both Tensors")
        _check_tensors(0.0, betas, foreach, capturable)
        betas = tuple(beta.item() if isinstance(beta, Tensor) else beta for beta in betas)
        defaults = dict(
            lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, amsgrad=amsgrad, maximize=maximize,
            foreach=foreach, capturable=capturable, differentiable=differentiable, fused=fused,
            decoupled_weight_decay=decoupled_weight_decay,
        )
        super().__init__(params, defaults)
        check_fused(fused, foreach, differentiable)

    def __setstate__(self, state) -> None:
        super().__setstate__(state)
        fill(
            self.param_groups, amsgrad=False, maximize=False, foreach=None, capturable=False, differentiable=False,
            decoupled_weight_decay=False, fused=None,
        )
        tensor_steps(self.state)

    step = core_step(_C._adam_step)
