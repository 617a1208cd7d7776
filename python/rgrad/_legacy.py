"""The old tensor types: ``torch.FloatTensor(2, 3)``, ``torch.LongTensor([1, 2])``."""
from __future__ import annotations

from . import _C


class _TypeMeta(type(_C.Tensor)):
    """``isinstance(x, torch.FloatTensor)`` asks for the dtype."""

    def __instancecheck__(cls, instance) -> bool:
        return isinstance(instance, _C.Tensor) and instance.dtype == cls.dtype

    def __call__(cls, *args, device=None):
        if not args:
            return _C.empty(0, dtype=cls.dtype)
        if len(args) == 1 and not isinstance(args[0], (int, _C.Size)):
            data = args[0]
            return data.to(cls.dtype) if isinstance(data, _C.Tensor) else _C.tensor(data, dtype=cls.dtype)
        sizes = tuple(args[0]) if len(args) == 1 and isinstance(args[0], _C.Size) else args
        return _C.empty(sizes, dtype=cls.dtype)

    def __repr__(cls) -> str:
        return f"<class 'torch.{cls.__name__}'>"


_DTYPES = {
    "BoolTensor": "bool", "ByteTensor": "uint8", "CharTensor": "int8", "DoubleTensor": "float64",
    "FloatTensor": "float32", "HalfTensor": "float16", "BFloat16Tensor": "bfloat16", "IntTensor": "int32",
    "LongTensor": "int64", "ShortTensor": "int16",
}
for _name, _dtype in _DTYPES.items():
    globals()[_name] = type.__new__(
        _TypeMeta, _name, (), {"dtype": getattr(_C, _dtype), "__module__": "torch", "__doc__": f"Tensors of {_dtype}."}
    )
