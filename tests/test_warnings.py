"""Warnings that programs rely on, in PyTorch's words; some come once in a process and are looked for in one of their own."""
import subprocess
import sys
import warnings

import pytest

import rgrad as torch


def told(program):
    """The texts of the warnings of a fresh process that runs ``program`` twice."""
    code = (
        "import warnings\nimport rgrad as torch\nw = torch.ones(2, requires_grad=True)\n"
        "with warnings.catch_warnings(record=True) as seen:\n    warnings.simplefilter('always')\n"
        f"    for _ in range(2): {program}\nprint([str(s.message) for s in seen])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert out.returncode == 0, out.stderr
    return eval(out.stdout)


@pytest.mark.parametrize("program, start", [
    ("float(w.sum())", "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior."),
    ("torch.tensor([w.sum()])", "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior."),
    ("(w * w).sum().backward(create_graph=True)", "Using backward() with create_graph=True will create a reference cycle"),
    ("torch.frombuffer(b'12345678', dtype=torch.int32)", "The given buffer is not writable"),
    ("torch.ones(2, 3, 4).T", "The use of `x.T` on tensors of dimension other than 2"),
    ("torch.cross(torch.ones(2, 3), torch.ones(2, 3))", "Using torch.cross without specifying the dim arg is deprecated."),
    ("torch.meshgrid(torch.ones(2), torch.ones(2))", "torch.meshgrid: in an upcoming release"),
    ("torch.add(w, 2, w)", "This overload of add is deprecated:\n\tadd(Tensor input, Number alpha, Tensor other, *, Tensor out = None)"),
    ("w.storage()", "TypedStorage is deprecated."),
])
def test_warnings_that_come_once(program, start):
    texts = told(program)
    assert len(texts) == 1 and texts[0].startswith(start), texts


@pytest.mark.parametrize("program, start", [
    (lambda w: (w * 2).grad, "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed."),
    (lambda w: w[:1].std(), "std(): degrees of freedom is <= 0."),
    (lambda w: torch.var_mean(w[:1]), "var_mean(): degrees of freedom is <= 0."),
    (lambda w: torch.tensor(w), "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone()"),
    (lambda w: w.new_tensor(w), "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone()"),
    (lambda w: torch.ones(1).expand(2).masked_fill_(w > 0, 1), "Use of masked_fill_ on expanded tensors is deprecated."),
    (lambda w: torch.ones(1).expand(2).index_fill_(0, torch.tensor([0]), 1), "Use of index_fill_ on expanded tensors is deprecated."),
    (lambda w: torch.ones(1).expand(2).__setitem__(torch.tensor([0]), 2), "Use of index_put_ on expanded tensors is deprecated."),
    (lambda w: w[torch.tensor([1, 0], dtype=torch.uint8)], "indexing with dtype torch.uint8 is now deprecated"),
])
def test_warnings_that_come_each_time(program, start):
    w = torch.ones(2, requires_grad=True)
    for _ in range(2):
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            program(w)
        assert [str(s.message).startswith(start) for s in seen] == [True]


def test_a_warning_may_be_made_an_error():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning, match="degrees of freedom"):
            torch.ones(1).std()
        with pytest.raises(UserWarning, match="copy construct"):
            torch.tensor(torch.ones(1))


def test_no_warning_where_none_is_due():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        w = torch.ones(2, requires_grad=True)
        y = w * 2
        y.retain_grad()
        assert y.grad is None and w.grad is None and w.sum().item() == 2.0
        assert torch.ones(2, 2).T.shape == (2, 2)
        torch.ones(3, 0).var(0)


