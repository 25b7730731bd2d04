"""Trains a network of one linear number with Keras and writes what it says of the rows of `sklearn.json`: `keras.json`.

    python test/conformance/regression/make_keras.py

A minute. Made with tensorflow-cpu 2.21.0, keras 3.15.1.
"""
import json
import sys
from pathlib import Path

import keras
import numpy as np

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent / "keras"))
from archives import compress  # noqa: E402

keras.utils.set_random_seed(0)
random = np.random.default_rng(1)
rows = (random.normal(size=(160, 3)) * [20, 10, 1] + [80, 30, 3]).astype(np.float32)
price = rows @ [2.5, -1.25, 8] + 50
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(5, "relu"), keras.layers.Dense(1)])
model.compile(keras.optimizers.Adam(0.05), "mse")
model.fit(rows, price, epochs=40, verbose=0)
path = HERE / "models" / "dense.keras"
model.save(path)
compress(path)
shown = np.asarray(json.loads((HERE / "sklearn.json").read_text())["rows"], dtype=np.float32)
values = np.asarray(model(shown), dtype=float)
(HERE / "keras.json").write_text(json.dumps({"values": values.tolist()}, indent=1) + "\n")
