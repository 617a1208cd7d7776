"""Names for annotations."""
from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import IO, Any, Union

from . import _C

__all__ = ["Device", "FileLike", "IntLikeType", "Number", "Storage"]

_bool, _bytes, _complex, _float, _int, _str = bool, bytes, complex, float, int, str

Tensor = _C.Tensor
_dtype = _C.dtype
_device = _C.device
_TensorOrTensors = Union[Tensor, Sequence[Tensor]]
_size = Union[_C.Size, "list[int]", "tuple[int, ...]"]
_dispatchkey = Union[str, Any]
IntLikeType = int
FloatLikeType = float
BoolLikeType = bool
Number = Union[int, float, bool]
_Number = (_int, _float, _bool)
FileLike = Union[str, "PathLike[str]", IO[bytes]]
Device = Union[_C.device, str, int, None]
Storage = Any
