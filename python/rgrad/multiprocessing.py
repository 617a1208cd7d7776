"""Python's multiprocessing under PyTorch's name; tensors travel by pickle."""
from __future__ import annotations

import multiprocessing as _python
from multiprocessing import *  # noqa: F401,F403


def get_all_sharing_strategies() -> set:
    """The only way to share is a copy."""
    return {"file_system"}


def get_sharing_strategy() -> str:
    """ "file_system"."""
    return "file_system"


def set_sharing_strategy(new_strategy: str) -> None:
    """Does nothing."""


def spawn(fn, args=(), nprocs=1, join=True, daemon=False, start_method="spawn"):
    """Run ``fn(i, *args)`` in ``nprocs`` processes."""
    context = _python.get_context(start_method)
    processes = [context.Process(target=fn, args=(i, *args), daemon=daemon) for i in range(nprocs)]
    for process in processes:
        process.start()
    if join:
        for process in processes:
            process.join()
    return None if join else processes
