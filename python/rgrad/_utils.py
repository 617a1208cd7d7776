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
    flat = _C.frombuffer(bytearray(data), dtype=getattr(_C, dtype)) if data else _C.empty(0, dtype=getattr(_C, dtype))
    tensor = flat.reshape(shape)
    if is_parameter:
        return _C.Parameter(tensor, requires_grad)
    return tensor.requires_grad_() if requires_grad else tensor


def rebuild_generator(state):
    """A generator in the state that was pickled."""
    generator = _C.Generator()
    generator.set_state(state)
    return generator


def raw_bytes(tensor) -> bytes:
    """The elements in row-major order."""
    flat = tensor.detach().contiguous().reshape(-1)
    return flat.view(_C.uint8).numpy().tobytes() if flat.numel() else b""


def reduce_tensor(tensor, protocol=2):
    """What ``Tensor.__reduce_ex__`` returns."""
    is_parameter = isinstance(tensor, _C.Parameter)
    arguments = (
        raw_bytes(tensor), str(tensor.dtype).removeprefix("torch."), tuple(tensor.shape), tensor.requires_grad,
        is_parameter,
    )
    return rebuild_plain, arguments
