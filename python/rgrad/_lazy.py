"""Lazy names (PEP 562): the one way every package here loads its parts, and namespaces that the core fills."""
from __future__ import annotations

import sys
from types import ModuleType

from . import _C

_names_in = vars(ModuleType)["__dict__"].__get__  # type: ignore[index]


def public_name(name: str) -> str:
    """The name a user sees for one of our modules: ``rgrad.nn`` is shown as ``torch.nn``."""
    return "torch" + name[5:] if name == "rgrad" or name.startswith("rgrad.") else name


class _Package(ModuleType):
    """A package whose names are loaded one by one, and all of them before someone reads its ``__dict__``."""

    @property
    def __dict__(self):  # type: ignore[override]
        names = _names_in(self)
        if not names.get("_complete"):
            names["_complete"] = True
            for name in names["__dir__"]():
                getattr(self, name, None)
        return names


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
        return sorted(set(_names_in(sys.modules[package])) - {"_complete"} | known | set(homes))

    sys.modules[package].__class__ = _Package
    return __getattr__, __dir__


def core_functions(package: str, prefix: str):
    """``__getattr__`` and ``__dir__`` for a namespace: the core's functions whose names start with ``prefix``."""

    def __getattr__(name: str):
        if name == "__all__":
            return __dir__()
        core = None if name.startswith("_") else getattr(_C, prefix + name, None)
        if core is None:
            raise AttributeError(f"module '{public_name(package)}' has no attribute '{name}'")
        setattr(sys.modules[package], name, core)
        return core

    def __dir__() -> list[str]:
        return sorted(name[len(prefix) :] for name in dir(_C) if name.startswith(prefix) and not name.endswith("_"))

    return __getattr__, __dir__
