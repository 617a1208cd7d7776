"""Distributions over the real numbers."""
from __future__ import annotations

import math

from .. import _C
from .._dtype_info import finfo
from .._grad_mode import no_grad
from .distribution import Distribution, as_parameters

__all__ = ["Exponential", "Laplace", "LogNormal", "Normal", "Uniform"]


def _check(name, condition, words, value, owner) -> None:
    if not bool(condition.all()):
        raise ValueError(
            f"Expected parameter {name} ({type(value).__name__} of shape {tuple(value.shape)}) of distribution "
            f"{owner} to satisfy the constraint {words}, but found invalid values:\n{value}"
        )


class Normal(Distribution):
    """Mean ``loc`` and standard deviation ``scale``."""

    has_rsample = True
    arg_constraints = {"loc": "real", "scale": "positive"}

    def __init__(self, loc, scale, validate_args=None) -> None:
        self.loc, self.scale = as_parameters(loc, scale)
        super().__init__(self.loc.size(), validate_args=validate_args)
        if validate_args is not False:
            _check("scale", self.scale > 0, "GreaterThan(lower_bound=0.0)", self.scale, self)

    @property
    def mean(self):
        return self.loc

    mode = mean

    @property
    def stddev(self):
        return self.scale

    @property
    def variance(self):
        return self.scale.pow(2)

    def sample(self, sample_shape=()):
        shape = self._extended_shape(sample_shape)
        with no_grad():
            return _C.normal(self.loc.expand(shape), self.scale.expand(shape))

    def rsample(self, sample_shape=()):
        shape = self._extended_shape(sample_shape)
        noise = _C.empty(shape, dtype=self.loc.dtype).normal_()
        return self.loc + noise * self.scale

    def log_prob(self, value):
        variance = self.scale**2
        return -((value - self.loc) ** 2) / (2 * variance) - self.scale.log() - math.log(math.sqrt(2 * math.pi))

    def cdf(self, value):
        """The probability of less than ``value``."""
        return 0.5 * (1 + _C.erf((value - self.loc) * self.scale.reciprocal() / math.sqrt(2)))

    def icdf(self, value):
        """The inverse of ``cdf``."""
        return self.loc + self.scale * _C.erfinv(2 * value - 1) * math.sqrt(2)

    def entropy(self):
        return 0.5 + 0.5 * math.log(2 * math.pi) + _C.log(self.scale)


class LogNormal(Normal):
    """exp of a normal variable."""

    @property
    def mean(self):
        return (self.loc + self.scale.pow(2) / 2).exp()

    @property
    def variance(self):
        square = self.scale.pow(2)
        return square.expm1() * (2 * self.loc + square).exp()

    def sample(self, sample_shape=()):
        with no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape=()):
        return super().rsample(sample_shape).exp()

    def log_prob(self, value):
        return super().log_prob(value.log()) - value.log()

    def entropy(self):
        return super().entropy() + self.loc


class Uniform(Distribution):
    """Between ``low`` and ``high``."""

    has_rsample = True
    arg_constraints = {"low": "dependent", "high": "dependent"}

    def __init__(self, low, high, validate_args=None) -> None:
        self.low, self.high = as_parameters(low, high)
        super().__init__(self.low.size(), validate_args=validate_args)
        if validate_args is not False and not bool((self.low < self.high).all()):
            raise ValueError("Uniform is not defined when low>= high")

    @property
    def mean(self):
        return (self.high + self.low) / 2

    @property
    def variance(self):
        return (self.high - self.low).pow(2) / 12

    def rsample(self, sample_shape=()):
        draws = _C.rand(self._extended_shape(sample_shape), dtype=self.low.dtype)
        return self.low + draws * (self.high - self.low)

    def log_prob(self, value):
        inside = self.low.le(value).type_as(self.low) * self.high.gt(value).type_as(self.low)
        return _C.log(inside) - _C.log(self.high - self.low)

    def cdf(self, value):
        """The probability of less than ``value``."""
        return ((value - self.low) / (self.high - self.low)).clamp(min=0, max=1)

    def entropy(self):
        return _C.log(self.high - self.low)


class Exponential(Distribution):
    """Density rate exp(-rate x)."""

    has_rsample = True
    arg_constraints = {"rate": "positive"}

    def __init__(self, rate, validate_args=None) -> None:
        (self.rate,) = as_parameters(rate)
        super().__init__(self.rate.size(), validate_args=validate_args)

    @property
    def mean(self):
        return self.rate.reciprocal()

    @property
    def variance(self):
        return self.rate.pow(-2)

    def rsample(self, sample_shape=()):
        return _C.empty(self._extended_shape(sample_shape), dtype=self.rate.dtype).exponential_() / self.rate

    def log_prob(self, value):
        return self.rate.log() - self.rate * value

    def cdf(self, value):
        """The probability of less than ``value``."""
        return 1 - _C.exp(-self.rate * value)

    def entropy(self):
        return 1.0 - _C.log(self.rate)


class Laplace(Distribution):
    """Density exp(-|x - loc| / scale) / (2 scale)."""

    has_rsample = True
    arg_constraints = {"loc": "real", "scale": "positive"}

    def __init__(self, loc, scale, validate_args=None) -> None:
        self.loc, self.scale = as_parameters(loc, scale)
        super().__init__(self.loc.size(), validate_args=validate_args)

    @property
    def mean(self):
        return self.loc

    @property
    def variance(self):
        return 2 * self.scale.pow(2)

    def rsample(self, sample_shape=()):
        low = finfo(self.loc.dtype).eps - 1
        u = _C.empty(self._extended_shape(sample_shape), dtype=self.loc.dtype).uniform_(low, 1)
        return self.loc - self.scale * u.sign() * _C.log1p(-u.abs())

    def log_prob(self, value):
        return -_C.log(2 * self.scale) - _C.abs(value - self.loc) / self.scale

    def entropy(self):
        return 1 + _C.log(2 * self.scale)
