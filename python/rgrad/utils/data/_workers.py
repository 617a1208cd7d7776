"""One pass over the data by worker processes: batch i comes from worker i modulo their number, in order.

Each worker has a pipe for tasks and a pipe for results. The iterator owns the processes: dropping it ends them.
"""
from __future__ import annotations

import itertools
import os
import signal
import sys
import time
import warnings

from ..._utils import ExceptionWrapper
from ._iterators import _BaseDataLoaderIter
from ._utils.transport import receive
from ._utils.worker import CHECK_SECONDS, Place, Resume, StreamEnd, worker_loop

_PICKLE_WORDS = (
    "Got pickle error when attempting to start a worker Process. This might be because the worker Process arguments "
    "are not picklable. Python 3.14+ changed the multiprocessing start method in non-Mac POSIX platforms to "
    "'forkserver', which requires the worker Process arguments to be picklable. You can also try "
    "multiprocessing.set_start_method('fork')."
)


class _Worker:
    """A process and the loader's ends of its pipes."""

    def __init__(self, context, job, place) -> None:
        their_tasks, self.tasks = context.Pipe(duplex=False)
        self.results, their_results = context.Pipe(duplex=False)
        self.process = context.Process(target=worker_loop, args=(job, place, their_tasks, their_results), daemon=True)
        try:
            self.process.start()
        except BaseException:
            self.close()
            raise
        finally:
            their_tasks.close()
            their_results.close()
        self.active = True

    def put(self, task) -> None:
        """Hand out a task. A worker that is gone is noticed where its result is missed."""
        try:
            self.tasks.send(task)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def close(self) -> None:
        self.tasks.close()
        self.results.close()


def _fate(process) -> str:
    """How a process ended, in the words of PyTorch's signal handler."""
    process.join()
    code = process.exitcode
    if code is not None and code < 0:
        return f"DataLoader worker (pid {process.pid}) is killed by signal: {signal.strsignal(-code)}. "
    return (
        f"DataLoader worker (pid {process.pid}) exited unexpectedly with exit code {code}. Details are lost due to "
        "multiprocessing. Rerunning with num_workers=0 may give better error trace."
    )


