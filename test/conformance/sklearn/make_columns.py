"""Trains small models of scikit-learn on rows with two texts, numbers and a category, and on unions of vectorizers,
exports them to ONNX and notes what the library itself predicts and what every word and column adds to its score.

    python make_columns.py

Needs scikit-learn, skl2onnx and pandas; writes models/row-*.onnx, text-*.onnx, union.onnx, heads.onnx there and columns.json.
"""
import itertools
import json
import math
import re
import warnings
from pathlib import Path

import numpy as np
import pandas
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import TruncatedSVD
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.feature_selection import SelectKBest, chi2
from sklearn.linear_model import LogisticRegression
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import Normalizer, OneHotEncoder, StandardScaler

warnings.filterwarnings("ignore")
HERE = Path(__file__).parent
OPSETS = {"": 18, "ai.onnx.ml": 3}

TITLES = ["late again", "never again", "good box", "Good service", "late parcel", "thank you", "a question", "quick, good"]
BODIES = [
    "the parcel was late and the box was broken",
    "late late late, I want my money back",
    "what a good box, thank you",
    "good and quick service, not late",
    "when will the parcel be here",
    "is the box in the shop",
]
random = np.random.default_rng(4)
table = pandas.DataFrame({
    "title": random.choice(TITLES, 90),
    "body": random.choice(BODIES, 90),
    "stars": random.integers(1, 6, 90).astype(np.float32),
    "age": random.normal(40, 9, 90).astype(np.float32).round(2),
    "shop": random.choice(["Paris", "Rome", "Oslo"], 90, p=[0.5, 0.3, 0.2]),
})
words = table.title + " " + table.body
mood = words.str.count("late|broken|never") - words.str.count("good|Good|thank|quick") - (table.stars - 3) / 2 + (table.shop == "Rome")
labels = np.where(mood > 0.7, "angry", np.where(mood < -0.7, "glad", "calm"))
TESTS = [
    {"title": "late, again", "body": "The box was LATE, late and broken", "stars": 2.0, "age": 31.5, "shop": "Rome"},
    {"title": "Good", "body": "zebra thank you", "stars": 5.0, "age": 50.25, "shop": "Oslo"},
    {"title": "zebra", "body": "what Ünï want: quick 😀 service", "stars": 3.0, "age": 20.0, "shop": "Berlin"},
]
# Every word and column of this row is explained; few enough that all coalitions can be tried.
ROW = {"title": "good box", "body": "late late parcel thank you", "stars": 2.0, "age": 31.5, "shop": "Rome"}
KINDS = [("title", StringTensorType([None, 1])), ("body", StringTensorType([None, 1])), ("stars", FloatTensorType([None, 1])),
         ("age", FloatTensorType([None, 1])), ("shop", StringTensorType([None, 1]))]
TYPICAL = {"stars": float(table.stars.astype(float).mean()), "age": float(table.age.astype(float).mean()), "shop": "Paris"}
CLASS = 0  # angry


def transformer(title):
    return ColumnTransformer([
        ("title", title, "title"), ("body", TfidfVectorizer(), "body"),
        ("numbers", StandardScaler(), ["stars", "age"]), ("shop", OneHotEncoder(handle_unknown="ignore"), ["shop"])])


def union():
    return make_union(TfidfVectorizer(), TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2))


MODELS = {
    "row-linear": make_pipeline(transformer(CountVectorizer()), LogisticRegression()),
    "row-union": make_pipeline(transformer(union()), LogisticRegression()),
    "row-svd": make_pipeline(transformer(CountVectorizer()), TruncatedSVD(6, random_state=0), LogisticRegression()),
    "row-network": make_pipeline(transformer(CountVectorizer()), MLPClassifier((5,), max_iter=400, random_state=0)),
    "row-forest": make_pipeline(transformer(CountVectorizer()), RandomForestClassifier(6, max_depth=4, random_state=0)),
}


def frame(*rows):
    return pandas.DataFrame(rows).astype({"stars": np.float32, "age": np.float32})


def tokens(text):
    """Words of a text with their places, as the vectorizers find them."""
    return [(match.group(), match.span()) for match in re.finditer(r"\b\w\w+\b", text.lower())]


def pieces(row):
    """Columns and words that are explained: name, number of the word; null for a column."""
    return [(name, at) for name in ("title", "body") for at, _ in enumerate(tokens(row[name]))] + [
        (name, None) for name in ("stars", "age", "shop")]


def without(row, gone):
    """The row in which the pieces have the typical row's values: words are not there."""
    kept = dict(row)
    for name in ("title", "body"):
        kept[name] = " ".join(word for at, (word, _) in enumerate(tokens(row[name])) if (name, at) not in gone)
    return {**kept, **{name: TYPICAL[name] for name, at in gone if at is None}}


def by_hand(model, row, weigh):
    """What every piece adds where element j of the row's vector adds weigh[j] times itself; numbers from 0 on."""
    columns, vector = model.steps[0][1], model.steps[0][1].transform(frame(row))
    vector = np.asarray(vector.todense() if hasattr(vector, "todense") else vector).ravel()
    slices = columns.output_indices_
    result = []
    for name, at in pieces(row):
        start = slices[name].start if at is not None else slices["shop" if name == "shop" else "numbers"].start
        if name == "shop":
            result.append(sum(weigh[start + i] * vector[start + i] for i in range(3)))
        elif at is None:
            place = ("stars", "age").index(name)
            result.append(weigh[start + place] * row[name] / columns.named_transformers_["numbers"].scale_[place])
        else:
            result.append(word_share(columns.named_transformers_[name], row[name], at, vector, weigh, start))
    return [float(value) for value in result]


