"""Keras 3 models in other precisions than float32, and what Keras makes of a random input: outputs, and the gradient of
their sum with respect to the input (through weights of int8 it takes the floats that they stand for).

    python precision_models.py

Made with tensorflow-cpu 2.21.0, keras 3.15.1.
"""
import json
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from archives import compress
from keras import layers as L


def attention(x):
    return L.MultiHeadAttention(2, 3)(x, x)


LINE = (5, 8)
MODELS = {
    "int8-dense": (LINE, L.Dense(3)),
    "int8-einsum": (LINE, L.EinsumDense("abc,cd->abd", output_shape=(None, 8), bias_axes="d")),
    "int8-turned": (LINE, L.EinsumDense("abc,dc->abd", output_shape=(None, 8))),
    "int8-heads": (LINE, L.EinsumDense("abc,cde->abde", output_shape=(None, 4, 2), bias_axes="de")),
    "int8-embedding": (None, L.Embedding(8, 8)),
    "int8-attention": (LINE, attention),
    "int4-dense": (LINE, L.Dense(3)),
    "float16-dense": (LINE, lambda x: L.Dense(3)(L.Dense(6, activation="tanh")(x))),
    "mixed_float16-dense": (LINE, lambda x: L.Dense(3, dtype="float32")(L.Dense(6, activation="tanh")(x))),
}


def main(out):
    out.mkdir(exist_ok=True)
    rng = np.random.default_rng(5)
    records = {}
    for name, (shape, layer) in MODELS.items():
        precision = name.split("-")[0]
        floats = not precision.startswith("int")
        keras.config.set_dtype_policy(precision if floats else "float32")
        keras.utils.set_random_seed(5)
        x = keras.Input(shape or (6,), dtype=None if shape else "int32", name="x")
        model = keras.Model(x, layer(x))
        for weight in model.weights:
            weight.assign(rng.uniform(-0.7, 0.7, weight.shape).astype("float32"))
        if not floats:
            model.quantize(precision)
        values = rng.uniform(-1, 1, (1, *shape)).astype("float32") if shape else np.array([[0, 7, 3, 3, 5, 1]], "int32")
        feed = tf.constant(values.astype("float16") if precision == "float16" else values)
        with tf.GradientTape() as tape:
            tape.watch(feed)
            result = model(feed, training=False)
            total = tf.reduce_sum(tf.cast(result, "float32"))
        gradient = tape.gradient(total, feed) if shape else None

        def listed(array):
            return {"dims": list(array.shape), "data": [float(f"{v:.7g}") for v in np.asarray(array, "float64").ravel()]}

        records[name] = {"input": listed(values), "output": listed(result)}
        if gradient is not None:
            records[name]["gradient"] = listed(gradient)
        model.save(out / f"{name}.keras")
        compress(out / f"{name}.keras")
    (out / "precision.json").write_text(json.dumps(records))


if __name__ == "__main__":
    main(Path(__file__).parent / "precision")
