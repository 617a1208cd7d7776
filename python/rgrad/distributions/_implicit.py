"""Gamma and Dirichlet draws with gradients, by implicit differentiation of their distribution functions."""
from __future__ import annotations

from .. import _C
from .._dtype_info import finfo
from ..autograd import Function

# With x at a fixed probability P(x; a), dx/da = -(dP/da) / (dP/dx). Both parts are integrals of the density; over the
# shorter side of x and in logarithms they become integrals over s > 0 of a decaying exponential times a logarithm,
# which the substitution s = exp(t - exp(-t)) makes fit for the trapezoidal rule.
_STEP = 0.1


def _nodes(like):
    t = _C.arange(-40, 55, dtype=_C.float64).view((-1,) + (1,) * like.dim()) * _STEP
    decay = _C.exp(-t)
    s = _C.exp(t - decay)
    return s, s * (1 + decay) * _STEP


def _integral(scale, log_weight, factor):
    """The integral over s > 0 of exp(log_weight(s)) factor(s), which decays over lengths of ``scale``."""
    s, weight = _nodes(scale)
    s = s * scale
    return (weight * scale * _C.exp(log_weight(s)) * factor(s)).sum(0)


def _gamma_sides(a, x):
    """The scale and the logarithm of the weight of Gamma(a)'s density over that at x: below x, above x."""
    below = 1 / ((a - x).clamp(min=0) + _C.minimum(a, a.sqrt())), lambda s: -a * s - x * _C.expm1(-s)
    above = 1 / ((1 - a / x).clamp(min=0) + (x + 1).rsqrt()), lambda s: (a - 1) * _C.log1p(s / x) - s
    return below, above


def standard_gamma_grad(alpha, sample):
    """d sample / d alpha of Gamma(alpha, 1) draws."""
    a, x = alpha.to(_C.float64), sample.to(_C.float64)
    middle, log_x = _C.digamma(a), x.log()
    below, above = _gamma_sides(a, x)
    left = -x * _integral(*below, lambda s: log_x - s - middle)
    right = _integral(*above, lambda s: _C.log(x + s) - middle)
    return _C.where(x <= a, left, right).to(sample.dtype)


def dirichlet_grad(x, alpha, total):
    """d x / d alpha of Beta(alpha, total - alpha) draws, over 1 - x."""
    p, a, whole = x.to(_C.float64), alpha.to(_C.float64), total.to(_C.float64)
    b, q = whole - a, 1 - x.to(_C.float64)
    middle = _C.digamma(a) - _C.digamma(whole)
    below = -p * _integral(
        1 / ((a - (b - 1) * p / q).clamp(min=0) + _C.minimum(a, a.sqrt())),
        lambda s: -a * s + (b - 1) * (_C.log1p(-p * _C.exp(-s)) - _C.log1p(-p)),
        lambda s: p.log() - s - middle,
    )
    above = q * _integral(
        1 / ((b - (a - 1) * q / p).clamp(min=0) + _C.minimum(b, b.sqrt())),
        lambda s: -b * s + (a - 1) * (_C.log1p(-q * _C.exp(-s)) - p.log()),
        lambda s: _C.log1p(-q * _C.exp(-s)) - middle,
    )
    return (_C.where(p <= a / whole, below, above) / q).to(x.dtype)


class _StandardGamma(Function):
    @staticmethod
    def forward(ctx, alpha):
        sample = _C._standard_gamma(alpha)
        ctx.save_for_backward(alpha, sample)
        return sample

    @staticmethod
    def backward(ctx, g):
        return g * standard_gamma_grad(*ctx.saved_tensors)


class _Dirichlet(Function):
    @staticmethod
    def forward(ctx, alpha):
        # In double, so that small concentrations do not all underflow.
        parts = _C._standard_gamma(alpha.to(_C.float64))
        limits = finfo(alpha.dtype)
        sample = (parts / parts.sum(-1, True)).to(alpha.dtype).clamp(min=limits.tiny, max=1 - limits.eps / 2)
        ctx.save_for_backward(alpha, sample)
        return sample

    @staticmethod
    def backward(ctx, g):
        alpha, sample = ctx.saved_tensors
        grad = dirichlet_grad(sample, alpha, alpha.sum(-1, True).expand_as(alpha))
        return grad * (g - (sample * g).sum(-1, True))


def standard_gamma(alpha):
    """Gamma(alpha, 1) draws."""
    return _StandardGamma.apply(alpha)


def dirichlet(alpha):
    """Dirichlet(alpha) draws."""
    return _Dirichlet.apply(alpha)
