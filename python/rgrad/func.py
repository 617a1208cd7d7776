"""Functions of functions: grad, vjp, jacobians, functional_call."""
from __future__ import annotations

from . import _C
from ._grad_mode import enable_grad
from .autograd import functional as _functional
from .autograd import grad as _grad

__all__ = [
    "functional_call", "grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "stack_module_state", "vjp",
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


def _argnums(argnums) -> tuple:
    return (argnums,) if isinstance(argnums, int) else tuple(argnums)


def _leaves(value, out):
    """The tensors inside nested containers, in order."""
    if isinstance(value, _C.Tensor):
        out.append(value)
    elif isinstance(value, dict):
        for item in value.values():
            _leaves(item, out)
    elif isinstance(value, (tuple, list)):
        for item in value:
            _leaves(item, out)
    return out


def _replace(value, tensors):
    """``value`` with its tensors taken from the iterator ``tensors``."""
    if isinstance(value, _C.Tensor):
        return next(tensors)
    if isinstance(value, dict):
        return type(value)((key, _replace(item, tensors)) for key, item in value.items())
    if isinstance(value, (tuple, list)):
        return type(value)(_replace(item, tensors) for item in value)
    return value


def grad_and_value(func, argnums=0, has_aux=False):
    """A function that gives (gradient, value) of the scalar ``func`` with respect to the arguments ``argnums``."""

    def wrapper(*args, **kwargs):
        with enable_grad():
            chosen = [args[i] for i in _argnums(argnums)]
            tensors = _leaves(chosen, [])
            outer = any(t.requires_grad for t in tensors)
            fresh = [t.view_as(t) if t.requires_grad else t.detach().requires_grad_() for t in tensors]
            chosen = _replace(chosen, iter(fresh))
            full = list(args)
            for i, value in zip(_argnums(argnums), chosen):
                full[i] = value
            out = func(*full, **kwargs)
            out, aux = out if has_aux else (out, None)
            if not isinstance(out, _C.Tensor) or out.dim() != 0:
                raise RuntimeError(
                    "grad_and_value(f)(*args): Expected f(*args) to return a scalar tensor"
                    + (f", got tensor with {out.dim()} dims. Maybe you wanted to use the vjp or jacrev APIs instead?"
                       if isinstance(out, _C.Tensor) else f", got {type(out)}")
                )
            grads = _grad(out, fresh, create_graph=outer or _needs_graph(args), allow_unused=True)
            grads = [_C.zeros_like(t) if g is None else g for g, t in zip(grads, fresh)]
        result = _replace(chosen, iter(grads))
        result = result[0] if isinstance(argnums, int) else tuple(result)
        value = out if out.requires_grad and outer else out.detach()
        return result, ((value, aux) if has_aux else value)

    return wrapper


def _needs_graph(args) -> bool:
    return any(t.requires_grad for t in _leaves(list(args), []))


def grad(func, argnums=0, has_aux=False):
    """A function that gives the gradient of the scalar ``func``; may be nested for higher derivatives."""
    both = grad_and_value(func, argnums, has_aux)

    def wrapper(*args, **kwargs):
        gradient, value = both(*args, **kwargs)
        return (gradient, value[1]) if has_aux else gradient

    return wrapper


def vjp(func, *primals, has_aux=False):
    """(output, a function that maps a cotangent to the gradients of ``primals``)."""
    with enable_grad():
        points = [p.view_as(p) if p.requires_grad else p.detach().requires_grad_() for p in primals]
        out = func(*points)
        out, aux = out if has_aux else (out, None)

    def pull(cotangents):
        outs, vectors = _leaves(out, []), _leaves(cotangents, [])
        grads = _grad(outs, points, vectors, retain_graph=True, create_graph=_needs_graph(vectors), allow_unused=True)
        return tuple(_C.zeros_like(p) if g is None else g for g, p in zip(grads, points))

    shown = _replace(out, iter([t.detach() for t in _leaves(out, [])]))
    return (shown, pull, aux) if has_aux else (shown, pull)


def jvp(func, primals, tangents, *, strict=False, has_aux=False):
    """(output, its derivative along ``tangents``)."""
    return _functional.jvp(func, tuple(primals), tuple(tangents), strict=strict)


def jacrev(func, argnums=0, *, has_aux=False, chunk_size=None):
    """A function that gives the Jacobian with respect to the arguments ``argnums``."""

    def wrapper(*args, **kwargs):
        def of_chosen(*chosen):
            full = list(args)
            for i, value in zip(_argnums(argnums), chosen):
                full[i] = value
            return func(*full, **kwargs)

        chosen = tuple(args[i] for i in _argnums(argnums))
        inputs = chosen[0] if isinstance(argnums, int) else chosen
        return _functional.jacobian(of_chosen, inputs, create_graph=_needs_graph(args))

    return wrapper


def jacfwd(func, argnums=0, has_aux=False, *, chunk_size=None, randomness="error"):
    """The same Jacobian as ``jacrev``."""
    return jacrev(func, argnums, has_aux=has_aux)


def hessian(func, argnums=0):
    """A function that gives the second derivatives of the scalar ``func``."""

    def wrapper(*args):
        def of_chosen(value):
            full = list(args)
            full[argnums] = value
            return func(*full)

        return _functional.hessian(of_chosen, args[argnums], create_graph=_needs_graph(args))

    return wrapper


def stack_module_state(models):
    """The parameters and the buffers of equal models, each stacked along a new first dimension."""
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")

    def stacked(members):
        return {name: _C.stack([dict(members(m))[name].detach() for m in models]) for name, _ in members(models[0])}

    params = {name: value.requires_grad_() for name, value in stacked(lambda m: m.named_parameters()).items()}
    return params, stacked(lambda m: m.named_buffers())


def __getattr__(name: str):
    if name == "vmap" and hasattr(_C, "vmap"):
        return _C.vmap
    raise AttributeError(f"module 'torch.func' has no attribute '{name}'")
