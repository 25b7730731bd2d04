"""Trains a mean of word embeddings on posts of newsgroups (JSON lines with `text` and `label`) and exports it to ONNX,
with the posts in a workspace to survey: longer texts, and more classes, than the sentences of the other models.

    python newsgroups.py POSTS.jsonl OUTPUT_FOLDER

Takes about a minute on one core. Nothing it writes is committed: the posts are other people's.
"""
import json
import re
import sys
from collections import Counter
from pathlib import Path

import torch
from torch import nn

PAD, UNKNOWN, LONGEST = "[PAD]", "[UNK]", 400


class Mean(nn.Module):
    """Word ids [batch, sequence] → logits [batch, classes]."""

    def __init__(self, words, classes, size=64):
        super().__init__()
        self.embedding = nn.Embedding(words, size)
        self.head = nn.Linear(size, classes)

    def forward(self, ids):
        return self.head(self.embedding(ids).mean(1))


def main(posts, out):
    torch.manual_seed(0)
    torch.set_num_threads(1)
    rows = [json.loads(line) for line in posts.read_text(encoding="utf-8").splitlines()]
    rows = [row for row in rows if re.search("[a-z]", row["text"].lower())]
    labels = sorted({row["label"] for row in rows})
    words = [re.findall("[a-z]+", row["text"].lower())[:LONGEST] for row in rows]
    # Every fifth post is held out.
    parts = {"test": range(0, len(rows), 5), "train": [i for i in range(len(rows)) if i % 5]}
    counts = Counter(word for i in parts["train"] for word in words[i])
    vocab = [PAD, UNKNOWN, *sorted(word for word, count in counts.items() if count >= 3)]
    index = {word: i for i, word in enumerate(vocab)}
    ids = [torch.tensor([[index.get(word, 1) for word in post]]) for post in words]
    gold = torch.tensor([labels.index(row["label"]) for row in rows])
    model = Mean(len(vocab), len(labels))
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3, weight_decay=1e-5)
    for _ in range(8):
        order = torch.tensor(parts["train"])[torch.randperm(len(parts["train"]))]
        for chunk in order.split(16):
            optimizer.zero_grad()
            logits = torch.cat([model(ids[i]) for i in chunk.tolist()])
            nn.functional.cross_entropy(logits, gold[chunk]).backward()
            optimizer.step()
    model.eval()
    with torch.no_grad():
        right = sum(int(model(ids[i]).argmax() == gold[i]) for i in parts["test"])
    print(f"test accuracy {right / len(parts['test']):.3f}")
    out.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        model, (torch.arange(2, 14)[None],), out / "model.onnx", input_names=["words"], output_names=["logits"],
        dynamic_axes={"words": {0: "batch", 1: "sequence"}, "logits": {0: "batch"}}, opset_version=17, dynamo=False,
    )
    (out / "words.txt").write_text("\n".join(vocab) + "\n", encoding="utf-8")
    for part, chosen in parts.items():
        with open(out / f"{part}.jsonl", "w", encoding="utf-8") as file:
            file.writelines(json.dumps(rows[i]) + "\n" for i in chosen)
    settings = {
        "kind": "text", "vocabulary": "words.txt", "pattern": "[a-z]+", "lowercase": True,
        "padToken": PAD, "unknownToken": UNKNOWN, "maxLength": LONGEST,
    }
    datasets = [
        {"files": f"{part}.jsonl", "model": "posts", "text": "text", "label": "label", "role": part} for part in parts
    ]
    models = {"posts": {"path": "model.onnx", "input": settings, "labels": labels}}
    (out / "model-blame.json").write_text(json.dumps({"models": models, "datasets": datasets}, indent=2) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
