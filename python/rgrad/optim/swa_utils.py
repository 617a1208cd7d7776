"""Averages of models over training."""
from __future__ import annotations

import math
from copy import deepcopy

from .. import _C
from .._grad_mode import no_grad
from ..nn.modules.module import Module
from ._lr_base import LRScheduler, per_group

__all__ = [
    "AveragedModel", "SWALR", "get_ema_avg_fn", "get_ema_multi_avg_fn", "get_swa_avg_fn", "get_swa_multi_avg_fn",
    "update_bn",
]


def get_ema_avg_fn(decay=0.999):
    """A function for exponential moving averages."""
    if decay < 0.0 or decay > 1.0:
        raise ValueError(f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.")
    return lambda average, current, count: decay * average + (1 - decay) * current


def get_swa_avg_fn():
    """A function for equal averages."""
    return lambda average, current, count: average + (current - average) / (count + 1)


def _for_lists(one):
    def update(averages, currents, count) -> None:
        for average, current in zip(averages, currents):
            average.copy_(one(average, current, count))

    return update


def get_ema_multi_avg_fn(decay=0.999):
    """``get_ema_avg_fn`` for lists, in place."""
    return _for_lists(get_ema_avg_fn(decay))


def get_swa_multi_avg_fn():
    """``get_swa_avg_fn`` for lists, in place."""
    return _for_lists(get_swa_avg_fn())


class AveragedModel(Module):
    """A copy of ``model`` whose parameters are the average of those it was updated with."""

    def __init__(self, model, device=None, avg_fn=None, multi_avg_fn=None, use_buffers=False) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = deepcopy(model)
        self.register_buffer("n_averaged", _C.tensor(0, dtype=_C.int64))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args, **kwargs):
        return self.module(*args, **kwargs)

    def _tensors(self, model) -> list:
        return [*model.parameters(), *(model.buffers() if self.use_buffers else ())]

    def update_parameters(self, model) -> None:
        """Take ``model`` into the average."""
        mine, theirs = self._tensors(self.module), [t.detach() for t in self._tensors(model)]
        with no_grad():
            if int(self.n_averaged) == 0:
                for average, current in zip(mine, theirs):
                    average.copy_(current)
            elif self.multi_avg_fn is not None:
                self.multi_avg_fn([t.detach() for t in mine], theirs, self.n_averaged)
            else:
                one = self.avg_fn or get_swa_avg_fn()
                for average, current in zip(mine, theirs):
                    average.copy_(one(average.detach(), current, self.n_averaged) if average.is_floating_point() else current)
            if not self.use_buffers:
                for average, current in zip(self.module.buffers(), model.buffers()):
                    average.copy_(current.detach())
            self.n_averaged += 1


def update_bn(loader, model, device=None) -> None:
    """One pass over the data to set the running statistics of batch normalisation."""
    layers = {m: m.momentum for m in model.modules() if hasattr(m, "reset_running_stats")}
    if not layers:
        return
    was_training = model.training
    model.train()
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None
    with no_grad():
        for batch in loader:
            model(batch[0] if isinstance(batch, (list, tuple)) else batch)
    for layer, momentum in layers.items():
        layer.momentum = momentum
    model.train(was_training)


class SWALR(LRScheduler):
    """From the present rate to ``swa_lr`` in ``anneal_epochs`` epochs, and then constant."""

    def __init__(self, optimizer, swa_lr, anneal_epochs=10, anneal_strategy="cos", last_epoch=-1) -> None:
        for group, lr in zip(optimizer.param_groups, per_group("swa_lr", optimizer, swa_lr)):
            group["swa_lr"] = lr
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        self._anneal_strategy = anneal_strategy
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch)

    def _part(self, step) -> float:
        t = max(0.0, min(1.0, step / max(1, self.anneal_epochs)))
        return (1 - math.cos(math.pi * t)) / 2 if self._anneal_strategy == "cos" else t

    def get_lr(self) -> list:
        self._warn_if_outside_step()
        step = self._step_count - 1 + (1 if self.anneal_epochs == 0 else 0)
        before = self._part(max(0, step - 1))
        now = self._part(step)
        rates = []
        for group in self.optimizer.param_groups:
            target, lr = group["swa_lr"], group["lr"]
            start = target if before == 1 else (lr - before * target) / (1 - before)
            rates.append(target * now + start * (1 - now))
        return rates


SWALR.__module__ = "torch.optim.swa_utils"
