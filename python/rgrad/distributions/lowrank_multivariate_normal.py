"""A normal distribution whose covariance is of low rank but for its diagonal."""
from __future__ import annotations

import math

from .. import _C
from ..functional import broadcast_tensors
from . import constraints
from .distribution import Distribution
from .multivariate_normal import _distance, _log_diagonal, _solve, _times
from .utils import lazy_property, standard_normal

__all__ = ["LowRankMultivariateNormal"]


class LowRankMultivariateNormal(Distribution):
    """Covariance W W^T + D, by the Woodbury identity: ``cov_factor`` is W, ``cov_diag`` the diagonal of D."""

    arg_constraints = {
        "loc": constraints.real_vector, "cov_factor": constraints.independent(constraints.real, 2),
        "cov_diag": constraints.independent(constraints.positive, 1),
    }
    support = constraints.real_vector
    has_rsample = True

    def __init__(self, loc, cov_factor, cov_diag, validate_args=None) -> None:
        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        event = loc.shape[-1:]
        if cov_factor.dim() < 2:
            raise ValueError("cov_factor must be at least two-dimensional, with optional leading batch dimensions")
        if cov_factor.shape[-2:-1] != event:
            raise ValueError(f"cov_factor must be a batch of matrices with shape {event[0]} x m")
        if cov_diag.shape[-1:] != event:
            raise ValueError(f"cov_diag must be a batch of vectors with shape {event}")
        try:
            means, self.cov_factor, diagonal = broadcast_tensors(loc.unsqueeze(-1), cov_factor, cov_diag.unsqueeze(-1))
        except RuntimeError as error:
            raise ValueError(
                f"Incompatible batch shapes: loc {loc.shape}, cov_factor {cov_factor.shape}, cov_diag {cov_diag.shape}"
            ) from error
        self.loc, self.cov_diag = means[..., 0], diagonal[..., 0]
        self._unbroadcasted_cov_factor, self._unbroadcasted_cov_diag = cov_factor, cov_diag
        inner = self._scaled() @ cov_factor
        self._capacitance_tril = _C.linalg_cholesky(inner + _C.eye(inner.shape[-1], dtype=inner.dtype))
        super().__init__(self.loc.shape[:-1], event, validate_args=validate_args)

    def _scaled(self):
        """W^T D^-1."""
        return self._unbroadcasted_cov_factor.mT / self._unbroadcasted_cov_diag.unsqueeze(-2)

    def _log_det(self):
        return 2 * _log_diagonal(self._capacitance_tril) + self._unbroadcasted_cov_diag.log().sum(-1)

    def _squares(self, x):
        plain = (x.pow(2) / self._unbroadcasted_cov_diag).sum(-1)
        return plain - _distance(self._capacitance_tril, _times(self._scaled(), x))

    def _matrices(self, matrix):
        return matrix.expand(tuple(self._batch_shape) + 2 * tuple(self._event_shape))

    @property
    def mean(self):
        return self.loc

    @property
    def mode(self):
        return self.loc

    @lazy_property
    def variance(self):
        """The diagonal of the covariance."""
        diagonal = self._unbroadcasted_cov_factor.pow(2).sum(-1) + self._unbroadcasted_cov_diag
        return diagonal.expand(self._extended_shape())

    @lazy_property
    def scale_tril(self):
        """The covariance's Cholesky factor."""
        root = self._unbroadcasted_cov_diag.sqrt().unsqueeze(-1)
        scaled = self._unbroadcasted_cov_factor / root
        inner = scaled @ scaled.mT
        return self._matrices(root * _C.linalg_cholesky(inner + _C.eye(inner.shape[-1], dtype=inner.dtype)))

    @lazy_property
    def covariance_matrix(self):
        """The covariance."""
        factor = self._unbroadcasted_cov_factor
        return self._matrices(factor @ factor.mT + _C.diag_embed(self._unbroadcasted_cov_diag))

    @lazy_property
    def precision_matrix(self):
        """The inverse of the covariance."""
        part = _solve(self._capacitance_tril, self._scaled())
        return self._matrices(_C.diag_embed(self._unbroadcasted_cov_diag.reciprocal()) - part.mT @ part)

    def rsample(self, sample_shape=()):
        shape = tuple(self._extended_shape(sample_shape))
        along = standard_normal(self.loc, shape[:-1] + tuple(self.cov_factor.shape[-1:]))
        apart = standard_normal(self.loc, shape)
        spread = _times(self._unbroadcasted_cov_factor, along)
        return self.loc + spread + self._unbroadcasted_cov_diag.sqrt() * apart

    def log_prob(self, value):
        self._check_value(value)
        squares = self._squares(value - self.loc)
        return -0.5 * (self._event_shape[0] * math.log(2 * math.pi) + self._log_det() + squares)

    def entropy(self):
        size = self._event_shape[0] * (1.0 + math.log(2 * math.pi))
        return (0.5 * (size + self._log_det())).expand(self._batch_shape)
