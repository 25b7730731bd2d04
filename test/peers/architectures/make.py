"""Exports architectures and computes references for them in double precision: python make.py FOLDER NAME ..."""

import copy
import json
import pathlib
import sys
import warnings

import torch
from torch import nn
from torch.export import Dim

from networks import network, spelled_out
from rules import Rules

STEPS = 16
TARGET = 1


def embedding_of(model):
    return [module for module in model.modules() if isinstance(module, nn.Embedding) and module.num_embeddings == 100][-1]


def references(model, args, kind):
    model = spelled_out(copy.deepcopy(model)).double().requires_grad_(False)
    words = embedding_of(model) if kind == "text" else None
    x = args[0].double() if words is None else words(args[0])
    baseline = torch.zeros_like(x) if words is None else words(torch.zeros_like(args[0]))

    def run(x):
        if words is None:
            return model(x)
        hook = words.register_forward_hook(lambda *_: x)
        try:
            return model(*(value.expand(len(x), -1) for value in args))
        finally:
            hook.remove()

    def slope(x, rules=None):
        x = x.detach().clone().requires_grad_()
        if rules is None:
            y = run(x + 0)
        else:
            with rules:
                y = run(x + 0)
        return torch.autograd.grad(y[0, TARGET], x)[0][:1], y

    def per_feature(relevance):
        return (relevance.sum(-1) if words is not None else relevance).flatten().tolist()

    gradient, logits = slope(x)
    path = [slope(baseline + (k + 0.5) / STEPS * (x - baseline))[0] for k in range(STEPS)]
    found = {
        "gradient": per_feature(gradient),
        "integrated-gradients": per_feature(sum(path) / STEPS * (x - baseline)),
    }
    for name in ("guided", "deconvnet", "attnlrp", "deeplift"):
        rules = Rules(name)
        pair = torch.cat([x, baseline]) if name == "deeplift" else x
        relevance, y = slope(pair, rules)
        assert (y[:1] - logits).abs().max() < 1e-8, name
        if rules.without or (words is not None and name in ("guided", "deconvnet")):
            continue
        found[name] = per_feature(relevance * {"attnlrp": x, "deeplift": x - baseline}.get(name, 1))
    return {"logits": logits.flatten().tolist(), **found}


def export(model, args, kind, exporter, path):
    names = ["ids", "mask"] if kind == "text" else ["x"]
    if exporter == "dynamo":
        axes = {0: Dim.DYNAMIC, **({1: Dim.DYNAMIC} if kind == "text" else {})}
        torch.onnx.export(model, args, path, dynamo=True, opset_version=23, input_names=names, output_names=["logits"],
                          external_data=False, verbose=False, dynamic_shapes=tuple(axes for _ in names))  # fmt: skip
    else:
        axes = {name: {0: "batch", **({1: "sequence"} if kind == "text" else {})} for name in names}
        torch.onnx.export(model, args, path, dynamo=False, opset_version=17, input_names=names, output_names=["logits"],
                          dynamic_axes={**axes, "logits": {0: "batch"}})  # fmt: skip


def main(folder, names):
    warnings.filterwarnings("ignore")
    for name in names:
        model, args, kind = network(name)
        files = {}
        for exporter in ("script", "dynamo"):
            path = folder / f"{name}.{exporter}.onnx"
            try:
                export(copy.deepcopy(model), args, kind, exporter, str(path))
                files[exporter] = path.name
            except Exception as error:  # noqa: BLE001 - the exporter's own limits
                files[exporter] = None
                print(f"{name}: {exporter} cannot export it: {str(error).splitlines()[0]}", file=sys.stderr)
        feeds = [{"dims": list(value.shape), "data": value.flatten().tolist()} for value in args]
        entry = {"kind": kind, "files": files, "feeds": feeds, **references(model, args, kind)}
        (folder / f"{name}.json").write_text(json.dumps(entry))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), sys.argv[2:])
