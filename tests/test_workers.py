"""Loaders with worker processes: overlap, errors, deaths, limits of time, and nothing left behind."""
import gc
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import time

import pytest

import rgrad as torch
from rgrad.utils.data import DataLoader, Dataset, IterableDataset, TensorDataset, get_worker_info


class Mapped(Dataset):
    """``size`` samples that ``function`` makes of their index."""

    def __init__(self, size, function):
        self.size, self.function = size, function

    def __len__(self):
        return self.size

    def __getitem__(self, i):
        return self.function(i)


def raising(error):
    def at_three(i):
        if i == 3:
            raise error
        return i

    return Mapped(6, at_three)


@pytest.fixture(autouse=True)
def nothing_left():
    before = set(os.listdir("/proc/self/fd"))
    yield
    gc.collect()  # a caught error holds the frame of the loop, and that the iterator
    assert not multiprocessing.active_children()
    assert len(set(os.listdir("/proc/self/fd")) - before) <= 1


def test_workers_overlap():
    def slow(i):
        time.sleep(0.2)
        return i

    start = time.perf_counter()
    assert [b.item() for b in DataLoader(Mapped(8, slow), num_workers=2)] == list(range(8))
    assert time.perf_counter() - start < 1.4


def test_order_is_kept_though_the_first_worker_is_slow():
    def slow_even(i):
        time.sleep(0.1 * (i % 2 == 0))
        return i

    assert [b.item() for b in DataLoader(Mapped(6, slow_even), num_workers=2)] == list(range(6))
    loose = [b.item() for b in DataLoader(Mapped(6, slow_even), num_workers=2, in_order=False)]
    assert sorted(loose) == list(range(6)) and loose != list(range(6))


def test_the_data_set_of_the_parent_is_left_alone():
    seen = []
    list(DataLoader(Mapped(4, seen.append), num_workers=1, collate_fn=len))
    assert seen == []


def test_large_batches_and_large_indices_pass():
    data = Mapped(200000, lambda i: torch.full((20,), i, dtype=torch.float64))
    batches = list(DataLoader(data, batch_size=40000, num_workers=2))
    assert [b.shape[0] for b in batches] == [40000] * 5
    assert all(b[7, 3].item() == 40000 * n + 7 for n, b in enumerate(batches))


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "float16", "int64", "bool", "uint8"])
@pytest.mark.parametrize("shape", [(), (0, 3), (5,), (70, 90)])
def test_tensors_travel_whole(dtype, shape):
    def make(i):
        x = (torch.arange(1, 1 + max(1, torch.Size(shape).numel())) % 7).to(getattr(torch, dtype))
        x = x[: torch.Size(shape).numel()].reshape(shape)
        return {"x": x, "t": (x.T if x.dim() == 2 else x, [x, "s", None]), "p": torch.nn.Parameter(torch.ones(2000))}

    sent, (got,) = make(0), DataLoader(Mapped(1, make), num_workers=1, batch_size=None)
    for a, b in ((sent["x"], got["x"]), (sent["t"][0], got["t"][0]), (sent["t"][1][0], got["t"][1][0])):
        assert a.dtype == b.dtype and a.shape == b.shape and torch.equal(a, b)
    assert got["t"][1][1:] == ["s", None] and isinstance(got["p"], torch.nn.Parameter)


def test_a_batch_may_live_until_the_end():
    program = PROGRAM.replace("return i", "return torch.ones(5000) * i") + "batch = next(iterator)"
    done = subprocess.run([sys.executable, "-c", program.replace(".item()", "[0, 0].item()")], capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == ""


@pytest.mark.parametrize("error", [ValueError("bad"), KeyError("k"), IndexError("i")], ids=repr)
def test_errors_come_back_with_their_traceback(error):
    loader, got = DataLoader(raising(error), num_workers=2), []
    with pytest.raises(type(error)) as caught:
        for batch in loader:
            got.append(batch.item())
    assert got == [0, 1, 2]
    text = str(caught.value)
    head = f"Caught {type(error).__name__} in DataLoader worker process 1.\nOriginal Traceback (most recent call last):"
    assert text.startswith(head) and "in at_three" in text and text.endswith(f"{type(error).__name__}: {error}\n")


def test_iteration_goes_on_after_an_error():
    iterator = iter(DataLoader(raising(ValueError("bad")), num_workers=2))
    got = []
    while True:
        try:
            got.append(next(iterator).item())
        except ValueError:
            got.append("error")
        except StopIteration:
            break
    assert got == [0, 1, 2, "error", 4, 5]


class TwoWords(Exception):
    def __init__(self, first, second):
        super().__init__(first, second)


def test_an_error_that_cannot_be_made_again_is_a_runtime_error():
    with pytest.raises(RuntimeError, match="Caught TwoWords in DataLoader worker process 1"):
        list(DataLoader(raising(TwoWords(1, 2)), num_workers=2))


def test_a_result_that_cannot_travel_is_an_error():
    with pytest.raises(Exception, match="in DataLoader worker process 0.\nOriginal Traceback"):
        list(DataLoader(Mapped(2, lambda i: lambda: i), num_workers=1, batch_size=None))


def test_an_error_in_the_init_function_is_told():
    def init(i):
        raise OSError("no disk")

    with pytest.raises(OSError, match="Caught OSError in DataLoader worker process 0"):
        next(iter(DataLoader(raising(None), num_workers=2, worker_init_fn=init)))


def test_init_function_runs_in_each_worker():
    state = {}
    loader = DataLoader(Mapped(4, lambda i: state["id"]), num_workers=2, worker_init_fn=lambda i: state.update(id=i))
    assert [b.item() for b in loader] == [0, 1, 0, 1] and state == {}


@pytest.mark.parametrize(
    "end,words",
    [
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "is killed by signal: Killed. "),
        (lambda: os._exit(7), "exited unexpectedly with exit code 7. Details are lost due to multiprocessing."),
    ],
    ids=["killed", "exited"],
)
def test_a_dead_worker_is_told(end, words):
    with pytest.raises(RuntimeError, match=r"DataLoader worker \(pid\(s\) \d+\) exited unexpectedly") as caught:
        list(DataLoader(Mapped(6, lambda i: end() if i == 3 else i), num_workers=2))
    assert re.match(r"DataLoader worker \(pid \d+\) ", str(caught.value.__cause__))
    assert words in str(caught.value.__cause__)


