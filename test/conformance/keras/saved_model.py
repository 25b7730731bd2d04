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


def pack(folder, target):
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"):
            archive.writestr(zipfile.ZipInfo(name), (folder / name).read_bytes(), zipfile.ZIP_DEFLATED)


def main():
    out = Path(__file__).parent / "saved"
    out.mkdir(exist_ok=True)
    references = {}
    for k, name in ((keras, "keras3"), (tf_keras, "keras2")):
        k.utils.set_random_seed(5)
        model = network(k)
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
    (out / "references.json").write_text(json.dumps(references))


main()
