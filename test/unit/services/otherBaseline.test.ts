/** Where the baseline is itself evidence, the step offered leads to one that is less so. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { UserError } from '../../../server/errors';
import { offerBaseline } from '../../../server/services/otherBaseline';
import type { PredictContext } from '../../../server/services/predict';
import type { Prepared } from '../../../server/services/prepare';
import type { ClassScore, Explanation, Warning } from '../../../server/protocol';

const scores = (yes: number): ClassScore[] =>
  [
    { class: 1, label: 'yes', logit: 0, probability: yes },
    { class: 0, label: 'no', logit: 0, probability: 1 - yes },
  ].sort((a, b) => b.probability - a.probability);

/** Baselines by id: the probability of “yes” there; null for zeros inside the model. */
async function offered(kinds: Readonly<Record<string, number | null | 'broken'>>): Promise<Warning | undefined> {
  const encoder = {
    baselines: Object.keys(kinds).map((id) => ({ id, label: id, parameters: [] })),
    baseline: (_sample: unknown, id: string) => {
      if (kinds[id] === 'broken') throw new UserError('no-mean', 'there is no dataset');
      return kinds[id] === null ? { kind: 'zero-entries' } : { kind: 'feeds', feeds: [{ id }] };
    },
  };
  const prepared = { encoder, encoded: { feeds: {} }, model: { source: {} } } as unknown as Prepared;
  const compute = {
    predict: ({ feeds }: { feeds: { id: string } }) => Promise.resolve({ scores: scores(kinds[feeds.id] as number) }),
  };
  const result = {
    baseline: { id: 'pad', label: 'pad', scores: scores(0.9) },
    target: { kind: 'class', class: 1, label: 'yes', scale: 'logit' },
    prediction: scores(0.8),
  } as unknown as Explanation;
  const warnings: Warning[] = [
    { code: 'other', message: '' },
    { code: 'baseline-is-evidence', message: '…' },
  ];
  const context = { compute } as unknown as PredictContext;
  const [, second] = await offerBaseline(context, prepared, result, warnings, {});
  return second;
}

test('the one that gives the class least', async () => {
  const warning = await offered({ pad: 0.9, mask: 0.3, mean: 0.1, zero: null });
  assert.deepEqual(warning?.action, { title: 'Compare with mean, which gives “yes” 10 %', baseline: 'mean' });
});

test('zeros inside the model, whose prediction is not known, only where no other is better', async () => {
  const warning = await offered({ pad: 0.9, mask: 0.7, zero: null });
  assert.deepEqual(warning?.action, { title: 'Compare with zero', baseline: 'zero' });
});

test('none where nothing is better, or cannot be made', async () => {
  const warning = await offered({ pad: 0.9, mask: 0.95, mean: 'broken' });
  assert.deepEqual(warning, { code: 'baseline-is-evidence', message: '…' });
});
