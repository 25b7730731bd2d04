"""Trains the loan model: standardised numbers, one-hot categories, a small network; the scikit-learn pipeline is
exported whole, one model input per column.

    node examples/prepare.mjs && python examples/table/train.py

Writes models/loans.onnx; with --without COLUMN, models/loans-without-COLUMN.onnx: the same model without that column.
"""
import argparse
from pathlib import Path

import numpy
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
import pandas

HERE = Path(__file__).parent
NUMBERS = ["age", "income", "amount", "months", "earlier_defaults", "reminders_sent"]
CATEGORIES = ["employment", "purpose"]
parser = argparse.ArgumentParser()
parser.add_argument("--without", help="a column that the model does not read")
WITHOUT = parser.parse_args().without
NUMBERS = [column for column in NUMBERS if column != WITHOUT]
SUFFIX = f"-without-{WITHOUT}" if WITHOUT else ""


def read(name):
    table = pandas.read_csv(HERE / "data" / name)
    return table[NUMBERS + CATEGORIES].astype({column: numpy.float32 for column in NUMBERS}), table["defaulted"]


x, y = read("train.csv")
test_x, test_y = read("test.csv")
pipeline = Pipeline(
    [
        ("columns", ColumnTransformer([("numbers", StandardScaler(), NUMBERS), ("categories", OneHotEncoder(), CATEGORIES)])),
        ("network", MLPClassifier(hidden_layer_sizes=(8,), alpha=0.05, max_iter=2000, random_state=3)),
    ]
).fit(x, y)
print(f"{(pipeline.predict(test_x) != test_y).sum()} of {len(test_y)} test loans wrong")

types = [(c, FloatTensorType([None, 1])) for c in NUMBERS] + [(c, StringTensorType([None, 1])) for c in CATEGORIES]
model = to_onnx(pipeline, initial_types=types, options={"zipmap": False}, target_opset={"": 17, "ai.onnx.ml": 3})
(HERE / "models" / f"loans{SUFFIX}.onnx").write_bytes(model.SerializeToString())
