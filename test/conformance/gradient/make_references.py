"""Writes tiny models with random weights and PyTorch's gradients of them, in float64.

    python test/conformance/gradient/make_references.py

Every model: references/<name>.onnx, and references/<name>.json with feeds, logits, and for every head the seed, the
score and the gradient at the entry point (the input, or the embedding of token ids).
"""

import copy
import json
import math
import pathlib
import sys

import torch
from torch import nn
from torch.nn import functional as F

sys.path.append(str(pathlib.Path(__file__).parents[1]))
from heads import rounded, scores, strip  # noqa: E402

FOLDER = pathlib.Path(__file__).parent / "references"


class Cnn(nn.Module):
    """Convolutions with batch normalisation, a residual, both kinds of pooling."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(8)
        self.block = nn.Conv2d(8, 8, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(8)
        self.down = nn.Conv2d(8, 12, 3, stride=2, padding=1, groups=2)
        self.head = nn.Linear(12 * 4, 5)

    def forward(self, image):
        x = F.relu(self.bn1(self.stem(image)))
        x = F.relu(x + self.bn2(self.block(x)))
        x = F.max_pool2d(x, 3, stride=2, padding=1)
        x = F.leaky_relu(self.down(x), 0.1)
        x = F.avg_pool2d(x, 2)
        return self.head(x.flatten(1))


class Lstm(nn.Module):
    """Two LSTM layers over embedded tokens, the last step classified."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20, 6)
        self.lstm = nn.LSTM(6, 8, num_layers=2, batch_first=True)
        self.head = nn.Linear(8, 3)

    def forward(self, ids):
        return self.head(self.lstm(self.embedding(ids))[0][:, -1])


class Gru(nn.Module):
    """Bidirectional GRU over real-valued steps, averaged."""

    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(4, 6, bidirectional=True)
        self.head = nn.Linear(12, 4)

    def forward(self, steps):
        return self.head(self.gru(steps.transpose(0, 1))[0].mean(0))


