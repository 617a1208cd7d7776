"""Fourier transforms: the core's functions ``fft_*`` under their public names."""
from __future__ import annotations

from ._lazy import core_functions

__getattr__, __dir__ = core_functions(__name__, "fft_")
