"""Samples of the operations behind nn.functional: activations, losses, norms, embedding."""

from __future__ import annotations

from opinfo_base import Op, unary

FLOATS = ("float16", "bfloat16", "float32", "float64")


def nn(name: str, samples: list, function: str | None = None, **kwargs) -> Op:
    """A row of the table that PyTorch offers in nn.functional, under the name ``function``."""
    return Op(name, samples, call=lambda torch, *a, **k: getattr(torch.nn.functional, function or name)(*a, **k), dtypes=FLOATS, **kwargs)


def each(low=-2.0, high=2.0, **options):
    return [*unary(low, high), *([lambda m: ((m(2, 3, low=low, high=high),), options)] if options else [])]


def reduced(sample):
    """A loss with every reduction."""

    def with_(reduction):
        def make(m):
            out = sample(m)
            args, kwargs = out if len(out) == 2 and isinstance(out[1], dict) else (out, {})
            return args, {**kwargs, "reduction": reduction}

        return make

    return [with_(r) for r in ("mean", "sum", "none")]


def bags(**options):
    """Two rows of indices, each a bag."""
    return [lambda m: ((m.index(2, 3, below=5), m(5, 2)), options)]


def recurrent(name, gates, states=1):
    """A network over padded and packed data: with biases or without, in both directions, batch first."""

    def weights(m, inputs, hidden, biases, directions=1):
        shapes = [(gates * hidden, inputs), (gates * hidden, hidden)] + [(gates * hidden,)] * 2 * biases
        return [m(*shape) for _ in range(directions) for shape in shapes]

    def states_of(m, *shape):
        found = [m(*shape) for _ in range(states)]
        return found if states > 1 else found[0]

    return Op(
        name,
        [
            lambda m: (m(3, 2, 2), states_of(m, 1, 2, 3), weights(m, 2, 3, True), True, 1, 0.0, False, False, False),
            lambda m: (m(2, 3, 2), states_of(m, 2, 2, 2), weights(m, 2, 2, False, 2), False, 1, 0.0, True, True, True),
            lambda m: (
                m(6, 2), m.torch.tensor([3, 2, 1]), states_of(m, 2, 3, 2), weights(m, 2, 2, True, 2), True, 1, 0.0, False, True,
            ),
        ],
        dtypes=("float32", "float64"),
    )


def cell(name, gates, states=1):
    """One step, with biases and without."""

    def call(m, *biases):
        found = [m(2, 3) for _ in range(states)]
        return (m(2, 4), found if states > 1 else found[0], m(3 * gates, 4), m(3 * gates, 3), *biases)

    return Op(name, [lambda m: call(m, m(3 * gates), m(3 * gates)), lambda m: call(m)], dtypes=("float32", "float64"))


ACTIVATIONS = [
    nn("softmax", [lambda m: (m(2, 3), 1), lambda m: (m(2, 3, 4), 1), lambda m: (m(), 0), lambda m: (m(3, 2).t(), 0)]),
    nn("log_softmax", [lambda m: (m(2, 3), 1), lambda m: (m(2, 3, 4), 1), lambda m: (m(), 0), lambda m: (m(3, 2).t(), 0)]),
    nn("gelu", [*each(), lambda m: ((m(2, 3),), {"approximate": "tanh"})]),
    *(nn(name, each()) for name in ("silu", "mish", "softplus", "selu", "celu", "elu")),
    nn("log_sigmoid", each(), "logsigmoid"),
    nn("leaky_relu", each(0.25, 2, negative_slope=0.2)),
    nn("hardtanh", each(-0.9, 0.9, min_val=-0.5, max_val=0.55)),
    nn("relu6", each(0.25, 2)),
    nn("hardswish", each()),
    nn("hardsigmoid", each()),
    nn("hardshrink", each(0.6, 2)),
    nn("softshrink", each(0.6, 2)),
    nn("threshold", [lambda m: (m(2, 3), 0.13, 5.0)]),
    nn(
        "scaled_dot_product_attention",
        [
            lambda m: (m(2, 2, 4, 3), m(2, 2, 5, 3), m(2, 2, 5, 3)),
            lambda m: (m(2, 3, 4), m(2, 5, 4), m(2, 5, 6)),
            lambda m: (m(4, 3), m(5, 3), m(5, 2)),
            lambda m: ((m(1, 2, 4, 3), m(1, 2, 4, 3), m(1, 2, 4, 3)), {"is_causal": True, "scale": 0.3}),
            lambda m: (m(1, 2, 4, 3), m(1, 2, 5, 3), m(1, 2, 5, 3), m.mask(4, 5)),
            lambda m: (m(1, 2, 4, 3), m(1, 2, 5, 3), m(1, 2, 5, 3), m(1, 5)),
            lambda m: ((m(1, 4, 4, 3), m(1, 2, 4, 3), m(1, 2, 4, 3)), {"enable_gqa": True}),
            lambda m: (m(2, 2, 0, 3), m(2, 2, 5, 3), m(2, 2, 5, 3)),
        ],
    ),
    recurrent("lstm", 4, states=2),
    recurrent("gru", 3),
    recurrent("rnn_tanh", 1),
    recurrent("rnn_relu", 1),
    cell("lstm_cell", 4, states=2),
    cell("gru_cell", 3),
    cell("rnn_tanh_cell", 1),
    cell("rnn_relu_cell", 1),
    nn("prelu", [lambda m: (m(2, 3), m(1)), lambda m: (m(2, 3, 2), m(3))]),
    nn("glu", [lambda m: (m(2, 4),), lambda m: (m(4, 2), 0)]),
    nn("rrelu", [lambda m: (m(2, 3),)]),
]

