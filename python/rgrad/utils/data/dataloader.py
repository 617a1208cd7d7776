"""DataLoader: batches of a data set, in the order a sampler gives."""
from __future__ import annotations

import warnings

from ._utils.collate import default_collate, default_convert
from ._utils.worker import Turn, get_worker_info
from .dataset import IterableDataset
from .sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler, _random_seed

__all__ = ["DataLoader", "default_collate", "default_convert", "get_worker_info"]


class _InfiniteConstantSampler(Sampler):
    """None for ever: the sampler of a stream."""

    def __iter__(self):
        while True:
            yield None


class DataLoader:
    """Iterates over batches of ``dataset``.

    ``shuffle`` draws a new order each epoch; ``collate_fn`` makes a batch of a list of samples; ``batch_size=None``
    gives single samples. ``num_workers`` workers take turns inside this process, each with its own random numbers.

    >>> loader = DataLoader(TensorDataset(torch.arange(6)), batch_size=4)
    >>> [batch[0].tolist() for batch in loader]
    [[0, 1, 2, 3], [4, 5]]
    """

    _iterator = None
    __initialized = False

    def __init__(
        self, dataset, batch_size=1, shuffle=None, sampler=None, batch_sampler=None, num_workers=0, collate_fn=None,
        pin_memory=False, drop_last=False, timeout=0, worker_init_fn=None, multiprocessing_context=None,
        generator=None, *, prefetch_factor=None, persistent_workers=False, pin_memory_device="", in_order=True,
    ) -> None:
        if num_workers < 0:
            raise ValueError(
                "num_workers option should be non-negative; use num_workers=0 to disable multiprocessing."
            )
        if timeout < 0:
            raise ValueError("timeout option should be non-negative")
        if num_workers == 0 and prefetch_factor is not None:
            raise ValueError(
                "prefetch_factor option could only be specified in multiprocessing.let num_workers > 0 to enable "
                "multiprocessing, otherwise set prefetch_factor to None."
            )
        if num_workers > 0 and prefetch_factor is None:
            prefetch_factor = 2
        elif prefetch_factor is not None and prefetch_factor < 0:
            raise ValueError("prefetch_factor option should be non-negative")
        if num_workers > 0 and isinstance(multiprocessing_context, str):
            import multiprocessing

            methods = multiprocessing.get_all_start_methods()
            if multiprocessing_context not in methods:
                raise ValueError(
                    f"multiprocessing_context option should specify a valid start method in {methods!r}, but got "
                    f"multiprocessing_context={multiprocessing_context!r}"
                )
        if persistent_workers and num_workers == 0:
            raise ValueError("persistent_workers option needs num_workers > 0")
        self.dataset = dataset
        self.num_workers = num_workers
        self.prefetch_factor = prefetch_factor
        self.pin_memory = pin_memory
        self.pin_memory_device = pin_memory_device
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.multiprocessing_context = multiprocessing_context
        self.in_order = in_order
        self._is_stream = isinstance(dataset, IterableDataset)
        if self._is_stream:
            self._check_stream(shuffle, sampler, batch_sampler)
        else:
            shuffle = bool(shuffle)
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop_last:
                raise ValueError(
                    "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last"
                )
            batch_size, drop_last = None, False
        elif batch_size is None and drop_last:
            raise ValueError(
                "batch_size=None option disables auto-batching and is mutually exclusive with drop_last"
            )
        if sampler is None:
            if self._is_stream:
                sampler = _InfiniteConstantSampler()
            elif shuffle:
                sampler = RandomSampler(dataset, generator=generator)
            else:
                sampler = SequentialSampler(dataset)
        if batch_size is not None and batch_sampler is None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self.generator = generator
        if collate_fn is None:
            collate_fn = default_convert if batch_sampler is None else default_collate
        self.collate_fn = collate_fn
        self.persistent_workers = persistent_workers
        self._length_called = None
        self.__initialized = True

    def __class_getitem__(cls, item):
        return cls

    @staticmethod
    def _check_stream(shuffle, sampler, batch_sampler) -> None:
        words = "DataLoader with IterableDataset: expected unspecified"
        if shuffle not in (False, None):
            raise ValueError(f"{words} shuffle option, but got shuffle={shuffle}")
        if sampler is not None:
            raise ValueError(f"{words} sampler option, but got sampler={sampler}")
        if batch_sampler is not None:
            raise ValueError(f"{words} batch_sampler option, but got batch_sampler={batch_sampler}")

    def __setattr__(self, name, value) -> None:
        fixed = ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers")
        if self.__initialized and name in fixed:
            raise ValueError(
                f"{name} attribute should not be set after {type(self).__name__} is initialized"
            )
        object.__setattr__(self, name, value)

    @property
    def _auto_collation(self) -> bool:
        return self.batch_sampler is not None

    @property
    def _index_sampler(self):
        return self.batch_sampler if self._auto_collation else self.sampler

    def __iter__(self):
        if self.persistent_workers and self.num_workers > 0:
            if self._iterator is None:
                self._iterator = _WorkersIter(self)
            else:
                self._iterator._reset(self)
            return self._iterator
        return _WorkersIter(self) if self.num_workers > 0 else _Iter(self)

    def __len__(self) -> int:
        if not self._is_stream:
            return len(self._index_sampler)
        length = self._length_called = len(self.dataset)
        if self.batch_size is None:
            return length
        return length // self.batch_size if self.drop_last else -(-length // self.batch_size)


