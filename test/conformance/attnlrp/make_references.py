"""Reference relevance by LXT's `efficient` form, in double precision, for small transformers with fixed weights.

Writes *.onnx and references.json beside this file. Run it again only to change the networks:

    python make_references.py        (needs torch, transformers, onnx, onnxscript, lxt 2.1)

LXT 2.1 replaces whole modules of transformers 4 and cannot be imported beside transformers 5. Its rules and patches
do not depend on that: they are loaded without the package's own start and applied to the same classes. (Its
`explicit` form adds an ε without sign to every denominator; the `efficient` one divides only by activations.)
"""

import importlib.util
import io
import json
import sys
import types
from pathlib import Path

import onnx
import torch
import transformers.models.bert.modeling_bert as modeling_bert
from torch import nn
from transformers import BertConfig, BertForSequenceClassification
from transformers.activations import GELUActivation

package = types.ModuleType("lxt.efficient")
package.__path__ = [str(Path(importlib.util.find_spec("lxt").origin).parent / "efficient")]
sys.modules["lxt.efficient"] = package
from lxt.efficient import patches  # noqa: E402
from lxt.efficient.rules import divide_gradient, identity_rule_implicit, stop_gradient  # noqa: E402

here = Path(__file__).parent


class Bert(nn.Module):
    """Two layers, two heads, erf GELU, pooler with tanh, three classes; ids and mask as inputs."""

    def __init__(self):
        super().__init__()
        config = BertConfig(
            vocab_size=40, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24,
            max_position_embeddings=12, num_labels=3, attn_implementation="eager",
        )
        self.model = BertForSequenceClassification(config)

    def forward(self, ids, mask):
        return self.model(input_ids=ids, attention_mask=mask).logits

    def embed(self, ids):
        return self.model.bert.embeddings.word_embeddings(ids)

    def beside(self, ids):
        """Position and segment embeddings."""
        embeddings = self.model.bert.embeddings
        return embeddings.position_embeddings.weight[: ids.shape[1]] + embeddings.token_type_embeddings.weight[0]

    def from_embeddings(self, embedded, mask):
        return self.model(inputs_embeds=embedded, attention_mask=mask).logits


class RmsNorm(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.weight, self.variance_epsilon = nn.Parameter(torch.ones(size)), 1e-6

    def forward(self, x):
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.variance_epsilon))


class Swiglu(nn.Module):
    def __init__(self, size, inner):
        super().__init__()
        self.gate_proj, self.up_proj = nn.Linear(size, inner, bias=False), nn.Linear(size, inner, bias=False)
        self.down_proj, self.act_fn = nn.Linear(inner, size, bias=False), nn.SiLU()

    def forward(self, x):
        return self.down_proj(self.act_fn(self.gate_proj(x)) * self.up_proj(x))


