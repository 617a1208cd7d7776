"""Functions of the top-level namespace that take any number of tensors, or are formulas over others."""
from __future__ import annotations

from . import _C

__all__ = [
    "atleast_1d", "atleast_2d", "atleast_3d", "block_diag", "broadcast_shapes", "broadcast_tensors", "cartesian_prod",
    "cdist", "chain_matmul", "einsum", "gradient", "istft", "lu", "meshgrid", "split", "stft", "tensordot", "unique",
    "unique_consecutive", "unravel_index",
]


def _as_list(tensors) -> list:
    return list(tensors[0]) if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else list(tensors)


def broadcast_tensors(*tensors):
    """All tensors expanded to their common shape."""
    return tuple(_C.broadcast_tensors(_as_list(tensors)))


def broadcast_shapes(*shapes):
    """The shape that shapes broadcast to."""
    out: list[int] = []
    for index, shape in enumerate(shapes):
        shape = [shape] if isinstance(shape, int) else list(shape)
        if any(size < 0 for size in shape):
            raise RuntimeError(f"Trying to create tensor with negative dimension ({min(shape)}): ({min(shape)})")
        out = [1] * (len(shape) - len(out)) + out
        for i in range(-1, -1 - len(shape), -1):
            if shape[i] == 1 or shape[i] == out[i]:
                continue
            if out[i] != 1:
                raise RuntimeError(
                    f"Attempting to broadcast a dimension of length {shape[i]} at {i}! Mismatching argument at index "
                    f"{index} had {tuple(shape)}; but expected shape should be broadcastable to {out}"
                )
            out[i] = shape[i]
    return _C.Size(out)


def split(tensor, split_size_or_sections, dim=0):
    """Views of pieces of a size, or of the listed sizes, along ``dim``."""
    return tensor.split(split_size_or_sections, dim)


def einsum(*args):
    """Sum of products by Einstein's rule: ``einsum("ij,jk->ik", a, b)``."""
    if len(args) < 2:
        raise ValueError(
            "einsum(): must specify the equation string and at least one operand, or at least one operand and its "
            "subscripts list"
        )
    if isinstance(args[0], _C.Tensor):
        args = _equation_from_lists(args)
    equation, *operands = args
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        return einsum(equation, *operands[0])
    return _C.einsum(equation, operands)


def _equation_from_lists(args):
    """The form ``einsum(a, [0, 1], b, [1, 2], [0, 2])`` as equation and operands."""

    def letters(subscripts) -> str:
        text = ""
        for subscript in subscripts:
            if subscript is Ellipsis:
                text += "..."
            elif 0 <= subscript < 26:
                text += chr(ord("A") + subscript)
            elif 26 <= subscript < 52:
                text += chr(ord("a") + subscript - 26)
            else:
                raise ValueError(
                    "einsum(): subscript in subscript list is not within the valid range [0, 52)"
                )
        return text

    equation = ",".join(letters(subscripts) for subscripts in args[1::2] if len(args) % 2 == 0) or ",".join(
        letters(subscripts) for subscripts in args[1:-1:2]
    )
    if len(args) % 2 == 1:
        return (equation + "->" + letters(args[-1]), *args[:-1:2])
    return (equation, *args[::2])


_told: list = []


def _warn_of_indexing() -> None:
    if not _told:
        _told.append(True)
        import warnings

        warnings.warn(
            "torch.meshgrid: in an upcoming release, it will be required to pass the indexing argument.", stacklevel=3
        )


def meshgrid(*tensors, indexing=None):
    """Coordinate grids of 1-d tensors; ``indexing`` is "ij" (matrix) or "xy" (Cartesian)."""
    tensors = _as_list(tensors)
    if indexing is None:
        _warn_of_indexing()
    return tuple(_C.meshgrid(tensors) if indexing is None else _C.meshgrid(tensors, indexing=indexing))


def atleast_1d(*tensors):
    """Tensors with at least one dimension."""
    return _C.atleast_1d(tensors[0] if len(tensors) == 1 else tensors)


