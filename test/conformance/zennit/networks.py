"""Three small networks with random but fixed weights: like VGG, ResNet (residual + batch norm), MobileNet (depthwise, relu6)."""

import torch
from torch import nn
from torchvision.models.resnet import BasicBlock
from zennit.layer import Sum

SIZE = 12


class Vgg(nn.Sequential):
    """Convolutions, ReLU, max pooling, dense layers."""

    def __init__(self):
        super().__init__(
            nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(),
            nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(8, 12, 3), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(48, 16), nn.ReLU(), nn.Linear(16, 5),
        )  # fmt: skip


class ResNet(nn.Module):
    """Basic blocks as in torchvision: sums of two signals, batch norm behind every convolution, one with a stride."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.relu = nn.ReLU()
        self.block1 = BasicBlock(8, 8)
        down = nn.Sequential(nn.Conv2d(8, 12, 1, stride=2, bias=False), nn.BatchNorm2d(12))
        self.block2 = BasicBlock(8, 12, stride=2, downsample=down)
        self.pool = nn.AdaptiveAvgPool2d((1, 1))
        self.flatten = nn.Flatten()
        self.fc = nn.Linear(12, 5)

    def forward(self, x):
        x = self.relu(self.bn1(self.conv1(x)))
        return self.fc(self.flatten(self.pool(self.block2(self.block1(x)))))


class Bottleneck(nn.Module):
    """Inverted residual; the sum is a module, so that hooks see it."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        hidden = 2 * inputs
        self.layers = nn.Sequential(
            nn.Conv2d(inputs, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6(),
            nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6(),
            nn.Conv2d(hidden, outputs, 1, bias=False), nn.BatchNorm2d(outputs),
        )  # fmt: skip
        self.sum = Sum() if inputs == outputs and stride == 1 else None

    def forward(self, x):
        y = self.layers(x)
        if self.sum is None or torch.onnx.is_in_onnx_export():
            return y if self.sum is None else x + y
        return self.sum(torch.stack([x, y], dim=-1))


class MobileNet(nn.Sequential):
    """Depthwise convolutions, ReLU6; bottlenecks end without an activation, so inputs of the next are of either sign."""

    def __init__(self):
        super().__init__(
            nn.Conv2d(3, 6, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(6), nn.ReLU6(),
            Bottleneck(6, 6, 1), Bottleneck(6, 8, 2), Bottleneck(8, 8, 1),
            nn.Conv2d(8, 16, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU6(),
            nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten(), nn.Linear(16, 5),
        )  # fmt: skip


NETWORKS = {"vgg": Vgg, "resnet": ResNet, "mobilenet": MobileNet}


def network(name, seed=3, biases=True):
    """The network with weights, biases and statistics of batch norm drawn at random; biases and shifts 0 if so asked."""
    torch.manual_seed(seed)
    model = NETWORKS[name]().eval()
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            fan = module.weight[0].numel()
            nn.init.normal_(module.weight, 0, (2 / fan) ** 0.5)
            if module.bias is not None:
                nn.init.normal_(module.bias, 0, 0.2)
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.3)
            nn.init.normal_(module.running_mean, 0, 0.3)
            nn.init.uniform_(module.running_var, 0.5, 2)
        for values in () if biases else (getattr(module, "bias", None), getattr(module, "running_mean", None)):
            if values is not None:
                nn.init.zeros_(values)
    return model


def sample(seed=7):
    """Pixels of either sign between −1 and 1, as after preprocessing."""
    torch.manual_seed(seed)
    return torch.rand(1, 3, SIZE, SIZE) * 2 - 1


def export(model, path):
    """Batch norm stays a node of its own: folding it is ours to do."""
    torch.onnx.export(
        model, sample(), path, dynamo=False, opset_version=17, input_names=["image"], output_names=["logits"],
        dynamic_axes={"image": {0: "batch"}, "logits": {0: "batch"}},
        training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False,
    )  # fmt: skip
