"""Occlusion and Kernel SHAP, side by side with Captum: runs in alternation, equal threads, ratios of medians.

    python test/bench/perturbation.py [--folder .cache/bench-layers] [--threads 1 2] [--runs 3] [--models resnet18 ...]

Occlusion moves the same windows over the picture, and its numbers are compared. Kernel SHAP scores as many coalitions
of about as many pieces (superpixels here, squares there): its numbers differ, its work is the same. Captum runs as many
rows at once as ours.
"""

import argparse
import pathlib
import statistics
import subprocess
import sys
import warnings

import torch
from models import build, export
from node_side import NodeSide, alternate, feed, relative_error, source, ROOT

SIDE, WINDOW, STRIDE = 224, 28, 14
SEGMENTS, SAMPLES, ROWS = 49, 256, 16


def captum(model, x):
    from captum.attr import KernelShap, Occlusion

    occlusion, shap = Occlusion(model), KernelShap(model)
    side = SIDE // 7
    squares = (torch.arange(SIDE) // side)[:, None] * 7 + (torch.arange(SIDE) // side)[None]
    return {
        "occlusion": lambda: occlusion.attribute(
            x, sliding_window_shapes=(3, WINDOW, WINDOW), strides=(3, STRIDE, STRIDE), target=1,
            perturbations_per_eval=ROWS,
        ).mean(1),
        "kernel-shap": lambda: shap.attribute(
            x, target=1, n_samples=SAMPLES, feature_mask=squares[None, None], perturbations_per_eval=ROWS
        ),
    }


OURS = {
    "occlusion": {"window": WINDOW, "stride": STRIDE},
    "kernel-shap": {"segments": SEGMENTS, "samples": SAMPLES},
}


def compare(name, folder, threads, runs):
    torch.set_num_threads(threads)
    path = folder / f"{name}.onnx"
    if not path.exists():
        # In a process of its own: exporting takes more memory than running.
        subprocess.run([sys.executable, __file__, "--folder", str(folder), "--models", name, "--export"], check=True)
    model, (x,), _ = build(name)
    node = NodeSide(*source("layers.ts"), path, threads)
    node.ask({"image": feed(x)})
    for method, run in captum(model, x).items():
        message = {"method": method, "parameters": OURS[method]}
        expected, theirs, ours = alternate(run, lambda: node.ask(message), runs, 1)
        median = statistics.median
        whole, other = median([answer["milliseconds"] for answer in ours]), median(theirs)
        error = ""
        if method == "occlusion":
            found = node.ask({"relevance": True})["relevance"]
            error = f"; error {relative_error(found, expected.detach().numpy()):.1e}"
        print(
            f"{name:13} {method:12} threads {threads}: {whole / 1e3:5.2f} s, Captum {other / 1e3:5.2f} s, ratio "
            f"{whole / other:.2f}{error}",
            flush=True,
        )
    node.end()


def main():
    warnings.filterwarnings("ignore")
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / ".cache/bench-layers")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--models", nargs="+", default=["resnet18", "mobilenet_v2"])
    parser.add_argument("--export", action="store_true", help="only write the model")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.export:
        export(options.models[0], options.folder / f"{options.models[0]}.onnx")
        return
    for name in options.models:
        for threads in options.threads:
            compare(name, options.folder, threads, options.runs)


if __name__ == "__main__":
    main()
