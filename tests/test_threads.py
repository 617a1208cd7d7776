"""Depth, threads, fork, Ctrl-C, memory: what must hold when a program is large or not alone.

Each case runs in a process of its own, so that a crash is a failed test and limits touch nobody else.
"""
import signal
import subprocess
import sys
import textwrap
import time

import pytest

BEGIN = "import gc, os, resource, signal, sys, threading, time\nimport rgrad as torch\nfrom rgrad import nn\n"
# A shell may start background jobs with SIGINT ignored, which children inherit.
BEGIN += "signal.signal(signal.SIGINT, signal.default_int_handler)\n"


def program(code):
    return BEGIN + textwrap.dedent(code)


def run(code, timeout=300):
    out = subprocess.run([sys.executable, "-c", program(code)], capture_output=True, text=True, timeout=timeout)
    assert out.returncode == 0, f"exit {out.returncode}\n{out.stderr[-3000:]}"
    return out.stdout


# --- depth: the stack is 256 KiB, whatever the graph ---------------------------------------------------------------

SMALL_STACK = """
failed = []
def body():
    try:
        work()
        gc.collect()
    except BaseException as error:
        failed.append(error)
threading.stack_size(262144)
thread = threading.Thread(target=body)
thread.start(); thread.join()
assert not failed, failed
print("done")
"""

