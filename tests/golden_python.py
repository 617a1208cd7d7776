"""Write golden/python.json.gz with real PyTorch: initialisers, layer construction, optimizers, schedules, loaders.

``python golden_python.py`` in an environment that has torch. The tests run the same functions on rgrad.
"""
import gzip
import json
import os
import warnings

HERE = os.path.dirname(os.path.abspath(__file__))
PATH = os.path.join(HERE, "golden", "python.json.gz")

INITS = [
    ("uniform_", {}), ("uniform_", {"a": -2.0, "b": 3.0}), ("normal_", {}), ("normal_", {"mean": 1.0, "std": 0.1}),
    ("constant_", {"val": 0.3}), ("ones_", {}), ("zeros_", {}), ("xavier_uniform_", {}), ("xavier_uniform_", {"gain": 2.0}),
    ("xavier_normal_", {}), ("kaiming_uniform_", {}), ("kaiming_uniform_", {"nonlinearity": "relu", "mode": "fan_out"}),
    ("kaiming_normal_", {}), ("kaiming_normal_", {"a": 0.2}), ("trunc_normal_", {}),
    ("trunc_normal_", {"mean": 0.5, "std": 2.0, "a": -0.5, "b": 1.0}), ("sparse_", {"sparsity": 0.5}),
    ("eye_", {}),
]
LAYERS = [
    ("Linear", [5, 3]), ("Linear", [5, 3, False]), ("Bilinear", [2, 3, 4]), ("Embedding", [6, 4]), ("Embedding", [6, 4, 2]),
    ("Conv1d", [2, 4, 3]), ("Conv2d", [2, 4, 3]), ("ConvTranspose2d", [4, 2, 3]), ("LSTM", [3, 4, 2]), ("GRU", [3, 4]),
    ("RNN", [3, 4]), ("LSTMCell", [3, 4]), ("MultiheadAttention", [4, 2]), ("TransformerEncoderLayer", [4, 2, 8]),
    ("LayerNorm", [4]), ("BatchNorm1d", [4]), ("PReLU", [3]),
]
OPTIMIZERS = [
    ("SGD", {"lr": 0.1}), ("SGD", {"lr": 0.1, "momentum": 0.9}), ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    ("SGD", {"lr": 0.1, "momentum": 0.5, "dampening": 0.3, "weight_decay": 0.1}), ("SGD", {"lr": 0.1, "maximize": True}),
    ("Adam", {"lr": 0.1}), ("Adam", {"lr": 0.1, "weight_decay": 0.1, "amsgrad": True}), ("AdamW", {"lr": 0.1}),
    ("AdamW", {"lr": 0.1, "betas": [0.8, 0.9], "weight_decay": 0.3}), ("RMSprop", {"lr": 0.1}),
    ("RMSprop", {"lr": 0.1, "momentum": 0.9, "centered": True}), ("Adagrad", {"lr": 0.1, "lr_decay": 0.1}),
    ("Adadelta", {}), ("Adamax", {"lr": 0.1}), ("NAdam", {"lr": 0.1}), ("RAdam", {"lr": 0.1}), ("ASGD", {"lr": 0.1}),
    ("Rprop", {"lr": 0.1}), ("LBFGS", {"lr": 0.5, "max_iter": 4}), ("LBFGS", {"line_search_fn": "strong_wolfe", "max_iter": 4}),
    ("Adafactor", {"lr": 0.1}),
]
SCHEDULES = [
    ("StepLR", {"step_size": 3, "gamma": 0.5}), ("MultiStepLR", {"milestones": [2, 5], "gamma": 0.3}),
    ("ConstantLR", {"factor": 0.5, "total_iters": 4}), ("LinearLR", {"start_factor": 0.25, "total_iters": 5}),
    ("ExponentialLR", {"gamma": 0.8}), ("PolynomialLR", {"total_iters": 8, "power": 2.0}),
    ("CosineAnnealingLR", {"T_max": 7, "eta_min": 0.001}), ("CosineAnnealingWarmRestarts", {"T_0": 3, "T_mult": 2}),
    ("CyclicLR", {"base_lr": 0.001, "max_lr": 0.01, "step_size_up": 3, "mode": "triangular2"}),
    ("OneCycleLR", {"max_lr": 0.05, "total_steps": 25}), ("OneCycleLR", {"max_lr": 0.05, "total_steps": 25, "three_phase": True}),
]
LOADERS = [
    {"batch_size": 4}, {"batch_size": 4, "shuffle": True}, {"batch_size": 4, "shuffle": True, "drop_last": True},
    {"batch_size": 5, "shuffle": True, "seed": 7}, {"batch_size": 5, "shuffle": True, "num_workers": 2},
]


