"""Hundreds of single operations beside PyTorch, in one process: where is rgrad slower?

    python benches/breadth.py --threads 1 --below 0.9

needs an interpreter that can import both. Each row is the least of many calls on either side, the sides in turn; the ratio is
PyTorch's time by rgrad's. One process means one allocator and warm caches for both; `ratio.py` is the fair judge of whole workloads.
"""
import argparse
import math
import re
import time
import warnings

SHAPES = [(512, 512), (4096, 64), (64, 4096), (32, 1000), (262144,), (26214, 10)]
WHOLE = "sum mean var std max min argmax prod any all norm median unique nonzero"
ALONG = (
    "sum mean var std max min amax argmax prod any all logsumexp softmax log_softmax cumsum cumprod norm median sort argsort "
    "topk kthvalue cummax logcumsumexp flip roll diff"
)
UNARY = (
    "abs neg sign ceil floor round trunc frac sqrt rsqrt reciprocal square exp exp2 expm1 log log2 log10 log1p sin cos tan sinh cosh "
    "tanh asin acos atan asinh atanh erf erfc erfinv lgamma digamma sigmoid logit relu isnan isfinite F.gelu F.silu F.mish "
    "F.softplus F.elu F.selu F.leaky_relu F.hardtanh F.hardswish F.logsigmoid F.relu6 F.softsign F.hardshrink"
)
BINARY = "add sub mul div pow fmod remainder atan2 hypot maximum fmax eq lt logaddexp copysign xlogy floor_divide"

X = "m.randn(512, 512)"
LONGS = "m.randint(0, 512, (512, 512))"
BITS = "(m.randn(512, 512) > 0)"
# What is timed, and its operands: x, y, i.
ROWS = [
    ("x.t().contiguous()", X),
    ("x.permute(0, 2, 1, 3).contiguous()", "m.randn(8, 128, 8, 32)"),
    ("m.cat([x, x], 1)", X),
    ("m.stack([x, x], 2)", X),
    ("x[i]", X, "", "m.randint(0, 512, (400,))"),
    ("x.index_select(1, i)", X, "", "m.randint(0, 512, (400,))"),
    ("x[i, i]", X, "", "m.randint(0, 512, (40000,))"),
    ("x[i]", X, "", BITS),
    ("x.masked_fill(i, 0.0)", X, "", BITS),
    ("x.gather(1, i)", X, "", LONGS),
    ("x.scatter(1, i, x)", X, "", LONGS),
    ("x.scatter_add(1, i, x)", X, "", LONGS),
    ("x.index_add(0, i, x)", X, "", "m.randint(0, 512, (512,))"),
    ("x.index_put((i,), x, accumulate=True)", X, "", "m.randint(0, 512, (512,))"),
    ("x.take(i)", X, "", "m.randint(0, 512, (100000,))"),
    ("F.one_hot(i, 10)", "", "", "m.randint(0, 10, (10000,))"),
    ("m.bincount(i)", "", "", "m.randint(0, 1000, (100000,))"),
    ("m.searchsorted(y, x)", "m.randn(100000)", "m.sort(m.randn(1000))[0]"),
    ("x.repeat(2, 2)", X),
    ("x.repeat_interleave(2, 0)", X),
    ("x.expand(512, 512).contiguous()", "m.randn(512, 1)"),
    ("m.tril(x)", X),
    ("m.where(i, x, y)", X, X, BITS),
    ("F.pad(x, (1, 1, 1, 1))", "m.randn(16, 16, 32, 32)"),
    ("F.unfold(x, 3, padding=1)", "m.randn(8, 16, 32, 32)"),
    ("F.max_pool2d(x, 2)", "m.randn(16, 16, 32, 32)"),
    ("F.avg_pool2d(x, 2)", "m.randn(16, 16, 32, 32)"),
    ("F.interpolate(x, scale_factor=2, mode='bilinear')", "m.randn(8, 16, 32, 32)"),
    ("F.grid_sample(x, y, align_corners=False)", "m.randn(8, 16, 32, 32)", "m.rand(8, 32, 32, 2) * 2 - 1"),
    ("F.pixel_shuffle(x, 2)", "m.randn(8, 16, 32, 32)"),
    ("x_(x)", "m.randn(16, 32, 28, 28)", "nn.BatchNorm2d(32)"),
    ("x_(x)", "m.randn(16, 32, 28, 28)", "nn.BatchNorm2d(32).eval()"),
    ("x_(x)", "m.randn(256, 128)", "nn.BatchNorm1d(128)"),
    ("F.group_norm(x, 8)", "m.randn(16, 32, 28, 28)"),
    ("F.layer_norm(x, (256,))", "m.randn(1024, 256)"),
    ("F.rms_norm(x, (256,))", "m.randn(1024, 256)"),
    ("F.normalize(x)", X),
    ("m.cdist(x, x)", "m.randn(256, 64)"),
    ("F.cross_entropy(x, i)", "m.randn(1024, 100)", "", "m.randint(0, 100, (1024,))"),
    ("F.mse_loss(x, y)", X, X),
    ("F.smooth_l1_loss(x, y)", X, X),
    ("F.binary_cross_entropy_with_logits(x, y)", X, X),
    ("F.embedding(i, x)", "m.randn(1000, 128)", "", "m.randint(0, 1000, (64, 50))"),
    ("F.embedding_bag(i, x)", "m.randn(1000, 128)", "", "m.randint(0, 1000, (64, 50))"),
    ("F.scaled_dot_product_attention(x, x, x)", "m.randn(4, 8, 128, 64)"),
    ("x_(x, x, x)[0]", "m.randn(4, 64, 128)", "nn.MultiheadAttention(128, 4)"),
    ("x_(x)[0]", "m.randn(50, 16, 64)", "nn.LSTM(64, 128)"),
    ("x_(x)[0]", "m.randn(50, 16, 64)", "nn.GRU(64, 128)"),
    ("F.conv1d(x, y, padding=1)", "m.randn(16, 32, 256)", "m.randn(64, 32, 3)"),
    ("F.conv2d(x, y)", "m.randn(8, 64, 28, 28)", "m.randn(128, 64, 1, 1)"),
    ("F.conv2d(x, y, padding=1, groups=64)", "m.randn(8, 64, 28, 28)", "m.randn(64, 1, 3, 3)"),
    ("F.conv3d(x, y, padding=1)", "m.randn(2, 8, 16, 16, 16)", "m.randn(16, 8, 3, 3, 3)"),
    ("F.conv_transpose2d(x, y, stride=2, padding=1)", "m.randn(8, 32, 16, 16)", "m.randn(32, 16, 4, 4)"),
    ("m.mv(x, y)", X, "m.randn(512)"),
    ("m.bmm(x, x)", "m.randn(256, 8, 8)"),
    ("m.einsum('bhid,bhjd->bhij', x, x)", "m.randn(4, 8, 64, 32)"),
    ("m.outer(x, x)", "m.randn(1000)"),
    ("m.kron(x, x)", "m.randn(32, 32)"),
    ("m.linalg.inv(x)", "m.randn(100, 100)"),
    ("m.linalg.qr(x)", "m.randn(100, 100)"),
    ("m.linalg.svd(x)", "m.randn(60, 60)"),
    ("x.long()", X),
    ("x.float()", LONGS),
    ("x.float()", BITS),
    ("x.bool()", X),
    ("x.half()", X),
    ("x.double()", X),
    ("x & x", BITS),
    ("~x", BITS),
    ("x + x", LONGS),
    ("x + x", LONGS + ".int()"),
    ("x == 3", LONGS),
    ("x.sum()", BITS),
    ("x + y", X, "m.randn(512)"),
    ("x + y", X, "m.randn(512, 1)"),
    ("x + y.t()", X, X),
    ("x[:, ::2].sum()", X),
    ("x.add_(1e-9)", X),
    ("x.fill_(1)", X),
    ("x.clamp(-1, 1)", X),
    ("m.arange(100000)", ""),
    ("m.linspace(0, 1, 100000)", ""),
    ("m.addcmul(x, x, y)", X, X),
    ("m.lerp(x, y, 0.3)", X, X),
]


