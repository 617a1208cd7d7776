"""Data sets, samplers and the loader."""
from __future__ import annotations

from ..._lazy import lazy_submodules

_CLASSES = {
    "dataset": "ChainDataset ConcatDataset Dataset IterableDataset StackDataset Subset TensorDataset random_split",
    "sampler": "BatchSampler RandomSampler Sampler SequentialSampler SubsetRandomSampler WeightedRandomSampler",
    "dataloader": "DataLoader get_worker_info _DatasetKind",
    "distributed": "DistributedSampler",
}
_HOMES = {name: module for module, names in _CLASSES.items() for name in names.split()}
_HOMES.update(default_collate="_utils.collate", default_convert="_utils.collate")

__getattr__, __dir__ = lazy_submodules(__name__, " ".join(_CLASSES) + " _utils", _HOMES)
__all__ = sorted(_HOMES)
