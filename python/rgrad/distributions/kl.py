"""Kullback-Leibler divergence between two distributions."""
from __future__ import annotations

from .. import _C

__all__ = ["kl_divergence", "register_kl"]

_table: dict = {}


def register_kl(type_p, type_q):
    """A decorator for the function that computes the divergence of two classes."""

    def decorate(function):
        _table[type_p, type_q] = function
        return function

    return decorate


def kl_divergence(p, q):
    """KL(p || q) of each pair in the batch."""
    _fill()
    for cls_p in type(p).__mro__:
        for cls_q in type(q).__mro__:
            function = _table.get((cls_p, cls_q))
            if function is not None:
                return function(p, q)
    raise NotImplementedError(
        f"No KL(p || q) is implemented for p type {type(p).__name__} and q type {type(q).__name__}"
    )


def _fill() -> None:
    from .continuous import Normal, Uniform
    from .discrete import Bernoulli, Categorical

    def normal(p, q):
        ratio = (p.scale / q.scale).pow(2)
        return 0.5 * (ratio + ((p.loc - q.loc) / q.scale).pow(2) - 1 - ratio.log())

    def uniform(p, q):
        result = ((q.high - q.low) / (p.high - p.low)).log()
        return _C.where((q.low > p.low) | (q.high < p.high), float("inf"), result)

    def bernoulli(p, q):
        def term(a, b):
            return _C.where(a == 0, _C.zeros_like(a), a * (a / b).log())

        return term(p.probs, q.probs) + term(1 - p.probs, 1 - q.probs)

    def categorical(p, q):
        terms = p.probs * (p.logits - q.logits)
        terms = _C.where(q.probs == 0, float("inf"), terms)
        return _C.where(p.probs == 0, 0.0, terms).sum(-1)

    for cls, function in ((Normal, normal), (Uniform, uniform), (Bernoulli, bernoulli), (Categorical, categorical)):
        _table.setdefault((cls, cls), function)
