"""Context managers and decorators that switch gradient recording: no_grad, enable_grad and kin."""
from __future__ import annotations

from . import _C

_is_enabled = _C.is_grad_enabled
_set_enabled = _C._set_grad_enabled
_GENERATOR = 0x20  # the code flag of generator functions


def _named_like(wrapper, function):
    for name in ("__module__", "__name__", "__qualname__", "__doc__", "__annotations__"):
        try:
            setattr(wrapper, name, getattr(function, name))
        except AttributeError:
            pass
    wrapper.__dict__.update(getattr(function, "__dict__", {}))
    wrapper.__wrapped__ = function
    return wrapper


def _wrap_generator(make_context, function):
    """Enter the context around each resumption, so that the caller's own mode holds between them."""

    def wrapper(*args, **kwargs):
        generator = function(*args, **kwargs)
        try:
            with make_context():
                response = generator.send(None)
            while True:
                try:
                    request = yield response
                except GeneratorExit:
                    with make_context():
                        generator.close()
                    raise
                except BaseException as error:
                    with make_context():
                        response = generator.throw(error)
                else:
                    with make_context():
                        response = generator.send(request)
        except StopIteration as stop:
            return stop.value

    return _named_like(wrapper, function)


class _Mode:
    """A context manager that decorates functions and generator functions too."""

    __slots__ = ()

    def clone(self):
        """A fresh manager with the same arguments."""
        return type(self)()

    def __call__(self, function):
        clone = self.clone
        if isinstance(function, type):
            import warnings

            warnings.warn(
                "Decorating classes is deprecated and will be disabled in future versions. You should only decorate "
                "functions or methods. To preserve the current behavior of class decoration, you can directly "
                "decorate the `__init__` method and nothing else.",
                FutureWarning,
                stacklevel=2,
            )
            make = function

            def wrapper(*args, **kwargs):
                with clone():
                    return make(*args, **kwargs)

            return _named_like(wrapper, function)
        code = getattr(function, "__code__", None)
        if code is not None and code.co_flags & _GENERATOR:
            return _wrap_generator(clone, function)

        def wrapper(*args, **kwargs):
            with clone():
                return function(*args, **kwargs)

        return _named_like(wrapper, function)


class no_grad(_Mode, _C._NoGrad):
    """Stop recording operations for gradients, in a ``with`` block or for a decorated function.

    >>> x = torch.ones(2, requires_grad=True)
    >>> with torch.no_grad():
    ...     y = x * 2
    >>> y.requires_grad
    False
    """

    __slots__ = ()


class enable_grad(_Mode, _C._EnableGrad):
    """Record operations again inside a ``no_grad`` block, or for a decorated function."""

    __slots__ = ()


class set_grad_enabled(_Mode):
    """Switch recording on or off by ``mode``: at once, and until the block ends if used in ``with``."""

    __slots__ = ("mode", "prev")

    def __init__(self, mode: bool) -> None:
        self.prev = _is_enabled()
        self.mode = mode
        _set_enabled(mode)

    def __call__(self, function):
        _set_enabled(self.prev)
        return _Mode.__call__(self, function)

    def __enter__(self) -> None:
        _set_enabled(self.mode)

    def __exit__(self, *exc) -> None:
        _set_enabled(self.prev)

    def __str__(self) -> str:
        return f"torch.autograd.grad_mode.set_grad_enabled(mode={self.mode})"

    __repr__ = __str__

    def clone(self):
        return type(self)(self.mode)


class inference_mode(_Mode):
    """Like ``no_grad``, and tensors made inside can never take part in recording."""

    __slots__ = ("mode", "prev")

    def __new__(cls, mode=True):
        self = object.__new__(cls)
        if isinstance(mode, bool):
            return self
        self.mode = True
        return self(mode)

    def __init__(self, mode: bool = True) -> None:
        self.mode = mode

    def __enter__(self) -> None:
        self.prev = (_is_enabled(), _C.is_inference_mode_enabled())
        _C._set_inference_mode(self.mode)
        _set_enabled(not self.mode)

    def __exit__(self, *exc) -> None:
        enabled, inference = self.prev
        _C._set_inference_mode(inference)
        _set_enabled(enabled)

    def clone(self):
        return type(self)(self.mode)


for _cls in (_Mode, no_grad, enable_grad, set_grad_enabled, inference_mode):
    _cls.__module__ = "torch.autograd.grad_mode"
