"""Write golden/values.json.gz with real PyTorch: what every program of values.py ends in.

``python golden_values.py`` in an environment that has torch.
"""
import gzip
import json
import os
import warnings

import values

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden", "values.json.gz")


def golden():
    """What PyTorch gives for each program."""
    with gzip.open(PATH) as f:
        return json.load(f)


if __name__ == "__main__":
    import torch

    warnings.simplefilter("ignore")
    out = {program: values.outcome(torch, program) for _, program in values.programs()}
    with open(PATH, "wb") as f, gzip.GzipFile(fileobj=f, mode="wb", mtime=0) as z:
        z.write(json.dumps(out, separators=(",", ":"), sort_keys=True).encode())
    print(len(out), "programs,", os.path.getsize(PATH), "bytes")