# Class targets with and without weights, an ignored class and smoothing; targets that are probabilities.
CROSS_ENTROPY = [
    sample
    for base in (
        lambda m: ((m(5, 3), m.index(5, below=3)), {}),
        lambda m: ((m(5, 3), m.index(5, below=3)), {"weight": m(3, low=0.5, grad=False)}),
        lambda m: ((m(5, 3), m.index(5, below=3)), {"ignore_index": 1}),
        lambda m: ((m(5, 3), m.index(5, below=3)), {"label_smoothing": 0.1}),
        lambda m: ((m(5, 3), m.index(5, below=3)), {"weight": m(3, low=0.5, grad=False), "ignore_index": 1, "label_smoothing": 0.1}),
        lambda m: ((m(2, 3, 4), m.index(2, 4, below=3)), {"label_smoothing": 0.2}),
        lambda m: ((m(3), m.index(below=3)), {}),
        lambda m: ((m(5, 3), m(5, 3, low=0.25)), {}),
        lambda m: ((m(5, 3), m(5, 3, low=0.25)), {"weight": m(3, low=0.5, grad=False)}),
        lambda m: ((m(5, 3), m(5, 3, low=0.25)), {"label_smoothing": 0.1}),
        lambda m: ((m(5, 3), m(5, 3, low=0.25)), {"weight": m(3, low=0.5, grad=False), "label_smoothing": 0.1}),
        lambda m: ((m(2, 3, 4), m(2, 3, 4, low=0.25)), {}),
    )
    for sample in reduced(base)
]

NLL = [
    sample
    for base in (
        lambda m: ((m(5, 3), m.index(5, below=3)), {}),
        lambda m: ((m(5, 3), m.index(5, below=3)), {"weight": m(3, low=0.5, grad=False), "ignore_index": 0}),
        lambda m: ((m(2, 3, 4), m.index(2, 4, below=3)), {}),
    )
    for sample in reduced(base)
]


def signs(m, *shape):
    """Targets of 1 and -1."""
    return m.mask(*shape).to(m.dtype) * 2 - 1


def pair(low=-2.0, high=2.0):
    return reduced(lambda m: (m(2, 3), m(2, 3, low=low, high=high)))


