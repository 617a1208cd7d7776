"""The ``reduction`` argument of losses: its numbers in the core, and the two legacy flags it replaced."""
from __future__ import annotations


class _Codes(dict):
    def __missing__(self, reduction):
        raise ValueError(f"{reduction} is not a valid value for reduction")


CODES = _Codes(none=0, mean=1, sum=2, elementwise_mean=1)


def legacy_get_string(size_average, reduce, emit_warning: bool = True) -> str:
    """The reduction that the old flags mean."""
    size_average = True if size_average is None else size_average
    reduce = True if reduce is None else reduce
    reduction = "none" if not reduce else "mean" if size_average else "sum"
    if emit_warning:
        import warnings

        warnings.warn(
            f"size_average and reduce args will be deprecated, please use reduction='{reduction}' instead.",
            stacklevel=3,
        )
    return reduction


def get_enum(reduction: str) -> int:
    """0, 1, 2 for none, mean, sum."""
    return CODES[reduction]
