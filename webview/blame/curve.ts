/** p(gold) and p(predicted) while features are replaced one after another; random orders faint behind. */
import type { RemovalTrial } from '../../server/protocol/blame';
import { probability } from '../../server/render/numbers';
import { h, s } from '../widgets/dom';
import { polyline, sampleIndices } from '../path/curve-points';
import { outcomeText } from './words';

const plot = { width: 340, height: 110 };
const margin = { left: 34, right: 12, top: 10, bottom: 34 };
const unit = { ...plot, low: 0, high: 1 };
const tableRows = 26;

export interface RemovalCurve {
  readonly trial: RemovalTrial;
  readonly random: readonly RemovalTrial[];
  /** Step that is looked at. */
  readonly at: number;
  readonly gold: string;
  readonly predicted: string;
}

export function removalCurve({ trial, random, at, gold, predicted }: RemovalCurve): HTMLElement {
  const last = Math.max(1, trial.steps.at(-1)?.removed ?? 1);
  const along = (one: RemovalTrial): number[] => one.steps.map(({ removed }) => Math.min(1, removed / last));
  const line = (kind: string, one: RemovalTrial, values: readonly number[]): Node =>
    s('polyline', { class: `line ${kind}`, points: polyline(along(one), values, unit) });
  const x = ((trial.steps[at]?.removed ?? 0) / last) * plot.width;
  const drawing = s(
    'svg',
    {
      class: 'curve',
      viewBox: `0 0 ${plot.width + margin.left + margin.right} ${plot.height + margin.top + margin.bottom}`,
      role: 'img',
      'aria-label': `Probability of ${gold} and of ${predicted} by the number of replaced features. The numbers are in the table below.`,
    },
    s(
      'g',
      { transform: `translate(${margin.left}, ${margin.top})` },
      ...axes(last),
      ...random.map((one) => line('faint', one, goldOf(one))),
      s('path', { class: 'marker', d: `M${x.toFixed(1)},0V${plot.height}` }),
      line(
        'chance',
        trial,
        trial.steps.map((step) => step.predicted),
      ),
      line('score', trial, goldOf(trial)),
    ),
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
        key('score', `probability of ${gold} (gold)`),
        key('chance', `of ${predicted} (predicted)`),
        random.length === 0 ? null : key('faint', `of ${gold}, random order`),
      ),
    ),
    h('details', { class: 'disclosure' }, h('summary', {}, 'As a table'), table(trial, random, gold, predicted)),
  );
}

function goldOf(trial: RemovalTrial): number[] {
  return trial.steps.map((step) => step.gold);
}

function axes(last: number): Node[] {
  const { width, height } = plot;
  const text = (x: number, y: number, anchor: string, value: string): Node =>
    s('text', { x, y, 'text-anchor': anchor }, value);
  const ticks = sampleIndices(last + 1, 6);
  return [
    s('path', { class: 'axis', d: `M0,0V${height}H${width}` }),
    s('path', { class: 'axis grid', d: `M0,${height / 2}H${width}` }),
    text(-5, 8, 'end', '1'),
    text(-5, height / 2 + 4, 'end', '0.5'),
    text(-5, height, 'end', '0'),
    ...ticks.map((tick) => text((tick / last) * width, height + 14, 'middle', String(tick))),
    text(width / 2, height + 29, 'middle', 'features replaced'),
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

function table(trial: RemovalTrial, random: readonly RemovalTrial[], gold: string, predicted: string): HTMLElement {
  const head = [
    'replaced',
    'class',
    `p(${gold})`,
    `p(${predicted})`,
    ...random.map((_, i) => `random ${i + 1}: p(${gold})`),
  ];
  const rows = sampleIndices(trial.steps.length, tableRows).flatMap((index) => {
    const step = trial.steps[index];
    if (step === undefined) return [];
    const others = random.map((one) => {
      const value = one.steps[index]?.gold;
      return value === undefined ? '' : probability(value);
    });
    return [[String(step.removed), outcomeText(step), probability(step.gold), probability(step.predicted), ...others]];
  });
  return h(
    'div',
    { class: 'wide-table' },
    h(
      'table',
      { class: 'numbers' },
      h('thead', {}, h('tr', {}, ...head.map((text) => h('th', { scope: 'col' }, text)))),
      h('tbody', {}, ...rows.map((row) => h('tr', {}, ...row.map((text) => h('td', {}, text))))),
    ),
  );
}
