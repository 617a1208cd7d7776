"""Operations that PyTorch has and the core does not have yet: functions that say so when they are called.

A wrapper of such an operation takes ``_C`` from here: ``from .._unimplemented import core as _C``. It is the core with
a stub for each operation that is not there, and a plain module, so that those that are there cost what they did.
"""
from __future__ import annotations

from . import _C

# Where the public function lives: its name, then what the core calls it where that is another name. A row is without
# effect once the operation is there.
_PUBLIC = {
    "torch": "istft stft",
    "torch.linalg": (
        "cholesky=linalg_cholesky inv=linalg_inv lu_factor_ex=linalg_lu_factor_ex multi_dot=linalg_multi_dot "
        "solve_triangular=linalg_solve_triangular"
    ),
    "torch.nn.functional": (
        "adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d adaptive_max_pool2d "
        "adaptive_max_pool3d affine_grid=affine_grid_generator avg_pool1d avg_pool2d avg_pool3d ctc_loss "
        "fractional_max_pool2d fractional_max_pool3d grid_sample=grid_sampler interpolate=_upsample_bicubic2d_aa "
        "interpolate=_upsample_bilinear2d_aa interpolate=_upsample_nearest_exact1d "
        "interpolate=_upsample_nearest_exact2d interpolate=_upsample_nearest_exact3d interpolate=upsample_bicubic2d "
        "interpolate=upsample_bilinear2d interpolate=upsample_linear1d interpolate=upsample_nearest1d "
        "interpolate=upsample_nearest2d interpolate=upsample_nearest3d interpolate=upsample_trilinear3d max_pool1d "
        "max_pool1d_with_indices max_pool2d max_pool2d_with_indices max_pool3d max_pool3d_with_indices max_unpool2d "
        "max_unpool3d pad"
    ),
    "torch.nn.utils.rnn": (
        "pack_padded_sequence=_pack_padded_sequence pad_packed_sequence=_pad_packed_sequence pad_sequence"
    ),
}


def not_implemented(public: str):
    """A function in the place of ``public`` that raises NotImplementedError with its name."""

    def missing(*args, **kwargs):
        raise NotImplementedError(f"{public} is not implemented in rgrad yet")

    missing.__name__ = missing.__qualname__ = public.rpartition(".")[2]
    return missing


core = type(_C)(_C.__name__)
for _home, _names in _PUBLIC.items():
    for _pair in _names.split():
        _name, _, _operation = _pair.partition("=")
        setattr(core, _operation or _name, not_implemented(f"{_home}.{_name}"))
vars(core).update(vars(_C))
