"""Layers, losses and containers, and the functions they are made of."""
from __future__ import annotations

from .._lazy import lazy_submodules
from .modules import _HOMES

__getattr__, __dir__ = lazy_submodules(
    __name__,
    "_functional _reduction attention functional init modules parallel parameter utils",
    {
        **{name: f"modules.{module}" for name, module in _HOMES.items()},
        **dict.fromkeys(("Buffer", "Parameter", "UninitializedBuffer", "UninitializedParameter"), "parameter"),
        "DataParallel": "parallel",
        "factory_kwargs": "_factory",
    },
)
