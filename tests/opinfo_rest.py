"""Samples of the rarer operations: scans, sorting, scatter, rearrangement, statistics, distances, special functions."""

from __future__ import annotations

from opinfo_base import Op, binary, unary

# Where elements tie, PyTorch promises no order: floats only, whose samples do not tie.
DISTINCT = ("float32", "float64")


def three(*args):
    """Along each of three dimensions."""
    return [lambda m, d=d: (m(2, 3, 4), *args, d) for d in (0, 1, -1)] + [lambda m: (m(), *args, 0)]


SPECIAL = [
    *(
        Op(name, unary())
        for name in (
            "asinh",
            "arcsinh",
            "erfc",
            "sinc",
            "deg2rad",
            "rad2deg",
            "nan_to_num",
            "special_erf",
            "special_erfc",
            "special_exp2",
            "special_expit",
            "special_expm1",
            "special_sinc",
        )
    ),
    *(Op(name, unary(1.25, 3)) for name in ("acosh", "arccosh")),
    *(Op(name, unary(-0.75, 0.75)) for name in ("atanh", "arctanh")),
    Op("special_log1p", unary(0.25, 2)),
    *(
        Op(name, [lambda m: (m(2, 3, low=0.2, high=0.8),), lambda m: ((m(2, 3, low=0.2, high=0.8),), {"eps": 0.1})])
        for name in ("logit", "special_logit")
    ),
    Op("special_round", unary(0.1, 0.4)),
    *(Op(name, unary(0.3, 3)) for name in ("lgamma", "digamma", "special_gammaln", "special_digamma", "special_psi")),
    *(Op(name, unary(-0.75, 0.75)) for name in ("erfinv", "special_erfinv")),
    *(
        Op(name, [lambda m: (1, m(2, 3, low=0.5, high=3)), lambda m: (2, m(3, low=0.5, high=3))])
        for name in ("polygamma", "special_polygamma")
    ),
    *(Op(name, [lambda m: (m(2, 3), 1), lambda m: (m(3), 0)]) for name in ("special_softmax", "special_log_softmax")),
    Op("nextafter", [lambda m: (m(2, 3), m(2, 3)), lambda m: (m(2, 1, 3), m(4, 1)), lambda m: (m(), m(3))]),
    *(Op(name, binary(0.5, 2)[:3]) for name in ("atan2", "arctan2", "hypot", "copysign")),
    *(Op(name, binary()[:3]) for name in ("logaddexp", "logaddexp2", "fmax", "fmin")),
    *(Op(name, binary(0.5, 2)[:4]) for name in ("xlogy", "special_xlogy", "special_xlog1py")),
    Op("ldexp", [lambda m: (m(2, 3), m.index(2, 3, below=3))]),
    Op("float_power", [lambda m: (m(2, 3, low=0.5), 2), lambda m: (m(2, 3, low=0.5), m(3, low=0.5))]),
    Op("fill", [lambda m: (m(2, 3), 1.5), lambda m: (m(2, 3), m())], second=False),
]
for _i, _op in enumerate(SPECIAL):
    if _op.name.startswith("special_"):
        SPECIAL[_i] = _op._replace(call=lambda torch, *a, name=_op.name[8:], **k: getattr(torch.special, name)(*a, **k))

SCANS = [
    *(Op(name, three()) for name in ("cumsum", "cumprod", "logcumsumexp")),
    *(Op(name, three(), dtypes=DISTINCT) for name in ("cummax", "cummin")),
    Op("diff", [lambda m: (m(2, 5),), lambda m: (m(2, 5), 2), lambda m: (m(4, 2), 1, 0)]),
    *(Op(name, [lambda m: (m(2, 5),), lambda m: (m(2, 5), m(5)), lambda m: ((m(2, 5),), {"dx": 0.5})]) for name in ("trapezoid", "trapz")),
]

