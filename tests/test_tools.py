"""Tools around training: profiles, timers, DLPack, dual numbers, hooks of the graph, memory shared by processes."""
import json
import multiprocessing

import numpy
import pytest

import rgrad as torch
from rgrad import nn
from rgrad.autograd import forward_ad as fwd
from rgrad.autograd import graph


# --- profiles ---------------------------------------------------------------------------------------------------


def test_profile_sees_calls_and_named_blocks(tmp_path):
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU())
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as prof:
        with torch.profiler.record_function("forward"):
            for _ in range(3):
                model(torch.ones(2, 3)).sum()
    averages = {e.key: e for e in prof.key_averages()}
    assert averages["aten::sum"].count == 3
    assert averages["aten::linear"].count == 3 and averages["aten::ones"].count == 3 and averages["forward"].count == 1
    assert averages["forward"].cpu_time_total >= averages["aten::linear"].cpu_time_total > 0
    assert averages["forward"].self_cpu_time_total < averages["forward"].cpu_time_total
    table = prof.key_averages().table(sort_by="cpu_time_total", row_limit=1)
    assert "forward" in table and "aten::linear" not in table and "Self CPU time total" in table
    prof.export_chrome_trace(tmp_path / "trace.json")
    assert len(json.loads((tmp_path / "trace.json").read_text())["traceEvents"]) == len(prof.events())


def test_profile_by_schedule(tmp_path):
    seen = []
    plan = torch.profiler.schedule(wait=1, warmup=1, active=2, repeat=1)
    assert [plan(i).name for i in range(5)] == ["NONE", "WARMUP", "RECORD", "RECORD_AND_SAVE", "NONE"]
    with torch.profiler.profile(schedule=plan, on_trace_ready=lambda p: seen.append(len(p.events()))) as prof:
        for _ in range(6):
            torch.ones(1)
            prof.step()
    assert seen == [2]


def test_record_function_decorates_and_costs_nothing_outside():
    @torch.autograd.profiler.record_function("named")
    def f():
        return torch.zeros(1)

    f()
    with torch.autograd.profiler.profile() as prof:
        f()
    assert [e.key for e in prof.function_events] == ["named", "aten::zeros"]


def test_timer_measures():
    timer = torch.utils.benchmark.Timer("x + y", globals={"x": torch.ones(8), "y": torch.ones(8)}, label="add")
    one = timer.timeit(100)
    assert one.number_per_run == 100 and one.median == one.mean > 0 and "add" in repr(one)
    many = timer.blocked_autorange(min_run_time=0.01)
    assert len(many.times) >= 1 and many.iqr >= 0
    with pytest.raises(NameError):
        torch.utils.benchmark.Timer("nothing + 1").timeit(1)


# --- DLPack -----------------------------------------------------------------------------------------------------


def test_dlpack_shares_memory_both_ways():
    x = torch.arange(6.0).reshape(2, 3)
    array = numpy.from_dlpack(x)
    x[0, 0] = 7.0
    assert array[0, 0] == 7.0 and array.shape == (2, 3)
    source = numpy.arange(4.0)
    tensor = torch.from_dlpack(source)
    tensor[1] = 9.0
    assert source[1] == 9.0 and tensor.dtype == torch.float64
    again = torch.utils.dlpack.from_dlpack(torch.utils.dlpack.to_dlpack(x))
    again[1, 2] = 5.0
    assert x[1, 2] == 5.0
    assert x.__dlpack_device__() == (1, 0)
    with pytest.raises(BufferError, match="Can't export tensors that require gradient, use tensor.detach()"):
        numpy.from_dlpack(x.requires_grad_())


# --- dual numbers -----------------------------------------------------------------------------------------------


def test_dual_numbers_carry_tangents():
    x, v = torch.randn(3, dtype=torch.float64), torch.randn(3, dtype=torch.float64)
    with fwd.dual_level():
        dual = fwd.make_dual(x, v)
        primal, tangent = fwd.unpack_dual(dual.sin() * dual)
        assert torch.allclose(tangent, (x.cos() * x + x.sin()) * v) and torch.allclose(primal, x.sin() * x)
        assert fwd.unpack_dual(dual).tangent is v
        assert fwd.unpack_dual(x).tangent is None
        with pytest.raises(RuntimeError, match="Nested forward mode AD is not supported at the moment"):
            fwd.enter_dual_level()
    with pytest.raises(RuntimeError, match="Trying to create a dual Tensor for forward AD but no level exists"):
        fwd.make_dual(x, v)


# --- the graph --------------------------------------------------------------------------------------------------


def test_multi_grad_hooks():
    a, b = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    all_seen, any_seen = [], []
    handle = graph.register_multi_grad_hook((a, b), lambda grads: all_seen.append([g.sum().item() for g in grads]))
    graph.register_multi_grad_hook((a, b), any_seen.append, mode="any")
    for _ in range(2):
        (2 * a + 3 * b).sum().backward()
    assert all_seen == [[4.0, 6.0]] * 2 and len(any_seen) == 2
    handle.remove()
    (a + b).sum().backward()
    assert len(all_seen) == 2 and len(any_seen) == 3


def test_gradient_edges_and_versions():
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    assert graph.get_gradient_edge(y) == (y.grad_fn, 0)
    assert graph.get_gradient_edge(x).node.variable is x
    with pytest.raises(RuntimeError, match="gradient edge for a Tensor that does not require gradients"):
        graph.get_gradient_edge(torch.ones(2))
    z = y.detach().clone()
    before = z._version
    graph.increment_version([z, torch.ones(())])
    assert z._version == before + 1 and z.tolist() == [2.0, 2.0]


# --- shared memory ----------------------------------------------------------------------------------------------


def in_child(work):
    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join(30)
    assert process.exitcode == 0


@pytest.mark.parametrize("size", [1, 5, 100000])
def test_shared_memory_is_seen_by_the_parent(size):
    x, private = torch.zeros(size), torch.zeros(size)
    view = x[:1]
    assert x.share_memory_() is x and x.is_shared() and view.is_shared() and not private.is_shared()

    def work():
        x.add_(3)
        private.add_(3)

    in_child(work)
    assert x.tolist()[-1] == 3.0 and private.tolist()[-1] == 0.0 and view.tolist() == [3.0]


def test_a_shared_module_is_trained_by_children():
    torch.manual_seed(0)
    model = nn.Linear(3, 1).share_memory()
    assert all(p.is_shared() for p in model.parameters())
    x = torch.randn(20, 3)
    y = x.sum(1, keepdim=True)
    before = nn.functional.mse_loss(model(x), y).item()

    def work():
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for _ in range(100):
            optimizer.zero_grad()
            nn.functional.mse_loss(model(x), y).backward()
            optimizer.step()

    in_child(work)
    assert nn.functional.mse_loss(model(x), y).item() < before / 100
    assert all(p.is_leaf and p.requires_grad and p.grad is None for p in model.parameters())


def test_shared_memory_is_given_back():
    def mapped():
        with open("/proc/self/maps") as f:
            return sum("/dev/zero" in line for line in f)

    before = mapped()
    for _ in range(50):
        torch.ones(100000).share_memory_()
    assert mapped() <= before + 1


def test_types_and_names():
    from rgrad.types import Device, Number, _size

    assert Number and Device and _size
    with pytest.raises(ImportError, match="tensorboardX"):
        torch.utils.tensorboard
    for name in ("fx", "export"):
        with pytest.raises(AttributeError, match=f"module 'torch' has no attribute '{name}'"):
            getattr(torch, name)
