"""The protocol by which other classes take part in our functions."""
from __future__ import annotations

from functools import wraps

from . import _C

__all__ = [
    "get_default_nowrap_functions", "handle_torch_function", "has_torch_function", "is_tensor_like",
    "is_tensor_method_or_property", "resolve_name", "wrap_torch_function",
]


def is_tensor_like(inp) -> bool:
    """Whether ``inp`` is a tensor or has ``__torch_function__``."""
    return type(inp) is _C.Tensor or hasattr(inp, "__torch_function__")


def has_torch_function(relevant_args) -> bool:
    """Whether an argument's class overrides functions."""
    return _C._has_torch_function(tuple(relevant_args))


def has_torch_function_unary(arg) -> bool:
    return _C._has_torch_function((arg,))


def has_torch_function_variadic(*args) -> bool:
    return _C._has_torch_function(args)


def handle_torch_function(public_api, relevant_args, *args, **kwargs):
    """Asks the classes of ``relevant_args`` for the result of ``public_api(*args, **kwargs)``."""
    return _C._handle_torch_function(public_api, tuple(relevant_args), args, kwargs)


def wrap_torch_function(dispatcher):
    """Makes a function overridable; ``dispatcher`` gives its relevant arguments."""

    def inner(func):
        @wraps(func)
        def wrapped(*args, **kwargs):
            relevant = dispatcher(*args, **kwargs)
            if has_torch_function(relevant):
                return handle_torch_function(wrapped, relevant, *args, **kwargs)
            return func(*args, **kwargs)

        return wrapped

    return inner


def get_default_nowrap_functions() -> set:
    """Attribute getters whose results are not wrapped."""
    return {_C.Tensor._base.__get__, _C.Tensor.grad.__get__}


def is_tensor_method_or_property(func) -> bool:
    """Whether ``func`` belongs to Tensor, not to the module."""
    return getattr(func, "__name__", "") == "__get__" or func in vars(_C.Tensor).values()


def resolve_name(f):
    """The public name of a function or method."""
    if getattr(f, "__name__", "") == "__get__":
        return f"torch.Tensor.{f.__self__.__name__}.__get__"
    if f in vars(_C.Tensor).values():
        return f"torch.Tensor.{f.__name__}"
    module = (getattr(f, "__module__", None) or "torch").replace("rgrad", "torch")
    return f"{module}.{f.__name__}" if hasattr(f, "__name__") else None


def __getattr__(name: str):
    if name == "TorchFunctionMode" and hasattr(_C, "TorchFunctionMode"):
        return _C.TorchFunctionMode
    raise AttributeError(f"module 'torch.overrides' has no attribute '{name}'")
