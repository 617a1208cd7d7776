"""Optimizer: parameter groups, state, hooks, and saving them. The arithmetic is one call into the core."""
from __future__ import annotations

from collections import OrderedDict, defaultdict

from .. import _C
from .._C import Tensor
from .._grad_mode import enable_grad, no_grad
from .._lazy import public_name
from .._settings import typename
from ..utils.hooks import RemovableHandle

__all__ = ["Optimizer", "register_optimizer_step_post_hook", "register_optimizer_step_pre_hook"]


class _RequiredParameter:
    def __repr__(self) -> str:
        return "<required parameter>"


required = _RequiredParameter()

_global_pre_hooks: OrderedDict = OrderedDict()
_global_post_hooks: OrderedDict = OrderedDict()
_HOOK_TABLES = (
    "_optimizer_step_pre_hooks", "_optimizer_step_post_hooks", "_optimizer_state_dict_pre_hooks",
    "_optimizer_state_dict_post_hooks", "_optimizer_load_state_dict_pre_hooks", "_optimizer_load_state_dict_post_hooks",
)


def _register(table, hook, prepend=False):
    handle = RemovableHandle(table)
    table[handle.id] = hook
    if prepend:
        table.move_to_end(handle.id, last=False)
    return handle


def register_optimizer_step_pre_hook(hook):
    """Call ``hook(optimizer, args, kwargs)`` before every step of every optimizer."""
    Optimizer._hooked = True
    return _register(_global_pre_hooks, hook)


def register_optimizer_step_post_hook(hook):
    """Call ``hook(optimizer, args, kwargs)`` after every step of every optimizer."""
    Optimizer._hooked = True
    return _register(_global_post_hooks, hook)


def _hookable(step):
    """``step`` of a subclass, with hooks around it once there are any."""

    def wrapper(self, *args, **kwargs):
        if not self._hooked or self._in_step:
            return step(self, *args, **kwargs)
        call = (self, *args), kwargs
        for hook in (*_global_pre_hooks.values(), *self._optimizer_step_pre_hooks.values()):
            new = hook(self, *call)
            if new is not None:
                if not (isinstance(new, tuple) and len(new) == 2):
                    raise RuntimeError(f"{step} must return None or a tuple of (new_args, new_kwargs), but got {new}.")
                call = new
        self._in_step = True
        try:
            out = step(*call[0], **call[1])
        finally:
            self._in_step = False
        for hook in (*self._optimizer_step_post_hooks.values(), *_global_post_hooks.values()):
            hook(self, *call)
        return out

    wrapper.__name__, wrapper.__doc__, wrapper.__wrapped__ = step.__name__, step.__doc__, step
    wrapper.__qualname__, wrapper.__module__ = step.__qualname__, step.__module__
    wrapper.hooked = True
    return wrapper


