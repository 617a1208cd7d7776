"""Derivatives of functions of tensors: vjp, jvp, jacobian, hessian."""
from __future__ import annotations

from .. import _C
from .._grad_mode import enable_grad
from . import grad as _grad

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]


def _tuple(value) -> tuple:
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


def _prepare(inputs, create_graph) -> tuple:
    """Fresh views to differentiate with respect to; connected to the user's graph only if asked."""
    return tuple(
        x.view_as(x) if create_graph and x.requires_grad else x.detach().requires_grad_() for x in _tuple(inputs)
    )


def _finish(values, single: bool, create_graph: bool):
    values = tuple(v if create_graph else v.detach() for v in values)
    return values[0] if single else values


def _call(func, inputs, name) -> tuple[tuple, bool]:
    outputs = func(*inputs)
    single = not isinstance(outputs, (tuple, list))
    outputs = _tuple(outputs)
    for out in outputs:
        if not isinstance(out, _C.Tensor):
            raise TypeError(
                f"The outputs of the user-provided function given to {name} must be either a Tensor or a tuple of "
                f"Tensors but the given outputs of the user-provided function has type {type(out)}."
            )
    return outputs, single


def _gradients(outputs, inputs, vectors, create_graph, strict, retain=False):
    pairs = [(o, v) for o, v in zip(outputs, vectors) if o.requires_grad]
    found = [None] * len(inputs)
    if pairs:
        found = _grad(
            [o for o, _ in pairs], list(inputs), [v for _, v in pairs], allow_unused=True, create_graph=create_graph,
            retain_graph=True if retain or create_graph else None,
        )
    if strict and any(g is None for g in found):
        i = [g is None for g in found].index(True)
        raise RuntimeError(
            f"The output of the user-provided function is independent of input {i}. This is not allowed in strict mode."
        )
    return [_C.zeros_like(x) if g is None else g for g, x in zip(found, inputs)]


def vjp(func, inputs, v=None, create_graph=False, strict=False):
    """(outputs, v^T J) of ``func`` at ``inputs``."""
    single_in = not isinstance(inputs, (tuple, list))
    with enable_grad():
        points = _prepare(inputs, create_graph)
        outputs, single_out = _call(func, points, "vjp")
        if v is None:
            if len(outputs) != 1 or outputs[0].numel() != 1:
                raise RuntimeError(
                    "The vector v can only be None if the user-provided function returns a single Tensor with a "
                    "single element."
                )
            vectors = (_C.ones_like(outputs[0]),)
        else:
            vectors = _tuple(v)
        grads = _gradients(outputs, points, vectors, create_graph, strict)
    return _finish(outputs, single_out, create_graph), _finish(grads, single_in, create_graph)


def jvp(func, inputs, v=None, create_graph=False, strict=False):
    """(outputs, J v) of ``func`` at ``inputs``, by differentiating v^T J with respect to v."""
    with enable_grad():
        points = _prepare(inputs, create_graph)
        if v is None:
            if len(points) != 1 or points[0].numel() != 1:
                raise RuntimeError(
                    "The vector v can only be None if the input to the user-provided function is a single Tensor with "
                    "a single element."
                )
            vectors = (_C.ones_like(points[0]),)
        else:
            vectors = _tuple(v)
        outputs, single_out = _call(func, points, "jvp")
        dummies = tuple(_C.zeros_like(o, requires_grad=True) for o in outputs)
        grads = _gradients(outputs, points, dummies, True, strict)
        result = _gradients(grads, dummies, vectors, create_graph, False)
    return _finish(outputs, single_out, create_graph), _finish(result, single_out, create_graph)


def jacobian(func, inputs, create_graph=False, strict=False, vectorize=False, strategy="reverse-mode"):
    """Derivatives of every output element with respect to every input element: output shape + input shape."""
    single_in = not isinstance(inputs, (tuple, list))
    with enable_grad():
        points = _prepare(inputs, create_graph)
        outputs, single_out = _call(func, points, "jacobian")
        rows = []
        for out in outputs:
            columns = [[] for _ in points]
            for element in out.reshape(-1):
                grads = _gradients([element], points, [_C.ones_like(element)], create_graph, strict, retain=True)
                for column, grad in zip(columns, grads):
                    column.append(grad)
            rows.append(tuple(
                _C.stack(column).reshape(tuple(out.shape) + tuple(x.shape))
                if column else _C.zeros(tuple(out.shape) + tuple(x.shape), dtype=x.dtype)
                for column, x in zip(columns, points)
            ))
    rows = [tuple(v if create_graph else v.detach() for v in row) for row in rows]
    picked = tuple(row[0] if single_in else row for row in rows)
    return picked[0] if single_out else picked


def hessian(
    func, inputs, create_graph=False, strict=False, vectorize=False, outer_jacobian_strategy="reverse-mode"
):
    """Second derivatives of a scalar function: input shape twice."""
    single_in = not isinstance(inputs, (tuple, list))

    def gradient(*points):
        out = func(*points)
        if out.numel() != 1:
            raise RuntimeError("The Tensor returned by the function given to hessian should contain a single element")
        grads = _gradients([out.reshape(())], points, [_C.ones_like(out.reshape(()))], True, strict)
        return grads[0] if single_in else tuple(grads)

    return jacobian(gradient, inputs, create_graph=create_graph, strict=strict)


def vhp(func, inputs, v=None, create_graph=False, strict=False):
    """(output, v^T H) of a scalar function."""
    single_in = not isinstance(inputs, (tuple, list))
    with enable_grad():
        points = _prepare(inputs, create_graph)
        outputs, _ = _call(func, points, "vhp")
        grads = _gradients(outputs, points, [_C.ones_like(outputs[0])], True, strict)
        vectors = _tuple(v) if v is not None else (_C.ones_like(points[0]),)
        result = _gradients(grads, points, vectors, create_graph, strict)
    return _finish(outputs, True, create_graph), _finish(result, single_in, create_graph)


def hvp(func, inputs, v=None, create_graph=False, strict=False):
    """(output, H v) of a scalar function; H is symmetric, so this is ``vhp``."""
    return vhp(func, inputs, v, create_graph, strict)
