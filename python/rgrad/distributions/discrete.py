"""Distributions over classes and counts."""
from __future__ import annotations

import math

from .. import _C
from .._dtype_info import finfo
from .._grad_mode import no_grad
from ..nn import functional as F
from .distribution import Distribution, as_parameters

__all__ = ["Bernoulli", "Categorical", "Multinomial", "OneHotCategorical"]


def _one_of(probs, logits) -> None:
    if (probs is None) == (logits is None):
        raise ValueError("Either `probs` or `logits` must be specified, but not both.")


def _clamped(probs):
    eps = finfo(probs.dtype).eps
    return probs.clamp(min=eps, max=1 - eps)


class Bernoulli(Distribution):
    """1 with probability ``probs`` (or sigmoid(``logits``)), else 0."""

    arg_constraints = {"probs": "unit_interval", "logits": "real"}

    def __init__(self, probs=None, logits=None, validate_args=None) -> None:
        _one_of(probs, logits)
        if probs is not None:
            (self.probs,) = as_parameters(probs)
            if validate_args is not False and not bool(((self.probs >= 0) & (self.probs <= 1)).all()):
                raise ValueError("Expected parameter probs of Bernoulli to lie in the interval [0, 1]")
        else:
            (self.logits,) = as_parameters(logits)
        super().__init__((self.probs if probs is not None else self.logits).size(), validate_args=validate_args)

    def __getattr__(self, name: str):
        if name == "logits":
            probs = _clamped(self.__dict__["probs"])
            return _C.log(probs) - _C.log1p(-probs)
        if name == "probs":
            return _C.sigmoid(self.__dict__["logits"])
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    @property
    def mean(self):
        return self.probs

    @property
    def variance(self):
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape=()):
        with no_grad():
            return _C.bernoulli(self.probs.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value):
        logits, value = as_parameters(self.logits, value)
        return -F.binary_cross_entropy_with_logits(logits, value, reduction="none")

    def entropy(self):
        return F.binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")


class Categorical(Distribution):
    """Class i with probability probs[i], along the last dimension; ``logits`` need not be normalised."""

    arg_constraints = {"probs": "simplex", "logits": "real_vector"}

    def __init__(self, probs=None, logits=None, validate_args=None) -> None:
        _one_of(probs, logits)
        given = probs if probs is not None else logits
        if given.dim() < 1:
            name = "probs" if probs is not None else "logits"
            raise ValueError(f"`{name}` parameter must be at least one-dimensional.")
        if probs is not None:
            if validate_args is not False and not bool((probs >= 0).all()):
                raise ValueError(
                    f"Expected parameter probs (Tensor of shape {tuple(probs.shape)}) of distribution Categorical to "
                    f"satisfy the constraint Simplex(), but found invalid values:\n{probs}"
                )
            self.probs = probs / probs.sum(-1, keepdim=True)
        else:
            self.logits = logits - logits.logsumexp(dim=-1, keepdim=True)
        self._num_events = given.size(-1)
        super().__init__(given.size()[:-1], validate_args=validate_args)

    def __getattr__(self, name: str):
        if name == "logits":
            return _C.log(_clamped(self.__dict__["probs"]))
        if name == "probs":
            return F.softmax(self.__dict__["logits"], -1)
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    @property
    def mode(self):
        """The most probable class."""
        return self.probs.argmax(-1)

    def sample(self, sample_shape=()):
        shape = tuple(sample_shape)
        with no_grad():
            rows = self.probs.reshape(-1, self._num_events)
            return _C.multinomial(rows, math.prod(shape), True).t().reshape(shape + tuple(self._batch_shape))

    def log_prob(self, value):
        value = value.long().unsqueeze(-1)
        shape = tuple(value.shape[:-1])
        logits = self.logits.expand(shape + (self._num_events,)) if shape != tuple(self._batch_shape) else self.logits
        if value.shape[:-1] != logits.shape[:-1]:
            value = value.expand(tuple(logits.shape[:-1]) + (1,))
        return logits.gather(-1, value).squeeze(-1)

    def entropy(self):
        logits = self.logits.clamp(min=finfo(self.logits.dtype).min)
        return -(logits * self.probs).sum(-1)


class OneHotCategorical(Categorical):
    """Categorical, with values as one-hot vectors."""

    def __init__(self, probs=None, logits=None, validate_args=None) -> None:
        super().__init__(probs, logits, validate_args)
        self._event_shape = _C.Size([self._num_events])

    def sample(self, sample_shape=()):
        return F.one_hot(super().sample(sample_shape), self._num_events).to(self.probs.dtype)

    def log_prob(self, value):
        return super().log_prob(value.max(-1)[1])


class Multinomial(Distribution):
    """Counts of the classes in ``total_count`` categorical draws."""

    arg_constraints = {"probs": "simplex", "logits": "real_vector"}

    def __init__(self, total_count=1, probs=None, logits=None, validate_args=None) -> None:
        if not isinstance(total_count, int):
            raise NotImplementedError("inhomogeneous total_count is not supported")
        self.total_count = total_count
        self._categorical = Categorical(probs=probs, logits=logits)
        super().__init__(
            self._categorical.batch_shape, (self._categorical._num_events,), validate_args=validate_args
        )

    @property
    def probs(self):
        """Probabilities of the classes."""
        return self._categorical.probs

    @property
    def logits(self):
        """Their logarithms."""
        return self._categorical.logits

    @property
    def mean(self):
        return self.probs * self.total_count

    def sample(self, sample_shape=()):
        draws = self._categorical.sample((self.total_count, *sample_shape))
        draws = draws.movedim(0, -1)
        shape = self._extended_shape(sample_shape)
        counts = self.probs.new_zeros(shape)
        return counts.scatter_add_(-1, draws, _C.ones_like(draws).type_as(counts))

    def log_prob(self, value):
        factorials = _C.lgamma(value.sum(-1) + 1) - _C.lgamma(value + 1).sum(-1)
        terms = (self.logits * value).masked_fill((value == 0) & (self.logits == -float("inf")), 0)
        return factorials + terms.sum(-1)
