"""Getting the samples for one entry of the sampler and making them a batch."""
from __future__ import annotations

import dataclasses
from typing import Any


@dataclasses.dataclass(frozen=True)
class Job:
    """What is fetched and how: the part of a loader that its workers need."""

    dataset: Any
    is_stream: bool
    auto_collation: bool
    collate_fn: Any
    drop_last: bool


class Fetcher:
    """One pass over the data of a job."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.stream = iter(job.dataset) if job.is_stream else None
        self.ended = False

    def fetch(self, index):
        """The batch, or the sample, that ``index`` asks for."""
        job = self.job
        if self.stream is not None:
            return self._from_stream(index)
        if not job.auto_collation:
            return job.collate_fn(job.dataset[index])
        many = getattr(job.dataset, "__getitems__", None)
        return job.collate_fn(many(index) if many else [job.dataset[i] for i in index])

    def _from_stream(self, index):
        job = self.job
        if self.ended:
            raise StopIteration
        if not job.auto_collation:
            return job.collate_fn(next(self.stream))
        data = []
        for _ in index:
            try:
                data.append(next(self.stream))
            except StopIteration:
                self.ended = True
                break
        if not data or (job.drop_last and len(data) < len(index)):
            raise StopIteration
        return job.collate_fn(data)
