/** Scalers, imputers and column operators of `ai.onnx.ml` in core operators. */
import { int, numberOf, numbersOf } from '../../graph/attributes';
import { f32 } from '../../graph/tensor';
import type { Node, Value } from '../../graph/types';
import type { Lowering, LowerContext } from './types';

const lowering = (ops: readonly string[], doc: string, lower: Lowering['lower']): Lowering => ({
  ops,
  domain: 'ai.onnx.ml',
  doc,
  lower,
});

function asFloat(value: Value, context: LowerContext): Value {
  return context.type(value)?.dtype === 'float32' ? value : context.op('Cast', [value], { to: int(1) });
}

function row(values: readonly number[], context: LowerContext, hint: string): Value {
  return context.b.constant(f32(Float32Array.from(values)), hint);
}

function scaler(node: Node, context: LowerContext): readonly Value[] {
  const [x = ''] = node.inputs;
  const offset = row(numbersOf(node, 'offset') ?? [0], context, 'offset');
  const scale = row(numbersOf(node, 'scale') ?? [1], context, 'scale');
  const centred = context.op('Sub', [asFloat(x, context), offset]);
  return context.emit({ ...node, op: 'Mul', domain: '', inputs: [centred, scale], attributes: {} });
}

function imputer(node: Node, context: LowerContext): readonly Value[] | undefined {
  const [x = ''] = node.inputs;
  const values = numbersOf(node, 'imputed_value_floats');
  if (values === undefined || context.type(x)?.dtype !== 'float32') return undefined;
  const missing = numberOf(node, 'replaced_value_float', NaN);
  const absent = Number.isNaN(missing) ? context.op('IsNaN', [x]) : context.op('Equal', [x, context.b.scalar(missing)]);
  const inputs = [absent, row(values, context, 'imputed'), x];
  return context.emit({ ...node, op: 'Where', domain: '', inputs, attributes: {} });
}

function featureVectorizer(node: Node, context: LowerContext): readonly Value[] | undefined {
  if (node.inputs.some((input) => context.type(input)?.shape?.length !== 2)) return undefined;
  const inputs = node.inputs.map((input) => asFloat(input, context));
  return context.emit({ ...node, op: 'Concat', domain: '', inputs, attributes: { axis: int(1) } });
}

/** Columns by index; whole parts of a Concat are taken directly, so that a column keeps to its own input. */
function arrayFeatureExtractor(node: Node, context: LowerContext): readonly Value[] | undefined {
  const [x = '', picks = ''] = node.inputs;
  const indices = context.numbers(picks);
  if (context.type(x)?.shape?.length !== 2 || indices === undefined) return undefined;
  const part = partOf(x, indices, context);
  if (part !== undefined) return [part];
  const inputs = [x, context.b.indices(indices)];
  return context.emit({ ...node, op: 'Gather', domain: '', inputs, attributes: { axis: int(1) } });
}

function partOf(x: Value, indices: readonly number[], context: LowerContext): Value | undefined {
  const source = context.producer(x);
  if (source?.op !== 'Concat' || numberOf(source, 'axis') !== 1) return undefined;
  let start = 0;
  for (const input of source.inputs) {
    const width = context.type(input)?.shape?.[1];
    if (typeof width !== 'number') return undefined;
    if (width === indices.length && indices.every((index, place) => index === start + place)) return input;
    start += width;
  }
  return undefined;
}

function binarizer(node: Node, context: LowerContext): readonly Value[] | undefined {
  const [x = ''] = node.inputs;
  if (context.type(x)?.dtype !== 'float32') return undefined;
  const above = context.op('Greater', [x, context.b.scalar(numberOf(node, 'threshold', 0))]);
  return context.emit({ ...node, op: 'Cast', domain: '', inputs: [above], attributes: { to: int(1) } });
}

/** Version 1 mapped strings to their places in one list. */
function labelEncoder(node: Node, context: LowerContext): readonly Value[] | undefined {
  const classes = node.attributes['classes_strings'];
  if (classes?.type !== 'strings') return undefined;
  const places = { type: 'ints', value: classes.value.map((_, index) => index) } as const;
  const forward = context.type(node.inputs[0] ?? '')?.dtype === 'string';
  const fallback = forward
    ? { default_int64: int(numberOf(node, 'default_int64', -1)) }
    : { default_string: node.attributes['default_string'] ?? { type: 'string' as const, value: '_Unused' } };
  return context.emit({
    ...node,
    attributes: forward
      ? { keys_strings: classes, values_int64s: places, ...fallback }
      : { keys_int64s: places, values_strings: classes, ...fallback },
  });
}

export const mlTransforms: readonly Lowering[] = [
  lowering(['Scaler'], 'Sub and Mul.', scaler),
  lowering(['Imputer'], 'Where.', imputer),
  lowering(['FeatureVectorizer'], 'Concat.', featureVectorizer),
  lowering(['ArrayFeatureExtractor'], 'Gather of columns.', arrayFeatureExtractor),
  lowering(['Binarizer'], 'Greater and Cast.', binarizer),
  lowering(['LabelEncoder'], 'one list of classes in version 1.', labelEncoder),
];
