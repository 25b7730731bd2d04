/** Poolings over windows and over everything. */
import { int, ints } from '../../../graph/attributes';
import type { Value } from '../../../graph/types';
import { flagAt, sizesAt } from '../config';
import type { Call, KerasTensor, LayerEntry } from '../types';
import { channelsFirst, isChannelsFirst, padding } from './windows';

const windows =
  (op: 'MaxPool' | 'AveragePool', axes: number) =>
  (call: Call): KerasTensor => {
    const { x, spatial, back } = channelsFirst(call, axes);
    const size = sizesAt(
      call.layer,
      axes === 1 && !('pool_size' in call.layer.values) ? 'pool_length' : 'pool_size',
      axes,
      2,
    );
    const own = call.layer.values['strides'] ?? null;
    const strides = own === null ? size : sizesAt(call.layer, 'strides', axes, 1);
    const ones = size.map(() => 1);
    return back(
      call.op(op, [x], {
        kernel_shape: ints(size),
        strides: ints(strides),
        ...padding(call, spatial, size, strides, ones),
      }),
    );
  };

const everything =
  (kind: 'Average' | 'Max') =>
  (call: Call): KerasTensor => {
    const tensor = call.inputs[0] as KerasTensor;
    const own = isChannelsFirst(call);
    const keeps = flagAt(call.layer, 'keepdims', false);
    const rank = call.shape(tensor).length;
    const { mask } = tensor;
    if (kind === 'Average' && mask !== null && rank === 3) return call.plain(maskedMean(call, tensor, mask, keeps));
    if (tensor.first || own) {
      const pooled = call.op(`Global${kind}Pool`, [own ? call.channels.last(tensor) : tensor.value]);
      if (keeps) return { value: pooled, first: !own, mask: null };
      const axes = Array.from({ length: rank - 2 }, (_, axis) => axis + 2);
      return call.plain(call.op('Squeeze', [pooled, call.b.indices(axes)]));
    }
    const axes = call.b.indices(Array.from({ length: rank - 2 }, (_, axis) => axis + 1));
    const op = kind === 'Average' ? 'ReduceMean' : 'ReduceMax';
    return call.plain(call.op(op, [tensor.value, axes], { keepdims: int(keeps ? 1 : 0) }));
  };

/** Mean over the real steps only. */
function maskedMean(call: Call, tensor: KerasTensor, mask: Value, keeps: boolean): Value {
  const steps = isChannelsFirst(call) ? 2 : 1;
  const weights = call.op('Unsqueeze', [call.op('Cast', [mask], { to: int(1) }), call.b.indices([3 - steps])]);
  const axis = call.b.indices([steps]);
  const keepdims = { keepdims: int(keeps ? 1 : 0) };
  const sum = call.op('ReduceSum', [call.op('Mul', [call.channels.last(tensor), weights]), axis], keepdims);
  return call.op('Div', [sum, call.op('ReduceSum', [weights, axis], keepdims)]);
}

export const poolings: readonly LayerEntry[] = [1, 2, 3].flatMap((axes): LayerEntry[] => [
  {
    names: [`MaxPooling${axes}D`, `MaxPool${axes}D`],
    doc: 'Largest value of each window.',
    build: windows('MaxPool', axes),
  },
  {
    names: [`AveragePooling${axes}D`, `AvgPool${axes}D`],
    doc: 'Mean of each window.',
    build: windows('AveragePool', axes),
  },
  {
    names: [`GlobalAveragePooling${axes}D`, `GlobalAvgPool${axes}D`],
    doc: 'Mean over all positions; over the real steps where there is a mask.',
    build: everything('Average'),
  },
  {
    names: [`GlobalMaxPooling${axes}D`, `GlobalMaxPool${axes}D`],
    doc: 'Largest value over all positions.',
    build: everything('Max'),
  },
]);
