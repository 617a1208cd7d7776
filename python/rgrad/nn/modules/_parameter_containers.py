"""Containers of parameters, and what they share with containers of modules."""
from __future__ import annotations

import operator

from ..._C import Tensor
from ..parameter import Parameter
from .module import Module, typename


def _to_index(index) -> int:
    return operator.index(index)


def _update(target, source, name, words) -> None:
    if not hasattr(source, "__iter__"):
        raise TypeError(
            f"{name.replace('ParameterDict', 'ParametersDict')}.update should be called with an iterable of {words}, "
            f"but got {type(source).__name__}"
        )
    if hasattr(source, "items"):
        for key, value in source.items():
            target[key] = value
        return
    for i, pair in enumerate(source):
        if not hasattr(pair, "__iter__"):
            raise TypeError(f"{name} update sequence element #{i} should be Iterable; is{type(pair).__name__}")
        pair = list(pair)
        if len(pair) != 2:
            raise ValueError(f"{name} update sequence element #{i} has length {len(pair)}; 2 is required")
        target[pair[0]] = pair[1]


class _ParameterHolder(Module):
    """What ParameterList and ParameterDict share: values that are parameters, or anything else."""

    _by_dtype = False

    @staticmethod
    def _wrap(value):
        return Parameter(value) if isinstance(value, Tensor) and not isinstance(value, Parameter) else value

    def _describe(self, value) -> str:
        if isinstance(value, Tensor):
            size = "x".join(str(n) for n in value.size())
            kind = "Parameter" if isinstance(value, Parameter) else "Tensor"
            return f"{kind} containing: [{value.dtype if self._by_dtype else typename(value)} of size {size}]"
        return f"Object of type: {type(value).__name__}"

    def __call__(self, *args, **kwargs):
        raise RuntimeError(f"{type(self).__name__} should not be called.")


class ParameterList(_ParameterHolder):
    """A list of parameters; tensors put in become parameters."""

    _by_dtype = True

    def __init__(self, values=None) -> None:
        super().__init__()
        self._size = 0
        if values is not None:
            self += values

    def _key(self, index) -> str:
        index = _to_index(index)
        if not -len(self) <= index < len(self):
            raise IndexError(f"index {index} is out of range")
        return str(index + len(self) if index < 0 else index)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return type(self)(getattr(self, str(i)) for i in range(*index.indices(len(self))))
        return getattr(self, self._key(index))

    def __setitem__(self, index, value) -> None:
        setattr(self, self._key(index), self._wrap(value))

    def __len__(self) -> int:
        return self._size

    def __iter__(self):
        return iter([getattr(self, str(i)) for i in range(len(self))])

    def __iadd__(self, values):
        return self.extend(values)

    def __dir__(self):
        return [key for key in super().__dir__() if not key.isdigit()]

    def append(self, value):
        """Add a value at the end."""
        self._size += 1
        self[self._size - 1] = value
        return self

    def extend(self, values):
        """Add every value of an iterable at the end."""
        if not hasattr(values, "__iter__") or isinstance(values, (Tensor, str)):
            raise TypeError(
                f"ParameterList.extend should be called with an iterable, but got {type(values).__name__}"
            )
        for value in list(values):
            self.append(value)
        return self

    def extra_repr(self) -> str:
        return "\n".join(f"  ({i}): {self._describe(value)}" for i, value in enumerate(self))


class ParameterDict(_ParameterHolder):
    """A dict of parameters; tensors put in become parameters."""

    def __init__(self, parameters=None) -> None:
        super().__init__()
        self._keys: dict[str, None] = {}
        if parameters is not None:
            self.update(parameters)

    def _attribute(self, key) -> str:
        if not isinstance(key, str):
            raise TypeError(
                f"Index given to ParameterDict cannot be used as a key as it is not a string (type is '{type(key).__name__}'). "
                "Open an issue on github if you need non-string keys."
            )
        return key

    def __getitem__(self, key):
        return getattr(self, self._attribute(key))

    def __setitem__(self, key, value) -> None:
        setattr(self, self._attribute(key), self._wrap(value))
        self._keys[key] = None

    def __delitem__(self, key) -> None:
        del self._keys[key]
        delattr(self, self._attribute(key))

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self):
        return iter(self._keys)

    def __reversed__(self):
        return reversed(list(self._keys))

    def __contains__(self, key) -> bool:
        return key in self._keys

    def __or__(self, other):
        out = self.copy()
        out.update(other)
        return out

    def __ror__(self, other):
        out = ParameterDict(other)
        out.update(self)
        return out

    def __ior__(self, other):
        self.update(other)
        return self

    def copy(self):
        """A new dict with the same values."""
        return ParameterDict(dict(self.items()))

    def setdefault(self, key, default=None):
        """The value at ``key``, which becomes ``default`` if it was not there."""
        if key not in self:
            self[key] = default
        return self[key]

    def clear(self) -> None:
        """Remove everything."""
        for key in list(self._keys):
            del self[key]

    def pop(self, key):
        """Remove the value at ``key`` and return it."""
        value = self[key]
        del self[key]
        return value

    def popitem(self):
        """Remove the last pair (key, value) and return it."""
        key, _ = self._keys.popitem()
        self._keys[key] = None
        return key, self.pop(key)

    def get(self, key, default=None):
        """The value at ``key``, or ``default``."""
        return self[key] if key in self else default

    def fromkeys(self, keys, default=None):
        """A new dict with ``keys``, each with the value ``default``."""
        return ParameterDict((key, default) for key in keys)

    def keys(self):
        """The keys."""
        return self._keys.keys()

    def items(self):
        """Pairs (key, value)."""
        return ((key, self[key]) for key in self._keys)

    def values(self):
        """The values."""
        return (self[key] for key in self._keys)

    def update(self, parameters) -> None:
        """Add the values of a mapping, or of an iterable of pairs."""
        _update(self, parameters, "ParameterDict", "key/value pairs")

    def extra_repr(self) -> str:
        return "\n".join(f"  ({key}): {self._describe(value)}" for key, value in self.items())


for _cls in (ParameterList, ParameterDict):
    _cls.__module__ = "torch.nn.modules.container"
