"""Architectures with random weights, small enough to be exported in seconds: name to (model, inputs, kind)."""

import math

import torch
import torch.nn.functional as F
import torchvision
import transformers as hf
from torch import nn
from transformers.activations import NewGELUActivation

SIZES = {
    "vocab_size": 100, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64,
    "max_position_embeddings": 64, "num_labels": 3, "pad_token_id": 0,
}  # fmt: skip
DECODER = {**SIZES, "num_key_value_heads": 2}


class Classifier(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, ids, mask):
        return self.model(input_ids=ids, attention_mask=mask).logits


class Pooled(nn.Module):
    """An encoder without a head of its own."""

    def __init__(self, model, width):
        super().__init__()
        self.model, self.head = model, nn.Linear(width, 3)

    def forward(self, ids, mask):
        states = self.model(input_ids=ids, attention_mask=mask).last_hidden_state
        return self.head((states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True))


class Tcn(nn.Module):
    """Dilated causal convolutions with residuals, one of them with its weights normalised."""

    def __init__(self):
        super().__init__()
        self.first = nn.ModuleList(nn.Conv1d(4 if i == 0 else 16, 16, 3, dilation=2**i) for i in range(3))
        norm = nn.utils.parametrizations.weight_norm
        self.second = nn.ModuleList(norm(nn.Conv1d(16, 16, 3, dilation=2**i)) for i in range(3))
        self.skip, self.head = nn.Conv1d(4, 16, 1), nn.Linear(16, 4)

    def forward(self, x):
        for i, (one, two) in enumerate(zip(self.first, self.second)):
            y = F.relu(one(F.pad(x, (2 * 2**i, 0))))
            y = F.relu(two(F.pad(y, (2 * 2**i, 0))))
            x = F.relu(y + (self.skip(x) if i == 0 else x))
        return self.head(x[:, :, -1])


class TabNet(nn.Module):
    """As TabNet: gated blocks, features chosen by attention, two steps."""

    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm1d(10)
        self.dense = nn.ModuleList(nn.Linear(10 if i == 0 else 16, 32) for i in range(3))
        self.norms = nn.ModuleList(nn.BatchNorm1d(32) for _ in range(3))
        self.choose, self.head = nn.Linear(8, 10), nn.Linear(8, 3)

    def block(self, x):
        h = F.glu(self.norms[0](self.dense[0](x)), -1)
        for dense, norm in list(zip(self.dense, self.norms))[1:]:
            h = (h + F.glu(norm(dense(h)), -1)) * math.sqrt(0.5)
        return h

    def forward(self, x):
        x = self.bn(x)
        h, decision = self.block(x), 0
        for _ in range(2):
            h = self.block(torch.softmax(self.choose(h[:, 8:]), -1) * x)
            decision = decision + F.relu(h[:, :8])
        return self.head(decision)


class Mixer(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch = nn.Conv2d(3, 32, 8, 8)
        self.tokens = nn.Sequential(nn.Linear(16, 32), nn.GELU(), nn.Linear(32, 16))
        self.channels = nn.Sequential(nn.Linear(32, 64), nn.Mish(), nn.Linear(64, 32))
        self.norms, self.head = nn.ModuleList([nn.LayerNorm(32), nn.LayerNorm(32)]), nn.Linear(32, 4)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = x + self.tokens(self.norms[0](x).transpose(1, 2)).transpose(1, 2)
        x = x + self.channels(self.norms[1](x))
        return self.head(x.mean(1))


class Series(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.cells, self.head = kind(4, 12, 2, batch_first=True), nn.Linear(12, 3)

    def forward(self, x):
        return self.head(self.cells(x)[0][:, -1])


def settled(model, x):
    """Batch norm with the statistics of some samples."""
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.momentum = None
            module.reset_running_stats()
    model.train()
    with torch.no_grad():
        model(x)
    return model.eval()


def text(model, length=12):
    ids = torch.randint(5, 90, (1, length))
    return model.eval(), (ids, torch.ones_like(ids)), "text"


def classifier(name, sizes=SIZES, **more):
    config = getattr(hf, f"{name}Config")(**sizes, **more)
    return text(Classifier(getattr(hf, f"{name}ForSequenceClassification")(config)))


def dense(*activations):
    layers = [layer for i, f in enumerate(activations) for layer in (nn.Linear(32 if i > 0 else 10, 32), f)]
    return nn.Sequential(*layers, nn.Linear(32, 3)).eval(), (2 * torch.randn(1, 10),), "numbers"


def numbers(model, *dims, rows=64):
    return settled(model, torch.randn(rows, *dims)), (torch.randn(1, *dims),), "numbers"


T5 = {"vocab_size": 100, "d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_heads": 4}
NETWORKS = {
    "bert": lambda: classifier("Bert", attn_implementation="eager"),
    "roberta": lambda: classifier("Roberta", attn_implementation="sdpa"),
    "albert": lambda: classifier("Albert", embedding_size=16),
    "deberta": lambda: classifier("DebertaV2", relative_attention=True, position_buckets=8, pos_att_type=["p2c", "c2p"], type_vocab_size=0),
    "modernbert": lambda: classifier("ModernBert", attn_implementation="eager"),
    "gpt2": lambda: text(Classifier(hf.GPT2ForSequenceClassification(hf.GPT2Config(vocab_size=100, n_embd=32, n_layer=2, n_head=4, n_positions=64, num_labels=3, pad_token_id=0)))),
    "llama": lambda: classifier("Llama", DECODER, attn_implementation="sdpa"),
    "qwen3": lambda: classifier("Qwen3", DECODER, head_dim=8, attn_implementation="eager"),
    "t5": lambda: text(Pooled(hf.T5EncoderModel(hf.T5Config(**T5, feed_forward_proj="gated-gelu")), 32)),
    "squeezenet": lambda: (torchvision.models.squeezenet1_1(weights=None).eval(), (torch.randn(1, 3, 64, 64),), "numbers"),
    "mixer": lambda: (Mixer().eval(), (torch.randn(1, 3, 32, 32),), "numbers"),
    "tcn": lambda: numbers(Tcn(), 4, 20),
    "tabnet": lambda: numbers(TabNet(), 10),
    "gru": lambda: numbers(Series(nn.GRU), 9, 4),
    "lstm": lambda: numbers(Series(nn.LSTM), 9, 4),
    "smooth": lambda: dense(nn.GELU(), nn.GELU("tanh"), nn.SiLU(), nn.Mish(), nn.Tanh(), nn.Softplus()),
    "bent": lambda: dense(nn.ELU(0.7), nn.SELU(), nn.CELU(1.3), nn.LeakyReLU(0.2), nn.PReLU(), nn.ReLU6()),
    "gates": lambda: dense(nn.Hardswish(), nn.Hardsigmoid(), nn.Sigmoid(), nn.Hardtanh(-0.5, 0.7)),
}  # fmt: skip


def network(name):
    torch.manual_seed(1)
    return NETWORKS[name]()


def spelled_out(model):
    """Activations that a library computes in many steps, as the one function they are."""
    for module in model.modules():
        if isinstance(module, NewGELUActivation):
            module.forward = lambda x: F.gelu(x, approximate="tanh")
    return model
