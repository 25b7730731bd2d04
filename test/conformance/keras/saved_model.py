"""SavedModels of TensorFlow 2 as Keras exports them, variables captured by functions, and what TensorFlow makes of them.

    python saved_model.py

Made with tensorflow-cpu 2.21.0, keras 3.15.1, tf_keras 2.21.0. Writes saved/NAME.zip and saved/references.json.
"""
import json
import shutil
import tempfile
import zipfile
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
import tf_keras


def network(k):
    L = k.layers
    x = k.Input((9, 8, 3), name="picture")
    y = L.Conv2D(4, 3, strides=2, padding="same", activation="relu")(x)
    y = L.BatchNormalization()(y)
    y = L.DepthwiseConv2D(2, depth_multiplier=2)(y)
    y = L.Conv2DTranspose(3, 3, strides=2, padding="same")(y)
    y = L.Concatenate()([L.MaxPooling2D(2)(y), L.AveragePooling2D(2)(y)])
    y = L.Dense(5, activation="tanh")(L.GlobalAveragePooling2D()(y))
    return k.Model(x, L.Dense(3, activation="softmax")(L.LayerNormalization()(y)))


def line(k):
    """Convolutions along one axis, which TensorFlow writes as pictures of one row; sizes that are no ratio of floats."""
    L = k.layers
    x = k.Input((9, 8, 3), name="picture")
    y = L.GroupNormalization(groups=3)(L.Resizing(11, 8)(x))
    y = L.Resizing(13, 8, interpolation="nearest")(L.Cropping2D(((1, 1), (0, 0)))(y))
    y = L.Reshape((-1, 6))(y)
    y = L.Conv1D(5, 3, strides=2, padding="same", activation="relu")(y)
    y = L.SeparableConv1D(4, 3)(L.Conv1DTranspose(4, 3, strides=2, padding="same")(y))
    return k.Model(x, L.Dense(3, activation="softmax")(L.GlobalMaxPooling1D()(y)))


class Half(tf.Module):
    """Half precision with numbers that it holds exactly; single numbers are not written like lists of them."""

    def __init__(self):
        rng = np.random.default_rng(2)
        self.inner = tf.Variable((rng.integers(-4, 5, (3, 5)) / 4).astype("float16"))
        self.outer = tf.Variable((rng.integers(-4, 5, (5, 3)) / 4).astype("float32"))

    @tf.function(input_signature=[tf.TensorSpec([None, 9, 8, 3], tf.float32, "picture")])
    def predict(self, picture):
        hidden = tf.matmul(tf.cast(tf.reduce_max(picture, [1, 2]), tf.float16), self.inner)
        hidden = hidden * tf.constant(0.5, tf.float16) + tf.constant(0.25, tf.float16)
        hidden = tf.nn.relu(hidden + tf.constant([0, 0.5, 1, 1.5, 2], tf.float16))
        return tf.nn.softmax(tf.matmul(tf.cast(hidden, tf.float32), self.outer))


def half(out):
    model = Half()
    x = (np.random.default_rng(3).integers(-8, 9, (1, 9, 8, 3)) / 8).astype("float32")
    folder = Path(tempfile.mkdtemp())
    tf.saved_model.save(model, str(folder / "model"), signatures=model.predict)
    pack(folder / "model", out / "half.zip")
    shutil.rmtree(folder)
    return {"input": x.ravel().tolist(), "output": [float(f"{v:.7g}") for v in model.predict(x).numpy()[0]]}


def pack(folder, target):
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"):
            archive.writestr(zipfile.ZipInfo(name), (folder / name).read_bytes(), zipfile.ZIP_DEFLATED)


def main():
    out = Path(__file__).parent / "saved"
    out.mkdir(exist_ok=True)
    references = {}
    made = ((keras, "keras3", network), (tf_keras, "keras2", network), (keras, "keras3-line", line), (tf_keras, "keras2-line", line))
    for k, name, build in made:
        k.utils.set_random_seed(5)
        model = build(k)
        rng = np.random.default_rng(3)
        for weight in model.weights:
            low = 0.5 if "variance" in (getattr(weight, "path", None) or weight.name) else -0.6
            weight.assign(rng.uniform(low, 1.0, weight.shape).astype("float32"))
        x = rng.uniform(-1, 1, (1, 9, 8, 3)).astype("float32")
        folder = Path(tempfile.mkdtemp())
        if k is keras:
            model.export(folder / "model", verbose=False)
        else:
            tf.saved_model.save(model, str(folder / "model"))
        pack(folder / "model", out / f"{name}.zip")
        shutil.rmtree(folder)
        result = model.predict(x, verbose=0)[0]
        references[name] = {"input": [float(f"{v:.7g}") for v in x.ravel()], "output": [float(f"{v:.7g}") for v in result]}
    references["half"] = half(out)
    (out / "references.json").write_text(json.dumps(references))


main()