SHAPES = {
    "chain": """
        def work():
            x = torch.ones(1, requires_grad=True)
            y = x
            for _ in range(1_000_000):
                y = y * 1.0
            y.sum().backward()
            assert x.grad.item() == 1.0
            del y
    """,
    "doubling": """
        def work():
            x = torch.zeros(1, dtype=torch.float64, requires_grad=True)
            y = x
            for _ in range(1_000_000):
                y = y + y
            y.sum().backward()
            assert x.grad.item() == float("inf")  # 2 ** 1000000
    """,
    "additions of 1000 leaves": """
        def work():
            leaves = [torch.ones(1, requires_grad=True) for _ in range(1000)]
            total = leaves[0]
            for i in range(1, 1_000_001):
                total = total + leaves[i % 1000]
            total.sum().backward()
            assert sum(leaf.grad.item() for leaf in leaves) == 1_000_001
    """,
    "custom Functions": """
        class Same(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                ctx.save_for_backward(x)
                return x * 1.0
            @staticmethod
            def backward(ctx, grad):
                ctx.saved_tensors
                return grad * 1.0
        def work():
            x = torch.ones(1, requires_grad=True)
            y = x
            for _ in range(200_000):
                y = Same.apply(y)
            y.sum().backward()
            assert x.grad.item() == 1.0
    """,
    "chain only dropped": """
        def work():
            y = torch.ones(1, requires_grad=True)
            for _ in range(1_000_000):
                y = y * 1.0
            del y
    """,
    "custom Functions only dropped": """
        class Same(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                ctx.save_for_backward(x)
                return x * 1.0
            @staticmethod
            def backward(ctx, grad):
                return grad
        def work():
            y = torch.ones(1, requires_grad=True)
            for _ in range(200_000):
                y = Same.apply(y)
            del y
    """,
    "chain held by a grad_fn and a hook": """
        def work():
            y = torch.ones(1, requires_grad=True)
            for i in range(100_000):
                y = y * 1.0
                if i % 100 == 0:
                    y.register_hook(lambda grad: None)
            node = y.grad_fn
            del y
            gc.collect()
            del node
    """,
    "views": """
        def work():
            x = torch.ones(2, 2, requires_grad=True)
            y = x * 1.0
            for _ in range(200_000):
                y = y.t()
            y.sum().backward()
            assert x.grad.tolist() == [[1.0, 1.0], [1.0, 1.0]]
    """,
    "second derivatives": """
        def work():
            x = torch.ones(1, requires_grad=True)
            y = x
            for _ in range(50_000):
                y = y * x
            g, = torch.autograd.grad(y.sum(), x, create_graph=True)
            assert g.item() == 50_001
            del y, g
    """,
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_large_graph_is_built_run_and_dropped_on_a_small_stack(shape):
    assert run(textwrap.dedent(SHAPES[shape]) + SMALL_STACK) == "done\n"


# --- cycles --------------------------------------------------------------------------------------------------------

RESIDENT = """
def resident():
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
"""

FLAT = RESIDENT + """
def measure(once, count=500):
    # The first rounds fill the allocator's caches; collecting on the way keeps the peak, which it may keep, low.
    sizes = []
    for _ in range(4):
        for i in range(count):
            once()
            if i % 50 == 0:
                gc.collect()
        sizes.append(resident())
    grown = sizes[3] - sizes[1]
    assert grown < 32 << 20, f"{grown} bytes more after {2 * count} loops of at least 256 KiB each: {sizes}"
"""

CYCLES = {
    "module, output, hook and context": """
        class Scale(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x, module):
                ctx.module = module
                ctx.save_for_backward(x)
                out = x * 2
                return out
            @staticmethod
            def backward(ctx, grad):
                return grad * 2, None
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(256, 256)
            def forward(self, x):
                out = Scale.apply(self.fc(x), self)
                self.out = out
                out.register_hook(lambda grad: self.note(grad))
                self.node = out.grad_fn
                return out
            def note(self, grad):
                self.grad = grad
        def once():
            net = Net()
            net(torch.ones(4, 256)).sum().backward()
    """,
    "the same without backward": """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(256, 256)
        def once():
            net = Net()
            out = net.fc(torch.ones(4, 256))
            out.register_hook(lambda grad: net)
            net.out = out
    """,
    "a hook that holds its own tensor": """
        def once():
            x = torch.ones(65536, requires_grad=True)
            y = x * 2
            y.register_hook(lambda grad: y)
            x.register_hook(lambda grad: x)
    """,
    "a context that holds its output": """
        class Hold(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                out = x * 2
                ctx.out = out
                return out
            @staticmethod
            def backward(ctx, grad):
                return grad * 2
        def once():
            x = torch.ones(65536, requires_grad=True)
            y = Hold.apply(x)
            y.sum().backward()
    """,
    "an attribute of a tensor that leads back to it": """
        def once():
            x = torch.ones(65536, requires_grad=True)
            y = x * 2
            y.friend = [y, x]
            x.friend = y
    """,
    "a node hook that holds its node": """
        def once():
            x = torch.ones(65536, requires_grad=True)
            y = x * 2
            node = y.grad_fn
            node.register_hook(lambda grad_in, grad_out: node)
            node.metadata["self"] = node
    """,
    "a handle that is kept with its tensor": """
        class Holder:
            pass
        def once():
            holder = Holder()
            x = torch.ones(65536, requires_grad=True)
            holder.y = x * 2
            holder.handle = holder.y.register_hook(lambda grad: holder)
    """,
    "a saved-tensor hook that holds the result": """
        def once():
            held = []
            x = torch.ones(65536, requires_grad=True)
            with torch.autograd.graph.saved_tensors_hooks(lambda t: (held, t), lambda p: p[1]):
                y = x.exp()
            held.append(y)
    """,
    "create_graph onto the leaf": """
        def once():
            x = torch.ones(65536, requires_grad=True)
            (x * x).sum().backward(create_graph=True)
            x.grad = None
    """,
}


@pytest.mark.parametrize("cycle", CYCLES)
def test_memory_is_flat_after_500_loops_that_hold_each_other(cycle):
    run(textwrap.dedent(CYCLES[cycle]) + FLAT + "measure(once)")


# --- threads -------------------------------------------------------------------------------------------------------

def test_backward_from_several_threads_over_one_graph():
    run("""
        x = torch.ones(64, requires_grad=True)
        y = x
        for _ in range(2000):
            y = y * 1.0
        errors = []
        def body():
            try:
                for _ in range(5):
                    y.sum().backward(retain_graph=True)
            except BaseException as error:
                errors.append(error)
        threads = [threading.Thread(target=body) for _ in range(4)]
        sys.setswitchinterval(1e-5)
        [t.start() for t in threads]; [t.join() for t in threads]
        assert not errors, errors
        assert x.grad.tolist() == [20.0] * 64, x.grad[0]
    """)


def test_threads_whose_python_functions_let_each_other_run():
    run("""
        class Slow(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x * 1.0
            @staticmethod
            def backward(ctx, grad):
                time.sleep(0.001)
                return grad * 1.0
        x = torch.ones(8, requires_grad=True)
        y = x
        for _ in range(20):
            y = Slow.apply(y)
        threads = [threading.Thread(target=lambda: y.sum().backward(retain_graph=True)) for _ in range(4)]
        [t.start() for t in threads]; [t.join() for t in threads]
        assert x.grad.tolist() == [4.0] * 8, x.grad
    """)


def test_large_tensors_in_several_threads_have_the_bits_of_one():
    run("""
        torch.set_num_threads(2)
        torch.manual_seed(0)
        a = torch.randn(512, 512)
        want = (a @ a).exp().sum()
        seen = []
        threads = [threading.Thread(target=lambda: seen.append((a @ a).exp().sum())) for _ in range(4)]
        [t.start() for t in threads]; [t.join() for t in threads]
        assert all(torch.equal(got, want) for got in seen) and len(seen) == 4
    """)


def test_threads_that_share_a_generator_draw_large_tensors():
    run("""
        torch.set_num_threads(2)
        def draws(seed):
            generator = torch.Generator().manual_seed(seed)
            large = torch.randn(100_000, generator=generator), torch.empty(50_003).exponential_(generator=generator)
            return torch.cat([*large, torch.rand(3, generator=generator)])
        want = draws(5)
        torch.set_num_threads(1)
        assert torch.equal(draws(5), want)
        torch.set_num_threads(2)
        def shared():
            for _ in range(20):
                torch.randn(100_000)
                assert torch.equal(draws(5), want)
                done.append(1)
        done = []
        threads = [threading.Thread(target=shared) for _ in range(4)]
        [t.start() for t in threads]; [t.join() for t in threads]
        assert len(done) == 80
    """)


def test_sixteen_threads_train_their_own_models_to_the_bits_of_one():
    run("""
        torch.set_num_threads(2)
        nn = torch.nn
        def network(seed):
            generator = torch.Generator().manual_seed(seed)
            model = nn.Sequential(nn.Linear(96, 160), nn.ReLU(), nn.Linear(160, 10))
            with torch.no_grad():
                for p in model.parameters():
                    p.copy_(torch.rand(p.shape, generator=generator) - 0.5)
            return model, torch.randn(256, 96, generator=generator)
        def train(seed):
            model, x = network(seed)
            optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
            for _ in range(20):
                optimizer.zero_grad()
                model(x).logsumexp(1).pow(2).mean().backward()
                optimizer.step()
            return torch.cat([p.detach().flatten() for p in model.parameters()])
        want = [train(seed) for seed in range(16)]
        got = {}
        threads = [threading.Thread(target=lambda s=s: got.__setitem__(s, train(s))) for s in range(16)]
        [t.start() for t in threads]; [t.join() for t in threads]
        assert all(torch.equal(got[s], want[s]) for s in range(16))
    """)


def test_grad_mode_belongs_to_a_thread():
    run("""
        seen = []
        with torch.no_grad():
            thread = threading.Thread(target=lambda: seen.append(torch.is_grad_enabled()))
            thread.start(); thread.join()
        assert seen == [True]
    """)


def test_a_hook_may_run_backward_on_the_same_graph_and_on_another():
    run("""
        x = torch.ones(3, requires_grad=True)
        z = torch.ones(3, requires_grad=True)
        y = x * 2
        other = (z * 3).sum()
        def hook(grad):
            other.backward(retain_graph=True)
            return grad * 10
        y.register_hook(hook)
        y.sum().backward(retain_graph=True)
        assert x.grad.tolist() == [20.0] * 3 and z.grad.tolist() == [3.0] * 3
        inner = []
        w = x * 5
        def again(grad):
            if not inner:
                inner.append(None)
                inner.append(torch.autograd.grad(s, x, retain_graph=True)[0].tolist())
        w.register_hook(again)
        s = w.sum()
        x.grad = None
        s.backward(retain_graph=True)
        assert x.grad.tolist() == [5.0] * 3 and inner[1] == [5.0] * 3
    """)


def test_an_error_in_a_hook_leaves_the_graph_usable():
    run("""
        x = torch.ones(3, requires_grad=True)
        y = x * 2
        def fail(grad):
            raise ValueError("from the hook")
        handle = y.register_hook(fail)
        try:
            y.sum().backward(retain_graph=True)
            raise SystemExit("no error")
        except ValueError as error:
            assert str(error) == "from the hook"
        handle.remove()
        y.sum().backward()
        assert x.grad.tolist() == [2.0] * 3
    """)


# --- fork ----------------------------------------------------------------------------------------------------------

def test_fork_with_work_before_and_after():
    run("""
        torch.set_num_threads(2)
        torch.manual_seed(0)
        a = torch.randn(512, 512)
        want = (a @ a).sum().item()
        def child(code):
            pid = os.fork()
            if pid == 0:
                signal.alarm(60)
                ok = False
                try:
                    ok = code()
                finally:
                    os._exit(0 if ok else 1)
            return os.waitpid(pid, 0)[1]
        def work():
            x = a.clone().requires_grad_()
            (x @ x).sum().backward()
            return (a @ a).sum().item() == want and x.grad is not None
        for _ in range(3):
            assert child(work) == 0
            assert work()
        assert child(lambda: child(work) == 0 and work()) == 0
    """)


def test_a_thousand_forks_with_buffers_that_wait():
    run("""
        torch.set_num_threads(2)
        a = torch.arange(300_000.0)
        want = (a * 2).sum().item()
        stop = False
        def churn():
            while not stop:
                [torch.ones(70_000 + 1000 * i) for i in range(8)]
        thread = threading.Thread(target=churn)
        thread.start()
        failed = 0
        for _ in range(1000):
            pid = os.fork()
            if pid == 0:
                signal.alarm(60)
                os._exit(0 if (a * 2).sum().item() == want and torch.ones(100_000).sum().item() == 100_000 else 1)
            failed += os.waitpid(pid, 0)[1] != 0
            failed += (a * 2).sum().item() != want
        stop = True
        thread.join()
        assert failed == 0
    """)


# --- Ctrl-C --------------------------------------------------------------------------------------------------------

LONG = {
    "many small nodes": """
        x = torch.ones(16, requires_grad=True)
        y = x
        for _ in range(300_000):
            y = y * 1.0
        s = y.sum()
        def work():
            while True:
                s.backward(retain_graph=True)
    """,
    "few large nodes": """
        x = torch.ones(1000, 1000, requires_grad=True)
        y = x
        for _ in range(150):
            y = y @ x
        s = y.sum()
        def work():
            while True:
                s.backward(retain_graph=True)
    """,
}


@pytest.mark.parametrize("kind", LONG)
def test_ctrl_c_stops_a_long_backward_within_a_second(kind):
    code = textwrap.dedent(LONG[kind]) + textwrap.dedent("""
        print("ready", flush=True)
        try:
            work()
        except KeyboardInterrupt:
            print("stopped", flush=True)
        x.grad = None
        (x * 2).sum().backward()
        print(x.grad.flatten()[0].item())
    """)
    child = subprocess.Popen([sys.executable, "-c", program(code)], stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout.readline() == "ready\n"
        time.sleep(0.5)
        start = time.perf_counter()
        child.send_signal(signal.SIGINT)
        assert child.stdout.readline() == "stopped\n"
        assert time.perf_counter() - start < 1.0
        assert child.stdout.read() == "2.0\n"
        assert child.wait(timeout=30) == 0
    finally:
        child.kill()
        child.wait()


# --- memory that is not there --------------------------------------------------------------------------------------

LIMIT = """
def limited(bytes_more, work):
    "Runs work with so much address space left; gives the RuntimeError it must raise."
    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used + bytes_more, hard))
    try:
        work()
    except RuntimeError as error:
        return str(error)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    raise SystemExit("no RuntimeError")
torch.set_num_threads(1)
"""


def test_allocation_that_fails_in_forward_raises():
    run(LIMIT + textwrap.dedent("""
        a = torch.ones(4 << 20)
        text = limited(8 << 20, lambda: a * 2)
        assert "allocate" in text, text
        text = limited(8 << 20, lambda: torch.zeros(64 << 20))
        assert "allocate" in text, text
        assert (a * 2)[0].item() == 2.0
    """))


def test_allocation_that_fails_in_backward_raises_and_the_next_step_is_right():
    run(LIMIT + textwrap.dedent("""
        x = torch.ones(4 << 20, requires_grad=True)
        y = (x * x * x).sum()
        limited(8 << 20, lambda: y.backward())
        x.grad = None
        (x * x * x).sum().backward()
        assert x.grad[0].item() == 3.0 and x.grad[-1].item() == 3.0
    """))


@pytest.mark.parametrize("kind", ["SGD", "Adam", "RMSprop"])
def test_allocation_that_fails_in_step_raises_and_the_next_step_is_right(kind):
    run(LIMIT + textwrap.dedent(f"""
        def make():
            p = torch.nn.Parameter(torch.ones(4 << 20))
            options = dict(momentum=0.9) if "{kind}" == "SGD" else dict()
            optimizer = torch.optim.{kind}([p], lr=0.1, **options)
            p.grad = torch.full((4 << 20,), 0.5)
            return p, optimizer
        p, optimizer = make()
        limited(8 << 20, optimizer.step)
        assert p[0].item() == 1.0 and p[-1].item() == 1.0
        optimizer.step(); optimizer.step()
        q, reference = make()
        reference.step(); reference.step()
        assert torch.equal(p, q)
    """))


def test_sizes_that_overflow_raise_before_allocating():
    run("""
        for make in (lambda: torch.empty(1 << 62, 1 << 62), lambda: torch.zeros(1 << 61), lambda: torch.ones(1 << 40)):
            try:
                make()
                raise SystemExit("no error")
            except RuntimeError:
                pass
    """)


CACHE = RESIDENT + """
x = torch.ones(20_000_000)
assert torch.cpu.memory_stats()["allocated_bytes.all.current"] >= 80_000_000
del x
stats, before = torch.cpu.memory_stats(), resident()
assert stats["allocated_bytes.all.current"] < 1_000_000 <= 80_000_000 <= stats["reserved_bytes.all.current"], stats
y = torch.ones(20_000_000)
assert resident() < before + 10_000_000
del y
torch.cpu.empty_cache()
assert torch.cpu.memory_stats()["reserved_bytes.all.current"] < 1_000_000
assert resident() < before - 60_000_000
"""


def test_freed_memory_is_used_again_and_given_back():
    run(CACHE)


DENORMALS = """
torch.set_num_threads(2)
small, weight = torch.full((1_000_000,), 1e-40), torch.full((300, 300), 1e-40)
assert (small * 0.5 != 0).all() and (torch.eye(300) @ weight != 0).all()
if torch.set_flush_denormal(True):
    assert (small * 0.5 == 0).all() and (torch.eye(300) @ weight == 0).all()
assert torch.set_flush_denormal(False) in (True, False)
assert (small * 0.5 != 0).all() and (torch.eye(300) @ weight != 0).all()
"""


def test_denormals_are_flushed_where_asked_on_every_thread_of_a_region():
    run(DENORMALS)


SIZES = RESIDENT + """
import random

random.seed(0)
model = torch.nn.Sequential(torch.nn.Linear(64, 128), torch.nn.Tanh(), torch.nn.Linear(128, 64))
optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
seen = []
for step in range(6000):
    x = torch.ones(random.randrange(1, 64), random.randrange(1, 40), 64)
    optimizer.zero_grad()
    model(x).pow(2).mean().backward()
    optimizer.step()
    if step >= 1000 and step % 100 == 0:
        seen.append(resident())
assert max(seen) < 1.10 * min(seen), (min(seen), max(seen))
"""


def test_memory_is_level_over_steps_of_random_sizes():
    run(SIZES)
