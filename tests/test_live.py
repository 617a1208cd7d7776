"""Beside PyTorch itself, where it can be imported: other inputs than the golden ones, and gradients.

    RGRAD_LIVE_SEED=7 python -m pytest tests/test_live.py          (another seed, other inputs)
"""
from __future__ import annotations

import os
import warnings

import pytest
import rgrad
from golden_ops import DTYPES, plain
from opinfo import OPS, Make, arguments
from test_ops import flat, same

pytest.importorskip("torch", reason="the live mode compares with PyTorch")

# Gradients in which PyTorch has a number that float32 rounded.
ROUNDED = {
    "pow": "the logarithm of a Python number",
    "xlogy": "the logarithm of a Python number",
    "special_xlogy": "the logarithm of a Python number",
    "special_xlog1py": "the logarithm of a Python number",
    "hardsigmoid": "a sixth",
}
# Samples that are not compared: (op, number or None for all, dtype).
APART = {
    ("upsample_bicubic2d", None, "float32"): "PyTorch's own rounding is above the tolerance",
    ("vander", None, "float64"): "PyTorch has no gradient: it writes where it has saved",
    ("det", 6, "float32"): "a singular matrix: nothing but rounding",
    ("adaptive_avg_pool1d", 3, "float64"): "PyTorch refuses the gradient of an empty result",
}
SEED = os.environ.get("RGRAD_LIVE_SEED", "0")


def run(torch, op, number: int, dtype: str, grad: bool) -> dict:
    """What one sample gives: results, and the gradients of their weighted sum; or the class of the error."""
    make = Make(torch, getattr(torch, dtype), f"live {SEED} {op.name} {number}", grad)
    try:
        args, kwargs = arguments(op.samples[number], make)
        out = op.function(torch)(*args, **kwargs)
    except Exception as error:
        return {"error": type(error).__name__}
    result = {"out": plain(torch, out)}
    outputs = [t for t in flat([out]) if isinstance(t, torch.Tensor) and t.requires_grad]
    if grad and outputs:
        leaves = [t for t in flat(args) if isinstance(t, torch.Tensor) and t.requires_grad]
        weights = [torch.linspace(0.5, 1.5, t.numel(), dtype=t.dtype).reshape(t.shape) for t in outputs]
        try:
            grads = torch.autograd.grad(outputs, leaves, weights, allow_unused=True)
        except RuntimeError as error:
            return {"error": str(error)}
        # Some of PyTorch's zeros have no storage until they are cloned.
        result["grads"] = [g if g is None else plain(torch, g.clone()) for g in grads]
    return result


def rounded(op, grads):
    """Gradients as comparable as PyTorch's are: in float32 where it rounds."""
    return [g and g | {"dtype": "float32"} for g in grads] if grads and op.name in ROUNDED else grads


@pytest.mark.parametrize("op", OPS, ids=[op.name for op in OPS])
def test_live(op):
    import torch

    wrong = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number in range(len(op.samples)):
            for dtype in op.dtypes or DTYPES:
                grad = op.grad and dtype == "float64"
                want, got = (run(library, op, number, dtype, grad) for library in (torch, rgrad))
                if want.keys() != got.keys() or "error" in want:
                    why = "" if want == got else f"{got} where PyTorch gives {want}"
                else:
                    why = same(got["out"], want["out"]) or same(rounded(op, got.get("grads")), rounded(op, want.get("grads")))
                if why and not {(op.name, number, dtype), (op.name, None, dtype)} & APART.keys():
                    wrong.append(f"sample {number} {dtype}: {why[:300]}")
    assert not wrong, "\n".join(wrong[:12])


FUSED = {
    "addcmul": lambda torch, a, b, c: torch.addcmul(a, b, c),
    "addcmul_": lambda torch, a, b, c: a.clone().addcmul_(b, c, value=0.3),
    "addcdiv": lambda torch, a, b, c: torch.addcdiv(a, b, c, value=0.3),
    "add": lambda torch, a, b, c: torch.add(a, b, alpha=0.3),
    "sub": lambda torch, a, b, c: torch.sub(a, b, alpha=0.3),
    "rsub": lambda torch, a, b, c: torch.rsub(a, b, alpha=0.3),
    "add_": lambda torch, a, b, c: a.clone().add_(b, alpha=-0.01),
    "lerp of a number": lambda torch, a, b, c: torch.lerp(a, b, 0.7),
    "lerp": lambda torch, a, b, c: torch.lerp(a, b, c.abs()),
}


@pytest.mark.skipif(os.environ.get("RGRAD_ISA") == "baseline", reason="no fused multiply-add there")
@pytest.mark.parametrize("name", FUSED)
def test_multiply_adds_have_pytorchs_bits(name):
    import torch

    for dtype in ("float32", "float64"):
        for size in (1, 7, 1000):
            torch.manual_seed(size)
            theirs = [torch.randn(size, dtype=getattr(torch, dtype)) for _ in range(3)]
            ours = [rgrad.tensor(x.tolist(), dtype=getattr(rgrad, dtype)) for x in theirs]
            assert FUSED[name](rgrad, *ours).tolist() == FUSED[name](torch, *theirs).tolist(), (dtype, size)
