"""Timing statements: a Timer like timeit's, and what it measured with its median and spread."""
from __future__ import annotations

import statistics as _statistics
import timeit as _timeit

__all__ = ["Measurement", "Timer", "timer"]

timer = _timeit.default_timer

_UNITS = ((1e-9, "ns"), (1e-6, "us"), (1e-3, "ms"), (1.0, "s"))


def _select_unit(seconds: float):
    name, scale = "ns", 1e-9
    for size, unit in _UNITS:
        if seconds >= size:
            scale, name = size, unit
    return name, scale


class Measurement:
    """``raw_times`` of ``number_per_run`` runs each."""

    def __init__(self, number_per_run, raw_times, task_spec, metadata=None) -> None:
        self.number_per_run, self.raw_times, self.task_spec, self.metadata = (
            number_per_run, list(raw_times), task_spec, metadata,
        )

    @property
    def times(self) -> list[float]:
        """Seconds of one run."""
        return [t / self.number_per_run for t in self.raw_times]

    def _quantile(self, q: float) -> float:
        values = sorted(self.times)
        at = q * (len(values) - 1)
        low = int(at)
        high = min(low + 1, len(values) - 1)
        return values[low] + (values[high] - values[low]) * (at - low)

    @property
    def median(self) -> float:
        """The middle time."""
        return _statistics.median(self.times)

    @property
    def mean(self) -> float:
        """The mean time."""
        return sum(self.times) / len(self.times)

    @property
    def iqr(self) -> float:
        """The distance between the quartiles."""
        return self._quantile(0.75) - self._quantile(0.25)

    @property
    def has_warnings(self) -> bool:
        """Whether the spread is so large that the median says little."""
        return self.iqr > 0.1 * self.median

    def __repr__(self) -> str:
        unit, scale = _select_unit(self.median)
        spec, count = self.task_spec, len(self.times)
        lines = [f"{object.__repr__(self)}".replace("rgrad.", "torch."), spec.get("label") or spec["stmt"]]
        if spec.get("setup", "pass") != "pass":
            lines.append(f"setup: {spec['setup']}")
        if count == 1:
            lines.append(f"  {self.median / scale:.2f} {unit}")
            lines.append(f"  1 measurement, {self.number_per_run} runs , {spec['num_threads']} thread")
        else:
            lines.append(f"  Median: {self.median / scale:.2f} {unit}")
            lines.append(f"  IQR:    {self.iqr / scale:.2f} {unit}")
            lines.append(
                f"  {count} measurements, {self.number_per_run} runs per measurement, {spec['num_threads']} thread"
            )
        return "\n".join(lines)


Measurement.__module__ = "torch.utils.benchmark.utils.common"


class Timer:
    """Times ``stmt`` after ``setup``, with ``num_threads`` threads of the core.

    >>> torch.utils.benchmark.Timer("x + x", globals={"x": torch.ones(3)}).timeit(10).number_per_run
    10
    """

    def __init__(
        self, stmt="pass", setup="pass", global_setup="", timer=timer, globals=None, label=None, sub_label=None,
        description=None, env=None, num_threads=1, language="python",
    ) -> None:
        if str(language).lower() not in ("python", "py", "language.python", "0"):
            raise NotImplementedError("torch.utils.benchmark.Timer: only Python statements can be timed")
        from textwrap import dedent

        self._spec = {
            "stmt": dedent(stmt).strip(), "setup": dedent(setup).strip(), "label": label, "sub_label": sub_label,
            "description": description, "env": env, "num_threads": num_threads,
        }
        self._timer = _timeit.Timer(
            self._spec["stmt"], self._spec["setup"], timer=timer, globals=dict(globals) if globals else {}
        )

    def _timed(self, number: int) -> float:
        from .. import _C

        before = _C.get_num_threads()
        _C.set_num_threads(self._spec["num_threads"])
        try:
            return max(self._timer.timeit(number), 1e-9)
        finally:
            _C.set_num_threads(before)

    def timeit(self, number=1000000) -> Measurement:
        """``number`` runs as one measurement."""
        self._timed(max(number // 100, 2))  # warm
        return Measurement(number, [self._timed(number)], self._spec)

    def repeat(self, repeat=-1, number=-1):
        raise NotImplementedError("See `Timer.blocked_autorange.`")

    def autorange(self, callback=None):
        raise NotImplementedError("See `Timer.blocked_autorange.`")

    def _block(self, min_run_time: float) -> int:
        """Runs in one measurement, so that reading the clock costs nothing beside them."""
        overhead = _statistics.median([max(self._empty(), 0.0) for _ in range(5)])
        number = 1
        while True:
            taken = self._timed(number)
            if (overhead / taken <= 1e-4 and taken >= min_run_time / 1000) or taken > min_run_time:
                return number
            number *= 10

    def _empty(self) -> float:
        start = timer()
        return timer() - start

    def blocked_autorange(self, callback=None, min_run_time=0.2) -> Measurement:
        """Measurements of equally many runs until ``min_run_time`` seconds have passed."""
        number = self._block(min_run_time)
        times: list[float] = []
        while sum(times) < min_run_time:
            times.append(self._timed(number))
            if callback is not None:
                callback(number, times[-1])
        return Measurement(number, times, self._spec)

    def adaptive_autorange(self, threshold=0.1, *, min_run_time=0.01, max_run_time=10.0, callback=None) -> Measurement:
        """Measurements until their spread is below ``threshold`` of the median."""
        number = self._block(0.05)
        times: list[float] = []
        while sum(times) < max_run_time:
            times.append(self._timed(number))
            if callback is not None:
                callback(number, times[-1])
            so_far = Measurement(number, times, self._spec)
            if len(times) > 3 and sum(times) > min_run_time and so_far.iqr < threshold * so_far.median:
                break
        return Measurement(number, times, self._spec)


Timer.__module__ = "torch.utils.benchmark.utils.timer"
