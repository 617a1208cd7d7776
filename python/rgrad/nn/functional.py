"""The functional form of every layer: activations, losses, normalisation, convolution, pooling, attention."""
from __future__ import annotations

from .. import _C
from .. import _C as _VF
from . import _reduction as _Reduction
from ._functional.activation import *  # noqa: F401,F403
from ._functional.attention import canonical_mask as _canonical_mask
from ._functional.attention import multi_head_attention_forward
from ._functional.loss import *  # noqa: F401,F403
from ._functional.norm import (
    batch_norm,
    embedding,
    embedding_bag,
    group_norm,
    instance_norm,
    layer_norm,
    local_response_norm,
    normalize,
    rms_norm,
)
from ._functional.pooling import *  # noqa: F401,F403
from ._functional.vision import *  # noqa: F401,F403

# Names that are the core's own functions: one call, nothing in between.  A pair gives the core's name.
_CORE = dict(
    pair.split("=") if "=" in pair else (pair, pair)
    for pair in (
        "adaptive_avg_pool1d avg_pool1d avg_pool2d avg_pool3d bilinear celu_ channel_shuffle conv1d conv2d conv3d "
        "conv_tbc conv_transpose1d conv_transpose2d conv_transpose3d cosine_similarity elu_ gelu hardshrink hardtanh_ "
        "leaky_relu_ linear logsigmoid=log_sigmoid native_channel_shuffle one_hot pairwise_distance pdist "
        "pixel_shuffle pixel_unshuffle prelu relu_ rrelu_ scaled_dot_product_attention selu_ sigmoid softplus "
        "softshrink tanh threshold_"
    ).split()
)


def __getattr__(name: str):
    if name not in _CORE:
        raise AttributeError(f"module 'torch.nn.functional' has no attribute '{name}'")
    value = globals()[name] = getattr(_C, _CORE[name])
    return value


def __dir__() -> list[str]:
    return sorted({n for n in globals() if not n.startswith("_")} | _CORE.keys())
