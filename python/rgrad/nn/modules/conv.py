"""Convolutions and their transposes."""
from __future__ import annotations


from ... import _C
from .. import functional as F
from .. import init
from ..parameter import Parameter, UninitializedParameter
from .lazy import LazyModuleMixin
from .module import Module
from .utils import _ntuple

__all__ = [
    "Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d", "LazyConv1d", "LazyConv2d",
    "LazyConv3d", "LazyConvTranspose1d", "LazyConvTranspose2d", "LazyConvTranspose3d",
]


class _ConvNd(Module):
    __constants__ = ["stride", "padding", "dilation", "groups", "padding_mode", "output_padding", "in_channels",
                     "out_channels", "kernel_size"]

    def __init__(
        self, in_channels, out_channels, kernel_size, stride, padding, dilation, transposed, output_padding, groups,
        bias, padding_mode, device=None, dtype=None,
    ) -> None:
        super().__init__()
        if groups <= 0:
            raise ValueError("groups must be a positive integer")
        if in_channels % groups != 0:
            raise ValueError("in_channels must be divisible by groups")
        if out_channels % groups != 0:
            raise ValueError("out_channels must be divisible by groups")
        if isinstance(padding, str):
            if padding not in ("same", "valid"):
                raise ValueError(f"Invalid padding string {padding!r}, should be one of { {'same', 'valid'} }")
            if padding == "same" and any(s != 1 for s in stride):
                raise ValueError("padding='same' is not supported for strided convolutions")
        modes = {"zeros", "reflect", "replicate", "circular"}
        if padding_mode not in modes:
            raise ValueError(f"padding_mode must be one of {modes}, but got padding_mode='{padding_mode}'")
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.transposed = transposed
        self.output_padding = output_padding
        self.groups = groups
        self.padding_mode = padding_mode
        self._reversed_padding_repeated_twice = self._pad_widths()
        first, second = (in_channels, out_channels) if transposed else (out_channels, in_channels)
        shape = (first, second // groups, *kernel_size)
        self.weight = Parameter(_C.empty(shape, device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(_C.empty(out_channels, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def _pad_widths(self) -> list[int]:
        """What ``F.pad`` is given when padding is not with zeros: last dimension first, both sides."""
        widths = []
        for d in reversed(range(len(self.kernel_size))):
            if not isinstance(self.padding, str):
                widths += [self.padding[d], self.padding[d]]
            elif self.padding == "same":
                total = self.dilation[d] * (self.kernel_size[d] - 1)
                widths += [total // 2, total - total // 2]
            else:
                widths += [0, 0]
        return widths

    def reset_parameters(self) -> None:
        """Draw the weight and then the bias from U(-1/sqrt(fan_in), 1/sqrt(fan_in))."""
        init._reset_by_fan_in(self)

    def extra_repr(self) -> str:
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        if self.padding != (0,) * len(self.padding):
            text += f", padding={self.padding}"
        if self.dilation != (1,) * len(self.dilation):
            text += f", dilation={self.dilation}"
        if self.output_padding != (0,) * len(self.output_padding):
            text += f", output_padding={self.output_padding}"
        if self.groups != 1:
            text += f", groups={self.groups}"
        if self.bias is None:
            text += ", bias=False"
        if self.padding_mode != "zeros":
            text += f", padding_mode={self.padding_mode}"
        return text

    def __setstate__(self, state) -> None:
        super().__setstate__(state)
        if not hasattr(self, "padding_mode"):
            self.padding_mode = "zeros"


def _conv_class(n: int, doc: str):
    """The class of n-d convolutions."""

    class Conv(_ConvNd):
        def __init__(
            self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True,
            padding_mode="zeros", device=None, dtype=None,
        ) -> None:
            super().__init__(
                in_channels, out_channels, _ntuple(kernel_size, n), _ntuple(stride, n),
                padding if isinstance(padding, str) else _ntuple(padding, n), _ntuple(dilation, n), False,
                _ntuple(0, n), groups, bias, padding_mode, device, dtype,
            )

        def _conv_forward(self, input, weight, bias):
            convolve = (F.conv1d, F.conv2d, F.conv3d)[n - 1]
            if self.padding_mode != "zeros":
                padded = F.pad(input, self._reversed_padding_repeated_twice, mode=self.padding_mode)
                return convolve(padded, weight, bias, self.stride, _ntuple(0, n), self.dilation, self.groups)
            return convolve(input, weight, bias, self.stride, self.padding, self.dilation, self.groups)

        def forward(self, input):
            return self._conv_forward(input, self.weight, self.bias)

    Conv.__name__ = Conv.__qualname__ = f"Conv{n}d"
    Conv.__doc__ = doc
    return Conv


Conv1d = _conv_class(1, "Convolution of (N, C, L); ``weight`` is (out, in / groups, k).")
Conv2d = _conv_class(2, "Convolution of (N, C, H, W); ``weight`` is (out, in / groups, kh, kw).")
Conv3d = _conv_class(3, "Convolution of (N, C, D, H, W); ``weight`` is (out, in / groups, kd, kh, kw).")


class _ConvTransposeNd(_ConvNd):
    def _output_padding(self, input, output_size, n):
        """The padding that makes the output ``output_size``."""
        if output_size is None:
            return self.output_padding
        before = 2 if input.dim() == n + 2 else 1
        if len(output_size) == before + n:
            output_size = output_size[before:]
        if len(output_size) != n:
            raise ValueError(
                f"ConvTranspose{n}D: for {input.dim()}D input, output_size must have {n} "
                f"or {before + n} elements (got {len(output_size)})"
            )
        low = [
            (input.size(d + before) - 1) * self.stride[d] - 2 * self.padding[d]
            + self.dilation[d] * (self.kernel_size[d] - 1) + 1
            for d in range(n)
        ]
        high = [low[d] + self.stride[d] - 1 for d in range(n)]
        if any(not low[d] <= output_size[d] <= high[d] for d in range(n)):
            raise ValueError(
                f"requested an output size of {output_size}, but valid sizes range from {low} to {high} "
                f"(for an input of {input.size()[2:]})"
            )
        return [output_size[d] - low[d] for d in range(n)]


def _transpose_class(n: int, doc: str):
    """The class of n-d transposed convolutions."""

    class ConvTranspose(_ConvTransposeNd):
        def __init__(
            self, in_channels, out_channels, kernel_size, stride=1, padding=0, output_padding=0, groups=1, bias=True,
            dilation=1, padding_mode="zeros", device=None, dtype=None,
        ) -> None:
            if padding_mode != "zeros":
                raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')
            super().__init__(
                in_channels, out_channels, _ntuple(kernel_size, n), _ntuple(stride, n), _ntuple(padding, n),
                _ntuple(dilation, n), True, _ntuple(output_padding, n), groups, bias, padding_mode, device, dtype,
            )

        def forward(self, input, output_size=None):
            convolve = (F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)[n - 1]
            return convolve(
                input, self.weight, self.bias, self.stride, self.padding,
                self._output_padding(input, output_size, n), self.groups, self.dilation,
            )

    ConvTranspose.__name__ = ConvTranspose.__qualname__ = f"ConvTranspose{n}d"
    ConvTranspose.__doc__ = doc
    return ConvTranspose


ConvTranspose1d = _transpose_class(1, "The adjoint of Conv1d; ``weight`` is (in, out / groups, k).")
ConvTranspose2d = _transpose_class(2, "The adjoint of Conv2d; ``weight`` is (in, out / groups, kh, kw).")
ConvTranspose3d = _transpose_class(3, "The adjoint of Conv3d; ``weight`` is (in, out / groups, kd, kh, kw).")


class _LazyConvXdMixin(LazyModuleMixin):
    """Reads ``in_channels`` off the first input."""

    def reset_parameters(self) -> None:
        if not self.has_uninitialized_params() and self.in_channels != 0:
            super().reset_parameters()

    def initialize_parameters(self, input, *args, **kwargs) -> None:
        if not self.has_uninitialized_params():
            return
        self.in_channels = self._channels_of(input)
        if self.in_channels % self.groups != 0:
            raise ValueError("in_channels must be divisible by groups")
        if self.transposed:
            shape = (self.in_channels, self.out_channels // self.groups, *self.kernel_size)
        else:
            shape = (self.out_channels, self.in_channels // self.groups, *self.kernel_size)
        self.weight.materialize(shape)
        if self.bias is not None:
            self.bias.materialize((self.out_channels,))
        self.reset_parameters()

    def _channels_of(self, input) -> int:
        n = len(self.kernel_size)
        if input.dim() not in (n + 1, n + 2):
            raise RuntimeError(
                f"Expected {n + 1}D (unbatched) or {n + 2}D (batched) input to {type(self).__name__}, but got input "
                f"of size: {input.shape}"
            )
        return input.shape[1] if input.dim() == n + 2 else input.shape[0]

    def _make_lazy(self, out_channels, bias, made) -> None:
        self.weight = UninitializedParameter(**made)
        self.out_channels = out_channels
        if bias:
            self.bias = UninitializedParameter(**made)


def _lazy_class(base):
    """The class that becomes ``base`` once it has seen an input."""
    if issubclass(base, _ConvTransposeNd):

        class Lazy(_LazyConvXdMixin, base):
            cls_to_become = base

            def __init__(
                self, out_channels, kernel_size, stride=1, padding=0, output_padding=0, groups=1, bias=True,
                dilation=1, padding_mode="zeros", device=None, dtype=None,
            ) -> None:
                made = {"device": device, "dtype": dtype}
                super().__init__(
                    0, 0, kernel_size, stride, padding, output_padding, groups, False, dilation, padding_mode, **made
                )
                self._make_lazy(out_channels, bias, made)
    else:

        class Lazy(_LazyConvXdMixin, base):
            cls_to_become = base

            def __init__(
                self, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True,
                padding_mode="zeros", device=None, dtype=None,
            ) -> None:
                made = {"device": device, "dtype": dtype}
                super().__init__(
                    0, 0, kernel_size, stride, padding, dilation, groups, False, padding_mode, **made
                )
                self._make_lazy(out_channels, bias, made)

    Lazy.__name__ = Lazy.__qualname__ = "Lazy" + base.__name__
    Lazy.__doc__ = f"A {base.__name__} that reads ``in_channels`` off its first input."
    return Lazy


LazyConv1d, LazyConv2d, LazyConv3d = map(_lazy_class, (Conv1d, Conv2d, Conv3d))
LazyConvTranspose1d, LazyConvTranspose2d, LazyConvTranspose3d = map(
    _lazy_class, (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)
)
