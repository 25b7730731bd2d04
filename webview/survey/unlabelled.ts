/** What there is to see where no sample has a label that the model knows. */
import { button } from '../widgets/controls';
import { data, fill, h } from '../widgets/dom';
import type { SurveyPage, SurveyPart } from './part';

export function unlabelledHint(page: SurveyPage): SurveyPart {
  const list = button({
    label: 'List samples worth labelling',
    onClick: () => {
      page.setView({ filter: { only: 'unlabelled' }, sort: 'entropy', descending: null });
      page.setTab('mistakes');
    },
  });
  const why = h('p', {});
  const element = h(
    'div',
    { class: 'empty' },
    h('h2', {}, 'No labelled sample'),
    h(
      'p',
      {},
      'Predictions are there, but no sample has a label that the model knows: nothing can be counted as right or wrong.',
    ),
    why,
    h('p', {}, 'Mend that, or label the samples that the model is least sure of.'),
    h('p', {}, list),
  );
  return {
    element,
    update({ summary, state }) {
      element.hidden = summary === null || summary.labelled > 0 || state?.phase === 'running';
      const because = summary?.unlabelledBecause ?? null;
      why.hidden = because === null;
      fill(why, data(because === null ? '' : `${because.charAt(0).toUpperCase()}${because.slice(1)}.`));
    },
  };
}
