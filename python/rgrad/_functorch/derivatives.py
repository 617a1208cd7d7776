"""Derivatives of functions of trees of tensors. They nest: a derivative is recorded where something outside needs it."""
from __future__ import annotations

import functools

from .. import _C
from .._grad_mode import enable_grad
from ..autograd import grad as _grad
from ..utils._pytree import tree_flatten, tree_leaves, tree_map, tree_structure, tree_unflatten


def _tensors(tree) -> list:
    return [leaf for leaf in tree_leaves(tree) if isinstance(leaf, _C.Tensor)]


def _fresh(tree):
    """``tree`` with tensors to differentiate by: views where someone outside differentiates too."""

    def one(value):
        if not isinstance(value, _C.Tensor):
            raise ValueError(f"Thing passed to transform API must be Tensor, got {type(value)}")
        return value.view_as(value) if value.requires_grad else value.detach().requires_grad_()

    return tree_map(one, tree)


def _reaches_outside(outputs, inputs) -> bool:
    """Whether the graph of ``outputs`` has leaves other than ``inputs``: tensors that the function captured."""
    own = {id(t) for t in inputs}
    stack, seen = [t.grad_fn for t in outputs if t.grad_fn is not None], set()
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        variable = getattr(node, "variable", None)
        if isinstance(variable, _C.Tensor) and id(variable) not in own:
            return True
        stack += [below for below, _ in node.next_functions if below is not None]
    return False


def _gradients(outputs, inputs, vectors, create_graph):
    """v^T J for each input, zeros where nothing depends on it."""
    pairs = [(o, v) for o, v in zip(outputs, vectors) if o.requires_grad]
    if not pairs:
        return [_C.zeros_like(t) for t in inputs]
    found = _grad(
        [o for o, _ in pairs], inputs, [v for _, v in pairs], retain_graph=True, create_graph=create_graph,
        allow_unused=True,
    )
    return [_C.zeros_like(t) if g is None else g for g, t in zip(found, inputs)]


def _plain(tree, keep):
    """``tree`` without history unless it is kept."""
    return tree if keep else tree_map(lambda v: v.detach() if isinstance(v, _C.Tensor) else v, tree)


def _wrap_index(argnum, count) -> int:
    if not isinstance(argnum, int):
        raise RuntimeError(f"argnum must be int, got: {type(argnum)}")
    if -count <= argnum < count:
        return argnum % count
    raise RuntimeError(f"Got argnum={argnum}, but only {count} positional inputs")


def _indices(argnums, count) -> tuple:
    if isinstance(argnums, int):
        return (_wrap_index(argnums, count),)
    if not isinstance(argnums, tuple):
        raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(argnums)}")
    if not argnums:
        raise RuntimeError("argnums must be non-empty")
    chosen = tuple(_wrap_index(i, count) for i in argnums)
    if len(set(chosen)) != len(chosen):
        raise RuntimeError(f"argnums elements must be unique, got {argnums}")
    return chosen


def _replaced(args, indices, values) -> list:
    full = list(args)
    for i, value in zip(indices, values):
        full[i] = value
    return full


def _split_aux(out, has_aux, name):
    if not has_aux:
        return out, None
    if not (isinstance(out, tuple) and len(out) == 2):
        raise RuntimeError(
            f"{name}: output of function f should be a tuple: (output, aux) if has_aux is True"
        )
    return out


def _check_outputs(out, name) -> list:
    leaves = tree_leaves(out)
    for leaf in leaves:
        if not isinstance(leaf, _C.Tensor):
            raise RuntimeError(f"{name}: expected f(*primals) to return only tensors, got unsupported type {type(leaf)}")
    return leaves


def grad_and_value(func, argnums=0, has_aux=False):
    """A function that gives (gradient, value) of the scalar ``func`` with respect to the arguments ``argnums``."""

    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        indices = _indices(argnums, len(args))
        with enable_grad():
            chosen = _fresh(tuple(args[i] for i in indices))
            points = _tensors(chosen)
            out = func(*_replaced(args, indices, chosen), **kwargs)
            out, aux = _split_aux(out, has_aux, "grad_and_value(f)(*args)")
            if not isinstance(out, _C.Tensor):
                raise RuntimeError(
                    f"grad_and_value(f)(*args): Expected f(*args) to return a Tensor, got {type(out)}"
                )
            if out.dim() != 0:
                raise RuntimeError(
                    "grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got tensor with "
                    f"{out.dim()} dims. Maybe you wanted to use the vjp or jacrev APIs instead?"
                )
            outer = _reaches_outside([out], points)
            found = _gradients([out], points, [_C.ones_like(out)], outer)
        grads = tree_unflatten(found, tree_structure(chosen))
        grads = grads[0] if isinstance(argnums, int) else grads
        value = _plain(out, outer)
        return grads, ((value, _plain(aux, outer)) if has_aux else value)

    return wrapper


def grad(func, argnums=0, has_aux=False):
    """A function that gives the gradient of the scalar ``func``; may be nested for higher derivatives."""
    both = grad_and_value(func, argnums, has_aux)

    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        gradient, value = both(*args, **kwargs)
        return (gradient, value[1]) if has_aux else gradient

    return wrapper