DataLoader.__module__ = "torch.utils.data.dataloader"


class _Fetcher:
    """Gets the samples for one entry of the sampler and makes them a batch."""

    def __init__(self, loader) -> None:
        self.dataset = loader.dataset
        self.auto = loader._auto_collation
        self.collate = loader.collate_fn
        self.drop_last = loader.drop_last
        self.stream = iter(loader.dataset) if loader._is_stream else None
        self.ended = False

    def fetch(self, index):
        if self.stream is not None:
            return self._from_stream(index)
        if not self.auto:
            return self.collate(self.dataset[index])
        many = getattr(self.dataset, "__getitems__", None)
        return self.collate(many(index) if many else [self.dataset[i] for i in index])

    def _from_stream(self, index):
        if self.ended:
            raise StopIteration
        if not self.auto:
            return self.collate(next(self.stream))
        data = []
        for _ in index:
            try:
                data.append(next(self.stream))
            except StopIteration:
                self.ended = True
                break
        if not data or (self.drop_last and len(data) < len(index)):
            raise StopIteration
        return self.collate(data)


class _Iter:
    """One pass over the data."""

    def __init__(self, loader) -> None:
        self._start(loader)
        self._fetcher = _Fetcher(loader)

    def _start(self, loader) -> None:
        self._loader = loader
        self._base_seed = _random_seed(loader.generator)
        self._indices = iter(loader._index_sampler)
        self._num_yielded = 0

    def __iter__(self):
        return self

    def __len__(self) -> int:
        return len(self._loader._index_sampler)

    def _next(self):
        return self._fetcher.fetch(next(self._indices))

    def __next__(self):
        data = self._next()
        self._num_yielded += 1
        loader = self._loader
        length = loader._length_called
        if loader._is_stream and length is not None and self._num_yielded > (
            length if loader.batch_size is None else len(loader)
        ):
            warnings.warn(
                f"Length of IterableDataset {loader.dataset} was reported to be {length} (when accessing "
                f"len(dataloader)), but {self._num_yielded} samples have been fetched. ",
                stacklevel=2,
            )
        return data


class _WorkersIter(_Iter):
    """One pass over the data by workers in turn: batch i comes from worker i modulo their number."""

    def __init__(self, loader) -> None:
        self._start(loader)
        count = loader.num_workers
        self._turns = [Turn(i, count, self._base_seed, loader.dataset) for i in range(count)]
        for i, turn in enumerate(self._turns):
            with turn:
                if loader.worker_init_fn is not None:
                    loader.worker_init_fn(i)
        self._begin(loader)

    def _reset(self, loader) -> None:
        """Another epoch with the same workers."""
        self._indices = iter(loader._index_sampler)
        self._num_yielded = 0
        self._begin(loader)

    def _begin(self, loader) -> None:
        self._fetchers = [None] * len(self._turns)
        self._alive = list(range(len(self._turns)))
        self._place = 0
        # workers are sent their first indices at once: that is when the sampler draws
        self._ahead = next(self._indices, _ABSENT)

    def _next(self):
        while self._alive and self._ahead is not _ABSENT:
            self._place %= len(self._alive)
            worker = self._alive[self._place]
            with self._turns[worker]:
                if self._fetchers[worker] is None:
                    self._fetchers[worker] = _Fetcher(self._loader)
                try:
                    data = self._fetchers[worker].fetch(self._ahead)
                except StopIteration:
                    self._alive.remove(worker)
                    continue
            self._place += 1
            self._ahead = next(self._indices, _ABSENT)
            return data
        raise StopIteration


_ABSENT = object()
