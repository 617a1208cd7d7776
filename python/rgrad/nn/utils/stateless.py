"""Calling a module with other parameters."""
from __future__ import annotations

__all__ = ["functional_call"]


def _functional_call(module, parameters_and_buffers, args, kwargs=None, *, tie_weights=True, strict=False):
    """Call ``module`` with some of its tensors replaced; afterwards it has its own again."""
    if not isinstance(args, tuple):
        args = (args,)
    own = dict(module.named_parameters(remove_duplicate=False))
    own.update(module.named_buffers(remove_duplicate=False))
    given = dict(parameters_and_buffers)
    unknown = [name for name in given if name not in own]
    if strict and (unknown or len(given) < len(own)):
        missing = [name for name in own if name not in given]
        words = []
        if unknown:
            words.append(f"Unexpected key(s): {', '.join(unknown)}.")
        if missing:
            words.append(f"Missing key(s): {', '.join(missing)}.")
        raise RuntimeError("Error(s) in strict functional_call: " + " ".join(words))
    if tie_weights:
        by_id = {id(own[name]): value for name, value in given.items() if name in own}
        for name, tensor in own.items():
            if name not in given and id(tensor) in by_id:
                given[name] = by_id[id(tensor)]
    places = []
    for name, value in given.items():
        if name in unknown:
            continue
        path, _, attribute = name.rpartition(".")
        owner = module.get_submodule(path)
        table = owner._parameters if attribute in owner._parameters else owner._buffers
        places.append((table, attribute, table[attribute]))
        table[attribute] = value
    try:
        return module(*args, **(kwargs or {}))
    finally:
        for table, attribute, value in reversed(places):
            table[attribute] = value


def functional_call(module, parameters_and_buffers, args=None, kwargs=None, *, tie_weights=True, strict=False):
    """The old home of ``torch.func.functional_call``."""
    import warnings

    warnings.warn(
        "This API is deprecated as of PyTorch 2.0 and will be removed in a future version of PyTorch. Please use "
        "torch.func.functional_call instead which is a drop-in replacement for this API.",
        FutureWarning,
        stacklevel=2,
    )
    return _functional_call(module, parameters_and_buffers, args or (), kwargs, tie_weights=tie_weights, strict=strict)
