"""Write golden/distributions.json.gz with real PyTorch: what every distribution computes and draws.

``python golden_distributions.py`` in an environment that has torch. The tests run the same functions on rgrad.
"""
import gzip
import json
import math
import os
import warnings

HERE = os.path.dirname(os.path.abspath(__file__))
PATH = os.path.join(HERE, "golden", "distributions.json.gz")

# name, constructor as an expression of t (tensor), d (torch.distributions) and torch
CASES = {
    "Bernoulli": "d.Bernoulli(t([0.2, 0.5, 0.9]))",
    "Bernoulli logits": "d.Bernoulli(logits=t([[-1.0, 2.0], [0.0, 0.3]]))",
    "Beta": "d.Beta(t([0.5, 2.0, 9.0]), t([0.7, 3.0, 0.4]))",
    "Binomial": "d.Binomial(t([3.0, 12.0, 40.0]), t([0.3, 0.9, 0.5]))",
    "Binomial logits": "d.Binomial(5, logits=t([0.3, -0.9]))",
    "Categorical": "d.Categorical(t([[1.0, 2.0, 1.0], [0.0, 3.0, 1.0]]))",
    "Categorical logits": "d.Categorical(logits=t([0.3, -1.0, 2.0, 0.1]))",
    "Cauchy": "d.Cauchy(t([0.0, 1.0]), t([1.0, 2.5]))",
    "Chi2": "d.Chi2(t([1.0, 4.5]))",
    "ContinuousBernoulli": "d.ContinuousBernoulli(t([0.2, 0.5, 0.77]))",
    "Dirichlet": "d.Dirichlet(t([[0.3, 2.0, 1.5], [4.0, 1.0, 7.0]]))",
    "Exponential": "d.Exponential(t([0.5, 3.0]))",
    "FisherSnedecor": "d.FisherSnedecor(t([3.0, 6.0]), t([5.0, 9.0]))",
    "Gamma": "d.Gamma(t([0.3, 1.0, 7.5]), t([1.0, 0.5, 3.0]))",
    "GeneralizedPareto": "d.GeneralizedPareto(t([0.0, 1.0, 0.5]), t([1.0, 2.0, 1.0]), t([0.3, -0.4, 0.0]))",
    "Geometric": "d.Geometric(t([0.2, 0.8]))",
    "Gumbel": "d.Gumbel(t([0.0, 1.0]), t([1.0, 2.5]))",
    "HalfCauchy": "d.HalfCauchy(t([1.0, 2.5]))",
    "HalfNormal": "d.HalfNormal(t([1.0, 2.5]))",
    "Independent": "d.Independent(d.Normal(t([[0.0, 1.0], [2.0, 3.0]]), t([[1.0, 2.0], [0.5, 0.1]])), 1)",
    "InverseGamma": "d.InverseGamma(t([3.5, 6.0]), t([1.0, 2.0]))",
    "Kumaraswamy": "d.Kumaraswamy(t([0.5, 2.0]), t([0.7, 3.0]))",
    "LKJCholesky": "d.LKJCholesky(3, t([0.5, 2.0], dtype=torch.float64))",
    "LKJCholesky of a number": "d.LKJCholesky(4)",
    "Laplace": "d.Laplace(t([0.0, 1.0]), t([1.0, 2.5]))",
    "LogNormal": "d.LogNormal(t([0.0, 1.0]), t([1.0, 0.5]))",
    "LogisticNormal": "d.LogisticNormal(t([0.0, 1.0, -1.0]), t([1.0, 0.5, 2.0]))",
    "LowRankMultivariateNormal": "d.LowRankMultivariateNormal(t([1.0, -1.0, 0.0]), t([[1.0], [0.5], [-2.0]]), t([0.5, 1.0, 2.0]))",
    "MixtureSameFamily": "d.MixtureSameFamily(d.Categorical(t([0.3, 0.7])), d.Normal(t([-1.0, 2.0]), t([0.5, 1.0])))",
    "MixtureSameFamily vectors": "d.MixtureSameFamily(d.Categorical(t([0.3, 0.7])), d.Independent(d.Normal(t([[-1.0, 2.0], [0.0, 1.0]]), t([[0.5, 1.0], [2.0, 3.0]])), 1))",
    "Multinomial": "d.Multinomial(6, t([[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]]))",
    "MultivariateNormal": "d.MultivariateNormal(t([1.0, -1.0]), t([[2.0, 0.6], [0.6, 1.0]]))",
    "MultivariateNormal precision": "d.MultivariateNormal(t([1.0, -1.0]), precision_matrix=t([[2.0, 0.6], [0.6, 1.0]]))",
    "MultivariateNormal tril": "d.MultivariateNormal(t([[1.0, -1.0], [0.0, 3.0]]), scale_tril=t([[2.0, 0.0], [0.6, 1.0]]))",
    "NegativeBinomial": "d.NegativeBinomial(t([3.0, 8.0]), t([0.3, 0.6]))",
    "Normal": "d.Normal(t([0.0, 1.0]), t([1.0, 2.5]))",
    "Normal numbers": "d.Normal(1, 2)",
    "OneHotCategorical": "d.OneHotCategorical(t([[1.0, 2.0, 1.0], [0.5, 3.0, 1.0]]))",
    "OneHotCategoricalStraightThrough": "d.OneHotCategoricalStraightThrough(logits=t([1.0, 2.0, 1.0]))",
    "Pareto": "d.Pareto(t([1.0, 2.5]), t([3.0, 4.0]))",
    "Poisson": "d.Poisson(t([0.5, 4.0, 30.0]))",
    "RelaxedBernoulli": "d.RelaxedBernoulli(t(0.7), t([0.2, 0.6]))",
    "RelaxedOneHotCategorical": "d.RelaxedOneHotCategorical(t(0.7), t([0.2, 0.6, 0.2]))",
    "StudentT": "d.StudentT(t([1.5, 5.0]), t([0.0, 1.0]), t([1.0, 2.0]))",
    "TransformedDistribution": "d.TransformedDistribution(d.Normal(t([0.0, 1.0]), t([1.0, 2.0])), [d.SigmoidTransform(), d.AffineTransform(1.0, -2.0)])",
    "Uniform": "d.Uniform(t([0.0, -1.0]), t([1.0, 2.5]))",
    "VonMises": "d.VonMises(t([0.0, 1.0]), t([0.5, 8.0]))",
    "Weibull": "d.Weibull(t([1.0, 2.5]), t([0.8, 3.0]))",
}
# Draws that PyTorch's vectorised and plain loops may round differently are compared to rounding, not bits.
UNARY = ("mean", "variance", "stddev", "mode", "batch_shape", "event_shape", "has_rsample", "has_enumerate_support")
KLS = [
    ("d.Bernoulli(t([0.2, 0.0]))", "d.Bernoulli(t([0.6, 0.3]))"), ("d.Beta(t(2.0), t(3.0))", "d.Beta(t(0.5), t(4.0))"),
    ("d.Binomial(5, t(0.3))", "d.Binomial(5, t(0.6))"), ("d.Categorical(t([0.2, 0.8, 0.0]))", "d.Categorical(t([0.6, 0.3, 0.1]))"),
    ("d.Categorical(t([0.2, 0.8]))", "d.Categorical(t([1.0, 0.0]))"), ("d.Cauchy(0.0, t(2.0))", "d.Cauchy(1.0, t(0.5))"),
    ("d.ContinuousBernoulli(t(0.3))", "d.ContinuousBernoulli(t(0.8))"), ("d.Dirichlet(t([0.5, 3.0]))", "d.Dirichlet(t([2.0, 1.0]))"),
    ("d.Exponential(t(2.0))", "d.Exponential(t(0.7))"), ("d.Gamma(t(2.0), t(3.0))", "d.Gamma(t(1.5), t(0.3))"),
    ("d.Geometric(t(0.2))", "d.Geometric(t(0.6))"), ("d.Gumbel(t(2.0), t(3.0))", "d.Gumbel(t(1.5), t(0.3))"),
    ("d.HalfNormal(t(2.0))", "d.HalfNormal(t(0.7))"), ("d.Laplace(t(2.0), t(3.0))", "d.Laplace(t(1.5), t(0.3))"),
    ("d.Normal(t(2.0), t(3.0))", "d.Normal(t(1.5), t(0.3))"), ("d.LogNormal(t(2.0), t(3.0))", "d.LogNormal(t(1.5), t(0.3))"),
    ("d.OneHotCategorical(t([0.2, 0.8]))", "d.OneHotCategorical(t([0.6, 0.4]))"), ("d.Pareto(t(2.0), t(3.0))", "d.Pareto(t(1.5), t(0.3))"),
    ("d.Pareto(t(1.0), t(3.0))", "d.Pareto(t(1.5), t(0.3))"), ("d.Poisson(t(2.0))", "d.Poisson(t(0.7))"),
    ("d.Uniform(t(0.0), t(1.0))", "d.Uniform(t(-1.0), t(1.0))"), ("d.Uniform(t(0.0), t(2.0))", "d.Uniform(t(-1.0), t(1.0))"),
    ("d.Independent(d.Normal(t([2.0, 1.0]), t([3.0, 1.0])), 1)", "d.Independent(d.Normal(t([1.0, 1.0]), t([2.0, 1.5])), 1)"),
    ("d.MultivariateNormal(t([1.0, 2.0]), t([[2.0, 0.3], [0.3, 1.0]]))", "d.MultivariateNormal(t([0.0, 1.0]), t([[1.0, 0.1], [0.1, 1.5]]))"),
    ("d.LowRankMultivariateNormal(t([1.0, 2.0]), t([[2.0], [0.3]]), t([1.0, 2.0]))", "d.MultivariateNormal(t([0.0, 1.0]), t([[1.0, 0.1], [0.1, 1.5]]))"),
    ("d.MultivariateNormal(t([0.0, 1.0]), t([[1.0, 0.1], [0.1, 1.5]]))", "d.LowRankMultivariateNormal(t([1.0, 2.0]), t([[2.0], [0.3]]), t([1.0, 2.0]))"),
    ("d.LowRankMultivariateNormal(t([0.0, 1.0]), t([[1.0], [0.2]]), t([1.5, 0.5]))", "d.LowRankMultivariateNormal(t([1.0, 2.0]), t([[2.0], [0.3]]), t([1.0, 2.0]))"),
    ("d.Bernoulli(t(0.2))", "d.Poisson(t(0.6))"), ("d.Beta(t(2.0), t(3.0))", "d.ContinuousBernoulli(t(0.3))"),
    ("d.Beta(t(2.0), t(3.0))", "d.Exponential(t(0.3))"), ("d.Beta(t(2.0), t(3.0))", "d.Gamma(t(0.3), t(2.0))"),
    ("d.Beta(t(2.0), t(3.0))", "d.Normal(t(0.3), t(2.0))"), ("d.Beta(t(2.0), t(3.0))", "d.Uniform(t(-1.0), t(2.0))"),
    ("d.Beta(t(2.0), t(3.0))", "d.Uniform(t(0.5), t(2.0))"), ("d.Beta(t(2.0), t(3.0))", "d.Pareto(t(0.5), t(2.0))"),
    ("d.ContinuousBernoulli(t(0.3))", "d.Exponential(t(0.3))"), ("d.ContinuousBernoulli(t(0.3))", "d.Normal(t(0.3), t(2.0))"),
    ("d.ContinuousBernoulli(t(0.3))", "d.Uniform(t(-1.0), t(2.0))"), ("d.Exponential(t(2.0))", "d.Gamma(t(0.3), t(2.0))"),
    ("d.Exponential(t(2.0))", "d.Gumbel(t(0.3), t(2.0))"), ("d.Exponential(t(2.0))", "d.Normal(t(0.3), t(2.0))"),
    ("d.Exponential(t(2.0))", "d.Beta(t(0.3), t(2.0))"), ("d.Gamma(t(2.0), t(3.0))", "d.Exponential(t(0.3))"),
    ("d.Gamma(t(2.0), t(3.0))", "d.Gumbel(t(0.3), t(2.0))"), ("d.Gamma(t(2.0), t(3.0))", "d.Normal(t(0.3), t(2.0))"),
    ("d.Gumbel(t(2.0), t(3.0))", "d.Normal(t(0.3), t(2.0))"), ("d.Laplace(t(2.0), t(3.0))", "d.Normal(t(0.3), t(2.0))"),
    ("d.Normal(t(2.0), t(3.0))", "d.Gumbel(t(0.3), t(2.0))"), ("d.Normal(t(2.0), t(3.0))", "d.Laplace(t(0.3), t(2.0))"),
    ("d.Pareto(t(2.0), t(3.0))", "d.Exponential(t(0.3))"), ("d.Pareto(t(2.0), t(3.0))", "d.Gamma(t(0.3), t(2.0))"),
    ("d.Pareto(t(2.0), t(3.0))", "d.Normal(t(0.3), t(2.0))"), ("d.Pareto(t(2.0), t(0.5))", "d.Exponential(t(0.3))"),
    ("d.Uniform(t(0.2), t(0.7))", "d.Beta(t(0.3), t(2.0))"), ("d.Uniform(t(0.2), t(0.7))", "d.ContinuousBernoulli(t(0.3))"),
    ("d.Uniform(t(0.2), t(0.7))", "d.Exponential(t(0.3))"), ("d.Uniform(t(0.2), t(0.7))", "d.Gamma(t(0.3), t(2.0))"),
    ("d.Uniform(t(0.2), t(0.7))", "d.Gumbel(t(0.3), t(2.0))"), ("d.Uniform(t(0.2), t(0.7))", "d.Normal(t(0.3), t(2.0))"),
    ("d.Uniform(t(0.2), t(0.7))", "d.Pareto(t(0.1), t(2.0))"), ("d.Uniform(t(0.2), t(0.7))", "d.Pareto(t(0.5), t(2.0))"),
    ("d.Normal(t(0.0), t(1.0))", "d.Poisson(t(1.0))"),
]
TRANSFORMS = [
    ("d.ExpTransform()", "t([0.3, -1.0])"), ("d.SigmoidTransform()", "t([0.3, -1.0])"), ("d.TanhTransform()", "t([0.3, -1.0])"),
    ("d.SoftplusTransform()", "t([0.3, -1.0])"), ("d.PowerTransform(t(1.7))", "t([0.3, 1.0])"),
    ("d.AffineTransform(t([1.0, 2.0]), -3.0)", "t([0.3, -1.0])"), ("d.AffineTransform(1.0, t([2.0, 0.5]), event_dim=1)", "t([[0.3, -1.0]])"),
    ("d.StickBreakingTransform()", "t([[0.3, -1.0, 0.5]])"), ("d.CorrCholeskyTransform()", "t([0.3, -1.0, 0.5])"),
    ("d.ComposeTransform([d.ExpTransform(), d.AffineTransform(1.0, 2.0)])", "t([0.3, -1.0])"),
    ("d.IndependentTransform(d.ExpTransform(), 1)", "t([[0.3, -1.0]])"), ("d.ReshapeTransform((2, 2), (4,))", "t([[[0.3, -1.0], [1.0, 2.0]]])"),
    ("d.CatTransform([d.ExpTransform(), d.SigmoidTransform()], dim=0, lengths=[1, 2])", "t([0.3, -1.0, 2.0])"),
    ("d.StackTransform([d.ExpTransform(), d.SigmoidTransform()], dim=1)", "t([[0.3, -1.0], [1.0, 2.0]])"),
    ("d.CumulativeDistributionTransform(d.Normal(t(0.0), t(2.0)))", "t([0.3, -1.0])"), ("d.ExpTransform().inv", "t([0.3, 1.0])"),
]
ONE_WAY = [
    ("d.SoftmaxTransform()", "t([0.3, -1.0])"), ("d.LowerCholeskyTransform()", "t([[0.3, -1.0], [1.0, 2.0]])"),
    ("d.PositiveDefiniteTransform()", "t([[0.3, -1.0], [1.0, 2.0]])"), ("d.AbsTransform()", "t([0.3, -1.0])"),
]
REGISTRY = [
    "real", "positive", "nonnegative", "greater_than(2.0)", "less_than(1.5)", "unit_interval", "interval(-1.0, 3.0)", "simplex",
    "real_vector", "corr_cholesky", "independent(c.positive, 1)", "cat([c.positive, c.real])", "stack([c.positive, c.real])",
    "lower_cholesky", "positive_definite",
]
# expressions that raise
WRONG = [
    "d.Normal(t([float('nan')]), 1.0)", "d.Normal(0.0, -1.0)", "d.Normal(t([0.0, 1.0]), t([1.0, 0.0]))", "d.Normal('a', 1)",
    "d.Categorical(logits=t([float('nan'), 1.0]))", "d.Categorical(t([[0.0, 0.0]]))", "d.Categorical(t([-1.0, 2.0]))",
    "d.Categorical(t(1.0))", "d.Categorical(logits=t(1.0))", "d.Categorical()", "d.Bernoulli(logits=t(float('nan')))", "d.Bernoulli(1.5)",
    "d.Bernoulli()", "d.Bernoulli(0.1, 0.2)", "d.Bernoulli(t(0.5)).log_prob(t(0.3))", "d.Exponential(t(1.0)).log_prob(t(-1.0))",
    "d.Categorical(t([1.0, 1.0])).log_prob(t(0.5))", "d.Categorical(t([1.0, 1.0])).log_prob(t(2))", "d.Uniform(0.0, 1.0).log_prob(t(2.0))",
    "d.Uniform(1.0, 0.0)", "d.Normal(0.0, 1.0).log_prob(1.0)", "d.Normal(t([0.0, 1.0]), 1.0).log_prob(t([1.0, 2.0, 3.0]))",
    "d.Dirichlet(t([1.0, 1.0])).log_prob(t([1.0, 2.0, 3.0]))", "d.Dirichlet(t(1.0))", "d.Dirichlet(t([0.0, 1.0]))",
    "d.Gamma(0.0, 1.0)", "d.Beta(0.0, 1.0)", "d.Poisson(-1.0)", "d.Poisson(1.0).log_prob(t(0.5))", "d.Geometric(0.0)", "d.Geometric(1.5)",
    "d.Multinomial(t(2), t([0.5, 0.5]))", "d.Multinomial(2, t([0.5, 0.5])).log_prob(t([1.0, 2.0]))", "d.Binomial(2, t(0.5)).log_prob(t(3.0))",
    "d.Binomial(t([2.0, 3.0]), t(0.5)).entropy()", "d.Binomial(t([2.0, 3.0]), t(0.5)).enumerate_support()", "d.Binomial(-1, t(0.5))",
    "d.StudentT(-1.0)", "d.HalfNormal(-1.0)", "d.HalfNormal(1.0).log_prob(t(-1.0))", "d.Cauchy(0.0, 0.0)", "d.Weibull(-1.0, 1.0)",
    "d.Pareto(1.0, -1.0)", "d.VonMises(0.0, -1.0)", "d.NegativeBinomial(2, t(1.0))", "d.MultivariateNormal(t(1.0), t([[1.0]]))",
    "d.MultivariateNormal(t([1.0]))", "d.MultivariateNormal(t([1.0]), t([1.0]))", "d.MultivariateNormal(t([1.0]), scale_tril=t([1.0]))",
    "d.MultivariateNormal(t([1.0, 1.0]), t([[1.0, 2.0], [2.0, 1.0]]))", "d.MultivariateNormal(t([1.0, 1.0]), scale_tril=t([[1.0, 2.0], [2.0, 1.0]]))",
    "d.LowRankMultivariateNormal(t([1.0, 1.0]), t([1.0]), t([1.0, 1.0]))", "d.LowRankMultivariateNormal(t([1.0, 1.0]), t([[1.0]]), t([1.0, 1.0]))",
    "d.LowRankMultivariateNormal(t([1.0, 1.0]), t([[1.0], [1.0]]), t([1.0]))", "d.Independent(d.Normal(0.0, 1.0), 1)",
    "d.Independent(d.Bernoulli(t([0.5])), 1).enumerate_support()", "d.MixtureSameFamily(d.Normal(0.0, 1.0), d.Normal(0.0, 1.0))",
    "d.MixtureSameFamily(d.Categorical(t([0.3, 0.7])), d.Normal(t([0.0, 1.0, 2.0]), 1.0))",
    "d.TransformedDistribution(d.Normal(0.0, 1.0), 3)", "d.TransformedDistribution(d.Normal(0.0, 1.0), [3])",
    "d.TransformedDistribution(d.Normal(0.0, 1.0), d.StickBreakingTransform())", "d.kl_divergence(d.Normal(0.0, 1.0), d.Poisson(1.0))",
    "d.kl_divergence(d.Binomial(3, t(0.5)), d.Binomial(5, t(0.5)))", "d.biject_to(d.constraints.dependent)", "d.biject_to.register(3, 4)",
    "d.constraints.dependent.check(t(1.0))", "d.constraints.dependent.event_dim", "d.ExpTransform(cache_size=2)", "d.Distribution.set_default_validate_args(3)",
    "d.LKJCholesky(1)", "d.LKJCholesky(3, -1.0)", "d.LKJCholesky(2).log_prob(torch.ones(2, 2))", "d.Poisson(1.0).entropy()", "d.Normal(0.0, 1.0).enumerate_support()", "d.Bernoulli(0.5).rsample()", "d.ReshapeTransform((2,), (3,))",
    "d.utils.vec_to_tril_matrix(t([1.0, 2.0]))", "d.utils.tril_matrix_to_vec(t([[1.0]]), 3)", "d.register_kl(d.Normal, 3)",
]


