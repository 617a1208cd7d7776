"""Hooks of a module: registering them, and the call that runs them."""
from __future__ import annotations

import warnings
from collections import OrderedDict

from ... import _C
from ..._C import Tensor
from ...utils.hooks import BackwardHook, RemovableHandle
from ._tables import LazyTable

_BOTH_KINDS = (
    "Cannot use both regular backward hooks and full backward hooks on a single Module. Please use only one of them."
)
_BOTH_KINDS_GLOBAL = (
    "Cannot use both regular backward hooks and full backward hooks as a global Module hook. "
    "Please use only one of them."
)


class _GlobalTable(OrderedDict):
    """Hooks of all modules; while there is one, every module's call takes the full path."""

    def __setitem__(self, key, hook) -> None:
        OrderedDict.__setitem__(self, key, hook)
        _C._set_global_module_hooks(True)

    def __delitem__(self, key) -> None:
        OrderedDict.__delitem__(self, key)
        _C._set_global_module_hooks(any(_CALL_TABLES))

    def pop(self, key, default=None):
        value = self.get(key, default)
        if key in self:
            del self[key]
        return value


_global_forward_hooks = _GlobalTable()
_global_forward_pre_hooks = _GlobalTable()
_global_backward_hooks = _GlobalTable()
_global_backward_pre_hooks = _GlobalTable()
_CALL_TABLES = (_global_forward_hooks, _global_forward_pre_hooks, _global_backward_hooks, _global_backward_pre_hooks)
_global_forward_with_kwargs = OrderedDict()
_global_forward_always = OrderedDict()
_global_parameter_hooks = OrderedDict()
_global_buffer_hooks = OrderedDict()
_global_module_hooks = OrderedDict()
_global_is_full_backward = None


def _register(table, hook, prepend=False, extra=()):
    """Put ``hook`` into ``table`` and mark its id in each dict of ``extra``."""
    handle = RemovableHandle(table, extra_dict=list(extra))
    table[handle.id] = hook
    for marks in extra:
        marks[handle.id] = True
    if prepend:
        table.move_to_end(handle.id, last=False)
        for marks in extra:
            marks.move_to_end(handle.id, last=False)
    return handle


