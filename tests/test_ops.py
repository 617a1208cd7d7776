"""Every operation in every dtype against PyTorch's golden values, and every derivative against differences."""
from __future__ import annotations

import gzip
import json
import math

import pytest
import rgrad as torch
from golden_ops import DTYPES, FILE, entry
from opinfo import OPS, RANDOM, Make, arguments
from rgrad.autograd import gradcheck, gradgradcheck
from rgrad.autograd.gradcheck import GradcheckError

GOLDEN = json.loads(gzip.decompress(FILE.read_bytes()))["entries"]
# Relative, absolute: what the dtype's own rounding allows.
TOLERANCE = {"float16": (2e-3, 1e-3), "bfloat16": (1.6e-2, 1e-2), "float32": (1.3e-5, 1e-6), "float64": (1e-9, 1e-11)}


def close(got, want, dtype) -> bool:
    if isinstance(want, float) and isinstance(got, (int, float)):
        if math.isnan(want) or math.isinf(want):
            return math.isnan(got) == math.isnan(want) and (math.isnan(want) or got == want)
        rtol, atol = TOLERANCE.get(dtype, (0, 0))
        return abs(got - want) <= atol + rtol * abs(want)
    return got == want


def same(got, want) -> str:
    """Why two results differ; empty where they agree."""
    if isinstance(want, list):
        if not isinstance(got, list) or len(got) != len(want):
            return f"structure {got} {want}"
        return next(filter(None, map(same, got, want)), "")
    if not isinstance(want, dict):
        return "" if got == want else f"{got} is not {want}"
    if got["dtype"] != want["dtype"] or got["shape"] != want["shape"]:
        return f"{got['dtype']}{got['shape']} is not {want['dtype']}{want['shape']}"
    bad = [(g, w) for g, w in zip(got["values"], want["values"]) if not close(g, w, want["dtype"])]
    return f"values {bad[:3]}" if bad else ""


@pytest.mark.parametrize("op", OPS, ids=[op.name for op in OPS])
def test_golden(op):
    wrong = []
    for number in range(len(op.samples)):
        for dtype in op.dtypes or DTYPES:
            want = GOLDEN[f"{op.name} {number} {dtype}"]
            got = entry(torch, op, number, dtype)
            if "error" in want or "error" in got:
                why = "" if got == want else f"{got} where PyTorch gives {want}"
            else:
                why = same(got["out"], want["out"])
            if why:
                wrong.append(f"sample {number} {dtype}: {why[:300]}")
    assert not wrong, "\n".join(wrong[:12])


DIFFERENTIABLE = [op for op in [*OPS, *RANDOM] if op.grad]


@pytest.mark.parametrize("op", DIFFERENTIABLE, ids=[op.name for op in DIFFERENTIABLE])
def test_derivatives(op):
    for number, sample in enumerate(op.samples):
        args, kwargs = arguments(sample, Make(torch, torch.float64, f"{op.name} {number}", grad=True))
        function = op.function(torch)
        leaves = [t for t in flat(args) if isinstance(t, torch.Tensor) and t.requires_grad and t.numel()]
        if not leaves or op.name == "bernoulli":
            continue

        def run(*inputs, args=args, kwargs=kwargs, leaves=leaves, function=function):
            return function(*replaced(args, dict(zip(map(id, leaves), inputs))), **kwargs)

        inputs = tuple(leaf.detach().clone().requires_grad_() for leaf in leaves)
        assert gradcheck(run, inputs), f"sample {number}"
        if op.second:
            assert gradgradcheck(run, inputs), f"sample {number}"


def flat(args):
    for a in args:
        yield from flat(a) if isinstance(a, (list, tuple)) else [a]


def replaced(args, by):
    if isinstance(args, (list, tuple)):
        return type(args)(replaced(a, by) for a in args)
    return by.get(id(args), args)


def test_every_differentiable_row_has_a_sample():
    rows = {name for name, differentiable in torch._C._op_rows() if differentiable}
    assert rows - {op.name for op in DIFFERENTIABLE} == set()


def test_pieces_of_the_largest_step_and_count():
    x, most = torch.arange(5), 2**63 - 1
    assert x[::most].tolist() == [0] and x[1::most].tolist() == [1] and x[5::most].tolist() == []
    assert [p.tolist() for p in x.chunk(most)] == [[i] for i in range(5)]


