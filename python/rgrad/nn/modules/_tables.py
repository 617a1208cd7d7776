"""The dicts inside a module: `_parameters`, `_modules`, `_buffers`, and its hooks.

An entry of a member table is also a plain attribute of the module, so that reading `self.weight` in `forward` is an
ordinary attribute read. The table is the one that is written; it passes every change on to its owners' `__dict__`.
Owners are held weakly: a module and its tables are no cycle, and `del model` frees the memory at once.
Pickles and deep copies carry plain dicts; the module makes them tables again.
"""
from __future__ import annotations

from collections import OrderedDict
from weakref import ref

_ABSENT = object()
CALL_TABLES = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


class MemberTable(dict):
    """A dict whose writes also reach the `__dict__` of the modules that own it (several after `copy.copy`)."""

    __slots__ = ("_owners", "__weakref__")

    def __init__(self, owner=None, entries=()) -> None:
        dict.__init__(self, entries)
        self._owners = ()
        if owner is not None:
            self.adopt(owner)

    def adopt(self, owner) -> None:
        """Make ``owner`` one of the modules that see the entries as attributes."""
        if all(r() is not owner for r in self._owners):
            self._owners = (*[r for r in self._owners if r() is not None], ref(owner))
        owner.__dict__.update(self)

    def _attributes(self):
        return [owner.__dict__ for owner in [r() for r in self._owners] if owner is not None]

    def __setitem__(self, name, value) -> None:
        dict.__setitem__(self, name, value)
        for r in self._owners:
            owner = r()
            if owner is not None:
                owner.__dict__[name] = value

    def __delitem__(self, name) -> None:
        dict.__delitem__(self, name)
        for attributes in self._attributes():
            attributes.pop(name, None)

    def pop(self, name, default=_ABSENT):
        if name not in self:
            if default is _ABSENT:
                raise KeyError(name)
            return default
        value = self[name]
        del self[name]
        return value

    def popitem(self):
        if not self:
            raise KeyError("popitem(): dictionary is empty")
        name = next(reversed(self))
        return name, self.pop(name)

    def clear(self) -> None:
        for name in list(self):
            del self[name]

    def setdefault(self, name, default=None):
        if name not in self:
            self[name] = default
        return self[name]

    def update(self, *args, **kwargs) -> None:
        for name, value in dict(*args, **kwargs).items():
            self[name] = value

    def __ior__(self, other):
        self.update(other)
        return self

    def __reduce_ex__(self, protocol):
        return dict, (), None, None, iter(self.items())


class HookTable(OrderedDict):
    """The hooks of one kind; a hook put in turns its module's calls from the direct to the full path."""

    def __init__(self, owner=None, entries=()) -> None:
        self._owners = ()
        OrderedDict.__init__(self, entries)
        if owner is not None:
            self.adopt(owner)

    def adopt(self, owner) -> None:
        """Make ``owner`` one of the modules whose calls run these hooks."""
        self._owners = (*[r for r in self._owners if r() is not None], ref(owner))
        if self:
            owner._has_hooks = 1

    def _tell_owners(self) -> None:
        for r in self._owners:
            owner = r()
            if owner is not None:
                owner._has_hooks = int(any(owner.__dict__.get(name) for name in CALL_TABLES))

    def __setitem__(self, key, hook) -> None:
        OrderedDict.__setitem__(self, key, hook)
        self._tell_owners()

    def __delitem__(self, key) -> None:
        OrderedDict.__delitem__(self, key)
        self._tell_owners()

    def pop(self, key, default=None):
        hook = self.get(key, default)
        if key in self:
            del self[key]
        return hook

    def clear(self) -> None:
        OrderedDict.clear(self)
        self._tell_owners()

    def __reduce_ex__(self, protocol):
        return OrderedDict, (), None, None, iter(self.items())


class LazyTable:
    """A class attribute that makes the instance's hook table when it is first asked for."""

    def __set_name__(self, cls, name) -> None:
        self.name = name

    def __get__(self, module, cls=None):
        if module is None:
            return self
        table = HookTable(module) if self.name in CALL_TABLES else OrderedDict()
        module.__dict__[self.name] = table
        return table
