"""AdamW."""
from __future__ import annotations

from .. import _C
from .adam import Adam
from .optimizer import core_step

__all__ = ["AdamW"]


class AdamW(Adam):
    """Adam with decoupled weight decay: param -= lr * weight_decay * param comes first."""

    _asks_for_hooks = True

    def __init__(
        self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2, amsgrad=False, *, maximize=False,
        foreach=None, capturable=False, differentiable=False, fused=None,
    ) -> None:
        super().__init__(
            params, lr, betas, eps, weight_decay, amsgrad, foreach=foreach, maximize=maximize, capturable=capturable,
            differentiable=differentiable, fused=fused, decoupled_weight_decay=True,
        )

    def __setstate__(self, state) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group["decoupled_weight_decay"] = True

    step = core_step(_C._adamw_step)
