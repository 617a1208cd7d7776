"""There is no compiler: functions stay as they are."""
from __future__ import annotations


def _unchanged(fn=None, *args, **kwargs):
    """``fn`` itself, or a decorator that gives it back."""
    return (lambda f: f) if fn is None else fn


disable = allow_in_graph = substitute_in_graph = assume_constant_result = _unchanged


def compile(*args, **kwargs):
    """See ``torch.compile``."""
    from .._settings import compile

    return compile(*args, **kwargs)


def is_compiling() -> bool:
    """False."""
    return False


is_dynamo_compiling = is_exporting = is_compiling


def reset() -> None:
    """Does nothing."""


def cudagraph_mark_step_begin() -> None:
    """Does nothing."""
