"""Lazy submodules (PEP 562), the one way every package here loads its parts."""
from __future__ import annotations

import sys


def public_name(name: str) -> str:
    """The name a user sees for one of our modules: ``rgrad.nn`` is shown as ``torch.nn``."""
    return "torch" + name[5:] if name == "rgrad" or name.startswith("rgrad.") else name


def lazy_submodules(package: str, submodules: str, homes: dict[str, str] | None = None):
    """``__getattr__`` and ``__dir__`` for a package: names in ``homes`` come from the submodule they map to."""
    known = frozenset(submodules.split())
    homes = homes or {}

    def __getattr__(name: str):
        from importlib import import_module

        module = homes.get(name, name if name in known else None)
        missing = f"module '{public_name(package)}' has no attribute '{name}'"
        if module is None:
            raise AttributeError(missing)
        try:
            loaded = import_module(f"{package}.{module}")
        except ModuleNotFoundError as error:
            if error.name != f"{package}.{module}":
                raise
            raise AttributeError(missing) from None
        if name not in homes:
            return loaded
        value = getattr(loaded, name)
        setattr(sys.modules[package], name, value)
        return value

    def __dir__() -> list[str]:
        return sorted(set(vars(sys.modules[package])) | known | set(homes))

    return __getattr__, __dir__
