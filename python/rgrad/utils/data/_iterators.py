"""Iterators of a loader: what all have in common, and the one without workers."""
from __future__ import annotations

import warnings

from ._utils.fetch import Fetcher, Job
from .sampler import _random_seed

_REPLICAS = (
    "For multiprocessing data-loading, this could be caused by not properly configuring the IterableDataset replica at "
    "each worker. Please see https://pytorch.org/docs/stable/data.html#torch.utils.data.IterableDataset for examples."
)


class _BaseDataLoaderIter:
    """One pass over the data."""

    def __init__(self, loader) -> None:
        self._index_sampler = loader._index_sampler
        self._sampler_iter = iter(self._index_sampler)
        self._base_seed = _random_seed(loader.generator)
        self._num_workers = loader.num_workers
        self._expected = loader._IterableDataset_len_called
        self._num_yielded = 0
        if loader.pin_memory:
            warnings.warn(
                "'pin_memory' argument is set as true but no accelerator is found, then device pinned memory won't be "
                "used.",
                stacklevel=4,
            )
        self._job = Job(
            loader.dataset, loader._is_stream, loader._auto_collation, loader.collate_fn, loader.drop_last
        )

    def _reset(self, loader) -> None:
        self._sampler_iter = iter(self._index_sampler)
        self._num_yielded = 0
        self._expected = loader._IterableDataset_len_called

    def __iter__(self):
        return self

    def __len__(self) -> int:
        return len(self._index_sampler)

    def _next_data(self):
        raise NotImplementedError

    def __next__(self):
        data = self._next_data()
        self._num_yielded += 1
        if self._job.is_stream and self._expected is not None and self._num_yielded > self._expected:
            warnings.warn(
                f"Length of IterableDataset {self._job.dataset} was reported to be {self._expected}(when accessing "
                f"len(dataloader)), but {self._num_yielded} samples have been fetched. "
                + (_REPLICAS if self._num_workers > 0 else ""),
                stacklevel=2,
            )
        return data

    def __getstate__(self):
        raise NotImplementedError("{} cannot be pickled", type(self).__name__)


class _SingleProcessDataLoaderIter(_BaseDataLoaderIter):
    """The iterator of a loader without workers."""

    def __init__(self, loader) -> None:
        super().__init__(loader)
        if loader.timeout != 0:
            raise AssertionError("_SingleProcessDataLoaderIter requires timeout == 0")
        self._fetcher = Fetcher(self._job)

    def _next_data(self):
        return self._fetcher.fetch(next(self._sampler_iter))


for _cls in (_BaseDataLoaderIter, _SingleProcessDataLoaderIter):
    _cls.__module__ = "torch.utils.data.dataloader"
