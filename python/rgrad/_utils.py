"""How pickles rebuild tensors, under the names that PyTorch's files use."""
from __future__ import annotations

from . import _C


class LoadedStorage:
    """The bytes of one storage in a file, with the dtype under which they were saved."""

    def __init__(self, buffer, dtype) -> None:
        self.dtype = dtype
        self.flat = _C.frombuffer(buffer, dtype=dtype) if len(buffer) else _C.empty(0, dtype=dtype)


def _rebuild_tensor(storage, storage_offset, size, stride):
    if 0 in size:
        return _C.empty(tuple(size), dtype=storage.dtype)
    return storage.flat.as_strided(tuple(size), tuple(stride), storage_offset)


def _rebuild_tensor_v2(storage, storage_offset, size, stride, requires_grad, backward_hooks, metadata=None):
    """A tensor as a view of a loaded storage."""
    tensor = _rebuild_tensor(storage, storage_offset, size, stride)
    return tensor.requires_grad_() if requires_grad else tensor


def _rebuild_parameter(data, requires_grad, backward_hooks):
    """A parameter of a loaded tensor."""
    return _C.Parameter(data, requires_grad)


def _rebuild_parameter_with_state(data, requires_grad, backward_hooks, state):
    """A parameter with attributes of its own."""
    parameter = _C.Parameter(data, requires_grad)
    for name, value in (state if isinstance(state, dict) else {}).items():
        setattr(parameter, name, value)
    return parameter


def rebuild_plain(data: bytes, dtype: str, shape: tuple, requires_grad: bool, is_parameter: bool):
    """A tensor from its own bytes in row-major order: what ``pickle`` and ``copy`` use."""
    tensor = _C.empty(shape, dtype=getattr(_C, dtype))
    if data:
        memoryview(raw_view(tensor))[:] = data
    if is_parameter:
        return _C.Parameter(tensor, requires_grad)
    return tensor.requires_grad_() if requires_grad else tensor


def raw_view(tensor):
    """The elements in row-major order, as an array of bytes: the tensor's own memory if that is its order."""
    return tensor.detach().contiguous().reshape(-1).view(_C.uint8).numpy()


def rebuild_generator(state):
    """A generator in the state that was pickled."""
    generator = _C.Generator()
    generator.set_state(state)
    return generator


def raw_bytes(tensor) -> bytes:
    """The elements in row-major order."""
    return raw_view(tensor).tobytes() if tensor.numel() else b""


def reduce_tensor(tensor, protocol=2):
    """What ``Tensor.__reduce_ex__`` returns."""
    is_parameter = isinstance(tensor, _C.Parameter)
    arguments = (
        raw_bytes(tensor), str(tensor.dtype).removeprefix("torch."), tuple(tensor.shape), tensor.requires_grad,
        is_parameter,
    )
    return rebuild_plain, arguments


def rebuild_named(module: str, name: str):
    """An empty instance of a class of ours; ``module`` is what comes after "torch"."""
    from importlib import import_module

    cls = getattr(import_module("rgrad" + module), name)
    return cls.__new__(cls)


class Named:
    """Lets instances of classes that bear PyTorch's module names be pickled where ``torch`` is not this package."""

    def __reduce_ex__(self, protocol):
        import sys

        cls = type(self)
        if cls.__module__.startswith("torch.") and sys.modules.get("torch") is not sys.modules["rgrad"]:
            state = self.__getstate__() if hasattr(self, "__getstate__") else self.__dict__
            return rebuild_named, (cls.__module__[5:], cls.__qualname__), state
        return super().__reduce_ex__(protocol)


class KeyErrorMessage(str):
    """A text that stays readable as the argument of a KeyError, which shows its ``repr``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class ExceptionWrapper:
    """An exception and its traceback as text, to be raised in another thread or process."""

    def __init__(self, exc_info=None, where="in background") -> None:
        import sys
        import traceback

        exc_info = sys.exc_info() if exc_info is None else exc_info
        self.exc_type = exc_info[0]
        self.exc_msg = "".join(traceback.format_exception(*exc_info))
        self.where = where

    def reraise(self):
        """Raise it here; one that takes more than a text becomes a RuntimeError."""
        text: str = f"Caught {self.exc_type.__name__} {self.where}.\nOriginal {self.exc_msg}"
        if self.exc_type is KeyError:
            text = KeyErrorMessage(text)
        elif getattr(self.exc_type, "message", None):
            raise self.exc_type(message=text)
        try:
            error = self.exc_type(text)
        except Exception:
            raise RuntimeError(text) from None
        raise error
