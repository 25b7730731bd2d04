"""Attention of ONNX 23 to 25, RMSNormalization and RotaryEmbedding, by ONNX' own reference implementation (onnx 1.23).

    python test/conformance/onnx/attention.py

Small tensors of every kind of mask, with keys and values of earlier steps, shared heads, lengths and windows.
"""

import json
import pathlib

import numpy as np
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

HERE = pathlib.Path(__file__).parent
TYPES = {np.dtype("float32"): TensorProto.FLOAT, np.dtype("bool"): TensorProto.BOOL, np.dtype("int64"): TensorProto.INT64}


def rand(*dims, seed=0):
    return np.random.default_rng(seed + sum(dims)).normal(size=dims).astype("f4").round(3)


def qkv(heads=2, shared=2, queries=3, keys=3, width=4, values=4):
    return [rand(2, heads, queries, width, seed=1), rand(2, shared, keys, width, seed=2), rand(2, shared, keys, values, seed=3)]


SEEN = np.array([[True, False, True], [False, False, False], [True, True, True]])
past = [rand(2, 2, 2, 4, seed=4), rand(2, 2, 2, 4, seed=5)]
flat = [rand(2, 3, 8, seed=1), rand(2, 3, 4, seed=2), rand(2, 3, 6, seed=3)]
lengths = np.array([3, 2])
cases = [
    ("Attention", 23, qkv(), {}, 1),
    ("Attention", 23, qkv(4, 2), {"scale": 0.7, "is_causal": 1}, 1),
    ("Attention", 23, flat, {"q_num_heads": 4, "kv_num_heads": 2, "softcap": 0.5}, 1),
    ("Attention", 23, [*qkv(), SEEN], {}, 1),
    ("Attention", 23, [*qkv(), SEEN], {"is_causal": 1}, 1),
    ("Attention", 23, [*qkv(), rand(2, 2, 3, 3)], {"is_causal": 1, "softcap": 2.0}, 1),
    ("Attention", 23, [*qkv(), None, *past], {}, 3),
    ("Attention", 23, [*qkv(), None, *past], {"is_causal": 1}, 3),
    ("Attention", 23, [*qkv(4, 2), rand(3, 5), *past], {"qk_matmul_output_mode": 3}, 4),
    ("Attention", 23, [*qkv(), None, *past], {"qk_matmul_output_mode": 0}, 4),
    ("Attention", 24, [*qkv(queries=2), None, None, None, lengths], {}, 1),
    ("Attention", 24, [*qkv(queries=2), None, None, None, lengths], {"is_causal": 1}, 1),
    ("Attention", 24, [*qkv(), None, None, None, lengths], {"is_causal": 1}, 1),
    ("Attention", 24, [*qkv(queries=2, keys=4), SEEN[:2], None, None, lengths], {}, 1),
    ("Attention", 25, qkv(queries=4, keys=4), {"left_window_size": 1, "right_window_size": 0}, 1),
    ("Attention", 25, [*qkv(), None, *past], {"left_window_size": 2, "right_window_size": 1}, 3),
    ("RMSNormalization", 23, [rand(2, 3, 4), rand(4, seed=1)], {"epsilon": 0.1}, 1),
    ("RMSNormalization", 23, [rand(2, 3, 4), rand(3, 4, seed=1)], {"axis": 1}, 1),
    ("RotaryEmbedding", 23, [rand(2, 2, 3, 4), rand(5, 2, seed=1), rand(5, 2, seed=2), np.array([[0, 1, 2], [4, 2, 0]])], {}, 1),
    ("RotaryEmbedding", 23, [rand(2, 3, 8), rand(2, 3, 2, seed=1), rand(2, 3, 2, seed=2)], {"num_heads": 2, "interleaved": 1}, 1),
    ("RotaryEmbedding", 23, [rand(2, 2, 3, 6), rand(2, 3, 2, seed=1), rand(2, 3, 2, seed=2)], {"rotary_embedding_dim": 4}, 1),
    ("SwiGLU", 28, [rand(2, 3), rand(2, 3, seed=1)], {"alpha": 1.7}, 1),
]  # fmt: skip


def numbers(array):
    if array is None:
        return None
    data = array.flatten().tolist()
    short = [float(f"{x:.8g}") for x in data] if array.dtype == np.float32 else data
    return {"dtype": str(array.dtype), "dims": list(array.shape), "data": short}


def reference(op, opset, inputs, attributes, outputs):
    names = [f"x{i}" if value is not None else "" for i, value in enumerate(inputs)]
    results = [f"y{i}" for i in range(outputs)]
    given = {name: value for name, value in zip(names, inputs) if name}
    graph = helper.make_graph(
        [helper.make_node(op, names, results, **attributes)], "g",
        [helper.make_tensor_value_info(name, TYPES[value.dtype], value.shape) for name, value in given.items()],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in results],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    return ReferenceEvaluator(model).run(None, given)


if __name__ == "__main__":
    found = [
        {"op": op, "opset": opset, "attributes": attributes, "inputs": [numbers(value) for value in inputs],
         "outputs": [numbers(value) for value in reference(op, opset, inputs, attributes, outputs)]}
        for op, opset, inputs, attributes, outputs in cases
    ]  # fmt: skip
    lines = ",\n".join(json.dumps(entry) for entry in found)
    (HERE / "attention.json").write_text(f"[\n{lines}\n]\n")
