/**
 * LSTM and GRU sentiment models of `test/conformance/recurrent/train.py`: sums, and word deletion as Arras et al. 2017
 * (W17-5221) measure it. On demand (`npm run test:peers`): the sentences are other people's.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileProgram } from '../../server/program/compile';
import { conservationColumns, names } from '../../server/program/types';
import { array, fromTensor, interpret } from '../support/interpreter';
import { area } from '../support/deletion';
import { compareDeletions } from './deletions';
import { needsWords, openWordModel } from './word-model';

const total = (data: ArrayLike<number>): number => Array.from(data).reduce((sum, value) => sum + value, 0);

for (const name of ['lstm', 'gru']) {
  test(
    `${name}: with bias and ε spread, words and the rest add up to the score (float64)`,
    needsWords(name),
    async () => {
      const { model, classes, sentences, embedded } = await openWordModel(name);
      const entry = model.entries[0]!.value;
      const program = compileProgram(model, {
        kind: 'relevance',
        head: 'linear',
        rules: 'lrp',
        options: { rule: { rule: 'epsilon', epsilon: 1e-3, bias: 'redistribute' } },
        conservation: true,
      });
      let worst = 0;
      for (const { ids, gold, words } of sentences.slice(0, 6)) {
        const seed = array(
          [1, classes],
          Array.from({ length: classes }, (_, label) => (label === gold ? 1 : 0)),
        );
        const results = interpret(program.graph, {
          [entry]: fromTensor(await embedded(ids)),
          [names.seed]: seed,
          ...Object.fromEntries(
            model.inputs.map((input) => [input.name, array([1, ids.length], [...ids], 'int64')] as const),
          ),
        });
        const [score, relevance] = [results[names.score]!.data[0]!, results[names.relevance(entry)]!.data];
        const table = results[names.conservation]!.data;
        const column = conservationColumns.indexOf('state');
        const rest = total(program.trace.map((_, row) => table[row * conservationColumns.length + column]!));
        const scale = Math.max(Math.abs(score), total(relevance.map(Math.abs)));
        const error = Math.abs(total(relevance) + rest - score) / scale;
        worst = Math.max(worst, error);
        console.log(
          `${name}: ${words.length} words ${total(relevance).toFixed(6)} + rest ${rest.toFixed(6)} = ${(total(relevance) + rest).toFixed(6)}, score ${score.toFixed(6)}`,
        );
        assert.ok(error < 1e-6, `off by ${error} of ${scale}`);
      }
      console.log(`${name}: worst error ${worst.toExponential(1)}`);
    },
  );

  test(`${name}: words deleted by LRP change the class sooner than by gradient × input`, needsWords(name), async () => {
    const opened = await openWordModel(name);
    const long = opened.sentences.filter(({ ids }) => ids.length >= 10);
    const { right, wrong } = await compareDeletions(name, opened, long, {
      'gradient × input': { id: 'gradient' },
      LRP: { id: 'lrp', options: { rule: { rule: 'epsilon' } } },
    });
    const [ofLrp, ofGradient, ofChance] = ['LRP', 'gradient × input', 'random'].map((method) => ({
      right: area(right.get(method)!),
      wrong: area(wrong.get(method)!),
    }));
    assert.ok(ofLrp!.right < ofGradient!.right && ofGradient!.right < ofChance!.right, 'rightly classified');
    assert.ok(ofLrp!.wrong > ofGradient!.wrong && ofGradient!.wrong > ofChance!.wrong, 'wrongly classified');
  });
}
