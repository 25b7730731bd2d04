"""Occlusion and Kernel SHAP, side by side with Captum: runs in alternation, equal threads, ratios of medians.

    python test/bench/perturbation.py [--folder .cache/bench-layers] [--threads 1 2] [--runs 3] [--models resnet18 ...]

Occlusion moves the same windows over the picture, and its numbers are compared. Kernel SHAP scores as many coalitions
of about as many pieces (superpixels here, squares there): its numbers differ, its work is the same. Captum runs as many
rows at once as ours.
"""

import statistics

import torch
from models import build, compare_each, exported
from node_side import NodeSide, alternate, feed, relative_error, source

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
    path = exported(name, folder)
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


if __name__ == "__main__":
    compare_each(compare, ["resnet18", "mobilenet_v2"], 3)
