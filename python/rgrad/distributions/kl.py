"""Kullback-Leibler divergence between two distributions."""
from __future__ import annotations

import warnings

from .. import _C
from ..autograd import grad
from ..nn import functional as F
from .bernoulli import Bernoulli
from .beta import Beta
from .binomial import Binomial
from .categorical import Categorical
from .cauchy import Cauchy
from .dirichlet import Dirichlet
from .distribution import Distribution
from .exp_family import ExponentialFamily
from .geometric import Geometric
from .half_normal import HalfNormal
from .independent import Independent
from .laplace import Laplace
from .lowrank_multivariate_normal import LowRankMultivariateNormal
from .multivariate_normal import MultivariateNormal, _distance, _log_diagonal, _solve
from .normal import Normal
from .one_hot_categorical import OneHotCategorical
from .pareto import Pareto
from .poisson import Poisson
from .transformed_distribution import TransformedDistribution
from .uniform import Uniform
from .utils import _sum_rightmost

__all__ = ["kl_divergence", "register_kl"]

_table: dict = {}
_found: dict = {}
_INF = float("inf")


def register_kl(type_p, type_q):
    """A decorator for the function that computes the divergence of two classes."""
    for name, kind in (("type_p", type_p), ("type_q", type_q)):
        if not isinstance(kind, type):
            raise TypeError("issubclass() arg 1 must be a class")
        if not issubclass(kind, Distribution):
            raise TypeError(f"Expected {name} to be a Distribution subclass but got {kind}")

    def decorate(function):
        _table[type_p, type_q] = function
        _found.clear()
        return function

    return decorate


def _look_up(type_p, type_q):
    """The entry nearest by the first class; it should be the nearest by the second as well."""
    matches = [(p, q) for p, q in _table if issubclass(type_p, p) and issubclass(type_q, q)]
    if not matches:
        return None
    far_p, far_q = type_p.__mro__.index, type_q.__mro__.index
    left = min(matches, key=lambda pair: (far_p(pair[0]), far_q(pair[1])))
    right = min(matches, key=lambda pair: (far_q(pair[1]), far_p(pair[0])))
    if _table[left] is not _table[right]:
        warnings.warn(
            f"Ambiguous kl_divergence({type_p.__name__}, {type_q.__name__}). Please register_kl({left[0].__name__}, "
            f"{right[1].__name__})",
            RuntimeWarning, stacklevel=3,
        )
    return _table[left]


def kl_divergence(p, q):
    """KL(p || q) of each pair in the batch."""
    pair = type(p), type(q)
    if pair not in _found:
        _found[pair] = _look_up(*pair)
    function = _found[pair]
    if function is None:
        raise NotImplementedError(
            f"No KL(p || q) is implemented for p type {type(p).__name__} and q type {type(q).__name__}"
        )
    return function(p, q)


# --- one class with itself ---------------------------------------------------------------------------------------


def _same(kind):
    return register_kl(kind, kind)


@_same(Bernoulli)
def _bernoulli(p, q):
    one = (p.probs * (F.softplus(-q.logits) - F.softplus(-p.logits))).masked_fill(q.probs == 0, _INF)
    zero = ((1 - p.probs) * (F.softplus(q.logits) - F.softplus(p.logits))).masked_fill(q.probs == 1, _INF)
    return one.masked_fill(p.probs == 0, 0) + zero.masked_fill(p.probs == 1, 0)


@_same(Binomial)
def _binomial(p, q):
    if bool((p.total_count < q.total_count).any()):
        raise NotImplementedError("KL between Binomials where q.total_count > p.total_count is not implemented")
    trial = p.probs * (p.logits - q.logits) + (-p.probs).log1p() - (-q.probs).log1p()
    return (p.total_count * trial).masked_fill(p.total_count > q.total_count, _INF)


@_same(Categorical)
def _categorical(p, q):
    terms = (p.probs * (p.logits - q.logits)).masked_fill(q.probs == 0, _INF)
    return terms.masked_fill(p.probs == 0, 0).sum(-1)


@_same(OneHotCategorical)
def _one_hot_categorical(p, q):
    return _categorical(p._categorical, q._categorical)


@_same(Dirichlet)
def _dirichlet(p, q):
    a, b = p.concentration, q.concentration
    whole = a.sum(-1)
    norms = whole.lgamma() - b.sum(-1).lgamma() - (a.lgamma() - b.lgamma()).sum(-1)
    return norms + ((a - b) * (a.digamma() - whole.digamma().unsqueeze(-1))).sum(-1)


@_same(Beta)
def _beta(p, q):
    return _dirichlet(p._dirichlet, q._dirichlet)


