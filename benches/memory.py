"""Resident memory over training steps of random sizes: `python benches/memory.py [--steps 100000]` (Linux).

An LSTM with a linear layer, Adam, random batch and sequence lengths. Prints the least and the largest resident memory after
the first tenth of the steps, in MB, and their ratio.
"""
import argparse
import random
import time

import rgrad as torch
from rgrad import nn


def resident() -> float:
    """MB of this process that are in memory."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=100_000)
    steps = parser.parse_args().steps
    random.seed(0)
    lstm, head = nn.LSTM(16, 32, batch_first=True), nn.Linear(32, 4)
    optimizer = torch.optim.Adam([*lstm.parameters(), *head.parameters()])
    seen, start = [], time.perf_counter()
    for step in range(steps):
        batch, length = random.randrange(1, 64), random.randrange(1, 40)
        x, y = torch.randn(batch, length, 16), torch.randint(0, 4, (batch,))
        optimizer.zero_grad()
        nn.functional.cross_entropy(head(lstm(x)[0][:, -1]), y).backward()
        optimizer.step()
        if step >= steps // 10 and step % 100 == 0:
            seen.append(resident())
    low, high = min(seen), max(seen)
    print(f"{steps} steps in {time.perf_counter() - start:.0f} s: {low:.1f} to {high:.1f} MB, ratio {high / low:.3f}")


if __name__ == "__main__":
    main()
