"""There is no compiler: compiled modules and functions run as they are, under the names that programs look for."""
from __future__ import annotations

import types

from .nn.modules.module import Module

# What programs set has no effect.
config = types.SimpleNamespace(
    suppress_errors=False, verbose=False, cache_size_limit=8, recompile_limit=8, capture_scalar_outputs=False
)
_BACKENDS = ("cudagraphs", "inductor", "onnxrt", "openxla", "tvm")
_MORE_BACKENDS = ("aot_eager", "aot_eager_decomp_partition", "aot_ts", "eager", "eager_debug", "ts")


class InvalidBackend(RuntimeError):
    """No backend has the name."""


exc = types.SimpleNamespace(InvalidBackend=InvalidBackend)


class OptimizedModule(Module):
    """A module as ``torch.compile`` gives it back: the original under the name ``_orig_mod``."""

    def __init__(self, mod) -> None:
        super().__init__()
        self._orig_mod = mod
        self.training = mod.training

    def __getattr__(self, name: str):
        modules = self.__dict__.get("_modules", {})
        if "_orig_mod" not in modules:
            raise AttributeError(f"'OptimizedModule' object has no attribute '{name}'")
        return modules["_orig_mod"] if name == "_orig_mod" else getattr(modules["_orig_mod"], name)

    def __setattr__(self, name: str, value) -> None:
        if name == "training" and "_orig_mod" in self.__dict__.get("_modules", {}):
            self._orig_mod.training = value
        super().__setattr__(name, value)

    def __call__(self, *args, **kwargs):
        return self._orig_mod(*args, **kwargs)

    def forward(self, *args, **kwargs):
        return self._orig_mod(*args, **kwargs)

    def __len__(self) -> int:
        return len(self._orig_mod)

    def __iter__(self):
        return iter(self._orig_mod)

    def __getitem__(self, key):
        return self._orig_mod[key]

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


def reset() -> None:
    """Does nothing."""


def disable(fn=None, recursive=True, **options):
    """``fn`` itself, or a decorator that gives it back."""
    return (lambda f: f) if fn is None else fn


allow_in_graph = disallow_in_graph = graph_break = disable


def optimize(*args, **kwargs):
    """A decorator that gives the function back."""
    return lambda fn: fn


def is_compiling() -> bool:
    """False."""
    return False