@_same(Geometric)
def _geometric(p, q):
    return -p.entropy() - _C.log1p(-q.probs) / p.probs - q.logits


@_same(Poisson)
def _poisson(p, q):
    return p.rate * (p.rate.log() - q.rate.log()) - (p.rate - q.rate)


@_same(Laplace)
def _laplace(p, q):
    ratio, distance = p.scale / q.scale, (p.loc - q.loc).abs()
    return -ratio.log() + distance / q.scale + ratio * _C.exp(-distance / p.scale) - 1


@_same(Cauchy)
def _cauchy(p, q):
    return ((p.scale + q.scale).pow(2) + (p.loc - q.loc).pow(2)).log() - (4 * p.scale * q.scale).log()


@_same(Normal)
def _normal(p, q):
    ratio = (p.scale / q.scale).pow(2)
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale).pow(2) - 1 - ratio.log())


@_same(HalfNormal)
def _half_normal(p, q):
    return _normal(p.base_dist, q.base_dist)


@_same(Uniform)
def _uniform(p, q):
    outside = (q.low > p.low) | (q.high < p.high)
    return ((q.high - q.low) / (p.high - p.low)).log().masked_fill(outside, _INF)


@_same(Pareto)
def _pareto(p, q):
    ratio = q.alpha / p.alpha
    result = q.alpha * (p.scale / q.scale).log() - ratio.log() + ratio - 1
    return result.masked_fill(p.scale < q.scale, _INF)


@_same(ExponentialFamily)
def _exponential_family(p, q):
    """The Bregman divergence of the log normaliser."""
    if type(p) is not type(q):
        raise NotImplementedError(
            "The cross KL-divergence between different exponential families cannot                             be "
            "computed using Bregman divergences"
        )
    here = [v.detach().requires_grad_() for v in p._natural_params]
    normalizer = p._log_normalizer(*here)
    means = grad(normalizer.sum(), here, create_graph=True)
    result = q._log_normalizer(*q._natural_params) - normalizer
    for a, b, mean in zip(here, q._natural_params, means):
        result = result - _sum_rightmost((b - a) * mean, len(q.event_shape))
    return result


@_same(TransformedDistribution)
def _transformed(p, q):
    if p.transforms != q.transforms or p.event_shape != q.event_shape:
        raise NotImplementedError
    return kl_divergence(p.base_dist, q.base_dist)


@_same(Independent)
def _independent(p, q):
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError
    return _sum_rightmost(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)


# --- multivariate normals: half of tr(Q^-1 P) + (m_q - m_p)^T Q^-1 (m_q - m_p) - n + log |Q| - log |P| --------------


def _log_det(d):
    return d._log_det() if isinstance(d, LowRankMultivariateNormal) else 2 * _log_diagonal(d._unbroadcasted_scale_tril)


def _roots(d):
    """Matrices whose products with their own transposes sum to the covariance."""
    if isinstance(d, LowRankMultivariateNormal):
        return d._unbroadcasted_cov_factor, _C.diag_embed(d._unbroadcasted_cov_diag.sqrt())
    return (d._unbroadcasted_scale_tril,)


def _sum_of_squares(matrix):
    return matrix.pow(2).sum((-2, -1))


def _trace(q, root):
    """tr(Q^-1 root root^T)."""
    if not isinstance(q, LowRankMultivariateNormal):
        return _sum_of_squares(_solve(q._unbroadcasted_scale_tril, root))
    plain = _sum_of_squares(root * q._unbroadcasted_cov_diag.rsqrt().unsqueeze(-1))
    return plain - _sum_of_squares(_solve(q._capacitance_tril, q._scaled()) @ root)


def _multivariate(p, q):
    if p.event_shape != q.event_shape:
        low = isinstance(p, LowRankMultivariateNormal), isinstance(q, LowRankMultivariateNormal)
        rank = "Low Rank " if all(low) else "(Low Rank) " if any(low) else ""
        raise ValueError(
            f"KL-divergence between two {rank}Multivariate Normals with                          different event "
            "shapes cannot be computed"
        )
    apart = q.loc - p.loc
    low_rank = isinstance(q, LowRankMultivariateNormal)
    squares = q._squares(apart) if low_rank else _distance(q._unbroadcasted_scale_tril, apart)
    traces = sum(_trace(q, root) for root in _roots(p))
    return 0.5 * (_log_det(q) - _log_det(p) + traces + squares - p.event_shape[0])


for _p in (MultivariateNormal, LowRankMultivariateNormal):
    for _q in (MultivariateNormal, LowRankMultivariateNormal):
        register_kl(_p, _q)(_multivariate)


from . import _kl_pairs as _kl_pairs  # noqa: E402  # registers the pairs of two classes
