"""Probability distributions: sampling, densities, entropies."""
from __future__ import annotations

from .._lazy import lazy_submodules

_HOMES = {
    "Distribution": "distribution", "Normal": "continuous", "Uniform": "continuous", "Exponential": "continuous",
    "Laplace": "continuous", "LogNormal": "continuous", "MultivariateNormal": "multivariate_normal",
    "Bernoulli": "discrete", "Categorical": "discrete", "Multinomial": "discrete", "OneHotCategorical": "discrete",
    "Independent": "independent", "kl_divergence": "kl", "register_kl": "kl",
}

__getattr__, __dir__ = lazy_submodules(__name__, " ".join(sorted(set(_HOMES.values()))), _HOMES)
