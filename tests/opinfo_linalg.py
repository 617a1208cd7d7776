"""Samples of the operations on matrices: factors, systems, determinants, spectra."""
from __future__ import annotations

from opinfo_base import Op

# Where PyTorch's LAPACK has loops, and a dtype that it refuses.
FLOATS = ("int64", "float16", "float32", "float64")


def of(name: str, samples: list, make=None, even=False, **options) -> Op:
    """A row of torch.linalg for a name that starts so, else of torch. ``make`` turns results into what is unique.

    An ``even`` operation reads one triangle: it is given the mean of a matrix and its transpose.
    """
    unique = make or (lambda out: out)

    def call(torch, *args, **kwargs):
        _, prefix, short = name.rpartition("linalg_")
        if even or kwargs.get("hermitian"):
            args = ((args[0] + args[0].mT) / 2, *args[1:])
        if name.startswith("cholesky_"):  # whose gradient fills both triangles
            triangle = torch.triu if args[-1] is True else torch.tril
            args = tuple(triangle(a) if isinstance(a, torch.Tensor) and a.shape[-1] == a.shape[-2] else a for a in args)
        return unique(getattr(torch.linalg if prefix else torch, short)(*args, **kwargs))

    return Op(name, samples, call=call, dtypes=options.pop("dtypes", FLOATS), **options)


def solid(m, *batch, n=3):
    """Far from singular."""
    return m(*batch, n, n) + m.torch.eye(n, dtype=m.dtype) * 5


def positive(m, *batch, n=3):
    """Positive definite."""
    x = m(*batch, n, n)
    return x @ x.mT + m.torch.eye(n, dtype=m.dtype) * 2


def square(make=solid, *rest, **keywords):
    """One matrix, a stack, a transposed view, one element, none."""
    return [
        lambda m: ((make(m), *rest), keywords), lambda m: ((make(m, 2), *rest), keywords),
        lambda m: ((make(m, 2, n=4).mT, *rest), keywords), lambda m: ((make(m, n=1), *rest), keywords),
    ]


def empty(*rest):
    return [lambda m: (m(0, 0), *rest), lambda m: (m(0, 2, 2), *rest)]


def lengths(out):
    """Eigenvalues, and the projections on eigenvectors: these have a sign of their own."""
    return out[0], out[1].unsqueeze(-2) * out[1].unsqueeze(-3)


def singular(out):
    """Singular values, and the products of left and right vectors."""
    u, s, v = out
    k = s.shape[-1]
    return s, u[..., :k].unsqueeze(-2) * v[..., :k, :].mT.unsqueeze(-3)


def thin(out):
    u, s, v = out
    return s, u.unsqueeze(-2) * v.unsqueeze(-3)


RECTANGLES = [lambda m: (m(4, 3),), lambda m: (m(3, 4),), lambda m: (m(2, 3, 3),)]


def tall(m, *batch, n=3):
    return m(*batch, n + 1, n)


FACTORS = [
    of("linalg_lu_factor_ex", [*square(), *RECTANGLES, *empty()]),
    of("linalg_lu_factor", [*square(), *RECTANGLES]),
    of("linalg_lu", [*square(), *RECTANGLES]),
    of("lu_unpack", [lambda m: (solid(m), m.torch.tensor([2, 2, 3], dtype=m.torch.int32)[:3])], dtypes=("float32", "float64")),
    of(
        "linalg_lu_solve",
        [
            lambda m, left=left, adjoint=adjoint: (
                (solid(m, 2), m.torch.tensor([[3, 2, 3], [1, 3, 3]], dtype=m.torch.int32), m(2, 3, 3)),
                {"left": left, "adjoint": adjoint},
            )
            for left in (True, False)
            for adjoint in (False, True)
        ],
        dtypes=("float32", "float64"),
    ),
    of(
        "lu_solve", [lambda m: (m(3, 2), solid(m), m.torch.tensor([3, 2, 3], dtype=m.torch.int32))], dtypes=("float32", "float64")
    ),
    of("linalg_cholesky_ex", [*square(positive), *empty()], even=True),
    of("linalg_cholesky", [*square(positive), *square(positive, upper=True)], even=True),
    of("cholesky", [*square(positive), *square(positive, True)], even=True),
    of("cholesky_solve", [lambda m: (m(3, 2), solid(m)), lambda m: (m(2, 3, 2), solid(m), True)], dtypes=("float32", "float64")),
    of("cholesky_inverse", [lambda m: (solid(m),), lambda m: (solid(m, 2), True)], dtypes=("float32", "float64")),
    of(
        "linalg_qr",
        [
            *square(),
            lambda m: (m(5, 3),),
            lambda m: (m(3, 5),),
            lambda m: (m(3, 4), "complete"),
        ],
        dtypes=("float32", "float64"),
    ),
    of("qr", [lambda m: (m(5, 3),), lambda m: (m(3, 5), False)], dtypes=("float32", "float64")),
]

