"""A profiler of calls. It sees what Python calls: functions and methods of the core, and blocks with a name.

It does not see operators written as signs (``a + b``), nor what happens inside ``backward``, nor memory or flops.
"""
from __future__ import annotations

import functools
import json
import sys
from time import perf_counter_ns

from .. import _C

__all__ = ["EventList", "FunctionEvent", "FunctionEventAvg", "profile", "record_function"]

_active: list = []


class FunctionEvent:
    """One call: times in microseconds."""

    def __init__(self, name, start, depth) -> None:
        self.name = self.key = name
        self.start_us, self.depth = start, depth
        self.cpu_time_total = self._inside = 0.0
        self.count = 1

    @property
    def cpu_time(self) -> float:
        """Microseconds of one call."""
        return self.cpu_time_total / self.count

    @property
    def self_cpu_time_total(self) -> float:
        """Microseconds outside of recorded calls within."""
        return self.cpu_time_total - self._inside

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} key={self.key} self_cpu_time={_text(self.self_cpu_time_total)} "
            f"cpu_time={_text(self.cpu_time)} count={self.count}>"
        )


class FunctionEventAvg(FunctionEvent):
    """All calls of one name."""

    def __init__(self, name) -> None:
        super().__init__(name, 0.0, 0)
        self.count = 0

    def add(self, event) -> None:
        """Count a call."""
        self.count += event.count
        self.cpu_time_total += event.cpu_time_total
        self._inside += event._inside


def _text(us: float) -> str:
    if us >= 1e6:
        return f"{us / 1e6:.3f}s"
    return f"{us / 1e3:.3f}ms" if us >= 1e3 else f"{us:.3f}us"


_COLUMNS = ("Name", "Self CPU %", "Self CPU", "CPU total %", "CPU total", "CPU time avg", "# of Calls")


class EventList(list):
    """Events, with sums and a table."""

    @property
    def self_cpu_time_total(self) -> float:
        """Microseconds of all."""
        return sum(event.self_cpu_time_total for event in self)

    def key_averages(self, group_by_input_shape=False, group_by_stack_n=0, group_by_overload_name=False):
        """One event a name."""
        sums: dict = {}
        for event in self:
            sums.setdefault(event.key, FunctionEventAvg(event.key)).add(event)
        return EventList(sums.values())

    def total_average(self):
        """The sum of all."""
        total = FunctionEventAvg("Total")
        for event in self:
            total.add(event)
        return total

    def table(self, sort_by=None, row_limit=100, max_src_column_width=75, max_name_column_width=55, **options) -> str:
        """The events as text, the largest by the attribute ``sort_by`` first."""
        events = sorted(self, key=lambda e: getattr(e, sort_by), reverse=True) if sort_by else list(self)
        total = self.self_cpu_time_total or 1.0
        rows = [_COLUMNS]
        for e in events[: row_limit if row_limit >= 0 else None]:
            rows.append((
                e.key[:max_name_column_width], f"{100 * e.self_cpu_time_total / total:.2f}%",
                _text(e.self_cpu_time_total), f"{100 * e.cpu_time_total / total:.2f}%", _text(e.cpu_time_total),
                _text(e.cpu_time), str(e.count),
            ))
        widths = [max(len(row[i]) for row in rows) for i in range(len(_COLUMNS))]
        line = "  ".join("-" * (width + 2) for width in widths)
        body = ["  ".join(cell.rjust(width + 2) for cell, width in zip(row, widths)) for row in rows]
        total_line = f"Self CPU time total: {_text(self.self_cpu_time_total)}"
        return "\n".join([line, body[0], line, *body[1:], line, total_line, ""])

    def __str__(self) -> str:
        return self.table()

    def export_chrome_trace(self, path) -> None:
        """Write the events for chrome://tracing."""
        events = [
            {"name": e.name, "ph": "X", "ts": e.start_us, "dur": e.cpu_time_total, "pid": 0, "tid": 0, "cat": "cpu_op"}
            for e in self
        ]
        with open(path, "w", encoding="utf-8") as f:
            json.dump({"traceEvents": events}, f)


class _Recorder:
    """Collects events of this thread from Python's own profile hook."""

    def __init__(self) -> None:
        self.events = EventList()
        self.open: list = []
        self.calls: list = []

    def start(self, name):
        event = FunctionEvent(name, perf_counter_ns() / 1000, len(self.open))
        self.events.append(event)
        self.open.append(event)
        return event

    def stop(self, event) -> None:
        event.cpu_time_total = perf_counter_ns() / 1000 - event.start_us
        while self.open and self.open.pop() is not event:
            pass
        if self.open:
            self.open[-1]._inside += event.cpu_time_total

    @staticmethod
    def name_of(function):
        name = getattr(function, "__name__", "")
        owner = getattr(function, "__self__", None)
        if isinstance(owner, _C.Tensor) or (owner is None and vars(_C).get(name) is function):
            return None if name.startswith("__") or name in _QUIET else f"aten::{name}"
        return None

    def hook(self, frame, event, function) -> None:
        if event == "c_call":
            name = self.name_of(function)
            self.calls.append(self.start(name) if name else None)
        elif event in ("c_return", "c_exception") and self.calls:
            started = self.calls.pop()
            if started is not None:
                self.stop(started)


_QUIET = frozenset("dim size stride numel is_floating_point is_contiguous _autocast_enabled get_num_threads".split())


class profile:
    """Records the calls in a block.

    >>> with profile() as prof:
    ...     _ = torch.add(torch.ones(2), 1)
    >>> [e.key for e in prof.function_events]
    ['aten::ones', 'aten::add']
    """

    def __init__(self, enabled=True, *, use_cuda=False, record_shapes=False, with_flops=False, profile_memory=False,
                 with_stack=False, with_modules=False, use_kineto=False, use_cpu=True, **options) -> None:
        self.enabled = enabled
        self.function_events = EventList()

    def __enter__(self):
        if self.enabled:
            self._recorder = _Recorder()
            _active.append(self._recorder)
            self._before = sys.getprofile()
            sys.setprofile(self._recorder.hook)
        return self

    def __exit__(self, *exc) -> None:
        if self.enabled:
            sys.setprofile(self._before)
            _active.remove(self._recorder)
            self.function_events = self._recorder.events

    def key_averages(self, *args, **options):
        """One event a name."""
        return self.function_events.key_averages(*args, **options)

    def total_average(self):
        """The sum of all."""
        return self.function_events.total_average()

    def table(self, *args, **options) -> str:
        """The events as text."""
        return self.function_events.table(*args, **options)

    def export_chrome_trace(self, path) -> None:
        """Write the events for chrome://tracing."""
        self.function_events.export_chrome_trace(path)

    @property
    def self_cpu_time_total(self) -> float:
        """Microseconds of all."""
        return self.function_events.self_cpu_time_total

    def __repr__(self) -> str:
        return repr(self.function_events) if self.function_events else "<unfinished torch.autograd.profile>"

    def __str__(self) -> str:
        return str(self.function_events)


class record_function:
    """Names a block, or a function, in the profiles that are being recorded."""

    def __init__(self, name, args=None) -> None:
        self.name, self.args = name, args

    def __enter__(self):
        self._started = [(recorder, recorder.start(self.name)) for recorder in _active]
        return self

    def __exit__(self, *exc) -> None:
        for recorder, event in self._started:
            recorder.stop(event)

    def __call__(self, function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            with type(self)(self.name, self.args):
                return function(*args, **kwargs)

        return wrapper


for _cls in (FunctionEvent, FunctionEventAvg, EventList):
    _cls.__module__ = "torch.autograd.profiler_util"
