"""Models of Keras 3 and of Keras 2 (tf_keras) with random weights, one branch per layer, and what Keras makes of a
random input. Every model is saved as `.keras` and as `.h5`, both compressed.

    python make_models.py [keras3-convolution …]

Made with tensorflow-cpu 2.21.0, keras 3.15.1, tf_keras 2.21.0.
"""
import gzip
import json
import sys
import zipfile
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
import tf_keras


def convolution(k, add):
    L = k.layers
    x = k.Input((8, 9, 4), name="picture")
    add(x, L.Conv2D(3, 3, strides=2, padding="same", activation="relu")(x))
    add(x, L.Conv2D(3, (2, 3), dilation_rate=2)(x))
    add(x, L.Conv2D(6, 3, groups=2, use_bias=False)(x))
    add(x, L.DepthwiseConv2D(3, strides=2, padding="same", depth_multiplier=2)(x))
    add(x, L.SeparableConv2D(5, 3, depth_multiplier=2, padding="same", activation="tanh")(x))
    add(x, L.Conv2DTranspose(3, 3, strides=2, padding="same")(x))
    add(x, L.Conv2DTranspose(3, 2, strides=3, padding="valid")(x))
    add(x, L.Conv2DTranspose(3, 4, strides=2, padding="same", output_padding=1)(x))
    add(x, L.Conv2DTranspose(2, (5, 3), strides=(2, 1), padding="valid", use_bias=False)(x))
    line = k.Input((10, 3), name="line")
    add(line, L.Conv1D(4, 3, padding="causal", dilation_rate=2)(line))
    add(line, L.Conv1D(4, 4, strides=3, padding="same")(line))
    add(line, L.SeparableConv1D(4, 3)(line))
    add(line, L.DepthwiseConv1D(3, depth_multiplier=2, padding="same")(line))
    add(line, L.Conv1DTranspose(4, 3, strides=2, padding="same")(line))
    cube = k.Input((5, 6, 4, 2), name="cube")
    add(cube, L.Conv3D(3, 3, strides=2, padding="same")(cube))
    add(cube, L.Conv3DTranspose(2, 3, strides=2, padding="same")(cube))
    y = L.Conv2D(4, 3, padding="same")(x)
    y = L.BatchNormalization()(y)
    y = L.ReLU()(y)
    y = L.MaxPooling2D(2)(L.Add()([y, x]))
    add(x, L.Dense(3, activation="softmax")(L.Flatten()(y)))


def pooling(k, add):
    L = k.layers
    line, picture, cube = k.Input((9, 3), name="line"), k.Input((7, 8, 3), name="picture"), k.Input((5, 6, 4, 2), name="cube")
    for x, n in ((line, 1), (picture, 2), (cube, 3)):
        for kind in ("MaxPooling", "AveragePooling"):
            pool = getattr(L, f"{kind}{n}D")
            add(x, pool(2)(x))
            add(x, pool(3, strides=2, padding="same")(x))
        for kind in ("GlobalMaxPooling", "GlobalAveragePooling"):
            add(x, getattr(L, f"{kind}{n}D")()(x))
    add(picture, L.GlobalAveragePooling2D(keepdims=True)(L.Conv2D(3, 2)(picture)))
    add(picture, L.GlobalMaxPooling2D()(L.Conv2D(3, 2)(picture)))


def spatial(k, add):
    L = k.layers
    x = k.Input((6, 5, 3), name="picture")
    inner = L.Conv2D(3, 2)(x)
    for y in (x, inner):
        add(x, L.ZeroPadding2D(((1, 2), (0, 3)))(y))
        add(x, L.Cropping2D(((1, 0), (2, 1)))(y))
        add(x, L.UpSampling2D((2, 3))(y))
        add(x, L.UpSampling2D(2, interpolation="bilinear")(y))
    add(x, L.Resizing(9, 4)(x))
    add(x, L.Resizing(4, 7, interpolation="nearest")(x))
    add(x, L.CenterCrop(3, 4)(x))
    add(x, L.Rescaling(0.5, offset=-1.0)(inner))
    line, cube = k.Input((6, 3), name="line"), k.Input((4, 3, 5, 2), name="cube")
    add(line, L.ZeroPadding1D(2)(line))
    add(line, L.Cropping1D((1, 2))(line))
    add(line, L.UpSampling1D(3)(line))
    add(cube, L.ZeroPadding3D(((1, 0), (2, 1), (0, 2)))(cube))
    add(cube, L.Cropping3D(((1, 0), (0, 1), (1, 2)))(cube))
    add(cube, L.UpSampling3D((2, 1, 3))(cube))
    norm = L.Normalization(axis=-1, mean=[0.1, 0.2, 0.3], variance=[1.0, 2.0, 0.5])
    add(x, norm(x))
    adapted = L.Normalization()
    adapted.adapt(np.random.default_rng(2).normal(size=(20, 6, 3)).astype("float32"))
    add(line, adapted(line))


