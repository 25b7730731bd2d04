/** Dense layers, and layers that only move or rename. */
import { float, int, ints } from '../../../graph/attributes';
import type { Value } from '../../../graph/types';
import { transposed } from '../../arrays';
import { activate } from '../activations';
import { flagAt, layerError, listAt, numberAt, sizeAt, textAt } from '../config';
import type { Call, KerasTensor, LayerEntry } from '../types';

function dense(call: Call): KerasTensor {
  const tensor = call.inputs[0] as KerasTensor;
  const shape = call.shape(tensor);
  const width = shape.at(-1);
  const units = sizeAt(call.layer, 'units');
  const kernel = call.b.constant(call.weight('kernel', [typeof width === 'number' ? width : null, units]), 'kernel');
  const bias = call.has('bias') ? call.b.constant(call.weight('bias', [units]), 'bias') : null;
  const x = call.channels.last(tensor);
  const y = affine(call, x, shape.length, kernel, bias);
  return activate(call, { ...call.plain(y), mask: tensor.mask }, call.layer.values['activation']);
}

/** x W + b over the last axis. */
function affine(call: Call, x: Value, rank: number, kernel: Value, bias: Value | null): Value {
  if (rank === 2) return call.op('Gemm', bias === null ? [x, kernel] : [x, kernel, bias]);
  const product = call.op('MatMul', [x, kernel]);
  return bias === null ? product : call.op('Add', [product, bias]);
}

/** A layer that does nothing when a model predicts. */
const nothing = (call: Call): readonly KerasTensor[] => call.inputs;

function flatten(call: Call): KerasTensor {
  const tensor = call.inputs[0] as KerasTensor;
  const shape = call.shape(tensor);
  let x = call.channels.last(tensor);
  if (textAt(call.layer, 'data_format', 'channels_last') === 'channels_first' && shape.length > 2) {
    const spatial = Array.from({ length: shape.length - 2 }, (_, axis) => axis + 2);
    x = call.op('Transpose', [x], { perm: ints([0, ...spatial, 1]) });
  }
  if (shape.length === 2) return call.plain(x);
  return call.plain(
    shape.length === 1 ? call.op('Unsqueeze', [x, call.b.indices([1])]) : call.op('Flatten', [x], { axis: int(1) }),
  );
}

function reshape(call: Call): KerasTensor {
  const target = listAt(call.layer, 'target_shape');
  return call.plain(
    call.op('Reshape', [call.channels.last(call.inputs[0] as KerasTensor), call.b.indices([0, ...target])]),
  );
}

function permute(call: Call): KerasTensor {
  const tensor = call.inputs[0] as KerasTensor;
  const dims = listAt(call.layer, 'dims');
  return call.plain(call.op('Transpose', [call.channels.last(tensor)], { perm: ints([0, ...dims]) }));
}

function repeat(call: Call): KerasTensor {
  const count = sizeAt(call.layer, 'n');
  const x = call.op('Unsqueeze', [call.channels.last(call.inputs[0] as KerasTensor), call.b.indices([1])]);
  return call.plain(call.op('Expand', [x, call.b.indices([1, count, 1])]));
}

/** Rows of a table by id. Ids given as floats are cut to whole numbers, as TensorFlow does. */
function embedding(call: Call): KerasTensor {
  const tensor = call.inputs[0] as KerasTensor;
  const size = sizeAt(call.layer, 'output_dim');
  const table = call.b.constant(call.weight('embeddings', [sizeAt(call.layer, 'input_dim'), size]), 'embeddings');
  const given = call.channels.last(tensor);
  const dtype = call.b.type(given)?.dtype;
  const ids = dtype === 'int32' || dtype === 'int64' ? given : call.op('Cast', [given], { to: int(6) });
  const mask = flagAt(call.layer, 'mask_zero', false)
    ? call.op('Not', [call.op('Equal', [ids, zeroOf(call, ids)])])
    : null;
  return { ...call.plain(call.op('Gather', [table, ids], { axis: int(0) })), mask };
}

/** A table read in both directions: rows by id, or (`reverse`) how well each row fits what it is called with. */
function reversible(call: Call): KerasTensor {
  if (call.named['reverse'] !== true) return embedding(call);
  const size = [sizeAt(call.layer, 'output_dim'), sizeAt(call.layer, 'input_dim')] as const;
  const tied = flagAt(call.layer, 'tie_weights', true);
  const table = tied
    ? transposed(call.weight('embeddings', [size[1], size[0]]), [1, 0])
    : call.weight('reverse_embeddings', size);
  const x = call.channels.last(call.inputs[0] as KerasTensor);
  const logits = call.op('MatMul', [x, call.b.constant(table, 'embeddings')]);
  if ((call.layer.values['logit_soft_cap'] ?? null) === null) return call.plain(logits);
  const cap = call.b.scalar(numberAt(call.layer, 'logit_soft_cap'));
  return call.plain(call.op('Mul', [call.op('Tanh', [call.op('Div', [logits, cap])]), cap]));
}

