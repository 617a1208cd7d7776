"""Optimizers and learning rate schedules."""
from __future__ import annotations

from .._lazy import lazy_submodules

_HOMES = {
    "Optimizer": "optimizer", "SGD": "sgd", "Adam": "adam", "AdamW": "adamw", "RMSprop": "rmsprop",
    "Adagrad": "adagrad", "Adadelta": "adadelta", "Adamax": "adamax", "NAdam": "nadam", "RAdam": "radam",
    "ASGD": "asgd", "Rprop": "rprop", "LBFGS": "lbfgs", "Adafactor": "_adafactor", "Muon": "_muon",
}

__getattr__, __dir__ = lazy_submodules(
    __name__, "lr_scheduler swa_utils " + " ".join(_HOMES.values()), _HOMES
)
