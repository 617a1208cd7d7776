"""The keyword arguments with which a module makes its tensors."""
from __future__ import annotations

_KEYS = ("device", "dtype", "memory_format")


def factory_kwargs(kwargs) -> dict:
    """``device``, ``dtype`` and ``memory_format`` from ``kwargs`` and from its own ``factory_kwargs``."""
    if kwargs is None:
        return {}
    unexpected = kwargs.keys() - {*_KEYS, "factory_kwargs"}
    if unexpected:
        raise TypeError(f"unexpected kwargs {unexpected}")
    out = dict(kwargs.get("factory_kwargs", {}))
    for key in _KEYS:
        if key in kwargs:
            if key in out:
                raise TypeError(f"{key} specified twice, in **kwargs and in factory_kwargs")
            out[key] = kwargs[key]
    return out
