"""Distributions that ask for the limits of a dtype give the values of their formulas."""
import math

import pytest

import rgrad as torch
from rgrad.distributions import Bernoulli, Categorical, Laplace, Multinomial


def test_bernoulli_of_probabilities():
    got = Bernoulli(torch.tensor([0.25, 0.5, 1.0])).log_prob(torch.tensor([1.0, 0.0, 1.0]))
    assert got.tolist() == pytest.approx([math.log(0.25), math.log(0.5), 0.0], abs=1e-6)


def test_entropy_of_categorical():
    got = Categorical(torch.tensor([[1.0, 1.0, 2.0], [0.0, 0.0, 1.0]])).entropy()
    assert got.tolist() == pytest.approx([1.5 * math.log(2), 0.0], abs=1e-5)


def test_laplace_samples_lie_around_loc():
    torch.manual_seed(0)
    got = Laplace(torch.tensor([0.0, 10.0]), torch.ones(2)).sample((1000,))
    assert got.shape == (1000, 2)
    assert got.mean(0).tolist() == pytest.approx([0.0, 10.0], abs=0.2)


def test_multinomial_of_counts():
    got = Multinomial(3, torch.tensor([0.5, 0.25, 0.25])).log_prob(torch.tensor([1.0, 1.0, 1.0]))
    assert got.item() == pytest.approx(math.log(6 / 32), rel=1e-5)
