"""What each part of a call costs: the table "Budget of a call" in docs/architecture.md.

    python benches/budget.py

Nanoseconds of one statement on 4x4 float32 tensors: the smallest of nine runs, less the empty loop of the same length.
"""
import time

import rgrad as torch

LOOPS, RUNS = 100_000, 9

ROWS = [
    ("an operator, nothing to promote", "a + b"),
    ("a function of the table", "torch.add(a, b)"),
    ("a keyword and its number", "torch.add(a, b, alpha=1)"),
    ("a Python number", "a + 1.0"),
    ("recording: the node and its saved tensors", "w + a"),
    ("a mode switched off and on", "with torch.no_grad(): w + a"),
    ("a reduction", "a.sum()"),
    ("a view", "a[0]"),
    ("a view that is recorded", "w[0]"),
    ("a number read", "x.item()"),
    ("broadcasting, by the general frame", "a + row"),
    ("promotion, by the general frame", "a + double"),
    ("in place: version, overlap, destination; by the general frame", "a.mul_(b)"),
    ("in place on a view", "a[0].mul_(row)"),
    ("forward and backward of two nodes and a leaf", "(w + a).sum().backward()"),
    ("the same with a hook in Python on the leaf", "(hooked + a).sum().backward()"),
]


def tensors() -> dict:
    """The names that statements use."""
    hooked = torch.ones(4, 4, requires_grad=True)
    hooked.register_hook(lambda grad: None)
    return {
        "torch": torch, "a": torch.ones(4, 4), "b": torch.ones(4, 4), "row": torch.ones(4), "x": torch.ones(()), "hooked": hooked,
        "double": torch.ones(4, 4, dtype=torch.float64), "w": torch.ones(4, 4, requires_grad=True),
    }


def loop(statement: str, names: dict):
    """A function that runs the statement LOOPS times and gives the nanoseconds."""
    exec(f"def run(n):\n for _ in range(n):\n  {statement}", names)
    run = names["run"]

    def timed() -> int:
        start = time.perf_counter_ns()
        run(LOOPS)
        return time.perf_counter_ns() - start

    return timed


def main() -> None:
    empty = loop("pass", {})
    print("| part | statement | ns |\n|---|---|---|")
    for part, statement in ROWS:
        timed = loop(statement, tensors())
        best = min(timed() - empty() for _ in range(RUNS))
        print(f"| {part} | `{statement}` | {best / LOOPS:.0f} |")


if __name__ == "__main__":
    main()
