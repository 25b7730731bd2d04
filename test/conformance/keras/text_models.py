"""Keras models that split their text themselves, and what Keras makes of texts: ids, and the outputs of a layer behind.

    python text_models.py

Writes a `.keras` file for each way to split and `text.json`. Made with tensorflow-cpu 2.21.0, keras 3.15.1,
tf_keras 2.21.0.
"""
import json
import sys
from pathlib import Path

import keras
import tensorflow as tf
import tf_keras
from archives import compress

TEXTS = [
    "Free MONEY now, click! Don't wait...",
    "Dear Anna,\tsee you tomorrow at the Café Été – it's free.",
    "the  the\t(money) [UNK] a_b x\u00a0y \U0001f600 money",
]
WAYS = {
    "int": {"output_sequence_length": 6},
    "free": {"standardize": "lower"},
    "strip": {"standardize": "strip_punctuation", "split": "whitespace", "max_tokens": 9},
    "character": {"standardize": None, "split": "character", "output_sequence_length": 40},
    "whole": {"standardize": "lower", "split": None},
    "ngrams": {"ngrams": 2},
    "pairs": {"ngrams": (2, 3), "output_mode": "count"},
    "multi_hot": {"output_mode": "multi_hot", "max_tokens": 40, "pad_to_max_tokens": True},
    "count": {"output_mode": "count"},
    "tf_idf": {"output_mode": "tf_idf"},
    "given": {"vocabulary": ["money", "the", "free"]},
}


def model_of(k, settings, nested):
    layer = k.layers.TextVectorization(**settings)
    if "vocabulary" not in settings:
        layer.adapt(TEXTS)
    text = k.Input((1,), dtype="string", name="text")
    tokens = layer(text)
    if settings.get("output_mode", "int") == "int":
        rows = k.layers.Embedding(layer.vocabulary_size(), 5)(tokens)
        row = k.layers.GlobalAveragePooling1D()(rows)
    else:
        row = tokens
    logits = k.layers.Dense(3)(row)
    model = k.Model(text, logits)
    if nested:
        outer = k.Input((1,), dtype="string", name="text")
        model = k.Model(outer, model(outer))
    return model, layer


def inner(model, k):
    for layer in model.layers:
        if isinstance(layer, k.layers.TextVectorization):
            return layer
    return inner(model.layers[-1], k)


def beside(out):
    """A text beside numbers: two inputs of one model."""
    records = {}
    numbers = [[1.5, -2.0], [0.25, 1.0], [0.0, 0.0]]
    for k, version in ((keras, "keras3"), (tf_keras, "keras2")):
        k.utils.set_random_seed(4)
        L = k.layers
        layer = L.TextVectorization(output_sequence_length=5)
        layer.adapt(TEXTS)
        text, row = k.Input((1,), dtype="string", name="message"), k.Input((2,), name="numbers")
        words = L.GlobalAveragePooling1D()(L.Embedding(layer.vocabulary_size(), 5)(layer(text)))
        model = k.Model([text, row], L.Dense(3)(L.Concatenate()([words, L.Dense(4, activation="tanh")(row)])))
        model.save(out / f"{version}-beside.keras")
        compress(out / f"{version}-beside.keras")
        given = zip(TEXTS, numbers)
        results = [model([tf.constant([[text]]), tf.constant([list_])]).numpy()[0] for text, list_ in given]
        records[f"{version}-beside"] = [[float(f"{value:.7g}") for value in row] for row in results]
    (out / "beside.json").write_text(json.dumps({"numbers": numbers, "models": records}) + "\n")


def main(out):
    beside(out)
    records = {}
    for k, version in ((keras, "keras3"), (tf_keras, "keras2")):
        for way, settings in WAYS.items():
            if way == "pairs" and k is tf_keras:
                continue  # Keras 2 cannot read such a file back.
            k.utils.set_random_seed(4)
            model, layer = model_of(k, settings, way == "count")
            name = f"{version}-{way}"
            model.save(out / f"{name}.keras")
            compress(out / f"{name}.keras")
            # As anybody else reads it: the file's own vocabulary.
            model = k.models.load_model(out / f"{name}.keras", compile=False)
            layer = inner(model, k)
            tokens = layer(tf.constant([[text] for text in TEXTS])).numpy()
            alone = [model.predict(tf.constant([[text]]), verbose=0)[0] for text in TEXTS]
            records[name] = {
                "tokens": tokens.tolist() if settings.get("output_mode", "int") == "int" else None,
                "outputs": [[float(f"{value:.7g}") for value in row] for row in alone],
            }
            print(name, tokens.shape)
    (out / "text.json").write_text(json.dumps({"texts": TEXTS, "models": records}, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "text")
