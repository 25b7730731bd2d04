/** What a choice comes to: the method, the baseline and the parameters they take. Pure. */
import type { BaselineInfo, MethodInfo, ParameterDefinition } from '../../server/protocol/catalogue';
import type { Parameters } from '../../server/protocol/explanation';
import type { Panel } from '../state';

export interface Effective {
  readonly methodId: string | null;
  /** Null while the list of methods is not there. */
  readonly method: MethodInfo | null;
  readonly baselineId: string | null;
  /** Null for a method without one. */
  readonly baseline: BaselineInfo | null;
  /** Parameters of the method, then those of the baseline. */
  readonly definitions: readonly ParameterDefinition[];
}

/** Where nothing was chosen, what the last result used is shown; before any result, the default. */
export function effective(panel: Panel): Effective {
  const { choice, choices, explanation } = panel;
  const methodId = choice.method ?? explanation?.method ?? choices?.defaultMethod ?? null;
  const method = choices?.methods.find((item) => item.info.id === methodId)?.info ?? null;
  const known = choices?.baselines ?? [];
  const wanted = [choice.baseline, explanation?.baseline?.id, choices?.defaultBaseline];
  const baselineId = wanted.find((id) => known.some((item) => item.id === id)) ?? null;
  const used = method?.usesBaseline !== false;
  const baseline = used ? (known.find((item) => item.id === baselineId) ?? null) : null;
  return {
    methodId,
    method,
    baselineId,
    baseline,
    definitions: [...(method?.parameters ?? []), ...(baseline?.parameters ?? [])],
  };
}

/** The values that still have a meaning for another method or baseline. */
export function keepParameters(values: Parameters, definitions: readonly ParameterDefinition[]): Parameters {
  return Object.fromEntries(Object.entries(values).filter(([name]) => definitions.some((item) => item.name === name)));
}
