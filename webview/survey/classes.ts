/** Precision, recall and F1 of every class, each with its interval. */
import type { ClassMetrics, Share } from '../../server/protocol/survey';
import { probability, significant } from '../../server/render/numbers';
import type { Child } from '../widgets/dom';
import { data, fill, h } from '../widgets/dom';
import { counted, interval } from './numbers';
import type { SurveyPart } from './part';
import type { Survey } from './state';

export function classes(): SurveyPart {
  const body = h('div', { class: 'wide-table' });
  const element = h(
    'section',
    { class: 'card metrics-card', 'aria-label': 'Classes' },
    h('h2', {}, 'Classes'),
    h('p', { class: 'dim' }, 'In brackets: 95 % intervals (Wilson).'),
    body,
  );
  let drawn: unknown = null;

  function update({ summary }: Survey): void {
    element.hidden = summary === null || summary.labelled === 0;
    if (summary === null || summary === drawn) return;
    drawn = summary;
    fill(
      body,
      metricsTable(
        'class',
        summary.classes.map((metrics) => [data(metrics.label), metrics]),
      ),
    );
  }
  return { element, update };
}

/** One row for each class (of a slice, or of everything). */
export function metricsTable(name: string, rows: readonly (readonly [Element, ClassMetrics])[]): HTMLElement {
  const head = [name, 'gold', 'predicted', 'precision', 'recall', 'F1'];
  return h(
    'table',
    { class: 'metrics' },
    h('thead', {}, h('tr', {}, ...head.map((text) => h('th', { scope: 'col' }, text)))),
    h(
      'tbody',
      {},
      ...rows.map(([label, { gold, predicted, precision, recall, f1 }]) =>
        h(
          'tr',
          {},
          h('th', { scope: 'row' }, label),
          h('td', {}, counted(gold)),
          h('td', {}, counted(predicted)),
          h('td', {}, ...shareCell(precision)),
          h('td', {}, ...shareCell(recall)),
          h('td', {}, significant(f1)),
        ),
      ),
    ),
  );
}

export function shareCell({ value, low, high, of }: Share): readonly Child[] {
  return of === 0 ? ['–'] : [probability(value), h('span', { class: 'dim interval' }, ` ${interval(low, high)}`)];
}
