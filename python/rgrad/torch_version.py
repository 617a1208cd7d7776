"""The version as a string that compares by its numbers."""
from __future__ import annotations


def _key(version) -> tuple:
    """What orders versions: the numbers; before, of or after the release; what stands behind the plus sign."""
    import re

    if not isinstance(version, str):
        version = ".".join(str(part) for part in version)
    public, _, local = version.partition("+")
    match = re.match(r"v?(\d+(?:\.\d+)*)", public)
    if match is None:
        raise ValueError(f"Invalid version: {version!r}")
    numbers = [int(part) for part in match.group(1).split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    rest = public[match.end() :]
    return numbers, 0 if not rest else 1 if "post" in rest else -1, local


class TorchVersion(str):
    """``torch.__version__``: compares with strings and with tuples of numbers."""

    def _ordered(self, other, compare, plain):
        try:
            return compare(_key(self), _key(other))
        except (TypeError, ValueError):
            return plain(str(self), other)

    def __lt__(self, other):
        return self._ordered(other, lambda a, b: a < b, str.__lt__)

    def __le__(self, other):
        return self._ordered(other, lambda a, b: a <= b, str.__le__)

    def __gt__(self, other):
        return self._ordered(other, lambda a, b: a > b, str.__gt__)

    def __ge__(self, other):
        return self._ordered(other, lambda a, b: a >= b, str.__ge__)

    def __eq__(self, other):
        return self._ordered(other, lambda a, b: a == b, str.__eq__)

    def __ne__(self, other):
        return not self == other

    __hash__ = str.__hash__


__version__ = TorchVersion("2.13.0+rgrad")
