"""Write golden/errors.json.gz with real PyTorch: the class and the text of every error of errors.py.

``python golden_errors.py`` in an environment that has torch. A program that PyTorch does not refuse is an error here.
"""
import gzip
import json
import os
import sys
import warnings

import errors

HERE = os.path.dirname(os.path.abspath(__file__))
PATH = os.path.join(HERE, "golden", "errors.json.gz")


def golden():
    """What PyTorch says of each program."""
    with gzip.open(PATH) as f:
        return json.load(f)


if __name__ == "__main__":
    import torch
    import torch.utils.checkpoint
    import torch.utils.data

    warnings.simplefilter("ignore")
    programs = errors.programs()
    out = {program: errors.outcome(torch, program) for _, program in programs}
    accepted = [program for program, result in out.items() if result is None]
    if accepted or len(out) != len(programs):
        twice = sorted({p for _, p in programs if sum(p == q for _, q in programs) > 1})
        sys.exit("\n".join(["PyTorch takes:", *accepted, "listed twice:", *twice]))
    with open(PATH, "wb") as f, gzip.GzipFile(fileobj=f, mode="wb", mtime=0) as z:
        z.write(json.dumps(out, separators=(",", ":"), sort_keys=True).encode())
    print(len(out), "programs,", os.path.getsize(PATH), "bytes")
