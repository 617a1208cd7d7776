"""Arguments that may be one number or one per dimension."""
from __future__ import annotations


def _ntuple(value, n: int) -> tuple:
    return tuple(value) if hasattr(value, "__iter__") else (value,) * n


def _single(value):
    return _ntuple(value, 1)


def _pair(value):
    return _ntuple(value, 2)


def _triple(value):
    return _ntuple(value, 3)


def _quadruple(value):
    return _ntuple(value, 4)
