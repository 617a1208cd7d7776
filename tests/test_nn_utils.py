"""Normalised, orthogonal and pruned layers have PyTorch's states, outputs and gradients."""
import math

import pytest

import rgrad as torch
from golden_nn_utils import changed, golden, refusal
from rgrad import nn
from rgrad.nn.utils import prune


def close(ours, theirs):
    if isinstance(theirs, float) and isinstance(ours, float):
        return math.isclose(ours, theirs, rel_tol=1e-4, abs_tol=1e-4)
    if isinstance(theirs, list):
        return isinstance(ours, list) and len(ours) == len(theirs) and all(map(close, ours, theirs))
    return ours == theirs


def each(section):
    cases = [pytest.param(case, expected, id=" ".join(case)) for case, expected in golden(section)]
    return pytest.mark.parametrize("case,expected", cases)


@each("changed")
def test_layers_are_changed_as_pytorch_changes_them(case, expected):
    ours = changed(torch, *case)
    for a, b in zip(ours, expected):
        assert close(a, b), f"\nours   {a}\ntheirs {b}"


@each("refusal")
def test_refusals_are_pytorchs(case, expected):
    assert refusal(torch, *case).replace("rgrad.", "torch.") == expected


def test_pruned_layers_are_saved_and_told():
    m = nn.Sequential(nn.Linear(4, 3))
    assert not prune.is_pruned(m)
    prune.l1_unstructured(m[0], "weight", 5)
    assert prune.is_pruned(m) and set(m.state_dict()) == {"0.bias", "0.weight_orig", "0.weight_mask"}
    assert int((m[0].weight == 0).sum()) == 5
    prune.remove(m[0], "weight")
    assert not prune.is_pruned(m) and int((m[0].weight == 0).sum()) == 5 and isinstance(m[0].weight, nn.Parameter)


def test_a_mistake_leaves_the_layer_as_it_was():
    m = nn.Linear(4, 3)
    with pytest.raises(ValueError):
        prune.l1_unstructured(m, "weight", 100)
    assert set(m.state_dict()) == {"weight", "bias"} and not prune.is_pruned(m)


def test_spectral_norm_allows_two_passes_before_backward():
    m = nn.utils.spectral_norm(nn.Linear(3, 3))
    (m(torch.ones(1, 3)) - m(torch.zeros(1, 3))).sum().backward()
    assert m.weight_orig.grad is not None
    m = nn.utils.parametrizations.spectral_norm(nn.Linear(3, 3))
    (m(torch.ones(1, 3)) - m(torch.zeros(1, 3))).sum().backward()


def test_orthogonal_weights_can_be_assigned():
    m = nn.utils.parametrizations.orthogonal(nn.Linear(4, 4))
    target = torch.linalg.qr(torch.randn(4, 4))[0]
    m.weight = target
    assert torch.allclose(m.weight, target, atol=1e-5)
    with pytest.raises(ValueError, match="Expected a matrix or batch of matrices of shape"):
        m.weight = torch.ones(3, 3)
