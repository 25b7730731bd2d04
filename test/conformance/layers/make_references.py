"""References for guided backpropagation, deconvnet and the layer methods, by Captum and PyTorch in double precision.

Writes residual.onnx, text.onnx, bent.onnx and references.json beside this file. Run it again only to change the
networks:

    python make_references.py        (needs torch, captum, onnx)

What Captum computes for conductance is not the midpoint form: it takes n + 1 Gauss-Legendre points and multiplies the
slope at the left one of each two with the layer's change between them. Both are written here; the midpoint form is a
plain loop. Captum's guided backpropagation patches nn.ReLU modules only, so the network with other activations
(bent) is differentiated with custom functions.
"""

import io
import json
from pathlib import Path

import onnx
import torch
from captum.attr import (
    Deconvolution,
    GuidedBackprop,
    GuidedGradCam,
    InternalInfluence,
    LayerAttribution,
    LayerConductance,
    LayerGradCam,
    LayerGradientXActivation,
)
from torch import nn

here = Path(__file__).parent


class Residual(nn.Module):
    """16x16 pictures with three channels, four classes: batch norm, a residual block, a 4x4 map, global pooling."""

    def __init__(self):
        super().__init__()
        self.conv1, self.bn1, self.relu1 = nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU()
        self.pool = nn.MaxPool2d(2)
        self.conv2, self.bn2, self.relu2 = nn.Conv2d(6, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU()
        self.conv3, self.bn3, self.relu3 = nn.Conv2d(8, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU()
        self.conv4, self.bn4, self.relu4 = nn.Conv2d(8, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU()
        self.conv5, self.relu5 = nn.Conv2d(8, 10, 3, stride=2, padding=1), nn.ReLU()
        self.average = nn.AdaptiveAvgPool2d(1)
        self.last = nn.Linear(10, 4)

    def forward(self, x):
        x = self.pool(self.relu1(self.bn1(self.conv1(x))))
        x = self.relu2(self.bn2(self.conv2(x)))
        x = self.relu4(x + self.bn4(self.conv4(self.relu3(self.bn3(self.conv3(x))))))
        x = self.average(self.relu5(self.conv5(x)))
        return self.last(x.flatten(1))


class Text(nn.Module):
    """Token ids through an embedding, two 1-D convolutions without padding, maximum over time, three classes."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(30, 6)
        self.conv1, self.relu1 = nn.Conv1d(6, 12, 3), nn.ReLU()
        self.conv2, self.relu2 = nn.Conv1d(12, 8, 2), nn.ReLU()
        self.last = nn.Linear(8, 3)

    def embedded(self, x):
        x = self.relu2(self.conv2(self.relu1(self.conv1(x.transpose(1, 2)))))
        return self.last(x.amax(-1))

    def forward(self, ids):
        return self.embedded(self.embedding(ids))


class FromEmbedding(nn.Module):
    def __init__(self, text):
        super().__init__()
        self.text = text

    def forward(self, x):
        return self.text.embedded(x)


class Bent(nn.Module):
    """Dense layers with activations that are no ReLU modules, written out or not."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(5, 8), *(nn.Linear(8, 8) for _ in range(6))])
        self.last = nn.Linear(8, 3)

    functions = ("relu6", "gelu", "silu", "leaky", "tanh", "hardswish", "elu")

    def forward(self, x, act=None):
        act = act or (lambda name, value: ACTIVATIONS[name](value))
        for layer, name in zip(self.layers, self.functions):
            x = act(name, layer(x))
        return self.last(x)


ACTIVATIONS = {
    "relu6": lambda x: torch.clamp(x, 0, 6),
    "gelu": nn.functional.gelu,
    "silu": lambda x: x * torch.sigmoid(x),
    "leaky": lambda x: nn.functional.leaky_relu(x, 0.1),
    "tanh": torch.tanh,
    "hardswish": nn.functional.hardswish,
    "elu": nn.functional.elu,
}


def bent_rule(kind):
    """max(0, f') max(0, r), or max(0, r) alone."""

    def act(name, value):
        class Rule(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                ctx.save_for_backward(x)
                return ACTIVATIONS[name](x)

            @staticmethod
            def backward(ctx, r):
                (x,) = ctx.saved_tensors
                with torch.enable_grad():
                    x = x.detach().requires_grad_()
                    (slope,) = torch.autograd.grad(ACTIVATIONS[name](x).sum(), x)
                return r.clamp(min=0) * (slope.clamp(min=0) if kind == "guided" else 1)

        return Rule.apply(value)

    return act


def export(model, sample, name, axes):
    buffer = io.BytesIO()
    torch.onnx.export(
        model.float(), sample, buffer, dynamo=False, opset_version=17, input_names=["x"], output_names=["scores"],
        dynamic_axes={"x": axes, "scores": {0: "batch"}}, training=torch.onnx.TrainingMode.PRESERVE,
    )
    proto = onnx.load_from_string(buffer.getvalue())
    # What the exporter says about this machine and its source lines is of no use.
    for node in proto.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    (here / name).write_bytes(proto.SerializeToString())


def numbers(tensor):
    return [float(f"{value:.9g}") for value in tensor.detach().flatten().tolist()]


def tensor(value):
    return {"dims": list(value.shape), "data": numbers(value)}


def midpoint_conductance(model, layer, x, baseline, target, steps):
    kept = {}
    handle = layer.register_forward_hook(lambda _m, _i, output: kept.update(value=output))

    def at(alpha):
        point = (baseline + alpha * (x - baseline)).detach().requires_grad_()
        score = model(point)[0, target]
        return kept["value"], score

    total = None
    for k in range(steps):
        value, score = at((k + 0.5) / steps)
        (slope,) = torch.autograd.grad(score, value)
        change = at((k + 1) / steps)[0].detach() - at(k / steps)[0].detach()
        total = slope * change if total is None else total + slope * change
    handle.remove()
    return total


def line_methods(model, layer, x, baseline, target):
    conductance = LayerConductance(model, layer)
    influence = InternalInfluence(model, layer)
    return {
        "gradient-x-activation": tensor(LayerGradientXActivation(model, layer).attribute(x, target=target)),
        "influence-midpoint": tensor(
            influence.attribute(x, baseline, target=target, n_steps=32, method="riemann_middle")
        ),
        "influence-gauss-legendre": tensor(influence.attribute(x, baseline, target=target, n_steps=20)),
        "conductance-captum": tensor(conductance.attribute(x, baseline, target=target, n_steps=20)),
        "conductance-midpoint": tensor(midpoint_conductance(model, layer, x, baseline, target, 32)),
    }


def cams(model, layer, x, target, size, mode):
    cam = LayerGradCam(model, layer)
    return {
        "grad-cam": tensor(LayerAttribution.interpolate(cam.attribute(x, target, relu_attributions=True), size, mode)),
        "grad-cam-signed": tensor(LayerAttribution.interpolate(cam.attribute(x, target), size, mode)),
    }


def main():
    torch.manual_seed(13)
    references = {}

    model = Residual().eval()
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.uniform_(-0.3, 0.3)
                module.running_var.uniform_(0.5, 1.5)
                module.weight.uniform_(0.8, 1.6)
                module.bias.uniform_(-0.3, 0.3)
            elif isinstance(module, nn.Conv2d):
                module.weight.mul_(1.8)
    x = torch.randn(1, 3, 16, 16)
    export(model, x, "residual.onnx", {0: "batch"})
    model, x = model.double(), x.double()
    baseline = torch.full_like(x, -0.25)
    target = int(model(x).argmax())
    layers = {"conv3": model.conv3, "conv4": model.conv4, "relu4": model.relu4, "conv5": model.conv5,
              "average": model.average}
    references["residual"] = {
        "x": tensor(x),
        "baseline": -0.25,
        "target": target,
        "logits": numbers(model(x)),
        "guided-backprop": tensor(GuidedBackprop(model).attribute(x, target=target)),
        "deconvnet": tensor(Deconvolution(model).attribute(x, target=target)),
        "guided-grad-cam": tensor(
            GuidedGradCam(model, model.conv4).attribute(x, target=target, interpolate_mode="bilinear")
        ),
        "layers": {name: line_methods(model, layer, x, baseline, target) for name, layer in layers.items()},
        "cams": {
            name: cams(model, layers[name], x, target, (16, 16), "bilinear") for name in ("conv4", "relu4", "conv5")
        },
    }

    text = Text().eval()
    with torch.no_grad():
        for weight in text.parameters():
            weight.mul_(1.5)
    ids = torch.tensor([[2, 11, 17, 5, 23, 29, 3, 8, 19, 12]])
    export(text, ids, "text.onnx", {0: "batch", 1: "sequence"})
    text = text.double()
    target = int(text(ids).argmax())
    model = FromEmbedding(text)
    x = text.embedding(ids).detach()
    zero = torch.zeros_like(x)
    layers = {"conv1": text.conv1, "conv2": text.conv2}
    references["text"] = {
        "ids": ids.flatten().tolist(),
        "target": target,
        "logits": numbers(text(ids)),
        "guided-backprop": tensor(GuidedBackprop(model).attribute(x, target=target).sum(-1)),
        "deconvnet": tensor(Deconvolution(model).attribute(x, target=target).sum(-1)),
        "layers": {name: line_methods(model, layer, x, zero, target) for name, layer in layers.items()},
        "cams": {name: cams(model, layer, x, target, 10, "linear") for name, layer in layers.items()},
    }
    guided = GuidedBackprop(model).attribute(x, target=target).sum(-1)
    cam = LayerGradCam(model, text.conv2).attribute(x, target, relu_attributions=True)
    references["text"]["guided-grad-cam"] = tensor(guided * LayerAttribution.interpolate(cam, 10, "linear")[:, 0])

    bent = Bent().eval()
    with torch.no_grad():
        for layer in bent.layers:
            layer.weight.mul_(2.5)
    x = torch.randn(1, 5) * 2
    export(bent, x, "bent.onnx", {0: "batch"})
    bent, x = bent.double(), x.double()
    references["bent"] = {"x": tensor(x), "rows": {}}
    for target in range(3):
        row = {}
        for kind in ("guided", "deconvnet"):
            point = x.clone().requires_grad_()
            (value,) = torch.autograd.grad(bent(point, bent_rule(kind))[0, target], point)
            row[kind] = numbers(value)
        point = x.clone().requires_grad_()
        row["gradient"] = numbers(torch.autograd.grad(bent(point)[0, target], point)[0])
        references["bent"]["rows"][target] = row
    (here / "references.json").write_text(json.dumps(references, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
