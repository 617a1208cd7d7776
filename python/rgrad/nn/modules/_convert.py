"""Changing a module's tensors and modes: dtype and device, gradients, training."""
from __future__ import annotations

from ... import _C
from ..._C import Tensor
from ..._grad_mode import no_grad


class ConvertMixin:
    """The part of Module that converts its tensors and sets its modes."""

    __slots__ = ()

    def _apply(self, fn, recurse: bool = True):
        """Replace the data of every parameter, gradient and buffer by ``fn`` of it; the objects stay the same."""
        if recurse:
            for module in self.children():
                module._apply(fn)
        for param in self._parameters.values():
            if param is None:
                continue
            with no_grad():
                new = fn(param)
            if new is not param:
                param.data = new
            grad = param.grad
            if grad is not None:
                with no_grad():
                    new = fn(grad)
                if new is not grad:
                    needs = grad.requires_grad
                    param.grad = None  # so that neither dtype nor shape can disagree in between
                    grad.data = new
                    param.grad = grad.requires_grad_(needs)
        buffers = self._table("_buffers")
        for name, buffer in list(buffers.items()):
            if buffer is not None:
                buffers[name] = fn(buffer)
        return self

    def apply(self, fn):
        """Call ``fn`` on every submodule and then on this module."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def to(self, *args, **kwargs):
        """Convert parameters and buffers: ``to(device)``, ``to(dtype)``, ``to(tensor)``; floating ones change dtype."""
        dtype = kwargs.get("dtype")
        device = kwargs.get("device")
        other = kwargs.get("tensor", kwargs.get("other"))
        for arg in args:
            if isinstance(arg, _C.dtype):
                dtype = arg
            elif isinstance(arg, Tensor):
                other = arg
            elif isinstance(arg, (str, _C.device)) or (isinstance(arg, int) and not isinstance(arg, bool)):
                device = arg
        if other is not None:
            dtype, device = other.dtype, other.device
        if dtype is not None and not (dtype.is_floating_point or dtype.is_complex):
            raise TypeError(
                f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={dtype}"
            )
        memory_format = kwargs.get("memory_format")

        def convert(tensor):
            options = {}
            if device is not None:
                options["device"] = device
            if dtype is not None and (tensor.is_floating_point() or tensor.is_complex()):
                options["dtype"] = dtype
            if memory_format is not None and tensor.dim() in (4, 5):
                options["memory_format"] = memory_format
            return tensor.to(**options) if options else tensor

        return self._apply(convert)

    def type(self, dst_type):
        """Convert every parameter and buffer to ``dst_type``."""
        return self._apply(lambda t: t.type(dst_type))

    def _to_floating(self, dtype):
        return self._apply(lambda t: t.to(dtype) if t.is_floating_point() else t)

    def float(self):
        """Convert floating parameters and buffers to float32."""
        return self._to_floating(_C.float32)

    def double(self):
        """Convert floating parameters and buffers to float64."""
        return self._to_floating(_C.float64)

    def half(self):
        """Convert floating parameters and buffers to float16."""
        return self._to_floating(_C.float16)

    def bfloat16(self):
        """Convert floating parameters and buffers to bfloat16."""
        return self._to_floating(_C.bfloat16)

    def cpu(self):
        """Everything is on the CPU already."""
        return self._apply(lambda t: t.cpu())

    def cuda(self, device=None):
        """There is no CUDA here: raises AssertionError, as a CPU build of PyTorch does."""
        from ... import cuda

        cuda._lazy_init()

    xpu = ipu = mtia = cuda

    def to_empty(self, *, device, recurse: bool = True):
        """Give every parameter and buffer fresh memory of the same shape, without values."""
        return self._apply(lambda t: _C.empty_like(t), recurse=recurse)

    def share_memory(self):
        """Put the tensors where other processes can see them."""
        return self._apply(lambda t: t.share_memory_())

    def compile(self, *args, **kwargs) -> None:
        """There is nothing to compile: does nothing."""

    def requires_grad_(self, requires_grad: bool = True):
        """Set ``requires_grad`` of all parameters, to freeze or unfreeze a model."""
        for param in self.parameters():
            param.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop the gradients of all parameters, or fill them with zeros if not ``set_to_none``."""
        _C._zero_grad([{"params": list(self.parameters())}], set_to_none)

    def train(self, mode: bool = True):
        """Set training mode here and below; it matters to dropout and batch normalisation."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self):
        """Set evaluation mode: the same as ``train(False)``."""
        return self.train(False)
