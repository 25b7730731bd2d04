"""The configurations of the cases in keras-layers, which gives weights, input and output of a layer but not how it was
made: every configuration that its name and shapes allow is tried with Keras 2, simplest first, and the first whose
output is the expected one is kept. Prints the cases for which there is none. What the small networks in `graph` and
`pipeline` are made of stands in the tests that they come from; those are kept as they are.

    python find_configurations.py FOLDER [layers/convolutional/Conv3D …]

Writes `configurations.json`: per case the steps `[class, configuration, [what it reads]]`; what a step reads is named
by number, inputs first, and is the step before it where nothing is said. Made with tf_keras 2.21.0.
"""
import itertools
import json
import os
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy as np
import tensorflow as tf
import tf_keras

ACTIVATIONS = ["linear", "relu", "tanh", "sigmoid", "hard_sigmoid", "softmax", "elu", "selu", "softplus", "softsign"]
product = itertools.product


def array(record):
    return np.array(record["data"], "float32").reshape(record["shape"])


def apply(name, config, values, weights):
    """One layer on tensors without a batch; takes its weights off the front of the list."""
    config = dict(config)
    first = config.pop("data_format", None) == "channels_first"
    values = [tf.constant(value[None]) for value in values]
    if first:
        values = [tf.transpose(v, [0, *range(2, v.ndim), 1]) for v in values]
    if "layer" in config:
        inner = config["layer"]
        config["layer"] = {"class_name": inner[0], "config": inner[1]}
    if max(config.get("dilation_rate", [1])) > 1:
        # TensorFlow dilates in two axes at most on a processor: zeros between the kernel's elements are the same.
        dilation = config.pop("dilation_rate")
        size = [(k - 1) * d + 1 for k, d in zip(config["kernel_size"], dilation)]
        wide = np.zeros((*size, *weights[0].shape[len(size) :]), "float32")
        wide[tuple(slice(None, None, d) for d in dilation)] = weights[0]
        config["kernel_size"], weights[0] = size, wide
    layer = tf_keras.layers.deserialize({"class_name": name, "config": config})
    value = layer(values if len(values) > 1 else values[0], training=False)
    if layer.weights:
        shapes = [tuple(w.shape) for w in layer.weights]
        own = weights[: len(shapes)]
        if [w.shape for w in own] != shapes:
            raise ValueError("other weights")
        layer.set_weights(own)
        del weights[: len(shapes)]
        value = layer(values if len(values) > 1 else values[0], training=False)
    value = value.numpy()
    return np.moveaxis(value, -1, 1)[0] if first else value[0]


def run(steps, inputs, weights):
    values, weights = list(inputs), list(weights)
    for name, config, *reads in steps:
        values.append(apply(name, config, [values[at] for at in (reads[0] if reads else [-1])], weights))
    if weights:
        raise ValueError("weights left over")
    return values[-1]


