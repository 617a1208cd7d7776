"""One row an operation: what it is called with. Golden values, derivative checks and dtype checks all read it.

Add an operation's row beside its kin; a row of the op table that is differentiable and has no sample here fails
tests/test_ops.py. How a row is written: opinfo_base.py. nn.functional: opinfo_nn.py. Rarer ones: opinfo_rest.py.
"""

from __future__ import annotations

from opinfo_base import Make, Op, along, arguments, binary, number_first, unary
from opinfo_linalg import LINALG
from opinfo_nn import NN
from opinfo_rest import REST
from opinfo_vision import VISION

__all__ = ["OPS", "RANDOM", "Make", "arguments"]

ARITHMETIC = [
    Op("add", [*binary(), lambda m: ((m(2, 3), m(3)), {"alpha": 2}), *number_first(), lambda m: ((2, m(3)), {"alpha": 3}), lambda m: (m(3), 2, m(3))]),
    Op("sub", [*binary(), lambda m: ((m(2, 3), m(3)), {"alpha": 2}), *number_first()[:2], lambda m: ((2, m(3)), {"alpha": 3}), lambda m: (m(3), 2, m(3))]),
    Op("subtract", [*binary(), *number_first()[:2]]),
    Op("rsub", binary()),
    Op("mul", [*binary(), *number_first()]),
    Op("multiply", [*binary(), *number_first()]),
    Op(
        "div",
        [
            *binary(0.5, 2),
            *number_first(0.6),
            lambda m: ((m(2, 3), m(2, 3, low=0.6)), {"rounding_mode": "floor"}),
            lambda m: ((5, m(2, 3, low=0.6)), {"rounding_mode": "floor"}),
            lambda m: ((m(2, 3), m(2, 3, low=0.6)), {"rounding_mode": "trunc"}),
        ],
    ),
    Op("divide", [*binary(0.5, 2), *number_first(0.6)]),
    Op("true_divide", [*binary(0.5, 2), *number_first(0.6)]),
    Op("floor_divide", [*binary(0.6, 2), *number_first(0.6)], grad=False),
    Op("remainder", binary(0.6, 2), second=False),
    Op("fmod", binary(0.6, 2), second=False),
    Op(
        "pow",
        [
            lambda m: (m(2, 3, low=0.5), 2),
            lambda m: (m(2, 3, low=0.5), 3),
            lambda m: (m(2, 3, low=0.5), 0.5),
            lambda m: (m(2, 3, low=0.5), m(3, low=0.5)),
            lambda m: (2, m(2, 3)),
            lambda m: (m(2, 3), 2),
            lambda m: (m(), 0),
        ],
    ),
    Op("neg", unary()),
    Op("negative", unary()),
    Op("positive", unary()),
    Op("abs", unary(0.25, 2)),
    Op("absolute", unary(-2, -0.25)),
    Op("square", unary()),
    Op("reciprocal", unary(0.5, 2)),
    Op("lerp", [lambda m: (m(2, 3), m(2, 3), 0.3), lambda m: (m(2, 3), m(2, 3), m(2, 3)), lambda m: (m(2, 1), m(3), 0.75)]),
    Op("addcmul", [lambda m: (m(2, 3), m(2, 3), m(3)), lambda m: ((m(2, 3), m(2, 3), m(3)), {"value": 2})]),
    Op("addcdiv", [lambda m: (m(2, 3), m(2, 3), m(3, low=0.5)), lambda m: ((m(2, 3), m(2, 3), m(3, low=0.5)), {"value": 2})]),
]

ELEMENTWISE = [
    *(Op(name, unary()) for name in ("exp", "exp2", "expm1", "sin", "cos", "sinh", "cosh", "atan", "arctan", "tanh", "sigmoid", "erf")),
    *(Op(name, unary(0.25, 2)) for name in ("log", "log2", "log10", "log1p", "sqrt", "rsqrt")),
    Op("tan", unary(-1, 1)),
    *(Op(name, unary(-0.75, 0.75)) for name in ("asin", "arcsin", "acos", "arccos")),
    *(Op(name, unary(0.1, 0.4)) for name in ("floor", "ceil", "trunc", "fix", "frac")),
    Op("round", [*unary(0.1, 0.4), lambda m: ((m(2, 3),), {"decimals": 1})]),
    *(Op(name, unary(0.25, 2)) for name in ("sign", "sgn", "angle")),
    *(Op(name, [lambda m: (m(2, 3),)]) for name in ("conj", "conj_physical", "resolve_conj", "resolve_neg", "real")),
]

