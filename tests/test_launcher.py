"""``python -m rgrad program.py`` runs a PyTorch program as python would, with rgrad as torch."""
import subprocess
import sys

import pytest

PROGRAM = """
import sys
import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader
import torch.optim.lr_scheduler
print(sys.argv[1:], __name__, torch.__version__)
assert F is nn.functional and sys.modules["torch.nn"] is nn and torch.nn.functional is F
from torch.nn.modules.linear import Linear
assert nn.Linear is Linear
print(nn.Linear)
class Net(nn.Module):
    pass
import pickle
assert type(pickle.loads(pickle.dumps(Net()))) is Net
"""


def run(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "rgrad", *map(str, arguments)], capture_output=True, text=True, timeout=60, **options
    )


def test_program_sees_torch_and_its_arguments(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    out = run(tmp_path / "program.py", "a", "b")
    assert out.returncode == 0, out.stderr
    assert out.stdout.splitlines() == [
        "['a', 'b'] __main__ 2.13.0+rgrad", "<class 'torch.nn.modules.linear.Linear'>"
    ]


def test_neighbours_can_be_imported(tmp_path):
    (tmp_path / "helper.py").write_text("import torch\nvalue = torch.__name__\n")
    (tmp_path / "program.py").write_text("import helper\nprint(helper.value)\n")
    assert run(tmp_path / "program.py").stdout == "rgrad\n"


def test_code_and_module_forms(tmp_path):
    assert run("-c", "import sys, torch; print(sys.argv, torch.pi)", "x").stdout == "['-c', 'x'] 3.141592653589793\n"
    (tmp_path / "prog.py").write_text("import sys, torch\nprint(__name__, sys.argv[1:])\n")
    assert run("-m", "prog", "q", cwd=tmp_path).stdout == "__main__ ['q']\n"


def test_traceback_shows_the_program_only(tmp_path):
    (tmp_path / "program.py").write_text("def f():\n    return 1 / 0\nf()\n")
    out = run(tmp_path / "program.py")
    assert out.returncode == 1
    assert out.stderr.splitlines()[-1] == "ZeroDivisionError: division by zero"
    assert "rgrad" not in out.stderr and out.stderr.count("File ") == 2


def test_exit_code_is_the_programs(tmp_path):
    (tmp_path / "program.py").write_text("raise SystemExit(7)\n")
    assert run(tmp_path / "program.py").returncode == 7


def test_missing_program_is_reported_as_python_does():
    out = run("no_such_program.py")
    assert out.returncode == 2 and "can't open file" in out.stderr and "[Errno 2]" in out.stderr


def test_missing_names_are_named_in_full(tmp_path):
    code = (
        "import torch\n"
        "for f in (lambda: torch.nope, lambda: torch.nn.Nope, lambda: torch.nn.functional.nope):\n"
        "    try: f()\n"
        "    except AttributeError as e: print(e)\n"
        "try: import torch.nope\n"
        "except ModuleNotFoundError as e: print(e)\n"
    )
    assert run("-c", code).stdout.splitlines() == [
        "module 'torch' has no attribute 'nope'", "module 'torch.nn' has no attribute 'Nope'",
        "module 'torch.nn.functional' has no attribute 'nope'", "No module named 'torch.nope'",
    ]


SPAWNS = """
import sys
import torch
import torch.multiprocessing as mp
from concurrent.futures import ProcessPoolExecutor
from torch.utils.data import DataLoader, TensorDataset

def square(x):
    return torch.__version__, float(torch.tensor(x) ** 2)

if __name__ == "__main__":
    with ProcessPoolExecutor(1, mp_context=mp.get_context(sys.argv[1])) as pool:
        print(list(pool.map(square, [2.0])))
    loader = DataLoader(TensorDataset(torch.arange(8.0)), batch_size=4, num_workers=1, multiprocessing_context=sys.argv[1])
    print([batch.sum().item() for batch, in loader])
"""


@pytest.mark.parametrize("method", ["spawn", "forkserver", "fork"])
def test_new_processes_see_torch(tmp_path, method):
    (tmp_path / "program.py").write_text(SPAWNS)
    out = run(tmp_path / "program.py", method)
    assert out.stdout.splitlines() == ["[('2.13.0+rgrad', 4.0)]", "[6.0, 22.0]"], out.stderr


def test_a_star_import_gives_public_names(tmp_path):
    out = run("-c", "from torch import *; print(relu, tensor(1.0), float, 'nn' in globals(), 'cdouble' in globals())")
    assert out.stdout.startswith("<built-in"), out.stderr
    assert out.stdout.rstrip().endswith("tensor(1.) torch.float32 False False")


def test_a_process_group_of_one(tmp_path):
    program = """
import torch, torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel
dist.init_process_group("gloo", init_method="tcp://127.0.0.1:29500", rank=0, world_size=1)
x = torch.ones(2)
dist.all_reduce(x)
parts = [torch.empty(2)]
dist.all_gather(parts, x * 3)
model = DistributedDataParallel(torch.nn.Linear(2, 1))
print(dist.get_rank(), dist.get_world_size(), x, parts, list(model.state_dict()), model(x).shape)
try:
    dist.init_process_group("gloo", rank=0, world_size=1)
except ValueError as error:
    print(error)
dist.destroy_process_group()
try:
    dist.init_process_group("gloo", rank=1, world_size=2)
except RuntimeError as error:
    print(dist.is_initialized(), error)
"""
    assert run("-c", program).stdout.splitlines() == [
        "0 1 tensor([1., 1.]) [tensor([3., 3.])] ['module.weight', 'module.bias'] torch.Size([1])",
        "trying to initialize the default process group twice!",
        "False rgrad runs in one process: a group of 2 with rank 1 can't be made",
    ]


def test_spawn_tells_of_a_process_that_fails(tmp_path):
    (tmp_path / "program.py").write_text(
        "import torch, torch.multiprocessing as mp\n"
        "def bad(i):\n    raise ValueError('from below')\n"
        "if __name__ == '__main__':\n"
        "    try:\n        mp.spawn(bad, nprocs=1)\n"
        "    except Exception as error:\n        print(type(error).__name__, error)\n"
    )
    out = run(tmp_path / "program.py")
    assert out.stdout == "ProcessExitedException process 0 terminated with exit code 1\n" and "from below" in out.stderr
