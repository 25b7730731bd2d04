/** The service behind `counterfactual`. */
import { UserError } from '../../errors';
import type { CounterfactualRequest, CounterfactualResponse } from '../../protocol';
import type { ExplainContext } from '../explain';
import type { RequestOptions } from '../types';

export function counterfactual(
  _context: ExplainContext,
  _request: CounterfactualRequest,
  _options: RequestOptions = {},
): Promise<CounterfactualResponse> {
  return Promise.reject(new UserError('no-counterfactual', 'Counterfactuals are not there yet.'));
}