def test_small_divergences_of_old():
    t, inf, nan = torch.tensor, float("inf"), float("nan")
    low = -(2**31)
    assert t([nan, inf, 3e9]).int().tolist() == [low] * 3 and t([1e10, nan, 40000.0]).short().tolist() == [0, 0, -25536]
    assert t([1e10, 300.0, -1.0]).byte().tolist() == [0, 44, 255] and t([300.0, -129.0]).char().tolist() == [44, 127]
    assert [c.tolist() for c in torch.where(t(True))] == [[0]] and torch.where(t(False))[0].shape == (0,)
    for median in (torch.median, torch.nanmedian):
        x = t([1.0, 1.0, 2.0], requires_grad=True)
        median(x).backward()
        assert x.grad.tolist() == [0.5, 0.5, 0.0]
    x = torch.ones(2, 3, 4, 5)
    last = torch.channels_last
    assert not x.is_contiguous(memory_format=last) and x.permute(0, 3, 1, 2).is_contiguous(memory_format=last)
    assert torch.ones(2, 1, 4, 5).is_contiguous(memory_format=last) and not torch.ones(2, 3).is_contiguous(memory_format=last)
    assert torch.nonzero(torch.ones(2, 3)).stride() == (1, 6) and torch.nonzero(torch.ones(3)).stride() == (1, 3)
    assert torch.sinc(t([1.0, 2.0, 3.0]).half()).abs().tolist() == [0.0, 0.0, 0.0]
    assert torch.ones(2).apply_(lambda v: v + 1).tolist() == [2.0, 2.0]
    assert torch.bucketize(t([1.5]), t([0, 1, 2])).tolist() == [2] and torch.searchsorted(t([0, 1, 2]), 1.5).item() == 2


@pytest.mark.parametrize("make, name", [
    (torch.frac, "FracBackward0"), (lambda w: torch.dist(w, w * 2), "DistBackward0"), (lambda w: w.clamp_max(1), "ClampMaxBackward0"),
    (lambda w: w.clamp_min(1), "ClampMinBackward0"), (lambda w: torch.rsub(w, 1), "RsubBackward1"),
    (lambda w: torch.rsub(w, w), "RsubBackward0"), (lambda w: torch.var_mean(w)[0], "VarMeanBackward0"),
    (lambda w: torch.std_mean(w)[1], "StdMeanBackward0"), (torch.nansum, "NansumBackward0"), (torch.sinc, "SincBackward0"),
    (lambda w: torch.trace(w.expand(2, 2)), "TraceBackward0"), (lambda w: torch.sub(1, w), "SubBackward0"),
    (lambda w: 1 - w, "RsubBackward1"), (lambda w: torch.slice_scatter(w, w[:1], 0, 0, 1), "SliceScatterBackward0"),
    (lambda w: torch.normal(w, 1.0), "NormalBackward1"), (lambda w: torch.normal(0.0, w), "NormalBackward2"),
    (lambda w: torch.normal(w, w), "NormalBackward3"),
])
def test_names_of_nodes(make, name):
    assert type(make(torch.ones(2, requires_grad=True)).grad_fn).__name__ == name


def test_nodes_are_called_with_gradients():
    w = torch.ones(2, requires_grad=True)
    a, b = (w * w).grad_fn(torch.ones(2))
    assert a.tolist() == b.tolist() == [1.0, 1.0] and w.exp().grad_fn(torch.ones(2)).shape == (2,)


def test_outputs_of_a_function_that_are_no_tensors_have_no_gradient():
    class F(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2, 5, x * 3

        @staticmethod
        def backward(ctx, *grads):
            assert grads[1] is None and grads[2].tolist() == [0.0, 0.0]
            return grads[0] * 2

    w = torch.ones(2, requires_grad=True)
    y, five, _ = F.apply(w)
    y.sum().backward()
    assert five == 5 and w.grad.tolist() == [2.0, 2.0]


def test_an_empty_list_of_dimensions_reduces_none_to_a_truth():
    x = torch.tensor([[True, False], [False, False]])
    assert torch.any(x, ()).tolist() == torch.all(x, ()).tolist() == x.tolist() and torch.any(x).item()


def test_draws_are_recorded_and_pass_no_gradient():
    w = torch.ones(2, requires_grad=True)
    torch.normal(w, 1.0).sum().backward()
    assert w.grad.tolist() == [0.0, 0.0]


def test_a_parameter_list_shows_dtypes():
    layer = torch.nn.ParameterList([torch.nn.Parameter(torch.ones(2))])
    assert repr(layer) == "ParameterList(  (0): Parameter containing: [torch.float32 of size 2])"
