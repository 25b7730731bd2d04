/** What the residual of a path variant says, and the way to a smaller one. */
import type { Accounting, Parameters, Warning } from '../../../protocol';
import { incomplete } from '../../warnings';

/** As for integrated gradients, with the parameter that this method has. */
export function tooCoarse(accounting: Accounting, title: string, parameters: Parameters): Warning[] {
  return incomplete(accounting).map(({ code, message }) => ({ code, message, action: { title, parameters } }));
}
