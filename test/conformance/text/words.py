"""What the training scripts of word models share: reading sentences, a vocabulary, batches, a workspace to open."""
import csv
import json
from collections import Counter

import torch

PAD, UNKNOWN = "[PAD]", "[UNK]"


def read(path):
    """Lines `label sentence`, words separated by spaces → [(words, label)]."""
    rows = []
    content = path.read_bytes()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    for line in text.split("\n")[:-1]:
        label, _, sentence = line.partition(" ")
        rows.append((sentence.lower().split(), int(label)))
    return rows


def vocabulary(rows, least=2):
    counts = Counter(word for words, _ in rows for word in words)
    return [PAD, UNKNOWN, *sorted(word for word, count in counts.items() if count >= least)]


def ids_of(rows, vocab):
    index = {word: i for i, word in enumerate(vocab)}
    return [(torch.tensor([index.get(word, 1) for word in words]), label) for words, label in rows]


def batches(rows, size, generator):
    """Shuffled batches of (ids padded with 0, lengths, labels), sentences of like lengths together."""
    order = torch.randperm(len(rows), generator=generator).tolist()
    chunks = [sorted(order[at : at + 20 * size], key=lambda i: len(rows[i][0])) for at in range(0, len(order), 20 * size)]
    made = [chunk[at : at + size] for chunk in chunks for at in range(0, len(chunk), size)]
    for at in torch.randperm(len(made), generator=generator).tolist():
        chosen = [rows[i] for i in made[at]]
        ids = torch.nn.utils.rnn.pad_sequence([words for words, _ in chosen], batch_first=True)
        yield ids, torch.tensor([len(words) for words, _ in chosen]), torch.tensor([label for _, label in chosen])


@torch.no_grad()
def accuracy(model, rows):
    """Sentence by sentence, as the exported model sees them."""
    model.eval()
    return sum(int(model(words[None]).argmax()) == label for words, label in rows) / len(rows)


def listed(rows):
    return json.dumps([{"words": words, "label": label} for words, label in rows])


def export(model, out, vocab, labels, test, name, validation=()):
    """Writes model.onnx, words.txt, the test sentences (sentences.csv; in words and classes: sentences.json),
    sentences held out of training to choose with (validation.json), and model-blame.json."""
    out.mkdir(parents=True, exist_ok=True)
    model.eval()
    torch.onnx.export(
        model, (torch.arange(2, 14)[None],), out / "model.onnx", input_names=["words"], output_names=["logits"],
        dynamic_axes={"words": {0: "batch", 1: "sequence"}, "logits": {0: "batch"}}, opset_version=17, dynamo=False,
    )
    (out / "words.txt").write_text("\n".join(vocab) + "\n", encoding="utf-8")
    with open(out / "sentences.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["sentence", "label"], *((" ".join(words), labels[label]) for words, label in test)])
    (out / "sentences.json").write_text(listed(test), encoding="utf-8")
    if validation:
        (out / "validation.json").write_text(listed(validation), encoding="utf-8")
    settings = {
        "kind": "text", "vocabulary": "words.txt", "pattern": "\\S+", "lowercase": True,
        "padToken": PAD, "unknownToken": UNKNOWN, "maxLength": 128,
    }
    workspace = {
        "models": {name: {"path": "model.onnx", "input": settings, "labels": labels}},
        "datasets": [{"files": "sentences.csv", "model": name, "text": "sentence", "label": "label", "role": "test"}],
    }
    (out / "model-blame.json").write_text(json.dumps(workspace, indent=2) + "\n")