function zeroOf(call: Call, ids: Value): Value {
  return call.b.type(ids)?.dtype === 'int64'
    ? call.b.constant({ dtype: 'int64', dims: [], data: BigInt64Array.of(0n) }, 'zero')
    : call.b.constant({ dtype: 'int32', dims: [], data: Int32Array.of(0) }, 'zero');
}

/** Steps whose values all equal `mask_value` are not there: they become zeros, and layers behind skip them. */
function masking(call: Call): KerasTensor {
  const x = call.channels.last(call.inputs[0] as KerasTensor);
  const value = call.b.scalar(Number(call.layer.values['mask_value'] ?? 0));
  const differs = call.op('Cast', [call.op('Not', [call.op('Equal', [x, value])])], { to: int(1) });
  const real = call.op('ReduceMax', [differs, call.b.indices([-1])], { keepdims: int(1) });
  const flat = call.op('Squeeze', [real, call.b.indices([-1])]);
  const mask = call.op('Greater', [flat, call.b.scalar(0)]);
  return { ...call.plain(call.op('Mul', [x, real])), mask };
}

const refused = (call: Call): never => {
  throw layerError(
    call.layer,
    'It runs Python code that the model file carries, and no code in a file is run.',
    'Replace the Lambda by built-in layers and save the model again, or convert it with tf2onnx.',
  );
};

export const core: readonly LayerEntry[] = [
  {
    names: ['Dense'],
    doc: 'x W + b over the last axis, then the activation.',
    weights: (layer) => (flagAt(layer, 'use_bias', true) ? ['kernel', 'bias'] : ['kernel']),
    mask: 'passes',
    build: dense,
  },
  {
    names: ['Activation'],
    doc: 'An activation function by itself.',
    mask: 'passes',
    build: (call) => activate(call, call.inputs[0] as KerasTensor, call.layer.values['activation']),
  },
  {
    names: [
      ...['Dropout', 'AlphaDropout', 'GaussianDropout', 'GaussianNoise', 'ActivityRegularization'],
      'StochasticDepth',
      ...['SpatialDropout1D', 'SpatialDropout2D', 'SpatialDropout3D'],
      ...['RandomFlip', 'RandomRotation', 'RandomZoom', 'RandomTranslation', 'RandomContrast', 'RandomBrightness'],
      ...['RandomHeight', 'RandomWidth', 'RandomColorJitter', 'RandomGrayscale', 'RandomHue', 'RandomSaturation'],
      ...[
        'RandomSharpness',
        'RandomShear',
        'RandomPosterization',
        'RandomInvert',
        'RandomErasing',
        'RandomGaussianBlur',
      ],
      ...['MixUp', 'CutMix', 'RandAugment', 'AugMix', 'RandomPerspective', 'RandomElasticTransform'],
      'RandomColorDegeneration',
    ],
    doc: 'Acts while training only.',
    mask: 'passes',
    build: nothing,
  },
  {
    names: ['Identity'],
    doc: 'Does nothing; before Keras 3, it takes masks off.',
    build: (call) => (call.modern ? call.inputs : call.inputs.map((tensor) => ({ ...tensor, mask: null }))),
  },
  { names: ['Flatten'], doc: 'All axes but the batch in one, channels last.', build: flatten },
  { names: ['Reshape'], doc: 'The same elements in another shape.', build: reshape },
  { names: ['Permute'], doc: 'Axes in another order, counted from 1.', build: permute },
  { names: ['RepeatVector'], doc: 'The same vector n times.', build: repeat },
  {
    names: ['Embedding'],
    doc: 'A row of a table for each id; with `mask_zero`, id 0 is padding.',
    weights: () => ['embeddings'],
    build: embedding,
  },
  {
    names: ['ReversibleEmbedding'],
    doc: 'A row of a table for each id, and the same table as the last layer.',
    weights: (layer) => (flagAt(layer, 'tie_weights', true) ? ['embeddings'] : ['embeddings', 'reverse_embeddings']),
    build: reversible,
  },
  { names: ['Masking'], doc: 'Marks steps that are padding.', build: masking },
  { names: ['Lambda'], doc: 'Python code: refused.', build: refused },
];

export const epsilonOf = (call: Call, fallback: number): { epsilon: ReturnType<typeof float> } => ({
  epsilon: float(Number(call.layer.values['epsilon'] ?? fallback)),
});
