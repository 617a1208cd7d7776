"""``save`` and ``load`` in PyTorch's zip format: either library reads the other's files."""
from __future__ import annotations

import io
import os
import pickle
import sys
import zipfile

from . import _C, _utils

__all__ = ["add_safe_globals", "clear_safe_globals", "get_safe_globals", "load", "safe_globals", "save"]

_STORAGES = {
    "float32": "FloatStorage", "float64": "DoubleStorage", "float16": "HalfStorage", "bfloat16": "BFloat16Storage",
    "int64": "LongStorage", "int32": "IntStorage", "int16": "ShortStorage", "int8": "CharStorage",
    "uint8": "ByteStorage", "bool": "BoolStorage", "complex64": "ComplexFloatStorage",
    "complex128": "ComplexDoubleStorage",
}
_DTYPES = {storage: dtype for dtype, storage in _STORAGES.items()}


class _Global:
    """A name in PyTorch, to be written into a pickle as it is."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name

    def __call__(self):
        raise TypeError("a name, not a function")


_REBUILD = _Global("torch._utils", "_rebuild_tensor_v2")
_REBUILD_PARAMETER = _Global("torch._utils", "_rebuild_parameter")


def _dtype_name(dtype) -> str:
    return str(dtype).removeprefix("torch.")


class _Pickler(pickle._Pickler):
    """Writes tensors as references to storages, and our classes under PyTorch's names."""

    def __init__(self, file, protocol) -> None:
        super().__init__(file, protocol)
        self.storages: list[bytes] = []
        self.keys: dict[int, str] = {}
        self.alive: list = []

    def save(self, obj, save_persistent_id=True):
        kind = type(obj)
        if kind is _Global:
            self._write_global(obj, obj.module, obj.name)
        elif kind is _C.dtype:
            self._write_global(obj, "torch", _dtype_name(obj))
        elif kind is _C.Size:
            self.save_reduce(_Global("torch", "Size"), (tuple(obj),), obj=obj)
        elif kind is _C.device:
            self.save_reduce(_Global("torch", "device"), (str(obj),), obj=obj)
        elif isinstance(obj, type) and obj.__module__.startswith("torch.") and obj.__qualname__ == obj.__name__:
            self._write_global(obj, obj.__module__, obj.__name__)
        else:
            super().save(obj, save_persistent_id)

    def _write_global(self, obj, module, name) -> None:
        if id(obj) in self.memo:
            self.write(self.get(self.memo[id(obj)][0]))
            return
        self.write(pickle.GLOBAL + f"{module}\n{name}\n".encode())
        self.memoize(obj)

    def persistent_id(self, obj):
        return obj.reference if isinstance(obj, _Reference) else None

    def reducer_override(self, obj):
        if isinstance(obj, _C.Tensor):
            return self._reduce_tensor(obj)
        modules = sys.modules.get("rgrad.nn.modules.module")
        if modules is not None and isinstance(obj, modules.Module) and type(obj).__module__.startswith("torch."):
            import copyreg

            return copyreg.__newobj__, (type(obj),), _pytorch_state(obj)
        return NotImplemented

    def _reduce_tensor(self, tensor):
        from collections import OrderedDict

        if isinstance(tensor, _C.Parameter):
            return _REBUILD_PARAMETER, (tensor.detach(), tensor.requires_grad, OrderedDict())
        # The whole storage, once: tensors that share it share it when they are read.
        identity, name = tensor._storage_id(), _dtype_name(tensor.dtype)
        key = self.keys.get(identity)
        if key is None:
            key = self.keys[identity] = str(len(self.storages))
            self.storages.append(_utils.raw_bytes(tensor._storage_bytes()))
            self.alive.append(tensor)
        count = len(self.storages[int(key)]) // tensor.element_size()
        reference = _Reference(("storage", _Global("torch", _STORAGES[name]), key, "cpu", count))
        return _REBUILD, (
            reference, tensor.storage_offset(), tuple(tensor.shape), tuple(tensor.stride()), tensor.requires_grad, OrderedDict()
        )


def _pytorch_state(module) -> dict:
    """A module's attributes as PyTorch keeps them: members in their tables only, and every hook table."""
    from collections import OrderedDict

    from .nn.modules._hooks import HooksMixin
    from .nn.modules._tables import LazyTable, MemberTable

    state = dict(module.__getstate__())
    for table in [value for value in state.values() if isinstance(value, MemberTable)]:
        for name in table:
            state.pop(name, None)
    for name, value in vars(HooksMixin).items():
        if isinstance(value, LazyTable):
            state.setdefault(name, OrderedDict())
    state.setdefault("_is_full_backward_hook", None)
    return state


