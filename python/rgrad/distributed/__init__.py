"""One process only: it can be asked, not started."""
from __future__ import annotations


def is_available() -> bool:
    """False."""
    return False


def is_initialized() -> bool:
    """False."""
    return False


def is_torchelastic_launched() -> bool:
    """False."""
    return False


def _refuse(*args, **kwargs):
    raise RuntimeError("torch.distributed is not available in rgrad: there is one process")


def get_rank(group=None) -> int:
    """Raises ValueError: there is no process group."""
    raise ValueError("Default process group has not been initialized, please make sure to call init_process_group.")


get_world_size = barrier = all_reduce = broadcast = all_gather = reduce = gather = scatter = get_rank
init_process_group = _refuse


def destroy_process_group(group=None) -> None:
    """Does nothing."""
