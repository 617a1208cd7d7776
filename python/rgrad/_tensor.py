"""Methods of Tensor that PyTorch, too, writes in Python; put on the compiled type when rgrad is imported.

Each loads what it needs when it is called, so that importing rgrad stays cheap.
"""
from __future__ import annotations

import copyreg

from . import _C

Tensor = _C.Tensor


def _home(module: str, name: str):
    """A method that is a function of a submodule with the tensor as first argument."""

    def method(self, *args, **kwargs):
        from importlib import import_module

        return getattr(import_module("rgrad." + module), name)(self, *args, **kwargs)

    method.__name__, method.__qualname__ = name, f"Tensor.{name}"
    return method


def __repr__(self, *, tensor_contents=None):
    from ._tensor_str import tensor_repr

    return tensor_repr(self, tensor_contents=tensor_contents)


def _parameter_repr(self):
    from ._tensor_str import parameter_repr

    return parameter_repr(self)


def __format__(self, spec):
    from ._tensor_str import tensor_format

    return tensor_format(self, spec)


def __reduce_ex__(self, protocol):
    from ._utils import reduce_tensor

    return reduce_tensor(self, protocol)


def __deepcopy__(self, memo):
    """A copy; leaves only, since a copied history would belong to nobody. Copies of tensors that share memory share it."""
    if not self.is_leaf:
        raise RuntimeError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment.  "
            "If you were attempting to deepcopy a module, this may be because of a torch.nn.utils.weight_norm usage, "
            "see https://github.com/pytorch/pytorch/pull/103001"
        )
    if id(self) in memo:
        return memo[id(self)]
    from .storage import of_tensor

    # The first to copy a storage copies all of it; the others look into that copy.
    elements = of_tensor(self).__deepcopy__(memo)._as(self.dtype)
    copied = elements.as_strided(self.shape, self.stride(), self.storage_offset()).detach()
    kind = type(self)
    if kind is _C.Parameter:
        copied = _C.Parameter(copied, self.requires_grad)
    elif kind is not Tensor:
        copied = _C._make_subclass(kind, copied, self.requires_grad)
    else:
        copied.requires_grad_(self.requires_grad)
    if self.__dict__:
        from copy import deepcopy

        copied.__dict__ = deepcopy(self.__dict__, memo)
    memo[id(self)] = copied
    if self.grad is not None:
        from copy import deepcopy

        copied.grad = deepcopy(self.grad, memo)
    return copied


def __contains__(self, element):
    if isinstance(element, (Tensor, int, float, bool)):
        return bool((element == self).any().item())
    raise RuntimeError(
        f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}."
    )


def __array__(self, dtype=None, copy=None):
    array = self.numpy()
    if dtype is not None and array.dtype != dtype:
        if copy is False:
            raise ValueError("Unable to avoid copy while creating an array as requested.")
        return array.astype(dtype)
    return array.copy() if copy else array


def __array_wrap__(self, array, context=None, return_scalar=False):
    if array.dtype == bool:
        array = array.astype("uint8")
    return _C.from_numpy(array)


def __reversed__(self):
    return self if self.dim() == 0 else self.flip(0)


def __rdiv__(self, other):
    return self.reciprocal() * other


def __dir__(self):
    return sorted(set(dir(type(self))) | set(self.__dict__))


def split(self, split_size, dim=0):
    """Views of ``split_size`` indices each, or of the given lengths, along ``dim``."""
    if isinstance(split_size, int):
        return _C.split(self, split_size, dim)
    return _C.split_with_sizes(self, split_size, dim)


split.__qualname__ = "Tensor.split"


def apply_(self, function):
    """Replaces every element by ``function(element)``."""
    if self.requires_grad:
        raise RuntimeError("Can't call apply_() on Variable that requires grad. Use var.detach().apply_() instead.")
    flat = [function(x) for x in self.reshape(-1).tolist()]
    self.copy_(_C.tensor(flat, dtype=self.dtype).reshape(self.shape))
    return self


def map_(self, tensor, function):
    """Replaces every element by ``function(element, the other's element)``."""
    pairs = zip(self.detach().reshape(-1).tolist(), tensor.expand_as(self).reshape(-1).tolist())
    self.detach().copy_(_C.tensor([function(a, b) for a, b in pairs], dtype=self.dtype).reshape(self.shape))
    return self


def is_pinned(self, device=None):
    return False


def pin_memory(self, device=None):
    return self


def new(self, *args, **kwargs):
    """A tensor of this dtype: sizes, or data."""
    return Tensor(*args, **kwargs).to(self.dtype)


def storage(self):
    """The memory under the tensor, read in its dtype."""
    from .storage import TypedStorage, _warn, of_tensor

    _warn()
    return TypedStorage(wrap_storage=of_tensor(self), dtype=self.dtype, _internal=True)


def untyped_storage(self):
    """The memory under the tensor."""
    from .storage import of_tensor

    return of_tensor(self)


