"""Writes tests/golden/random_fused.bin or random_plain.bin: torch's CPU draws, replayed by src/kernels/random/tests.rs.

Run by hand, once per set of formulas, with a Linux x86-64 build of torch on a machine with AVX2:

    python tests/golden_random.py
    ATEN_CPU_CAPABILITY=default python tests/golden_random.py

A file is a list of records. A record is a text line `call dtype seed args payload_bytes crc` and that many bytes. The
record seeds one generator and makes the call for every size in SIZES in turn (`call*f`: f times the size). `crc` is
the CRC-32 of, per size, the output bytes and then the generator state. The payload, kept for the first seed only, is
the output of the sizes up to 33.
"""

import pathlib
import warnings
import zlib

import torch

SIZES = [0, 1, 2, 7, 8, 9, 15, 16, 17, 23, 24, 31, 32, 33, 100, 1000, 3]
PAYLOAD_SIZE = 33
LARGE = 997
SEEDS = [42, 0, 1, 2, 3, 123456789, 2**31, 2**32 - 1, 2**32, 2**32 + 5, 2**63 - 1, 2**63, 2**64 - 1]
DTYPES = dict(f32=torch.float32, f64=torch.float64, f16=torch.float16, bf16=torch.bfloat16, i64=torch.int64,
              i32=torch.int32, i16=torch.int16, i8=torch.int8, u8=torch.uint8, bool=torch.bool)
FLOATS = ["f32", "f64", "f16", "bf16"]
INTEGERS = ["i64", "i32", "i16", "i8", "u8", "bool"]


def empty(n, dtype):
    return torch.empty(n, dtype=DTYPES[dtype])


def cycle(values, n, dtype):
    """n numbers, going round the list."""
    return torch.tensor([values[i % len(values)] for i in range(n)], dtype=DTYPES[dtype])


def multinomial(n, dtype, rows, categories, replacement):
    """Rows of weights (7 i % 11) / 8; n is the number of samples of a row. Without replacement no weight is 0, for ties."""
    n = n if replacement else min(n, categories)
    if n == 0:
        return empty(0, "i64")
    weights = cycle([(7 * i % 11 + 1 - replacement) / 8 for i in range(11)], int(rows) * int(categories), dtype)
    return torch.multinomial(weights.reshape(int(rows), int(categories)), n, replacement=bool(replacement))


RATES = [0, 0.3, 1, 3.5, 9.75, 10, 12.5, 30, 90]
SHAPES = [0.05, 0.3, 0.75, 1, 1.5, 2, 9, 30]
CHANCES = [0, 0.125, 0.3, 0.5, 0.9, 1]
COUNTS = [0, 1, 5, 20, 40, 100, 1000]

CALLS = dict(
    uniform=lambda n, t, a, b: empty(n, t).uniform_(a, b),
    normal=lambda n, t, m, s: empty(n, t).normal_(m, s),
    normal_serial=lambda n, t, m, s: empty(2 * n, t)[::2].normal_(m, s),
    randint=lambda n, t, a, b: empty(n, t).random_(a, b),
    randint_open=lambda n, t, a: empty(n, t).random_(a, None),
    random=lambda n, t: empty(n, t).random_(),
    randperm=lambda n, t: torch.randperm(n, dtype=DTYPES[t]),
    bernoulli=lambda n, t, p: empty(n, t).bernoulli_(p),
    bernoulli_each=lambda n, t: torch.bernoulli(cycle(CHANCES, n, t)),
    exponential=lambda n, t, lam: empty(n, t).exponential_(lam),
    geometric=lambda n, t, p: empty(n, t).geometric_(p),
    cauchy=lambda n, t, m, s: empty(n, t).cauchy_(m, s),
    log_normal=lambda n, t, m, s: empty(n, t).log_normal_(m, s),
    poisson=lambda n, t: torch.poisson(cycle(RATES, n, t)),
    gamma=lambda n, t: torch._standard_gamma(cycle(SHAPES, n, t)),
    gamma_edge=lambda n, t: torch._standard_gamma(cycle([0, -1, -0.5], n, t)),
    binomial=lambda n, t: torch.binomial(cycle(COUNTS, n, t), cycle(CHANCES, n, t)),
    multinomial=multinomial,
)

# Calls made once more with LARGE times the sizes.
LARGE_CALLS = [
    ("uniform", "f32", (0, 1)), ("uniform", "f64", (-1, 3)), ("normal", "f32", (0, 1)), ("normal", "f64", (0, 1)),
    ("normal", "bf16", (0.5, 2)), ("normal", "f16", (0.5, 2)), ("normal_serial", "f32", (0, 1)),
    ("bernoulli", "f32", (0.3,)), ("exponential", "f64", (1,)), ("cauchy", "f64", (0, 1)),
    ("log_normal", "f64", (0, 1)), ("geometric", "f32", (0.01,)), ("randperm", "i64", ()),
    ("randint", "i64", (0, 10)), ("poisson", "f64", ()), ("gamma", "f64", ()), ("binomial", "f64", ()),
]

