/** Above the list: which samples, in what order, and the conditions that hold, each with a way out. */
import type { SurveyFilter, SurveySort } from '../../server/protocol/survey';
import { button, dropdown, field, textField } from '../widgets/controls';
import { data, fill, h } from '../widgets/dom';
import { icon } from '../widgets/icons';
import { inert } from '../widgets/inert';
import { conditionsOf, isDescending } from './filters';
import type { SurveyPage, SurveyPart } from './part';
import type { Survey } from './state';

/** Milliseconds after the last letter. */
const typing = 250;

const sorts: readonly (readonly [SurveySort, string])[] = [
  ['confidence', 'confidence'],
  ['loss', 'loss'],
  ['surprise', 'surprise of the gold label'],
  ['entropy', 'entropy'],
  ['margin', 'margin'],
  ['label-quality', 'label quality'],
  ['position', 'order in the file'],
];

export function filterBar(page: SurveyPage): SurveyPart {
  const which = dropdown('Which samples', (value) => {
    const [only = 'wrong', k = '1'] = value.split(' ');
    const { topK: _topK, ...filter } = current();
    page.setView({
      filter: { ...filter, only: only as NonNullable<SurveyFilter['only']>, ...(k === '1' ? {} : { topK: Number(k) }) },
    });
  });
  const order = dropdown('Order', (value) => page.setView({ sort: value as SurveySort, descending: null }));
  const direction = dropdown('Direction', (value) => page.setView({ descending: value === 'down' }));
  let timer = 0;
  const search = textField('Text in the sample', {
    input: () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(apply, typing);
    },
    enter: () => apply(),
  });
  const chips = h('div', { class: 'chips' });
  const patterns = button({
    label: 'Patterns in this cell',
    title: 'What its samples have in common: features, groups, a map',
    onClick: () => {
      const { gold, predicted } = current();
      if (gold !== undefined && predicted !== undefined) page.post({ type: 'patterns', cell: { gold, predicted } });
    },
  });
  const element = h(
    'div',
    { class: 'filter-bar' },
    h(
      'div',
      { class: 'fields' },
      field('Samples', which.element),
      field('Text', search.element, 'wide'),
      field('Order', order.element),
      field('Direction', direction.element),
    ),
    h('div', { class: 'conditions' }, chips, patterns),
  );
  let survey: Survey | null = null;
  let key: unknown = null;
  const current = (): SurveyFilter => survey?.view.filter ?? {};

  function apply(): void {
    const text = search.value().trim();
    const { text: _text, ...filter } = current();
    page.setView({ filter: text === '' ? filter : { ...filter, text } });
  }
  function update(next: Survey): void {
    survey = next;
    const { state, view } = next;
    if (state === null) return;
    const { only = 'wrong', topK = 1, text = '' } = view.filter;
    which.set(choices(next), topK > 1 && only === 'wrong' ? `${only} ${topK}` : only);
    order.set(
      sorts.map(([value, label]) => ({ value, label })),
      view.sort,
    );
    direction.set(
      [
        { value: 'down', label: 'largest first' },
        { value: 'up', label: 'smallest first' },
      ],
      isDescending(view) ? 'down' : 'up',
    );
    if (!search.element.contains(document.activeElement) && search.element !== document.activeElement) search.set(text);
    if (view.filter === key) return;
    key = view.filter;
    patterns.hidden = view.filter.gold === undefined || view.filter.predicted === undefined;
    fill(
      chips,
      ...conditionsOf(view, state).map(({ words, without }) =>
        h(
          'button',
          {
            type: 'button',
            class: 'chip',
            'aria-label': `Take away: ${inert(words)}`,
            onclick: () => page.setView({ filter: without }),
          },
          data(words),
          icon('cross'),
        ),
      ),
    );
  }
  return { element, update };
}

/** Kinds of samples that there are some of, and wrong by top k where there are enough classes. */
function choices({ state, summary, view }: Survey): readonly { readonly value: string; readonly label: string }[] {
  if (state === null) return [];
  const most = Math.min(5, state.model.labels.length - 1);
  const { diff, unlabelled, unreadable } = state;
  const only = view.filter.only;
  return [
    { value: 'wrong', label: 'wrong' },
    ...Array.from({ length: Math.max(0, most - 1) }, (_, index) => ({
      value: `wrong ${index + 2}`,
      label: `not in the top ${index + 2}`,
    })),
    { value: 'right', label: 'right' },
    ...(diff === null && only !== 'changed'
      ? []
      : [
          { value: 'newly-wrong', label: 'newly wrong' },
          { value: 'newly-right', label: 'newly right' },
          { value: 'changed', label: 'newly wrong or right' },
        ]),
    ...((summary?.labelErrors ?? 0) > 0 || only === 'label-errors'
      ? [{ value: 'label-errors', label: 'likely label errors' }]
      : []),
    ...(unlabelled > 0 || only === 'unlabelled' ? [{ value: 'unlabelled', label: 'worth labelling' }] : []),
    ...(unreadable > 0 || only === 'unreadable' ? [{ value: 'unreadable', label: 'not predicted' }] : []),
  ];
}