def test_timeout():
    data = Mapped(3, lambda i: time.sleep(2 * (i == 1)) or i)
    with pytest.raises(RuntimeError, match="DataLoader timed out after 0.3 seconds"):
        list(DataLoader(data, num_workers=1, timeout=0.3))


def test_leaving_the_loop_ends_the_workers():
    for batch in DataLoader(Mapped(100, lambda i: i), num_workers=2):
        if batch.item() == 3:
            break
    assert not multiprocessing.active_children()


def test_persistent_workers_stay():
    loader = DataLoader(Mapped(4, lambda i: os.getpid()), num_workers=2, persistent_workers=True)
    first, second = ([b.item() for b in loader] for _ in range(2))
    assert first == second and len(set(first)) == 2
    for _ in loader:
        break
    assert [b.item() for b in loader] == first
    del loader


class Shards(IterableDataset):
    """Uneven parts of a stream."""

    def __iter__(self):
        info = get_worker_info()
        return iter(range(info.id, 12, info.num_workers + info.id))


@pytest.mark.parametrize("persistent", [False, True])
def test_streams_end_one_by_one(persistent):
    loader = DataLoader(Shards(), batch_size=2, num_workers=2, persistent_workers=persistent)
    for _ in range(2):
        assert [b.tolist() for b in loader] == [[0, 2], [1, 4], [4, 6], [7, 10], [8, 10]]


def test_other_start_methods():
    loader = DataLoader(TensorDataset(torch.arange(4)), num_workers=1, multiprocessing_context="spawn")
    assert [b[0].item() for b in loader] == [0, 1, 2, 3]
    from multiprocessing import resource_tracker

    resource_tracker._resource_tracker._stop()


def test_worker_info_is_printed_as_pytorchs():
    text = next(iter(DataLoader(Mapped(1, lambda i: repr(get_worker_info())), num_workers=1)))[0]
    assert re.fullmatch(
        r"WorkerInfo\(id=0, num_workers=1, seed=\d+, dataset=<.*>, rng=None, worker_method='multiprocessing'\)", text
    )


PROGRAM = """
import sys, time
import rgrad as torch
from rgrad.utils.data import DataLoader, Dataset

class Slow(Dataset):
    def __len__(self): return 100
    def __getitem__(self, i):
        time.sleep(0.05)
        return i

iterator = iter(DataLoader(Slow(), num_workers=2, persistent_workers=True))
print(next(iterator).item(), *[w.process.pid for w in iterator._workers], flush=True)
"""


def started(rest):
    """A program with two workers, and their ids once they are at work."""
    # Its own session, as a shell gives it one, so that Ctrl-C reaches the workers too.
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM + rest], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )
    return program, [int(word) for word in program.stdout.readline().split()[1:]]


def gone(pids, seconds=8.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not any(os.path.exists(f"/proc/{pid}") and "Z" not in _state(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


def _state(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rsplit(")", 1)[1].split()[0]
    except OSError:
        return "Z"


def test_workers_end_with_the_program():
    program, pids = started("")
    _, errors = program.communicate(timeout=30)
    assert program.returncode == 0 and errors == "" and gone(pids)


def test_ctrl_c_is_raised_once_and_ends_all():
    program, pids = started("time.sleep(60)")
    os.killpg(program.pid, signal.SIGINT)
    _, errors = program.communicate(timeout=30)
    assert program.returncode != 0 and errors.count("Traceback") == 1 and errors.rstrip().endswith("KeyboardInterrupt")
    assert gone(pids)


def test_workers_notice_that_the_program_was_killed():
    program, pids = started("time.sleep(60)")
    program.kill()
    program.wait(timeout=30)
    assert gone(pids)
    program.stdout.close()
    program.stderr.close()


@pytest.mark.parametrize(
    "options,error,words",
    [
        ({"multiprocessing_context": "x", "num_workers": 1}, ValueError, "should specify a valid start method in"),
        ({"multiprocessing_context": "fork"}, ValueError, "can only be used with multi-process loading"),
        ({"multiprocessing_context": 1, "num_workers": 1}, TypeError, "should be a valid context object or a string"),
    ],
)
def test_contexts_are_checked(options, error, words):
    with pytest.raises(error, match=words):
        DataLoader([1], **options)
