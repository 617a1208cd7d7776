"""Custom differentiable functions."""
from __future__ import annotations

from .. import _C
from .._C import Function

__all__ = ["Function", "once_differentiable"]


def once_differentiable(fn):
    """Decorate a ``backward`` that must not be differentiated again: its results carry no history."""
    from .._grad_mode import no_grad

    def wrapper(ctx, *args):
        with no_grad():
            return fn(ctx, *args)

    wrapper.__name__, wrapper.__doc__ = fn.__name__, fn.__doc__
    return wrapper


def __getattr__(name: str):
    if name in ("FunctionCtx", "FunctionMeta", "BackwardCFunction", "NestedIOFunction") and hasattr(_C, name):
        return getattr(_C, name)
    raise AttributeError(f"module 'torch.autograd.function' has no attribute '{name}'")
