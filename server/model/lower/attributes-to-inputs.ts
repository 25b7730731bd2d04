/** Operators whose attributes became inputs. */
import { numberOf, numbersOf } from '../../graph/attributes';
import { f32, i64 } from '../../graph/tensor';
import type { Node, Value } from '../../graph/types';
import { withAttributes } from './types';
import type { Lowering, LowerContext } from './types';

const LARGEST = 3.4028234663852886e38;

const lowering = (ops: readonly string[], doc: string, lower: Lowering['lower']): Lowering => ({
  ops,
  domain: '',
  doc,
  lower,
});

/** Moves an integer list attribute to an input. */
function moveList(node: Node, context: LowerContext, attribute: string, input: number): readonly Value[] | undefined {
  const list = numbersOf(node, attribute);
  if (list === undefined) return undefined;
  const inputs = [...node.inputs];
  while (inputs.length < input) inputs.push('');
  inputs[input] = context.b.indices(list);
  return context.emit({ ...withAttributes(node, [attribute]), inputs });
}

function squeeze(node: Node, context: LowerContext): readonly Value[] | undefined {
  const [x = '', given = ''] = node.inputs;
  if (numbersOf(node, 'axes') !== undefined) return moveList(node, context, 'axes', 1);
  const shape = context.type(x)?.shape;
  if (given !== '' || shape === undefined) return undefined;
  // Without axes every 1 goes; said explicitly, so that a batch of one keeps its axis.
  const axes = shape.flatMap((dim, axis) => (dim === 1 ? [axis] : []));
  return axes.length === 0 ? [x] : context.emit({ ...node, inputs: [x, context.b.indices(axes)] });
}

function clip(node: Node, context: LowerContext): readonly Value[] | undefined {
  if (context.version >= 11) return undefined;
  const min = numberOf(node, 'min', -LARGEST);
  const max = numberOf(node, 'max', LARGEST);
  const inputs = [node.inputs[0] ?? '', context.b.scalar(min), context.b.scalar(max)];
  return context.emit({ ...node, inputs, attributes: {} });
}

function slice(node: Node, context: LowerContext): readonly Value[] | undefined {
  const starts = numbersOf(node, 'starts');
  const ends = numbersOf(node, 'ends');
  if (context.version >= 10 || starts === undefined || ends === undefined) return undefined;
  const axes = numbersOf(node, 'axes') ?? starts.map((_, axis) => axis);
  const inputs = [node.inputs[0] ?? '', ...[starts, ends, axes].map((list) => context.b.indices(list.map(within64)))];
  return context.emit({ ...node, inputs, attributes: {} });
}

/** Keeps a bound inside int64 after it went through a double. */
function within64(value: number): number {
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, value));
}

function pad(node: Node, context: LowerContext): readonly Value[] | undefined {
  const pads = numbersOf(node, 'pads') ?? numbersOf(node, 'paddings');
  if (context.version >= 11 || pads === undefined) return undefined;
  const inputs = [node.inputs[0] ?? '', context.b.indices(pads), context.b.scalar(numberOf(node, 'value', 0))];
  return context.emit({ ...withAttributes(node, ['pads', 'paddings', 'value']), inputs });
}

function split(node: Node, context: LowerContext): readonly Value[] | undefined {
  if (numbersOf(node, 'split') !== undefined) return moveList(node, context, 'split', 1);
  if ((node.inputs[1] ?? '') !== '' || numberOf(node, 'num_outputs') !== undefined) return undefined;
  return context.emit(withAttributes(node, [], { num_outputs: { type: 'int', value: node.outputs.length } }));
}

function topK(node: Node, context: LowerContext): readonly Value[] | undefined {
  const k = numberOf(node, 'k');
  if (k === undefined) return undefined;
  return context.emit({ ...withAttributes(node, ['k']), inputs: [node.inputs[0] ?? '', context.b.indices([k])] });
}

function reshape(node: Node, context: LowerContext): readonly Value[] | undefined {
  return moveList(node, context, 'shape', 1);
}

function tile(node: Node, context: LowerContext): readonly Value[] | undefined {
  const [x = '', tiles = '', axis = ''] = node.inputs;
  const rank = context.type(x)?.shape?.length;
  const [count, along] = [context.numbers(tiles)?.[0], context.numbers(axis)?.[0]];
  if (context.version >= 6 || rank === undefined || count === undefined || along === undefined) return undefined;
  const repeats = Array.from({ length: rank }, (_, at) => (at === along ? count : 1));
  return context.emit({ ...node, inputs: [x, context.b.indices(repeats)] });
}

/** A Constant node is a constant. */
function constant(node: Node, context: LowerContext): readonly Value[] | undefined {
  const [name] = Object.keys(node.attributes);
  const attribute = name === undefined ? undefined : node.attributes[name];
  const make = (): Value | undefined => {
    switch (attribute?.type) {
      case 'tensor':
        return context.b.constant(attribute.value, node.outputs[0]);
      case 'int':
        return context.b.constant(i64(attribute.value), node.outputs[0]);
      case 'ints':
        return context.b.constant(i64(attribute.value), node.outputs[0]);
      case 'float':
        return context.b.constant(f32(attribute.value), node.outputs[0]);
      case 'floats':
        return context.b.constant(f32(attribute.value), node.outputs[0]);
      case 'string':
        return context.b.constant({ dtype: 'string', dims: [], data: [attribute.value] }, node.outputs[0]);
      case 'strings':
        return context.b.constant(
          { dtype: 'string', dims: [attribute.value.length], data: [...attribute.value] },
          node.outputs[0],
        );
      default:
        return undefined;
    }
  };
  const value = make();
  return value === undefined ? undefined : [value];
}

const reductions = [
  'ReduceSum',
  'ReduceMean',
  'ReduceMax',
  'ReduceMin',
  'ReduceProd',
  'ReduceL1',
  'ReduceL2',
  'ReduceLogSum',
  'ReduceLogSumExp',
  'ReduceSumSquare',
];

export const attributesToInputs: readonly Lowering[] = [
  lowering(['Squeeze'], 'axes were an attribute before 13.', squeeze),
  lowering(['Unsqueeze', ...reductions], 'axes were an attribute before 13 or 18.', (node, context) =>
    moveList(node, context, 'axes', 1),
  ),
  lowering(['Clip'], 'min and max were attributes before 11.', clip),
  lowering(['Slice'], 'starts, ends and axes were attributes before 10.', slice),
  lowering(['Pad'], 'pads and value were attributes before 11.', pad),
  lowering(['Split'], 'sizes were an attribute before 13; equal parts are counted since 18.', split),
  lowering(['TopK'], 'k was an attribute before 10.', topK),
  lowering(['Reshape'], 'the shape was an attribute before 5.', reshape),
  lowering(['Tile'], 'one axis and its count before 6.', tile),
  lowering(['Constant'], 'a constant of the Graph.', constant),
];
