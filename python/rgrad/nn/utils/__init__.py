"""Helpers around modules: gradient clipping, vectors of parameters, sequences, parametrizations."""
from __future__ import annotations

from ..._lazy import lazy_submodules

_CLIP = (
    "clip_grad_norm clip_grad_norm_ clip_grad_value_ clip_grads_with_norm_ get_total_norm"
).split()

__getattr__, __dir__ = lazy_submodules(
    __name__,
    "clip_grad convert_parameters fusion init memory_format parametrizations parametrize prune rnn spectral_norm "
    "stateless weight_norm",
    {
        **dict.fromkeys(_CLIP, "clip_grad"),
        **dict.fromkeys(("parameters_to_vector", "vector_to_parameters"), "convert_parameters"),
        **dict.fromkeys(
            ("fuse_conv_bn_eval", "fuse_conv_bn_weights", "fuse_linear_bn_eval", "fuse_linear_bn_weights"), "fusion"
        ),
        "skip_init": "init",
        **dict.fromkeys(
            ("convert_conv2d_weight_memory_format", "convert_conv3d_weight_memory_format"), "memory_format"
        ),
        **dict.fromkeys(("spectral_norm", "remove_spectral_norm"), "_spectral_norm"),
        **dict.fromkeys(("weight_norm", "remove_weight_norm"), "_weight_norm"),
    },
)
