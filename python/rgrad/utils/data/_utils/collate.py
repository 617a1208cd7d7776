"""Turning a list of samples into a batch."""
from __future__ import annotations

import sys
from collections.abc import Mapping, MutableMapping, MutableSequence, Sequence

from .... import _C

_BAD_TYPE = "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {}"


def _is_numpy(value) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, (numpy.ndarray, numpy.generic)) and not isinstance(
        value, (numpy.str_, numpy.bytes_)
    )


def _like(mapping, values: dict):
    """``values`` as a mapping of the class of ``mapping``, or as they are where that cannot be made."""
    try:
        if isinstance(mapping, MutableMapping):
            import copy

            clone = copy.copy(mapping)
            clone.update(values)
            return clone
        return type(mapping)(values)
    except TypeError:
        return values


def default_convert(data):
    """NumPy arrays inside ``data`` as tensors; everything else as it is."""
    if isinstance(data, _C.Tensor):
        return data
    if _is_numpy(data):
        if getattr(data, "ndim", 0) and data.dtype.kind in "SUaO":
            return data
        return _C.as_tensor(data)
    if isinstance(data, Mapping):
        return _like(data, {key: default_convert(data[key]) for key in data})
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*(default_convert(d) for d in data))
    if isinstance(data, tuple):
        return [default_convert(d) for d in data]
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        try:
            return type(data)([default_convert(d) for d in data])
        except TypeError:
            return [default_convert(d) for d in data]
    return data


def collate(batch, *, collate_fn_map=None):
    """Like ``default_collate``, asking ``collate_fn_map`` (type to function) first."""
    elem = batch[0]
    if collate_fn_map:
        for kind, function in collate_fn_map.items():
            if isinstance(elem, kind):
                return function(batch, collate_fn_map=collate_fn_map)
    if isinstance(elem, _C.Tensor):
        return _C.stack(batch, 0)
    if _is_numpy(elem):
        if getattr(elem, "shape", ()) == ():
            return _C.as_tensor(batch)
        if elem.dtype.kind in "SUaO":
            raise TypeError(_BAD_TYPE.format(elem.dtype))
        return _C.stack([_C.as_tensor(b) for b in batch], 0)
    if isinstance(elem, float):
        return _C.tensor(batch, dtype=_C.float64)
    if isinstance(elem, int):
        return _C.tensor(batch)
    if isinstance(elem, (str, bytes)):
        return batch
    if isinstance(elem, Mapping):
        return _like(elem, {key: collate([d[key] for d in batch], collate_fn_map=collate_fn_map) for key in elem})
    if isinstance(elem, tuple) and hasattr(elem, "_fields"):
        return type(elem)(*(collate(column, collate_fn_map=collate_fn_map) for column in zip(*batch)))
    if isinstance(elem, Sequence):
        return _collate_sequence(batch, elem, collate_fn_map)
    raise TypeError(_BAD_TYPE.format(type(elem)))


def _collate_sequence(batch, elem, collate_fn_map):
    size = len(elem)
    if any(len(sample) != size for sample in batch):
        raise RuntimeError("each element in list of batch should be of equal size")
    columns = [collate(column, collate_fn_map=collate_fn_map) for column in zip(*batch)]
    if isinstance(elem, tuple):
        return columns
    try:
        if isinstance(elem, MutableSequence):
            import copy

            clone = copy.copy(elem)
            for i, column in enumerate(columns):
                clone[i] = column
            return clone
        return type(elem)(columns)
    except TypeError:
        return columns


def default_collate(batch):
    """Stack tensors and arrays, make tensors of numbers, and do so inside dicts, lists and tuples.

    >>> default_collate([(torch.ones(2), 1), (torch.zeros(2), 0)])
    [tensor([[1., 1.],
            [0., 0.]]), tensor([1, 0])]
    """
    return collate(batch)
