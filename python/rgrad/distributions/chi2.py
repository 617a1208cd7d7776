"""Sums of squares of normal variables."""
from __future__ import annotations

from . import constraints
from .gamma import Gamma

__all__ = ["Chi2"]


class Chi2(Gamma):
    """The sum of the squares of ``df`` standard normal variables."""

    arg_constraints = {"df": constraints.positive}

    def __init__(self, df, validate_args=None) -> None:
        super().__init__(0.5 * df, 0.5, validate_args=validate_args)

    def _expanded(self, name, value, batch_shape):
        return value.expand(batch_shape) if name in ("concentration", "rate") else value

    @property
    def df(self):
        """Degrees of freedom."""
        return self.concentration * 2
