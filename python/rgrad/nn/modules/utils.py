"""What several layers share: arguments that may be one number or one per dimension, and the pair weight and bias."""
from __future__ import annotations

from ... import _C
from .. import init
from ..parameter import Parameter


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


def consume_prefix_in_state_dict_if_present(state_dict, prefix: str) -> None:
    """Take ``prefix`` off the names in a state dict, in place; other names stay, and so does the order."""
    for key in list(state_dict.keys()):
        state_dict[key.removeprefix(prefix)] = state_dict.pop(key)
    metadata = getattr(state_dict, "_metadata", None) or {}
    for key in list(metadata):
        if key and (key == prefix.removesuffix(".") or key.startswith(prefix)):
            metadata[key[len(prefix) :]] = metadata.pop(key)


def _make_affine(module, shape, affine, bias, device, dtype) -> None:
    """The parameters of a norm: ``weight`` if ``affine``, ``bias`` if both, None in place of others."""
    for name, wanted in (("weight", affine), ("bias", affine and bias)):
        value = Parameter(_C.empty(shape, device=device, dtype=dtype)) if wanted else None
        module.register_parameter(name, value)


def _reset_affine(module, affine) -> None:
    """Weight one, bias zero."""
    if affine:
        init.ones_(module.weight)
        if module.bias is not None:
            init.zeros_(module.bias)
