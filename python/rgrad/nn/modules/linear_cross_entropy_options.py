"""LinearCrossEntropyOptions."""
from __future__ import annotations

__all__ = ["LinearCrossEntropyOptions"]

_FIELDS = dict(allow_retain_graph=False, batch_chunk_size=None, chunking_method="auto", acc_policy="auto", acc_dtype=None)


class LinearCrossEntropyOptions:
    """How ``linear_cross_entropy`` may cut its batch: PyTorch's fields, with its checks.

    rgrad computes the whole batch at once, in the input's dtype: the options bound PyTorch's memory and never change the
    value, so here they change nothing. Frozen. See https://pytorch.org/docs/stable/nn.functional.html.
    """

    __slots__ = tuple(_FIELDS)

    def __init__(self, *args, **kwargs) -> None:
        given = dict(zip(_FIELDS, args)) | kwargs
        if len(args) > len(_FIELDS) or not given.keys() <= _FIELDS.keys():
            raise TypeError(f"LinearCrossEntropyOptions takes {', '.join(_FIELDS)}")
        for name, value in (_FIELDS | given).items():
            object.__setattr__(self, name, value)
        self._check()

    def _check(self) -> None:
        from ... import bfloat16, float16, float32, float64

        if self.acc_policy not in ("auto", "accurate", "balanced", "compact"):
            raise ValueError(f"invalid acc_policy: {self.acc_policy!r}")
        if self.chunking_method not in (None, "auto"):
            name, colon, factor = self.chunking_method.partition(":")
            if name != "aspect_ratio" or colon and not (factor.isdigit() and int(factor) > 0):
                raise ValueError(f"invalid chunking_method: {self.chunking_method!r}")
        size = self.batch_chunk_size
        if size is not None and not (isinstance(size, int) and size > 0):
            raise ValueError(f"batch_chunk_size must be positive int or None, got {size!r}")
        if self.acc_dtype not in (None, float16, bfloat16, float32, float64):
            raise ValueError(
                f"acc_dtype must be one of {{None, torch.float16, torch.bfloat16, torch.float32, torch.float64}}, "
                f"got {self.acc_dtype!r}. Pass acc_dtype=None to let the op pick automatically."
            )

    def __setattr__(self, name: str, value) -> None:
        raise AttributeError(f"cannot assign to field {name!r}")

    def __eq__(self, other) -> bool:
        return type(other) is type(self) and all(getattr(self, name) == getattr(other, name) for name in _FIELDS)

    def __hash__(self) -> int:
        return hash(tuple(getattr(self, name) for name in _FIELDS))

    def __repr__(self) -> str:
        return f"LinearCrossEntropyOptions({', '.join(f'{name}={getattr(self, name)!r}' for name in _FIELDS)})"
