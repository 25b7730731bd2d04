/** Attention: dot products, sums, and several heads. */
import { int, ints } from '../../../graph/attributes';
import type { Tensor, Value } from '../../../graph/types';
import { blocks, reshaped } from '../../arrays';
import { flagAt, isList, layerError, sizeAt, textAt } from '../config';
import type { LayerConfig } from '../config';
import type { Call, KerasTensor, LayerEntry } from '../types';

function isTensor(value: unknown): value is KerasTensor {
  return typeof value === 'object' && value !== null && 'value' in value && 'first' in value;
}

/** Query, value and key, by place or by name; the key is the value where none is given. */
function operands(call: Call): readonly [KerasTensor, KerasTensor, KerasTensor] {
  const at = (index: number, name: string): KerasTensor | undefined => {
    const named = call.named[name];
    const mask = call.named[`${name}_mask`];
    if (call.inputs[index] !== undefined || !isTensor(named)) return call.inputs[index];
    return isTensor(mask) ? { ...named, mask: call.channels.last(mask) } : named;
  };
  const query = at(0, 'query');
  const value = at(1, 'value');
  if (query === undefined || value === undefined)
    throw layerError(call.layer, 'It is called without a query or value.', 'Save the model again.');
  return [query, value, at(2, 'key') ?? value];
}

/** Products with 0 or 1 of what may be seen: 0 where nothing is to be left out, −10⁹ otherwise. */
function hidden(call: Call, visible: Value): Value {
  const ones = call.op('Cast', [visible], { to: int(1) });
  return call.op('Mul', [call.op('Sub', [call.b.scalar(1), ones]), call.b.scalar(-1e9)]);
}

/** Bool [queries, values] of what comes no later than the query, shaped like `scores`. */
function causal(call: Call, scores: Value): Value {
  const ones = call.op('Add', [call.op('Mul', [scores, call.b.scalar(0)]), call.b.scalar(1)]);
  return call.op('Greater', [call.op('Trilu', [ones], { upper: int(0) }), call.b.scalar(0)]);
}

/** Joined before anything is hidden: what two parts hide is no further away than what one does. */
const allOf = (call: Call, parts: readonly Value[]): Value => parts.reduce((all, part) => call.op('And', [all, part]));

const wantsCausal = (call: Call): boolean =>
  call.named['use_causal_mask'] === true || flagAt(call.layer, 'causal', false);

/** Bool [queries, values] of values fewer than `width` steps from the query, to either side. */
function nearby(call: Call, scores: Value, width: number): Value {
  const ones = call.op('Add', [call.op('Mul', [scores, call.b.scalar(0)]), call.b.scalar(1)]);
  const diagonal = (at: number): Value =>
    call.b.constant({ dtype: 'int64', dims: [], data: BigInt64Array.of(BigInt(at)) }, 'diagonal');
  const below = call.op('Trilu', [ones, diagonal(width - 1)], { upper: int(0) });
  const band = call.op('Trilu', [below, diagonal(1 - width)], { upper: int(1) });
  return call.op('Greater', [band, call.b.scalar(0)]);
}

/** Softmax over the scores and the mean of values it makes; the mask of the values leaves steps out. */
function attend(call: Call, scores: Value, value: KerasTensor, query: KerasTensor): readonly KerasTensor[] {
  const parts = [
    ...(value.mask === null ? [] : [call.op('Unsqueeze', [value.mask, call.b.indices([1])])]),
    ...(wantsCausal(call) ? [causal(call, scores)] : []),
  ];
  const shown = parts.length === 0 ? scores : call.op('Add', [scores, hidden(call, allOf(call, parts))]);
  const weights = call.op('Softmax', [shown], { axis: int(-1) });
  let result = call.op('MatMul', [weights, call.channels.last(value)]);
  if (query.mask !== null)
    result = call.op('Mul', [
      result,
      call.op('Unsqueeze', [call.op('Cast', [query.mask], { to: int(1) }), call.b.indices([2])]),
    ]);
  const output = { ...call.plain(result), mask: query.mask };
  return call.named['return_attention_scores'] === true ? [output, call.plain(weights)] : [output];
}

function dotAttention(call: Call): readonly KerasTensor[] {
  const [query, value, key] = operands(call);
  if (textAt(call.layer, 'score_mode', 'dot') !== 'dot') return concatAttention(call, query, value, key);
  const turned = call.op('Transpose', [call.channels.last(key)], { perm: ints([0, 2, 1]) });
  const scores = call.op('MatMul', [call.channels.last(query), turned]);
  return attend(
    call,
    call.has('scale') ? call.op('Mul', [scores, call.b.constant(call.weight('scale'), 'scale')]) : scores,
    value,
    query,
  );
}