def normalization(k, add):
    L = k.layers
    x, line, row = k.Input((4, 5, 6), name="picture"), k.Input((7, 6), name="line"), k.Input((6,), name="row")
    for y in (x, line, row):
        add(y, L.BatchNormalization(epsilon=0.01)(y))
        add(y, L.BatchNormalization(scale=False)(y))
        add(y, L.LayerNormalization()(y))
        add(y, L.UnitNormalization()(y))
    add(x, L.BatchNormalization(axis=1, center=False)(x))
    add(x, L.BatchNormalization(axis=2)(x))
    add(x, L.LayerNormalization(axis=[2, 3], epsilon=0.1)(x))
    add(x, L.GroupNormalization(groups=3)(x))
    add(line, L.GroupNormalization(groups=-1, scale=False)(line))
    if k is keras:
        add(line, L.RMSNormalization()(line))


def activation(k, add):
    L = k.layers
    row = k.Input((8,), name="row")
    names = "relu sigmoid tanh elu selu softplus softsign exponential hard_sigmoid swish gelu linear softmax".split()
    if k is keras:
        names += "relu6 silu hard_silu mish leaky_relu log_softmax celu log_sigmoid hard_tanh soft_shrink hard_shrink tanh_shrink".split()
    for name in names:
        add(row, L.Dense(6, activation=name)(row))
    add(row, L.Activation("tanh")(row))
    add(row, L.ReLU(max_value=1.0, negative_slope=0.1)(row))
    add(row, L.ReLU(threshold=0.3, negative_slope=0.2, max_value=1.5)(row))
    add(row, L.LeakyReLU(0.25)(row))
    add(row, L.ELU(0.7)(row))
    add(row, L.Softmax()(row))
    x = k.Input((4, 5, 3), name="picture")
    add(x, L.PReLU(shared_axes=[1, 2])(L.Conv2D(4, 2)(x)))
    add(x, L.PReLU()(L.Conv2D(4, 2)(x)))
    add(x, L.Softmax(axis=1)(x))


def core(k, add):
    L = k.layers
    x, line, row = k.Input((4, 5, 3), name="picture"), k.Input((6, 4), name="line"), k.Input((5,), name="row")
    add(line, L.Dense(3)(line))
    add(x, L.Dense(3, use_bias=False)(L.Conv2D(4, 2)(x)))
    add(x, L.Flatten()(L.Conv2D(4, 2)(x)))
    add(x, L.Reshape((5, -1))(L.Conv2D(5, 1)(x)))
    add(x, L.Permute((3, 1, 2))(L.Conv2D(5, 1)(x)))
    add(row, L.RepeatVector(3)(row))
    add(row, L.Dropout(0.5)(L.GaussianNoise(1.0)(row)))
    shared = L.Dense(5, activation="tanh")
    add(row, shared(shared(row)))
    a, b = L.Conv2D(3, 1)(x), L.Conv2D(3, 1)(x)
    for name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"):
        add(x, getattr(L, name)()([a, b]))
        add(x, getattr(L, name)()([a, x]))
    for axis in (1, 2, 3, -1):
        add(x, L.Concatenate(axis=axis)([a, x]))
    other = L.Dense(4)(line)
    add(line, L.Dot(axes=1)([line, other]))
    add(line, L.Dot(axes=(2, 2), normalize=True)([line, other]))
    vector = L.GlobalAveragePooling1D()(other)
    add(line, L.Dot(axes=1)([vector, L.GlobalMaxPooling1D()(line)]))
    add(line, L.Dot(axes=(2, 1))([line, vector]))