SORTING = [
    Op("sort", [lambda m: (m(3, 4),), lambda m: (m(3, 4), 0, True)], dtypes=DISTINCT),
    Op("msort", [lambda m: (m(3, 4),)], dtypes=DISTINCT),
    Op("topk", [lambda m: (m(3, 4), 2), lambda m: (m(3, 4), 2, 0, False)], dtypes=DISTINCT),
    Op("kthvalue", [lambda m: (m(3, 4), 2), lambda m: (m(3, 4), 1, 0, True)], dtypes=DISTINCT),
    *(
        Op(name, [lambda m: (m(3, 4),), lambda m: (m(3, 4), 1), lambda m: (m(3, 4), 0, True)], dtypes=DISTINCT)
        for name in ("median", "nanmedian")
    ),
    Op("mode", [lambda m: (m(3, 4),), lambda m: (m(3, 4), 0)], dtypes=DISTINCT),
    Op("aminmax", [lambda m: (m(3, 4),), lambda m: ((m(3, 4),), {"dim": 1})]),
    *(
        Op(
            name,
            [lambda m: (m(3, 4), 0.3), lambda m: (m(3, 4), 0.6, 1), lambda m: ((m(3, 4), 0.6, 1), {"interpolation": "nearest"})],
            dtypes=DISTINCT,
        )
        for name in ("quantile", "nanquantile")
    ),
]

STATISTICS = [
    *(Op(name, [lambda m: (m(2, 3), 1), lambda m: ((m(2, 3),), {"correction": 0})]) for name in ("var_mean", "std_mean")),
    Op("norm", [lambda m: (m(2, 3),), lambda m: (m(2, 3), 1), lambda m: (m(2, 3), 2, 1), lambda m: (m(2, 3), "fro", 0, True)]),
    *(Op(name, [lambda m: (m(2, 3),), lambda m: (m(2, 3), 1)]) for name in ("nansum", "nanmean")),
    Op("cov", [lambda m: (m(3, 5),), lambda m: ((m(3, 5),), {"correction": 0})]),
    Op("corrcoef", [lambda m: (m(3, 5),)]),
    Op("special_logsumexp", [lambda m: (m(2, 3), 1)], call=lambda torch, *a: torch.special.logsumexp(*a)),
    Op("dist", [lambda m: (m(2, 3), m(2, 3)), lambda m: (m(2, 3), m(3), 1)]),
    Op(
        "cdist",
        [
            lambda m: (m(3, 2), m(4, 2)),
            lambda m: (m(2, 3, 2), m(2, 4, 2), 1.0),
            lambda m: ((m(3, 2), m(2, 4, 2)), {"compute_mode": "use_mm_for_euclid_dist"}),
            lambda m: (m(27, 2), m(2, 2)),
        ],
        second=False,
    ),
]