def atleast_2d(*tensors):
    """Tensors with at least two dimensions."""
    return _C.atleast_2d(tensors[0] if len(tensors) == 1 else tensors)


def atleast_3d(*tensors):
    """Tensors with at least three dimensions."""
    return _C.atleast_3d(tensors[0] if len(tensors) == 1 else tensors)


def block_diag(*tensors):
    """A matrix with the tensors on its diagonal."""
    return _C.block_diag(_as_list(tensors))


def cartesian_prod(*tensors):
    """All combinations of the elements of 1-d tensors, one a row."""
    return _C.cartesian_prod(_as_list(tensors))


def chain_matmul(*matrices, out=None):
    """The product of matrices, in the cheapest order."""
    matrices = _as_list(matrices)
    for matrix in matrices:
        if matrix.dim() != 2:
            raise RuntimeError(f"Tensor dimension is {matrix.dim()}, expected 2 instead.")
    product = matrices[0] if len(matrices) == 1 else _C.linalg_multi_dot(matrices)
    return product if out is None else out.copy_(product)


def cdist(x1, x2, p=2.0, compute_mode="use_mm_for_euclid_dist_if_necessary"):
    """Distances of every row of ``x1`` (B, P, M) to every row of ``x2`` (B, R, M)."""
    modes = {
        "use_mm_for_euclid_dist_if_necessary": None, "use_mm_for_euclid_dist": 1,
        "donot_use_mm_for_euclid_dist": 2,
    }
    if compute_mode not in modes:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode")
    return _C.cdist(x1, x2, p, modes[compute_mode])


def tensordot(a, b, dims=2, out=None):
    """Contraction over the last ``dims`` dimensions of ``a`` and the first of ``b``, or over the listed ones."""
    if isinstance(dims, _C.Tensor):
        dims = dims.tolist() if dims.numel() > 1 else int(dims.item())
    if isinstance(dims, (tuple, list)):
        if len(dims) == 1:
            (dims,) = dims
            dims = int(dims) if isinstance(dims, int) else dims
    if isinstance(dims, int):
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(a.dim(), b.dim()):
            raise RuntimeError(
                f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}"
            )
        dims_a, dims_b = list(range(-dims, 0)), list(range(dims))
    else:
        dims_a, dims_b = ([d] if isinstance(d, int) else list(d) for d in dims)
    result = _C.tensordot(a, b, dims_a, dims_b)
    return result if out is None else out.copy_(result)


def unique(input, sorted=True, return_inverse=False, return_counts=False, dim=None):
    """The distinct elements, or slices along ``dim``, in order; also where they went and how many there were."""
    if dim is None:
        out, inverse, counts = _C._unique2(input, sorted, return_inverse, return_counts)
    else:
        out, inverse, counts = _C.unique_dim(input, dim, sorted, return_inverse, return_counts)
    return _some(out, inverse, counts, return_inverse, return_counts)


def unique_consecutive(input, return_inverse=False, return_counts=False, dim=None):
    """The first element of every run of equal ones."""
    out, inverse, counts = _C.unique_consecutive(input, return_inverse, return_counts, dim)
    return _some(out, inverse, counts, return_inverse, return_counts)


def _some(out, inverse, counts, return_inverse, return_counts):
    extra = ([inverse] if return_inverse else []) + ([counts] if return_counts else [])
    return (out, *extra) if extra else out


def unravel_index(indices, shape):
    """Coordinates in ``shape`` of flat indices: a tuple of tensors."""
    if not isinstance(indices, _C.Tensor):
        raise TypeError(f"Expected 'indices' to be Tensor but got {type(indices)}.")
    shape = [shape] if isinstance(shape, int) else list(shape)
    coordinates = []
    for size in reversed(shape):
        coordinates.append(indices % size)
        indices = indices // size
    return tuple(reversed(coordinates))


def lu(A, pivot=True, get_infos=False, out=None):
    """The compact LU factorisation and its pivots."""
    result = _C.linalg_lu_factor_ex(A, pivot=pivot)
    return result if get_infos else (result[0], result[1])


