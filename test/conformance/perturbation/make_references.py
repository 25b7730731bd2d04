"""Reference attributions by Captum, SHAP, LIME and scikit-image, in double precision, for a small network.

Writes table.onnx and references.json beside this file. Run it again only to change them:

    python make_references.py        (needs torch, captum, shap, lime, scikit-image, onnx)
"""

import json
from pathlib import Path

import numpy as np
import shap
import torch
from captum.attr import ShapleyValues
from lime.lime_base import LimeBase
from skimage.transform import resize
from sklearn.linear_model import LinearRegression
from torch import nn

here = Path(__file__).parent
COLUMNS = 8
CLASS = 1


def network():
    torch.manual_seed(3)
    model = nn.Sequential(nn.Linear(COLUMNS, 7), nn.Tanh(), nn.Linear(7, 5), nn.ReLU(), nn.Linear(5, 3))
    for parameter in model.parameters():
        parameter.data = (parameter.data * 2.5).float()
    return model


def halves(leaves):
    """Linkage matrix of a balanced hierarchy over neighbours."""
    rows, level, next_id = [], list(range(leaves)), leaves
    height = 1.0
    while len(level) > 1:
        above = []
        for a, b in zip(level[::2], level[1::2]):
            size = sum(leaves // len(level) for _ in (a, b))
            rows.append([a, b, height, size])
            above.append(next_id)
            next_id += 1
        level, height = above, height + 1
    return np.array(rows, dtype=float)


def games(model, x, base):
    score = lambda rows: model(torch.tensor(np.asarray(rows))).detach().numpy()[:, CLASS]
    exact = ShapleyValues(model).attribute(
        torch.tensor(x[None]), baselines=torch.tensor(base[None]), target=CLASS, perturbations_per_eval=64
    )
    kernel = shap.KernelExplainer(score, base[None]).shap_values(x[None], nsamples=2**COLUMNS, l1_reg=False, silent=True)
    masker = shap.maskers.Partition(base[None], clustering=halves(COLUMNS))
    owen = shap.PartitionExplainer(score, masker)(x[None], max_evals=10_000, silent=True)
    return {
        "shapley": exact[0].tolist(),
        "kernel": np.asarray(kernel)[0].tolist(),
        "owen": owen.values[0].tolist(),
        "score": float(score(x[None])[0]),
        "baselineScore": float(score(base[None])[0]),
    }


def local(rng, pieces, copies, most):
    """What LIME makes of given copies and scores."""
    masks = (rng.random((copies, pieces)) < 0.5).astype(float)
    masks[0] = 1
    weights = rng.normal(size=pieces) * (rng.random(pieces) < 0.6)
    scores = masks @ weights + 0.5 * masks[:, 0] * masks[:, 1] + 0.2 * rng.normal(size=copies)
    kernel = np.sqrt(np.exp(-((pieces - masks.sum(1)) / (0.75**2 * pieces))))
    base = LimeBase(lambda distances: distances)
    intercept, found, fit, _ = base.explain_instance_with_data(
        masks, scores[:, None], kernel, 0, most, feature_selection="lasso_path" if most < pieces else "none",
        model_regressor=LinearRegression(),
    )
    return {
        "masks": masks.astype(int).tolist(),
        "scores": scores.tolist(),
        "kernel": kernel.tolist(),
        "most": most,
        "weights": {str(piece): float(weight) for piece, weight in found},
        "fit": float(fit),
    }


def mask(rng, width, height, cells=8):
    """Section 3.2 of the paper; `order=1, mode="reflect"` as in the authors' code."""
    grid = (rng.random((cells, cells)) < 0.5).astype(float)
    cell = (-(-height // cells), -(-width // cells))
    large = resize(grid, ((cells + 1) * cell[0], (cells + 1) * cell[1]), order=1, mode="reflect", anti_aliasing=False)
    shift = (int(rng.integers(cell[0])), int(rng.integers(cell[1])))
    cut = large[shift[0] : shift[0] + height, shift[1] : shift[1] + width]
    return {
        "width": width,
        "height": height,
        "cells": grid.astype(int).flatten().tolist(),
        "shift": {"x": shift[1], "y": shift[0]},
        "mask": cut.flatten().round(12).tolist(),
    }


def main():
    rng = np.random.default_rng(11)
    model = network()
    torch.onnx.export(
        model, torch.zeros(1, COLUMNS), here / "table.onnx", dynamo=False, input_names=["x"], output_names=["logits"],
        dynamic_axes={"x": {0: "batch"}, "logits": {0: "batch"}},
    )
    model = model.double()
    samples = []
    for _ in range(4):
        x, base = rng.normal(size=COLUMNS).astype(np.float32), rng.normal(size=COLUMNS).astype(np.float32)
        samples.append(
            {"x": x.tolist(), "baseline": base.tolist(), **games(model, x.astype(float), base.astype(float))}
        )
    references = {
        "class": CLASS,
        "samples": samples,
        "local": [local(rng, *size) for size in ((6, 40, 3), (12, 200, 4), (12, 200, 12), (20, 120, 5))],
        "masks": [mask(rng, *size) for size in ((28, 28), (17, 30))],
    }
    (here / "references.json").write_text(json.dumps(references, separators=(",", ":")) + "\n")


main()
