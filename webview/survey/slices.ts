/** Accuracy by the values of a column; a value filters the list. */
import type { SliceMetrics } from '../../server/protocol/survey';
import { probability, significant } from '../../server/render/numbers';
import { dropdown, field } from '../widgets/controls';
import { data, fill, h } from '../widgets/dom';
import { inert } from '../widgets/inert';
import { toggleSlice } from './filters';
import { counted, interval } from './numbers';
import type { SurveyPage, SurveyPart } from './part';
import type { Survey } from './state';

export function slices(page: SurveyPage): SurveyPart {
  const columns = dropdown('Column whose values make the slices', (value) =>
    page.setSlice(value === '' ? null : value.slice(1)),
  );
  const body = h('div', {});
  const element = h(
    'section',
    { class: 'slices', 'aria-label': 'Slices' },
    h('div', { class: 'fields' }, field('Column', columns.element, 'wide')),
    body,
  );
  let survey: Survey | null = null;
  let key: readonly unknown[] = [];

  body.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>('.slice') : null;
    const column = survey?.slice ?? null;
    if (button === null || survey === null || column === null) return;
    page.setView(toggleSlice(survey.view, column, button.dataset['value'] ?? ''));
    page.setTab('mistakes');
  });

  function update(next: Survey): void {
    survey = next;
    const { state, slice, summary, sliced, view } = next;
    const names = state?.columns ?? [];
    // Values start with a mark of their own: a column may have any name, the empty one too.
    columns.set(
      [{ value: '', label: 'choose a column' }, ...names.map((name) => ({ value: `.${name}`, label: inert(name) }))],
      slice === null ? '' : `.${slice}`,
    );
    const now = [summary, slice, sliced, names.length, view.filter];
    if (now.every((item, index) => item === key[index])) return;
    key = now;
    fill(body, content(next, names.length));
  }
  return { element, update };
}

function content({ slice, summary, sliced, view }: Survey, columns: number): HTMLElement {
  if (columns === 0) return h('p', { class: 'dim' }, 'These samples have no columns but text and label.');
  if (slice === null)
    return h(
      'p',
      { class: 'dim' },
      'A column with few values (a source, a language, a year) shows where the model is weak.',
    );
  if (summary === null || !sliced) return h('p', { class: 'dim' }, 'Counting…');
  const chosen = view.filter.where?.find(({ column }) => column === slice)?.value;
  const most = Math.max(...summary.slices.map(({ samples }) => samples));
  return h(
    'div',
    { class: 'wide-table' },
    h(
      'table',
      { class: 'metrics' },
      h(
        'thead',
        {},
        h('tr', {}, ...['value', 'samples', 'accuracy', '', 'macro F1'].map((text) => h('th', { scope: 'col' }, text))),
      ),
      h(
        'tbody',
        {},
        ...summary.slices.map((metrics) => row(metrics, metrics.value === chosen, most, summary.accuracy.value)),
      ),
    ),
    h('p', { class: 'dim slice-legend' }, 'The mark is the accuracy over all samples.'),
    summary.slicesLeftOut > 0
      ? h('p', { class: 'dim' }, `${counted(summary.slicesLeftOut)} rarer values are left out.`)
      : null,
  );
}

function row(
  { value, samples, accuracy, macroF1 }: SliceMetrics,
  chosen: boolean,
  most: number,
  whole: number,
): HTMLElement {
  const bar = h('span', { class: 'slice-fill' });
  bar.style.setProperty('width', `${(100 * accuracy.value).toFixed(1)}%`);
  const mark = h('span', { class: 'slice-mark' });
  mark.style.setProperty('left', `${(100 * whole).toFixed(1)}%`);
  const count = h('td', { class: 'slice-count' }, counted(samples));
  count.style.setProperty('--share', `${((100 * samples) / most).toFixed(1)}%`);
  return h(
    'tr',
    {},
    h(
      'th',
      { scope: 'row' },
      h(
        'button',
        { type: 'button', class: 'link slice', 'data-value': value, 'aria-pressed': String(chosen) },
        value === '' ? '(empty)' : data(value),
      ),
    ),
    count,
    h(
      'td',
      {},
      accuracy.of === 0 ? '–' : probability(accuracy.value),
      h('span', { class: 'dim interval' }, accuracy.of === 0 ? '' : ` ${interval(accuracy.low, accuracy.high)}`),
    ),
    h('td', { class: 'slice-bar' }, h('span', { class: 'slice-track', 'aria-hidden': 'true' }, bar, mark)),
    h('td', {}, significant(macroF1)),
  );
}
