"""Parts of the loader."""
from __future__ import annotations

from ...._lazy import lazy_submodules

__getattr__, __dir__ = lazy_submodules(__name__, "collate fetch transport worker")
