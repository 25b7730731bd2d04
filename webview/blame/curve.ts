/** p(gold) and p(predicted) while features are replaced one after another; random orders faint behind. */
import type { RemovalTrial } from '../../server/protocol/blame';
import { probability } from '../../server/render/numbers';
import { h, s } from '../widgets/dom';
import { asTable, drawing, legendKey, numbersTable, plotText } from '../widgets/plot';
import { polyline, sampleIndices } from '../path/curve-points';
import { outcomeText } from './words';

const plot = { width: 340, height: 110, margin: { left: 34, right: 12, top: 10, bottom: 34 } };
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
  const label = `Probability of ${gold} and of ${predicted} by the number of replaced features. The numbers are in the table below.`;
  return h(
    'figure',
    { class: 'curve-figure' },
    drawing(plot, 'curve', label, [
      ...axes(last),
      ...random.map((one) => line('faint', one, goldOf(one))),
      s('path', { class: 'marker', d: `M${x.toFixed(1)},0V${plot.height}` }),
      line(
        'chance',
        trial,
        trial.steps.map((step) => step.predicted),
      ),
      line('score', trial, goldOf(trial)),
    ]),
    h(
      'figcaption',
      {},
      h(
        'div',
        { class: 'keys' },
        legendKey('score', `probability of ${gold} (gold)`),
        legendKey('chance', `of ${predicted} (predicted)`),
        random.length === 0 ? null : legendKey('faint', `of ${gold}, random order`),
      ),
    ),
    asTable(table(trial, random, gold, predicted)),
  );
}

function goldOf(trial: RemovalTrial): number[] {
  return trial.steps.map((step) => step.gold);
}

function axes(last: number): Node[] {
  const { width, height } = plot;
  const ticks = sampleIndices(last + 1, 6);
  return [
    s('path', { class: 'axis', d: `M0,0V${height}H${width}` }),
    s('path', { class: 'axis grid', d: `M0,${height / 2}H${width}` }),
    plotText(-5, 8, 'end', '1'),
    plotText(-5, height / 2 + 4, 'end', '0.5'),
    plotText(-5, height, 'end', '0'),
    ...ticks.map((tick) => plotText((tick / last) * width, height + 14, 'middle', String(tick))),
    plotText(width / 2, height + 29, 'middle', 'features replaced'),
  ];
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
  return numbersTable(head, rows);
}
