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


def _comparison(name: str):
    def compare(self, other):
        try:
            keys = _key(self), _key(other)
        except (TypeError, ValueError):
            return getattr(str, name)(self, other)
        return getattr(tuple, name)(*keys)

    return compare


for _name in ("__lt__", "__le__", "__gt__", "__ge__", "__eq__", "__ne__"):
    setattr(TorchVersion, _name, _comparison(_name))

__version__ = TorchVersion("2.13.0+rgrad")
