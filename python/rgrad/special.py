"""Special functions: the core's functions ``special_*`` under their public names."""
from __future__ import annotations

from ._lazy import core_functions

__getattr__, __dir__ = core_functions(__name__, "special_")
