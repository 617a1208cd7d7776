"""There is no TorchScript: scripted and traced things are the Python ones."""
from __future__ import annotations


class ScriptModule:
    """Never the class of anything here."""


class ScriptFunction:
    """Never the class of anything here."""


RecursiveScriptModule = TopLevelTracedModule = ScriptModule


def script(obj, *args, **kwargs):
    """``obj`` itself."""
    return obj


def trace(func, example_inputs=None, *args, **kwargs):
    """``func`` itself."""
    return func


def script_if_tracing(fn):
    """``fn`` itself."""
    return fn


def ignore(drop=False, **kwargs):
    """A decorator that gives the function back; also used without arguments."""
    return drop if callable(drop) else (lambda fn: fn)


def export(fn):
    """``fn`` itself."""
    return fn


unused = interface = export


def is_scripting() -> bool:
    """False."""
    return False


def is_tracing() -> bool:
    """False."""
    return False


def annotate(the_type, the_value):
    """``the_value``."""
    return the_value


def isinstance(obj, target_type) -> bool:
    """Python's isinstance."""
    import builtins

    return builtins.isinstance(obj, target_type)


def fork(func, *args, **kwargs):
    """Run ``func`` at once; ``wait`` gives the result back."""
    return func(*args, **kwargs)


def wait(future):
    """The result of ``fork``."""
    return future



def __getattr__(name: str):
    if name == "Final":
        from typing import Final

        return Final
    raise AttributeError(f"module 'torch.jit' has no attribute '{name}'")
