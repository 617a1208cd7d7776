"""Padding as modules."""
from __future__ import annotations

from .. import functional as F
from .module import Module
from .utils import _ntuple

__all__ = [
    f"{kind}Pad{n}d" for kind in ("Circular", "Constant", "Reflection", "Replication", "Zero") for n in (1, 2, 3)
]


class _PadNd(Module):
    """Pads the last ``n`` dimensions; ``padding`` is one width or (left, right, top, bottom, ...)."""

    __constants__ = ["padding"]
    _mode = "constant"
    _n = 1

    def __init__(self, padding) -> None:
        super().__init__()
        self.padding = _ntuple(padding, 2 * self._n)

    def _check_input_dim(self, input) -> None:
        pass

    def forward(self, input):
        self._check_input_dim(input)
        return F.pad(input, self.padding, self._mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _ConstantPadNd(_PadNd):
    __constants__ = ["padding", "value"]

    def __init__(self, padding, value) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input):
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class _ZeroPadNd(_ConstantPadNd):
    def __init__(self, padding) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _CircularPadNd(_PadNd):
    _mode = "circular"

    def _check_input_dim(self, input) -> None:
        n = self._n
        if input.dim() not in (n + 1, n + 2):
            raise ValueError(f"expected {n + 1}D or {n + 2}D input (got {input.dim()}D input)")


class _ReflectionPadNd(_PadNd):
    _mode = "reflect"


class _ReplicationPadNd(_PadNd):
    _mode = "replicate"


_SHAPES = {1: "(N, C, L)", 2: "(N, C, H, W)", 3: "(N, C, D, H, W)"}
_WORDS = {
    "Circular": "with its own values from the other side", "Constant": "with a constant", "Zero": "with zeros",
    "Reflection": "with its mirror image", "Replication": "with its border values",
}


def _pad_class(kind: str, n: int):
    base = globals()[f"_{kind}PadNd"]
    name = f"{kind}Pad{n}d"
    body = {"_n": n, "__doc__": f"Pads {_SHAPES[n]} {_WORDS[kind]}.", "__module__": __name__, "__qualname__": name}
    return type(name, (base,), body)


for _kind in _WORDS:
    for _dims in _SHAPES:
        globals()[f"{_kind}Pad{_dims}d"] = _pad_class(_kind, _dims)