REARRANGEMENT = [
    Op("flip", [lambda m: (m(2, 3), (0,)), lambda m: (m(2, 3), (0, 1))]),
    *(Op(name, [lambda m: (m(2, 3),)]) for name in ("fliplr", "flipud")),
    Op("roll", [lambda m: (m(2, 3), 1), lambda m: (m(2, 3), (1, -1), (0, 1))]),
    Op("rot90", [lambda m: (m(2, 3),), lambda m: (m(2, 3), -1, (1, 0))]),
    Op("tile", [lambda m: (m(2, 3), (2,)), lambda m: (m(3), (2, 2))]),
    Op("repeat_interleave", [lambda m: (m(2, 3), 2), lambda m: (m(2, 3), 2, 1), lambda m: (m(2, 3), m.index(3, below=3), 1)]),
    *(Op(name, [lambda m: (m(3, 4),), lambda m: (m(2, 3, 3), 1), lambda m: (m(3, 3), -1)]) for name in ("tril", "triu")),
    Op("diag", [lambda m: (m(3),), lambda m: (m(3, 4),), lambda m: (m(3, 3), 1)]),
    Op("diagflat", [lambda m: (m(2, 2),)]),
    Op("diag_embed", [lambda m: (m(2, 3),), lambda m: (m(2, 3), 1)]),
    Op("trace", [lambda m: (m(3, 4),)]),
    Op("unfold", [lambda m: (m(2, 5), 1, 3, 2)], method=True),
    Op("sum_to_size", [lambda m: (m(2, 3), 1, 3), lambda m: (m(2, 3), 3)], method=True),
    *(
        Op(name, [lambda m: ([m(2, 3), m(2, 3)],)])
        for name in ("hstack", "vstack", "dstack", "column_stack", "row_stack", "broadcast_tensors")
    ),
    Op("hsplit", [lambda m: (m(2, 4), 2)]),
    Op("vsplit", [lambda m: (m(4, 2), (1, 3))]),
    Op("dsplit", [lambda m: (m(2, 2, 4), 2)]),
    Op("tensor_split", [lambda m: (m(5, 2), 2), lambda m: (m(5, 2), (1, 3), 0)]),
    *(Op(name, [lambda m: (m(),), lambda m: (m(2, 3),)]) for name in ("atleast_1d", "atleast_2d", "atleast_3d")),
    Op("block_diag", [lambda m: (m(2, 3), m(1, 2))]),
    Op("cartesian_prod", [lambda m: (m(2), m(3))]),
    Op("combinations", [lambda m: (m(4),), lambda m: (m(3), 2, True)]),
    Op("meshgrid", [lambda m: ([m(2), m(3)],)], call=lambda torch, ts: torch.meshgrid(*ts, indexing="ij")),
]
for _i, _op in enumerate(REARRANGEMENT):
    if _op.name == "broadcast_tensors":
        REARRANGEMENT[_i] = _op._replace(call=lambda torch, ts: torch.broadcast_tensors(*ts))

SCATTER = [
    Op(
        "scatter",
        [lambda m: (m(3, 4), 1, m.torch.tensor([[0, 3], [1, 2], [3, 0]]), m(3, 2)), lambda m: (m(3, 4), 0, m.index(1, 4, below=3), 1.5)],
    ),
    Op("scatter_add", [lambda m: (m(3, 4), 1, m.index(3, 2, below=4), m(3, 2))]),
    Op("scatter_reduce", [lambda m, r=r, s=s: ((m(3, 4), 1, m.index(3, 4, below=4), m(3, 4), r), {"include_self": s})
                          for r in ("sum", "mean", "prod", "amax", "amin") for s in (True, False)], second=False),
    Op("index_add", [lambda m: (m(3, 4), 0, m.index(5, below=3), m(5, 4)),
                     lambda m: ((m(3, 4), 1, m.index(2, below=4), m(3, 2)), {"alpha": 2})]),
    Op("index_copy", [lambda m: (m(3, 4), 0, m.torch.tensor([2, 0]), m(2, 4))]),
    Op("index_fill", [lambda m: (m(3, 4), 0, m.index(2, below=3), 1.5), lambda m: (m(3, 4), 1, m.index(2, below=4), m())]),
    Op(
        "index_put",
        [
            lambda m: (m(3, 4), (m.torch.tensor([2, 0]),), m(2, 4)),
            lambda m: (m(3, 4), (m.index(3, below=3), m.index(3, below=4)), m(3), True),
        ],
    ),
    Op("take", [lambda m: (m(3, 4), m.index(2, 3, below=12))]),
    Op("put", [lambda m: (m(3, 4), m.torch.tensor([2, 7]), m(2))]),
    Op("take_along_dim", [lambda m: (m(3, 4), m.index(3, 2, below=4), 1), lambda m: (m(3, 4), m.index(5, below=12))]),
    Op("masked_select", [lambda m: (m(3, 4), m.mask(3, 4)), lambda m: (m(3, 4), m.mask(4))]),
    Op("masked_scatter", [lambda m: (m(3, 4), m.mask(3, 4), m(12))]),
    Op("select_scatter", [lambda m: (m(3, 4), m(4), 0, 1)]),
    Op("slice_scatter", [lambda m: ((m(5, 2), m(2, 2)), {"start": 1, "end": 5, "step": 2})]),
    Op("diagonal_scatter", [lambda m: (m(3, 3), m(3))]),
]

