"""The base of all distributions."""
from __future__ import annotations

import warnings

from .. import _C
from .._grad_mode import no_grad
from .._utils import Named
from . import constraints
from .utils import lazy_property

__all__ = ["Distribution"]


class Distribution(Named):
    """``batch_shape`` many distributions over values of ``event_shape``.

    A subclass names its parameters and what they must satisfy in ``arg_constraints``; from there come the checks of
    arguments, the text of ``repr`` and ``expand``.
    """

    has_rsample = False
    has_enumerate_support = False
    _validate_args = __debug__

    def __init_subclass__(cls, **kwargs) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__module__.startswith("rgrad."):
            cls.__module__ = "torch" + cls.__module__[5:]

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Whether arguments are checked where ``validate_args`` is not given."""
        if value not in [True, False]:
            raise ValueError
        Distribution._validate_args = value

    def __init__(self, batch_shape=(), event_shape=(), validate_args=None) -> None:
        self._batch_shape = _C.Size(batch_shape)
        self._event_shape = _C.Size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            self._validate_parameters()

    def _validate_parameters(self) -> None:
        try:
            wanted = self.arg_constraints
        except NotImplementedError:
            warnings.warn(
                f"{type(self)} does not define `arg_constraints`. Please set `arg_constraints = {{}}` or initialize "
                "the distribution with `validate_args=False` to turn off validation.",
                stacklevel=4,
            )
            return
        for name, constraint in wanted.items():
            lazy = name not in self.__dict__ and isinstance(getattr(type(self), name, None), lazy_property)
            if lazy or constraints.is_dependent(constraint):
                continue
            value = getattr(self, name)
            if not bool(constraint.check(value).all()):
                raise ValueError(
                    f"Expected parameter {name} ({type(value).__name__} of shape {tuple(value.shape)}) of distribution "
                    f"{self!r} to satisfy the constraint {constraint!r}, but found invalid values:\n{value}"
                )

    def expand(self, batch_shape, _instance=None):
        """The same with parameters expanded to ``batch_shape``, without copies and without checks."""
        # The nearest class of the library knows the parameters; a class of the user's with its own __init__ may not.
        owner = next(c for c in type(self).__mro__ if c.__module__.startswith("torch.distributions."))
        if owner is Distribution:
            raise NotImplementedError
        new = self._get_checked_instance(owner, _instance)
        batch_shape = _C.Size(batch_shape)
        for name, value in self.__dict__.items():
            if name not in new.__dict__ and not self._is_cache(name):
                new.__dict__[name] = self._expanded(name, value, batch_shape)
        new._batch_shape = batch_shape
        return new

    def _is_cache(self, name: str) -> bool:
        return isinstance(getattr(type(self), name, None), lazy_property) and name not in self.arg_constraints

    def _expanded(self, name, value, batch_shape):
        if isinstance(value, Distribution):
            return value.expand(batch_shape)
        if isinstance(value, _C.Tensor) and name in self.arg_constraints:
            event = value.shape[value.dim() - self.arg_constraints[name].event_dim :]
            return value.expand(tuple(batch_shape) + tuple(event))
        return value

    def _get_checked_instance(self, cls, _instance=None):
        if _instance is None and type(self).__init__ != cls.__init__:
            raise NotImplementedError(
                f"Subclass {type(self).__name__} of {cls.__name__} that defines a custom __init__ method must also "
                "define a custom .expand() method."
            )
        return self.__new__(type(self)) if _instance is None else _instance

    @property
    def batch_shape(self):
        """The shape of the parameters."""
        return self._batch_shape

    @property
    def event_shape(self):
        """The shape of one value."""
        return self._event_shape

    @property
    def arg_constraints(self) -> dict:
        """What each parameter must satisfy."""
        raise NotImplementedError

    @property
    def support(self):
        """What each value satisfies."""
        raise NotImplementedError

    @property
    def mean(self):
        """The mean."""
        raise NotImplementedError

    @property
    def mode(self):
        """The most probable value."""
        raise NotImplementedError(f"{type(self)} does not implement mode")

    @property
    def variance(self):
        """The variance."""
        raise NotImplementedError

    @property
    def stddev(self):
        """The square root of the variance."""
        return self.variance.sqrt()

    def sample(self, sample_shape=()):
        """Values without history, of shape sample_shape + batch_shape + event_shape."""
        with no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape=()):
        """Values through which gradients reach the parameters."""
        raise NotImplementedError

    def sample_n(self, n):
        """``sample((n,))``, as it was called once."""
        warnings.warn(
            "`sample_n(n)` will be deprecated. Use `sample((n,))` instead.", category=FutureWarning, stacklevel=2
        )
        return self.sample((n,))

    def log_prob(self, value):
        """The logarithm of the density or probability at ``value``."""
        raise NotImplementedError

    def cdf(self, value):
        """The probability of at most ``value``."""
        raise NotImplementedError

    def icdf(self, value):
        """The inverse of ``cdf``."""
        raise NotImplementedError

    def enumerate_support(self, expand=True):
        """All values of a discrete distribution along a new first dimension."""
        raise NotImplementedError

    def entropy(self):
        """The entropy of each distribution."""
        raise NotImplementedError

    def perplexity(self):
        """exp of the entropy."""
        return _C.exp(self.entropy())

    def _extended_shape(self, sample_shape=()):
        return _C.Size(tuple(sample_shape) + tuple(self._batch_shape) + tuple(self._event_shape))

    def _full(self, number, like):
        return _C.full(self._extended_shape(), number, dtype=like.dtype)

    def _enumerated(self, count, dtype, expand):
        values = _C.arange(count, dtype=dtype).view((-1,) + (1,) * len(self._batch_shape))
        return values.expand((-1,) + tuple(self._batch_shape)) if expand else values

    def _check_value(self, value) -> None:
        if self._validate_args:
            self._validate_sample(value)

    def _validate_sample(self, value) -> None:
        if not isinstance(value, _C.Tensor):
            raise ValueError("The value argument to log_prob must be a Tensor")
        shape, event = value.size(), self._event_shape
        start = len(shape) - len(event)
        if shape[start:] != event:
            raise ValueError(f"The right-most size of value must match event_shape: {shape} vs {event}.")
        wanted = _C.Size(tuple(self._batch_shape) + tuple(event))
        for i, j in zip(reversed(shape), reversed(wanted)):
            if i != 1 and j != 1 and i != j:
                raise ValueError(f"Value is not broadcastable with batch_shape+event_shape: {shape} vs {wanted}.")
        try:
            support = self.support
        except NotImplementedError:
            warnings.warn(
                f"{type(self)} does not define `support` to enable sample validation. Please initialize the "
                "distribution with `validate_args=False` to turn off validation.",
                stacklevel=4,
            )
            return
        if not bool(support.check(value).all()):
            raise ValueError(
                f"Expected value argument ({type(value).__name__} of shape {tuple(value.shape)}) to be within the "
                f"support ({support!r}) of the distribution {self!r}, but found invalid values:\n{value}"
            )

    def __repr__(self) -> str:
        own = [(name, self.__dict__[name]) for name in self.arg_constraints if name in self.__dict__]
        parts = [f"{name}: {value if value.numel() == 1 else value.size()}" for name, value in own]
        return f"{type(self).__name__}({', '.join(parts)})"


Distribution.__module__ = "torch.distributions.distribution"
