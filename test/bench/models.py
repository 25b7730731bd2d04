"""Models for benchmarks, with random weights: time does not depend on them."""

import torch


def image_model(name):
    import torchvision

    model = getattr(torchvision.models, name)(weights=None).eval()
    return model, (torch.randn(1, 3, 224, 224),), ["image"]


class Classifier(torch.nn.Module):
    """Six-layer BERT with a head."""

    def __init__(self):
        super().__init__()
        from transformers import BertConfig, BertForSequenceClassification

        config = BertConfig(num_hidden_layers=6, attn_implementation="eager")
        self.model = BertForSequenceClassification(config).eval()

    def forward(self, ids, mask):
        return self.model(input_ids=ids, attention_mask=mask).logits


def bert(length=128):
    ids = torch.randint(1, 30000, (1, length))
    return Classifier().eval(), (ids, torch.ones_like(ids)), ["ids", "mask"]


MODELS = {
    "mobilenet_v2": lambda: image_model("mobilenet_v2"),
    "resnet18": lambda: image_model("resnet18"),
    "bert6": bert,
}


def build(name):
    """The same weights and sample every time: model, arguments, input names."""
    torch.manual_seed(0)
    return MODELS[name]()


def export(name, path):
    model, args, inputs = build(name)
    axes = {value: {0: "batch"} for value in [*inputs, "logits"]}
    names = {"input_names": inputs, "output_names": ["logits"], "dynamic_axes": axes}
    torch.onnx.export(model, args, path, dynamo=False, opset_version=17, **names)