class Transformer(nn.Module):
    """An encoder block with embeddings, positions, a padding mask, layer normalisation and GELU."""

    def __init__(self, width=16, heads=2):
        super().__init__()
        self.heads = heads
        self.embedding = nn.Embedding(30, width)
        self.position = nn.Parameter(torch.randn(1, 7, width))
        self.norm1 = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.up = nn.Linear(width, 24)
        self.down = nn.Linear(24, width)
        self.pooler = nn.Linear(width, width)
        self.head = nn.Linear(width, 3)

    def forward(self, ids, mask):
        x = self.norm1(self.embedding(ids) + self.position)
        batch, length, width = x.shape
        split = lambda y: y.view(-1, length, self.heads, width // self.heads).transpose(1, 2)
        q, k, v = (split(part) for part in self.qkv(x).chunk(3, -1))
        bias = (1 - mask[:, None, None, :].to(x.dtype)) * -10000.0
        attention = F.softmax(q @ k.transpose(-1, -2) / math.sqrt(width // self.heads) + bias, -1)
        mixed = (attention @ v).transpose(1, 2).reshape(-1, length, width)
        x = self.norm2(x + self.out(mixed))
        x = x + self.down(F.gelu(self.up(x)))
        return self.head(torch.tanh(self.pooler(x[:, 0])))


class Mobile(nn.Module):
    """Depthwise convolutions, squeeze and excitation, hard swish."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.bn = nn.BatchNorm2d(8)
        self.expand = nn.Conv2d(8, 16, 1)
        self.depthwise = nn.Conv2d(16, 16, 5, stride=2, padding=2, groups=16)
        self.squeeze = nn.Conv2d(16, 4, 1)
        self.excite = nn.Conv2d(4, 16, 1)
        self.project = nn.Conv2d(16, 8, 1)
        self.head = nn.Linear(8, 4)

    def forward(self, image):
        x = F.hardswish(self.bn(self.stem(image)))
        x = F.relu6(self.depthwise(F.hardswish(self.expand(x))))
        gate = F.hardsigmoid(self.excite(F.relu(self.squeeze(F.adaptive_avg_pool2d(x, 1)))))
        return self.head(F.silu(self.project(x * gate)).mean((2, 3)))


class Unet(nn.Module):
    """Down and up again with a transposed convolution, two resizings and joined channels."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 6, 3, padding=1)
        self.deep = nn.Conv2d(6, 8, 3, stride=2, padding=1)
        self.norm = nn.InstanceNorm2d(8, affine=True)
        self.up = nn.ConvTranspose2d(8, 6, 3, stride=2, padding=1, output_padding=1)
        self.last = nn.Conv2d(20, 3, 3, padding=1)

    def forward(self, image):
        a = F.elu(self.first(image))
        deep = torch.tanh(self.norm(self.deep(a)))
        up = self.up(deep)
        wide = F.interpolate(deep, scale_factor=2, mode="bilinear", align_corners=False)
        x = self.last(F.pad(torch.cat([a, up, wide], 1), (1, 1, 1, 1), mode="reflect"))
        x = F.interpolate(x, scale_factor=0.5, mode="nearest")
        return torch.amax(x, (2, 3)) + x.mean((2, 3))


class Table(nn.Module):
    """A perceptron with one output, a probability."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(6, 8), nn.Softplus(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 1))

    def forward(self, columns):
        return torch.sigmoid(self.layers(columns))


def randomized(model):
    """Batch norms get statistics and scales that matter."""
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm2d, nn.InstanceNorm2d, nn.LayerNorm)):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.5, 0.5)
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_mean, -0.3, 0.3)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    return model.eval()


def write(name, model, feeds, embedding=None, logits_of=lambda model, *feeds: model(*feeds), single=False, dynamo=False):
    model = randomized(model)
    path = FOLDER / f"{name}.onnx"
    inputs = list(feeds)
    if dynamo:
        shapes = tuple({0: torch.export.Dim("batch")} for _ in inputs)
        torch.onnx.export(model, tuple(feeds.values()), path, dynamo=True, external_data=False, input_names=inputs, output_names=["logits"], dynamic_shapes=shapes, verbose=False)
    else:
        axes = {value: {0: "batch"} for value in [*inputs, "logits"]}
        torch.onnx.export(model, tuple(feeds.values()), path, dynamo=False, opset_version=17, input_names=inputs, output_names=["logits"], dynamic_axes=axes)
    strip(path)
    exact = copy.deepcopy(model).double()
    values = [feed.double().requires_grad_() if feed.is_floating_point() else feed for feed in feeds.values()]
    caught = []
    if embedding is not None:
        getattr(exact, embedding).register_forward_hook(lambda _m, _i, out: caught.append(out))
    reference = {
        "model": f"{name}.onnx",
        "feeds": {key: {"dims": list(feed.shape), "integer": not feed.is_floating_point(), "data": rounded(feed)} for key, feed in feeds.items()},
        "heads": {},
    }
    for head in ["linear", "probability", "logProbability", "contrastToRest"]:
        caught.clear()
        logits = logits_of(exact, *values)
        classes = logits.shape[1]
        seed = torch.zeros(1, classes, dtype=torch.float64)
        if head == "linear":
            seed = torch.rand(1, classes, dtype=torch.float64).round(decimals=3) - 0.4
        else:
            seed[0, classes - 1] = -1 if single else 1
        score = scores(head, logits, seed, single)
        entry = values[0] if embedding is None else caught[0]
        (gradient,) = torch.autograd.grad(score.sum(), entry)
        reference["logits"] = rounded(logits)
        reference["heads"][head] = {"seed": rounded(seed), "score": rounded(score), "gradient": rounded(gradient)}
    (FOLDER / f"{name}.json").write_text(json.dumps(reference))
    print(name, path.stat().st_size, (FOLDER / f"{name}.json").stat().st_size)


def main():
    FOLDER.mkdir(exist_ok=True)
    torch.manual_seed(2)
    image = lambda channels, size: {"image": torch.randn(2, channels, size, size).round(decimals=4)}
    write("cnn", Cnn(), image(3, 16))
    write("cnn-dynamo", Cnn(), image(3, 16), dynamo=True)
    write("lstm", Lstm(), {"ids": torch.randint(0, 20, (2, 5))}, embedding="embedding")
    write("gru", Gru(), {"steps": torch.randn(2, 5, 4).round(decimals=4)})
    mask = torch.tensor([[1] * 7, [1, 1, 1, 1, 0, 0, 0]])
    tokens = {"ids": torch.randint(0, 30, (2, 7)), "mask": mask}
    write("transformer", Transformer(), tokens, embedding="embedding")
    write("transformer-dynamo", Transformer(), tokens, embedding="embedding", dynamo=True)
    write("mobile", Mobile(), image(3, 12))
    write("unet", Unet(), image(1, 12))
    write("table", Table(), {"columns": torch.randn(2, 6).round(decimals=4)}, logits_of=lambda model, x: model.layers(x), single=True)


main()
