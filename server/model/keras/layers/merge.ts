/** Layers that join several tensors. */
import { int, ints } from '../../../graph/attributes';
import { normalizeAxis } from '../../../graph/shapes';
import type { Value } from '../../../graph/types';
import { flagAt, layerError, listAt, numberAt } from '../config';
import type { Call, KerasTensor, LayerEntry } from '../types';

interface Joined {
  readonly values: readonly Value[];
  readonly first: boolean;
  readonly rank: number;
}

/** All inputs in one order of axes and with one rank: missing axes are put behind the batch. */
function joined(call: Call): Joined {
  const ranks = call.inputs.map((tensor) => call.shape(tensor).length);
  const rank = Math.max(...ranks);
  const equal = ranks.every((own) => own === rank);
  const first = equal && call.inputs.some((tensor) => tensor.first);
  const values = call.inputs.map((tensor, index) => {
    if (equal) return call.channels.as(tensor, first);
    const missing = rank - (ranks[index] ?? 0);
    const value = call.channels.last(tensor);
    return missing === 0
      ? value
      : call.op('Unsqueeze', [value, call.b.indices(Array.from({ length: missing }, (_, at) => at + 1))]);
  });
  return { values, first, rank };
}

/** The mask of an element-wise merge: Keras 3 takes a step that any input has, Keras 2 one that all have. */
function maskOf(call: Call): Value | null {
  const masks = call.inputs.map(({ mask }) => mask);
  if (masks.length === 0 || masks.includes(null)) return null;
  return (masks as Value[]).reduce((all, mask) =>
    all === mask ? all : call.op(call.modern ? 'Or' : 'And', [all, mask]),
  );
}

const elementwise =
  (op: string) =>
  (call: Call): KerasTensor => {
    const { values, first } = joined(call);
    const value =
      op === 'Mean' || op === 'Max' || op === 'Min'
        ? call.op(op, values)
        : values.slice(1).reduce((all, next) => call.op(op, [all, next]), values[0] ?? '');
    return { value, first, mask: maskOf(call) };
  };

/** Keras 3 lets steps that are not there leave a product alone; where no input has them, it is 0. */
function multiply(call: Call): KerasTensor {
  const { modern, inputs } = call;
  const masks = inputs.map(({ mask }) => mask);
  if (!modern || masks.every((mask) => mask === null)) return elementwise('Mul')(call);
  const wide = (mask: Value): Value => call.op('Unsqueeze', [mask, call.b.indices([-1])]);
  const chosen = inputs.map((tensor) => {
    if (tensor.mask === null) return tensor;
    const value = call.op('Where', [wide(tensor.mask), call.channels.last(tensor), call.b.scalar(1)]);
    return { value, first: false, mask: tensor.mask };
  });
  const product = elementwise('Mul')({ ...call, inputs: chosen });
  if (product.mask === null) return product;
  const value = call.op('Where', [wide(product.mask), call.channels.last(product), call.b.scalar(0)]);
  return { value, first: false, mask: product.mask };
}

function concatenate(call: Call): KerasTensor {
  const { values, first, rank } = joined(call);
  const axis = normalizeAxis(numberAt(call.layer, 'axis', numberAt(call.layer, 'concat_axis', -1)), rank);
  const own = !first ? axis : axis === 0 ? 0 : axis === rank - 1 ? 1 : axis + 1;
  const mask = axis === 1 && rank > 2 ? stepsBehind(call) : sideBySide(call);
  return { value: call.op('Concat', values, { axis: int(own) }), first, mask };
}

/** The mask of sequences one behind the other: an input without a mask has all its steps. */
function stepsBehind(call: Call): Value | null {
  if (call.inputs.every(({ mask }) => mask === null)) return null;
  const all = call.b.constant({ dtype: 'bool', dims: [1, 1], data: Uint8Array.of(1) }, 'all');
  const masks = call.inputs.map((tensor) => {
    const size = (): Value => call.op('Shape', [call.channels.last(tensor)], { start: int(0), end: int(2) });
    return tensor.mask ?? call.op('Expand', [all, size()]);
  });
  return call.op('Concat', masks, { axis: int(1) });
}

/** The mask of features side by side: before Keras 3, an input without a mask takes nothing away. */
function sideBySide(call: Call): Value | null {
  return call.modern ? maskOf(call) : maskOf({ ...call, inputs: call.inputs.filter(({ mask }) => mask !== null) });
}

/** Products summed over one axis of each input. */
function dot(call: Call): KerasTensor {
  const [left, right] = call.inputs;
  if (left === undefined || right === undefined || call.inputs.length !== 2)
    throw layerError(call.layer, 'It multiplies two tensors.', 'Save the model again.');
  const ranks = [call.shape(left).length, call.shape(right).length] as const;
  const given = listAt(call.layer, 'axes');
  const axes = [normalizeAxis(given[0] ?? -1, ranks[0]), normalizeAxis(given[1] ?? given[0] ?? -1, ranks[1])] as const;
  if (Math.max(...ranks) > 3) throw layerError(call.layer, 'It multiplies tensors of more than three axes.');
  const prepared = ([left, right] as const).map((tensor, index) => {
    const value = call.channels.last(tensor);
    return flagAt(call.layer, 'normalize', false) ? unit(call, value, axes[index] ?? 0) : value;
  });
  const [x = '', y = ''] = prepared;
  // The summed axis last on the left, behind the batch on the right.
  const a = ranks[0] === 2 ? call.op('Unsqueeze', [x, call.b.indices([1])]) : axes[0] === 1 ? swap(call, x) : x;
  const c = ranks[1] === 2 ? call.op('Unsqueeze', [y, call.b.indices([2])]) : axes[1] === 2 ? swap(call, y) : y;
  const product = call.op('MatMul', [a, c]);
  const gone = [...(ranks[0] === 2 ? [1] : []), ...(ranks[1] === 2 ? [2] : [])];
  if (gone.length === 0) return call.plain(product);
  // Two vectors give one number, which stays a vector of length 1.
  return call.plain(call.op('Squeeze', [product, call.b.indices(gone.slice(0, 1))]));
}

const swap = (call: Call, value: Value): Value => call.op('Transpose', [value], { perm: ints([0, 2, 1]) });

function unit(call: Call, value: Value, axis: number): Value {
  const length = call.op('ReduceL2', [value, call.b.indices([axis])], { keepdims: int(1) });
  return call.op('Div', [value, call.op('Max', [length, call.b.scalar(1e-6)])]);
}

export const merges: readonly LayerEntry[] = [
  { names: ['Add'], doc: 'Sum of all inputs.', build: elementwise('Add') },
  { names: ['Subtract'], doc: 'First input minus the second.', build: elementwise('Sub') },
  { names: ['Multiply'], doc: 'Product of all inputs.', build: multiply },
  { names: ['Average'], doc: 'Mean of all inputs.', build: elementwise('Mean') },
  { names: ['Maximum'], doc: 'Largest of all inputs.', build: elementwise('Max') },
  { names: ['Minimum'], doc: 'Smallest of all inputs.', build: elementwise('Min') },
  { names: ['Concatenate'], doc: 'Inputs one behind the other along one axis.', build: concatenate },
  { names: ['Dot'], doc: 'Products summed over one axis of each of two inputs.', build: dot },
];
