"""Module: the base of all layers. Its call is compiled; see `_tables` for how members are kept."""
from __future__ import annotations

from ..._C import ModuleBase, Parameter, Tensor
from ..._lazy import public_name
from ..._settings import typename
from ..parameter import Buffer
from . import _hooks
from ._convert import ConvertMixin
from ._hooks import (
    HooksMixin,
    register_module_backward_hook,
    register_module_buffer_registration_hook,
    register_module_forward_hook,
    register_module_forward_pre_hook,
    register_module_full_backward_hook,
    register_module_full_backward_pre_hook,
    register_module_module_registration_hook,
    register_module_parameter_registration_hook,
)
from ._state import StateDictMixin, _IncompatibleKeys
from ._tables import CALL_TABLES, HookTable, MemberTable
from ._walk import WalkMixin, _addindent

__all__ = [
    "Module",
    "register_module_backward_hook",
    "register_module_buffer_registration_hook",
    "register_module_forward_hook",
    "register_module_forward_pre_hook",
    "register_module_full_backward_hook",
    "register_module_full_backward_pre_hook",
    "register_module_module_registration_hook",
    "register_module_parameter_registration_hook",
]

_TABLES = ("_parameters", "_modules", "_buffers")


class _AttributeError:
    """Added to a class that defines ``__getattr__``, so that its ``super().__getattr__(name)`` finds one.

    Module itself has none, which keeps attribute reads fast: members are in ``__dict__``, and a name that is not
    there is missing.
    """

    __slots__ = ()

    def __getattr__(self, name: str):
        for table in _TABLES:
            members = self.__dict__.get(table)
            if members is not None and name in members:
                return members[name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")


def _rebuild(module: str, qualname: str):
    """A new empty instance of one of rgrad's own module classes (pickles name it so)."""
    from importlib import import_module

    cls = import_module("rgrad" + module)
    for part in qualname.split("."):
        cls = getattr(cls, part)
    return cls.__new__(cls)


class Module(ConvertMixin, HooksMixin, StateDictMixin, WalkMixin, ModuleBase):
    """Base class of all layers and models: finds the parameters and submodules that are assigned to it.

    >>> class Net(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.fc = nn.Linear(4, 2)
    ...     def forward(self, x):
    ...         return self.fc(x)
    >>> [name for name, _ in Net().named_parameters()]
    ['fc.weight', 'fc.bias']
    """

    dump_patches = False
    call_super_init = False
    training: bool

    def __init__(self, *args, **kwargs) -> None:
        if not self.call_super_init:
            if kwargs:
                raise TypeError(
                    f"{type(self).__name__}.__init__() got an unexpected keyword argument '{next(iter(kwargs))}'"
                )
            if args:
                raise TypeError(
                    f"{type(self).__name__}.__init__() takes 1 positional argument but {len(args) + 1} were given"
                )
        attributes = self.__dict__
        attributes["training"] = True
        for name in _TABLES:
            attributes[name] = MemberTable(self)
        attributes["_non_persistent_buffers_set"] = set()
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    def __init_subclass__(cls, **kwargs) -> None:
        super().__init_subclass__(**kwargs)
        cls.__module__ = public_name(cls.__module__)
        if "__getattr__" in cls.__dict__ and not issubclass(cls, _AttributeError):
            cls.__bases__ = (*cls.__bases__, _AttributeError)

    def forward(self, *input):
        """What the module computes; every subclass writes its own."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    # ---- members -------------------------------------------------------------------------------------------------

    def _check_new(self, kind: str, name, table: str) -> None:
        """Refuse a name that cannot be a member's."""
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {typename(name)}")
        exists = hasattr(self, name) and name not in self.__dict__[table]
        if kind == "module" and exists:
            raise KeyError(f"attribute '{name}' already exists")
        if "." in name:
            raise KeyError(f"{kind} name can't contain \".\"" + (f", got: {name}" if kind == "module" else ""))
        if name == "":
            raise KeyError(f'{kind} name can\'t be empty string ""')
        if exists:
            raise KeyError(f"attribute '{name}' already exists")

    def register_buffer(self, name: str, tensor, persistent: bool = True) -> None:
        """Add a tensor that is state but no parameter; ``persistent`` puts it into ``state_dict``."""
        if "_buffers" not in self.__dict__:
            raise AttributeError("cannot assign buffer before Module.__init__() call")
        self._check_new("buffer", name, "_buffers")
        if tensor is not None and not (isinstance(tensor, Tensor) or hasattr(tensor, "__torch_function__")):
            raise TypeError(
                f"cannot assign '{typename(tensor)}' object to buffer '{name}' (torch Tensor or None required)"
            )
        for hook in _hooks._global_buffer_hooks.values():
            new = hook(self, name, tensor)
            tensor = tensor if new is None else new
        self._put("_buffers", name, tensor)
        if persistent:
            self._non_persistent_buffers_set.discard(name)
        else:
            self._non_persistent_buffers_set.add(name)

    def register_parameter(self, name: str, param) -> None:
        """Add a parameter (or None, to hold its place)."""
        if "_parameters" not in self.__dict__:
            raise AttributeError("cannot assign parameter before Module.__init__() call")
        self._check_new("parameter", name, "_parameters")
        if param is not None:
            if not isinstance(param, Parameter):
                raise TypeError(
                    f"cannot assign '{typename(param)}' object to parameter '{name}' "
                    "(torch.nn.Parameter or None required)"
                )
            if param.grad_fn is not None:
                raise ValueError(
                    f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be created "
                    f"explicitly. To express '{name}' as a function of another Tensor, compute the value in the "
                    "forward() method."
                )
            for hook in _hooks._global_parameter_hooks.values():
                new = hook(self, name, param)
                param = param if new is None else new
        self._put("_parameters", name, param)

    def add_module(self, name: str, module) -> None:
        """Add a submodule (or None) under ``name``."""
        if not isinstance(module, Module) and module is not None:
            raise TypeError(f"{typename(module)} is not a Module subclass")
        self._check_new("module", name, "_modules")
        self._put("_modules", name, self._run_module_hooks(name, module))

    def register_module(self, name: str, module) -> None:
        """The same as ``add_module``."""
        self.add_module(name, module)

    def _run_module_hooks(self, name, module):
        for hook in _hooks._global_module_hooks.values():
            new = hook(self, name, module)
            module = module if new is None else new
        return module

    def _table(self, name: str) -> MemberTable:
        """One of the three tables, ours again if something replaced or revived it."""
        table = self.__dict__.get(name)
        if not isinstance(table, MemberTable):
            table = self.__dict__[name] = MemberTable(self, table or ())
        elif all(r() is not self for r in table._owners):
            table.adopt(self)
        return table

    def _put(self, table: str, name: str, value) -> None:
        self._table(table)[name] = value

    def __setattr__(self, name: str, value) -> None:
        attributes = self.__dict__
        if isinstance(value, Parameter):
            if "_parameters" not in attributes:
                raise AttributeError("cannot assign parameters before Module.__init__() call")
            self._forget(name, "_parameters")
            self.register_parameter(name, value)
        elif isinstance(value, Module):
            if "_modules" not in attributes:
                raise AttributeError("cannot assign module before Module.__init__() call")
            self._forget(name, "_modules")
            self._put("_modules", name, self._run_module_hooks(name, value))
        elif name in attributes.get("_parameters", ()):
            if value is not None:
                raise TypeError(
                    f"cannot assign '{typename(value)}' as parameter '{name}' (torch.nn.Parameter or None expected)"
                )
            self.register_parameter(name, None)
        elif name in attributes.get("_modules", ()):
            if value is not None:
                raise TypeError(
                    f"cannot assign '{typename(value)}' as child module '{name}' (torch.nn.Module or None expected)"
                )
            self._put("_modules", name, self._run_module_hooks(name, value))
        elif name in attributes.get("_buffers", ()):
            self._set_buffer(name, value)
        elif isinstance(value, Buffer):
            self._forget(name, "_buffers")
            self.register_buffer(name, value, getattr(value, "persistent", True))
        elif name in _TABLES and isinstance(value, dict):
            self._replace_table(name, value)
        else:
            object.__setattr__(self, name, value)

    def _set_buffer(self, name, value) -> None:
        if not isinstance(value, Tensor) and value is not None:
            raise TypeError(
                f"cannot assign '{typename(value)}' as buffer '{name}' (torch.nn.Buffer, torch.Tensor or None expected)"
            )
        if isinstance(value, Buffer):
            self.register_buffer(name, value, getattr(value, "persistent", True))
            return
        for hook in _hooks._global_buffer_hooks.values():
            new = hook(self, name, value)
            value = value if new is None else new
        self._put("_buffers", name, value)

    def _replace_table(self, name, entries) -> None:
        """``self._parameters = {...}``: the old entries' attributes go, the new ones' come."""
        old = self.__dict__.get(name)
        if old is not None:
            for key in old:
                if key not in entries:
                    self.__dict__.pop(key, None)
        self.__dict__[name] = MemberTable(self, entries)

    def _forget(self, name: str, keep: str) -> None:
        """Remove ``name`` as an attribute and from the tables other than ``keep``."""
        attributes = self.__dict__
        for table in _TABLES:
            if table != keep and name in attributes.get(table, ()):
                del self._table(table)[name]
        if name not in attributes[keep]:
            attributes.pop(name, None)
        if "_non_persistent_buffers_set" in attributes:
            self._non_persistent_buffers_set.discard(name)

    def __delattr__(self, name: str) -> None:
        for table in _TABLES:
            if name in self.__dict__.get(table, ()):
                del self._table(table)[name]
                self._non_persistent_buffers_set.discard(name)
                return
        super().__delattr__(name)

    def __dir__(self):
        names = {*dir(type(self)), *self.__dict__}
        for table in _TABLES:
            names.update(self.__dict__.get(table, ()))
        return sorted(name for name in names if not name[0].isdigit())

    def __getstate__(self):
        return self.__dict__

    def __setstate__(self, state) -> None:
        self.__dict__.update(state)
        for name in _TABLES:
            self._table(name)
        for name in CALL_TABLES:
            hooks = self.__dict__.get(name)
            if hooks is not None:
                if isinstance(hooks, HookTable):
                    hooks.adopt(self)
                else:
                    self.__dict__[name] = HookTable(self, hooks)
        self.__dict__.setdefault("_non_persistent_buffers_set", set())

    def __reduce_ex__(self, protocol):
        cls = type(self)
        if cls.__module__.startswith("torch."):
            import sys

            # under the launcher the name resolves; beside a real torch, or without one, it does not
            if sys.modules.get("torch") is not sys.modules["rgrad"]:
                return _rebuild, (cls.__module__[5:], cls.__qualname__), self.__getstate__()
        return super().__reduce_ex__(protocol)

    # ---- printing ------------------------------------------------------------------------------------------------

    def _get_name(self) -> str:
        return type(self).__name__

    def extra_repr(self) -> str:
        """What stands between the parentheses in ``repr``; override it to show a layer's settings."""
        return ""

    def __repr__(self) -> str:
        extra = self.extra_repr()
        lines = extra.split("\n") if extra else []
        children = [f"({name}): {_addindent(repr(module), 2)}" for name, module in self._modules.items()]
        if len(lines) == 1 and not children:
            return f"{self._get_name()}({lines[0]})"
        if not lines and not children:
            return f"{self._get_name()}()"
        body = "\n  ".join(lines + children)
        return f"{self._get_name()}(\n  {body}\n)"


Module.__module__ = public_name(Module.__module__)