def word_share(vectorizer, text, at, vector, weigh, start):
    """Of a word of a text: its share of the numbers of its token, and of the runs of characters counted to it."""
    parts = [part for _, part in vectorizer.transformer_list] if hasattr(vectorizer, "transformer_list") else [vectorizer]
    total = 0.0
    found = tokens(text)
    for part in parts:
        plain = re.sub(r"\s\s+", " ", text.lower())
        if part.analyzer == "word":
            occurrences = [(word, number) for number, (word, _) in enumerate(found)]
        else:
            runs = [(plain[i:i + n], i, i + n) for n in (1, 2, 3) for i in range(len(plain) - n + 1)]
            occurrences = [(run, word_of(left, right, found)) for run, left, right in runs]
        for run, word in occurrences:
            column = part.vocabulary_.get(run)
            if word == at and column is not None:
                count = sum(run == other for other, _ in occurrences)
                total += weigh[start + column] * vector[start + column] / count
        start += len(part.vocabulary_)
    return total


def word_of(left, right, found):
    """The word that has most of these characters; of blanks, the one before."""
    shared = [max(0, min(right, stop) - max(left, first)) for _, (first, stop) in found]
    before = [at for at, (_, (_, stop)) in enumerate(found) if stop <= left]
    return int(np.argmax(shared)) if max(shared) > 0 else max(before, default=0)


def integrated(model, row, steps=4000):
    """Gradient of the network's score, averaged on the way from nothing to the row; one number per element."""
    network = model.steps[1][1]
    vector = model.steps[0][1].transform(frame(row))
    vector = np.asarray(vector.todense() if hasattr(vector, "todense") else vector, dtype=float).ravel()
    # Numbers begin at 0, which is not 0 when scaled.
    begin = np.zeros_like(vector)
    scaler = model.steps[0][1].named_transformers_["numbers"]
    begin[model.steps[0][1].output_indices_["numbers"]] = -scaler.mean_ / scaler.scale_
    (first, second), (bias, _) = network.coefs_, network.intercepts_
    total = np.zeros_like(vector)
    for at in (np.arange(steps) + 0.5) / steps:
        open_gates = (begin + at * (vector - begin)) @ first + bias > 0
        total += first @ (open_gates * second[:, CLASS])
    return total / steps


def scores(model, rows, kind):
    data = frame(*rows)
    return (model.decision_function(data) if kind == "logit" else model.predict_proba(data))[:, CLASS]


def removed(model, row, kind):
    """What is lost when one piece has the typical row's value."""
    full, *rest = scores(model, [row, *[without(row, {piece}) for piece in pieces(row)]], kind)
    return [float(full - one) for one in rest]


def shapley(model, row, kind):
    """Over all coalitions of pieces."""
    players = pieces(row)
    coalitions = [frozenset(set_) for size in range(len(players) + 1) for set_ in itertools.combinations(players, size)]
    value = dict(zip(coalitions, scores(model, [without(row, set(players) - set_) for set_ in coalitions], kind)))
    n = len(players)
    weight = [math.factorial(size) * math.factorial(n - size - 1) / math.factorial(n) for size in range(n)]
    return [float(sum(weight[len(set_)] * (value[set_ | {player}] - value[set_]) for set_ in coalitions if player not in set_))
            for player in players]


def save(name, model, kinds):
    exported = convert_sklearn(model, initial_types=kinds, options={id(model.steps[-1][1]): {"zipmap": False}}, target_opset=OPSETS)
    (HERE / "models" / f"{name}.onnx").write_bytes(exported.SerializeToString())


def main():
    result = {"tests": [*TESTS, ROW], "typical": TYPICAL, "pieces": pieces(ROW), "rows": {}, "texts": {}}
    for name, model in MODELS.items():
        model.fit(table, labels)
        save(name, model, KINDS)
        last = model.steps[-1][1]
        explained = {}
        if name in ("row-linear", "row-union"):
            explained["linear"] = by_hand(model, ROW, last.coef_[CLASS])
        if name == "row-svd":
            explained["linear"] = by_hand(model, ROW, last.coef_[CLASS] @ model.steps[1][1].components_)
        if name == "row-network":
            explained["integrated"] = by_hand(model, ROW, integrated(model, ROW))
        kind = "probability" if name in ("row-forest", "row-network") else "logit"
        if name in ("row-linear", "row-forest"):
            explained["occlusion"], explained["shapley"] = removed(model, ROW, kind), shapley(model, ROW, kind)
        result["rows"][name] = {"labels": list(model.classes_), "library": model.predict_proba(frame(*TESTS, ROW)).tolist(), **explained}
    texts = {
        "union": make_pipeline(union(), LogisticRegression()),
        "text-svd": make_pipeline(TfidfVectorizer(), TruncatedSVD(5, random_state=0), LogisticRegression()),
        "text-chi2": make_pipeline(CountVectorizer(), SelectKBest(chi2, k=9), Normalizer(), LogisticRegression()),
    }
    for name, model in texts.items():
        model.fit(words, labels)
        save(name, model, [("text", StringTensorType([None, 1]))])
        texts_read = [f"{row['title']} {row['body']}" for row in [*TESTS, ROW]]
        result["texts"][name] = {"labels": list(model.classes_), "texts": texts_read, "library": model.predict_proba(texts_read).tolist()}
    heads = make_pipeline(TfidfVectorizer(), MultiOutputClassifier(LogisticRegression()))
    heads.fit(words, np.array([labels, table.shop]).T)
    save("heads", heads, [("text", StringTensorType([None, 1]))])
    last = heads.steps[-1][1]
    result["heads"] = {"text": texts_read[0], "labels": [list(one) for one in last.classes_],
                       "library": [one[0].tolist() for one in heads.predict_proba(texts_read[:1])]}
    (HERE / "columns.json").write_text(json.dumps(result, separators=(",", ":")))


main()