def recurrent(k, add):
    L = k.layers
    x = k.Input((6, 3), name="line")
    for cell in (L.LSTM, L.GRU, L.SimpleRNN):
        add(x, cell(4)(x))
        add(x, cell(4, return_sequences=True)(x))
        add(x, cell(4, return_sequences=True, go_backwards=True, use_bias=False)(x))
    add(x, L.GRU(4, reset_after=False)(x))
    add(x, L.LSTM(4, recurrent_activation="hard_sigmoid", activation="relu")(x))
    add(x, L.GRU(4, recurrent_activation="hard_sigmoid", return_sequences=True)(x))
    for mode in ("concat", "sum", "mul", "ave"):
        add(x, L.Bidirectional(L.LSTM(3), merge_mode=mode)(x))
    add(x, L.Bidirectional(L.GRU(3, return_sequences=True))(x))
    add(x, L.Bidirectional(L.SimpleRNN(3, return_sequences=True), merge_mode="sum")(x))
    output, *states = L.LSTM(4, return_state=True)(x)
    for state in states:
        add(x, state)
    add(x, L.LSTM(4, return_sequences=True)(x, initial_state=states))
    add(x, L.TimeDistributed(L.Dense(2, activation="relu"))(x))
    film = k.Input((3, 5, 4, 2), name="film")
    add(film, L.TimeDistributed(L.Conv2D(3, 2))(film))
    add(film, L.GRU(3)(L.TimeDistributed(L.Flatten())(L.TimeDistributed(L.Conv2D(3, 2, activation="tanh"))(film))))


def masks(k, add):
    L = k.layers
    ids = k.Input((7,), name="ids", dtype="int32")
    words = L.Embedding(9, 4, mask_zero=True)(ids)
    add(ids, words)
    for cell in (L.LSTM, L.GRU, L.SimpleRNN):
        add(ids, cell(3)(words))
        add(ids, cell(3, return_sequences=True)(words))
        add(ids, L.Bidirectional(cell(3, return_sequences=True))(words))
        add(ids, cell(3, go_backwards=True)(words))
    add(ids, L.LSTM(3)(L.LSTM(4, return_sequences=True)(L.Dropout(0.2)(words))))
    add(ids, L.GlobalAveragePooling1D()(words))
    add(ids, L.GlobalAveragePooling1D()(L.Dense(3)(words)))
    line = k.Input((6, 2), name="line")
    add(line, L.GRU(3)(L.Masking(0.0)(line)))
    add(line, L.Bidirectional(L.LSTM(3))(L.Masking(0.0)(line)))


def attention(k, add):
    L = k.layers
    a, b = k.Input((5, 4), name="a"), k.Input((6, 4), name="b")
    add(a, L.Attention()([a, b]), b)
    add(a, L.Attention(use_scale=True)([a, b]), b)
    add(a, L.AdditiveAttention()([a, b]), b)
    add(a, L.MultiHeadAttention(2, 3)(a, a))
    add(a, L.MultiHeadAttention(2, 3, value_dim=5, use_bias=False)(a, b), b)
    add(a, L.MultiHeadAttention(2, 3)(a, a, use_causal_mask=True))
    ids = k.Input((7,), name="ids", dtype="int32")
    # Each with words of its own: attention of several heads takes the mask off what it reads (Keras 3).
    words = L.Embedding(9, 4, mask_zero=True)(ids)
    add(ids, L.MultiHeadAttention(2, 3)(words, words))
    words = L.Embedding(9, 4, mask_zero=True)(ids)
    add(ids, L.Attention()([words, words]))
    words = L.Embedding(9, 4, mask_zero=True)(ids)
    y = L.LayerNormalization()(L.Add()([words, L.MultiHeadAttention(2, 2)(words, words)]))
    add(ids, L.GlobalAveragePooling1D()(y))


