"""Ready-made parametrizations: weight and spectral normalisation, orthogonal matrices."""
from __future__ import annotations

from ... import _C
from ..._dtype_info import finfo
from ..._grad_mode import no_grad
from .. import functional as F
from ..modules.module import Module
from .parametrize import register_parametrization

__all__ = ["orthogonal", "spectral_norm", "weight_norm"]


def norm_except(v, dim):
    """The norm of every slice along ``dim``, shaped to broadcast; of everything if ``dim`` is None."""
    if dim is None or dim == -1:
        return v.norm()
    shape = [1] * v.dim()
    shape[dim] = v.size(dim)
    return v.transpose(0, dim).reshape(v.size(dim), -1).norm(2, 1).view(shape)


class _WeightNorm(Module):
    def __init__(self, dim=0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g, weight_v):
        return weight_v * (weight_g / norm_except(weight_v, self.dim))

    def right_inverse(self, weight):
        return norm_except(weight, self.dim), weight


def weight_norm(module, name="weight", dim=0):
    """The tensor as direction times length: length (``original0``) and direction (``original1``) are learned."""
    register_parametrization(module, name, _WeightNorm(dim), unsafe=True)
    return module


class _SpectralNorm(Module):
    def __init__(self, weight, n_power_iterations=1, dim=0, eps=1e-12) -> None:
        super().__init__()
        if dim >= weight.dim() or dim < -weight.dim():
            raise IndexError(
                f"Dimension out of range (expected to be in range of [-{weight.dim()}, {weight.dim() - 1}] "
                f"but got {dim})"
            )
        if n_power_iterations <= 0:
            raise ValueError(
                "Expected n_power_iterations to be positive, but got n_power_iterations=" f"{n_power_iterations}"
            )
        self.dim = dim if dim >= 0 else dim + weight.dim()
        self.eps = eps
        if weight.dim() > 1:
            self.n_power_iterations = n_power_iterations
            with no_grad():
                matrix = self._matrix(weight)
                h, w = matrix.size()
                u, v = matrix.new_empty(h).normal_(0, 1), matrix.new_empty(w).normal_(0, 1)
                self.register_buffer("_u", F.normalize(u, dim=0, eps=eps))
                self.register_buffer("_v", F.normalize(v, dim=0, eps=eps))
                self._iterate(matrix, 15)

    def _matrix(self, weight):
        if self.dim != 0:
            weight = weight.movedim(self.dim, 0)
        return weight.flatten(1)

    def _iterate(self, matrix, count) -> None:
        with no_grad():
            for _ in range(count):
                self._u.copy_(F.normalize(_C.mv(matrix, self._v), dim=0, eps=self.eps))
                self._v.copy_(F.normalize(_C.mv(matrix.t(), self._u), dim=0, eps=self.eps))

    def forward(self, weight):
        if weight.dim() == 1:
            return F.normalize(weight, dim=0, eps=self.eps)
        matrix = self._matrix(weight)
        if self.training:
            self._iterate(matrix, self.n_power_iterations)
        sigma = _C.dot(self._u.clone(), _C.mv(matrix, self._v.clone()))
        return weight / sigma

    def right_inverse(self, value):
        return value


