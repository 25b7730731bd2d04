"""Trains the mail model: word embeddings, a convolution over three words, the strongest answer of each filter.

    node examples/prepare.mjs && python examples/mail/train.py

Writes models/mail.onnx and models/words.txt; with --without WORD, models/mail-without-WORD.onnx and its words: the
same model, for which that word does not exist. Words are what the pattern in model-blame.json finds, lower-cased;
the vocabulary holds those of at least eight mails. Word 0 pads, word 1 stands for all others.
"""
import argparse
import collections
import csv
import re
from pathlib import Path

import numpy
import torch
from torch import nn

HERE = Path(__file__).parent
PATTERN = re.compile(r"[A-Za-z0-9$!%']+")
LENGTH = 400
LABELS = ["ham", "spam"]
csv.field_size_limit(10**8)


def read(name):
    with open(HERE / "data" / name, newline="", encoding="utf-8") as file:
        return [(row["message"], LABELS.index(row["label"])) for row in csv.DictReader(file)]


def words_of(text):
    return [word.lower() for word in PATTERN.findall(text)]


class Mail(nn.Module):
    """Token ids [batch, words] → logits [batch, 2]."""

    def __init__(self, words, width=16, filters=32):
        super().__init__()
        self.embedding = nn.Embedding(words, width, padding_idx=0)
        self.convolution = nn.Conv1d(width, filters, 3, padding=1)
        self.out = nn.Linear(filters, 2)
        self.dropout = nn.Dropout(0.5)

    def forward(self, ids):
        features = torch.relu(self.convolution(self.embedding(ids).transpose(1, 2)))
        return self.out(self.dropout(features.amax(dim=2)))


def main(without):
    suffix = f"-without-{without}" if without else ""
    torch.manual_seed(7)
    torch.set_num_threads(1)
    train, test = read("train.csv"), read("test.csv")
    counts = collections.Counter(word for text, _ in train for word in set(words_of(text)))
    vocabulary = ["[PAD]", "[UNK]", *sorted(word for word, count in counts.items() if count >= 8 and word != without)]
    index = {word: i for i, word in enumerate(vocabulary)}
    (HERE / "models" / f"words{suffix}.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")

    def tensors(rows):
        ids = numpy.zeros((len(rows), LENGTH), dtype=numpy.int64)
        for i, (text, _) in enumerate(rows):
            known = [index.get(word, 1) for word in words_of(text)][:LENGTH]
            ids[i, : len(known)] = known
        return torch.from_numpy(ids), torch.tensor([label for _, label in rows])

    model = Mail(len(vocabulary))
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=1e-2)
    (x, y), (test_x, test_y) = tensors(train), tensors(test)
    for epoch in range(8):
        model.train()
        for batch in torch.randperm(len(y)).split(64):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x[batch]), y[batch]).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            wrong = (model(test_x).argmax(1) != test_y).nonzero().flatten().tolist()
        print(f"epoch {epoch + 1}: {len(wrong)} of {len(test)} test mails wrong: records {[i + 1 for i in wrong]}")
    torch.onnx.export(
        model,
        (x[:1, :37],),
        HERE / "models" / f"mail{suffix}.onnx",
        input_names=["words"],
        output_names=["logits"],
        dynamic_axes={"words": {0: "batch", 1: "length"}, "logits": {0: "batch"}},
        opset_version=17,
        dynamo=False,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--without", help="a word that the model does not know")
    main(parser.parse_args().without)
