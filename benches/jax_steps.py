"""Training steps of four networks beside JAX's jitted ones, in one run: SGD with momentum on Linear-Sigmoid-Linear-Sigmoid.

    python benches/jax_steps.py [--rounds 5]          (where jax can be imported)

Both sides take the same sizes and options; they take turns in this process, and a step of JAX ends when its results are
there. Prints microseconds a step, the median of the rounds' best, and the ratio JAX / rgrad.
"""
import argparse
import statistics
import time

import jax
import jax.numpy as jnp
import numpy as np

import rgrad as torch

NETWORKS = [(3, 3, 3, 4), (64, 128, 10, 32), (784, 512, 10, 128), (1000, 10000, 10, 64)]
RATE, MOMENTUM, DECAY = 0.002, 0.9, 1e-5


def data(i: int, h: int, o: int, batch: int):
    """Weights of PyTorch's shapes, inputs and classes."""
    random = np.random.default_rng(0)
    shapes = [(h, i), (h,), (o, h), (o,)]
    weights = [random.uniform(-1, 1, s).astype("float32") / np.sqrt(s[-1]) for s in shapes]
    return weights, random.standard_normal((batch, i), "float32"), random.integers(0, o, batch)


def jax_step(weights, x, y):
    """A jitted step that gives its buffers back to itself."""

    def loss(p):
        hidden = jax.nn.sigmoid(x @ p[0].T + p[1])
        logits = jax.nn.log_softmax(jax.nn.sigmoid(hidden @ p[2].T + p[3]))
        return -jnp.take_along_axis(logits, y[:, None], 1).mean()

    def update(p, m):
        slopes = [g + DECAY * w for g, w in zip(jax.grad(loss)(p), p)]
        m = [MOMENTUM * a + g for a, g in zip(m, slopes)]
        return [w - RATE * a for w, a in zip(p, m)], m

    x, y = jnp.asarray(x), jnp.asarray(y)
    state = [jnp.asarray(w) for w in weights], [jnp.zeros(w.shape, "float32") for w in weights]
    step = jax.jit(update, donate_argnums=(0, 1))

    def run():
        nonlocal state
        state = step(*state)
        state[0][0].block_until_ready()

    return run


def rgrad_step(weights, x, y):
    """The same as a PyTorch program has it."""
    nn = torch.nn
    (h, i), o = weights[0].shape, weights[3].shape[0]
    model = nn.Sequential(nn.Linear(i, h), nn.Sigmoid(), nn.Linear(h, o), nn.Sigmoid())
    with torch.no_grad():
        for parameter, value in zip(model.parameters(), weights):
            parameter.copy_(torch.from_numpy(value))
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE, momentum=MOMENTUM, weight_decay=DECAY)
    x, y = torch.from_numpy(x), torch.from_numpy(y)

    def run():
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()

    return run


def best(run, seconds: float = 0.3) -> float:
    """The shortest of many calls, in microseconds."""
    shortest, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        run()
        shortest = min(shortest, time.perf_counter() - start)
    return shortest * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    print(f"jax {jax.__version__}, {torch.get_num_threads()} threads\n{'network':<22}{'rgrad us':>12}{'jax us':>12}{'ratio':>8}")
    for sizes in NETWORKS:
        sides = [make(*data(*sizes)) for make in (rgrad_step, jax_step)]
        for run in sides:
            [run() for _ in range(3)]
        times = [[best(run) for run in sides] for _ in range(rounds)]
        ours, theirs = (statistics.median(t[k] for t in times) for k in (0, 1))
        ratio = statistics.median(t[1] / t[0] for t in times)
        i, h, o, batch = sizes
        print(f"{f'{i}-{h}-{o} b{batch}':<22}{ours:>12.1f}{theirs:>12.1f}{ratio:>8.2f}")


if __name__ == "__main__":
    main()