class _Reference:
    def __init__(self, reference) -> None:
        self.reference = reference


def save(obj, f, pickle_module=pickle, pickle_protocol=2, _use_new_zipfile_serialization=True, **_) -> None:
    """Write ``obj`` (tensors, state dicts, any picklable object) to a path or a file."""
    buffer = io.BytesIO()
    pickler = _Pickler(buffer, pickle_protocol)
    pickler.dump(obj)
    is_path = isinstance(f, (str, os.PathLike))
    if not is_path and not hasattr(f, "write"):
        raise AttributeError("expected 'f' to be string, path, or a file-like object with a 'write' attribute")
    root = os.path.splitext(os.path.basename(os.fspath(f)))[0] if is_path else "archive"
    if is_path:
        folder = os.path.dirname(os.fspath(f))
        if folder and not os.path.isdir(folder):
            raise RuntimeError(f"Parent directory {folder} does not exist.")
    with zipfile.ZipFile(f, "w", zipfile.ZIP_STORED) as archive:
        records = {"data.pkl": buffer.getvalue(), "byteorder": sys.byteorder.encode()}
        records.update({f"data/{i}": data for i, data in enumerate(pickler.storages)})
        records["version"] = b"3\n"
        for name, data in records.items():
            _write_aligned(archive, f"{root}/{name}", data)


def _write_aligned(archive, name: str, data: bytes) -> None:
    """A record whose bytes start at a multiple of 64, so that readers may map the file."""
    info = zipfile.ZipInfo(name)
    start = archive.fp.tell() + 30 + len(name.encode())
    gap = -(start + 4) % 64
    info.extra = b"FB" + gap.to_bytes(2, "little") + b"Z" * gap
    archive.writestr(info, data)


# ---- reading ---------------------------------------------------------------------------------------------------------

_safe: dict[str, object] = {}


def _full_name(obj) -> str:
    return f"{obj.__module__}.{obj.__qualname__}"


def add_safe_globals(safe_globals) -> None:
    """Allow these classes and functions in files loaded with ``weights_only``; (object, name) pairs name them."""
    for entry in safe_globals:
        obj, name = entry if isinstance(entry, tuple) else (entry, _full_name(entry))
        _safe[name] = obj


def get_safe_globals() -> list:
    """What was allowed."""
    return list(_safe.values())


def clear_safe_globals() -> None:
    """Allow nothing more than by default."""
    _safe.clear()


class safe_globals:
    """Allow classes for the length of a ``with`` block."""

    def __init__(self, safe_globals) -> None:
        self.entries = safe_globals

    def __enter__(self) -> None:
        self.saved = dict(_safe)
        add_safe_globals(self.entries)

    def __exit__(self, *exc) -> None:
        _safe.clear()
        _safe.update(self.saved)


class _StorageType:
    def __init__(self, name: str) -> None:
        self.dtype = getattr(_C, _DTYPES[name])


def _known(module: str, name: str):
    """What a name of PyTorch's own files means here, or None."""
    if module == "torch":
        if name in _DTYPES:
            return _StorageType(name)
        if name in ("Size", "device", "Tensor") or (name in _STORAGES and hasattr(_C, name)):
            return getattr(_C, name)
    if module == "torch._utils" and name.startswith("_rebuild_"):
        return getattr(_utils, name, None)
    if (module, name) == ("torch._tensor", "_rebuild_from_type_v2"):
        return _rebuild_from_type
    if (module, name) == ("torch.nn.parameter", "Parameter"):
        return _C.Parameter
    if (module, name) == ("collections", "OrderedDict"):
        from collections import OrderedDict

        return OrderedDict
    if (module, name) in (("collections", "Counter"), ("collections", "defaultdict"), ("collections", "deque")):
        import collections

        return getattr(collections, name)
    if module in ("builtins", "__builtin__") and name in ("set", "frozenset", "complex", "bytearray", "slice", "dict"):
        return {"set": set, "frozenset": frozenset, "complex": complex, "bytearray": bytearray, "slice": slice,
                "dict": dict}[name]
    if (module, name) == ("_codecs", "encode"):
        import _codecs

        return _codecs.encode
    return None


def _rebuild_from_type(function, kind, arguments, state):
    """A tensor with attributes of its own."""
    tensor = function(*arguments)
    for name, value in (state if isinstance(state, dict) else {}).items():
        setattr(tensor, name, value)
    return tensor


