"""Results through a pipe: a pickle, and the memory of large tensors beside it, straight from one tensor into another."""
from __future__ import annotations

import copyreg
import io
import os
import pickle
import struct
from multiprocessing.reduction import ForkingPickler

from .... import _C
from ...._utils import raw_view, reduce_tensor

# A smaller tensor costs less inside the pickle.
LARGE = 4096


class Message:
    """A pickled object and the memory of its large tensors."""

    def __init__(self, value) -> None:
        self.memory: list = []
        file = io.BytesIO()
        pickler = pickle.Pickler(file, pickle.HIGHEST_PROTOCOL)
        pickler.dispatch_table = {
            **copyreg.dispatch_table, **ForkingPickler._extra_reducers, _C.Tensor: self._reduce
        }
        pickler.dump(value)
        self.payload = file.getbuffer()

    def _reduce(self, tensor):
        if not tensor.is_leaf or tensor.numel() * tensor.element_size() < LARGE:
            return reduce_tensor(tensor, pickle.HIGHEST_PROTOCOL)
        self.memory.append(raw_view(tensor))
        dtype = str(tensor.dtype).removeprefix("torch.")
        return _rebuild, (len(self.memory) - 1, dtype, tuple(tensor.shape), tensor.requires_grad)

    def send(self, connection) -> None:
        """Write it; blocks until all is written."""
        sizes = [len(self.payload), *(part.nbytes for part in self.memory)]
        fd = connection.fileno()
        _write(fd, struct.pack(f"<Q{len(sizes)}Q", len(sizes), *sizes))
        for part in (self.payload, *self.memory):
            _write(fd, part)


def _write(fd: int, data) -> None:
    view = memoryview(data).cast("B")
    while view:
        view = view[os.write(fd, view) :]


def _read_into(fd: int, data) -> None:
    view = memoryview(data).cast("B")
    while view:
        count = os.readv(fd, [view])
        if count == 0:
            raise EOFError
        view = view[count:]


def _read(fd: int, size: int) -> bytearray:
    data = bytearray(size)
    _read_into(fd, data)
    return data


# The memory of the message that is being read. One thread reads one message at a time.
_received: list = []


def _rebuild(index, dtype, shape, requires_grad):
    tensor = _received[index].view(getattr(_C, dtype)).reshape(shape)
    return tensor.requires_grad_() if requires_grad else tensor


def receive(connection):
    """The next object."""
    fd = connection.fileno()
    (count,) = struct.unpack("<Q", _read(fd, 8))
    length, *sizes = struct.unpack(f"<{count}Q", _read(fd, 8 * count))
    payload = _read(fd, length)
    memory = []
    for size in sizes:
        memory.append(_C.empty(size, dtype=_C.uint8))
        _read_into(fd, memory[-1].numpy())
    _received[:] = memory
    try:
        return pickle.loads(payload)
    finally:
        _received.clear()