def nested(k, add):
    L = k.layers
    x = k.Input((6, 6, 3), name="picture")
    block = k.Sequential([k.Input((6, 6, 3)), L.Conv2D(4, 3), L.BatchNormalization(), L.ReLU()], name="block")
    add(x, block(x))
    z = k.Input((6, 6, 3))
    frozen = L.Conv2D(4, 3, name="frozen", trainable=False)
    tower = k.Model(z, L.Conv2D(2, 1, name="open")(L.BatchNormalization()(frozen(z))), name="tower")
    add(x, tower(x))
    head = k.Sequential([k.Input((6, 6, 3)), tower, L.Flatten(), L.Dense(3)], name="head")
    add(x, head(x))
    row = k.Input((5,), name="row")
    twice = k.Sequential([k.Input((5,)), L.Dense(5, activation="tanh"), L.Dense(5)], name="twice")
    add(row, twice(twice(row)))


def further(k, add):
    L = k.layers
    line, picture = k.Input((5, 8), name="line"), k.Input((6, 7, 3), name="picture")
    add(line, L.EinsumDense("abc,cd->abd", output_shape=(None, 4), bias_axes="d", activation="relu")(line))
    add(line, L.EinsumDense("abc,cde->abde", output_shape=(None, 2, 3), bias_axes="de")(line))
    add(line, L.EinsumDense("...x,xy->...y", output_shape=(5, 4))(line))
    cells = lambda: [L.LSTMCell(3), L.GRUCell(4), L.LSTMCell(2)]
    for extra in ({}, {"return_sequences": True}, {"go_backwards": True, "return_sequences": True}):
        add(line, L.RNN(cells(), **extra)(line))
    add(line, L.RNN(cells(), return_sequences=True)(L.Masking(0.0)(line)))
    add(line, L.Bidirectional(L.RNN([L.LSTMCell(2), L.SimpleRNNCell(3)]))(line))
    add(line, L.TimeDistributed(k.Sequential([k.Input((8,)), L.Dense(3, activation="tanh"), L.Dense(2)]))(line))
    if k is keras:
        add(picture, L.SpectralNormalization(L.Conv2D(3, 2))(picture))
        add(line, L.SpectralNormalization(L.Dense(3))(line))
        add(line, L.GroupQueryAttention(4, 4, 2)(line, line))
        add(line, L.GroupQueryAttention(3, 4, 1, use_bias=False)(line, line))
        add(line, line[:, 0])
        add(line, line[:, 1:4, 2])
        add(line, k.ops.reshape(line, (-1, 40)))
        add(line, k.ops.stack([line, line], axis=1))
    else:
        add(line, L.LocallyConnected1D(3, 2, strides=2)(line))
        add(picture, L.LocallyConnected2D(4, (2, 3), strides=(2, 1), use_bias=False)(picture))
        add(picture, picture * tf.nn.relu6(picture + 3.0) * (1 / 6))
        add(line, 1.0 - line[:, 0])
        add(line, tf.concat([line, tf.nn.gelu(line)], axis=-1))
        add(line, tf.reduce_mean(line, axis=1, keepdims=True))
        add(line, tf.matmul(line, line, transpose_b=True))
        add(line, tf.reshape(tf.transpose(line, [0, 2, 1]), (-1, 40)))
        add(line, tf.nn.softmax(tf.squeeze(tf.expand_dims(line, 1), 1), axis=-1) / tf.sqrt(tf.square(line) + 1.0))
        add(line, tf.clip_by_value(line, -0.5, 0.25))


def categories(k, add):
    L = k.layers
    row, few = k.Input((3,), name="ids_few", dtype="int32"), k.Input((1,), name="ids_one", dtype="int32")
    for mode in ("multi_hot", "count"):
        add(row, L.CategoryEncoding(12, output_mode=mode)(row))
    add(few, L.CategoryEncoding(12, output_mode="one_hot")(few))
    add(row, L.Rescaling(1.0)(L.IntegerLookup(vocabulary=[3, 1, 7])(row)))
    add(row, L.IntegerLookup(vocabulary=[3, 1, 7], output_mode="multi_hot")(row))
    add(few, L.IntegerLookup(vocabulary=[3, 1, 7], output_mode="one_hot")(few))
    add(few, L.Embedding(6, 3)(L.IntegerLookup(vocabulary=[3, 1, 7], mask_token=0)(few)))
    line = k.Input((4,), name="line")
    add(line, L.Rescaling(1.0)(L.Discretization([-1.0, 0.0, 0.7])(line)))
    add(line, L.Discretization([-1.0, 0.0, 0.7], output_mode="multi_hot")(line))
    word = k.Input((1,), name="word", dtype="string")
    add(word, L.StringLookup(vocabulary=["red", "green"], output_mode="one_hot")(word))
    add(word, L.Embedding(6, 3)(L.StringLookup(vocabulary=["red", "green"])(word)))


