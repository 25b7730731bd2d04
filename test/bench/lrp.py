"""LRP composites, side by side with Zennit: paired runs in alternation, equal threads, ratios of medians.

    python test/bench/lrp.py [--folder .cache/bench] [--threads 1 2] [--runs 9] [--models resnet18 ...] [--composites …]

Zennit's canonizers and hooks are set up once, outside of what is timed; so are our program and session. Compiling and
opening the session are timed on their own, the session against that of the forward pass alone.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys

import torch
from models import build
from node_side import NodeSide, alternate, feed, relative_error, source, ROOT

MODELS = ["resnet18", "mobilenet_v2"]
COMPOSITES = {
    "epsilonPlus": "EpsilonPlus",
    "epsilonPlusFlat": "EpsilonPlusFlat",
    "epsilonAlpha2Beta1": "EpsilonAlpha2Beta1",
    "epsilonAlpha2Beta1Flat": "EpsilonAlpha2Beta1Flat",
    "epsilonGammaBox": "EpsilonGammaBox",
}


def canonizers(name):
    from torchvision.models.mobilenetv2 import InvertedResidual, MobileNetV2
    from zennit.canonizers import AttributeCanonizer, CompositeCanonizer, SequentialMergeBatchNorm
    from zennit.layer import Sum
    from zennit.torchvision import ResNetCanonizer

    if name == "resnet18":
        return [ResNetCanonizer()]

    def forward(self, x):
        return self.canonizer_sum(torch.stack([x, self.conv(x)], dim=-1)) if self.use_res_connect else self.conv(x)

    def whole(self, x):
        return self.classifier(torch.flatten(self.canonizer_pool(self.features(x)), 1))

    def attributes(_, module):
        # Its pooling is a function, which hooks do not see.
        if isinstance(module, MobileNetV2):
            return {"forward": whole.__get__(module), "canonizer_pool": torch.nn.AdaptiveAvgPool2d(1)}
        if not isinstance(module, InvertedResidual):
            return None
        return {"forward": forward.__get__(module), "canonizer_sum": Sum()}

    return [CompositeCanonizer((SequentialMergeBatchNorm(), AttributeCanonizer(attributes)))]


def network(name):
    """The model with the statistics of batch norm that its own signals have: as drawn, they would fade to nothing."""
    model, (image,), _ = build(name)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None
            module.reset_running_stats()
    with torch.no_grad():
        model.train()(torch.randn(4, 3, 224, 224))
    return model.eval(), image.clamp(-3, 3)


def export(name, path):
    model, image = network(name)
    axes = {"image": {0: "batch"}, "logits": {0: "batch"}}
    names = {"input_names": ["image"], "output_names": ["logits"], "dynamic_axes": axes}
    torch.onnx.export(model, (image,), path, dynamo=False, opset_version=17, **names)


def composite(name, model):
    import zennit.composites

    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            # A merged batch norm keeps its ε there.
            module.running_var += module.eps
            module.eps = 0.0
    box = {"low": -3.0, "high": 3.0} if name == "epsilonGammaBox" else {}
    return getattr(zennit.composites, COMPOSITES[name]), box


def compare(name, rules, folder, threads, runs):
    torch.set_num_threads(threads)
    path = folder / f"{name}-calibrated.onnx"
    if not path.exists():
        # In a process of its own: exporting takes more memory than running.
        subprocess.run([sys.executable, __file__, "--folder", str(folder), "--models", name, "--export"], check=True)
    model, image = network(name)
    from zennit.attribution import Gradient

    kind, box = composite(rules, model)
    node = NodeSide(*source("lrp.ts"), path, threads, rules)

    ready = node.ask(feed(image))

    def start(output):
        one = torch.zeros_like(output)
        one[:, 1] = 1
        return output.detach() * one

    with Gradient(model=model, composite=kind(canonizers=canonizers(name), **box)) as attributor:
        run = lambda: attributor(image, start)[1]
        expected, theirs, answers = alternate(run, lambda: node.ask({"run": True}), runs, 2)
    ours = [answer["milliseconds"] for answer in answers]
    error = relative_error(node.ask({"relevance": True})["relevance"], expected.detach().numpy())
    node.end()
    mine, other = statistics.median(ours), statistics.median(theirs)
    print(
        f"{name:13} {rules:23} threads {threads}: {mine:7.1f} ms, Zennit {other:7.1f} ms, ratio {mine / other:.2f} "
        f"(best {min(ours) / min(theirs):.2f}); error {error:.1e}; compiled in {ready['compiled']:.0f} ms; "
        f"session {ready['session']:.0f} ms, {ready['session'] / ready['plain']:.1f} of the plain one's",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / ".cache/bench")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--models", nargs="+", default=MODELS)
    parser.add_argument("--composites", nargs="+", default=list(COMPOSITES))
    parser.add_argument("--export", action="store_true", help="only write the model")
    parser.add_argument("--runs", type=int, default=9)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.export:
        export(options.models[0], options.folder / f"{options.models[0]}-calibrated.onnx")
        return
    each = [(name, rules, threads) for name in options.models for rules in options.composites for threads in options.threads]
    if len(each) == 1:
        compare(*each[0][:2], options.folder, each[0][2], options.runs)
        return
    for name, rules, threads in each:
        rest = ["--models", name, "--composites", rules, "--threads", str(threads), "--runs", str(options.runs)]
        subprocess.run([sys.executable, __file__, "--folder", str(options.folder), *rest], check=False, env=os.environ)


main()
