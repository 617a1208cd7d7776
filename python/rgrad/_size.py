"""``torch.Size``: the sizes of a tensor, a tuple of ints."""


class Size(tuple):
    """A tuple of ints with ``numel()``; slices and sums stay a Size."""

    __slots__ = ()

    def numel(self) -> int:
        """The number of elements that a tensor of this size has."""
        count = 1
        for size in self:
            count *= size
        return count

    def __repr__(self) -> str:
        return "torch.Size([" + ", ".join(map(str, self)) + "])"

    __str__ = __repr__

    def __getitem__(self, index):
        item = tuple.__getitem__(self, index)
        return Size(item) if isinstance(index, slice) else item

    def __add__(self, other):
        return Size(tuple.__add__(self, other))

    def __radd__(self, other):
        return Size(tuple.__add__(tuple(other), self))

    def __mul__(self, count):
        return Size(tuple.__mul__(self, count))

    __rmul__ = __mul__

    def __reduce__(self):
        import sys

        # As PyTorch's files have it; where ``torch`` is not this package, by a name that is.
        ours = sys.modules.get("torch") is sys.modules.get("rgrad")
        return (Size if ours else _rebuild, (tuple(self),))


def _rebuild(sizes):
    return Size(sizes)


Size.__module__ = "torch"
