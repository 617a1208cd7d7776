"""Autocast gives results the dtypes that PyTorch's autocast for the CPU gives them, and gradients of the inputs'."""
import threading

import pytest

import rgrad as torch
from rgrad import nn

F = nn.functional
BF16, F32, F64 = torch.bfloat16, torch.float32, torch.float64


def a():
    return torch.randn(2, 3)


def b():
    return torch.randn(3, 4)


def h():
    return torch.randn(2, 3).bfloat16()


# Recorded with torch 2.13 under torch.autocast("cpu", torch.bfloat16).
DTYPES = [
    (lambda: a() @ b(), BF16), (lambda: a().matmul(b()), BF16), (lambda: torch.mm(a(), b()), BF16),
    (lambda: torch.mm(a().half(), b().half()), BF16), (lambda: torch.mm(a().double(), b().double()), F64),
    (lambda: torch.mm(h(), b()), BF16), (lambda: torch.bmm(a()[None], b()[None]), BF16),
    (lambda: torch.addmm(torch.zeros(2, 4), a(), b()), BF16), (lambda: torch.addbmm(torch.zeros(2, 4), a()[None], b()[None]), BF16),
    (lambda: torch.baddbmm(torch.zeros(1, 2, 4), a()[None], b()[None]), BF16), (lambda: torch.einsum("ij,jk->ik", a(), b()), BF16),
    (lambda: F.linear(a(), torch.ones(4, 3), torch.ones(4)), BF16), (lambda: nn.Conv1d(2, 3, 1)(a()[None]), BF16),
    (lambda: nn.ConvTranspose1d(2, 3, 1)(a()[None]), BF16), (lambda: F.scaled_dot_product_attention(*[a()[None]] * 3), BF16),
    (lambda: torch.mv(a(), torch.ones(3)), F32), (lambda: torch.dot(a()[0], a()[0]), F32), (lambda: torch.outer(a()[0], a()[0]), F32),
    (lambda: torch.addmv(torch.zeros(2), a(), torch.ones(3)), F32), (lambda: F.softmax(h(), -1), BF16), (lambda: h().exp(), BF16),
    (lambda: F.log_softmax(h(), -1), BF16), (lambda: F.layer_norm(h(), (3,)), BF16), (lambda: h().sum(), BF16),
    (lambda: h().pow(2), BF16), (lambda: F.gelu(h()), BF16), (lambda: h() + a(), F32), (lambda: a() + a(), F32),
    (lambda: F.mse_loss(h(), h()), F32), (lambda: F.cross_entropy(h(), torch.tensor([0, 1])), F32),
    (lambda: F.nll_loss(h(), torch.tensor([0, 1])), F32), (lambda: F.binary_cross_entropy_with_logits(h(), h()), F32),
    (lambda: F.smooth_l1_loss(h(), h()), F32), (lambda: h().prod(), F32), (lambda: torch.cdist(h(), h()), F32),
    (lambda: nn.LSTM(3, 2)(a())[0], BF16), (lambda: nn.LSTM(3, 2)(a())[1][1], BF16), (lambda: nn.RNN(3, 2)(a())[1], BF16),
    (lambda: nn.GRU(3, 2)(a())[0], F32), (lambda: nn.LSTMCell(3, 2)(a())[0], F32), (lambda: nn.RNNCell(3, 2)(a()), BF16),
    (lambda: nn.MultiheadAttention(4, 2)(*[torch.ones(3, 2, 4)] * 3)[0], BF16),
    (lambda: nn.TransformerEncoderLayer(4, 2, 8)(torch.ones(3, 2, 4)), F32),
    (lambda: torch.cat([h(), a()]), F32), (lambda: torch.stack([h(), h()]), BF16), (lambda: torch.cat([a(), a()]), F32),
]


@pytest.mark.parametrize("make,dtype", DTYPES)
def test_dtypes(make, dtype):
    with torch.autocast("cpu", torch.bfloat16):
        assert make().dtype == dtype