def test_gradcheck_of_results_without_gradient_wants_zero_differences():
    x = torch.randn(3, dtype=torch.float64, requires_grad=True)
    assert gradcheck(lambda x: x.detach().sign(), x)
    assert gradcheck(lambda x: (x.detach().sign(), x * 2), x)
    assert not gradcheck(lambda x: x.detach() * 2, x, raise_exception=False)
    with pytest.raises(GradcheckError, match="Numerical gradient for function expected to be zero"):
        gradcheck(lambda x: x.detach() * 2, x)


@pytest.mark.parametrize("dtype", (torch.float32, torch.float64))
def test_angles_of_any_size(dtype):
    values = [0.5, 1e6, -1.5e6, 3.7e9, -1e22, 1e30] * 3
    x = torch.tensor(values, dtype=dtype)
    for name in ("sin", "cos", "tan"):
        for input in (x, x[::2]):
            for got, angle in zip(getattr(torch, name)(input).tolist(), input.tolist()):
                assert math.isclose(got, getattr(math, name)(angle), rel_tol=1e-6 if dtype == torch.float32 else 1e-14)
    assert torch.tensor([math.inf, -math.inf, math.nan], dtype=dtype).sin().isnan().all()


@pytest.mark.parametrize("change", [
    lambda x: x.t_(), lambda x: x.transpose_(0, 1), lambda x: x.unsqueeze_(0), lambda x: x.squeeze_(), lambda x: x.resize_(4),
    lambda x: x.set_(torch.full((2, 2), 9.0)),
])
def test_a_saved_tensor_of_another_shape_is_refused(change):
    w, x = torch.ones(2, requires_grad=True), torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    y = w @ x
    change(x)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


@pytest.mark.parametrize("dtype, above, least", [(torch.bfloat16, 2.0**-7, 2.0**-133), (torch.float16, 2.0**-10, 2.0**-24),
                                                 (torch.float32, 2.0**-23, 2.0**-149), (torch.float64, 2.0**-52, 2.0**-1074)])
def test_the_next_number_is_that_of_the_dtype(dtype, above, least):
    x = torch.tensor([1.0, -1.0, 0.0, 0.0, 1.0, 2.0], dtype=dtype)
    toward = torch.tensor([2.0, -2.0, 1.0, -1.0, 0.0, 2.0], dtype=dtype)
    assert torch.nextafter(x, toward).tolist() == [1.0 + above, -1.0 - above, least, -least, 1.0 - above / 2, 2.0]


def second(f, values):
    x = torch.tensor(values, requires_grad=True)
    slope, = torch.autograd.grad(f(x).sum(), x, create_graph=True)
    return torch.autograd.grad(slope.sum(), x)[0].tolist()


def test_second_derivatives_at_the_seams():
    F, zero = torch.nn.functional, torch.zeros(5)
    assert second(F.elu, [88.0, 90.0, 0.0]) == second(F.selu, [88.0, 90.0, 0.0]) == second(F.celu, [88.0, 90.0, 0.0]) == [0.0] * 3
    for loss in (F.smooth_l1_loss, F.huber_loss):
        assert second(lambda x, loss=loss: loss(x, zero, reduction="sum"), [1.0, -1.0, 0.5, 2.0, 0.0]) == [0.0, 0.0, 1.0, 0.0, 1.0]


def test_a_gradient_of_0_passes_where_a_logarithm_is_infinite():
    x = torch.tensor([0.5, 2.0], requires_grad=True)
    y = torch.xlogy(x, torch.tensor([0.0, 1.0]))
    torch.where(torch.tensor([False, True]), y, torch.zeros(2)).sum().backward()
    assert x.grad.tolist() == [0.0, 0.0]


def test_fractions_are_true_and_empty_divisions_empty():
    assert torch.zeros(2, dtype=torch.bool).masked_fill(torch.tensor([True, False]), 0.5).tolist() == [True, False]
    empty = torch.ones(0, 3, dtype=torch.long)
    for f in (torch.floor_divide, torch.remainder, torch.fmod):
        assert f(empty, 0).shape == f(empty, torch.zeros(3, dtype=torch.long)).shape == (0, 3)


def test_bounds_keep_the_sign_of_zero():
    for y in (torch.relu(torch.tensor([-0.0])), torch.clamp(torch.tensor([-0.0]), 0, 1), torch.clamp_min(torch.tensor([-0.0]), 0)):
        assert (1 / y).tolist() == [-float("inf")]