class HooksMixin:
    """The part of Module that knows hooks."""

    __slots__ = ()

    _forward_hooks = LazyTable()
    _forward_hooks_with_kwargs = LazyTable()
    _forward_hooks_always_called = LazyTable()
    _forward_pre_hooks = LazyTable()
    _forward_pre_hooks_with_kwargs = LazyTable()
    _backward_hooks = LazyTable()
    _backward_pre_hooks = LazyTable()
    _state_dict_hooks = LazyTable()
    _state_dict_pre_hooks = LazyTable()
    _load_state_dict_pre_hooks = LazyTable()
    _load_state_dict_post_hooks = LazyTable()
    _is_full_backward_hook = None

    def register_forward_hook(self, hook, *, prepend=False, with_kwargs=False, always_call=False):
        """Call ``hook(module, args, output)`` after each forward; what it returns, if not None, is the output.

        ``with_kwargs`` passes the keyword arguments too, ``always_call`` runs the hook even when forward raised.
        """
        extra = []
        if with_kwargs:
            extra.append(self._forward_hooks_with_kwargs)
        if always_call:
            extra.append(self._forward_hooks_always_called)
        return _register(self._forward_hooks, hook, prepend, extra)

    def register_forward_pre_hook(self, hook, *, prepend=False, with_kwargs=False):
        """Call ``hook(module, args)`` before each forward; what it returns, if not None, replaces the arguments."""
        extra = [self._forward_pre_hooks_with_kwargs] if with_kwargs else []
        return _register(self._forward_pre_hooks, hook, prepend, extra)

    def register_full_backward_hook(self, hook, prepend=False):
        """Call ``hook(module, grad_input, grad_output)`` when the gradients of the inputs are known.

        It may return new gradients for the inputs.
        """
        if self._is_full_backward_hook is False:
            raise RuntimeError(_BOTH_KINDS)
        self._is_full_backward_hook = True
        return _register(self._backward_hooks, hook, prepend)

    def register_full_backward_pre_hook(self, hook, prepend=False):
        """Call ``hook(module, grad_output)`` before the module's backward; it may return a new ``grad_output``."""
        return _register(self._backward_pre_hooks, hook, prepend)

    def register_backward_hook(self, hook):
        """The old form of ``register_full_backward_hook``: sees only the last operation of the module."""
        if self._is_full_backward_hook is True:
            raise RuntimeError(_BOTH_KINDS)
        self._is_full_backward_hook = False
        return _register(self._backward_hooks, hook)

    def _call_slow(self, *args, **kwargs):
        """Forward with all hooks around it."""
        ran_always: set[int] = set()
        state = [args, kwargs, None]
        try:
            return self._call_with_hooks(state, ran_always)
        except Exception:
            self._run_always_called(state, ran_always)
            raise

    _call_impl = _wrapped_call_impl = _call_slow

    def _call_with_hooks(self, state, ran_always):
        self._run_forward_pre_hooks(state)
        args, kwargs, _ = state

        full, plain = [], []
        for hooks, is_full in (
            (_global_backward_hooks, _global_is_full_backward), (self._backward_hooks, self._is_full_backward_hook)
        ):
            (full if is_full else plain).extend(hooks.values())
        pre = [*_global_backward_pre_hooks.values(), *self._backward_pre_hooks.values()]
        backward = None
        if full or pre:
            backward = BackwardHook(self, full, pre)
            args = state[0] = backward.setup_input_hook(args)

        state[2] = self.forward(*args, **kwargs)
        self._run_forward_hooks(state, ran_always)
        result = state[2]
        if backward is not None:
            if not isinstance(result, (Tensor, tuple)):
                warnings.warn(
                    "For backward hooks to be called, module output should be a Tensor or a tuple of Tensors"
                    f" but received {type(result)}",
                    stacklevel=4,
                )
            result = backward.setup_output_hook(result)
        if plain:
            self._hook_last_node(plain, result)
        return result

    def _run_forward_pre_hooks(self, state) -> None:
        for key, hook in (*_global_forward_pre_hooks.items(), *self._forward_pre_hooks.items()):
            if key in self._forward_pre_hooks_with_kwargs:
                new = hook(self, state[0], state[1])
                if new is not None:
                    if not (isinstance(new, tuple) and len(new) == 2):
                        raise RuntimeError(
                            f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {new}."
                        )
                    state[0], state[1] = new
            else:
                new = hook(self, state[0])
                if new is not None:
                    state[0] = new if isinstance(new, tuple) else (new,)

    def _run_forward_hooks(self, state, ran_always) -> None:
        args, kwargs, _ = state
        for key, hook in (*_global_forward_hooks.items(), *self._forward_hooks.items()):
            if key in self._forward_hooks_always_called or key in _global_forward_always:
                ran_always.add(key)
            if key in self._forward_hooks_with_kwargs or key in _global_forward_with_kwargs:
                new = hook(self, args, kwargs, state[2])
            else:
                new = hook(self, args, state[2])
            if new is not None:
                state[2] = new

    def _run_always_called(self, state, ran) -> None:
        """Forward raised: hooks registered with ``always_call`` that have not run yet run now."""
        tables = (
            ("global module", _global_forward_hooks, _global_forward_always, _global_forward_with_kwargs),
            ("module", self._forward_hooks, self._forward_hooks_always_called, self._forward_hooks_with_kwargs),
        )
        for kind, hooks, always, with_kwargs in tables:
            for key, hook in hooks.items():
                if key not in always or key in ran:
                    continue
                try:
                    args, kwargs, result = state
                    new = hook(self, args, kwargs, result) if key in with_kwargs else hook(self, args, result)
                    if new is not None:
                        state[2] = new
                except Exception as error:
                    warnings.warn(
                        f"{kind} forward hook with ``always_call=True`` raised an exception that was silenced as "
                        f"another error was raised in forward: {error}",
                        stacklevel=3,
                    )

    def _hook_last_node(self, hooks, result) -> None:
        """Old-style backward hooks hang on the node of the first output tensor."""
        while not isinstance(result, Tensor):
            if isinstance(result, dict):
                result = next(v for v in result.values() if isinstance(v, Tensor))
            else:
                result = result[0]
        node = result.grad_fn
        if node is None:
            return
        for hook in hooks:
            node.register_hook(lambda grad_in, grad_out, hook=hook: hook(self, grad_in, grad_out))


def register_module_forward_hook(hook, *, with_kwargs=False, always_call=False):
    """Call ``hook(module, args, output)`` after the forward of every module."""
    extra = [_global_forward_with_kwargs] if with_kwargs else []
    if always_call:
        extra.append(_global_forward_always)
    return _register(_global_forward_hooks, hook, False, extra)


def register_module_forward_pre_hook(hook):
    """Call ``hook(module, args)`` before the forward of every module."""
    return _register(_global_forward_pre_hooks, hook)


def register_module_full_backward_hook(hook):
    """Call ``hook(module, grad_input, grad_output)`` in the backward of every module."""
    return _register_global_backward(hook, True)


def register_module_backward_hook(hook):
    """The old form of ``register_module_full_backward_hook``."""
    return _register_global_backward(hook, False)


def _register_global_backward(hook, full):
    global _global_is_full_backward
    if _global_is_full_backward is (not full):
        raise RuntimeError(_BOTH_KINDS_GLOBAL)
    _global_is_full_backward = full
    return _register(_global_backward_hooks, hook)


def register_module_full_backward_pre_hook(hook):
    """Call ``hook(module, grad_output)`` before the backward of every module."""
    return _register(_global_backward_pre_hooks, hook)


def register_module_parameter_registration_hook(hook):
    """Call ``hook(module, name, parameter)`` whenever a module gets a parameter; it may return another one."""
    return _register(_global_parameter_hooks, hook)


def register_module_buffer_registration_hook(hook):
    """Call ``hook(module, name, buffer)`` whenever a module gets a buffer; it may return another one."""
    return _register(_global_buffer_hooks, hook)


def register_module_module_registration_hook(hook):
    """Call ``hook(module, name, submodule)`` whenever a module gets a submodule; it may return another one."""
    return _register(_global_module_hooks, hook)
