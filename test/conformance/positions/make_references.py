"""Writes tiny models with one prediction per position (random weights) and PyTorch's gradients of them, in float64.

    python test/conformance/positions/make_references.py

Needs torch, onnx, transformers. <name>.onnx, and <name>.json with feeds, and for every position and head the logits,
the seed, the score and the gradient at the embedding of the token ids.
"""

import copy
import json
import pathlib
import sys
import warnings

import torch
import transformers
from torch import nn

sys.path.append(str(pathlib.Path(__file__).parents[1]))
from heads import rounded, scores, strip  # noqa: E402

warnings.filterwarnings("ignore")
FOLDER = pathlib.Path(__file__).parent


class Tagger(nn.Module):
    """A bidirectional LSTM over embedded tokens, every step classified; its output is the tags' probabilities."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20, 5)
        self.lstm = nn.LSTM(5, 6, batch_first=True, bidirectional=True)
        self.head = nn.Linear(12, 4)

    def logits(self, ids):
        return self.head(self.lstm(self.embedding(ids))[0])

    def forward(self, ids):
        return torch.softmax(self.logits(ids), -1)


class Wrapped(nn.Module):
    """A model of transformers, with plain tensors in and out."""

    def __init__(self, model):
        super().__init__()
        self.model = model
        self.embedding = model.get_input_embeddings()

    def logits(self, ids, mask):
        return self.model(input_ids=ids, attention_mask=mask).logits

    def forward(self, ids, mask):
        return self.logits(ids, mask)


def write(name, model, feeds, positions):
    model = model.eval()
    path = FOLDER / f"{name}.onnx"
    axes = {key: {0: "batch", 1: "sequence"} for key in [*feeds, "logits"]}
    torch.onnx.export(
        model, tuple(feeds.values()), path, dynamo=False, opset_version=17,
        input_names=list(feeds), output_names=["logits"], dynamic_axes=axes,
    )
    strip(path)
    exact = copy.deepcopy(model).double()
    caught = []
    exact.embedding.register_forward_hook(lambda _m, _i, out: caught.append(out))
    cases = []
    for position in positions:
        for head in ["linear", "probability", "logProbability", "contrastToRest"]:
            caught.clear()
            logits = exact.logits(*feeds.values())[:, position]
            seed = torch.zeros(1, logits.shape[1], dtype=torch.float64)
            if head == "linear":
                seed = torch.rand(1, logits.shape[1], dtype=torch.float64).round(decimals=3) - 0.4
            else:
                seed[0, logits.shape[1] - 1] = 1
            score = scores(head, logits, seed)
            (gradient,) = torch.autograd.grad(score.sum(), caught[0])
            cases.append({
                "position": position, "head": head, "logits": rounded(logits), "seed": rounded(seed),
                "score": rounded(score), "gradient": rounded(gradient),
            })
    pack = lambda feed: {"dims": list(feed.shape), "data": feed.flatten().tolist()}
    reference = {"feeds": {key: pack(feed) for key, feed in feeds.items()}, "cases": cases}
    (FOLDER / f"{name}.json").write_text(json.dumps(reference) + "\n")
    print(name, path.stat().st_size)


def main():
    torch.manual_seed(5)
    ids = torch.randint(0, 20, (2, 6))
    mask = torch.tensor([[1] * 6, [1, 1, 1, 1, 0, 0]])
    small = {"attn_implementation": "eager"}
    write("tagger", Tagger(), {"ids": ids}, [0, 4])
    bert = transformers.BertConfig(
        hidden_size=12, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16, vocab_size=20,
        max_position_embeddings=16, num_labels=5, initializer_range=0.4, **small,
    )
    write("bert", Wrapped(transformers.BertForTokenClassification(bert)), {"ids": ids, "mask": mask}, [1, 5])
    gpt2 = transformers.GPT2Config(
        n_embd=12, n_layer=2, n_head=2, vocab_size=20, n_positions=16, use_cache=False, bos_token_id=0,
        eos_token_id=0, initializer_range=0.4, **small,
    )
    write("gpt2", Wrapped(transformers.GPT2LMHeadModel(gpt2)), {"ids": ids, "mask": torch.ones_like(mask)}, [2, 5])


main()