def plain(value):
    if hasattr(value, "tolist"):
        return [str(value.dtype).removeprefix("torch."), list(value.shape), shown(value.tolist())]
    return list(value) if isinstance(value, tuple) else value


def shown(value):
    """Floats that JSON cannot hold as text."""
    if isinstance(value, list):
        return [shown(v) for v in value]
    return value if not isinstance(value, float) or math.isfinite(value) else repr(value)


def attempt(function):
    try:
        return plain(function())
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def names(torch):
    torch.manual_seed(3)
    return {"torch": torch, "t": torch.tensor, "d": torch.distributions, "c": torch.distributions.constraints}


def facts(torch, case):
    """Everything of a distribution that can be compared."""
    make = CASES[case]
    made = eval(make, names(torch))
    out = {name: attempt(lambda name=name: getattr(made, name)) for name in UNARY}
    out["repr"] = repr(made)
    out["module"] = type(made).__module__
    out["constraints"] = repr(made.arg_constraints) + repr(made.support)
    out["sample"] = attempt(lambda: made.sample((3,)))
    out["rsample"] = attempt(lambda: made.rsample((2, 2)))
    torch.manual_seed(4)
    values = made.sample((3,))
    out["log_prob"] = attempt(lambda: made.log_prob(values))
    out["entropy"] = attempt(lambda: made.entropy())
    out["cdf"] = attempt(lambda: made.cdf(values))
    out["icdf"] = attempt(lambda: made.icdf(torch.full(made.batch_shape, 0.3)))
    out["support"] = attempt(lambda: made.enumerate_support())
    out["support2"] = attempt(lambda: made.enumerate_support(expand=False))
    wide = made.expand((3,) + tuple(made.batch_shape))
    out["expand"] = [list(wide.batch_shape), list(wide.event_shape), repr(wide)]
    torch.manual_seed(5)
    wide_values = wide.sample((2,))
    out["expand log_prob"] = attempt(lambda: wide.log_prob(wide_values))
    out["repr after"] = repr(made)
    return out


