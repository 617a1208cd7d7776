"""Instance normalisation."""
from __future__ import annotations

import warnings

from .. import functional as F
from .batchnorm import _LazyNormBase, _NormBase

__all__ = [
    "InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d", "LazyInstanceNorm1d", "LazyInstanceNorm2d",
    "LazyInstanceNorm3d",
]


class _InstanceNorm(_NormBase):
    def __init__(
        self, num_features, eps=1e-5, momentum=0.1, affine=False, track_running_stats=False, device=None, dtype=None,
        *, bias=True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def _get_no_batch_dim(self) -> int:
        raise NotImplementedError

    def _normalise(self, input):
        return F.instance_norm(
            input, self.running_mean, self.running_var, self.weight, self.bias,
            self.training or not self.track_running_stats, 0.0 if self.momentum is None else self.momentum, self.eps,
        )

    def forward(self, input):
        self._check_input_dim(input)
        axis = input.dim() - self._get_no_batch_dim()
        if input.size(axis) != self.num_features:
            if self.affine:
                raise ValueError(
                    f"expected input's size at dim={axis} to match num_features ({self.num_features}), "
                    f"but got: {input.size(axis)}."
                )
            warnings.warn(
                f"input's size at dim={axis} does not match num_features. You can silence this warning by not passing "
                "in num_features, which is not used because affine=False",
                stacklevel=2,
            )
        if input.dim() == self._get_no_batch_dim():
            return self._normalise(input.unsqueeze(0)).squeeze(0)
        return self._normalise(input)


def _checked(n: int):
    """The two methods that depend on the number of spatial dimensions."""

    def _get_no_batch_dim(self) -> int:
        return n + 1

    def _check_input_dim(self, input) -> None:
        if input.dim() not in (n + 1, n + 2):
            raise ValueError(f"expected {n + 1}D or {n + 2}D input (got {input.dim()}D input)")

    return _get_no_batch_dim, _check_input_dim


class InstanceNorm1d(_InstanceNorm):
    """Instance normalisation of (N, C, L) or (C, L)."""

    _get_no_batch_dim, _check_input_dim = _checked(1)


class InstanceNorm2d(_InstanceNorm):
    """Instance normalisation of (N, C, H, W) or (C, H, W)."""

    _get_no_batch_dim, _check_input_dim = _checked(2)


class InstanceNorm3d(_InstanceNorm):
    """Instance normalisation of (N, C, D, H, W) or (C, D, H, W)."""

    _get_no_batch_dim, _check_input_dim = _checked(3)


class LazyInstanceNorm1d(_LazyNormBase, _InstanceNorm):
    """An InstanceNorm1d that reads ``num_features`` off its first input."""

    cls_to_become = InstanceNorm1d
    _get_no_batch_dim, _check_input_dim = _checked(1)


class LazyInstanceNorm2d(_LazyNormBase, _InstanceNorm):
    """An InstanceNorm2d that reads ``num_features`` off its first input."""

    cls_to_become = InstanceNorm2d
    _get_no_batch_dim, _check_input_dim = _checked(2)


class LazyInstanceNorm3d(_LazyNormBase, _InstanceNorm):
    """An InstanceNorm3d that reads ``num_features`` off its first input."""

    cls_to_become = InstanceNorm3d
    _get_no_batch_dim, _check_input_dim = _checked(3)
