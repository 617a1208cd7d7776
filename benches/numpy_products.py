"""Matrix products beside NumPy's BLAS, in one run: `python benches/numpy_products.py [--threads 2] [--rounds 7]`.

Square float32 and float64 matrices into an existing result; the sides take turns, with pauses in which the threads of the
other side, which look out for work for a while, fall asleep. Prints microseconds, GFLOP/s and the
ratio NumPy / rgrad, the median of the rounds: above 1, rgrad is faster.
"""
import argparse
import os
import statistics
import time

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--rounds", type=int, default=7)
options = parser.parse_args()
# NumPy's library reads this when it is loaded.
os.environ["OPENBLAS_NUM_THREADS"] = str(options.threads)
os.environ.pop("OPENBLAS_CORETYPE", None)

import numpy as np  # noqa: E402

import rgrad as torch  # noqa: E402


def seconds(run, count: int) -> float:
    """Seconds of a call, over so many after a pause and a first one."""
    time.sleep(0.3)
    run()
    start = time.perf_counter()
    for _ in range(count):
        run()
    return (time.perf_counter() - start) / count


def compare(dtype: str, n: int):
    """Prints a row."""
    a, b = (np.random.default_rng(i).standard_normal((n, n)).astype(dtype) for i in range(2))
    c, x, y = np.empty_like(a), torch.from_numpy(a), torch.from_numpy(b)
    z = torch.from_numpy(np.empty_like(a))
    sides = [lambda: torch.mm(x, y, out=z), lambda: np.matmul(a, b, out=c)]
    count = max(1, int(2e-2 / max(seconds(sides[1], 2), 1e-7)))
    rounds = [[seconds(side, count) for side in sides] for _ in range(options.rounds)]
    ours, theirs = (statistics.median(r[i] for r in rounds) for i in range(2))
    ratio, rate = statistics.median(r[1] / r[0] for r in rounds), 2 * n**3 / ours / 1e9
    print(f"{dtype} {n:5d}   rgrad {ours * 1e6:10.1f} us {rate:6.1f} GFLOP/s   numpy {theirs * 1e6:10.1f} us   {ratio:.2f} x")


def main():
    torch.set_num_threads(options.threads)
    print(f"NumPy {np.__version__}, {options.threads} threads")
    for dtype in ("float32", "float64"):
        for n in (64, 128, 256, 512, 1024, 2048):
            compare(dtype, n)


if __name__ == "__main__":
    main()
