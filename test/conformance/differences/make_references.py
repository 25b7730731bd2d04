"""Reference attributions for DeepLIFT, DeepSHAP and the path variants, in double precision.

DeepLIFT and DeepSHAP are Captum's; expected gradients (with the very pairs of baseline and alpha that the program
draws), IDGI, guided IG and blur IG are written here from their formulas, as plainly as possible.

Writes cnn.onnx, mlp.onnx, text.onnx and references.json beside this file. Run it again only to change the networks:

    python make_references.py        (needs torch, captum, onnx, scipy)
"""

import io
import json
from pathlib import Path

import captum
import onnx
import torch
from captum.attr import DeepLift, DeepLiftShap
from scipy.ndimage import gaussian_filter
from torch import nn

here = Path(__file__).parent


# Captum 0.9 reads the gradient of an activation's output before the max pooling that follows has replaced it, and
# loses completeness. A product with 1 between the two repairs it; `adjacent` below keeps the evidence.
BETWEEN = 1.0


class Cnn(nn.Module):
    """8×8 pictures with two channels, four classes: max pooling and a residual sum."""

    def __init__(self):
        super().__init__()
        self.first, self.inner, self.last = nn.Conv2d(2, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1), nn.Linear(24, 4)
        self.down = nn.Conv2d(4, 6, 3, stride=2, padding=1, groups=2)
        self.relu1, self.relu2, self.relu3, self.relu4 = nn.ReLU(), nn.ReLU(), nn.ReLU(), nn.ReLU()
        self.pool = nn.MaxPool2d(2)

    def forward(self, x):
        x = self.pool(self.relu1(self.first(x)) * BETWEEN)
        x = self.relu3(x + self.relu2(self.inner(x)))
        return self.last(self.relu4(self.down(x)).flatten(1))


class Mlp(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 5), nn.Sigmoid(), nn.Linear(5, 3))


