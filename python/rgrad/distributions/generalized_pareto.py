"""Exceedances of a threshold."""
from __future__ import annotations

from .. import _C
from . import constraints
from .distribution import Distribution
from .utils import broadcast_all

__all__ = ["GeneralizedPareto"]


class GeneralizedPareto(Distribution):
    """P(X > x) = (1 + concentration (x - loc) / scale)^(-1 / concentration); exponential where concentration is 0."""

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive, "concentration": constraints.real}
    has_rsample = True

    def __init__(self, loc, scale, concentration, validate_args=None) -> None:
        self.loc, self.scale, self.concentration = broadcast_all(loc, scale, concentration)
        super().__init__(self.loc.size(), validate_args=validate_args)

    def _shape(self):
        """Whether the concentration is 0, and a concentration that can be divided by."""
        zero = _C.isclose(self.concentration, _C.zeros_like(self.concentration))
        return zero, _C.where(zero, _C.ones_like(self.concentration), self.concentration)

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self):
        """From ``loc`` on, with an end where the concentration is negative."""
        end = self.loc - self.scale / self.concentration
        return constraints.interval(self.loc, _C.where(self.concentration < 0, end, float("inf")))

    def rsample(self, sample_shape=()):
        return self.icdf(_C.rand(self._extended_shape(sample_shape), dtype=self.loc.dtype))

    def log_survival_function(self, value):
        """log P(X > value)."""
        self._check_value(value)
        z = (value - self.loc) / self.scale
        zero, c = self._shape()
        return -_C.where(zero, z, _C.log1p(c * z) / c)

    def log_prob(self, value):
        self._check_value(value)
        z = (value - self.loc) / self.scale
        zero, c = self._shape()
        power = 1 / c + 1
        return -self.scale.log() - _C.where(zero, z, _C.where(power == 0, power, power * _C.log1p(c * z)))

    def log_cdf(self, value):
        """log P(X <= value)."""
        return _C.log1p(-_C.exp(self.log_survival_function(value)))

    def cdf(self, value):
        return _C.exp(self.log_cdf(value))

    def icdf(self, value):
        zero, c = self._shape()
        left = _C.log1p(-value)
        return self.loc + self.scale * _C.where(zero, -left, _C.expm1(-c * left) / c)

    @property
    def mean(self):
        ok = self.concentration < 1
        safe = _C.where(ok, self.concentration, 0.5)
        return _C.where(ok, self.loc + self.scale / (1 - safe), float("nan"))

    @property
    def mode(self):
        return self.loc

    @property
    def variance(self):
        ok = self.concentration < 0.5
        safe = _C.where(ok, self.concentration, 0.25)
        return _C.where(ok, self.scale**2 / ((1 - safe) ** 2 * (1 - 2 * safe)), float("nan"))

    def entropy(self):
        return _C.log(self.scale) + self.concentration + 1
