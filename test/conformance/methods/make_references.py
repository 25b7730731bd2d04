"""Reference attributions by PyTorch and Captum, in double precision, for two small networks.

Writes cnn.onnx, text.onnx and references.json beside this file. Run it again only to change the networks:

    python make_references.py        (needs torch, captum, onnx)
"""

import io
import json
from pathlib import Path

import onnx
import torch
from captum.attr import InputXGradient, IntegratedGradients, LayerIntegratedGradients, NoiseTunnel, Occlusion, Saliency
from torch import nn

here = Path(__file__).parent


class Cnn(nn.Module):
    """8×8 pictures with two channels, four classes; kinks from ReLU and max pooling, a smooth tail from GELU."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(2, 4, 3, padding=1)
        self.second = nn.Conv2d(4, 6, 3, stride=2, padding=1, groups=2)
        self.last = nn.Linear(24, 4)

    def forward(self, x):
        x = torch.max_pool2d(torch.relu(self.first(x)), 2)
        x = nn.functional.gelu(self.second(x))
        return self.last(x.flatten(1))


class Text(nn.Module):
    """Token ids through an embedding, one head of attention, layer norm and mean, to three classes."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(30, 8, padding_idx=0)
        self.query, self.key, self.value = (nn.Linear(8, 8) for _ in range(3))
        self.norm = nn.LayerNorm(8)
        self.last = nn.Linear(8, 3)

    def forward(self, ids):
        x = self.embedding(ids)
        weights = torch.softmax(self.query(x) @ self.key(x).transpose(1, 2) / 8**0.5, -1)
        x = self.norm(x + weights @ self.value(x))
        return self.last(torch.tanh(x).mean(1))


def export(model, sample, name, axes):
    buffer = io.BytesIO()
    torch.onnx.export(
        model.float(), sample, buffer, dynamo=False, opset_version=17, input_names=["x"], output_names=["scores"],
        dynamic_axes={"x": axes, "scores": {0: "batch"}},
    )
    proto = onnx.load_from_string(buffer.getvalue())
    # What the exporter says about this machine and its source lines is of no use.
    for node in proto.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    (here / name).write_bytes(proto.SerializeToString())


def numbers(tensor):
    return [float(f"{value:.9g}") for value in tensor.detach().flatten().tolist()]


def main():
    torch.manual_seed(7)
    references = {}

    cnn = Cnn().eval()
    with torch.no_grad():
        for weight in cnn.parameters():
            weight.mul_(2)
    x = torch.randn(1, 2, 8, 8)
    export(cnn, x, "cnn.onnx", {0: "batch"})
    cnn, x = cnn.double(), x.double()
    baseline = torch.full_like(x, -0.5)
    target = int(cnn(x).argmax())
    integrated = IntegratedGradients(cnn)

    def probability(inputs):
        return torch.softmax(cnn(inputs), -1)

    sigma = 0.15 * float(x.max() - x.min())
    noisy = NoiseTunnel(Saliency(cnn))
    common = {"target": target, "nt_samples": 20000, "nt_samples_batch_size": 2000, "stdevs": sigma, "abs": False}
    references["cnn"] = {
        "x": numbers(x),
        "baseline": -0.5,
        "target": target,
        "logits": numbers(cnn(x)),
        "gradient": numbers(Saliency(cnn).attribute(x, target=target, abs=False)),
        "gradient-x-input": numbers(InputXGradient(cnn).attribute(x, target=target)),
        "midpoint-32": numbers(integrated.attribute(x, baseline, target=target, n_steps=32, method="riemann_middle")),
        "gauss-legendre-50": numbers(integrated.attribute(x, baseline, target=target, n_steps=50)),
        "right-riemann-50": numbers(
            IntegratedGradients(probability).attribute(x, baseline, target=target, n_steps=50, method="riemann_right")
        ),
        "midpoint-4000": numbers(
            integrated.attribute(x, baseline, target=target, n_steps=4000, method="riemann_middle", internal_batch_size=500)
        ),
        "occlusion": numbers(
            Occlusion(cnn).attribute(x, sliding_window_shapes=(2, 2, 2), strides=(2, 2, 2), baselines=baseline, target=target)
        ),
        "smoothgrad": numbers(noisy.attribute(x, nt_type="smoothgrad", **common)),
        "vargrad": numbers(noisy.attribute(x, nt_type="vargrad", **common)),
        "smoothgrad-samples": 20000,
    }

    text = Text().eval()
    ids = torch.tensor([[2, 11, 17, 5, 23, 29, 3]])
    export(text, ids, "text.onnx", {0: "batch", 1: "sequence"})
    text = text.double()
    padded = torch.tensor([[2, 0, 0, 0, 0, 0, 3]])
    target = int(text(ids).argmax())
    layer = LayerIntegratedGradients(text, text.embedding)

    def per_token(steps, method):
        return numbers(layer.attribute(ids, padded, target=target, n_steps=steps, method=method).sum(-1))

    references["text"] = {
        "ids": ids.flatten().tolist(),
        "padded": padded.flatten().tolist(),
        "target": target,
        "logits": numbers(text(ids)),
        "midpoint-32": per_token(32, "riemann_middle"),
        "gauss-legendre-50": per_token(50, "gausslegendre"),
    }
    (here / "references.json").write_text(json.dumps(references, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
