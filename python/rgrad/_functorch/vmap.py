"""vmap: a function of samples as a function of batches, by calling it once for each sample."""
from __future__ import annotations

import functools

from .. import _C
from ..utils._pytree import _broadcast_to_and_flatten, tree_flatten, tree_leaves, tree_unflatten

_RANDOM = (
    "vmap: called random operation while in randomness error mode. Please either use the 'same' or 'different' "
    "randomness flags on vmap or perform the randomness operation out of vmap"
)


def vmap(func, in_dims=0, out_dims=0, randomness="error", *, chunk_size=None):
    """``func`` over dimension ``in_dims`` of its arguments; results are stacked along ``out_dims``.

    It gives what PyTorch's ``vmap`` gives, nested and with gradients, but it is a loop: ``func`` runs once for each
    sample, in Python, so the cost grows with the batch, and code that depends on values works. ``chunk_size`` changes
    nothing then. With ``randomness="different"`` each sample draws its own numbers, one sample after another.

    >>> vmap(torch.dot)(torch.ones(3, 2), torch.ones(3, 2))
    tensor([2., 2., 2.])
    """
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}")
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")

    @functools.wraps(func)
    def wrapped(*args, **kwargs):
        _check_out_dims(func, out_dims)
        size, dims, leaves, spec = _batched_inputs(func, in_dims, args)
        outputs = _run(func, size, dims, leaves, spec, kwargs, randomness)
        return _stacked(func, out_dims, outputs, size)

    return wrapped


def _name(func) -> str:
    if hasattr(func, "__name__"):
        return func.__name__
    if isinstance(func, functools.partial):
        return f"functools.partial({_name(func.func)}, ...)"
    return repr(func)


def _check_out_dims(func, out_dims) -> None:
    for dim in tree_leaves(out_dims):
        if dim is not None and not isinstance(dim, int):
            raise ValueError(
                f"vmap({_name(func)}, ..., out_dims={out_dims}): `out_dims` must be an int, None or a python "
                "collection of ints representing where in the outputs the vmapped dimension should appear."
            )


def _check_in_dim(head, dim, leaf) -> None:
    if dim is None:
        return
    if not isinstance(dim, int):
        raise ValueError(
            f"{head} Got in_dim={dim} for an input but in_dim must be either an integer dimension or None."
        )
    if not isinstance(leaf, _C.Tensor):
        raise ValueError(
            f"{head} Got in_dim={dim} for an input but the input is of type {type(leaf)}. We cannot vmap over "
            "non-Tensor arguments, please use None as the respective in_dim"
        )
    if not -leaf.dim() <= dim < leaf.dim():
        raise ValueError(
            f"{head} Got in_dim={dim} for some input, but that input is a Tensor of dimensionality {leaf.dim()} so "
            f"expected in_dim to satisfy -{leaf.dim()} <= in_dim < {leaf.dim()}."
        )


def _batched_inputs(func, in_dims, args):
    name = _name(func)
    head = f"vmap({name}, in_dims={in_dims}, ...)(<inputs>):"
    if not isinstance(in_dims, (int, tuple)):
        raise ValueError(
            f"{head} expected `in_dims` to be int or a (potentially nested) tuple matching the structure of inputs, "
            f"got: {type(in_dims)}."
        )
    if not args:
        raise ValueError(
            f"vmap({name})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are trying to vmap over a "
            "function with no inputs. The latter is unsupported."
        )
    leaves, spec = tree_flatten(args)
    dims = _broadcast_to_and_flatten(in_dims, spec)
    if dims is None:
        raise ValueError(
            f"{head} in_dims is not compatible with the structure of `inputs`. in_dims has structure "
            f"{tree_flatten(in_dims)[1]} but inputs has structure {spec}."
        )
    for dim, leaf in zip(dims, leaves):
        _check_in_dim(head, dim, leaf)
    sizes = [leaf.size(dim) for dim, leaf in zip(dims, leaves) if dim is not None]
    if not sizes:
        raise ValueError("vmap: Expected at least one Tensor to vmap over")
    if any(size != sizes[0] for size in sizes):
        raise ValueError(
            "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
            f"{sizes} for the mapped dimension"
        )
    return sizes[0], dims, leaves, spec


def _run(func, size, dims, leaves, spec, kwargs, randomness):
    """The output for each sample; of an empty batch the output for one of zeros, which gives the shapes."""
    columns = []
    for dim, leaf in zip(dims, leaves):
        if dim is None:
            columns.append([leaf] * max(size, 1))
        elif size:
            columns.append(leaf.unbind(dim))
        else:
            shape = [n for i, n in enumerate(leaf.shape) if i != dim % leaf.dim()]
            columns.append([leaf.new_zeros(shape)])
    before = _C.get_rng_state() if randomness != "different" else None
    outputs = []
    for i in range(max(size, 1)):
        if randomness == "same" and i:
            _C.set_rng_state(before)
        outputs.append(func(*tree_unflatten([column[i] for column in columns], spec), **kwargs))
    if randomness == "error" and not _C.equal(before, _C.get_rng_state()):
        raise RuntimeError(_RANDOM)
    return outputs


def _stacked(func, out_dims, outputs, size):
    name = _name(func)
    first, spec = tree_flatten(outputs[0])
    if isinstance(outputs[0], _C.Tensor) and isinstance(out_dims, tuple):
        dims = list(out_dims) if len(out_dims) == 1 else None
    else:
        dims = _broadcast_to_and_flatten(out_dims, spec)
    if dims is None:
        raise ValueError(
            f"vmap({name}, ..., out_dims={out_dims})(<inputs>): out_dims is not compatible with the structure of "
            f"`outputs`. out_dims has structure {tree_flatten(out_dims)[1]} but outputs has structure {spec}."
        )
    rows = [first, *(tree_leaves(output) for output in outputs[1:])]
    results = []
    for dim, column in zip(dims, zip(*rows)):
        if dim is None:
            results.append(column[0])
            continue
        if not isinstance(column[0], _C.Tensor):
            raise ValueError(
                f"vmap({name}, ...): `{name}` must only return Tensors, got type {type(column[0])}. Did you mean to "
                "set out_dims= to None for output?"
            )
        results.append(_C.stack(column[: size or 1], dim).narrow(dim, 0, size))
    return tree_unflatten(results, spec)
