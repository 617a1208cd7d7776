#!/usr/bin/env python3
"""Times of whole workloads, side by side with PyTorch where there is one.

    python benches/ratio.py [--a PYTHON:MODULE] [--b PYTHON:MODULE] [--threads 2] [--only REGEX] [--rounds 5] [--json OUT]

Side a is rgrad in this interpreter. Side b is torch in this interpreter if it can be imported, or what ``--b`` names
(each side may live in an environment of its own); without one the absolute times are printed. Each side is a process.
They take turns, a b a b, on each workload, and answer with the best of their repeats in that turn. The ratio b/a is
the median over the turns: above 1, rgrad is faster.
"""
import argparse
import importlib
import importlib.util
import json
import math
import os
import re
import statistics
import subprocess
import sys
import time


def workloads(torch):
    """name -> function that makes the thing to time. Everything here is plain PyTorch API."""
    nn, F, optim = torch.nn, torch.nn.functional, torch.optim
    W = {}

    def add(name):
        def put(make):
            W[name] = make
            return make
        return put

    # --- per-call cost -----------------------------------------------------------------------
    def small(fn, grad=False):
        def make():
            a = torch.randn(2, 3, requires_grad=grad)
            b = torch.randn(2, 3)
            return lambda: fn(a, b)
        return make
    W["call/add"] = small(lambda a, b: a + b)
    W["call/add_grad"] = small(lambda a, b: a + b, True)
    W["call/mul_scalar"] = small(lambda a, b: a * 2.0)
    W["call/sum"] = small(lambda a, b: a.sum())
    W["call/index"] = small(lambda a, b: a[0])
    W["call/item"] = small(lambda a, b: a[0, 1].item())
    W["call/reshape"] = small(lambda a, b: a.reshape(3, 2))
    W["call/transpose"] = small(lambda a, b: a.t())
    W["call/matmul"] = small(lambda a, b: a @ b.t())
    W["call/relu"] = small(lambda a, b: torch.relu(a))
    W["call/softmax"] = small(lambda a, b: torch.softmax(a, 1))
    W["call/randn"] = small(lambda a, b: torch.randn(2, 3))
    W["call/zeros"] = small(lambda a, b: torch.zeros(2, 3))
    W["call/backward"] = small(lambda a, b: (a + b).sum().backward(), True)

    @add("engine/chain1000")
    def _():
        x = torch.randn(16, requires_grad=True)
        def run():
            y = x
            for _ in range(1000):
                y = y * 1.0001
            y.sum().backward()
        return run

    @add("engine/wide1000")
    def _():
        xs = [torch.randn(16, requires_grad=True) for _ in range(1000)]
        def run():
            t = xs[0]
            for x in xs[1:]:
                t = t + x
            t.sum().backward()
        return run

    # --- training steps ----------------------------------------------------------------------
    class Perception(nn.Module):
        def __init__(self, i, h, o):
            super().__init__()
            self.layer = nn.Sequential(nn.Linear(i, h), nn.Sigmoid(), nn.Linear(h, o), nn.Sigmoid())
        def forward(self, x):
            return self.layer(x)

    def mlp(i, h, o, batch, opt):
        def make():
            model = Perception(i, h, o)
            optimizer = opt(model.parameters())
            loss_fn = nn.CrossEntropyLoss()
            x, y = torch.randn(batch, i), torch.randint(0, o, (batch,))
            def run():
                optimizer.zero_grad()
                loss_fn(model(x), y).backward()
                optimizer.step()
            return run
        return make
    def sgd(p):
        return optim.SGD(p, lr=0.002, momentum=0.9, weight_decay=1e-5)

    def adam(p):
        return optim.Adam(p, lr=0.002, weight_decay=1e-4)

    def rms(p):
        return optim.RMSprop(p, lr=0.002, alpha=0.9)

    for tag, dims in (("3-3-3 b4", (3, 3, 3, 4)), ("64-128-10 b32", (64, 128, 10, 32)),
                      ("784-512-10 b128", (784, 512, 10, 128)), ("1000-10000-10 b64", (1000, 10000, 10, 64))):
        for name, opt in (("sgd", sgd), ("adam", adam), ("rmsprop", rms)):
            W[f"step/mlp {tag} {name}"] = mlp(*dims, opt)

    @add("step/lenet b64")
    def _():
        model = nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
                              nn.Flatten(), nn.Linear(9216, 128), nn.ReLU(), nn.Linear(128, 10))
        optimizer = sgd(model.parameters())
        x, y = torch.randn(64, 1, 28, 28), torch.randint(0, 10, (64,))
        def run():
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
        return run

    @add("step/resblock b16 64x28x28")
    def _():
        conv1, conv2 = nn.Conv2d(64, 64, 3, padding=1, bias=False), nn.Conv2d(64, 64, 3, padding=1, bias=False)
        bn1, bn2 = nn.BatchNorm2d(64), nn.BatchNorm2d(64)
        params = [p for m in (conv1, conv2, bn1, bn2) for p in m.parameters()]
        optimizer = sgd(params)
        x = torch.randn(16, 64, 28, 28)
        def run():
            optimizer.zero_grad()
            h = F.relu(bn1(conv1(x)))
            F.relu(bn2(conv2(h)) + x).mean().backward()
            optimizer.step()
        return run

    @add("step/lstm 64-128 t50 b16")
    def _():
        model = nn.LSTM(64, 128, batch_first=True)
        x = torch.randn(16, 50, 64)
        def run():
            for p in model.parameters():
                p.grad = None
            model(x)[0].sum().backward()
        return run

    @add("step/transformer 128d 4h t64 b8")
    def _():
        model = nn.TransformerEncoderLayer(128, 4, 512, dropout=0.0, batch_first=True)
        x = torch.randn(8, 64, 128)
        def run():
            for p in model.parameters():
                p.grad = None
            model(x).sum().backward()
        return run

    @add("step/gpt block 256d 8h t128 b4")
    def _():
        qkv, proj = nn.Linear(256, 768), nn.Linear(256, 256)
        up, down = nn.Linear(256, 1024), nn.Linear(1024, 256)
        n1, n2 = nn.LayerNorm(256), nn.LayerNorm(256)
        params = [p for m in (qkv, proj, up, down, n1, n2) for p in m.parameters()]
        optimizer = optim.AdamW(params, lr=1e-4)
        x = torch.randn(4, 128, 256)
        def run():
            optimizer.zero_grad()
            q, k, v = qkv(n1(x)).split(256, dim=2)
            q, k, v = (t.view(4, 128, 8, 32).transpose(1, 2) for t in (q, k, v))
            a = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            h = x + proj(a.transpose(1, 2).reshape(4, 128, 256))
            (h + down(F.gelu(up(n2(h))))).pow(2).mean().backward()
            optimizer.step()
        return run

    @add("infer/mlp 64-128-10 b1")
    def _():
        model = Perception(64, 128, 10)
        x = torch.randn(1, 64)
        def run():
            with torch.no_grad():
                model(x)
        return run

    # --- kernels -----------------------------------------------------------------------------
    for n in (64, 128, 256, 500, 512, 1024, 2048):
        def make(n=n):
            a, b = torch.randn(n, n), torch.randn(n, n)
            return lambda: a @ b
        W[f"matmul/{n}"] = make
    def make():
        a, b = torch.randn(1024, 1024, dtype=torch.float64), torch.randn(1024, 1024, dtype=torch.float64)
        return lambda: a @ b
    W["matmul/1024 f64"] = make
    def make():
        a, b = torch.randn(64, 1000), torch.randn(10000, 1000)
        return lambda: F.linear(a, b)
    W["matmul/linear 64x1000x10000"] = make
    def make():
        a, b = torch.randn(1, 4096), torch.randn(4096, 4096)
        return lambda: F.linear(a, b)
    W["matmul/linear b1 4096"] = make
    def make():
        a, b = torch.randn(64, 128, 64), torch.randn(64, 64, 128)
        return lambda: a @ b
    W["matmul/bmm 64x128x64"] = make
    for shape, tag in (((64, 64, 56), "64@56"), ((256, 256, 14), "256@14"), ((16, 16, 32), "16@32"), ((3, 64, 112), "3-64@112")):
        def make(shape=shape):
            i, o, s = shape
            conv = nn.Conv2d(i, o, 3, padding=1)
            x = torch.randn(8, i, s, s)
            def run():
                with torch.no_grad():
                    conv(x)
            return run
        W[f"conv/fwd {tag} b8"] = make
        def make(shape=shape):
            i, o, s = shape
            conv = nn.Conv2d(i, o, 3, padding=1)
            x = torch.randn(8, i, s, s, requires_grad=True)
            g = torch.randn(8, o, s, s)
            def run():
                conv(x).backward(g)
            return run
        W[f"conv/fwd+bwd {tag} b8"] = make
    def unary(fn, n):
        def make():
            x = torch.randn(n)
            return lambda: fn(x)
        return make
    for n, tag in ((10_000, "10k"), (10_000_000, "10M")):
        W[f"map/add {tag}"] = unary(lambda x: x + x, n)
        W[f"map/exp {tag}"] = unary(lambda x: torch.exp(x), n)
        W[f"map/tanh {tag}"] = unary(lambda x: torch.tanh(x), n)
        W[f"map/sigmoid {tag}"] = unary(lambda x: torch.sigmoid(x), n)
        W[f"map/gelu {tag}"] = unary(lambda x: F.gelu(x), n)
        W[f"map/relu {tag}"] = unary(lambda x: torch.relu(x), n)
    def make():
        x, y = torch.randn(4096, 1024), torch.randn(1024)
        return lambda: x * y
    W["map/broadcast mul 4096x1024"] = make
    def make():
        x = torch.randn(10_000_000)
        o = torch.empty(10_000_000)
        return lambda: torch.add(x, x, out=o)
    W["map/add out= 10M"] = make
    def red(fn, *shape):
        def make():
            x = torch.randn(*shape)
            return lambda: fn(x)
        return make
    W["reduce/sum 10M"] = red(lambda x: x.sum(), 10_000_000)
    W["reduce/sum dim0 4096x1024"] = red(lambda x: x.sum(0), 4096, 1024)
    W["reduce/sum dim1 4096x1024"] = red(lambda x: x.sum(1), 4096, 1024)
    W["reduce/mean+var 4096x1024"] = red(lambda x: (x.mean(1), x.var(1)), 4096, 1024)
    W["reduce/max dim1 4096x1024"] = red(lambda x: x.max(1), 4096, 1024)
    W["reduce/softmax 4096x1024"] = red(lambda x: torch.softmax(x, 1), 4096, 1024)
    W["reduce/cumsum 4096x1024"] = red(lambda x: x.cumsum(1), 4096, 1024)
    W["reduce/sort 1M"] = red(lambda x: x.sort(), 1_000_000)
    W["move/transpose copy 4096x1024"] = red(lambda x: x.t().contiguous(), 4096, 1024)
    def make():
        xs = [torch.randn(256, 1024) for _ in range(8)]
        return lambda: torch.cat(xs, 1)
    W["move/cat 8x256x1024"] = make
    def make():
        x, i = torch.randn(50_000, 128), torch.randint(0, 50_000, (8192,))
        return lambda: x[i]
    W["move/gather rows 8192x128"] = make
    def make():
        e, i = nn.Embedding(50_000, 128), torch.randint(0, 50_000, (64, 128))
        return lambda: e(i).sum().backward()
    W["move/embedding fwd+bwd"] = make

    # --- one tensor of 10 million parameters, in one pass ---------------------------------------
    def fused(opt, **options):
        def make():
            p = torch.randn(10_000_000, requires_grad=True)
            p.grad = torch.randn(10_000_000)
            return opt([p], lr=1e-3, fused=True, **options).step
        return make
    W["optim/adam 10M fused"] = fused(optim.Adam)
    W["optim/sgd 10M fused"] = fused(optim.SGD, momentum=0.9, weight_decay=1e-5)
    W["random/randn 1M"] = lambda: (lambda: torch.randn(1_000_000))
    W["random/dropout 1M"] = red(lambda x: F.dropout(x, 0.5), 1_000_000)
    return W


