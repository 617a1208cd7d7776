"""Small programs end in PyTorch's values, dtypes, shapes and strides, or in its errors."""
import math
import warnings

import pytest
import rgrad as torch
import values
from golden_values import golden

PROGRAMS = values.programs()


def close(got: str, want: str, dtype: str) -> bool:
    if dtype not in ("float32", "float64") or got == want:
        return got == want
    got, want = float(got), float(want)
    return want != 0 and math.isclose(got, want, rel_tol=1e-6 if dtype == "float32" else 1e-14)


def same(got, want) -> bool:
    if isinstance(want, list):
        return isinstance(got, list) and len(got) == len(want) and all(map(same, got, want))
    if not isinstance(want, dict) or "error" in want or not isinstance(got, dict) or "error" in got:
        return got == want
    alike = all(got[key] == want[key] for key in ("dtype", "shape", "strides"))
    return alike and all(close(g, w, want["dtype"]) for g, w in zip(got["elements"], want["elements"]))


@pytest.mark.parametrize("topic", dict(PROGRAMS))
def test_values_are_pytorchs(topic):
    wanted, wrong = golden(), []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for program in (p for t, p in PROGRAMS if t == topic):
            got = values.outcome(torch, program)
            if not same(got, wanted[program]):
                wrong.append(f"{program}\n    PyTorch: {wanted[program]}\n    rgrad:   {got}")
    assert not wrong, f"{len(wrong)} differ:\n" + "\n".join(wrong[:40])
