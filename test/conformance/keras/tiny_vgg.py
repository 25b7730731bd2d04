"""Classes and probabilities of the pictures of tiny-vgg, by Keras.

    python tiny_vgg.py FOLDER

Made with tensorflow-cpu 2.21.0 and tf_keras 2.21.0. Prints what `pictures.test.ts` holds.
"""
import json
import sys
from pathlib import Path

import numpy as np
import tensorflow as tf
import tf_keras

folder = Path(sys.argv[1])
model_json = json.loads((folder / "model.json").read_text())
model = tf_keras.models.model_from_json(json.dumps(model_json["modelTopology"]["model_config"]))
buffer = np.fromfile(folder / "group1-shard1of1.bin", dtype="<f4")
weights, at = [], 0
for weight in model_json["weightsManifest"][0]["weights"]:
    size = int(np.prod(weight["shape"]))
    weights.append(buffer[at : at + size].reshape(weight["shape"]))
    at += size
model.set_weights(weights)
for picture in sorted((folder / "images").iterdir()):
    pixels = tf.io.decode_jpeg(picture.read_bytes(), dct_method="INTEGER_ACCURATE").numpy()
    if pixels.shape == (64, 64, 3):
        found = model.predict(pixels[None].astype("float32") / 255, verbose=0)[0]
        print(picture.name, int(found.argmax()), float(found.max().round(4)))
