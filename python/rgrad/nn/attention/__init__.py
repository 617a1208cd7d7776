"""Which implementation attention uses: there is one; the choice is accepted."""
from __future__ import annotations

__all__ = ["SDPBackend", "sdpa_kernel"]


class SDPBackend:
    """Names of implementations in PyTorch."""

    ERROR, MATH, FLASH_ATTENTION, EFFICIENT_ATTENTION, CUDNN_ATTENTION, OVERRIDEABLE = -1, 0, 1, 2, 3, 4


class sdpa_kernel:
    """A ``with`` block that changes nothing."""

    def __init__(self, backends=None, set_priority=False) -> None:
        self.backends = backends

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc) -> None:
        pass
