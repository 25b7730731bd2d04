/** The smallest change of float inputs that makes a class win: the search itself is in `explain/blame/search.ts`. */
import { proximalSearch } from '../explain/blame/search';
import { probabilities } from '../explain/scores';
import type { Trust } from './attribute';
import { plainContext } from './blame-context';
import type { SearchRequest, SearchResult } from './blame-types';
import type { LoadedModel } from './models';
import type { Lease } from './sessions';
import type { ComputeOptions } from './types';

export async function searchCounterfactual(
  loaded: LoadedModel,
  lease: Lease,
  trust: Trust,
  request: SearchRequest,
  options: ComputeOptions,
): Promise<SearchResult> {
  const context = await plainContext(loaded, lease, trust, request.sample, options);
  const found = await proximalSearch(context, request);
  return {
    feeds: found.feeds,
    evaluations: found.evaluations,
    probabilities: probabilities(found.logits, loaded.model.output),
  };
}
