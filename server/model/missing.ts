/** Whether a model was made for rows with missing numbers. */
import { numbersOf } from '../graph/attributes';
import type { Graph } from '../graph/types';

const trees = new Set(['TreeEnsembleClassifier', 'TreeEnsembleRegressor', 'TreeEnsemble']);

/** Its trees say where a missing number goes, or it looks for such numbers (an imputer). */
export function readsMissing(graph: Graph): boolean {
  return graph.nodes.some(
    (node) =>
      node.op === 'IsNaN' ||
      (trees.has(node.op) && (numbersOf(node, 'nodes_missing_value_tracks_true') ?? []).includes(1)),
  );
}
