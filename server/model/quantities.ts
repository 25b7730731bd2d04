/** Whether an output is quantities (regression), as far as the operators that make it say so. */
import type { Graph, Node, Value } from '../graph/types';
import type { Scores } from './lower';

interface Ways {
  readonly graph: Graph;
  readonly scores: ReadonlyMap<Value, Scores>;
  readonly producers: ReadonlyMap<Value, Node>;
}

/**
 * An output that regressors of `ai.onnx.ml` made, and nothing but constants after them. A model that also returns a
 * label is a classifier, whatever its scores are summed from.
 */
export function isRegression(output: Value, ways: Ways): boolean {
  const { graph } = ways;
  const labelled = graph.outputs.some((other) => ['int64', 'int32', 'string', 'bool'].includes(dtypeOf(other, graph)));
  return !labelled && fromRegressors(output, ways);
}

const dtypeOf = (value: Value, { types, constants }: Graph): string =>
  types.get(value)?.dtype ?? constants.get(value)?.dtype ?? 'float32';

/** Operators that keep quantities quantities: another shape, a unit, a mean over regressors, several side by side. */
const keeping = new Set([
  ...['Identity', 'Cast', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze'],
  ...['Mul', 'Div', 'Add', 'Sub', 'Sum', 'Mean', 'Concat'],
]);

function fromRegressors(value: Value, ways: Ways): boolean {
  if (ways.scores.get(value)?.quantities === true) return true;
  const node = ways.producers.get(value);
  if (node === undefined || !keeping.has(node.op)) return false;
  // Sizes that a Reshape reads may be computed.
  const read = node.op === 'Reshape' ? node.inputs.slice(0, 1) : node.inputs;
  const parts = read.filter((input) => input !== '' && !ways.graph.constants.has(input));
  return parts.length > 0 && parts.every((input) => fromRegressors(input, ways));
}
