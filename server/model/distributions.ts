/** Whether scores are probabilities already, as far as the way they are made says so. */
import { sizeOf } from '../graph/tensor';
import type { Graph, Node, Value } from '../graph/types';
import type { Scores } from './lower';
import { isGuard, overClasses, producersOf, reduction, typeOf } from './outputs';
import type { ModelOutput } from './types';

/** Marks scores whose rows sum to 1 by construction: they are explained and shown as what they are. */
export function withDistribution(graph: Graph, output: ModelOutput, scores: ReadonlyMap<Value, Scores>): ModelOutput {
  const isKnown = output.activation !== 'none' || output.onlyProbabilities || output.single;
  if (isKnown || output.quantities === true) return output;
  const mass = massOf(output.logits, { graph, scores, producers: producersOf(graph) });
  return mass !== undefined && Math.abs(mass - 1) < 1e-4 ? { ...output, onlyProbabilities: true } : output;
}

interface Ways {
  readonly graph: Graph;
  readonly scores: ReadonlyMap<Value, Scores>;
  readonly producers: ReadonlyMap<Value, Node>;
}

const sameRows = new Set(['Identity', 'Cast', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Transpose']);

/** What every row over the classes sums to, where that is a constant: votes, averages and products of such. */
function massOf(value: Value, ways: Ways): number | undefined {
  const known = ways.scores.get(value);
  if (known?.onlyProbabilities === true || known?.activation === 'softmax') return 1;
  const node = ways.producers.get(value);
  if (node === undefined) return undefined;
  const [x = '', other = ''] = node.inputs;
  const classes = (name: Value): unknown => typeOf(ways.graph, name)?.shape?.at(-1);
  switch (node.op) {
    case 'Softmax':
      return 1;
    case 'Mul':
      return scaled(massOf(x, ways), constantOf(other, ways), (mass, by) => mass * by);
    case 'Div':
      return normalised(x, other, ways) ? 1 : scaled(massOf(x, ways), constantOf(other, ways), (mass, by) => mass / by);
    case 'Add':
    case 'Sum':
    case 'Mean': {
      const all = node.inputs.map((input) => massOf(input, ways));
      const total = all.reduce<number | undefined>(
        (sum, mass) => (sum === undefined || mass === undefined ? undefined : sum + mass),
        0,
      );
      return node.op === 'Mean' && total !== undefined ? total / all.length : total;
    }
    case 'ReduceMean':
      return overClasses(node, ways.graph) ? undefined : massOf(x, ways);
    case 'Concat': {
      if (isComplement(node, ways)) return 1;
      const all = node.inputs.map((input) => massOf(input, ways));
      return all.every((mass) => mass === all[0] && classes(value) === classes(x)) ? all[0] : undefined;
    }
    default:
      return sameRows.has(node.op) && classes(x) === classes(value) ? massOf(x, ways) : undefined;
  }
}

function scaled(
  mass: number | undefined,
  by: number | undefined,
  scale: (mass: number, by: number) => number,
): number | undefined {
  return mass === undefined || by === undefined ? undefined : scale(mass, by);
}

/** A constant that is one number. */
function constantOf(value: Value, { graph }: Ways): number | undefined {
  const tensor = graph.constants.get(value);
  if (tensor === undefined || tensor.dtype === 'string' || sizeOf(tensor.dims) > 4096) return undefined;
  const [first, ...rest] = Array.from(tensor.data as ArrayLike<number | bigint>, Number);
  return rest.every((item) => item === first) ? first : undefined;
}

/** x / Σ x over the classes, either with something that keeps the sum from being 0. */
function normalised(x: Value, sum: Value, ways: Ways): boolean {
  const total = reduction(sum, ways.graph, ways.producers);
  if (total?.op !== 'ReduceSum' || !overClasses(total, ways.graph)) return false;
  const node = ways.producers.get(x);
  const [a = '', b = ''] = node?.op === 'Add' ? node.inputs : [];
  const plain = isGuard(b, ways.producers) ? a : isGuard(a, ways.producers) ? b : x;
  return total.inputs[0] === x || total.inputs[0] === plain;
}

/** [1 − p, p]. */
function isComplement(node: Node, ways: Ways): boolean {
  const [rest = '', p = ''] = node.inputs;
  const minus = ways.producers.get(rest);
  const single = typeOf(ways.graph, p)?.shape?.at(-1) === 1;
  return (
    node.inputs.length === 2 &&
    single &&
    minus?.op === 'Sub' &&
    minus.inputs[1] === p &&
    constantOf(minus.inputs[0] ?? '', ways) === 1
  );
}