# Calls whose bits depend on fused multiply-adds.
FUSED = ["uniform", "normal", "normal_serial", "cauchy", "log_normal"]


def records():
    """Yields (call, dtype, args)."""
    for dtype in FLOATS:
        for args in [(0, 1), (-0.37, 1.93), (1, 1.004), (2.5, 2.5)]:
            yield "uniform", dtype, args
        for args in [(0, 1), (0.1, 0.3)]:
            yield "normal", dtype, args
            yield "normal_serial", dtype, args
        yield "bernoulli_each", dtype, ()
        yield "exponential", dtype, (0.7,)
        yield "cauchy", dtype, (0.25, 1.5)
        yield "log_normal", dtype, (0.5, 0.8)
        yield "poisson", dtype, ()
        yield "geometric", dtype, (0.2,)
        for args in [(1, 11, 1), (3, 7, 1), (1, 64, 0)] if dtype in ("f32", "f64") else [(3, 7, 1)]:
            yield "multinomial", dtype, args
    for dtype in ["f32", "f64"]:
        yield "gamma", dtype, ()
        yield "gamma_edge", dtype, ()
        yield "binomial", dtype, ()
    yield "uniform", "f32", (-1e30, 3e7)
    yield "uniform", "f32", (1, 1.0000003)
    for dtype in FLOATS + INTEGERS:
        yield "random", dtype, ()
        for p in [0, 0.3, 1] if dtype == "f32" else [0.1]:
            yield "bernoulli", dtype, (p,)
        yield "randint", dtype, (0, 2)
        yield "randint_open", dtype, (1 if dtype == "bool" else 3,)
    for dtype in ["i32", "i16", "i8", "u8"]:
        yield "geometric", dtype, (0.2,)
    yield "randperm", "i64", ()
    for dtype in ["i64", "f32", "f64", "bf16"]:
        yield "randint_open", dtype, (-2**63,)
        for bounds in [(-5, 2**28 - 6), (-5, 2**28 - 5), (7, 2**40), (-2**63, 2**63 - 1), (-2**62 - 1, 2**61 + 3)]:
            yield "randint", dtype, bounds
    for dtype, bounds in [("f16", (-2049, 4099)), ("f16", (1, 65504)), ("bf16", (-257, 515)), ("f32", (2**24 + 1, 2**25 + 3)),
                          ("f64", (0, 2**53 + 1)), ("i8", (-128, 127)), ("u8", (3, 255)), ("i32", (-2**31, 2**31 - 1))]:
        yield "randint", dtype, bounds
    yield "randint", "i64", (0, 2**32)
    yield "randint", "i64", (0, 2**32 + 1)


def raw(tensor):
    tensor = tensor.contiguous()
    return tensor.view(torch.int16).numpy().tobytes() if tensor.dtype == torch.bfloat16 else tensor.numpy().tobytes()


def record(call, dtype, args, seed, keep, factor=1):
    torch.manual_seed(seed)
    payload, crc = [], 0
    for n in SIZES:
        output = raw(CALLS[call](n * factor, dtype, *args))
        crc = zlib.crc32(torch.get_rng_state().numpy().tobytes(), zlib.crc32(output, crc))
        if keep and n <= PAYLOAD_SIZE:
            payload.append(output)
    payload = b"".join(payload)
    text = ",".join(str(arg) for arg in args) or "-"
    name = call if factor == 1 else f"{call}*{factor}"
    return f"{name} {dtype} {seed} {text} {len(payload)} {crc}\n".encode() + payload


def main():
    warnings.simplefilter("ignore")
    fused = torch.backends.cpu.get_cpu_capability() != "DEFAULT"
    folder = pathlib.Path(__file__).parent / "golden"
    folder.mkdir(exist_ok=True)
    seeds = SEEDS if fused else SEEDS[:3]
    out = [record(*case, seed, i == 0) for case in records() if fused or case[0] in FUSED for i, seed in enumerate(seeds)]
    out += [record(*case, SEEDS[0], False, LARGE) for case in LARGE_CALLS if fused or case[0] in FUSED]
    data = b"".join(out)
    (folder / f"random_{'fused' if fused else 'plain'}.bin").write_bytes(data)
    print(f"torch {torch.__version__}: {len(out)} records, {len(data)} bytes")


if __name__ == "__main__":
    main()
