"""Differentiation: ``backward``, ``grad``, custom functions and grad modes."""
from __future__ import annotations

from .. import _C
from .._C import Function
from .._grad_mode import enable_grad, inference_mode, no_grad, set_grad_enabled
from .._lazy import lazy_submodules

__all__ = [
    "Function", "Variable", "backward", "detect_anomaly", "enable_grad", "grad", "grad_mode", "gradcheck",
    "gradgradcheck", "inference_mode", "no_grad", "set_detect_anomaly", "set_grad_enabled",
]

backward = _C.backward
grad = _C.grad


class _VariableMeta(type):
    def __instancecheck__(cls, instance) -> bool:
        return isinstance(instance, _C.Tensor)


class Variable(metaclass=_VariableMeta):
    """The old name of a tensor: ``Variable(x)`` is ``x``."""

    def __new__(cls, data, requires_grad=False, volatile=None):
        out = data.detach() if not requires_grad else data.detach().requires_grad_()
        return data if data.requires_grad else out


__getattr__, __dir__ = lazy_submodules(
    __name__,
    "anomaly_mode forward_ad function functional grad_mode gradcheck graph profiler variable",
    {"gradcheck": "gradcheck", "gradgradcheck": "gradcheck", "detect_anomaly": "anomaly_mode",
     "set_detect_anomaly": "anomaly_mode"},
)
