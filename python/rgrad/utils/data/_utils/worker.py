"""What a worker knows of itself. Workers here take turns inside the calling process.

Each keeps its own random state, seeded as PyTorch seeds its worker processes, so that samples come out the same.
"""
from __future__ import annotations

import random
import sys

from .... import _C

_info = None


class WorkerInfo:
    """``id``, ``num_workers``, ``seed`` and ``dataset`` of a worker."""

    def __init__(self, **values) -> None:
        self.__dict__.update(values)

    def __repr__(self) -> str:
        items = ", ".join(f"{name}={value}" for name, value in self.__dict__.items())
        return f"{type(self).__name__}({items})"


WorkerInfo.__module__ = "torch.utils.data._utils.worker"


def get_worker_info():
    """The WorkerInfo of the worker that is running, or None in the main program."""
    return _info


def _numpy_seed(base_seed: int, worker: int):
    """The four words that PyTorch gives to ``numpy.random.seed`` in worker ``worker``."""
    numpy = sys.modules["numpy"]
    words = [worker, base_seed & 0xFFFFFFFF, base_seed >> 32, 0]
    return numpy.random.SeedSequence(words).generate_state(4)


class Turn:
    """A worker; ``with turn:`` runs code as that worker."""

    def __init__(self, index, count, base_seed, dataset) -> None:
        self.info = WorkerInfo(id=index, num_workers=count, seed=base_seed + index, dataset=dataset)
        self.base_seed = base_seed
        self.states = None

    def __enter__(self) -> None:
        global _info
        numpy = sys.modules.get("numpy")
        self.outside = (_C.get_rng_state(), random.getstate(), numpy.random.get_state() if numpy else None)
        if self.states is None:
            random.seed(self.info.seed)
            _C.manual_seed(self.info.seed)
            if numpy:
                numpy.random.seed(_numpy_seed(self.base_seed, self.info.id))
        else:
            self._restore(self.states)
        _info = self.info

    def __exit__(self, *exc) -> None:
        global _info
        numpy = sys.modules.get("numpy")
        self.states = (_C.get_rng_state(), random.getstate(), numpy.random.get_state() if numpy else None)
        self._restore(self.outside)
        _info = None

    @staticmethod
    def _restore(states) -> None:
        core, python, arrays = states
        _C.set_rng_state(core)
        random.setstate(python)
        if arrays is not None:
            sys.modules["numpy"].random.set_state(arrays)
