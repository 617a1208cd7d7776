"""Pooling, and its inverses."""
from __future__ import annotations

import math

from ... import _C


def _tuple(value, n: int) -> tuple:
    return (value,) * n if isinstance(value, (int, float)) else tuple(value)


def _max_pool(n: int):
    name = f"max_pool{n}d"
    with_indices_name = f"max_pool{n}d_with_indices"

    def with_indices(
        input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False
    ):
        stride = [] if stride is None else stride
        return getattr(_C, with_indices_name)(input, kernel_size, stride, padding, dilation, ceil_mode)

    def pool(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
        if return_indices:
            return with_indices(input, kernel_size, stride, padding, dilation, ceil_mode)
        stride = [] if stride is None else stride
        return getattr(_C, name)(input, kernel_size, stride, padding, dilation, ceil_mode)

    return _named(pool, name, f"Maximum over {n}-d windows; with ``return_indices`` also where it was."), _named(
        with_indices, with_indices_name, f"Maximum over {n}-d windows, and its flat index in the input."
    )


def _named(function, name, doc):
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


max_pool1d, max_pool1d_with_indices = _max_pool(1)
max_pool2d, max_pool2d_with_indices = _max_pool(2)
max_pool3d, max_pool3d_with_indices = _max_pool(3)


def _fill_none(output_size, input_size):
    """``output_size`` with None replaced by the input's own size there."""
    if isinstance(output_size, int):
        return output_size
    if len(input_size) <= len(output_size):
        raise ValueError(f"Input dimension should be at least {len(output_size) + 1}")
    own = input_size[-len(output_size):]
    return [own[i] if size is None else size for i, size in enumerate(output_size)]


def adaptive_avg_pool2d(input, output_size):
    """Average over windows chosen so that the output is ``output_size`` (H, W)."""
    return _C.adaptive_avg_pool2d(input, _fill_none(output_size, input.size()))


def adaptive_avg_pool3d(input, output_size):
    """Average over windows chosen so that the output is ``output_size`` (D, H, W)."""
    return _C.adaptive_avg_pool3d(input, _fill_none(output_size, input.size()))


def _adaptive_max(n: int):
    name = f"adaptive_max_pool{n}d"

    def with_indices(input, output_size, return_indices=False):
        size = output_size if n == 1 else _fill_none(output_size, input.size())
        return getattr(_C, name)(input, size)

    def pool(input, output_size, return_indices=False):
        both = with_indices(input, output_size)
        return both if return_indices else both[0]

    return _named(pool, name, f"Maximum over {n}-d windows chosen so that the output is ``output_size``."), _named(
        with_indices, name + "_with_indices", f"Like ``{name}``, with the indices."
    )


adaptive_max_pool1d, adaptive_max_pool1d_with_indices = _adaptive_max(1)
adaptive_max_pool2d, adaptive_max_pool2d_with_indices = _adaptive_max(2)
adaptive_max_pool3d, adaptive_max_pool3d_with_indices = _adaptive_max(3)


def _fractional_max(n: int):
    name = f"fractional_max_pool{n}d"

    def with_indices(
        input, kernel_size, output_size=None, output_ratio=None, return_indices=False, _random_samples=None
    ):
        if output_size is None and output_ratio is None:
            raise ValueError(f"{name} requires specifying either an output_size or an output_ratio")
        if output_size is None:
            if n == 2 and not isinstance(output_ratio, float) and len(output_ratio) > 2:
                raise ValueError(f"{name} requires output_ratio to either be a single Int or tuple of Ints.")
            ratio = _tuple(output_ratio, n)
            output_size = [int(input.size(i - n) * ratio[i]) for i in range(n)]
        if _random_samples is None:
            batch = 1 if input.dim() == n + 1 else input.size(0)
            _random_samples = _C.rand(batch, input.size(-n - 1), n, dtype=input.dtype)
        return getattr(_C, name)(input, kernel_size, output_size, _random_samples)

    def pool(
        input, kernel_size, output_size=None, output_ratio=None, return_indices=False, _random_samples=None
    ):
        both = with_indices(input, kernel_size, output_size, output_ratio, True, _random_samples)
        return both if return_indices else both[0]

    return _named(pool, name, f"Maximum over {n}-d windows whose sizes are drawn to reach ``output_size``."), _named(
        with_indices, name + "_with_indices", f"Like ``{name}``, with the indices."
    )


fractional_max_pool2d, fractional_max_pool2d_with_indices = _fractional_max(2)
fractional_max_pool3d, fractional_max_pool3d_with_indices = _fractional_max(3)


def _unpool_size(input, kernel_size, stride, padding, output_size) -> list[int]:
    n = len(kernel_size)
    natural = [
        (input.size(d - n) - 1) * stride[d] + kernel_size[d] - 2 * padding[d] for d in range(n)
    ]
    if output_size is None:
        size = natural
    else:
        if len(output_size) == n + 2:
            output_size = output_size[2:]
        if len(output_size) != n:
            raise ValueError(
                f"output_size should be a sequence containing {n} or {n + 2} elements, "
                f"but it has a length of '{len(output_size)}'"
            )
        for d in range(n):
            low, high = natural[d] - stride[d], natural[d] + stride[d]
            if not low < output_size[d] < high:
                raise ValueError(f'invalid output_size "{output_size}" (dim {d} must be between {low} and {high})')
        size = list(output_size)
    for d in range(n):
        if size[d] < 0:
            raise ValueError(
                "max_unpooling: output_size must contain non-negative spatial dimensions, "
                f"but got output_size[{d}]={size[d]}"
            )
    return size


def _max_unpool(n: int):
    name = f"max_unpool{n}d"

    def unpool(input, indices, kernel_size, stride=None, padding=0, output_size=None):
        kernel_size = _tuple(kernel_size, n)
        stride = kernel_size if stride is None else _tuple(stride, n)
        padding = _tuple(padding, n)
        size = _unpool_size(input, kernel_size, stride, padding, output_size)
        if n == 1:
            size = [*size, 1]
            return _C.max_unpool2d(input.unsqueeze(-1), indices.unsqueeze(-1), size).squeeze(-1)
        if n == 2:
            return _C.max_unpool2d(input, indices, size)
        return _C.max_unpool3d(input, indices, size, stride, padding)

    return _named(unpool, name, f"Put maxima back where ``max_pool{n}d`` found them, zeros elsewhere.")


max_unpool1d = _max_unpool(1)
max_unpool2d = _max_unpool(2)
max_unpool3d = _max_unpool(3)


def _lp_pool(n: int):
    name = f"lp_pool{n}d"

    def pool(input, norm_type, kernel_size, stride=None, ceil_mode=False):
        max_pool = (max_pool1d, max_pool2d, max_pool3d)[n - 1]
        if norm_type == float("inf"):
            return max_pool(input.abs(), kernel_size, stride, 0, 1, ceil_mode)
        if norm_type == -float("inf"):
            return -max_pool(-input.abs(), kernel_size, stride, 0, 1, ceil_mode)
        count = math.prod(_tuple(kernel_size, n))
        avg_pool = getattr(_C, f"avg_pool{n}d")
        mean = avg_pool(input.pow(norm_type), kernel_size, [] if stride is None else stride, 0, ceil_mode)
        return (_C.sign(mean) * _C.relu(_C.abs(mean))).mul(count).pow(1.0 / norm_type)

    return _named(pool, name, f"(sum x^p)^(1/p) over {n}-d windows.")


lp_pool1d = _lp_pool(1)
lp_pool2d = _lp_pool(2)
lp_pool3d = _lp_pool(3)
