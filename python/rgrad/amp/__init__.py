"""Mixed precision: autocast regions and gradient scaling."""
from __future__ import annotations

import warnings

from .. import _C

__all__ = ["GradScaler", "autocast", "get_autocast_dtype", "is_autocast_available", "is_autocast_enabled"]

_state = {"enabled": False, "dtype": None}


def is_autocast_available(device_type: str) -> bool:
    """Whether a device type has autocast."""
    return device_type == "cpu"


def is_autocast_enabled(device_type: str = "cuda") -> bool:
    """Whether an autocast region of the device type is active."""
    return device_type == "cpu" and bool(_state["enabled"])


def get_autocast_dtype(device_type: str):
    """The dtype of autocast regions: bfloat16 unless set."""
    if device_type == "cpu":
        return _state["dtype"] or _C.bfloat16
    return _C.float16


def set_autocast_enabled(device_type, enabled=None) -> None:
    """Switch autocast on or off."""
    if enabled is not None and device_type == "cpu":
        _set(enabled, _state["dtype"])


def set_autocast_dtype(device_type: str, dtype) -> None:
    """Set the dtype of autocast regions."""
    if device_type == "cpu":
        _set(_state["enabled"], dtype)


def _set(enabled, dtype) -> None:
    _state.update(enabled=enabled, dtype=dtype)
    core = getattr(_C, "_set_autocast", None)
    if core is not None:
        core(enabled, dtype or _C.bfloat16)


class autocast:
    """A region where chosen operations run in a lower precision; usable as a decorator too.

    For "cuda" it warns that there is none and does nothing. On the CPU it keeps the setting and passes it to a core
    that has autocast; where the core has none, operations keep their precision.
    """

    def __init__(self, device_type, dtype=None, enabled=True, cache_enabled=None) -> None:
        if not isinstance(device_type, str):
            raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
        _C.device(device_type)
        if device_type == "cuda" and enabled:
            warnings.warn(
                "User provided device_type of 'cuda', but CUDA is not available. Disabling", stacklevel=2
            )
        self.device = device_type
        self.fast_dtype = dtype if dtype is not None else get_autocast_dtype(device_type)
        self._enabled = enabled and device_type == "cpu"

    def __enter__(self):
        self.prev = dict(_state)
        if self.device == "cpu":
            _set(self._enabled, self.fast_dtype)
        return self

    def __exit__(self, *exc) -> None:
        if self.device == "cpu":
            _set(self.prev["enabled"], self.prev["dtype"])

    def __call__(self, function):
        def wrapper(*args, **kwargs):
            with self:
                return function(*args, **kwargs)

        wrapper.__name__, wrapper.__doc__, wrapper.__wrapped__ = function.__name__, function.__doc__, function
        return wrapper


class GradScaler:
    """Scales a loss so that small gradients survive float16; without CUDA it is disabled, and passes all through."""

    def __init__(
        self, device="cuda", init_scale=2.0**16, growth_factor=2.0, backoff_factor=0.5, growth_interval=2000,
        enabled=True,
    ) -> None:
        if isinstance(device, float):  # the form of torch.cuda.amp: init_scale comes first
            device, init_scale = "cuda", device
        self._device = device
        self._enabled = enabled and device == "cpu"
        if enabled and device == "cuda":
            warnings.warn(
                "torch.cuda.amp.GradScaler is enabled, but CUDA is not available.  Disabling.", stacklevel=2
            )
        self._scale = init_scale
        self._growth_factor, self._backoff_factor = growth_factor, backoff_factor
        self._growth_interval, self._growth_tracker = growth_interval, 0
        self._found_inf = False
        self._unscaled: set[int] = set()

    def is_enabled(self) -> bool:
        """Whether it scales at all."""
        return self._enabled

    def get_scale(self) -> float:
        """The present factor."""
        return float(self._scale) if self._enabled else 1.0

    def scale(self, outputs):
        """``outputs`` times the factor."""
        if not self._enabled:
            return outputs
        if isinstance(outputs, _C.Tensor):
            return outputs * self._scale
        return type(outputs)(self.scale(output) for output in outputs)

    def unscale_(self, optimizer) -> None:
        """Divide the gradients by the factor, once per step, and look for inf and nan."""
        if not self._enabled or id(optimizer) in self._unscaled:
            return
        self._unscaled.add(id(optimizer))
        for group in optimizer.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    param.grad.mul_(1.0 / self._scale)
                    if not _C.isfinite(param.grad).all():
                        self._found_inf = True

    def step(self, optimizer, *args, **kwargs):
        """``optimizer.step`` unless a gradient was inf or nan."""
        if not self._enabled:
            return optimizer.step(*args, **kwargs)
        self.unscale_(optimizer)
        return None if self._found_inf else optimizer.step(*args, **kwargs)

    def update(self, new_scale=None) -> None:
        """Lower the factor after inf or nan, raise it after long enough without."""
        if not self._enabled:
            return
        if new_scale is not None:
            self._scale = float(new_scale)
        elif self._found_inf:
            self._scale *= self._backoff_factor
            self._growth_tracker = 0
        else:
            self._growth_tracker += 1
            if self._growth_tracker == self._growth_interval:
                self._scale *= self._growth_factor
                self._growth_tracker = 0
        self._found_inf = False
        self._unscaled.clear()

    def state_dict(self) -> dict:
        """The factor and its rules; empty if disabled."""
        if not self._enabled:
            return {}
        return dict(
            scale=self.get_scale(), growth_factor=self._growth_factor, backoff_factor=self._backoff_factor,
            growth_interval=self._growth_interval, _growth_tracker=self._growth_tracker,
        )

    def load_state_dict(self, state_dict) -> None:
        """Take over what ``state_dict`` returned."""
        if not self._enabled:
            return
        self._scale = state_dict["scale"]
        self._growth_factor, self._backoff_factor = state_dict["growth_factor"], state_dict["backoff_factor"]
        self._growth_interval, self._growth_tracker = state_dict["growth_interval"], state_dict["_growth_tracker"]
