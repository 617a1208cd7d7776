"""Dual numbers: tensors with a tangent. Derivatives are computed by going back twice, when they are unpacked."""
from __future__ import annotations

from typing import NamedTuple

from .. import _C
from .._functorch.derivatives import _gradients

__all__ = ["UnpackedDualTensor", "dual_level", "enter_dual_level", "exit_dual_level", "make_dual", "unpack_dual"]

_levels: list[list] = []


class UnpackedDualTensor(NamedTuple):
    """A tensor and its tangent; None where it has none."""

    primal: _C.Tensor
    tangent: _C.Tensor | None


UnpackedDualTensor.__module__ = "torch.autograd.forward_ad"


def enter_dual_level() -> int:
    """Begin a level; it ends with ``exit_dual_level``."""
    if _levels:
        raise RuntimeError("Nested forward mode AD is not supported at the moment")
    _levels.append([])
    return 0


def exit_dual_level(*, level=None) -> None:
    """End the level: tensors made in it lose their tangents."""
    if not _levels:
        raise RuntimeError("Trying to exit a forward AD level but no level was entered before.")
    _levels.pop()


class dual_level:
    """A level as a block."""

    def __enter__(self):
        return enter_dual_level()

    def __exit__(self, *exc) -> None:
        exit_dual_level()


def make_dual(tensor, tangent, *, level=None):
    """``tensor`` with a tangent. What is computed of it has one too."""
    if not _levels:
        raise RuntimeError(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to enter_dual_level() first."
        )
    if not (tensor.is_floating_point() or tensor.is_complex()):
        raise ValueError(f"Expected primal to be floating point or complex, but got: {tensor.dtype}")
    if not (tangent.is_floating_point() or tangent.is_complex()):
        raise ValueError(f"Expected tangent to be floating point or complex, but got: {tangent.dtype}")
    if tensor.shape != tangent.shape:
        raise RuntimeError(
            "Expected tangent to have the same size as its primal, but got: "
            f"{list(tangent.shape)} and {list(tensor.shape)}"
        )
    point = tensor.view_as(tensor) if tensor.requires_grad else tensor.detach().requires_grad_()
    _levels[-1].append((point, tangent))
    return point


def unpack_dual(tensor, *, level=None):
    """The tensor and its tangent."""
    if not _levels:
        return UnpackedDualTensor(tensor, None)
    for point, tangent in _levels[-1]:
        if point is tensor:
            return UnpackedDualTensor(tensor.detach(), tangent)
    if not tensor.requires_grad or not _levels[-1]:
        return UnpackedDualTensor(tensor, None)
    points, tangents = (list(column) for column in zip(*_levels[-1]))
    cotangent = _C.zeros_like(tensor).requires_grad_()
    rows = _gradients([tensor], points, [cotangent], True)
    if not any(row.requires_grad for row in rows):
        return UnpackedDualTensor(tensor.detach(), None)
    (result,) = _gradients(rows, [cotangent], tangents, any(t.requires_grad for t in tangents))
    return UnpackedDualTensor(tensor.detach(), result)