def divergence(torch, p, q):
    return attempt(lambda: torch.distributions.kl_divergence(eval(p, names(torch)), eval(q, names(torch))))


def transformed(torch, make, x):
    made, x = eval(make, names(torch)), eval(x, names(torch))
    y = made(x)
    back = attempt(lambda: made.inv(y))
    jacobian = attempt(lambda: made.log_abs_det_jacobian(x, y))
    shapes = [attempt(lambda: made.forward_shape(x.shape)), attempt(lambda: made.inverse_shape(y.shape))]
    return [plain(y), back, jacobian, shapes, repr(made.domain), repr(made.codomain), attempt(lambda: made.bijective)]


def registered(torch, constraint):
    made = eval("c." + constraint, names(torch))
    out = []
    for registry in (torch.distributions.biject_to, torch.distributions.transform_to):
        shape = (2, 2) if "lower" in constraint or "definite" in constraint else (3,) if "corr" in constraint else (2,)
        x = torch.arange(1.0, 1 + math.prod(shape)).reshape(shape) / 4
        out.append(attempt(lambda x=x, registry=registry: registry(made)(x)))
    return [out, repr(made), attempt(lambda: made.event_dim), attempt(lambda: made.is_discrete)]


def refusal(torch, expression):
    return attempt(lambda: eval(expression, names(torch)))


SECTIONS = {
    "facts": (facts, [[case] for case in CASES]), "divergence": (divergence, KLS), "transformed": (transformed, TRANSFORMS + ONE_WAY),
    "registered": (registered, [[c] for c in REGISTRY]), "refusal": (refusal, [[w] for w in WRONG]),
}


def golden(section):
    """Pairs (arguments, recorded result)."""
    with gzip.open(PATH) as f:
        return json.load(f)[section]


if __name__ == "__main__":
    import torch
    import torch.distributions

    warnings.simplefilter("ignore")
    out = {
        name: [[list(case), function(torch, *case)] for case in cases] for name, (function, cases) in SECTIONS.items()
    }
    accepted = [case for case, result in out["refusal"] if not isinstance(result, str)]
    assert not accepted, accepted
    with open(PATH, "wb") as f, gzip.GzipFile(fileobj=f, mode="wb", mtime=0) as z:
        z.write(json.dumps(out, separators=(",", ":"), sort_keys=True).encode())
    print(os.path.getsize(PATH), "bytes")
