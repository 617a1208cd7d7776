"""What the documents show works: code blocks run, examples in docstrings give what they say, links lead somewhere."""
import doctest
import importlib
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "python"
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "docs/architecture.md"]


def with_examples():
    for path in sorted(PACKAGE.rglob("*.py")):
        if ">>> " in path.read_text(encoding="utf-8"):
            yield ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize("module", list(with_examples()))
def test_examples_in_docstrings_give_what_they_say(module):
    import rgrad
    from rgrad.utils.data import TensorDataset

    loaded = importlib.import_module(module)
    names = {**vars(loaded), "torch": rgrad, "rgrad": rgrad, "nn": rgrad.nn, "TensorDataset": TensorDataset}
    runner = doctest.DocTestRunner()
    # testmod passes over objects whose __module__ is another, and that of ours is torch's
    for test in doctest.DocTestFinder().find(loaded, module, module=False, globs=names):
        runner.run(test)
    assert runner.tries and not runner.failures


def test_code_of_the_readme_runs():
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.S)
    assert blocks
    for block in blocks:
        out = subprocess.run([sys.executable, "-c", block], capture_output=True, text=True)
        assert out.returncode == 0, out.stderr


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document):
    path = ROOT / document
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_are_targets_of_the_makefile(document):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    for name in re.findall(r"\bmake ([a-z]+)\b(?=`|  )", (ROOT / document).read_text(encoding="utf-8")):
        assert name in targets, name
