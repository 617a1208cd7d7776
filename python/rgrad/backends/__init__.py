"""Switches of backends. There is one backend; the switches are kept so that programs can set them."""
from __future__ import annotations

import sys


class _Switches(type(sys)):
    """A module-like object that remembers whatever is set on it."""

    def __init__(self, name, **values) -> None:
        super().__init__(f"torch.backends.{name}")
        self.__dict__.update(values)

    def is_available(self) -> bool:
        return self.__dict__.get("_available", False)

    def is_built(self) -> bool:
        return self.is_available()


class _Flags:
    """``with torch.backends.cudnn.flags(...)`` does nothing."""

    def __init__(self, *args, **kwargs) -> None:
        pass

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc) -> None:
        pass


def _same(value):
    return lambda *args, **kwargs: value


cudnn = _Switches(
    "cudnn", enabled=True, benchmark=False, deterministic=False, allow_tf32=True, benchmark_limit=10, flags=_Flags,
    version=_same(None), is_acceptable=_same(False),
)
cuda = _Switches("cuda", matmul=_Switches("cuda.matmul", allow_tf32=False, fp32_precision="none"), sdp_kernel=_Flags)
for _name in ("flash", "mem_efficient", "math", "cudnn"):
    setattr(cuda, f"enable_{_name}_sdp", _same(None))
    setattr(cuda, f"{_name}_sdp_enabled", _same(_name == "math"))
mps = _Switches("mps", is_macos_or_newer=_same(False))
mkl = _Switches("mkl")
mkldnn = _Switches("mkldnn", enabled=True, flags=_Flags)
openmp = _Switches("openmp")
opt_einsum = _Switches("opt_einsum", enabled=False, strategy=None)
quantized = _Switches("quantized", engine="none", supported_engines=["none"])
mha = _Switches("mha", get_fastpath_enabled=_same(True), set_fastpath_enabled=_same(None))


class _CPU(_Switches):
    def get_cpu_capability(self) -> str:
        """The widest instructions in use, as PyTorch names them."""
        from .. import _C

        core = getattr(_C, "_get_cpu_capability", None)
        return core() if core is not None else "DEFAULT"


cpu = _CPU("cpu", _available=True)
for _name in ("cudnn", "cuda", "mps", "mkl", "mkldnn", "openmp", "opt_einsum", "quantized", "mha", "cpu"):
    sys.modules[f"{__name__}.{_name}"] = globals()[_name]
    globals()[_name].__spec__ = __spec__
