/** The saturation curve: score, probability and gathered share of the integral on the way from baseline to sample. */
import type { PathReport } from '../../server/protocol/explanation';
import { percent, significant } from '../../server/render/numbers';
import { h, s } from '../widgets/dom';
import { asTable, drawing, legendKey, numbersTable, plotText } from '../widgets/plot';
import type { Frame } from './curve-points';
import { flatFrom, polyline, rangeOf, sampleIndices, yOf } from './curve-points';

const plot = { width: 320, height: 120, margin: { left: 40, right: 40, top: 10, bottom: 34 } };
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
  const label = `Saturation curve. ${sentence(path)} The numbers are in the table below.`;
  return h(
    'figure',
    { class: 'curve-figure' },
    drawing(plot, 'curve', label, [...axes(scoreFrame, unit), ...lines]),
    h(
      'figcaption',
      {},
      h(
        'div',
        { class: 'keys' },
        legendKey('score', 'score S(α), left axis'),
        probabilities === null ? null : legendKey('chance', `probability of ${className}, right axis`),
        legendKey('share', 'share of the integral, right axis'),
      ),
      h('p', { class: 'dim' }, sentence(path)),
    ),
    asTable(table(path)),
  );
}

function axes(score: Frame, unit: Frame): Node[] {
  const { width, height } = plot;
  return [
    s('path', { class: 'axis', d: `M0,0V${height}H${width}V0` }),
    s('path', { class: 'axis grid', d: `M0,${yOf(0, score)}H${width}` }),
    plotText(-5, 8, 'end', significant(score.high, 2)),
    plotText(-5, height, 'end', significant(score.low, 2)),
    plotText(width + 5, 8, 'start', percent(unit.high)),
    plotText(width + 5, height, 'start', percent(unit.low)),
    ...[0, 0.25, 0.5, 0.75, 1].map((alpha) => plotText(alpha * width, height + 14, 'middle', String(alpha))),
    plotText(width / 2, height + 29, 'middle', 'α: from baseline (0) to sample (1)'),
  ];
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
  return numbersTable(head, rows);
}