SYSTEMS = [
    of("linalg_inv_ex", [*square(), *empty()]),
    of("linalg_inv", square()),
    of("inverse", square()),
    of(
        "linalg_solve_ex",
        [
            lambda m: (solid(m), m(3, 2)), lambda m: (solid(m), m(3)), lambda m: (solid(m, 2), m(2, 3)), lambda m: (solid(m, 2), m(3, 1)),
            lambda m: ((solid(m), m(2, 2, 3)), {"left": False}), lambda m: (solid(m), m(3, 0)),
        ],
    ),
    of(
        "linalg_solve",
        [
            lambda m: (solid(m), m(3, 2)),
            lambda m: (solid(m, 2), m(2, 3, 1)),
            lambda m: ((solid(m), m(2, 3)), {"left": False}),
        ],
    ),
    of(
        "linalg_solve_triangular",
        [
            lambda m, upper=upper, left=left, unit=unit: (
                (solid(m, 2), m(3, 3)), {"upper": upper, "left": left, "unitriangular": unit}
            )
            for upper in (True, False)
            for left in (True, False)
            for unit in (False, True)
        ],
    ),
    of(
        "triangular_solve",
        [lambda m: (m(3, 2), solid(m)), lambda m: (m(2, 3, 1), solid(m), False, True), lambda m: (m(3, 1), solid(m), True, False, True)],
        dtypes=("float32", "float64"),
    ),
]


def flat(m):
    """Of rank 2."""
    x = m(3, 2)
    return x @ m(2, 3)


DETERMINANTS = [
    of(name, [*square(), *empty(), *([lambda m: (flat(m),), lambda m: (m(1, 3, 1) @ m(1, 1, 3),)] if "log" not in name else [])])
    for name in ("linalg_det", "det", "linalg_slogdet", "slogdet", "logdet")
]


def small(m, *batch, n=3):
    return m(*batch, n, n, low=-0.5, high=0.5)


def symmetric(m, *batch, n=3):
    x = m(*batch, n, n)
    return x + x.mT


SPECTRA = [
    of("linalg_eigh", [*square(symmetric), *square(symmetric, "U")], lengths, even=True, dtypes=("float32", "float64")),
    of("linalg_eigvalsh", square(symmetric), even=True, dtypes=("float32", "float64")),
    of("linalg_svd", [*RECTANGLES, lambda m: (m(2, 4, 3), False), lambda m: (m(3, 5), False)], singular, dtypes=("float32", "float64")),
    of("svd", RECTANGLES, thin, dtypes=("float32", "float64")),
    of("linalg_svdvals", RECTANGLES, dtypes=("float32", "float64")),
    of(
        "linalg_pinv",
        [
            *RECTANGLES[:2],
            lambda m: (solid(m, 2),),
            lambda m: ((symmetric(m),), {"hermitian": True}),
            lambda m: (m(0, 3),),
        ],
        dtypes=("float32", "float64"),
    ),
    of("pinverse", RECTANGLES[:2], dtypes=("float32", "float64")),
    of(
        "linalg_matrix_rank",
        [
            *RECTANGLES,
            lambda m: (flat(m),),
            lambda m: (m(0, 3),),
            lambda m: ((symmetric(m),), {"hermitian": True}),
            lambda m: (m(3, 3), 1.5),
            lambda m: ((m(2, 3, 3),), {"atol": m(2, low=1, high=3, grad=False)}),
            lambda m: ((m(2, 3, 3),), {"rtol": m(2, low=0.2, high=0.9, grad=False)}),
        ],
        dtypes=("float32", "float64"), grad=False,
    ),
]


def norms(orders):
    return [
        *(lambda m, o=order: (m(3, 4), o) for order in orders),
        *(lambda m, o=order: ((m(2, 3, 4), o, (0, 2)), {"keepdim": True}) for order in orders),
        *(lambda m, o=order: ((m(3, 2, 4), o, (2, 0)), {}) for order in orders),
    ]


ORDERS = [1, -1, 2, -2, float("inf"), -float("inf"), "fro", "nuc"]

POWERS = [
    of("linalg_vecdot", [lambda m: (m(2, 3), m(2, 3)), lambda m: (m(2, 1, 3), m(4, 1)), lambda m: ((m(2, 3), m(2, 3)), {"dim": 0})]),
    of(
        "linalg_multi_dot",
        [
            lambda m: ([m(2, 3), m(3, 4), m(4, 1), m(1, 3)],),
            lambda m: ([m(3), m(3, 4), m(4)],),
            lambda m: ([m(2, 3), m(3)],),
        ],
    ),
    *(of(name, [sample for n in (0, 1, 2, 5, -2) for sample in square(solid, n)][:20]) for name in ("matrix_power", "linalg_matrix_power")),
    of("linalg_vander", [lambda m: (m(3),), lambda m: ((m(2, 3),), {"N": 4})]),
    of("vander", [lambda m: (m(3),), lambda m: (m(3), 2, True), lambda m: (m(3), 1), lambda m: (m(3), 0)]),
    *(of(name, [*square(small), *square(symmetric)], dtypes=("float32", "float64")) for name in ("linalg_matrix_exp", "matrix_exp")),
    of("linalg_matrix_norm", norms(ORDERS), dtypes=("float32", "float64")),
    of(
        "linalg_norm",
        [*norms(ORDERS), lambda m: (m(2, 3, 4),), lambda m: (m(4), 3), lambda m: (m(2, 3), 1.5, 1), lambda m: (m(2, 3), "nuc")],
        dtypes=("float32", "float64"),
    ),
]

LINALG = [*FACTORS, *SYSTEMS, *DETERMINANTS, *SPECTRA, *POWERS]
