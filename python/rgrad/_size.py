"""``torch.Size``: the sizes of a tensor, a tuple of ints."""
from itertools import count
from math import prod
from operator import index


def _size(place: int, size) -> int:
    try:
        return index(size)
    except TypeError:
        raise TypeError(f"torch.Size() takes an iterable of 'int' (item {place} is '{type(size).__name__}')") from None


class Size(tuple):
    """A tuple of ints with ``numel()``; slices and sums stay a Size."""

    __slots__ = ()

    def __new__(cls, sizes=()):
        return tuple.__new__(cls, map(_size, count(), sizes))

    def numel(self) -> int:
        """The number of elements that a tensor of this size has."""
        return prod(self)

    def __repr__(self) -> str:
        return "torch.Size([" + ", ".join(map(str, self)) + "])"

    __str__ = __repr__

    def __getitem__(self, place):
        item = tuple.__getitem__(self, place)
        return _of_ints(item) if isinstance(place, slice) else item

    def __add__(self, other):
        return Size(tuple.__add__(self, other))

    def __radd__(self, other):
        return Size(tuple.__add__(tuple(other), self))

    def __mul__(self, times):
        return _of_ints(tuple.__mul__(self, times))

    __rmul__ = __mul__

    def __reduce__(self):
        import sys

        # As PyTorch's files have it; where ``torch`` is not this package, by a name that is.
        ours = sys.modules.get("torch") is sys.modules.get("rgrad")
        return (Size if ours else _rebuild, (tuple(self),))


def _of_ints(sizes: tuple) -> Size:
    """A Size of what another one held, which needs no look at its items."""
    return tuple.__new__(Size, sizes)


def _rebuild(sizes):
    return Size(sizes)


Size.__module__ = "torch"
