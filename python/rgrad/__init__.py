"""rgrad: define-by-run tensors and neural networks on CPU, with PyTorch's names and semantics.

Everything that computes lives in the compiled module ``rgrad._C``; this package gives it PyTorch's face.
Submodules (``nn``, ``optim``, ``utils``, ...) are loaded on first use, so that importing rgrad stays cheap.
"""
from __future__ import annotations

import sys as _sys

from . import _C
from . import _tensor as _tensor  # puts the Python-written methods on Tensor
from ._C import Generator, Size, Tensor, device, dtype
from ._grad_mode import enable_grad, inference_mode, no_grad, set_grad_enabled

e = 2.718281828459045
pi = 3.141592653589793
inf = float("inf")
nan = float("nan")
newaxis = None

# Submodules that attribute access may load; everything else must be imported by name.
_SUBMODULES = frozenset(
    "accelerator amp autograd backends compiler cpu cuda distributed distributions fft func functional hub jit "
    "library linalg masked mps multiprocessing nested nn onnx optim overrides package profiler quantization random "
    "return_types serialization signal sparse special storage testing torch_version types utils version xpu _dynamo "
    "_tensor_str".split()
)

# Public names that live in a Python file: name -> submodule.
_HOMES = {
    name: module
    for module, names in {
        "serialization": "save load",
        "_tensor_str": "set_printoptions",
        "_dtype_info": "finfo iinfo",
        "functional": (
            "atleast_1d atleast_2d atleast_3d block_diag broadcast_shapes broadcast_tensors cartesian_prod cdist "
            "chain_matmul einsum gradient lu meshgrid split stft istft tensordot unique unique_consecutive unravel_index"
        ),
        "_settings": (
            "AcceleratorError OutOfMemoryError _assert are_deterministic_algorithms_enabled compile "
            "get_default_device get_deterministic_debug_mode get_num_interop_threads set_num_interop_threads "
            "get_float32_matmul_precision is_deterministic_algorithms_warn_only_enabled is_storage is_tensor "
            "is_warn_always_enabled set_default_device set_default_tensor_type set_deterministic_debug_mode "
            "set_float32_matmul_precision set_warn_always typename use_deterministic_algorithms"
        ),
        "_legacy": (
            "BoolTensor ByteTensor CharTensor DoubleTensor FloatTensor HalfTensor BFloat16Tensor IntTensor LongTensor "
            "ShortTensor"
        ),
        "amp": "GradScaler autocast get_autocast_dtype is_autocast_enabled set_autocast_enabled set_autocast_dtype",
        "random": "fork_rng",
        "func": "vmap",
        "torch_version": "__version__",
        "utils.dlpack": "from_dlpack",
        "storage": (
            "TypedStorage UntypedStorage FloatStorage DoubleStorage HalfStorage BFloat16Storage LongStorage IntStorage "
            "ShortStorage CharStorage ByteStorage BoolStorage"
        ),
    }.items()
    for name in names.split()
}
_ALIASES = {
    "float": "float32", "double": "float64", "half": "float16", "short": "int16", "int": "int32", "long": "int64",
    "cfloat": "complex64", "cdouble": "complex128", "chalf": "complex32",
}
# Compiled names that PyTorch does not offer at the top level.
_HIDDEN = frozenset("ModuleBase Parameter Function backward grad".split())


def _missing(name: str) -> AttributeError:
    return AttributeError(f"module 'torch' has no attribute '{name}'")


def __getattr__(name: str):
    if name in _SUBMODULES:
        from importlib import import_module

        try:
            return import_module("." + name, __name__)
        except ModuleNotFoundError as error:
            if error.name != f"{__name__}.{name}":
                raise
            raise _missing(name) from None
    if name == "__all__":
        here = _sys.modules[__name__]
        return [n for n in __dir__() if not n.startswith("_") and n not in _SUBMODULES and hasattr(here, n)]
    if name in _HOMES:
        value = _from_home(name)
    elif name in _ALIASES:
        value = getattr(_C, _ALIASES[name], None)
        if value is None:
            raise _missing(name)
    elif name.startswith("_foreach_"):
        from ._foreach import function

        value = function(name[9:])
        if value is None:
            raise _missing(name)
    elif name.startswith("__") or name in _HIDDEN:
        raise _missing(name)
    else:
        try:
            value = getattr(_C, name)
        except AttributeError:
            raise _missing(name) from None
    globals()[name] = value
    return value


def _from_home(name: str):
    from importlib import import_module

    try:
        return getattr(import_module("." + _HOMES[name], __name__), name)
    except ModuleNotFoundError as error:
        if error.name != f"{__name__}.{_HOMES[name]}":
            raise
        raise _missing(name) from None


def __dir__() -> list[str]:
    core = {n for n in dir(_C) if not n.startswith("_") and n not in _HIDDEN}
    return sorted({n for n in globals() if n != "annotations"} | core | set(_HOMES) | set(_ALIASES) | _SUBMODULES)


def install() -> None:
    """Let ``import torch`` and every ``import torch.x`` in this process give rgrad's modules."""
    from ._install import install as _install

    _install()
