"""Write golden/print.json.gz with real PyTorch: ``python golden_print.py`` in an environment that has torch.

A case is (values, shape, dtype, options, default dtype, graph) and the text that PyTorch prints for it. Values are kept
as a short recipe (kind, seed, scale), from which ``values_of`` makes the same numbers in any library.
"""
import gzip
import json
import os
import random

HERE = os.path.dirname(os.path.abspath(__file__))
PATH = os.path.join(HERE, "golden", "print.json.gz")
FLOATS = ["float32", "float64", "float16", "bfloat16"]
INTEGERS = ["int64", "int32", "int16", "int8", "uint8"]
SHAPES = [
    [], [1], [2], [3], [7], [0], [20], [2, 3], [3, 1], [1, 5], [4, 4], [0, 3], [2, 0, 2], [2, 2, 2], [3, 2, 4], [1, 1, 1],
    [2, 1, 3, 2], [1001], [40, 30], [2000, 2], [2, 700], [11, 10, 10], [5, 1, 250], [8, 200], [1, 1100],
]


def values_of(kind, seed, count, scale):
    """A list of Python numbers: the recipe's, the same everywhere."""
    rng = random.Random(seed)
    if kind == "bool":
        return [rng.random() < 0.5 for _ in range(count)]
    if kind == "int":
        return [rng.randint(-scale, scale) if scale > 0 else rng.randint(0, -scale) for _ in range(count)]
    if kind == "complex":
        return [complex(rng.gauss(0, 1) * scale, rng.choice([0.0, rng.gauss(0, 1)])) for _ in range(count)]
    out = []
    for _ in range(count):
        x = rng.gauss(0, 1) * scale
        if kind == "whole":
            x = float(round(x))
        elif kind == "wide":
            x *= 10 ** rng.randint(-6, 6)
        elif kind == "zeros":
            x = 0.0
        elif kind == "special":
            x = rng.choice([x, x, x, 0.0, -0.0, float("nan"), float("inf"), -float("inf")])
        elif kind == "specialwhole":
            x = rng.choice([float(round(x)), 0.0, float("nan"), float("inf"), -float("inf")])
        elif kind == "onlyspecial":
            x = rng.choice([0.0, float("nan"), float("inf"), -float("inf")])
        out.append(x)
    return out


def count_of(shape):
    n = 1
    for size in shape:
        n *= size
    return n


def options_of(rng):
    r = rng.random()
    if r < 0.6:
        return {}
    return rng.choice([
        {"precision": 2}, {"precision": 8}, {"precision": 0}, {"sci_mode": True}, {"sci_mode": False}, {"linewidth": 40},
        {"linewidth": 200}, {"threshold": 5}, {"threshold": 3, "edgeitems": 1}, {"edgeitems": 2}, {"profile": "short"},
        {"profile": "full", "linewidth": 120}, {"precision": 1, "linewidth": 30, "threshold": 10, "edgeitems": 2},
        {"edgeitems": 0}, {"edgeitems": 0, "threshold": 2},
    ])


def cases():
    rng = random.Random(20260101)
    for i in range(2000):
        shape = rng.choice(SHAPES)
        options = options_of(rng)
        if count_of(shape) > 1000 and (options.get("profile") == "full" or rng.random() < 0.5):
            shape = rng.choice([[3], [2, 3], [12]])
        group = rng.random()
        if group < 0.68:
            dtype = rng.choice(FLOATS[:2] + FLOATS)
            kinds = ["normal", "whole", "wide", "special", "specialwhole", "onlyspecial", "zeros"]
            kind = rng.choice(["normal"] * 4 + kinds)
            scale = rng.choice([1.0, 1.0, 1e-3, 1e-5, 10.0, 300.0, 1e4] + ([1e6, 1e9, 1e20] if dtype[5:] in ("32", "64") else []))
            graph = rng.choice(["", "", "", "leaf", "mul", "exp", "view", "param"])
        elif group < 0.86:
            dtype, kind, graph = rng.choice(INTEGERS), "int", ""
            scale = rng.choice([1, 9, 100] + ([30000] if dtype not in ("int8", "uint8") else []) + ([10**12] if dtype == "int64" else []))
            scale = -scale if dtype == "uint8" else scale
        elif group < 0.94:
            dtype, kind, scale, graph = "bool", "bool", 1, ""
        else:
            dtype, kind, scale, graph = rng.choice(["complex64", "complex128"]), "complex", rng.choice([1.0, 100.0]), ""
        default = "float64" if rng.random() < 0.08 else "float32"
        yield [kind, i, scale, shape, dtype, options, default, graph]


def build(torch, case):
    """The tensor of a case, in whatever library ``torch`` is."""
    kind, seed, scale, shape, dtype, _, _, graph = case
    values = values_of(kind, seed, count_of(shape), scale)
    t = torch.tensor(values, dtype=getattr(torch, dtype)).reshape(shape)
    if graph == "param":
        return torch.nn.Parameter(t)
    if graph:
        t.requires_grad_()
    return {"mul": lambda: t * 1, "exp": lambda: t.exp(), "view": lambda: t.view(t.shape)}.get(graph, lambda: t)()


def show(torch, case, to_text=repr):
    """The text of a case, printed under its own options and default dtype."""
    torch.set_printoptions(profile="default")
    torch.set_default_dtype(torch.float32)
    try:
        tensor = build(torch, case)
        torch.set_default_dtype(getattr(torch, case[6]))
        torch.set_printoptions(**case[5])
        return to_text(tensor)
    finally:
        torch.set_printoptions(profile="default")
        torch.set_default_dtype(torch.float32)


if __name__ == "__main__":
    import torch

    rows = [case + [show(torch, case)] for case in cases()]
    with open(PATH, "wb") as f, gzip.GzipFile(fileobj=f, mode="wb", compresslevel=9, mtime=0) as z:
        z.write(json.dumps(rows, separators=(",", ":")).encode())
    print(len(rows), "cases,", os.path.getsize(PATH), "bytes")
