"""Trains sentiment models with recurrent layers on the binary Stanford sentences and exports them to ONNX: a
bidirectional LSTM, a GRU that reads forwards.

    python train.py FOLDER_OF_SST OUTPUT_FOLDER [lstm] [gru]

Writes OUTPUT_FOLDER/lstm and OUTPUT_FOLDER/gru; a minute or two each on one core. Nothing it writes is committed: the
sentences are other people's.
"""
import sys
import time
from pathlib import Path

import torch
from torch import nn

sys.path.append(str(Path(__file__).parent.parent / "text"))
from words import accuracy, batches, export, ids_of, read, vocabulary  # noqa: E402

LABELS = ["negative", "positive"]


class Sentiment(nn.Module):
    """Word ids [batch, sequence] → logits [batch, 2], from the last hidden state of each direction."""

    def __init__(self, cell, words, size=60, hidden=60):
        super().__init__()
        both = cell == "lstm"
        self.embedding = nn.Embedding(words, size, padding_idx=0)
        self.dropout = nn.Dropout(0.5)
        self.layer = (nn.LSTM if both else nn.GRU)(size, hidden, batch_first=True, bidirectional=both)
        self.head = nn.Linear(hidden * (1 + both), len(LABELS))

    def forward(self, ids, lengths=None):
        x = self.dropout(self.embedding(ids))
        if lengths is not None:
            x = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        last = self.layer(x)[1]
        hidden = last[0] if isinstance(last, tuple) else last
        return self.head(self.dropout(hidden.transpose(0, 1).flatten(1)))


def main(sst, out, cells):
    torch.set_num_threads(1)
    train, test = read(sst / "stsa.binary.train"), read(sst / "stsa.binary.test")
    vocab = vocabulary(train)
    rows, held = ids_of(train, vocab), ids_of(test, vocab)
    for cell in cells or ["lstm", "gru"]:
        torch.manual_seed(0)
        model = Sentiment(cell, len(vocab))
        nn.init.normal_(model.embedding.weight, std=0.3)
        with torch.no_grad():
            model.embedding.weight[0] = 0
        optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
        generator = torch.Generator().manual_seed(0)
        began = time.time()
        for epoch in range(6):
            model.train()
            for ids, lengths, labels in batches(rows, 50, generator):
                ids = ids.where((torch.rand(ids.shape, generator=generator) > 0.02) | (ids == 0), 1)
                optimizer.zero_grad()
                nn.functional.cross_entropy(model(ids, lengths), labels).backward()
                optimizer.step()
            seconds = time.time() - began
            print(f"{cell}, epoch {epoch + 1}: test accuracy {accuracy(model, held):.3f}, {seconds:.0f} s", flush=True)
        export(model, out / cell, vocab, LABELS, test, "sentiment")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
