"""Transforms of functions."""
from __future__ import annotations

from .._lazy import lazy_submodules

__getattr__, __dir__ = lazy_submodules(__name__, "derivatives vmap")