def convolution(axes, name, shape, weights, expected):
    kernel = weights[0].shape[:axes]
    separable, transposed = "Separable" in name, "Transpose" in name
    filters = weights[1].shape[-1] if separable else weights[0].shape[-2 if transposed else -1]
    fixed = {"filters": filters, "kernel_size": list(kernel)}
    if len(weights) == (2 if separable else 1):
        fixed["use_bias"] = False
    if separable:
        fixed["depth_multiplier"] = weights[0].shape[-1]
    pairs = [list(each) for each in product((1, 2, 3), repeat=axes)]
    dilations = [[1] * axes] if transposed else [list(each) for each in product((1, 2, 3, 4) if axes < 3 else (1, 2), repeat=axes)]
    dilations = sorted(dilations, key=lambda p: (len(set(p)), sum(p)))
    for strides, dilation, padding, activation in product(
        sorted(pairs, key=lambda p: (len(set(p)), sum(p))),
        dilations,
        ["valid", "same"] + (["causal"] if axes == 1 else []),
        ACTIVATIONS,
    ):
        made = [-(-n // s) if padding != "valid" else (n - (k - 1) * d - 1) // s + 1 for n, k, s, d in zip(shape, kernel, strides, dilation)]
        if (max(strides) == 1 or max(dilation) == 1) and (transposed or made == list(expected[:axes])):
            yield [[name, {**fixed, "strides": strides, "dilation_rate": dilation, "padding": padding, "activation": activation}]]


def pooling(axes, name, shape, expected):
    orders = ["channels_last"] + (["channels_first"] if axes > 1 else [])
    sizes = sorted(product((1, 2, 3), repeat=axes), key=lambda p: (len(set(p)), sum(p)))
    steps = [None, *sizes]
    for order, size, strides, padding in product(orders, sizes, steps, ("valid", "same")):
        config = {"pool_size": list(size), "strides": list(strides or size), "padding": padding}
        spatial = shape[1:] if order == "channels_first" else shape[:-1]
        made = [(-(-n // s)) if padding == "same" else (n - k) // s + 1 for n, k, s in zip(spatial, size, config["strides"])]
        made = [shape[0], *made] if order == "channels_first" else [*made, shape[-1]]
        if made == list(expected):
            yield [[name, {**config, **({"data_format": order} if order == "channels_first" else {})}]]


def ends(axes, name, key, shape, expected):
    """All ways to share out what is padded or cropped."""
    sign = 1 if key == "padding" else -1
    for order in ["channels_last"] + (["channels_first"] if axes > 1 else []):
        at = range(1, axes + 1) if order == "channels_first" else range(axes)
        still = 0 if order == "channels_first" else axes
        if shape[still] != expected[still]:
            continue
        totals = [sign * (expected[i] - shape[i]) for i in at]
        ways = [sorted(([a, t - a] for a in range(t + 1)), key=lambda p: abs(p[0] - p[1])) for t in totals]
        for pairs in product(*ways):
            value = list(pairs[0]) if axes == 1 else [list(p) for p in pairs]
            yield [[name, {key: value, **({"data_format": order} if order == "channels_first" else {})}]]


def upsampling(axes, name, shape, expected):
    for order in ["channels_last"] + (["channels_first"] if axes > 1 else []):
        at = range(1, axes + 1) if order == "channels_first" else range(axes)
        size = [expected[i] // shape[i] for i in at]
        yield [[name, {"size": size[0] if axes == 1 else size, **({"data_format": order} if order == "channels_first" else {})}]]


def cell(name, weights, sequences):
    units = weights[1].shape[0]
    fixed = {"units": units, "return_sequences": sequences, **({} if len(weights) % 3 == 0 else {"use_bias": False})}
    gates = [{}] if name == "SimpleRNN" else [{"recurrent_activation": r} for r in ("hard_sigmoid", "sigmoid", *ACTIVATIONS)]
    extra = {"reset_after": False} if name == "GRU" else {}
    for backwards, activation, gate in product((False, True), ["tanh", *ACTIVATIONS], gates):
        yield {**fixed, **extra, **gate, "activation": activation, **({"go_backwards": True} if backwards else {})}


def once_or_twice(name, steps, weights, sequences):
    """Layers that keep their state are called a second time with the same row: second half of the row written twice."""
    for config in cell(name, weights, sequences):
        yield [[name, config]]
        cut = [["Cropping1D", {"cropping": [steps, 0]}]] if sequences else []
        yield [["Concatenate", {"axis": 1}, [0, 0]], [name, config], *cut]


def normalization(shape, weights):
    for axis in range(-1, -len(shape) - 1, -1):
        if shape[axis] != weights[0].shape[0]:
            continue
        for flags in product((True, False), repeat=2):
            if sum(flags) + 2 == len(weights):
                for epsilon in (1e-3, 1e-5, 1e-2, 1e-6, 1e-4):
                    yield [["BatchNormalization", {"axis": axis, "scale": flags[0], "center": flags[1], "epsilon": epsilon}]]


def branches(name, weights, settings):
    """Dense layers that read the same row, and the layer that joins them."""
    count = len(weights) // 2
    for activation, repeats in product(ACTIVATIONS, (None, 3, 2)):
        steps, ends_at = [], []
        for _ in range(count):
            steps.append(["Dense", {"units": 2, "activation": activation}, [0]])
            if repeats:
                steps.append(["RepeatVector", {"n": repeats}])
            ends_at.append(len(steps))
        for config in settings:
            yield [*steps, [name, config, ends_at]]


def candidates(case, inputs, weights, expected):
    _, name, _ = case.split(".") if case.count(".") == 2 else (None, None, None)
    shape, made = list(inputs[0].shape), list(expected.shape)
    axes = next((n for n in (1, 2, 3) if name.endswith(f"{n}D") or f"{n}DT" in name), 0)
    if name.startswith(("Conv", "Separable")) and axes:
        return convolution(axes, name, shape, weights, made)
    if name.startswith("Global"):
        orders = [{}] + ([{"data_format": "channels_first"}] if axes > 1 else [])
        return ([[name, order]] for order in orders)
    if name.startswith(("MaxPooling", "AveragePooling")):
        return pooling(axes, name, shape, made)
    if name.startswith("ZeroPadding"):
        return ends(axes, name, "padding", shape, made)
    if name.startswith("Cropping"):
        return ends(axes, name, "cropping", shape, made)
    if name.startswith("UpSampling"):
        return upsampling(axes, name, shape, made)
    if name in ("LSTM", "GRU", "SimpleRNN"):
        return once_or_twice(name, shape[0], weights, len(made) == 2)
    if name == "Bidirectional":
        kind = {1: "SimpleRNN", 3: "GRU", 4: "LSTM"}[weights[0].shape[1] // weights[1].shape[0]]
        return (
            [[name, {"layer": [kind, config], "merge_mode": mode}]]
            for mode in ("concat", "sum", "mul", "ave")
            for config in cell(kind, weights[: len(weights) // 2], len(made) == 2)
        )
    if name == "TimeDistributed":
        if len(shape) == 2:
            inner = ([["Dense", {"units": made[-1], "activation": a}]] for a in ACTIVATIONS)
        else:
            inner = convolution(2, "Conv2D", shape[1:], weights, made[1:])
        return ([[name, {"layer": layer[0]}]] for layer in inner)
    if name == "BatchNormalization":
        return normalization(shape, weights)
    if name in ("Activation", "Dropout", "GaussianNoise", "GaussianDropout"):
        settings = [{"activation": a} for a in ACTIVATIONS] if name == "Activation" else [{"stddev" if "Noise" in name else "rate": 0.5}]
        return ([["Dense", {"units": 2, "activation": a}], [name, s]] for a, s in product(ACTIVATIONS, settings))
    if name == "Dense":
        return ([["Dense", {"units": 2, "activation": a, "use_bias": len(weights) == 2}]] for a in ACTIVATIONS)
    if name == "Dot":
        return branches(name, weights, [{"axes": a, "normalize": n} for a in (1, 2, 0, [1, 1], [2, 2], [1, 2]) for n in (False, True)])
    if name == "Concatenate":
        return branches(name, weights, [{"axis": axis} for axis in (-1, 1, 2, -2)])
    if name in ("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract"):
        return branches(name, weights, [{}])
    if name == "Embedding":
        rows, width = weights[0].shape
        return ([[name, {"input_dim": rows, "output_dim": width, "mask_zero": mask}]] for mask in (False, True))
    if name == "Permute":
        return ([[name, {"dims": list(order)}]] for order in itertools.permutations(range(1, len(shape) + 1)))
    if name == "Reshape":
        return iter([[[name, {"target_shape": made}]]])
    if name == "Flatten":
        return iter([[[name, {}]]])
    if name == "RepeatVector":
        return iter([[[name, {"n": made[0]}]]])
    if name == "PReLU":
        return iter([[[name, {}]]])
    if name in ("LeakyReLU", "ELU", "ThresholdedReLU"):
        key = "theta" if name == "ThresholdedReLU" else "alpha"
        return ([[name, {key: round(n * 0.05, 2)}]] for n in range(1, 61))
    raise ValueError(case)


def fits(steps, inputs, weights, expected):
    try:
        made = run(steps, inputs, weights)
    except (ValueError, IndexError, tf.errors.InvalidArgumentError, tf.errors.UnimplementedError):
        return False
    return made.shape == expected.shape and np.abs(made - expected).max() <= 1e-5 * max(1, np.abs(expected).max())


def main(folder, wanted):
    table = Path(__file__).parent / "configurations.json"
    found = json.loads(table.read_text()) if table.exists() else {}
    for path in sorted(folder.glob("layers/**/*.json")):
        if wanted and str(path.relative_to(folder).with_suffix("")) not in wanted:
            continue
        for case, record in json.loads(path.read_text()).items():
            inputs = [array(record["input"])]
            weights, expected = [array(w) for w in record.get("weights", [])], array(record["expected"])
            steps = next((s for s in candidates(case, inputs, weights, expected) if fits(s, inputs, weights, expected)), None)
            if steps is None:
                print("nothing fits", case, flush=True)
            else:
                found[case] = steps
        print(path.stem, len(found), flush=True)
        lines = ",\n".join(f"  {json.dumps(case)}: {json.dumps(steps)}" for case, steps in found.items())
        table.write_text("{\n" + lines + "\n}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
