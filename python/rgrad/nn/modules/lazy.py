"""Modules whose sizes are read off the first input."""
from __future__ import annotations

from ..parameter import is_lazy

__all__ = ["LazyModuleMixin"]


class LazyModuleMixin:
    """Run ``initialize_parameters(*args)`` at the first call, then turn into ``cls_to_become``."""

    cls_to_become = None

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self._load_hook = self._register_load_state_dict_pre_hook(self._lazy_load_hook)
        self._initialize_hook = self.register_forward_pre_hook(self._infer_parameters, with_kwargs=True)
        import warnings

        warnings.warn(
            "Lazy modules are a new feature under heavy development so changes to the API or functionality can happen "
            "at any moment.",
            stacklevel=2,
        )

    def has_uninitialized_params(self) -> bool:
        """Whether some parameter or buffer still has no shape."""
        return any(map(is_lazy, [*self._parameters.values(), *self._buffers.values()]))

    def initialize_parameters(self, *args, **kwargs) -> None:
        """Give the parameters the shapes that the input asks for."""
        raise NotImplementedError(f"initialize_parameters is not implemented for {type(self).__name__}")

    def _infer_parameters(self, module, args, kwargs=None) -> None:
        module.initialize_parameters(*args, **(kwargs or {}))
        if module.has_uninitialized_params():
            raise RuntimeError(f"module {self._get_name()} has not been fully initialized")
        module._initialize_hook.remove()
        module._load_hook.remove()
        del module._initialize_hook, module._load_hook
        if module.cls_to_become is not None:
            module.__class__ = module.cls_to_become

    def _lazy_load_hook(self, state_dict, prefix, local_metadata, strict, missing, unexpected, errors) -> None:
        for table in (self._parameters, self._buffers):
            for name, value in table.items():
                source = state_dict.get(prefix + name)
                if value is not None and source is not None and is_lazy(value) and not is_lazy(source):
                    from ..._grad_mode import no_grad

                    with no_grad():
                        value.materialize(source.shape)

    def _save_to_state_dict(self, destination, prefix, keep_vars) -> None:
        for table in (self._parameters, self._buffers):
            for name, value in table.items():
                if value is not None and name not in self._non_persistent_buffers_set:
                    destination[prefix + name] = value if keep_vars or is_lazy(value) else value.detach()
