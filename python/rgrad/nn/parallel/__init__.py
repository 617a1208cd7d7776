"""Data parallelism over one device: the module itself, wrapped."""
from __future__ import annotations

from ..modules.module import Module

__all__ = ["DataParallel", "DistributedDataParallel"]


class DataParallel(Module):
    """Calls ``module``; with no other device there is nothing to distribute."""

    def __init__(self, module, device_ids=None, output_device=None, dim=0) -> None:
        super().__init__()
        self.module = module
        self.device_ids = []
        self.dim = dim

    def forward(self, *inputs, **kwargs):
        return self.module(*inputs, **kwargs)


class DistributedDataParallel(Module):
    """Raises, as there are no other processes."""

    def __init__(self, module, *args, **kwargs) -> None:
        super().__init__()
        raise RuntimeError(
            "Default process group has not been initialized, please make sure to call init_process_group."
        )
