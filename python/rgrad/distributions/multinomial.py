"""Counts of classes."""
from __future__ import annotations

from .. import _C
from . import constraints
from .binomial import Binomial
from .categorical import Categorical
from .distribution import Distribution
from .utils import broadcast_all

__all__ = ["Multinomial"]


class Multinomial(Distribution):
    """Counts of the classes in ``total_count`` categorical draws."""

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    total_count: int

    def __init__(self, total_count=1, probs=None, logits=None, validate_args=None) -> None:
        if not isinstance(total_count, int):
            raise NotImplementedError("inhomogeneous total_count is not supported")
        self.total_count = total_count
        self._categorical = Categorical(probs=probs, logits=logits)
        super().__init__(self._categorical.batch_shape, self._categorical.param_shape[-1:], validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=1)
    def support(self):
        """Counts that sum to at most ``total_count``."""
        return constraints.multinomial(self.total_count)

    @property
    def probs(self):
        """Probabilities of the classes."""
        return self._categorical.probs

    @property
    def logits(self):
        """Their logarithms."""
        return self._categorical.logits

    @property
    def param_shape(self):
        """The shape of the parameter."""
        return self._categorical.param_shape

    @property
    def mean(self):
        return self.probs * self.total_count

    @property
    def variance(self):
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape=()):
        draws = self._categorical.sample((self.total_count, *sample_shape)).movedim(0, -1)
        counts = _C.zeros(self._extended_shape(sample_shape), dtype=_C.int64)
        return counts.scatter_add_(-1, draws, _C.ones_like(draws)).type_as(self.probs)

    def entropy(self):
        n = _C.tensor(self.total_count)
        single = Binomial(self.total_count, probs=self.probs)
        counts = single.enumerate_support(expand=False)[1:]
        repeats = (single.log_prob(counts).exp() * _C.lgamma(counts + 1)).sum([0, -1])
        return n * self._categorical.entropy() - _C.lgamma(n + 1) + repeats

    def log_prob(self, value):
        self._check_value(value)
        logits, value = broadcast_all(self.logits, value)
        powers = logits.masked_fill((value == 0) & (logits == -float("inf")), 0) * value
        return _C.lgamma(value.sum(-1) + 1) - _C.lgamma(value + 1).sum(-1) + powers.sum(-1)
