"""Bernoulli's formula as a density over the unit interval."""
from __future__ import annotations

import math

from .. import _C
from .._grad_mode import no_grad
from ..nn import functional as F
from . import constraints
from .exp_family import ExponentialFamily
from .utils import Given, broadcast_all, clamp_probs, lazy_property, logits_to_probs

__all__ = ["ContinuousBernoulli"]


class ContinuousBernoulli(Given, ExponentialFamily):
    """Density proportional to p^x (1 - p)^(1 - x). Within ``lims``, about 1/2, series stand for the formulas."""

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.unit_interval
    _mean_carrier_measure = 0
    has_rsample = True

    def __init__(self, probs=None, logits=None, lims=(0.499, 0.501), validate_args=None) -> None:
        self._take(*(v if v is None else broadcast_all(v)[0] for v in (probs, logits)))
        if probs is not None:
            if validate_args is not None and not bool(constraints.unit_interval.check(self.probs).all()):
                raise ValueError("The parameter probs has invalid values")
            self.probs = clamp_probs(self.probs)
        self._lims = lims
        super().__init__(self._param.size(), validate_args=validate_args)

    @lazy_property
    def probs(self):
        """Probabilities, off 0 and 1."""
        return clamp_probs(logits_to_probs(self.logits, True))

    def _far(self):
        return (self.probs <= self._lims[0]) | (self.probs > self._lims[1])

    def _safe(self):
        return _C.where(self._far(), self.probs, self._lims[0] * _C.ones_like(self.probs))

    def _cont_bern_log_norm(self):
        p = self._safe()
        below = _C.where(p <= 0.5, p, _C.zeros_like(p))
        above = _C.where(p >= 0.5, p, _C.ones_like(p))
        width = _C.where(p <= 0.5, _C.log1p(-2.0 * below), _C.log(2.0 * above - 1.0))
        exact = _C.log(_C.abs(_C.log1p(-p) - _C.log(p))) - width
        x = (self.probs - 0.5).pow(2)
        return _C.where(self._far(), exact, math.log(2.0) + (4.0 / 3.0 + 104.0 / 45.0 * x) * x)

    @property
    def mean(self):
        p, x = self._safe(), self.probs - 0.5
        exact = p / (2.0 * p - 1.0) + 1.0 / (_C.log1p(-p) - _C.log(p))
        return _C.where(self._far(), exact, 0.5 + (1.0 / 3.0 + 16.0 / 45.0 * x.pow(2)) * x)

    @property
    def variance(self):
        p, x = self._safe(), (self.probs - 0.5).pow(2)
        exact = p * (p - 1.0) / (1.0 - 2.0 * p).pow(2) + 1.0 / (_C.log1p(-p) - _C.log(p)).pow(2)
        return _C.where(self._far(), exact, 1.0 / 12.0 - (1.0 / 15.0 - 128.0 / 945.0 * x) * x)

    def sample(self, sample_shape=()):
        with no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape=()):
        return self.icdf(_C.rand(self._extended_shape(sample_shape), dtype=self.probs.dtype))

    def log_prob(self, value):
        self._check_value(value)
        logits, value = broadcast_all(self.logits, value)
        return self._cont_bern_log_norm() - F.binary_cross_entropy_with_logits(logits, value, reduction="none")

    def cdf(self, value):
        self._check_value(value)
        p = self._safe()
        exact = (p.pow(value) * (1.0 - p).pow(1.0 - value) + p - 1.0) / (2.0 * p - 1.0)
        inside = _C.where(self._far(), exact, value)
        inside = _C.where(value >= 1.0, _C.ones_like(value), inside)
        return _C.where(value <= 0.0, _C.zeros_like(value), inside)

    def icdf(self, value):
        p = self._safe()
        base = _C.log1p(-p)
        exact = (_C.log1p(-p + value * (2.0 * p - 1.0)) - base) / (_C.log(p) - base)
        return _C.where(self._far(), exact, value)

    def entropy(self):
        failure, success = _C.log1p(-self.probs), _C.log(self.probs)
        return self.mean * (failure - success) - self._cont_bern_log_norm() - failure

    @property
    def _natural_params(self):
        return (self.logits,)

    def _log_normalizer(self, x):
        far = (x <= self._lims[0] - 0.5) | (x > self._lims[1] - 0.5)
        safe = _C.where(far, x, (self._lims[0] - 0.5) * _C.ones_like(x))
        exact = _C.log(_C.abs(_C.expm1(safe))) - _C.log(_C.abs(safe))
        return _C.where(far, exact, 0.5 * x + x.pow(2) / 24.0 - x.pow(4) / 2880.0)