class Optimizer:
    """Base class of optimizers.

    ``params`` is an iterable of tensors, of (name, tensor) pairs, or of dicts, each a group with options of its own;
    ``defaults`` are the options that a group does not set. A subclass writes ``step``.
    """

    _hooked = False  # whether any step hook was ever registered
    _in_step = False

    def __init_subclass__(cls, **kwargs) -> None:
        super().__init_subclass__(**kwargs)
        step = cls.__dict__.get("step")
        if step is not None and not hasattr(step, "hooked"):
            if cls.__dict__.get("_asks_for_hooks"):  # made by core_step, which does not know the class
                step.__module__, step.__qualname__ = cls.__module__, f"{cls.__qualname__}.step"
            else:
                cls.step = _hookable(step)
        cls.__module__ = public_name(cls.__module__)

    def __init__(self, params, defaults) -> None:
        self.defaults = defaults
        for name in _HOOK_TABLES:
            setattr(self, name, OrderedDict())
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, but got "
                + typename(params)
            )
        self.state = defaultdict(dict)
        self.param_groups: list[dict] = []
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    def __getstate__(self):
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __setstate__(self, state) -> None:
        self.__dict__.update(state)
        for name in _HOOK_TABLES:
            self.__dict__.setdefault(name, OrderedDict())
        self.__dict__.setdefault("defaults", {}).setdefault("differentiable", False)

    def __repr__(self) -> str:
        text = type(self).__name__ + " ("
        for i, group in enumerate(self.param_groups):
            text += f"\nParameter Group {i}\n"
            for key in sorted(group):
                if key != "params":
                    text += f"    {key}: {group[key]}\n"
        return text + ")"

    def register_step_pre_hook(self, hook):
        """Call ``hook(optimizer, args, kwargs)`` before each step; it may return new args and kwargs."""
        self._hooked = True
        return _register(self._optimizer_step_pre_hooks, hook)

    def register_step_post_hook(self, hook):
        """Call ``hook(optimizer, args, kwargs)`` after each step."""
        self._hooked = True
        return _register(self._optimizer_step_post_hooks, hook)

    def register_state_dict_pre_hook(self, hook, prepend=False):
        """Call ``hook(optimizer)`` before ``state_dict`` collects."""
        return _register(self._optimizer_state_dict_pre_hooks, hook, prepend)

    def register_state_dict_post_hook(self, hook, prepend=False):
        """Call ``hook(optimizer, state_dict)`` after; it may return another dict."""
        return _register(self._optimizer_state_dict_post_hooks, hook, prepend)

    def register_load_state_dict_pre_hook(self, hook, prepend=False):
        """Call ``hook(optimizer, state_dict)`` before loading; it may return another dict."""
        return _register(self._optimizer_load_state_dict_pre_hooks, hook, prepend)

    def register_load_state_dict_post_hook(self, hook, prepend=False):
        """Call ``hook(optimizer)`` after loading."""
        return _register(self._optimizer_load_state_dict_post_hooks, hook, prepend)

    def state_dict(self):
        """State and groups with parameters as numbers, in order of the groups."""
        for hook in self._optimizer_state_dict_pre_hooks.values():
            hook(self)
        number: dict[int, int] = {}
        groups, start = [], 0
        for group in self.param_groups:
            packed = {key: value for key, value in group.items() if key != "params"}
            for i, param in enumerate(group["params"], start):
                number.setdefault(id(param), i)
            packed["params"] = [number[id(param)] for param in group["params"]]
            start += len(packed["params"])
            groups.append(packed)
        state = {
            (number[id(key)] if isinstance(key, Tensor) else key): value for key, value in self.state.items()
        }
        out = {"state": state, "param_groups": groups}
        for hook in self._optimizer_state_dict_post_hooks.values():
            new = hook(self, out)
            out = out if new is None else new
        return out

    def load_state_dict(self, state_dict) -> None:
        """Take over state and options; tensors are cast to their parameter's dtype, ``step`` stays as it is."""
        from copy import deepcopy

        state_dict = state_dict.copy()
        for hook in self._optimizer_load_state_dict_pre_hooks.values():
            new = hook(self, state_dict)
            state_dict = state_dict if new is None else new
        saved = deepcopy(state_dict["param_groups"])
        if len(self.param_groups) != len(saved):
            raise ValueError("loaded state dict has a different number of parameter groups")
        if any(len(mine["params"]) != len(theirs["params"]) for mine, theirs in zip(self.param_groups, saved)):
            raise ValueError(
                "loaded state dict contains a parameter group that doesn't match the size of optimizer's group"
            )
        params, owners = {}, {}
        for mine, theirs in zip(self.param_groups, saved):
            for key, param in zip(theirs["params"], mine["params"]):
                params[key], owners[key] = param, theirs
        state = defaultdict(dict)
        for key, value in state_dict["state"].items():
            if key in params:
                state[params[key]] = _cast(params[key], value, owners[key])
            else:
                state[key] = value
        for mine, theirs in zip(self.param_groups, saved):
            theirs["params"] = mine["params"]
            if "param_names" in mine:
                theirs.setdefault("param_names", mine["param_names"])
        self.__setstate__({"state": state, "param_groups": saved})
        for hook in self._optimizer_load_state_dict_post_hooks.values():
            hook(self)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop all gradients, or fill them with zeros if not ``set_to_none``."""
        _C._zero_grad(self.param_groups, set_to_none)

    def step(self, closure=None):
        """Change the parameters by their gradients; ``closure`` recomputes the loss and is returned."""
        raise NotImplementedError

    def add_param_group(self, param_group: dict) -> None:
        """Add a group of parameters with options of its own."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        params = param_group["params"]
        if isinstance(params, Tensor):
            params = [params]
        elif isinstance(params, set):
            raise TypeError(
                "optimizer parameters need to be organized in ordered collections, but the ordering of tensors in sets "
                "will change between runs. Please use a list instead."
            )
        params = list(params)
        names = [param[0] for param in params if isinstance(param, tuple)]
        params = param_group["params"] = [param[1] if isinstance(param, tuple) else param for param in params]
        if names:
            if len(names) != len(params):
                raise ValueError("all optimizer params should be with/without names. Some param names are missing")
            param_group["param_names"] = names
        for param in params:
            if not isinstance(param, Tensor):
                raise TypeError("optimizer can only optimize Tensors, but one of the params is " + typename(param))
            if not self.defaults.get("differentiable", None) and not (param.is_leaf or param.retains_grad):
                raise ValueError("can't optimize a non-leaf Tensor")
        for name, default in self.defaults.items():
            if default is required and name not in param_group:
                raise ValueError(f"parameter group didn't specify a value of required optimization parameter {name}")
            param_group.setdefault(name, default)
        mine = {id(param) for param in params}
        if len(mine) != len(params):
            import warnings

            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters; in future, this will cause an error; "
                "see github.com/pytorch/pytorch/issues/40967 for more information",
                stacklevel=3,
            )
        for group in self.param_groups:
            if ("param_names" in param_group) != ("param_names" in group):
                words = "with names" if "param_names" in param_group else "without names"
                raise ValueError(
                    "all optimizer param groups should be with/without names. "
                    f"cannot add param group {words} to the optimizer"
                )
        if any(id(param) in mine for group in self.param_groups for param in group["params"]):
            raise ValueError("some parameters appear in more than one parameter group")
        self.param_groups.append(param_group)


