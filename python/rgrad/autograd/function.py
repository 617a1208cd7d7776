"""Custom differentiable functions."""
from __future__ import annotations

from .. import _C

__all__ = ["Function", "FunctionCtx", "InplaceFunction", "NestedIOFunction", "once_differentiable"]

FunctionCtx = _C._ContextBase


class BackwardCFunction(_C._ContextBase):
    """The base of contexts: what ``ctx`` is, and what ``grad_fn`` of the outputs is."""

    def apply(self, *args):
        """Run the Function's backward on gradients."""
        return self._run_backward(*args)

    def _run_backward(self, *grads):
        cls = self._forward_cls
        backward, vjp = cls.backward, cls.vjp
        if backward is not Function.backward and vjp is not Function.vjp:
            raise RuntimeError(
                "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You should only "
                "implement one of them."
            )
        return (vjp if vjp is not Function.vjp else backward)(self, *grads)


class FunctionMeta(type):
    """Gives every Function a context class of its own, named after it."""

    def __init__(cls, name, bases, namespace):
        cls._backward_cls = type(name + "Backward", (BackwardCFunction,), {"_forward_cls": cls})
        cls._backward_cls.__module__ = "torch.autograd.function"
        super().__init__(name, bases, namespace)


class Function(metaclass=FunctionMeta):
    """A differentiable function that the user defines: ``forward`` computes, ``backward`` gives the gradients.

    >>> class Square(torch.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x * x
    ...     @staticmethod
    ...     def backward(ctx, grad):
    ...         x, = ctx.saved_tensors
    ...         return 2 * x * grad
    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> Square.apply(x).backward()
    >>> x.grad
    tensor(6.)
    """

    generate_vmap_rule = False

    def __init__(self, *args, **kwargs):
        import warnings

        warnings.warn(
            f"{self.__class__} should not be instantiated. Methods on autograd functions are all static, so you "
            "should invoke them on the class itself. Instantiating an autograd function will raise an error in a "
            "future version of PyTorch.",
            DeprecationWarning,
            stacklevel=2,
        )

    def __call__(self, *args, **kwargs):
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd "
            "function with static forward method. (Example: "
            "https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)"
        )

    @staticmethod
    def forward(*args, **kwargs):
        """Compute the outputs: ``forward(ctx, *inputs)``, or ``forward(*inputs)`` beside ``setup_context``."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx, inputs, output):
        """Save on ``ctx`` what ``backward`` needs, where ``forward`` takes no ``ctx``."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx, *grad_outputs):
        """One gradient (or None) for each input of ``forward``."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with "
            "backward mode AD."
        )

    @staticmethod
    def vjp(ctx, *grad_outputs):
        """The other name under which a Function may define its gradients."""
        raise NotImplementedError("vjp is not implemented.")

    @staticmethod
    def jvp(ctx, *grad_inputs):
        """Derivatives of the outputs along directions of the inputs."""
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with forward mode AD."
        )

    @classmethod
    def apply(cls, *args, **kwargs):
        """Run ``forward`` and record ``backward``."""
        ctx = cls._backward_cls()
        forward = cls.forward
        if cls.setup_context is Function.setup_context:
            def run(args):
                return forward(ctx, *args, **kwargs)
        else:
            if kwargs:
                raise TypeError("apply() takes no keyword arguments where setup_context is overridden")

            def run(args):
                output = forward(*args)
                cls.setup_context(ctx, args, output)
                return output

        return _C._apply_function(ctx, cls._backward_cls.__name__, run, args)


def once_differentiable(fn):
    """Decorate a ``backward`` that must not be differentiated again: its results carry no history."""
    from .._grad_mode import no_grad

    def wrapper(ctx, *args):
        with no_grad():
            return fn(ctx, *args)

    wrapper.__name__, wrapper.__doc__ = fn.__name__, fn.__doc__
    return wrapper


InplaceFunction = NestedIOFunction = Function
