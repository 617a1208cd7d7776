"""Differentiation: ``backward``, ``grad``, custom functions and grad modes."""
from __future__ import annotations

from .. import _C
from .._grad_mode import enable_grad, inference_mode, no_grad, set_grad_enabled
from .._lazy import lazy_submodules
from .function import Function

__all__ = [
    "Function", "Variable", "backward", "detect_anomaly", "enable_grad", "grad", "grad_mode", "gradcheck",
    "gradgradcheck", "inference_mode", "no_grad", "set_detect_anomaly", "set_grad_enabled",
]


def backward(tensors, grad_tensors=None, retain_graph=None, create_graph=False, grad_variables=None, inputs=None):
    """Fill ``.grad`` of the leaves from ``tensors``, whose gradients are ``grad_tensors`` (1 for scalars)."""
    if grad_variables is not None:
        import warnings

        warnings.warn("`grad_variables` is deprecated. Use `grad_tensors` instead.", FutureWarning, stacklevel=2)
        if grad_tensors is not None:
            raise RuntimeError(
                "`grad_tensors` and `grad_variables` (deprecated) arguments both passed to `backward()`. Please only "
                "use `grad_tensors`."
            )
        grad_tensors = grad_variables
    _C._backward(tensors, grad_tensors, retain_graph, create_graph, inputs)


def grad(
    outputs, inputs, grad_outputs=None, retain_graph=None, create_graph=False, only_inputs=True, allow_unused=None,
    is_grads_batched=False, materialize_grads=False,
):
    """The gradients of ``outputs`` with respect to ``inputs``, as a tuple; None where there is no path."""
    if materialize_grads and allow_unused is False:
        raise ValueError("Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False.")
    if isinstance(inputs, dict):
        found = grad(outputs, tuple(inputs.values()), grad_outputs, retain_graph, create_graph, only_inputs, allow_unused,
                     is_grads_batched, materialize_grads)
        return dict(zip(inputs, found))
    if is_grads_batched:
        grads = (grad_outputs,) if isinstance(grad_outputs, _C.Tensor) else tuple(grad_outputs)
        rows = [
            _C._grad(outputs, inputs, tuple(g[i] for g in grads), True, create_graph, allow_unused, materialize_grads)
            for i in range(len(grads[0]))
        ]
        return tuple(_C.stack(column) if column[0] is not None else None for column in zip(*rows))
    return _C._grad(outputs, inputs, grad_outputs, retain_graph, create_graph, allow_unused, materialize_grads)


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
