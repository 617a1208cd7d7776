"""Distributions give PyTorch's values, draws, texts and refusals."""
import copy
import math
import pickle

import pytest

import rgrad as torch
from golden_distributions import divergence, facts, golden, refusal, registered, transformed
from rgrad import distributions as d
from rgrad.distributions._implicit import dirichlet_grad, standard_gamma_grad


def each(section):
    """The test for every recorded case of a section."""
    cases = [pytest.param(case, expected, id=" ".join(case)) for case, expected in golden(section)]
    return pytest.mark.parametrize("case,expected", cases)


def close(ours, theirs):
    """Equal but for the rounding of float32."""
    if isinstance(theirs, float) and isinstance(ours, float):
        return math.isclose(ours, theirs, rel_tol=2e-5, abs_tol=2e-6)
    if isinstance(theirs, list):
        return isinstance(ours, list) and len(ours) == len(theirs) and all(map(close, ours, theirs))
    if isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(close(ours[k], theirs[k]) for k in theirs)
    return ours == theirs


def check(ours, theirs):
    if not close(ours, theirs):
        if isinstance(theirs, dict):
            wrong = {k: (ours[k], theirs[k]) for k in theirs if not close(ours[k], theirs[k])}
            raise AssertionError("\n".join(f"{k}:\n  ours   {a}\n  theirs {b}" for k, (a, b) in wrong.items()))
        raise AssertionError(f"\n  ours   {ours}\n  theirs {theirs}")


@each("facts")
def test_values_and_draws_are_pytorchs(case, expected):
    check(facts(torch, *case), expected)


@each("divergence")
def test_divergences_are_pytorchs(case, expected):
    check(divergence(torch, *case), expected)


@each("transformed")
def test_transforms_are_pytorchs(case, expected):
    check(transformed(torch, *case), expected)


@each("registered")
def test_registries_are_pytorchs(case, expected):
    check(registered(torch, *case), expected)


@each("refusal")
def test_refusals_are_pytorchs(case, expected):
    assert refusal(torch, *case) == expected


@pytest.mark.parametrize("a", [0.05, 0.5, 1.0, 3.0, 40.0, 900.0])
def test_gamma_draws_move_with_their_quantile(a):
    """P(x(a); a) stays: dx/da is the slope that keeps the distribution function."""
    torch.manual_seed(0)
    alpha = torch.full((50,), a, dtype=torch.float64)
    x = d.Gamma(alpha, 1.0).sample()
    h = 1e-5 * a
    cdf = [d.Gamma(alpha + e, 1.0).cdf(x) for e in (-h, h)]
    slope = -(cdf[1] - cdf[0]) / (2 * h) / d.Gamma(alpha, 1.0).log_prob(x).exp()
    inside = (cdf[0] > 1e-4) & (cdf[0] < 1 - 1e-4)
    assert torch.allclose(standard_gamma_grad(alpha, x)[inside], slope[inside], rtol=1e-5)


@pytest.mark.parametrize("a,b", [(0.3, 0.3), (1.0, 1.0), (2.0, 5.0), (40.0, 3.0)])
def test_beta_draws_move_with_their_quantile(a, b):
    """The same, with the distribution function as a sum over the density."""
    x = torch.tensor([0.07, 0.4, 0.93], dtype=torch.float64)
    h = 1e-4

    def cdf(a):
        # t = x u^k makes the density at 0 tame
        k = 8.0
        u = (torch.arange(200000, dtype=torch.float64) + 0.5).unsqueeze(-1) / 200000
        t = x * u**k
        density = d.Beta(torch.tensor(a, dtype=torch.float64), torch.tensor(b, dtype=torch.float64)).log_prob(t).exp()
        return (density * k * x * u ** (k - 1)).mean(0)

    density = d.Beta(torch.tensor(a, dtype=torch.float64), torch.tensor(b, dtype=torch.float64)).log_prob(x).exp()
    slope = -(cdf(a + h) - cdf(a - h)) / (2 * h) / density
    got = dirichlet_grad(x, torch.full_like(x, a), torch.full_like(x, a + b)) * (1 - x)
    assert torch.allclose(got, slope, rtol=1e-4, atol=1e-9)


@pytest.mark.parametrize(
    "make", [lambda v: d.Gamma(v, v + 1), lambda v: d.Dirichlet(v), lambda v: d.Beta(v, v + 0.5), lambda v: d.StudentT(v)]
)
def test_reparameterised_draws_have_gradients(make):
    v = torch.tensor([0.7, 2.0, 5.0], requires_grad=True)
    (make(v).rsample((4,)) ** 2).sum().backward()
    assert v.grad.isfinite().all() and v.grad.abs().sum() > 0


def test_gradients_reach_parameters_through_lazy_ones():
    logits = torch.zeros(3, requires_grad=True)
    made = d.Categorical(logits=logits)
    with torch.no_grad():
        probs = made.probs
    assert probs.requires_grad


def test_validation_can_be_switched_off():
    d.Distribution.set_default_validate_args(False)
    try:
        d.Normal(0.0, -1.0)
    finally:
        d.Distribution.set_default_validate_args(True)
    with pytest.raises(ValueError, match="to satisfy the constraint"):
        d.Normal(0.0, -1.0)
    assert d.Uniform(0.0, 1.0, validate_args=False).log_prob(torch.tensor(2.0)) == -math.inf


def test_a_subclass_with_its_own_init_must_expand_itself():
    class Unit(d.Normal):
        def __init__(self):
            super().__init__(0.0, 1.0)

    with pytest.raises(NotImplementedError, match="Subclass Unit of Normal that defines a custom __init__"):
        Unit().expand((3,))


def test_users_register_divergences():
    class Mine(d.Normal):
        pass

    d.register_kl(Mine, d.Normal)(lambda p, q: torch.tensor(7.0))
    assert d.kl_divergence(Mine(0.0, 1.0), d.Normal(0.0, 1.0)) == 7.0
    assert d.kl_divergence(d.Normal(0.0, 1.0), d.Normal(0.0, 1.0)) == 0.0


def test_cached_transform_gives_back_its_input():
    transform = d.ExpTransform(cache_size=1)
    x = torch.tensor(0.1)
    assert transform.inv(transform(x)) is x
    assert d.ExpTransform().with_cache()._cache_size == 1


@pytest.mark.parametrize(
    "make",
    [
        lambda: d.Normal(0.0, 1.0), lambda: d.LogNormal(torch.zeros(2), 1.0), lambda: d.ExpTransform(),
        lambda: d.constraints.interval(0.0, 1.0), lambda: d.constraints.real_vector, lambda: d.Independent(d.Gamma(torch.ones(2), 1.0), 1),
    ],
)
def test_pickles_come_back(make):
    made = make()
    assert repr(pickle.loads(pickle.dumps(made))) == repr(made)
    assert repr(copy.deepcopy(made)) == repr(made)


def test_modules_have_pytorchs_names():
    from rgrad.distributions.categorical import Categorical
    from rgrad.distributions.normal import Normal

    assert (Normal, Categorical) == (d.Normal, d.Categorical)
