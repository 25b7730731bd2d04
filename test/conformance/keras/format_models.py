"""Networks saved in every format that TensorFlow and its converter write, quantised and fused, with their logits and
integrated gradients by TensorFlow.

    pip install --no-deps tensorflowjs tensorflow-hub
    python format_models.py

Writes one `.zip` for each network, of the files `FORMAT/…`, and `formats.json`. Made with tensorflow-cpu 2.21.0,
keras 3.15.1, tf_keras 2.21.0, tensorflowjs 4.22.0.
"""
import json
import os
import shutil
import sys
import tempfile
import types
import zipfile
from pathlib import Path

os.environ["TF_USE_LEGACY_KERAS"] = "1"
import keras
import numpy as np

for old, new in (("object", object), ("bool", bool)):
    if old not in np.__dict__:
        setattr(np, old, new)

import tensorflow as tf
import tf_keras

# The converter wants these for models that are not here.
for absent in ("tensorflow_decision_forests", "jax", "jax.experimental", "jax.experimental.jax2tf"):
    sys.modules[absent] = types.ModuleType(absent)
sys.modules["jax.experimental"].jax2tf = sys.modules["jax.experimental.jax2tf"]

from tensorflowjs import quantization
from tensorflowjs.converters import convert_tf_saved_model, save_keras_model

STEPS = 20


def lenet(k):
    L = k.layers
    x = k.Input((28, 28, 1), name="digit")
    y = L.MaxPooling2D(2, name="pool1")(L.Conv2D(4, 5, activation="relu", padding="same", name="conv1")(x))
    y = L.MaxPooling2D(2, name="pool2")(L.Conv2D(4, 5, activation="relu", name="conv2")(y))
    y = L.Dense(12, activation="relu", name="dense1")(L.Flatten(name="flatten")(y))
    return k.Model(x, L.Dense(10, activation="softmax", name="scores")(y), name="lenet")


def mobile(k):
    """What the converter fuses: batch normalisation, depthwise convolutions, every activation it knows."""
    L = k.layers
    x = k.Input((16, 16, 3), name="picture")
    y = L.Conv2D(6, 3, strides=2, padding="same", use_bias=False, name="conv")(x)
    y = L.ReLU(6.0, name="relu6")(L.BatchNormalization(name="norm")(y))
    y = L.DepthwiseConv2D(3, padding="same", use_bias=False, name="depth")(y)
    y = L.ReLU(6.0, name="relu6b")(L.BatchNormalization(name="norm2")(y))
    y = L.LeakyReLU(0.2, name="leaky")(L.Conv2D(5, 1, name="leaky_conv")(y))
    y = L.PReLU(shared_axes=[1, 2], name="prelu")(L.Conv2D(5, 3, name="prelu_conv")(y))
    y = L.DepthwiseConv2D(3, strides=2, padding="same", activation="relu", name="depth2")(y)
    y = L.Conv2D(4, 1, activation="elu", name="elu_conv")(y)
    y = L.Conv2D(4, 1, activation="sigmoid", name="sigmoid_conv")(y)
    y = L.Dense(7, activation="relu", name="hidden")(L.GlobalAveragePooling2D(name="mean")(y))
    y = L.Dense(6, activation="tanh", name="bent")(y)
    y = L.ReLU(6.0, name="relu6c")(L.Dense(6, name="six")(y))
    return k.Model(x, L.Dense(4, activation="softmax", name="scores")(y), name="mobile")


def randomize(model, rng):
    for weight in model.weights:
        wide = 0.6 if "alpha" in weight.name or "bias" in weight.name or "beta" in weight.name else 2 / np.sqrt(np.prod(weight.shape[:-1]))
        low, high = (0.5, 1.5) if "variance" in weight.name or "gamma" in weight.name else (-wide, wide)
        weight.assign(rng.uniform(low, high, weight.shape).astype("float32"))


