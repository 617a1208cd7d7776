"""The memory under tensors: bytes, and the same bytes under a dtype. Tensors share memory when they share a storage."""
from __future__ import annotations

from weakref import WeakValueDictionary

from . import _C

__all__ = ["TypedStorage", "UntypedStorage"]

_NAMES = {
    "FloatStorage": "float32", "DoubleStorage": "float64", "HalfStorage": "float16", "BFloat16Storage": "bfloat16",
    "LongStorage": "int64", "IntStorage": "int32", "ShortStorage": "int16", "CharStorage": "int8", "ByteStorage": "uint8",
    "BoolStorage": "bool",
}
_NAMES_OF = {getattr(_C, dtype): name for name, dtype in _NAMES.items()}
# One object for each storage while somebody holds it.
_live: WeakValueDictionary = WeakValueDictionary()


def _c_name(dtype) -> str:
    """A dtype as some error texts name it."""
    names = {
        "float32": "float", "float64": "double", "int64": "long int", "int32": "int", "int16": "short int",
        "int8": "signed char", "uint8": "unsigned char", "float16": "c10::Half", "bfloat16": "c10::BFloat16",
    }
    name = str(dtype).removeprefix("torch.")
    return names.get(name, name)


def of_tensor(tensor) -> UntypedStorage:
    """The storage under a tensor."""
    key = tensor._storage_id()
    found = _live.get(key)
    if found is None:
        found = _live[key] = UntypedStorage._over(tensor._storage_bytes())
    return found