COMPARISON = [
    *(
        Op(name, binary(), grad=False)
        for name in ("eq", "ne", "lt", "le", "gt", "ge", "not_equal", "less", "less_equal", "greater", "greater_equal")
    ),
    *(Op(name, binary()[:3], grad=False) for name in ("logical_and", "logical_or", "logical_xor")),
    *(Op(name, binary()[:4], grad=False) for name in ("bitwise_and", "bitwise_or", "bitwise_xor")),
    *(Op(name, unary(), grad=False) for name in ("logical_not", "bitwise_not", "isnan", "isinf", "isfinite")),
    Op("isclose", [lambda m: (m(2, 3), m(2, 3))], grad=False),
    Op("allclose", [lambda m: (m(2, 3), m(2, 3))], grad=False),
    Op("equal", [lambda m: (m(2, 3), m(2, 3)), lambda m: (m(2, 3), m(3))], grad=False),
]

CHOICE = [
    Op("where", [lambda m: (m.mask(2, 3), m(2, 3), m(3)), lambda m: (m.mask(2, 3), m(2, 3), 1.5), lambda m: (m.mask(3), 2, m(2, 3))]),
    Op("masked_fill", [lambda m: (m(2, 3), m.mask(2, 3), 1), lambda m: (m(2, 3), m.mask(3), m())]),
    Op("maximum", binary()[:3]),
    Op("minimum", binary()[:3]),
    Op(
        "clamp",
        [
            lambda m: (m(2, 3), -1, 1),
            lambda m: ((m(2, 3),), {"min": 0}),
            lambda m: ((m(2, 3),), {"max": 0.6}),
            lambda m: (m(2, 3), m(3, high=-0.5), m(3, low=0.5)),
        ],
    ),
    Op("clip", [lambda m: (m(2, 3), -1, 1)]),
    Op("clamp_min", [lambda m: (m(2, 3), 0.3), lambda m: (m(2, 3), m(3))]),
    Op("clamp_max", [lambda m: (m(2, 3), 0.3), lambda m: (m(2, 3), m(3))]),
    Op("relu", unary(0.25, 2)),
]

REDUCTIONS = [
    *(Op(name, along(0, 1, -1, (0, 2))) for name in ("sum", "mean")),
    Op("prod", along(0, 1, -1)),
    *(Op(name, [lambda m: (m(2, 3, 4),), lambda m: (m(2, 3), 1), lambda m: ((m(2, 3), 0), {"keepdim": True})]) for name in ("max", "min")),
    *(Op(name, along(0, (1, 2))) for name in ("amax", "amin")),
    *(Op(name, along(0, -1), grad=False) for name in ("argmax", "argmin")),
    *(Op(name, along(0, -1), grad=False) for name in ("any", "all")),
    *(
        Op(
            name,
            [
                lambda m: (m(3, 4),),
                lambda m: (m(3, 4), 0),
                lambda m: ((m(3, 2, 4), (0, 2)), {"keepdim": True}),
                lambda m: ((m(2, 3),), {"correction": 0}),
                lambda m: (m(2, 3), False),
            ],
        )
        for name in ("var", "std")
    ),
    Op(
        "linalg_vector_norm",
        [lambda m: (m(2, 3),), lambda m: (m(2, 3), 1), lambda m: (m(2, 3), 3, 1), lambda m: (m(2, 3), float("inf"), 0, True)],
        call=lambda torch, *a, **k: torch.linalg.vector_norm(*a, **k),
    ),
    Op("logsumexp", along(0, -1, (0, 1))[2:]),
]

