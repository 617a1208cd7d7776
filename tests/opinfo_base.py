"""How a row of samples is written: inputs by number, the same in rgrad and in PyTorch.

A row's samples are functions of a ``Make``, which gives the same inputs in rgrad and in PyTorch. A sample returns
the positional arguments, or (arguments, keywords). The rows are in opinfo.py.
"""
from __future__ import annotations

import math
import random
from typing import Callable, NamedTuple


class Make:
    """Inputs by number: the k-th request of a sample gives the same values whatever the library."""

    def __init__(self, torch, dtype, seed: str, grad: bool = False) -> None:
        self.torch, self.dtype, self.grad = torch, dtype, grad
        self.random = random.Random(seed)

    def __call__(self, *shape: int, low: float = -2.0, high: float = 2.0, dtype=None, grad: bool = True):
        """Values of [low, high), rounded to quarters so that every dtype holds them; floats carry gradients."""
        torch, dtype = self.torch, dtype or self.dtype
        values = [self._value(low, high, repr(dtype)) for _ in range(math.prod(shape))]
        out = torch.tensor(values, dtype=dtype).reshape(shape)
        return out.requires_grad_() if self.grad and grad and dtype.is_floating_point else out

    def _value(self, low: float, high: float, dtype: str):
        x = self.random.uniform(low, high)
        if "float64" in dtype or "float32" in dtype:
            return round(x, 3)
        if "float" in dtype:
            return round(x * 4) / 4
        if "bool" in dtype:
            return x > (low + high) / 2
        return max(round(x), 0) if "uint" in dtype else round(x)

    def index(self, *shape: int, below: int):
        """Positions of [0, below)."""
        values = [self.random.randrange(below) for _ in range(math.prod(shape))]
        return self.torch.tensor(values, dtype=self.torch.int64).reshape(shape)

    def mask(self, *shape: int):
        return self.torch.tensor([self.random.random() < 0.5 for _ in range(math.prod(shape))]).reshape(shape)


class Op(NamedTuple):
    """``name`` as in the table; ``method`` where PyTorch has no function; ``grad`` where derivatives exist.

    ``dtypes`` bounds the golden dtypes, where PyTorch's own choice among equal elements is not promised.
    """

    name: str
    samples: list
    method: bool = False
    grad: bool = True
    second: bool = True
    call: Callable | None = None
    dtypes: tuple | None = None

    def function(self, torch):
        if self.call is not None:
            return lambda *args, **kwargs: self.call(torch, *args, **kwargs)
        return getattr(torch.Tensor if self.method else torch, self.name)


def arguments(sample, make):
    """A sample's positional and keyword arguments."""
    out = sample(make)
    if len(out) == 2 and isinstance(out[0], tuple) and isinstance(out[1], dict):
        return out
    return out, {}


def unary(low=-2.0, high=2.0):
    """Shapes: plain, 0-d, empty, transposed, a strided piece."""
    return [
        lambda m: (m(2, 3, low=low, high=high),),
        lambda m: (m(low=low, high=high),),
        lambda m: (m(0, 3, low=low, high=high),),
        lambda m: (m(3, 2, low=low, high=high).t(),),
        lambda m: (m(4, 6, low=low, high=high)[1:, ::2],),
    ]


def number_first(low=-2.0):
    """A Python number on the left."""
    return [lambda m: (2, m(2, 3, low=low)), lambda m: (0.5, m(3, low=low)), lambda m: (True, m(3, low=low))]


def binary(low=-2.0, high=2.0):
    """Same shapes, broadcasting both ways, 0-d, a number, mixed strides."""
    return [
        lambda m: (m(2, 3), m(2, 3, low=low, high=high)),
        lambda m: (m(2, 1, 3), m(4, 1, low=low, high=high)),
        lambda m: (m(2, 3), m(low=low, high=high)),
        lambda m: (m(2, 3), 2),
        lambda m: (m(2, 3), 1.5),
        lambda m: (m(3, 2).t(), m(2, 3, low=low, high=high)),
        lambda m: (m(0, 3), m(1, 3, low=low, high=high)),
    ]


def along(*dims, **kwargs):
    """A reduction: everything, and each of ``dims`` with and without keepdim."""
    out = [lambda m: (m(2, 3, 4),), lambda m: (m(),)]
    for dim in dims:
        for keepdim in (False, True):
            out.append(lambda m, d=dim, k=keepdim: ((m(2, 3, 4), d), {"keepdim": k, **kwargs}))
    return out