class _MultiProcessingDataLoaderIter(_BaseDataLoaderIter):
    """The iterator of a loader with ``num_workers`` above 0."""

    _workers: list = []

    def __init__(self, loader) -> None:
        super().__init__(loader)
        if not loader.prefetch_factor > 0:
            raise AssertionError("prefetch_factor must be greater than 0 for MultiProcessingDataLoaderIter")
        import multiprocessing

        import numpy  # noqa: F401  # once here, and not again in each worker

        context = loader.multiprocessing_context or multiprocessing.get_context()
        self._timeout = loader.timeout
        self._persistent = loader.persistent_workers
        self._in_order = loader.in_order
        self._limit = loader.prefetch_factor * loader.num_workers
        self._workers = []
        self._pid = os.getpid()
        try:
            for i in range(loader.num_workers):
                place = Place(i, loader.num_workers, self._base_seed, loader.worker_init_fn)
                self._workers.append(_Worker(context, self._job, place))
        except BaseException as error:
            from pickle import PicklingError

            self._shutdown_workers()
            if isinstance(error, (TypeError, AttributeError, PicklingError)):
                warnings.warn(_PICKLE_WORDS, stacklevel=3)
            raise
        self._begin(loader)

    def _reset(self, loader) -> None:
        """Another epoch with the same workers."""
        for worker in self._workers:
            worker.put(Resume())
        waiting = len(self._workers)
        while waiting:
            number, _ = self._receive()
            waiting -= isinstance(number, Resume)
        self._begin(loader)

    def _begin(self, loader) -> None:
        super()._reset(loader)
        self._sent = self._wanted = 0
        self._owner: dict[int, int] = {}
        self._early: dict[int, object] = {}
        self._load = [0] * len(self._workers)
        self._turn = itertools.cycle(range(len(self._workers)))
        for worker in self._workers:
            worker.active = True
        for _ in range(self._limit):
            self._hand_out()

    def _hand_out(self) -> None:
        """Give the next entry of the sampler to the next worker that has data."""
        try:
            index = next(self._sampler_iter)
        except StopIteration:
            return
        share = self._limit // max(1, sum(worker.active for worker in self._workers))
        for _ in self._workers:
            i = next(self._turn)
            if self._workers[i].active and (self._in_order or self._load[i] < share):
                break
        else:
            return
        self._owner[self._sent] = i
        self._load[i] += 1
        self._workers[i].put((self._sent, index))
        self._sent += 1

    def _receive(self):
        """The next message of any worker."""
        from multiprocessing.connection import wait

        deadline = time.monotonic() + self._timeout if self._timeout > 0 else None
        while True:
            doors = {worker.results: worker for worker in self._workers if not worker.results.closed}
            ends = {w.process.sentinel: w for w in self._workers if w.active}
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            ready = wait([*doors, *ends], left)
            for door in ready:
                if door in doors:
                    try:
                        return receive(door)
                    except (EOFError, ConnectionResetError):
                        door.close()
            self._look_for_dead([ends[end] for end in ready if end in ends])
            if not ready:
                raise RuntimeError(f"DataLoader timed out after {self._timeout} seconds")

    def _look_for_dead(self, dead) -> None:
        dead = [worker for worker in dead if worker.results.closed or not worker.results.poll()]
        if dead:
            for worker in dead:
                worker.active = False
            pids = ", ".join(str(worker.process.pid) for worker in dead)
            cause = RuntimeError(_fate(dead[0].process))
            raise RuntimeError(f"DataLoader worker (pid(s) {pids}) exited unexpectedly") from cause

    def _next_data(self):
        while True:
            while self._wanted < self._sent:
                owner = self._owner.get(self._wanted)
                if owner is not None and (self._wanted in self._early or self._workers[owner].active):
                    break
                self._owner.pop(self._wanted, None)
                self._wanted += 1
            else:
                if not self._persistent:
                    self._shutdown_workers()
                raise StopIteration
            if self._wanted in self._early:
                self._wanted += 1
                return self._deliver(self._wanted - 1, self._early.pop(self._wanted - 1))
            number, data = self._receive()
            if isinstance(data, StreamEnd):
                self._end_of_stream(self._workers[self._owner[number]])
            elif number == self._wanted or not self._in_order:
                self._wanted += number == self._wanted
                return self._deliver(number, data)
            else:
                self._early[number] = data

    def _end_of_stream(self, worker) -> None:
        worker.active = False
        if not self._persistent:
            worker.put(None)
        self._hand_out()

    def _deliver(self, number, data):
        self._load[self._owner.pop(number)] -= 1
        self._hand_out()
        if isinstance(data, ExceptionWrapper):
            data.reraise()
        return data

    def _shutdown_workers(self) -> None:
        """Ask all to stop, wait a while, stop those that did not."""
        workers, self._workers = self._workers, []
        try:
            for worker in workers:
                worker.put(None)
            deadline = time.monotonic() + CHECK_SECONDS
            for worker in workers:
                worker.process.join(max(0.0, deadline - time.monotonic()))
        finally:
            for worker in workers:
                if worker.process.is_alive():
                    worker.process.terminate()
                    worker.process.join(CHECK_SECONDS)
                if worker.process.is_alive():
                    worker.process.kill()
                    worker.process.join()
                worker.close()

    def __del__(self) -> None:
        # A forked copy of this iterator owns nothing. Where Python is going down, multiprocessing has ended the workers.
        if self._workers and self._pid == os.getpid() and not sys.is_finalizing():
            self._shutdown_workers()


_MultiProcessingDataLoaderIter.__module__ = "torch.utils.data.dataloader"
