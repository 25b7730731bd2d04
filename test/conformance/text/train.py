"""Trains a convolutional network over words (Kim 2014, arXiv:1408.5882: 1-D convolutions, maximum over time) on the
TREC questions (Li & Roth 2002) and exports it to ONNX.

    python train.py FOLDER_OF_TREC OUTPUT_FOLDER

Takes about a minute on one core. Nothing it writes is committed: the questions are other people's.
"""
import sys
import time
from pathlib import Path

import torch
from torch import nn

from words import accuracy, batches, export, ids_of, read, vocabulary

LABELS = ["description", "entity", "abbreviation", "human", "location", "number"]


class TextCnn(nn.Module):
    """Word ids [batch, sequence] → logits [batch, classes]."""

    def __init__(self, words, classes, size=100, maps=64, widths=(3, 4, 5)):
        super().__init__()
        self.embedding = nn.Embedding(words, size, padding_idx=0)
        self.convolutions = nn.ModuleList(nn.Conv1d(size, maps, width, padding=width // 2) for width in widths)
        self.dropout = nn.Dropout(0.5)
        self.head = nn.Linear(maps * len(widths), classes)

    def forward(self, ids):
        x = self.dropout(self.embedding(ids)).transpose(1, 2)
        found = [torch.relu(convolution(x)).amax(2) for convolution in self.convolutions]
        return self.head(self.dropout(torch.cat(found, 1)))


def main(trec, out):
    torch.manual_seed(0)
    torch.set_num_threads(1)
    questions, test = read(trec / "TREC.train.all"), read(trec / "TREC.test.all")
    # Every tenth question is kept to choose a composite with: neither the network nor the judgement sees it.
    validation, train = questions[::10], [row for at, row in enumerate(questions) if at % 10 != 0]
    vocab = vocabulary(train)
    rows, held = ids_of(train, vocab), ids_of(test, vocab)
    model = TextCnn(len(vocab), len(LABELS))
    nn.init.normal_(model.embedding.weight, std=0.3)
    with torch.no_grad():
        model.embedding.weight[0] = 0
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    generator = torch.Generator().manual_seed(0)
    began = time.time()
    for epoch in range(14):
        model.train()
        for ids, _, labels in batches(rows, 50, generator):
            # Rare words are sometimes unknown, so that unknown words mean something.
            ids = ids.where((torch.rand(ids.shape, generator=generator) > 0.02) | (ids == 0), 1)
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(ids), labels).backward()
            optimizer.step()
        print(f"epoch {epoch + 1}: test accuracy {accuracy(model, held):.3f}, {time.time() - began:.0f} s", flush=True)
    export(model, out, vocab, LABELS, test, "questions", validation)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