LOSSES = [
    nn("cross_entropy_loss", CROSS_ENTROPY, "cross_entropy"),
    nn("nll_loss_nd", NLL, "nll_loss"),
    nn("nll_loss", NLL[:3]),
    nn("mse_loss", pair()),
    nn("l1_loss", pair(3, 5)),
    nn("smooth_l1_loss", [*pair(), lambda m: ((m(2, 3), m(2, 3)), {"beta": 0.5})]),
    nn("huber_loss", [*pair(), lambda m: ((m(2, 3), m(2, 3)), {"delta": 0.5})]),
    nn("soft_margin_loss", reduced(lambda m: (m(2, 3), signs(m, 2, 3)))),
    nn("binary_cross_entropy", reduced(lambda m: ((m(2, 3, low=0.2, high=0.8), m(2, 3, low=0.1, high=0.9)), {}))),
    nn(
        "binary_cross_entropy_with_logits",
        [
            *reduced(lambda m: ((m(2, 3), m(2, 3, low=0, high=1)), {})),
            lambda m: ((m(2, 3), m(2, 3, low=0, high=1)), {"weight": m(3, low=0.5, grad=False), "pos_weight": m(3, low=0.5, grad=False)}),
        ],
    ),
    nn(
        "kl_div",
        [*reduced(lambda m: ((m(2, 3), m(2, 3, low=0.25)), {})), lambda m: ((m(2, 3), m(2, 3)), {"log_target": True, "reduction": "sum"})],
    ),
    nn("poisson_nll_loss", reduced(lambda m: ((m(2, 3), m(2, 3, low=0.25, grad=False)), {}))),
    nn("hinge_embedding_loss", reduced(lambda m: ((m(2, 3), signs(m, 2, 3)), {"margin": 0.3}))),
    nn("margin_ranking_loss", reduced(lambda m: ((m(4), m(4), signs(m, 4)), {"margin": 0.13}))),
    nn("cosine_embedding_loss", reduced(lambda m: ((m(4, 3), m(4, 3), signs(m, 4)), {"margin": 0.13}))),
    nn("triplet_margin_loss", reduced(lambda m: ((m(4, 3), m(4, 3), m(4, 3)), {}))),
    nn("multi_margin_loss", reduced(lambda m: ((m(4, 3), m.index(4, below=3)), {}))),
    nn("multilabel_margin_loss", reduced(lambda m: ((m(2, 3), m.index(2, 3, below=3)), {}))),
    nn("cosine_similarity", [lambda m: (m(2, 3), m(2, 3)), lambda m: (m(2, 3), m(1, 3), 0)]),
    nn("pairwise_distance", [lambda m: (m(2, 3), m(2, 3)), lambda m: ((m(2, 3), m(2, 3)), {"p": 3.0})]),
]

NORMS = [
    nn("layer_norm", [lambda m: (m(2, 3, 4), (4,)), lambda m: (m(2, 3, 4), (3, 4), m(3, 4), m(3, 4)), lambda m: (m(5, 3), (3,), m(3))]),
    nn("rms_norm", [lambda m: (m(2, 3, 4), (4,)), lambda m: (m(2, 3, 4), (3, 4), m(3, 4))]),
    nn("group_norm", [lambda m: (m(2, 4, 3), 2), lambda m: (m(2, 4, 3), 2, m(4), m(4))]),
    nn(
        "batch_norm",
        [
            lambda m: ((m(4, 3), None, None, m(3), m(3), True), {}),
            lambda m: ((m(2, 3, 4, 4), None, None, m(3), m(3), True), {}),
            lambda m: ((m(2, 2, 17).transpose(0, 1), None, None, None, m(2), True), {}),
            lambda m: ((m(2, 3, 2), m(3, grad=False), m(3, low=0.5, grad=False), m(3), m(3)), {}),
        ],
    ),
    nn("instance_norm", [lambda m: ((m(2, 3, 5),), {})]),
    nn("embedding", [lambda m: (m.index(2, 3, below=5), m(5, 2))], second=False),
    nn("embedding_bag", [*bags(mode="sum"), *bags(mode="mean", padding_idx=1), *bags(mode="max")]),
]

CONVOLVED = (*FLOATS, "int64", "uint8", "bool")


def conv(name: str, samples: list, function: str | None = None) -> Op:
    """A convolution: integers are among its dtypes."""
    return nn(name, samples, function)._replace(dtypes=CONVOLVED)


