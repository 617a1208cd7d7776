"""The protocol by which other classes take part in our functions."""
from __future__ import annotations

from . import _C

__all__ = ["get_default_nowrap_functions", "has_torch_function", "is_tensor_like"]


def is_tensor_like(inp) -> bool:
    """Whether ``inp`` is a tensor or has ``__torch_function__``."""
    return type(inp) is _C.Tensor or hasattr(inp, "__torch_function__")


def has_torch_function(relevant_args) -> bool:
    """Whether an argument's class overrides functions."""
    plain = getattr(_C.Tensor, "__torch_function__", None)
    plain = getattr(plain, "__func__", plain)
    for arg in relevant_args:
        own = getattr(type(arg), "__torch_function__", None)
        if own is not None and type(arg) is not _C.Tensor and getattr(own, "__func__", own) is not plain:
            return True
    return False


def get_default_nowrap_functions() -> set:
    """Attribute getters whose results are not wrapped."""
    return set()


def __getattr__(name: str):
    if name == "TorchFunctionMode" and hasattr(_C, "TorchFunctionMode"):
        return _C.TorchFunctionMode
    raise AttributeError(f"module 'torch.overrides' has no attribute '{name}'")