def init_values(torch, name, options):
    torch.manual_seed(11)
    t = torch.empty(6, 5)
    getattr(torch.nn.init, name)(t, **options)
    return t.tolist()


def layer_values(torch, name, arguments):
    torch.manual_seed(12)
    layer = getattr(torch.nn, name)(*arguments)
    return [[key, value.tolist()] for key, value in layer.state_dict().items()]


def optimizer_path(torch, name, options):
    """Parameters after each of six steps on sum of c (p - 1)^2 + p^4."""
    options = {k: tuple(v) if isinstance(v, list) else v for k, v in options.items()}
    p = torch.nn.Parameter(torch.tensor([[0.5, -1.5], [2.0, 0.1]], dtype=torch.float64))
    c = torch.tensor([[1.0, 2.0], [0.5, 3.0]], dtype=torch.float64)
    optimizer = getattr(torch.optim, name)([p], **options)

    def closure():
        optimizer.zero_grad()
        loss = (c * (p - 1) ** 2 + p**4 * 0.1).sum()
        loss.backward()
        return loss

    path = []
    for _ in range(6):
        optimizer.step(closure)
        path.append(p.tolist())
    state = optimizer.state_dict()
    return [path, repr(optimizer), sorted(state["state"].get(0, {}))]


def schedule_rates(torch, name, options):
    p = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([p], lr=0.1, momentum=0.9)
    schedule = getattr(torch.optim.lr_scheduler, name)(optimizer, **options)
    rates = [schedule.get_last_lr()[0]]
    for _ in range(12):
        optimizer.step()
        schedule.step()
        rates.append(schedule.get_last_lr()[0])
    return rates


def loader_order(torch, options):
    options = dict(options)
    if "seed" in options:
        options["generator"] = torch.Generator()
        options["generator"].manual_seed(options.pop("seed"))
    torch.manual_seed(13)
    data = torch.utils.data.TensorDataset(torch.arange(17))
    loader = torch.utils.data.DataLoader(data, **options)
    order = [[batch[0].tolist() for batch in loader] for _ in range(2)]
    return [order, torch.rand(2).tolist()]


class Draws:
    """Who fetched each sample, and with which random numbers."""

    def __init__(self, torch):
        self.torch = torch

    def __len__(self):
        return 13

    def __getitem__(self, i):
        import random

        import numpy

        info = self.torch.utils.data.get_worker_info()
        return i, info.id, info.seed, self.torch.rand(1).item(), random.random(), numpy.random.rand()


def worker_draws(torch, options):
    torch.manual_seed(5)
    loader = torch.utils.data.DataLoader(Draws(torch), num_workers=2, shuffle=True, **options)
    epochs = [[[column.tolist() for column in batch] for batch in loader] for _ in range(2)]
    return [epochs, torch.rand(2).tolist()]


SECTIONS = {
    "workers": (worker_draws, [({"batch_size": 3},), ({"batch_size": 4, "persistent_workers": True},)]),
    "init": (init_values, INITS), "layer": (layer_values, LAYERS), "optimizer": (optimizer_path, OPTIMIZERS),
    "schedule": (schedule_rates, SCHEDULES), "loader": (lambda torch, options: loader_order(torch, options), [(o,) for o in LOADERS]),
}


def golden(section):
    """Pairs (arguments, recorded result)."""
    with gzip.open(PATH) as f:
        return json.load(f)[section]


if __name__ == "__main__":
    import torch
    import torch.utils.data

    warnings.simplefilter("ignore")
    out = {
        name: [[list(case), function(torch, *case)] for case in cases] for name, (function, cases) in SECTIONS.items()
    }
    with open(PATH, "wb") as f, gzip.GzipFile(fileobj=f, mode="wb", mtime=0) as z:
        z.write(json.dumps(out, separators=(",", ":")).encode())
    print(os.path.getsize(PATH), "bytes")
