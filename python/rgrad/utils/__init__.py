"""Helpers around training: data loading, hooks, checkpointing."""
from __future__ import annotations

from .._lazy import lazy_submodules

__getattr__, __dir__ = lazy_submodules(__name__, "checkpoint data dlpack hooks _pytree model_zoo deterministic tensorboard benchmark")
