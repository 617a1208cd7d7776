"""Broadcasting of parameters, and values computed when they are first asked for."""
from __future__ import annotations

from numbers import Number

from .. import _C
from .._dtype_info import finfo
from .._grad_mode import enable_grad
from ..functional import broadcast_tensors
from ..nn import functional as F

__all__ = [
    "broadcast_all", "clamp_probs", "lazy_property", "logits_to_probs", "probs_to_logits", "tril_matrix_to_vec",
    "vec_to_tril_matrix",
]

euler_constant = 0.57721566490153286060


def broadcast_all(*values) -> tuple:
    """Numbers and tensors as tensors of one shape; numbers take the dtype of the first tensor."""
    if not all(isinstance(v, (_C.Tensor, Number)) for v in values):
        raise ValueError(
            "Input arguments must all be instances of Number, torch.Tensor or objects implementing __torch_function__."
        )
    dtype = next((v.dtype for v in values if isinstance(v, _C.Tensor)), None) or _C.get_default_dtype()
    return tuple(broadcast_tensors(*[v if isinstance(v, _C.Tensor) else _C.tensor(v, dtype=dtype) for v in values]))


def standard_normal(like, shape):
    """Draws of the standard normal distribution, of the dtype of ``like``."""
    return _C.empty(shape, dtype=like.dtype).normal_()


def _sum_rightmost(value, dim: int):
    """``value`` summed over its last ``dim`` dimensions."""
    return value.reshape(tuple(value.shape[: value.dim() - dim]) + (-1,)).sum(-1) if dim else value


def logits_to_probs(logits, is_binary=False):
    """Probabilities of log odds, or of (unnormalised) log probabilities along the last dimension."""
    return _C.sigmoid(logits) if is_binary else F.softmax(logits, -1)


def clamp_probs(probs):
    """``probs`` moved off 0 and 1 by the dtype's eps."""
    eps = finfo(probs.dtype).eps
    return probs.clamp(min=eps, max=1 - eps)


def probs_to_logits(probs, is_binary=False):
    """Log odds of probabilities, or their logarithms."""
    probs = clamp_probs(probs)
    return _C.log(probs) - _C.log1p(-probs) if is_binary else _C.log(probs)


class lazy_property:
    """An attribute computed, with gradients recorded, when it is first read, and kept in the instance."""

    def __init__(self, wrapped) -> None:
        self.wrapped = wrapped
        self.__doc__ = wrapped.__doc__

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        with enable_grad():
            value = self.wrapped(instance)
        setattr(instance, self.wrapped.__name__, value)
        return value


class Given:
    """For distributions that take ``probs`` or ``logits``: keeps the one given, computes the other."""

    _binary = True

    def _take(self, probs, logits) -> None:
        if (probs is None) == (logits is None):
            raise ValueError("Either `probs` or `logits` must be specified, but not both.")
        self._given = "probs" if probs is not None else "logits"
        setattr(self, self._given, probs if probs is not None else logits)

    @property
    def _param(self):
        return getattr(self, self._given)

    @property
    def param_shape(self):
        """The shape of the parameter."""
        return self._param.size()

    @lazy_property
    def logits(self):
        """Log odds, or log probabilities."""
        return probs_to_logits(self.probs, self._binary)

    @lazy_property
    def probs(self):
        """Probabilities."""
        return logits_to_probs(self.logits, self._binary)


def _below(n: int, diag: int):
    columns = _C.arange(n)
    return columns < columns.view(-1, 1) + (diag + 1)


def tril_matrix_to_vec(mat, diag=0):
    """The elements on and below a diagonal, row by row."""
    n = mat.shape[-1]
    if diag < -n or diag >= n:
        raise ValueError(f"diag ({diag}) provided is outside [{-n}, {n - 1}].")
    return mat[..., _below(n, diag)]


def vec_to_tril_matrix(vec, diag=0):
    """The square matrix whose elements on and below a diagonal are ``vec``; the others are 0."""
    root = ((1 + 2 * diag) ** 2 + 8 * vec.shape[-1] + 4 * abs(diag) * (diag + 1)) ** 0.5
    n = (root - (1 + 2 * diag)) / 2
    if round(n) - n > finfo(vec.dtype).eps:
        raise ValueError(
            f"The size of last dimension is {vec.shape[-1]} which cannot be expressed as the lower triangular part of "
            "a square D x D matrix."
        )
    n = round(n)
    matrix = vec.new_zeros(tuple(vec.shape[:-1]) + (n, n))
    matrix[..., _below(n, diag)] = vec
    return matrix
