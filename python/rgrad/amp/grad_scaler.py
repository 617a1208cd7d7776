"""Gradient scaling."""
from __future__ import annotations

import warnings

from .. import _C

__all__ = ["GradScaler"]


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
