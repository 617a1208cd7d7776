"""Accelerators: there are none."""
from __future__ import annotations


def is_available() -> bool:
    """False."""
    return False


def device_count() -> int:
    """0."""
    return 0


def current_accelerator(check_available: bool = False):
    """None."""
    return None


def synchronize(device=None) -> None:
    """Does nothing."""


def empty_cache() -> None:
    """Does nothing."""
