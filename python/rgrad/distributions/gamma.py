"""The gamma distribution."""
from __future__ import annotations

from .. import _C
from .._dtype_info import finfo
from . import constraints
from ._implicit import standard_gamma
from .exp_family import ExponentialFamily
from .utils import broadcast_all

__all__ = ["Gamma"]


class Gamma(ExponentialFamily):
    """Density proportional to x^(concentration - 1) exp(-rate x)."""

    arg_constraints = {"concentration": constraints.positive, "rate": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True
    _mean_carrier_measure = 0

    def __init__(self, concentration, rate, validate_args=None) -> None:
        self.concentration, self.rate = broadcast_all(concentration, rate)
        super().__init__(self.concentration.size(), validate_args=validate_args)

    @property
    def mean(self):
        return self.concentration / self.rate

    @property
    def mode(self):
        return ((self.concentration - 1) / self.rate).clamp(min=0)

    @property
    def variance(self):
        return self.concentration / self.rate.pow(2)

    def rsample(self, sample_shape=()):
        shape = self._extended_shape(sample_shape)
        value = standard_gamma(self.concentration.expand(shape)) / self.rate.expand(shape)
        value.detach().clamp_(min=finfo(value.dtype).tiny)  # the gradient does not see this
        return value

    def log_prob(self, value):
        value = _C.as_tensor(value, dtype=self.rate.dtype)
        self._check_value(value)
        c = self.concentration
        return _C.xlogy(c, self.rate) + _C.xlogy(c - 1, value) - self.rate * value - _C.lgamma(c)

    def cdf(self, value):
        self._check_value(value)
        # As in PyTorch it has no derivative by the concentration.
        return _C.special_gammainc(self.concentration.detach(), self.rate * value)

    def entropy(self):
        c = self.concentration
        return c - _C.log(self.rate) + _C.lgamma(c) + (1.0 - c) * _C.digamma(c)

    @property
    def _natural_params(self):
        return (self.concentration - 1, -self.rate)

    def _log_normalizer(self, x, y):
        return _C.lgamma(x + 1) + (x + 1) * _C.log(-y.reciprocal())
