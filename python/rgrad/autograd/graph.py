"""Tools for the graph: what is saved in it, and its nodes."""
from __future__ import annotations

from typing import Any, NamedTuple

from .. import _C

__all__ = [
    "GradientEdge", "Node", "disable_saved_tensors_hooks", "get_gradient_edge", "increment_version",
    "register_multi_grad_hook", "saved_tensors_hooks", "save_on_cpu",
]


class GradientEdge(NamedTuple):
    """Where a gradient enters the graph: a node, and which of its outputs."""

    node: Any
    output_nr: int


GradientEdge.__module__ = "torch.autograd.graph"


def _node_of(tensor):
    if tensor.grad_fn is not None:
        return tensor.grad_fn
    # The node of a leaf is reached through a view of it.
    return tensor.view_as(tensor).grad_fn.next_functions[0][0]


def get_gradient_edge(tensor) -> GradientEdge:
    """The edge at which the gradient of ``tensor`` arrives."""
    if not tensor.requires_grad:
        raise RuntimeError(
            "It is not possible to get the gradient edge for a Tensor that does not require gradients"
        )
    return GradientEdge(_node_of(tensor), tensor.output_nr)


def increment_version(tensor) -> None:
    """Count a change of a tensor, or of several, that nobody else counted."""
    for one in (tensor,) if isinstance(tensor, _C.Tensor) else tensor:
        # A change of no element: the counter is shared with the view.
        one.detach().reshape(-1)[:0].zero_() if one.is_contiguous() else one.detach()[..., :0].zero_()


class _Handles:
    """Several hooks as one handle."""

    def __init__(self, handles) -> None:
        self.handles = handles

    def remove(self) -> None:
        for handle in self.handles:
            handle.remove()

    def __enter__(self):
        return self

    def __exit__(self, *exc) -> None:
        self.remove()


def register_multi_grad_hook(tensors, fn, *, mode="all"):
    """``fn`` of the gradients of several tensors: of all together, or (``mode="any"``) of the first that is there.

    A tensor that a backward does not reach leaves ``mode="all"`` waiting for it: this engine cannot be asked
    beforehand which tensors it will reach.
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    tensors = list(tensors)
    found: dict[int, Any] = {}
    state = {"called": False}

    def each(i, grad) -> None:
        if mode == "any":
            if not state["called"]:
                state["called"] = True
                fn(grad)
            found[i] = None
        else:
            found[i] = grad
        if len(found) == len(tensors):
            grads = [found[k] for k in range(len(tensors))]
            found.clear()
            state["called"] = False
            if mode == "all":
                fn(grads)

    hooks = [t.register_hook(lambda grad, i=i: each(i, grad)) for i, t in enumerate(tensors)]
    return _Handles(hooks)


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