VIEWS = [
    Op("view", [lambda m: (m(2, 3), 3, 2), lambda m: (m(2, 3), -1), lambda m: (m(2, 3), (1, 6))], method=True),
    Op("reshape", [lambda m: (m(2, 3), (3, 2)), lambda m: (m(3, 2).t(), (-1,))]),
    Op("view_as", [lambda m: (m(2, 3), m(3, 2))], method=True),
    Op("reshape_as", [lambda m: (m(2, 3), m(3, 2))], method=True),
    Op("flatten", [lambda m: (m(2, 3, 4),), lambda m: (m(2, 3, 4), 1), lambda m: (m(),)]),
    Op("unflatten", [lambda m: (m(2, 6), 1, (2, 3))]),
    Op("ravel", unary()),
    Op("t", [lambda m: (m(2, 3),), lambda m: (m(3),)]),
    Op("adjoint", [lambda m: (m(2, 3),), lambda m: (m(4, 2, 3),)]),
    *(Op(name, [lambda m: (m(2, 3, 4), 0, 2), lambda m: (m(2, 3), -1, 0)]) for name in ("transpose", "swapaxes", "swapdims")),
    Op("permute", [lambda m: (m(2, 3, 4), (2, 0, 1))]),
    *(Op(name, [lambda m: (m(2, 3, 4), 0, 2), lambda m: (m(2, 3, 4), (0, 1), (1, 2))]) for name in ("movedim", "moveaxis")),
    Op("squeeze", [lambda m: (m(1, 3, 1),), lambda m: (m(1, 3, 1), 0), lambda m: (m(1, 3, 1), (0, 2))]),
    Op("unsqueeze", [lambda m: (m(2, 3), 0), lambda m: (m(2, 3), -1)]),
    Op("expand", [lambda m: (m(2, 1), 2, 3), lambda m: (m(3), 2, -1)], method=True),
    Op("expand_as", [lambda m: (m(2, 1), m(2, 3))], method=True),
    Op("broadcast_to", [lambda m: (m(2, 1), (4, 2, 3))]),
    Op("narrow", [lambda m: (m(4, 3), 0, 1, 2)]),
    Op("select", [lambda m: (m(4, 3), 0, 1), lambda m: (m(4, 3), 1, -1)]),
    Op("diagonal", [lambda m: (m(3, 4),), lambda m: (m(2, 3, 4), 1, 1, 2), lambda m: (m(3, 3), -1)]),
    Op("as_strided", [lambda m: (m(3, 4), (2, 2), (4, 1), 1), lambda m: (m(6), (3, 3), (1, 1))]),
    *(Op(name, [lambda m: ([m(2, 3), m(1, 3)],), lambda m: ([m(2, 1), m(2, 3)], 1)]) for name in ("cat", "concat", "concatenate")),
    Op("stack", [lambda m: ([m(2, 3), m(2, 3)],), lambda m: ([m(2, 3), m(2, 3)], -1)]),
    Op("split", [lambda m: (m(5, 2), 2), lambda m: (m(5, 2), (1, 4)), lambda m: (m(2, 5), 3, 1)]),
    Op("split_with_sizes", [lambda m: (m(5, 2), (1, 4))]),
    Op("chunk", [lambda m: (m(5, 2), 2), lambda m: (m(2, 5), 3, 1)]),
    Op("unbind", [lambda m: (m(2, 3),), lambda m: (m(2, 3), 1)]),
    Op("repeat", [lambda m: (m(2, 3), 2, 1), lambda m: (m(3), 2, 2)], method=True),
    Op("clone", unary()),
    Op("contiguous", unary(), method=True),
]

POSITIONS = [
    Op("gather", [lambda m: (m(3, 4), 1, m.index(3, 2, below=4)), lambda m: (m(3, 4), 0, m.index(5, 4, below=3))]),
    Op("index_select", [lambda m: (m(3, 4), 0, m.index(5, below=3)), lambda m: (m(3, 4), 1, m.index(2, below=4))]),
]

PRODUCTS = [
    Op(
        "matmul",
        [
            lambda m: (m(2, 3), m(3, 4)),
            lambda m: (m(3), m(3)),
            lambda m: (m(2, 3), m(3)),
            lambda m: (m(3), m(3, 2)),
            lambda m: (m(2, 2, 3), m(3, 2)),
            lambda m: (m(2, 2, 3), m(3)),
            lambda m: (m(2, 1, 2, 3), m(3, 3, 2)),
            lambda m: (m(3, 2).t(), m(2, 3).t()[:3, :2].reshape(3, 2)),
            lambda m: (m(0, 3), m(3, 2)),
        ],
    ),
    Op("mm", [lambda m: (m(2, 3), m(3, 4))]),
    Op("bmm", [lambda m: (m(2, 2, 3), m(2, 3, 4))]),
    Op("mv", [lambda m: (m(2, 3), m(3))]),
    Op("dot", [lambda m: (m(3), m(3))]),
    *(Op(name, [lambda m: (m(2), m(3))]) for name in ("outer", "ger")),
    Op("addmm", [lambda m: (m(2, 4), m(2, 3), m(3, 4)), lambda m: ((m(4), m(2, 3), m(3, 4)), {"beta": 2, "alpha": 3})]),
    Op("baddbmm", [lambda m: (m(2, 2, 4), m(2, 2, 3), m(2, 3, 4))]),
    Op(
        "linear",
        [
            lambda m: (m(2, 3), m(4, 3)),
            lambda m: (m(2, 3), m(4, 3), m(4)),
            lambda m: (m(2, 2, 3), m(4, 3), m(4)),
            lambda m: (m(3), m(4, 3), m(4)),
        ],
        call=lambda torch, *a: torch.nn.functional.linear(*a),
    ),
]

# Draws: their bits are tested against golden draws elsewhere; gradients only where they exist.
RANDOM = [
    Op("bernoulli", [lambda m: (m(2, 3, low=0, high=1),)], second=False),
    Op("dropout", [lambda m: (m(2, 3), 0.0, True)]),
    Op("feature_dropout", [lambda m: (m(2, 3), 0.0, True)]),
    Op("alpha_dropout", [lambda m: (m(2, 3), 0.0, True)]),
    Op("feature_alpha_dropout", [lambda m: (m(2, 3), 0.0, True)]),
]

OPS = [*ARITHMETIC, *ELEMENTWISE, *COMPARISON, *CHOICE, *REDUCTIONS, *VIEWS, *POSITIONS, *PRODUCTS, *REST, *NN, *VISION, *LINALG]
