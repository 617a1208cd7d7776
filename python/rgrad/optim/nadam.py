"""NAdam."""
from __future__ import annotations

from .. import _C
from .optimizer import PerParameter, _check_at_least_zero, _check_betas, _check_lr, _step_tensor

__all__ = ["NAdam"]


class NAdam(PerParameter):
    """Adam with Nesterov momentum."""

    def __init__(
        self, params, lr=2e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, momentum_decay=4e-3,
        decoupled_weight_decay=False, *, foreach=None, maximize=False, capturable=False, differentiable=False,
    ) -> None:
        _check_lr(lr)
        _check_at_least_zero(epsilon=eps)
        _check_betas(betas)
        _check_at_least_zero(weight_decay=weight_decay, momentum_decay=momentum_decay)
        defaults = dict(
            lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, momentum_decay=momentum_decay,
            decoupled_weight_decay=decoupled_weight_decay, maximize=maximize, foreach=foreach, capturable=capturable,
            differentiable=differentiable,
        )
        super().__init__(params, defaults)

    def _start(self, param, group, state) -> None:
        state["step"] = _step_tensor()
        state["mu_product"] = _step_tensor(1.0)
        state["exp_avg"] = _C.zeros_like(param)
        state["exp_avg_sq"] = _C.zeros_like(param)

    def _update(self, param, grad, group, state) -> None:
        beta1, beta2 = group["betas"]
        lr, decay, slowing = float(group["lr"]), group["weight_decay"], group["momentum_decay"]
        state["step"] += 1
        step = state["step"].item()
        if decay != 0:
            if group["decoupled_weight_decay"]:
                param.mul_(1 - lr * decay)
            else:
                grad = grad.add(param, alpha=decay)
        mu = beta1 * (1.0 - 0.5 * (0.96 ** (step * slowing)))
        mu_next = beta1 * (1.0 - 0.5 * (0.96 ** ((step + 1) * slowing)))
        state["mu_product"] *= mu
        product = state["mu_product"].item()
        mean, square = state["exp_avg"], state["exp_avg_sq"]
        mean.lerp_(grad, 1 - beta1)
        square.mul_(beta2).addcmul_(grad, grad, value=1 - beta2)
        denom = square.div(1 - beta2**step).sqrt().add_(group["eps"])
        param.addcdiv_(grad, denom, value=-lr * (1.0 - mu) / (1.0 - product))
        param.addcdiv_(mean, denom, value=-lr * mu_next / (1.0 - product * mu_next))
