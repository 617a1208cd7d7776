"""Parameter, Buffer and their uninitialised forms, which lazy modules fill in at the first call."""
from __future__ import annotations

from .. import _C
from .._C import Parameter, Tensor

__all__ = ["Buffer", "Parameter", "UninitializedBuffer", "UninitializedParameter", "is_lazy"]


class _BufferMeta(type(Tensor)):
    def __instancecheck__(cls, instance) -> bool:
        if cls is Buffer and isinstance(instance, Tensor) and getattr(instance, "_is_buffer", False):
            return True
        return type.__instancecheck__(cls, instance)


class Buffer(Tensor, metaclass=_BufferMeta):
    """A tensor that a module registers as a buffer when it is assigned as an attribute."""

    def __new__(cls, data=None, *, persistent: bool = True):
        if data is None:
            data = _C.empty(0)
        buffer = data.detach().requires_grad_(data.requires_grad)
        buffer.persistent = persistent
        buffer._is_buffer = True
        return buffer


_TO_MATERIALIZE = (
    "Can't access the shape of an uninitialized parameter or buffer. "
    "This error usually happens in `load_state_dict` when trying to load an uninitialized parameter into an "
    "initialized one. Call `forward` to initialize the parameters before accessing their attributes."
)


class _Uninitialized:
    """What the two uninitialised classes share; the data is empty until ``materialize``."""

    @property
    def shape(self):
        raise RuntimeError(_TO_MATERIALIZE)

    def materialize(self, shape, device=None, dtype=None) -> None:
        """Give the tensor its shape (uninitialised values) and its plain class."""
        if dtype is None:
            dtype = self.dtype
        self.data = _C.empty(shape, dtype=dtype)
        self.__class__ = self.cls_to_become

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class UninitializedParameter(_Uninitialized, Parameter):
    """A parameter whose shape is not known yet."""

    cls_to_become = Parameter

    def __new__(cls, requires_grad: bool = True, device=None, dtype=None):
        return Parameter.__new__(cls, _C.empty(0, dtype=dtype), requires_grad)

    def __init__(self, requires_grad: bool = True, device=None, dtype=None) -> None:
        pass

    def __deepcopy__(self, memo):
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.requires_grad, dtype=self.data.dtype)
        return memo[id(self)]


class UninitializedBuffer(_Uninitialized, Tensor):
    """A buffer whose shape is not known yet."""

    cls_to_become = Tensor

    def __new__(cls, requires_grad: bool = False, device=None, dtype=None, persistent: bool = True):
        return Tensor._make_subclass(cls, _C.empty(0, dtype=dtype), requires_grad)

    def __init__(self, requires_grad: bool = False, device=None, dtype=None, persistent: bool = True) -> None:
        self.persistent = persistent
        self._is_buffer = True


def is_lazy(param) -> bool:
    """Whether ``param`` is still without a shape."""
    return isinstance(param, _Uninitialized)
