/** Branches and loops that are settled at import: one branch in place, the steps of a loop one after the other. */
import { graphOf, int, numberOf, numbersOf } from '../../graph/attributes';
import type { GraphBuilder } from '../../graph/builder';
import { normalizeAxis } from '../../graph/shapes';
import type { Graph, Node, Value } from '../../graph/types';
import type { Lowering, LowerContext } from './types';

/** Nodes that the steps of all loops of a graph may come to; longer loops stay loops. */
const MOST_NODES = 5_000;
const spent = new WeakMap<GraphBuilder, number>();

/** Whether `steps` more steps are laid out; loops within loops are counted as often as they are. */
function affords(context: LowerContext, body: Graph, steps: number): boolean {
  const total = (spent.get(context.b) ?? 0) + steps * Math.max(1, body.nodes.length);
  if (total > MOST_NODES) return false;
  spent.set(context.b, total);
  return true;
}

const bound = (graph: Graph, context: LowerContext): [Value, Value][] =>
  [...graph.constants].map(([name, tensor]) => [name, context.b.constant(tensor, name)]);

/** A condition known at import leaves one branch. */
function branch(node: Node, context: LowerContext): readonly Value[] | undefined {
  const condition = context.numbers(node.inputs[0] ?? '')?.[0];
  const body = graphOf(node, condition === 0 ? 'else_branch' : 'then_branch');
  if (condition === undefined || body === undefined) return undefined;
  return context.inline(body.nodes, body.outputs, new Map(bound(body, context)), node.name);
}

/** A loop that ends after a number of steps known at import. */
function loop(node: Node, context: LowerContext): readonly Value[] | undefined {
  const body = graphOf(node, 'body');
  const [most = '', first = '', ...initial] = node.inputs;
  const trips = most === '' ? Infinity : context.numbers(most)?.[0];
  if (body === undefined || trips === undefined || (first !== '' && context.numbers(first)?.[0] === undefined)) return;
  const constants = bound(body, context);
  const steps: (readonly Value[])[] = [];
  let goesOn = first;
  let states: readonly Value[] = initial;
  for (let step = 0; step < trips && (goesOn === '' || context.numbers(goesOn)?.[0] !== 0); step += 1) {
    if (!affords(context, body, 1)) return undefined;
    const given = [context.b.constant(scalar(step)), goesOn === '' ? context.b.constant(yes) : goesOn, ...states];
    const bindings = new Map([
      ...constants,
      ...body.inputs.map((input, index) => [input, given[index] ?? ''] as const),
    ]);
    const [next = '', ...results] = context.inline(body.nodes, body.outputs, bindings, `${node.name}/step${step}`);
    if (context.numbers(next) === undefined) return undefined;
    goesOn = next;
    states = results.slice(0, initial.length);
    steps.push(results.slice(initial.length));
  }
  return joined(node, states, steps, [], context);
}

/** A Scan over a length known at import. */
function scan(node: Node, context: LowerContext): readonly Value[] | undefined {
  const body = graphOf(node, 'body');
  if (body === undefined || context.version < 9) return undefined;
  const count = numberOf(node, 'num_scan_inputs', 0);
  const scanned = node.inputs.slice(node.inputs.length - count);
  const axes = scanned.map((value, index) => {
    const axis = numbersOf(node, 'scan_input_axes')?.[index] ?? 0;
    return normalizeAxis(axis, context.type(value)?.shape?.length ?? 0);
  });
  const length = scanned.map((value, index) => context.type(value)?.shape?.[axes[index] ?? 0]).find(isNumber);
  if (length === undefined || length === 0 || !affords(context, body, length)) return undefined;
  const rows = scanned.map((value, index) => {
    const axis = axes[index] ?? 0;
    const parts = context.b.ops('Split', [value, context.b.indices(new Array<number>(length).fill(1))], length, {
      axis: int(axis),
    });
    const turned = numbersOf(node, 'scan_input_directions')?.[index] === 1 ? parts.reverse() : parts;
    return turned.map((item) => context.op('Squeeze', [item, context.b.indices([axis])]));
  });
  const constants = bound(body, context);
  const steps: (readonly Value[])[] = [];
  let states: readonly Value[] = node.inputs.slice(0, node.inputs.length - count);
  for (let step = 0; step < length; step += 1) {
    const given = [...states, ...rows.map((row) => row[step] ?? '')];
    const bindings = new Map([
      ...constants,
      ...body.inputs.map((input, index) => [input, given[index] ?? ''] as const),
    ]);
    const results = context.inline(body.nodes, body.outputs, bindings, `${node.name}/step${step}`);
    states = results.slice(0, states.length);
    steps.push(results.slice(states.length));
  }
  const directions = numbersOf(node, 'scan_output_directions') ?? [];
  const ordered = steps.map((_, step) =>
    (steps[step] ?? []).map(
      (_own, output) => steps[directions[output] === 1 ? length - 1 - step : step]?.[output] ?? '',
    ),
  );
  return joined(node, states, ordered, numbersOf(node, 'scan_output_axes') ?? [], context);
}

/** Last states, and what the steps gave one after the other along a new axis. */
function joined(
  node: Node,
  states: readonly Value[],
  steps: readonly (readonly Value[])[],
  axes: readonly number[],
  context: LowerContext,
): readonly Value[] | undefined {
  const outputs = node.outputs.length - states.length;
  if (steps.length === 0 && outputs > 0) return undefined;
  const gathered = Array.from({ length: Math.max(0, outputs) }, (_, output): Value => {
    const rank = context.type(steps[0]?.[output] ?? '')?.shape?.length;
    const axis = rank === undefined ? (axes[output] ?? 0) : normalizeAxis(axes[output] ?? 0, rank + 1);
    const rows = steps.map((step) => context.op('Unsqueeze', [step[output] ?? '', context.b.indices([axis])]));
    return context.op('Concat', rows, { axis: int(axis) });
  });
  return [...states, ...gathered];
}

const isNumber = (value: unknown): value is number => typeof value === 'number';
const yes = { dtype: 'bool', dims: [], data: Uint8Array.of(1) } as const;
const scalar = (value: number) => ({ dtype: 'int64', dims: [], data: BigInt64Array.of(BigInt(value)) }) as const;

export const control: readonly Lowering[] = [
  { ops: ['If'], domain: '', doc: 'a known condition leaves one branch.', lower: branch },
  { ops: ['Loop'], domain: '', doc: 'a known number of steps is run one after the other.', lower: loop },
  { ops: ['Scan'], domain: '', doc: 'the same over a known length.', lower: scan },
];
