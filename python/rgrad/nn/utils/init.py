"""Modules without initialisation."""
from __future__ import annotations

__all__ = ["skip_init"]


def skip_init(module_cls, *args, **kwargs):
    """Build ``module_cls(*args, **kwargs)``; its initial values are not to be relied on."""
    kwargs.pop("device", None)
    return module_cls(*args, **kwargs)
