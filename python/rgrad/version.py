"""What this build is."""
from __future__ import annotations

__version__ = "2.13.0+rgrad"
debug = False
cuda = None
git_version = "rgrad"
hip = None
xpu = None
