"""The old home of mixed precision."""
from __future__ import annotations

from functools import partial

from ...amp import GradScaler
from ...amp import autocast as _autocast
from ...amp import custom_bwd as _custom_bwd
from ...amp import custom_fwd as _custom_fwd

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd"]

custom_fwd = partial(_custom_fwd, device_type="cuda")
custom_bwd = partial(_custom_bwd, device_type="cuda")


class autocast(_autocast):
    """``torch.amp.autocast("cuda")``, which does nothing here."""

    def __init__(self, enabled=True, dtype=None, cache_enabled=True) -> None:
        super().__init__("cuda", dtype=dtype, enabled=enabled, cache_enabled=cache_enabled)
