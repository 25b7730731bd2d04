/** Deletion curves of several methods on one model, printed side by side. */
import { area, deletionCurve, orderOf, randomOrder } from '../support/deletion';
import type { Sample } from '../support/deletion';
import type { WordModel } from './word-model';

type Rules = Parameters<WordModel['relevance']>[0];
type Curves = ReadonlyMap<string, readonly number[]>;

const deletions = 5;

/** Mean accuracy after one to five words taken away, rightly classified samples, the most relevant first. */
export async function deletionArea(
  model: Pick<WordModel, 'predict' | 'relevance'>,
  samples: readonly Sample[],
  rules: Rules,
): Promise<number> {
  const predicted = await model.predict(samples.map(({ ids }) => ids));
  const right = samples.filter(({ gold }, sample) => predicted[sample] === gold);
  const relevance = await model.relevance(rules, right);
  const orders = relevance.map((own) => orderOf(own, 'falling'));
  return area(await deletionCurve(right, orders, model.predict, deletions));
}

/**
 * Rightly classified samples lose the words that speak most for their class, wrongly classified ones the words that
 * speak most against it; relevance is that of the gold class' logit in both. `random` is among the results.
 */
export async function compareDeletions(
  title: string,
  model: Pick<WordModel, 'predict' | 'relevance'>,
  samples: readonly Sample[],
  methods: Readonly<Record<string, Rules>>,
): Promise<{ readonly right: Curves; readonly wrong: Curves }> {
  const predicted = await model.predict(samples.map(({ ids }) => ids));
  const right = samples.filter(({ gold }, sample) => predicted[sample] === gold);
  const wrong = samples.filter(({ gold }, sample) => predicted[sample] !== gold);
  const curves = async (chosen: readonly Sample[], way: 'falling' | 'rising'): Promise<Curves> => {
    const found = new Map<string, readonly number[]>();
    const random = await Promise.all(
      [0, 1, 2].map((seed) =>
        deletionCurve(
          chosen,
          chosen.map(({ ids }, sample) => randomOrder(ids.length, seed * 100_003 + sample + 1)),
          model.predict,
          deletions,
        ),
      ),
    );
    found.set(
      'random',
      random[0]!.map((_, count) => random.reduce((sum, curve) => sum + curve[count]!, 0) / random.length),
    );
    for (const [name, rules] of Object.entries(methods)) {
      const relevance = await model.relevance(rules, chosen);
      const orders = relevance.map((own) => orderOf(own, way));
      found.set(name, await deletionCurve(chosen, orders, model.predict, deletions));
    }
    console.log(
      `${title}: accuracy on ${chosen.length} ${way === 'falling' ? 'rightly' : 'wrongly'} classified, after 0 to ${deletions} words; mean of 1 to ${deletions}`,
    );
    for (const [name, curve] of found)
      console.log(
        `  ${name.padEnd(18)} ${curve.map((value) => (100 * value).toFixed(1).padStart(5)).join(' ')}   ${(100 * area(curve)).toFixed(1)}`,
      );
    return found;
  };
  return { right: await curves(right, 'falling'), wrong: await curves(wrong, 'rising') };
}
