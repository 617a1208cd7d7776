"""A worker process of the loader, and what it knows of itself.

The main thread of the process fetches and pickles. One more thread reads tasks, so that the loader never waits to
hand one out, and one more writes results, so that fetching goes on while the loader is busy.
"""
from __future__ import annotations

import dataclasses
import os
import random
from typing import Any

from .... import _C
from ...._utils import ExceptionWrapper
from .fetch import Fetcher, Job

CHECK_SECONDS = 5.0

_worker_info = None


@dataclasses.dataclass(frozen=True)
class WorkerInfo:
    """What the worker that is running can know of itself."""

    id: int
    num_workers: int
    seed: int
    dataset: Any
    rng: Any = None
    worker_method: str | None = "multiprocessing"


WorkerInfo.__module__ = "torch.utils.data._utils.worker"


def get_worker_info():
    """The WorkerInfo of the worker process that is running, or None in the main program."""
    return _worker_info


@dataclasses.dataclass(frozen=True)
class StreamEnd:
    """Sent in place of data: the worker's copy of the stream has no more."""


@dataclasses.dataclass(frozen=True)
class Resume:
    """Sent to a worker to start another epoch, and sent back when it has."""


@dataclasses.dataclass(frozen=True)
class Place:
    """Which worker a process is, and with what it was started."""

    index: int
    count: int
    base_seed: int
    init_fn: Any


def numpy_seed(base_seed: int, worker: int):
    """The four words that ``numpy.random`` is seeded with in worker ``worker``."""
    from numpy.random import SeedSequence

    return SeedSequence([worker, base_seed & 0xFFFFFFFF, base_seed >> 32, 0]).generate_state(4)


class _Parent:
    """The process of the loader, as long as it lives."""

    def __init__(self) -> None:
        from multiprocessing import parent_process

        parent = parent_process()
        self.sentinel = parent.sentinel if parent else None
        self.pid = os.getppid()

    def wait_for(self, connection) -> bool:
        """Until there is something to read; False if the parent is gone."""
        from multiprocessing.connection import wait

        watched = [connection] if self.sentinel is None else [connection, self.sentinel]
        while True:
            ready = wait(watched, CHECK_SECONDS)
            if connection in ready:
                return True
            # Siblings may hold the parent's end of the sentinel, so its id is looked at as well.
            if ready or os.getppid() != self.pid:
                return False


class _Lines:
    """The two threads that move tasks and results, and the queues between them and the main thread."""

    def __init__(self, tasks, results) -> None:
        from queue import SimpleQueue
        from threading import Thread

        self.tasks, self.results = tasks, results
        self.received: SimpleQueue = SimpleQueue()
        self.outgoing: SimpleQueue = SimpleQueue()
        self.stopped = False
        self.threads = [Thread(target=target, daemon=True) for target in (self._read, self._write)]
        for thread in self.threads:
            thread.start()

    def _read(self) -> None:
        parent = _Parent()
        task = None
        try:
            while parent.wait_for(self.tasks):
                task = self.tasks.recv()
                if task is None:
                    break
                self.received.put(task)
        except (EOFError, OSError):
            pass
        self.stopped = True
        self.received.put(None)

    def _write(self) -> None:
        try:
            for message in iter(self.outgoing.get, None):
                message.send(self.results)
        except OSError:
            self.stopped = True

    def send(self, number, data, where) -> None:
        """Pickle here, where an error can still be told, and leave the writing to the thread."""
        from .transport import Message

        try:
            message = Message((number, data))
        except Exception:
            message = Message((number, ExceptionWrapper(where=where)))
        self.outgoing.put(message)

    def finish(self) -> None:
        """Wait until everything is written, unless no one wants it."""
        self.outgoing.put(None)
        while not self.stopped and self.threads[1].is_alive():
            self.threads[1].join(0.05)


def _seed(place: Place) -> int:
    seed = place.base_seed + place.index
    random.seed(seed)
    _C.manual_seed(seed)
    import numpy

    numpy.random.seed(numpy_seed(place.base_seed, place.index))
    return seed


def worker_loop(job: Job, place: Place, tasks, results) -> None:
    """The main program of worker ``place.index``: Ctrl-C ends it without a word, for the loader's process speaks."""
    global _worker_info
    try:
        _C.set_num_threads(1)
        _worker_info = WorkerInfo(place.index, place.count, _seed(place), job.dataset)
        where = f"in DataLoader worker process {place.index}"
        fetcher: Any = None
        failure = None
        try:
            if place.init_fn is not None:
                place.init_fn(place.index)
            fetcher = Fetcher(job)
        except Exception:
            failure = ExceptionWrapper(where=where)
        lines = _Lines(tasks, results)
        ended = False
        for task in iter(lines.received.get, None):
            if lines.stopped:
                break
            if isinstance(task, Resume):
                lines.send(task, None, where)
                fetcher, ended = Fetcher(job), False
                continue
            if ended:
                continue
            number, index = task
            data, failure = failure, None
            if data is None:
                try:
                    data = fetcher.fetch(index)
                except Exception as error:
                    ended = job.is_stream and isinstance(error, StopIteration)
                    data = StreamEnd() if ended else ExceptionWrapper(where=where)
            lines.send(number, data, where)
            del task, data, index
        lines.finish()
    except KeyboardInterrupt:
        pass
