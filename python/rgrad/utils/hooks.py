"""Handles that remove hooks, and the graph nodes that carry a module's full backward hooks."""
from __future__ import annotations

from collections import OrderedDict
from warnings import warn
from weakref import ref

from .._C import Tensor, is_grad_enabled

__all__ = ["BackwardHook", "RemovableHandle", "unserializable_hook"]


class RemovableHandle:
    """What ``register_*hook`` returns: ``remove()`` takes the hook away; usable in a ``with`` block."""

    next_id = 0

    def __init__(self, hooks_dict, *, extra_dict=None) -> None:
        self.hooks_dict_ref = ref(hooks_dict)
        self.id = RemovableHandle.next_id
        RemovableHandle.next_id += 1
        if extra_dict is None:
            extra_dict = ()
        elif isinstance(extra_dict, dict):
            extra_dict = (extra_dict,)
        self.extra_dict_ref = tuple(ref(d) for d in extra_dict)

    def remove(self) -> None:
        """Take the hook away; calling it again does nothing."""
        for reference in (self.hooks_dict_ref, *self.extra_dict_ref):
            hooks = reference()
            if hooks is not None:
                hooks.pop(self.id, None)

    def __getstate__(self):
        return self.hooks_dict_ref(), self.id, tuple(r() for r in self.extra_dict_ref)

    def __setstate__(self, state) -> None:
        hooks, self.id, *rest = state
        self.hooks_dict_ref = ref(OrderedDict() if hooks is None else hooks)
        self.extra_dict_ref = tuple(ref(d) for d in (rest[0] if rest else ()) if d is not None)
        RemovableHandle.next_id = max(RemovableHandle.next_id, self.id + 1)

    def __enter__(self):
        return self

    def __exit__(self, *exc) -> None:
        self.remove()


RemovableHandle.__module__ = "torch.utils.hooks"


def unserializable_hook(f):
    """Mark ``f`` as a hook that saving may drop without a warning."""
    f.__torch_unserializable__ = True
    return f


_identity = None


def _identity_node():
    """The autograd function of one identity node over several tensors, made on first use."""
    global _identity
    if _identity is None:
        from ..autograd import Function

        class BackwardHookFunction(Function):
            @staticmethod
            def forward(ctx, *args):
                ctx.mark_non_differentiable(*[arg for arg in args if not arg.requires_grad])
                return args

            @staticmethod
            def backward(ctx, *args):
                return args

        _identity = BackwardHookFunction
    return _identity


class BackwardHook:
    """One call of a module with full backward hooks.

    An identity node around the inputs sees ``grad_input``, one around the outputs sees ``grad_output``; the user's
    hooks run when both are known. Things that are not tensors appear as None.
    """

    def __init__(self, module, user_hooks, user_pre_hooks) -> None:
        self.module = module
        self.user_hooks = user_hooks
        self.user_pre_hooks = user_pre_hooks
        self.grad_outputs = None
        self.input_index = self.output_index = None
        self.n_inputs = self.n_outputs = -1

    @staticmethod
    def _spread(index, values, size) -> tuple:
        full = [None] * size
        for i, value in zip(index, values):
            full[i] = value
        return tuple(full)

    @staticmethod
    def _through_node(args: tuple, on_node):
        """``args`` with their tensors passed through an identity node, and the positions of those tensors."""
        index = [i for i, arg in enumerate(args) if isinstance(arg, Tensor)]
        if not (any(args[i].requires_grad for i in index) and is_grad_enabled()):
            return args, None
        new = _identity_node().apply(*[args[i] for i in index])
        node = next((t.grad_fn for t in new if t.grad_fn is not None), None)
        if node is None:
            raise RuntimeError(
                "Error while setting up backward hooks. Please open an issue with a code sample to reproduce this."
            )
        on_node(node)
        out = list(args)
        for i, tensor in zip(index, new):
            out[i] = tensor
        return (tuple(out) if type(args) is tuple else type(args)(*out)), index

    def setup_input_hook(self, args):
        def on_node(node) -> None:
            node.register_hook(self._on_input_grads)

        args, self.input_index = self._through_node(args, on_node)
        self.n_inputs = len(args)
        return args

    def _on_input_grads(self, grad_input, _):
        if self.grad_outputs is None:  # the gradient did not come through this module's output
            return None
        result = self._spread(self.input_index, grad_input, self.n_inputs)
        for hook in self.user_hooks:
            out = hook(self.module, result, self.grad_outputs)
            if out is None:
                continue
            if len(out) != len(result):
                raise RuntimeError(
                    f"Backward hook returned an invalid number of grad_input, got {len(out)}, but expected {len(result)}"
                )
            result = out
        self.grad_outputs = None
        return tuple(result[i] for i in self.input_index)

    def setup_output_hook(self, args):
        def on_node(node) -> None:
            node.register_hook(self._on_output_grads)

        single = not isinstance(args, tuple)
        if single:
            args = (args,)
        # set before the node exists, so that the hook can never see it unset
        self.n_outputs = len(args)
        result, self.output_index = self._through_node(args, on_node)
        return result[0] if single else result

    def _on_output_grads(self, _, grad_output):
        self.grad_outputs = self._spread(self.output_index, grad_output, self.n_outputs)
        for hook in self.user_pre_hooks:
            out = hook(self.module, self.grad_outputs)
            if out is None:
                continue
            if len(out) != self.n_outputs:
                raise RuntimeError(
                    "Backward pre hook returned an invalid number of grad_output, "
                    f"got {len(out)}, but expected {self.n_outputs}"
                )
            self.grad_outputs = out
        grads = self.grad_outputs
        if self.input_index is None:
            self._run_without_inputs()
        return tuple(grads[i] for i in self.output_index)

    def _run_without_inputs(self) -> None:
        """No input needs a gradient: the user's hooks run now, with None for every grad_input."""
        warn(
            "Full backward hook is firing when gradients are computed with respect to module outputs since no inputs "
            "require gradients. See https://docs.pytorch.org/docs/main/generated/torch.nn.Module.html"
            "#torch.nn.Module.register_full_backward_hook for more details.",
            stacklevel=5,
        )
        grad_inputs = (None,) * self.n_inputs
        for hook in self.user_hooks:
            out = hook(self.module, grad_inputs, self.grad_outputs)
            if out is not None and not (isinstance(out, tuple) and all(o is None for o in out)):
                raise RuntimeError(
                    "Backward hook for Modules where no input requires gradient should always return None or None for "
                    "all gradients."
                )
        self.grad_outputs = None
