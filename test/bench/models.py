"""Models for benchmarks, with random weights: time does not depend on them."""

import argparse
import pathlib
import subprocess
import sys
import warnings

import torch

ROOT = pathlib.Path(__file__).resolve().parents[2]


def image_model(name):
    import torchvision

    model = getattr(torchvision.models, name)(weights=None).eval()
    return model, (torch.randn(1, 3, 224, 224),), ["image"]


class Classifier(torch.nn.Module):
    """Six-layer BERT with a head."""

    def __init__(self):
        super().__init__()
        from transformers import BertConfig, BertForSequenceClassification

        config = BertConfig(num_hidden_layers=6, attn_implementation="eager")
        self.model = BertForSequenceClassification(config).eval()

    def forward(self, ids, mask):
        return self.model(input_ids=ids, attention_mask=mask).logits


def bert(length=128):
    ids = torch.randint(1, 30000, (1, length))
    return Classifier().eval(), (ids, torch.ones_like(ids)), ["ids", "mask"]


MODELS = {
    "mobilenet_v2": lambda: image_model("mobilenet_v2"),
    "resnet18": lambda: image_model("resnet18"),
    "bert6": bert,
}


def build(name):
    """The same weights and sample every time: model, arguments, input names."""
    torch.manual_seed(0)
    return MODELS[name]()


def export(name, path):
    model, args, inputs = build(name)
    axes = {value: {0: "batch"} for value in [*inputs, "logits"]}
    names = {"input_names": inputs, "output_names": ["logits"], "dynamic_axes": axes}
    torch.onnx.export(model, args, path, dynamo=False, opset_version=17, **names)


def exported(name, folder):
    """The model's file, made where it is not there: in a process of its own, as exporting takes more memory than running."""
    path = folder / f"{name}.onnx"
    if not path.exists():
        code = f"from models import export; export({name!r}, {str(path)!r})"
        subprocess.run([sys.executable, "-c", code], check=True, cwd=pathlib.Path(__file__).parent)
    return path


def compare_each(compare, names, runs):
    """Calls compare(name, folder, threads, runs) as the command line says."""
    warnings.filterwarnings("ignore")
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / ".cache/bench-layers")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--models", nargs="+", default=names)
    parser.add_argument("--runs", type=int, default=runs)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for name in options.models:
        for threads in options.threads:
            compare(name, options.folder.resolve(), threads, options.runs)
