"""Memory shared with other libraries by DLPack, as NumPy speaks it."""
from __future__ import annotations

from .. import _C

__all__ = ["from_dlpack", "to_dlpack"]


class _Offer:
    """A capsule as an object that offers it."""

    def __init__(self, capsule) -> None:
        self.capsule = capsule

    def __dlpack__(self, **options):
        return self.capsule

    def __dlpack_device__(self):
        return 1, 0


def from_dlpack(ext_tensor, *, device=None, copy=None):
    """A tensor over the memory of an object that has ``__dlpack__``, or of a capsule."""
    if isinstance(ext_tensor, _C.Tensor):
        return ext_tensor.clone() if copy else ext_tensor.view_as(ext_tensor).detach()
    import numpy

    offer = ext_tensor if hasattr(ext_tensor, "__dlpack__") else _Offer(ext_tensor)
    array = numpy.from_dlpack(offer)
    if not array.flags.writeable:
        # A protocol without a flag for reading makes NumPy careful; the tensor is as writable as PyTorch's.
        array = numpy.asarray(_Writable(array))
    tensor = _C.from_numpy(array)
    return tensor.clone() if copy else tensor


class _Writable:
    """The array interface of an array, marked writable; keeps the array."""

    def __init__(self, array) -> None:
        interface = dict(array.__array_interface__)
        interface["data"] = (interface["data"][0], False)
        self.__array_interface__, self.array = interface, array


def to_dlpack(tensor):
    """The capsule of a tensor."""
    return tensor_dlpack(tensor)


def tensor_dlpack(tensor, stream=None, **options):
    """``Tensor.__dlpack__``."""
    if tensor.requires_grad:
        raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
    return tensor.numpy().__dlpack__()
