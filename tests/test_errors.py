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

SRC = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "src")

# Program: why its text (never its class) is not PyTorch's.
KNOWN = {}

# The line after which a fail! stands, and why no program comes there.
UNVISITED = {}


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
        same = ours is not None and ours[0] == theirs[0] and (ours[1] == theirs[1] or program in KNOWN)
        if not same:
            wrong.append(f"{program}\n    PyTorch: {theirs}\n    rgrad:   {ours}")
    assert not wrong, f"{len(wrong)} differ:\n" + "\n".join(wrong)
