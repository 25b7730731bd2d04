"""Recurrent layers of Keras, as its own exporter (torch backend) writes them to ONNX: unrolled into single operators;
and the same weights in ONNX's operators, whose gates have another order.

    KERAS_BACKEND=torch python keras_models.py [OUTPUT_FOLDER]

Made with keras 3.15.1. Writes keras-lstm.onnx, operator-lstm.onnx, keras-gru.onnx, operator-gru.onnx.
"""
import sys
from pathlib import Path

import keras
import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper

STEPS, SIZE, HIDDEN, CLASSES = 6, 4, 5, 3


def operator(op, order, kernel, recurrent, bias, dense):
    """order: where each of ONNX's gates lies among those of Keras."""

    def gates(array):
        parts = np.split(array, len(order), axis=-1)
        return np.concatenate([parts[gate] for gate in order], axis=-1)

    hidden_bias = bias[1] if bias.ndim == 2 else np.zeros_like(bias)
    input_bias = bias[0] if bias.ndim == 2 else bias
    constants = {
        "w": gates(kernel).T[None], "r": gates(recurrent).T[None],
        "b": np.concatenate([gates(input_bias), gates(hidden_bias)])[None],
        "dense_w": dense[0], "dense_b": dense[1], "zero": np.array([0], dtype=np.int64),
    }
    attributes = {"linear_before_reset": 1} if op == "GRU" else {}
    nodes = [
        helper.make_node("Transpose", ["x"], ["steps"], perm=[1, 0, 2]),
        helper.make_node(op, ["steps", "w", "r", "b"], ["all", "last"], hidden_size=HIDDEN, **attributes),
        helper.make_node("Squeeze", ["last", "zero"], ["hidden"]),
        helper.make_node("Gemm", ["hidden", "dense_w", "dense_b"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes, op, [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", STEPS, SIZE])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", CLASSES])],
        [numpy_helper.from_array(np.ascontiguousarray(value), name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def main(out):
    for name, layer, order in (("lstm", keras.layers.LSTM, [0, 3, 1, 2]), ("gru", keras.layers.GRU, [0, 1, 2])):
        keras.utils.set_random_seed(3)
        cell = layer(HIDDEN, unroll=True, bias_initializer="random_normal", recurrent_initializer="glorot_uniform")
        model = keras.Sequential([keras.layers.Input((STEPS, SIZE)), cell, keras.layers.Dense(CLASSES, bias_initializer="random_normal")])
        if name == "gru":
            # In the first step r ⊙ bias is a gate times a constant when written out: no signal, so the gate would get it.
            kernel, recurrent, bias = cell.get_weights()
            bias[1, 2 * HIDDEN :] = 0
            cell.set_weights([kernel, recurrent, bias])
        x = np.random.default_rng(0).normal(size=(1, STEPS, SIZE)).astype(np.float32)
        expected = model(torch.from_numpy(x)).detach().cpu().numpy()
        model.export(str(out / f"keras-{name}.onnx"), format="onnx", verbose=False)
        kernel, recurrent, bias = cell.get_weights()
        other = operator(name.upper(), order, kernel, recurrent, bias, model.layers[-1].get_weights())
        onnx.save(other, out / f"operator-{name}.onnx")
        for kind in ("keras", "operator"):
            session = onnxruntime.InferenceSession(out / f"{kind}-{name}.onnx")
            own = session.run(None, {session.get_inputs()[0].name: x})[0]
            print(kind, name, "differs from Keras by", np.abs(own - expected).max())


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent / "keras"))
