/** Rewrites of the forward pass that the LRP family wants; each leaves its result as it is, up to rounding. */
import type { Graph, Value } from '../../graph/types';
import { recognizeActivations } from './activations';
import { recognizeSoftmax } from './attention';
import { foldBatchNorm } from './batch-norm';
import { recognizeLayerNorm } from './layer-norm';

/** Activations, softmax and norms that exporters took apart become one operator; batch norm goes into weights. */
export function canonizeForLrp(graph: Graph, keep: ReadonlySet<Value>): Graph {
  // Layer norm first: what it found in the model's own graph it knows the next time.
  const steps = [recognizeLayerNorm, recognizeSoftmax, recognizeActivations, foldBatchNorm];
  return steps.reduce((now, step) => step(now, keep), graph);
}
