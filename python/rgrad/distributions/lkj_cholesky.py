"""Cholesky factors of random correlation matrices."""
from __future__ import annotations

import math

from .. import _C
from .._dtype_info import finfo
from .._grad_mode import no_grad
from . import constraints
from .beta import Beta
from .distribution import Distribution
from .utils import broadcast_all

__all__ = ["LKJCholesky"]


class LKJCholesky(Distribution):
    """Density of the ``dim`` x ``dim`` correlation matrix proportional to its determinant^(concentration - 1).

    Lewandowski, Kurowicka and Joe (2009). Rows are drawn one by one (the onion method): row i below the diagonal is a
    point of the ball, its squared length from a Beta distribution, its direction uniform.
    """

    arg_constraints = {"concentration": constraints.positive}
    support = constraints.corr_cholesky

    def __init__(self, dim, concentration=1.0, validate_args=None) -> None:
        if dim < 2:
            raise ValueError(f"Expected dim to be an integer greater than or equal to 2. Found dim={dim}.")
        self.dim = dim
        (self.concentration,) = broadcast_all(concentration)
        rows = (_C.arange(dim, dtype=self.concentration.dtype) - 1).clamp(min=0)
        whole = (self.concentration + 0.5 * (dim - 2)).unsqueeze(-1)
        self._beta = Beta(rows + 0.5, whole - 0.5 * rows)
        super().__init__(self.concentration.size(), (dim, dim), validate_args)

    def _expanded(self, name, value, batch_shape):
        if name == "_beta":
            return value.expand(tuple(batch_shape) + (self.dim,))
        return super()._expanded(name, value, batch_shape)

    def sample(self, sample_shape=()):
        with no_grad():
            squared = self._beta.sample(sample_shape).unsqueeze(-1)
            normal = _C.randn(self._extended_shape(sample_shape), dtype=squared.dtype).tril(-1)
            direction = normal / normal.norm(dim=-1, keepdim=True)
            direction[..., 0, :] = 0.0
            below = squared.sqrt() * direction
            left = (1 - (below**2).sum(-1)).clamp(min=finfo(below.dtype).tiny)
            return below + left.sqrt().diag_embed()

    def log_prob(self, value):
        self._check_value(value)
        diagonal = value.diagonal(dim1=-1, dim2=-2)[..., 1:]
        powers = 2 * (self.concentration - 1).unsqueeze(-1) + self.dim - _C.arange(2, self.dim + 1)
        return (powers * diagonal.log()).sum(-1) - self._log_norm()

    def _log_norm(self):
        n = self.dim - 1
        alpha = self.concentration + 0.5 * n
        # The logarithm of the multivariate gamma function of alpha - 1/2.
        steps = _C.arange(n, dtype=alpha.dtype) / 2
        gammas = 0.25 * n * (n - 1) * math.log(math.pi) + _C.lgamma(alpha.unsqueeze(-1) - 0.5 - steps).sum(-1)
        return 0.5 * n * math.log(math.pi) + gammas - n * _C.lgamma(alpha)
