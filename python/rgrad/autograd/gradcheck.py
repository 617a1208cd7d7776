"""Checking derivatives against differences."""
from __future__ import annotations

import sys
import types

from .. import _C
from .._grad_mode import enable_grad, no_grad
from . import grad as _grad

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]


class GradcheckError(RuntimeError):
    """The derivative is not the limit of differences."""


def _tensors(values) -> list:
    values = values if isinstance(values, (tuple, list)) else (values,)
    return [v for v in values if isinstance(v, _C.Tensor)]


def _numeric(func, inputs, x, outputs, eps) -> list:
    """Central differences: for each output a matrix (input element, output element)."""
    matrices = [_C.zeros(x.numel(), out.numel(), dtype=_C.float64) for out in outputs]
    with no_grad():
        for i in range(x.numel()):
            place = _coordinates(i, x.shape)
            old = x.data[place].item()
            ends = []
            for moved in (old + eps, old - eps):
                x.data[place] = moved
                ends.append([out.detach().clone().reshape(-1).to(_C.float64) for out in _tensors(func(*inputs))])
            x.data[place] = old
            for matrix, up, down in zip(matrices, *ends):
                matrix[i] = (up - down) / (2 * eps)
    return matrices


def _coordinates(flat: int, shape) -> tuple:
    index = []
    for size in reversed(shape):
        index.append(flat % size)
        flat //= size
    return tuple(reversed(index))


def gradcheck(
    func, inputs, *, eps=1e-6, atol=1e-5, rtol=1e-3, raise_exception=True, nondet_tol=0.0, check_undefined_grad=True,
    check_grad_dtypes=False, check_batched_grad=False, check_batched_forward_grad=False, check_forward_ad=False,
    check_backward_ad=True, fast_mode=False, masked=None,
) -> bool:
    """Whether backward of ``func`` agrees with central differences at ``inputs``; use float64."""
    inputs = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    wanted = [(i, x) for i, x in enumerate(inputs) if isinstance(x, _C.Tensor) and x.requires_grad]
    if not wanted:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them have "
            "requires_grad=True."
        )
    results = _tensors(func(*inputs))
    outputs = [out for out in results if out.requires_grad]
    for i, x in wanted:
        matrices = _numeric(func, inputs, x, results, eps)
        if not outputs and any(bool((numeric != 0).any()) for numeric in matrices):
            if not raise_exception:
                return False
            raise GradcheckError("Numerical gradient for function expected to be zero")
        differentiable = [numeric for out, numeric in zip(results, matrices) if out.requires_grad]
        for j, (out, numeric) in enumerate(zip(outputs, differentiable)):
            analytic = _C.zeros_like(numeric)
            for column in range(out.numel()):
                seed = _C.zeros(out.numel(), dtype=out.dtype)
                seed[column] = 1
                (g,) = _grad(out, [x], seed.reshape(out.shape), retain_graph=True, allow_unused=True)
                if g is not None:
                    analytic[:, column] = g.detach().reshape(-1).to(_C.float64)
            if not _C.allclose(analytic, numeric, rtol=rtol, atol=atol):
                if not raise_exception:
                    return False
                raise GradcheckError(
                    f"Jacobian mismatch for output {j} with respect to input {i},\n"
                    f"numerical:{numeric}\nanalytical:{analytic}\n"
                )
    return True


def gradgradcheck(
    func, inputs, grad_outputs=None, *, eps=1e-6, atol=1e-5, rtol=1e-3, gen_non_contig_grad_outputs=False,
    raise_exception=True, nondet_tol=0.0, check_undefined_grad=True, check_grad_dtypes=False,
    check_batched_grad=False, check_fwd_over_rev=False, check_rev_over_rev=True, fast_mode=False, masked=False,
) -> bool:
    """Whether the second derivative agrees with differences of the first."""
    inputs = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    outputs = [out for out in _tensors(func(*inputs)) if out.requires_grad]
    if grad_outputs is None:
        from ..testing import make_tensor

        seeds = [
            make_tensor(
                out.shape, dtype=out.dtype, device="cpu", low=-1, high=1, requires_grad=True,
                noncontiguous=gen_non_contig_grad_outputs,
            )
            for out in outputs
        ]
    else:
        seeds = _tensors(grad_outputs)
    count = len(inputs)

    @enable_grad()
    def first(*args):
        values, vectors = args[:count], args[count:]
        outs = [out for out in _tensors(func(*values)) if out.requires_grad]
        chosen = [x for x in values if isinstance(x, _C.Tensor) and x.requires_grad]
        grads = _grad(outs, chosen, list(vectors), create_graph=True, allow_unused=True)
        return tuple(g for g in grads if g is not None)

    return gradcheck(
        first, (*inputs, *seeds), eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception
    )


class _Callable(types.ModuleType):
    """Importing a submodule puts it into its package, over the function of the same name: so it is called alike."""

    def __call__(self, *args, **kwargs):
        return gradcheck(*args, **kwargs)


sys.modules[__name__].__class__ = _Callable
