"""repr of a tensor is PyTorch's, character for character."""
import gzip
import json

import rgrad as torch
from golden_print import PATH, show


def rows():
    with gzip.open(PATH) as f:
        return json.load(f)


def test_repr_is_pytorchs_for_every_recorded_tensor():
    wrong = []
    for *case, text in rows():
        if not hasattr(torch, case[4]):
            continue
        got = show(torch, case)
        if got != text:
            wrong.append((case, text, got))
    assert not wrong, f"{len(wrong)} of {len(rows())} differ, first: {wrong[0]}"


def test_parameter_says_so():
    assert repr(torch.nn.Parameter(torch.tensor([1.0]))) == (
        "Parameter containing:\ntensor([1.], requires_grad=True)"
    )


def test_zero_dimensional_tensor_is_formatted_as_a_number():
    assert f"{torch.tensor(1.5):.3f}" == "1.500"
    assert f"{torch.tensor(7):>4}" == "   7"
    assert f"{torch.tensor([1, 2])}" == "tensor([1, 2])"


def test_printoptions_hold_until_set_again():
    torch.set_printoptions(precision=2)
    try:
        assert repr(torch.tensor([1.23456])) == "tensor([1.23])"
    finally:
        torch.set_printoptions(profile="default")
    assert repr(torch.tensor([1.23456])) == "tensor([1.2346])"
