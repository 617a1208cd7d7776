"""Storage classes, which are the core's own; a class that the core does not have is a missing name."""
from __future__ import annotations

from . import _C


def __getattr__(name: str):
    if name in ("UntypedStorage", "TypedStorage") and hasattr(_C, name):
        return getattr(_C, name)
    raise AttributeError(f"module 'torch.storage' has no attribute '{name}'")
