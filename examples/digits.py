"""Train the introductory text's Perception on scikit-learn's handwritten digits.

Plain PyTorch: ``import rgrad as torch`` is the only line that says otherwise. Ends with the accuracy on digits
that the training never saw, and with the loss as a plot in the terminal and in demo/loss.png.
"""
import pathlib
import sys
import time

import rgrad as torch
from rgrad import nn, optim
from rgrad.utils.data import DataLoader, TensorDataset
from sklearn.datasets import load_digits
from tqdm import tqdm

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from plot import draw, write_png  # noqa: E402


class Perception(nn.Module):
    def __init__(self, in_dim, hid_dim, out_dim):
        super().__init__()
        self.layer = nn.Sequential(nn.Linear(in_dim, hid_dim), nn.Sigmoid(), nn.Linear(hid_dim, out_dim), nn.Sigmoid())

    def forward(self, x):
        return self.layer(x)


def data(seed=0, held_out=360):
    """1,797 images of 8 x 8 grey levels; the last ``held_out`` of a random order are for the test."""
    digits = load_digits()
    order = torch.randperm(len(digits.target), generator=torch.Generator().manual_seed(seed))
    x = (torch.tensor(digits.data, dtype=torch.float32) / 16)[order]
    y = torch.tensor(digits.target)[order]
    return x[:-held_out], y[:-held_out], x[-held_out:], y[-held_out:]


def main(epochs=100):
    torch.manual_seed(0)
    x, y, x_test, y_test = data()
    model = Perception(64, 128, 10)
    print(model)
    optimizer = optim.Adam(model.parameters(), lr=0.003)
    criterion = nn.CrossEntropyLoss()
    loader = DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)
    losses = []
    start = time.perf_counter()
    with tqdm(range(epochs), desc="training", unit="epoch", file=sys.stdout) as bar:
        for _ in bar:
            total = 0.0
            for images, labels in loader:
                optimizer.zero_grad()
                loss = criterion(model(images), labels)
                loss.backward()
                optimizer.step()
                total += loss.item() * len(labels)
            losses.append(total / len(x))
            bar.set_postfix(loss=f"{losses[-1]:.4f}")
    seconds = time.perf_counter() - start
    with torch.no_grad():
        accuracy = (model(x_test).argmax(1) == y_test).float().mean().item()

    print("\nloss by epoch (a sigmoid before the softmax keeps it above 1.4612)")
    print(draw(losses))
    picture = pathlib.Path("demo") / "loss.png"
    picture.parent.mkdir(exist_ok=True)
    write_png(picture, losses)
    steps = epochs * len(loader)
    print(f"\n{steps} steps in {seconds:.2f} s, {seconds / steps * 1e6:.0f} us each; the picture is {picture}")
    print(f"test accuracy: {accuracy:.1%} of {len(y_test)} digits")
    return accuracy


if __name__ == "__main__":
    main()