def film(k, add):
    L = k.layers
    line, x = k.Input((4, 7, 2), name="line_of_lines"), k.Input((3, 6, 5, 2), name="film")
    cube = k.Input((2, 4, 3, 5, 1), name="cubes")
    add(line, L.ConvLSTM1D(3, 3)(line))
    add(line, L.ConvLSTM1D(3, 2, padding="same", return_sequences=True, go_backwards=True, dilation_rate=2)(line))
    add(x, L.ConvLSTM2D(3, (3, 2), padding="same")(x))
    add(x, L.ConvLSTM2D(2, 3, strides=2, return_sequences=True, use_bias=False, activation="relu")(x))
    y = L.BatchNormalization()(L.ConvLSTM2D(3, 3, padding="same", return_sequences=True)(x))
    add(x, L.Dense(2)(L.Flatten()(L.ConvLSTM2D(2, 3, recurrent_activation="sigmoid")(y))))
    add(cube, L.ConvLSTM3D(2, 2)(cube))


def functions(k, add):
    if k is not keras:
        return
    ops = k.ops
    x = k.Input((6, 4), name="line")
    names = "relu6 silu selu log_sigmoid hard_tanh hard_sigmoid hard_silu gelu softmax log_softmax expm1 erf".split()
    for name in names:
        add(x, getattr(ops, name)(x))
    add(x, ops.gelu(x, approximate=False))
    add(x, ops.leaky_relu(x, 0.3))
    add(x, ops.elu(x, 0.7))
    add(x, ops.softmax(x, axis=1))
    add(x, ops.logsumexp(x, axis=1))
    add(x, ops.rsqrt(ops.square(x) + 1.0))
    add(x, ops.log1p(ops.abs(x)))
    add(x, ops.var(x, axis=-1, keepdims=True))
    add(x, ops.std(x, axis=[1]))
    add(x, ops.normalize(x, axis=-1))
    add(x, ops.clip(x, -0.5, 0.6))
    add(x, ops.where(x > 0.2, x, 0.0))
    add(x, ops.where(x > 0.2, 0.5, x))
    add(x, ops.einsum("bij,bkj->bik", x, x))
    add(x, ops.swapaxes(x, 1, 2) * np.arange(6).astype("float32"))
    add(x, ops.moveaxis(ops.reshape(x, (-1, 2, 3, 4)), 1, -1) - np.arange(8).reshape(4, 2).astype("float32"))
    add(x, ops.tile(x, (1, 2, 1)))
    add(x, 1.0 / (x + 7.0))
    add(x, ops.matmul(x, np.ones((4, 2), "float32")) / ops.sqrt(3.0))


