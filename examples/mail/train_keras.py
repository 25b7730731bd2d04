"""Trains a recurrent mail model with Keras 3: word embeddings and an LSTM over the first words of a mail.

    node examples/prepare.mjs && python examples/mail/train_keras.py

Reads models/words.txt of train.py, writes models/lstm.h5. Needs keras and tensorflow-cpu; made with keras 3.15.1.
"""
import csv
import re
from pathlib import Path

import keras
import numpy
from keras import layers

HERE = Path(__file__).parent
PATTERN = re.compile(r"[A-Za-z0-9$!%']+")
LENGTH = 120
LABELS = ["ham", "spam"]
csv.field_size_limit(10**8)


def tensors(name, index):
    with open(HERE / "data" / name, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    ids = numpy.zeros((len(rows), LENGTH), dtype="int32")
    for i, row in enumerate(rows):
        known = [index.get(word.lower(), 1) for word in PATTERN.findall(row["message"])][:LENGTH]
        ids[i, : len(known)] = known
    return ids, numpy.array([LABELS.index(row["label"]) for row in rows])


def main():
    keras.utils.set_random_seed(3)
    words = (HERE / "models" / "words.txt").read_text(encoding="utf-8").splitlines()
    index = {word: i for i, word in enumerate(words)}
    train, test = tensors("train.csv", index), tensors("test.csv", index)
    words_in = keras.Input((None,), dtype="int32", name="words")
    rows = layers.Embedding(len(words), 8, mask_zero=True)(words_in)
    state = layers.Bidirectional(layers.LSTM(12))(layers.Dropout(0.3)(rows))
    model = keras.Model(words_in, layers.Dense(2, activation="softmax")(layers.Dropout(0.4)(state)), name="mail")
    model.compile(keras.optimizers.Adam(4e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(*train, batch_size=64, epochs=5, verbose=2)
    print("test accuracy", model.evaluate(*test, verbose=0)[1])
    model.save(HERE / "models" / "lstm.h5", include_optimizer=False)


if __name__ == "__main__":
    main()