def reference(model, x, target):
    """Logits, and integrated gradients of one of them from zeros, by Gauss-Legendre."""
    ends = tf_keras.Model(model.inputs, model.layers[-1].input)
    kernel, bias = [w.numpy() for w in model.layers[-1].weights]
    logits = lambda v: ends(v) @ kernel + bias
    places, shares = np.polynomial.legendre.leggauss(STEPS)
    total = np.zeros_like(x)
    for place, share in zip((places + 1) / 2, shares / 2):
        point = tf.constant(x * np.float32(place))
        with tf.GradientTape() as tape:
            tape.watch(point)
            one = logits(point)[0, target]
        total += np.float32(share) * tape.gradient(one, point).numpy()
    return logits(tf.constant(x)).numpy()[0], (total * x)[0]


def save_all(model, other, out):
    """`model` of Keras 2, `other` the same of Keras 3."""
    for name in ("keras2-h5", "keras2-keras", "keras3-h5", "keras3-keras"):
        (out / name).mkdir(parents=True)
    model.save(out / "keras2-h5/model.h5", include_optimizer=False)
    model.save(out / "keras2-keras/model.keras")
    other.save(out / "keras3-h5/model.h5", include_optimizer=False)
    other.save(out / "keras3-keras/model.keras")
    model.save(out / "keras2-saved", save_format="tf", include_optimizer=False)
    model.export(out / "keras2-export")
    other.export(out / "keras3-export", verbose=False)
    save_keras_model(model, str(out / "tfjs-layers"))
    save_keras_model(model, str(out / "tfjs-layers-shards"), weight_shard_size_bytes=4096)
    convert_tf_saved_model(str(out / "keras2-saved"), str(out / "tfjs-graph"))
    convert_tf_saved_model(str(out / "keras2-saved"), str(out / "tfjs-graph-control"), control_flow_v2=True, weight_shard_size_bytes=4096)
    for dtype in ("uint8", "uint16", "float16"):
        save_keras_model(model, str(out / f"quantised-{dtype}-layers"), quantization_dtype_map={dtype: True})
        convert_tf_saved_model(str(out / "keras2-saved"), str(out / f"quantised-{dtype}-graph"), quantization_dtype_map={dtype: True})


def quantised(model, x, dtype):
    """Logits with the weights as the converter rounds them."""
    before = model.get_weights()
    low = []
    for weight in before:
        small, metadata = quantization.quantize_weights(weight, getattr(np, dtype))
        low.append(quantization.dequantize_weights(small, metadata, np.dtype("float32")) if metadata else small.astype("float32"))
    model.set_weights(low)
    logits = reference(model, x, 0)[0]
    model.set_weights(before)
    return logits


def main(target_folder):
    target_folder.mkdir(exist_ok=True)
    records = {}
    for build in (lenet, mobile):
        rng = np.random.default_rng(5)
        model, other = build(tf_keras), build(keras)
        randomize(model, rng)
        for layer in model.layers:
            other.get_layer(layer.name).set_weights(layer.get_weights())
        x = rng.uniform(0, 1, (1, *model.input_shape[1:])).astype("float32")
        logits, relevance = reference(model, x, 2)
        short = lambda array: [float(f"{value:.7g}") for value in array.ravel().tolist()]
        records[model.name] = {
            "input": {"dims": list(x.shape), "data": short(x)},
            "target": 2,
            "logits": short(logits),
            "relevance": short(relevance),
            "quantised": {dtype: short(quantised(model, x, dtype)) for dtype in ("uint8", "uint16", "float16")},
        }
        scratch = Path(tempfile.mkdtemp())
        save_all(model, other, scratch)
        with zipfile.ZipFile(target_folder / f"{model.name}.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for path in sorted(scratch.rglob("*")):
                if path.is_file() and path.name not in ("fingerprint.pb", "keras_metadata.pb"):
                    archive.writestr(zipfile.ZipInfo(str(path.relative_to(scratch))), path.read_bytes(), zipfile.ZIP_DEFLATED)
        shutil.rmtree(scratch)
        print(model.name, logits)
    (target_folder / "formats.json").write_text(json.dumps(records) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "formats")
