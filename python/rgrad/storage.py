"""Storage classes; the core makes their instances."""
from __future__ import annotations

from . import _C


def __getattr__(name: str):
    if name in ("UntypedStorage", "TypedStorage") and hasattr(_C, name):
        return getattr(_C, name)
    raise AttributeError(f"module 'torch.storage' has no attribute '{name}'")
