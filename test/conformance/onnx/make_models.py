"""Makes the tiny models under models/ (random weights) with their inputs and outputs.

    python test/conformance/onnx/make_models.py [folder]

Needs torch, onnx, onnxscript, transformers, scikit-learn, skl2onnx. Every model is exported by both exporters of
PyTorch where they work; numbers come from PyTorch or scikit-learn in float32, for a batch of three samples.
"""
import json
import sys
import warnings
from pathlib import Path

import numpy as np
import torch
from torch import nn

warnings.filterwarnings("ignore")
torch.manual_seed(0)
FOLDER = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent / "models")
FOLDER.mkdir(parents=True, exist_ok=True)


def save(name, feeds, outputs):
    def pack(array):
        array = np.asarray(array)
        kind = "string" if array.dtype.kind in "OU" else str(array.dtype)
        values = array.ravel().tolist()
        return {"dtype": kind, "dims": list(array.shape), "data": [round(v, 7) if isinstance(v, float) else v for v in values]}

    record = {"feeds": {k: pack(v) for k, v in feeds.items()}, "outputs": [pack(v) for v in outputs]}
    (FOLDER / f"{name}.json").write_text(json.dumps(record, separators=(",", ":")) + "\n")


def export(name, model, *examples, inputs=("x",), output="logits", dynamic=True, opset=17, baked=False):
    """Exports for one sample, by both exporters; the batch is dynamic unless `baked`."""
    model.eval()
    with torch.no_grad():
        expected = model(*examples)
    one = tuple(example[:1] for example in examples)
    feeds = {key: value.numpy() for key, value in zip(inputs, examples)}
    axes = {key: {0: "batch"} for key in (*inputs, output)} if dynamic and not baked else None
    torch.onnx.export(model, one, str(FOLDER / f"{name}.script.onnx"), input_names=list(inputs), output_names=[output],
                      dynamic_axes=axes, opset_version=opset, dynamo=False)
    save(f"{name}.script", feeds, [expected.numpy()])
    batch = torch.export.Dim("batch", min=1, max=64)
    shapes = tuple({0: batch} for _ in inputs) if not baked else None
    two = tuple(example[:2] for example in examples) if not baked else one
    try:
        torch.onnx.export(model, two, str(FOLDER / f"{name}.dynamo.onnx"), input_names=list(inputs),
                          output_names=[output], dynamic_shapes=shapes, dynamo=True, external_data=False, verbose=False)
        save(f"{name}.dynamo", feeds, [expected.numpy()])
    except Exception as error:  # the exporter's limits are not ours
        print(f"{name}.dynamo: {str(error).splitlines()[0][:150]}")


class Recurrent(nn.Module):
    def __init__(self, kind, bidirectional):
        super().__init__()
        self.rnn = kind(5, 6, batch_first=True, bidirectional=bidirectional)
        self.head = nn.Linear(12 if bidirectional else 6, 3)

    def forward(self, x):
        return self.head(self.rnn(x)[0].mean(1))


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(3, 2, 1))
        self.depth = nn.Sequential(nn.Conv2d(8, 8, 3, 1, 1, groups=8), nn.BatchNorm2d(8), nn.Hardswish())
        self.head = nn.Linear(8, 4)

    def forward(self, x):
        x = self.stem(x)
        x = x + self.depth(x)
        x = nn.functional.adaptive_avg_pool2d(x, 1)
        return torch.softmax(self.head(x.reshape(x.shape[0], -1)), 1)


class ClassToken(nn.Module):
    """A class token expanded to the batch, attention spelled out: what vision transformers export."""

    def __init__(self):
        super().__init__()
        self.patch = nn.Conv2d(3, 8, 4, 4)
        self.token = nn.Parameter(torch.randn(1, 1, 8))
        self.place = nn.Parameter(torch.randn(1, 5, 8))
        self.qkv = nn.Linear(8, 24)
        self.norm = nn.LayerNorm(8)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.place
        q, k, v = self.qkv(self.norm(x)).reshape(x.shape[0], 5, 3, 2, 4).permute(2, 0, 3, 1, 4).unbind(0)
        x = x + nn.functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(x.shape[0], 5, 8)
        return self.head(nn.functional.gelu(x)[:, 0])