def test_regions_nest_and_end():
    x = a()
    with torch.autocast("cpu", torch.float16):
        assert (x @ x.T).dtype == torch.float16
        with torch.autocast("cpu", enabled=False):
            assert (x @ x.T).dtype == F32 and not torch.is_autocast_enabled("cpu")
        with torch.autocast("cpu", BF16):
            assert (x @ x.T).dtype == BF16
        assert torch.get_autocast_dtype("cpu") == torch.float16
    assert (x @ x.T).dtype == F32 and torch.get_autocast_dtype("cpu") == BF16
    with pytest.raises(ZeroDivisionError), torch.autocast("cpu"):
        1 / 0
    assert not torch.is_autocast_enabled("cpu")


def test_gradients_have_the_parameters_dtype():
    model, x = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)), a()
    with torch.autocast("cpu"):
        out = model(x)
        loss = F.cross_entropy(out, torch.tensor([0, 1]))
    assert out.dtype == BF16 and loss.dtype == F32
    loss.backward()
    plain = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    plain.load_state_dict(model.state_dict())
    F.cross_entropy(plain(x), torch.tensor([0, 1])).backward()
    for p, q in zip(model.parameters(), plain.parameters()):
        assert p.grad.dtype == F32 and torch.allclose(p.grad, q.grad, rtol=0.05, atol=0.02)


def test_values_are_those_of_casting_by_hand():
    x, w = torch.randn(5, 7), torch.randn(6, 7)
    with torch.autocast("cpu"):
        assert torch.equal(F.linear(x, w), F.linear(x.bfloat16(), w.bfloat16()))
        assert torch.equal(x @ w.T, x.bfloat16() @ w.T.bfloat16())


def test_casts_are_recorded():
    x = a().requires_grad_()
    with torch.autocast("cpu"):
        y = torch.mm(x, b())
    assert type(y.grad_fn).__name__ == "MmBackward0"
    assert type(y.grad_fn.next_functions[0][0]).__name__ == "ToCopyBackward0"


def test_out_keeps_its_dtype():
    out = torch.empty(2, 4)
    with torch.autocast("cpu"):
        torch.mm(a(), b(), out=out)
        assert out.dtype == F32


def test_decorator_and_other_threads():
    @torch.autocast("cpu")
    def f():
        seen = []
        thread = threading.Thread(target=lambda: seen.append((a() @ b()).dtype))
        thread.start()
        thread.join()
        return (a() @ b()).dtype, seen[0]

    assert f() == (BF16, F32) and f.__name__ == "f"
    with torch.cpu.amp.autocast():
        assert (a() @ b()).dtype == BF16


def test_custom_functions():
    class Mm(torch.autograd.Function):
        @staticmethod
        @torch.amp.custom_fwd(device_type="cpu", cast_inputs=torch.float32)
        def forward(ctx, x, w):
            ctx.save_for_backward(x, w)
            assert not torch.is_autocast_enabled("cpu")
            return x @ w

        @staticmethod
        @torch.amp.custom_bwd(device_type="cpu")
        def backward(ctx, g):
            x, w = ctx.saved_tensors
            assert not torch.is_autocast_enabled("cpu")
            return g @ w.T, x.T @ g

    x = h().requires_grad_()
    with torch.autocast("cpu"):
        y = Mm.apply(x, b())
    assert y.dtype == F32
    y.sum().backward()
    assert x.grad.dtype == BF16


def test_checkpoint_runs_again_as_it_ran():
    layer, x = nn.Linear(3, 3), a().requires_grad_()
    with torch.autocast("cpu"):
        y = torch.utils.checkpoint.checkpoint(layer, x, use_reentrant=False)
    assert y.dtype == BF16
    y.sum().backward()
    assert x.grad.dtype == F32


def test_mistakes():
    with pytest.raises(ValueError, match="Expected `device_type` of type `str`, got: `<class 'int'>`"):
        torch.autocast(3)
    with pytest.raises(RuntimeError, match="User specified an unsupported autocast device_type 'meta'"):
        torch.autocast("meta")
    with pytest.raises(RuntimeError, match="device type at start of device string: x"):
        torch.autocast("x")
    with pytest.warns(UserWarning, match="CPU Autocast only supports dtypes of torch.bfloat16, torch.float16 currently"):
        assert not torch.autocast("cpu", torch.float64)._enabled
    with pytest.warns(UserWarning, match="CUDA is not available or torch_xla is imported. Disabling autocast."):
        torch.autocast("cuda")
    with pytest.raises(TypeError, match="requires a callable, but got int"):
        torch.autocast("cpu")(3)
