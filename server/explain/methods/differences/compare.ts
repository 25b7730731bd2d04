/** What DeepLIFT and DeepSHAP have in common: multipliers against references, and what their sum must be. */
import { meanOf, outcome } from '../../outcome';
import { referencesOf } from '../../references';
import { newMeter } from '../../runs';
import type { Attribution, MethodContext } from '../../types';
import { differences } from './multipliers';
import { broken, flatReference } from './warnings';

/** `R_i = 1/n · Σ_k m_i(x, x′_k) (x_i − x′_ki)` over the references that the method’s parameters ask for. */
export async function compare(context: MethodContext): Promise<Attribution> {
  const meter = newMeter();
  const references = await referencesOf(context, meter);
  const elements = await differences(context, meter, references);
  const result = outcome(context, meter, elements, { baselineScore: meanOf(references.map(({ score }) => score)) });
  const flat = await flatReference(context, result.accounting);
  return { ...result, warnings: [...result.warnings, ...flat, ...broken(result.accounting)] };
}