def fused():
    """A transformer as ONNX Runtime's optimiser (and Optimum with it) rewrites it: com.microsoft operators."""
    from onnxruntime.transformers.optimizer import optimize_model
    from transformers import BertConfig, BertForSequenceClassification

    config = BertConfig(vocab_size=40, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24,
                        max_position_embeddings=32, num_labels=3, initializer_range=0.4, attn_implementation="eager")

    class Logits(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = BertForSequenceClassification(config)

        def forward(self, ids, mask, types):
            return self.model(input_ids=ids, attention_mask=mask, token_type_ids=types).logits

    model = Logits().eval()
    mask = torch.tensor([[1] * 7, [1, 1, 1, 1, 0, 0, 0], [1] * 6 + [0]])
    examples = (torch.randint(0, 40, (3, 7)), mask, torch.tensor([[0, 0, 0, 1, 1, 1, 1]] * 3))
    inputs = ("input_ids", "attention_mask", "token_type_ids")
    path = str(FOLDER / "bert.fused.onnx")
    torch.onnx.export(model, examples, path, input_names=list(inputs), output_names=["logits"], opset_version=17,
                      dynamic_axes={key: {0: "batch", 1: "sequence"} for key in inputs}, dynamo=False)
    optimized = optimize_model(path, model_type="bert", num_heads=2, hidden_size=16, opt_level=1)
    assert {"Attention", "EmbedLayerNormalization"} <= {node.op_type for node in optimized.model.graph.node}
    optimized.save_model_to_file(path)
    with torch.no_grad():
        expected = model(*examples)
    save("bert.fused", {key: value.numpy() for key, value in zip(inputs, examples)}, [expected.numpy()])


def bert():
    from transformers import BertConfig, BertForSequenceClassification

    config = BertConfig(vocab_size=40, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24,
                        max_position_embeddings=20, num_labels=3)

    class Wrapped(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = BertForSequenceClassification(config)

        def forward(self, input_ids, attention_mask, token_type_ids):
            return self.model(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids).logits

    model = Wrapped().eval()
    ids = torch.randint(1, 40, (3, 9))
    mask = torch.ones(3, 9, dtype=torch.long)
    mask[1, 6:] = 0
    types = torch.zeros(3, 9, dtype=torch.long)
    types[:, 5:] = 1
    inputs = ("input_ids", "attention_mask", "token_type_ids")
    examples = (ids, mask, types)
    with torch.no_grad():
        expected = model(*examples)
    feeds = {key: value.numpy() for key, value in zip(inputs, examples)}
    axes = {key: {0: "batch", 1: "sequence"} for key in inputs}
    torch.onnx.export(model, examples, str(FOLDER / "bert.script.onnx"), input_names=list(inputs), output_names=["logits"],
                      dynamic_axes={**axes, "logits": {0: "batch"}}, opset_version=17, dynamo=False)
    save("bert.script", feeds, [expected.numpy()])
    shape = {0: torch.export.Dim("batch", min=1, max=64), 1: torch.export.Dim("sequence", min=2, max=20)}
    try:
        torch.onnx.export(model, examples, str(FOLDER / "bert.dynamo.onnx"), input_names=list(inputs), output_names=["logits"],
                          dynamic_shapes=(shape, shape, shape), dynamo=True, external_data=False, verbose=False)
        save("bert.dynamo", feeds, [expected.numpy()])
    except Exception as error:
        print("bert.dynamo:", str(error).splitlines()[0][:150])


def sklearn_models():
    import pandas as pd
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType, StringTensorType
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LinearRegression, LogisticRegression
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MinMaxScaler, Normalizer, OneHotEncoder, StandardScaler

    rng = np.random.default_rng(0)
    frame = pd.DataFrame({
        "age": rng.normal(40, 9, 80).astype(np.float32),
        "income": rng.normal(2, 1, 80).astype(np.float32),
        "city": rng.choice(["Bern", "Rome", "Oslo"], 80),
    })
    types = [("age", FloatTensorType([None, 1])), ("income", FloatTensorType([None, 1])), ("city", StringTensorType([None, 1]))]
    columns = lambda: ColumnTransformer([("n", StandardScaler(), ["age", "income"]), ("c", OneHotEncoder(handle_unknown="ignore"), ["city"])])
    feeds = {"age": frame[["age"]].values[:3], "income": frame[["income"]].values[:3], "city": frame[["city"]].values[:3].astype(str)}
    for name, y in [("binary", (frame.age > 40).map({True: "old", False: "young"})), ("three", pd.cut(frame.age, 3, labels=["a", "b", "c"]).astype(str))]:
        model = make_pipeline(columns(), LogisticRegression(max_iter=500)).fit(frame, y)
        for zipmap in (True, False):
            onx = to_onnx(model, initial_types=types, options={"zipmap": zipmap})
            kind = f"logistic-{name}{'-zipmap' if zipmap else ''}"
            (FOLDER / f"{kind}.onnx").write_bytes(onx.SerializeToString())
            save(kind, feeds, [model.predict(frame[:3]).astype(str), model.predict_proba(frame[:3]).astype(np.float32)])

    x = rng.normal(0, 1, (60, 4)).astype(np.float32)
    y3 = np.digitize(x[:, 0] + x[:, 1], [-0.7, 0.7])
    plain = {
        "linear-regression": make_pipeline(MinMaxScaler(), LinearRegression()).fit(x, x @ [1, 2, 3, 4]),
        "normalizer-logistic": make_pipeline(Normalizer(), LogisticRegression()).fit(x, y3),
        "forest": RandomForestClassifier(3, max_depth=2, random_state=0).fit(x, y3),
    }
    for name, model in plain.items():
        options = {"zipmap": False} if name in ("normalizer-logistic", "forest") else {}
        onx = to_onnx(model, x[:1], options=options)
        (FOLDER / f"{name}.onnx").write_bytes(onx.SerializeToString())
        if name == "linear-regression":
            outputs = [model.predict(x[:3]).astype(np.float32)[:, None]]
        else:
            outputs = [model.predict(x[:3]), model.predict_proba(x[:3]).astype(np.float32)]
        save(name, {"X": x[:3]}, outputs)


def quantized():
    """QDQ and integer operators, made from the MLP by ONNX Runtime's own tools."""
    import onnxruntime
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_dynamic, quantize_static

    source = FOLDER / "residual.script.onnx"
    data = np.random.default_rng(1).normal(0, 1, (8, 3, 16, 16)).astype(np.float32)

    class Reader(CalibrationDataReader):
        def __init__(self):
            self.items = iter([{"x": data[i:i + 1]} for i in range(8)])

        def get_next(self):
            return next(self.items, None)

    quantize_static(str(source), str(FOLDER / "residual.qdq.onnx"), Reader(), quant_format=QuantFormat.QDQ)
    quantize_static(str(source), str(FOLDER / "residual.qoperator.onnx"), Reader(), quant_format=QuantFormat.QOperator)
    quantize_dynamic(str(FOLDER / "mlp.script.onnx"), str(FOLDER / "mlp.dynamic.onnx"))
    for name, x in [("residual.qdq", data[:3]), ("residual.qoperator", data[:3]), ("mlp.dynamic", data[:3, 0, 0, :6].copy())]:
        session = onnxruntime.InferenceSession(str(FOLDER / f"{name}.onnx"), providers=["CPUExecutionProvider"])
        # One by one: dynamic quantisation takes its range over the whole batch.
        rows = [session.run(None, {"x": x[i:i + 1]})[0] for i in range(len(x))]
        save(name, {"x": x}, [np.concatenate(rows)])


def half():
    from onnx import load, save as write
    from onnxruntime.transformers.float16 import convert_float_to_float16

    model = convert_float_to_float16(load(str(FOLDER / "residual.script.onnx")), keep_io_types=False)
    write(model, str(FOLDER / "residual.half.onnx"))
    record = json.loads((FOLDER / "residual.script.json").read_text())
    (FOLDER / "residual.half.json").write_text(json.dumps(record, separators=(",", ":")) + "\n")


def strip():
    """Leaves out what exporters write about the machine: stack traces, file names."""
    import onnx

    for path in FOLDER.glob("*.onnx"):
        model = onnx.load(str(path))
        del model.metadata_props[:]
        model.doc_string = ""
        for part in (model.graph, *model.graph.node, *model.graph.initializer, *model.graph.input, *model.graph.output):
            part.doc_string = ""
            del part.metadata_props[:]
        del model.graph.value_info[:]
        for function in model.functions:
            for node in function.node:
                node.doc_string = ""
                del node.metadata_props[:]
        onnx.save(model, str(path))


if __name__ == "__main__":
    mlp = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Dropout(), nn.Linear(8, 3))
    export("mlp", mlp, torch.randn(3, 6))
    export("mlp-baked", mlp, torch.randn(3, 6), baked=True)
    image = torch.randn(3, 3, 16, 16)
    export("residual", Residual(), image)
    export("residual-baked", Residual(), image, baked=True)
    cnn = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(196, 5), nn.LogSoftmax(1))
    export("cnn-baked", cnn, image, baked=True)
    token = ClassToken()
    small = torch.randn(3, 3, 8, 8)
    export("class-token", token, small)
    export("class-token-baked", token, small, baked=True)
    for kind in (nn.LSTM, nn.GRU, nn.RNN):
        for bidirectional in (False, True):
            name = kind.__name__.lower() + ("-both" if bidirectional else "")
            export(name, Recurrent(kind, bidirectional), torch.randn(3, 7, 5))
            if bidirectional:
                export(f"{name}-baked", Recurrent(kind, bidirectional), torch.randn(3, 7, 5), baked=True)
    bert()
    fused()
    quantized()
    half()
    sklearn_models()
    strip()
