"""Write golden/before_zip.pt and golden/pickled.pkl with real PyTorch: files in the form of PyTorch before 1.6."""
import pickle
from pathlib import Path

GOLDEN = Path(__file__).parent / "golden"


def contents(torch):
    """Tensors that share memory, of several dtypes, and a module."""
    x = torch.arange(12.0).reshape(3, 4)
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
    with torch.no_grad():
        model[0].weight.copy_(x.reshape(-1)[:6].reshape(3, 2))
    return {"x": x, "view": x[1:, ::2], "empty": torch.empty(0), "half": x.half(), "list": [torch.arange(3), 1, "a"]}, model


if __name__ == "__main__":
    import torch

    tensors, model = contents(torch)
    torch.save(tensors | {"state": model.state_dict()}, GOLDEN / "before_zip.pt", _use_new_zipfile_serialization=False)
    (GOLDEN / "pickled.pkl").write_bytes(pickle.dumps({"x": tensors["x"], "t": tensors["x"].t(), "p": model[0].weight}))
