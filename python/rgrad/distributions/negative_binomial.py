"""Counts of successes before failures."""
from __future__ import annotations

from .. import _C
from .._grad_mode import no_grad
from ..nn import functional as F
from . import constraints
from .binomial import _take_counted
from .distribution import Distribution
from .gamma import Gamma
from .utils import Given, lazy_property

__all__ = ["NegativeBinomial"]


class NegativeBinomial(Given, Distribution):
    """How many trials succeed, each with probability ``probs``, before ``total_count`` have failed."""

    arg_constraints = {
        "total_count": constraints.greater_than_eq(0), "probs": constraints.half_open_interval(0.0, 1.0),
        "logits": constraints.real,
    }
    support = constraints.nonnegative_integer

    def __init__(self, total_count, probs=None, logits=None, validate_args=None) -> None:
        _take_counted(self, total_count, probs, logits)
        super().__init__(self._param.size(), validate_args=validate_args)

    @property
    def mean(self):
        return self.total_count * _C.exp(self.logits)

    @property
    def mode(self):
        return ((self.total_count - 1) * self.logits.exp()).floor().clamp(min=0.0)

    @property
    def variance(self):
        return self.mean / _C.sigmoid(-self.logits)

    @lazy_property
    def _gamma(self):
        return Gamma(self.total_count, _C.exp(-self.logits), validate_args=False)

    def sample(self, sample_shape=()):
        with no_grad():
            return _C.poisson(self._gamma.sample(sample_shape))

    def log_prob(self, value):
        self._check_value(value)
        n = self.total_count
        trials = n * F.logsigmoid(-self.logits) + value * F.logsigmoid(self.logits)
        ways = _C.lgamma(n + value) - _C.lgamma(1.0 + value) - _C.lgamma(n)
        return trials + ways.masked_fill(n + value == 0.0, 0.0)
