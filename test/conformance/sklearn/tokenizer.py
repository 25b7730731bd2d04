"""How ONNX Runtime's StringNormalizer and Tokenizer split texts of odd characters, by every kind of attribute.

    python tokenizer.py

Needs onnx, onnxruntime and the locale en_US.UTF-8; writes tokenizer.json.
"""
import json
import random
from pathlib import Path

import numpy as np
import onnxruntime
from onnx import TensorProto, helper

random.seed(3)
PIECES = [
    *["a", "B", "x", "é", "É", "ß", "İ", "ı", "ſ", "\u212a", "Σ", "σ", "ς", "ё", "Ё", "ά", "ǅ", "ᾼ", "ᾀ", "中", "文"],
    *[" ", "  ", "\n", "\t", "\u00a0", "\u2028", "_", "-", ".", "!", "9", "#", "0", "😀", "👩\u200d👩", "the", "The"],
]
TEXTS = ["", *("".join(random.choice(PIECES) for _ in range(random.randint(1, 18))) for _ in range(40))]

NORMALIZERS = [
    None,
    {"case_change_action": "LOWER", "is_case_sensitive": 0},
    {"case_change_action": "UPPER", "is_case_sensitive": 1},
    {"case_change_action": "NONE", "is_case_sensitive": 0, "stopwords": ["the", "AB"]},
]
EXPRESSIONS = [
    *["[a-zA-Z0-9_]+", r"\w+|\S", ".", r"\bx|a|aB", r"[^\n]", r"\pL+", "a*", "(?i)the|[[:alpha:]]", r"\s", "^."],
]
TOKENIZERS = [
    *({"tokenexp": expression, "mincharnum": 1} for expression in EXPRESSIONS),
    {"tokenexp": "[a-zA-Z0-9_]+", "mincharnum": 2},
    {"separators": [" ", "[.]"], "mincharnum": 1},
    {"separators": [r"\s+", "-"], "mincharnum": 2},
    {"separators": [""], "mincharnum": 1},
    {"separators": ["a*"], "mincharnum": 1},
    {"separators": ["x|xx", "the"], "mincharnum": 1},
]


def session(normalizer, tokenizer):
    nodes, name = [], "text"
    if normalizer is not None:
        nodes.append(helper.make_node("StringNormalizer", [name], ["normal"], **normalizer))
        name = "normal"
    split = {"mark": 0, "pad_value": "\u0001", **tokenizer}
    nodes.append(helper.make_node("Tokenizer", [name], ["tokens"], domain="com.microsoft", **split))
    strings = lambda value: helper.make_tensor_value_info(value, TensorProto.STRING, None)
    graph = helper.make_graph(nodes, "split", [strings("text")], [strings("tokens")])
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=9)
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


def main():
    cases = []
    for normalizer in NORMALIZERS:
        for tokenizer in TOKENIZERS:
            run = session(normalizer, tokenizer)
            tokens = [run.run(None, {"text": np.array([text], dtype=object)})[0].ravel().tolist() for text in TEXTS]
            cases.append({"normalizer": normalizer, "tokenizer": tokenizer, "tokens": tokens})
    data = {"onnxruntime": onnxruntime.__version__, "texts": TEXTS, "cases": cases}
    Path(__file__).with_name("tokenizer.json").write_text(json.dumps(data, ensure_ascii=True, separators=(",", ":")))


main()
