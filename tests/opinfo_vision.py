"""Samples of what works on images and on sequences: padding, pooling, resizing, sampling, CTC, packing."""
from __future__ import annotations

from opinfo_base import Op


def functional(name: str, samples: list, function: str | None = None, fixed: dict | None = None, **options) -> Op:
    """A row that PyTorch offers in nn.functional, under the name ``function`` with the keywords ``fixed``."""
    fixed = fixed or {}
    return Op(name, samples, call=lambda torch, *a, **k: getattr(torch.nn.functional, function or name)(*a, **k, **fixed), **options)


FLOATS = ("float16", "bfloat16", "float32", "float64")

PADDING = [
    functional(
        "pad",
        [
            *(
                lambda m, s=shape, p=pad: (m(*s), p)
                for shape, pad in (
                    ((3,), (1, 2)), ((2, 3), (1, 2)), ((2, 3), (1, 0, 0, 2)), ((2, 3), (-1, 1)), ((2, 3), (-1, -1, 2, -1)),
                    ((2, 3), (0, 0)), ((2, 3, 4), (-2, 1)), ((0, 3), (1, 1)), ((2, 0), (1, 1)), ((2, 3), ()), ((2, 3), (-3, 0)),
                )
            ),
            lambda m: ((m(2, 3).t(), (1, 1, 2, 0)), {"value": 1.5}),
            lambda m: (m(), ()),
            *(
                lambda m, s=shape, p=pad, mode=mode: (m(*s), p, mode)
                for mode in ("reflect", "replicate", "circular")
                for shape, pad in (
                    ((2, 4), (3, 2)), ((2, 3, 4), (-1, 2)), ((2, 3, 4), (1, 2, 2, 1)), ((2, 1, 3, 4), (1, -1, -1, 2)),
                    ((2, 3, 3, 4), (1, 2, 2, 1, 1, 1)), ((1, 2, 3, 3, 4), (1, 0, 0, 1, 1, 0)), ((0, 2, 3), (1, 1)),
                )
            ),
            lambda m: (m(2, 30), (5, 9), "reflect"),
            lambda m: (m(2, 30), (5, 9), "circular"),
        ],
    ),
    Op("constant_pad_nd", [lambda m: (m(2, 3), (1, 2)), lambda m: (m(2, 3), (1, 0, -1, 2), 2.5), lambda m: (m(2, 3), (1, 1), 3)]),
]


def windows(n: int, plain: list, most: int = 99) -> list:
    """Samples over unbatched, batched, transposed images of n dimensions; ``plain`` holds their keywords."""
    shape = ((2, 3, 7), (2, 3, 6, 5), (2, 2, 4, 5, 4))[n - 1]
    wide = {"low": -most, "high": most}  # so that no window has two nearly equal elements
    out = [lambda m, k=k: ((m(*shape, **wide),), k) for k in plain]
    out.append(lambda m, k=plain[0]: ((m(*shape[1:], **wide),), k))
    out.append(lambda m, k=plain[0]: ((m(*shape, **wide).transpose(-1, -n - 1),), k))
    out.append(lambda m, k=plain[0]: ((m(0, *shape[1:]),), k))
    return out


MAX = [
    {"kernel_size": 2}, {"kernel_size": 3, "stride": 1, "padding": 1}, {"kernel_size": 2, "stride": 2, "ceil_mode": True},
    {"kernel_size": 2, "stride": 1, "dilation": 2}, {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True},
    {"kernel_size": 3, "stride": 3, "padding": 1},
]
AVERAGE = [
    {"kernel_size": 2}, {"kernel_size": 3, "stride": 1, "padding": 1}, {"kernel_size": 2, "stride": 2, "ceil_mode": True},
    {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True, "count_include_pad": False},
    {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True},
]
DIVIDED = [*AVERAGE, {"kernel_size": 2, "divisor_override": 3}]
UNEVEN_2D = [{"kernel_size": (2, 3), "stride": (2, 1), "padding": (1, 0)}]
UNEVEN_3D = [{"kernel_size": (2, 3, 1), "stride": (2, 1, 3), "padding": (1, 0, 0)}]


def reaching(n: int, sizes: list, most: int = 99) -> list:
    return windows(n, [{"output_size": size} for size in sizes], most)


def places(n: int):
    """Maxima, their places, the window."""

    def make(m):
        x = m(*((2, 3, 6), (2, 3, 6, 4), (2, 2, 4, 4, 2))[n - 1])
        pool = getattr(m.torch.nn.functional, f"max_pool{n}d")
        _, at = pool(x.detach(), 2, return_indices=True)
        return m(*at.shape), at, 2

    return make