Optimizer.__module__ = public_name(Optimizer.__module__)


def _cast(param, value, group, key=None):
    """Loaded state in the parameter's dtype; a step counter keeps its own."""
    if isinstance(value, Tensor):
        if key == "step":
            keeps = not (group.get("capturable", False) or group.get("fused", False))
            return value if keeps else value.to(dtype=_C.float32)
        return value.to(dtype=param.dtype) if param.is_floating_point() else value
    if isinstance(value, dict):
        return {k: _cast(param, v, group, k) for k, v in value.items()}
    if isinstance(value, (list, tuple, set)):
        return type(value)(_cast(param, v, group) for v in value)
    return value


def _scalar_dtype():
    return _C.float64 if _C.get_default_dtype() == _C.float64 else _C.float32


def _step_tensor(value: float = 0.0):
    """A 0-d counter in PyTorch's dtype for counters."""
    return _C.tensor(value, dtype=_scalar_dtype())


def _check_lr(lr, message="Invalid learning rate") -> None:
    if isinstance(lr, Tensor) and lr.numel() != 1:
        raise ValueError("Tensor lr must be 1-element")
    if not 0.0 <= lr:
        raise ValueError(f"{message}: {lr}")


def _check_at_least_zero(**values) -> None:
    """Refuse negative options; a keyword is the option's name in the message, underscores kept."""
    for name, value in values.items():
        if not 0.0 <= value:
            raise ValueError(f"Invalid {name} value: {value}")


def _check_betas(betas) -> None:
    for i in (0, 1):
        if not 0.0 <= betas[i] < 1.0:
            raise ValueError(f"Invalid beta parameter at index {i}: {betas[i]}")


def check_fused(fused, foreach, differentiable) -> None:
    """Refuse combinations of implementations that PyTorch refuses."""
    if fused:
        if differentiable:
            raise RuntimeError("`fused` does not support `differentiable`")
        if foreach:
            raise RuntimeError("`fused` and `foreach` cannot be `True` together.")


def fill(groups, **options) -> None:
    """Give the groups of an old checkpoint the options that it does not have."""
    for group in groups:
        for name, default in options.items():
            group.setdefault(name, default)


def tensor_steps(state) -> None:
    """Old checkpoints count steps in Python numbers: make them tensors."""
    for values in state.values():
        if "step" in values and not isinstance(values["step"], Tensor):
            values["step"] = _step_tensor(float(values["step"]))


def core_step(core):
    """``step`` whose arithmetic is ``core``; it asks for hooks itself, in the one test that its fast path has."""

    def step(self, closure=None):
        """One update of every parameter that has a gradient."""
        if self._hooked and not self._in_step:
            return with_hooks(self, closure)
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        core(self.param_groups, self.state)
        return loss

    with_hooks = _hookable(step)
    return step


class PerParameter(Optimizer):
    """An optimizer written with tensor operations: ``_start`` makes the state of a parameter, ``_update`` steps it."""

    _asks_for_hooks = True

    def _start(self, param, group, state) -> None:
        raise NotImplementedError

    def _update(self, param, grad, group, state) -> None:
        raise NotImplementedError

    def __setstate__(self, state) -> None:
        super().__setstate__(state)
        # ``differentiable`` is in every ``defaults``, though not every optimizer's option
        fill(self.param_groups, **{name: value for name, value in self.defaults.items() if name != "differentiable"})
        tensor_steps(self.state)

    def _step(self, closure=None):
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        with no_grad():
            for group in self.param_groups:
                for param in group["params"]:
                    grad = param.grad
                    if grad is None:
                        continue
                    state = self.state[param]
                    if not state:
                        self._start(param, group, state)
                    if group.get("maximize"):
                        grad = -grad
                    self._update(param, grad, group, state)
        return loss

    step = _hookable(_step)
