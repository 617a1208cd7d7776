"""Printing tensors. Loaded on the first repr; works on Python numbers, so it asks the core for values only once.

``_tensor.py`` calls ``tensor_repr``, ``parameter_repr`` and ``tensor_format``; the core calls ``return_type_repr``.
"""
from __future__ import annotations

from . import _C


class _PrintOptions:
    """How tensors are printed; see ``set_printoptions``."""

    precision = 4
    threshold = 1000
    edgeitems = 3
    linewidth = 80
    sci_mode = None


PRINT_OPTS = _PrintOptions()
_PROFILES = {
    "default": dict(precision=4, threshold=1000, edgeitems=3, linewidth=80),
    "short": dict(precision=2, threshold=1000, edgeitems=2, linewidth=80),
    "full": dict(precision=4, threshold=float("inf"), edgeitems=3, linewidth=80),
}


def set_printoptions(
    precision=None, threshold=None, edgeitems=None, linewidth=None, profile=None, sci_mode=None
) -> None:
    """Set how tensors are printed.

    ``precision`` digits after the point; more than ``threshold`` elements are shortened to ``edgeitems`` at each end;
    lines have ``linewidth`` characters; ``sci_mode`` forces or forbids scientific notation (None decides by the
    values); ``profile`` is "default", "short" or "full".
    """
    if profile is not None:
        for name, value in _PROFILES[profile].items():
            setattr(PRINT_OPTS, name, value)
    given = dict(precision=precision, threshold=threshold, edgeitems=edgeitems, linewidth=linewidth)
    for name, value in given.items():
        if value is not None:
            setattr(PRINT_OPTS, name, value)
    PRINT_OPTS.sci_mode = sci_mode


def get_printoptions() -> dict:
    """The present settings."""
    names = ("precision", "threshold", "edgeitems", "linewidth", "sci_mode")
    return {name: getattr(PRINT_OPTS, name) for name in names}


class printoptions:
    """Settings for the length of a ``with`` block."""

    def __init__(self, **options) -> None:
        self.options = options

    def __enter__(self) -> None:
        self.saved = get_printoptions()
        set_printoptions(**self.options)

    def __exit__(self, *exc) -> None:
        set_printoptions(**self.saved)


class _Formatter:
    """Gives every number of one tensor the same width, chosen from the values that will be shown."""

    def __init__(self, values: list, floating: bool) -> None:
        self.floating = floating
        self.int_mode = True
        self.sci_mode = False
        self.width = 1
        if not floating:
            self.width = max([1, *[len(str(value)) for value in values]])
            return
        finite = [v for v in values if v != 0 and v - v == 0]
        if not finite:
            return
        sizes = [abs(v) for v in finite]
        low, high = min(sizes), max(sizes)
        self.int_mode = all(v.is_integer() for v in finite)
        if PRINT_OPTS.sci_mode is None:
            self.sci_mode = high / low > 1000.0 or high > 1.0e8 or low < 1.0e-4
        else:
            self.sci_mode = PRINT_OPTS.sci_mode
        precision = PRINT_OPTS.precision
        if self.sci_mode:
            self.width = max(len(f"{v:.{precision}e}") for v in finite)
        elif self.int_mode:
            self.width = max(len(f"{v:.0f}") + 1 for v in finite)
        else:
            self.width = max(len(f"{v:.{precision}f}") for v in finite)

    def format(self, value) -> str:
        if not self.floating:
            text = str(value)
        elif self.sci_mode:
            text = f"{value:{self.width}.{PRINT_OPTS.precision}e}"
        elif self.int_mode:
            text = f"{value:.0f}"
            if value - value == 0:
                text += "."
        else:
            text = f"{value:.{PRINT_OPTS.precision}f}"
        return text.rjust(self.width)


class _ComplexFormatter:
    """Real and imaginary parts, each with a width of its own."""

    def __init__(self, values: list) -> None:
        self.real = _Formatter([v.real for v in values], True)
        self.imag = _Formatter([v.imag for v in values], True)
        self.width = self.real.width + self.imag.width + 1

    def format(self, value) -> str:
        real = self.real.format(value.real)
        imag = (self.imag.format(value.imag) + "j").lstrip()
        return real + imag if imag[0] in "+-" else f"{real}+{imag}"


_DOTS = "..."


def _nested(tensor, summarize: bool):
    """The values as nested lists; where a dimension is shortened, ``_DOTS`` stands in its middle."""
    edge = PRINT_OPTS.edgeitems
    if not summarize:
        return tensor.tolist()
    size = tensor.size(0)
    if tensor.dim() == 1:
        if not edge:
            return [_DOTS]
        if size > 2 * edge:
            return [*tensor[:edge].tolist(), _DOTS, *tensor[size - edge :].tolist()]
        return tensor.tolist()
    if size > 2 * edge:
        head = [_nested(tensor[i], True) for i in range(edge)]
        return [*head, _DOTS, *[_nested(tensor[i], True) for i in range(size - edge, size)]]
    return [_nested(tensor[i], True) for i in range(size)]


