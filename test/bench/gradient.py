"""Input gradient, side by side with PyTorch: paired runs in alternation, equal threads, ratios of medians.

    python test/bench/gradient.py [--folder .cache/bench] [--threads 1 2] [--runs 15] [--models resnet18 ...]
                                  [--engines onnxruntime/cpu tensorflow/wasm ...]

Models have random weights: time does not depend on them. Peak memory is each process's own high-water mark.
"""

import argparse
import itertools
import os
import pathlib
import statistics
import subprocess
import sys

import torch
from node_side import NodeSide, alternate, feed, peak_memory, relative_error, source, ROOT


def image_model(name):
    import torchvision

    model = getattr(torchvision.models, name)(weights=None).eval()
    return model, (torch.randn(1, 3, 224, 224),), ["image"], ["logits"]


class Classifier(torch.nn.Module):
    """Six-layer BERT with a head, from token ids or from embeddings."""

    def __init__(self, length=128):
        super().__init__()
        from transformers import BertConfig, BertForSequenceClassification

        config = BertConfig(num_hidden_layers=6, attn_implementation="eager")
        self.model = BertForSequenceClassification(config).eval()
        self.length = length

    def forward(self, ids, mask):
        return self.model(input_ids=ids, attention_mask=mask).logits


def bert():
    model = Classifier().eval()
    ids = torch.randint(0, 30000, (1, model.length))
    return model, (ids, torch.ones_like(ids)), ["ids", "mask"], ["logits"]


MODELS = {
    "mobilenet_v2": lambda: image_model("mobilenet_v2"),
    "resnet18": lambda: image_model("resnet18"),
    "bert6": bert,
}


def export(name, folder):
    torch.manual_seed(0)
    model, args, inputs, outputs = MODELS[name]()
    axes = {value: {0: "batch"} for value in inputs + outputs}
    path = folder / f"{name}.onnx"
    names = {"input_names": inputs, "output_names": outputs, "dynamic_axes": axes}
    torch.onnx.export(model, args, path, dynamo=False, opset_version=17, **names)


def torch_gradient(name, model, args):
    """One forward and one backward pass to the input (the word embeddings for text)."""
    if name != "bert6":
        x = args[0].clone().requires_grad_()
        run = lambda: torch.autograd.grad(model(x)[0, 1], x)[0]
        return run, {"image": args[0].numpy()}
    inner = model.model
    embedded = inner.bert.embeddings.word_embeddings(args[0]).detach().requires_grad_()
    run = lambda: torch.autograd.grad(inner(inputs_embeds=embedded, attention_mask=args[1]).logits[0, 1], embedded)[0]
    return run, {"ids": args[0].numpy(), "mask": args[1].numpy()}


def compare(name, folder, threads, runs, engine):
    torch.set_num_threads(threads)
    path = folder / f"{name}.onnx"
    if not path.exists():
        # In a process of its own: exporting takes more memory than running.
        subprocess.run([sys.executable, __file__, "--folder", str(folder), "--models", name, "--export"], check=True)
    torch.manual_seed(0)
    model, args, _, _ = MODELS[name]()
    run, feeds = torch_gradient(name, model, args)
    node = NodeSide(*source("gradient.ts"), path, threads, engine)

    ready = node.ask({name: feed(value) for name, value in feeds.items()})
    expected, theirs, answers = alternate(run, lambda: node.ask({"run": True}), runs, 3)
    ours = [answer["milliseconds"] for answer in answers]
    error = relative_error(node.ask({"gradient": True})["gradient"], expected.numpy())
    last = node.ask({"memory": True})
    node.end()
    peak = peak_memory()
    mine, other = statistics.median(ours), statistics.median(theirs)
    print(
        f"{name:13} {engine} threads {threads}: {mine:7.1f} ms, PyTorch {other:7.1f} ms, ratio {mine / other:.2f} "
        f"(best {min(ours) / min(theirs):.2f}); error {error:.1e}; peak {last['peak']:.0f} MiB, PyTorch {peak:.0f} MiB; "
        f"compiled in {ready['milliseconds']:.0f} ms",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / ".cache/bench")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--engines", nargs="+", default=["onnxruntime/cpu"], help="as `model-blame engines` lists them")
    parser.add_argument("--models", nargs="+", default=list(MODELS))
    parser.add_argument("--export", action="store_true", help="only write the model")
    parser.add_argument("--runs", type=int, default=15)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.export:
        export(options.models[0], options.folder)
        return
    if len(options.models) * len(options.threads) * len(options.engines) > 1:
        # A fresh process each, so that one model's peak memory is not counted for the next.
        for name in options.models:
            for threads, engine in itertools.product(options.threads, options.engines):
                rest = ["--folder", str(options.folder), "--runs", str(options.runs), "--models", name]
                rest += ["--threads", str(threads), "--engines", engine]
                subprocess.run([sys.executable, __file__, *rest], check=False, env=os.environ)
        return
    compare(options.models[0], options.folder, options.threads[0], options.runs, options.engines[0])


main()
