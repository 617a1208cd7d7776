"""Initialisers and fresh layers hold PyTorch's own numbers for the same seed."""
import pytest

import rgrad as torch
from golden_python import golden, init_values, layer_values


def close(a, b, tolerance=0.0):
    if isinstance(a, list):
        return len(a) == len(b) and all(close(x, y, tolerance) for x, y in zip(a, b))
    return a == b or abs(a - b) <= tolerance * max(1.0, abs(b))


@pytest.mark.parametrize("case,expected", golden("init"), ids=lambda v: str(v[0]) if isinstance(v, list) else None)
def test_initialiser_draws_pytorchs_numbers(case, expected):
    assert close(init_values(torch, *case), expected, 1e-6)


@pytest.mark.parametrize("case,expected", golden("layer"), ids=lambda v: str(v[0]) if isinstance(v, list) else None)
def test_layer_is_built_with_pytorchs_numbers(case, expected):
    got = layer_values(torch, *case)
    assert [name for name, _ in got] == [name for name, _ in expected]
    for (name, value), (_, wanted) in zip(got, expected):
        assert close(value, wanted, 1e-6), name


def test_orthogonal_rows_are_orthonormal():
    w = torch.nn.init.orthogonal_(torch.empty(3, 5))
    assert torch.allclose(w @ w.t(), torch.eye(3), atol=1e-5)


def test_fan_of_a_vector_raises():
    with pytest.raises(ValueError, match="fewer than 2 dimensions"):
        torch.nn.init.kaiming_uniform_(torch.empty(3))


def test_gain_of_unknown_nonlinearity_raises():
    with pytest.raises(ValueError, match="Unsupported nonlinearity foo"):
        torch.nn.init.calculate_gain("foo")


def test_initialising_records_nothing():
    w = torch.nn.Parameter(torch.empty(2, 2))
    assert torch.nn.init.ones_(w) is w and w.grad_fn is None and w.requires_grad


@pytest.mark.parametrize("sizes", [(3, 5), (5, 3), (4, 4), (1, 3), (0, 3), (3, 0), (2, 4, 3)])
@pytest.mark.parametrize("mode", ["reduced", "complete"])
def test_qr_is_orthonormal_times_triangular(sizes, mode):
    a = torch.randn(sizes, dtype=torch.float64)
    q, r = torch.linalg.qr(a, mode)
    assert torch.allclose(q @ r, a, atol=1e-12) and torch.equal(r, r.triu())
    assert torch.allclose(q.mT @ q, torch.eye(q.size(-1), dtype=torch.float64).expand(q.mT.size()[:-1] + q.size()[-1:]), atol=1e-12)


def test_qr_of_a_vector_raises():
    with pytest.raises(RuntimeError, match="must have at least 2 dimensions"):
        torch.linalg.qr(torch.ones(3))
