"""Adafactor."""
from __future__ import annotations

from .. import _C, _dtype_info
from .optimizer import PerParameter, _check_lr, _step_tensor

__all__ = ["Adafactor"]


class Adafactor(PerParameter):
    """Adam-like steps whose variance of a matrix is kept as one row and one column."""

    def __init__(
        self, params, lr=1e-2, beta2_decay=-0.8, eps=(None, 1e-3), d=1.0, weight_decay=0.0, *, foreach=None,
        maximize=False,
    ) -> None:
        _check_lr(lr, "Learning rate should be >= 0 but is")
        if not 0.0 >= beta2_decay:
            raise ValueError(f"beta2_decay should be <= 0 but is: {beta2_decay}")
        if eps[0] is not None and not 0.0 <= eps[0]:
            raise ValueError(f"epsilon1 should be >= 0 but is: {eps[0]}")
        if not 0.0 <= eps[1]:
            raise ValueError(f"epsilon2 should be >= 0 but is: {eps[1]}")
        if not 1.0 <= d:
            raise ValueError(f"Clipping threshold d should be >= 1 but is: {d}")
        if not 0.0 <= weight_decay:
            raise ValueError(f"weight_decay should be >= 0 but is: {weight_decay}")
        defaults = dict(
            lr=lr, beta2_decay=beta2_decay, eps=eps, d=d, weight_decay=weight_decay, foreach=foreach,
            maximize=maximize,
        )
        super().__init__(params, defaults)

    def _start(self, param, group, state) -> None:
        state["step"] = _step_tensor()
        if param.dim() > 1:
            state["row_var"] = param.new_zeros([*param.shape[:-1], 1])
            state["col_var"] = param.new_zeros([*param.shape[:-2], 1, param.shape[-1]])
        else:
            state["variance"] = _C.zeros_like(param)

    def _update(self, param, grad, group, state) -> None:
        eps1, eps2 = group["eps"]
        if eps1 is None:
            eps1 = _dtype_info.finfo(param.dtype).eps
        lr, decay = float(group["lr"]), group["weight_decay"]
        state["step"] += 1
        step = state["step"].item()
        fresh = step ** group["beta2_decay"]
        rho = min(lr, 1 / step**0.5)
        alpha = max(eps2, param.norm(2).item() / param.numel() ** 0.5) * rho
        if decay != 0:
            param.mul_(1 - lr * decay)
        if grad.dim() > 1:
            row, col = state["row_var"], state["col_var"]
            row.lerp_(grad.norm(2, -1, keepdim=True).square_().div_(grad.size(-1)), fresh)
            col.lerp_(grad.norm(2, -2, keepdim=True).square_().div_(grad.size(-2)), fresh)
            variance = (row @ col).div_(row.mean(dim=-2, keepdim=True).clamp_(min=eps1))
        else:
            state["variance"].lerp_(grad * grad, fresh)
            variance = state["variance"].clone()
        update = variance.clamp_(min=eps1 * eps1).rsqrt_().mul_(grad)
        denom = max(1.0, update.norm(2).item() / (update.numel() ** 0.5 * group["d"]))
        param.add_(update, alpha=-alpha / denom)
