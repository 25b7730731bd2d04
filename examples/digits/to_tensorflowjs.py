"""Writes the digits model as a TensorFlow.js layers model: the same network, channels last.

    python examples/digits/to_tensorflowjs.py

Reads models/digits.onnx, writes models/tensorflowjs/model.json and its shard. Needs numpy and onnx.
"""
import json
from pathlib import Path

import numpy
import onnx
from onnx import numpy_helper

MODELS = Path(__file__).parent / "models"


def layer(kind, name, **config):
    return {"class_name": kind, "config": {"name": name, **config}}


def main():
    graph = onnx.load(MODELS / "digits.onnx").graph
    weights = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    nodes = [node for node in graph.node if node.op_type in ("Conv", "BatchNormalization", "Gemm")]
    tensors, layers = [], []
    size = {"padding": "same", "kernel_size": [5, 5], "strides": [1, 1]}
    # The flattened picture is counted row, column, channel here, and channel, row, column there.
    dense_seen = False
    for node in nodes:
        kind = node.op_type
        own = [weights[name] for name in node.input[1:]]
        name = f"{kind.lower()}_{len(layers)}"
        if kind == "Conv":
            shape = {} if layers else {"batch_input_shape": [None, 28, 28, 1]}
            layers.append(layer("Conv2D", name, filters=len(own[0]), **size, **shape))
            tensors += [(f"{name}/kernel", own[0].transpose(2, 3, 1, 0)), (f"{name}/bias", own[1])]
            follows = graph.node[list(graph.node).index(node) + 1].op_type
            if follows == "BatchNormalization":
                continue
        elif kind == "BatchNormalization":
            epsilon = next((a.f for a in node.attribute if a.name == "epsilon"), 1e-5)
            layers.append(layer("BatchNormalization", name, epsilon=epsilon))
            parts = ("gamma", "beta", "moving_mean", "moving_variance")
            tensors += [(f"{name}/{part}", value) for part, value in zip(parts, own)]
        else:
            kernel = own[0].T
            if not dense_seen:
                layers.append(layer("Flatten", "flatten"))
                channels = len(kernel) // 49
                kernel = kernel.reshape(channels, 7, 7, -1).transpose(1, 2, 0, 3).reshape(len(kernel), -1)
            dense_seen = True
            last = len(own[1]) == 10
            layers.append(layer("Dense", name, units=len(own[1]), activation="softmax" if last else "relu"))
            tensors += [(f"{name}/kernel", kernel), (f"{name}/bias", own[1])]
            continue
        layers.append(layer("Activation", f"relu_{len(layers)}", activation="relu"))
        layers.append(layer("MaxPooling2D", f"pool_{len(layers)}", pool_size=[2, 2], strides=[2, 2], padding="valid"))
    out = MODELS / "tensorflowjs"
    out.mkdir(exist_ok=True)
    (out / "group1-shard1of1.bin").write_bytes(b"".join(value.astype("<f4").tobytes() for _, value in tensors))
    manifest = [{"name": name, "shape": list(value.shape), "dtype": "float32"} for name, value in tensors]
    model = {
        "format": "layers-model",
        "generatedBy": "examples/digits/to_tensorflowjs.py",
        "modelTopology": {
            "keras_version": "2.15.0",
            "model_config": {"class_name": "Sequential", "config": {"name": "digits", "layers": layers}},
        },
        "weightsManifest": [{"paths": ["group1-shard1of1.bin"], "weights": manifest}],
    }
    (out / "model.json").write_text(json.dumps(model, indent=1) + "\n")


main()
