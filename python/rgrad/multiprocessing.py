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


class ProcessExitedException(Exception):
    """A process of ``spawn`` ended with an error; what it was, it has printed."""

    def __init__(self, msg: str, error_index: int, error_pid: int, exit_code: int) -> None:
        super().__init__(msg)
        self.msg, self.error_index, self.error_pid, self.exit_code = msg, error_index, error_pid, exit_code


def spawn(fn, args=(), nprocs=1, join=True, daemon=False, start_method="spawn"):
    """Run ``fn(i, *args)`` in ``nprocs`` processes."""
    context = _python.get_context(start_method)
    processes = [context.Process(target=fn, args=(i, *args), daemon=daemon) for i in range(nprocs)]
    for process in processes:
        process.start()
    if not join:
        return processes
    for index, process in enumerate(processes):
        process.join()
        if process.exitcode:
            for other in processes:
                other.terminate()
            raise ProcessExitedException(
                f"process {index} terminated with exit code {process.exitcode}", index, process.pid, process.exitcode
            )
