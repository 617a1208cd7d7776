"""The CPU, asked as if it were an accelerator."""
from __future__ import annotations

from .. import _C
from .._lazy import lazy_submodules

__getattr__, __dir__ = lazy_submodules(__name__, "amp")


def empty_cache() -> None:
    """Give freed buffers that wait for reuse back to the system: this thread's small ones and all large ones."""
    _C._empty_cache()


def memory_stats() -> dict[str, int]:
    """Bytes of tensors' buffers alive, and of freed ones that wait for reuse; small tensors have no buffer of their own."""
    live, waiting = _C._memory_stats()
    return {"allocated_bytes.all.current": live, "reserved_bytes.all.current": live + waiting}


def is_available() -> bool:
    """True."""
    return True


def device_count() -> int:
    """1."""
    return 1


def current_device() -> str:
    """ "cpu"."""
    return "cpu"


def synchronize(device=None) -> None:
    """Does nothing: everything has happened already."""
