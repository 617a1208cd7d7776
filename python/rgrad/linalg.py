"""Linear algebra: the core's functions ``linalg_*`` under their public names."""
from __future__ import annotations

from . import _C
from ._lazy import core_functions

LinAlgError = getattr(_C, "_LinAlgError", RuntimeError)
__getattr__, __dir__ = core_functions(__name__, "linalg_")
