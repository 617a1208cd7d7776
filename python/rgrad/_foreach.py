"""``torch._foreach_add`` and its kin: one operation over lists of tensors, as optimizers of other libraries call it."""
from __future__ import annotations

from . import _C
from ._C import Tensor

_UNARY = (
    "abs acos asin atan ceil cos cosh erf erfc exp expm1 floor frac lgamma log log10 log1p log2 neg reciprocal round rsqrt "
    "sigmoid sign sin sinh sqrt tan tanh trunc"
)
_BINARY = "add sub mul div pow maximum minimum clamp_max clamp_min lerp addcmul addcdiv"
_NAMES = frozenset(_UNARY.split() + _BINARY.split())
# Those that exist in one form only.
_MORE = ("clone", "copy_", "max", "mm", "norm", "zero_")
# With a number: what does the same.
_WITH_NUMBER = {"maximum": "clamp_min", "minimum": "clamp_max"}


def _is_list(argument) -> bool:
    return isinstance(argument, (list, tuple))


def _rows(arguments) -> list:
    """The arguments of each call: items of lists, and what is no list for all."""
    lists = [a for a in arguments if _is_list(a)]
    if not lists or not lists[0]:
        raise RuntimeError("Tensor list must have at least one tensor.")
    count = len(lists[0])
    for other in lists[1:]:
        if len(other) != count:
            if other and not isinstance(other[0], Tensor):
                raise RuntimeError("Tensor list must have same number of elements as scalar list.")
            raise RuntimeError(f"Tensor lists must have the same number of tensors, got {count} and {len(other)}")
    return [[a[i] if _is_list(a) else a for a in arguments] for i in range(count)]


def _call(operation: str, in_place: bool, row, options):
    if operation in ("addcmul", "addcdiv") and len(row) == 4:
        *row, value = row
        options = {"value": value}
    if operation in _WITH_NUMBER and not isinstance(row[1], Tensor):
        operation = _WITH_NUMBER[operation]
    if operation == "norm":
        return _C.linalg_vector_norm(row[0], *row[1:], **options)
    if in_place and operation in _WITH_NUMBER:
        return getattr(_C, operation)(*row, out=row[0])
    if in_place:
        return getattr(row[0], operation + "_")(*row[1:], **options)
    return getattr(_C, operation)(*row, **options)


def function(name: str):
    """``torch._foreach_<name>``, or None."""
    in_place = name.endswith("_")
    operation = name.removesuffix("_")
    if operation not in _NAMES and name not in _MORE:
        return None

    def foreach(*arguments, **options):
        if len(arguments) == 4 and isinstance(arguments[3], Tensor):
            # The values of addcmul and addcdiv, one for each tensor.
            arguments = (*arguments[:3], arguments[3].tolist())
        results = [_call(operation, in_place, row, options) for row in _rows(arguments)]
        return arguments[0] if in_place else tuple(results)

    foreach.__name__ = foreach.__qualname__ = f"_foreach_{name}"
    foreach.__doc__ = f"``{name}`` of every tensor in a list; further lists give one argument to each."
    return foreach