def worker(module, threads):
    """Answers on stdout for the names that come on stdin."""
    for name in ("nn", "nn.functional", "optim"):
        importlib.import_module(f"{module}.{name}")
    torch = importlib.import_module(module)
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    table = workloads(torch)
    print(json.dumps(list(table)), flush=True)
    name, run = None, None
    for line in sys.stdin:
        try:
            if line.rstrip("\n") != name:
                name, run = line.rstrip("\n"), None
                run = table[name]()
                for _ in range(3):
                    run()
            print(json.dumps({"seconds": best_of(run)}), flush=True)
        except Exception as error:  # a workload that a side cannot run is a row, not an end
            name = None
            print(json.dumps({"error": f"{type(error).__name__}: {error}"[:160]}), flush=True)


def best_of(run, repeats=5, share=0.02):
    """Seconds of one call, the best of some repeats of about ``share`` seconds each."""
    clock = time.perf_counter
    start = clock()
    run()
    count = max(1, min(2000, int(share / max(clock() - start, 1e-8))))
    best = math.inf
    for _ in range(repeats):
        start = clock()
        for _ in range(count):
            run()
        best = min(best, (clock() - start) / count)
    return best


class Side:
    """A library in a process of its own."""

    def __init__(self, spec, threads):
        python, _, module = spec.rpartition(":")
        env = {key: value for key, value in os.environ.items() if not key.startswith("OPENBLAS_")}
        command = [python, __file__, "--worker", module, "--threads", str(threads)]
        self.process = subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        first = self.process.stdout.readline()
        if not first:
            sys.exit(f"{spec}: the worker did not start")
        self.names = json.loads(first)

    def time(self, name):
        self.process.stdin.write(name + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline() or '{"error": "the worker died"}')
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["seconds"]


