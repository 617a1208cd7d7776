"""``profile`` over steps of a program. What it can see is told in ``torch.autograd.profiler``."""
from __future__ import annotations

import enum
import os

from ..autograd.profiler import EventList, record_function
from ..autograd.profiler import profile as _profile

__all__ = [
    "ProfilerAction", "ProfilerActivity", "profile", "record_function", "schedule", "supported_activities",
    "tensorboard_trace_handler",
]


class ProfilerActivity(enum.Enum):
    """What to record; there is only the CPU."""

    CPU = 0
    XPU = 1
    MTIA = 2
    CUDA = 3


class ProfilerAction(enum.Enum):
    """What a profile does in a step."""

    NONE = 0
    WARMUP = 1
    RECORD = 2
    RECORD_AND_SAVE = 3


def supported_activities() -> set:
    """The CPU."""
    return {ProfilerActivity.CPU}


def schedule(*, wait, warmup, active, repeat=0, skip_first=0, skip_first_wait=0):
    """Steps in turn: ``wait`` idle, ``warmup`` recorded and dropped, ``active`` recorded; then again."""

    def action(step: int) -> ProfilerAction:
        if step < skip_first:
            return ProfilerAction.NONE
        step -= skip_first
        if skip_first_wait:
            step += wait
        cycle = wait + warmup + active
        if repeat > 0 and step // cycle >= repeat:
            return ProfilerAction.NONE
        at = step % cycle
        if at < wait:
            return ProfilerAction.NONE
        if at < wait + warmup:
            return ProfilerAction.WARMUP
        return ProfilerAction.RECORD if at < cycle - 1 else ProfilerAction.RECORD_AND_SAVE

    return action


def tensorboard_trace_handler(dir_name, worker_name=None, use_gzip=False):
    """Write each trace to a file of its own in ``dir_name``."""
    if use_gzip:
        raise NotImplementedError("torch.profiler.tensorboard_trace_handler: use_gzip")

    def handler(prof) -> None:
        import time

        os.makedirs(dir_name, exist_ok=True)
        name = worker_name or f"{os.uname().nodename}_{os.getpid()}"
        prof.export_chrome_trace(os.path.join(dir_name, f"{name}.{time.time_ns()}.pt.trace.json"))

    return handler


class profile:
    """Records a block, or by ``schedule`` the steps in it that ``step()`` ends; ``on_trace_ready`` gets each record."""

    def __init__(
        self, *, activities=None, schedule=None, on_trace_ready=None, record_shapes=False, profile_memory=False,
        with_stack=False, with_flops=False, with_modules=False, experimental_config=None, execution_trace_observer=None,
        acc_events=False, use_cuda=None, custom_trace_id_callback=None,
    ) -> None:
        self._schedule = schedule or (lambda step: ProfilerAction.RECORD)
        self._on_trace_ready = on_trace_ready
        self.step_num = 0
        self._inner = None
        self._events = EventList()

    def _enter_step(self) -> None:
        self._action = self._schedule(self.step_num)
        if self._action is ProfilerAction.NONE:
            self._stop()
        elif self._inner is None:
            self._inner = _profile()
            self._inner.__enter__()

    def _stop(self) -> None:
        if self._inner is not None:
            self._inner.__exit__(None, None, None)
            self._events = self._inner.function_events
            self._inner = None

    def _finish(self) -> None:
        self._stop()
        if self._on_trace_ready is not None:
            self._on_trace_ready(self)

    def start(self) -> None:
        """Begin to record."""
        self._enter_step()

    def stop(self) -> None:
        """End."""
        if self._inner is not None and self._action in (ProfilerAction.RECORD, ProfilerAction.RECORD_AND_SAVE):
            self._finish()
        self._stop()

    def step(self) -> None:
        """The next step begins."""
        if self._action is ProfilerAction.RECORD_AND_SAVE:
            self._finish()
        elif self._action is ProfilerAction.WARMUP:
            self._stop()  # what was recorded to warm up is dropped
            self._events = EventList()
        self.step_num += 1
        self._enter_step()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exc) -> None:
        self.stop()

    def events(self):
        """All calls."""
        return self._events

    def key_averages(self, *args, **options):
        """One event a name."""
        return self._events.key_averages(*args, **options)

    def export_chrome_trace(self, path) -> None:
        """Write the events for chrome://tracing."""
        self._events.export_chrome_trace(path)

    def add_metadata(self, key, value) -> None:
        """Accepted; traces here have none."""