def spectral_norm(module, name="weight", n_power_iterations=1, eps=1e-12, dim=None):
    """The tensor divided by its largest singular value, which power iteration follows."""
    weight = getattr(module, name, None)
    if not isinstance(weight, _C.Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    if dim is None:
        dim = 1 if type(module).__name__.startswith("ConvTranspose") else 0
    register_parametrization(module, name, _SpectralNorm(weight, n_power_iterations, dim, eps))
    return module


def _eye_like(x):
    return _C.eye(x.size(-1), dtype=x.dtype)


def _nearest_orthogonal(matrix):
    """The Q of the QR decomposition whose R has a positive diagonal."""
    q, r = _C.linalg_qr(matrix)
    return q * r.diagonal(dim1=-2, dim2=-1).sign().unsqueeze(-2)


def _reflections(below, tau):
    """The product of I - tau_i v_i v_i^T over the columns, with v_i 0 above the diagonal, 1 on it, then ``below``."""
    n, k = below.size(-2), below.size(-1)
    unit = _C.eye(n, k, dtype=below.dtype)
    vectors, q = below + unit, unit.expand(below.shape)
    for i in reversed(range(k)):
        v = vectors[..., i : i + 1]
        q = q - tau[..., i, None, None] * (v @ (v.mT @ q))
    return q


class _Orthogonal(Module):
    def __init__(self, weight, orthogonal_map, use_trivialization=True) -> None:
        super().__init__()
        self.shape, self.orthogonal_map = weight.shape, orthogonal_map
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, x):
        wide = x.size(-2) < x.size(-1)
        x = x.mT if wide else x
        n, k = x.size(-2), x.size(-1)
        if self.orthogonal_map == "householder":
            below = x.tril(-1)
            q = _reflections(below, 2.0 / (1.0 + (below * below).sum(-2)))
            q = q * x.diagonal(dim1=-2, dim2=-1).int().unsqueeze(-2)
        else:
            x = x.tril()
            if n != k:
                x = _C.cat([x, x.new_zeros(n, n - k).expand(*x.shape[:-2], -1, -1)], -1)
            skew = x - x.mT
            if self.orthogonal_map == "matrix_exp":
                q = _C.linalg_matrix_exp(skew)
            else:
                unit = _eye_like(skew)
                q = _C.linalg_solve(unit - 0.5 * skew, unit + 0.5 * skew)
            q = q[..., :k]
        if hasattr(self, "base"):
            q = self.base @ q
        return q.mT if wide else q

    @no_grad()
    def right_inverse(self, value):
        if value.shape != self.shape:
            raise ValueError(
                f"Expected a matrix or batch of matrices of shape {self.shape}. Got a tensor of shape {value.shape}."
            )
        wide = value.size(-2) < value.size(-1)
        q = value.mT if wide else value
        if not hasattr(self, "base"):
            return self._without_base(q, wide)
        n, k = q.size(-2), q.size(-1)
        if n != k:
            q = _C.cat([q, _C.randn(*q.shape[:-2], n, n - k, dtype=q.dtype)], -1)
            self.base = _nearest_orthogonal(q)
        else:
            close = _C.allclose(q.mT @ q, _eye_like(q), atol=10.0 * n * finfo(q.dtype).eps)
            self.base = q.clone() if close else _nearest_orthogonal(q)
        start = _C.zeros_like(value)
        start.diagonal(dim1=-2, dim2=-1).fill_(-1.0)
        return start

    def _without_base(self, q, wide):
        if self.orthogonal_map != "householder":
            raise NotImplementedError(
                "It is not possible to assign to the matrix exponential or the Cayley parametrizations when "
                "use_trivialization=False."
            )
        work = q.clone()
        for i in range(q.size(-1)):
            # The reflection that sends what is left of column i to a multiple of the first unit vector.
            column = work[..., i:, i]
            head, tail = column[..., :1], column[..., 1:]
            length = column.norm(dim=-1, keepdim=True)
            beta = _C.where(head > 0, -length, length)
            flat = (tail == 0).all(-1, keepdim=True)
            below = _C.where(flat, _C.zeros_like(tail), tail / (head - beta))
            v = _C.cat([_C.ones_like(head), below], -1).unsqueeze(-1)
            tau = _C.where(flat, _C.zeros_like(head), (beta - head) / beta).unsqueeze(-1)
            rest = work[..., i:, i:]
            rest.copy_(rest - tau * (v @ (v.mT @ rest)))
            # A reflection that is none at all turns the sign on the diagonal.
            sign = work[..., i, i].sign()
            work[..., i, i] = _C.where(tau[..., 0, 0] == 0.0, -sign, sign)
            work[..., i + 1 :, i] = below
        return work.mT if wide else work


def orthogonal(module, name="weight", orthogonal_map=None, *, use_trivialization=True):
    """The tensor as a matrix with orthonormal columns, or rows where it is wide.

    ``orthogonal_map`` is how it is made of what is learned: "matrix_exp", "cayley" or "householder".
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, _C.Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    if weight.dim() < 2:
        raise ValueError(f"Expected a matrix or batch of matrices. Got a tensor of {weight.dim()} dimensions.")
    if orthogonal_map is None:
        orthogonal_map = "matrix_exp" if weight.size(-2) == weight.size(-1) else "householder"
    if orthogonal_map not in ("matrix_exp", "cayley", "householder"):
        raise ValueError(
            f'orthogonal_map has to be one of "matrix_exp", "cayley", "householder". Got: {orthogonal_map}'
        )
    register_parametrization(module, name, _Orthogonal(weight, orthogonal_map, use_trivialization), unsafe=True)
    return module
