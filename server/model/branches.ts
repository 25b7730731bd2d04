/** `If` whose condition only the run knows: both branches run, and `Where` takes the values of one. */
import { graphOf } from '../graph/attributes';
import { GraphBuilder, readsOf } from '../graph/builder';
import { BATCH } from '../graph/types';
import type { Graph, Node, Value, ValueType } from '../graph/types';

/** Types that `Where` picks from. */
const pickable: ReadonlySet<string> = new Set(['float32', 'float64', 'int32', 'int64', 'uint8', 'string']);

/** What may fail where its branch is not meant to run: sizes and places that only the branch's own condition allows. */
const fragile: ReadonlySet<string> = new Set([
  ...['If', 'Loop', 'Scan', 'Squeeze', 'Expand', 'Range', 'Tile', 'Split', 'OneHot', 'Resize', 'Compress'],
  ...['GatherND', 'ScatterND', 'ScatterElements', 'ConstantOfShape', 'TopK', 'NonZero', 'Unique'],
]);
/** The same, where this input is not a constant. */
const fragileAt: Readonly<Record<string, number>> = { Reshape: 1, Gather: 1, GatherElements: 1, Pad: 1 };

/** Where these are not defined or overflow, 0 times their slope is NaN, although nobody takes their value. */
const partial: ReadonlySet<string> = new Set([
  ...['Log', 'Sqrt', 'Div', 'Reciprocal', 'Pow', 'Exp', 'Mod', 'Tan', 'Acos', 'Asin', 'Acosh', 'Atanh'],
  ...['ReduceL2', 'ReduceLogSum', 'LpNormalization', 'Sinh', 'Cosh'],
]);

/**
 * The Graph with such branches in place of their node. One stays where its branches give different shapes, or could
 * fail when they are run for nothing.
 */
export function withBothBranches(graph: Graph): Graph {
  if (!graph.nodes.some((node) => node.op === 'If' && node.domain === '')) return graph;
  const b = new GraphBuilder(graph.name, { ...graph, nodes: [] });
  const declare = (value: Value, type: ValueType | undefined): void => {
    if (type !== undefined) b.declare(value, type);
  };
  for (const node of graph.nodes) {
    const bodies = node.op === 'If' && node.domain === '' ? bodiesOf(node, b) : undefined;
    if (bodies === undefined) b.add(node);
    else {
      const [condition = ''] = node.inputs;
      const [yes, no] = bodies.map((body, index) => {
        const prefix = `${node.name}/${index === 0 ? 'then' : 'else'}`;
        const guarded = body.nodes.some(({ op }) => partial.has(op)) ? { condition, when: index === 0 } : undefined;
        return inPlace(body, prefix, guarded, b);
      });
      node.outputs.forEach((output, index) => {
        if (output === '') return;
        b.add({
          name: index === 0 ? node.name : `${node.name}/${index}`,
          op: 'Where',
          domain: '',
          inputs: [condition, yes?.[index] ?? '', no?.[index] ?? ''],
          outputs: [output],
          attributes: {},
        });
      });
    }
    for (const output of node.outputs) if (bodies === undefined) declare(output, graph.types.get(output));
  }
  return b.build(graph.outputs, { inputs: false });
}

/** Then and else, where both can run and agree. */
function bodiesOf(node: Node, b: GraphBuilder): readonly Graph[] | undefined {
  const bodies = ['then_branch', 'else_branch'].flatMap((name) => {
    const body = graphOf(node, name);
    return body === undefined ? [] : [withBothBranches(body)];
  });
  const [yes, no] = bodies;
  if (yes === undefined || no === undefined || !bodies.every((body) => body.nodes.every(isSafe(body, b)))) return;
  const agree = node.outputs.every((_, index) => {
    const [a, c] = [typeIn(yes, yes.outputs[index], b), typeIn(no, no.outputs[index], b)];
    if (a?.shape === undefined || c?.shape === undefined || a.dtype !== c.dtype || !pickable.has(a.dtype)) return false;
    // A condition of shape [1] would give a single number an axis.
    if (a.shape.length === 0 && b.type(node.inputs[0] ?? '')?.shape?.length !== 0) return false;
    return a.shape.length === c.shape.length && a.shape.every((dim, axis) => dim === c.shape?.[axis]);
  });
  return agree ? bodies : undefined;
}

const typeIn = (body: Graph, value: Value | undefined, b: GraphBuilder): ValueType | undefined => {
  const tensor = body.constants.get(value ?? '') ?? b.constantOf(value ?? '');
  return body.types.get(value ?? '') ?? b.type(value ?? '') ?? (tensor && { dtype: tensor.dtype, shape: tensor.dims });
};