CONTRACTIONS = [
    Op(
        "einsum",
        [
            lambda m: ("ij,jk->ik", m(2, 3), m(3, 2)),
            lambda m: ("bij,bjk", m(2, 2, 3), m(2, 3, 2)),
            lambda m: ("ii->i", m(3, 3)),
            lambda m: ("i,j->", m(2), m(3)),
        ],
    ),
    Op("tensordot", [lambda m: (m(2, 3, 4), m(4, 3, 2), ([1, 2], [1, 0])), lambda m: (m(2, 3), m(3, 2), 1)]),
    Op("inner", [lambda m: (m(2, 3), m(4, 3)), lambda m: (m(3), m(3))]),
    Op("kron", [lambda m: (m(2, 2), m(2, 3))]),
    Op("vdot", [lambda m: (m(3), m(3))]),
    Op("addmv", [lambda m: (m(2), m(2, 3), m(3)), lambda m: ((m(2), m(2, 3), m(3)), {"beta": 2, "alpha": 3})]),
    Op("addr", [lambda m: (m(2, 3), m(2), m(3))]),
    Op("addbmm", [lambda m: (m(2, 4), m(3, 2, 3), m(3, 3, 4))]),
    Op("cross", [lambda m: (m(2, 3), m(2, 3)), lambda m: (m(3, 2), m(3, 2), 0)]),
    Op("linalg_cross", [lambda m: (m(2, 3), m(2, 3))], call=lambda torch, *a: torch.linalg.cross(*a)),
    Op("linalg_diagonal", [lambda m: (m(2, 3, 3),)], call=lambda torch, *a: torch.linalg.diagonal(*a)),
    Op("linalg_matmul", [lambda m: (m(2, 3), m(3, 2))], call=lambda torch, *a: torch.linalg.matmul(*a)),
]

def _shuffle(name, channels, height, width, factor):
    return Op(name, [lambda m: (m(2, channels, height, width), factor), lambda m: (m(channels, height, width), factor)])


FLOATS = ("float16", "bfloat16", "float32", "float64")

def _public(name, samples, **options):
    """A row that PyTorch offers in torch.special alone where its name says so."""
    if not name.startswith("special_"):
        return Op(name, samples, **options)
    return Op(name, samples, call=lambda torch, *a: getattr(torch.special, name.removeprefix("special_"))(*a), **options)


