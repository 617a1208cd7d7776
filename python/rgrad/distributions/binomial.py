"""Counts of successes."""
from __future__ import annotations

from .. import _C
from .._grad_mode import no_grad
from . import constraints
from .distribution import Distribution
from .utils import Given, broadcast_all

__all__ = ["Binomial"]


def _take_counted(self, total_count, probs, logits) -> None:
    """For counts of trials beside ``probs`` or ``logits``."""
    self._take(probs, logits)
    total_count, param = broadcast_all(total_count, self._param)
    setattr(self, self._given, param)
    self.total_count = total_count.type_as(param)


class Binomial(Given, Distribution):
    """How many of ``total_count`` trials succeed, each with probability ``probs``."""

    arg_constraints = {
        "total_count": constraints.nonnegative_integer, "probs": constraints.unit_interval, "logits": constraints.real,
    }
    has_enumerate_support = True

    def __init__(self, total_count=1, probs=None, logits=None, validate_args=None) -> None:
        _take_counted(self, total_count, probs, logits)
        super().__init__(self._param.size(), validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self):
        """0 to ``total_count``."""
        return constraints.integer_interval(0, self.total_count)

    @property
    def mean(self):
        return self.total_count * self.probs

    @property
    def mode(self):
        return ((self.total_count + 1) * self.probs).floor().clamp(max=self.total_count)

    @property
    def variance(self):
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape=()):
        shape = self._extended_shape(sample_shape)
        with no_grad():
            return _C.binomial(self.total_count.expand(shape), self.probs.expand(shape))

    def log_prob(self, value):
        self._check_value(value)
        n, logits = self.total_count, self.logits
        # max(logits, 0), with half of the gradient at 0
        positive = (logits.clamp(min=0) + logits - logits.clamp(max=0)) / 2
        log_failure = positive + _C.log1p(_C.exp(-logits.abs()))
        ways = _C.lgamma(n + 1) - _C.lgamma(value + 1) - _C.lgamma(n - value + 1)
        return value * logits + ways - n * log_failure

    def _count(self, what) -> int:
        count = int(self.total_count.max())
        if not bool(self.total_count.min() == count):
            raise NotImplementedError(f"Inhomogeneous total count not supported by `{what}`.")
        return count

    def entropy(self):
        self._count("entropy")
        logs = self.log_prob(self.enumerate_support(False))
        return -(logs.exp() * logs).sum(0)

    def enumerate_support(self, expand=True):
        return self._enumerated(1 + self._count("enumerate_support"), self._param.dtype, expand)
