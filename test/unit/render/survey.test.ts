/** Reports about a survey: what they say, and that text of datasets stays text. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { surveyHtml } from '../../../server/render/survey/html';
import { surveySarif } from '../../../server/render/survey/sarif';
import { surveyText } from '../../../server/render/survey/text';
import { share } from '../../../server/survey/intervals';
import { sarifLog } from '../../support/sarif';
import type { SurveyReport } from '../../../server/render/survey/report';

const hostile = '<script>alert(1)</script> \u001b[31m \u202e';
const labels = ['no', hostile];
const metrics = { gold: 2, predicted: 2, precision: share(1, 2), recall: share(1, 2), f1: 0.5 };

const report: SurveyReport = {
  state: {
    survey: 's',
    model: {
      name: hostile,
      uri: 'file:///w/m.onnx',
      hash: 'h',
      labels,
      labelsArePlaceholders: false,
      output: 'softmax',
      inputKind: 'text',
    },
    files: [{ uri: 'file:///w/data%20set/a.csv', first: 0, count: 4 }],
    phase: 'done',
    revision: 1,
    total: 4,
    done: 4,
    cached: 0,
    unreadable: 0,
    unlabelled: 0,
    wrong: 2,
    rate: null,
    secondsLeft: null,
    stale: null,
    diff: null,
    error: null,
    warning: null,
    columns: [],
    milliseconds: 5,
  },
  summary: {
    survey: 's',
    revision: 1,
    predicted: 4,
    labelled: 4,
    unlabelledBecause: null,
    labels,
    confusion: [1, 1, 1, 1],
    accuracy: share(2, 4),
    topK: share(2, 4),
    classes: labels.map((label, index) => ({ class: index, label, ...metrics })),
    macro: { precision: 0.5, recall: 0.5, f1: 0.5 },
    loss: 0.7,
    reliability: [{ low: 0.5, high: 1, samples: 4, confidence: 0.8, accuracy: share(2, 4) }],
    calibrationError: 0.3,
    slices: [{ value: hostile, samples: 4, accuracy: share(2, 4), classes: [], macroF1: 0.5 }],
    slicesLeftOut: 0,
    prior: [0.5, 0.5],
    labelErrors: 1,
  },
  slice: hostile,
  where: [{ column: 'c', value: hostile }],
  sort: 'loss',
  mistakes: [
    {
      position: 1,
      address: { kind: 'record', uri: 'file:///w/data%20set/a.csv', record: 2 },
      title: 'a.csv:3',
      line: 3,
      gold: { label: 'no', class: 0 },
      predicted: { class: 1, label: hostile, probability: 0.8 },
      top: [],
      goldProbability: 0.2,
      goldRank: 2,
      wrong: true,
      loss: 1.6,
      surprise: 0.9,
      entropy: 0.5,
      margin: 0.6,
      suspected: { class: 1, label: hostile },
      before: null,
      change: null,
      text: hostile,
      cells: null,
      problem: null,
    },
  ],
  total: 2,
  explanations: [],
  problem: null,
  failAbove: 0.25,
};

test('no markup, escape or override of a dataset is alive in any report', async () => {
  const html = await surveyHtml(report);
  assert.ok(!html.includes('<script') && !html.includes('\u001b') && !html.includes('\u202e'));
  assert.match(html, /default-src 'none'/);
  for (const text of [surveyText(report, { colour: 'none', theme: 'dark', columns: 120 }), surveySarif(report, '/w')])
    assert.ok(!text.includes('\u001b') && !text.includes('\u202e'));
});

test('the verdict: more wrong than allowed fails, in words and as an exit code', () => {
  const style = { colour: 'none', theme: 'dark', columns: 120 } as const;
  assert.match(surveyText(report, style), /✗ failed: 50\.00 % .* more than 25\.00 %/);
  assert.match(surveyText({ ...report, failAbove: 0.5 }, style), /✓ passed/);
  assert.doesNotMatch(surveyText({ ...report, failAbove: null }, style), /passed|failed/);
  assert.equal(sarifLog(surveySarif(report, '/w')).runs[0]?.invocations?.[0]?.exitCode, 1);
});

test('samples that could not be read: how many, and why the first', () => {
  const style = { colour: 'none', theme: 'dark', columns: 120 } as const;
  const some = { ...report, state: { ...report.state, unreadable: 3 }, problem: `a.csv:2 is ${hostile}` };
  assert.match(surveyText(some, style), /^! 3 samples could not be read or predicted: the first, a\.csv:2 is/m);
  const one = { ...some, state: { ...report.state, unreadable: 1 } };
  assert.match(surveyText(one, style), /^! 1 sample could not be read or predicted: a\.csv:2 is/m);
  assert.ok(!surveyText(some, style).includes('\u001b'));
  assert.doesNotMatch(surveyText(report, style), /could not be read/);
});

test('SARIF: the row itself, relative to the root', () => {
  const { runs } = sarifLog(surveySarif(report, '/w'));
  assert.deepEqual(runs[0]?.results[0]?.locations[0]?.physicalLocation, {
    artifactLocation: { uri: 'data%20set/a.csv', uriBaseId: '%SRCROOT%' },
    region: { startLine: 3 },
  });
});

test('independent classes: what being right means there', async () => {
  const of = (output: 'softmax' | 'sigmoid', names: readonly string[]): SurveyReport => ({
    ...report,
    state: { ...report.state, model: { ...report.state.model, output, labels: names } },
  });
  const style = { colour: 'none', columns: 80, theme: 'dark' } as const;
  const says = /classes are independent \(sigmoid\)/;
  assert.match(surveyText(of('sigmoid', ['a', 'b', 'c']), style), says);
  assert.match(await surveyHtml(of('sigmoid', ['a', 'b', 'c'])), says);
  assert.doesNotMatch(surveyText(of('sigmoid', ['a', 'b']), style), says);
  assert.doesNotMatch(surveyText(of('softmax', ['a', 'b', 'c']), style), says);
});
