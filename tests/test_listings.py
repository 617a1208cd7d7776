"""The introductory text's six programs print what PyTorch 2.13 printed, digit for digit.

Each runs unchanged but for one line put before it, the seed. Addresses of objects are ignored.
"""
import pathlib
import re
import subprocess
import sys

import pytest

FOLDER = pathlib.Path(__file__).parent / "listings"
SEED = "import torch; torch.manual_seed(0)\n"


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.py")))
def test_program_prints_what_pytorch_prints(name, tmp_path):
    program = tmp_path / f"{name}.py"
    program.write_text(SEED + (FOLDER / f"{name}.py").read_text(encoding="utf-8"), encoding="utf-8")
    out = subprocess.run([sys.executable, "-m", "rgrad", str(program)], capture_output=True, text=True, timeout=120)
    assert out.returncode == 0, out.stderr
    expected = (FOLDER / "expected" / f"{name}.txt").read_text(encoding="utf-8")
    assert re.sub(r"0x[0-9a-f]+", "0xADDRESS", out.stdout) == expected