def cases():
    """(name, what makes the timed call for a module)"""

    def of_table(op, shape, dim):
        def make(m):
            x = m.randn(*shape)
            x = x > 0 if op in ("any", "all") else (x * 100).long() if op == "unique" else x
            more = {"topk": (5,), "kthvalue": (3,), "roll": (3,)}.get(op, ())
            at = {"flip": {"dims": [dim]}, "roll": {"dims": dim}}.get(op, {"dim": dim}) if dim is not None else {}
            return lambda: getattr(m, op)(x, *more, **at)

        return make

    def of_function(op, dtype, binary):
        def make(m):
            f = getattr(m.nn.functional, op[2:]) if op.startswith("F.") else getattr(m, op)
            x = (m.randn(300000) if op.startswith("F.") else m.rand(300000) * 0.98 + 0.01).to(getattr(m, dtype))
            y = (m.rand(300000) * 3 + 0.5).to(x.dtype)
            return (lambda: f(x, y)) if binary else (lambda: f(x))

        return make

    def of_row(call, x="", y="", i=""):
        def make(m):
            names = {"m": m, "F": m.nn.functional, "nn": m.nn}
            names |= {name: eval(text, names) for name, text in (("x", x), ("y", y), ("x_", y), ("i", i)) if text}
            code = compile(call, "row", "eval")
            return lambda: eval(code, names)

        return make

    for shape in SHAPES:
        for op in WHOLE.split():
            yield f"{op} {shape}", of_table(op, shape, None)
        for op in ALONG.split():
            for dim in range(len(shape)):
                yield f"{op} {shape} dim {dim}", of_table(op, shape, dim)
    for dtype in ("float32", "float64", "bfloat16"):
        for op in UNARY.split():
            yield f"{op} {dtype}", of_function(op, dtype, False)
        for op in BINARY.split():
            yield f"{op} {dtype}", of_function(op, dtype, True)
    for row in ROWS:
        yield " | ".join(part for part in row if part), of_row(*row)


def least(f, seconds=0.02):
    f()
    best, end = math.inf, time.perf_counter() + seconds
    for _ in range(200):
        start = time.perf_counter()
        f()
        now = time.perf_counter()
        best = min(best, now - start)
        if now > end:
            break
    return best * 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", default="", help="a regular expression of rows")
    parser.add_argument("--below", type=float, default=1e9, help="show rows whose ratio is less")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    import torch

    import rgrad

    for m in (rgrad, torch):
        m.set_num_threads(options.threads)
        m.manual_seed(0)
    ratios = []
    for name, make in cases():
        if not re.search(options.only, name):
            continue
        ours, theirs = make(rgrad), make(torch)
        a, b = least(ours), least(theirs)
        a, b = min(a, least(ours)), min(b, least(theirs))
        ratios.append((b / a, name, a, b))
    for ratio, name, a, b in sorted(ratios):
        if ratio < options.below:
            print(f"{ratio:6.2f} x  {a:10.1f} us   torch {b:10.1f} us   {name}")
    logs = [math.log(r[0]) for r in ratios]
    slower = sum(r[0] < 0.9 for r in ratios)
    print(f"{len(ratios)} rows, torch {torch.__version__}, geometric mean {math.exp(sum(logs) / len(logs)):.2f} x, {slower} below 0.9 x")


if __name__ == "__main__":
    main()
