"""Process-wide settings and small predicates of the top-level namespace."""
from __future__ import annotations

from . import _C
from ._C import Tensor

_deterministic = {"mode": False, "warn_only": False}
_precision = "highest"
_warn_always = False
_PUBLIC_MODULES = {"builtins", ""}


class OutOfMemoryError(RuntimeError):
    """What devices other than the CPU raise."""


class AcceleratorError(RuntimeError):
    """What devices other than the CPU raise."""


OutOfMemoryError.__module__ = AcceleratorError.__module__ = "torch"


def _assert(condition, message) -> None:
    """Python's assert, as a function."""
    assert condition, message


def get_num_interop_threads() -> int:
    """Threads that run operators side by side in TorchScript: 1, there is none."""
    return 1


def set_num_interop_threads(num: int) -> None:
    """Does nothing, see ``get_num_interop_threads``."""
    if not isinstance(num, int) or num <= 0:
        raise RuntimeError("Expected positive number of threads")


def is_tensor(obj) -> bool:
    """Whether ``obj`` is a Tensor."""
    return isinstance(obj, Tensor)


def is_storage(obj) -> bool:
    """Whether ``obj`` is a storage object."""
    return type(obj).__name__.endswith("Storage")


def typename(obj) -> str:
    """The full name of an object's type: ``torch.FloatTensor``, ``torch.nn.modules.linear.Linear``, ``int``."""
    if isinstance(obj, Tensor):
        return obj.type()
    named = obj if hasattr(obj, "__qualname__") or hasattr(obj, "__name__") else type(obj)
    module = getattr(named, "__module__", "") or ""
    name = getattr(named, "__qualname__", None) or named.__name__
    return name if module in _PUBLIC_MODULES else f"{module}.{name}"


def compile(
    model=None, *, fullgraph=False, dynamic=None, backend="inductor", mode=None, options=None, disable=False
):
    """There is nothing to compile here: a function comes back unchanged, a module in an ``OptimizedModule``."""
    if mode is not None and options is not None:
        raise RuntimeError("Either mode or options can be specified, but both can't be specified at the same time.")
    if model is not None and not callable(model):
        raise AssertionError(f"A callable function is expected, but {type(model)} is provided.")
    from ._dynamo import compiled

    def of(function):
        return function if disable else compiled(function, backend)

    return of if model is None else of(model)


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Results here always have the same bits; the setting is kept for those who ask."""
    _deterministic.update(mode=mode, warn_only=warn_only)


def are_deterministic_algorithms_enabled() -> bool:
    """Whether ``use_deterministic_algorithms`` was switched on."""
    return _deterministic["mode"]


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """Whether it was switched on with ``warn_only``."""
    return _deterministic["warn_only"]


def set_deterministic_debug_mode(debug_mode) -> None:
    """Set the mode as 0 / "default", 1 / "warn" or 2 / "error"."""
    modes = {0: 0, 1: 1, 2: 2, "default": 0, "warn": 1, "error": 2}
    if debug_mode not in modes:
        raise RuntimeError(f"invalid value of debug_mode, expected 0, 1, 2 or default, warn, error, got {debug_mode}")
    mode = modes[debug_mode]
    use_deterministic_algorithms(mode > 0, warn_only=mode == 1)


def get_deterministic_debug_mode() -> int:
    """0, 1 or 2, see ``set_deterministic_debug_mode``."""
    return 0 if not _deterministic["mode"] else 1 if _deterministic["warn_only"] else 2


def set_float32_matmul_precision(precision: str) -> None:
    """Accepted and remembered; products are always computed in full float32."""
    global _precision
    if precision not in ("highest", "high", "medium"):
        raise RuntimeError(
            f"Expected precision to be one of 'highest', 'high', 'medium', but got {precision!r} instead."
        )
    _precision = precision


def get_float32_matmul_precision() -> str:
    """The last precision set, "highest" at first."""
    return _precision


def set_warn_always(b: bool) -> None:
    """Remember whether warnings should be given every time."""
    global _warn_always
    _warn_always = b


def is_warn_always_enabled() -> bool:
    """What ``set_warn_always`` set."""
    return _warn_always


def get_default_device():
    """The device of new tensors: the CPU."""
    return _C.device("cpu")


def set_default_device(device) -> None:
    """Only the CPU exists: other devices raise the error a tensor on them would."""
    if device is not None and _C.device(device).type != "cpu":
        _C.empty(0, device=device)


def set_default_tensor_type(t, /) -> None:
    """The old form of ``set_default_dtype``: takes ``torch.DoubleTensor`` and kin, or their names."""
    name = t if isinstance(t, str) else typename(t)
    dtypes = {"torch.FloatTensor": "float32", "torch.DoubleTensor": "float64", "torch.HalfTensor": "float16"}
    if name not in dtypes:
        raise TypeError(f"invalid type object: {name}")
    _C.set_default_dtype(getattr(_C, dtypes[name]))