CONVOLUTIONS = [
    conv(
        "conv1d",
        [
            lambda m: (m(2, 2, 6), m(3, 2, 3), m(3)),
            lambda m: ((m(2, 7), m(4, 1, 2)), {"stride": 2, "padding": 1, "groups": 2}),
            lambda m: ((m(1, 2, 7), m(2, 2, 2), m(2)), {"padding": "same", "dilation": 3}),
        ],
    ),
    conv(
        "conv2d",
        [
            lambda m: (m(2, 2, 5, 4), m(3, 2, 3, 2), m(3)),
            lambda m: ((m(2, 4, 4), m(2, 2, 1, 1), m(2)), {}),
            lambda m: ((m(1, 2, 6, 5), m(2, 2, 3, 3)), {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 2)}),
            lambda m: ((m(2, 3, 5, 5), m(6, 1, 3, 3), m(6)), {"padding": 1, "groups": 3}),
            lambda m: ((m(1, 4, 4, 4), m(4, 2, 2, 2)), {"stride": 3, "groups": 2}),
            lambda m: ((m(1, 2, 4, 5), m(2, 2, 2, 3)), {"padding": "same"}),
            lambda m: ((m(1, 2, 4, 5), m(2, 2, 2, 3)), {"padding": "valid", "stride": 2}),
            lambda m: ((m(2, 2, 3, 4).transpose(2, 3), m(2, 2, 2, 2).transpose(0, 1)), {}),
            lambda m: ((m(0, 2, 4, 4), m(3, 2, 2, 2), m(3)), {}),
            lambda m: ((m(1, 0, 4, 4), m(3, 0, 2, 2), m(3)), {}),
        ],
    ),
    conv(
        "conv3d",
        [
            lambda m: (m(1, 2, 3, 4, 3), m(2, 2, 2, 2, 2), m(2)),
            lambda m: ((m(2, 4, 3, 3), m(2, 1, 2, 3, 1)), {"stride": (2, 1, 2), "padding": (1, 1, 0), "groups": 2}),
        ],
    ),
    conv(
        "conv_transpose1d",
        [
            lambda m: (m(2, 2, 4), m(2, 3, 3), m(3)),
            lambda m: ((m(4, 4), m(4, 1, 2)), {"stride": 3, "padding": 1, "output_padding": 2, "groups": 2}),
        ],
    ),
    conv(
        "conv_transpose2d",
        [
            lambda m: (m(2, 2, 3, 4), m(2, 3, 2, 3), m(3)),
            lambda m: ((m(1, 4, 3, 3), m(4, 2, 3, 2), m(4)), {"stride": (2, 3), "padding": (1, 0), "output_padding": (1, 2), "groups": 2}),
            lambda m: ((m(1, 2, 3, 3), m(2, 2, 2, 2)), {"stride": 2, "dilation": 3, "output_padding": 2}),
            lambda m: ((m(1, 2, 3, 3), m(2, 1, 1, 1)), {"dilation": 2, "output_padding": 1}),
        ],
    ),
    conv(
        "conv_transpose3d",
        [
            lambda m: (m(1, 2, 2, 3, 2), m(2, 2, 2, 1, 2), m(2)),
            lambda m: ((m(2, 2, 2, 2), m(2, 1, 2, 2, 2)), {"stride": (1, 2, 1), "padding": (0, 1, 1), "groups": 2}),
        ],
    ),
    conv(
        "conv_tbc",
        [
            lambda m: (m(5, 2, 2), m(3, 2, 4), m(4)),
            lambda m: (m(4, 1, 2), m(2, 2, 3), m(3), 1),
            lambda m: (m(6, 1, 2), m(2, 2, 3), m(3), -1),
        ],
    ),
    Op(
        "convolution",
        [
            lambda m: (m(1, 2, 4, 4), m(2, 2, 2, 2), m(2), (1,), (1,), (1,), False, (0,), 1),
            lambda m: (m(1, 2, 3, 3), m(2, 2, 2, 2), None, (2, 2), (1, 0), (1, 1), True, (1, 0), 1),
        ],
        dtypes=CONVOLVED,
    ),
    conv(
        "im2col",
        [
            lambda m: (m(2, 2, 4, 5), (2, 3)),
            lambda m: ((m(2, 5, 4), 2), {"dilation": 2, "padding": 1, "stride": (2, 1)}),
            lambda m: (m(0, 2, 3, 3), 2),
        ],
        "unfold",
    ),
    conv(
        "col2im",
        [
            lambda m: (m(2, 8, 6), (3, 4), 2),
            lambda m: ((m(8, 12), (5, 4), 2), {"dilation": 2, "padding": 1, "stride": (2, 1)}),
            lambda m: (m(0, 4, 4), (3, 3), 2),
        ],
        "fold",
    ),
]

NN = [*ACTIVATIONS, *LOSSES, *NORMS, *CONVOLUTIONS]
