"""Linear algebra: the core's functions ``linalg_*`` under their public names."""
from __future__ import annotations

from . import _C

_PREFIX = "linalg_"


def __getattr__(name: str):
    if name == "__all__":
        return __dir__()
    if name == "LinAlgError":
        return getattr(_C, "_LinAlgError", RuntimeError)
    core = None if name.startswith("_") else getattr(_C, _PREFIX + name, None)
    if core is None:
        raise AttributeError(f"module 'torch.linalg' has no attribute '{name}'")
    globals()[name] = core
    return core


def __dir__() -> list[str]:
    return sorted(name[len(_PREFIX) :] for name in dir(_C) if name.startswith(_PREFIX) and not name.endswith("_"))
