"""References of rules and composites made with Zennit 0.5.1 in double precision, and the networks as ONNX files.

    python test/conformance/zennit/make_references.py

Needs zennit, torch, torchvision, onnx. Two habits of Zennit are switched off, because they are no part of the rules:
- Every denominator gets a stabiliser of 1e-6 with its sign. Parts of αβ can be small: on these networks it moves
  α2β1 by 1e-3 of max |R|. Here it is 1e-12; the ε of the ε rule is the one named, that of sums 1e-6.
- A merged batch norm stays in place as an identity, but with its own ε (see `without_epsilon`).

The pass starts with the score of the explained class, for guided and excitation backpropagation with 1.
"""

import json
import pathlib

import torch
import zennit.composites as composites
from zennit.attribution import Gradient
from zennit.canonizers import SequentialMergeBatchNorm
from zennit.rules import AlphaBeta, Epsilon, Flat, Gamma, ReLUGuidedBackprop, WSquare, ZBox, ZPlus
from zennit.torchvision import ResNetCanonizer
from zennit.types import Linear

from networks import NETWORKS, export, network, sample

HERE = pathlib.Path(__file__).parent
TARGET = 0
TINY = 1e-12
# Sums and average pooling keep ε = 1e-6; activations pass.
SUMS = composites.layer_map_base(1e-6)


def canonizers(name):
    return {"vgg": [], "resnet": [ResNetCanonizer()], "mobilenet": [SequentialMergeBatchNorm()]}[name]


def one_rule(rule, first=None):
    """One rule in every layer with weights; sums and average pooling by contribution, activations pass."""

    def make(**kwargs):
        layers = SUMS + [(Linear, rule())]
        if first is None:
            return composites.LayerMapComposite(layers, **kwargs)
        return composites.SpecialFirstLayerMapComposite(layers, [(Linear, first())], **kwargs)

    return make


def named(composite, **fixed):
    return lambda **kwargs: composite(stabilizer=TINY, layer_map=SUMS, **fixed, **kwargs)


def guided(**kwargs):
    # Zennit's map knows ReLU alone; ReLU6 is another class there and would have the plain gradient.
    return composites.GuidedBackprop(layer_map=[(torch.nn.ReLU6, ReLUGuidedBackprop())], **kwargs)


box = {"low": torch.full((1, 1, 1, 1), -1.0).double(), "high": torch.full((1, 1, 1, 1), 1.0).double()}
CASES = {
    "epsilon": one_rule(Epsilon),
    "epsilon 0.1": one_rule(lambda: Epsilon(0.1)),
    "epsilon without bias": one_rule(lambda: Epsilon(0.1, zero_params="bias")),
    "gamma": one_rule(lambda: Gamma(0.25, TINY)),
    "gamma 1": one_rule(lambda: Gamma(1.0, TINY)),
    "alpha2beta1": one_rule(lambda: AlphaBeta(2.0, 1.0, TINY)),
    "alpha1beta0": one_rule(lambda: AlphaBeta(1.0, 0.0, TINY)),
    "zplus": one_rule(lambda: ZPlus(TINY)),
    "zplus without bias": one_rule(lambda: ZPlus(TINY, zero_params="bias")),
    "flat": one_rule(Epsilon, lambda: Flat(TINY)),
    "wsquare": one_rule(Epsilon, lambda: WSquare(TINY)),
    "wsquare without bias": one_rule(Epsilon, lambda: WSquare(TINY, zero_params="bias")),
    "box": one_rule(Epsilon, lambda: ZBox(stabilizer=TINY, **box)),
    "EpsilonPlus": named(composites.EpsilonPlus),
    "EpsilonPlusFlat": named(composites.EpsilonPlusFlat),
    "EpsilonAlpha2Beta1": named(composites.EpsilonAlpha2Beta1),
    "EpsilonAlpha2Beta1Flat": named(composites.EpsilonAlpha2Beta1Flat),
    "EpsilonGammaBox": named(composites.EpsilonGammaBox, **box),
    "GuidedBackprop": guided,
    "ExcitationBackprop": named(composites.ExcitationBackprop, zero_params="bias"),
}
FROM_ONE = {"GuidedBackprop", "ExcitationBackprop"}


def without_epsilon(model):
    """
    The same function with the ε of batch norm inside its variance. Zennit leaves a merged batch norm in place as an
    identity, but with its ε, which makes every one of them a factor of 0.999995.
    """
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_var += module.eps
            module.eps = 0.0
    return model


def relevance(name, case, x):
    model = without_epsilon(network(name)).double()
    composite = CASES[case](canonizers=canonizers(name))

    def start(output):
        one = torch.zeros_like(output)
        one[:, TARGET] = 1
        return one if case in FROM_ONE else output.detach() * one

    with Gradient(model=model, composite=composite) as attributor:
        _, values = attributor(x, start)
    return values


def main():
    x = sample().double()
    result = {"target": TARGET, "image": numbers(x), "networks": {}}
    for name in NETWORKS:
        export(network(name), HERE / f"{name}.onnx")
        export(network(name, biases=False), HERE / f"{name}-no-bias.onnx")
        logits = network(name).double()(x)[0].tolist()
        cases = {case: numbers(relevance(name, case, x)) for case in CASES}
        result["networks"][name] = {"logits": logits, "cases": cases}
        print(name, [f"{value:.3f}" for value in logits])
    (HERE / "references.json").write_text(json.dumps(result) + "\n")


def numbers(tensor):
    return [float(f"{value:.7g}") for value in tensor.detach().flatten().tolist()]


main()