class UntypedStorage:
    """Bytes: of a size, of a sequence of numbers, or those under a tensor (``tensor.untyped_storage()``)."""

    is_sparse = is_sparse_csr = is_cuda = is_hpu = False
    filename = None

    def __init__(self, size=0, *, device=None) -> None:
        if isinstance(size, int):
            self._bytes = _C.empty(size, dtype=_C.uint8)
        else:
            self._bytes = _C.tensor(list(size), dtype=_C.uint8)
        _live[self._bytes._storage_id()] = self

    @classmethod
    def _over(cls, data):
        self = object.__new__(cls)
        self._bytes = data
        return self

    @property
    def _cdata(self) -> int:
        return self._bytes._storage_id()

    @property
    def device(self):
        return self._bytes.device

    def nbytes(self) -> int:
        return self._bytes.numel()

    def size(self) -> int:
        return self._bytes.numel()

    def __len__(self) -> int:
        return self._bytes.numel()

    def data_ptr(self) -> int:
        return self._bytes.data_ptr()

    def element_size(self) -> int:
        return 1

    def is_shared(self) -> bool:
        return False

    def is_pinned(self, device="cuda") -> bool:
        return False

    def get_device(self) -> int:
        return -1

    def type(self, dtype=None, non_blocking=False):
        return "torch.storage.UntypedStorage"

    def tolist(self) -> list:
        return self._bytes.tolist()

    def __iter__(self):
        return iter(self.tolist())

    def __getitem__(self, index):
        if isinstance(index, slice):
            return UntypedStorage(self._bytes[index].tolist())
        if not -len(self) <= index < len(self):
            raise IndexError(f"index {index} out of range for storage of size {len(self)}")
        return self._bytes[index].item()

    def __setitem__(self, index, value) -> None:
        self._bytes[index] = value

    def clone(self):
        return UntypedStorage._over(self._bytes.clone())

    def cpu(self):
        return self

    def copy_(self, source, non_blocking=None):
        if self.nbytes() != source.nbytes():
            raise RuntimeError(f"size does not match, self was {self.nbytes()} bytes but src was {source.nbytes()} bytes")
        self._bytes.copy_(source.untyped()._bytes if isinstance(source, TypedStorage) else source._bytes)
        return self

    def fill_(self, value):
        self._bytes.fill_(value)
        return self

    def resize_(self, size):
        """More bytes; fewer are refused, since tensors may reach them."""
        if size < self.nbytes():
            raise RuntimeError("Trying to resize storage that is not resizable")
        self._bytes.resize_(size)
        return self

    def untyped(self):
        return self

    def _as(self, dtype):
        """A vector over all whole elements."""
        return self._bytes[: len(self) // dtype.itemsize * dtype.itemsize].view(dtype).detach()

    def __deepcopy__(self, memo):
        memo = memo.setdefault("torch", {})
        if self._cdata not in memo:
            memo[self._cdata] = self.clone()
        return memo[self._cdata]

    def __reduce__(self):
        return UntypedStorage, (self.tolist(),)

    def __eq__(self, other) -> bool:
        return isinstance(other, UntypedStorage) and self._cdata == other._cdata

    def __hash__(self) -> int:
        return self._cdata

    def __repr__(self) -> str:
        lines = "\n ".join(map(str, self.tolist()))
        return f" {lines}\n[torch.storage.UntypedStorage(device=cpu) of size {len(self)}]"


class TypedStorage:
    """A storage read as elements of a dtype; kept for old programs."""

    is_sparse = is_cuda = is_hpu = False
    _dtype = None

    def __init__(self, *args, wrap_storage=None, dtype=None, device=None, _internal=False) -> None:
        if not _internal:
            _warn()
        self.dtype = dtype or self._dtype or _C.get_default_dtype()
        if wrap_storage is not None:
            self._untyped = wrap_storage
        elif args and not isinstance(args[0], int):
            self._untyped = of_tensor(_C.tensor(list(args[0]), dtype=self.dtype))
        else:
            self._untyped = of_tensor(_C.empty(*args or (0,), dtype=self.dtype))

    @property
    def _elements(self):
        return self._untyped._as(self.dtype)

    @property
    def _cdata(self) -> int:
        return self._untyped._cdata

    @property
    def device(self):
        return self._untyped.device

    def untyped(self) -> UntypedStorage:
        return self._untyped

    def nbytes(self) -> int:
        return self._untyped.nbytes()

    def size(self) -> int:
        return self._untyped.nbytes() // self.dtype.itemsize

    def __len__(self) -> int:
        return self.size()

    def element_size(self) -> int:
        return self.dtype.itemsize

    def data_ptr(self) -> int:
        return self._untyped.data_ptr()

    def is_shared(self) -> bool:
        return False

    def is_pinned(self, device="cuda") -> bool:
        return False

    def pickle_storage_type(self) -> str:
        return _NAMES_OF[self.dtype]

    def type(self, dtype=None, non_blocking=False):
        return "torch." + self.pickle_storage_type()

    def tolist(self) -> list:
        return self._elements.tolist()

    def __iter__(self):
        return iter(self.tolist())

    def __getitem__(self, index):
        if isinstance(index, slice):
            raise RuntimeError("slices are only supported in UntypedStorage.__getitem__")
        if not -len(self) <= index < len(self):
            raise IndexError(f"index {index} out of range for storage of size {len(self)}")
        return self._elements[index].item()

    def __setitem__(self, index, value) -> None:
        self._elements[index] = value

    def clone(self):
        return self._new(self._untyped.clone())

    def cpu(self):
        return self

    def copy_(self, source, non_blocking=None):
        self._untyped.copy_(source)
        return self

    def fill_(self, value):
        self._elements.fill_(value)
        return self

    def resize_(self, size):
        self._untyped.resize_(size * self.dtype.itemsize)
        return self

    def _new(self, untyped, dtype=None):
        return TypedStorage(wrap_storage=untyped, dtype=dtype or self.dtype, _internal=True)

    def _to(self, dtype):
        return self if dtype == self.dtype else self._new(of_tensor(self._elements.to(dtype)), dtype)

    def __deepcopy__(self, memo):
        return self._new(self._untyped.__deepcopy__(memo))

    def __eq__(self, other) -> bool:
        return isinstance(other, TypedStorage) and self._cdata == other._cdata and self.dtype == other.dtype

    def __hash__(self) -> int:
        return self._cdata

    def __repr__(self) -> str:
        lines = "\n ".join(map(str, self.tolist()))
        return f" {lines}\n[torch.storage.TypedStorage(dtype={self.dtype}, device=cpu) of size {len(self)}]"


def _converter(dtype: str):
    def convert(self):
        return self._to(getattr(_C, dtype))

    return convert


for _method, _dtype in (
    ("float", "float32"), ("double", "float64"), ("half", "float16"), ("bfloat16", "bfloat16"), ("long", "int64"),
    ("int", "int32"), ("short", "int16"), ("char", "int8"), ("byte", "uint8"), ("bool", "bool"),
):
    setattr(TypedStorage, _method, _converter(_dtype))


_warned = False


def _warn() -> None:
    """Says once that this class is to go."""
    global _warned
    if _warned:
        return
    _warned = True
    import warnings

    warnings.warn(
        "TypedStorage is deprecated. It will be removed in the future and UntypedStorage will be the only storage class. "
        "This should only matter to you if you are using storages directly.  To access UntypedStorage directly, use "
        "tensor.untyped_storage() instead of tensor.storage()",
        UserWarning,
        stacklevel=3,
    )


def __getattr__(name: str):
    if name in _NAMES:
        made = type(name, (TypedStorage,), {"_dtype": getattr(_C, _NAMES[name]), "__module__": "torch"})
        globals()[name] = made
        return made
    raise AttributeError(f"module 'torch.storage' has no attribute '{name}'")


def _load_from_bytes(data: bytes):
    """The storage that PyTorch's pickle of a tensor holds."""
    from io import BytesIO

    from .serialization import load

    return load(BytesIO(data), weights_only=False)