def vjp(func, *primals, has_aux=False):
    """(output, a function that maps a cotangent to the gradients of ``primals``)."""
    with enable_grad():
        inputs = _fresh(primals)
        points = _tensors(inputs)
        out, aux = _split_aux(func(*inputs), has_aux, "vjp(f, *primals)")
        outs = _check_outputs(out, "vjp(f, *primals)")
    outer = _reaches_outside(outs, points)
    spec, shape = tree_structure(out), tree_structure(inputs)

    def pull(cotangents, retain_graph=True, create_graph=None):
        vectors, given = tree_flatten(cotangents)
        if given != spec:
            raise RuntimeError(
                "Expected pytree structure of cotangents to be the same as pytree structure of outputs to the "
                f"function. cotangents: {_printed(cotangents)}, primal output: {_printed(out)}"
            )
        recorded = outer or any(v.requires_grad for v in vectors)
        return tree_unflatten(_gradients(outs, points, vectors, recorded), shape)

    shown = _plain(out, outer)
    return (shown, pull, _plain(aux, outer)) if has_aux else (shown, pull)


def _printed(tree) -> str:
    return str(tree_map(lambda _: _Star(), tree))


class _Star:
    def __repr__(self) -> str:
        return "*"


class _Linear:
    """A function at a point, ready to map tangents: its derivative is linear in the cotangents u of u^T J, so J v is
    the derivative of (u^T J) v by u."""

    def __init__(self, func, primals, has_aux, name) -> None:
        with enable_grad():
            self.inputs = _fresh(primals)
            self.points = _tensors(self.inputs)
            self.out, self.aux = _split_aux(func(*self.inputs), has_aux, name)
            self.outs = _check_outputs(self.out, name)
            self.cotangents = [_C.zeros_like(o).requires_grad_() for o in self.outs]
            self.rows = _gradients(self.outs, self.points, self.cotangents, True)
        self.outer = _reaches_outside(self.outs, self.points)

    def push(self, tangents):
        recorded = self.outer or any(t.requires_grad for t in tangents)
        with enable_grad():
            return tree_unflatten(
                _gradients(self.rows, self.cotangents, tangents, recorded), tree_structure(self.out)
            )


def jvp(func, primals, tangents, *, strict=False, has_aux=False):
    """(output, its derivative along ``tangents``), by differentiating twice backwards."""
    name = "jvp(f, primals, tangents)"
    if not isinstance(primals, tuple):
        raise RuntimeError(
            f"{name}: Expected primals to be a tuple. E.g. it should be valid to call f(*primals)."
        )
    if tree_structure(primals) != tree_structure(tangents):
        raise RuntimeError(
            f"{name}: Expected primals and tangents to have the same python structure. For example, if primals is a "
            f"tuple of 3 tensors, tangents also must be. Got primals with structure {tree_structure(primals)} and "
            f"tangents with structure {tree_structure(tangents)}"
        )
    linear = _Linear(func, primals, has_aux, name)
    out, result = _plain(linear.out, linear.outer), linear.push(tree_leaves(tangents))
    return (out, result, _plain(linear.aux, linear.outer)) if has_aux else (out, result)


def linearize(func, *primals):
    """(output, the function that maps tangents to the derivative along them); ``func`` runs once."""
    linear = _Linear(func, primals, False, "linearize(f, *primals)")
    spec = tree_structure(primals)

    def push(*tangents):
        vectors, given = tree_flatten(tangents)
        if given != spec:
            raise RuntimeError(f"Expected the tangents {given} to have the same argspec as the primals {spec}")
        for i, (vector, point) in enumerate(zip(vectors, linear.points)):
            for what in ("shape", "device", "dtype"):
                if getattr(vector, what) != getattr(point, what):
                    raise RuntimeError(
                        f"tangent:{i} with {what} {getattr(vector, what)} in flattened pytree doesn't match the {what} "
                        f"{getattr(point, what)} of the corresponding primal."
                    )
        return linear.push(vectors)

    return _plain(linear.out, linear.outer), push


def _jacobian(func, argnums, has_aux, name):
    """Rows one by one: output elements times v^T J with unit vectors."""

    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        indices = _indices(argnums, len(args))
        with enable_grad():
            chosen = _fresh(tuple(args[i] for i in indices))
            points = _tensors(chosen)
            out, aux = _split_aux(func(*_replaced(args, indices, chosen), **kwargs), has_aux, name)
            outs = _check_outputs(out, "vjp(f, *primals)")
            outer = _reaches_outside(outs, points)
            blocks = [_block(o, points, outer) for o in outs]
        shape = tree_structure(chosen)
        jacobians = [tree_unflatten(block, shape) for block in blocks]
        jacobians = [j[0] if isinstance(argnums, int) else j for j in jacobians]
        result = tree_unflatten(jacobians, tree_structure(out))
        return (result, _plain(aux, outer)) if has_aux else result

    return wrapper


def _block(out, points, outer):
    columns: list[list] = [[] for _ in points]
    for element in out.reshape(-1).unbind():
        row = _gradients([element], points, [_C.ones_like(element)], outer)
        for column, gradient in zip(columns, row):
            column.append(gradient)
    shapes = [tuple(out.shape) + tuple(point.shape) for point in points]
    return [
        _C.stack(column).reshape(shape) if column else _C.zeros(shape, dtype=point.dtype)
        for column, shape, point in zip(columns, shapes, points)
    ]


def jacrev(func, argnums=0, *, has_aux=False, chunk_size=None, _preallocate_and_copy=False):
    """A function that gives the Jacobian with respect to the arguments ``argnums``, one output element at a time."""
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError("jacrev: `chunk_size` should be greater than 0.")
    return _jacobian(func, argnums, has_aux, "jacrev(f)(*args)")


def jacfwd(func, argnums=0, has_aux=False, *, randomness="error"):
    """The same Jacobian as ``jacrev``, computed the same way: there is no forward mode here."""
    return _jacobian(func, argnums, has_aux, "jacfwd(f)(*args)")


def hessian(func, argnums=0):
    """A function that gives the second derivatives."""
    return jacfwd(jacrev(func, argnums), argnums)
