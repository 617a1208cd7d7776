"""Tools for the graph: what is saved in it, and its nodes."""
from __future__ import annotations

from .. import _C

__all__ = ["Node", "disable_saved_tensors_hooks", "saved_tensors_hooks", "save_on_cpu"]


class saved_tensors_hooks:
    """In the block, ``pack_hook`` sees every tensor that is saved and ``unpack_hook`` what it returned, when needed."""

    def __init__(self, pack_hook, unpack_hook) -> None:
        self.pack_hook, self.unpack_hook = pack_hook, unpack_hook

    def __enter__(self) -> None:
        _C._push_saved_tensors_hooks(self.pack_hook, self.unpack_hook)

    def __exit__(self, *exc) -> None:
        _C._pop_saved_tensors_hooks()


class save_on_cpu(saved_tensors_hooks):
    """Everything is on the CPU already: saves copies as they are."""

    def __init__(self, pin_memory=False, device_type="cuda") -> None:
        super().__init__(lambda tensor: tensor, lambda packed: packed)


class disable_saved_tensors_hooks:
    """In the block, saved-tensor hooks raise ``error_message``."""

    def __init__(self, error_message: str) -> None:
        self.message = error_message

    def __enter__(self) -> None:
        self.prev = _C._saved_tensors_hooks_disabled(self.message)

    def __exit__(self, *exc) -> None:
        _C._saved_tensors_hooks_disabled(self.prev)


def __getattr__(name: str):
    if name == "Node" and hasattr(_C, "Node"):
        return _C.Node
    raise AttributeError(f"module 'torch.autograd.graph' has no attribute '{name}'")
