"""Make ``torch`` a name of rgrad: module ``torch.X`` is the very module ``rgrad.X``."""
from __future__ import annotations

import sys

_ModuleSpec = type(__spec__)


class _Loader:
    """Gives the importer a module that exists already, and leaves that module's own spec as it was."""

    def __init__(self, module) -> None:
        self.module = module

    def create_module(self, spec):
        self.spec = self.module.__spec__
        return self.module

    def exec_module(self, module) -> None:
        module.__spec__ = self.spec


class _SpawnLoader:
    """Loads ``multiprocessing.spawn``, and has what it sends to a new process put the names in place there too."""

    def __init__(self, loader) -> None:
        self.loader = loader

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module) -> None:
        self.loader.exec_module(module)
        _follow_into(module)


class _InPlace:
    """Unpickled, it is rgrad under the name torch."""

    def __reduce__(self):
        return install, ()


def _follow_into(spawn) -> None:
    plain = spawn.get_preparation_data

    def get_preparation_data(name):
        return {"torch": _InPlace(), **plain(name)}

    spawn.get_preparation_data = get_preparation_data


class _Finder:
    """Finds ``torch`` and everything below it in rgrad."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "multiprocessing.spawn":
            from importlib.machinery import PathFinder

            spec = PathFinder.find_spec(name, path)
            if spec is not None:
                spec.loader = _SpawnLoader(spec.loader)  # type: ignore[assignment]
            return spec
        if name != "torch" and not name.startswith("torch."):
            return None
        from importlib import import_module

        ours = "rgrad" + name[5:]
        try:
            module = import_module(ours)
        except ModuleNotFoundError as error:
            if error.name == ours:
                return None
            raise
        return _ModuleSpec(name, _Loader(module), is_package=hasattr(module, "__path__"))


def install() -> None:
    """Put the names in place; doing it twice does nothing more."""
    ours = sys.modules["rgrad"]
    present = sys.modules.get("torch")
    if present is ours:
        return
    if present is not None:
        raise RuntimeError("rgrad.install() must come before anything imports torch")
    sys.meta_path.insert(0, _Finder)
    if "multiprocessing.spawn" in sys.modules:
        _follow_into(sys.modules["multiprocessing.spawn"])
    for name, module in list(sys.modules.items()):
        if module is not None and (name == "rgrad" or name.startswith("rgrad.")) and name != "rgrad._C":
            sys.modules["torch" + name[5:]] = module
