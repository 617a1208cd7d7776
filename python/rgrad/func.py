"""Functions of functions: grad, vjp, jacobians, vmap, functional_call."""
from __future__ import annotations

from . import _C
from ._functorch.derivatives import grad, grad_and_value, hessian, jacfwd, jacrev, jvp, linearize, vjp
from ._functorch.vmap import vmap

__all__ = [
    "functional_call", "grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "linearize",
    "stack_module_state", "vjp", "vmap",
]


def functional_call(module, parameter_and_buffer_dicts, args=None, kwargs=None, *, tie_weights=True, strict=False):
    """Call ``module`` with the given tensors in place of its own."""
    from .nn.utils.stateless import _functional_call

    given = parameter_and_buffer_dicts
    if not isinstance(given, dict):
        given = {name: value for part in given for name, value in part.items()}
    return _functional_call(
        module, given, () if args is None else args, kwargs, tie_weights=tie_weights, strict=strict
    )


def stack_module_state(models):
    """The parameters and the buffers of equal models, each stacked along a new first dimension."""
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if any(model.training for model in models) and not all(model.training for model in models):
        raise RuntimeError(
            "stack_module_state: Expected all models to have the same training/eval mode."
        )
    if any(type(model) is not type(models[0]) for model in models):
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")

    def stacked(members):
        return {name: _C.stack([dict(members(m))[name].detach() for m in models]) for name, _ in members(models[0])}

    params = {name: value.requires_grad_() for name, value in stacked(lambda m: m.named_parameters()).items()}
    return params, stacked(lambda m: m.named_buffers())