class _Unpickler(pickle.Unpickler):
    """Reads names as ours; with ``weights_only`` it knows no others than those of tensors and plain containers."""

    def __init__(self, file, read, weights_only, **kwargs) -> None:
        super().__init__(file, **kwargs)
        # The bytes of a storage, by its key and their number.
        self.read, self.weights_only = read, weights_only
        self.storages: dict[str, object] = {}

    def find_class(self, module, name):
        found = _known(module, name)
        if found is not None:
            return found
        full = f"{module}.{name}"
        if full in _safe:
            return _safe[full]
        if self.weights_only:
            raise pickle.UnpicklingError(
                f"Weights only load failed. The file names {full}, which is not allowed by default. Load it with "
                "`weights_only=False` if you trust its source, since that may run any code, or allow the name with "
                f"`torch.serialization.add_safe_globals([{name}])`.\n\tWeightsUnpickler error: Unsupported global: "
                f"GLOBAL {full} was not an allowed global by default."
            )
        if module == "torch" or module.startswith("torch."):
            from importlib import import_module

            obj = import_module("rgrad" + module[5:])
            for part in name.split("."):
                obj = getattr(obj, part)
            return obj
        return super().find_class(module, name)

    def persistent_load(self, reference):
        tag, kind = reference[:2]
        if tag == "module":
            return kind
        if tag != "storage":
            raise pickle.UnpicklingError(f"Unknown typename for persistent_load, expected 'storage' but got '{tag}'")
        key, _, count = reference[2:5]
        storage = self.storages.get(key)
        if storage is None:
            data = self.read(key, count * kind.dtype.itemsize)
            storage = self.storages[key] = _utils.LoadedStorage(data, kind.dtype)
        return storage


_MAGIC, _PROTOCOL = 0x1950A86A20F9469CFC6C, 1001


def _load_before_zip(file, weights_only, **pickle_load_args):
    """A file as PyTorch wrote it before 1.6, and pickles of tensors still hold it: pickles, then the storages."""
    buffers: dict[str, bytearray] = {}

    def room(key, size):
        return buffers.setdefault(key, bytearray(size))

    def pickled():
        return _Unpickler(file, room, weights_only, **pickle_load_args).load()

    if pickled() != _MAGIC:
        raise RuntimeError("Invalid magic number; corrupt file?")
    protocol = pickled()
    if protocol != _PROTOCOL:
        raise RuntimeError(f"Invalid protocol version: {protocol}")
    system = pickled()
    if system["little_endian"] != (sys.byteorder == "little"):
        raise RuntimeError("the file's numbers have another order of bytes than this machine's")
    result = pickled()
    for key in pickled():
        buffer = buffers[key]
        # How many elements come before them.
        if len(file.read(8)) < 8 or file.readinto(buffer) < len(buffer):
            raise EOFError("Ran out of input")
    return result


def load(f, map_location=None, pickle_module=None, *, weights_only=None, mmap=None, **pickle_load_args):
    """Read what ``save`` wrote. Only tensors and plain containers are allowed, unless ``weights_only`` is False."""
    weights_only = True if weights_only is None else weights_only
    if isinstance(f, (str, os.PathLike)):
        with open(f, "rb") as file:
            return load(file, weights_only=weights_only, **pickle_load_args)
    # A number would be the file descriptor of something else.
    if not hasattr(f, "seek"):
        raise AttributeError(
            f"'{type(f).__name__}' object has no attribute 'seek'. You can only torch.load from a file that is seekable. "
            "Please pre-load the data into a buffer like io.BytesIO and try to load from it instead."
        )
    start = f.tell()
    is_zip = f.read(4) == b"PK\x03\x04"
    f.seek(start)
    if not is_zip:
        return _load_before_zip(f, weights_only, **pickle_load_args)
    with zipfile.ZipFile(f) as archive:
        root = archive.namelist()[0].partition("/")[0]
        try:
            order = archive.read(f"{root}/byteorder").decode()
        except KeyError:
            order = "little"
        if order != sys.byteorder:
            raise RuntimeError(f"the file holds {order}-endian numbers, this machine is {sys.byteorder}-endian")
        data = io.BytesIO(archive.read(f"{root}/data.pkl"))

        def read(key, size):
            return bytearray(archive.read(f"{root}/data/{key}"))

        return _Unpickler(data, read, weights_only, **pickle_load_args).load()
