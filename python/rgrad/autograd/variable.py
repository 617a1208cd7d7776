"""The old name of a tensor."""
from __future__ import annotations

from . import Variable

__all__ = ["Variable"]
