"""Guided backpropagation and Grad-CAM, side by side with Captum: runs in alternation, equal threads, ratios of medians.

    python test/bench/layers.py [--folder .cache/bench-layers] [--threads 1 2] [--runs 9] [--models resnet18 ...]

Ours is the method's own work, the request less the prediction that every request begins with; the ratio of the whole
request stands beside it. Captum's guided backpropagation patches modules of class ReLU only, so that MobileNet's ReLU6
is given that class (else it would be the plain gradient), and none of them works in place, which its hooks forbid.
"""

import statistics

import torch
from models import build, compare_each, exported
from node_side import NodeSide, alternate, feed, relative_error, source

# The convolution that our default takes, as Captum and as ONNX name it.
LAYERS = {
    "resnet18": (lambda model: model.layer4[1].conv2, "/layer4/layer4.1/conv2/Conv_output_0"),
    "mobilenet_v2": (lambda model: model.features[18][0], "/features/features.18/features.18.0/Conv_output_0"),
}


class Relu6(torch.nn.ReLU):
    def forward(self, x):
        return torch.clamp(x, 0, 6)


def hookable(module):
    for name, child in module.named_children():
        if isinstance(child, torch.nn.ReLU6):
            setattr(module, name, Relu6())
        elif isinstance(child, torch.nn.ReLU):
            child.inplace = False
        else:
            hookable(child)


def captum(name, model, x):
    from captum.attr import GuidedBackprop, LayerAttribution, LayerGradCam

    guided, cam = GuidedBackprop(model), LayerGradCam(model, LAYERS[name][0](model))

    def grad_cam():
        small = cam.attribute(x, target=1)
        return LayerAttribution.interpolate(small, tuple(x.shape[2:]), "bilinear")

    return {"guided-backprop": lambda: guided.attribute(x, target=1).sum(1), "grad-cam": grad_cam}


def compare(name, folder, threads, runs):
    torch.set_num_threads(threads)
    path = exported(name, folder)
    model, (x,), _ = build(name)
    hookable(model)
    node = NodeSide(*source("layers.ts"), path, threads)

    node.ask({"image": feed(x)})
    for method, run in captum(name, model, x).items():
        # With its negative part: for random weights the rest may be empty.
        layer = {"layer": LAYERS[name][1], "signed": True} if method == "grad-cam" else {}
        message = {"method": method, "parameters": layer}
        cold = node.ask(message)["milliseconds"]
        expected, theirs, ours = alternate(run, lambda: node.ask(message), runs, 2)
        whole = [answer["milliseconds"] for answer in ours]
        own = [answer["milliseconds"] - answer["prediction"] for answer in ours]
        error = relative_error(node.ask({"relevance": True})["relevance"], expected.detach().numpy())
        median, other = statistics.median, statistics.median(theirs)
        print(
            f"{name:13} {method:15} threads {threads}: {median(own):6.1f} ms, Captum {other:6.1f} ms, ratio "
            f"{median(own) / other:.2f}; whole request {median(whole):6.1f} ms, {median(whole) / other:.2f} "
            f"(best {min(whole) / min(theirs):.2f}); error {error:.1e}; first request {cold:.0f} ms",
            flush=True,
        )
    node.end()


if __name__ == "__main__":
    compare_each(compare, list(LAYERS), 9)
