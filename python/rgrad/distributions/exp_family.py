"""Distributions whose densities are exponentials of linear functions of natural parameters."""
from __future__ import annotations

from ..autograd import grad
from .distribution import Distribution

__all__ = ["ExponentialFamily"]


class ExponentialFamily(Distribution):
    """A subclass gives ``_natural_params``, ``_log_normalizer`` and ``_mean_carrier_measure``."""

    @property
    def _natural_params(self):
        raise NotImplementedError

    def _log_normalizer(self, *natural_params):
        raise NotImplementedError

    @property
    def _mean_carrier_measure(self):
        raise NotImplementedError

    def entropy(self):
        """By the gradient of the log normaliser, which is the mean of the statistics."""
        carrier = self._mean_carrier_measure
        params = [p.detach().requires_grad_() for p in self._natural_params]
        normalizer = self._log_normalizer(*params)
        means = grad(normalizer.sum(), params, create_graph=True)
        dots = [(p * m).reshape(tuple(self._batch_shape) + (-1,)).sum(-1) for p, m in zip(params, means)]
        return normalizer - carrier - sum(dots)
