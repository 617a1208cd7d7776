"""Comparing tensors in tests."""
from __future__ import annotations

from .. import _C
from ..functional import unravel_index

__all__ = ["assert_allclose", "assert_close", "make_tensor"]

_TOLERANCES = {
    "float16": (1e-3, 1e-5), "bfloat16": (1.6e-2, 1e-5), "float32": (1.3e-6, 1e-5), "float64": (1e-7, 1e-7),
    "complex64": (1.3e-6, 1e-5), "complex128": (1e-7, 1e-7),
}


def _tolerances(*dtypes) -> tuple[float, float]:
    pairs = [_TOLERANCES.get(str(dtype).removeprefix("torch."), (0.0, 0.0)) for dtype in dtypes]
    return max(r for r, _ in pairs), max(a for _, a in pairs)


def assert_close(
    actual, expected, *, allow_subclasses=True, rtol=None, atol=None, equal_nan=False, check_device=True,
    check_dtype=True, check_layout=True, check_stride=False, msg=None,
) -> None:
    """Raise AssertionError unless |actual - expected| <= atol + rtol |expected| everywhere.

    Tolerances depend on the dtype unless given; sequences and dicts are compared part by part.
    """

    def fail(text: str):
        raise AssertionError(msg(text) if callable(msg) else msg if msg is not None else text)

    options = dict(
        rtol=rtol, atol=atol, equal_nan=equal_nan, check_dtype=check_dtype, check_stride=check_stride, msg=msg
    )
    if isinstance(actual, dict) and isinstance(expected, dict):
        if set(actual) != set(expected):
            fail("The keys of the mappings do not match")
        for key in actual:
            assert_close(actual[key], expected[key], **options)
        return
    if isinstance(actual, (list, tuple)) and isinstance(expected, (list, tuple)):
        if len(actual) != len(expected):
            fail(f"The length of the sequences mismatch: {len(actual)} != {len(expected)}")
        for a, e in zip(actual, expected):
            assert_close(a, e, **options)
        return
    tensors = isinstance(actual, _C.Tensor) and isinstance(expected, _C.Tensor)
    if not tensors:
        if actual is None and expected is None:
            return
        actual, expected = (_C.as_tensor(x) for x in (actual, expected))
    if (rtol is None) != (atol is None):
        raise ValueError("Both rtol and atol must be either specified or unspecified, but got no value for one of them.")
    if actual.shape != expected.shape:
        fail(f"The values for attribute 'shape' do not match: {actual.shape} != {expected.shape}.")
    if tensors and check_dtype and actual.dtype != expected.dtype:
        fail(f"The values for attribute 'dtype' do not match: {actual.dtype} != {expected.dtype}.")
    if check_stride and actual.stride() != expected.stride():
        fail(f"The values for attribute 'stride()' do not match: {actual.stride()} != {expected.stride()}.")
    if rtol is None:
        rtol, atol = _tolerances(actual.dtype, expected.dtype)
    if actual.dtype != expected.dtype:
        common = _C.promote_types(actual.dtype, expected.dtype)
        actual, expected = actual.to(common), expected.to(common)
    _compare(actual.detach(), expected.detach(), rtol, atol, equal_nan, fail)


def _compare(actual, expected, rtol, atol, equal_nan, fail) -> None:
    close = _C.isclose(actual, expected, rtol=rtol, atol=atol, equal_nan=equal_nan)
    if close.all():
        return
    kind = "Tensor-likes" if actual.dim() else "Scalars"
    words = "equal" if rtol == 0 and atol == 0 else "close"
    if actual.dim() == 0:
        difference = abs(actual.item() - expected.item())
        relative = difference / abs(expected.item()) if expected.item() else float("inf")
        fail(
            f"{kind} are not {words}!\n\nExpected {expected.item()} but got {actual.item()}.\n"
            f"Absolute difference: {difference} (up to {atol} allowed)\n"
            f"Relative difference: {relative} (up to {rtol} allowed)"
        )
    wrong = int((~close).sum())
    if actual.dtype == _C.bool:
        actual, expected = actual.to(_C.int64), expected.to(_C.int64)
    difference = (actual - expected).abs().masked_fill(close, 0)
    relative = (difference / expected.abs()).masked_fill(close, 0)

    def largest(values) -> str:
        index = tuple(int(i) for i in unravel_index(values.argmax(), values.shape))
        return f"{values.max().item()} at index {index}"

    fail(
        f"{kind} are not {words}!\n\n"
        f"Mismatched elements: {wrong} / {actual.numel()} ({wrong / actual.numel():.1%})\n"
        f"Greatest absolute difference: {largest(difference)} (up to {atol} allowed)\n"
        f"Greatest relative difference: {largest(relative)} (up to {rtol} allowed)"
    )


def assert_allclose(actual, expected, rtol=None, atol=None, equal_nan=True, msg="") -> None:
    """The old form of ``assert_close``."""
    assert_close(
        actual, expected, rtol=rtol, atol=atol, equal_nan=equal_nan, check_dtype=False, msg=msg or None
    )


def make_tensor(
    *shape, dtype, device="cpu", low=None, high=None, requires_grad=False, noncontiguous=False, exclude_zero=False,
    memory_format=None,
):
    """A tensor of random values: floats in [-9, 9), integers in [-9, 10), unless ``low`` and ``high`` say otherwise."""
    shape = tuple(shape[0]) if len(shape) == 1 and not isinstance(shape[0], int) else shape
    if dtype == _C.bool:
        return _C.randint(0, 2, shape).to(dtype)
    if dtype.is_floating_point:
        low, high = -9 if low is None else low, 9 if high is None else high
        values = (_C.rand(shape, dtype=_C.float64) * (high - low) + low).to(dtype)
        return values.requires_grad_() if requires_grad else values
    low = (0 if dtype == _C.uint8 else -9) if low is None else int(low)
    return _C.randint(low, 10 if high is None else int(high), shape).to(dtype)
