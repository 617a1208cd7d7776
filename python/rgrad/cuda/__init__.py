"""CUDA is not there: questions are answered so, seeds and synchronisation do nothing, tensors cannot be moved."""
from __future__ import annotations

from .. import _C
from .._lazy import lazy_submodules

_MISSING = "Torch not compiled with CUDA enabled"


def _lazy_init() -> None:
    raise AssertionError(_MISSING)


def is_available() -> bool:
    """False."""
    return False


def is_initialized() -> bool:
    """False."""
    return False


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """False."""
    return False


def device_count() -> int:
    """0."""
    return 0


def init() -> None:
    """Raises: there is no CUDA."""
    _lazy_init()


def current_device():
    """Raises: there is no CUDA."""
    _lazy_init()


def get_device_name(device=None):
    """Raises: there is no CUDA."""
    _lazy_init()


def get_device_capability(device=None):
    """Raises: there is no CUDA."""
    _lazy_init()


def get_device_properties(device=None):
    """Raises: there is no CUDA."""
    _lazy_init()


def set_device(device) -> None:
    """Raises: there is no CUDA."""
    _lazy_init()


def current_stream(device=None):
    """Raises: there is no CUDA."""
    _lazy_init()


def synchronize(device=None) -> None:
    """Raises: there is no CUDA."""
    _lazy_init()


def manual_seed(seed: int) -> None:
    """Does nothing."""


def manual_seed_all(seed: int) -> None:
    """Does nothing."""


def seed() -> None:
    """Does nothing."""


def seed_all() -> None:
    """Does nothing."""


def empty_cache() -> None:
    """Does nothing."""


def ipc_collect() -> None:
    """Does nothing."""


def memory_allocated(device=None) -> int:
    """0."""
    return 0


max_memory_allocated = memory_reserved = max_memory_reserved = memory_cached = max_memory_cached = memory_allocated


def reset_peak_memory_stats(device=None) -> None:
    """Does nothing."""


reset_max_memory_allocated = reset_max_memory_cached = reset_accumulated_memory_stats = reset_peak_memory_stats


def memory_stats(device=None) -> dict:
    """No figures."""
    return {}


def mem_get_info(device=None):
    """Raises: there is no CUDA."""
    _lazy_init()


def get_arch_list() -> list:
    """No architectures."""
    return []


def is_current_stream_capturing() -> bool:
    """False."""
    return False


def default_stream(device=None):
    """Raises: there is no CUDA."""
    _lazy_init()


def get_rng_state(device="cuda"):
    """Raises: there is no CUDA."""
    _lazy_init()


def get_rng_state_all() -> list:
    """No states."""
    return []


def set_rng_state_all(new_states) -> None:
    """Does nothing."""


class device:
    """Does nothing as a context manager."""

    def __init__(self, device) -> None:
        self.idx = device

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc) -> None:
        pass


_lazy, __dir__ = lazy_submodules(__name__, "amp random", {"GradScaler": "amp"})


def __getattr__(name: str):
    if name == "OutOfMemoryError":
        from .._settings import OutOfMemoryError

        return OutOfMemoryError
    if name in ("CUDAGraph", "Event", "ExternalStream", "Stream"):
        return globals().setdefault(name, _dummy_type(name))
    if name.endswith("Tensor"):
        from .. import _legacy

        if hasattr(_legacy, name):
            return _missing_type(name)
    return _lazy(name)


def _dummy_type(name: str):
    """A class to name in annotations and isinstance: it has no objects."""

    def __new__(cls, *args, **kwargs):
        raise RuntimeError(f"Tried to instantiate dummy base class {name}")

    return type(name, (), {"__new__": __new__, "__module__": "torch.cuda"})


def _missing_type(name: str):
    def __new__(cls, *args, **kwargs):
        raise TypeError(f"type torch.cuda.{name} not available. {_MISSING}.")

    return type(name, (), {"__new__": __new__, "__module__": "torch.cuda"})
