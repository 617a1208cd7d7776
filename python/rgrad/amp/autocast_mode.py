"""Autocast: regions where chosen operations run in a lower precision. The core casts (src/py/autocast.rs)."""
from __future__ import annotations

import functools
import sys
import warnings
from collections.abc import Iterable, Mapping

from .. import _C

__all__ = ["autocast", "custom_bwd", "custom_fwd", "get_autocast_dtype", "is_autocast_available", "is_autocast_enabled"]

# Devices that are not there keep what they are told.
_absent: dict = {"cuda": (False, _C.float16), "xpu": (False, _C.float16), "mps": (False, _C.float16)}


def is_autocast_available(device_type: str) -> bool:
    """Whether a device type has autocast."""
    return device_type == "cpu" or device_type in _absent


def _state(device_type: str) -> tuple:
    if device_type == "cpu":
        return _C._autocast_enabled(), _C._autocast_dtype()
    if device_type not in _absent:
        raise RuntimeError(f"unknown device type for autocast in get_autocast_dispatch_key_from_device_type: {device_type}")
    return _absent[device_type]


def _set(device_type: str, enabled, dtype) -> None:
    if device_type == "cpu":
        _C._set_autocast(bool(enabled), dtype)
    else:
        _absent[device_type] = (bool(enabled), dtype)


def is_autocast_enabled(device_type: str = "cuda") -> bool:
    """Whether an autocast region of the device type is active in this thread."""
    return _state(device_type)[0]


def get_autocast_dtype(device_type: str):
    """The dtype of autocast regions: on the CPU bfloat16 unless set."""
    return _state(device_type)[1]


def set_autocast_enabled(device_type, enabled=None) -> None:
    """Switch autocast on or off."""
    if enabled is None:
        device_type, enabled = "cuda", device_type
    _set(device_type, enabled, _state(device_type)[1])


def set_autocast_dtype(device_type: str, dtype) -> None:
    """Set the dtype of autocast regions."""
    _set(device_type, _state(device_type)[0], dtype)


class autocast:
    """A region where matrix products and convolutions run in ``dtype``, and losses and decompositions in float32.

    Usable as a decorator too. The lists of functions are PyTorch's for the CPU. A GRU computes in its own precision,
    where PyTorch's rounds its products. Each cast is done anew: there is no cache of cast weights. For "cuda" it warns
    that there is none.
    """

    def __init__(self, device_type, dtype=None, enabled=True, cache_enabled=None) -> None:
        if not isinstance(device_type, str):
            raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
        _C.device(device_type)
        if not is_autocast_available(device_type):
            raise RuntimeError(f"User specified an unsupported autocast device_type '{device_type}'")
        self.device = device_type
        self.fast_dtype = dtype if dtype is not None else get_autocast_dtype(device_type)
        self._cache_enabled = cache_enabled is not False
        if enabled and device_type == "cuda":
            warnings.warn("CUDA is not available or torch_xla is imported. Disabling autocast.", stacklevel=2)
            enabled = False
        elif enabled and self.fast_dtype not in (_C.bfloat16, _C.float16):
            name = device_type.upper()
            warnings.warn(
                f"In {name} autocast, but the target dtype is not supported. Disabling autocast.\n{name} Autocast only "
                "supports dtypes of torch.bfloat16, torch.float16 currently.",
                stacklevel=2,
            )
            enabled = False
        self._enabled = enabled

    def __enter__(self):
        self.prev = _state(self.device)
        _set(self.device, self._enabled, self.fast_dtype)
        return self

    def __exit__(self, exc_type, exc_val, exc_tb):
        _set(self.device, *self.prev)
        return False

    def __call__(self, func):
        if not callable(func):
            raise TypeError(
                f"autocast()(func) requires a callable, but got {type(func).__name__}. Did you mean to use autocast as "
                "a context manager? For example:\n    with torch.autocast(device_type=...):\n        output = "
                "model(input)"
            )

        @functools.wraps(func)
        def decorate_autocast(*args, **kwargs):
            with self:
                return func(*args, **kwargs)

        return decorate_autocast


autocast.__module__ = "torch.amp.autocast_mode"


def _cast(value, device_type: str, dtype):
    """``value`` with the floating-point tensors inside it in ``dtype``, but for float64."""
    if isinstance(value, _C.Tensor):
        fits = value.is_floating_point() and value.device.type == device_type and value.dtype is not _C.float64
        return value.to(dtype) if fits else value
    numpy = sys.modules.get("numpy")
    if isinstance(value, (str, bytes)) or (numpy and isinstance(value, numpy.ndarray)):
        return value
    if isinstance(value, Mapping):
        return {_cast(k, device_type, dtype): _cast(v, device_type, dtype) for k, v in value.items()}
    if isinstance(value, Iterable):
        items = (_cast(v, device_type, dtype) for v in value)
        return type(value)(items) if isinstance(value, (list, tuple)) else items
    return value


def _check_device(device_type) -> None:
    if not isinstance(device_type, str):
        raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")


def custom_fwd(fwd=None, *, device_type, cast_inputs=None):
    """For ``forward`` of a Function: with ``cast_inputs`` it runs without autocast, its tensors in that dtype."""
    _check_device(device_type)
    if fwd is None:
        return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs)

    @functools.wraps(fwd)
    def decorate_fwd(*args, **kwargs):
        active = is_autocast_enabled(device_type)
        args[0]._dtype = get_autocast_dtype(device_type)
        args[0]._fwd_used_autocast = active and cast_inputs is None
        if cast_inputs is None or not active:
            return fwd(*args, **kwargs)
        with autocast(device_type, enabled=False):
            return fwd(args[0], *_cast(args[1:], device_type, cast_inputs), **_cast(kwargs, device_type, cast_inputs))

    return decorate_fwd


def custom_bwd(bwd=None, *, device_type):
    """For ``backward`` of a Function: it runs under the autocast that ``forward`` ran under."""
    _check_device(device_type)
    if bwd is None:
        return functools.partial(custom_bwd, device_type=device_type)

    @functools.wraps(bwd)
    def decorate_bwd(*args, **kwargs):
        with autocast(device_type, enabled=args[0]._fwd_used_autocast, dtype=args[0]._dtype):
            return bwd(*args, **kwargs)

    return decorate_bwd
