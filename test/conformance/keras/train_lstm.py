"""Trains two small LSTMs on the mails of examples/mail: one of Keras 3 that reads raw text (`lstm.keras`), one of
Keras 2 that reads ids of words and has hard gates (`lstm.h5`, gzipped). Writes what Keras makes of six texts beside
them.

    node examples/prepare.mjs && python test/conformance/keras/train_lstm.py

A minute or two. Made with tensorflow-cpu 2.21.0, keras 3.15.1, tf_keras 2.21.0.
"""
import csv
import gzip
import json
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
import tf_keras
from text_models import compress

HERE = Path(__file__).parent
DATA = HERE.parent.parent.parent / "examples" / "mail" / "data"
LENGTH, WORDS = 40, 1500
SHOWN = [
    "Dear friend, you have won $1,000,000! Click here NOW to claim your FREE money.",
    "Re: the new kernel patch\n\nOn Monday, Anna wrote:\n> does it build?\n\nIt does here, thanks.",
    "Lose weight fast, guaranteed. No prescription needed; order today and save 80%!",
    "The meeting is moved to Thursday, 10 o'clock, same room.",
    "URGENT business proposal: your assistance is needed to transfer the sum",
    "I don't think that the list archive keeps attachments; can you resend the diff?",
]
csv.field_size_limit(10**8)


def read(name):
    with open(DATA / name, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [row["message"] for row in rows], np.array([row["label"] == "spam" for row in rows], "int32")


def build(k, inputs, ids, gate):
    rows = k.layers.Embedding(WORDS, 8, mask_zero=True)(ids)
    row = k.layers.LSTM(10, recurrent_activation=gate)(rows)
    return k.Model(inputs, k.layers.Dense(2, activation="softmax")(k.layers.Dropout(0.3)(row)))


def fit(k, model, x, y, test):
    model.compile(k.optimizers.Adam(5e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, batch_size=50, epochs=6, verbose=2)
    print("test accuracy", model.evaluate(*test, verbose=0)[1])


def main(out):
    out.mkdir(exist_ok=True)
    (texts, labels), (test, gold) = read("train.csv"), read("test.csv")
    texts, labels, test, gold = texts[::4], labels[::4], test[::2], gold[::2]

    keras.utils.set_random_seed(1)
    splitter = keras.layers.TextVectorization(max_tokens=WORDS, output_sequence_length=LENGTH)
    splitter.adapt(texts)
    ids = lambda some: splitter(tf.constant(some)).numpy()
    plain = keras.Input((LENGTH,), dtype="int64")
    model = build(keras, plain, plain, "sigmoid")
    fit(keras, model, ids(texts), labels, (ids(test), gold))
    bare = build(keras, plain, plain, "sigmoid")  # without what the optimizer remembers
    bare.set_weights(model.get_weights())
    text = keras.Input((1,), dtype="string", name="message")
    whole = keras.Model(text, bare(splitter(text)))
    whole.save(out / "lstm.keras")
    compress(out / "lstm.keras")

    tf_keras.utils.set_random_seed(2)
    plain = tf_keras.Input((LENGTH,), dtype="int32", name="ids")
    other = build(tf_keras, plain, plain, "hard_sigmoid")
    fit(tf_keras, other, ids(texts), labels, (ids(test), gold))
    other.save(out / "lstm.h5", include_optimizer=False)
    (out / "lstm.h5.gz").write_bytes(gzip.compress((out / "lstm.h5").read_bytes(), mtime=0))
    (out / "lstm.h5").unlink()

    record = {
        "texts": SHOWN,
        "ids": ids(SHOWN).tolist(),
        "keras": whole.predict(tf.constant([[each] for each in SHOWN]), verbose=0).round(7).tolist(),
        "h5": other.predict(ids(SHOWN), verbose=0).round(7).tolist(),
    }
    (out / "lstm.json").write_text(json.dumps(record) + "\n")


if __name__ == "__main__":
    main(HERE / "trained")
