"""Logits of the four LeNets of mnist-lenet for a made-up digit, by TensorFlow.

    python lenet.py FOLDER

They are three trainings of one architecture: the layers model and the HDF5 file are the same, the graph model and the
SavedModel (which reads 32 × 32) are others. Made with tensorflow-cpu 2.21.0 and tf_keras 2.21.0. Prints what
`pictures.test.ts` holds.
"""
import json
import sys
from pathlib import Path

import numpy as np
import tensorflow as tf
import tf_keras

folder = Path(sys.argv[1])


def digit(side):
    return ((np.arange(side * side) * 37) % 255 / 255).astype("float32")


def show(name, values):
    print(name, [float(f"{value:.6g}") for value in np.asarray(values).ravel()])


model = tf_keras.models.load_model(folder / "keras/tf_keras_model.h5", compile=False)
model.layers[-1].activation = tf_keras.activations.linear
logits = tf_keras.Sequential(model.layers)
show("keras", logits(digit(28).reshape(1, 28, 28)))

graph = json.loads((folder / "graph/model.json").read_text())
weights, at = {}, 0
buffer = (folder / "graph/group1-shard1of1").read_bytes()
for weight in graph["weightsManifest"][0]["weights"]:
    dtype = np.dtype(weight["dtype"])
    size = int(np.prod(weight["shape"])) * dtype.itemsize
    weights[weight["name"]] = np.frombuffer(buffer[at : at + size], dtype).reshape(weight["shape"])
    at += size
names = ["Variable", *(f"Variable_{index}" for index in range(1, 10))]
w = [weights[name] for name in names]
x = digit(28).reshape(1, 28, 28, 1)
for index in (0, 2):
    x = tf.nn.max_pool2d(tf.nn.relu(tf.nn.conv2d(x, w[index], 1, "VALID") + w[index + 1]), 2, 2, "VALID")
x = tf.reshape(x, (1, -1))
for index in (4, 6):
    x = tf.nn.relu(x @ w[index] + w[index + 1])
show("graph", x @ w[8] + w[9])

saved = tf.saved_model.load(str(folder / "saved_model")).signatures["serving_default"]
end = saved.graph.get_tensor_by_name("add_4:0")
feed = next(tensor for tensor in saved.inputs if tensor.dtype == tf.float32)
pruned = saved.prune(feed, end)
show("saved_model", pruned(tf.constant(digit(32).reshape(1, 32, 32, 1))))
