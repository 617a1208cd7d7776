"""The multivariate normal distribution."""
from __future__ import annotations

import math

from .. import _C
from ..functional import broadcast_shapes
from . import constraints
from .distribution import Distribution
from .utils import lazy_property, standard_normal

__all__ = ["MultivariateNormal"]


def _times(matrix, vector):
    return (matrix @ vector.unsqueeze(-1)).squeeze(-1)


def _log_diagonal(factor):
    return factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)


def _solve(factor, right):
    """factor^-1 right, over the broadcast batch."""
    batch = broadcast_shapes(factor.shape[:-2], right.shape[:-2])
    factor, right = (m.expand(tuple(batch) + tuple(m.shape[-2:])) for m in (factor, right))
    return _C.linalg_solve_triangular(factor, right, upper=False)


def _distance(factor, vector):
    """vector^T (factor factor^T)^-1 vector."""
    return _solve(factor, vector.unsqueeze(-1)).squeeze(-1).pow(2).sum(-1)


def _factor_of_inverse(precision):
    """The Cholesky factor of the inverse of ``precision``: factor it from its other corner, then invert."""
    upper = _C.linalg_cholesky(precision.flip((-2, -1))).flip((-2, -1)).mT
    return _solve(upper, _C.eye(precision.shape[-1], dtype=precision.dtype))


class MultivariateNormal(Distribution):
    """Mean ``loc`` and one of: covariance, precision, or the covariance's Cholesky factor ``scale_tril``."""

    arg_constraints = {
        "loc": constraints.real_vector, "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite, "scale_tril": constraints.lower_cholesky,
    }
    support = constraints.real_vector
    has_rsample = True

    def __init__(
        self, loc, covariance_matrix=None, precision_matrix=None, scale_tril=None, validate_args=None
    ) -> None:
        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        matrices = {
            "scale_tril": scale_tril, "covariance_matrix": covariance_matrix, "precision_matrix": precision_matrix,
        }
        given = {name: matrix for name, matrix in matrices.items() if matrix is not None}
        if len(given) != 1:
            raise ValueError("Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified.")
        ((name, matrix),) = given.items()
        if matrix.dim() < 2:
            words = f"{name} matrix" if name == "scale_tril" else name
            raise ValueError(f"{words} must be at least two-dimensional, with optional leading batch dimensions")
        batch = tuple(broadcast_shapes(matrix.shape[:-2], loc.shape[:-1]))
        setattr(self, name, matrix.expand(batch + (-1, -1)))
        self.loc = loc.expand(batch + (-1,))
        super().__init__(batch, self.loc.shape[-1:], validate_args=validate_args)
        if name == "covariance_matrix":
            matrix = _C.linalg_cholesky(matrix)
        elif name == "precision_matrix":
            matrix = _factor_of_inverse(matrix)
        self._unbroadcasted_scale_tril = matrix

    def _matrices(self, matrix):
        return matrix.expand(tuple(self._batch_shape) + 2 * tuple(self._event_shape))

    @lazy_property
    def scale_tril(self):
        """The covariance's Cholesky factor."""
        return self._matrices(self._unbroadcasted_scale_tril)

    @lazy_property
    def covariance_matrix(self):
        """The covariance."""
        factor = self._unbroadcasted_scale_tril
        return self._matrices(factor @ factor.mT)

    @lazy_property
    def precision_matrix(self):
        """The inverse of the covariance."""
        factor = self._unbroadcasted_scale_tril
        inverse = _solve(factor, _C.eye(factor.shape[-1], dtype=factor.dtype))
        return self._matrices(inverse.mT @ inverse)

    @property
    def mean(self):
        return self.loc

    @property
    def mode(self):
        return self.loc

    @property
    def variance(self):
        return self._unbroadcasted_scale_tril.pow(2).sum(-1).expand(self._extended_shape())

    def rsample(self, sample_shape=()):
        noise = standard_normal(self.loc, self._extended_shape(sample_shape))
        return self.loc + _times(self._unbroadcasted_scale_tril, noise)

    def log_prob(self, value):
        self._check_value(value)
        squares = _distance(self._unbroadcasted_scale_tril, value - self.loc)
        half = -0.5 * (self._event_shape[0] * math.log(2 * math.pi) + squares)
        return half - _log_diagonal(self._unbroadcasted_scale_tril)

    def entropy(self):
        half = 0.5 * self._event_shape[0] * (1.0 + math.log(2 * math.pi))
        return (half + _log_diagonal(self._unbroadcasted_scale_tril)).expand(self._batch_shape)