def settings(k, add):
    """Layers with the rarer of their settings."""
    L = k.layers
    row, line, x = k.Input((6,), name="row"), k.Input((5, 4), name="line"), k.Input((4, 5, 6), name="picture")
    # Layers in the place of activations keep their own settings.
    for layer in (L.ELU(0.4), L.LeakyReLU(0.4), L.ReLU(max_value=0.3, negative_slope=0.2), L.Softmax()):
        add(row, L.Dense(5, activation=layer)(row))
    add(x, L.Conv2D(4, 2, activation=L.Softmax(axis=1))(x))
    add(x, L.Activation(L.Softmax(axis=2))(L.Conv2D(4, 2)(x)))
    add(x, L.Softmax(axis=[1, 2])(x))
    for axis in (1, [1, 2], [3, 1], [3, 2]):
        add(x, L.LayerNormalization(axis=axis)(x))
    for axis in (1, 2):
        add(x, L.GroupNormalization(groups=2 if axis == 1 else 5, axis=axis)(x))
    add(x, L.UnitNormalization(axis=[1, 2])(x))
    # Layers that disagree about where the channels are.
    inner = L.Conv2D(6, 2)(x)
    add(x, L.Cropping2D(((1, 0), (0, 1)), data_format="channels_first")(inner))
    add(x, L.ZeroPadding2D(((1, 0), (0, 1)), data_format="channels_first")(inner))
    add(x, L.Resizing(7, 9)(L.Cropping2D(((0, 0), (0, 1)))(L.UpSampling2D(2)(x))))
    add(row, L.Add()([row]))
    twice = lambda cell, **more: L.Bidirectional(cell(go_backwards=True), backward_layer=cell(), **more)
    add(line, twice(lambda **more: L.LSTM(3, return_sequences=True, **more))(line))
    add(line, twice(lambda **more: L.GRU(3, **more), merge_mode="ave")(line))
    add(line, L.MultiHeadAttention(2, 3, output_shape=(2, 3))(line, line))
    weighed = k.Input((3,), name="weights")
    categories = k.Input((3,), name="ids_weighed", dtype="int32")
    add(categories, L.CategoryEncoding(12, output_mode="count")(categories, count_weights=weighed), weighed)
    tower = k.Sequential([k.Input((4,)), L.Dense(3, activation="tanh")])
    deep = k.Input((2, 3, 4), name="deep")
    add(deep, L.TimeDistributed(L.TimeDistributed(tower))(deep))
    p, q = k.Input((6,), name="p"), k.Input((3,), name="q")
    pair = k.Model({"q": q, "p": p}, L.Dense(3)(L.Concatenate()([p, q])))
    add(row, pair({"p": row, "q": weighed}))
    if k is keras:
        for name in ("squareplus", "sparse_plus", "sparse_sigmoid"):
            add(row, L.Dense(6, activation=name)(row))
        add(line, L.LayerNormalization(rms_scaling=True)(line))
        add(x, L.RMSNormalization(axis=[2, 3])(x))
        add(line, L.MultiHeadAttention(2, 3, use_gate=True)(line, line))
        add(line, L.MultiHeadAttention(2, 3, value_dim=5, use_gate=True, use_bias=False)(query=line, value=line))
        add(line, L.MultiHeadAttention(2, 3, sliding_window=2)(line, line))
        add(line, L.GroupQueryAttention(3, 4, 2, use_gate=True, sliding_window=3)(line, line, use_causal_mask=True))
        add(line, L.GRU(3)(sequences=line))
        add(x, L.Pipeline([L.Rescaling(0.5), L.Rescaling(2.0, offset=1.0)])(L.RandAugment()(x)))
        table = L.ReversibleEmbedding(9, 4, tie_weights=False, logit_soft_cap=0.5)
        tokens = k.Input((5,), name="ids_tokens", dtype="int32")
        add(tokens, table(L.Dense(4)(table(tokens)), reverse=True))
        table = L.ReversibleEmbedding(9, 4)
        add(tokens, table(table(tokens), reverse=True))
    else:
        add(line, L.BatchNormalization(renorm=True)(line))


def masked(k, add):
    """Where masks go, and where they end."""
    L = k.layers
    ids, others = k.Input((7,), name="ids", dtype="int32"), k.Input((7,), name="ids_other", dtype="int32")
    words = lambda source=ids: L.Embedding(9, 4, mask_zero=True)(source)
    free = lambda: L.Embedding(9, 4)(others)
    layers = [L.EinsumDense("abc,cd->abd", output_shape=(None, 3)), L.Rescaling(2.0), L.Identity()]
    layers += [L.Normalization(mean=0.1, variance=2.0), L.UnitNormalization(), L.TimeDistributed(L.Dense(2))]
    layers += [L.RMSNormalization()] if k is keras else []
    for layer in layers:
        add(ids, L.LSTM(3)(layer(words())))
    add(ids, L.GlobalAveragePooling1D(data_format="channels_first")(L.Embedding(9, 7, mask_zero=True)(ids)))
    add(ids, L.LSTM(3)(L.Concatenate(axis=1)([words(), words(others)])), others)
    add(ids, L.LSTM(3)(L.Concatenate()([words(), words(others)])))
    for name in ("Add", "Multiply"):
        add(ids, L.GlobalAveragePooling1D()(getattr(L, name)()([words(), words(others)])))
        add(ids, getattr(L, name)()([words(), free()]))
    if k is not keras:
        add(ids, L.LSTM(3)(L.Concatenate()([words(), free()])))
    line, scores = k.Input((7, 4), name="line"), k.Input((7,), name="scores")
    # Nothing comes before a first step that is masked: all is hidden from it.
    add(line, L.Attention()([line, words()], use_causal_mask=True))
    seen = k.Input((7,), name="seen", dtype="bool")
    add(scores, L.Softmax()(scores, mask=seen), seen)