/** tanh of every query plus every key. */
function sums(call: Call, query: KerasTensor, key: KerasTensor): Value {
  const left = call.op('Unsqueeze', [call.channels.last(query), call.b.indices([2])]);
  return call.op('Add', [left, call.op('Unsqueeze', [call.channels.last(key), call.b.indices([1])])]);
}

function concatAttention(call: Call, query: KerasTensor, value: KerasTensor, key: KerasTensor): readonly KerasTensor[] {
  const sum = sums(call, query, key);
  const scaled = call.has('scale') ? call.op('Mul', [sum, call.b.constant(call.weight('scale'), 'scale')]) : sum;
  const total = call.op('ReduceSum', [call.op('Tanh', [scaled]), call.b.indices([-1])], { keepdims: int(0) });
  const weight = call.b.constant(call.weight('concat_score_weight'), 'concat_score_weight');
  return attend(call, call.op('Mul', [total, weight]), value, query);
}

function additive(call: Call): readonly KerasTensor[] {
  const [query, value, key] = operands(call);
  const bent = call.op('Tanh', [sums(call, query, key)]);
  const scaled = call.has('scale') ? call.op('Mul', [bent, call.b.constant(call.weight('scale'), 'scale')]) : bent;
  return attend(call, call.op('ReduceSum', [scaled, call.b.indices([-1])], { keepdims: int(0) }), value, query);
}

/** x W + b, split into heads: [batch, heads, steps, size]. */
function heads(call: Call, tensor: KerasTensor, name: string, size: number, count: number, own = count): Value {
  // Heads that share a key have it repeated.
  const spread = (weight: Tensor, axis: number): Tensor => {
    if (own === count) return weight;
    const places = Array.from({ length: count }, (_, head) => Math.floor((head * own) / count));
    return blocks(weight, axis, places, own);
  };
  const kernel = spread(call.weight(`${name}/kernel`, [null, own, size]), 1);
  const flat = call.b.constant(reshaped(kernel, [kernel.dims[0] ?? 0, count * size]), 'kernel');
  const product = call.op('MatMul', [call.channels.last(tensor), flat]);
  const biased = call.has(`${name}/bias`)
    ? call.op('Add', [product, biasOf(call, spread(call.weight(`${name}/bias`, [own, size]), 0))])
    : product;
  const split = call.op('Reshape', [biased, call.b.indices([0, 0, count, size])]);
  return call.op('Transpose', [split], { perm: ints([0, 2, 1, 3]) });
}

const biasOf = (call: Call, bias: Tensor): Value => call.b.constant(reshaped(bias, [bias.data.length]), 'bias');

function multiHead(call: Call): readonly KerasTensor[] {
  const { layer } = call;
  const [query, value, key] = operands(call);
  const axes = layer.values['attention_axes'] ?? null;
  const plain = axes === null || (isList(axes) && axes.length === 1 && axes[0] === 1);
  if (!plain || [query, value, key].some((tensor) => call.shape(tensor).length !== 3))
    throw layerError(layer, 'It attends over other axes than the steps.');
  const { size, width, count, shared } = headSizes(layer);
  const q = call.op('Mul', [heads(call, query, 'query', size, count), call.b.scalar(1 / Math.sqrt(size))]);
  const k = heads(call, key, 'key', size, count, shared);
  const v = heads(call, value, 'value', width, count, shared);
  let scores = call.op('MatMul', [q, call.op('Transpose', [k], { perm: ints([0, 1, 3, 2]) })]);
  const visible = visibleOf(call, query, value, key, scores);
  if (visible !== null) scores = call.op('Add', [scores, hidden(call, visible)]);
  const weights = call.op('Softmax', [scores], { axis: int(-1) });
  const mean = call.op('MatMul', [weights, v]);
  const gate = hasGate(layer) ? call.op('Sigmoid', [heads(call, query, 'gate', width, count)]) : null;
  const result = projected(call, gate === null ? mean : call.op('Mul', [mean, gate]));
  const output = { ...call.plain(result), mask: query.mask };
  return call.named['return_attention_scores'] === true ? [output, call.plain(weights)] : [output];
}