def _flat(nested, out: list) -> list:
    if isinstance(nested, list):
        for item in nested:
            _flat(item, out)
    elif nested is not _DOTS:
        out.append(nested)
    return out


def _vector(values: list, indent: int, formatter) -> str:
    per_line = max(1, (PRINT_OPTS.linewidth - indent) // (formatter.width + 2))
    lone_dots = len(values) == 1
    texts = [
        (_DOTS if lone_dots else " " + _DOTS) if value is _DOTS else formatter.format(value) for value in values
    ]
    lines = [", ".join(texts[i : i + per_line]) for i in range(0, len(texts), per_line)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"


def _text(nested, ndim: int, indent: int, formatter) -> str:
    if ndim == 0:
        return formatter.format(nested)
    if ndim == 1:
        return _vector(nested, indent, formatter)
    parts = [_DOTS if part is _DOTS else _text(part, ndim - 1, indent + 1, formatter) for part in nested]
    return "[" + ("," + "\n" * (ndim - 1) + " " * (indent + 1)).join(parts) + "]"


def _tensor_str(tensor, indent: int) -> str:
    """The numbers between the parentheses."""
    if tensor.numel() == 0:
        return "[]"
    dtype = tensor.dtype
    nested = _nested(tensor, tensor.numel() > PRINT_OPTS.threshold)
    values = _flat(nested, [])
    if dtype.is_complex:
        formatter = _ComplexFormatter(values)
    else:
        formatter = _Formatter(values, dtype.is_floating_point)
    return _text(nested, tensor.dim(), indent, formatter)


def _add_suffixes(text: str, suffixes: list[str], indent: int) -> str:
    """Append the suffixes, on a new line where the last one is full."""
    length = len(text) - text.rfind("\n") + 1
    for suffix in suffixes:
        if length + len(suffix) + 2 > PRINT_OPTS.linewidth:
            text += ",\n" + " " * indent + suffix
            length = indent + len(suffix)
        else:
            text += ", " + suffix
            length += len(suffix) + 2
    return text + ")"


def _grad_suffix(tensor) -> list[str]:
    try:
        node = tensor.grad_fn
    except RuntimeError:
        return ["grad_fn=<Invalid>"]
    if node is not None:
        name = type(node).__name__
        if name == "CppFunction":
            name = node.name().rsplit("::", 1)[-1]
        return [f"grad_fn=<{name}>"]
    return ["requires_grad=True"] if tensor.requires_grad else []


def tensor_repr(tensor, *, tensor_contents=None) -> str:
    """What ``repr(tensor)`` shows; ``tensor_contents`` stands in for the numbers."""
    kind = type(tensor)
    plain = kind is _C.Tensor or kind is _C.Parameter
    prefix = "tensor(" if plain else f"{kind.__name__}("
    indent = len(prefix)
    data = tensor.detach()
    if not plain:
        as_tensor = getattr(data, "as_subclass", None)
        data = as_tensor(_C.Tensor) if as_tensor is not None else data
    dtype, default = data.dtype, _C.get_default_dtype()
    usual = dtype in (default, _C.int64, _C.bool)
    device = data.device
    suffixes = [] if device.type == "cpu" else [f"device='{device}'"]
    contents = tensor_contents
    if device.type == "meta":
        suffixes.append(f"size={tuple(data.shape)}")
        if dtype != default:
            suffixes.append(f"dtype={dtype}")
        contents = "..." if contents is None else contents
    elif data.numel() == 0 and contents is None:
        if data.dim() != 1:
            suffixes.append(f"size={tuple(data.shape)}")
        if dtype != default:
            suffixes.append(f"dtype={dtype}")
        contents = "[]"
    else:
        if not PRINT_OPTS.edgeitems:
            suffixes.append(f"size={tuple(data.shape)}")
        if not usual:
            suffixes.append(f"dtype={dtype}")
        if contents is None:
            contents = _tensor_str(data, indent)
    suffixes += _grad_suffix(tensor)
    return _add_suffixes(prefix + contents, suffixes, indent)


def parameter_repr(parameter) -> str:
    """What ``repr`` of a Parameter shows."""
    return "Parameter containing:\n" + tensor_repr(parameter)


def tensor_format(tensor, spec: str) -> str:
    """``format(tensor, spec)``: a 0-d tensor is formatted as its number, any other as an object."""
    if tensor.dim() == 0 and type(tensor) is _C.Tensor and tensor.device.type != "meta":
        return tensor.item().__format__(spec)
    return object.__format__(tensor, spec)


def return_type_repr(result) -> str:
    """What ``repr`` of an op's named results shows: one field a line."""
    kind = type(result)
    return f"{kind.__module__}.{kind.__name__}(\n" + ",\n".join(f"{n}={v!r}" for n, v in zip(kind.__match_args__, result)) + ")"
