"""The multivariate normal distribution."""
from __future__ import annotations

import math

from .. import _C
from .distribution import Distribution

__all__ = ["MultivariateNormal"]


class MultivariateNormal(Distribution):
    """Mean ``loc`` and one of: covariance, precision, or the covariance's Cholesky factor ``scale_tril``."""

    has_rsample = True
    arg_constraints = {"loc": "real_vector", "covariance_matrix": "positive_definite"}

    def __init__(
        self, loc, covariance_matrix=None, precision_matrix=None, scale_tril=None, validate_args=None
    ) -> None:
        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        if sum(m is not None for m in (covariance_matrix, precision_matrix, scale_tril)) != 1:
            raise ValueError("Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified.")
        if precision_matrix is not None:
            covariance_matrix = _C.linalg_inv(precision_matrix)
        self.scale_tril = scale_tril if scale_tril is not None else _C.linalg_cholesky(covariance_matrix)
        shape = tuple(_C.broadcast_tensors([loc, self.scale_tril[..., 0]])[0].shape)
        self.loc = loc.expand(shape)
        super().__init__(shape[:-1], shape[-1:], validate_args=validate_args)

    @property
    def mean(self):
        return self.loc

    @property
    def covariance_matrix(self):
        """L L^T."""
        return self.scale_tril @ self.scale_tril.mT

    @property
    def variance(self):
        return self.scale_tril.pow(2).sum(-1).expand(self._extended_shape())

    def rsample(self, sample_shape=()):
        noise = _C.empty(self._extended_shape(sample_shape), dtype=self.loc.dtype).normal_()
        return self.loc + (self.scale_tril @ noise.unsqueeze(-1)).squeeze(-1)

    def _log_det_half(self):
        return self.scale_tril.diagonal(dim1=-2, dim2=-1).log().sum(-1)

    def log_prob(self, value):
        difference = (value - self.loc).unsqueeze(-1)
        factor = self.scale_tril.expand(*difference.shape[:-2], *self.scale_tril.shape[-2:])
        scaled = _C.linalg_solve_triangular(factor, difference, upper=False).squeeze(-1)
        return -0.5 * (self._event_shape[0] * math.log(2 * math.pi) + scaled.pow(2).sum(-1)) - self._log_det_half()

    def entropy(self):
        half = 0.5 * self._event_shape[0] * (1.0 + math.log(2 * math.pi)) + self._log_det_half()
        return half.expand(self._batch_shape)
