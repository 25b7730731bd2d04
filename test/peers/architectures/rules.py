"""Relevance rules in PyTorch: the chain rule, with another rule at chosen functions, for any model without a change.

A `Rules` context sees every function that is called, whether of a module or not, so that no architecture needs a patch:

    guided       at an activation f: max(0, f'(z)) max(0, r)
    deconvnet    at a ReLU: max(0, r)
    attnlrp      (f(z) - f(0))/z at activations, half at products of two signals, deviations of norms held constant
    deeplift     df/dz between the two rows of a batch (sample, baseline), means of the other factor at products
"""

import math

import torch
import torch.nn.functional as F
from torch.overrides import TorchFunctionMode

ACTIVATIONS = {
    "celu", "elu", "gelu", "hardsigmoid", "hardswish", "hardtanh", "leaky_relu", "mish", "prelu", "relu", "relu6", "selu",
    "sigmoid", "silu", "softplus", "softsign", "tanh",
}  # fmt: skip
PRODUCTS = {"bmm", "matmul", "mul", "__mul__", "mul_"}
DEVIATIONS = {"rsqrt", "std"}
# What has no rule here: a model that calls it has no such reference.
NO_RULE = {
    "attnlrp": {"instance_norm", "group_norm", "lstm", "gru", "rnn_tanh"},
    "guided": {"lstm", "gru", "rnn_tanh", "glu"},
    "deconvnet": ACTIVATIONS - {"relu"} | {"lstm", "gru", "rnn_tanh", "glu"},
    "deeplift": {
        "softmax", "layer_norm", "rms_norm", "group_norm", "instance_norm", "rsqrt", "pow", "lstm", "gru", "rnn_tanh",
        "glu", "einsum", "baddbmm", "max_pool2d", "max_pool3d", "boolean_dispatch", "amax", "max", "maximum", "abs", "exp",
    },
}  # fmt: skip


def carries(value):
    return isinstance(value, torch.Tensor) and value.requires_grad


class Ruled(torch.autograd.Function):
    """y = f(z) with `back(z, y, r)` for what arrives at z."""

    @staticmethod
    def forward(ctx, z, y, back):
        ctx.back = back
        ctx.save_for_backward(z, y)
        return y.detach().clone()

    @staticmethod
    def backward(ctx, r):
        return ctx.back(*ctx.saved_tensors, r), None, None


class Half(torch.autograd.Function):
    @staticmethod
    def forward(ctx, y):
        return y.clone()

    @staticmethod
    def backward(ctx, r):
        return r / 2


class Product(torch.autograd.Function):
    """Each factor with the mean of the other one over sample and baseline."""

    @staticmethod
    def forward(ctx, a, b, f):
        ctx.f = f
        ctx.save_for_backward(a, b)
        return f(a, b)

    @staticmethod
    def backward(ctx, r):
        a, b = ctx.saved_tensors
        both = [value.mean(0, keepdim=True).expand_as(value) if len(value) == 2 else value for value in (a, b)]
        with torch.enable_grad():
            a, b = a.detach().requires_grad_(), b.detach().requires_grad_()
            (to_a,) = torch.autograd.grad(ctx.f(a, both[1]), a, r)
            (to_b,) = torch.autograd.grad(ctx.f(both[0], b), b, r)
        return to_a, to_b, None


class Rules(TorchFunctionMode):
    def __init__(self, rules):
        super().__init__()
        self.rules = rules
        self.without = set()

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        if args and carries(args[0]) and name.rstrip("_") in NO_RULE[self.rules]:
            self.without.add(name)
        if name.rstrip("_") in ACTIVATIONS and carries(args[0]):
            return self.activation(name.rstrip("_"), args, kwargs)
        if name == "scaled_dot_product_attention":
            return self.attention(*args, **kwargs)
        if self.rules == "attnlrp":
            if name in DEVIATIONS:
                return func(*args, **kwargs).detach()
            if name == "layer_norm":
                return layer_norm(*args, **kwargs)
            if name == "glu":
                a, b = args[0].chunk(2, args[1] if len(args) > 1 else kwargs.get("dim", -1))
                with self:
                    return a * torch.sigmoid(b)
            if name in PRODUCTS and carries(args[0]) and carries(args[1]):
                return Half.apply(func(*args, **kwargs))
        if self.rules == "deeplift" and name in PRODUCTS and carries(args[0]) and carries(args[1]):
            return Product.apply(args[0], args[1], lambda a, b: func(a, b))
        return func(*args, **kwargs)

    def activation(self, name, args, kwargs):
        kwargs.pop("inplace", None)
        function = getattr(F, name, None) or getattr(torch, name)
        rest = [value.detach() if isinstance(value, torch.Tensor) else value for value in args[1:] if not isinstance(value, bool)]

        def f(z):
            return function(z, *rest, **kwargs)

        def slope(z):
            with torch.enable_grad():
                z = z.detach().requires_grad_()
                return torch.autograd.grad(f(z).sum(), z)[0]

        def secant(z, y, at, value):
            step = z - at
            near = step.abs() < 1e-7
            return torch.where(near, slope(z), (y - value) / torch.where(near, torch.ones_like(z), step))

        def back(z, y, r):
            if self.rules == "guided":
                return slope(z).clamp(min=0) * r.clamp(min=0)
            if self.rules == "deconvnet":
                return r.clamp(min=0)
            if self.rules == "deeplift":
                return r * secant(z, y, z.flip(0), y.flip(0))
            zero = torch.zeros_like(z)
            return r * secant(z, y, zero, f(zero))

        z = args[0].clone()
        return Ruled.apply(z, f(z), back)

    def attention(self, q, k, v, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False):
        """In its parts, which are functions of their own."""
        times = q.shape[1] // k.shape[1]
        k, v = k.repeat_interleave(times, 1), v.repeat_interleave(times, 1)
        with self:
            scores = torch.matmul(q, k.transpose(-1, -2)) * (scale or 1 / math.sqrt(q.shape[-1]))
            if is_causal:
                scores = scores + torch.full(scores.shape[-2:], -1e30, dtype=scores.dtype).triu(1)
            if attn_mask is not None:
                boolean = attn_mask.dtype == torch.bool
                scores = scores.masked_fill(~attn_mask, -1e30) if boolean else scores + attn_mask
            return torch.matmul(torch.softmax(scores, -1), v)


def layer_norm(x, shape, weight=None, bias=None, eps=1e-5):
    axes = tuple(range(-len(shape), 0))
    centred = x - x.mean(axes, keepdim=True)
    y = centred / (centred.pow(2).mean(axes, keepdim=True) + eps).sqrt().detach()
    y = y if weight is None else y * weight
    return y if bias is None else y + bias
