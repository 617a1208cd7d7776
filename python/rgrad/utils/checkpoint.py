"""Trading time for memory: recompute a part of the forward pass in the backward pass."""
from __future__ import annotations

from .. import _C
from .._grad_mode import enable_grad, no_grad
from ..autograd import Function, backward

__all__ = ["checkpoint", "checkpoint_sequential"]


class CheckpointFunction(Function):
    """Forward without recording; backward runs the forward again, with the random numbers of the first time."""

    @staticmethod
    def forward(ctx, run, preserve, *args):
        ctx.run = run
        ctx.state = _C.get_rng_state() if preserve else None
        ctx.args = args
        ctx.tensors = [i for i, arg in enumerate(args) if isinstance(arg, _C.Tensor)]
        ctx.autocast = _C._autocast_enabled(), _C._autocast_dtype()
        ctx.save_for_backward(*[args[i] for i in ctx.tensors])
        with no_grad():
            return run(*args)

    @staticmethod
    def backward(ctx, *grads):
        args = list(ctx.args)
        for i, tensor in zip(ctx.tensors, ctx.saved_tensors):
            args[i] = tensor.detach().requires_grad_(tensor.requires_grad)
        outside = _C.get_rng_state() if ctx.state is not None else None
        if ctx.state is not None:
            _C.set_rng_state(ctx.state)
        casting = _C._autocast_enabled(), _C._autocast_dtype()
        _C._set_autocast(*ctx.autocast)
        try:
            with enable_grad():
                outputs = ctx.run(*args)
        finally:
            _C._set_autocast(*casting)
            if outside is not None:
                _C.set_rng_state(outside)
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        pairs = [
            (out, grad) for out, grad in zip(outputs, grads) if isinstance(out, _C.Tensor) and out.requires_grad
        ]
        if not pairs:
            raise RuntimeError("none of output has requires_grad=True, this checkpoint() is not necessary")
        backward([out for out, _ in pairs], [grad for _, grad in pairs])
        return (None, None, *[arg.grad if isinstance(arg, _C.Tensor) else None for arg in args])


def checkpoint(
    function, *args, use_reentrant=None, context_fn=None, determinism_check="default", debug=False, early_stop=True,
    preserve_rng_state=True, **kwargs,
):
    """``function(*args)``, without keeping what it computes on the way.

    Where no argument needs a gradient but parameters inside do, the function is run as it is, so that they get theirs.
    """
    if use_reentrant is None:
        import warnings

        warnings.warn(
            "torch.utils.checkpoint: the use_reentrant parameter should be passed explicitly. Starting in PyTorch 2.9, "
            "calling checkpoint without use_reentrant will raise an exception. use_reentrant=False is recommended, but "
            "if you need to preserve the current default behavior, you can pass use_reentrant=True. Refer to docs for "
            "more details on the differences between the two variants.",
            stacklevel=2,
        )
    if kwargs and use_reentrant:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    run = function if not kwargs else lambda *a: function(*a, **kwargs)
    if not any(isinstance(arg, _C.Tensor) and arg.requires_grad for arg in args):
        if not use_reentrant:
            return run(*args)
    return CheckpointFunction.apply(run, preserve_rng_state, *args)


def checkpoint_sequential(functions, segments, input, use_reentrant=None, **kwargs):
    """A Sequential in ``segments`` parts, all but the last checkpointed."""
    modules = list(functions.children()) if hasattr(functions, "children") else list(functions)

    def part(start, end):
        def run(x):
            for module in modules[start:end]:
                x = module(x)
            return x

        return run

    size = len(modules) // segments
    end = 0
    for start in range(0, size * (segments - 1), size):
        end = start + size
        input = checkpoint(part(start, end), input, use_reentrant=bool(use_reentrant), **kwargs)
    return part(end, len(modules))(input)
