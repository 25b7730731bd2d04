"""SavedModels of Keras models that split their text or look words up themselves, and what Keras makes of samples.

    python text_saved.py

Writes a zipped folder for each and `saved.json`. Made with tensorflow-cpu 2.21.0, keras 3.15.1, tf_keras 2.21.0.
"""
import json
import shutil
import tempfile
import zipfile
from pathlib import Path

import keras
import tensorflow as tf
import tf_keras
from text_models import TEXTS

WAYS = {
    "keras3-int": (keras, {"output_sequence_length": 6}),
    "keras3-tf_idf": (keras, {"output_mode": "tf_idf"}),
    "keras3-multi_hot": (keras, {"output_mode": "multi_hot", "max_tokens": 40, "pad_to_max_tokens": True}),
    "keras3-character": (keras, {"split": "character", "standardize": "lower", "output_sequence_length": 30}),
    "keras3-ngrams": (keras, {"ngrams": 2}),
    "keras2-int": (tf_keras, {}),
    "keras2-count": (tf_keras, {"output_mode": "count"}),
}
PEOPLE = [("smith", 33.0), ("nobody", 5.0), ("clerk", 40.0)]


def text_model(k, settings):
    layer = k.layers.TextVectorization(**settings)
    layer.adapt(TEXTS)
    text = k.Input((1,), dtype="string", name="text")
    row = layer(text)
    if settings.get("output_mode", "int") == "int":
        row = k.layers.GlobalAveragePooling1D()(k.layers.Embedding(layer.vocabulary_size(), 5)(row))
    return k.Model(text, k.layers.Dense(3)(row))


def table_model(k):
    job, age = k.Input((1,), dtype="string", name="job"), k.Input((1,), name="age")
    words = k.layers.StringLookup(vocabulary=["cook", "smith", "clerk"], output_mode="one_hot")(job)
    bins = k.layers.Discretization(bin_boundaries=[20.0, 40.0], output_mode="one_hot")(age)
    return k.Model([job, age], k.layers.Dense(2)(k.layers.Concatenate()([words, bins])))


def save(k, model, path):
    with tempfile.TemporaryDirectory() as scratch:
        model.export(scratch, verbose=False) if k is keras else model.save(scratch, save_format="tf", include_optimizer=False)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in ("saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"):
                archive.writestr(zipfile.ZipInfo(name), (Path(scratch) / name).read_bytes(), zipfile.ZIP_DEFLATED)


def listed(rows):
    return [[float(f"{value:.7g}") for value in row] for row in rows]


def main(out):
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    texts, tables = {}, {}
    for name, (k, settings) in WAYS.items():
        k.utils.set_random_seed(4)
        model = text_model(k, settings)
        texts[name] = listed(model(tf.constant([[text]])).numpy()[0] for text in TEXTS)
        save(k, model, out / f"{name}.zip")
    for name, k in (("keras3-table", keras), ("keras2-table", tf_keras)):
        k.utils.set_random_seed(4)
        model = table_model(k)
        tables[name] = listed(model([tf.constant([[job]]), tf.constant([[age]])]).numpy()[0] for job, age in PEOPLE)
        save(k, model, out / f"{name}.zip")
    record = {"texts": TEXTS, "people": PEOPLE, "models": texts, "tables": tables}
    (out / "saved.json").write_text(json.dumps(record, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    main(Path(__file__).parent / "text-saved")
