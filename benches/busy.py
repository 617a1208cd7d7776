"""A training step on a machine that is busy: `python benches/busy.py [--seconds 10]`.

Times single steps of the 784-512-10 network (batch 128, SGD with momentum) alone, then while two other processes loop
in Python. Prints the median and the 99th percentile, in microseconds and as multiples of the quiet median.
"""
import argparse
import statistics
import subprocess
import sys
import time

import rgrad as torch
from rgrad import nn


def step():
    """One step as a function of nothing."""
    model = nn.Sequential(nn.Linear(784, 512), nn.Sigmoid(), nn.Linear(512, 10), nn.Sigmoid())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.002, momentum=0.9, weight_decay=1e-5)
    loss_fn = nn.CrossEntropyLoss()
    x, y = torch.randn(128, 784), torch.randint(0, 10, (128,))

    def run():
        optimizer.zero_grad()
        loss_fn(model(x), y).backward()
        optimizer.step()

    return run


def times(run, seconds: float):
    """Seconds of each call in about so many seconds."""
    out, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        run()
        out.append(time.perf_counter() - start)
    return sorted(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10.0)
    seconds = parser.parse_args().seconds
    torch.set_num_threads(2)
    run = step()
    times(run, 1.0)
    quiet = times(run, seconds)
    others = [subprocess.Popen([sys.executable, "-c", "while True: sum(range(1000))"]) for _ in range(2)]
    try:
        time.sleep(0.5)
        busy = times(run, seconds)
    finally:
        for other in others:
            other.kill()
    unit = statistics.median(quiet)
    for name, row in (("quiet", quiet), ("busy", busy)):
        median, late = statistics.median(row), row[len(row) * 99 // 100]
        print(f"{name:6s} median {median * 1e6:9.1f} us ({median / unit:.2f} x)   99 % {late * 1e6:9.1f} us ({late / unit:.2f} x)")


if __name__ == "__main__":
    main()
