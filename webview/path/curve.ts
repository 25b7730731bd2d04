/** The saturation curve: score, probability and gathered share of the integral on the way from baseline to sample. */
import type { PathReport } from '../../server/protocol/explanation';
import { percent, significant } from '../../server/render/numbers';
import { h, s } from '../widgets/dom';
import type { Frame } from './curve-points';
import { flatFrom, polyline, rangeOf, sampleIndices, yOf } from './curve-points';

const plot = { width: 320, height: 120 };
const margin = { left: 40, right: 40, top: 10, bottom: 34 };
const tableRows = 17;

/** A figure: the drawing, its legend, one sentence, and the same numbers as a table. */
export function saturationCurve(path: PathReport, className: string): HTMLElement {
  const { alphas, scores, probabilities, share } = path;
  const [low, high] = rangeOf(scores);
  const scoreFrame: Frame = { ...plot, low, high };
  const unit: Frame = { ...plot, low: Math.min(0, ...share), high: Math.max(1, ...share) };
  const lines = [
    s('polyline', { class: 'line share', points: polyline(alphas, share, unit) }),
    s('polyline', { class: 'line score', points: polyline(alphas, scores, scoreFrame) }),
    ...(probabilities === null
      ? []
      : [s('polyline', { class: 'line chance', points: polyline(alphas, probabilities, unit) })]),
  ];
  const drawing = s(
    'svg',
    {
      class: 'curve',
      viewBox: `0 0 ${plot.width + margin.left + margin.right} ${plot.height + margin.top + margin.bottom}`,
      role: 'img',
      'aria-label': `Saturation curve. ${sentence(path)} The numbers are in the table below.`,
    },
    s('g', { transform: `translate(${margin.left}, ${margin.top})` }, ...axes(scoreFrame, unit), ...lines),
  );
  return h(
    'figure',
    { class: 'curve-figure' },
    drawing,
    h(
      'figcaption',
      {},
      h(
        'div',
        { class: 'keys' },
        key('score', 'score S(α), left axis'),
        probabilities === null ? null : key('chance', `probability of ${className}, right axis`),
        key('share', 'share of the integral, right axis'),
      ),
      h('p', { class: 'dim' }, sentence(path)),
    ),
    h('details', { class: 'disclosure' }, h('summary', {}, 'As a table'), table(path)),
  );
}

function axes(score: Frame, unit: Frame): Node[] {
  const { width, height } = plot;
  const text = (x: number, y: number, anchor: string, value: string): Node =>
    s('text', { x, y, 'text-anchor': anchor }, value);
  return [
    s('path', { class: 'axis', d: `M0,0V${height}H${width}V0` }),
    s('path', { class: 'axis grid', d: `M0,${yOf(0, score)}H${width}` }),
    text(-5, 8, 'end', significant(score.high, 2)),
    text(-5, height, 'end', significant(score.low, 2)),
    text(width + 5, 8, 'start', percent(unit.high)),
    text(width + 5, height, 'start', percent(unit.low)),
    ...[0, 0.25, 0.5, 0.75, 1].map((alpha) => text(alpha * width, height + 14, 'middle', String(alpha))),
    text(width / 2, height + 29, 'middle', 'α: from baseline (0) to sample (1)'),
  ];
}

function key(kind: string, text: string): HTMLElement {
  const sample = s(
    'svg',
    { class: 'key-line', viewBox: '0 0 24 6', 'aria-hidden': 'true' },
    s('polyline', { class: `line ${kind}`, points: '0,3 24,3' }),
  );
  return h('span', { class: 'key' }, sample, text);
}

function sentence(path: PathReport): string {
  const { alphas, scores, probabilities } = path;
  const change = `The score goes from ${significant(scores[0] ?? 0)} to ${significant(scores.at(-1) ?? 0)}.`;
  const flat = flatFrom(alphas, probabilities);
  if (flat === null || flat > 0.5) return change;
  return `${change} From α = ${significant(flat, 2)} on the probability hardly changes: the gradient at the sample says little about it.`;
}

function table(path: PathReport): HTMLElement {
  const { alphas, scores, probabilities, share } = path;
  const head = ['α', 'score', ...(probabilities === null ? [] : ['probability']), 'share of the integral'];
  const rows = sampleIndices(alphas.length, tableRows).map((i) => [
    significant(alphas[i] ?? 0),
    significant(scores[i] ?? 0),
    ...(probabilities === null ? [] : [significant(probabilities[i] ?? 0)]),
    percent(share[i] ?? 0),
  ]);
  return h(
    'table',
    { class: 'numbers' },
    h('thead', {}, h('tr', {}, ...head.map((text) => h('th', { scope: 'col' }, text)))),
    h('tbody', {}, ...rows.map((row) => h('tr', {}, ...row.map((text) => h('td', {}, text))))),
  );
}
