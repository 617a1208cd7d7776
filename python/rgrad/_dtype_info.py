"""``finfo`` and ``iinfo``: the limits of dtypes."""
from __future__ import annotations

from . import _C

# name: (bits, digits of the significand, smallest exponent, largest exponent)
_FLOATS = {"float16": (16, 11, -14, 15), "bfloat16": (16, 8, -126, 127), "float32": (32, 24, -126, 127),
           "float64": (64, 53, -1022, 1023)}
_INTS = {"uint8": (8, False), "int8": (8, True), "int16": (16, True), "int32": (32, True), "int64": (64, True)}


def _name(dtype) -> str:
    return repr(dtype).rpartition(".")[2]


class finfo:
    """The limits of a floating-point dtype (the default dtype if none is given)."""

    def __init__(self, type=None) -> None:
        dtype = _C.get_default_dtype() if type is None else type
        name = _name(dtype)
        if name not in _FLOATS:
            raise TypeError("torch.finfo() requires a floating point input type. Use torch.iinfo to handle 'torch.finfo'")
        self.bits, digits, low, high = _FLOATS[name]
        self.dtype = name
        self.eps = 2.0 ** (1 - digits)
        self.tiny = self.smallest_normal = 2.0**low
        self.max = (2 - self.eps) * 2.0**high
        self.min = -self.max
        self.resolution = 10.0 ** -int((digits - 1) * 0.30102999566398120)

    def __repr__(self) -> str:
        return (f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, eps={self.eps:g}, "
                f"smallest_normal={self.smallest_normal:g}, tiny={self.tiny:g}, dtype={self.dtype})")


class iinfo:
    """The limits of an integer dtype."""

    def __init__(self, type) -> None:
        name = _name(type)
        if name not in _INTS:
            raise TypeError("torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.iinfo'")
        self.bits, signed = _INTS[name]
        self.dtype = name
        self.min = -(2 ** (self.bits - 1)) if signed else 0
        self.max = 2 ** (self.bits - signed) - 1

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"
