"""Parametrizations: a parameter that is computed from another by modules, each time it is read."""
from __future__ import annotations

from ... import _C
from ..modules.container import ModuleDict, ModuleList
from ..modules.module import Module as Module
from ..parameter import Parameter

__all__ = [
    "ParametrizationList", "cached", "is_parametrized", "register_parametrization", "remove_parametrizations",
    "transfer_parametrizations_and_params", "type_before_parametrizations",
]

_caching = 0
_cache: dict = {}


class cached:
    """In the block, every parametrized tensor is computed once."""

    def __enter__(self) -> None:
        global _caching
        _caching += 1

    def __exit__(self, *exc) -> None:
        global _caching
        _caching -= 1
        if not _caching:
            _cache.clear()


class ParametrizationList(ModuleList):
    """The modules that compute one tensor, and the tensors (``original``) they start from."""

    def __init__(self, modules, original, unsafe=False) -> None:
        if not modules:
            raise ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        value, shape = original, original.shape
        from ..._grad_mode import no_grad

        with no_grad():
            for module in reversed(list(self)):
                inverse = getattr(module, "right_inverse", None)
                if inverse is not None:
                    try:
                        value = inverse(value)
                    except NotImplementedError:
                        pass
        self.is_tensor = isinstance(value, _C.Tensor)
        if self.is_tensor:
            self.ntensors = 1
            if value is not original:
                original.data = value.detach()
            self._keep("original", original, original)
        else:
            self.ntensors = len(value)
            for i, part in enumerate(value):
                kept = Parameter(part.detach()) if isinstance(original, Parameter) else part
                self._keep(f"original{i}", kept, original)
        if not unsafe:
            self._check(original.dtype, shape)

    def _check(self, dtype, shape) -> None:
        """Compute the tensor once: it must be like the one it stands for."""
        result = self()
        if not isinstance(result, _C.Tensor):
            raise ValueError(f"A parametrization must return a tensor. Got {type(result).__name__}.")
        words = "Registering a parametrization may not change the {0} of the tensor, unless `unsafe` flag is enabled."
        for what, before, after in (("dtype", dtype, result.dtype), ("shape", shape, result.shape)):
            if before != after:
                raise ValueError(
                    f"{words.format(what)}\nunparametrized {what}: {before}\nparametrized {what}: {after}"
                )

    def _keep(self, name, value, like) -> None:
        if isinstance(like, Parameter):
            self.register_parameter(name, value)
        else:
            self.register_buffer(name, value)

    def _originals(self):
        if self.is_tensor:
            return (self.original,)
        return tuple(getattr(self, f"original{i}") for i in range(self.ntensors))

    def right_inverse(self, value) -> None:
        """Set the originals so that the tensor becomes ``value``."""
        from ..._grad_mode import no_grad

        with no_grad():
            for module in reversed(list(self)):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(
                        f"parametrization {type(module).__name__} does not implement right_inverse."
                    )
                value = module.right_inverse(value)
            values = (value,) if self.is_tensor else value
            for kept, new in zip(self._originals(), values):
                kept.data = new.detach()

    def forward(self):
        modules = iter(self)
        value = next(modules)(*self._originals())
        for module in modules:
            value = module(value)
        return value


def _property(name: str) -> property:
    def read(self):
        if _caching:
            key = id(self), name
            if key not in _cache:
                _cache[key] = self.parametrizations[name]()
            return _cache[key]
        return self.parametrizations[name]()

    def write(self, value) -> None:
        self.parametrizations[name].right_inverse(value)

    return property(read, write)


def _own_class(module) -> None:
    """Give ``module`` a class of its own, on which properties can be put."""
    cls = type(module)

    def __deepcopy__(self, memo):
        import copy

        twin = memo.get(id(self))
        if twin is None:
            twin = memo[id(self)] = cls.__new__(cls)
            twin.__class__ = type(self)
            twin.__setstate__(copy.deepcopy(self.__getstate__(), memo))
        return twin

    # a property comes before an attribute of the instance, so it must stand on a class that no other module has
    new = type(f"Parametrized{cls.__name__}", (cls,), {"__deepcopy__": __deepcopy__, "parametrized_from": cls})
    module.__class__ = new


def register_parametrization(module, tensor_name, parametrization, *, unsafe=False):
    """From now on ``module.tensor_name`` is ``parametrization(original)``; several may be put one on the other."""
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        module.parametrizations[tensor_name].append(parametrization)
        return module
    if tensor_name not in module._parameters and tensor_name not in module._buffers:
        raise ValueError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element with name '{tensor_name}'"
        )
    original = getattr(module, tensor_name)
    chain = ParametrizationList([parametrization], original, unsafe)
    delattr(module, tensor_name)
    if not is_parametrized(module):
        _own_class(module)
        module.parametrizations = ModuleDict()
    module.parametrizations[tensor_name] = chain
    setattr(type(module), tensor_name, _property(tensor_name))
    return module


def is_parametrized(module, tensor_name=None) -> bool:
    """Whether the module (or that tensor of it) is parametrized."""
    chains = module.__dict__.get("parametrizations")
    if not isinstance(chains, ModuleDict):
        return False
    return len(chains) > 0 if tensor_name is None else tensor_name in chains


def remove_parametrizations(module, tensor_name, leave_parametrized=True):
    """Make ``tensor_name`` plain again, with its present value or, if not ``leave_parametrized``, the original's."""
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    chain = module.parametrizations[tensor_name]
    if leave_parametrized:
        value = getattr(module, tensor_name).detach()
        if chain.is_tensor and isinstance(chain.original, Parameter):
            kept = chain.original
            kept.data = value
        else:
            kept = Parameter(value) if isinstance(chain._originals()[0], Parameter) else value
    else:
        if not chain.is_tensor:
            raise ValueError(
                "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in terms of a "
                "sequence of tensors."
            )
        kept = chain.original
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    if isinstance(kept, Parameter):
        module.register_parameter(tensor_name, kept)
    else:
        module.register_buffer(tensor_name, kept)
    if not is_parametrized(module):
        del module.parametrizations
        module.__class__ = type(module).parametrized_from
    return module


def type_before_parametrizations(module) -> type:
    """The class that the module had first."""
    return getattr(type(module), "parametrized_from", type(module))


def transfer_parametrizations_and_params(from_module, to_module, tensor_name=None):
    """Give ``to_module`` the same parametrizations, and the same originals."""
    names = list(from_module.parametrizations) if tensor_name is None else [tensor_name]
    for name in names:
        source = from_module.parametrizations[name]
        for parametrization in source:
            register_parametrization(to_module, name, parametrization, unsafe=source.unsafe)
        for mine, theirs in zip(to_module.parametrizations[name]._originals(), source._originals()):
            mine.data = theirs.detach().clone()
    return to_module
