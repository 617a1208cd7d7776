"""Prints the packages of an extra of pyproject.toml: ``python scripts/extras.py demo``."""
import pathlib
import re
import sys

# Read by a regular expression, since tomllib came with Python 3.11.
text = (pathlib.Path(__file__).parent.parent / "pyproject.toml").read_text()
line = re.search(rf"^{re.escape(sys.argv[1])} = \[(.*?)\]", text, re.M | re.S)
if line is None:
    sys.exit(f"pyproject.toml has no extra called {sys.argv[1]}")
print(*re.findall(r'"(.*?)"', line[1]))
