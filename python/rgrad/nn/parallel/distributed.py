"""One process: gradients have nobody to be averaged with."""
from __future__ import annotations

from contextlib import contextmanager

from ...distributed import _check_initialized
from ..modules.module import Module


class DistributedDataParallel(Module):
    """Calls ``module``; ``init_process_group`` comes before."""

    def __init__(
        self, module, device_ids=None, output_device=None, dim=0, broadcast_buffers=True, init_sync=True,
        process_group=None, bucket_cap_mb=None, find_unused_parameters=False, check_reduction=False,
        gradient_as_bucket_view=False, static_graph=False, **options,
    ) -> None:
        super().__init__()
        if process_group is None:
            _check_initialized()
        if not any(p.requires_grad for p in module.parameters()):
            raise RuntimeError(
                "DistributedDataParallel is not needed when a module doesn't have any parameter that requires a gradient."
            )
        self.module = module
        self.device_ids = None
        self.require_backward_grad_sync = True

    def forward(self, *inputs, **kwargs):
        return self.module(*inputs, **kwargs)

    @contextmanager
    def no_sync(self):
        """Gradients are this process's own, within as without."""
        old, self.require_backward_grad_sync = self.require_backward_grad_sync, False
        try:
            yield
        finally:
            self.require_backward_grad_sync = old
