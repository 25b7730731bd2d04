"""What scripts that make references share: the score of every head, and how numbers and models are written."""

import math

import onnx
import torch
from torch.nn import functional as F


def scores(head, logits, seed, single=False):
    """S per sample, as `server/program/types.ts` defines it."""
    if single:
        side = seed * logits
        return {
            "linear": side,
            "probability": torch.sigmoid(side),
            "logProbability": F.logsigmoid(side),
            "contrastToRest": side,
        }[head].sum(1)
    if head == "linear":
        values = logits
    elif head == "probability":
        values = torch.softmax(logits, 1)
    elif head == "logProbability":
        values = torch.log_softmax(logits, 1)
    else:
        rest = logits[:, None, :].masked_fill(torch.eye(logits.shape[1], dtype=torch.bool), -math.inf)
        values = logits - torch.logsumexp(rest, 2)
    return (seed * values).sum(1)


def rounded(tensor):
    return [float(f"{value:.8g}") for value in tensor.detach().flatten().tolist()]


def strip(path):
    """Drops what exporters note about the machine: stack traces with paths."""
    model = onnx.load(path)
    for part in [model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output]:
        part.ClearField("doc_string")
        part.ClearField("metadata_props")
    onnx.save(model, path)