families = [settings, masked, functions, convolution, pooling, spatial, normalization, activation, core, recurrent, masks, attention, nested, further, categories, film]


def compress(keras_file, h5_file):
    """The archive deflated, as Keras itself stores it plain; the HDF5 file gzipped."""
    with zipfile.ZipFile(keras_file) as archive:
        contents = {info.filename: archive.read(info) for info in archive.infolist()}
    with zipfile.ZipFile(keras_file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in contents.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    Path(f"{h5_file}.gz").write_bytes(gzip.compress(h5_file.read_bytes(), mtime=0))
    h5_file.unlink()


def randomize(model, rng):
    for weight in model.weights:
        name = weight.path if hasattr(weight, "path") else weight.name
        if "count" in name or "seed" in name:
            continue
        # Keras uses what `adapt` found, whatever the weights say.
        if ("mean" in name or "variance" in name) and "moving" not in name:
            continue
        low, high = (0.5, 1.5) if "variance" in name or "gamma" in name else (-0.6, 0.6)
        weight.assign(rng.uniform(low, high, weight.shape).astype("float32"))


def values_for(tensor, rng):
    shape = (2, *tensor.shape[1:])
    if "word" in tensor.name:
        return tf.constant([["green"], ["blue"]])
    if "ids_" in tensor.name:
        return rng.integers(0, 9, shape).astype("int32")
    if tensor.dtype == "bool":
        return rng.uniform(size=shape) > 0.4
    if "ids" in tensor.name:
        ids = rng.integers(1, 9, shape)
        ids[0, 4:] = 0
        ids[1, :2] = 0
        ids[1, 4] = 0
        return ids.astype("int32")
    values = rng.uniform(-1.5, 1.5, shape).astype("float32")
    if "line" in tensor.name and "lines" not in tensor.name:
        values[0, 3] = 0
        values[1, 0] = 0
    return values


def main(out, wanted):
    for k, version in ((keras, "keras3"), (tf_keras, "keras2")):
        for family in families:
            if wanted and f"{version}-{family.__name__}" not in wanted:
                continue
            k.utils.set_random_seed(1)
            inputs, outputs = {}, []

            def add(source, output, *more):
                for item in (source, *more):
                    inputs[id(item)] = item
                outputs.append(k.layers.Activation("linear", name=f"out_{len(outputs)}")(output))

            family(k, add)
            if not outputs:
                continue
            tensors = list(inputs.values())
            model = k.Model(tensors, outputs)
            rng = np.random.default_rng(7)
            randomize(model, rng)
            feeds = [values_for(tensor, rng) for tensor in tensors]
            results = model.predict(feeds, verbose=0)
            name = f"{version}-{family.__name__}"
            model.save(out / f"{name}.keras")
            model.save(out / f"{name}.h5")
            compress(out / f"{name}.keras", out / f"{name}.h5")

            def listed(array):
                if not isinstance(array, np.ndarray):
                    return {"dims": list(array.shape), "data": [word.decode() for word in array.numpy().ravel()]}
                return {"dims": list(array.shape), "data": [float(f"{value:.7g}") for value in array.ravel().tolist()]}

            names = [tensor.name.split(":")[0] for tensor in tensors]
            record = {
                "inputs": {name: listed(feed) for name, feed in zip(names, feeds)},
                "outputs": [listed(np.asarray(result)) for result in (results if isinstance(results, list) else [results])],
            }
            (out / f"{name}.json").write_text(json.dumps(record))
            print(name, len(outputs), "outputs")


if __name__ == "__main__":
    main(Path(__file__).parent / "models", sys.argv[1:])