def fractional(n: int) -> list:
    shape, out = (((2, 2, 5, 6), (3, 4)), ((1, 2, 5, 5, 5), (3, 3, 3)))[n - 2]

    def make(m):
        given = {"_random_samples": m(shape[0], shape[1], n, low=0, high=1, grad=False), "return_indices": True}
        return (m(*shape), 2), {"output_size": out, **given}

    def unbatched(m):
        given = {"_random_samples": m(1, shape[1], n, low=0, high=1, grad=False), "return_indices": True}
        return (m(*shape[1:]), (2,) * n), {"output_size": out, **given}

    return [make, unbatched]


POOLING = [
    functional("max_pool1d", windows(1, MAX)),
    functional("max_pool2d", windows(2, [*MAX, *UNEVEN_2D])),
    functional("max_pool3d", windows(3, [*MAX[:5], *UNEVEN_3D])),
    functional("max_pool1d_with_indices", windows(1, MAX), "max_pool1d", {"return_indices": True}),
    functional("max_pool2d_with_indices", windows(2, [*MAX, *UNEVEN_2D]), "max_pool2d", {"return_indices": True}),
    functional("max_pool3d_with_indices", windows(3, [*MAX[:5], *UNEVEN_3D]), "max_pool3d", {"return_indices": True}),
    functional("avg_pool1d", windows(1, AVERAGE, 2)),
    functional("avg_pool2d", windows(2, [*DIVIDED, *UNEVEN_2D], 2)),
    functional("avg_pool3d", windows(3, [*DIVIDED, *UNEVEN_3D], 2)),
    functional("adaptive_avg_pool1d", reaching(1, [3, 1, 9, 0], 2)),
    functional("adaptive_avg_pool2d", reaching(2, [3, 1, (4, None), (7, 2)], 2)),
    functional("adaptive_avg_pool3d", reaching(3, [2, 1, (3, None, 1)], 2)),
    functional("adaptive_max_pool1d", reaching(1, [3, 1, 9]), fixed={"return_indices": True}),
    functional("adaptive_max_pool2d", reaching(2, [3, 1, (4, None), (7, 2)]), fixed={"return_indices": True}),
    functional("adaptive_max_pool3d", reaching(3, [2, 1, (3, None, 1)]), fixed={"return_indices": True}),
    functional("fractional_max_pool2d", fractional(2), dtypes=FLOATS),
    functional("fractional_max_pool3d", fractional(3), dtypes=FLOATS),
    functional("max_unpool2d", [places(2)]),
    functional("max_unpool3d", [places(3)]),
]


def resized(n: int, aligned: bool = False, less: bool = True) -> list:
    shape = ((2, 3, 5), (2, 3, 4, 5), (1, 2, 3, 4, 3))[n - 1]
    keywords = [{"size": 7}, {"scale_factor": 2}, {"scale_factor": 1.7}, {"size": shape[2:]}, {"size": 1}]
    if less:
        keywords += [{"scale_factor": 0.6}, {"scale_factor": 1.3, "recompute_scale_factor": True}]
    if aligned:
        keywords += [{**k, "align_corners": True} for k in keywords[:5]]
    out = [lambda m, k=k: ((m(*shape),), k) for k in keywords]
    return [*out, lambda m: ((m(0, *shape[1:]),), {"size": 3}), lambda m: ((m(*shape).transpose(0, 1),), {"size": 3})]


def resize(name: str, mode: str, samples: list, antialias: bool = False, **options) -> Op:
    return functional(name, samples, "interpolate", {"mode": mode, **({"antialias": True} if antialias else {})}, **options)


# PyTorch resizes bytes in fixed point, which is not copied here to the last bit.
NO_BYTES = ("bool", "int8", "int16", "int32", "int64", *FLOATS)

RESIZING = [
    *(resize(f"upsample_nearest{n}d", "nearest", resized(n)) for n in (1, 2, 3)),
    *(resize(f"_upsample_nearest_exact{n}d", "nearest-exact", resized(n)) for n in (1, 2, 3)),
    resize("upsample_linear1d", "linear", resized(1, True)),
    resize("upsample_bilinear2d", "bilinear", resized(2, True), dtypes=NO_BYTES),
    resize("upsample_trilinear3d", "trilinear", resized(3, True)),
    resize("upsample_bicubic2d", "bicubic", resized(2, True), dtypes=NO_BYTES),
    resize("_upsample_bilinear2d_aa", "bilinear", resized(2, True), True, dtypes=NO_BYTES),
    resize("_upsample_bicubic2d_aa", "bicubic", resized(2, True), True, dtypes=NO_BYTES),
    resize("_upsample_lanczos2d_aa", "lanczos", resized(2), True, dtypes=NO_BYTES),
]

