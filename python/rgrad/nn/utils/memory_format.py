"""Memory formats of convolution weights."""
from __future__ import annotations

__all__ = ["convert_conv2d_weight_memory_format", "convert_conv3d_weight_memory_format"]


def _convert(module, memory_format, ndim):
    for child in module.modules():
        weight = getattr(child, "weight", None)
        if weight is not None and weight.dim() == ndim and "Conv" in type(child).__name__:
            weight.data = weight.detach().clone(memory_format=memory_format)
    return module


def convert_conv2d_weight_memory_format(module, memory_format):
    """Give every 4-d convolution weight the memory format."""
    return _convert(module, memory_format, 4)


def convert_conv3d_weight_memory_format(module, memory_format):
    """Give every 5-d convolution weight the memory format."""
    return _convert(module, memory_format, 5)
