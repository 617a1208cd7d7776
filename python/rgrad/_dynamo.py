"""There is no compiler: compiled modules and functions run as they are, under the names that programs look for."""
from __future__ import annotations

import types

from .compiler import allow_in_graph as allow_in_graph
from .compiler import disable
from .compiler import is_compiling as is_compiling
from .compiler import reset as reset
from .nn.modules._hooks import HooksMixin
from .nn.modules.module import Module

# Attributes of the wrapper, not of the module in it: its hooks.
_OWN = {"_has_hooks", *vars(HooksMixin)}

# What programs set has no effect.
config = types.SimpleNamespace(
    suppress_errors=False, verbose=False, cache_size_limit=8, recompile_limit=8, capture_scalar_outputs=False
)
_BACKENDS = ("cudagraphs", "inductor", "onnxrt", "openxla", "tvm")
_MORE_BACKENDS = ("aot_eager", "aot_eager_decomp_partition", "aot_ts", "eager", "eager_debug", "ts")


class InvalidBackend(RuntimeError):
    """No backend has the name."""


exc = types.SimpleNamespace(InvalidBackend=InvalidBackend)


def _inner(module):
    """The module in an ``OptimizedModule``; None while there is none."""
    return module.__dict__.get("_modules", {}).get("_orig_mod")


class OptimizedModule(Module):
    """A module as ``torch.compile`` gives it back: the original under the name ``_orig_mod``."""

    def __init__(self, mod) -> None:
        super().__init__()
        self._orig_mod = mod

    @property
    def training(self):
        """The original's mode."""
        mod = _inner(self)
        return True if mod is None else mod.training

    @training.setter
    def training(self, mode: bool) -> None:
        mod = _inner(self)
        if mod is not None:
            mod.training = mode

    def __getattr__(self, name: str):
        mod = _inner(self)
        if mod is None:
            raise AttributeError(f"'OptimizedModule' object has no attribute '{name}'")
        return mod if name == "_orig_mod" else getattr(mod, name)

    def __setattr__(self, name: str, value) -> None:
        mod = _inner(self)
        if mod is None or name in _OWN:
            super().__setattr__(name, value)
        else:
            setattr(mod, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._orig_mod, name)

    def forward(self, *args, **kwargs):
        return self._orig_mod(*args, **kwargs)

    def __dir__(self):
        return sorted({*super().__dir__(), *dir(self._orig_mod)})


eval_frame = types.SimpleNamespace(OptimizedModule=OptimizedModule)


def list_backends(exclude_tags=("debug", "experimental")) -> list[str]:
    """The names that ``torch.compile`` takes for ``backend``."""
    return sorted(_BACKENDS if exclude_tags else _BACKENDS + _MORE_BACKENDS)


def compiled(model, backend):
    """``torch.compile`` of a module or a function."""
    if isinstance(backend, str) and backend not in _BACKENDS + _MORE_BACKENDS:
        raise InvalidBackend(
            f"Invalid backend: {backend!r}, see `torch._dynamo.list_backends()` for available backends."
        )
    return OptimizedModule(model) if isinstance(model, Module) else model


disallow_in_graph = graph_break = disable


def optimize(*args, **kwargs):
    """A decorator that gives the function back."""
    return lambda fn: fn