def sampled(image: tuple, mode: str) -> list:
    """Points inside and around an image, with every padding."""
    at = (2, 3, 4, 2) if len(image) == 4 else (1, 2, 3, 2, 3)

    def make(padding, align):
        return lambda m: (
            (m(at[0], *image[1:]), m(*at, low=-1.3, high=1.3)),
            {"mode": mode, "padding_mode": padding, "align_corners": align},
        )

    return [make(padding, align) for padding in ("zeros", "border", "reflection") for align in (False, True)]


SAMPLING = [
    functional(
        "grid_sampler",
        [
            *sampled((2, 2, 6, 7), "bilinear"), *sampled((2, 2, 6, 7), "nearest"), *sampled((2, 2, 6, 7), "bicubic"),
            *sampled((1, 2, 3, 4, 2), "bilinear"), *sampled((1, 2, 3, 4, 2), "nearest"),
            lambda m: ((m(0, 2, 3, 3), m(0, 2, 2, 2)), {"align_corners": False}),
            lambda m: ((m(1, 2, 1, 1), m(1, 2, 2, 2)), {"align_corners": True, "padding_mode": "reflection"}),
        ],
        "grid_sample",
        dtypes=("int64", "bool", "float32", "float64"),
    ),
    Op("grid_sampler_2d", [lambda m: (m(1, 2, 3, 4), m(1, 2, 2, 2), 0, 1, True)], dtypes=("float32", "float64")),
    Op("grid_sampler_3d", [lambda m: (m(1, 2, 3, 4, 2), m(1, 2, 2, 1, 3), 0, 1, True)], dtypes=("float32", "float64")),
    functional(
        "affine_grid_generator",
        [
            *(
                lambda m, s=size, a=align: ((m(2, len(s) - 2, len(s) - 1), s), {"align_corners": a})
                for align in (False, True)
                for size in ((2, 1, 3, 4), (2, 1, 1, 2), (2, 1, 2, 3, 2))
            ),
        ],
        "affine_grid",
        dtypes=("float32", "float64"),
    ),
]

def labelled(**options):
    """Log-probabilities (5, 3, 4), padded labels, lengths of steps and labels."""

    def make(m):
        targets = m.torch.tensor([[1, 2, 3], [2, 2, 0], [3, 1, 0]])
        return (m(5, 3, 4, low=-3, high=-0.1), targets, (5, 4, 3), (3, 2, 1)), options

    return make


def joined(**options):
    """Labels in one row, lengths as tensors; one sample has no path."""

    def make(m):
        torch = m.torch
        lengths = torch.tensor([5, 4, 2]), torch.tensor([2, 0, 2])
        return (m(5, 3, 4, low=-3, high=-0.1), torch.tensor([1, 3, 2, 2]), *lengths), options

    return make


def lengths(m):
    return m.torch.tensor([4, 2, 2])


SEQUENCES = [
    Op(
        "ctc_loss",
        [
            *(labelled(reduction=reduction) for reduction in ("mean", "sum", "none")),
            joined(zero_infinity=True), joined(zero_infinity=True, reduction="none"), labelled(blank=0, reduction="sum"),
            lambda m: ((m(5, 4, low=-3, high=-0.1), m.torch.tensor([1, 1]), (5,), (2,)), {"reduction": "none"}),
        ],
        # PyTorch's gradient is that of normalised inputs.
        call=lambda torch, x, *a, **k: torch.nn.functional.ctc_loss(x.log_softmax(-1), *a, **k),
        second=False,
    ),
    Op("_pack_padded_sequence", [lambda m: (m(4, 3, 2), lengths(m), False), lambda m: (m(3, 4), lengths(m), True)]),
    Op(
        "_pad_packed_sequence",
        [
            lambda m: (m(8, 2), m.torch.tensor([3, 3, 1, 1]), False, 0.0, 4),
            lambda m: (m(8), m.torch.tensor([3, 3, 1, 1]), True, 1.0, 6),
        ],
    ),
    Op(
        "pad_sequence",
        [
            lambda m: ([m(2, 3), m(4, 3), m(1, 3)],),
            lambda m: ([m(2), m(4)], True, 1.0),
            lambda m: ([m(2, 1), m(4, 1)], False, 2.0, "left"),
        ],
        call=lambda torch, *a: getattr(torch._C, "_nn", torch._C).pad_sequence(*a),
    ),
]

VISION = [*SEQUENCES, *SAMPLING, *PADDING, *POOLING, *RESIZING]