def stft(
    input, n_fft, hop_length=None, win_length=None, window=None, center=True, pad_mode="reflect", normalized=False,
    onesided=None, return_complex=None, align_to_window=None,
):
    """Short-time Fourier transform: not there yet, as there are no complex dtypes."""
    raise NotImplementedError("torch.stft is not implemented in rgrad yet")


def istft(
    input, n_fft, hop_length=None, win_length=None, window=None, center=True, normalized=False, onesided=None,
    length=None, return_complex=False,
):
    """The inverse of ``stft``: not there yet either."""
    raise NotImplementedError("torch.istft is not implemented in rgrad yet")


def _spread(values, ndim: int, dim: int):
    """A vector along ``dim`` of a tensor of ``ndim`` dimensions."""
    return values.reshape([-1 if d == dim else 1 for d in range(ndim)])


def _gradient_along(input, dim: int, spacing, edge_order: int):
    """Second-order differences inside, one-sided ones at both ends; ``spacing`` is a number or coordinates."""

    def part(start, length):
        return input.narrow(dim, start, length)

    n = input.shape[dim]
    if isinstance(spacing, _C.Tensor):
        steps = _spread(spacing.diff(), input.dim(), dim)
        before, after = steps.narrow(dim, 0, n - 2), steps.narrow(dim, 1, n - 2)
        inside = (
            part(0, n - 2) * (-after / (before * (before + after)))
            + part(1, n - 2) * ((after - before) / (before * after))
            + part(2, n - 2) * (before / (after * (before + after)))
        )
        first, second = steps.narrow(dim, 0, 1), steps.narrow(dim, min(1, n - 2), 1)
        last, previous = steps.narrow(dim, n - 2, 1), steps.narrow(dim, max(n - 3, 0), 1)
    else:
        inside = (part(2, n - 2) - part(0, n - 2)) / (2 * spacing)
        first = second = last = previous = spacing
    if edge_order == 1:
        ends = (part(1, 1) - part(0, 1)) / first, (part(n - 1, 1) - part(n - 2, 1)) / last
    else:
        ends = tuple(
            sign * (
                near * (-(2 * a + b) / (a * (a + b))) + middle * ((a + b) / (a * b)) + far * (-a / (b * (a + b)))
            )
            for sign, near, middle, far, a, b in (
                (1, part(0, 1), part(1, 1), part(2, 1), first, second),
                (-1, part(n - 1, 1), part(n - 2, 1), part(n - 3, 1), last, previous),
            )
        )
    return _C.cat([ends[0], inside, ends[1]], dim)


def gradient(input, *, spacing=1, dim=None, edge_order=1):
    """Derivatives of samples along dimensions, by differences of second order."""
    ndim = input.dim()
    listed = isinstance(spacing, (list, tuple))
    if dim is None:
        dims = list(range(ndim))
        if listed and len(spacing) != ndim:
            raise RuntimeError(
                "torch.gradient expected spacing to be unspecified, a scalar, or a list of length equal to "
                f"'self.dim() = {ndim}', since dim argument was not given, but got a list of length {len(spacing)}"
            )
    else:
        dims = [d % ndim if -ndim <= d < ndim else d for d in ([dim] if isinstance(dim, int) else dim)]
        if listed and len(spacing) != len(dims):
            raise RuntimeError(
                "torch.gradient expected spacing to be unspecified, a scalar or it's spacing and dim arguments to have the "
                f"same length, but got a spacing argument of length {len(spacing)} and a dim argument of length {len(dims)}."
            )
    if edge_order not in (1, 2):
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    for i, d in enumerate(dims):
        if d in dims[:i]:
            raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
        if input.shape[d] < edge_order + 1:
            raise RuntimeError("torch.gradient expected each dimension size to be at least edge_order+1")
    if not input.is_floating_point():
        input = input.to(_C.get_default_dtype())
    steps = spacing if listed else [1 if spacing is None else spacing] * len(dims)
    return tuple(_gradient_along(input, d, step, edge_order) for d, step in zip(dims, steps))
