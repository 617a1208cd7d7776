"""The base of all distributions."""
from __future__ import annotations

from .. import _C
from .._grad_mode import no_grad
from ..functional import broadcast_tensors

__all__ = ["Distribution"]


def as_parameters(*values) -> tuple:
    """Numbers and tensors as tensors of one shape."""
    dtype = next((v.dtype for v in values if isinstance(v, _C.Tensor) and v.is_floating_point()), None)
    dtype = dtype or _C.get_default_dtype()
    return broadcast_tensors(*[v if isinstance(v, _C.Tensor) else _C.tensor(float(v), dtype=dtype) for v in values])


class Distribution:
    """``batch_shape`` many distributions over values of ``event_shape``."""

    has_rsample = False
    arg_constraints: dict = {}

    def __init_subclass__(cls, **kwargs) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__module__.startswith("rgrad."):
            cls.__module__ = "torch.distributions." + cls.__name__.lower()

    def __init__(self, batch_shape=(), event_shape=(), validate_args=None) -> None:
        self._batch_shape = _C.Size(batch_shape)
        self._event_shape = _C.Size(event_shape)

    @property
    def batch_shape(self):
        """The shape of the parameters."""
        return self._batch_shape

    @property
    def event_shape(self):
        """The shape of one value."""
        return self._event_shape

    def _extended_shape(self, sample_shape=()):
        return _C.Size(tuple(sample_shape) + tuple(self._batch_shape) + tuple(self._event_shape))

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

    def log_prob(self, value):
        """The logarithm of the density or probability at ``value``."""
        raise NotImplementedError

    def entropy(self):
        """The entropy of each distribution."""
        raise NotImplementedError

    def perplexity(self):
        """exp of the entropy."""
        return _C.exp(self.entropy())

    def __repr__(self) -> str:
        names = [name for name in self.arg_constraints if name in self.__dict__]
        parts = [
            f"{name}: {value if value.numel() == 1 else value.size()}"
            for name, value in ((name, self.__dict__[name]) for name in names)
        ]
        return f"{type(self).__name__}({', '.join(parts)})"


Distribution.__module__ = "torch.distributions.distribution"
