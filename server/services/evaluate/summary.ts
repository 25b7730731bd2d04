/** Many samples' trials, averaged for each method. */
import { meanOf } from '../../evaluate/measures';
import type { EvaluatedMethod, EvaluateResponse, MeanWithError, MethodInfo } from '../../protocol';
import type { Measures } from '../../evaluate/measures';
import type { MethodTrial, SampleTrial } from './trial';

/** The best area first; and the methods that explained none of the samples. */
export function summary(
  methods: readonly MethodInfo[],
  trials: readonly SampleTrial[],
): Pick<EvaluateResponse, 'methods' | 'left'> {
  const all = [...methods.map(({ id, name }) => ({ id, name })), { id: 'random', name: 'order by lot' }];
  const explains = (id: string): boolean => trials.some(({ of }) => typeof of.get(id) === 'object');
  return {
    methods: all
      .filter(({ id }) => explains(id))
      .map(({ id, name }) => evaluated(id, name, trials))
      .sort((a, b) => b.area.mean - a.area.mean),
    left: all
      .filter(({ id }) => !explains(id))
      .map(({ id }) => ({ method: id, reason: reasonsOf(id, trials)[0] ?? '' })),
  };
}

/** Why a method could not explain samples. */
function reasonsOf(id: string, trials: readonly SampleTrial[]): string[] {
  return trials.flatMap(({ of }) => {
    const own = of.get(id);
    return typeof own === 'string' ? [own] : [];
  });
}

function evaluated(id: string, name: string, trials: readonly SampleTrial[]): EvaluatedMethod {
  const seen = trials.flatMap((trial) => {
    const [own, lot] = [trial.of.get(id), trial.of.get('random')];
    return typeof own === 'object' && typeof lot === 'object' ? [{ own, lot }] : [];
  });
  const of = (read: (trial: MethodTrial) => number): MeanWithError =>
    meanOf(seen.map(({ own }) => read(own))) ?? { mean: NaN, error: null, samples: 0 };
  const where = (read: (trial: MethodTrial) => number | null): MeanWithError | null =>
    meanOf(seen.flatMap(({ own }) => read(own) ?? []));
  const measure = (name: keyof Measures): MeanWithError => of(({ measures }) => measures[name]);
  const reasons = reasonsOf(id, trials);
  const isControl = id === 'random';
  return {
    method: id,
    name,
    deletion: measure('deletion'),
    insertion: measure('insertion'),
    area: measure('area'),
    overRandom: isControl ? null : meanOf(seen.map(({ own, lot }) => own.measures.area - lot.measures.area)),
    comprehensiveness: measure('comprehensiveness'),
    sufficiency: measure('sufficiency'),
    flips: measure('flips'),
    faithfulness: where((trial) => trial.faithfulness),
    gini: isControl ? null : where((trial) => trial.gini),
    curves: {
      most: meanCurve(seen.map(({ own }) => own.curves.most)),
      least: meanCurve(seen.map(({ own }) => own.curves.least)),
    },
    milliseconds: isControl ? null : median(seen.map(({ own }) => own.milliseconds)),
    failed: reasons.length === 0 ? null : { samples: reasons.length, reason: reasons[0] ?? '' },
  };
}

function meanCurve(curves: readonly (readonly number[])[]): number[] {
  return (curves[0] ?? []).map((_, k) => curves.reduce((sum, curve) => sum + (curve[k] ?? NaN), 0) / curves.length);
}

/** The first explanation of a method also compiles it. */
function median(values: readonly number[]): number | null {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? null;
}
