"""pytest examples/tests/test_mail.py   (needs pytest, onnxruntime, numpy)

One line makes a failure explainable: the assertion's message names the sample. The marker {"modelBlame": …} can never
be mistaken for anything else, and may name a file and a record, a line or an id.
"""

import csv
import json
import re
from pathlib import Path

import numpy
import onnxruntime
import pytest

MAIL = Path(__file__).parent.parent / "mail"
WORDS = {word: i for i, word in enumerate((MAIL / "models" / "words.txt").read_text().split("\n")[:-1])}
SESSION = onnxruntime.InferenceSession(str(MAIL / "models" / "mail.onnx"))


def rows(count):
    with open(MAIL / "data" / "test.csv", newline="", encoding="utf-8") as file:
        return [row for _, row in zip(range(count), csv.DictReader(file))]


def predict(message):
    words = re.findall(r"[A-Za-z0-9$!%']+", message)
    ids = numpy.array([[WORDS.get(word.lower(), 1) for word in words][:400]], dtype=numpy.int64)
    return ["ham", "spam"][int(SESSION.run(None, {"words": ids})[0][0].argmax())]


@pytest.mark.parametrize("record, row", enumerate(rows(12), start=1))
def test_mail(record, row):
    assert predict(row["message"]) == row["label"], json.dumps({"modelBlame": {"file": "data/test.csv", "record": record}})
