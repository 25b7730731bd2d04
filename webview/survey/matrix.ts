/** The confusion matrix: every cell filters the list. Arrow keys move between cells. */
import type { SurveySummary } from '../../server/protocol/survey';
import { percent } from '../../server/render/numbers';
import { shorten } from '../../server/render/text';
import { data, fill, h } from '../widgets/dom';
import { inert } from '../widgets/inert';
import { togglePair } from './filters';
import type { Cell } from './numbers';
import { counted, matrixRows, strength, topPairs } from './numbers';
import type { SurveyPage, SurveyPart } from './part';
import type { Survey } from './state';

/** From so many classes on, names stand upright above narrow columns. */
const upright = 7;
/** Letters of a name; the beginning and the end are kept, as names often differ in one of them. */
const nameLength = 22;

/** More classes than this are a list of confused pairs instead. */
const mostClasses = 40;
const pairsShown = 60;

export function matrix(page: SurveyPage): SurveyPart {
  const body = h('div', { class: 'matrix-body' });
  const element = h(
    'section',
    { class: 'card', 'aria-label': 'Confusion matrix' },
    h('h2', {}, 'Confusion matrix'),
    h('p', { class: 'dim' }, 'Rows: gold label. Columns: prediction. A cell lists its samples.'),
    body,
  );
  let drawn: SurveySummary | null = null;
  let survey: Survey | null = null;
  let cells: HTMLButtonElement[] = [];
  let columns = 0;

  body.addEventListener('click', (event) => {
    const cell = event.target instanceof Element ? event.target.closest<HTMLButtonElement>('.cell') : null;
    if (cell === null || survey === null) return;
    const view = togglePair(survey.view, Number(cell.dataset['gold']), Number(cell.dataset['predicted']));
    page.setView(view);
    if (view.filter.gold !== undefined) page.setTab('mistakes');
  });
  body.addEventListener('keydown', (event) => {
    const at = cells.indexOf(event.target as HTMLButtonElement);
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
    const to = step === undefined ? { Home: 0, End: cells.length - 1 }[event.key] : at + step;
    const next = at < 0 || to === undefined ? undefined : cells[to];
    if (next === undefined) return;
    event.preventDefault();
    for (const cell of cells) cell.tabIndex = cell === next ? 0 : -1;
    next.focus();
  });

  function update(next: Survey): void {
    survey = next;
    const { summary } = next;
    element.hidden = summary === null || summary.labelled === 0;
    if (summary === null) return;
    if (summary !== drawn) {
      const focused = cells.indexOf(document.activeElement as HTMLButtonElement);
      drawn = summary;
      columns = summary.labels.length <= mostClasses ? summary.labels.length : 1;
      fill(body, columns > 1 || summary.labels.length === 1 ? table(summary) : pairs(summary));
      cells = [...body.querySelectorAll<HTMLButtonElement>('.cell')];
      const first = cells[Math.max(0, focused)];
      if (first !== undefined) first.tabIndex = 0;
      if (focused >= 0) cells[focused]?.focus();
    }
    const { gold, predicted } = next.view.filter;
    for (const cell of cells)
      cell.setAttribute(
        'aria-pressed',
        String(Number(cell.dataset['gold']) === gold && Number(cell.dataset['predicted']) === predicted),
      );
  }
  return { element, update };
}

function table(summary: SurveySummary): HTMLElement {
  const { labels } = summary;
  return h(
    'div',
    { class: 'wide-table' },
    h(
      'table',
      { class: labels.length >= upright ? 'matrix many' : 'matrix' },
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'col', class: 'corner' }, 'gold ↓  predicted →'),
          ...labels.map((label) => h('th', { scope: 'col', title: inert(label) }, data(shorten(label, nameLength)))),
        ),
      ),
      h(
        'tbody',
        {},
        ...matrixRows(summary).map((row, index) =>
          h(
            'tr',
            {},
            h(
              'th',
              { scope: 'row', title: inert(labels[index] ?? '') },
              data(shorten(labels[index] ?? '', nameLength)),
            ),
            ...row.map((cell) => h('td', {}, cellButton(cell, summary, counted(cell.count)))),
          ),
        ),
      ),
    ),
  );
}

function pairs(summary: SurveySummary): HTMLElement {
  const { labels } = summary;
  return h(
    'div',
    { class: 'pairs' },
    h('p', { class: 'dim' }, `${labels.length} classes: the pairs that are confused most.`),
    ...topPairs(summary, pairsShown).map((cell) =>
      cellButton(
        cell,
        summary,
        data(labels[cell.gold] ?? ''),
        ' → ',
        data(labels[cell.predicted] ?? ''),
        h('span', { class: 'pair-count' }, counted(cell.count)),
      ),
    ),
  );
}

function cellButton(cell: Cell, { labels }: SurveySummary, ...content: readonly (string | Element)[]): HTMLElement {
  const right = cell.gold === cell.predicted;
  const words =
    `${counted(cell.count)} with gold ${inert(labels[cell.gold] ?? '')} predicted ` +
    `${inert(labels[cell.predicted] ?? '')}, ${percent(cell.share)} of that label`;
  const element = h(
    'button',
    {
      type: 'button',
      class: `cell ${right ? 'right' : 'wrong'}${cell.count === 0 ? ' none' : ''}`,
      tabindex: -1,
      'data-gold': cell.gold,
      'data-predicted': cell.predicted,
      'aria-label': words,
      title: words,
    },
    ...content,
  );
  element.style.setProperty('--strength', `${(strength(cell.share) * 100).toFixed(0)}%`);
  return element;
}