function isSafe(body: Graph, b: GraphBuilder): (node: Node) => boolean {
  const isConstant = (value: Value | undefined): boolean =>
    value === undefined || value === '' || body.constants.has(value) || b.constantOf(value) !== undefined;
  return (node) => {
    if (fragile.has(node.op)) return false;
    const at = fragileAt[node.op];
    if (at !== undefined && !isConstant(node.inputs[at])) return false;
    // Integers divided by zero end the process.
    const divides = node.op === 'Div' || node.op === 'Mod';
    return (
      !divides || typeIn(body, node.inputs[1], b)?.dtype.startsWith('float') === true || isConstant(node.inputs[1])
    );
  };
}

/** The condition of an `If`, and whether a branch is taken when it holds. */
interface Guard {
  readonly condition: Value;
  readonly when: boolean;
}

/**
 * Adds a body's nodes under names of their own.
 * @param guard Where given, the body computes with ones when its branch is not taken.
 * @returns What its outputs are called now.
 */
function inPlace(body: Graph, prefix: string, guard: Guard | undefined, b: GraphBuilder): readonly Value[] {
  const names = new Map<Value, Value>(guard === undefined ? [] : guardedInputs(body, prefix, guard, b));
  const of = (value: Value): Value => names.get(value) ?? value;
  for (const [name, tensor] of body.constants) names.set(name, b.constant(tensor, `${prefix}/${name}`));
  for (const node of body.nodes) {
    const inputs = node.inputs.map(of);
    for (const output of node.outputs) if (output !== '') names.set(output, `${prefix}/${output}`);
    b.add({
      ...node,
      name: `${prefix}/${node.name}`,
      inputs,
      outputs: node.outputs.map((output) => (output === '' ? '' : of(output))),
    });
    for (const output of node.outputs) {
      const type = body.types.get(output);
      if (type !== undefined) b.declare(of(output), type);
    }
  }
  return body.outputs.map(of);
}

function guardedInputs(body: Graph, prefix: string, { condition, when }: Guard, b: GraphBuilder): [Value, Value][] {
  const own = new Set([...body.constants.keys(), ...body.nodes.flatMap(({ outputs }) => outputs)]);
  const read = new Set(body.nodes.flatMap(({ inputs }) => inputs).filter((value) => !own.has(value)));
  return [...read].flatMap((value): [Value, Value][] => {
    const type = b.type(value);
    const fits = type?.dtype === 'float32' && type.shape !== undefined && type.shape.length > 0;
    if (!fits || b.constantOf(value) !== undefined) return [];
    const one = b.scalar(1);
    b.scope(prefix);
    const guarded = b.op('Where', when ? [condition, value, one] : [condition, one, value], {}, 'guarded');
    b.scope('');
    return [[value, guarded]];
  });
}

/**
 * The first `If` or `Loop` that looks at numbers of the sample to decide what is run: it looks once, so samples that
 * decide otherwise must not share a run. Sizes decide alike for all of them.
 */
export function sampleDecides(graph: Graph, outer: ReadonlySet<Value> = new Set()): Node | undefined {
  const sampled = new Set([
    ...outer,
    ...graph.inputs.filter((input) => graph.types.get(input)?.shape?.includes(BATCH)),
  ]);
  for (const node of graph.nodes) {
    if (node.op === 'Shape' || node.op === 'Size') continue;
    if (!readsOf(node).some((value) => sampled.has(value))) continue;
    const decides = node.inputs.slice(0, node.op === 'If' ? 1 : node.op === 'Loop' ? 2 : 0);
    if (decides.some((value) => sampled.has(value)) || (node.op === 'Loop' && !endsAlone(node))) return node;
    for (const attribute of Object.values(node.attributes)) {
      const inner = attribute.type === 'graph' ? sampleDecides(attribute.value, sampled) : undefined;
      if (inner !== undefined) return node;
    }
    for (const output of node.outputs) sampled.add(output);
  }
  return undefined;
}

/** A loop whose body hands its condition on as it came, or as a constant. */
function endsAlone(node: Node): boolean {
  const body = graphOf(node, 'body');
  const [goesOn = ''] = body?.outputs ?? [];
  const maker = body?.nodes.find(({ outputs }) => outputs.includes(goesOn));
  const from = maker?.op === 'Identity' ? (maker.inputs[0] ?? '') : goesOn;
  return body !== undefined && (from === body.inputs[1] || body.constants.has(from));
}