def storage_type(self):
    """The class of storages of this dtype."""
    from . import storage

    return getattr(storage, storage._NAMES_OF[self.dtype])


def set_(self, source=None, storage_offset=0, size=None, stride=None):
    """Takes over the memory of a tensor or storage."""
    from . import storage

    if source is None:
        source = _C.empty(0, dtype=self.dtype)
    if not isinstance(source, Tensor):
        typed = getattr(source, "dtype", self.dtype)
        source = source.untyped()
        if typed != self.dtype:
            raise RuntimeError(
                f"Expected a Storage of type {storage._c_name(self.dtype)} or an UntypedStorage, but got type "
                f"{storage._NAMES_OF[typed].removesuffix('Storage')} for argument 1 'storage'"
            )
        if size is None:
            source = source._as(self.dtype)
    elif source.dtype != self.dtype:
        raise RuntimeError(
            f"Could not set tensor of type {storage._c_name(source.dtype)} to a tensor of type {storage._c_name(self.dtype)}"
        )
    if size is not None:
        if isinstance(source, Tensor):
            source = storage.of_tensor(source)
        size = (size,) if isinstance(size, int) else tuple(size)
        if stride is None:
            stride = _C.empty(size, dtype=_C.bool).stride()
        stride = (stride,) if isinstance(stride, int) else tuple(stride)
        reach = storage_offset + sum((n - 1) * s for n, s in zip(size, stride)) + 1
        if 0 not in size and reach * self.dtype.itemsize > source.nbytes():
            source.resize_(reach * self.dtype.itemsize)
        source = source._as(self.dtype).as_strided(size, stride, storage_offset)
    from .autograd.graph import increment_version

    increment_version(self)
    return self._set_data(source.detach())


def __dlpack__(self, *, stream=None, **options):
    from .utils.dlpack import tensor_dlpack

    return tensor_dlpack(self, stream, **options)


def __dlpack_device__(self):
    """The CPU."""
    return 1, 0


def dim_order(self, *, ambiguity_check=False):
    """Dimensions from the largest stride to the smallest."""
    return tuple(sorted(range(self.dim()), key=lambda d: -self.stride(d)))


def _converted(result, cls):
    if isinstance(result, Tensor):
        return result if isinstance(result, cls) else result.as_subclass(cls)
    if isinstance(result, (tuple, list)):
        items = [_converted(item, cls) for item in result]
        return type(result)._make(items) if hasattr(type(result), "_make") else type(result)(items)
    return result


def __torch_function__(cls, func, types, args=(), kwargs=None):
    """Results of functions on a subclass are of the subclass, unless a type that is unrelated takes part."""
    from .overrides import get_default_nowrap_functions

    if not all(issubclass(cls, t) for t in types):
        return NotImplemented
    with _C.DisableTorchFunctionSubclass():
        result = func(*args, **(kwargs or {}))
        if cls is Tensor or func in get_default_nowrap_functions():
            return result
        return _converted(result, cls)


def _make_subclass(cls, data, require_grad=False, **options):
    """An instance of ``cls`` over the elements of ``data``, without its history."""
    return _C._make_subclass(cls, data, require_grad)


def _overridable(method):
    from functools import wraps

    @wraps(method)
    def call(self, *args, **kwargs):
        if _C._has_torch_function((self,)):
            return _C._handle_torch_function(call, (self,), (self, *args), kwargs)
        return method(self, *args, **kwargs)

    return call


def _make_overridable() -> None:
    """The core calls it when the first object of a subclass is made: until then methods need not look for overrides."""
    for name in _NAMES:
        setattr(Tensor, name, _overridable(Tensor.__dict__[name]))


_METHODS = (
    __repr__, __format__, __reduce_ex__, __deepcopy__, __contains__, __array__, __array_wrap__, __reversed__, __rdiv__,
    __dir__, split, apply_, map_, is_pinned, pin_memory, new, storage,
    untyped_storage, storage_type, set_, dim_order, __dlpack__, __dlpack_device__,
)

for _method in _METHODS:
    setattr(Tensor, _method.__name__, _method)
for _name in ("unique", "unique_consecutive", "stft", "istft", "lu"):
    setattr(Tensor, _name, _home("functional", _name))
_NAMES = [_method.__name__ for _method in _METHODS if _method is not __dir__] + ["unique", "unique_consecutive", "stft", "istft", "lu"]
Tensor.__str__ = __repr__
Tensor.__torch_function__ = classmethod(__torch_function__)
Tensor._make_subclass = staticmethod(_make_subclass)
Tensor.__array_priority__ = 1000
_C.Parameter.__repr__ = _C.Parameter.__str__ = _parameter_repr
_C.Parameter.__module__ = "torch.nn.parameter"


def _reduce_generator(generator):
    from ._utils import rebuild_generator

    return rebuild_generator, (generator.get_state(),)


copyreg.pickle(_C.Generator, _reduce_generator)  # type: ignore[arg-type]
