/** Removes features one after another and predicts after each. */
import { removeInOrder } from '../explain/blame/removal';
import { probabilities } from '../explain/scores';
import type { Trust } from './attribute';
import { plainContext } from './blame-context';
import type { RemovalRequest, RemovalResult } from './blame-types';
import type { LoadedModel } from './models';
import type { Lease } from './sessions';
import type { ComputeOptions } from './types';

export async function removeFeatures(
  loaded: LoadedModel,
  lease: Lease,
  trust: Trust,
  request: RemovalRequest,
  options: ComputeOptions,
): Promise<RemovalResult> {
  const began = performance.now();
  const context = await plainContext(loaded, lease, trust, request.sample, options);
  const steps = await removeInOrder(context, request.runs);
  return {
    start: probabilities(context.sample.logits, loaded.model.output),
    steps,
    engine: loaded.engine.name,
    modelMilliseconds: performance.now() - began,
  };
}
