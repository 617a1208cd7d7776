"""Write golden/nn_utils.json.gz with real PyTorch: normalised, orthogonal and pruned layers.

``python golden_nn_utils.py`` in an environment that has torch. The tests run the same functions on rgrad.
"""
import gzip
import json
import os
import warnings

HERE = os.path.dirname(os.path.abspath(__file__))
PATH = os.path.join(HERE, "golden", "nn_utils.json.gz")

LAYERS = {
    "wide": "nn.Linear(5, 3)", "square": "nn.Linear(4, 4)", "tall": "nn.Linear(2, 5)", "conv": "nn.Conv2d(2, 4, 3)",
    "transposed": "nn.ConvTranspose2d(2, 4, 3)",
}
INPUTS = {"wide": (2, 5), "square": (2, 4), "tall": (2, 2), "conv": (2, 2, 5, 5), "transposed": (2, 2, 3, 3)}
STEPS = [
    ("wide", "nn.utils.spectral_norm(m)"), ("conv", "nn.utils.spectral_norm(m, n_power_iterations=2)"),
    ("transposed", "nn.utils.spectral_norm(m)"), ("wide", "nn.utils.remove_spectral_norm(nn.utils.spectral_norm(m))"),
    ("wide", "P.spectral_norm(m)"), ("conv", "P.spectral_norm(m, dim=1)"), ("transposed", "P.spectral_norm(m)"),
    ("wide", "P.weight_norm(m)"), ("conv", "P.weight_norm(m, dim=1)"), ("wide", "P.orthogonal(m)"), ("square", "P.orthogonal(m)"),
    ("tall", "P.orthogonal(m)"), ("tall", "P.orthogonal(m, orthogonal_map='matrix_exp')"),
    ("square", "P.orthogonal(m, orthogonal_map='cayley')"), ("wide", "P.orthogonal(m, orthogonal_map='cayley')"),
    ("tall", "P.orthogonal(m, use_trivialization=False)"), ("square", "P.orthogonal(m, 'weight', 'householder', use_trivialization=False)"),
    ("square", "P.orthogonal(m, 'weight', 'householder')"), ("wide", "P.orthogonal(m, use_trivialization=False)"),
    ("square", "P.orthogonal(m, use_trivialization=False)"),
    ("wide", "prune.l1_unstructured(m, 'weight', 4)"), ("wide", "prune.l1_unstructured(m, 'bias', 0.4)"),
    ("wide", "prune.random_unstructured(m, 'weight', 0.3)"), ("conv", "prune.ln_structured(m, 'weight', 0.5, 2, 0)"),
    ("conv", "prune.ln_structured(m, 'weight', 1, 1, -1)"), ("conv", "prune.random_structured(m, 'weight', 2, 0)"),
    ("wide", "prune.identity(m, 'weight')"), ("wide", "prune.custom_from_mask(m, 'bias', torch.tensor([1.0, 0.0, 1.0]))"),
    ("wide", "prune.random_structured(prune.l1_unstructured(m, 'weight', 4), 'weight', 1, 1)"),
    ("wide", "prune.l1_unstructured(prune.l1_unstructured(m, 'weight', 4), 'weight', 0.5)"),
    ("conv", "prune.l1_unstructured(prune.ln_structured(m, 'weight', 1, 2, 0), 'weight', 5)"),
    ("wide", "prune.remove(prune.l1_unstructured(m, 'weight', 4), 'weight')"),
    ("wide", "(prune.global_unstructured([(m, 'weight'), (m, 'bias')], prune.L1Unstructured, amount=6), m)[1]"),
]
WRONG = [
    ("wide", "nn.utils.spectral_norm(nn.utils.spectral_norm(m))"), ("wide", "nn.utils.remove_spectral_norm(m)"),
    ("wide", "nn.utils.spectral_norm(m, n_power_iterations=0)"), ("wide", "P.spectral_norm(m, n_power_iterations=0)"),
    ("wide", "P.spectral_norm(m, dim=3)"), ("wide", "P.orthogonal(m, 'bias')"), ("wide", "P.orthogonal(m, 'foo')"),
    ("wide", "P.orthogonal(m, orthogonal_map='foo')"), ("wide", "P.spectral_norm(m, 'foo')"),
    ("wide", "prune.l1_unstructured(m, 'weight', 1.5)"),
    ("wide", "prune.l1_unstructured(m, 'weight', -1)"), ("wide", "prune.l1_unstructured(m, 'weight', 100)"),
    ("wide", "prune.l1_unstructured(m, 'weight', 'a')"), ("wide", "prune.ln_structured(m, 'bias', 1, 1, 0)"),
    ("wide", "prune.ln_structured(m, 'weight', 1, 1, 4)"), ("wide", "prune.remove(m, 'weight')"),
    ("wide", "prune.custom_from_mask(m, 'bias', torch.ones(4))"), ("wide", "prune.global_unstructured(3, prune.L1Unstructured)"),
    ("wide", "prune.global_unstructured([(m, 'weight')], prune.LnStructured, amount=1, n=1)"),
]


def names(torch, layer):
    torch.manual_seed(21)
    nn = torch.nn
    import importlib

    base = torch.__name__
    return {
        "torch": torch, "nn": nn, "P": importlib.import_module(base + ".nn.utils.parametrizations"),
        "prune": importlib.import_module(base + ".nn.utils.prune"), "m": eval(LAYERS[layer], {"nn": nn}),
    }


def changed(torch, layer, expression):
    """The state, the output and the gradients of a changed layer, and the state after a pass in training."""
    module = eval(expression, names(torch, layer))
    x = torch.randn(INPUTS[layer])
    y = module(x)
    (y * torch.arange(float(y.numel())).reshape(y.shape)).sum().backward()
    state = [[key, list(value.shape), value.flatten().tolist()] for key, value in module.state_dict().items()]
    grads = [[key, value.grad.flatten().tolist()] for key, value in module.named_parameters()]
    return [state, y.flatten().tolist(), grads, module.eval()(x).flatten().tolist()]


def refusal(torch, layer, expression):
    try:
        eval(expression, names(torch, layer))
    except Exception as error:
        return f"{type(error).__name__}: {error}"


SECTIONS = {"changed": (changed, STEPS), "refusal": (refusal, WRONG)}


def golden(section):
    """Pairs (arguments, recorded result)."""
    with gzip.open(PATH) as f:
        return json.load(f)[section]


if __name__ == "__main__":
    import torch

    warnings.simplefilter("ignore")
    out = {
        name: [[list(case), function(torch, *case)] for case in cases] for name, (function, cases) in SECTIONS.items()
    }
    assert all(result for _, result in out["refusal"]), out["refusal"]
    with open(PATH, "wb") as f, gzip.GzipFile(fileobj=f, mode="wb", mtime=0) as z:
        z.write(json.dumps(out, separators=(",", ":")).encode())
    print(os.path.getsize(PATH), "bytes")