class Gated(nn.Module):
    """Two blocks as Llama has them: RMS norm, rotary causal attention of two heads, SwiGLU, no biases; two classes."""

    rule = staticmethod(lambda query, key, value: (query, key, value))

    def __init__(self, size=12, inner=20):
        super().__init__()
        self.embedding = nn.Embedding(30, size)
        self.norms = nn.ModuleList(RmsNorm(size) for _ in range(5))
        self.projections = nn.ModuleList(nn.Linear(size, size, bias=False) for _ in range(8))
        self.gated = nn.ModuleList(Swiglu(size, inner) for _ in range(2))
        self.last = nn.Linear(size, 2, bias=False)
        self.size = size

    def forward(self, ids):
        return self.from_embeddings(self.embedding(ids), None)

    def embed(self, ids):
        return self.embedding(ids)

    def heads(self, x):
        return x.view(x.shape[0], -1, 2, self.size // 2).transpose(1, 2)

    def rotated(self, x):
        """Each pair of elements turned by an angle that grows with the position."""
        half = self.size // 4
        angles = torch.arange(x.shape[2], dtype=x.dtype)[:, None] / 10 ** torch.arange(half, dtype=x.dtype)
        angles = torch.cat((angles, angles), -1)
        turned = torch.cat((-x[..., half:], x[..., :half]), -1)
        return x * angles.cos() + turned * angles.sin()

    def from_embeddings(self, x, _):
        length = x.shape[1]
        seen = torch.ones(length, length, dtype=torch.bool).tril()
        for block in range(2):
            projections = self.projections[4 * block : 4 * block + 4]
            y = self.norms[2 * block](x)
            query, key, value = (self.heads(projection(y)) for projection in projections[:3])
            q, k, v = self.rule(self.rotated(query) / (self.size / 2) ** 0.5, self.rotated(key), value)
            scores = (q @ k.transpose(2, 3)).masked_fill(~seen, float("-inf"))
            mixed = (torch.softmax(scores, -1) @ v).transpose(1, 2).reshape(x.shape)
            x = x + projections[3](mixed)
            x = x + self.gated[block](self.norms[2 * block + 1](x))
        return self.last(self.norms[4](x)[:, -1])


def randomize(model, seed):
    """Weights large enough for attention and activations to be far from linear."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weights in model.named_parameters():
            noise = torch.randn(weights.shape, generator=generator)
            norm = "norm" in name.lower() and name.endswith("weight")
            scale = 0.2 if weights.dim() == 1 else 1 if "embedding" in name else 1.2 / weights.shape[1] ** 0.5
            weights.copy_(scale * noise + (1 if norm else 0))
    return model.eval()


def export(model, sample, inputs, name, opset, dynamo):
    axes = {value: {0: "batch", 1: "sequence"} for value in inputs}
    with torch.no_grad():
        if dynamo:
            dims = tuple({1: torch.export.Dim("sequence", min=2, max=12)} for _ in inputs)
            program = torch.onnx.export(
                model, sample, dynamo=True, opset_version=opset, input_names=inputs, output_names=["scores"],
                dynamic_shapes=dims, verbose=False,
            )
            proto = program.model_proto
        else:
            buffer = io.BytesIO()
            torch.onnx.export(
                model, sample, buffer, dynamo=False, opset_version=opset, input_names=inputs,
                output_names=["scores"], dynamic_axes=axes,
            )
            proto = onnx.load_from_string(buffer.getvalue())
    # What the exporter says about this machine and its source lines is of no use.
    for node in proto.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    for value in [*proto.graph.value_info, *proto.graph.initializer, *proto.graph.input, *proto.graph.output]:
        value.doc_string = ""
        del value.metadata_props[:]
    del proto.metadata_props[:]
    del proto.graph.metadata_props[:]
    onnx.save(proto, here / name)


def relevance(model, ids, mask, seed):
    """Σ over the embedding of x ⊙ c per token, and the same for position and segment embeddings."""
    x = model.embed(ids).detach().requires_grad_()
    logits = model.from_embeddings(x, mask)
    (ratio,) = torch.autograd.grad((logits[0] * seed).sum(), x)
    result = {"tokens": (x * ratio).sum(-1)[0].tolist(), "elements": [float(f"{value:.9g}") for value in (x * ratio).flatten().tolist()]}
    if hasattr(model, "beside"):
        result["position"] = (model.beside(ids) * ratio).sum().item()
    return logits[0].tolist(), result


def bert():
    model = randomize(Bert(), 1)
    ids, mask = torch.tensor([[2, 17, 5, 30, 8, 21, 3, 0, 0]]), torch.tensor([[1] * 7 + [0] * 2])
    export(model, (ids, mask), ["ids", "mask"], "bert-13.onnx", 13, False)
    export(model, (ids, mask), ["ids", "mask"], "bert-17.onnx", 17, False)
    export(model, (ids, mask), ["ids", "mask"], "bert-dynamo.onnx", 20, True)
    model = model.double()
    patches.patch_method(patches.layer_norm_forward, nn.LayerNorm)
    for activation in [GELUActivation, nn.Tanh]:
        patches.patch_method(patches.non_linear_forward, activation, keep_original=True)
    plain = modeling_bert.eager_attention_forward
    result = {"ids": ids[0].tolist(), "mask": mask[0].tolist(), "target": 1}
    seed = torch.tensor([0.0, 1.0, 0.0], dtype=torch.float64)
    for variant, wrap in [("attnlrp", patches.wrap_attention_forward), ("cpLRP", patches.cp_wrap_attention_forward)]:
        modeling_bert.eager_attention_forward = wrap(plain)
        result["logits"], result[variant] = relevance(model, ids, mask, seed)
    return result


def gated():
    model = randomize(Gated(), 2)
    ids = torch.tensor([[4, 19, 7, 25, 11, 2]])
    export(model, (ids,), ["ids"], "gated-17.onnx", 17, False)
    export(model, (ids,), ["ids"], "gated-dynamo.onnx", 20, True)
    model = model.double()
    # LXT's own patch computes RMS norms in float32; here everything stays in double.
    RmsNorm.forward = lambda self, x: self.weight * (
        x * stop_gradient(torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.variance_epsilon))
    )
    result = {"ids": ids[0].tolist(), "target": 0}
    seed = torch.tensor([1.0, 0.0], dtype=torch.float64)
    halves = lambda q, k, v: (divide_gradient(q, 4), divide_gradient(k, 4), divide_gradient(v, 2))
    constant = lambda q, k, v: (stop_gradient(q), stop_gradient(k), v)
    for variant, rule, forward in [
        ("attnlrp", halves, patches.gated_mlp_forward),
        ("cpLRP", constant, patches.cp_gated_mlp_forward),
    ]:
        Gated.rule, Swiglu.forward = staticmethod(rule), forward
        result["logits"], result[variant] = relevance(model, ids, None, seed)
    return result


if __name__ == "__main__":
    (here / "references.json").write_text(json.dumps({"bert": bert(), "gated": gated()}) + "\n")
