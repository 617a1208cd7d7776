"""What this build is."""
from __future__ import annotations

from .torch_version import __version__ as __version__

debug = False
cuda = None
git_version = "rgrad"
hip = None
xpu = None
