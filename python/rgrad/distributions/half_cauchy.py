"""The absolute value of a Cauchy variable."""
from __future__ import annotations

from . import constraints
from .cauchy import Cauchy
from .half_normal import _Half
from .transforms import AbsTransform

__all__ = ["HalfCauchy"]


class HalfCauchy(_Half):
    """The absolute value of a Cauchy variable of median 0."""

    arg_constraints = {"scale": constraints.positive}

    def __init__(self, scale, validate_args=None) -> None:
        super().__init__(Cauchy(0, scale, validate_args=False), AbsTransform(), validate_args=validate_args)

    @property
    def mean(self):
        return self._full(float("inf"), self.scale)

    @property
    def variance(self):
        return self.base_dist.variance