class Text(nn.Module):
    """Twelve token ids, an embedding, a convolution over three, the maximum over time, three classes."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(30, 8)
        self.conv, self.relu, self.pool, self.last = nn.Conv1d(8, 10, 3), nn.ReLU(), nn.MaxPool1d(10), nn.Linear(10, 3)

    def embedded(self, x):
        return self.last(self.pool(self.relu(self.conv(x.transpose(1, 2))) * BETWEEN).flatten(1))

    def forward(self, ids):
        return self.embedded(self.embedding(ids))


class Embedded(nn.Module):
    """The text network from its embeddings on, as Captum wants it: one forward."""

    def __init__(self, text):
        super().__init__()
        self.text = text

    def forward(self, x):
        return self.text.embedded(x)


class Adjacent(nn.Module):
    """max(relu(x₁ − 1), relu(x₂ − 1))."""

    def __init__(self):
        super().__init__()
        self.relu, self.pool = nn.ReLU(), nn.MaxPool1d(2)

    def forward(self, x):
        return self.pool(self.relu(x - 1)).flatten(1)


class Overlap(nn.Module):
    """Max pooling whose windows overlap, then 1·y₁ + 10·y₂."""

    def __init__(self):
        super().__init__()
        self.pool, self.last = nn.MaxPool1d(2, stride=1), nn.Linear(2, 1, bias=False)
        self.last.weight.data = torch.tensor([[1.0, 10.0]])

    def forward(self, x):
        return self.last(self.pool(x.unsqueeze(1)).flatten(1))


def export(model, sample, name):
    buffer = io.BytesIO()
    torch.onnx.export(
        model.float(), sample, buffer, dynamo=False, opset_version=17, input_names=["x"], output_names=["scores"],
        dynamic_axes={"x": {0: "batch"}, "scores": {0: "batch"}},
    )
    proto = onnx.load_from_string(buffer.getvalue())
    # What the exporter says about this machine and its source lines is of no use.
    for node in proto.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    (here / name).write_bytes(proto.SerializeToString())
    model.double()


def numbers(tensor):
    return [float(f"{value:.9g}") for value in tensor.detach().flatten().tolist()]


def gradient(model, x, target):
    x = x.detach().requires_grad_()
    score = model(x)[0, target]
    return torch.autograd.grad(score, x)[0], float(score)


# The program's own random numbers (mulberry32 over a mixed seed), so that pairs are identical.


def uniform(seed):
    mask = 0xFFFFFFFF
    state = (seed * 0x9E3779B1 & mask) ^ 0x6D2B79F5

    def draw():
        nonlocal state
        state = (state + 0x6D2B79F5) & mask
        mixed = (state ^ (state >> 15)) * (state | 1) & mask
        mixed ^= (mixed + ((mixed ^ (mixed >> 7)) * (mixed | 61) & mask)) & mask
        return ((mixed ^ (mixed >> 14)) & mask) / 2**32

    return draw


def stratified(n, seed):
    draw = uniform(seed)
    alphas = [(k + draw()) / n for k in range(n)]
    for k in range(n - 1, 0, -1):
        other = int(draw() * (k + 1))
        alphas[k], alphas[other] = alphas[other], alphas[k]
    return alphas


def expected_gradients(model, x, references, target, draws, seed):
    total = torch.zeros_like(x)
    for k, alpha in enumerate(stratified(draws, seed)):
        reference = references[k % len(references)]
        slope, _ = gradient(model, reference + alpha * (x - reference), target)
        total += (x - reference) * slope / draws
    return total


def idgi(model, x, baseline, target, steps):
    total = torch.zeros_like(x)
    for j in range(steps):
        slope, score = gradient(model, baseline + j / steps * (x - baseline), target)
        after = float(model(baseline + (j + 1) / steps * (x - baseline))[0, target])
        norm = (slope**2).sum()
        if norm > 0:
            total += slope**2 * (after - score) / norm
    return total


def guided_ig(model, x, baseline, target, steps, fraction, distance):
    """Kapishnikov et al. 2021, algorithm 1, in places along the way of every feature (0 at the baseline, 1 at x)."""
    length = (x - baseline).abs().flatten()
    place = torch.zeros_like(length)
    total = torch.zeros_like(x)
    for t in range(steps):
        here = baseline + place.view_as(x) * (x - baseline)
        slope, _ = gradient(model, here, target)
        alpha = (t + 1) / steps
        low, high = max(alpha - distance, 0), min(alpha + distance, 1)
        wanted = (1 - alpha) * length.sum()
        place = torch.where(length > 0, place.clamp(min=low), place)
        while True:
            left = (length * (1 - place)).sum() - wanted
            if left <= 1e-9 * length.sum():
                break
            sizes = slope.abs().flatten().clone()
            sizes[(place >= high) | (length == 0)] = torch.inf
            threshold = torch.quantile(sizes, fraction, interpolation="lower")
            chosen = (sizes <= threshold) & (sizes < torch.inf)
            reach = (length * (high - place))[chosen].sum()
            share = min(1.0, float(left / reach))
            place[chosen] = high if share == 1 else place[chosen] + share * (high - place[chosen])
        total += slope * (baseline + place.view_as(x) * (x - baseline) - here)
    return total


def blur_ig(model, x, target, sigma, steps):
    def blurred(width):
        planes = [gaussian_filter(plane.numpy(), width, mode="reflect", truncate=8) if width > 0 else plane.numpy() for plane in x[0]]
        return torch.stack([torch.from_numpy(plane) for plane in planes])[None]

    total = torch.zeros_like(x)
    for j in range(steps):
        slope, _ = gradient(model, blurred(sigma * (1 - (j + 0.5) / steps)), target)
        total += slope * (blurred(sigma * (1 - (j + 1) / steps)) - blurred(sigma * (1 - j / steps)))
    return total


def main():
    torch.manual_seed(11)
    references = {"captum": captum.__version__}

    cnn = Cnn().eval()
    with torch.no_grad():
        for weight in cnn.parameters():
            weight.mul_(2)
    x = torch.randn(1, 2, 8, 8)
    export(cnn, x, "cnn.onnx")
    x, population = x.double(), torch.randn(5, 2, 8, 8).float().double()
    baseline = torch.full_like(x, -0.5)
    target = int(cnn(x).argmax())
    references["cnn"] = {
        "x": numbers(x),
        "population": [numbers(member) for member in population],
        "baseline": numbers(baseline),
        "target": target,
        "deeplift": numbers(DeepLift(cnn).attribute(x, baseline, target=target)),
        "deepshap": numbers(DeepLiftShap(cnn).attribute(x, population, target=target)),
        "expected-gradients": numbers(expected_gradients(cnn, x, population[:, None], target, 40, 3)),
        "idgi": numbers(idgi(cnn, x, baseline, target, 50)),
        "guided-ig": numbers(guided_ig(cnn, x, baseline, target, 50, 0.25, 0.02)),
        "blur-ig": numbers(blur_ig(cnn, x, target, 2.0, 40)),
    }

    mlp = Mlp().eval()
    with torch.no_grad():
        for weight in mlp.parameters():
            weight.mul_(3)
    x = torch.randn(1, 6)
    export(mlp, x, "mlp.onnx")
    x, population = x.double(), torch.randn(7, 6).float().double()
    baseline = torch.zeros_like(x)
    target = int(mlp(x).argmax())
    references["mlp"] = {
        "x": numbers(x),
        "population": [numbers(member) for member in population],
        "baseline": numbers(baseline),
        "target": target,
        "deeplift": numbers(DeepLift(mlp).attribute(x, baseline, target=target)),
        "deepshap": numbers(DeepLiftShap(mlp).attribute(x, population, target=target)),
        "expected-gradients": numbers(expected_gradients(mlp, x, population[:, None], target, 40, 3)),
        "idgi": numbers(idgi(mlp, x, baseline, target, 50)),
        "guided-ig": numbers(guided_ig(mlp, x, baseline, target, 50, 0.25, 0.02)),
    }

    text = Text().eval()
    ids, padded = torch.randint(2, 30, (1, 12)), torch.zeros(1, 12, dtype=torch.long)
    population = torch.randint(2, 30, (5, 12))
    export(text, ids, "text.onnx")
    target = int(text(ids).argmax())
    inner, x, baseline = Embedded(text), text.embedding(ids).detach(), text.embedding(padded).detach()
    members = text.embedding(population).detach()

    def words(relevance):
        return numbers(relevance.sum(-1))

    references["text"] = {
        "x": ids.flatten().tolist(),
        "population": population.tolist(),
        "baseline": padded.flatten().tolist(),
        "target": target,
        "deeplift": words(DeepLift(inner).attribute(x, baseline, target=target)),
        "deepshap": words(DeepLiftShap(inner).attribute(x, members, target=target)),
        "expected-gradients": words(expected_gradients(inner, x, members[:, None], target, 40, 3)),
        "idgi": words(idgi(inner, x, baseline, target, 50)),
        "guided-ig": words(guided_ig(inner, x, baseline, target, 50, 0.25, 0.02)),
    }

    overlap = Overlap().double()
    references["overlap"] = numbers(
        DeepLift(overlap).attribute(torch.tensor([[1.0, 3.0, 2.0]]).double(), torch.zeros(1, 3).double(), target=0)
    )
    references["adjacent"] = numbers(
        DeepLift(Adjacent().double()).attribute(torch.tensor([[[2.0, 4.0]]]).double(), torch.tensor([[[5.0, 0.0]]]).double(), target=0)
    )
    (here / "references.json").write_text(json.dumps(references, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
