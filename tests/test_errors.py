"""Every mistake is an exception of PyTorch's class with PyTorch's text, and every place that raises is visited."""
import os
import re
import warnings

import pytest

import errors
import rgrad as torch
import rgrad.utils.checkpoint
import rgrad.utils.data
from golden_errors import golden

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

#KNOWN#

@pytest.fixture(scope="session")
def outcomes():
    """What rgrad says of each program."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {program: errors.outcome(torch, program) for _, program in errors.programs()}


@pytest.mark.parametrize("topic", errors.TOPICS)
def test_class_and_text_are_pytorchs(topic, outcomes):
    wanted, wrong = golden(), []
    for program in (p for t, p in errors.programs() if t == topic):
        theirs, ours = wanted[program], outcomes[program]
        if program in ACCEPTED:
            same = ours is None
        elif program in OTHER_CLASS:
            same = ours is not None and ours[0] == OTHER_CLASS[program][0]
        elif program in KNOWN:
            same = ours is not None and ours[0] == theirs[0] and ours[1] != theirs[1]
        else:
            same = ours == theirs
        if not same:
            wrong.append(f"{program}\n    PyTorch: {theirs}\n    rgrad:   {ours}")
    assert not wrong, f"{len(wrong)} differ:\n" + "\n".join(wrong)


def test_nothing_panics(outcomes):
    assert not [p for p, ours in outcomes.items() if ours and ("panicked" in ours[1] or "Panic" in ours[0])]


def sites():
    """(file, line) of every ``fail!`` in src/, tests apart: the line where the macro's name stands."""
    out = set()
    for folder, _, names in os.walk(os.path.join(ROOT, "src")):
        for name in (n for n in names if n.endswith(".rs") and n not in ("error.rs", "tests.rs")):
            path = os.path.join(folder, name)
            with open(path) as f:
                for number, line in enumerate(f, 1):
                    if re.search(r"\bfail!\s*[(\[{]", line.split("//")[0]):
                        out.add((os.path.relpath(path, ROOT).replace(os.sep, "/"), number))
    return out


def test_every_place_that_raises_is_visited(outcomes):
    visited = {(file, line) for file, line in torch._C._error_sites()}
    missed = []
    for file, line in sorted(sites() - visited):
        with open(os.path.join(ROOT, file)) as f:
            text = " ".join(part.strip() for part in f.read().splitlines()[line - 1 : line + 2])
        if not any(file == where and words in text for where, words in UNVISITED):
            missed.append(f"{file}:{line}: {text[:120]}")
    assert not missed, "no program of errors.py raises here:\n" + "\n".join(missed)
