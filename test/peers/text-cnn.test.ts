/**
 * The text network of `test/conformance/text/train.py`: word deletion, and the words that trigger each class. On demand
 * (`npm run test:peers`): the questions are other people's.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { area } from '../support/deletion';
import { compareDeletions, deletionArea } from './deletions';
import { needsWords, openWordModel } from './word-model';

/** Rules for dense layers and for convolutions: every pair is a composite to choose from. */
const denseRules = {
  ε: { rule: 'epsilon' },
  γ: { rule: 'gamma', gamma: 0.25 },
  'γ 1': { rule: 'gamma', gamma: 1 },
  α2β1: { rule: 'alphaBeta', alpha: 2, beta: 1 },
  'z⁺': { rule: 'zPlus' },
} as const;
const convolutionRules = { ...denseRules, 'w²': { rule: 'wSquare' } } as const;

const composites = Object.entries(denseRules).flatMap(([dense, denseRule]) =>
  Object.entries(convolutionRules).map(([convolution, convolutionRule]) => ({
    name: `LRP ${dense} over ${convolution}`,
    rules: {
      id: 'lrp',
      options: {
        composite: { dense: denseRule, convolution: convolutionRule, pooling: { rule: 'epsilon' } },
      },
    } as const,
  })),
);

test('text CNN: words deleted by LRP change the class sooner than by gradient × input', needsWords('cnn'), async () => {
  const opened = await openWordModel('cnn');
  const long = (list: typeof opened.sentences): typeof opened.sentences => list.filter(({ ids }) => ids.length >= 6);
  assert.ok(opened.validation.length > 0, 'the script kept questions to choose with');
  // Chosen on questions that neither the network nor the judgement below has seen.
  const tried = [];
  for (const { name, rules } of composites)
    tried.push({ name, rules, area: await deletionArea(opened, long(opened.validation), rules) });
  tried.sort((a, b) => a.area - b.area);
  for (const { name, area: mean } of tried) console.log(`  validation ${name.padEnd(24)} ${(100 * mean).toFixed(1)}`);
  const best = tried[0]!;
  const { right } = await compareDeletions('text CNN', opened, long(opened.sentences), {
    'gradient × input': { id: 'gradient' },
    'LRP ε': { id: 'lrp', options: { rule: { rule: 'epsilon' } } },
    [best.name]: best.rules,
  });
  const areas = (name: string): number => area(right.get(name)!);
  // With ε everywhere, LRP on ReLU and maxima is gradient × input, as theory says.
  assert.ok(Math.abs(areas('LRP ε') - areas('gradient × input')) < 0.01, 'ε is gradient × input here');
  assert.ok(areas(best.name) < areas('gradient × input'), `${best.name} against gradient × input`);
  assert.ok(areas('gradient × input') < areas('random'), 'gradient × input against chance');
});

test('text CNN: words that trigger each class', needsWords('cnn'), async () => {
  const { sentences, labels, predict, relevance } = await openWordModel('cnn');
  const predicted = await predict(sentences.map(({ ids }) => ids));
  const right = sentences.filter(({ gold }, sample) => predicted[sample] === gold);
  const relevances = await relevance({ id: 'lrp', options: { rule: { rule: 'epsilon' } } }, right);
  const top = labels.map((label, index) => {
    const sums = new Map<string, number>();
    right.forEach(({ words, gold }, sample) => {
      if (gold !== index) return;
      words.forEach((word, at) => sums.set(word, (sums.get(word) ?? 0) + relevances[sample]![at]!));
    });
    const words = [...sums].sort((a, b) => b[1] - a[1]).slice(0, 12);
    console.log(`${label}: ${words.map(([word, sum]) => `${word} ${sum.toFixed(1)}`).join(', ')}`);
    return words.map(([word]) => word);
  });
  const of = (label: string): readonly string[] => top[labels.indexOf(label)] ?? [];
  assert.ok(of('human').includes('who'), 'who asks for a person');
  assert.ok(of('location').includes('where') && of('location').includes('country'), 'where, country');
  assert.ok(of('number').includes('how') && of('number').includes('many'), 'how many');
});