/** What the heads [batch, heads, steps, size] make together; the output may have several axes behind the steps. */
function projected(call: Call, mixed: Value): Value {
  const kernel = call.weight('output/kernel');
  const [outer = 1, inner = 1, ...sizes] = kernel.dims;
  const turned = call.op('Transpose', [mixed], { perm: ints([0, 2, 1, 3]) });
  const joined = call.op('Reshape', [turned, call.b.indices([0, 0, outer * inner])]);
  const width = sizes.reduce((product, size) => product * size, 1);
  const matrix = call.b.constant(reshaped(kernel, [outer * inner, width]), 'kernel');
  const product = call.op('MatMul', [joined, matrix]);
  const result = call.has('output/bias')
    ? call.op('Add', [product, biasOf(call, call.weight('output/bias'))])
    : product;
  return sizes.length === 1 ? result : call.op('Reshape', [result, call.b.indices([0, 0, ...sizes])]);
}

/** Sizes of a head's key and value, the number of heads, and how many keys and values there are for them. */
function headSizes(layer: LayerConfig): { size: number; width: number; count: number; shared: number } {
  if (!isGrouped(layer)) {
    const size = sizeAt(layer, 'key_dim');
    const count = sizeAt(layer, 'num_heads');
    return {
      size,
      width: (layer.values['value_dim'] ?? null) === null ? size : sizeAt(layer, 'value_dim'),
      count,
      shared: count,
    };
  }
  const size = sizeAt(layer, 'head_dim');
  const [count, shared] = [sizeAt(layer, 'num_query_heads'), sizeAt(layer, 'num_key_value_heads')];
  if (count % shared !== 0)
    throw layerError(layer, `It shares ${shared} keys among ${count} heads.`, 'Save the model again.');
  return { size, width: size, count, shared };
}

const hasGate = (layer: LayerConfig): boolean => flagAt(layer, 'use_gate', false);

/** In the order in which HDF5 files keep them. */
const projections = (layer: LayerConfig): readonly string[] => [
  ...['query', 'key', ...(hasGate(layer) ? ['gate'] : []), 'value', 'output'],
];

const isGrouped = (layer: LayerConfig): boolean => layer.className.startsWith('Group');

/** What each query may look at, [batch, 1, queries, values]; null for everything. */
function visibleOf(call: Call, query: KerasTensor, value: KerasTensor, key: KerasTensor, scores: Value): Value | null {
  const given = call.named['attention_mask'];
  const wide = (mask: Value, axes: readonly number[]): Value => call.op('Unsqueeze', [mask, call.b.indices(axes)]);
  const parts: Value[] = [];
  if (isTensor(given)) {
    const mask = call.channels.last(given);
    const bool = call.b.type(mask)?.dtype === 'bool' ? mask : call.op('Cast', [mask], { to: int(9) });
    parts.push(
      call.shape(given).length === 3 ? wide(bool, [1]) : call.shape(given).length === 2 ? wide(bool, [1, 2]) : bool,
    );
  }
  if (query.mask !== null) parts.push(wide(query.mask, [1, 3]));
  if (value.mask !== null) parts.push(wide(value.mask, [1, 2]));
  if (key.mask !== null && key.mask !== value.mask) parts.push(wide(key.mask, [1, 2]));
  if (wantsCausal(call)) parts.push(causal(call, scores));
  if ((call.layer.values['sliding_window'] ?? null) !== null)
    parts.push(nearby(call, scores, sizeAt(call.layer, 'sliding_window')));
  return parts.length === 0 ? null : allOf(call, parts);
}

const scaleOf = (layer: LayerConfig, fallback: boolean): readonly string[] =>
  flagAt(layer, 'use_scale', fallback) ? ['scale'] : [];

export const attentions: readonly LayerEntry[] = [
  {
    names: ['Attention'],
    doc: 'Mean of values weighted by the products of queries and keys.',
    weights: (layer) => [
      ...scaleOf(layer, false),
      ...(textAt(layer, 'score_mode', 'dot') === 'concat' ? ['concat_score_weight'] : []),
    ],
    build: dotAttention,
  },
  {
    names: ['AdditiveAttention'],
    doc: 'Mean of values weighted by tanh of queries plus keys.',
    weights: (layer) => scaleOf(layer, true),
    build: additive,
  },
  {
    names: ['MultiHeadAttention', 'GroupedQueryAttention', 'GroupQueryAttention'],
    doc: 'Several attentions side by side, each in a space of its own; several may share keys and values.',
    weights: (layer) =>
      projections(layer).flatMap((name) =>
        flagAt(layer, 'use_bias', true) ? [`${name}/kernel`, `${name}/bias`] : [`${name}/kernel`],
      ),
    parts: (layer) => projections(layer).map((name) => `${name}_dense`),
    build: multiHead,
  },
];
