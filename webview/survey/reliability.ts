/** The reliability diagram: how often the model is right where it is so sure. */
import type { ReliabilityBin, SurveySummary } from '../../server/protocol/survey';
import { percent, probability } from '../../server/render/numbers';
import { fill, h, s } from '../widgets/dom';
import { asTable, drawing, numbersTable, plotText } from '../widgets/plot';
import { calibrationWords, counted, interval } from './numbers';
import type { SurveyPart } from './part';
import type { Survey } from './state';

const plot = { width: 260, height: 200 };
const counts = 36;
const frame = {
  width: plot.width,
  height: plot.height + counts,
  margin: { left: 52, right: 12, top: 10, bottom: 34 },
};

export function reliability(): SurveyPart {
  const body = h('div', {});
  const element = h(
    'section',
    { class: 'card reliability-card', 'aria-label': 'Reliability' },
    h('h2', {}, 'Reliability'),
    h('p', { class: 'dim' }, 'Bars: share that is right, by confidence. On the diagonal, confidence holds.'),
    body,
  );
  let drawn: unknown = null;

  function update({ summary }: Survey): void {
    element.hidden = summary === null || summary.labelled === 0;
    if (summary === null || summary === drawn) return;
    drawn = summary;
    const open = body.querySelector('details')?.open === true;
    fill(body, figure(summary, open));
  }
  return { element, update };
}

function figure(summary: SurveySummary, open: boolean): HTMLElement {
  const words = calibrationWords(summary);
  const bins = summary.reliability.filter(({ samples }) => samples > 0);
  const most = Math.max(1, ...bins.map(({ samples }) => samples));
  const label = `Reliability diagram. ${words} The numbers are in the table below.`;
  const table = asTable(numbers(bins));
  table.open = open;
  return h(
    'figure',
    { class: 'curve-figure' },
    drawing(frame, 'curve reliability', label, [...bins.flatMap((bin) => drawBin(bin, most)), ...axes()]),
    h('figcaption', {}, h('p', { class: 'dim' }, words)),
    table,
  );
}

const x = (share: number): number => share * plot.width;
const y = (share: number): number => (1 - share) * plot.height;

function drawBin({ low, high, samples, accuracy }: ReliabilityBin, most: number): Node[] {
  const middle = x((low + high) / 2);
  const width = Math.max(1, x(high - low) - 3);
  const tall = (samples / most) * (counts - 6);
  return [
    s('rect', {
      class: 'reliability-bar',
      x: x(low) + 1.5,
      y: y(accuracy.value),
      width,
      height: plot.height - y(accuracy.value),
    }),
    s('path', {
      class: 'reliability-interval',
      d: `M${middle},${y(accuracy.high)}V${y(accuracy.low)}M${middle - 3},${y(accuracy.high)}h6M${middle - 3},${y(accuracy.low)}h6`,
    }),
    s('rect', {
      class: 'reliability-count',
      x: x(low) + 1.5,
      y: plot.height + counts - tall,
      width,
      height: tall,
    }),
  ];
}

function axes(): Node[] {
  const { width, height } = plot;
  return [
    s('path', { class: 'axis', d: `M0,0V${height}H${width}` }),
    s('path', { class: 'axis grid', d: `M0,${y(0.5)}H${width}` }),
    s('path', { class: 'reliability-diagonal', d: `M0,${height}L${width},0` }),
    s('path', { class: 'axis', d: `M0,${height + counts}H${width}` }),
    plotText(-5, 8, 'end', '1'),
    plotText(-5, y(0.5) + 3, 'end', '0.5'),
    plotText(-5, height, 'end', '0'),
    plotText(-5, height + counts, 'end', 'samples'),
    ...[0, 0.25, 0.5, 0.75, 1].map((share) => plotText(x(share), height + counts + 14, 'middle', String(share))),
    plotText(width / 2, height + counts + 28, 'middle', 'confidence'),
  ];
}

function numbers(bins: readonly ReliabilityBin[]): HTMLElement {
  const head = ['confidence', 'samples', 'mean confidence', 'right', '95 %'];
  return numbersTable(
    head,
    bins.map(({ low, high, samples, confidence, accuracy }) => [
      `${low.toFixed(1)}–${high.toFixed(1)}`,
      counted(samples),
      probability(confidence),
      percent(accuracy.value),
      interval(accuracy.low, accuracy.high),
    ]),
  );
}
