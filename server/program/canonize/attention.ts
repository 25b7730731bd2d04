/** Attention: softmax taken apart by exporters, and which softmaxes weigh a signal. */
import { int, numberOf } from '../../graph/attributes';
import { numbers } from '../../graph/tensor';
import type { Graph, Node, Value } from '../../graph/types';
import type { Way } from '../types';
import { producersOf } from './cone';

/** exp(z)/Σ exp(z) over one axis, with or without the largest z subtracted, becomes Softmax(z). */
export function recognizeSoftmax(graph: Graph, keep: ReadonlySet<Value>): Graph {
  const producers = producersOf(graph.nodes);
  const replaced = new Map<Node, Node>();
  const made = (value: Value | undefined, op: string): Node | undefined => {
    const node = producers.get(value ?? '');
    return node?.op === op && node.domain === '' ? node : undefined;
  };
  /** The single axis, counted from the end, that a reduction with kept axes is over. */
  const axisOf = (node: Node): number | undefined => {
    const tensor = graph.constants.get(node.inputs[1] ?? '');
    const rank = graph.types.get(node.inputs[0] ?? '')?.shape?.length;
    if (tensor === undefined || rank === undefined || numberOf(node, 'keepdims', 1) !== 1) return undefined;
    const [axis, ...more] = numbers(tensor);
    return axis === undefined || more.length > 0 ? undefined : axis < 0 ? axis : axis - rank;
  };
  for (const node of graph.nodes) {
    if (node.op !== 'Div' || node.domain !== '') continue;
    const [numerator = '', denominator = ''] = node.inputs;
    const exp = made(numerator, 'Exp');
    const sum = made(denominator, 'ReduceSum');
    const axis = sum === undefined ? undefined : axisOf(sum);
    if (exp === undefined || sum?.inputs[0] !== numerator || axis === undefined) continue;
    if (keep.has(numerator) || keep.has(denominator)) continue;
    const [z = ''] = exp.inputs;
    const shift = made(z, 'Sub');
    const largest = made(shift?.inputs[1], 'ReduceMax');
    const shifted = largest !== undefined && largest.inputs[0] === shift?.inputs[0] && axisOf(largest) === axis;
    const logits = shifted && !keep.has(z) ? (shift?.inputs[0] ?? z) : z;
    replaced.set(node, { ...node, op: 'Softmax', inputs: [logits], attributes: { axis: int(axis) } });
  }
  if (replaced.size === 0) return graph;
  return { ...graph, nodes: graph.nodes.map((node) => replaced.get(node) ?? node) };
}

/** Operators between a softmax and the product it weighs: layout, scalars, guards against rows without keys. */
const between = new Set([
  ...['Identity', 'Dropout', 'Cast', 'Reshape', 'Transpose', 'Unsqueeze', 'Squeeze', 'Expand', 'Where', 'Slice'],
  ...['Split', 'Concat', 'Flatten'],
]);

/** Softmax results that are multiplied with another signal: attention weights, routing, pooling by attention. */
export function attentionWeights({ nodes, needed }: Pick<Way, 'nodes' | 'needed'>): Set<Value> {
  const consumers = new Map<Value, Node[]>();
  for (const node of nodes) {
    for (const input of new Set(node.inputs)) consumers.set(input, [...(consumers.get(input) ?? []), node]);
  }
  const weighs = (value: Value): boolean =>
    (consumers.get(value) ?? []).some((node) => {
      if (['MatMul', 'Einsum', 'Mul', 'Gemm'].includes(node.op)) {
        const others = node.inputs.filter((input) => input !== value);
        // A product with a constant may still come to a product with a signal.
        return others.some((input) => needed(input)) || (node.op === 'Mul' && node.outputs.some(weighs));
      }
      return between.has(node.op) && node.outputs.some(weighs);
    });
  const softmaxes = nodes.filter((node) => node.op === 'Softmax' && node.domain === '');
  return new Set(softmaxes.flatMap((node) => node.outputs).filter(weighs));
}
