"""Divergences between two different classes, and of classes with themselves that the same sums give."""
from __future__ import annotations

import math

from .. import _C
from .bernoulli import Bernoulli
from .beta import Beta
from .binomial import Binomial
from .continuous_bernoulli import ContinuousBernoulli
from .exponential import Exponential
from .gamma import Gamma
from .gumbel import Gumbel
from .laplace import Laplace
from .normal import Normal
from .pareto import Pareto
from .poisson import Poisson
from .uniform import Uniform
from .utils import euler_constant
from .kl import _INF, register_kl

# --- two classes: minus the entropy of p, minus the mean of log q under p ------------------------------------------


def _mean_log(p):
    """E[log x]."""
    if isinstance(p, Gamma):
        return p.concentration.digamma() - p.rate.log()
    if isinstance(p, Exponential):
        return -euler_constant - p.rate.log()
    if isinstance(p, Beta):
        return p.concentration1.digamma() - (p.concentration1 + p.concentration0).digamma()
    if isinstance(p, Pareto):
        return p.scale.log() + p.alpha.reciprocal()
    return (_C.xlogy(p.high, p.high) - _C.xlogy(p.low, p.low)) / (p.high - p.low) - 1


def _mean_exp(p, scale):
    """E[exp(-x / scale)]."""
    if isinstance(p, Gumbel):
        return _C.exp(-p.loc / scale + (1 + p.scale / scale).lgamma())
    if isinstance(p, Gamma):
        return (1 + (p.rate * scale).reciprocal()).pow(-p.concentration)
    if isinstance(p, Exponential):
        return p.rate * scale / (p.rate * scale + 1)
    if isinstance(p, Normal):
        return _C.exp(-p.loc / scale + 0.5 * (p.scale / scale).pow(2))
    return scale / (p.high - p.low) * (_C.exp(-p.low / scale) - _C.exp(-p.high / scale))


def _as_exponential(p, q):
    return q.rate * p.mean - q.rate.log()


def _as_gamma(p, q):
    norm = q.concentration.lgamma() - q.concentration * q.rate.log()
    return norm - (q.concentration - 1) * _mean_log(p) + q.rate * p.mean


def _as_normal(p, q):
    variance = q.scale.pow(2)
    return 0.5 * (2 * math.pi * variance).log() + (p.variance + (p.mean - q.loc).pow(2)) / (2 * variance)


def _as_uniform(p, q):
    outside = (q.low > p.support.lower_bound) | (q.high < p.support.upper_bound)
    return (q.high - q.low).log().masked_fill(outside, _INF)


def _as_uniform_of_continuous_bernoulli(p, q):
    # Like PyTorch, which takes a support that touches for one that is too small.
    outside = (q.low >= p.support.lower_bound) | (q.high <= p.support.upper_bound)
    return (q.high - q.low).log().masked_fill(outside, _INF)


def _as_gumbel(p, q):
    return q.scale.log() + (p.mean - q.loc) / q.scale + _C.exp(q.loc / q.scale) * _mean_exp(p, q.scale)


def _as_pareto(p, q):
    return (q.alpha + 1) * _mean_log(p) - q.alpha.log() - q.alpha * q.scale.log()


def _as_continuous_bernoulli(p, q):
    return -p.mean * q.logits - _C.log1p(-q.probs) - q._cont_bern_log_norm()


def _as_poisson(p, q):
    return q.rate - p.mean * q.rate.log()  # of 0 and 1, whose factorials are 1


def _as_beta(p, q):
    a, b = q.concentration1, q.concentration0
    norm = a.lgamma() + b.lgamma() - (a + b).lgamma()
    return norm - (a - 1) * _mean_log(p) - (b - 1) * _mean_log(Uniform(1 - p.high, 1 - p.low, validate_args=False))


def _as_laplace(p, q):
    apart = p.loc - q.loc
    folded = math.sqrt(2 / math.pi) * p.scale * _C.exp(-0.5 * (apart / p.scale).pow(2))
    return _C.log(2 * q.scale) + (folded + apart * _C.erf(math.sqrt(0.5) * apart / p.scale)) / q.scale


def _starts_early(p, q):
    return p.low < q.support.lower_bound


def _leaves_unit(p, q):
    return (p.high > q.support.upper_bound) | (p.low < q.support.lower_bound)


def _touches_unit(p, q):
    return (p.high >= q.support.upper_bound) | (p.low <= q.support.lower_bound)


def _no_mean(p, q):
    return p.alpha <= 1


def _no_variance(p, q):
    return p.alpha <= 2


def _cross(type_p, type_q, mean_log_q, infinite=None) -> None:
    @register_kl(type_p, type_q)
    def divergence(p, q):
        result = mean_log_q(p, q) - p.entropy()
        return result if infinite is None else result.masked_fill(infinite(p, q), _INF)


for _p, _q, _mean in (
    (Bernoulli, Poisson, _as_poisson), (Beta, ContinuousBernoulli, _as_continuous_bernoulli),
    (Beta, Exponential, _as_exponential), (Beta, Gamma, _as_gamma), (Beta, Normal, _as_normal),
    (Beta, Uniform, _as_uniform), (ContinuousBernoulli, Exponential, _as_exponential),
    (ContinuousBernoulli, Normal, _as_normal), (ContinuousBernoulli, Uniform, _as_uniform_of_continuous_bernoulli),
    (Exponential, Exponential, _as_exponential), (Exponential, Gamma, _as_gamma), (Exponential, Gumbel, _as_gumbel),
    (Exponential, Normal, _as_normal), (Gamma, Exponential, _as_exponential), (Gamma, Gamma, _as_gamma),
    (Gamma, Gumbel, _as_gumbel), (Gamma, Normal, _as_normal), (Gumbel, Gumbel, _as_gumbel),
    (Gumbel, Normal, _as_normal), (Laplace, Normal, _as_normal), (Normal, Gumbel, _as_gumbel),
    (Normal, Laplace, _as_laplace), (Uniform, Gumbel, _as_gumbel), (Uniform, Normal, _as_normal),
    (ContinuousBernoulli, ContinuousBernoulli, _as_continuous_bernoulli),
):
    _cross(_p, _q, _mean)
for _p, _q, _mean, _where in (
    (Pareto, Exponential, _as_exponential, _no_mean), (Pareto, Gamma, _as_gamma, _no_mean),
    (Pareto, Normal, _as_normal, _no_variance), (Uniform, Beta, _as_beta, _leaves_unit),
    (Uniform, ContinuousBernoulli, _as_continuous_bernoulli, _touches_unit),
    (Uniform, Exponential, _as_exponential, _starts_early), (Uniform, Gamma, _as_gamma, _starts_early),
    (Uniform, Pareto, _as_pareto, _starts_early),
):
    _cross(_p, _q, _mean, _where)


# --- two classes where p reaches beyond q --------------------------------------------------------------------------


def _infinite(p, q):
    parameter = next(getattr(p, name) for name in p.arg_constraints)
    return _C.full_like(parameter, _INF)


for _p, _targets in (
    (Beta, (Pareto,)), (ContinuousBernoulli, (Pareto,)), (Exponential, (Beta, ContinuousBernoulli, Pareto, Uniform)),
    (Gamma, (Beta, ContinuousBernoulli, Pareto, Uniform)),
    (Gumbel, (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform)),
    (Laplace, (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform)),
    (Normal, (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform)),
    (Pareto, (Beta, ContinuousBernoulli, Uniform)), (Poisson, (Bernoulli, Binomial)),
):
    for _q in _targets:
        register_kl(_p, _q)(_infinite)