def measure(sides, name, rounds):
    """Median seconds of each side, and the median ratio."""
    times = [[side.time(name) for side in sides] for _ in range(rounds)]
    row = {"name": name, "a": statistics.median(t[0] for t in times)}
    if len(sides) > 1:
        row |= {"b": statistics.median(t[1] for t in times), "ratio": statistics.median(t[1] / t[0] for t in times)}
    return row


def show(row):
    text = f"{row['name']:36s} {row['a'] * 1e6:11.2f} us"
    if "ratio" in row:
        text += f"   torch {row['b'] * 1e6:11.2f} us   {row['ratio']:7.2f} x"
    print(text, flush=True)


def summary(rows):
    groups = {}
    for row in rows:
        if "ratio" in row:
            groups.setdefault(row["name"].split("/")[0], []).append(row["ratio"])
    for group, ratios in groups.items():
        mean = math.exp(statistics.fmean(map(math.log, ratios)))
        print(f"{group:12s} {len(ratios):2d} rows, least {min(ratios):.2f} x, geometric mean {mean:.2f} x")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--a", default=f"{sys.executable}:rgrad")
    parser.add_argument("--b")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="a regular expression for names of workloads")
    parser.add_argument("--json")
    args = parser.parse_args()
    if args.worker:
        return worker(args.worker, args.threads)
    other = args.b or (f"{sys.executable}:torch" if importlib.util.find_spec("torch") else None)
    sides = [Side(spec, args.threads) for spec in (args.a, other) if spec]
    rows = []
    for name in sides[0].names:
        if not re.search(args.only, name):
            continue
        try:
            rows.append(measure(sides, name, args.rounds))
            show(rows[-1])
        except RuntimeError as error:
            rows.append({"name": name, "error": str(error)})
            print(f"{name:36s} {error}", flush=True)
    summary(rows)
    if args.json:
        with open(args.json, "w") as file:
            json.dump(rows, file, indent=1)
    for side in sides:
        side.process.stdin.close()


if __name__ == "__main__":
    main()
