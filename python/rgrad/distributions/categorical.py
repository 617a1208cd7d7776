"""Classes by their probabilities."""
from __future__ import annotations

from .. import _C
from .._dtype_info import finfo
from .._grad_mode import no_grad
from ..functional import broadcast_tensors
from . import constraints
from .distribution import Distribution
from .utils import Given

__all__ = ["Categorical"]


class Categorical(Given, Distribution):
    """Class i with probability probs[i], along the last dimension; neither parameter need be normalised."""

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    has_enumerate_support = True
    _binary = False

    def __init__(self, probs=None, logits=None, validate_args=None) -> None:
        self._take(probs, logits)
        given = self._param
        if given.dim() < 1:
            raise ValueError(f"`{self._given}` parameter must be at least one-dimensional.")
        if self._given == "probs":
            self.probs = given / given.sum(-1, keepdim=True)
        else:
            self.logits = given - given.logsumexp(dim=-1, keepdim=True)
        self._num_events = given.size(-1)
        super().__init__(given.size()[:-1], validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self):
        """The numbers of the classes."""
        return constraints.integer_interval(0, self._num_events - 1)

    @property
    def mean(self):
        return self._full(float("nan"), self.probs)

    @property
    def mode(self):
        return self.probs.argmax(-1)

    @property
    def variance(self):
        return self._full(float("nan"), self.probs)

    def sample(self, sample_shape=()):
        shape = _C.Size(sample_shape)
        with no_grad():
            rows = self.probs.reshape(-1, self._num_events)
            return _C.multinomial(rows, shape.numel(), True).t().reshape(self._extended_shape(shape))

    def log_prob(self, value):
        self._check_value(value)
        value, logits = broadcast_tensors(value.long().unsqueeze(-1), self.logits)
        return logits.gather(-1, value[..., :1]).squeeze(-1)

    def entropy(self):
        logits = self.logits.clamp(min=finfo(self.logits.dtype).min)
        return -(logits * self.probs).sum(-1)

    def enumerate_support(self, expand=True):
        return self._enumerated(self._num_events, _C.int64, expand)
