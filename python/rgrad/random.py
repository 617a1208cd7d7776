"""Random numbers: seeds and states of the global generator."""
from __future__ import annotations

from . import _C
from ._C import default_generator

__all__ = ["fork_rng", "get_rng_state", "initial_seed", "manual_seed", "seed", "set_rng_state", "thread_safe_generator"]


class fork_rng:
    """Keep the generator's state: what is drawn in the block does not change what comes after it."""

    def __init__(self, devices=None, enabled=True, _caller="fork_rng", _devices_kw="devices", device_type="cuda"):
        self.enabled = enabled

    def __enter__(self) -> None:
        if self.enabled:
            self.state = _C.get_rng_state()

    def __exit__(self, *exc) -> None:
        if self.enabled:
            _C.set_rng_state(self.state)


def thread_safe_generator():
    """A generator for this thread, or None in the main program."""
    return None


def __getattr__(name: str):
    if name in __all__:
        return getattr(_C, name)
    raise AttributeError(f"module 'torch.random' has no attribute '{name}'")
