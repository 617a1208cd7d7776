"""The old home of mixed precision."""
from __future__ import annotations

from ...amp import GradScaler
from ...amp import autocast as _autocast

__all__ = ["GradScaler", "autocast"]


class autocast(_autocast):
    """``torch.amp.autocast("cuda")``, which does nothing here."""

    def __init__(self, enabled=True, dtype=None, cache_enabled=True) -> None:
        super().__init__("cuda", dtype=dtype, enabled=enabled, cache_enabled=cache_enabled)