SIGNALS = [
    *(_public(name, [lambda m: (m(3, 4, low=-3, high=3),), lambda m: (m(5, low=15, high=30),)]) for name in ("i0", "special_i0")),
    *(
        _public(name, [
            lambda m: (m(3, 4, low=-3, high=3),), lambda m: (m(5, low=15, high=30),), lambda m: (m(4, low=-40, high=-15),),
        ])
        for name in ("special_i0e", "special_i1e")
    ),
    _public("special_i1", [lambda m: (m(3, 4, low=-3, high=3),), lambda m: (m(5, low=15, high=30),)]),
    *(
        _public(name, [
            lambda m: (m(3, 4, low=0.6, high=6, grad=False), m(3, 4, low=0.6, high=6)),
            lambda m: (m(3, low=3, high=15, grad=False), m(2, 3, low=1, high=30)),
        ])
        for name in ("igamma", "igammac", "special_gammainc", "special_gammaincc")
    ),
    *(
        _public(name, [lambda m: (m(3, low=1.2, high=6), 2), lambda m: (m(2, 2, low=2.2, high=6), 4)])
        for name in ("mvlgamma", "special_multigammaln")
    ),
    _public("special_ndtr", unary()),
    _public("special_log_ndtr", [*unary(), lambda m: (m(6, low=-40, high=-5),)]),
    _public("special_entr", [lambda m: (m(3, 4, low=0.6, high=5),), lambda m: (m(3, low=-3, high=3, grad=False),)]),
    *(
        _public(name, [
            *(lambda m, k=k: ((5,), {"dtype": m.dtype, **k}) for k in ({}, {"periodic": False})), lambda m: (0,), lambda m: (1,),
        ], grad=False, dtypes=FLOATS)
        for name in ("hann_window", "hamming_window", "blackman_window", "bartlett_window", "kaiser_window")
    ),
    Op("histogram", [
        lambda m: (m(20, grad=False), 4),
        lambda m: ((m(4, 5, grad=False), 3), {"range": (-1.0, 1.5), "weight": m(4, 5, low=0, high=3, grad=False)}),
        lambda m: ((m(20, grad=False), m.torch.tensor([-2.0, -0.5, 0.0, 2.0], dtype=m.dtype)), {"density": True}),
    ], grad=False, dtypes=DISTINCT),
    Op("cumulative_trapezoid", [
        lambda m: (m(5),), lambda m: ((m(3, 4),), {"dx": 2, "dim": 0}), lambda m: ((m(3, 4), m(3)), {"dim": 0}),
        lambda m: (m(3, 4), m(3, 4)),
    ]),
    Op("gradient", [
        lambda m: (m(5),), lambda m: ((m(3, 4),), {"spacing": 2.0}), lambda m: ((m(3, 4),), {"spacing": [2.0, 3.0], "edge_order": 2}),
        lambda m: ((m(3, 4),), {"dim": 1}),
        lambda m: ((m(3, 4),), {"spacing": (m.torch.tensor([0.0, 1.0, 3.0]), m.torch.tensor([0.0, 2.0, 3.0, 5.0])), "edge_order": 2}),
        lambda m: ((m(3, 4),), {"spacing": (m.torch.tensor([0.0, 2.0, 3.0, 5.0]),), "dim": [-1]}),
    ], dtypes=DISTINCT),
    Op("renorm", [lambda m: (m(3, 4), 2, 0, 1.0), lambda m: (m(2, 3, 2), 1.5, -1, 2.0), lambda m: (m(2, 3), 2, 0, 100.0)]),
    Op("index_reduce", [
        lambda m, r=r, k=k: ((m(4, 3, low=0.6), 0, m.index(3, below=4), m(3, 3, low=0.6), r), {"include_self": k})
        for r in ("prod", "mean", "amax", "amin") for k in (True, False)
    ], dtypes=DISTINCT),
    Op("bilinear", [
        lambda m: (m(4, 2), m(4, 3), m(5, 2, 3), m(5)), lambda m: (m(2), m(3), m(5, 2, 3)),
        lambda m: (m(2, 3, 2), m(2, 3, 3), m(4, 2, 3), m(4)),
    ], call=lambda torch, *a: torch.nn.functional.bilinear(*a), dtypes=DISTINCT),
    Op("pdist", [lambda m: (m(4, 3),), lambda m: (m(4, 3), 1.0), lambda m: (m(3, 2), 3.0), lambda m: (m(1, 2),), lambda m: (m(3, 0),)],
       call=lambda torch, *a: torch.nn.functional.pdist(*a), dtypes=DISTINCT),
    _shuffle("pixel_shuffle", 8, 2, 3, 2),
    _shuffle("pixel_unshuffle", 2, 4, 6, 2),
    Op("channel_shuffle", [lambda m: (m(2, 6, 2, 3), 2), lambda m: (m(2, 6, 4), 3)], dtypes=DISTINCT),
    Op("native_channel_shuffle", [lambda m: (m(2, 6, 2, 3, grad=False), 2)], grad=False, dtypes=DISTINCT),
    Op("fill_diagonal_", [
        lambda m: (m(3, 4).clone(), 5), lambda m: (m(7, 3).clone(), 5, True), lambda m: (m(2, 2, 2).clone(), 1),
    ], method=True, grad=False),
    Op("is_nonzero", [lambda m: (m(1),), lambda m: (m(),)], grad=False),
]

REST = [*SIGNALS, *SPECIAL, *SCANS, *SORTING, *STATISTICS, *REARRANGEMENT, *SCATTER, *CONTRACTIONS]
