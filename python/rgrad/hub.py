"""Files and models from elsewhere, kept in a folder: ``$TORCH_HOME/hub``, else ``~/.cache/torch/hub``."""
from __future__ import annotations

import os
import sys

__all__ = [
    "download_url_to_file", "get_dir", "help", "list", "load", "load_state_dict_from_url", "set_dir",
]

_dir = None


def get_dir() -> str:
    """Where files are kept."""
    if _dir is not None:
        return _dir
    cache = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    return os.path.join(os.path.expanduser(os.environ.get("TORCH_HOME", os.path.join(cache, "torch"))), "hub")


def set_dir(d) -> None:
    """Keep files in ``d``."""
    global _dir
    _dir = os.path.expanduser(d)


def download_url_to_file(url: str, dst: str, hash_prefix: str | None = None, progress: bool = True) -> None:
    """Write what ``url`` gives to the file ``dst``; its SHA-256 must start with ``hash_prefix``, if given."""
    import hashlib
    import tempfile
    import urllib.request

    request = urllib.request.Request(url, headers={"User-Agent": "torch.hub"})
    digest = hashlib.sha256()
    dst = os.path.expanduser(dst)
    part = tempfile.NamedTemporaryFile(dir=os.path.dirname(dst) or ".", delete=False)
    try:
        with urllib.request.urlopen(request) as source, part:
            while block := source.read(1 << 17):
                digest.update(block)
                part.write(block)
        found = digest.hexdigest()
        if hash_prefix is not None and not found.startswith(hash_prefix):
            raise RuntimeError(f'invalid hash value (expected "{hash_prefix}", got "{found}")')
        os.replace(part.name, dst)
    finally:
        if os.path.exists(part.name):
            os.remove(part.name)


def load_state_dict_from_url(
    url: str, model_dir=None, map_location=None, progress: bool = True, check_hash: bool = False, file_name=None,
    weights_only: bool = False,
):
    """What ``torch.save`` wrote at ``url``; downloaded once, unless the file is there."""
    from urllib.parse import urlparse

    from .serialization import load as load_file

    folder = os.path.join(get_dir(), "checkpoints") if model_dir is None else model_dir
    os.makedirs(folder, exist_ok=True)
    name = file_name or os.path.basename(urlparse(url).path)
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        sys.stderr.write(f'Downloading: "{url}" to {path}\n')
        prefix = None
        if check_hash:
            stem = name.rsplit(".", 1)[0]
            prefix = stem.rsplit("-", 1)[1] if "-" in stem else None
        download_url_to_file(url, path, prefix, progress)
    return load_file(path, map_location=map_location, weights_only=weights_only)


def _entries(repo_or_dir, source):
    """The module ``hubconf.py`` of a folder."""
    if source != "local":
        raise RuntimeError(
            f"rgrad loads hub models from folders only: clone {repo_or_dir} and pass its path with source='local'"
        )
    from importlib.util import module_from_spec, spec_from_file_location

    folder = os.path.expanduser(repo_or_dir)
    path = os.path.join(folder, "hubconf.py")
    sys.path.insert(0, folder)
    try:
        spec = spec_from_file_location("hubconf", path)
        if spec is None or spec.loader is None or not os.path.exists(path):
            raise FileNotFoundError(f"[Errno 2] No such file or directory: {path!r}")
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(folder)
    return module


def _entry(repo_or_dir, model, source):
    function = getattr(_entries(repo_or_dir, source), model, None)
    if function is None or not callable(function):
        raise RuntimeError(f"Cannot find callable {model} in hubconf")
    return function


def list(github, force_reload=False, skip_validation=False, trust_repo=None, verbose=True, *, source="github"):
    """The names of the models of a folder with a ``hubconf.py``."""
    module = _entries(github, source)
    return [name for name in dir(module) if callable(getattr(module, name)) and not name.startswith("_")]


def help(github, model, force_reload=False, skip_validation=False, trust_repo=None, *, source="github"):
    """The docstring of a model."""
    return _entry(github, model, source).__doc__


def load(
    repo_or_dir, model, *args, source="github", trust_repo=None, force_reload=False, verbose=True,
    skip_validation=False, **kwargs,
):
    """Calls the function ``model`` of the ``hubconf.py`` in a folder."""
    return _entry(repo_or_dir, model, source)(*args, **kwargs)
