"""Mixtures of one distribution's members."""
from __future__ import annotations

from .. import _C
from .._grad_mode import no_grad
from . import constraints
from .categorical import Categorical
from .distribution import Distribution

__all__ = ["MixtureSameFamily"]


class MixtureSameFamily(Distribution):
    """The components lie along the last batch dimension of ``component_distribution``."""

    arg_constraints: dict = {}
    has_rsample = False

    def __init__(self, mixture_distribution, component_distribution, validate_args=None) -> None:
        if not isinstance(mixture_distribution, Categorical):
            raise ValueError(
                " The Mixture distribution needs to be an  instance of torch.distributions.Categorical"
            )
        if not isinstance(component_distribution, Distribution):
            raise ValueError(
                "The Component distribution needs to be an instance of torch.distributions.Distribution"
            )
        self._mixture_distribution = mixture_distribution
        self._component_distribution = component_distribution
        weights, batch = mixture_distribution.batch_shape, component_distribution.batch_shape
        for a, b in zip(reversed(weights), reversed(batch[:-1])):
            if a != 1 and b != 1 and a != b:
                raise ValueError(
                    f"`mixture_distribution.batch_shape` ({weights}) is not compatible with "
                    f"`component_distribution.batch_shape`({batch[:-1]})"
                )
        self._num_component = mixture_distribution.logits.shape[-1]
        if self._num_component != batch[-1]:
            raise ValueError(
                f"`mixture_distribution component` ({self._num_component}) does not equal "
                f"`component_distribution.batch_shape[-1]` ({batch[-1]})"
            )
        super().__init__(batch[:-1], component_distribution.event_shape, validate_args=validate_args)

    def _expanded(self, name, value, batch_shape):
        if name == "_component_distribution":
            return value.expand(tuple(batch_shape) + (self._num_component,))
        return super()._expanded(name, value, batch_shape)

    @constraints.dependent_property
    def support(self):
        """The components' support."""
        return constraints.MixtureSameFamilyConstraint(self._component_distribution.support)

    @property
    def mixture_distribution(self):
        """The weights."""
        return self._mixture_distribution

    @property
    def component_distribution(self):
        """The components."""
        return self._component_distribution

    def _weights(self):
        probs = self._mixture_distribution.probs
        return probs.reshape(tuple(probs.shape) + (1,) * len(self._event_shape))

    def _mix(self, values):
        return (self._weights() * values).sum(-1 - len(self._event_shape))

    def _pad(self, value):
        return value.unsqueeze(-1 - len(self._event_shape))

    @property
    def mean(self):
        return self._mix(self._component_distribution.mean)

    @property
    def variance(self):
        parts = self._component_distribution
        return self._mix(parts.variance) + self._mix((parts.mean - self._pad(self.mean)).pow(2.0))

    def cdf(self, x):
        return (self._component_distribution.cdf(self._pad(x)) * self._mixture_distribution.probs).sum(-1)

    def log_prob(self, x):
        self._check_value(x)
        logs = self._component_distribution.log_prob(self._pad(x))
        return _C.logsumexp(logs + _C.log_softmax(self._mixture_distribution.logits, -1), -1)

    def sample(self, sample_shape=()):
        with no_grad():
            dim = len(sample_shape) + len(self._batch_shape)
            chosen = self._mixture_distribution.sample(sample_shape)
            values = self._component_distribution.sample(sample_shape)
            event = tuple(self._event_shape)
            chosen = chosen.reshape(tuple(chosen.shape) + (1,) * (len(event) + 1))
            chosen = chosen.expand(tuple(values.shape[:dim]) + (1,) + event)
            return values.gather(dim, chosen).squeeze(dim)

    def __repr__(self) -> str:
        return f"MixtureSameFamily(\n  {self._mixture_distribution!r},\n  {self._component_distribution!r})"
