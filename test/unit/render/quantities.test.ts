import { test } from 'node:test';
import assert from 'node:assert/strict';
import { explanationHtml } from '../../../server/render/html';
import { quantity } from '../../../server/render/numbers';
import { explanationText, predictionText } from '../../../server/render/terminal';
import { explainedSample } from '../../../extension/assistant/results';
import { quantityResults } from '../../../webview/dev/samples';

const style = { colour: 'none', theme: 'dark', columns: 120 } as const;
const ofClasses = /class|probabilit|logit|gold|%.*predicted|✓|✗/;

test('quantities are as exact as single precision is worth', () => {
  const shown = [Math.fround(23.4), 245312.4, -0.5, 1e-7, 3e9, 0, NaN, Infinity, 100].map((value) => quantity(value));
  assert.deepEqual(shown, ['23.4', '245312', '−0.5', '1.00000e−7', '3.00000e9', '0', 'NaN', '∞', '100']);
  assert.equal(quantity(21, '°C'), '21 °C');
});

test('a terminal and a report say the value, what the file says, and how far apart they are', async () => {
  const { prediction, explanation } = quantityResults(['price', 'rent']);
  const text = predictionText(prediction, style);
  assert.match(
    text,
    /predicted {2}price {2}23\.4 k€ {3}the file says 21\.0 \(error \+2\.4 k€\)\n {11}rent {3}−6\.6 k€\n/,
  );
  assert.doesNotMatch(text, ofClasses);
  const explained = explanationText(explanation, style);
  assert.match(explained, /value of price/);
  assert.match(explained, /red: raises price; blue: lowers it/);
  const html = await explanationHtml(explanation, null);
  const words = html.slice(html.indexOf('<body')).replace(/<[^>]*>/g, ' ');
  assert.match(words, /price {2,}23\.4 k€/);
  assert.match(words, /price: the file says 21\.0 \(error \+2\.4 k€\)/);
  assert.doesNotMatch(words, /class|probability of|logit|gold|misclassified/);
});

test('what the file says may be no number', () => {
  const { prediction } = quantityResults();
  const unread = { ...prediction, gold: { label: 'dear', class: null, quantity: null } };
  assert.match(predictionText(unread, style), /23\.4 k€ {3}the file says dear\n/);
  assert.match(predictionText({ ...prediction, gold: null }, style), /23\.4 k€\n/);
});

test('an assistant is told the value and the error', () => {
  const told = explainedSample(quantityResults().explanation, 3);
  assert.deepEqual(told.predicted, { label: 'price', value: 23.4, unit: 'k€' });
  assert.deepEqual([told.gold, told.error, told.wrong], ['21.0', 2.4, null]);
});
