"""Parameters as one vector."""
from __future__ import annotations

from ... import _C

__all__ = ["parameters_to_vector", "vector_to_parameters"]


def parameters_to_vector(parameters):
    """All parameters, flattened and joined."""
    return _C.cat([param.view(-1) for param in parameters])


def vector_to_parameters(vec, parameters) -> None:
    """Cut a vector into the parameters' data."""
    if not isinstance(vec, _C.Tensor):
        raise TypeError(f"expected torch.Tensor, but got: {type(vec).__name__}")
    start = 0
    for param in parameters:
        count = param.numel()
        param.data = vec[start : start + count].view_as(param).data
        start += count
