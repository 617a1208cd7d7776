"""Regenerates tests/golden/ops.json.gz from PyTorch: every sample of opinfo.py in every dtype.

    python tests/golden_ops.py          (with a Python that has torch)

An entry is either the results (shape, dtype, values) or the class of the error. Values of float64 keep 17 digits,
the rest what their dtype holds.
"""
from __future__ import annotations

import gzip
import json
import pathlib
import warnings

from opinfo import OPS, Make, arguments

DTYPES = "bool uint8 int8 int16 int32 int64 float16 bfloat16 float32 float64".split()
FILE = pathlib.Path(__file__).parent / "golden" / "ops.json.gz"


def entry(torch, op, number: int, dtype: str):
    """What one sample gives in one dtype."""
    make = Make(torch, getattr(torch, dtype), f"{op.name} {number}")
    try:
        args, kwargs = arguments(op.samples[number], make)
        out = op.function(torch)(*args, **kwargs)
    except Exception as error:
        return {"error": type(error).__name__}
    return {"out": plain(torch, out)}


def plain(torch, out):
    """Results as JSON: tensors, sequences of them, Python numbers."""
    if isinstance(out, torch.Tensor):
        values = out.detach().to(torch.float64) if out.dtype.is_floating_point else out.detach()
        digits = 17 if out.dtype == torch.float64 else 9
        flat = [float(f"{v:.{digits}g}") if isinstance(v, float) else v for v in values.reshape(-1).tolist()]
        return {"shape": list(out.shape), "dtype": str(out.dtype)[6:], "values": flat}
    if isinstance(out, (tuple, list)):
        return [plain(torch, o) for o in out]
    return out


def main() -> None:
    import torch

    warnings.simplefilter("ignore")
    table = {}
    for op in OPS:
        for number in range(len(op.samples)):
            for dtype in op.dtypes or DTYPES:
                table[f"{op.name} {number} {dtype}"] = entry(torch, op, number, dtype)
    with gzip.GzipFile(FILE, "wb", mtime=0) as file:
        file.write(json.dumps({"torch": torch.__version__.split("+")[0], "entries": table}, separators=(",", ":")).encode())
    print(f"{len(table)} entries, {FILE.stat().st_size / 1e6:.2f} MB, torch {torch.__version__}")


if __name__ == "__main__":
    main()
